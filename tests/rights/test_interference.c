/* test_interference.c - whatever two hostile carriers send, all other parties see the same as without them.
 *
 *     sequence --honest messages only--> hub --questions--> answers --+
 *              --all of it------------> hub --questions--> answers --+--> equal, byte for byte
 *     and in the other direction: hostile parties see their own cargo as if they were alone, and nothing else of other
 *     cargo.
 *
 * One process; test_interference_hub does it with a hub. A sequence that shows a difference is minimised
 * and printed as reports.
 *
 * usage: test_interference [--whole [SEQUENCES]] [--seed N] [--keep-going | --count]
 * --keep-going prints every sequence with a difference, --count none; ctest runs a sample */
#include "rights_hub.h"
#include "seen.h"
#include "shrink.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"

enum { VARIANTS = 4, WHOLE = 100000, SAMPLE = 500 };

typedef struct rig {
    rights_hub *hub;
    seen_hub seen;
    lb_arena story, answers; /* of one sequence */
    bool is_planted;         /* plants a fault: hostile parties get all rights */
    bool is_leak;            /* which difference to look for while minimising */
    int64_t sequences, messages, kept, denied, events;
} rig;

/* -- a world ------------------------------------------------------------------------------------------------ */

static void put_question(void *whose, const char *party, const lb_query *query, lb_arena *arena,
                         lb_answer *answer)
{
    rights_hub_ask(whose, party, query, TALE_NOW_US, arena, answer);
}

static void count(rig *r, const tale_message *message, const rights_receipt *receipt)
{
    if (!tale_is_hostile(message))
        return;
    r->messages++;
    r->kept += receipt->stage == LB_ITEM_READ;
    r->denied += receipt->stage == LB_ITEM_DENIED;
    r->events += receipt->stage == LB_ITEM_READ ? receipt->events : 0;
}

static rights_message message_of(const rig *r, const tale_message *message)
{
    bool is_believed = r->is_planted && tale_is_hostile(message);

    return (rights_message){.party = is_believed ? NULL : tale_senders[message->party].name,
                            .source = message->source,
                            .format = "hub.report",
                            .message_id = message->message_id,
                            .body = message->body,
                            .at_us = message->at_us};
}

/* Sends the messages of `who` to an empty hub, and queries; events of `counted` are ranked. */
static void make_world(rig *r, const tale *t, seen_speakers who, seen_speakers counted,
                       const seen_list *list, seen_world *w)
{
    rights_message sent[TALE_MOST];
    rights_receipt receipts[TALE_MOST];
    const tale_message *spoken[TALE_MOST];
    size_t n = 0;

    w->numbers = w->ranked = 0;
    for (size_t i = 0; i < t->count; i++)
        if (seen_speaks(&t->at[i], who)) {
            spoken[n] = &t->at[i];
            sent[n++] = message_of(r, &t->at[i]);
        }
    rights_hub_clear(r->hub);
    rights_hub_turn(r->hub, sent, n, receipts);
    rights_hub_flush(r->hub);
    for (size_t i = 0; i < n; i++) {
        seen_count(w, spoken[i], receipts[i].stage == LB_ITEM_READ ? receipts[i].events : 0,
                   counted);
        if (who == SEEN_ALL && counted == SEEN_HONEST)
            count(r, spoken[i], &receipts[i]);
    }
    seen_ask(&r->seen, list, w);
}

/* -- two worlds --------------------------------------------------------------------------------------------- */

typedef struct pair {
    seen_world without, with;
} pair;

static size_t find_interference(rig *r, const tale *t, pair *p)
{
    make_world(r, t, SEEN_ALL, SEEN_HONEST, &seen_by_others, &p->with);
    return seen_difference(&r->seen, &p->without, &p->with);
}

static void hear_silence(rig *r, const tale *t, pair *p)
{
    make_world(r, t, SEEN_HONEST, SEEN_HONEST, &seen_by_others, &p->without);
}

static size_t find_leak(rig *r, const tale *t, pair *p)
{
    make_world(r, t, SEEN_HOSTILE, SEEN_HOSTILE, &seen_by_hostile, &p->without);
    make_world(r, t, SEEN_ALL, SEEN_HOSTILE, &seen_by_hostile, &p->with);
    return seen_leak(&r->seen, &p->without, &p->with);
}

/* The first query that shows a difference, in the list chosen by r->is_leak. */
static size_t find(rig *r, const tale *t, pair *p)
{
    lb_arena_reset(&r->answers);
    if (r->is_leak)
        return find_leak(r, t, p);
    hear_silence(r, t, p);
    return find_interference(r, t, p);
}

static const seen_list *asked(const rig *r)
{
    return r->is_leak ? &seen_by_hostile : &seen_by_others;
}

static bool is_seen(void *whose, const tale *t)
{
    pair p;

    return find(whose, t, &p) < asked(whose)->count;
}

static void report_failure(rig *r, tale *t, uint64_t number, uint64_t variant)
{
    const shrinker s = {is_seen, r, &r->story};
    pair p;

    print_message("\nsequence %llu.%llu %s; made small:\n", (unsigned long long)number,
                  (unsigned long long)variant,
                  r->is_leak ? "shows the hostile what is not theirs" : "is seen by others");
    shrink_tale(&s, t);
    size_t which = find(r, t, &p);
    seen_print_messages(t, &r->answers);
    seen_print_question(&asked(r)->at[which]);
    seen_print_answer(&r->seen, "without the others", p.without.answers[which]);
    seen_print_answer(&r->seen, "as it is          ", p.with.answers[which]);
}

/* -- running ------------------------------------------------------------------------------------------------ */

typedef struct run {
    uint64_t seed, sequences;
    bool keeps_going, is_silent;
} run;

/* Does the attack show? The answers of the world without it, in p, stay valid when it does not. */
static bool try_attack(rig *r, const tale *t, uint64_t variant, pair *p)
{
    pair spied;

    r->sequences++;
    r->is_leak = false;
    if (find_interference(r, t, p) < seen_by_others.count)
        return true;
    r->is_leak = variant == 0 && find_leak(r, t, &spied) < seen_by_hostile.count;
    return r->is_leak;
}

/* The number of sequences with a difference. One honest story serves VARIANTS attacks. */
static int run_story(rig *r, const run *what, uint64_t number)
{
    static tale t;
    pair p;
    int seen = 0;

    lb_arena_reset(&r->answers);
    for (uint64_t v = 0; v < VARIANTS; v++) {
        lb_arena_reset(&r->story);
        tale_make(&t, number, v, &r->story);
        if (v == 0)
            hear_silence(r, &t, &p);
        if (!try_attack(r, &t, v, &p))
            continue;
        seen++;
        if (!what->is_silent) {
            report_failure(r, &t, number, v);
            return seen; /* the answers of the world without attack are gone */
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
    r->seen = (seen_hub){.ask = put_question, .whose = r->hub, .arena = &r->answers};
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
        "%lld sequences, %d seen: the hostile sent %lld messages (%lld kept, %lld denied) with "
        "%lld events; %lld answers, %lld tracks with %lld milestones in them; %.0f s\n",
        (long long)r->sequences, seen, (long long)r->messages, (long long)r->kept,
        (long long)r->denied, (long long)r->events, (long long)r->seen.answers,
        (long long)r->seen.tracks, (long long)r->seen.milestones, seconds);
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
    /* a run without accepted messages and answers proves nothing */
    assert_true(r.kept > r.messages / 2 && r.denied > 0 && r.seen.milestones > r.sequences);
    close_rig(&r);
    return seen;
}

static void test_hostile_messages_are_seen_by_no_other_party(void **state)
{
    const run sample = {.seed = 1, .sequences = SAMPLE};

    (void)state;
    assert_int_equal(run_and_count(&sample), 0);
}

/* -- the test must be able to fail ------------------------------------------------------------- */

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

/* One right too many for one of the hostile parties. */
static void test_each_right_too_many_is_seen(void **state)
{
    static const char *const rights[] = {
        "for:container:HBLU*", "for:wagon:3333*",  "for:train:X9*", "for:truck:新H*",
        "for:device:1391*",    "for:resource:X9*", "for:awb:160-*", "for:flight:O3*",
        "for:hawb:HW*",        "for:uld:PMC*",     "for:bkg:BK*",   "for:place:*",
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
        cmocka_unit_test(test_hostile_messages_are_seen_by_no_other_party),
        cmocka_unit_test(test_hostile_carriers_that_are_believed_are_seen),
        cmocka_unit_test(test_each_right_too_many_is_seen),
    };

    lb_log_least(LB_WARN);
    if (read_options(argc, argv, &what))
        return run_and_count(&what) == 0 ? 0 : 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
