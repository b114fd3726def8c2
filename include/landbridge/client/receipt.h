/* receipt.h - what became of a message that was sent. */
#ifndef LANDBRIDGE_CLIENT_RECEIPT_H
#define LANDBRIDGE_CLIENT_RECEIPT_H

#include "landbridge/client/span.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum lb_result {
    LB_RESULT_UNSPECIFIED = 0,
    LB_RESULT_KEPT = 1,      /* on disk */
    LB_RESULT_DUPLICATE = 2, /* was on disk already */
    LB_RESULT_REFUSED = 3,   /* kept in quarantine when quarantine_id is set */
    LB_RESULT_FAILED = 4,    /* the hub could not: nothing was promised, see next_step */
} lb_result;

const char *lb_result_name(lb_result result); /* "KEPT" */

typedef struct lb_receipt {
    lb_result result;
    lb_span message_id;
    int64_t first_seq; /* of its events; absent when it has none */
    int64_t events;
    int64_t doubts;
    lb_span error;     /* "CUT_SHORT" */
    lb_span next_step; /* "SENDER_FIX" */
    int64_t offset;    /* of the byte that is wrong */
    lb_span text;
    int64_t quarantine_id;
    lb_span answer;   /* the carrier's own receipt, when its format has one */
    int64_t retry_ms; /* over a limit: not before so many milliseconds */
} lb_receipt;

typedef struct lb_receipt_list {
    lb_receipt *at;
    size_t count, room;
} lb_receipt_list;

#ifdef __cplusplus
}
#endif

#endif
