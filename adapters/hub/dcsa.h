/* dcsa.h - what reading and writing of DCSA events share. */
#ifndef HUB_DCSA_H
#define HUB_DCSA_H

#include "landbridge/adapter/adapter.h"

typedef struct lb_dcsa_code {
    const char *group, *code;
    lb_event_type type;
    int since; /* version 2 or 3 */
} lb_dcsa_code;

const lb_dcsa_code *lb_dcsa_find(lb_span code);
const lb_dcsa_code *lb_dcsa_of(lb_event_type type);

bool lb_dcsa_write(const lb_event *event, lb_span version, lb_reply *reply);

#endif
