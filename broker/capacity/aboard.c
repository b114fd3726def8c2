/* aboard.c - what is used of a train or flight: its load when it was made up or, if later, when it left. */
#include "base/key.h"
#include "capacity/figure.h"
#include "track/nesting.h"

typedef struct aboard {
    int64_t wagons, milli_teu;
    bool is_known, has_unknown_size;
} aboard;

/* The size of a container by its facts; LB_UNKNOWN if none states it. */
static lb_err size_of(const lb_derive *d, lb_span container, int64_t *milli_teu)
{
    lb_fact_list own;
    *milli_teu = LB_UNKNOWN;
    lb_err err = lb_facts_of(d->facts, container, d->arena, &own);
    for (size_t i = 0; err == LB_OK && i < own.count; i++)
        for (size_t k = 0; k < own.at[i].event->objects.count; k++) {
            const lb_object *object = &own.at[i].event->objects.at[k];
            if (object->kind == LB_KIND_CONTAINER && object->milli_teu != LB_UNKNOWN &&
                lb_span_equal(object->id, lb_span_after(container, sizeof "container:" - 1)))
                *milli_teu = object->milli_teu;
        }
    return err;
}

static lb_err count_load(const lb_derive *d, lb_span run, int64_t at_us, lb_resource *resource,
                         aboard *sum)
{
    lb_key_list load;
    lb_err err = lb_track_load(d, run, at_us, &load);
    for (size_t i = 0; err == LB_OK && i < load.count; i++) {
        lb_kind kind = lb_key_kind(load.at[i]);
        int64_t milli_teu;
        sum->is_known = sum->is_known || kind == LB_KIND_WAGON || kind == LB_KIND_CONTAINER;
        sum->wagons += kind == LB_KIND_WAGON;
        if (kind != LB_KIND_CONTAINER)
            continue;
        err = size_of(d, load.at[i], &milli_teu);
        if (milli_teu == LB_UNKNOWN)
            sum->has_unknown_size = true;
        else
            sum->milli_teu += milli_teu;
    }
    resource->load = (lb_text_list){load.at, load.count, load.room};
    return err;
}

/* Wagons and TEU count only if the load has wagons or containers; TEU are unknown if one container's size is. */
static lb_err add_load(const lb_derive *d, lb_span run, int64_t formed_us, lb_resource *resource)
{
    aboard sum = {0};
    int64_t at_us =
        resource->departure.actual_us != LB_UNKNOWN && resource->departure.actual_us > formed_us
            ? resource->departure.actual_us
            : formed_us;
    lb_err err = count_load(d, run, at_us, resource, &sum);
    lb_unit_figures *wagons = lb_capacity_unit(resource, LB_UNIT_WAGON, d->arena);
    lb_unit_figures *teu = lb_capacity_unit(resource, LB_UNIT_MILLI_TEU, d->arena);
    if (wagons != NULL && teu != NULL && sum.is_known) {
        wagons->used = sum.wagons;
        teu->used = sum.has_unknown_size ? LB_UNKNOWN : sum.milli_teu;
        wagons->as_of_us = wagons->as_of_us > formed_us ? wagons->as_of_us : formed_us;
        teu->as_of_us = teu->as_of_us > formed_us ? teu->as_of_us : formed_us;
    }
    return err;
}

lb_err lb_capacity_aboard(const lb_derive *d, lb_capacity_basis *basis, lb_resource *resource)
{
    lb_err err = LB_OK;
    for (size_t i = 0; err == LB_OK && i < LB_RUN_KINDS; i++)
        if (basis->formed_us[i] != LB_UNKNOWN)
            err = add_load(d, basis->runs[i], basis->formed_us[i], resource);
    return err;
}
