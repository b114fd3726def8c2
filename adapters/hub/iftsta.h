/* iftsta.h - one status of an IFTSTA while its segments are collected. Private to iftsta*.c.
 *
 *     iftsta.c        walks the message and collects
 *     iftsta_say.c    turns the collected status into events */
#ifndef HUB_IFTSTA_H
#define HUB_IFTSTA_H

#include "edi_segments.h"

/* of one status; known senders need fewer, more is a doubt */
enum {
    LB_IFTSTA_REFERENCES = 64,
    LB_IFTSTA_LOCATIONS = 16,
    LB_IFTSTA_MEANS = 8,
    LB_IFTSTA_STOPS = 32,
    LB_IFTSTA_DATES = 99,
    LB_IFTSTA_GOODS = 16,
    LB_IFTSTA_UNITS = 20 /* in one event; more units make more events */
};

typedef struct lb_iftsta_references {
    lb_edi_reference at[LB_IFTSTA_REFERENCES];
    size_t count;
    lb_span equipment; /* RFF+EQ */
} lb_iftsta_references;

typedef struct lb_iftsta_stop { /* a LOC of a transport */
    lb_edi_segment loc;
    lb_span qualifier;
    size_t means;
} lb_iftsta_stop;

typedef struct lb_iftsta_date { /* a DTM of a transport */
    lb_edi_time time;
    lb_edi_segment dtm;
    size_t stop; /* the stop it is nested under, or SIZE_MAX */
    size_t means;
} lb_iftsta_date;

typedef struct lb_iftsta {
    const lb_edi *edi;
    const lb_edi_message *message;
    lb_edi_function function;
    lb_edi_times header_times;
    lb_iftsta_references header, scope, status, unit; /* message, CNI or EQD branch, STS, EQD */

    lb_span consignment; /* CNI 1004                                       */
    lb_edi_unit branch;  /* EQD before any CNI: its statuses are about it  */
    bool has_branch;

    bool has_status; /* an STS is open                                     */
    bool was_said;   /* its units filled more than one event already       */
    lb_edi_segment sts;
    lb_edi_times times;
    const lb_edi_time *primary; /* the time of the status itself, or NULL */
    lb_edi_segment locations[LB_IFTSTA_LOCATIONS];
    size_t location_count;
    lb_edi_means means[LB_IFTSTA_MEANS];
    size_t means_count;
    lb_iftsta_stop stops[LB_IFTSTA_STOPS];
    size_t stop_count;
    lb_iftsta_date dates[LB_IFTSTA_DATES];
    size_t date_count;
    lb_edi_unit units[LB_IFTSTA_UNITS];
    size_t unit_count;
    size_t wagon_count; /* wagons that came before any container: all of them stand on these */
    bool has_equipment; /* an EQD came in this status                                        */
    bool is_alone;      /* the last unit has a reference or wagon of its own                 */
    lb_span goods[LB_IFTSTA_GOODS]; /* GIN */
    size_t goods_count;
    lb_span seals[LB_IFTSTA_GOODS];
    size_t seal_count;
    lb_span position; /* LOC+147 */
    lb_span text;     /* FTX */
    int64_t gross_g;
    int64_t events;
} lb_iftsta;

void lb_iftsta_say(lb_iftsta *iftsta); /* the open status with the units it has so far */

#endif
