/* view_rig.h - a view that parties write and query: their reports are judged by their grants, as at a hub's door. */
#ifndef TESTS_VIEW_RIG_H
#define TESTS_VIEW_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cover.h"
#include "answer/answer.h"
#include "keep/view.h"
#include "landbridge/adapter/adapter.h"
#include "landbridge/client/ident.h"
#include "landbridge/client/time.h"
#include "record.h"
#include "scratch.h"
#include "question.h"
#include "view_dump.h"
#include "party_words.h"

#define NOON INT64_C(1773316800000000) /* 2026-03-12T12:00:00Z */
#define HOUR LB_HOUR_US

enum { VIEW_PARTIES = 8, VIEW_RIGHTS = 8 };

typedef struct view_party {
    const char *name, *role, *rights[VIEW_RIGHTS];
} view_party;

typedef struct view_rig {
    lb_scratch folder;
    lb_sink *sink;
    lb_view *view;
    lb_view_reader *reader;
    lb_permission_book *book;
    lb_arena arena, kept;
    lb_answer answer;
    lb_query query; /* for the next ask; reset by it */
    int64_t seq;
} view_rig;

static inline void view_open(view_rig *r, const view_party *parties, size_t count)
{
    static lb_party_role roles[VIEW_PARTIES];
    static lb_span rights[VIEW_PARTIES][VIEW_RIGHTS];
    static lb_party list[VIEW_PARTIES];
    *r = (view_rig){.seq = 0};
    scratch_make(&r->folder);
    for (size_t i = 0; i < count; i++) {
        lb_record_init(&lb_record_party, &list[i]);
        roles[i] = role_of(lb_span_of(parties[i].role));
        list[i].name = lb_span_of(parties[i].name);
        list[i].roles = (lb_party_role_list){&roles[i], 1, 1};
        list[i].rights = (lb_text_list){rights[i], 0, VIEW_RIGHTS};
        for (size_t k = 0; k < VIEW_RIGHTS && parties[i].rights[k] != NULL; k++)
            rights[i][list[i].rights.count++] = lb_span_of(parties[i].rights[k]);
    }
    const lb_party_list all = {list, count, count};
    assert_int_equal(lb_permission_book_open(&r->book, &all, LB_SPAN("seal"), true), LB_OK);
    assert_int_equal(lb_sink_open(&r->sink, 64 * 1024 * 1024), LB_OK);
    assert_int_equal(lb_view_open(&r->view, scratch_path(&r->folder, "view.db")), LB_OK);
    lb_arena_init(&r->arena, 256 * 1024 * 1024);
    lb_arena_init(&r->kept, 64 * 1024 * 1024);
    lb_record_init(&lb_record_query, &r->query);
}

static inline void view_close(view_rig *r)
{
    lb_view_reader_close(&r->reader);
    lb_view_close(&r->view);
    lb_permission_book_close(&r->book);
    lb_sink_close(&r->sink);
    lb_arena_fini(&r->arena);
    lb_arena_fini(&r->kept);
    scratch_remove(&r->folder);
}

/* -- saying: `event` gets its objects, then view_put -------------------------------------------------------- */

/* The setup and teardown of a test whose state is a rig. */
static inline int view_set_up(void **state, const view_party *parties, size_t count)
{
    view_rig *r = malloc(sizeof *r);

    assert_non_null(r);
    view_open(r, parties, count);
    *state = r;
    return 0;
}

static inline int view_tear_down(void **state)
{
    view_close(*state);
    free(*state);
    return 0;
}

static inline lb_event *view_say(view_rig *r, lb_event_type type, int64_t at_us)
{
    lb_event *event = lb_say(r->sink);
    lb_event_is(event, type, LB_CLASSIFIER_ACTUAL, LB_MODE_ROAD);
    lb_when_set_utc(&event->occurred, at_us, LB_TZ_EXPLICIT, LB_EMPTY);
    event->place.locode = LB_SPAN("CNULZ");
    return event;
}

static inline lb_event *view_box(view_rig *r, lb_event_type type, int64_t at_us, const char *box)
{
    lb_event *event = view_say(r, type, at_us);
    lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONTAINER, LB_SCHEME_ISO6346, lb_span_of(box));
    return event;
}

static inline void view_ref(lb_event *event, const char *booking)
{
    lb_event_reference(event, LB_SCHEME_BKG, lb_span_of(booking), LB_EMPTY);
}

/* party NULL: a client without a key. */
static inline const lb_permission *view_permission(const view_rig *r, const char *party)
{
    const lb_permission *permission =
        party == NULL ? NULL : lb_permission_of_source(r->book, lb_span_of(party));
    assert_true(party == NULL || permission != NULL);
    return permission;
}

static inline void view_judge(view_rig *r, const char *party, lb_event *event)
{
    event->prov.source_id = party == NULL ? LB_SPAN("local") : lb_span_of(party);
    lb_event_finish(event);
    event->hub_seq = ++r->seq;
    assert_int_equal(lb_permission_judge(view_permission(r, party), event, &r->kept), LB_OK);
}

static inline void view_put(view_rig *r, const char *party, lb_event *event)
{
    view_judge(r, party, event);
    assert_int_equal(lb_view_put(r->view, event), LB_OK);
}

/* -- asking -------------------------------------------------------------------------------------------------- */

static inline const lb_answer *view_ask(view_rig *r, const char *party, lb_ask what,
                                        const char *reference)
{
    assert_int_equal(lb_view_flush(r->view, r->seq), LB_OK);
    if (r->reader == NULL)
        assert_int_equal(lb_view_reader_open(&r->reader, scratch_path(&r->folder, "view.db")),
                         LB_OK);
    lb_arena_reset(&r->arena);
    lb_record_init(&lb_record_answer, &r->answer);
    question_set(&r->query, what, lb_span_of(reference));
    assert_int_equal(lb_view_answer(r->reader, &r->query, view_permission(r, party),
                                    NOON + 24 * HOUR, &r->arena, &r->answer),
                     LB_OK);
    lb_record_init(&lb_record_query, &r->query);
    return &r->answer;
}

/* All that the view says; in the arena of the rig. */
static inline lb_span view_text(view_rig *r)
{
    lb_span text = LB_EMPTY;

    assert_int_equal(lb_view_flush(r->view, r->seq), LB_OK);
    lb_arena_reset(&r->arena);
    assert_int_equal(
        view_dump(scratch_path(&r->folder, "view.db"), NOON + 24 * HOUR, &r->arena, &text), LB_OK);
    return text;
}

/* The only track; NULL: nothing is known of it. */
static inline const lb_track *view_track(view_rig *r, const char *party, const char *reference)
{
    const lb_answer *answer = view_ask(r, party, LB_ASK_TRACK, reference);
    if (answer->track.tracks.count == 0)
        assert_true(lb_span_is(answer->error, "NOT_FOUND"));
    assert_true(answer->track.tracks.count <= 1);
    return answer->track.tracks.count == 0 ? NULL : &answer->track.tracks.at[0];
}

static inline const lb_milestone *view_milestone(const lb_track *track, lb_event_type type)
{
    for (size_t i = 0; i < track->milestones.count; i++)
        if (track->milestones.at[i].type == type)
            return &track->milestones.at[i];
    return NULL;
}

static inline const lb_stay *view_stay(const lb_track *track, const char *parent)
{
    for (size_t i = 0; i < track->stays.count; i++)
        if (lb_span_is(track->stays.at[i].parent, parent))
            return &track->stays.at[i];
    return NULL;
}

/* Does the whole answer, as text, contain the word? */
static inline bool view_says(view_rig *r, const char *word)
{
    lb_span text = LB_EMPTY;
    assert_int_equal(lb_record_text(&lb_record_answer, &r->answer, &r->arena, &text), LB_OK);
    return memmem(text.at, text.len, word, strlen(word)) != NULL;
}

#endif
