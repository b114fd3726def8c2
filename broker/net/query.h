/* query.h - questions and answers. A thread that hands questions out, and workers that answer them.
 *
 *     gates ─── inproc ──> (as below; they may ask on behalf of a party, which is the asker then)
 *     askers ── ROUTER ──> is the party within its limits? ──> [waiting] ── next free worker ──> query_worker.h
 *        <── ROUTER ────── [delayed answers] <───────────────────────────────────────────────'
 *
 * A worker that is busy for long (verify, backup) delays only its asker. A party has at most `open_max` questions in
 * progress, where a long one counts as several, and asks at most `questions_per_s`; beyond that the answer is BUSY, with
 * the time to wait. A question with an invalid key is refused before it reaches a worker, and a connection that keeps
 * sending refused questions is closed (lb_door_refuse_request).
 *
 * For a restricted party, a TRACK answer without tracks is sent at a multiple of 50 ms after the question came, so its
 * latency does not reveal whether such cargo exists. */
#ifndef NET_QUERY_H
#define NET_QUERY_H

#include "keep/epoch.h"
#include "keep/journal_engine.h"
#include "landbridge/client/answer.h"
#include "net/socket.h"

/* Answers the ADMIN questions. May block. Called from any worker's thread. */
typedef lb_err lb_admin_fn(void *whose, const lb_query *query, lb_arena *arena, lb_answer *answer);

typedef struct lb_query_options {
    lb_journal_place journal;
    const char *view_path;
    const lb_epochs *epochs;
    int64_t workers;
    int64_t started_us;
    int64_t questions_per_s, open_max; /* of a party that has no limits of its own */
    const char *found;                 /* findings at the start, as text; empty: none */
    lb_start_finding_list findings;    /* the same, as records */
    const char *doors;                 /* for STATUS: what each door requires */
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
