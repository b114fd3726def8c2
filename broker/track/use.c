/* use.c - the uses of an object that were asked for, and the share of each that the asker may see. */
#include "track/use.h"

#include "base/key.h"
#include "track/report.h"
#include "track/see.h"

enum { SCANNED = 8 /* facts scanned for one step of the budget */ };

size_t lb_facts_since(const lb_fact_list *own, int64_t at_us)
{
    size_t from = 0, until = own->count;
    while (from < until) {
        size_t middle = (from + until) / 2;
        if (own->at[middle].event->occurred.utc_us < at_us)
            from = middle + 1;
        else
            until = middle;
    }
    return from;
}

/* Does the event name the reference that was asked for? */
static bool is_asked_for(const lb_track_question *question, const lb_event *event)
{
    return event->refs.count > 0 &&
           lb_names_reference(question->permission, event, question->reference);
}

/* Keeps the uses in which the reference of the question occurs, or for a share one that the asker may see. A fact without
 * a time counts for the last use. */
static void keep_asked(const lb_track_question *question, const lb_fact_list *own,
                       lb_cycle_list *uses)
{
    size_t use = 0, kept = 0, undecided = 0; /* uses before `undecided` are kept or not for good */
    bool is_last_kept = false;
    if (!question->is_share && question->reference.len == 0)
        return;
    for (size_t i = 0; i < own->count; i++) {
        const lb_event *event = own->at[i].event;
        int64_t at_us = event->occurred.utc_us;
        while (at_us != LB_UNKNOWN && at_us >= uses->at[use].until_us)
            use++;
        bool is_last = at_us == LB_UNKNOWN || use + 1 == uses->count;
        if ((is_last ? is_last_kept : use < undecided) || !is_asked_for(question, event))
            continue;
        if (is_last) {
            is_last_kept = true;
        } else {
            undecided = use + 1;
            uses->at[kept++] = uses->at[use]; /* in place: kept <= use */
        }
    }
    if (is_last_kept)
        uses->at[kept++] = uses->at[uses->count - 1];
    uses->count = kept;
}

/* Cuts a use shared with others' cargo to the asker's part: from the first fact that names its references until its cargo
 * was stripped (STRP). */
static void cut_to_share(const lb_track_question *question, const lb_fact_list *own, lb_cycle *use)
{
    int64_t from_us = LB_UNKNOWN, until_us = use->until_us;
    bool is_shared = false;
    for (size_t i = lb_facts_since(own, use->from_us); i < own->count; i++) {
        const lb_event *event = own->at[i].event;
        int64_t at_us = event->occurred.utc_us;
        if (at_us >= use->until_us)
            break;
        is_shared = is_shared || lb_is_others(question->permission, event);
        if (at_us == LB_UNKNOWN || event->refs.count == 0 ||
            lb_is_others(question->permission, event))
            continue;
        from_us = from_us == LB_UNKNOWN ? at_us : from_us;
        if (event->type == LB_EVENT_STRP && event->classifier == LB_CLASSIFIER_ACTUAL)
            until_us = at_us + 1;
    }
    if (!is_shared || from_us == LB_UNKNOWN)
        return;
    use->from_us = from_us;
    use->until_us = until_us;
}

/* Visible uses are numbered as if there were no others. */
static void cut_to_shares(const lb_track_question *question, lb_use_list *uses)
{
    for (size_t i = 0; i < uses->list.count; i++) {
        cut_to_share(question, &uses->own, &uses->list.at[i]);
        uses->list.at[i].number = (int64_t)i + 1;
        uses->list.at[i].count = (int64_t)uses->list.count;
    }
}

lb_err lb_track_uses(const lb_derive *d, const lb_track_question *question, lb_use_list *uses)
{
    static const lb_fact_list nothing = {0};
    bool is_reused = lb_key_kind(question->object) == LB_KIND_CONTAINER;
    *uses = (lb_use_list){.own = nothing};
    lb_err err = question->is_reported ? lb_track_lend_reports(d, question) : LB_OK;
    if (err == LB_OK)
        err = lb_facts_of(d->facts, question->object, d->arena, &uses->own);
    if (err == LB_OK && !lb_facts_spend(d->facts, (int64_t)uses->own.count / SCANNED))
        err = LB_ERR_TOO_BIG;
    if (err == LB_OK)
        err = lb_track_cycles(d, is_reused ? &uses->own : &nothing, &uses->list);
    if (err != LB_OK)
        return err;
    keep_asked(question, &uses->own, &uses->list);
    if (question->is_share)
        cut_to_shares(question, uses);
    return LB_OK;
}
