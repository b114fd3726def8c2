/* test_permission.c - what roles and rights allow; the default is no. */
#include "base/permission.h"
#include "party_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "landbridge/adapter/adapter.h"
#include "landbridge/client/time.h"

#define NOW  INT64_C(1773316800000000) /* 2026-03-12T12:00:00Z */
#define SEAL LB_SPAN("5ea1")

enum { KEY_FILL = 7, WORDS = 12, PARTIES = 8 };

typedef struct rig { /* memory of the list, and the book made of it */
    lb_party parties[PARTIES];
    lb_party_role roles[PARTIES][WORDS];
    lb_span rights[PARTIES][WORDS];
    lb_party_key keys[PARTIES];
    uint8_t bytes[PARTIES][LB_CURVE_KEY_BYTES];
    lb_party_list list;
    lb_permission_book *book;
} rig;

static int set_up(void **state)
{
    static rig made;

    made = (rig){.list = {made.parties, 0, PARTIES}};
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    rig *r = *state;

    lb_permission_book_close(&r->book);
    return 0;
}

/* "CARRIER format:air.* for:awb:784-*": words with a colon are rights. */
static void know(rig *r, const char *name, const char *words)
{
    size_t at = r->list.count++;
    lb_party *party = &r->parties[at];
    lb_span rest = lb_span_of(words), word;

    *party = (lb_party){.name = lb_span_of(name),
                        .roles = {r->roles[at], 0, WORDS},
                        .rights = {r->rights[at], 0, WORDS},
                        .messages_per_s = LB_UNKNOWN,
                        .bytes_per_s = LB_UNKNOWN,
                        .questions_per_s = LB_UNKNOWN};
    while (lb_span_cut(&rest, ' ', &word))
        party_take_word(party, word);
    memset(r->bytes[at], KEY_FILL + (int)at, LB_CURVE_KEY_BYTES);
    r->keys[at] = (lb_party_key){
        {(const char *)r->bytes[at], LB_CURVE_KEY_BYTES}, NOW - LB_DAY_US, LB_UNKNOWN};
    party->keys = (lb_party_key_list){&r->keys[at], 1, 1};
}

static void open_book(rig *r, bool local_may)
{
    lb_permission_book_close(&r->book);
    assert_int_equal(lb_permission_book_open(&r->book, &r->list, SEAL, local_may), LB_OK);
}

/* The permission of the only party, with these words. */
static const lb_permission *permission_of(rig *r, const char *words)
{
    r->list.count = 0;
    know(r, "acme", words);
    open_book(r, true);
    return lb_permission_of_key(r->book, r->bytes[0], LB_SPAN("127.0.0.1"), NOW);
}

/* -- identification ---------------------------------------------------------------------------- */

static void test_a_key_names_its_party_and_no_other(void **state)
{
    rig *r = *state;
    uint8_t unknown[LB_CURVE_KEY_BYTES] = {1};

    know(r, "acme", "CARRIER");
    know(r, "lianhe", "SHIPPER");
    open_book(r, true);
    for (size_t i = 0; i < 2; i++)
        assert_true(lb_span_equal(
            lb_permission_of_key(r->book, r->bytes[i], LB_SPAN("10.0.0.1"), NOW)->name,
            r->parties[i].name));
    assert_null(lb_permission_of_key(r->book, unknown, LB_SPAN("10.0.0.1"), NOW));
}

static void test_an_expired_key_has_no_permission(void **state)
{
    rig *r = *state;
    char user[LB_USER_ROOM];

    know(r, "acme", "CARRIER");
    r->keys[0].ends_us = NOW;
    open_book(r, true);
    const lb_permission *before =
        lb_permission_of_key(r->book, r->bytes[0], LB_SPAN("10.0.0.1"), NOW - 1);
    assert_non_null(before);
    size_t len = lb_permission_user(r->book, before, r->bytes[0], LB_SPAN("10.0.0.1"), user);
    assert_non_null(lb_permission_of_user(r->book, (lb_span){user, len}, NOW - 1));
    assert_null(lb_permission_of_key(r->book, r->bytes[0], LB_SPAN("10.0.0.1"), NOW));
    assert_null(lb_permission_of_user(r->book, (lb_span){user, len}, NOW));
}

static void test_a_user_is_known_by_the_nonce_and_its_key(void **state)
{
    rig *r = *state;
    char user[LB_USER_ROOM], text[LB_USER_ROOM];

    know(r, "acme", "CARRIER network:10.0.0.1");
    open_book(r, true);
    const lb_permission *permission =
        lb_permission_of_key(r->book, r->bytes[0], LB_SPAN("10.0.0.1"), NOW);
    size_t len = lb_permission_user(r->book, permission, r->bytes[0], LB_SPAN("10.0.0.1"), user);
    assert_ptr_equal(lb_permission_of_user(r->book, (lb_span){user, len}, NOW), permission);
    assert_true(lb_span_is(lb_permission_user_party((lb_span){user, len}), "acme"));
    assert_int_equal(lb_permission_user_party(LB_EMPTY).len, 0);
    assert_null(lb_permission_of_user(r->book, LB_SPAN("acme"), NOW));
    for (size_t i = 0; i < len; i++) { /* no byte of it may be another */
        memcpy(text, user, len);
        text[i] = (char)(text[i] ^ 1);
        assert_null(lb_permission_of_user(r->book, (lb_span){text, len}, NOW));
    }
}

static void test_a_network_that_is_granted_holds_for_live_connections(void **state)
{
    rig *r = *state;
    char near[LB_USER_ROOM], far[LB_USER_ROOM];

    know(r, "acme", "CARRIER");
    open_book(r, true);
    const lb_permission *permission =
        lb_permission_of_key(r->book, r->bytes[0], LB_SPAN("10.9.0.7"), NOW);
    size_t near_len =
        lb_permission_user(r->book, permission, r->bytes[0], LB_SPAN("10.9.0.7"), near);
    size_t far_len = lb_permission_user(r->book, permission, r->bytes[0], LB_SPAN("fd00::7"), far);
    assert_non_null(lb_permission_of_user(r->book, (lb_span){near, near_len}, NOW));
    assert_non_null(lb_permission_of_user(r->book, (lb_span){far, far_len}, NOW));
    permission_of(r, "CARRIER network:10.9.0.0/16");
    assert_non_null(lb_permission_of_user(r->book, (lb_span){near, near_len}, NOW));
    assert_null(lb_permission_of_user(r->book, (lb_span){far, far_len}, NOW));
}

static void test_the_longest_user_has_room(void **state)
{
    static const char longest[] =
        "a123456789012345678901234567890123456789012345678901234567890123";
    rig *r = *state;
    char user[LB_USER_ROOM];

    know(r, longest, "CARRIER");
    r->list.at[0].keys.count = 1;
    lb_permission_book_close(&r->book);
    assert_int_equal(lb_permission_book_open(&r->book, &r->list,
                                             LB_SPAN("0123456789abcdef0123456789abcdef"), true),
                     LB_OK);
    const lb_permission *permission =
        lb_permission_of_key(r->book, r->bytes[0], LB_SPAN("::1"), NOW);
    size_t len = lb_permission_user(r->book, permission, r->bytes[0],
                                    LB_SPAN("1111:2222:3333:4444:5555:6666:255.255.255.255"), user);
    assert_ptr_equal(lb_permission_of_user(r->book, (lb_span){user, len}, NOW), permission);
}

static void test_a_client_without_a_key_may_do_everything_or_nothing(void **state)
{
    rig *r = *state;

    open_book(r, true);
    const lb_permission *local = lb_permission_of_user(r->book, LB_EMPTY, NOW);
    assert_true(lb_permission_may_ask(local, LB_ASK_PARTY_ADD));
    assert_true(lb_permission_may_ask(local, LB_ASK_BACKUP));
    assert_true(lb_permission_may_ask(local, LB_ASK_SALVAGE));
    open_book(r, false);
    assert_null(lb_permission_of_user(r->book, LB_EMPTY, NOW));
}

static void test_networks_bound_where_a_key_comes_from(void **state)
{
    static const struct {
        const char *network, *address;
        bool is_let_in;
    } cases[] = {
        {"network:10.0.0.0/8", "10.200.3.4", true},
        {"network:10.0.0.0/8", "11.0.0.1", false},
        {"network:10.1.2.128/25", "10.1.2.129", true},
        {"network:10.1.2.128/25", "10.1.2.127", false},
        {"network:192.168.7.9", "192.168.7.9", true},
        {"network:192.168.7.9", "192.168.7.8", false},
        {"network:fd00::/8", "fd12:3456::1", true},
        {"network:fd00::/8", "fe80::1", false},
        {"network:0.0.0.0/0", "203.0.113.9", true},
        {"network:10.0.0.0/8", "fd00::1", false},
        {"network:10.0.0.0/8", "not an address", false},
        {"network:10.0.0.0/8", "", false},
    };
    rig *r = *state;
    char words[80];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(words, sizeof words, "CARRIER %s", cases[i].network);
        r->list.count = 0;
        know(r, "acme", words);
        open_book(r, true);
        bool is_in =
            lb_permission_of_key(r->book, r->bytes[0], lb_span_of(cases[i].address), NOW) != NULL;
        if (is_in != cases[i].is_let_in)
            fail_msg("%s from '%s'", cases[i].network, cases[i].address);
    }
}

static void test_a_terminal_is_its_number_with_its_plate(void **state)
{
    rig *r = *state;
    const lb_span number = LB_SPAN("13912345678"), plate = LB_SPAN("新A12345"),
                  here = LB_SPAN("10.9.0.7");

    know(r, "trucks", "CARRIER terminal:13912345678@新A12345 network:10.9.0.0/16");
    open_book(r, true);
    assert_non_null(lb_permission_of_terminal(r->book, number, plate, here));
    assert_non_null(lb_permission_of_terminal(r->book, number, LB_EMPTY, here));
    assert_null(lb_permission_of_terminal(r->book, number, LB_SPAN("新A12346"), here));
    assert_null(lb_permission_of_terminal(r->book, LB_SPAN("13912345679"), plate, here));
    assert_null(lb_permission_of_terminal(r->book, number, plate, LB_SPAN("10.8.0.7")));
}

static void test_a_terminal_of_several_parties_is_the_firsts(void **state)
{
    rig *r = *state;

    know(r, "acme", "CARRIER terminal:1@A terminal:2@A terminal:3@A");
    know(r, "bolt", "CARRIER terminal:2@B terminal:4@B terminal:1@B");
    know(r, "cargo", "CARRIER terminal:4@C terminal:2@C terminal:5@C");
    open_book(r, true);
    static const struct {
        const char *number;
        size_t party;
    } cases[] = {{"1", 0}, {"2", 0}, {"3", 0}, {"4", 1}, {"5", 2}};
    for (size_t i = 0; i < 5; i++)
        assert_true(
            lb_span_equal(lb_permission_of_device(r->book, lb_span_of(cases[i].number))->name,
                          r->parties[cases[i].party].name));
    assert_null(lb_permission_of_device(r->book, LB_SPAN("6")));
}

/* -- permissions ------------------------------------------------------------------------------- */

/* Every role and every question: O C S I A in this order, as proto/README.md has it. A key comes from elsewhere, so
 * what names a folder on the hub's machine is refused to all of them. */
static void test_the_table_of_questions(void **state)
{
    static const char *const roles[] = {"OPERATOR", "CARRIER", "SHIPPER", "INTEGRATOR", "AUDITOR"};
    static const struct {
        lb_ask ask;
        const char *may;
    } table[] = {
        {LB_ASK_TRACK, "yyynn"},           {LB_ASK_FIND_SPACE, "yyynn"},
        {LB_ASK_CAPACITY, "yyynn"},        {LB_ASK_YARD, "ynnnn"},
        {LB_ASK_DEPARTURES, "yyynn"},      {LB_ASK_FEEDS, "ynnny"},
        {LB_ASK_QUARANTINE_LIST, "ynnnn"}, {LB_ASK_QUARANTINE_SHOW, "ynnnn"},
        {LB_ASK_STATUS, "ynnyy"},          {LB_ASK_QUARANTINE_RELEASE, "ynnnn"},
        {LB_ASK_QUARANTINE_DROP, "ynnnn"}, {LB_ASK_VERIFY, "ynnny"},
        {LB_ASK_REBUILD, "ynnnn"},         {LB_ASK_BACKUP, "nnnnn"},
        {LB_ASK_REGAINED, "nnnnn"},        {LB_ASK_SALVAGE, "nnnnn"},
        {LB_ASK_PARTY_LIST, "ynnny"},      {LB_ASK_PARTY_ADD, "ynnnn"},
        {LB_ASK_PARTY_ROTATE, "ynnnn"},    {LB_ASK_PARTY_REVOKE, "ynnnn"},
        {LB_ASK_PARTY_GRANT, "ynnnn"},     {LB_ASK_PARTY_WITHDRAW, "ynnnn"},
        {LB_ASK_AUDIT_LIST, "ynnny"},      {LB_ASK_AUDIT_VERIFY, "ynnny"},
        {LB_ASK_COVER, "ynnny"},           {LB_ASK_OVER_BUDGET, "nnnnn"},
        {LB_ASK_UNSPECIFIED, "nnnnn"},
    };
    size_t asks = 0;
#define LB_ASK(NAME, ...) asks++;
#include "landbridge/asks.def"
    asks++; /* UNSPECIFIED */
    assert_int_equal(asks, sizeof table / sizeof table[0]);
    for (size_t role = 0; role < 5; role++) {
        const lb_permission *permission = permission_of(*state, roles[role]);
        for (size_t i = 0; i < asks; i++)
            if (lb_permission_may_ask(permission, table[i].ask) != (table[i].may[role] == 'y'))
                fail_msg("%s, %s", roles[role], lb_ask_name(table[i].ask));
    }
}

static void test_a_carrier_sends_as_itself_in_its_formats(void **state)
{
    const lb_permission *permission =
        permission_of(*state, "CARRIER format:air.* format:hub.csv source:old-name");

    assert_true(lb_permission_may_send_as(permission, LB_SPAN("acme")));
    assert_true(lb_permission_may_send_as(permission, LB_SPAN("acme.trucks")));
    assert_true(lb_permission_may_send_as(permission, LB_SPAN("old-name")));
    assert_false(lb_permission_may_send_as(permission, LB_SPAN("acmetrucks")));
    assert_false(lb_permission_may_send_as(permission, LB_SPAN("acme.")));
    assert_false(lb_permission_may_send_as(permission, LB_SPAN("other")));
    assert_true(lb_permission_may_send(permission, "air.fsu"));
    assert_true(lb_permission_may_send(permission, "hub.csv"));
    assert_false(lb_permission_may_send(permission, "hub.csvx"));
    assert_false(lb_permission_may_send(permission, "rail.taf"));
}

static void test_only_carriers_and_operators_send(void **state)
{
    static const char *const others[] = {"SHIPPER format:air.*", "INTEGRATOR format:air.*",
                                         "AUDITOR format:air.*"};

    for (size_t i = 0; i < 3; i++) {
        const lb_permission *permission = permission_of(*state, others[i]);
        assert_false(lb_permission_may_send_as(permission, LB_SPAN("acme")));
        assert_false(lb_permission_may_send(permission, "air.fsu"));
    }
    assert_true(lb_permission_may_send_as(permission_of(*state, "OPERATOR"), LB_SPAN("anybody")));
}

static void test_a_party_without_grants_sees_nothing(void **state)
{
    static const char *const roles[] = {"CARRIER", "SHIPPER", "INTEGRATOR", "AUDITOR"};

    for (size_t i = 0; i < 4; i++) {
        const lb_permission *permission = permission_of(*state, roles[i]);
        assert_false(lb_permission_sees(permission, LB_SPAN("container:LBKU2048176")));
        assert_false(lb_permission_may_follow(permission, LB_SPAN("e/rail/transport/depa/")));
        assert_false(lb_permission_may_send(permission, "air.fsu"));
    }
}

static void test_visibility_depends_on_role_and_right(void **state)
{
    const lb_permission *shipper =
        permission_of(*state, "SHIPPER see:bkg:BK7001 see:container:LBKU* for:awb:784-*");
    assert_true(lb_permission_sees(shipper, LB_SPAN("bkg:BK7001")));
    assert_true(lb_permission_sees(shipper, LB_SPAN("container:LBKU2048176")));
    assert_false(lb_permission_sees(shipper, LB_SPAN("bkg:BK70011")));
    assert_false(
        lb_permission_sees(shipper, LB_SPAN("awb:784-30418264"))); /* `for` is a carrier's right */
    const lb_permission *carrier = permission_of(*state, "CARRIER for:awb:784-*");
    assert_true(lb_permission_sees(carrier, LB_SPAN("awb:784-30418264")));
    assert_false(lb_permission_sees(carrier, LB_SPAN("awb:999-12345675")));
    assert_true(lb_permission_sees(permission_of(*state, "OPERATOR"), LB_SPAN("awb:999-12345675")));
}

static void test_a_right_to_a_topic_is_a_prefix(void **state)
{
    const lb_permission *permission = permission_of(*state, "INTEGRATOR topic:e/rail/");

    assert_true(lb_permission_may_follow(permission, LB_SPAN("e/rail/transport/depa/")));
    assert_false(lb_permission_may_follow(permission, LB_SPAN("e/railway/transport/depa/")));
    assert_false(lb_permission_may_follow(permission, LB_SPAN("e/")));
    assert_true(
        lb_permission_may_follow(permission_of(*state, "OPERATOR"), LB_SPAN("e/air/cargo/dlvr/")));
}

int main(void)
{
#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_RIG(test_a_key_names_its_party_and_no_other),
        WITH_RIG(test_an_expired_key_has_no_permission),
        WITH_RIG(test_a_user_is_known_by_the_nonce_and_its_key),
        WITH_RIG(test_a_network_that_is_granted_holds_for_live_connections),
        WITH_RIG(test_the_longest_user_has_room),
        WITH_RIG(test_a_client_without_a_key_may_do_everything_or_nothing),
        WITH_RIG(test_networks_bound_where_a_key_comes_from),
        WITH_RIG(test_a_terminal_is_its_number_with_its_plate),
        WITH_RIG(test_a_terminal_of_several_parties_is_the_firsts),
        WITH_RIG(test_the_table_of_questions),
        WITH_RIG(test_a_carrier_sends_as_itself_in_its_formats),
        WITH_RIG(test_only_carriers_and_operators_send),
        WITH_RIG(test_a_party_without_grants_sees_nothing),
        WITH_RIG(test_visibility_depends_on_role_and_right),
        WITH_RIG(test_a_right_to_a_topic_is_a_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
