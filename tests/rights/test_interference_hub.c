/* test_interference_hub.c - the same as test_interference with a real hub, CURVE and its journal: a hub with all messages
 * and a hub with the honest ones only give the same answers to all other parties.
 *
 * usage: test_interference_hub [--whole [SEQUENCES]] [--seed N]      200 sequences; ctest runs a few */
#include "live_hub.h"
#include "seen.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "scratch.h"

enum { WHOLE = 200, SAMPLE = 3 };

typedef struct rig {
    live_hub *hub;
    lb_client *senders[TALE_SENDERS];
    seen_hub seen;
    lb_arena story, answers;
    int64_t head, events, kept, denied;
    bool is_planted; /* plants a fault: hostile parties use honest parties' keys */
} rig;

static void on_receipt(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    rig *r = whose;

    (void)ticket;
    r->events =
        receipt->result == LB_RESULT_KEPT && receipt->events != LB_UNKNOWN ? receipt->events : 0;
    r->kept += receipt->result == LB_RESULT_KEPT;
    r->denied += lb_span_is(receipt->error, "DENIED");
}

/* A source belongs to its client, so a party that sends as several sources has several clients. */
static void send_message(rig *r, const tale_message *message)
{
    bool is_as_usual = strcmp(message->source, tale_senders[message->party].source) == 0;
    lb_client **kept = &r->senders[message->party], *client = is_as_usual ? *kept : NULL;
    bool is_believed = r->is_planted && tale_is_hostile(message);
    tale_party party = is_believed ? TALE_PORT : message->party;
    uint64_t ticket;

    if (client == NULL) {
        client = live_hub_connect(r->hub, tale_senders[party].name);
        assert_int_equal(lb_client_source(client, is_believed ? "src-port" : message->source),
                         LB_OK);
        lb_client_on_receipt(client, on_receipt, r);
    }
    assert_int_equal(lb_client_push(client, message->message_id, LB_SPAN("hub.report"),
                                    message->body, LIVE_PATIENCE_MS, &ticket),
                     LB_OK);
    assert_int_equal(lb_client_flush(client, LIVE_PATIENCE_MS), LB_OK);
    if (is_as_usual)
        *kept = client;
    else
        lb_client_close(&client);
}

static void put_question(void *whose, const char *party, const lb_query *query, lb_arena *arena,
                         lb_answer *answer)
{
    rig *r = whose;

    live_hub_ask(r->hub, party, query, TALE_NOW_US, r->head, arena, answer);
}

static void make_world(rig *r, const tale *t, seen_speakers who, seen_world *w)
{
    lb_scratch folder;

    scratch_make(&folder);
    r->hub = live_hub_open(folder.folder, tale_grants);
    w->numbers = w->ranked = 0;
    for (size_t i = 0; i < t->count; i++)
        if (seen_speaks(&t->at[i], who)) {
            send_message(r, &t->at[i]);
            seen_count(w, &t->at[i], r->events, SEEN_HONEST);
        }
    r->head = live_hub_head(r->hub);
    assert_int_equal(r->head, w->numbers);
    seen_ask(&r->seen, &seen_by_others, w);
    for (size_t i = 0; i < TALE_SENDERS; i++)
        lb_client_close(&r->senders[i]);
    live_hub_close(&r->hub);
    scratch_remove(&folder);
}

/* Is there a difference for other parties? Then it is printed. */
static bool try_sequence(rig *r, uint64_t number)
{
    static tale t;
    seen_world silent, full;

    lb_arena_reset(&r->story);
    lb_arena_reset(&r->answers);
    tale_make(&t, number, 0, &r->story);
    make_world(r, &t, SEEN_HONEST, &silent);
    make_world(r, &t, SEEN_ALL, &full);
    size_t which = seen_difference(&r->seen, &silent, &full);
    if (which == seen_by_others.count)
        return false;
    if (!r->is_planted) {
        print_message("sequence %llu is seen by others\n", (unsigned long long)number);
        seen_print_messages(&t, &r->answers);
        seen_print_question(&seen_by_others.at[which]);
        seen_print_answer(&r->seen, "without the hostile", silent.answers[which]);
        seen_print_answer(&r->seen, "beside the hostile ", full.answers[which]);
    }
    return true;
}

static int run_all(uint64_t seed, uint64_t sequences, bool is_planted)
{
    static rig r;
    int seen = 0;

    r = (rig){.is_planted = is_planted};
    lb_arena_init(&r.story, 256 << 20);
    lb_arena_init(&r.answers, 256 << 20);
    r.seen = (seen_hub){.ask = put_question, .whose = &r, .has_clock = true, .arena = &r.answers};
    for (uint64_t i = 0; i < sequences; i++)
        seen += try_sequence(&r, seed + i) ? 1 : 0;
    print_message("%llu sequences through a hub, %d seen: %lld messages kept, %lld denied, %lld "
                  "answers, %lld "
                  "tracks with %lld milestones in them\n",
                  (unsigned long long)sequences, seen, (long long)r.kept, (long long)r.denied,
                  (long long)r.seen.answers, (long long)r.seen.tracks,
                  (long long)r.seen.milestones);
    assert_true(r.kept > 0 && r.seen.milestones > 0);
    lb_arena_fini(&r.story);
    lb_arena_fini(&r.answers);
    return seen;
}

static void test_a_hub_shows_hostile_messages_to_no_other_party(void **state)
{
    (void)state;
    assert_int_equal(run_all(1, SAMPLE, false), 0);
}

static void test_a_hub_that_believes_them_as_the_port_is_detected(void **state)
{
    (void)state;
    assert_int_equal(run_all(1, 1, true), 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_hub_shows_hostile_messages_to_no_other_party),
        cmocka_unit_test(test_a_hub_that_believes_them_as_the_port_is_detected),
    };
    uint64_t seed = 1, sequences = 0;

    for (int i = 1; i < argc; i++) {
        bool has_number = i + 1 < argc && argv[i + 1][0] >= '0' && argv[i + 1][0] <= '9';
        if (strcmp(argv[i], "--whole") == 0)
            sequences = has_number ? strtoull(argv[i + 1], NULL, 10) : WHOLE;
        if (strcmp(argv[i], "--seed") == 0 && has_number)
            seed = strtoull(argv[i + 1], NULL, 10);
    }
    if (sequences > 0)
        return run_all(seed, sequences, false) == 0 ? 0 : 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
