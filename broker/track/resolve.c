/* resolve.c - finds the objects that a typed reference names and that the asker may see. */
#include "track/resolve.h"

#include "landbridge/adapter/adapter.h"
#include "landbridge/client/ident.h"
#include "track/see.h"

enum { RUNS_MAX = 1, SINK_BYTES = 1024 * 1024 };

typedef struct looking {
    const lb_derive *d;
    const lb_permission *permission;
    lb_sink *sink; /* for normalising */
    lb_keymap known;
    lb_sight_list *sights;
} looking;

static void add_sight(looking *look, lb_sight one)
{
    one.object = lb_arena_copy(look->d->arena, one.object);
    one.reference = lb_arena_copy(look->d->arena, one.reference);
    void **place = lb_keymap_need(&look->known, one.object);
    if (place == NULL || *place != NULL ||
        !lb_arena_grow(look->d->arena, look->sights, sizeof *look->sights->at))
        return;
    *place = look;
    look->sights->at[look->sights->count++] = one;
}

static bool is_linked_by(looking *look, lb_span key, const lb_text_list *rights)
{
    bool is_linked = false;
    for (size_t i = 0; i < rights->count;
         i++) { /* no early exit: the time must not depend on what exists */
        lb_span right = rights->at[i];
        bool is_head = right.len > 0 && right.at[right.len - 1] == '*';
        is_linked =
            lb_facts_is_linked(look->d->facts, key,
                               is_head ? lb_span_first(right, right.len - 1) : right, is_head) ||
            is_linked;
    }
    return is_linked;
}

/* Is the object linked with a reference on which the asker has a right? */
static bool sees_by_reference(looking *look, lb_span key)
{
    const lb_permission *permission = look->permission;
    bool by_see = lb_permission_has(permission, LB_PARTY_SHIPPER) &&
                  is_linked_by(look, key, &permission->rights[LB_RIGHT_SEE]);
    bool by_for = lb_permission_has(permission, LB_PARTY_CARRIER) &&
                  is_linked_by(look, key, &permission->rights[LB_RIGHT_FOR]);
    return by_see || by_for;
}

/* An object without covered facts is visible to parties that reported it and to those that see everything. */
static void try_report(looking *look, lb_span key)
{
    bool sees_all = lb_sees_all(look->permission);
    if (lb_facts_is_reported(look->d->facts, key, sees_all ? NULL : &look->permission->name) &&
        !lb_facts_is_known(look->d->facts, key))
        add_sight(look, (lb_sight){.object = key, .is_reported = true});
}

/* The object with this key, or else the objects that are linked with the reference of this key. */
static lb_err try_own_key(looking *look, lb_span key)
{
    lb_key_list linked;
    size_t before = look->sights->count;
    if (lb_facts_is_known(look->d->facts, key)) {
        add_sight(look, (lb_sight){.object = key});
        return LB_OK;
    }
    lb_err err = lb_facts_linked(look->d->facts, key, look->d->arena, &linked);
    for (size_t i = 0; err == LB_OK && i < linked.count; i++)
        add_sight(look,
                  (lb_sight){.object = linked.at[i],
                             .reference = key,
                             .is_share = !lb_sees_all(look->permission) &&
                                         !lb_permission_sees(look->permission, linked.at[i])});
    if (err == LB_OK && look->sights->count == before)
        try_report(look, key);
    return err;
}

static lb_err try_key(looking *look, lb_span key)
{
    if (lb_sees_all(look->permission) || lb_permission_sees(look->permission, key))
        return try_own_key(look, key);
    if (sees_by_reference(look, key))
        add_sight(look, (lb_sight){.object = key, .is_share = true});
    try_report(look, key);
    return LB_OK;
}

static lb_span key_as(lb_sink *sink, lb_kind kind, lb_scheme scheme, lb_span text)
{
    lb_object object = {.kind = kind, .scheme = scheme};
    object.id = lb_ident_normalise(sink, scheme, text);
    return lb_object_key(sink, &object);
}

static lb_err try_kinds(looking *look, lb_span reference)
{
    static const struct {
        lb_kind kind;
        lb_scheme scheme;
    } also[] = {
        {LB_KIND_CONSIGNMENT, LB_SCHEME_BKG},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_BL},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_SMGS},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_CIM},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_CIM_SMGS},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_CMR},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_AWB},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_HAWB},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_TIR},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_UCR},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_PO},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_MRN},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_TR_ID},
        {LB_KIND_CONSIGNMENT, LB_SCHEME_ADHOC},
        {LB_KIND_TRUCK, LB_SCHEME_PLATE},
        {LB_KIND_ULD, LB_SCHEME_ULD},
        {LB_KIND_WAGON, LB_SCHEME_CN7},
        {LB_KIND_DEVICE, LB_SCHEME_TERMINAL},
        {LB_KIND_CONTAINER, LB_SCHEME_ADHOC},
        {LB_KIND_SWAPBODY, LB_SCHEME_ILU},
        {LB_KIND_TRAILER, LB_SCHEME_PLATE},
        {LB_KIND_UNSPECIFIED, LB_SCHEME_UNSPECIFIED},
    };
    lb_err err = LB_OK;
    for (size_t i = 0; err == LB_OK && i < sizeof also / sizeof also[0]; i++)
        err = try_key(look, key_as(look->sink, also[i].kind, also[i].scheme, reference));
    return err;
}

/* A train or flight number without a date: its newest run, if the asker may see its runs. */
static lb_err try_runs(looking *look, lb_span reference)
{
    static const char *const words[] = {"train", "flight"};
    lb_err err = LB_OK;
    for (size_t i = 0; err == LB_OK && i < 2 && look->sights->count == 0; i++) {
        lb_key_list runs = {0};
        lb_span prefix = lb_arena_print(look->d->arena, "%s:%.*s@", words[i], LB_ARG(reference));
        if (lb_sees_all(look->permission) || lb_permission_sees(look->permission, prefix))
            err = lb_facts_starting(look->d->facts, prefix, RUNS_MAX, look->d->arena, &runs);
        for (size_t k = 0; err == LB_OK && k < runs.count; k++)
            add_sight(look, (lb_sight){.object = runs.at[k]});
    }
    return err;
}

static lb_err look_for(looking *look, lb_span reference)
{
    lb_kind kind;
    lb_scheme scheme;
    lb_err err = try_key(look, reference); /* it may be typed as a key */
    lb_ident_guess(reference, &kind, &scheme);
    if (err == LB_OK && look->sights->count == 0 && kind != LB_KIND_UNSPECIFIED)
        err = try_key(look, key_as(look->sink, kind, scheme, reference));
    if (err == LB_OK && look->sights->count == 0)
        err = try_kinds(look, reference);
    if (err == LB_OK && look->sights->count == 0)
        err = try_runs(look, reference);
    return err;
}

lb_err lb_track_resolve(const lb_derive *d, const lb_permission *permission, lb_span reference,
                        lb_sight_list *sights)
{
    looking look = {.d = d, .permission = permission, .sights = sights};
    *sights = (lb_sight_list){0};
    lb_keymap_init(&look.known, d->arena);
    lb_err err = lb_sink_open(&look.sink, SINK_BYTES);
    if (err != LB_OK)
        return err;
    err = look_for(&look, lb_span_trim(reference));
    lb_sink_close(&look.sink);
    return err;
}
