/* edi_segments.h - the segments that IFTSTA, CODECO and COARRI have in common.
 *
 *     DTM+334:20260312091500?+08:304'       qualifier : text : format        a time
 *     LOC+5+CNULZ:139:6'                    qualifier + code : list : owner : name  a place
 *     TDT+20+X8173+2++CNRAIL'               stage + number + mode + type + carrier ... + means
 *     EQD+CN+LBKU2048176+45G1:102:5+++5'    kind + number + size type + + status + fill
 *     RFF+BN:URQ88123'                      qualifier : reference
 *     SEL+K40718+SH'                        a seal; the positions vary
 *     MEA+AAE+G+KGM:24100'                  a mass
 *
 * Places are recognised by the form of the value, not by the qualifier of its list, since senders put
 * location codes, names, post codes and countries under any qualifier. */
#ifndef KIT_EDI_SEGMENTS_H
#define KIT_EDI_SEGMENTS_H

#include "edi.h"
#include "landbridge/client/ident.h"
#include "landbridge/client/place.h"
#include "landbridge/client/time.h"

typedef struct lb_edi_time {
    lb_span qualifier; /* 2005 */
    lb_span text;      /* as sent; date and time of two DTM put together */
    lb_span format;    /* 2379 */
} lb_edi_time;

enum { LB_EDI_TIMES = 32 }; /* of one status or container; the directories know 9 */

typedef struct lb_edi_times {
    lb_edi_time at[LB_EDI_TIMES];
    size_t count;
} lb_edi_times;

/* Adds a DTM. A date (102) and a time of day (401, 402, 404) of one qualifier become one time. */
void lb_edi_times_add(const lb_edi *edi, lb_edi_times *times, const lb_edi_segment *dtm);
/* The first of that qualifier, or NULL. */
const lb_edi_time *lb_edi_times_find(const lb_edi_times *times, const char *qualifier);

lb_edi_time lb_edi_time_of(const lb_edi *edi, const lb_edi_segment *dtm);
/* Fills in event->occurred; an impossible time keeps its text and gets a doubt. */
void lb_edi_time_set(const lb_edi *edi, lb_event *event, const lb_edi_time *time,
                     const lb_place *place);
/* "2026-03-12" as the writer's calendar showed it; empty when there is no such day. */
lb_span lb_edi_time_day(const lb_edi *edi, const lb_edi_time *time);
/* The time of the document: DTM+137, or that of UNB when DTM+137 lies days behind it. */
int64_t lb_edi_reported(const lb_edi *edi, const lb_edi_time *document);

/* LOC, with its related places (country, terminal, yard block). */
void lb_edi_place(const lb_edi *edi, const lb_edi_segment *loc, lb_place *place,
                  lb_place_role role);
lb_span lb_edi_place_word(const lb_place *place); /* for natural keys; "-" */

typedef struct lb_edi_means {
    lb_mode mode;
    lb_stage stage;
    lb_span number;  /* 8028: train, flight, voyage */
    lb_span id;      /* 8213 or 8212, where it can be one: plate, train */
    lb_span carrier; /* code, or name */
    lb_span where;
} lb_edi_means;

lb_edi_means lb_edi_means_of(const lb_edi *edi, const lb_edi_segment *tdt);
/* Movement and MEANS of an event: a train or flight on that day (empty: the run is unknown), a
 * truck by its plate; ships are not read. */
lb_object *lb_edi_means_put(const lb_edi *edi, lb_event *event, lb_role role,
                            const lb_edi_means *means, lb_span day);

typedef struct lb_edi_unit { /* a piece of equipment */
    lb_kind kind;
    lb_scheme scheme;
    lb_span id, size_type;
    lb_fill fill;
    bool is_odd; /* a container whose number is not a container number */
} lb_edi_unit;

/* EQD, and EQA (equipment attached), which begins alike. */
lb_edi_unit lb_edi_unit_of(const lb_edi *edi, const lb_edi_segment *eqd);
lb_edi_unit lb_edi_unit_named(const lb_edi *edi, lb_span type, lb_span id); /* "CN", number */
lb_object *lb_edi_unit_put(const lb_edi *edi, lb_event *event, lb_role role,
                           const lb_edi_unit *unit);

typedef struct lb_edi_reference {
    lb_scheme scheme; /* UNSPECIFIED: does not identify cargo */
    int rank;         /* of schemes that can identify a consignment: 1 is the strongest; 0 cannot */
    lb_span qualifier, value;
} lb_edi_reference;

lb_edi_reference lb_edi_reference_of(const lb_edi *edi, const lb_edi_segment *rff);

lb_span lb_edi_seal(const lb_edi *edi, const lb_edi_segment *sel);      /* empty: none in it */
int64_t lb_edi_gross_g(const lb_edi *edi, const lb_edi_segment *mea);   /* LB_UNKNOWN: other */
lb_span lb_edi_free_text(const lb_edi *edi, const lb_edi_segment *ftx); /* its lines, one blank */

/* BGM 1225: the effect of a message on earlier ones. 53 sets the test flag of lb_message_info. */
typedef struct lb_edi_function {
    lb_correction correction;
    bool is_repetition;
} lb_edi_function;
lb_edi_function lb_edi_function_of(const lb_edi *edi, const lb_edi_segment *bgm);

#endif
