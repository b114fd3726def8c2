/* run.c - the train or flight under the id of a resource: from where to where, and when. */
#include "base/key.h"
#include "capacity/figure.h"

static void take_text(lb_span *to, lb_span from)
{
    if (from.len > 0)
        *to = from;
}

static void note_times(lb_times *times, const lb_event *event)
{
    int64_t us = event->occurred.utc_us;
    if (event->classifier == LB_CLASSIFIER_ACTUAL)
        times->actual_us = us;
    else if (event->classifier == LB_CLASSIFIER_PLANNED)
        times->planned_us = us;
    else
        times->estimated_us = us;
}

/* What a run says of itself: where it starts and goes, when; when it was made up. */
static lb_err read_run(const lb_derive *d, lb_span run, lb_resource *resource, int64_t *formed,
                       bool *is_there)
{
    lb_fact_list own;
    int64_t formed_us = LB_UNKNOWN, first_us = INT64_MAX, last_us = LB_UNKNOWN;
    lb_err err = lb_facts_of(d->facts, run, d->arena, &own);
    *is_there = err == LB_OK && own.count > 0;
    for (size_t i = 0; err == LB_OK && i < own.count; i++) {
        const lb_event *event = own.at[i].event;
        int64_t us = event->occurred.utc_us;
        if (event->type == LB_EVENT_FORM && us != LB_UNKNOWN &&
            event->classifier == LB_CLASSIFIER_ACTUAL) {
            formed_us = us;
            take_text(&resource->from, event->movement.from.locode);
            take_text(&resource->from_name, event->movement.from.name);
            take_text(&resource->to, event->movement.to.locode);
            take_text(&resource->to_name, event->movement.to.name);
        }
        if (event->mode != LB_MODE_UNSPECIFIED)
            resource->mode = event->mode;
        if (event->type == LB_EVENT_DEPA && us != LB_UNKNOWN) {
            lb_span place = lb_key_of_place(&event->place, d->arena);
            if (resource->from.len == 0 && us < first_us)
                resource->from = place, resource->from_name = event->place.name, first_us = us;
            if (lb_span_equal(place, resource->from))
                note_times(&resource->departure, event);
        }
        if (event->type == LB_EVENT_ARRI && us != LB_UNKNOWN) {
            lb_span place = lb_key_of_place(&event->place, d->arena);
            if (resource->to.len == 0 || (us > last_us && formed_us == LB_UNKNOWN))
                resource->to = place, resource->to_name = event->place.name, last_us = us;
            if (lb_span_equal(place, resource->to))
                note_times(&resource->arrival, event);
        }
    }
    *formed = formed_us;
    return err;
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
