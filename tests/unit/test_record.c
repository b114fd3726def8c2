/* test_record - plain structs over the wire, as JSON and as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record_rows.h"

static lb_arena arena;

static int open_arena(void **state)
{
    (void)state;
    lb_arena_init(&arena, 16 * 1024 * 1024);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    lb_arena_fini(&arena);
    return 0;
}

static void check_rows(const lb_record *record)
{
    const ProtobufCMessageDescriptor *message = record->descriptor;
    assert_int_equal(record->count, message->n_fields);
    for (size_t i = 0; i < record->count; i++) {
        const lb_row *row = &record->rows[i];
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(message, row->name);
        if (field == NULL)
            fail_msg("%s.%s is not in the .proto", record->name, row->name);
        if (field != &message->fields[i])
            fail_msg("%s.%s is not in the order of the numbers", record->name, row->name);
        bool is_wide = field->type == PROTOBUF_C_TYPE_INT64 ||
                       field->type == PROTOBUF_C_TYPE_UINT64 ||
                       field->type == PROTOBUF_C_TYPE_SINT64;
        bool is_narrow = field->type == PROTOBUF_C_TYPE_INT32 ||
                         field->type == PROTOBUF_C_TYPE_UINT32 ||
                         field->type == PROTOBUF_C_TYPE_SINT32;
        if ((row->kind == FIELD_INT) != is_wide || (row->kind == FIELD_INT32) != is_narrow)
            fail_msg("%s.%s has another width in the .proto", record->name, row->name);
        if (row->kind == FIELD_ENUM && row->names != field->descriptor)
            fail_msg("%s.%s is another enumeration in the .proto", record->name, row->name);
        if (row->nested != NULL && row->nested->descriptor != field->descriptor)
            fail_msg("%s.%s is another message in the .proto", record->name, row->name);
        if (row->nested != NULL)
            check_rows(row->nested);
    }
}

static void test_every_field_of_the_proto_has_its_row(void **state)
{
    (void)state;
#define CHECK(name, type, message) check_rows(&lb_record_##name);
    LB_RECORDS(CHECK)
#undef CHECK
}

/* An enumeration of enums.h and the one of common.proto with the same prefix. */
static void check_members(const char *prefix, const ProtobufCEnumDescriptor *names,
                          const char *name, int number)
{
    char full[80];
    snprintf(full, sizeof full, "%s_%s", prefix, name);
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(names, number);
    if (value == NULL || strcmp(value->name, full) != 0)
        fail_msg("%s = %d is %s in the .proto", full, number,
                 value == NULL ? "missing" : value->name);
}

static const ProtobufCEnumDescriptor *names_of(const lb_record *record, const char *prefix,
                                               int depth)
{
    for (size_t i = 0; i < record->count; i++) {
        const lb_row *row = &record->rows[i];
        const ProtobufCEnumDescriptor *found = NULL;
        if ((row->kind == FIELD_ENUM || row->kind == FIELD_ENUMS) &&
            strncmp(row->prefix, prefix, strlen(prefix)) == 0 &&
            row->prefix[strlen(prefix)] == '_' && row->prefix[strlen(prefix) + 1] == '\0')
            found = row->names;
        else if (row->nested != NULL && depth < 8)
            found = names_of(row->nested, prefix, depth + 1);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static void test_enumerations_have_the_same_numbers_in_c_and_in_the_proto(void **state)
{
    (void)state;
    size_t members = 0;
    const ProtobufCEnumDescriptor *names;
#define MEMBER(prefix, name, number) check_members(#prefix, names, #name, number), members++;
#define CHECK(type, PREFIX)                              \
    members = 1;                                         \
    names = names_of(&lb_record_event, #PREFIX, 0);      \
    if (names == NULL)                                   \
        names = names_of(&lb_record_answer, #PREFIX, 0); \
    assert_non_null(names);                              \
    LB_##PREFIX##_MEMBERS(MEMBER) assert_int_equal(members, names->n_values);
    LB_ENUMERATIONS(CHECK)
#undef CHECK
#undef MEMBER
    names = names_of(&lb_record_event, "EVENT_TYPE", 0);
    members = 1;
#define LB_EVENT_TYPE(family, code, number, words) \
    check_members("EVENT_TYPE", names, #code, number), members++;
#include "landbridge/client/event_types.def"
#undef LB_EVENT_TYPE
    assert_int_equal(members, names->n_values);
}

static void test_an_unknown_value_stays_unknown_over_the_wire(void **state)
{
    (void)state;
    lb_event event, again;
    lb_span packed;
    lb_record_init(&lb_record_event, &event);
    event.hub_seq = 0; /* 0 is a value */
    assert_int_equal(lb_record_pack(&lb_record_event, &event, &arena, &packed), LB_OK);
    assert_int_equal(packed.len, 2);
    assert_int_equal(lb_record_unpack(&lb_record_event, packed, &arena, &again), LB_OK);
    assert_int_equal(again.hub_seq, 0);
    assert_true(again.revision == LB_UNKNOWN);
    assert_true(again.place.lat_e7 == LB_UNKNOWN);
    assert_int_equal(again.objects.count, 0);
}

static void fill_event(lb_event *event, lb_object *objects, lb_span *seals)
{
    lb_record_init(&lb_record_event, event);
    objects[0] =
        (lb_object){.kind = LB_KIND_CONTAINER, .id = LB_SPAN("LBKU2048176"), .milli_teu = 2000};
    objects[1] =
        (lb_object){.kind = LB_KIND_TRUCK, .id = LB_SPAN("新A12345"), .milli_teu = LB_UNKNOWN};
    seals[0] = LB_SPAN("K40718");
    event->type = LB_EVENT_GTIN;
    event->classifier = LB_CLASSIFIER_ACTUAL;
    event->occurred.utc_us = INT64_C(1773281100000000);
    event->occurred.offset_min = 480;
    event->objects = (lb_object_list){objects, 2, 2};
    event->cond.seals = (lb_text_list){seals, 1, 1};
    event->place.lon_e7 = -876168000;
    event->prov.test = true;
}

static void test_an_event_comes_back_as_it_was(void **state)
{
    (void)state;
    lb_event event, again;
    lb_object objects[2];
    lb_span seals[1], packed, json = LB_EMPTY, json_again = LB_EMPTY;
    fill_event(&event, objects, seals);
    assert_int_equal(lb_record_pack(&lb_record_event, &event, &arena, &packed), LB_OK);
    assert_int_equal(lb_record_unpack(&lb_record_event, packed, &arena, &again), LB_OK);
    assert_int_equal(lb_record_json(&lb_record_event, &event, &arena, &json), LB_OK);
    assert_int_equal(lb_record_json(&lb_record_event, &again, &arena, &json_again), LB_OK);
    assert_true(lb_span_equal(json, json_again));
    assert_true(lb_span_is(again.objects.at[1].id, "新A12345"));
    assert_true(again.place.lon_e7 == -876168000);
}

/* Sets every field of a struct, and of its nested structs, to a value that depends on the seed. */
static void say_all(const lb_record *record, char *value, int seed)
{
    static const lb_span texts[] = {{"", 0}, {"新A12345", 9}, {"x", 1}};
    static const int64_t numbers[] = {0, -1, 127, 128, 40000, INT32_MAX, INT32_MIN + 1, LB_UNKNOWN};
    lb_record_init(record, value);
    for (size_t i = 0; i < record->count; i++, seed++) {
        const lb_row *row = &record->rows[i];
        char *member = value + row->ours;
        lb_any_list *list = (void *)member;
        switch (row->kind) {
        case FIELD_TEXT:
        case FIELD_BYTES:
            *(lb_span *)(void *)member = texts[seed % 3];
            break;
        case FIELD_INT:
        case FIELD_INT32:
            *(int64_t *)(void *)member = numbers[seed % 8];
            break;
        case FIELD_ENUM:
            *(int *)(void *)member =
                row->names->values[(unsigned)seed % row->names->n_values].value;
            break;
        case FIELD_BOOL:
            *(bool *)member = seed % 2 == 0;
            break;
        case FIELD_NEST:
            if (seed % 3 != 0)
                say_all(row->nested, member, seed);
            break;
        case FIELD_TEXTS:
        case FIELD_BLOBS:
            *(lb_text_list *)(void *)member =
                (lb_text_list){(lb_span *)(uintptr_t)texts, (size_t)seed % 4, 3};
            break;
        case FIELD_ENUMS:
            list->count = list->room = (size_t)seed % 3;
            list->at = lb_arena_alloc(&arena, 2 * sizeof(int));
            for (size_t e = 0; e < list->count; e++)
                ((int *)list->at)[e] =
                    row->names->values[((unsigned)seed + e) % row->names->n_values].value;
            break;
        case FIELD_LIST:
            list->count = list->room = (size_t)seed % 3;
            list->at = lb_arena_alloc(&arena, 2 * row->nested->size);
            for (size_t e = 0; e < list->count; e++)
                say_all(row->nested, (char *)list->at + e * row->nested->size, seed + (int)e);
            break;
        }
    }
}

/* Struct -> protobuf-c -> bytes, and struct -> own codec -> bytes: the same bytes each time. */
static void compare_with_protobuf_c(const lb_record *record, int seed)
{
    lb_span ours, again;
    lb_arena_reset(&arena);
    char *value = lb_arena_alloc(&arena, record->size),
         *back = lb_arena_alloc(&arena, record->size);
    say_all(record, value, seed);
    assert_int_equal(lb_record_pack(record, value, &arena, &ours), LB_OK);
    ProtobufCMessage *message =
        protobuf_c_message_unpack(record->descriptor, NULL, ours.len, (const uint8_t *)ours.at);
    assert_non_null(message);
    assert_int_equal(message->n_unknown_fields, 0);
    assert_int_equal(protobuf_c_message_get_packed_size(message), ours.len);
    uint8_t *theirs = lb_arena_alloc(&arena, ours.len + 1);
    protobuf_c_message_pack(message, theirs);
    protobuf_c_message_free_unpacked(message, NULL);
    assert_memory_equal(theirs, ours.at, ours.len);
    assert_int_equal(lb_record_unpack(record, ours, &arena, back), LB_OK);
    assert_int_equal(lb_record_pack(record, back, &arena, &again), LB_OK);
    assert_true(lb_span_equal(ours, again));
}

static void test_the_bytes_are_those_of_protobuf_c(void **state)
{
    (void)state;
    for (int seed = 0; seed < 200; seed++) {
#define COMPARE(name, type, message) compare_with_protobuf_c(&lb_record_##name, seed);
        LB_RECORDS(COMPARE)
#undef COMPARE
    }
}

/* Python writes each member in a field of its own, others all of them in one: both are read. */
static void test_a_list_of_an_enumeration_is_read_packed_too(void **state)
{
    static const char packed[] = {0x12, 3, 3, 1, 99}, apart[] = {0x10, 3, 0x10, 1, 0x10, 99};
    const lb_span both[] = {{packed, sizeof packed}, {apart, sizeof apart}};
    lb_span json = LB_EMPTY, where;
    lb_party party;
    int64_t offset;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(lb_record_unpack(&lb_record_party, both[i], &arena, &party), LB_OK);
        assert_int_equal(party.roles.count, 3);
        assert_int_equal(party.roles.at[0], LB_PARTY_OPERATOR);
        assert_int_equal(party.roles.at[1], LB_PARTY_CARRIER);
        assert_int_equal(party.roles.at[2], LB_PARTY_UNSPECIFIED); /* of a later revision */
    }
    party.roles.count = 2;
    assert_int_equal(lb_record_json(&lb_record_party, &party, &arena, &json), LB_OK);
    assert_true(lb_span_is(json, "{\"roles\":[\"OPERATOR\",\"CARRIER\"]}"));
    assert_int_equal(lb_record_from_json(&lb_record_party, json, &arena, &party, &where, &offset),
                     LB_OK);
    assert_int_equal(party.roles.count, 2);
    assert_int_equal(party.roles.at[1], LB_PARTY_CARRIER);
    const lb_span cut = {"\x12\x01\x83", 3}; /* a varint without its last byte */
    assert_int_equal(lb_record_unpack(&lb_record_party, cut, &arena, &party), LB_ERR_GARBLED);
}

static void test_an_action_of_the_audit_log_is_one_word(void **state)
{
    static const struct {
        lb_audit_action action;
        lb_ask ask;
        const char *word;
    } cases[] = {
        {LB_ACTION_SEND, LB_ASK_UNSPECIFIED, "SEND"},
        {LB_ACTION_ASK, LB_ASK_UNSPECIFIED, "ASK"},
        {LB_ACTION_ASK, LB_ASK_QUARANTINE_RELEASE, "ASK_QUARANTINE_RELEASE"},
        {LB_ACTION_CHANGE, LB_ASK_PARTY_ADD, "PARTY_ADD"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char word[LB_AUDIT_WORD_ROOM];
        lb_audit_note note;
        lb_record_init(&lb_record_audit_note, &note);
        note.action = cases[i].action;
        note.ask = cases[i].ask;
        assert_int_equal(lb_audit_print_word(word, &note), strlen(cases[i].word));
        assert_string_equal(word, cases[i].word);
    }
}

static void test_what_the_hub_adds_goes_behind_what_was_hashed(void **state)
{
    (void)state;
    lb_event event, again;
    lb_object objects[2];
    lb_span seals[1], bare, packed, whole = LB_EMPTY, apart = LB_EMPTY;
    fill_event(&event, objects, seals);
    event.prov.adapter = LB_SPAN("rail.taf");
    assert_int_equal(lb_record_pack(&lb_record_event, &event, &arena, &bare), LB_OK);
    event.event_id = LB_SPAN("0123456789abcdef");
    event.received_at_us = INT64_C(1773316800000000);
    event.prov.adapter_revision = 300;
    event.prov.raw_sha256 = LB_SPAN("0123456789abcdef0123456789abcdef");
    event.said = bare;
    assert_int_equal(lb_event_pack(&event, &arena, &packed), LB_OK);
    assert_int_equal(lb_record_unpack(&lb_record_event, packed, &arena, &again), LB_OK);
    assert_int_equal(lb_record_json(&lb_record_event, &event, &arena, &whole), LB_OK);
    assert_int_equal(lb_record_json(&lb_record_event, &again, &arena, &apart), LB_OK);
    assert_true(lb_span_equal(whole, apart));
    ProtobufCMessage *message = protobuf_c_message_unpack(lb_record_event.descriptor, NULL,
                                                          packed.len, (const uint8_t *)packed.at);
    assert_non_null(message);
    assert_true(protobuf_c_message_get_packed_size(message) < packed.len); /* put together */
    protobuf_c_message_free_unpacked(message, NULL);
}

static void test_bytes_that_end_too_early_are_refused(void **state)
{
    (void)state;
    lb_event event, again;
    lb_object objects[2];
    lb_span seals[1], packed;
    fill_event(&event, objects, seals);
    assert_int_equal(lb_record_pack(&lb_record_event, &event, &arena, &packed), LB_OK);
    for (size_t len = 0; len < packed.len; len++) { /* whole fields may be missing, never half */
        lb_err err = lb_record_unpack(&lb_record_event, lb_span_first(packed, len), &arena, &again);
        assert_true(err == LB_OK || err == LB_ERR_GARBLED);
    }
    /* a protobuf group */
    assert_int_equal(lb_record_unpack(&lb_record_event, LB_SPAN("\x03\x01"), &arena, &again),
                     LB_ERR_GARBLED);
    /* field 500, of a later revision */
    assert_int_equal(lb_record_unpack(&lb_record_event, LB_SPAN("\xa2\x1f\x01x"), &arena, &again),
                     LB_OK);
}

static void test_json_is_read_back(void **state)
{
    (void)state;
    lb_event event, again;
    lb_object objects[2];
    lb_span seals[1], json = LB_EMPTY, text = LB_EMPTY, text_again = LB_EMPTY, where;
    int64_t offset;
    fill_event(&event, objects, seals);
    assert_int_equal(lb_record_json(&lb_record_event, &event, &arena, &json), LB_OK);
    assert_int_equal(lb_record_from_json(&lb_record_event, json, &arena, &again, &where, &offset),
                     LB_OK);
    assert_int_equal(lb_record_text(&lb_record_event, &event, &arena, &text), LB_OK);
    assert_int_equal(lb_record_text(&lb_record_event, &again, &arena, &text_again), LB_OK);
    assert_true(lb_span_equal(text, text_again));
}

static void check_bad_json(const char *json, const char *must)
{
    lb_event event;
    lb_span where;
    int64_t offset;
    assert_int_equal(
        lb_record_from_json(&lb_record_event, lb_span_of(json), &arena, &event, &where, &offset),
        LB_ERR_GARBLED);
    if (memmem(where.at, where.len, must, strlen(must)) == NULL)
        fail_msg("%s: '%.*s' does not say '%s'", json, LB_ARG(where), must);
}

static void test_bad_json_is_refused_with_its_path(void **state)
{
    (void)state;
    check_bad_json("{\"typo\":1}", "typo: unknown name");
    check_bad_json("{\"type\":\"NOPE\"}", "type: no such name");
    check_bad_json("{\"objects\":[{},{\"id\":5}]}", "objects[1].id: not a text");
    check_bad_json("{\"occurred\":{\"utc_us\":\"yesterday\"}}", "occurred.utc_us: not a time");
    check_bad_json("[]", "not an object");
    check_bad_json("{", "line 1");
    check_bad_json("{\"type\":1,\"type\":2}", "line 1");
}

static void test_text_that_is_not_utf8_is_refused(void **state)
{
    (void)state;
    lb_event event;
    static const char bytes[] = "\x1a\x02\xff\xfe"; /* field 3, source_event_key */
    assert_int_equal(lb_record_unpack(&lb_record_event, LB_SPAN(bytes), &arena, &event),
                     LB_ERR_GARBLED);
    assert_int_equal(lb_record_unpack(&lb_record_event,
                                      LB_SPAN("\x1a\x05"
                                              "ab"),
                                      &arena, &event),
                     LB_ERR_GARBLED);
}

static void test_a_number_that_is_no_member_is_read_as_unspecified(void **state)
{
    (void)state;
    lb_event event;
    assert_int_equal(lb_record_unpack(&lb_record_event, LB_SPAN("\x58\x0b"), &arena, &event),
                     LB_OK);
    assert_int_equal(event.type, LB_EVENT_UNSPECIFIED);
}

static void test_memory_that_is_used_up_is_an_error(void **state)
{
    (void)state;
    lb_event event;
    lb_object objects[2];
    lb_span seals[1], packed;
    lb_arena small;
    fill_event(&event, objects, seals);
    lb_arena_init(&small, 64);
    assert_int_equal(lb_record_pack(&lb_record_event, &event, &small, &packed), LB_ERR_NO_MEMORY);
    lb_arena_fini(&small);
}

static void test_utf8_is_distinguished_from_what_is_not(void **state)
{
    (void)state;
    static const char *const good[] = {"", "abc", "\xc2\xa9", "\xe4\xb8\xad", "\xf0\x9f\x9a\x82"};
    static const char *const bad[] = {"\x80",     "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80",
                                      "\xe4\xb8", "a\xff"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(lb_utf8_is_valid(lb_span_of(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(lb_utf8_is_valid(lb_span_of(bad[i])));
    assert_false(lb_utf8_is_valid((lb_span){"a\0b", 3}));
}

static lb_span pack_submit(const char *source, lb_span body)
{
    lb_message message = {.body = body};
    lb_submit submit;
    lb_span bytes;

    lb_record_init(&lb_record_submit, &submit);
    submit.source = lb_span_of(source);
    submit.messages = (lb_message_list){&message, 1, 1};
    assert_int_equal(lb_record_pack(&lb_record_submit, &submit, &arena, &bytes), LB_OK);
    return bytes;
}

static void test_one_text_is_found_without_reading_the_rest(void **state)
{
    lb_span bytes = pack_submit("cz-cargo", LB_SPAN("a body"));

    (void)state;
    assert_true(lb_span_is(lb_record_peek(bytes, 2), "cz-cargo"));
    assert_int_equal(lb_record_peek(bytes, 9).len, 0);
    assert_int_equal(lb_record_peek(pack_submit("", LB_SPAN("a body")), 2).len, 0);
    for (size_t len = 0; len < bytes.len;
         len++) /* cut anywhere: either nothing, or the same as from the whole */
        if (lb_record_peek(lb_span_first(bytes, len), 2).len > 0) {
            lb_submit submit;
            assert_int_equal(
                lb_record_unpack(&lb_record_submit, lb_span_first(bytes, len), &arena, &submit),
                LB_OK);
        }
    assert_int_equal(lb_record_peek(LB_SPAN("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), 2).len,
                     0);
}

static void test_what_is_lent_points_into_its_bytes(void **state)
{
    lb_span bytes = pack_submit("cz-cargo", LB_SPAN("a body"));
    lb_submit lent, copied;

    (void)state;
    assert_int_equal(lb_record_unpack_lent(&lb_record_submit, bytes, &arena, &lent), LB_OK);
    assert_int_equal(lb_record_unpack(&lb_record_submit, bytes, &arena, &copied), LB_OK);
    assert_true(lb_span_is(lent.messages.at[0].body, "a body"));
    assert_true(lb_span_equal(lent.source, copied.source));
    assert_true(lent.source.at >= bytes.at && lent.source.at < bytes.at + bytes.len);
    assert_false(copied.source.at >= bytes.at && copied.source.at < bytes.at + bytes.len);
    assert_int_equal(lb_record_unpack_lent(&lb_record_submit, lb_span_first(bytes, bytes.len - 1),
                                           &arena, &lent),
                     LB_ERR_GARBLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field_of_the_proto_has_its_row),
        cmocka_unit_test(test_enumerations_have_the_same_numbers_in_c_and_in_the_proto),
        cmocka_unit_test(test_an_unknown_value_stays_unknown_over_the_wire),
        cmocka_unit_test(test_an_event_comes_back_as_it_was),
        cmocka_unit_test(test_the_bytes_are_those_of_protobuf_c),
        cmocka_unit_test(test_a_list_of_an_enumeration_is_read_packed_too),
        cmocka_unit_test(test_an_action_of_the_audit_log_is_one_word),
        cmocka_unit_test(test_what_the_hub_adds_goes_behind_what_was_hashed),
        cmocka_unit_test(test_bytes_that_end_too_early_are_refused),
        cmocka_unit_test(test_json_is_read_back),
        cmocka_unit_test(test_bad_json_is_refused_with_its_path),
        cmocka_unit_test(test_text_that_is_not_utf8_is_refused),
        cmocka_unit_test(test_a_number_that_is_no_member_is_read_as_unspecified),
        cmocka_unit_test(test_memory_that_is_used_up_is_an_error),
        cmocka_unit_test(test_utf8_is_distinguished_from_what_is_not),
        cmocka_unit_test(test_one_text_is_found_without_reading_the_rest),
        cmocka_unit_test(test_what_is_lent_points_into_its_bytes),
    };
    return cmocka_run_group_tests_name("record", tests, open_arena, close_arena);
}
