/* run.c - the train or flight with the id of a resource: origin, destination and times. */
#include "base/key.h"
#include "capacity/figure.h"
#include "track/movement.h"

static void take_text(lb_span *to, lb_span from)
{
    if (from.len > 0)
        *to = from;
}

static void take_formation(lb_resource *resource, const lb_event *event)
{
    take_text(&resource->from, event->movement.from.locode);
    take_text(&resource->from_name, event->movement.from.name);
    take_text(&resource->to, event->movement.to.locode);
    take_text(&resource->to_name, event->movement.to.name);
}

/* For a run without a stated origin or destination: from its first departure to its last arrival. */
typedef struct route {
    int64_t first_us, last_us;
} route;

static void take_move(const lb_derive *d, lb_resource *resource, const lb_event *event,
                      bool is_formed, route *so_far)
{
    int64_t us = event->occurred.utc_us;
    if (event->type == LB_EVENT_DEPA && resource->from.len == 0 && us < so_far->first_us) {
        resource->from = lb_key_of_place(&event->place, d->arena);
        resource->from_name = event->place.name;
        so_far->first_us = us;
    }
    if (event->type == LB_EVENT_ARRI &&
        (resource->to.len == 0 || (us > so_far->last_us && !is_formed))) {
        resource->to = lb_key_of_place(&event->place, d->arena);
        resource->to_name = event->place.name;
        so_far->last_us = us;
    }
}

/* Origin and destination by the run's own facts, and when it was made up (FORM). */
static void read_route(const lb_derive *d, const lb_fact_list *own, lb_resource *resource,
                       int64_t *formed_us)
{
    route so_far = {INT64_MAX, LB_UNKNOWN};
    for (size_t i = 0; i < own->count; i++) {
        const lb_event *event = own->at[i].event;
        if (event->mode != LB_MODE_UNSPECIFIED)
            resource->mode = event->mode;
        if (event->occurred.utc_us == LB_UNKNOWN)
            continue;
        if (event->type == LB_EVENT_FORM && event->classifier == LB_CLASSIFIER_ACTUAL) {
            *formed_us = event->occurred.utc_us;
            take_formation(resource, event);
        }
        take_move(d, resource, event, *formed_us != LB_UNKNOWN, &so_far);
    }
}

static lb_err read_run(const lb_derive *d, lb_span run, lb_resource *resource, int64_t *formed_us,
                       bool *is_there)
{
    lb_fact_list own;
    lb_err err = lb_facts_of(d->facts, run, d->arena, &own);
    *is_there = err == LB_OK && own.count > 0;
    if (!*is_there)
        return err;
    read_route(d, &own, resource, formed_us);
    err = lb_track_movement(d, run, &own, LB_EVENT_DEPA, resource->from, &resource->departure);
    return err == LB_OK
               ? lb_track_movement(d, run, &own, LB_EVENT_ARRI, resource->to, &resource->arrival)
               : err;
}

lb_err lb_capacity_run(const lb_derive *d, lb_capacity_basis *basis, lb_resource *resource)
{
    static const char *const words[LB_RUN_KINDS] = {"train", "flight"};
    lb_err err = LB_OK;
    for (size_t i = 0; err == LB_OK && i < LB_RUN_KINDS && !basis->is_placed; i++) {
        bool is_run = false;
        basis->runs[i] = lb_arena_print(d->arena, "%s:%.*s", words[i], LB_ARG(resource->id));
        err = read_run(d, basis->runs[i], resource, &basis->formed_us[i], &is_run);
        if (is_run && resource->kind == LB_RESOURCE_UNSPECIFIED)
            resource->kind = i == 0 ? LB_RESOURCE_DEPARTURE : LB_RESOURCE_FLIGHT_LEG;
        basis->is_there = basis->is_there || is_run;
    }
    return err;
}
