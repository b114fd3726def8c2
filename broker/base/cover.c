/* cover.c - which things of an event are covered by its sender's grants. */
#include "base/cover.h"

#include <stdlib.h>

#include "base/effect.h"
#include "landbridge/client/ident.h"
#include "landbridge/client/place.h"

/* -- keys --------------------------------------------------------------------------------------------------- */

static int by_text(const void *left, const void *right)
{
    return lb_span_compare(*(const lb_span *)left, *(const lb_span *)right);
}

static bool begins_so(const lb_text_list *heads, lb_span key)
{
    for (size_t i = 0; i < heads->count; i++)
        if (key.len >= heads->at[i].len && memcmp(key.at, heads->at[i].at, heads->at[i].len) == 0)
            return true;
    return false;
}

static bool covers_all(const lb_permission *permission)
{
    return permission == NULL || permission->is_local ||
           lb_permission_has(permission, LB_PARTY_OPERATOR);
}

bool lb_permission_covers(const lb_permission *permission, lb_span key)
{
    if (covers_all(permission) || begins_so(&permission->covers_heads, key))
        return true;
    const lb_text_list *exact = &permission->covers_exact;
    return exact->count > 0 &&
           bsearch(&key, exact->at, exact->count, sizeof *exact->at, by_text) != NULL;
}

static bool covers_object(const lb_permission *permission, const lb_object *object)
{
    char key[LB_KEY_ROOM];

    if (object->id.len == 0)
        return true;
    size_t len = lb_object_key_print(key, sizeof key, object);
    return lb_permission_covers(permission, (lb_span){key, len});
}

static bool covers_reference(const lb_permission *permission, const lb_reference *reference)
{
    const lb_object object = {
        .kind = LB_KIND_CONSIGNMENT, .scheme = reference->scheme, .id = reference->value};

    return covers_object(permission, &object);
}

static bool covers_place(const lb_permission *permission, const lb_place *place)
{
    char key[LB_PLACE_KEY_ROOM + 8] = "place:";
    const size_t head = strlen(key);

    if (lb_place_is_empty(place))
        return true;
    size_t len = lb_place_key_print(key + head, sizeof key - head, place);
    return lb_permission_covers(permission, (lb_span){key, head + len});
}

static bool covers_resource(const lb_permission *permission, lb_span id, lb_arena *arena)
{
    if (id.len == 0)
        return true;
    return lb_permission_covers(permission, lb_arena_print(arena, "resource:%.*s", LB_ARG(id)));
}

/* -- things ------------------------------------------------------------------------------------------------- */

typedef struct bits {
    char *at;
    size_t count, covered;
} bits;

static void add_bit(bits *to, bool is_covered)
{
    if (is_covered)
        to->at[to->count / 8] |= (char)(1U << to->count % 8);
    to->covered += is_covered;
    to->count++;
}

/* Lists of children repeat their parent; the verdict on the same parent is not looked up again. */
static void add_associations(bits *to, const lb_permission *permission, const lb_event *event)
{
    const lb_object *last = NULL;
    bool is_covered = false;

    for (size_t i = 0; i < event->assoc.count; i++) {
        const lb_object *parent = &event->assoc.at[i].parent;
        if (last == NULL || last->kind != parent->kind || last->scheme != parent->scheme ||
            !lb_span_equal(last->id, parent->id))
            is_covered = covers_object(permission, parent);
        last = parent;
        add_bit(to, is_covered);
        add_bit(to, covers_object(permission, &event->assoc.at[i].child));
    }
}

/* In the order of CargoEvent.cover (event.proto). */
static void add_things(bits *to, const lb_permission *permission, const lb_event *event,
                       lb_arena *arena)
{
    for (size_t i = 0; i < event->objects.count; i++)
        add_bit(to, covers_object(permission, &event->objects.at[i]));
    add_associations(to, permission, event);
    for (size_t i = 0; i < event->refs.count; i++)
        add_bit(to, covers_reference(permission, &event->refs.at[i]));
    for (int named = 0; named < LB_NAMED; named++) {
        const lb_place *place = lb_named_place(event, (lb_named)named);
        add_bit(to, place != NULL ? covers_place(permission, place)
                                  : covers_resource(permission, event->cap.id, arena));
    }
}

lb_err lb_permission_judge(const lb_permission *permission, lb_event *event, lb_arena *arena)
{
    if (covers_all(permission))
        return LB_OK;
    bits things = {.at = lb_arena_zero(arena, lb_things(event) / 8 + 1)};
    if (things.at == NULL)
        return LB_ERR_NO_MEMORY;
    add_things(&things, permission, event, arena);
    if (things.covered == things.count)
        return LB_OK;
    event->cover = (lb_cover){permission->name, {things.at, (things.count + 7) / 8}};
    if (lb_effects_are_covered(event))
        event->cover = (lb_cover){LB_EMPTY, LB_EMPTY}; /* nothing to note */
    else
        event->quality_flags = (event->quality_flags == LB_UNKNOWN ? 0 : event->quality_flags) |
                               LB_FLAG(LB_DOUBT_NOT_ITS_OWN);
    return LB_OK;
}
