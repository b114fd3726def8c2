/* x12.h - ANSI X12 interchanges as transaction sets, segments and elements.
 *
 *     ISA*00*  *00*  *ZZ*SENDER*ZZ*RECEIVER*260312*0930*U*00401*000000417*0*P*>~
 *     GS*QM*SENDER*RECEIVER*20260312*0930*417*X*004010~      a group
 *     ST*214*0001~                                           a transaction set
 *       AT7*X3*NS***20260312*0915*LT~                        tag, elements
 *     SE*3*0001~ GE*1*417~ IEA*1*000000417~                  counts and references again
 *
 * ISA should have fixed columns and often does not: its separator is byte 3, its last element the separator
 * of components, and the bytes between that and GS are the segment terminator. There is no release
 * character. As with EDIFACT (edi.h) the whole frame is checked before the first event. */
#ifndef KIT_X12_H
#define KIT_X12_H

#include "landbridge/adapter/adapter.h"
#include "landbridge/client/time.h"

enum { LB_X12_MAX_INTERCHANGE = 8 * 1024 * 1024, LB_X12_MAX_SEGMENT = 16 * 1024 };

typedef struct lb_x12_segment {
    lb_span where;
    lb_span tag;
    int64_t number; /* in the interchange, ISA is 1 */
} lb_x12_segment;

typedef struct lb_x12_cursor {
    lb_span rest;
    int64_t number;
} lb_x12_cursor;

typedef struct lb_x12_state { /* see lb_x12_set_state */
    void *at;
    size_t size;
} lb_x12_state;

typedef struct lb_x12 { /* one interchange */
    const lb_reading *reading;
    lb_sink *sink;
    char element;
    lb_span terminator; /* mostly "~"; bytes, since some send a character of three */
    lb_x12_segment isa;
    lb_x12_state *state;
} lb_x12;

typedef struct lb_x12_set { /* one transaction set */
    const lb_x12 *x12;
    lb_x12_segment st;
    lb_x12_cursor body; /* between ST and SE */
} lb_x12_set;

typedef struct lb_x12_kind { /* a list of them ends with NULL */
    const char *kind;        /* "214" */
    void (*read)(const lb_x12_set *set);
} lb_x12_kind;

/* Reads the transaction sets of one kind ("214"); others get a doubt. NOT_MINE without ISA. */
lb_verdict lb_x12_read(const lb_reading *reading, lb_span message, lb_sink *sink,
                       const lb_x12_kind *kinds);

/* Memory of a reader for one set: zeroed, and reused for the next set of the interchange. NULL:
 * out of memory. */
void *lb_x12_set_state(const lb_x12 *x12, size_t size);

/* 95 when ISA and such an ST are in the head */
unsigned lb_x12_probe(lb_span head, const char *kind);

bool lb_x12_next(const lb_x12 *x12, lb_x12_cursor *cursor, lb_x12_segment *segment);
bool lb_x12_is(const lb_x12_segment *segment, const char *tag);
lb_span lb_x12_value(const lb_x12 *x12, const lb_x12_segment *segment, size_t element);

/* -- parts that the sets have in common ------------------------------------------------------- */

/* Date CCYYMMDD or YYMMDD, time HHMM[SS[DD]], zone of code list 623: 20 = UTC-5, ET, PS, LT = local to the
 * place. Fills in event->occurred. */
void lb_x12_time_set(const lb_x12 *x12, lb_event *event, lb_span date, lb_span time, lb_span zone,
                     const lb_place *place);

/* A city with state and country. */
void lb_x12_place(const lb_x12 *x12, lb_place *place, lb_span city, lb_span state, lb_span country);

/* Container, trailer, chassis or wagon: initial, number and check digit, kept apart in X12. */
lb_object *lb_x12_unit(const lb_x12 *x12, lb_event *event, lb_role role, lb_span initial,
                       lb_span number, lb_span check, lb_span type);
bool lb_x12_is_container(lb_span initial, lb_span number, lb_span type);

/* The scheme of a reference qualifier (list 128); UNSPECIFIED when it does not identify cargo. */
lb_scheme lb_x12_reference_scheme(lb_span qualifier);

int64_t lb_x12_grams(lb_span weight, lb_span unit); /* K or L; LB_UNKNOWN */

#endif
