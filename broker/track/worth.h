/* worth.h - which of two claims about the same thing is believed.
 *
 * The surest one (ACT > EST, EXP > PLN > REQ); among equals that of the authority for the type of event, then the
 * latest report, the highest revision, and at last the content. Nothing here depends on the order of arrival. */
#ifndef TRACK_WORTH_H
#define TRACK_WORTH_H

#include "landbridge/client/event.h"

typedef struct lb_worth {
    const lb_event *event;
    int rank; /* of the classifier: ACTUAL 4 ... REQUESTED 1 */
    /* For the type of event, 3 to 0: the terminal's of its gates ... that of a terminal in a truck. */
    int authority;
} lb_worth;

lb_worth lb_worth_of(const lb_event *event);
int lb_worth_compare(const lb_worth *a, const lb_worth *b); /* negative: a is believed */
int lb_classifier_rank(lb_classifier classifier);

#endif
