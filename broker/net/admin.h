/* admin.h - verify, rebuild, backup: requests that take long and read whole files.
 *
 * Runs in a query worker's thread, with readers of its own, opened for each request. */
#ifndef NET_ADMIN_H
#define NET_ADMIN_H

#include "base/folder.h"
#include "keep/epoch.h"
#include "keep/journal_engine.h"
#include "landbridge/client/answer.h"
#include "net/socket.h"

typedef struct lb_admin {
    void *zmq;
    const lb_folder *folder;
    lb_journal_place journal;
    const lb_epochs *epochs;
} lb_admin;

/* An lb_admin_fn (query.h), whose `whose` is an lb_admin. */
lb_err lb_admin_answer(void *whose, const lb_query *query, lb_arena *arena, lb_answer *answer);

#endif
