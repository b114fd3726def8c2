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

/* Members that an event can do without, one after the other. */
#define PART(member)                                                   \
    {                                                                  \
        offsetof(lb_event, member), sizeof(((lb_event *)NULL)->member) \
    }
static const struct {
    size_t at, size;
} parts[] = {
    PART(refs.count),    PART(assoc.count),   PART(cap),      PART(cond),    PART(movement),
    PART(counter_place), PART(place),         PART(exc),      PART(sheet),   PART(pos),
    PART(qty),           PART(prov),          PART(event_id), PART(hub_seq), PART(received_at_us),
    PART(quality_flags), PART(reported_at_us)};

static void forget_part(lb_event *event, size_t part)
{
    lb_event bare;

    lb_record_init(&lb_record_event, &bare);
    memcpy((char *)event + parts[part].at, (const char *)&bare + parts[part].at, parts[part].size);
}

enum {
    PARTS = sizeof parts / sizeof parts[0],
    AS_FIRST_SAID = PARTS,
    LAST_OBJECT,
    LAST_ASSOC,
    SIMPLER
};

/* One simplification of an event; false: it does not apply. */
static bool simplify(lb_event *event, int how)
{
    lb_event before = *event;

    if (how < PARTS)
        forget_part(event, (size_t)how);
    if (how == AS_FIRST_SAID) { /* no correction: only together with its key and number */
        event->correction = LB_CORRECTION_UNSPECIFIED;
        event->source_event_key = LB_EMPTY;
        event->revision = LB_UNKNOWN;
    }
    if (how == LAST_OBJECT)
        event->objects.count -= event->objects.count > 0;
    if (how == LAST_ASSOC)
        event->assoc.count -= event->assoc.count > 0;
    return memcmp(&before, event, sizeof before) != 0;
}

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
