/* honest.h - four parties who behave, beside a hostile one: 500 messages and 200 questions a second together.
 *
 *     each: CARRIER with its own containers, over CURVE; one message a Submit, a container at random;
 *           TRACK of a container at random, all of which were kept before it begins
 *
 * Open loop: what is due is sent at its time whether answers come or not, and how long one waited counts from the time at
 * which it was due. What has no answer when figures are taken counts as long as it has waited. */
#ifndef LOAD_HONEST_H
#define LOAD_HONEST_H

#include "stage.h"

enum { HONEST_PARTIES = 4, HONEST_MESSAGES_PER_S = 500, HONEST_QUESTIONS_PER_S = 200 };

typedef struct honest honest;

typedef struct honest_figures { /* milliseconds */
    double receipt_p50, receipt_p99, receipt_max;
    double answer_p50, answer_p99, answer_max;
    int64_t receipts, answers;
    int64_t unkept, unfound;         /* answered, but not as it should be */
    int64_t unreceipted, unanswered; /* at the end                        */
} honest_figures;

/* Adds the parties, has their containers kept and seen in the view, and begins. NULL: the hub did not do that. */
honest *honest_start(const stage *s);
/* Watches for so long. What is open at the end counts as unanswered after patience_s. */
void honest_watch(honest *h, int ms, double patience_s, honest_figures *figures);
void honest_stop(honest **h);

#endif
