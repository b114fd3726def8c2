/* rec24.h - UN/ECE Recommendation 24: status codes of transport, and the reasons that go with them. */
#ifndef KIT_REC24_H
#define KIT_REC24_H

#include "landbridge/client/event.h"

typedef struct lb_rec24 {
    int code;
    lb_event_type type; /* UNSPECIFIED: known, but gives no event type */
    lb_event_type also; /* a second event that the code stands for, or UNSPECIFIED */
    lb_classifier classifier;
    lb_family family;
    const char *words;
} lb_rec24;

const lb_rec24 *lb_rec24_find(int64_t code); /* NULL when it has no mapping */

/* Reasons (9013). `type` is the exception event that the reason gives, or UNSPECIFIED. */
typedef struct lb_rec24_reason {
    int code;
    lb_event_type type;
    const char *words;
} lb_rec24_reason;

const lb_rec24_reason *lb_rec24_reason_find(int64_t code);

#endif
