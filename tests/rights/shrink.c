/* shrink.c - see shrink.h. Removes messages first, then events, then parts of events,
 * repeatedly. */
#include "shrink.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "record.h"

static bool try_without_message(const shrinker *r, tale *t, size_t i)
{
    tale less = *t;

    memmove(&less.at[i], &less.at[i + 1], (less.count - i - 1) * sizeof *less.at);
    less.count--;
    if (!r->is_seen(r->whose, &less))
        return false;
    *t = less;
    return true;
}

/* One simplification of an event; false: it does not apply. */
static bool simplify(lb_event *event, int how)
{
    lb_event bare;
    lb_event before = *event;

    lb_record_init(&lb_record_event, &bare);
    switch (how) {
    case 0:
        event->refs.count = 0;
        break;
    case 1:
        event->assoc.count = 0;
        break;
    case 2:
        event->cap = bare.cap;
        break;
    case 3:
        event->cond = bare.cond;
        break;
    case 4:
        event->movement = bare.movement;
        break;
    case 5:
        event->counter_place = bare.counter_place;
        break;
    case 6:
        event->place = bare.place;
        break;
    case 7:
        event->exc = bare.exc;
        break;
    case 8:
        event->sheet = bare.sheet;
        break;
    case 9:
        event->pos = bare.pos;
        break;
    case 10:
        event->qty = bare.qty;
        break;
    case 11:
        event->prov = bare.prov;
        break;
    case 12:
        event->event_id = bare.event_id;
        event->hub_seq = bare.hub_seq;
        break;
    case 13:
        event->received_at_us = bare.received_at_us;
        event->quality_flags = bare.quality_flags;
        break;
    case 14:
        event->correction = LB_CORRECTION_UNSPECIFIED;
        event->source_event_key = LB_EMPTY;
        event->revision = LB_UNKNOWN;
        break;
    case 15:
        event->objects.count -= event->objects.count > 0;
        break;
    case 16:
        if (event->assoc.count > 0)
            event->assoc.count--;
        break;
    case 17:
        event->reported_at_us = LB_UNKNOWN;
        break;
    default:
        return false;
    }
    return memcmp(&before, event, sizeof before) != 0;
}
enum { SIMPLER = 18 };

static bool try_simpler(const shrinker *r, tale *t, size_t i, size_t e, int how)
{
    tale less = *t;
    tale_message *message = &less.at[i];
    lb_event_list *events = &message->report.events;

    lb_event *copies = lb_arena_alloc(r->arena, events->count * sizeof *copies);
    assert_non_null(copies);
    memcpy(copies, events->at, events->count * sizeof *copies);
    events->at = copies;
    if (!simplify(&copies[e], how))
        return false;
    assert_int_equal(lb_record_pack(&lb_record_report, &message->report, r->arena, &message->body),
                     LB_OK);
    if (!r->is_seen(r->whose, &less))
        return false;
    *t = less;
    return true;
}

static bool try_without_event(const shrinker *r, tale *t, size_t i, size_t e)
{
    tale less = *t;
    tale_message *message = &less.at[i];
    lb_event_list *events = &message->report.events;

    if (events->count < 2)
        return false;
    lb_event *copies = lb_arena_alloc(r->arena, events->count * sizeof *copies);
    assert_non_null(copies);
    memcpy(copies, events->at, e * sizeof *copies);
    memcpy(copies + e, events->at + e + 1, (events->count - e - 1) * sizeof *copies);
    *events = (lb_event_list){copies, events->count - 1, events->count};
    assert_int_equal(lb_record_pack(&lb_record_report, &message->report, r->arena, &message->body),
                     LB_OK);
    if (!r->is_seen(r->whose, &less))
        return false;
    *t = less;
    return true;
}

static bool shrink_events(const shrinker *r, tale *t, size_t i)
{
    bool is_smaller = false;

    for (size_t e = t->at[i].report.events.count; e > 0; e--)
        is_smaller |= try_without_event(r, t, i, e - 1);
    for (size_t e = 0; e < t->at[i].report.events.count; e++)
        for (int how = 0; how < SIMPLER; how++)
            while (try_simpler(r, t, i, e, how))
                is_smaller = true;
    return is_smaller;
}

void shrink_tale(const shrinker *r, tale *t)
{
    bool is_smaller = true;

    while (is_smaller) {
        is_smaller = false;
        for (size_t i = t->count; i > 0; i--)
            is_smaller |= try_without_message(r, t, i - 1);
        for (size_t i = 0; i < t->count; i++)
            is_smaller |= shrink_events(r, t, i);
    }
}
