/* seen.c - see seen.h. */
#include "seen.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "landbridge/client/time.h"
#include "record.h"
#include "question.h"

/* clang-format off */
static const seen_question others[] = { /* of the others */
    {"SHIP1", LB_ASK_TRACK, "bkg:BK1", false},
    {"SHIP1", LB_ASK_TRACK, "BK1", true},
    {"SHIP1", LB_ASK_TRACK, "container:HBLU1000001", true},
    {"SHIP1", LB_ASK_TRACK, "awb:160-12345675", false},
    {"SHIP1", LB_ASK_TRACK, "bkg:BK2", false},
    {"SHIP1", LB_ASK_TRACK, "bkg:EV1", false},
    {"SHIP2", LB_ASK_TRACK, "bkg:BK2", true},
    {"SHIP2", LB_ASK_TRACK, "party:LIANHE", false},
    {"SHIP2", LB_ASK_TRACK, "hawb:HW1", false},
    {"SHIP2", LB_ASK_TRACK, "container:HBLU1000001", false},
    {"RAIL", LB_ASK_TRACK, "train:X9023@2026-03-12", false},
    {"RAIL", LB_ASK_TRACK, "X9044", false},
    {"RAIL", LB_ASK_TRACK, "wagon:333300000011", false},
    {"RAIL", LB_ASK_TRACK, "container:HBLU1000002", false},
    {"PORT", LB_ASK_TRACK, "container:HBLU1000003", true},
    {"PORT", LB_ASK_TRACK, "awb:160-12345686", false},
    {"HAUL", LB_ASK_TRACK, "truck:新H00001", false},
    {"HAUL", LB_ASK_TRACK, "device:13910000002", false},
    {"AIR", LB_ASK_TRACK, "flight:O37101@2026-03-12", false},
    {"AIR", LB_ASK_TRACK, "uld:PMC10001O3", false},
    {"FORW", LB_ASK_TRACK, "HW1", false},
    {"FORW", LB_ASK_TRACK, "container:HBLU1000002", false},
    {"SHIP1", LB_ASK_FIND_SPACE, "CNULZ", false},
    {"SHIP1", LB_ASK_DEPARTURES, "CNULZ", false},
    {"SHIP2", LB_ASK_DEPARTURES, "CNAKL", false},
    {"SHIP1", LB_ASK_CAPACITY, "X9023@2026-03-12", false},
    {"SHIP2", LB_ASK_CAPACITY, "CNULZ/A", false},
    {"SHIP2", LB_ASK_CAPACITY, "DEPARTURE:", false},
    {"SHIP1", LB_ASK_CAPACITY, "BAN:", false},
    {NULL, LB_ASK_TRACK, "container:HBLU1000001", true},
    {NULL, LB_ASK_TRACK, "train:X9044@2026-03-12", false},
    {NULL, LB_ASK_TRACK, "truck:新H00002", false},
    {NULL, LB_ASK_TRACK, "bkg:BK1", false},
    {NULL, LB_ASK_YARD, "CNULZ", false},
};
static const seen_question hostile[] = { /* of the hostile; first of their own */
    {"EVIL1", LB_ASK_TRACK, "container:EVIU1000001", true},
    {"EVIL1", LB_ASK_TRACK, "bkg:EV1", false},
    {"EVIL1", LB_ASK_TRACK, "truck:新E00001", false},
    {"EVIL1", LB_ASK_TRACK, "device:66600000001", false},
    {"EVIL1", LB_ASK_TRACK, "container:HBLU1000001", true},
    {"EVIL1", LB_ASK_TRACK, "bkg:BK1", false},
    {"EVIL1", LB_ASK_TRACK, "party:LIANHE", false},
    {"EVIL1", LB_ASK_TRACK, "awb:160-12345675", false},
    {"EVIL1", LB_ASK_TRACK, "truck:新H00001", false},
    {"EVIL1", LB_ASK_TRACK, "train:X9023@2026-03-12", false},
    {"EVIL1", LB_ASK_TRACK, "X9044", false},
    {"EVIL1", LB_ASK_TRACK, "wagon:333300000022", false},
    {"EVIL1", LB_ASK_TRACK, "device:13910000001", false},
    {"EVIL1", LB_ASK_TRACK, "flight:O37101@2026-03-12", false},
    {"EVIL1", LB_ASK_TRACK, "hawb:HW1", false},
};
/* clang-format on */

const seen_list seen_by_others = {others, sizeof others / sizeof *others};
const seen_list seen_by_hostile = {hostile, sizeof hostile / sizeof *hostile};

bool seen_speaks(const tale_message *message, seen_speakers who)
{
    return (who & (tale_is_hostile(message) ? SEEN_HOSTILE : SEEN_HONEST)) != 0;
}

void seen_count(seen_world *w, const tale_message *message, int64_t events, seen_speakers counted)
{
    for (int64_t i = 0; i < events; i++) {
        assert_true(++w->numbers < SEEN_EVENTS_MAX);
        w->rank[w->numbers] = seen_speaks(message, counted) ? ++w->ranked : LB_UNKNOWN;
    }
}

/* -- querying ---------------------------------------------------------------------------------- */

static int64_t rank_of(const seen_world *w, int64_t seq)
{
    return seq == LB_UNKNOWN || seq < 1 || seq > w->numbers ? seq : w->rank[seq];
}

static void rank_track(const seen_hub *hub, const seen_world *w, lb_track *track)
{
    for (size_t i = 0; i < track->milestones.count; i++) {
        lb_milestone *m = &track->milestones.at[i];
        m->seq = rank_of(w, m->seq);
        for (size_t k = 0; k < m->losers.count; k++)
            m->losers.at[k].seq = rank_of(w, m->losers.at[k].seq);
    }
    if (hub->has_clock)
        track->last_heard_us = LB_UNKNOWN;
}

static void fill_query(const seen_question *question, lb_need *need, lb_query *query)
{
    question_init(query, question->ask, lb_span_of(question->about));
    if (question->ask == LB_ASK_TRACK)
        query->track.all_cycles = question->all_cycles;
    if (question->ask == LB_ASK_DEPARTURES)
        query->departures.after_us = TALE_NOW_US - 3 * LB_DAY_US;
    if (question->ask == LB_ASK_FIND_SPACE) {
        query->find_space.after_us = TALE_NOW_US - 3 * LB_DAY_US;
        query->find_space.need = (lb_need_list){need, 1, 1};
    }
}

void seen_ask(seen_hub *hub, const seen_list *list, seen_world *w)
{
    lb_need need = {LB_UNIT_MILLI_TEU, 10000};

    for (size_t i = 0; i < list->count; i++) {
        lb_query query;
        lb_answer answer;
        fill_query(&list->at[i], &need, &query);
        hub->ask(hub->whose, list->at[i].party, &query, hub->arena, &answer);
        answer.correlation = LB_UNKNOWN;
        answer.as_of.entries.count = 0;
        for (size_t k = 0; k < answer.track.tracks.count; k++) {
            rank_track(hub, w, &answer.track.tracks.at[k]);
            hub->milestones += (int64_t)answer.track.tracks.at[k].milestones.count;
        }
        hub->answers++;
        hub->tracks += (int64_t)answer.track.tracks.count;
        assert_int_equal(lb_record_pack(&lb_record_answer, &answer, hub->arena, &w->answers[i]),
                         LB_OK);
    }
}

/* -- comparing ---------------------------------------------------------------------------------------------- */

static void unpack(const seen_hub *hub, lb_span packed, lb_answer *answer)
{
    assert_int_equal(lb_record_unpack(&lb_record_answer, packed, hub->arena, answer), LB_OK);
}

static const lb_track *track_of(const lb_answer *answer, lb_span object)
{
    for (size_t i = 0; i < answer->track.tracks.count; i++)
        if (lb_span_equal(answer->track.tracks.at[i].object, object))
            return &answer->track.tracks.at[i];
    return NULL;
}

/* Is there a milestone that its reporter was permitted to report? */
static bool is_reported(const lb_track *track)
{
    for (size_t i = 0; i < track->milestones.count; i++)
        if ((track->milestones.at[i].quality_flags & LB_FLAG(LB_DOUBT_NOT_ITS_OWN)) == 0 &&
            lb_span_equal(track->milestones.at[i].object, track->object))
            return true;
    return false;
}

static bool is_same_track(const seen_hub *hub, const lb_track *a, const lb_track *b)
{
    lb_span left = LB_EMPTY, right = LB_EMPTY;

    assert_int_equal(lb_record_pack(&lb_record_track, a, hub->arena, &left), LB_OK);
    assert_int_equal(lb_record_pack(&lb_record_track, b, hub->arena, &right), LB_OK);
    return lb_span_equal(left, right);
}

/* The operator sees reports about objects without any permitted report; all other answers must
 * be the same. */
static bool is_same_to_operator(const seen_hub *hub, lb_span silent, lb_span full)
{
    lb_answer without, with;

    unpack(hub, silent, &without);
    unpack(hub, full, &with);
    for (size_t i = 0; i < without.track.tracks.count; i++) {
        const lb_track *track = &without.track.tracks.at[i], *same = track_of(&with, track->object);
        if (is_reported(track) && (same == NULL || !is_same_track(hub, track, same)))
            return false;
    }
    return true;
}

size_t seen_difference(const seen_hub *hub, const seen_world *silent, const seen_world *full)
{
    for (size_t i = 0; i < seen_by_others.count; i++) {
        const seen_question *question = &seen_by_others.at[i];
        bool is_operators = question->party == NULL && question->ask == LB_ASK_TRACK;
        if (!lb_span_equal(silent->answers[i], full->answers[i]) &&
            !(is_operators && is_same_to_operator(hub, silent->answers[i], full->answers[i])))
            return i;
    }
    return seen_by_others.count;
}

size_t seen_leak(seen_hub *hub, const seen_world *alone, const seen_world *full)
{
    for (size_t i = 0; i < seen_by_hostile.count; i++) {
        lb_answer answer;
        if (lb_span_equal(alone->answers[i], full->answers[i]))
            continue;
        unpack(hub, full->answers[i], &answer);
        if (i < SEEN_OWN || answer.track.tracks.count > 0)
            return i;
    }
    return seen_by_hostile.count;
}

/* -- sending ----------------------------------------------------------------------------------- */

void seen_print_question(const seen_question *question)
{
    print_message("%s asks %s %s\n", question->party == NULL ? "the operator" : question->party,
                  lb_ask_name(question->ask), question->about);
}

void seen_print_answer(seen_hub *hub, const char *which, lb_span packed)
{
    lb_answer answer;
    lb_span json = LB_EMPTY;

    unpack(hub, packed, &answer);
    lb_record_json(&lb_record_answer, &answer, hub->arena, &json);
    print_message("  %s: %.*s\n", which, LB_ARG(json));
}

void seen_print_messages(const tale *t, lb_arena *arena)
{
    for (size_t i = 0; i < t->count; i++) {
        const tale_message *message = &t->at[i];
        char at[LB_TIME_ROOM];
        lb_span json = LB_EMPTY;
        lb_record_json(&lb_record_report, &message->report, arena, &json);
        lb_time_print(at, sizeof at, message->at_us, 0);
        print_message("%s as %s at %s id '%.*s': %.*s\n", tale_senders[message->party].name,
                      message->source, at, LB_ARG(message->message_id), LB_ARG(json));
    }
}
