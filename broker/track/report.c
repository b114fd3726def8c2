/* report.c - third-party reports: shown beside a track, or used as its facts when there are no covered ones. */
#include "track/report.h"

#include <stdlib.h>

#include "base/effect.h"
#include "landbridge/client/ident.h"
#include "record.h"
#include "track/figure.h"
#include "track/milestone.h"
#include "track/see.h"

/* -- beside the track ------------------------------------------------------------------------------------------ */

static void add_omitted(const lb_derive *d, lb_span party, int64_t count, lb_omitted_list *omitted)
{
    if (count <= 0 || !lb_arena_grow(d->arena, omitted, sizeof *omitted->at))
        return;
    lb_omitted *one = &omitted->at[omitted->count++];
    lb_record_init(&lb_record_omitted, one);
    one->party = party;
    one->count = count;
}

/* The newest reports of one party that fall into the use, and how many more there are. */
static lb_err add_reports_of(const lb_derive *d, lb_span party, const lb_track_question *question,
                             const lb_cycle *use, lb_track_entry_list *entries,
                             lb_omitted_list *omitted)
{
    lb_fact_list some;
    int64_t all = 0;
    size_t before = entries->count;
    lb_err err = lb_facts_newest_reports(d->facts, question->object, party,
                                         (size_t)d->rules->reports_shown, d->arena, &some, &all);
    for (size_t i = 0; err == LB_OK && i < some.count; i++) {
        int64_t at_us = some.at[i].event->occurred.utc_us;
        if (at_us == LB_UNKNOWN || (at_us >= use->from_us && at_us < use->until_us))
            lb_track_tell(d->arena, entries, some.at[i].event, question->object, -1);
    }
    if (err == LB_OK && !question->is_share)
        add_omitted(d, party, all - (int64_t)(entries->count - before), omitted);
    return err;
}

static int by_report(const void *left, const void *right)
{
    const lb_milestone *a = left, *b = right;
    int order = lb_milestone_by_time(a, b);
    if (order == 0)
        order = lb_span_compare(a->party, b->party);
    return order != 0 ? order : lb_span_compare(a->source, b->source);
}

static void show_reports(const lb_derive *d, const lb_track_entry_list *entries,
                         lb_milestone_list *reports)
{
    for (size_t i = 0; i < entries->count; i++) {
        if (!lb_arena_grow(d->arena, reports, sizeof *reports->at))
            return;
        lb_milestone *one = &reports->at[reports->count++];
        *one = lb_milestone_of(d, &entries->at[i]);
        one->party = entries->at[i].event->cover.party;
        one->quality_flags |= LB_FLAG(LB_DOUBT_NOT_ITS_OWN);
    }
    if (reports->count > 1)
        qsort(reports->at, reports->count, sizeof *reports->at, by_report);
}

lb_err lb_track_reports(const lb_derive *d, const lb_track_basis *basis, lb_track *track)
{
    const lb_track_question *question = basis->question;
    lb_key_list parties;
    lb_track_entry_list entries = {0};
    if (!question->with_reports || question->is_reported)
        return LB_OK;
    lb_err err = lb_facts_reporters(d->facts, question->object, d->arena, &parties);
    for (size_t i = 0; err == LB_OK && i < parties.count; i++)
        err = add_reports_of(d, parties.at[i], question, basis->use, &entries, &track->omitted);
    if (err == LB_OK)
        show_reports(d, &entries, &track->reports);
    return err;
}

/* -- instead of facts ------------------------------------------------------------------------------------------ */

/* Adds the associations of an event that have the object as child, as if they were covered. */
static void take_claims(const lb_event *event, lb_span object, lb_arena *arena,
                        lb_assoc_claim_list *claims)
{
    char text[LB_KEY_ROOM];
    for (size_t i = 0; i < event->assoc.count; i++) {
        const lb_assoc *assoc = &event->assoc.at[i];
        size_t len = lb_object_key_print(text, sizeof text, &assoc->child);
        if (!lb_span_equal((lb_span){text, len}, object) ||
            !lb_arena_grow(arena, claims, sizeof *claims->at))
            continue;
        len =
            assoc->parent.id.len == 0 ? 0 : lb_object_key_print(text, sizeof text, &assoc->parent);
        claims->at[claims->count++] =
            (lb_assoc_claim){.child = object,
                             .parent = lb_arena_copy(arena, (lb_span){text, len}),
                             .event_id = event->event_id,
                             .source = event->prov.source_id,
                             .occurred_us = event->occurred.utc_us,
                             .milli_teu = assoc->child.milli_teu,
                             .ordinal = assoc->position,
                             .action = assoc->action,
                             .cover = lb_assoc_cover(event, i) | LB_COVERS_CHILD};
    }
}

static bool is_about(const lb_event *event, lb_span object)
{
    char text[LB_KEY_ROOM];
    for (size_t i = 0; i < event->objects.count; i++)
        if (event->objects.at[i].role == LB_ROLE_SUBJECT &&
            lb_span_equal(
                (lb_span){text, lb_object_key_print(text, sizeof text, &event->objects.at[i])},
                object))
            return true;
    return false;
}

lb_err lb_track_lend_reports(const lb_derive *d, const lb_track_question *question)
{
    lb_fact_list reports, own = {0};
    lb_assoc_claim_list claims = {0};
    const lb_span *party = lb_sees_all(question->permission) ? NULL : &question->permission->name;
    lb_err err = lb_facts_reports(d->facts, question->object, party, d->arena, &reports);
    for (size_t i = 0; err == LB_OK && i < reports.count; i++) {
        take_claims(reports.at[i].event, question->object, d->arena, &claims);
        if (is_about(reports.at[i].event, question->object) &&
            lb_arena_grow(d->arena, &own, sizeof *own.at))
            own.at[own.count++] = reports.at[i];
    }
    if (err == LB_OK)
        lb_facts_lend(d->facts, question->object, &own, &claims);
    return err;
}
