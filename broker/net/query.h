/* query.h - questions and answers. A thread that hands questions out, and workers that answer them.
 *
 *     gates ─── inproc ──> (as below; they may ask on behalf of a party, which is the asker then)
 *     askers ── ROUTER ──> is the party within its limits? ──> [waiting] ── next free worker ──> query_worker.h
 *        <── ROUTER ────── [answers that give nothing away by their speed] <────────────────'
 *
 * A worker that is long busy (verify, backup) holds up nobody but its asker. A party has at most `open_max`
 * questions on their way, where a long one counts as several, and asks `questions_per_s` for long; one more is BUSY,
 * with the time to wait. A question of a key that is not known any more is refused before it reaches a worker,
 * and a connection that goes on with what is refused is hung up on (lb_door_refuse_request).
 *
 * A party that sees only its own cargo learns nothing of others' from the clock: an answer to it that holds no track
 * leaves at a multiple of 50 ms after the question came, whether there is such a cargo or not. */
#ifndef NET_QUERY_H
#define NET_QUERY_H

#include "keep/epoch.h"
#include "keep/journal_engine.h"
#include "landbridge/client/answer.h"
#include "net/socket.h"

/* Answers what a worker cannot answer from its readers. It may wait. Called from any worker. */
typedef lb_err lb_admin_fn(void *whose, const lb_query *query, lb_arena *arena, lb_answer *answer);

typedef struct lb_query_options {
    lb_journal_place journal;
    const char *view_path;
    const lb_epochs *epochs;
    int64_t workers;
    int64_t started_us;
    int64_t questions_per_s, open_max; /* of a party that has no limits of its own */
    const char *found;                 /* at the start; empty: nothing */
    lb_start_finding_list findings;    /* the same for programs */
    const char *doors;                 /* for STATUS: who may come in */
    const lb_endpoints *endpoints;     /* for STATUS; complete when the hub runs */
    bool terminals_are_listed;         /* for COVER: see answer/recheck.h */
    lb_admin_fn *admin;                /* VERIFY, REBUILD, BACKUP */
    void *whose;
} lb_query_options;

typedef struct lb_query_pool lb_query_pool;

lb_err lb_query_open(lb_query_pool **pool, const lb_listen *listen, lb_ports ports,
                     const lb_query_options *options);
void lb_query_close(lb_query_pool **pool); /* after the context was shut down */

#endif
