/* 1520.h - what the files of rail.1520 share: a row of a table, from JSON or CSV. */
#ifndef RAIL_1520_H
#define RAIL_1520_H

#include "landbridge/adapter/adapter.h"

typedef enum lb_1520_column {
#define COLUMN(name, code, heading) LB_1520_##name,
#include "1520_columns.def"
#undef COLUMN
    LB_1520_COLUMNS
} lb_1520_column;

int lb_1520_name_column(lb_span name); /* -1: not known */

typedef struct lb_1520_row {
    const lb_reading *reading;
    lb_sink *sink;
    lb_span value[LB_1520_COLUMNS]; /* empty: absent */
    lb_span where;
} lb_1520_row;

/* The index of a train in its usual notation, "7085-041-7084", from "708507041708403", "7085 041
 * 7084" or the like; empty when the text is not an index. */
lb_span lb_1520_index(lb_sink *sink, lb_span text);

/* A local time in the zone of the source's profile; without one it stays a local text. */
void lb_1520_when(lb_event *event, lb_when *when, lb_span text, const lb_source *source);
void lb_1520_station(lb_place *place, lb_span code, lb_span name);

void lb_1520_read_row(const lb_1520_row *row);
lb_verdict lb_1520_read_telegram(const lb_reading *reading, lb_span message, lb_sink *sink);

#endif
