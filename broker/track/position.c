/* position.c - the last known geographic position of a track. (A Position of the stream: keep/epoch.h.) */
#include <stdlib.h>

#include "base/key.h"
#include "track/figure.h"

static bool is_newer(const lb_fix *fix, lb_span object, const lb_track *track)
{
    if (fix->occurred_us != track->position_us)
        return fix->occurred_us > track->position_us;
    return lb_span_compare(object, track->position_object) > 0;
}

/* Takes the last position of an object itself within a time, if it is newer than the track's. */
static lb_err look_at(const lb_derive *d, lb_span object, int64_t from_us, int64_t until_us,
                      lb_track *track)
{
    lb_fix fix;
    lb_err err = lb_facts_last_fix(d->facts, object, from_us, until_us, d->arena, &fix);
    if (err != LB_OK)
        return err == LB_ERR_NOT_FOUND && lb_facts_over(d->facts) == LB_BUDGET_NONE ? LB_OK : err;
    if (is_newer(&fix, object, track)) {
        track->position_us = fix.occurred_us;
        track->lat_e7 = fix.lat_e7;
        track->lon_e7 = fix.lon_e7;
        track->position_object = object;
    }
    return LB_OK;
}

/* The same of a device, for the times when it was in the conveyance. */
static lb_err look_at_device(const lb_derive *d, lb_span device, const lb_nesting *in,
                             lb_track *track)
{
    lb_nesting_list stays;
    lb_err err = lb_track_stays(d, device, &stays);
    for (size_t k = stays.count; err == LB_OK && k > 0; k--) {
        const lb_nesting *stay = &stays.at[k - 1];
        int64_t from_us = stay->from_us > in->from_us ? stay->from_us : in->from_us;
        int64_t until_us = stay->until_us < in->until_us ? stay->until_us : in->until_us;
        if (stay->is_agreed && from_us <= until_us && lb_span_equal(stay->parent, in->parent))
            err = look_at(d, device, from_us, until_us, track);
    }
    return err;
}

/* The same of a conveyance: its own position, or that of a device in it. */
static lb_err look_for_fix(const lb_derive *d, const lb_nesting *in, lb_track *track)
{
    lb_key_list devices;
    lb_err err = lb_facts_devices(d->facts, in->parent, d->arena, &devices);
    for (size_t i = 0; err == LB_OK && i < devices.count; i++)
        err = look_at_device(d, devices.at[i], in, track);
    return err == LB_OK ? look_at(d, in->parent, in->from_us, in->until_us, track) : err;
}

static int by_end(const void *left, const void *right)
{
    const lb_nesting *a = *(const lb_nesting *const *)left, *b = *(const lb_nesting *const *)right;
    if (a->until_us != b->until_us)
        return a->until_us > b->until_us ? -1 : 1;
    return lb_span_compare(a->parent, b->parent);
}

/* The newest position of the object and of the vehicles it was in. Stays are tried by their end, the latest first, until
 * one ended before the position found. */
static lb_err find_position(const lb_derive *d, lb_span object, const lb_nesting_list *nestings,
                            lb_track *track)
{
    const lb_nesting itself = {.parent = object, .from_us = INT64_MIN + 1, .until_us = LB_OPEN};
    const lb_nesting **sorted = lb_arena_alloc(d->arena, (nestings->count + 1) * sizeof *sorted);
    size_t count = 0;
    lb_err err = sorted == NULL ? LB_ERR_NO_MEMORY : look_for_fix(d, &itself, track);
    for (size_t i = 0; err == LB_OK && i < nestings->count; i++) {
        lb_kind kind = lb_key_kind(nestings->at[i].parent);
        if (nestings->at[i].is_agreed &&
            (kind == LB_KIND_TRUCK || kind == LB_KIND_TRAIN || kind == LB_KIND_TRAILER))
            sorted[count++] = &nestings->at[i];
    }
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, by_end);
    for (size_t i = 0; err == LB_OK && i < count && sorted[i]->until_us >= track->position_us; i++)
        err = look_for_fix(d, sorted[i], track);
    return err;
}

/* For a track made of reports: positions in them. */
static void take_reported(const lb_fact_list *own, lb_track *track)
{
    for (size_t i = 0; i < own->count; i++) {
        const lb_event *event = own->at[i].event;
        if (event->type != LB_EVENT_PING || event->pos.lat_e7 == LB_UNKNOWN ||
            event->pos.lon_e7 == LB_UNKNOWN || event->occurred.utc_us < track->position_us)
            continue;
        track->position_us = event->occurred.utc_us;
        track->lat_e7 = event->pos.lat_e7;
        track->lon_e7 = event->pos.lon_e7;
        track->position_object = track->object;
    }
}

lb_err lb_track_position(const lb_derive *d, const lb_track_basis *basis, lb_track *track)
{
    lb_err err = find_position(d, track->object, &basis->nestings, track);
    if (err == LB_OK && basis->question->is_reported)
        take_reported(basis->own, track);
    return err;
}
