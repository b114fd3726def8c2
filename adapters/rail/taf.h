/* taf.h - what the readers of TAF TSI messages share. Private to adapters/rail/taf*.c.
 *
 *     taf.c               envelope, header, which message it is
 *     taf_parts.c         times, places, train identity, doubts: the parts that every message has
 *     taf_train.c         4001, 4003, 4004, 4005, 4006, 3006, 4504, 4505: a train on its way
 *     taf_composition.c   3003: what is in the train
 *     taf_wagon.c         5020, 5006, 5001: a wagon on its way
 *     taf_notice.c        the same up to 3.4.0: one notice for each wagon
 *     taf_path.c          2001 to 2006: the right to run, day by day
 *     taf_order.c         1000: consignments, and 9000: errors
 *     taf_envelope.c      the Common Interface around a message, and its receipt */
#ifndef RAIL_TAF_H
#define RAIL_TAF_H

#include "xml.h"

#include "landbridge/client/ident.h"
#include "landbridge/client/place.h"
#include "landbridge/client/time.h"

typedef struct lb_taf { /* one message while it is read */
    const lb_reading *reading;
    lb_sink *sink;
    const lb_xml_node *root; /* the message element itself, without envelope */
    lb_span sender;          /* four characters, "0084"; empty when absent */
    lb_correction correction;
    /* Of the whole message; looked up once, since looking for an absent element walks all
     * others. */
    const lb_xml_node *responsible_ru, *next_manager, *transfer_point;
} lb_taf;

/* A train run as a message names it. */
typedef struct lb_taf_train {
    const lb_xml_node *number;      /* OperationalTrainNumber                          */
    const lb_xml_node *dated;       /* the element that gave the date */
    lb_span date;                   /* service date, "2026-03-11"; empty: no run       */
    bool is_guessed;                /* the date is that of a location, not of the run  */
    const lb_xml_node *identifiers; /* its TransportOperationalIdentifiers, the first of them */
    const lb_xml_node *former;      /* the number before renumbering, ReferenceOTN              */
} lb_taf_train;

/* A code list: what a status number means. Lists overlap, so there is one for each. */
typedef struct lb_taf_code {
    const char *code;
    lb_event_type type;
    bool is_mapped; /* false: the type is the nearest thing, flagged CODE_UNMAPPED */
    const char *words;
} lb_taf_code;

/* -- taf_parts.c ------------------------------------------------------------------------------- */

lb_event *lb_taf_say(const lb_taf *taf, lb_event_type type, lb_classifier classifier);
void lb_taf_doubt(const lb_taf *taf, lb_event *event, const lb_xml_node *node, lb_doubt_code code);
bool lb_taf_is_retraction(const lb_taf *taf);

/* "84" -> "0084": company codes have four characters, older senders leave zeros out. */
lb_span lb_taf_company(const lb_taf *taf, lb_span code);

/* Looks `code` up in the profile's [codes] under `scheme`, then in the table; sets type and raw status.
 * The code must be of two digits; a single one is read so, with a doubt. */
lb_classifier lb_taf_status(const lb_taf *taf, lb_event *event, const char *scheme,
                            const lb_taf_code *table, const lb_xml_node *code,
                            lb_classifier classifier);

/* Both do nothing for a missing node. Place: the node itself, or the Location inside it. */
void lb_taf_when(const lb_taf *taf, lb_event *event, lb_when *when, const lb_xml_node *node,
                 const lb_place *place);
void lb_taf_place(const lb_taf *taf, lb_event *event, lb_place *place, const lb_xml_node *node,
                  lb_place_role role);
/* UTC, or LB_UNKNOWN; lb_taf_moment adds no doubts. */
int64_t lb_taf_moment(const lb_taf *taf, const lb_xml_node *node);
int64_t lb_taf_moment_quietly(const lb_taf *taf, const lb_xml_node *node);
void lb_taf_place_as(lb_place *copy, const lb_place *place, lb_place_role role);
/* The day of an xs:date or xs:dateTime in the writer's local time; empty when invalid. */
lb_span lb_taf_day(const lb_xml_node *node);
lb_span lb_taf_place_word(const lb_taf *taf, const lb_place *place); /* for natural keys; "-" */

/* The run named in `node`. Without a date of the run, that of `first_time` is used. */
lb_taf_train lb_taf_train_of(const lb_taf *taf, const lb_xml_node *node,
                             const lb_xml_node *first_time);
/* Adds it to the event with its references. Returns "41807@2026-03-11" or, without a date, the number. */
lb_span lb_taf_train_put(const lb_taf *taf, lb_event *event, lb_role role,
                         const lb_taf_train *train);

/* "+0018" minutes; other forms are read with a doubt. LB_UNKNOWN when missing. */
int64_t lb_taf_delay_s(const lb_taf *taf, lb_event *event, const lb_xml_node *node);
void lb_taf_position(const lb_taf *taf, lb_event *event, const lb_xml_node *node);
int64_t lb_taf_number(const lb_taf *taf, lb_event *event, const lb_xml_node *node);

/* NULL when there is no number. */
lb_object *lb_taf_wagon(lb_event *event, lb_role role, lb_span number);
void lb_taf_wagon_object(lb_event *event, lb_object *object, lb_span number);
/* Kind and scheme by TypeOfLoadUnit ("01" container ...; may be empty) and the owner code's last letter. */
void lb_taf_unit_object(lb_event *event, lb_object *object, lb_span type, lb_span number);

/* -- taf_envelope.c ---------------------------------------------------------------------------- */

/* The message inside Envelope/Body/UICMessage/message; the root itself when there is no
 * envelope. NULL and *verdict when the envelope cannot be opened. */
const lb_xml_node *lb_taf_open(lb_sink *sink, const lb_xml_node *root, lb_verdict *verdict);
void lb_taf_answer(const lb_reading *reading, lb_span message, lb_err kept, lb_reply *reply);

/* -- the readers of one message each; READ, or the verdict of the refusal ---------------------- */

lb_verdict lb_taf_read_running(const lb_taf *taf);
lb_verdict lb_taf_read_forecast(const lb_taf *taf);
lb_verdict lb_taf_read_delay_cause(const lb_taf *taf);
lb_verdict lb_taf_read_ready(const lb_taf *taf);
lb_verdict lb_taf_read_interruption(const lb_taf *taf);
lb_verdict lb_taf_read_track_change(const lb_taf *taf);
lb_verdict lb_taf_read_journey_change(const lb_taf *taf);
lb_verdict lb_taf_read_composition(const lb_taf *taf);
lb_verdict lb_taf_read_wagon_status(const lb_taf *taf);
lb_verdict lb_taf_read_eta(const lb_taf *taf);
lb_verdict lb_taf_read_alert(const lb_taf *taf);
lb_verdict lb_taf_read_notice(const lb_taf *taf);
lb_verdict lb_taf_read_exception(const lb_taf *taf);
lb_verdict lb_taf_read_path(const lb_taf *taf);
lb_verdict lb_taf_read_order(const lb_taf *taf);
lb_verdict lb_taf_read_error(const lb_taf *taf);

#endif
