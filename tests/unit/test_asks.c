/* test_asks - the rows of asks.def agree with each other and with the wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "record_rows.h"

static const lb_ask all[] = {
#define LB_ASK(NAME, ...) LB_ASK_##NAME,
#include "landbridge/asks.def"
};
enum { ASKS = sizeof all / sizeof all[0] };

static void test_names_numbers_and_routes_belong_to_one_question(void **state)
{
    (void)state;
    for (size_t i = 0; i < ASKS; i++)
        for (size_t k = 0; k < i; k++) {
            const lb_ask_info *one = lb_ask_about(all[i]), *other = lb_ask_about(all[k]);
            assert_int_not_equal(one->ask, other->ask);
            assert_string_not_equal(one->name, other->name);
            if (one->path[0] != '\0' && strcmp(one->path, other->path) == 0)
                assert_string_not_equal(one->method, other->method);
            if (one->command[0] != '\0')
                assert_string_not_equal(one->command, other->command);
        }
}

/* A question that changes something is POST or DELETE; one for other threads of the hub only has no route. */
static void test_a_route_is_as_harmless_as_its_method(void **state)
{
    (void)state;
    for (size_t i = 0; i < ASKS; i++) {
        const lb_ask_info *one = lb_ask_about(all[i]);
        bool is_inside = one->where == LB_WHERE_INSIDE, is_get = strcmp(one->method, "GET") == 0;
        assert_int_equal(is_inside, one->path[0] == '\0');
        assert_int_equal(is_inside, strcmp(one->method, "NONE") == 0);
        assert_int_equal(is_inside, one->command[0] == '\0');
        assert_int_equal(is_inside, one->audit == LB_AUDIT_NEVER);
        if (one->audit == LB_AUDIT_CHANGED)
            assert_false(is_get);
        if (!is_inside)
            assert_int_equal(strncmp(one->path, "/v1/", 4), 0);
    }
}

static const lb_row *row_named(const lb_record *record, const char *name, size_t len)
{
    for (size_t i = 0; i < record->count; i++)
        if (strlen(record->rows[i].name) == len && strncmp(record->rows[i].name, name, len) == 0)
            return &record->rows[i];
    return NULL;
}

/* The request of a question; NULL: it needs none. */
static const lb_record *request_of(lb_ask ask, const char *name)
{
    const lb_row *row = row_named(&lb_record_query, name, strlen(name));
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(lb_record_query.descriptor, 100 + (unsigned)ask);

    if ((row == NULL) != (field == NULL) || (row != NULL && strcmp(field->name, name) != 0))
        fail_msg("%s: its request is not field %d of Query", name, 100 + (int)ask);
    return row == NULL ? NULL : row->nested;
}

static void test_the_wire_has_the_numbers_and_names_of_the_table(void **state)
{
    const ProtobufCEnumDescriptor *wire = row_named(&lb_record_query, "ask", strlen("ask"))->names;
    char name[64];

    (void)state;
    for (size_t i = 0; i < ASKS; i++) {
        const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(wire, (int)all[i]);
        snprintf(name, sizeof name, "ASK_%s", lb_ask_name(all[i]));
        if (value == NULL || strcmp(value->name, name) != 0)
            fail_msg("%s = %d is %s in wire.proto", name, (int)all[i],
                     value == NULL ? "missing" : value->name);
    }
    assert_int_equal(wire->n_values, ASKS + 1); /* and UNSPECIFIED */
}

static void check_words_of_path(const lb_ask_info *info, const lb_record *request)
{
    for (const char *at = info->path; (at = strchr(at, '{')) != NULL;) {
        size_t len = strcspn(++at, "}");
        if (request == NULL || row_named(request, at, len) == NULL)
            fail_msg("%s: its request has no '%.*s'", info->path, (int)len, at);
    }
}

static void
test_every_request_is_the_field_of_its_number_and_every_path_names_members_of_it(void **state)
{
    int requests = 0;

    (void)state;
#define LB_ASK(NAME, number, name, ...)                                                 \
    check_words_of_path(lb_ask_about(LB_ASK_##NAME), request_of(LB_ASK_##NAME, #name)); \
    requests += request_of(LB_ASK_##NAME, #name) != NULL;
#include "landbridge/asks.def"
    int nested = 0;
    for (size_t i = 0; i < lb_record_query.count; i++)
        nested += lb_record_query.descriptor->fields[i].id > 100;
    assert_int_equal(requests, nested); /* no request without its question */
}

static void test_a_question_is_found_by_its_command(void **state)
{
    (void)state;
    assert_int_equal(lb_ask_of_command("track", NULL), LB_ASK_TRACK);
    assert_int_equal(lb_ask_of_command("quarantine", "show"), LB_ASK_QUARANTINE_SHOW);
    assert_int_equal(lb_ask_of_command("admin party", "add"), LB_ASK_PARTY_ADD);
    assert_int_equal(lb_ask_of_command("admin", "party"), LB_ASK_UNSPECIFIED);
    assert_int_equal(lb_ask_of_command("quarantine", "sho"), LB_ASK_UNSPECIFIED);
    assert_int_equal(lb_ask_of_command("quarantine", NULL), LB_ASK_UNSPECIFIED);
    assert_int_equal(lb_ask_of_command("", NULL), LB_ASK_UNSPECIFIED);
}

static void test_an_unknown_number_is_no_question(void **state)
{
    (void)state;
    assert_string_equal(lb_ask_name((lb_ask)9999), "UNSPECIFIED");
    assert_int_equal(lb_ask_about((lb_ask)9999)->where, LB_WHERE_NOWHERE);
    assert_string_equal(lb_ask_name(LB_ASK_QUARANTINE_LIST), "QUARANTINE_LIST");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_numbers_and_routes_belong_to_one_question),
        cmocka_unit_test(test_a_route_is_as_harmless_as_its_method),
        cmocka_unit_test(test_the_wire_has_the_numbers_and_names_of_the_table),
        cmocka_unit_test(
            test_every_request_is_the_field_of_its_number_and_every_path_names_members_of_it),
        cmocka_unit_test(test_a_question_is_found_by_its_command),
        cmocka_unit_test(test_an_unknown_number_is_no_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
