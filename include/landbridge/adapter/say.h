/* say.h - filling in an event: what an adapter and the hub write, and programs outside only read.
 *
 * All memory is the sink's (adapter.h), so nothing here fails: when there is no more, the sink remembers it. */
#ifndef LANDBRIDGE_ADAPTER_SAY_H
#define LANDBRIDGE_ADAPTER_SAY_H

#include "landbridge/adapter/source.h"
#include "landbridge/client/event.h"
#include "landbridge/client/ident.h"
#include "landbridge/client/place.h"
#include "landbridge/client/time.h"

void lb_event_init(lb_event *event, lb_sink *sink); /* everything unknown */

/* -- limits of one event, which bound the work that follows from it. Beyond one, the message is refused (TOO_MUCH) with the name of the limit --- */

enum {
    LB_EVENT_OBJECTS = 10000,      /* a ship's list of pallets has thousands */
    LB_EVENT_ASSOCIATIONS = 10000, /* each object in its parent */
    LB_EVENT_REFERENCES = 1000,    /* each one is a fact of each object */
    LB_EVENT_TEXTS = 1000,         /* seals, damages, reasons: of each list */
    LB_EVENT_CAPACITIES = 10000,   /* lines of a capacity */
    LB_EVENT_LINES = 1000,         /* that are joined to one text (lb_join) */
    /* objects on both sides of an implied association; with more, none is implied */
    LB_EVENT_CROWD = 16,
    /* objects, references, associations, texts of all events of a message: 100,000 rows have 700,000 */
    LB_MESSAGE_PARTS = 4000000
};

/* -- setters. All of them may be called with empty spans and then do nothing. ------------------ */

/* Sets type and family. */
void lb_event_is(lb_event *event, lb_event_type type, lb_classifier classifier, lb_mode mode);
void lb_event_raw(lb_event *event, const char *scheme, lb_span code, lb_span text);

/* Adds an object, normalised by its scheme (ident.h). A wrong check digit sets the flag
 * CHECKDIGIT_FAILED on the event and a doubt at `id`. Spans must live as long as the sink (point
 * into the message, or be made by lb_sink_*). NULL when `id` is empty. */
lb_object *lb_event_object(lb_event *event, lb_role role, lb_kind kind, lb_scheme scheme,
                           lb_span id);

/* Like the above, for a train run or flight leg: number and date at the origin ("2026-03-12")
 * make the id "X8173@2026-03-12". Leading zeros of an all-digit train number are dropped, and
 * those of a flight number behind its carrier ("HU005" = "HU5"). NULL without a date, since
 * there is no run then. */
lb_object *lb_event_run(lb_event *event, lb_role role, lb_kind kind, lb_span number, lb_span date);

/* Container, wagon, plate or other, recognised by its form (ident.h: lb_ident_guess). */
lb_object *lb_event_object_guess(lb_event *event, lb_role role, lb_span id);

void lb_event_reference(lb_event *event, lb_scheme scheme, lb_span value, lb_span issuer);

/* Adds an association. Pass objects made by the calls above, or filled in by lb_ident_object. */
lb_assoc *lb_event_assoc(lb_event *event, lb_assoc_action action, const lb_object *parent,
                         const lb_object *child);
void lb_event_seal_number(lb_event *event, lb_span seal);
void lb_event_capacity(lb_event *event, lb_unit unit, lb_cap_state state, int64_t quantity);
void lb_text_list_add(lb_sink *sink, lb_text_list *list, lb_span text);

/* -- times ----------------------------------------------------------------------------------------- */

/* Fills in `when` from a local time and the best known zone, and sets the event's flags:
 *   offset known               -> tz EXPLICIT
 *   else the source's zone     -> tz SENDER_PROFILE
 *   else the place's zone      -> tz LOCATION
 *   else                       -> utc_us unknown, flag TIME_NO_ZONE, local_text kept
 * An impossible day or time gives no utc_us and the flag TIME_IMPOSSIBLE with a doubt at local_text.
 * `place` may be NULL; local_text is borrowed like all spans of an event. */
void lb_when_set(lb_event *event, lb_when *when, const lb_civil *civil, int64_t offset_min,
                 lb_precision prec, lb_span local_text, const lb_source *source,
                 const lb_place *place);
void lb_when_set_utc(lb_when *when, int64_t utc_us, lb_tz tz, lb_span local_text);

/* -- identifiers ----------------------------------------------------------------------------------- */

/* The normal form of `raw` under a scheme, in the sink's memory (uncopied when it is already
 * normal). Never empty for a non-empty raw: a text that does not fit the scheme is only
 * upper-cased and stripped. */
lb_span lb_ident_normalise(lb_sink *sink, lb_scheme scheme, lb_span raw);

/* Fills in an object without adding it to an event (for associations). */
void lb_ident_object(lb_event *event, lb_object *object, lb_kind kind, lb_scheme scheme,
                     lb_span id);

/* lb_object_key_print in the sink's memory. */
lb_span lb_object_key(lb_sink *sink, const lb_object *object);

/* -- places ---------------------------------------------------------------------------------------- */

/* Completes a place that has at least one code or name from the table; sets PLACE_UNKNOWN on the
 * event when it is not there. The source's own aliases come first. */
void lb_place_resolve(lb_event *event, lb_place *place, const lb_source *source);
/* The zone of a place by its codes; NULL when unknown. */
const lb_zone *lb_place_zone(const lb_place *place, const lb_source *source);

/* lb_place_key_print in the sink's memory. */
lb_span lb_place_key(lb_sink *sink, const lb_place *place);

/* -- finishing: the same for every adapter, done once after reading ---------------------------- */

/* Derives what follows from the event itself: resolves its places (place.h), adds the
 * associations that its type implies (LOAD puts SUBJECT on MEANS; checklist in proto/model/event.c:
 * `implied`), builds source_event_key when the adapter left it empty, and computes event_id.
 * Called by lb_sink_finish. */
void lb_event_finish(lb_event *event);

#endif
