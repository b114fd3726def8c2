/* recheck.c - compares the cover of kept events with what today's grants would give. */
#include "answer/recheck.h"

#include "base/cover.h"
#include "base/effect.h"
#include "keep/journal_cursor.h"
#include "record.h"

enum { EVENTS_MAX = 20000, CHANGES_USUAL = 1000, CHANGES_MAX = 10000 };
enum { SCRATCH_BYTES = 256 * 1024 * 1024 };

typedef struct walk {
    const lb_recheck *recheck;
    const lb_cover_query *query;
    lb_arena *arena;  /* for the answer */
    lb_arena scratch; /* for one event */
    lb_answer *answer;
    size_t limit;
    int64_t seq, until_seq; /* the next one, and the last one of this answer */
} walk;

/* -- the party ---------------------------------------------------------------------------------------------- */

static const lb_permission *permission_of_terminal(const lb_permission_book *book,
                                                   const lb_event *event)
{
    for (size_t i = 0; i < event->objects.count; i++)
        if (event->objects.at[i].kind == LB_KIND_DEVICE)
            return lb_permission_of_device(book, event->objects.at[i].id);
    return NULL;
}

/* NULL: an operator, who covers everything. */
static const lb_permission *sender_of(const lb_recheck *recheck, const lb_event *event)
{
    static const lb_permission gone;
    lb_span party = event->cover.party;
    const lb_permission *permission;

    if (party.len > 0)
        permission = lb_permission_of_source(recheck->book, party);
    else if (recheck->terminals_are_listed && lb_name_is_of_devices(event->prov.source_id))
        permission = permission_of_terminal(recheck->book, event);
    else
        return lb_permission_of_source(recheck->book, event->prov.source_id);
    return permission == NULL ? &gone : permission;
}

static bool is_asked_for(const lb_cover_query *query, const lb_permission *permission,
                         const lb_event *event)
{
    lb_span party = event->cover.party.len > 0 ? event->cover.party : permission->name;

    return (query->party.len == 0 || lb_span_equal(query->party, party)) &&
           (query->source.len == 0 || lb_span_equal(query->source, event->prov.source_id));
}

/* -- one event ---------------------------------------------------------------------------------------------- */

static lb_err add_change(walk *at, const lb_event *event, const lb_permission *permission,
                         const lb_effect *then)
{
    lb_cover_change_list *list = &at->answer->cover.changes;

    if (!lb_arena_grow(at->arena, list, sizeof *list->at))
        return LB_ERR_NO_MEMORY;
    lb_span party = event->cover.party.len > 0 ? event->cover.party : permission->name;
    lb_cover_change *change = &list->at[list->count++];
    lb_record_init(&lb_record_cover_change, change);
    change->seq = at->seq;
    change->source = lb_arena_copy(at->arena, event->prov.source_id);
    change->party = lb_arena_copy(at->arena, party);
    change->effect = then->kind;
    change->thing = lb_effect_key(event, then, at->arena);
    change->kept = then->is_covered ? LB_COVERAGE_FACT : LB_COVERAGE_REPORT;
    change->now = then->is_covered ? LB_COVERAGE_REPORT : LB_COVERAGE_FACT;
    return LB_OK;
}

/* Effects and their order do not depend on the cover, so the two lists match by index. */
static lb_err compare(walk *at, const lb_event *event, const lb_permission *permission)
{
    lb_effect_list then, now;
    lb_event today = *event;

    today.cover = (lb_cover){LB_EMPTY, LB_EMPTY};
    if (today.quality_flags != LB_UNKNOWN)
        today.quality_flags &= ~LB_FLAG(LB_DOUBT_NOT_ITS_OWN);
    lb_err err = lb_permission_judge(permission, &today, &at->scratch);
    if (err == LB_OK)
        err = lb_effects(event, &at->scratch, &then);
    if (err == LB_OK)
        err = lb_effects(&today, &at->scratch, &now);
    for (size_t i = 0; err == LB_OK && i < then.count; i++)
        if (then.at[i].is_covered != now.at[i].is_covered)
            err = add_change(at, event, permission, &then.at[i]);
    return err;
}

static lb_err look_at_event(walk *at, lb_span bytes)
{
    lb_event event;

    lb_arena_reset(&at->scratch);
    lb_err err = lb_record_unpack(&lb_record_event, bytes, &at->scratch, &event);
    const lb_permission *permission = err == LB_OK ? sender_of(at->recheck, &event) : NULL;
    if (permission != NULL && is_asked_for(at->query, permission, &event))
        err = compare(at, &event, permission);
    return err;
}

/* -- the journal -------------------------------------------------------------------------------------------- */

/* Damaged blocks are skipped, as in the view. */
static lb_err read_next(const lb_recheck *recheck, int64_t seq, const lb_page **page)
{
    int64_t damaged_block;

    return lb_journal_read_on(recheck->journal, seq, page, &damaged_block);
}

/* The first event that was recorded at that time or later; head + 1 when there is none. */
static lb_err find_since(const lb_recheck *recheck, int64_t since_us, int64_t head, int64_t *seq)
{
    int64_t low = 1, high = head + 1;

    while (low < high) {
        const lb_page *page;
        int64_t middle = low + (high - low) / 2;
        lb_err err = read_next(recheck, middle, &page);
        if (err != LB_OK && err != LB_ERR_NOT_FOUND)
            return err;
        if (err == LB_ERR_NOT_FOUND || page->recorded_us >= since_us)
            high = middle;
        else
            low = (page->last_seq > middle ? page->last_seq : middle) + 1;
    }
    *seq = low;
    return LB_OK;
}

static bool is_full(const walk *at)
{
    return at->seq > at->until_seq || at->answer->cover.changes.count >= at->limit;
}

static lb_err look_at_page(walk *at, const lb_page *page)
{
    lb_cursor here = lb_cursor_on(page);
    lb_err err = LB_OK;

    while (err == LB_OK && lb_cursor_next(&here, at->seq)) {
        if (here.seq > at->seq)
            at->seq = here.seq; /* the numbers between are damaged */
        if (is_full(at))
            return LB_OK;
        if (here.is_event)
            err = look_at_event(at, here.event);
        if (err == LB_OK)
            at->seq = here.is_event ? here.seq + 1 : here.last_seq + 1;
    }
    return err;
}

static lb_err begin(walk *at, int64_t *head_seq)
{
    lb_journal_head head;
    const lb_cover_query *query = at->query;
    int64_t from_seq = lb_position_number(&query->from);

    lb_err err = lb_journal_reader_tell(at->recheck->journal, &head);
    if (err != LB_OK)
        return err;
    *head_seq = head.seq;
    at->seq = from_seq > 0 ? from_seq : 1;
    if (from_seq == LB_UNKNOWN && query->after_us != LB_UNKNOWN)
        err = find_since(at->recheck, query->after_us, head.seq, &at->seq);
    at->until_seq = at->seq + EVENTS_MAX - 1 < head.seq ? at->seq + EVENTS_MAX - 1 : head.seq;
    at->limit = query->limit > 0 && query->limit < CHANGES_MAX ? (size_t)query->limit
                : query->limit >= CHANGES_MAX                  ? CHANGES_MAX
                                                               : CHANGES_USUAL;
    return err;
}

lb_err lb_recheck_answer(const lb_recheck *recheck, const lb_cover_query *query, lb_arena *arena,
                         lb_answer *answer)
{
    walk at = {.recheck = recheck, .query = query, .arena = arena, .answer = answer};
    int64_t head = 0;

    lb_arena_init(&at.scratch, SCRATCH_BYTES);
    lb_err err = begin(&at, &head);
    while (err == LB_OK && !is_full(&at)) {
        const lb_page *page;
        err = read_next(recheck, at.seq, &page);
        if (err == LB_OK)
            err = look_at_page(&at, page);
    }
    lb_arena_fini(&at.scratch);
    if (err == LB_ERR_NOT_FOUND) { /* the rest is damaged or missing */
        at.seq = head + 1;
        err = LB_OK;
    }
    answer->as_of = lb_epochs_position(recheck->epochs, at.seq - 1, arena);
    if (at.seq <= head)
        answer->cover.next = lb_epochs_position(recheck->epochs, at.seq, arena);
    return err;
}
