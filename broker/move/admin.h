/* admin.h - verify, rebuild, backup: what takes long and touches whole files.
 *
 * Called from a query worker's thread; opens readers of its own each time. */
#ifndef MOVE_ADMIN_H
#define MOVE_ADMIN_H

#include "base/folder.h"
#include "landbridge/answer.h"
#include "move/socket.h"

typedef struct lb_admin {
    void *zmq;
    const lb_folder *folder;
} lb_admin;

/* An lb_desk (query.h); `whose` is an lb_admin. */
lb_err lb_admin_answer(void *whose, const lb_query *query, lb_arena *arena, lb_answer *answer);

#endif
