/* admin_salvage.h - what a damaged journal still has of lost numbers, kept again through the intake.
 *
 * Called from a query worker's thread, as admin.h is. */
#ifndef NET_ADMIN_SALVAGE_H
#define NET_ADMIN_SALVAGE_H

#include "base/folder.h"
#include "landbridge/client/answer.h"
#include "net/socket.h"

/* `path`: a journal.db that was set aside, or the folder that it lies in; inside the data folder, or in full. Every
 * message in it whose numbers are in a hole is sent to the hub's own intake, as its sender sent it: same source, same
 * message id, same bytes, so one that was sent again in the meantime is DUPLICATE. Then the holes are told which
 * numbers the messages have now. The answer's text counts; its dump has the events that a view.db beside that journal
 * has of lost numbers, one JSON object a line: they have no message to be sent again. */
lb_err lb_admin_salvage(void *zmq, const lb_folder *folder, lb_span path, lb_arena *arena,
                        lb_answer *answer);

#endif
