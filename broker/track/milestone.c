/* milestone.c - one milestone for each slot: object, type, place, and for parts of a consignment their
 * number and flight.
 *
 * The winner of a slot is the preferred claim (worth.h). Actual claims further apart than the tolerance are both kept, with
 * the flag CONFLICT. The result does not depend on the order in which events arrived. */
#include "track/milestone.h"

#include <stdlib.h>

#include "base/key.h"
#include "record.h"
#include "track/figure.h"
#include "track/worth.h"
#include "landbridge/client/time.h"

typedef struct slot {
    lb_span object, place, flight, raw;
    lb_event_type type;
    int64_t pieces;
    const lb_track_entry *entry;
    lb_worth worth;
} slot;

int64_t lb_milestone_time(const lb_event *event)
{
    return event->occurred.prec == LB_PRECISION_UNKNOWN ? LB_UNKNOWN : event->occurred.utc_us;
}

static int compare_slots(const slot *a, const slot *b)
{
    int order = lb_span_compare(a->object, b->object);
    if (order == 0)
        order = (int)a->type - (int)b->type;
    if (order == 0)
        order = lb_span_compare(a->raw, b->raw);
    if (order == 0)
        order = lb_span_compare(a->place, b->place);
    if (order == 0)
        order = lb_span_compare(a->flight, b->flight);
    if (order == 0)
        order = (a->pieces > b->pieces) - (a->pieces < b->pieces);
    return order;
}

static int by_slot(const void *left, const void *right)
{
    const slot *a = left, *b = right;
    int order = compare_slots(a, b);
    return order != 0 ? order : lb_worth_compare(&a->worth, &b->worth);
}

static slot slot_of(const lb_track_entry *entry, lb_arena *arena)
{
    const lb_event *event = entry->event;
    slot one = {.object = entry->object,
                .type = event->type,
                .pieces = LB_UNKNOWN,
                .entry = entry,
                .worth = lb_worth_of(event)};
    one.place = lb_key_of_place(&event->place, arena);
    if (event->type == LB_EVENT_UNSPECIFIED)
        one.raw = event->raw.code.len > 0 ? event->raw.code : event->raw.text;
    if (lb_key_kind(entry->object) == LB_KIND_CONSIGNMENT) {
        one.pieces = event->qty.pieces;
        one.flight = event->movement.number;
    }
    return one;
}

lb_milestone lb_milestone_of(const lb_derive *d, const lb_track_entry *entry)
{
    const lb_event *event = entry->event;
    lb_milestone one;
    lb_record_init(&lb_record_milestone, &one);
    one.type = event->type;
    one.classifier = event->classifier;
    one.occurred_us = lb_milestone_time(event);
    one.offset_min = event->occurred.offset_min;
    one.prec = event->occurred.prec;
    one.place = lb_key_of_place(&event->place, d->arena);
    one.place_name = lb_key_place_name(one.place);
    if (one.place_name.len == 0)
        one.place_name = event->place.name;
    one.object = entry->object;
    one.mode = event->mode;
    one.source = event->prov.source_id;
    one.party = event->prov.party;
    one.raw_scheme = event->raw.scheme;
    one.raw_code = event->raw.code;
    one.raw_text = event->raw.text.len > 0 ? event->raw.text : event->remark;
    one.quality_flags = event->quality_flags == LB_UNKNOWN ? 0 : event->quality_flags;
    one.confidence = event->confidence;
    one.seq = event->hub_seq;
    one.pieces = event->qty.pieces;
    one.pieces_total = event->qty.pieces_total;
    bool is_actual = event->classifier == LB_CLASSIFIER_ACTUAL;
    if (is_actual && one.occurred_us != LB_UNKNOWN && lb_derive_is_ahead(d, one.occurred_us))
        one.quality_flags |= LB_FLAG(LB_DOUBT_TIME_FUTURE_ACTUAL);
    return one;
}

bool lb_milestones_are_apart(const lb_rules *rules, const lb_event *a, const lb_event *b)
{
    int64_t at = lb_milestone_time(a), other = lb_milestone_time(b);
    if (at == LB_UNKNOWN || other == LB_UNKNOWN)
        return false;
    bool is_day = a->occurred.prec >= LB_PRECISION_DAY || b->occurred.prec >= LB_PRECISION_DAY;
    int64_t away = at > other ? at - other : other - at;
    return away > (is_day ? rules->day_tolerance_us : rules->tolerance_us);
}

static void add_loser(const lb_derive *d, lb_milestone *winner, const lb_event *event)
{
    if (!lb_arena_grow(d->arena, &winner->losers, sizeof *winner->losers.at))
        return;
    lb_loss *loss = &winner->losers.at[winner->losers.count++];
    lb_record_init(&lb_record_loss, loss);
    loss->classifier = event->classifier;
    loss->occurred_us = lb_milestone_time(event);
    loss->source = event->prov.source_id;
    loss->seq = event->hub_seq;
}

/* Winners of one slot, indexed by day. A claim loses to a winner that is at most a day away (the tolerances are at most a
 * day), so only the days around it are searched. */
typedef struct winners {
    const slot *slots;
    size_t count, room; /* room: a power of two */
    size_t *heads;      /* by day: number of the newest winner, from 1; 0: none */
    size_t *next, *slot_of;
} winners;

static bool init_winners(winners *w, const slot *slots, size_t count, lb_arena *arena)
{
    *w = (winners){.slots = slots, .room = 1};
    while (w->room < count)
        w->room *= 2;
    w->heads = lb_arena_zero(arena, w->room * sizeof *w->heads);
    w->next = lb_arena_alloc(arena, (count + 1) * sizeof *w->next);
    w->slot_of = lb_arena_alloc(arena, (count + 1) * sizeof *w->slot_of);
    return w->heads != NULL && w->next != NULL && w->slot_of != NULL;
}

static const lb_event *winner_at(const winners *w, size_t number)
{
    return w->slots[w->slot_of[number]].entry->event;
}

static size_t *head_of(const winners *w, int64_t day)
{
    return &w->heads[(size_t)day & (w->room - 1)];
}

static void add_winner(winners *w, size_t slot_number)
{
    int64_t at_us = lb_milestone_time(w->slots[slot_number].entry->event);
    size_t *head = head_of(w, at_us / LB_DAY_US);
    w->slot_of[++w->count] = slot_number;
    w->next[w->count] = *head;
    *head = w->count;
}

/* Number of the first winner that the claim does not conflict with; 0: it becomes a winner. */
static size_t find_winner(const lb_rules *rules, const winners *w, const lb_event *event)
{
    int64_t at_us = lb_milestone_time(event);
    size_t best = 0;
    if (w->count == 0)
        return 0;
    if (event->classifier != LB_CLASSIFIER_ACTUAL || at_us == LB_UNKNOWN ||
        lb_milestone_time(winner_at(w, 1)) == LB_UNKNOWN)
        return 1;
    for (int64_t day = at_us / LB_DAY_US - 1; day <= at_us / LB_DAY_US + 1; day++)
        for (size_t i = *head_of(w, day); i != 0; i = w->next[i])
            if ((best == 0 || i < best) && !lb_milestones_are_apart(rules, winner_at(w, i), event))
                best = i;
    return best;
}

/* Milestones of the claims for one slot, which are sorted, the preferred one first. */
static void add_group(const lb_derive *d, const slot *slots, size_t count,
                      lb_milestone_list *milestones)
{
    size_t first = milestones->count;
    winners w;
    if (!init_winners(&w, slots, count, d->arena))
        return;
    for (size_t i = 0; i < count; i++) {
        const lb_event *event = slots[i].entry->event;
        size_t winner = find_winner(d->rules, &w, event);
        if (winner != 0) {
            add_loser(d, &milestones->at[first + winner - 1], event);
        } else if (lb_arena_grow(d->arena, milestones, sizeof *milestones->at)) {
            add_winner(&w, i);
            milestones->at[milestones->count++] = lb_milestone_of(d, slots[i].entry);
        }
    }
    for (size_t i = first; milestones->count - first > 1 && i < milestones->count; i++)
        milestones->at[i].quality_flags |= LB_FLAG(LB_DOUBT_CONFLICT);
}

int lb_milestone_by_time(const void *left, const void *right)
{
    const lb_milestone *a = left, *b = right;
    if (a->occurred_us != b->occurred_us)
        return a->occurred_us < b->occurred_us ? -1 : 1;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    int order = lb_span_compare(a->object, b->object);
    if (order == 0)
        order = lb_span_compare(a->place, b->place);
    if (order == 0)
        order = (a->pieces > b->pieces) - (a->pieces < b->pieces);
    if (order == 0)
        order = lb_span_compare(a->raw_code, b->raw_code);
    return order != 0 ? order : lb_span_compare(a->raw_text, b->raw_text);
}

static bool is_conveyance(lb_span key)
{
    lb_kind kind = lb_key_kind(key);
    return kind == LB_KIND_TRAIN || kind == LB_KIND_TRUCK || kind == LB_KIND_FLIGHT ||
           kind == LB_KIND_WAGON;
}

static int by_object(const void *left, const void *right)
{
    const lb_milestone *a = *(lb_milestone *const *)left, *b = *(lb_milestone *const *)right;
    return lb_span_compare(a->object, b->object);
}

/* Flags planned and expected milestones of one conveyance that lie before its last actual one. */
static void mark_stale_of(lb_milestone **of_object, size_t count)
{
    int64_t seen_us = LB_UNKNOWN;
    for (size_t i = 0; i < count; i++)
        if (of_object[i]->classifier == LB_CLASSIFIER_ACTUAL && of_object[i]->occurred_us > seen_us)
            seen_us = of_object[i]->occurred_us;
    for (size_t i = 0; i < count; i++) {
        lb_milestone *one = of_object[i];
        if (one->classifier != LB_CLASSIFIER_ACTUAL &&
            one->classifier != LB_CLASSIFIER_UNSPECIFIED && one->occurred_us != LB_UNKNOWN &&
            one->occurred_us < seen_us)
            one->quality_flags |= LB_FLAG(LB_DOUBT_ESTIMATE_STALE);
    }
}

/* An estimate is stale when a later milestone of the same conveyance has actually happened. */
static void mark_stale(lb_milestone_list *milestones, lb_arena *arena)
{
    lb_milestone **sorted = lb_arena_alloc(arena, (milestones->count + 1) * sizeof(lb_milestone *));
    size_t count = 0;
    for (size_t i = 0; sorted != NULL && i < milestones->count; i++)
        if (is_conveyance(milestones->at[i].object))
            sorted[count++] = &milestones->at[i];
    if (count > 1)
        qsort(sorted, count, sizeof(lb_milestone *), by_object);
    for (size_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && lb_span_equal(sorted[i]->object, sorted[next]->object);)
            next++;
        mark_stale_of(sorted + i, next - i);
    }
}

lb_err lb_track_milestones(const lb_derive *d, const lb_track_basis *basis, lb_track *track)
{
    const lb_track_entry_list *entries = &basis->entries;
    lb_milestone_list *milestones = &track->milestones;
    slot *slots = lb_arena_alloc(d->arena, (entries->count + 1) * sizeof *slots);
    if (slots == NULL)
        return LB_ERR_NO_MEMORY;
    for (size_t i = 0; i < entries->count; i++)
        slots[i] = slot_of(&entries->at[i], d->arena);
    qsort(slots, entries->count, sizeof *slots, by_slot);
    for (size_t i = 0, next; i < entries->count; i = next) {
        for (next = i + 1; next < entries->count && compare_slots(&slots[i], &slots[next]) == 0;)
            next++;
        add_group(d, slots + i, next - i, milestones);
    }
    if (milestones->count > 1)
        qsort(milestones->at, milestones->count, sizeof *milestones->at, lb_milestone_by_time);
    mark_stale(milestones, d->arena);
    return lb_arena_failed(d->arena) ? LB_ERR_NO_MEMORY : LB_OK;
}
