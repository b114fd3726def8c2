/* fsu.h - the state of reading one Cargo-IMP status message. Private to adapters/air.
 *
 *     fsu.c          envelope, lines, attachment of lines to statuses
 *     fsu_status.c   one status line: what happened, when, where, how many pieces */
#ifndef AIR_FSU_H
#define AIR_FSU_H

#include "imp_header.h"

typedef struct lb_fsu {
    const lb_reading *reading;
    lb_sink *sink;
    lb_span smi;          /* standard message identifier: "FSU", "FSA"        */
    int64_t reference_us; /* missing years are chosen nearest to this time */
    int64_t offset_min;   /* of its times, when the sender gave one; else LB_UNKNOWN */
    int64_t dated_us;     /* the sender gave years; they are near this time; else LB_UNKNOWN */
    lb_span awb;          /* empty: no consignment line yet                   */
    lb_span origin, destination;
    lb_imp_quantity consigned; /* of the consignment line; kind 0: it had none */
    size_t consignment;        /* first event about this AWB                       */
    size_t status;             /* first event of the latest status line            */
    int customs_lines;         /* of this waybill */
    char continued;            /* the line that a leading '/' continues: R T O U I */
} lb_fsu;

/* of a status line; see fsu_status.c */
typedef enum lb_fsu_shape {
    LB_FSU_UNKNOWN,
    LB_FSU_OUT,
    LB_FSU_IN,
    LB_FSU_GROUND,
    LB_FSU_TRANSFER,
    LB_FSU_TRANSFER_PLAN,
    LB_FSU_DISCREPANCY,
} lb_fsu_shape;

lb_fsu_shape lb_fsu_shape_of(lb_span code);
/* The status code of an event type by the same table; empty when there is none. */
lb_span lb_fsu_code_of(lb_event_type type, lb_classifier classifier);
/* The event type of a status code; false when no table has it. */
bool lb_fsu_meaning(lb_span code, lb_event_type *type, lb_classifier *classifier);
/* Makes the events of one status line. */
void lb_fsu_status(lb_fsu *fsu, lb_span line);
lb_event *lb_fsu_say(lb_fsu *fsu, lb_event_type type, lb_classifier classifier, lb_span line);
/* A line that belongs to a status or consignment: ULD/, OCI/, OSI/. */
void lb_fsu_attach(lb_fsu *fsu, lb_span line);
/* The natural key is the line itself: no reading time and no message reference. */
void lb_fsu_key(const lb_fsu *fsu, lb_event *event, lb_span line);

#endif
