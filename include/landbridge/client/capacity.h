/* capacity.h - resources, their figures, and what stands in a yard.
 *
 * An unknown capacity is LB_UNKNOWN and never 0. Places are named by their keys (place.h). */
#ifndef LANDBRIDGE_CLIENT_CAPACITY_H
#define LANDBRIDGE_CLIENT_CAPACITY_H

#include "landbridge/client/track.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lb_need {
    lb_unit unit;
    int64_t quantity;
} lb_need;

typedef struct lb_need_list {
    lb_need *at;
    size_t count, room;
} lb_need_list;

typedef struct lb_unit_figures {
    lb_unit unit;
    int64_t nominal;
    int64_t effective;
    int64_t held;
    int64_t booked;
    int64_t used;
    int64_t free;
    int64_t waitlisted;
    int64_t as_of_us;
    lb_span source;
} lb_unit_figures;

typedef struct lb_unit_figures_list {
    lb_unit_figures *at;
    size_t count, room;
} lb_unit_figures_list;

typedef struct lb_resource {
    lb_span id;
    lb_resource_kind kind;
    lb_span name;
    lb_mode mode;
    lb_span from;
    lb_span from_name;
    lb_span to;
    lb_span to_name;
    lb_times departure;
    lb_times arrival;
    int64_t cutoff_us;
    int64_t window_from_us;
    int64_t window_until_us;
    lb_span reason;
    lb_unit_figures_list units;
    bool fits;            /* find-space: every unit that is needed is free */
    lb_binding binding;   /* find-space: why it does not fit */
    lb_text_list load;    /* object keys on board */
    lb_text_list bans;    /* ids of the bans that hit it */
    lb_unit binding_unit; /* with UNIT_UNKNOWN and UNIT_SHORT */
} lb_resource;

typedef struct lb_resource_list {
    lb_resource *at;
    size_t count, room;
} lb_resource_list;

typedef struct lb_yard_item {
    lb_span object;
    lb_span place;
    lb_span block;
    int64_t since_us;
    int64_t milli_teu;
    lb_fill fill;
    lb_span source;
} lb_yard_item;

typedef struct lb_yard_item_list {
    lb_yard_item *at;
    size_t count, room;
} lb_yard_item_list;

typedef struct lb_yard {
    lb_span place;
    lb_span place_name;
    int64_t containers;
    int64_t milli_teu;
    int64_t unknown_size;
    lb_resource_list blocks;
    lb_yard_item_list items;
    int64_t as_of_us;
} lb_yard;

typedef struct lb_capacity_query { /* CAPACITY: one of the three */
    lb_span resource;              /* the id of one resource */
    lb_resource_kind kind;         /* every resource of this kind */
    lb_span trucks_near;           /* a place: the trucks seen near it lately */
} lb_capacity_query;

typedef struct lb_departures_query { /* DEPARTURES */
    lb_span from;                    /* places, as people write them */
    lb_span to;                      /* absent: anywhere */
    int64_t after_us;                /* of the departure; absent: from now on */
    int64_t before_us;
} lb_departures_query;

typedef struct lb_find_space_query { /* FIND_SPACE */
    lb_span from;                    /* places, as people write them */
    lb_span to;
    int64_t after_us; /* of the departure; absent: from now on */
    int64_t before_us;
    lb_need_list need; /* all of it must fit */
} lb_find_space_query;

typedef struct lb_yard_query { /* YARD */
    lb_span place;
    int64_t at_us; /* what stood there at that time; absent: now */
} lb_yard_query;

typedef struct lb_capacity_answer { /* FIND_SPACE, CAPACITY, DEPARTURES */
    lb_resource_list resources;
} lb_capacity_answer;

#ifdef __cplusplus
}
#endif

#endif
