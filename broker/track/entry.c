/* entry.c - collects the facts of a track in one use: the object's own facts, and those of what it was in.
 *
 * A movement of a train is one fact of the train; the stays join it into the tracks of all cargo on board. */
#include "track/entry.h"

#include <stdlib.h>

#include "base/key.h"
#include "track/see.h"

/* Movements and exceptions of a conveyance apply to its cargo; that it was made up (FORM) or is ready (REDY) does not. */
static bool concerns_cargo(const lb_event *event)
{
    return event->family == LB_FAMILY_TRANSPORT
               ? event->type != LB_EVENT_FORM && event->type != LB_EVENT_REDY
               : event->family == LB_FAMILY_EXCEPTION;
}

void lb_track_tell(lb_arena *arena, lb_track_entry_list *entries, const lb_event *event,
                   lb_span object, int depth)
{
    if (lb_arena_grow(arena, entries, sizeof *entries->at))
        entries->at[entries->count++] = (lb_track_entry){event, object, depth};
}

static int by_parent(const void *left, const void *right)
{
    const lb_nesting *a = *(const lb_nesting *const *)left, *b = *(const lb_nesting *const *)right;
    int order = lb_span_compare(a->parent, b->parent);
    return order != 0 ? order : (a->from_us > b->from_us) - (a->from_us < b->from_us);
}

/* Events about other parties' cargo are hidden unless the asker has a right on the equipment itself. */
static bool hides_others(const lb_track_question *question, lb_span equipment)
{
    return question->is_share || !lb_permission_sees(question->permission, equipment);
}

/* Adds the facts of one parent that fall into the stays in it (by start), each fact once, however many stays there are. */
static lb_err add_facts_of_parent(const lb_derive *d, const lb_track_question *question,
                                  const lb_nesting *const *stays, size_t count,
                                  lb_track_entry_list *entries)
{
    lb_fact_list list;
    lb_span parent = stays[0]->parent;
    bool is_box = lb_key_kind(parent) == LB_KIND_CONTAINER;
    size_t next = 0;
    int64_t until_us = LB_UNKNOWN; /* latest end of the stays that have begun */
    lb_err err = lb_facts_of(d->facts, parent, d->arena, &list);
    for (size_t i = 0; err == LB_OK && i < list.count; i++) {
        const lb_event *event = list.at[i].event;
        int64_t at_us = event->occurred.utc_us;
        for (; next < count && stays[next]->from_us <= at_us; next++)
            if (stays[next]->until_us > until_us)
                until_us = stays[next]->until_us;
        bool is_reported =
            concerns_cargo(event) || (is_box && event->family == LB_FAMILY_EQUIPMENT);
        if (is_reported && at_us != LB_UNKNOWN && next > 0 && at_us <= until_us &&
            !(lb_is_others(question->permission, event) && hides_others(question, parent)))
            lb_track_tell(d->arena, entries, event, parent, stays[0]->depth);
    }
    return err;
}

static lb_err add_nested(const lb_derive *d, const lb_track_question *question,
                         const lb_nesting_list *nestings, lb_track_entry_list *entries)
{
    const lb_nesting **sorted = lb_arena_alloc(d->arena, (nestings->count + 1) * sizeof *sorted);
    lb_err err = sorted == NULL ? LB_ERR_NO_MEMORY : LB_OK;
    size_t count = 0;
    for (size_t i = 0; err == LB_OK && i < nestings->count; i++)
        if (nestings->at[i].is_agreed)
            sorted[count++] = &nestings->at[i];
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, by_parent);
    for (size_t i = 0, next; err == LB_OK && i < count; i = next) {
        for (next = i + 1; next < count && lb_span_equal(sorted[i]->parent, sorted[next]->parent);)
            next++;
        err = add_facts_of_parent(d, question, sorted + i, next - i, entries);
    }
    return err;
}

/* Facts without a time are sorted first and belong to every use. */
static void add_own_facts(const lb_fact_list *own, const lb_track_question *question,
                          const lb_cycle *cycle, lb_arena *arena, lb_track_entry_list *entries)
{
    size_t timeless = lb_facts_since(own, LB_UNKNOWN + 1);
    size_t first = lb_facts_since(own, cycle->from_us);
    for (size_t i = 0; i < own->count; i++) {
        i = i == timeless && first > i ? first : i;
        if (i == own->count || own->at[i].event->occurred.utc_us >= cycle->until_us)
            return;
        const lb_event *event = own->at[i].event;
        if (event->family != LB_FAMILY_CAPACITY && event->type != LB_EVENT_PING &&
            !(question->is_share && lb_is_others(question->permission, event)))
            lb_track_tell(arena, entries, event, question->object, -1);
    }
}

lb_err lb_track_entries(const lb_derive *d, const lb_track_question *question,
                        const lb_fact_list *own, const lb_cycle *use,
                        const lb_nesting_list *nestings, lb_track_entry_list *entries)
{
    *entries = (lb_track_entry_list){0};
    add_own_facts(own, question, use, d->arena, entries);
    return add_nested(d, question, nestings, entries);
}
