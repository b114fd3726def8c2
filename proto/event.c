/* event.c - filling events in, and what follows from an event by itself.
 *
 * Checklist for a new event type: does it put something on, in or off something else? Then it needs a row
 * in `implied` below. */
#include "landbridge/event.h"

#include <sodium.h>
#include <stdio.h>

#include "landbridge/ident.h"
#include "landbridge/place.h"
#include "record.h"
#include "sink.h"

static void clear_place(lb_place *place)
{
    place->lat_e7 = place->lon_e7 = LB_UNKNOWN;
}

static void clear_when(lb_when *when)
{
    when->utc_us = when->offset_min = when->until_us = LB_UNKNOWN;
}

void lb_event_init(lb_event *event, lb_sink *sink)
{
    memset(event, 0, sizeof *event);
    event->hub_seq = event->revision = LB_UNKNOWN;
    clear_when(&event->occurred);
    event->reported_at_us = event->received_at_us = event->recorded_at_us = LB_UNKNOWN;
    event->prov.segment_no = event->prov.adapter_revision = LB_UNKNOWN;
    event->movement.call_seq = LB_UNKNOWN;
    clear_place(&event->movement.from);
    clear_place(&event->movement.to);
    clear_place(&event->place);
    clear_place(&event->counter_place);
    event->qty = (lb_quantity){LB_UNKNOWN, LB_UNKNOWN, false,     LB_UNKNOWN,
                               LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN};
    event->cond.temperature_mc = event->cond.mileage_m = event->cond.fuel_ml = LB_UNKNOWN;
    event->exc.delay_s = LB_UNKNOWN;
    event->pos = (lb_position){LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN,
                               LB_UNKNOWN, LB_UNKNOWN, false};
    clear_place(&event->cap.from);
    clear_place(&event->cap.to);
    event->cap.window_from_us = event->cap.window_until_us = LB_UNKNOWN;
    event->cap.departs_us = event->cap.arrives_us = LB_UNKNOWN;
    event->cap.cutoff_us = event->cap.expires_us = LB_UNKNOWN;
    event->sheet.number = LB_UNKNOWN;
    event->quality_flags = event->confidence = LB_UNKNOWN;
    event->sink = sink;
}

bool lb_event_is_foreign(const lb_event *event)
{
    return event->quality_flags != LB_UNKNOWN &&
           (event->quality_flags & LB_FLAG(LB_DOUBT_NOT_ITS_OWN)) != 0;
}

/* -- setters ----------------------------------------------------------------------------------------- */

void lb_event_is(lb_event *event, lb_event_type type, lb_classifier classifier, lb_mode mode)
{
    event->type = type;
    event->family = lb_event_type_family(type);
    event->classifier = classifier;
    event->mode = mode;
}

void lb_event_raw(lb_event *event, const char *scheme, lb_span code, lb_span text)
{
    event->raw.scheme = lb_span_of(scheme);
    event->raw.code = code;
    event->raw.text = text;
}

void lb_text_list_add(lb_sink *sink, lb_text_list *list, lb_span text)
{
    if (text.len > 0 && lb_arena_grow(&sink->arena, list, sizeof *list->at))
        list->at[list->count++] = text;
}

void lb_ident_object(lb_event *event, lb_object *object, lb_kind kind, lb_scheme scheme, lb_span id)
{
    *object = (lb_object){.kind = kind, .scheme = scheme, .milli_teu = LB_UNKNOWN};
    object->id = lb_ident_normalise(event->sink, scheme, id);
    if (!lb_span_equal(object->id, id))
        object->id_raw = id;
    object->check = lb_ident_check(scheme, object->id);
    if (object->check == LB_CHECK_FAILED)
        lb_doubt(event->sink, event, id, LB_DOUBT_CHECKDIGIT_FAILED);
}

lb_object *lb_event_object(lb_event *event, lb_role role, lb_kind kind, lb_scheme scheme,
                           lb_span id)
{
    if (id.len == 0 ||
        !lb_arena_grow(&event->sink->arena, &event->objects, sizeof *event->objects.at))
        return NULL;
    lb_object *object = &event->objects.at[event->objects.count++];
    lb_ident_object(event, object, kind, scheme, id);
    object->role = role;
    return object;
}

lb_object *lb_event_run(lb_event *event, lb_role role, lb_kind kind, lb_span number, lb_span date)
{
    if (number.len == 0 || date.len == 0)
        return NULL;
    lb_scheme scheme = kind == LB_KIND_FLIGHT ? LB_SCHEME_FLIGHT_DATE : LB_SCHEME_TRAIN_NO_DATE;
    lb_span id = lb_sink_print(event->sink, "%.*s@%.*s", LB_ARG(number), LB_ARG(date));
    lb_object *object = lb_event_object(event, role, kind, scheme, id);
    if (object != NULL)
        object->id_raw = LB_EMPTY; /* the id was made here: there is nothing that was sent */
    return object;
}

lb_object *lb_event_object_guess(lb_event *event, lb_role role, lb_span id)
{
    lb_kind kind;
    lb_scheme scheme;
    lb_ident_guess(id, &kind, &scheme);
    return lb_event_object(event, role, kind, scheme, id);
}

void lb_event_reference(lb_event *event, lb_scheme scheme, lb_span value, lb_span issuer)
{
    if (value.len == 0 || !lb_arena_grow(&event->sink->arena, &event->refs, sizeof *event->refs.at))
        return;
    lb_reference *reference = &event->refs.at[event->refs.count++];
    *reference = (lb_reference){.scheme = scheme, .issuer = issuer};
    reference->value = lb_ident_normalise(event->sink, scheme, value);
    if (!lb_span_equal(reference->value, value))
        reference->value_raw = value;
}

lb_assoc *lb_event_assoc(lb_event *event, lb_assoc_action action, const lb_object *parent,
                         const lb_object *child)
{
    if (!lb_arena_grow(&event->sink->arena, &event->assoc, sizeof *event->assoc.at))
        return NULL;
    lb_assoc *assoc = &event->assoc.at[event->assoc.count++];
    *assoc = (lb_assoc){.action = action, .position = LB_UNKNOWN};
    assoc->parent.milli_teu = assoc->child.milli_teu = LB_UNKNOWN;
    if (parent != NULL)
        assoc->parent = *parent;
    if (child != NULL)
        assoc->child = *child;
    return assoc;
}

void lb_event_seal_number(lb_event *event, lb_span seal)
{
    lb_text_list_add(event->sink, &event->cond.seals, seal);
}

void lb_event_capacity(lb_event *event, lb_unit unit, lb_cap_state state, int64_t quantity)
{
    if (lb_arena_grow(&event->sink->arena, &event->cap.lines, sizeof *event->cap.lines.at))
        event->cap.lines.at[event->cap.lines.count++] = (lb_capacity_line){unit, state, quantity};
}

const lb_object *lb_event_find_object(const lb_event *event, lb_role role)
{
    for (size_t i = 0; i < event->objects.count; i++)
        if (event->objects.at[i].role == role)
            return &event->objects.at[i];
    return NULL;
}

/* -- what follows from an event by itself ------------------------------------------------------------ */

/* What an actual event of a type says of its SUBJECT and the object of another role. */
static const struct {
    lb_event_type type;
    lb_role parent;
    lb_assoc_action action;
} implied[] = {
    {LB_EVENT_LOAD, LB_ROLE_MEANS, LB_ASSOC_ADD},
    {LB_EVENT_DISC, LB_ROLE_MEANS, LB_ASSOC_DELETE},
    {LB_EVENT_GTIN, LB_ROLE_MEANS, LB_ASSOC_DELETE},
    {LB_EVENT_GTOT, LB_ROLE_MEANS, LB_ASSOC_ADD},
    {LB_EVENT_GAUG, LB_ROLE_MEANS, LB_ASSOC_ADD},
    {LB_EVENT_STUF, LB_ROLE_UNIT, LB_ASSOC_ADD},
    {LB_EVENT_STRP, LB_ROLE_UNIT, LB_ASSOC_DELETE},
    {LB_EVENT_DEPA, LB_ROLE_MEANS, LB_ASSOC_OBSERVE},
    {LB_EVENT_ARRI, LB_ROLE_MEANS, LB_ASSOC_OBSERVE},
    {LB_EVENT_PASS, LB_ROLE_MEANS, LB_ASSOC_OBSERVE},
    {LB_EVENT_DEPA, LB_ROLE_UNIT, LB_ASSOC_OBSERVE},
    {LB_EVENT_RCVD, LB_ROLE_UNIT, LB_ASSOC_OBSERVE},
    {LB_EVENT_LOAD, LB_ROLE_UNIT, LB_ASSOC_OBSERVE},
    {LB_EVENT_DISC, LB_ROLE_UNIT, LB_ASSOC_OBSERVE},
};

static bool is_same(const lb_object *a, const lb_object *b)
{
    return a->kind == b->kind && lb_span_equal(a->id, b->id);
}

static bool is_stated(const lb_event *event, const lb_object *parent, const lb_object *child)
{
    for (size_t i = 0; i < event->assoc.count; i++)
        if (is_same(&event->assoc.at[i].parent, parent) &&
            is_same(&event->assoc.at[i].child, child))
            return true;
    return false;
}

/* A gate takes in and lets out lorries; a train or flight through a gate carries on. */
static bool concerns(lb_event_type type, const lb_object *parent)
{
    if (type == LB_EVENT_GTIN || type == LB_EVENT_GTOT)
        return parent->kind == LB_KIND_TRUCK || parent->kind == LB_KIND_TRAILER;
    return true;
}

static void imply(lb_event *event, lb_role parent_role, lb_assoc_action action)
{
    for (size_t p = 0; p < event->objects.count; p++)
        for (size_t c = 0; c < event->objects.count; c++) {
            const lb_object *parent = &event->objects.at[p], *child = &event->objects.at[c];
            if (parent->role != parent_role || child->role != LB_ROLE_SUBJECT ||
                !concerns(event->type, parent) || is_stated(event, parent, child))
                continue;
            lb_assoc *assoc = lb_event_assoc(event, action, parent, child);
            if (assoc != NULL)
                assoc->implied = true;
        }
}

static void imply_associations(lb_event *event)
{
    if (event->classifier != LB_CLASSIFIER_ACTUAL || event->objects.count < 2)
        return;
    for (size_t i = 0; i < sizeof implied / sizeof implied[0]; i++)
        if (implied[i].type == event->type)
            imply(event, implied[i].parent, implied[i].action);
}

static void resolve_places(lb_event *event)
{
    const lb_source *source = lb_sink_source(event->sink);
    lb_place *const places[] = {&event->place,       &event->counter_place, &event->movement.from,
                                &event->movement.to, &event->cap.from,      &event->cap.to};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (!lb_place_is_empty(places[i]))
            lb_place_resolve(event, places[i], source);
}

static lb_span only_if(bool is_so, lb_span text)
{
    return is_so ? text : LB_EMPTY;
}

/* Who says it, what, of what, when, where; of a capacity also which resource and which booking, of a sheet also
 * which one of which list. */
static lb_span natural_key(lb_event *event)
{
    enum { KEY_ROOM = 1024 }; /* longer keys are cut: the content tells such events apart */
    char object[LB_KEY_ROOM] = "", place[LB_PLACE_KEY_ROOM], key[KEY_ROOM];
    char at[LB_NUMBER_ROOM], sheet[LB_NUMBER_ROOM];
    const lb_object *subject = lb_event_find_object(event, LB_ROLE_SUBJECT);
    const lb_when *when = &event->occurred;
    lb_span party = event->prov.party.len > 0 ? event->prov.party : event->prov.source_id;
    lb_span time =
        when->utc_us == LB_UNKNOWN ? when->local_text : lb_span_print_number(at, when->utc_us);
    size_t object_len = subject == NULL ? 0 : lb_object_key_print(object, sizeof object, subject);
    size_t place_len = lb_place_key_print(place, sizeof place, &event->place);
    bool has_cap = event->cap.id.len > 0;
    bool has_sheet = event->sheet.list.len > 0 && event->sheet.number != LB_UNKNOWN;
    const lb_span bar = LB_SPAN("|");
    const lb_span parts[] = {
        party,
        bar,
        lb_span_of(lb_event_type_code(event->type)),
        bar,
        event->raw.code,
        bar,
        lb_span_of(lb_classifier_name(event->classifier)),
        bar,
        {object, object_len},
        bar,
        time,
        bar,
        {place, place_len},
        only_if(has_cap, bar),
        event->cap.id,
        only_if(has_cap, bar),
        only_if(has_cap, event->cap.booking),
        only_if(has_sheet, bar),
        only_if(has_sheet, event->sheet.list),
        only_if(has_sheet, bar),
        has_sheet ? lb_span_print_number(sheet, event->sheet.number) : LB_EMPTY,
    };
    size_t len = lb_span_join(key, sizeof key, parts, sizeof parts / sizeof parts[0]);
    return lb_sink_copy(event->sink, (lb_span){key, len});
}

/* The event as it goes over the wire, without what the hub adds (lb_event_pack). */
static void pack_bare(lb_event *event)
{
    int64_t received_us = event->received_at_us, revision = event->prov.adapter_revision;
    lb_span sha256 = event->prov.raw_sha256;
    lb_cover cover = event->cover;

    event->event_id = event->prov.raw_sha256 = event->said = LB_EMPTY;
    event->hub_seq = event->recorded_at_us = LB_UNKNOWN;
    event->received_at_us = event->prov.adapter_revision = LB_UNKNOWN;
    event->cover = (lb_cover){LB_EMPTY, LB_EMPTY};
    if (lb_record_pack(&lb_record_event, event, &event->sink->arena, &event->said) != LB_OK)
        event->said = LB_EMPTY;
    event->received_at_us = received_us;
    event->prov.adapter_revision = revision;
    event->prov.raw_sha256 = sha256;
    event->cover = cover;
}

/* The identity of what is said. */
static lb_span identify(lb_event *event)
{
    enum { ID_BYTES = 16 };
    char *id = lb_sink_alloc(event->sink, ID_BYTES);
    pack_bare(event);
    if (id == NULL || event->said.len == 0)
        return LB_EMPTY;
    crypto_generichash((unsigned char *)id, ID_BYTES, (const unsigned char *)event->said.at,
                       event->said.len, NULL, 0);
    return (lb_span){id, ID_BYTES};
}

void lb_event_seal(lb_event *event)
{
    resolve_places(event);
    imply_associations(event);
    if (event->source_event_key.len == 0)
        event->source_event_key = natural_key(event);
    if (event->quality_flags == LB_UNKNOWN)
        event->quality_flags = 0;
    event->event_id = identify(event);
}
