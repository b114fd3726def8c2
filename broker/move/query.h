/* query.h - questions and answers. A thread that hands questions out, and workers that answer them.
 *
 *     askers ── ROUTER ──> [waiting] ── next free worker ──> view, journal, quarantine (read only)
 *                                                     └────> the hub's desk, or admin
 *
 * A worker that is long busy (verify, backup) holds up nobody but its asker. */
#ifndef MOVE_QUERY_H
#define MOVE_QUERY_H

#include "landbridge/answer.h"
#include "move/socket.h"

/* A desk answers what a worker cannot answer from its readers. It may wait. Called from any worker. */
typedef lb_err lb_desk(void *whose, const lb_query *query, lb_arena *arena, lb_answer *answer);

typedef struct lb_query_options {
    const char *journal_path;
    const char *view_path;
    int64_t workers;
    int64_t started_us;
    const lb_endpoints *endpoints; /* for STATUS; complete when the hub runs */
    lb_desk *admin;                /* VERIFY, REBUILD, BACKUP */
    void *whose;
} lb_query_options;

typedef struct lb_query_room lb_query_room;

lb_err lb_query_open(lb_query_room **room, const lb_listen *listen, int64_t port,
                     const lb_query_options *options);
void lb_query_close(lb_query_room **room); /* after the context was shut down */

#endif
