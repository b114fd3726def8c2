/* admin_salvage.h - keeps messages of lost numbers again, from a damaged journal, through the intake.
 *
 * Runs in a query worker's thread, as admin.h does. */
#ifndef NET_ADMIN_SALVAGE_H
#define NET_ADMIN_SALVAGE_H

#include "base/folder.h"
#include "landbridge/client/answer.h"
#include "net/socket.h"

/* `path`: a journal.db that was set aside, or its folder; relative to the data folder, or absolute. Every message in it
 * with numbers in a hole is sent to the hub's own intake as its sender sent it: same source, message id and bytes, so
 * one that was sent again meanwhile is DUPLICATE. Then the new numbers are written into the holes. The answer's text
 * counts; its dump has the events of lost numbers that a view.db beside that journal has, one JSON object a line: they
 * have no message to be sent again. */
lb_err lb_admin_salvage(void *zmq, const lb_folder *folder, lb_span path, lb_arena *arena,
                        lb_answer *answer);

#endif
