/* event.c - filling in events, and deriving what follows from one event alone.
 *
 * Checklist for a new event type: does it put something on, in or off something else? Then it needs a row
 * in `implied` below. */
#include "landbridge/client/event.h"

#include <sodium.h>
#include <stdio.h>

#include "landbridge/client/ident.h"
#include "landbridge/client/place.h"
#include "record.h"
#include "sink.h"

void lb_event_init(lb_event *event, lb_sink *sink)
{
    lb_record_init(&lb_record_event, event);
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
    if (text.len > 0 &&
        lb_sink_counts(sink, list->count, LB_EVENT_TEXTS, "seals, damages or reasons", text) &&
        lb_arena_grow(lb_sink_arena(sink), list, sizeof *list->at))
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
        !lb_sink_counts(event->sink, event->objects.count, LB_EVENT_OBJECTS, "objects of one event",
                        id) ||
        !lb_arena_grow(lb_sink_arena(event->sink), &event->objects, sizeof *event->objects.at))
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
        object->id_raw = LB_EMPTY; /* the id was made here, so nothing was sent */
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
    if (value.len == 0 ||
        !lb_sink_counts(event->sink, event->refs.count, LB_EVENT_REFERENCES,
                        "references of one event", value) ||
        !lb_arena_grow(lb_sink_arena(event->sink), &event->refs, sizeof *event->refs.at))
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
    if (!lb_sink_counts(event->sink, event->assoc.count, LB_EVENT_ASSOCIATIONS,
                        "associations of one event", child != NULL ? child->id : LB_EMPTY) ||
        !lb_arena_grow(lb_sink_arena(event->sink), &event->assoc, sizeof *event->assoc.at))
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
    if (lb_sink_counts(event->sink, event->cap.lines.count, LB_EVENT_CAPACITIES,
                       "lines of one capacity", LB_EMPTY) &&
        lb_arena_grow(lb_sink_arena(event->sink), &event->cap.lines, sizeof *event->cap.lines.at))
        event->cap.lines.at[event->cap.lines.count++] = (lb_capacity_line){unit, state, quantity};
}

const lb_object *lb_event_find_object(const lb_event *event, lb_role role)
{
    for (size_t i = 0; i < event->objects.count; i++)
        if (event->objects.at[i].role == role)
            return &event->objects.at[i];
    return NULL;
}

/* -- what follows from one event alone --------------------------------------------------------- */

/* The association that an actual event of a type implies between its SUBJECT and the object of
 * another role. */
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

/* The pairs that were stated or implied. A few are searched linearly; many are found by a hash
 * of parent and child. */
typedef struct pairs {
    lb_event *event;
    uint32_t *slots; /* 1 + place in event->assoc; 0: free. NULL: few */
    size_t mask;
} pairs;

enum { FEW = 8 };

static size_t hash_object(size_t hash, const lb_object *object)
{
    hash = (hash ^ (size_t)object->kind) * 1099511628211u;
    for (size_t i = 0; i < object->id.len; i++)
        hash = (hash ^ (unsigned char)object->id.at[i]) * 1099511628211u;
    return hash;
}

static bool is_pair(const lb_assoc *assoc, const lb_object *parent, const lb_object *child)
{
    return is_same(&assoc->parent, parent) && is_same(&assoc->child, child);
}

static uint32_t *find_slot(const pairs *known, const lb_object *parent, const lb_object *child)
{
    size_t at = hash_object(hash_object(14695981039346656037u, parent), child);
    for (at ^= at >> 29;; at++) {
        uint32_t *slot = &known->slots[at & known->mask];
        if (*slot == 0 || is_pair(&known->event->assoc.at[*slot - 1], parent, child))
            return slot;
    }
}

/* Allocates room for `most` pairs and as many empty slots, so that a search is short. False: no
 * memory. */
static bool open_pairs(pairs *known, lb_event *event, size_t most)
{
    size_t room = 2 * FEW;
    *known = (pairs){.event = event};
    if (most <= FEW)
        return true;
    while (room < 2 * most)
        room *= 2;
    known->slots = lb_arena_zero(lb_sink_arena(event->sink), room * sizeof *known->slots);
    known->mask = room - 1;
    for (size_t i = 0; known->slots != NULL && i < event->assoc.count; i++) {
        const lb_assoc *assoc = &event->assoc.at[i];
        *find_slot(known, &assoc->parent, &assoc->child) = (uint32_t)i + 1;
    }
    return known->slots != NULL;
}

static bool is_known(const pairs *known, const lb_object *parent, const lb_object *child)
{
    const lb_event *event = known->event;
    for (size_t i = 0; known->slots == NULL && i < event->assoc.count; i++)
        if (is_pair(&event->assoc.at[i], parent, child))
            return true;
    return known->slots != NULL && *find_slot(known, parent, child) != 0;
}

static void imply_pair(const pairs *known, lb_assoc_action action, const lb_object *parent,
                       const lb_object *child)
{
    if (is_known(known, parent, child))
        return;
    uint32_t *slot = known->slots == NULL ? NULL : find_slot(known, parent, child);
    lb_assoc *assoc = lb_event_assoc(known->event, action, parent, child);
    if (assoc == NULL)
        return;
    assoc->implied = true;
    if (slot != NULL)
        *slot = (uint32_t)known->event->assoc.count;
}

/* At a gate only trucks take in and let out containers; a train or flight passing a gate keeps
 * its load. */
static bool concerns(lb_event_type type, const lb_object *parent)
{
    if (type == LB_EVENT_GTIN || type == LB_EVENT_GTOT)
        return parent->kind == LB_KIND_TRUCK || parent->kind == LB_KIND_TRAILER;
    return true;
}

static bool is_parent(const lb_event *event, const lb_object *object, lb_role role)
{
    return object->role == role && concerns(event->type, object);
}

typedef struct sides { /* of an association that an event implies */
    size_t parents, children;
    /* the first children; all of them when there are no more */
    const lb_object *few[LB_EVENT_CROWD];
} sides;

static sides sides_of(const lb_event *event, lb_role parent_role)
{
    sides found = {0};
    for (size_t i = 0; i < event->objects.count; i++) {
        const lb_object *object = &event->objects.at[i];
        found.parents += is_parent(event, object, parent_role);
        if (object->role != LB_ROLE_SUBJECT)
            continue;
        if (found.children < LB_EVENT_CROWD)
            found.few[found.children] = object;
        found.children++;
    }
    return found;
}

static void imply_children(const pairs *known, lb_assoc_action action, const sides *both,
                           const lb_object *parent)
{
    const lb_object_list *all = &known->event->objects;
    bool are_few = both->children <= LB_EVENT_CROWD;
    size_t count = are_few ? both->children : all->count;
    for (size_t i = 0; i < count; i++) {
        const lb_object *child = are_few ? both->few[i] : &all->at[i];
        if (child->role == LB_ROLE_SUBJECT)
            imply_pair(known, action, parent, child);
    }
}

static void imply(lb_event *event, lb_role parent_role, lb_assoc_action action)
{
    pairs known;
    const lb_object_list *all = &event->objects;
    const sides both = sides_of(event, parent_role);
    if (both.parents > LB_EVENT_CROWD && both.children > LB_EVENT_CROWD) {
        lb_too_much(event->sink, all->at[all->count - 1].id,
                    "one event puts %zu objects on %zu others, more than %d on more than %d",
                    both.children, both.parents, LB_EVENT_CROWD, LB_EVENT_CROWD);
        return;
    }
    if (both.parents == 0 || both.children == 0 ||
        !open_pairs(&known, event, event->assoc.count + both.parents * both.children))
        return;
    for (size_t i = 0; i < all->count; i++)
        if (is_parent(event, &all->at[i], parent_role))
            imply_children(&known, action, &both, &all->at[i]);
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

/* Stuffing and stripping of a groupage container give one event for each consignment, often at
 * one time, so the key contains the first reference. */
static lb_span stuffed_reference(const lb_event *event)
{
    bool is_stuffing = event->type == LB_EVENT_STUF || event->type == LB_EVENT_STRP;

    return is_stuffing && event->refs.count > 0 ? event->refs.at[0].value : LB_EMPTY;
}

/* Source party, type, object, time and place; for a capacity also resource and booking, for a
 * sheet also its list and number, for stuffing also the consignment. */
static lb_span natural_key(lb_event *event)
{
    enum { KEY_ROOM = 1024 }; /* longer keys are cut: the content keeps such events apart */
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
    const lb_span bar = LB_SPAN("|"), stuffed = stuffed_reference(event);
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
        only_if(stuffed.len > 0, bar),
        stuffed,
    };
    size_t len = lb_span_join(key, sizeof key, parts, sizeof parts / sizeof parts[0]);
    return lb_sink_copy(event->sink, (lb_span){key, len});
}

/* The event in wire format, without the fields that the hub adds (lb_event_pack). */
static void pack_bare(lb_event *event)
{
    int64_t received_us = event->received_at_us, revision = event->prov.adapter_revision;
    lb_span sha256 = event->prov.raw_sha256;
    lb_cover cover = event->cover;

    event->event_id = event->prov.raw_sha256 = event->said = LB_EMPTY;
    event->hub_seq = event->hub_epoch = event->recorded_at_us = LB_UNKNOWN;
    event->received_at_us = event->prov.adapter_revision = LB_UNKNOWN;
    event->cover = (lb_cover){LB_EMPTY, LB_EMPTY};
    if (lb_record_pack(&lb_record_event, event, lb_sink_arena(event->sink), &event->said) != LB_OK)
        event->said = LB_EMPTY;
    event->received_at_us = received_us;
    event->prov.adapter_revision = revision;
    event->prov.raw_sha256 = sha256;
    event->cover = cover;
}

/* event_id: a hash of source, natural key and content. */
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

void lb_event_finish(lb_event *event)
{
    resolve_places(event);
    imply_associations(event);
    if (event->source_event_key.len == 0)
        event->source_event_key = natural_key(event);
    if (event->quality_flags == LB_UNKNOWN)
        event->quality_flags = 0;
    event->event_id = identify(event);
}
