/* test_sink - the sink: limits, doubts, refusals, text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record.h"
#include "sink.h"

#define NOON_US INT64_C(1773316800000000) /* 2026-03-12T12:00:00Z */

/* A toy format: each byte of the message is a command. e event, d doubt at this byte, r refusal
 * at this byte, m a megabyte of memory */
static lb_verdict read_orders(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    lb_event *event = NULL;
    (void)reading;
    lb_sink_message_info(sink)->party = LB_SPAN("TOY");
    for (size_t i = 0; i < message.len; i++) {
        lb_span order = {message.at + i, 1};
        if (*order.at == 'e')
            event = lb_say(sink);
        else if (*order.at == 'd')
            lb_doubt(sink, event, order, LB_DOUBT_GRAMMAR_ODD);
        else if (*order.at == 'm')
            lb_sink_alloc(sink, 1024 * 1024);
        else if (*order.at == 'r')
            return lb_refuse(sink, LB_VERDICT_GARBLED, order, "'%.*s' is not liked", LB_ARG(order));
    }
    return LB_VERDICT_READ;
}

static const lb_adapter toy = {
    .name = "hub.toy",
    .revision = 3,
    .max_message = 20,
    .max_events = 4,
    .read = read_orders,
};

static lb_sink *sink;

static int open_sink(void **state)
{
    (void)state;
    return lb_sink_open(&sink, 512 * 1024) == LB_OK ? 0 : -1;
}

static int close_sink(void **state)
{
    (void)state;
    lb_sink_close(&sink);
    assert_null(sink);
    lb_sink_close(&sink); /* closing nothing is fine */
    return 0;
}

static lb_verdict read_toy(lb_span message)
{
    const lb_reading reading = {.received_us = NOON_US, .source = lb_source_default()};
    lb_sink_reset(sink);
    return lb_adapter_read(&toy, &reading, message, sink);
}

static void test_what_is_read_is_stamped_and_finished(void **state)
{
    (void)state;
    assert_int_equal(read_toy(LB_SPAN("ee")), LB_VERDICT_READ);
    assert_int_equal(lb_sink_count(sink), 2);
    const lb_event *event = lb_sink_event(sink, 1);
    assert_true(event->received_at_us == NOON_US);
    assert_true(lb_span_is(event->prov.adapter, "hub.toy"));
    assert_int_equal(event->prov.adapter_revision, 3);
    assert_true(lb_span_is(event->prov.party, "TOY"));
    assert_true(lb_span_is(event->prov.source_id, "local"));
    assert_int_equal(event->event_id.len, 16);
    assert_null(lb_sink_refusal(sink));
}

static void test_a_message_may_be_as_long_as_the_limit_and_no_longer(void **state)
{
    (void)state;
    assert_int_equal(read_toy(LB_SPAN("ddddddddddddddddddd")), LB_VERDICT_READ);  /* 19 */
    assert_int_equal(read_toy(LB_SPAN("dddddddddddddddddddd")), LB_VERDICT_READ); /* 20 */
    assert_int_equal(read_toy(LB_SPAN("ddddddddddddddddddddd")), LB_VERDICT_TOO_MUCH);
    assert_int_equal(lb_sink_doubts(sink), 0); /* the adapter was not called */
    assert_true(lb_span_is(lb_sink_refusal(sink)->text, "21 bytes; hub.toy reads 20 at most"));
}

static void test_as_many_events_as_the_limit_and_no_more(void **state)
{
    (void)state;
    assert_int_equal(read_toy(LB_SPAN("eee")), LB_VERDICT_READ);
    assert_int_equal(read_toy(LB_SPAN("eeee")), LB_VERDICT_READ);
    assert_int_equal(lb_sink_count(sink), 4);
    assert_int_equal(read_toy(LB_SPAN("eeeee")), LB_VERDICT_TOO_MUCH);
    assert_int_equal(lb_sink_count(sink), 0); /* events before the refusal are discarded */
    assert_true(lb_span_is(lb_sink_refusal(sink)->text, "more than 4 events in one message"));
}

static void test_lack_of_memory_is_reported_at_the_end(void **state)
{
    (void)state;
    assert_int_equal(read_toy(LB_SPAN("emedee")), LB_VERDICT_TOO_MUCH);
    assert_int_equal(lb_sink_count(sink), 0);
    assert_true(lb_sink_refusal(sink)->text.len > 0);
    assert_int_equal(read_toy(LB_SPAN("e")), LB_VERDICT_READ); /* and the sink is usable again */
    assert_int_equal(lb_sink_count(sink), 1);
}

static void test_a_sink_without_any_memory_still_takes_everything(void **state)
{
    (void)state;
    lb_sink *tiny = NULL;
    assert_int_equal(lb_sink_open(&tiny, 64), LB_OK);
    const lb_reading reading = {.received_us = NOON_US, .source = lb_source_default()};
    lb_verdict verdict = lb_adapter_read(&toy, &reading, LB_SPAN("edr"), tiny);
    assert_int_equal(verdict, LB_VERDICT_TOO_MUCH);
    assert_int_equal(lb_sink_count(tiny), 0);
    lb_event *event = lb_say(tiny);
    assert_non_null(event);
    assert_null(lb_event_object_guess(event, LB_ROLE_SUBJECT, LB_SPAN("LBKU2048176")));
    assert_int_equal(lb_sink_copy(tiny, LB_SPAN("a text longer than all of the sixty-four bytes "
                                                "that this sink may ever have"))
                         .len,
                     0);
    lb_sink_close(&tiny);
}

static void test_a_refusal_has_an_offset_and_the_first_one_counts(void **state)
{
    (void)state;
    assert_int_equal(read_toy(LB_SPAN("edrr")), LB_VERDICT_GARBLED);
    const lb_refusal *refusal = lb_sink_refusal(sink);
    assert_int_equal(refusal->verdict, LB_VERDICT_GARBLED);
    assert_int_equal(refusal->offset, 2);
    assert_true(lb_span_is(refusal->text, "'r' is not liked"));
    assert_int_equal(lb_sink_count(sink), 0);
    lb_refuse(sink, LB_VERDICT_CUT_SHORT, LB_EMPTY, "later");
    assert_int_equal(lb_sink_refusal(sink)->verdict, LB_VERDICT_GARBLED);
    assert_int_equal(lb_sink_doubts(sink), 1); /* doubts stay, and belong to no event now */
    assert_true(lb_sink_doubt(sink, 0)->event == SIZE_MAX);
}

static void test_a_refusal_is_text_whatever_it_quotes(void **state)
{
    (void)state;
    lb_refuse(sink, LB_VERDICT_GARBLED, LB_EMPTY, "odd: %s", "\xce\xf7\xb0");
    assert_true(lb_utf8_is_valid(lb_sink_refusal(sink)->text));
    assert_int_equal(lb_sink_refusal(sink)->offset, 0);
}

static void test_a_doubt_knows_its_bytes_and_its_event(void **state)
{
    (void)state;
    assert_int_equal(read_toy(LB_SPAN("deed")), LB_VERDICT_READ);
    assert_int_equal(lb_sink_doubts(sink), 2);
    assert_true(lb_sink_doubt(sink, 0)->event == SIZE_MAX); /* of the message as a whole */
    const lb_doubt_note *note = lb_sink_doubt(sink, 1);
    assert_int_equal(note->event, 1);
    assert_int_equal(note->offset, 3);
    assert_int_equal(note->len, 1);
    assert_true(lb_span_is(note->text, "d"));
    assert_int_equal(lb_sink_event(sink, 1)->quality_flags, LB_FLAG(LB_DOUBT_GRAMMAR_ODD));
    assert_int_equal(lb_sink_event(sink, 0)->quality_flags, 0);
}

static lb_span doubt_about(lb_span where)
{
    lb_doubt(sink, NULL, where, LB_DOUBT_GRAMMAR_ODD);
    const lb_doubt_note *note = lb_sink_doubt(sink, lb_sink_doubts(sink) - 1);
    assert_true(note->offset == LB_UNKNOWN); /* not from a message */
    return note->text;
}

static void test_odd_bytes_are_shown_as_text_or_in_hex_and_never_at_length(void **state)
{
    (void)state;
    char long_text[300];
    assert_true(lb_span_is(doubt_about(LB_SPAN("奎屯")), "奎屯"));
    assert_true(lb_span_is(doubt_about(LB_SPAN("\x01\xff")), "0x01FF"));
    assert_int_equal(doubt_about(LB_EMPTY).len, 0);
    memset(long_text, 'a', sizeof long_text);
    memcpy(long_text + 199, "奎", 3); /* a character over the cut */
    assert_int_equal(doubt_about((lb_span){long_text, sizeof long_text}).len, 199);
    memset(long_text, 0xff, sizeof long_text);
    assert_int_equal(doubt_about((lb_span){long_text, sizeof long_text}).len, 2 + 64);
}

static void test_doubts_are_counted_out(void **state)
{
    (void)state;
    lb_sink *wide = NULL;
    assert_int_equal(lb_sink_open(&wide, 16 * 1024 * 1024), LB_OK);
    for (int i = 0; i < 10001; i++)
        lb_doubt(wide, NULL, LB_EMPTY, LB_DOUBT_GRAMMAR_ODD);
    assert_int_equal(lb_sink_doubts(wide), 10000);
    lb_event *event = lb_say(wide);
    lb_doubt(wide, event, LB_EMPTY, LB_DOUBT_LATE); /* the flag is set all the same */
    assert_int_equal(event->quality_flags, LB_FLAG(LB_DOUBT_LATE));
    lb_sink_close(&wide);
}

static void test_text_of_another_charset_becomes_utf8(void **state)
{
    (void)state;
    lb_event *event = lb_say(sink);
    const lb_span kept = LB_SPAN("奎屯");
    assert_true(
        lb_span_is(lb_sink_utf8(sink, event, "GB18030", LB_SPAN("\xce\xf7\xb0\xb2")), "西安"));
    assert_true(lb_span_is(
        lb_sink_utf8(sink, event, "ISO-8859-5", LB_SPAN("\xb4\xe0\xe3\xd6\xd1\xd0")), "Дружба"));
    assert_ptr_equal(lb_sink_utf8(sink, event, "UTF-8", kept).at, kept.at);
    assert_int_equal(lb_sink_doubts(sink), 0);
}

static void test_text_that_is_none_is_repaired_with_a_doubt(void **state)
{
    (void)state;
    lb_event *event = lb_say(sink);
    assert_true(
        lb_span_is(lb_sink_utf8(sink, event, "UTF-8", LB_SPAN("a\xff z")), "a\xef\xbf\xbd z"));
    assert_true(lb_span_is(lb_sink_utf8(sink, event, "ASCII", LB_SPAN("a\0z")), "a\xef\xbf\xbdz"));
    assert_true(lb_utf8_is_valid(lb_sink_utf8(sink, event, "GB18030", LB_SPAN("\xce\xf7\xb0"))));
    assert_true(lb_utf8_is_valid(lb_sink_utf8(sink, event, "no such charset", LB_SPAN("\xce"))));
    assert_int_equal(event->quality_flags, LB_FLAG(LB_DOUBT_CHARSET_REPAIRED));
    assert_int_equal(lb_sink_doubts(sink), 4);
}

static void test_a_format_without_adapter_is_not_read(void **state)
{
    (void)state;
    const lb_reading reading = {.received_us = NOON_US, .source = lb_source_default()};
    assert_int_equal(lb_adapter_read(NULL, &reading, LB_SPAN("?"), sink), LB_VERDICT_NOT_MINE);
    assert_int_equal(lb_verdict_err(LB_VERDICT_NOT_MINE), LB_ERR_NOT_READ);
    assert_int_equal(lb_verdict_err(LB_VERDICT_TOO_MUCH), LB_ERR_TOO_BIG);
    assert_string_equal(lb_verdict_name(LB_VERDICT_CUT_SHORT), "CUT_SHORT");
    assert_string_equal(lb_verdict_name(LB_VERDICTS), "UNKNOWN");
}

static void test_a_reply_that_is_too_long_is_cut_and_sets_is_full(void **state)
{
    (void)state;
    char bytes[5];
    lb_reply reply = {.at = bytes, .room = sizeof bytes};
    lb_reply_put(&reply, LB_SPAN("abc"));
    lb_reply_put(&reply, LB_EMPTY);
    assert_false(reply.is_full);
    lb_reply_put(&reply, LB_SPAN("de"));
    assert_false(reply.is_full);
    lb_reply_put(&reply, LB_SPAN("f"));
    assert_true(reply.is_full);
    assert_memory_equal(bytes, "abcde", 5);
}

/* -- limits of one event ------------------------------------------------------------------------------ */

static size_t asked; /* the number of parts that the adapter below makes */

static lb_verdict say_lines(const lb_reading *reading, lb_span message, lb_sink *into)
{
    lb_event *event = lb_say(into);
    (void)reading;
    for (size_t i = 0; i < asked; i++)
        lb_join(into, &event->remark, "; ", lb_span_first(message, 1));
    return LB_VERDICT_READ;
}

static lb_verdict say_objects(const lb_reading *reading, lb_span message, lb_sink *into)
{
    lb_event *event = lb_say(into);
    (void)reading;
    lb_part(into, lb_span_after(message, 2), "row", 17);
    for (size_t i = 0; i < asked; i++)
        lb_event_object(event, LB_ROLE_OTHER, LB_KIND_PIECE, LB_SCHEME_ADHOC,
                        lb_sink_print(into, "P%zu", i));
    return LB_VERDICT_READ;
}

static lb_verdict say_references(const lb_reading *reading, lb_span message, lb_sink *into)
{
    lb_event *event = lb_say(into);
    (void)reading;
    (void)message;
    for (size_t i = 0; i < asked; i++)
        lb_event_reference(event, LB_SCHEME_ADHOC, lb_sink_print(into, "R%zu", i), LB_EMPTY);
    return LB_VERDICT_READ;
}

static lb_verdict say_associations(const lb_reading *reading, lb_span message, lb_sink *into)
{
    const lb_object wagon = {.id = LB_SPAN("W")}, box = {.id = message};
    lb_event *event = lb_say(into);
    (void)reading;
    for (size_t i = 0; i < asked; i++)
        lb_event_assoc(event, LB_ASSOC_ADD, &wagon, &box);
    return LB_VERDICT_READ;
}

static lb_verdict say_seals(const lb_reading *reading, lb_span message, lb_sink *into)
{
    lb_event *event = lb_say(into);
    (void)reading;
    for (size_t i = 0; i < asked; i++)
        lb_event_seal_number(event, message);
    return LB_VERDICT_READ;
}

static lb_verdict say_capacities(const lb_reading *reading, lb_span message, lb_sink *into)
{
    lb_event *event = lb_say(into);
    (void)reading;
    (void)message;
    for (size_t i = 0; i < asked; i++)
        lb_event_capacity(event, LB_UNIT_MILLI_TEU, LB_CAP_NOMINAL, 1);
    return LB_VERDICT_READ;
}

/* Lines joined to many texts, each as long as a text may be: the last of them is that of the event. */
static lb_verdict say_parts(const lb_reading *reading, lb_span message, lb_sink *into)
{
    lb_span text = LB_EMPTY;
    (void)reading;
    for (size_t i = 0; i < asked; i++) {
        if (i % (LB_EVENT_LINES - 1) == 0)
            text = lb_span_first(message, 1);
        lb_join(into, &text, "", lb_span_first(message, 1));
    }
    lb_say(into)->remark = text;
    return LB_VERDICT_READ;
}

/* As many containers as wagons in one loading. */
static lb_verdict say_crowd(const lb_reading *reading, lb_span message, lb_sink *into)
{
    lb_event *event = lb_say(into);
    (void)reading;
    (void)message;
    lb_event_is(event, LB_EVENT_LOAD, LB_CLASSIFIER_ACTUAL, LB_MODE_RAIL);
    for (size_t i = 0; i < asked; i++) {
        lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONTAINER, LB_SCHEME_ADHOC,
                        lb_sink_print(into, "C%zu", i));
        lb_event_object(event, LB_ROLE_MEANS, LB_KIND_WAGON, LB_SCHEME_ADHOC,
                        lb_sink_print(into, "W%zu", i));
    }
    return LB_VERDICT_READ;
}

static lb_verdict verdict_of(lb_verdict (*say)(const lb_reading *, lb_span, lb_sink *),
                             size_t count)
{
    const lb_adapter adapter = {
        .name = "hub.toy", .revision = 1, .max_message = 20, .max_events = 1, .read = say};
    const lb_reading reading = {NOON_US, lb_source_default()};
    lb_sink_close(&sink);
    assert_int_equal(lb_sink_open(&sink, 64 * 1024 * 1024), LB_OK);
    asked = count;
    return lb_adapter_read(&adapter, &reading, LB_SPAN("abcdef"), sink);
}

static void assert_limit(lb_verdict (*say)(const lb_reading *, lb_span, lb_sink *), size_t most,
                         const char *words)
{
    assert_int_equal(verdict_of(say, most - 1), LB_VERDICT_READ);
    assert_int_equal(verdict_of(say, most), LB_VERDICT_READ);
    assert_int_equal(lb_sink_count(sink), 1);
    assert_int_equal(verdict_of(say, most + 1), LB_VERDICT_TOO_MUCH);
    assert_int_equal(lb_sink_count(sink), 0);
    assert_string_equal(lb_sink_print(sink, "%.*s", LB_ARG(lb_sink_refusal(sink)->text)).at, words);
}

static void test_what_one_event_may_hold_is_limited_by_name(void **state)
{
    (void)state;
    assert_limit(say_lines, LB_EVENT_LINES, "more than 1000 lines of one text");
    assert_limit(say_references, LB_EVENT_REFERENCES, "more than 1000 references of one event");
    assert_limit(say_objects, LB_EVENT_OBJECTS, "more than 10000 objects of one event, in row 17");
    assert_int_equal(lb_sink_refusal(sink)->offset, 2);
    assert_limit(say_crowd, LB_EVENT_CROWD,
                 "one event puts 17 objects on 17 others, more than 16 on more than 16");
}

static void test_what_one_message_may_hold_is_limited_by_name(void **state)
{
    (void)state;
    assert_limit(say_associations, LB_EVENT_ASSOCIATIONS,
                 "more than 10000 associations of one event");
    assert_limit(say_seals, LB_EVENT_TEXTS, "more than 1000 seals, damages or reasons");
    assert_limit(say_capacities, LB_EVENT_CAPACITIES, "more than 10000 lines of one capacity");
    assert_limit(say_parts, LB_MESSAGE_PARTS,
                 "more than 4000000 objects, references and texts in one message");
}

static void test_no_part_of_a_message_is_lost_at_the_limit(void **state)
{
    (void)state;
    assert_int_equal(verdict_of(say_parts, LB_MESSAGE_PARTS), LB_VERDICT_READ);
    assert_int_equal(lb_sink_event(sink, 0)->remark.len,
                     LB_MESSAGE_PARTS % (LB_EVENT_LINES - 1) + 1);
}

static void test_joined_lines_stand_behind_each_other(void **state)
{
    (void)state;
    lb_span one = LB_EMPTY, other = LB_SPAN("x");
    lb_join(sink, &one, "; ", LB_SPAN("a"));
    lb_join(sink, &one, "; ", LB_SPAN("b"));
    lb_span kept = one;
    lb_join(sink, &one, "; ", LB_SPAN("c"));
    lb_join(sink, &other, " ", LB_SPAN("y"));
    lb_join(sink, &one, "; ", LB_SPAN("d"));
    lb_join(sink, &kept, "; ", LB_SPAN("e"));
    assert_true(lb_span_is(one, "a; b; c; d"));
    assert_true(lb_span_is(other, "x y"));
    assert_true(lb_span_is(kept, "a; b; e"));
}

/* GB 18030 has two bytes for each of these characters, UTF-8 has three. */
static lb_verdict doubt_a_long_copy(const lb_reading *reading, lb_span message, lb_sink *into)
{
    (void)reading;
    lb_span copy = lb_sink_utf8(into, NULL, "GB18030", message);
    static const size_t places[] = {6000, 9000, 3, 5997, 0};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        lb_doubt(into, NULL, lb_span_first(lb_span_after(copy, places[i]), 3),
                 LB_DOUBT_GRAMMAR_ODD);
    return LB_VERDICT_READ;
}

static void test_a_doubt_far_inside_a_transcoded_message_knows_its_bytes(void **state)
{
    (void)state;
    enum { CHARACTERS = 4000 };
    static char bytes[2 * CHARACTERS];
    const lb_adapter adapter = {.name = "hub.toy",
                                .revision = 1,
                                .max_message = sizeof bytes,
                                .max_events = 1,
                                .read = doubt_a_long_copy};
    const lb_reading reading = {NOON_US, lb_source_default()};
    for (size_t i = 0; i < CHARACTERS; i++)
        memcpy(bytes + 2 * i, "\xce\xda", 2);
    assert_int_equal(lb_adapter_read(&adapter, &reading, (lb_span){bytes, sizeof bytes}, sink),
                     LB_VERDICT_READ);
    static const int64_t offsets[] = {4000, 6000, 2, 3998, 0};
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++)
        assert_int_equal(lb_sink_doubt(sink, i)->offset, offsets[i]);
}

/* -- events that are taken as soon as they are finished ------------------------------------------------- */

static size_t taken;

static void take(void *who, lb_event *event)
{
    assert_ptr_equal(who, &taken);
    assert_int_equal(event->event_id.len, 16);
    taken++;
}

static lb_verdict say_and_finish(const lb_reading *reading, lb_span message, lb_sink *into)
{
    (void)reading;
    for (size_t i = 0; i < message.len; i++) {
        lb_event *event = lb_say(into);
        event->remark = lb_span_first(lb_span_after(message, i), 1);
        lb_doubt(into, event, event->remark, LB_DOUBT_GRAMMAR_ODD);
        if (message.at[i] == 'f')
            lb_said(into);
    }
    return LB_VERDICT_READ;
}

static void test_finished_events_are_handed_over_once_and_their_memory_is_used_again(void **state)
{
    (void)state;
    const lb_adapter adapter = {.name = "hub.toy",
                                .revision = 1,
                                .max_message = 20,
                                .max_events = 9,
                                .read = say_and_finish};
    const lb_reading reading = {NOON_US, lb_source_default()};
    lb_sink_hand_over(sink, take, &taken);
    taken = 0;
    assert_int_equal(lb_adapter_read(&adapter, &reading, LB_SPAN("eefeffe"), sink),
                     LB_VERDICT_READ);
    assert_int_equal(taken, 7);
    assert_int_equal(lb_sink_count(sink), 7);
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(lb_sink_doubt(sink, i)->event, i);
    lb_sink_reset(sink);
    assert_int_equal(lb_adapter_read(&adapter, &reading, LB_SPAN("eeeeeffffff"), sink),
                     LB_VERDICT_TOO_MUCH);
    assert_int_equal(lb_sink_count(sink), 0);
}

int main(void)
{
#define WITH_SINK(test) cmocka_unit_test_setup_teardown(test, open_sink, close_sink)
    const struct CMUnitTest tests[] = {
        WITH_SINK(test_what_is_read_is_stamped_and_finished),
        WITH_SINK(test_a_message_may_be_as_long_as_the_limit_and_no_longer),
        WITH_SINK(test_as_many_events_as_the_limit_and_no_more),
        WITH_SINK(test_lack_of_memory_is_reported_at_the_end),
        WITH_SINK(test_a_sink_without_any_memory_still_takes_everything),
        WITH_SINK(test_a_refusal_has_an_offset_and_the_first_one_counts),
        WITH_SINK(test_a_refusal_is_text_whatever_it_quotes),
        WITH_SINK(test_a_doubt_knows_its_bytes_and_its_event),
        WITH_SINK(test_odd_bytes_are_shown_as_text_or_in_hex_and_never_at_length),
        WITH_SINK(test_doubts_are_counted_out),
        WITH_SINK(test_text_of_another_charset_becomes_utf8),
        WITH_SINK(test_text_that_is_none_is_repaired_with_a_doubt),
        WITH_SINK(test_a_format_without_adapter_is_not_read),
        WITH_SINK(test_a_reply_that_is_too_long_is_cut_and_sets_is_full),
        WITH_SINK(test_what_one_event_may_hold_is_limited_by_name),
        WITH_SINK(test_what_one_message_may_hold_is_limited_by_name),
        WITH_SINK(test_no_part_of_a_message_is_lost_at_the_limit),
        WITH_SINK(test_joined_lines_stand_behind_each_other),
        WITH_SINK(test_a_doubt_far_inside_a_transcoded_message_knows_its_bytes),
        WITH_SINK(test_finished_events_are_handed_over_once_and_their_memory_is_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
