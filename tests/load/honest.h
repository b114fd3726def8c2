/* honest.h - four well-behaved parties beside a hostile one: 500 messages and 200 queries a second together.
 *
 *     each: CARRIER with its own containers, over CURVE; one message a Submit, a container at random;
 *           TRACK of a container at random, all of which were kept before it begins
 *
 * Open loop: each request is sent at its due time whether answers come or not, and its waiting time counts from then. A
 * request without an answer when the figures are taken counts with its waiting time so far. */
#ifndef LOAD_HONEST_H
#define LOAD_HONEST_H

#include "stage.h"

enum { HONEST_PARTIES = 4, HONEST_MESSAGES_PER_S = 500, HONEST_QUESTIONS_PER_S = 200 };

typedef struct honest honest;

typedef struct honest_figures { /* milliseconds */
    double receipt_p50, receipt_p99, receipt_max;
    double answer_p50, answer_p99, answer_max;
    int64_t receipts, answers;
    int64_t unkept, unfound;         /* answered, but not as expected */
    int64_t unreceipted, unanswered; /* at the end */
} honest_figures;

/* Adds the parties, sends their containers, waits until the view has them, and begins. NULL: the
 * hub failed to do that. */
honest *honest_start(const stage *s);
/* Measures for so long. Requests open at the end count as unanswered after patience_s. */
void honest_watch(honest *h, int ms, double patience_s, honest_figures *figures);
void honest_stop(honest **h);

#endif
