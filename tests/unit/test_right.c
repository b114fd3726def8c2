/* test_right.c - rights and names as entered by an operator: one that can never match is refused, with the reason. */
#include "base/right.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/name.h"

#define BIT(role) (1U << LB_PARTY_##role)

static void test_a_right_that_can_match_is_taken(void **state)
{
    static const char *const good[] = {
        "format:air.fsu",
        "format:air.*",
        "format:*",
        "source:cz.air",
        "source:jt8080",
        "for:place:CNULZ",
        "for:resource:X9023@*",
        "for:container:*",
        "for:container:LBKU2048176",
        "for:truck:新A*",
        "for:train:X8173@2026-03-12",
        "for:awb:784-*",
        "for:awb:78*",
        "see:awb:784-30418264",
        "see:bkg:BK1",
        "see:party:LIANHE",
        "see:adhoc:my own number",
        "see:tr-id:a/b",
        "topic:e",
        "topic:e/",
        "topic:e/ra",
        "topic:e/rail/",
        "topic:e/rail/transport/depa/",
        "topic:e/unspecified/",
        "topic:h",
        "network:10.0.0.0/32",
        "network:10.0.0.7",
        "network:fd00::/8",
        "terminal:139@A",
        "terminal:13912345678@新A12345",
        "terminal:0@A",
    };
    const char *why = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!lb_right_is_valid(lb_span_of(good[i]), &why))
            fail_msg("%s: %s", good[i], why);
}

/* `reason` is a word of the reason. */
static void test_a_right_that_can_never_match_is_refused_with_the_reason(void **state)
{
    static const char *const bad[][2] = {
        {"format", "a right is one of"},
        {"flies:air", "a right is one of"},
        {"format:", "a right is one of"},
        {"format:air.fsx", "no adapter"},
        {"format:sea.*", "no adapter"},
        {"source:a b", "64 letters"},
        {"source:*", "64 letters"},
        {"source:jt808", "gate"},
        {"source:jt809.x", "gate"},
        {"for:LBKU2048176", "its kind"},
        {"for:container:", "its kind"},
        {"for:box:LBKU2048176", "unknown kind"},
        {"for:Container:LBKU2048176", "unknown kind"},
        {"for:consignment:1", "unknown kind"},
        {"see:place:CNULZ", "unknown kind"},
        {"see:resource:X9023@2026-03-12", "unknown kind"},
        {"for:container:lbku2048176", "capitals"},
        {"see:container:LBKU 204817-6", "capitals"},
        {"see:truck:新A·12345 ", "capitals"},
        {"see:awb:78430418264", "three digits"},
        {"see:awb:784-30418264x", "three digits"},
        {"topic:e/rail/*", "beginning of topics"},
        {"topic:e/RAIL/", "beginning of topics"},
        {"topic:rail/", "no topic starts with this"},
        {"topic:e/sea/", "no topic starts with this"},
        {"topic:e/rail/transport/depa/x", "no topic starts with this"},
        {"network:10.0.0.0/33", "a network is"},
        {"network:ten", "a network is"},
        {"terminal:139", "its number"},
        {"terminal:@A", "its number"},
        {"terminal:139@", "its number"},
        {"terminal:0139@A", "zeros"},
        {"terminal:truck@A", "digits"},
        {"terminal:139@*", "one plate"},
    };
    const char *why;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        why = "";
        if (lb_right_is_valid(lb_span_of(bad[i][0]), &why) || strstr(why, bad[i][1]) == NULL)
            fail_msg("%s: %s", bad[i][0], why);
    }
}

static void test_a_right_that_does_nothing_for_the_role_is_refused(void **state)
{
    static const struct {
        const char *right;
        unsigned roles; /* the roles for which it has an effect */
    } cases[] = {
        {"format:air.*", BIT(CARRIER) | BIT(OPERATOR)},
        {"source:cz.air", BIT(CARRIER) | BIT(OPERATOR)},
        {"for:awb:784-*", BIT(CARRIER) | BIT(OPERATOR)},
        {"see:bkg:BK1", BIT(SHIPPER) | BIT(OPERATOR)},
        {"topic:e/", BIT(INTEGRATOR) | BIT(OPERATOR)},
        {"network:10.0.0.0/8",
         BIT(CARRIER) | BIT(SHIPPER) | BIT(OPERATOR) | BIT(INTEGRATOR) | BIT(AUDITOR)},
        {"terminal:139@A",
         BIT(CARRIER) | BIT(SHIPPER) | BIT(OPERATOR) | BIT(INTEGRATOR) | BIT(AUDITOR)},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (unsigned role = 1; role < LB_PARTY_ROLE_COUNT; role++) {
            const char *why = "";
            bool fits = lb_right_fits(lb_span_of(cases[i].right), 1U << role, &why);
            if (fits != ((cases[i].roles & 1U << role) != 0) || fits != (why[0] == '\0'))
                fail_msg("%s for %s: %s", cases[i].right, lb_party_role_name((lb_party_role)role),
                         why);
        }
}

static void test_a_name_is_its_owners(void **state)
{
    (void)state;
    assert_true(lb_name_is_of(LB_SPAN("acme"), LB_SPAN("acme")));
    assert_true(lb_name_is_of(LB_SPAN("acme.trucks"), LB_SPAN("acme")));
    assert_false(lb_name_is_of(LB_SPAN("acme."), LB_SPAN("acme")));
    assert_false(lb_name_is_of(LB_SPAN("acme2"), LB_SPAN("acme")));
    assert_false(lb_name_is_of(LB_SPAN("acme"), LB_SPAN("acme.trucks")));
}

static void test_names_of_the_hub_are_no_partys(void **state)
{
    static const char *const reserved[] = {"jt808", "jt809",   "spool",   "http",
                                           "local", "jt808.x", "local.x", "JT809"};
    static const char *const free_ones[] = {"jt8080", "acme.jt808", "locals", "https"};

    (void)state;
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        assert_true(lb_name_is_reserved(lb_span_of(reserved[i])));
    for (size_t i = 0; i < sizeof free_ones / sizeof free_ones[0]; i++)
        assert_false(lb_name_is_reserved(lb_span_of(free_ones[i])));
    assert_true(lb_name_is_a_gates(LB_SPAN("jt809")));
    assert_true(lb_name_is_a_gates(LB_SPAN("jt808.x")));
    assert_false(lb_name_is_a_gates(LB_SPAN("local"))); /* clients without a key send as it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_right_that_can_match_is_taken),
        cmocka_unit_test(test_a_right_that_can_never_match_is_refused_with_the_reason),
        cmocka_unit_test(test_a_right_that_does_nothing_for_the_role_is_refused),
        cmocka_unit_test(test_a_name_is_its_owners),
        cmocka_unit_test(test_names_of_the_hub_are_no_partys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
