/* test_jt808_identity.c - the gate for truck terminals: authentication by the codes that it gave, and the list of
 * terminals that a party answers for. */
#include "keep/party.h"

#include <stdio.h>

#include "jt808_rig.h"
#include "scratch.h"
#include "question.h"

/* The code that comes with it. */
static lb_span expect_registration(terminal *t, uint16_t serial, lb_808_result result)
{
    lb_pack pack = expect_frame(t, 0x8100);
    assert_int_equal(lb_pack_u16(&pack), serial);
    assert_int_equal(lb_pack_u8(&pack), result);
    return lb_pack_rest(&pack);
}

static void expect_registered(terminal *t, uint16_t serial, char code[64])
{
    lb_span given = expect_registration(t, serial, LB_808_DONE);
    assert_true(given.len > 0 && given.len < 64);
    memcpy(code, given.at, given.len);
    code[given.len] = '\0';
}

/* 2013, in 新A12345 */
static const uint8_t truck[37 + 8] = {0,   65,       0,    100,  'T', 'S', 'R', 'T', 'M', 'G',
                                      '6', [36] = 2, 0xD0, 0xC2, 'A', '1', '2', '3', '4', '5'};
#define TRUCK ((lb_span){(const char *)truck, sizeof truck})

static void test_a_registered_terminal_must_show_its_code(void **state)
{
    terminal t;
    char code[64];
    (void)state;
    rig *r = open_plain();
    dial(r, &t);
    say(&t, header_of(0x0102, 0x78, 1), LB_SPAN("of another hub"));
    expect_answer(&t, 0x0102, 1, LB_808_DONE); /* an unknown code is accepted, and counted */
    assert_int_equal(counts_of(r).unregistered, 1);

    say(&t, header_of(0x0100, 0x78, 2), TRUCK);
    keep(r, 1);
    expect_registered(&t, 2, code);
    hang_up(&t);

    dial(r, &t); /* the code is valid on the next connection, too */
    say(&t, header_of(0x0102, 0x78, 3), lb_span_of(code));
    expect_answer(&t, 0x0102, 3, LB_808_DONE);
    code[0] = code[0] == '0' ? '1' : '0';
    say(&t, header_of(0x0102, 0x78, 4), lb_span_of(code));
    expect_answer(&t, 0x0102, 4, LB_808_FAILED);
    assert_int_equal(counts_of(r).wrong_codes, 1);
    hang_up(&t);
    close_rig(r);
}

/* -- listed terminals ---------------------------------------------------------------------------- */

#define OUR_TRUCK "terminal:13912345678@新A12345"

typedef struct list { /* a register of parties with one carrier of trucks */
    lb_scratch folder;
    lb_store *store;
    lb_party_register *book;
} list;

static void change_list(list *l, lb_ask ask, const char *right)
{
    lb_party_role role = LB_PARTY_CARRIER;
    lb_span word = lb_span_of(right);
    const char *why = "";
    lb_query query;
    lb_party party;
    lb_record_init(&lb_record_party, &party);
    party.name = LB_SPAN("trucks");
    party.roles = (lb_party_role_list){&role, 1, 1};
    party.rights = (lb_text_list){&word, 1, 1};
    question_of_change(&query, ask, &party, LB_UNKNOWN);
    assert_int_equal(lb_store_begin(l->store), LB_OK);
    assert_int_equal(lb_party_change(l->book, &query, 1, &why), LB_OK);
    assert_int_equal(lb_store_commit(l->store), LB_OK);
}

static rig *open_listed(list *l, const char *right)
{
    static char path[SCRATCH_PATH_ROOM];
    scratch_make(&l->folder);
    snprintf(path, sizeof path, "%s", scratch_path(&l->folder, "party.db"));
    assert_int_equal(lb_store_open(&l->store, path, LB_STORE_PARTY, LB_STORE_WRITE), LB_OK);
    assert_int_equal(lb_party_register_open(&l->book, l->store), LB_OK);
    change_list(l, LB_ASK_PARTY_ADD, right);
    return open_rig(&(lb_jt808_options){.party_path = path});
}

static void close_listed(list *l, rig *r)
{
    close_rig(r);
    lb_party_register_close(&l->book);
    lb_store_close(&l->store);
    scratch_remove(&l->folder);
}

static void expect_no_terminal(terminal *t, uint16_t serial)
{
    assert_int_equal(expect_registration(t, serial, LB_808_NO_SUCH_TERMINAL).len, 0); /* no code */
}

/* Registers and sends the code: `serial` and the next. */
static void enter(rig *r, terminal *t, uint16_t serial, char code[64])
{
    say(t, header_of(0x0100, 0x78, serial), TRUCK);
    keep(r, 1);
    expect_registered(t, serial, code);
    say(t, header_of(0x0102, 0x78, (uint16_t)(serial + 1)), lb_span_of(code));
    expect_answer(t, 0x0102, (uint16_t)(serial + 1), LB_808_DONE);
}

/* Our truck, listed; it has registered with serial 1 and sent its code with 2. */
static rig *open_entered(list *l, terminal *t, char code[64])
{
    rig *r = open_listed(l, OUR_TRUCK);
    dial(r, t);
    enter(r, t, 1, code);
    return r;
}

static void test_a_listed_terminal_is_accepted_once_it_has_shown_its_code(void **state)
{
    list l;
    terminal t;
    char code[64];
    (void)state;
    rig *r = open_listed(&l, OUR_TRUCK);
    dial(r, &t);
    report(&t, 0x78, 1);
    expect_answer(&t, 0x0200, 1, LB_808_FAILED); /* no code was sent */
    say(&t, header_of(0x0102, 0x78, 2), LB_SPAN("of another hub"));
    expect_answer(&t, 0x0102, 2, LB_808_FAILED); /* it must register */
    enter(r, &t, 3, code);
    report(&t, 0x78, 5);
    keep(r, 1);
    expect_answer(&t, 0x0200, 5, LB_808_DONE);
    hang_up(&t);
    close_listed(&l, r);
}

static void test_no_terminal_registers_with_anothers_plate_or_number_or_from_elsewhere(void **state)
{
    static const char *const rights[] = {"terminal:13912345678@新A12346",
                                         "terminal:13912345679@新A12345", OUR_TRUCK};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        list l;
        terminal t;
        rig *r = open_listed(&l, rights[i]);
        if (i == 2)
            change_list(&l, LB_ASK_PARTY_GRANT, "network:10.9.0.0/16");
        dial(r, &t);
        say(&t, header_of(0x0100, 0x78, 1), TRUCK);
        expect_no_terminal(&t, 1);
        report(&t, 0x78, 2);
        expect_answer(&t, 0x0200, 2, LB_808_FAILED);
        assert_int_equal(counts_of(r).strangers, 2);
        hang_up(&t);
        close_listed(&l, r);
    }
}

static void test_a_code_does_not_open_another_connection_by_itself(void **state)
{
    list l;
    terminal t, thief;
    char code[64];
    (void)state;
    rig *r = open_entered(&l, &t, code);
    dial(r, &thief);
    report(&thief, 0x78, 7); /* the same number, and no code */
    expect_answer(&thief, 0x0200, 7, LB_808_FAILED);
    beat(&thief, 0x78, 8);
    expect_answer(&thief, 0x0002, 8, LB_808_DONE);
    report(&t, 0x78, 3); /* the terminal that is there was not displaced */
    keep(r, 1);
    expect_answer(&t, 0x0200, 3, LB_808_DONE);
    hang_up(&thief);
    hang_up(&t);
    close_listed(&l, r);
}

/* A thief that has intercepted the code. */
static void test_a_code_is_good_on_the_connection_that_registered_for_it(void **state)
{
    list l;
    terminal t, thief;
    char code[64];
    (void)state;
    rig *r = open_entered(&l, &t, code);
    dial(r, &thief);
    say(&thief, header_of(0x0102, 0x78, 7), lb_span_of(code));
    expect_answer(&thief, 0x0102, 7, LB_808_FAILED);
    report(&thief, 0x78, 8);
    expect_answer(&thief, 0x0200, 8, LB_808_FAILED);
    report(&t, 0x78, 3); /* the terminal is where it was */
    keep(r, 1);
    expect_answer(&t, 0x0200, 3, LB_808_DONE);
    assert_int_equal(counts_of(r).wrong_codes, 1);
    hang_up(&thief);
    hang_up(&t);
    close_listed(&l, r);
}

static void test_a_terminal_that_comes_back_registers_again_and_gets_a_new_code(void **state)
{
    list l;
    terminal t;
    char code[64], next[64];
    (void)state;
    rig *r = open_entered(&l, &t, code);
    hang_up(&t);
    dial(r, &t);
    say(&t, header_of(0x0102, 0x78, 3), lb_span_of(code));
    expect_answer(&t, 0x0102, 3, LB_808_FAILED);
    enter(r, &t, 4, next);
    assert_string_not_equal(next, code);
    say(&t, header_of(0x0102, 0x78, 6), lb_span_of(code)); /* the previous code is invalid */
    expect_answer(&t, 0x0102, 6, LB_808_FAILED);
    report(&t, 0x78, 7);
    keep(r, 1);
    expect_answer(&t, 0x0200, 7, LB_808_DONE);
    hang_up(&t);
    close_listed(&l, r);
}

static void test_a_terminal_covers_its_own_vehicle_only(void **state)
{
    list l;
    terminal t;
    char code[64];
    (void)state;
    rig *r = open_listed(&l, OUR_TRUCK);
    change_list(&l, LB_ASK_PARTY_GRANT, "terminal:13912345679@新A12346");
    dial(r, &t);
    enter(r, &t, 1, code);
    report(&t, 0x79, 3); /* another number, listed too, on its connection */
    expect_answer(&t, 0x0200, 3, LB_808_FAILED);
    say(&t, header_of(0x0102, 0x79, 4), lb_span_of(code)); /* its code is not valid for the other */
    expect_answer(&t, 0x0102, 4, LB_808_FAILED);
    hang_up(&t);
    close_listed(&l, r);
}

static void test_a_right_that_is_withdrawn_silences_its_terminal_at_once(void **state)
{
    list l;
    terminal t;
    char code[64];
    (void)state;
    rig *r = open_entered(&l, &t, code);
    change_list(&l, LB_ASK_PARTY_WITHDRAW, OUR_TRUCK);
    report(&t, 0x78, 3);
    expect_answer(&t, 0x0200, 3, LB_808_FAILED);
    hang_up(&t);
    close_listed(&l, r);
}

static void test_a_network_that_is_granted_silences_terminals_elsewhere(void **state)
{
    list l;
    terminal t;
    char code[64];
    (void)state;
    rig *r = open_entered(&l, &t, code);
    report(&t, 0x78, 3);
    keep(r, 1);
    expect_answer(&t, 0x0200, 3, LB_808_DONE);
    change_list(&l, LB_ASK_PARTY_GRANT, "network:10.9.0.0/16");
    report(&t, 0x78, 4);
    expect_answer(&t, 0x0200, 4, LB_808_FAILED);
    hang_up(&t);
    close_listed(&l, r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_registered_terminal_must_show_its_code),
        cmocka_unit_test(test_a_listed_terminal_is_accepted_once_it_has_shown_its_code),
        cmocka_unit_test(
            test_no_terminal_registers_with_anothers_plate_or_number_or_from_elsewhere),
        cmocka_unit_test(test_a_code_does_not_open_another_connection_by_itself),
        cmocka_unit_test(test_a_code_is_good_on_the_connection_that_registered_for_it),
        cmocka_unit_test(test_a_terminal_that_comes_back_registers_again_and_gets_a_new_code),
        cmocka_unit_test(test_a_terminal_covers_its_own_vehicle_only),
        cmocka_unit_test(test_a_right_that_is_withdrawn_silences_its_terminal_at_once),
        cmocka_unit_test(test_a_network_that_is_granted_silences_terminals_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
