/* worth.h - which of two claims about the same event is preferred.
 *
 * By classifier first (ACT > EST, EXP > PLN > REQ), then by the sender's authority for the family of the event, the latest
 * report, the highest revision, and the event id. The order in which the claims arrived does not matter. */
#ifndef TRACK_WORTH_H
#define TRACK_WORTH_H

#include "landbridge/client/event.h"

typedef struct lb_worth {
    const lb_event *event;
    int rank; /* of the classifier: ACTUAL 4 ... REQUESTED 1 */
    /* 3 to 0, by the adapter's authority and the event's family; see authority_of. */
    int authority;
} lb_worth;

lb_worth lb_worth_of(const lb_event *event);
int lb_worth_compare(const lb_worth *a, const lb_worth *b); /* negative: a is preferred */
int lb_classifier_rank(lb_classifier classifier);

#endif
