/* fsu.h - one Cargo-IMP status message while it is read. Private to adapters/air/fsu*.c.
 *
 *     fsu.c          envelope, lines, what a line belongs to
 *     fsu_status.c   one status line: what happened, when, where, how many pieces */
#ifndef AIR_FSU_H
#define AIR_FSU_H

#include "imp_letter.h"

typedef struct lb_fsu {
    const lb_reading *reading;
    lb_sink *sink;
    lb_span smi;          /* "FSU", "FSA"                                     */
    int64_t reference_us; /* the years that are not sent are nearest to this  */
    int64_t offset_min;   /* of its times, when the sender said so; else LB_UNKNOWN   */
    bool is_dated;        /* the years were sent: reference_us has them               */
    lb_span awb;          /* empty: no consignment line yet                   */
    lb_span origin, destination;
    lb_imp_quantity view; /* kind 0: the line had none                        */
    size_t consignment;   /* first event about this AWB                       */
    size_t status;        /* first event of the latest status line            */
    char continued;       /* whose continuation a line with '/' is: R T O U I */
} lb_fsu;

/* Says the events of one status line. */
void lb_fsu_status(lb_fsu *fsu, lb_span line);
lb_event *lb_fsu_say(lb_fsu *fsu, lb_event_type type, lb_classifier classifier, lb_span line);
/* A line that belongs to a status or consignment: ULD/, OCI/, OSI/. */
void lb_fsu_attach(lb_fsu *fsu, lb_span line);
/* The natural key: no time of reading, no reference of the letter; the line itself. */
void lb_fsu_key(const lb_fsu *fsu, lb_event *event, lb_span line);

#endif
