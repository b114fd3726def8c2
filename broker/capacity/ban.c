/* ban.c - which bans apply to a departure, by time, by the places on its way, and by direction. */
#include "capacity/ban.h"

#include "base/key.h"
#include "capacity/departure.h"
#include "capacity/key_set.h"
#include "capacity/resource.h"

enum { CHECKED = 8 }; /* bans or places checked for one step of the budget */

/* The places of the run: origin, destination, and those that its facts name; each once. */
static lb_err list_calls(const lb_derive *d, const lb_resource *departure, lb_key_list *places)
{
    lb_fact_list own;
    lb_key_set set;
    lb_key_set_init(&set, places, d->arena);
    lb_key_set_add(&set, departure->from);
    lb_key_set_add(&set, departure->to);
    lb_span run = lb_arena_print(d->arena, "train:%.*s", LB_ARG(departure->id));
    lb_err err = lb_facts_of(d->facts, run, d->arena, &own);
    for (size_t i = 0; err == LB_OK && i < own.count; i++)
        lb_key_set_add(&set, lb_key_of_place(&own.at[i].event->place, d->arena));
    return err;
}

static bool calls_in(const lb_key_list *places, lb_span outer)
{
    for (size_t i = 0; i < places->count; i++)
        if (lb_key_is_within(places->at[i], outer))
            return true;
    return false;
}

static bool is_then(const lb_resource *ban, int64_t at_us)
{
    return at_us != LB_UNKNOWN && ban->from.len > 0 &&
           (ban->window_from_us == LB_UNKNOWN || at_us >= ban->window_from_us) &&
           (ban->window_until_us == LB_UNKNOWN || at_us < ban->window_until_us);
}

/* A ban with a destination applies only to departures for it, and to those without a name. */
static bool is_that_way(const lb_resource *ban, const lb_resource *departure)
{
    return departure->name.len == 0 || ban->to.len == 0 || lb_key_is_within(departure->to, ban->to);
}

static lb_err find_bans(const lb_derive *d, const lb_resource_list *bans, lb_resource *departure)
{
    lb_key_list places = {0};
    lb_err err = lb_facts_spend(d->facts, (int64_t)bans->count / CHECKED) ? LB_OK : LB_ERR_TOO_BIG;
    for (size_t i = 0; err == LB_OK && i < bans->count; i++) {
        const lb_resource *ban = &bans->at[i];
        if (!is_then(ban, lb_departs_us(departure)) || !is_that_way(ban, departure))
            continue;
        if (places.count == 0)
            err = list_calls(d, departure, &places);
        if (!lb_facts_spend(d->facts, (int64_t)places.count / CHECKED))
            err = LB_ERR_TOO_BIG;
        if (err == LB_OK && calls_in(&places, ban->from) &&
            lb_arena_grow(d->arena, &departure->bans, sizeof *departure->bans.at))
            departure->bans.at[departure->bans.count++] = ban->id;
    }
    return err;
}

lb_err lb_capacity_list_bans(const lb_derive *d, lb_resource_list *bans)
{
    static const lb_capacity_shared nothing = {0};
    lb_key_list ids;
    *bans = (lb_resource_list){0};
    lb_err err = lb_facts_resources(d->facts, LB_RESOURCE_BAN, d->arena, &ids);
    for (size_t i = 0; err == LB_OK && i < ids.count; i++) {
        lb_capacity_work work;
        if (!lb_arena_grow(d->arena, bans, sizeof *bans->at))
            return LB_ERR_NO_MEMORY;
        err = lb_capacity_begin(d, &nothing, ids.at[i], &work);
        if (err == LB_OK && !work.basis.is_cancelled)
            bans->at[bans->count++] = work.resource;
        err = err == LB_ERR_NOT_FOUND ? LB_OK : err;
    }
    return err;
}

lb_err lb_capacity_bans(const lb_derive *d, lb_capacity_basis *basis, lb_resource *resource)
{
    lb_resource_list own;
    const lb_resource_list *bans = basis->shared->bans;
    if (basis->is_placed || lb_departs_us(resource) == LB_UNKNOWN)
        return LB_OK;
    lb_err err = bans == NULL ? lb_capacity_list_bans(d, &own) : LB_OK;
    return err == LB_OK ? find_bans(d, bans == NULL ? &own : bans, resource) : err;
}
