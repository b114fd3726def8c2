/* track.h - where a cargo was, is and will be.
 *
 * Places and objects are named by their keys (place.h, ident.h). */
#ifndef LANDBRIDGE_CLIENT_TRACK_H
#define LANDBRIDGE_CLIENT_TRACK_H

#include "landbridge/client/event.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lb_loss {
    lb_classifier classifier;
    int64_t occurred_us;
    lb_span source;
    int64_t seq;
} lb_loss;

typedef struct lb_loss_list {
    lb_loss *at;
    size_t count, room;
} lb_loss_list;

typedef struct lb_milestone {
    lb_event_type type;
    lb_classifier classifier;
    int64_t occurred_us;
    int64_t offset_min;
    lb_precision prec;
    lb_span place;
    lb_span place_name;
    lb_span object; /* key of the object that the event is about */
    lb_mode mode;
    lb_span source;
    lb_span party;
    lb_span raw_scheme;
    lb_span raw_code;
    lb_span raw_text;
    int64_t quality_flags;
    int64_t confidence;
    int64_t seq;
    int64_t pieces;
    int64_t pieces_total;
    lb_loss_list losers; /* other claims about the same milestone */
} lb_milestone;

typedef struct lb_milestone_list {
    lb_milestone *at;
    size_t count, room;
} lb_milestone_list;

typedef struct lb_times {
    int64_t planned_us;
    int64_t estimated_us;
    int64_t actual_us;
} lb_times;

typedef struct lb_leg {
    lb_mode mode;
    lb_span conveyance; /* object key */
    lb_span from;
    lb_span from_name;
    lb_span to;
    lb_span to_name;
    lb_times departure;
    lb_times arrival;
    /* what carried it on the way, from the inside out: container, wagon, ULD; object keys */
    lb_text_list units;
} lb_leg;

typedef struct lb_leg_list {
    lb_leg *at;
    size_t count, room;
} lb_leg_list;

typedef struct lb_stay {
    lb_span parent;
    lb_span child;
    int64_t from_us;
    int64_t until_us; /* absent: still so */
    lb_span source;
} lb_stay;

typedef struct lb_stay_list {
    lb_stay *at;
    size_t count, room;
} lb_stay_list;

typedef struct lb_track_exception {
    lb_event_type type;
    lb_span rule;
    lb_span text;
    int64_t since_us;
    int64_t until_us;
    lb_span object;
    lb_span source;
} lb_track_exception;

typedef struct lb_track_exception_list {
    lb_track_exception *at;
    size_t count, room;
} lb_track_exception_list;

typedef struct lb_omitted { /* reports of one party that are not shown */
    lb_span party;
    int64_t count;
} lb_omitted;

typedef struct lb_omitted_list {
    lb_omitted *at;
    size_t count, room;
} lb_omitted_list;

typedef struct lb_track {
    lb_span object; /* key */
    lb_span asked;
    lb_cargo_status status;
    lb_span last_place;
    lb_span last_place_name;
    lb_event_type last_type;
    int64_t last_occurred_us;
    int64_t last_heard_us;
    lb_span last_source;
    int64_t lat_e7;
    int64_t lon_e7;
    int64_t position_us;
    lb_span position_object;
    int64_t eta_us;
    lb_span eta_place;
    lb_fill fill;
    lb_text_list seals;
    lb_reference_list refs;
    lb_leg_list legs;
    lb_milestone_list milestones;
    lb_stay_list stays;
    lb_track_exception_list exceptions;
    int64_t pieces;
    int64_t pieces_total;
    int64_t cycle; /* number of this use of the equipment, from 1 */
    int64_t cycles;
    lb_text_list carries;      /* of a conveyance: what is in it now */
    lb_milestone_list reports; /* with_reports: what third parties say of it; moves nothing */
    lb_omitted_list omitted;   /* and how many more of each */
} lb_track;

typedef struct lb_track_list {
    lb_track *at;
    size_t count, room;
} lb_track_list;

typedef struct lb_track_query { /* TRACK */
    lb_span reference;          /* container, wagon, truck, flight, waybill, booking, ... */
    bool all_cycles;            /* every use of the equipment, not the last one only */
    bool with_reports;          /* third parties' reports too */
} lb_track_query;

typedef struct lb_track_answer { /* TRACK */
    lb_track_list tracks;
} lb_track_answer;

#ifdef __cplusplus
}
#endif

#endif
