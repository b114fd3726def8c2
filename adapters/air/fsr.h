/* fsr.h - a request for the status of an air waybill. Private to adapters/air/fsr*.c.
 *
 *     fsr.c          the request
 *     fsr_tell.c     the answer */
#ifndef AIR_FSR_H
#define AIR_FSR_H

#include "imp_header.h"

typedef struct lb_fsr {
    lb_span addresses;      /* "QD URCFMCZ URCKOXX": the first line of a telegram; may be empty */
    lb_span signature;      /* ".PVGFFCZ 121652"; may be empty                                  */
    lb_imp_waybill waybill; /* empty: the request names no waybill */
} lb_fsr;

/* False: not an FSR. */
bool lb_fsr_open(lb_span message, lb_fsr *fsr);
void lb_fsr_tell(const lb_reading *reading, lb_span message, const lb_answer *answer,
                 lb_reply *reply);

#endif
