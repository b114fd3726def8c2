/* test_interference.c - whatever two hostile carriers say, everybody else sees what he would see without them.
 *
 *     sequence --honest letters only--> hub --questions--> answers --+
 *              --all of it------------> hub --questions--> answers --+--> equal, byte for byte
 *     and the other way round: what the hostile see of their own is as if nobody else had spoken, and of what is not
 *     theirs they see nothing else.
 *
 * Numbers of the journal are replaced by their rank among the events of those who were not silent. A sequence that
 * tells a difference is made as small as it gets and printed as reports. What a lorry that is free near a place is
 * counted as (CAPACITY trucks:) is not compared: the hostile have lorries of their own, and may say where they are.
 *
 * usage: test_interference [--whole [SEQUENCES]] [--seed N] [--keep-going | --count]
 * --keep-going prints every sequence that is seen, --count none; ctest runs a sample */
#include "hub.h"
#include "tale.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "landbridge/time.h"
#include "record.h"

enum { VARIANTS = 4, EVENTS_MAX = 4 * TALE_MOST, WHOLE = 100000, SAMPLE = 500 };

typedef struct question {
    const char *party; /* NULL: the operator */
    lb_ask ask;
    const char *about;
    bool all_cycles;
} question;

/* clang-format off */
static const question questions[] = { /* of the others */
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
static const question spying[] = { /* of the hostile; first of their own */
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
};
/* clang-format on */
enum {
    QUESTIONS = sizeof questions / sizeof *questions,
    SPYING = sizeof spying / sizeof *spying,
    OWN_SPYING = 4,
};

/* -- a world ------------------------------------------------------------------------------------------------ */

typedef enum speakers { HONEST = 1, HOSTILE = 2, ALL = 3 } speakers;

typedef struct rig {
    rights_hub *hub;
    lb_arena story, answers; /* of one sequence          */
    bool is_planted;         /* the hostile are believed */
    /* what was seen */
    int64_t sequences, letters, kept, denied, events, compared, tracks, milestones;
} rig;

typedef struct world {
    lb_span answers[QUESTIONS];
    int64_t rank[EVENTS_MAX]; /* of each number; LB_UNKNOWN: of one who should be silent */
    int64_t numbers;
} world;

static bool speaks(const tale_letter *letter, speakers who)
{
    return (who & (tale_is_hostile(letter) ? HOSTILE : HONEST)) != 0;
}

/* Events of `counted` are ranked; there is no rank for the others. */
static void rank(world *w, const tale_letter *letter, const rights_receipt *receipt,
                 speakers counted, int64_t *next)
{
    for (int64_t i = 0; receipt->stage == LB_ITEM_READ && i < receipt->events; i++) {
        assert_true(++w->numbers < EVENTS_MAX);
        w->rank[w->numbers] = speaks(letter, counted) ? ++*next : LB_UNKNOWN;
    }
}

static void count(rig *r, const tale_letter *letter, const rights_receipt *receipt)
{
    if (!tale_is_hostile(letter))
        return;
    r->letters++;
    r->kept += receipt->stage == LB_ITEM_READ;
    r->denied += receipt->stage == LB_ITEM_DENIED;
    r->events += receipt->stage == LB_ITEM_READ ? receipt->events : 0;
}

static void tell_world(rig *r, const tale *t, speakers who, speakers counted, world *w)
{
    rights_letter sent[TALE_MOST];
    rights_receipt receipts[TALE_MOST];
    const tale_letter *spoken[TALE_MOST];
    size_t n = 0;
    int64_t next = 0;

    w->numbers = 0;
    for (size_t i = 0; i < t->count; i++) {
        const tale_letter *letter = &t->at[i];
        if (!speaks(letter, who))
            continue;
        bool is_believed = r->is_planted && tale_is_hostile(letter);
        spoken[n] = letter;
        sent[n++] = (rights_letter){.party = is_believed ? NULL : tale_senders[letter->party].name,
                                    .source = letter->source,
                                    .format = "hub.report",
                                    .message_id = letter->message_id,
                                    .body = letter->body,
                                    .at_us = letter->at_us};
    }
    rights_hub_clear(r->hub);
    rights_hub_turn(r->hub, sent, n, receipts);
    rights_hub_flush(r->hub);
    for (size_t i = 0; i < n; i++) {
        rank(w, spoken[i], &receipts[i], counted, &next);
        if (who == ALL && counted == HONEST)
            count(r, spoken[i], &receipts[i]);
    }
}

/* -- answers ------------------------------------------------------------------------------------------------ */

static int64_t rank_of(const world *w, int64_t seq)
{
    return seq == LB_UNKNOWN || seq < 1 || seq > w->numbers ? seq : w->rank[seq];
}

static void rank_track(const world *w, lb_track *track)
{
    for (size_t i = 0; i < track->milestones.count; i++) {
        lb_milestone *m = &track->milestones.at[i];
        m->seq = rank_of(w, m->seq);
        for (size_t k = 0; k < m->losers.count; k++)
            m->losers.at[k].seq = rank_of(w, m->losers.at[k].seq);
    }
}

static void ask(rig *r, const question *q, const world *w, lb_answer *answer)
{
    lb_need need = {LB_UNIT_MTEU, 10000};
    lb_query query;

    lb_record_init(&lb_record_query, &query);
    query.ask = q->ask;
    query.all_cycles = q->all_cycles;
    query.reference = lb_span_of(q->about);
    query.from = lb_span_of(q->about);
    query.after_us = q->ask == LB_ASK_TRACK ? LB_UNKNOWN : TALE_NOW_US - 3 * LB_DAY_US;
    if (q->ask == LB_ASK_YARD)
        query.after_us = LB_UNKNOWN;
    if (q->ask == LB_ASK_FIND_SPACE)
        query.need = (lb_need_list){&need, 1, 1};
    rights_hub_ask(r->hub, q->party, &query, TALE_NOW_US, &r->answers, answer);
    answer->as_of_seq = LB_UNKNOWN;
    for (size_t i = 0; i < answer->tracks.count; i++)
        rank_track(w, &answer->tracks.at[i]);
}

static void ask_all(rig *r, const question *list, size_t n, world *w)
{
    lb_answer answer;

    for (size_t i = 0; i < n; i++) {
        ask(r, &list[i], w, &answer);
        assert_int_equal(lb_record_pack(&lb_record_answer, &answer, &r->answers, &w->answers[i]),
                         LB_OK);
        r->tracks += (int64_t)answer.tracks.count;
        for (size_t k = 0; k < answer.tracks.count; k++)
            r->milestones += (int64_t)answer.tracks.at[k].milestones.count;
    }
}

static bool has_tracks(rig *r, lb_span packed)
{
    lb_answer answer;

    assert_int_equal(lb_record_unpack(&lb_record_answer, packed, &r->answers, &answer), LB_OK);
    return answer.tracks.count > 0;
}

/* -- two worlds --------------------------------------------------------------------------------------------- */

/* The first question whose answers differ; QUESTIONS: none. */
static size_t find_interference(rig *r, const tale *t, const world *silent)
{
    world full;

    tell_world(r, t, ALL, HONEST, &full);
    ask_all(r, questions, QUESTIONS, &full);
    r->compared += QUESTIONS;
    for (size_t i = 0; i < QUESTIONS; i++)
        if (!lb_span_equal(full.answers[i], silent->answers[i]))
            return i;
    return QUESTIONS;
}

static void hear_silence(rig *r, const tale *t, world *silent)
{
    tell_world(r, t, HONEST, HONEST, silent);
    ask_all(r, questions, QUESTIONS, silent);
}

/* The first question by which the hostile see more than they said; SPYING: none. */
static size_t find_leak(rig *r, const tale *t)
{
    world alone, full;

    tell_world(r, t, HOSTILE, HOSTILE, &alone);
    ask_all(r, spying, SPYING, &alone);
    tell_world(r, t, ALL, HOSTILE, &full);
    ask_all(r, spying, SPYING, &full);
    r->compared += SPYING;
    for (size_t i = 0; i < SPYING; i++)
        if (!lb_span_equal(full.answers[i], alone.answers[i]) &&
            (i < OWN_SPYING || has_tracks(r, full.answers[i])))
            return i;
    return SPYING;
}

static bool is_seen(rig *r, const tale *t, bool is_leak)
{
    world silent;

    lb_arena_reset(&r->answers);
    if (is_leak)
        return find_leak(r, t) < SPYING;
    hear_silence(r, t, &silent);
    return find_interference(r, t, &silent) < QUESTIONS;
}

/* -- making it small ---------------------------------------------------------------------------------------- */

static bool try_without_letter(rig *r, tale *t, size_t i, bool is_leak)
{
    tale less = *t;

    memmove(&less.at[i], &less.at[i + 1], (less.count - i - 1) * sizeof *less.at);
    less.count--;
    if (!is_seen(r, &less, is_leak))
        return false;
    *t = less;
    return true;
}

/* One simplification of an event; false: there is nothing to take away. */
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

static bool try_simpler(rig *r, tale *t, size_t i, size_t e, int how, bool is_leak)
{
    tale less = *t;
    tale_letter *letter = &less.at[i];
    lb_event_list *events = &letter->report.events;

    lb_event *copies = lb_arena_alloc(&r->story, events->count * sizeof *copies);
    assert_non_null(copies);
    memcpy(copies, events->at, events->count * sizeof *copies);
    events->at = copies;
    if (!simplify(&copies[e], how))
        return false;
    assert_int_equal(lb_record_pack(&lb_record_report, &letter->report, &r->story, &letter->body),
                     LB_OK);
    if (!is_seen(r, &less, is_leak))
        return false;
    *t = less;
    return true;
}

static bool try_without_event(rig *r, tale *t, size_t i, size_t e, bool is_leak)
{
    tale less = *t;
    tale_letter *letter = &less.at[i];
    lb_event_list *events = &letter->report.events;

    if (events->count < 2)
        return false;
    lb_event *copies = lb_arena_alloc(&r->story, events->count * sizeof *copies);
    assert_non_null(copies);
    memcpy(copies, events->at, e * sizeof *copies);
    memcpy(copies + e, events->at + e + 1, (events->count - e - 1) * sizeof *copies);
    *events = (lb_event_list){copies, events->count - 1, events->count};
    assert_int_equal(lb_record_pack(&lb_record_report, &letter->report, &r->story, &letter->body),
                     LB_OK);
    if (!is_seen(r, &less, is_leak))
        return false;
    *t = less;
    return true;
}

static bool shrink_events(rig *r, tale *t, size_t i, bool is_leak)
{
    bool is_smaller = false;

    for (size_t e = t->at[i].report.events.count; e > 0; e--)
        is_smaller |= try_without_event(r, t, i, e - 1, is_leak);
    for (size_t e = 0; e < t->at[i].report.events.count; e++)
        for (int how = 0; how < SIMPLER; how++)
            while (try_simpler(r, t, i, e, how, is_leak))
                is_smaller = true;
    return is_smaller;
}

static void shrink(rig *r, tale *t, bool is_leak)
{
    bool is_smaller = true;

    while (is_smaller) {
        is_smaller = false;
        for (size_t i = t->count; i > 0; i--)
            is_smaller |= try_without_letter(r, t, i - 1, is_leak);
        for (size_t i = 0; i < t->count; i++)
            is_smaller |= shrink_events(r, t, i, is_leak);
    }
}

/* -- telling ------------------------------------------------------------------------------------------------ */

static void print_letters(rig *r, const tale *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const tale_letter *letter = &t->at[i];
        char at[LB_TIME_ROOM];
        lb_span json = LB_EMPTY;
        lb_record_json(&lb_record_report, &letter->report, &r->answers, &json);
        lb_time_print(at, sizeof at, letter->at_us, 0);
        print_message("%s as %s at %s id '%.*s': %.*s\n", tale_senders[letter->party].name,
                      letter->source, at, LB_ARG(letter->message_id), LB_ARG(json));
    }
}

static void print_answer(rig *r, const char *which, lb_span packed)
{
    lb_answer answer;
    lb_span json = LB_EMPTY;

    assert_int_equal(lb_record_unpack(&lb_record_answer, packed, &r->answers, &answer), LB_OK);
    lb_record_json(&lb_record_answer, &answer, &r->answers, &json);
    print_message("  %s: %.*s\n", which, LB_ARG(json));
}

static void print_question(const question *q)
{
    print_message("%s asks %s %s\n", q->party == NULL ? "the operator" : q->party,
                  lb_ask_name(q->ask), q->about);
}

static void print_interference(rig *r, const tale *t)
{
    world silent, full;

    lb_arena_reset(&r->answers);
    hear_silence(r, t, &silent);
    size_t which = find_interference(r, t, &silent);
    tell_world(r, t, ALL, HONEST, &full);
    ask_all(r, questions, QUESTIONS, &full);
    print_question(&questions[which]);
    print_answer(r, "without the hostile", silent.answers[which]);
    print_answer(r, "beside the hostile ", full.answers[which]);
}

static void print_leak(rig *r, const tale *t)
{
    world alone, full;

    lb_arena_reset(&r->answers);
    size_t which = find_leak(r, t);
    tell_world(r, t, HOSTILE, HOSTILE, &alone);
    ask_all(r, spying, SPYING, &alone);
    tell_world(r, t, ALL, HOSTILE, &full);
    ask_all(r, spying, SPYING, &full);
    print_question(&spying[which]);
    print_answer(r, "if nobody else spoke", alone.answers[which]);
    print_answer(r, "as it is            ", full.answers[which]);
}

static void report_failure(rig *r, tale *t, uint64_t number, uint64_t variant, bool is_leak)
{
    print_message("\nsequence %llu.%llu %s; made small:\n", (unsigned long long)number,
                  (unsigned long long)variant,
                  is_leak ? "shows the hostile what is not theirs" : "is seen by others");
    shrink(r, t, is_leak);
    print_letters(r, t);
    if (is_leak)
        print_leak(r, t);
    else
        print_interference(r, t);
}

/* -- running ------------------------------------------------------------------------------------------------ */

typedef struct run {
    uint64_t seed, sequences;
    bool keeps_going, is_silent;
} run;

/* Sequences that are seen. One story of the honest serves VARIANTS attacks. */
static int run_story(rig *r, const run *what, uint64_t number)
{
    world silent;
    int seen = 0;

    for (uint64_t v = 0; v < VARIANTS; v++) {
        static tale t;
        lb_arena_reset(&r->story);
        if (v == 0)
            lb_arena_reset(&r->answers);
        tale_make(&t, number, v, &r->story);
        if (v == 0)
            hear_silence(r, &t, &silent);
        bool is_seen_by_others = find_interference(r, &t, &silent) < QUESTIONS;
        bool is_leak = !is_seen_by_others && v == 0 && find_leak(r, &t) < SPYING;
        r->sequences++;
        if (!is_seen_by_others && !is_leak)
            continue;
        seen++;
        if (!what->is_silent) {
            report_failure(r, &t, number, v, is_leak);
            return seen; /* its answers are gone */
        }
    }
    return seen;
}

static int run_all(rig *r, const run *what)
{
    int seen = 0;

    for (uint64_t i = 0; i * VARIANTS < what->sequences; i++) {
        seen += run_story(r, what, what->seed + i);
        if (seen > 0 && !what->keeps_going)
            break;
    }
    return seen;
}

static void open_rig(rig *r, const char *grants)
{
    *r = (rig){.hub = rights_hub_open(grants, NULL)};
    lb_arena_init(&r->story, 256 << 20);
    lb_arena_init(&r->answers, 512 << 20);
}

static void close_rig(rig *r)
{
    rights_hub_close(&r->hub);
    lb_arena_fini(&r->story);
    lb_arena_fini(&r->answers);
}

static void print_counts(const rig *r, int seen, double seconds)
{
    print_message(
        "%lld sequences, %d seen: the hostile sent %lld letters (%lld kept, %lld denied) with %lld "
        "events; %lld answers compared, %lld tracks with %lld milestones in them; %.0f s\n",
        (long long)r->sequences, seen, (long long)r->letters, (long long)r->kept,
        (long long)r->denied, (long long)r->events, (long long)r->compared, (long long)r->tracks,
        (long long)r->milestones, seconds);
}

static int run_and_count(const run *what)
{
    struct timespec from, until;
    rig r;

    open_rig(&r, tale_grants);
    clock_gettime(CLOCK_MONOTONIC, &from);
    int seen = run_all(&r, what);
    clock_gettime(CLOCK_MONOTONIC, &until);
    print_counts(&r, seen,
                 (double)(until.tv_sec - from.tv_sec) +
                     (double)(until.tv_nsec - from.tv_nsec) / 1e9);
    /* a run in which nobody said or saw anything proves nothing */
    assert_true(r.kept > r.letters / 2 && r.denied > 0 && r.milestones > r.sequences);
    close_rig(&r);
    return seen;
}

static void test_what_the_hostile_say_is_seen_by_nobody_else(void **state)
{
    const run sample = {.seed = 1, .sequences = SAMPLE};

    (void)state;
    assert_int_equal(run_and_count(&sample), 0);
}

/* -- a rig that cannot fail is worth nothing ---------------------------------------------------------------- */

static void test_hostile_carriers_that_are_believed_are_seen(void **state)
{
    const run sample = {.seed = 1, .sequences = 40, .is_silent = true, .keeps_going = true};
    rig r;

    (void)state;
    open_rig(&r, tale_grants);
    r.is_planted = true;
    int seen = run_all(&r, &sample);
    print_message("believed: %d of %lld sequences are seen\n", seen, (long long)r.sequences);
    close_rig(&r);
    assert_true(seen > 20);
}

/* One right too many for one of them. */
static void test_each_right_too_many_is_seen(void **state)
{
    static const char *const rights[] = {
        "for:container:HBLU*", "for:wagon:3333*",  "for:train:X9*", "for:truck:新H*",
        "for:device:1391*",    "for:resource:X9*", "for:awb:160-*", "for:flight:O3*",
        "for:hawb:HW*",        "for:uld:PMC*",
    };
    const run sample = {.seed = 1, .sequences = 400, .is_silent = true};

    (void)state;
    for (size_t i = 0; i < sizeof rights / sizeof *rights; i++) {
        char grants[4096];
        rig r;
        snprintf(grants, sizeof grants, "%s %s\n", tale_grants, rights[i]);
        open_rig(&r, grants);
        int seen = run_all(&r, &sample);
        print_message("%s too many: seen after %lld sequences\n", rights[i],
                      (long long)r.sequences);
        close_rig(&r);
        assert_true(seen > 0);
    }
}

static bool read_options(int argc, char **argv, run *what)
{
    bool is_whole = false;

    for (int i = 1; i < argc; i++) {
        bool has_number = i + 1 < argc && argv[i + 1][0] >= '0' && argv[i + 1][0] <= '9';
        if (strcmp(argv[i], "--whole") == 0)
            is_whole = true;
        if (strcmp(argv[i], "--whole") == 0 && has_number)
            what->sequences = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0 && has_number)
            what->seed = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--keep-going") == 0)
            what->keeps_going = true;
        else if (strcmp(argv[i], "--count") == 0)
            what->keeps_going = what->is_silent = true;
    }
    return is_whole;
}

int main(int argc, char **argv)
{
    run what = {.seed = 1, .sequences = WHOLE};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_hostile_say_is_seen_by_nobody_else),
        cmocka_unit_test(test_hostile_carriers_that_are_believed_are_seen),
        cmocka_unit_test(test_each_right_too_many_is_seen),
    };

    lb_log_least(LB_WARN);
    if (read_options(argc, argv, &what))
        return run_and_count(&what) == 0 ? 0 : 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
