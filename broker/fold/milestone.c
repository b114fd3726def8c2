/* milestone.c - one milestone for each slot: object, type, place, and for parts of a consignment their
 * number and flight.
 *
 * The winner is the surest claim (ACT > EST, EXP > PLN > REQ); among equals that of the authority for the
 * type, then the latest report, the highest revision, and at last the content. Two actual claims further
 * apart than the tolerance are both kept, with the flag CONFLICT. Nothing here depends on arrival. */
#include "fold/milestone.h"

#include <stdlib.h>

#include "fold/track.h"
#include "landbridge/client/time.h"

#define TOLERANCE_US (60 * LB_MINUTE_US)
#define FUTURE_US    (15 * LB_MINUTE_US)

typedef struct slot {
    lb_span object, place, flight, raw;
    lb_event_type type;
    int64_t pieces;
    const lb_track_entry *entry;
} slot;

int lb_classifier_rank(lb_classifier classifier)
{
    switch (classifier) {
    case LB_CLASSIFIER_ACTUAL:
        return 4;
    case LB_CLASSIFIER_ESTIMATED:
    case LB_CLASSIFIER_EXPECTED:
        return 3;
    case LB_CLASSIFIER_PLANNED:
        return 2;
    case LB_CLASSIFIER_REQUESTED:
        return 1;
    default:
        return 0;
    }
}

/* Who knows best: the terminal of its gates and cranes, the railway of its trains, a satellite nothing. */
static int authority(const lb_event *event)
{
    lb_span adapter = event->prov.adapter;
    bool is_terminal = lb_span_is(adapter, "hub.codeco"),
         is_railway = lb_span_is(adapter, "rail.taf");
    if (lb_span_is(adapter, "road.jt808"))
        return 0;
    if (event->family == LB_FAMILY_EQUIPMENT)
        return is_terminal ? 3 : is_railway ? 2 : 1;
    if (event->family == LB_FAMILY_TRANSPORT)
        return is_railway ? 3 : is_terminal ? 2 : 1;
    return 1;
}

/* A time of unknown precision is when it was reported, not when it happened. */
static int64_t time_of(const lb_event *event)
{
    return event->occurred.prec == LB_PRECISION_UNKNOWN ? LB_UNKNOWN : event->occurred.utc_us;
}

/* Better claims first. */
static int by_worth(const lb_event *a, const lb_event *b)
{
    int rank = lb_classifier_rank(b->classifier) - lb_classifier_rank(a->classifier);
    if (rank != 0)
        return rank;
    if (authority(a) != authority(b))
        return authority(b) - authority(a);
    if (a->reported_at_us != b->reported_at_us)
        return a->reported_at_us > b->reported_at_us ? -1 : 1;
    if (a->revision != b->revision)
        return a->revision > b->revision ? -1 : 1;
    return lb_span_compare(b->event_id, a->event_id);
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
    return order != 0 ? order : by_worth(a->entry->event, b->entry->event);
}

static slot slot_of(const lb_track_entry *entry, lb_arena *arena)
{
    const lb_event *event = entry->event;
    slot one = {.object = entry->object, .type = event->type, .entry = entry, .pieces = LB_UNKNOWN};
    one.place = lb_key_of_place(&event->place, arena);
    if (event->type == LB_EVENT_UNSPECIFIED)
        one.raw = event->raw.code.len > 0 ? event->raw.code : event->raw.text;
    if (lb_key_kind(entry->object) == LB_KIND_CONSIGNMENT) {
        one.pieces = event->qty.pieces;
        one.flight = event->movement.number;
    }
    return one;
}

static lb_milestone make(const lb_track_entry *entry, int64_t now_us, bool is_for_dump,
                         lb_arena *arena)
{
    const lb_event *event = entry->event;
    lb_milestone one = {
        .type = event->type, .classifier = event->classifier, .occurred_us = time_of(event)};
    one.offset_min = event->occurred.offset_min;
    one.prec = event->occurred.prec;
    one.place = lb_key_of_place(&event->place, arena);
    one.place_name = lb_place_name_of(one.place, arena);
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
    one.seq = is_for_dump ? LB_UNKNOWN : event->hub_seq;
    one.pieces = event->qty.pieces;
    one.pieces_total = event->qty.pieces_total;
    bool is_actual = event->classifier == LB_CLASSIFIER_ACTUAL;
    if (!is_for_dump && is_actual && one.occurred_us != LB_UNKNOWN &&
        one.occurred_us > now_us + FUTURE_US)
        one.quality_flags |= LB_FLAG(LB_DOUBT_TIME_FUTURE_ACTUAL);
    return one;
}

static bool is_apart(const lb_event *a, const lb_event *b)
{
    int64_t at = time_of(a), other = time_of(b);
    if (at == LB_UNKNOWN || other == LB_UNKNOWN)
        return false;
    bool is_day = a->occurred.prec >= LB_PRECISION_DAY || b->occurred.prec >= LB_PRECISION_DAY;
    int64_t away = at > other ? at - other : other - at;
    return away > (is_day ? LB_DAY_US : TOLERANCE_US);
}

static void add_loser(lb_milestone *winner, const lb_event *event, bool is_for_dump,
                      lb_arena *arena)
{
    if (!lb_arena_grow(arena, &winner->losers, sizeof *winner->losers.at))
        return;
    winner->losers.at[winner->losers.count++] =
        (lb_loss){event->classifier, time_of(event), event->prov.source_id,
                  is_for_dump ? LB_UNKNOWN : event->hub_seq};
}

/* Actual winners of one group, to be found by time: those of one day hang together, and no claim is further than a
 * day from the winner that it loses to. */
typedef struct winners {
    const slot *slots;
    size_t count, room; /* room: a power of two */
    size_t *heads;      /* by day: number of a winner, from 1 */
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
    int64_t at_us = time_of(w->slots[slot_number].entry->event);
    size_t *head = head_of(w, at_us / LB_DAY_US);
    w->slot_of[++w->count] = slot_number;
    w->next[w->count] = *head;
    *head = w->count;
}

/* The first winner that the claim is not apart from; 0: it is one itself. */
static size_t find_winner(const winners *w, const lb_event *event)
{
    int64_t at_us = time_of(event);
    size_t best = 0;
    if (w->count == 0)
        return 0;
    if (event->classifier != LB_CLASSIFIER_ACTUAL || at_us == LB_UNKNOWN ||
        time_of(winner_at(w, 1)) == LB_UNKNOWN)
        return 1;
    for (int64_t day = at_us / LB_DAY_US - 1; day <= at_us / LB_DAY_US + 1; day++)
        for (size_t i = *head_of(w, day); i != 0; i = w->next[i])
            if ((best == 0 || i < best) && !is_apart(winner_at(w, i), event))
                best = i;
    return best;
}

/* The slots of one group, best claim first: winners, and who lost to which. */
static void fold_group(const slot *slots, size_t count, int64_t now_us, bool is_for_dump,
                       lb_arena *arena, lb_milestone_list *milestones)
{
    size_t first = milestones->count;
    winners w;
    if (!init_winners(&w, slots, count, arena))
        return;
    for (size_t i = 0; i < count; i++) {
        const lb_event *event = slots[i].entry->event;
        size_t winner = find_winner(&w, event);
        if (winner != 0) {
            add_loser(&milestones->at[first + winner - 1], event, is_for_dump, arena);
        } else if (lb_arena_grow(arena, milestones, sizeof *milestones->at)) {
            add_winner(&w, i);
            milestones->at[milestones->count++] = make(slots[i].entry, now_us, is_for_dump, arena);
        }
    }
    for (size_t i = first; milestones->count - first > 1 && i < milestones->count; i++)
        milestones->at[i].quality_flags |= LB_FLAG(LB_DOUBT_CONFLICT);
}

static int by_time(const void *left, const void *right)
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

static int by_report(const void *left, const void *right)
{
    const lb_milestone *a = left, *b = right;
    int order = by_time(a, b);
    if (order == 0)
        order = lb_span_compare(a->party, b->party);
    return order != 0 ? order : lb_span_compare(a->source, b->source);
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

/* Marks what was expected of one conveyance and lies before what was last seen of it. */
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

/* A departure or arrival is a claim about the same movement whether the cargo's or the train's own. What
 * was only expected at a place is stale when the object was actually seen later on. */
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

lb_err lb_fold_milestones(lb_track_entry_list *entry, int64_t now_us, bool is_for_dump,
                          lb_arena *arena, lb_milestone_list *milestones)
{
    slot *slots = lb_arena_alloc(arena, (entry->count + 1) * sizeof *slots);
    *milestones = (lb_milestone_list){0};
    if (slots == NULL)
        return LB_ERR_NO_MEMORY;
    for (size_t i = 0; i < entry->count; i++)
        slots[i] = slot_of(&entry->at[i], arena);
    qsort(slots, entry->count, sizeof *slots, by_slot);
    for (size_t i = 0, next; i < entry->count; i = next) {
        for (next = i + 1; next < entry->count && compare_slots(&slots[i], &slots[next]) == 0;)
            next++;
        fold_group(slots + i, next - i, now_us, is_for_dump, arena, milestones);
    }
    if (milestones->count > 1)
        qsort(milestones->at, milestones->count, sizeof *milestones->at, by_time);
    mark_stale(milestones, arena);
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : LB_OK;
}

lb_err lb_fold_reports(const lb_track_entry_list *entry, int64_t now_us, bool is_for_dump,
                       lb_arena *arena, lb_milestone_list *reports)
{
    for (size_t i = 0; i < entry->count; i++)
        if (lb_arena_grow(arena, reports, sizeof *reports->at)) {
            lb_milestone *one = &reports->at[reports->count++];
            *one = make(&entry->at[i], now_us, is_for_dump, arena);
            one->party = entry->at[i].event->cover.party;
            one->quality_flags |= LB_FLAG(LB_DOUBT_NOT_ITS_OWN);
        }
    if (reports->count > 1)
        qsort(reports->at, reports->count, sizeof *reports->at, by_report);
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : LB_OK;
}
