/* effect.c - the effects of an event: every fact that it would make, and whether its sender's grants cover it. */
#include "base/effect.h"

#include "landbridge/client/ident.h"
#include "landbridge/client/place.h"

enum { WIDE_THINGS = 64, WIDE_EFFECTS = 8 };
enum { PART_OTHERS = 16, PART_OBJECTS = 64, PART_REFERENCES = 64 };

/* -- things ------------------------------------------------------------------------------------------------- */

static size_t first_reference(const lb_event *event)
{
    return event->objects.count + 2 * event->assoc.count;
}

size_t lb_things(const lb_event *event)
{
    return first_reference(event) + event->refs.count + LB_NAMED;
}

size_t lb_thing_of_object(const lb_event *event, size_t object)
{
    (void)event;
    return object;
}

size_t lb_thing_of_parent(const lb_event *event, size_t assoc)
{
    return event->objects.count + 2 * assoc;
}

size_t lb_thing_of_child(const lb_event *event, size_t assoc)
{
    return event->objects.count + 2 * assoc + 1;
}

size_t lb_thing_of_reference(const lb_event *event, size_t reference)
{
    return first_reference(event) + reference;
}

size_t lb_thing_of_named(const lb_event *event, lb_named named)
{
    return first_reference(event) + event->refs.count + (size_t)named;
}

const lb_place *lb_named_place(const lb_event *event, lb_named named)
{
    switch (named) {
    case LB_NAMED_PLACE:
        return &event->place;
    case LB_NAMED_COUNTER_PLACE:
        return &event->counter_place;
    case LB_NAMED_FROM:
        return &event->movement.from;
    case LB_NAMED_TO:
        return &event->movement.to;
    case LB_NAMED_CAP_FROM:
        return &event->cap.from;
    case LB_NAMED_CAP_TO:
        return &event->cap.to;
    case LB_NAMED_RESOURCE:
    case LB_NAMED:
        break;
    }
    return NULL;
}

bool lb_thing_is_covered(const lb_event *event, size_t thing)
{
    lb_span things = event->cover.things;

    if (things.len == 0 && event->cover.party.len == 0)
        return !lb_event_is_foreign(event);
    return thing / 8 < things.len && ((unsigned char)things.at[thing / 8] >> thing % 8 & 1) != 0;
}

unsigned lb_assoc_cover(const lb_event *event, size_t assoc)
{
    unsigned cover = 0;

    if (lb_thing_is_covered(event, lb_thing_of_child(event, assoc)))
        cover |= LB_COVERS_CHILD;
    /* Without a parent, the child's cover suffices. */
    if (event->assoc.at[assoc].parent.id.len == 0)
        return cover == 0 ? 0 : LB_COVERS_CHILD | LB_COVERS_PARENT;
    if (lb_thing_is_covered(event, lb_thing_of_parent(event, assoc)))
        cover |= LB_COVERS_PARENT;
    return cover;
}

/* -- effects ------------------------------------------------------------------------------------------------ */

typedef struct listing {
    const lb_event *event;
    lb_arena *arena;
    lb_effect_list *list; /* NULL: only check whether all are covered */
    bool is_covered;
} listing;

static void add(listing *to, lb_effect_kind kind, size_t at, const lb_place *place, bool is_covered)
{
    to->is_covered = to->is_covered && is_covered;
    if (to->list != NULL && lb_arena_grow(to->arena, to->list, sizeof *to->list->at))
        to->list->at[to->list->count++] = (lb_effect){kind, at, place, is_covered};
}

static bool is_yard_move(lb_event_type type)
{
    switch (type) {
    case LB_EVENT_GTIN:
    case LB_EVENT_GTOT:
    case LB_EVENT_LOAD:
    case LB_EVENT_DISC:
    case LB_EVENT_STOR:
    case LB_EVENT_RMVD:
    case LB_EVENT_YMOV:
        return true;
    default:
        return false;
    }
}

/* The movements of a train or flight itself, and the start of its route, tell where it calls. */
static void add_calls(listing *to, size_t object, bool is_covered)
{
    const lb_event *event = to->event;
    const lb_place *const places[] = {&event->place, &event->movement.from};
    lb_kind kind = event->objects.at[object].kind;

    if ((kind != LB_KIND_TRAIN && kind != LB_KIND_FLIGHT) || event->occurred.utc_us == LB_UNKNOWN)
        return;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (!lb_place_is_empty(places[i]))
            add(to, LB_EFFECT_CALL, object, places[i], is_covered);
}

static void add_yard(listing *to, size_t object, bool is_covered)
{
    const lb_event *event = to->event;

    if (is_yard_move(event->type) && event->objects.at[object].kind == LB_KIND_CONTAINER &&
        !lb_place_is_empty(&event->place))
        add(to, LB_EFFECT_YARD, object, &event->place,
            is_covered && lb_thing_is_covered(event, lb_thing_of_named(event, LB_NAMED_PLACE)));
}

static void add_stories(listing *to)
{
    const lb_event *event = to->event;

    for (size_t i = 0; i < event->objects.count; i++) {
        const lb_object *object = &event->objects.at[i];
        bool is_unit = event->type == LB_EVENT_ASSO && object->role == LB_ROLE_UNIT;
        bool is_covered = lb_thing_is_covered(event, lb_thing_of_object(event, i));
        if ((object->role != LB_ROLE_SUBJECT && !is_unit) || object->id.len == 0)
            continue;
        if (event->type == LB_EVENT_PING) {
            add(to, LB_EFFECT_POSITION, i, NULL, is_covered);
            continue;
        }
        add(to, LB_EFFECT_STORY, i, NULL, is_covered);
        add_calls(to, i, is_covered);
        add_yard(to, i, is_covered);
    }
}

static void add_associations(listing *to)
{
    const lb_event *event = to->event;
    lb_span last_list = LB_EMPTY;

    for (size_t i = 0; i < event->assoc.count; i++) {
        const lb_assoc *assoc = &event->assoc.at[i];
        lb_span parent = assoc->parent.id;
        unsigned cover = lb_assoc_cover(event, i);
        bool has_child = assoc->child.id.len > 0, has_parent = parent.len > 0;
        if (has_child && (has_parent || assoc->action == LB_ASSOC_DELETE))
            add(to, LB_EFFECT_WITHIN, i, NULL, (cover & LB_COVERS_CHILD) != 0);
        if (has_child && has_parent)
            add(to, LB_EFFECT_CONTENT, i, NULL, (cover & LB_COVERS_PARENT) != 0);
        if (assoc->closed_world && has_parent && !lb_span_equal(parent, last_list)) {
            add(to, LB_EFFECT_LIST, i, NULL, (cover & LB_COVERS_PARENT) != 0);
            last_list = parent;
        }
    }
}

static void add_links(listing *to)
{
    const lb_event *event = to->event;
    size_t subjects = 0;

    for (size_t i = 0; i < event->objects.count; i++)
        subjects += event->objects.at[i].role == LB_ROLE_SUBJECT && event->objects.at[i].id.len > 0;
    for (size_t i = 0; i < event->refs.count && subjects > 0; i++)
        add(to, LB_EFFECT_LINK, i, NULL,
            lb_thing_is_covered(event, lb_thing_of_reference(event, i)));
}

/* Kinds that restrict or close a place for every party. */
bool lb_resource_acts_on_places(lb_resource_kind kind)
{
    switch (kind) {
    case LB_RESOURCE_YARD_BLOCK:
    case LB_RESOURCE_REEFER_PLUG:
    case LB_RESOURCE_GATE_WINDOW:
    case LB_RESOURCE_CRANE_WINDOW:
    case LB_RESOURCE_TRACK_WINDOW:
    case LB_RESOURCE_CUSTOMS_BAY:
    case LB_RESOURCE_GAUGE_BREAK:
    case LB_RESOURCE_BORDER:
    case LB_RESOURCE_BAN:
        return true;
    default:
        return false;
    }
}

static void add_capacity(listing *to)
{
    const lb_event *event = to->event;
    static const lb_named places[] = {LB_NAMED_CAP_FROM, LB_NAMED_CAP_TO};

    if (event->cap.kind == LB_RESOURCE_UNSPECIFIED || event->cap.id.len == 0)
        return;
    bool is_covered = lb_thing_is_covered(event, lb_thing_of_named(event, LB_NAMED_RESOURCE));
    for (size_t i = 0; lb_resource_acts_on_places(event->cap.kind) && i < 2; i++)
        is_covered =
            is_covered && (lb_place_is_empty(lb_named_place(event, places[i])) ||
                           lb_thing_is_covered(event, lb_thing_of_named(event, places[i])));
    add(to, LB_EFFECT_CAPACITY, 0, NULL, is_covered);
}

static void add_all(listing *to)
{
    const lb_event *event = to->event;

    if (event->prov.test)
        return;
    if (event->correction == LB_CORRECTION_RETRACTS) {
        add(to, LB_EFFECT_RETRACT, 0, NULL, true);
        return;
    }
    if (event->sheet.list.len > 0 && event->sheet.number >= 1)
        add(to, LB_EFFECT_SHEET, 0, NULL, true);
    add_stories(to);
    add_associations(to);
    add_links(to);
    add_capacity(to);
}

lb_err lb_effects(const lb_event *event, lb_arena *arena, lb_effect_list *list)
{
    listing to = {event, arena, list, true};

    *list = (lb_effect_list){0};
    add_all(&to);
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : LB_OK;
}

bool lb_effects_are_covered(const lb_event *event)
{
    listing to = {event, NULL, NULL, true};

    add_all(&to);
    return to.is_covered;
}

static lb_span key_of(const lb_object *object, lb_arena *arena)
{
    char key[LB_KEY_ROOM];

    if (object->id.len == 0)
        return LB_EMPTY;
    size_t len = lb_object_key_print(key, sizeof key, object);
    return lb_arena_copy(arena, (lb_span){key, len});
}

lb_span lb_effect_key(const lb_event *event, const lb_effect *effect, lb_arena *arena)
{
    lb_object reference = {.kind = LB_KIND_CONSIGNMENT};

    switch (effect->kind) {
    case LB_EFFECT_STORY:
    case LB_EFFECT_POSITION:
    case LB_EFFECT_CALL:
    case LB_EFFECT_YARD:
        return key_of(&event->objects.at[effect->at], arena);
    case LB_EFFECT_WITHIN:
        return key_of(&event->assoc.at[effect->at].child, arena);
    case LB_EFFECT_CONTENT:
    case LB_EFFECT_LIST:
        return key_of(&event->assoc.at[effect->at].parent, arena);
    case LB_EFFECT_LINK:
        reference.scheme = event->refs.at[effect->at].scheme;
        reference.id = event->refs.at[effect->at].value;
        return key_of(&reference, arena);
    case LB_EFFECT_CAPACITY:
        return lb_arena_print(arena, "resource:%.*s",
                              LB_ARG(lb_span_first(event->cap.id, LB_KEY_ROOM)));
    case LB_EFFECT_SHEET:
    case LB_EFFECT_RETRACT:
    case LB_EFFECT_UNSPECIFIED:
        break;
    }
    return LB_EMPTY;
}

/* -- what is kept of an event ------------------------------------------------------------------------------- */

bool lb_effects_are_wide(const lb_event *event, const lb_effect_list *list)
{
    return list->count > WIDE_EFFECTS && lb_things(event) > WIDE_THINGS;
}

static bool is_of_object(lb_effect_kind kind)
{
    return kind <= LB_EFFECT_YARD;
}

static bool is_of_association(lb_effect_kind kind)
{
    return kind == LB_EFFECT_WITHIN || kind == LB_EFFECT_CONTENT || kind == LB_EFFECT_LIST;
}

/* The cover of a part, built thing by thing. */
typedef struct bits {
    const lb_event *whole;
    char *at;
    size_t count;
} bits;

static void copy_bit(bits *cover, size_t thing)
{
    if (lb_thing_is_covered(cover->whole, thing))
        cover->at[cover->count / 8] |= (char)(1U << cover->count % 8);
    cover->count++;
}

static lb_err part_objects(const lb_effect *effect, lb_arena *arena, lb_event *part, bits *cover)
{
    const lb_event *whole = cover->whole;
    size_t own = is_of_object(effect->kind) ? effect->at : SIZE_MAX, others = 0;

    part->objects = (lb_object_list){.room = PART_OTHERS + 1};
    part->objects.at = lb_arena_alloc(arena, part->objects.room * sizeof *part->objects.at);
    if (part->objects.at == NULL)
        return LB_ERR_NO_MEMORY;
    if (own != SIZE_MAX) {
        part->objects.at[part->objects.count++] = whole->objects.at[own];
        copy_bit(cover, lb_thing_of_object(whole, own));
    }
    for (size_t i = 0; i < whole->objects.count && i < PART_OBJECTS && others < PART_OTHERS; i++) {
        if (i == own || whole->objects.at[i].role == LB_ROLE_SUBJECT)
            continue;
        part->objects.at[part->objects.count++] = whole->objects.at[i];
        copy_bit(cover, lb_thing_of_object(whole, i));
        others++;
    }
    return LB_OK;
}

lb_err lb_effect_part(const lb_event *event, const lb_effect *effect, lb_arena *arena,
                      lb_event *part)
{
    enum { MOST = PART_OTHERS + 1 + 2 + PART_REFERENCES + LB_NAMED };
    bits cover = {.whole = event, .at = lb_arena_zero(arena, MOST / 8 + 1)};

    *part = *event;
    if (cover.at == NULL || part_objects(effect, arena, part, &cover) != LB_OK)
        return LB_ERR_NO_MEMORY;
    part->assoc = (lb_assoc_list){0};
    if (is_of_association(effect->kind)) {
        part->assoc = (lb_assoc_list){&event->assoc.at[effect->at], 1, 1};
        copy_bit(&cover, lb_thing_of_parent(event, effect->at));
        copy_bit(&cover, lb_thing_of_child(event, effect->at));
    }
    if (part->refs.count > PART_REFERENCES)
        part->refs.count = PART_REFERENCES;
    for (size_t i = 0; i < part->refs.count; i++)
        copy_bit(&cover, lb_thing_of_reference(event, i));
    for (int i = 0; i < LB_NAMED; i++)
        copy_bit(&cover, lb_thing_of_named(event, (lb_named)i));
    if (event->cover.things.len > 0)
        part->cover.things = (lb_span){cover.at, (cover.count + 7) / 8};
    return LB_OK;
}

static lb_err drop_references(const lb_event *event, lb_arena *arena, lb_event *bare)
{
    bare->refs = (lb_reference_list){.room = event->refs.count};
    bare->refs.at = lb_arena_alloc(arena, (event->refs.count + 1) * sizeof *bare->refs.at);
    if (bare->refs.at == NULL)
        return LB_ERR_NO_MEMORY;
    for (size_t i = 0; i < event->refs.count; i++)
        if (lb_thing_is_covered(event, lb_thing_of_reference(event, i)))
            bare->refs.at[bare->refs.count++] = event->refs.at[i];
    return LB_OK;
}

lb_err lb_effect_bare(const lb_event *event, lb_arena *arena, lb_event *bare)
{
    *bare = *event;
    bare->cover = (lb_cover){LB_EMPTY, LB_EMPTY};
    if (!lb_event_is_foreign(event))
        return LB_OK;
    bare->quality_flags &= ~LB_FLAG(LB_DOUBT_NOT_ITS_OWN);
    return drop_references(event, arena, bare);
}
