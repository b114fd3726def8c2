/* lost.h - holes of the journal: numbers without events. */
#ifndef LANDBRIDGE_CLIENT_LOST_H
#define LANDBRIDGE_CLIENT_LOST_H

#include "landbridge/client/span.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum lb_entry_kind {                           /* of a row of the journal */
                             LB_ENTRY_UNSPECIFIED = 0, /* a message */
                             LB_ENTRY_MESSAGE = 1,
                             LB_ENTRY_LOST =
                                 2, /* its numbers were given out, and what had them is gone          */
                             LB_ENTRY_SKIPPED =
                                 3, /* its numbers were reserved, and nobody is known to have had them */
} lb_entry_kind;

typedef struct lb_regained { /* messages of a hole that were kept again under other numbers */
    int64_t lost_seq;        /* the first of their old numbers */
    int64_t events;
    int64_t seq; /* the first of their new ones */
} lb_regained;

typedef struct lb_regained_list {
    lb_regained *at;
    size_t count, room;
} lb_regained_list;

typedef struct lb_lost { /* numbers without events: a hole in the journal that was found and told */
    lb_entry_kind kind;  /* LOST or SKIPPED */
    int64_t from_seq, to_seq;
    int64_t since_us; /* when the last event before the hole was recorded */
    int64_t found_us;
    int64_t known_seq; /* the highest number in it that was certainly given out */
    int64_t messages;  /* how many messages are gone */
    lb_span text;      /* what was found */
    lb_span set_aside; /* the folder inside the data folder with the files as they were found */
    lb_regained_list regained;
    int64_t from_block; /* inside the journal: the first turn that is missing */
} lb_lost;

typedef struct lb_lost_list {
    lb_lost *at;
    size_t count, room;
} lb_lost_list;

typedef struct lb_regained_query { /* REGAINED */
    lb_regained_list regained;
} lb_regained_query;

#ifdef __cplusplus
}
#endif

#endif
