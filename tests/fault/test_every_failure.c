/* test_every_failure - every resource of the hub fails once: memory, files, disk space, a socket's queue.
 *
 * A message receipted as kept is in the journal, whatever failed before and after; one that was not is sent again and
 * then kept, once. Answers are right or errors. Nothing leaks (run it under asan) and nothing crashes.
 * `test_every_failure --whole [SENTENCE]` tries every failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zmq.h>

#include "base/log.h"
#include "base/store.h"
#include "faults.h"
#include "faults_wrap.h"
#include "answer/answer.h"
#include "inside.h"
#include "keep/audit.h"
#include "keep/journal.h"
#include "keep/journal_sqlite.h"
#include "keep/party.h"
#include "keep/quarantine.h"
#include "record.h"
#include "scratch.h"
#include "tape.h"
#include "question.h"
#include "view_dump.h"

enum {
    MESSAGES = 3,
    PATIENCE_MS = 5000,
    NO_TIME_MS = 0,
    REPLY_ROOM = 65536,
    ARENA_BYTES = 64 * 1024 * 1024,
    OLD_MESSAGES = 30,
    FLUSH_EACH = 20,
};
#define LATER INT64_C(1773403200000000) /* 2026-03-13T12:00:00Z */

typedef struct stage {
    lb_scratch folder;
    char journal[128], view[128], afresh[128], party[128];
    lb_hub *hub;
    void *sender, *asker;
    int64_t next;       /* message */
    int64_t unreadable; /* the first one that is */
    int64_t correlation;
    int64_t messages[MESSAGES];
    reported first[MESSAGES]; /* the result under the fault; UNSPECIFIED: none */
    int64_t block;            /* of the journal, before */
    lb_arena arena;
} stage;

/* -- promises -------------------------------------------------------------------------------------------- */

/* How often a message is in the blocks since `s->block`, and under which number. */
static int count_kept(const stage *s, int64_t message, int64_t *first_seq)
{
    unsigned char token[LB_TOKEN_BYTES];

    inside_token(message, token);
    return inside_count_kept(s->journal, s->block, token, first_seq);
}

static bool is_kept(const reported *t)
{
    return t->result == LB_RESULT_KEPT || t->result == LB_RESULT_DUPLICATE;
}

static void check_promise(const stage *s, int64_t message, const reported *t)
{
    int64_t seq = LB_UNKNOWN;

    if (!is_kept(t))
        return;
    assert_int_equal(count_kept(s, message, &seq), 1);
    assert_int_equal(seq, t->first_seq);
}

/* The second result does not contradict the first, and keeps the message. */
static void check_healed(const stage *s, int64_t message, const reported *first,
                         const reported *now)
{
    assert_int_not_equal(now->result, LB_RESULT_FAILED);
    assert_int_not_equal(now->result, LB_RESULT_UNSPECIFIED);
    check_promise(s, message, now);
    if (is_kept(first)) {
        assert_int_equal(now->result, LB_RESULT_DUPLICATE);
        assert_int_equal(now->first_seq, first->first_seq);
    } else if (first->result == LB_RESULT_REFUSED && first->quarantine_id != LB_UNKNOWN) {
        assert_int_equal(now->result, LB_RESULT_REFUSED);
        assert_int_equal(now->quarantine_id, first->quarantine_id);
    } else if (first->result == LB_RESULT_FAILED) {
        assert_true(first->may_retry);
    }
}

/* -- a turn of the whole hub ------------------------------------------------------------------------------ */

static void send_messages(stage *s)
{
    size_t len = 0;

    char *bytes = inside_submit(s->messages, MESSAGES, ++s->correlation, &len);
    assert_non_null(bytes);
    assert_int_equal(zmq_send(s->sender, bytes, len, 0), len);
    free(bytes);
}

/* Receipts of the newest Submit; false when none came. */
static bool hear_receipts(stage *s, reported answers[MESSAGES])
{
    static char bytes[REPLY_ROOM];
    lb_receipts receipts;
    bool came = false;
    int len;

    while ((len = zmq_recv(s->sender, bytes, sizeof bytes, ZMQ_DONTWAIT)) >= 0) {
        lb_arena_reset(&s->arena);
        lb_span packed = {bytes, (size_t)len};
        if (lb_record_unpack(&lb_record_receipts, packed, &s->arena, &receipts) != LB_OK ||
            receipts.correlation != s->correlation || receipts.receipts.count != MESSAGES)
            continue;
        came = true;
        for (size_t i = 0; i < MESSAGES; i++) {
            const lb_receipt *receipt = &receipts.receipts.at[i];
            answers[i] =
                (reported){receipt->result, receipt->first_seq, receipt->events,
                           receipt->quarantine_id, lb_span_is(receipt->next_step, "SENDER_RETRY")};
        }
    }
    return came;
}

static void prepare_turn(void *whose)
{
    stage *s = whose;

    s->block = inside_head_block(s->journal);
    for (int i = 0; i < MESSAGES; i++)
        s->messages[i] = s->next++;
    memset(s->first, 0, sizeof s->first);
    send_messages(s);
}

static void run_turn(void *whose)
{
    stage *s = whose;

    inside_hub_turn(s->hub, PATIENCE_MS);
}

static void check_turn(void *whose)
{
    stage *s = whose;
    reported again[MESSAGES];

    hear_receipts(s, s->first);
    for (int i = 0; i < MESSAGES; i++)
        check_promise(s, s->messages[i], &s->first[i]);
    send_messages(s);
    assert_true(inside_hub_turn(s->hub, PATIENCE_MS));
    assert_true(hear_receipts(s, again));
    for (int i = 0; i < MESSAGES; i++) {
        assert_int_equal(again[i].result == LB_RESULT_REFUSED,
                         inside_is_unreadable(s->messages[i]));
        check_healed(s, s->messages[i], &s->first[i], &again[i]);
    }
}

/* -- out of quarantine --------------------------------------------------------------------------------------- */

static void ask_for_release(stage *s, int64_t quarantine_id)
{
    lb_query query;
    lb_span packed;

    lb_arena_reset(&s->arena);
    lb_record_init(&lb_record_query, &query);
    query.ask = LB_ASK_QUARANTINE_RELEASE;
    query.quarantine_release = (lb_quarantine_release_query){quarantine_id, LB_SPAN("hub.csv")};
    assert_int_equal(lb_record_pack(&lb_record_query, &query, &s->arena, &packed), LB_OK);
    assert_int_equal(zmq_send(s->asker, packed.at, packed.len, 0), packed.len);
}

static reported hear_release(stage *s)
{
    static char bytes[REPLY_ROOM];
    reported heard = {.result = LB_RESULT_UNSPECIFIED};
    lb_answer answer;
    int len;

    while ((len = zmq_recv(s->asker, bytes, sizeof bytes, ZMQ_DONTWAIT)) >= 0) {
        lb_arena_reset(&s->arena);
        lb_span packed = {bytes, (size_t)len};
        if (lb_record_unpack(&lb_record_answer, packed, &s->arena, &answer) == LB_OK)
            heard = (reported){answer.receipt.result, answer.receipt.first_seq,
                               answer.receipt.events, answer.receipt.quarantine_id, false};
    }
    return heard;
}

/* A message waits in quarantine, and the request to release it is on its way. */
static void prepare_release(void *whose)
{
    stage *s = whose;

    s->block = inside_head_block(s->journal);
    while (!inside_is_unreadable(s->next))
        s->next++;
    s->messages[0] = s->next++;
    assert_int_equal(inside_turn(s->hub, s->messages, 1, s->first), LB_OK);
    assert_int_equal(s->first[0].result, LB_RESULT_REFUSED);
    ask_for_release(s, s->first[0].quarantine_id);
}

static void check_release(void *whose)
{
    stage *s = whose;
    reported heard = hear_release(s), again;
    int64_t seq = LB_UNKNOWN;

    check_promise(s, s->messages[0], &heard);
    assert_int_equal(inside_turn(s->hub, s->messages, 1, &again), LB_OK);
    if (count_kept(s, s->messages[0], &seq) == 0) {
        check_healed(s, s->messages[0], &s->first[0], &again); /* still in quarantine */
        assert_int_equal(inside_release(s->hub, s->first[0].quarantine_id, &again), LB_OK);
        assert_int_equal(again.result, LB_RESULT_KEPT);
    }
    assert_int_equal(count_kept(s, s->messages[0], &seq), 1);
    assert_int_equal(inside_turn(s->hub, s->messages, 1, &again), LB_OK);
    check_healed(s, s->messages[0],
                 &(reported){LB_RESULT_KEPT, seq, again.events, LB_UNKNOWN, false}, &again);
}

/* -- a start, a turn, an end ------------------------------------------------------------------------------------ */

/* The unreadable message is the same each time: quarantine is loaded at a start, and a start
 * that needs more memory each time has no last failure. */
static void prepare_start(void *whose)
{
    stage *s = whose;

    s->block = inside_head_block(s->journal);
    for (int i = 0; i < MESSAGES; i++) {
        s->messages[i] = s->next++;
        if (inside_is_unreadable(s->messages[i]))
            s->messages[i] = s->unreadable;
    }
    memset(s->first, 0, sizeof s->first);
}

static void run_start(void *whose)
{
    stage *s = whose;

    if (inside_open(&s->hub, s->folder.folder) != LB_OK)
        return;
    inside_turn(s->hub, s->messages, MESSAGES, s->first);
    lb_hub_close(&s->hub);
}

static void check_start(void *whose)
{
    stage *s = whose;
    reported again[MESSAGES];

    for (int i = 0; i < MESSAGES; i++)
        check_promise(s, s->messages[i], &s->first[i]);
    assert_null(s->hub);
    assert_int_equal(inside_open(&s->hub, s->folder.folder), LB_OK);
    assert_int_equal(inside_turn(s->hub, s->messages, MESSAGES, again), LB_OK);
    for (int i = 0; i < MESSAGES; i++)
        check_healed(s, s->messages[i], &s->first[i], &again[i]);
    lb_hub_close(&s->hub);
}

/* -- the view -------------------------------------------------------------------------------------------------------- */

static lb_span answer_of(stage *s, const char *path, lb_ask what, const char *about, lb_err *err)
{
    lb_view_reader *reader = NULL;
    lb_query query;
    lb_answer answer;
    lb_span packed = LB_EMPTY;

    question_init(&query, what, lb_span_of(about));
    lb_record_init(&lb_record_answer, &answer);
    *err = lb_view_reader_open(&reader, path);
    if (*err == LB_OK)
        *err = lb_view_answer(reader, &query, NULL, LATER, &s->arena, &answer);
    if (*err == LB_OK)
        *err = lb_record_pack(&lb_record_answer, &answer, &s->arena, &packed);
    lb_view_reader_close(&reader);
    return packed;
}

static lb_span dump_of(stage *s, const char *path, lb_err *err)
{
    lb_span text = LB_EMPTY;

    *err = view_dump(path, LATER, &s->arena, &text);
    return text;
}

static void prepare_view(void *whose)
{
    lb_store_remove(((stage *)whose)->view);
}

static void run_view(void *whose)
{
    const stage *s = whose;

    inside_follow(s->journal, s->view, FLUSH_EACH);
}

static void check_view(void *whose)
{
    stage *s = whose;
    lb_err err;

    assert_int_equal(inside_follow(s->journal, s->view, FLUSH_EACH), LB_OK);
    lb_arena_reset(&s->arena);
    lb_span made = dump_of(s, s->view, &err);
    assert_int_equal(err, LB_OK);
    assert_true(lb_span_equal(made, dump_of(s, s->afresh, &err)));
}

/* -- answers ---------------------------------------------------------------------------------------------------------- */

#define DUMP LB_ASK_UNSPECIFIED /* not a question: dumps the whole view */
static const struct {
    lb_ask ask;
    const char *about;
} questions[] = {{LB_ASK_TRACK, "LBKU0000100"}, {LB_ASK_YARD, "CNULZ"}, {DUMP, ""}};
enum { QUESTIONS = sizeof questions / sizeof questions[0] };

typedef struct asked_stage {
    stage *s;
    lb_span right[QUESTIONS], said[QUESTIONS];
    lb_err errs[QUESTIONS];
    lb_arena kept; /* of the right answer */
} asked_stage;

static void ask_all(void *whose)
{
    asked_stage *a = whose;

    lb_arena_fini(&a->s->arena); /* so that its blocks can fail too */
    for (int i = 0; i < QUESTIONS; i++)
        a->said[i] = questions[i].ask == DUMP ? dump_of(a->s, a->s->afresh, &a->errs[i])
                                              : answer_of(a->s, a->s->afresh, questions[i].ask,
                                                          questions[i].about, &a->errs[i]);
}

static void check_answers(void *whose)
{
    asked_stage *a = whose;

    for (int i = 0; i < QUESTIONS; i++)
        if (a->errs[i] == LB_OK && !lb_span_equal(a->said[i], a->right[i]))
            fail_msg("question %d: an answer that is wrong: %.*s", i, LB_ARG(a->said[i]));
}

static void learn_right_answers(asked_stage *a)
{
    lb_arena_init(&a->kept, ARENA_BYTES);
    ask_all(a);
    for (int i = 0; i < QUESTIONS; i++) {
        assert_int_equal(a->errs[i], LB_OK);
        assert_true(a->said[i].len > 0);
        a->right[i] = lb_arena_copy(&a->kept, a->said[i]);
    }
}

/* -- reading the journal and the quarantine ------------------------------------------------------------------------------ */

typedef struct readings { /* results of two readers */
    stage *s;
    lb_err verified, listed;
    lb_journal_head head;
    size_t damaged; /* rows reported as damaged */
    size_t rows, texts;
} readings;

static void count_damage(void *whose, const lb_damage *damage)
{
    (void)damage;
    ++*(size_t *)whose;
}

static void read_all(void *whose)
{
    readings *r = whose;
    lb_journal_reader *reader = NULL;
    lb_quarantine_reader *shelf = NULL;
    const lb_quarantine_list_query query = {false, LB_UNKNOWN};
    lb_answer answer;

    r->head = (lb_journal_head){0};
    r->damaged = 0;
    r->verified = lb_journal_reader_open(&reader, LB_JOURNAL_FILE(r->s->journal));
    if (r->verified == LB_OK)
        r->verified = lb_journal_verify(reader, count_damage, &r->damaged, &r->head);
    lb_journal_reader_close(&reader);

    lb_arena_fini(&r->s->arena);
    lb_record_init(&lb_record_answer, &answer);
    r->listed = lb_quarantine_reader_open(&shelf, LB_JOURNAL_FILE(r->s->journal));
    if (r->listed == LB_OK)
        r->listed = lb_quarantine_list(shelf, &query, &r->s->arena, &answer.quarantine.messages);
    lb_quarantine_reader_close(&shelf);
    r->rows = answer.quarantine.messages.count;
    r->texts = 0;
    for (size_t i = 0; r->listed == LB_OK && i < r->rows; i++)
        r->texts +=
            answer.quarantine.messages.at[i].text.len + answer.quarantine.messages.at[i].source.len;
}

static readings right_readings;

static void check_readings(void *whose)
{
    const readings *r = whose;

    assert_int_not_equal(r->verified, LB_ERR_CORRUPT); /* an unreadable row is not a damaged one */
    assert_int_equal(r->damaged, 0);
    if (r->verified == LB_OK)
        assert_int_equal(r->head.seq, right_readings.head.seq);
    if (r->listed == LB_OK) {
        assert_int_equal(r->rows, right_readings.rows);
        assert_int_equal(r->texts, right_readings.texts);
    }
}

/* -- parties --------------------------------------------------------------------------------------------------------------- */

typedef struct parties {
    stage *s;
    lb_store *store;
    int number; /* of the party to be added */
    bool is_added, is_known, may_send, may_come;
} parties;

static lb_err add(parties *p, lb_party_register *book, lb_audit *audit)
{
    char name[32];
    uint8_t bytes[LB_CURVE_KEY_BYTES];
    lb_party_role role = LB_PARTY_CARRIER;
    lb_span rights[] = {LB_SPAN("format:air.*"), LB_SPAN("network:10.0.0.0/8")};
    lb_party_key key = {{(const char *)bytes, sizeof bytes}, LB_UNKNOWN, LB_UNKNOWN};
    lb_query query;
    const char *why = NULL;

    memset(bytes, p->number % 251 + 1, sizeof bytes);
    memcpy(bytes, &p->number, sizeof p->number);
    snprintf(name, sizeof name, "party-%d", p->number);
    lb_record_init(&lb_record_query, &query);
    query.ask = LB_ASK_PARTY_ADD;
    query.party_add.name = lb_span_of(name);
    query.party_add.roles = (lb_party_role_list){&role, 1, 1};
    query.party_add.rights = (lb_text_list){rights, 2, 2};
    query.party_add.keys = (lb_party_key_list){&key, 1, 1};
    lb_audit_note note =
        lb_audit_note_of(LB_SPAN("chief"), LB_ACTION_CHANGE, query.party_add.name, LB_OK);
    note.ask = LB_ASK_PARTY_ADD;
    note.at_us = LATER;
    note.times = 1;
    lb_err err = lb_store_begin(p->store);
    if (err == LB_OK)
        err = lb_party_change(book, &query, LATER, &why);
    if (err == LB_OK)
        err = lb_audit_append(audit, &note);
    if (err == LB_OK)
        err = lb_store_commit(p->store);
    if (err != LB_OK)
        lb_store_rollback(p->store);
    lb_audit_settle(audit, err == LB_OK);
    return err;
}

static lb_err add_party(parties *p)
{
    lb_party_register *book = NULL;
    lb_audit *audit = NULL;

    lb_err err = lb_store_open(&p->store, p->s->party, LB_STORE_PARTY, LB_STORE_WRITE);
    if (err == LB_OK)
        err = lb_party_register_open(&book, p->store);
    if (err == LB_OK)
        err = lb_audit_open(&audit, p->store);
    if (err == LB_OK)
        err = add(p, book, audit);
    lb_audit_close(&audit);
    lb_party_register_close(&book);
    lb_store_close(&p->store);
    return err;
}

/* Is the party known at a door? It must have no permission that was not given. */
static lb_err look_up(parties *p)
{
    lb_party_reader *reader = NULL;
    uint8_t key[LB_CURVE_KEY_BYTES];

    memset(key, p->number % 251 + 1, sizeof key);
    memcpy(key, &p->number, sizeof p->number);
    p->is_known = p->may_send = p->may_come = false;
    lb_err err = lb_party_reader_open(&reader, p->s->party, LB_SPAN("5ea1"), false);
    if (err == LB_OK) {
        const lb_permission_book *book = lb_party_permissions(reader);
        const lb_permission *permission =
            lb_permission_of_key(book, key, LB_SPAN("10.1.2.3"), LATER);
        p->is_known = permission != NULL;
        p->may_send = permission != NULL && lb_permission_may_send(permission, "air.fsu");
        p->may_come = lb_permission_of_key(book, key, LB_SPAN("192.168.1.1"), LATER) != NULL ||
                      (permission != NULL && lb_permission_may_send(permission, "rail.taf"));
    }
    lb_party_reader_close(&reader);
    return err;
}

/* Always one party, as before. */
static void prepare_party(void *whose)
{
    parties *p = whose;

    lb_store_remove(p->s->party);
    p->number = 0;
    assert_int_equal(add_party(p), LB_OK);
    p->number = 1;
}

static void run_party(void *whose)
{
    parties *p = whose;

    p->is_added = add_party(p) == LB_OK;
}

static void check_party(void *whose)
{
    parties *p = whose;

    assert_int_equal(look_up(p), LB_OK);
    if (p->is_added)
        assert_true(p->is_known);
    if (!p->is_known)
        assert_int_equal(add_party(p), LB_OK);
    assert_int_equal(look_up(p), LB_OK);
    assert_true(p->is_known && p->may_send && !p->may_come);
}

static void run_door(void *whose)
{
    parties *p = whose;

    p->is_added = look_up(p) == LB_OK;
}

static void check_door(void *whose)
{
    const parties *p = whose;

    assert_false(p->may_come);
    if (p->is_added)
        assert_true(p->is_known && p->may_send);
}

/* -- tests ------------------------------------------------------------------------------------- */

static void close_hub(stage *s)
{
    if (s->sender != NULL)
        zmq_close(s->sender);
    if (s->asker != NULL)
        zmq_close(s->asker);
    s->sender = s->asker = NULL;
    lb_hub_close(&s->hub);
}

static void open_hub(stage *s)
{
    assert_int_equal(inside_hub_open(&s->hub, s->folder.folder, false), LB_OK);
    s->sender = inside_hub_dial(s->hub, false);
    s->asker = inside_hub_dial(s->hub, true);
    assert_true(s->sender != NULL && s->asker != NULL);
}

/* Nothing is lost or doubled, and a hub starts on the folder. */
static void check_whole(stage *s)
{
    lb_journal_reader *reader = NULL;
    lb_journal_head head;
    size_t damaged = 0;

    close_hub(s);
    assert_int_equal(lb_journal_reader_open(&reader, LB_JOURNAL_FILE(s->journal)), LB_OK);
    assert_int_equal(lb_journal_verify(reader, count_damage, &damaged, &head), LB_OK);
    assert_int_equal(damaged, 0);
    lb_journal_reader_close(&reader);
    open_hub(s);
    close_hub(s);
}

static long failures;

static void run_loop(const fault_body *body)
{
    long fired = fault_loop(body);

    assert_true(fired > 0);
    failures += fired;
}

static void test_a_turn_is_kept_or_reports_that_it_is_not(void **state)
{
    stage *s = *state;

    open_hub(s);
    run_loop(&(fault_body){"a turn", prepare_turn, run_turn, check_turn, s, 1, 0, FAULT_HERE});
    check_whole(s);
}

static void test_a_release_happens_once_or_not_yet(void **state)
{
    stage *s = *state;

    open_hub(s);
    run_loop(
        &(fault_body){"a release", prepare_release, run_turn, check_release, s, 1, 0, FAULT_HERE});
    check_whole(s);
}

static void test_a_start_that_fails_leaves_the_next_one_all_it_needs(void **state)
{
    stage *s = *state;

    run_loop(&(fault_body){"a start", prepare_start, run_start, check_start, s, 53, 0,
                           FAULT_EVERYWHERE});
    check_whole(s);
}

static void test_a_view_that_could_not_be_written_follows_later(void **state)
{
    stage *s = *state;

    run_loop(&(fault_body){"the view", prepare_view, run_view, check_view, s, 73, 0, FAULT_HERE});
}

static void test_an_answer_is_right_or_an_error(void **state)
{
    asked_stage a = {.s = *state};

    learn_right_answers(&a);
    run_loop(&(fault_body){"answers", NULL, ask_all, check_answers, &a, 37, 0, FAULT_HERE});
    lb_arena_fini(&a.kept);
}

static void test_what_cannot_be_read_is_not_called_damaged(void **state)
{
    readings r = {.s = *state};

    read_all(&r);
    right_readings = r;
    assert_int_equal(r.verified, LB_OK);
    assert_int_equal(r.listed, LB_OK);
    assert_true(r.head.seq > 0 && r.rows > 0);
    run_loop(&(fault_body){"reading", NULL, read_all, check_readings, &r, 7, 0, FAULT_HERE});
}

static void test_a_party_is_added_whole_or_not_at_all(void **state)
{
    parties p = {.s = *state};

    assert_int_equal(add_party(&p), LB_OK);
    run_loop(
        &(fault_body){"a party", prepare_party, run_party, check_party, &p, 19, 0, FAULT_HERE});
}

static void test_no_failure_grants_access(void **state)
{
    parties p = {.s = *state, .number = 1};

    assert_int_equal(add_party(&p), LB_OK);
    run_loop(&(fault_body){"a door", NULL, run_door, check_door, &p, 7, 0, FAULT_HERE});
}

/* A folder with some messages in its journal, and a view of them. */
static int set_up(void **state)
{
    static stage made;

    memset(&made, 0, sizeof made);
    scratch_make(&made.folder);
    snprintf(made.journal, sizeof made.journal, "%s/journal.db", made.folder.folder);
    snprintf(made.view, sizeof made.view, "%s/view.db", made.folder.folder);
    snprintf(made.afresh, sizeof made.afresh, "%s/afresh.db", made.folder.folder);
    snprintf(made.party, sizeof made.party, "%s/party.db", made.folder.folder);
    lb_arena_init(&made.arena, ARENA_BYTES);
    assert_int_equal(inside_begin(made.folder.folder, OLD_MESSAGES), LB_OK);
    made.next = OLD_MESSAGES;
    while (!inside_is_unreadable(made.unreadable))
        made.unreadable++;
    assert_int_equal(inside_follow(made.journal, made.afresh, FLUSH_EACH), LB_OK);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    stage *s = *state;

    close_hub(s);
    lb_arena_fini(&s->arena);
    scratch_remove(&s->folder);
    return 0;
}

#define SENTENCE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SENTENCE(test_a_turn_is_kept_or_reports_that_it_is_not),
        SENTENCE(test_a_release_happens_once_or_not_yet),
        SENTENCE(test_a_start_that_fails_leaves_the_next_one_all_it_needs),
        SENTENCE(test_a_view_that_could_not_be_written_follows_later),
        SENTENCE(test_an_answer_is_right_or_an_error),
        SENTENCE(test_what_cannot_be_read_is_not_called_damaged),
        SENTENCE(test_a_party_is_added_whole_or_not_at_all),
        SENTENCE(test_no_failure_grants_access),
    };

    if (argc >= 2 && strcmp(argv[1], "--whole") == 0)
        fault_whole();
    if (argc == 3)
        cmocka_set_test_filter(argv[2]);
    lb_log_least(LB_LEVELS);
    faults_wrap_sqlite();
    tape_load();
    int failed = cmocka_run_group_tests_name("every_failure", tests, NULL, NULL);
    printf("every failure once: %ld failures, %d sentences broken\n", failures, failed);
    return failed;
}
