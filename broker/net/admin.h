/* admin.h - verify, rebuild, backup: what takes long and touches whole files.
 *
 * Called from a query worker's thread; opens readers of its own each time. */
#ifndef NET_ADMIN_H
#define NET_ADMIN_H

#include "base/folder.h"
#include "landbridge/client/answer.h"
#include "net/socket.h"

typedef struct lb_admin {
    void *zmq;
    const lb_folder *folder;
} lb_admin;

/* An lb_admin_fn (query.h); `whose` is an lb_admin. */
lb_err lb_admin_answer(void *whose, const lb_query *query, lb_arena *arena, lb_answer *answer);

#endif
