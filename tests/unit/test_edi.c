/* EDIFACT interchanges: separators, segments, values, envelope. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "edi_segments.h"
#include "rec24.h"

typedef struct bench {
    lb_sink *sink;
    lb_reading reading;
    lb_edi edi;
    lb_edi_cursor cursor;
} bench;

static int lay(void **state)
{
    bench *d = calloc(1, sizeof *d);
    assert_int_equal(lb_sink_open(&d->sink, 64 * 1024 * 1024), LB_OK);
    d->reading = (lb_reading){.received_us = 0, .source = lb_source_default()};
    *state = d;
    return 0;
}

static int clear(void **state)
{
    bench *d = *state;
    lb_sink_close(&d->sink);
    free(d);
    return 0;
}

static lb_verdict open_text(bench *d, const char *text)
{
    return lb_edi_open(&d->edi, &d->reading, lb_span_of(text), d->sink, &d->cursor);
}

static lb_edi_segment next(bench *d)
{
    lb_edi_segment segment = {0};
    assert_true(lb_edi_next(&d->edi, &d->cursor, &segment));
    return segment;
}

static void assert_text(lb_span got, const char *wanted)
{
    if (!lb_span_is(got, wanted))
        fail_msg("\"%.*s\", not \"%s\"", LB_ARG(got), wanted);
}

#define UNB "UNB+UNOC:3+A+B+260312:0930+1'"

static void test_empty_elements_count(void **state)
{
    bench *d = *state;
    assert_int_equal(open_text(d, UNB "LOC+5++:a'"), LB_VERDICT_READ);
    lb_edi_segment loc = next(d);
    assert_text(loc.tag, "LOC");
    assert_int_equal(loc.number, 2);
    assert_text(lb_edi_value(&d->edi, &loc, 1, 1), "5");
    assert_text(lb_edi_value(&d->edi, &loc, 2, 1), "");
    assert_text(lb_edi_value(&d->edi, &loc, 3, 1), "");
    assert_text(lb_edi_value(&d->edi, &loc, 3, 2), "a");
    assert_text(lb_edi_value(&d->edi, &loc, 4, 1), "");
    assert_text(lb_edi_value(&d->edi, &loc, 99, 99), "");
}

static void test_a_released_separator_separates_nothing(void **state)
{
    bench *d = *state;
    assert_int_equal(open_text(d, UNB "FTX+a?+b?:c??+it?'s'LOC+1'"), LB_VERDICT_READ);
    lb_edi_segment ftx = next(d);
    assert_text(lb_edi_value(&d->edi, &ftx, 1, 1), "a+b:c?");
    assert_text(lb_edi_value(&d->edi, &ftx, 2, 1), "it's");
    lb_edi_segment loc = next(d);
    assert_text(loc.tag, "LOC");
}

static void test_una_may_name_other_separators_and_no_release(void **state)
{
    bench *d = *state;
    assert_int_equal(open_text(d, "UNA|*.  ~UNB*UNOA|2*A*B*260312|0930*1~FTX*a?*b|c~"),
                     LB_VERDICT_READ);
    lb_edi_segment ftx = next(d);
    assert_text(lb_edi_value(&d->edi, &ftx, 1, 1), "a?");
    assert_text(lb_edi_value(&d->edi, &ftx, 2, 2), "c");
}

static void test_an_asterisk_repeats_from_version_4_only(void **state)
{
    bench *d = *state;
    open_text(d, UNB "RFF+a*b'");
    lb_edi_segment rff = next(d);
    assert_text(lb_edi_value(&d->edi, &rff, 1, 1), "a*b");
    assert_text(lb_edi_repeated(&d->edi, &rff, 1, 1, 1), "");

    open_text(d, "UNB+UNOY:4+A+B+20260312:0930+1'RFF+a*b:c'");
    rff = next(d);
    assert_text(lb_edi_value(&d->edi, &rff, 1, 1), "a");
    assert_text(lb_edi_repeated(&d->edi, &rff, 1, 1, 2), "c");
}

static void test_blanks_between_segments_are_skipped(void **state)
{
    bench *d = *state;
    assert_int_equal(open_text(d, "\xef\xbb\xbf \r\nUNB+UNOA:1+A+B+260312:0930+1'\r\n ;LOC+1'"),
                     LB_VERDICT_READ);
    assert_text(next(d).tag, "LOC");
}

static void test_lines_may_end_segments(void **state)
{
    bench *d = *state;
    assert_int_equal(open_text(d, "UNB+UNOA:1+A+B+260312:0930+1\r\nLOC+5+CNULZ\r\nDTM+7:1:102"),
                     LB_VERDICT_READ);
    assert_true(d->edi.is_guessed);
    assert_int_equal(lb_sink_doubt(d->sink, 0)->code, LB_DOUBT_SEPARATOR_GUESSED);
    lb_edi_segment loc = next(d);
    assert_text(lb_edi_value(&d->edi, &loc, 2, 1), "CNULZ");
    assert_text(next(d).tag, "DTM");
}

static void test_a_quote_before_the_first_line_end_ends_segments(void **state)
{
    bench *d = *state;
    open_text(d, "UNB+UNOA:1+A+B+260312:0930+1'\nLOC+5+X'\n");
    assert_int_equal(d->edi.terminator, '\'');
    assert_false(d->edi.is_guessed);
}

static void test_a_line_that_begins_a_segment_shows_a_forgotten_terminator(void **state)
{
    bench *d = *state;
    open_text(d, UNB "LOC+5+X\nDTM+7:1:102'");
    assert_text(next(d).where, "LOC+5+X");
    assert_text(next(d).where, "DTM+7:1:102");
}

static void test_a_charset_is_that_of_the_header(void **state)
{
    bench *d = *state;
    open_text(d, UNB "FTX+D\xfcren'");
    lb_edi_segment ftx = next(d);
    assert_text(lb_edi_value(&d->edi, &ftx, 1, 1), "Düren");
    assert_int_equal(lb_sink_doubts(d->sink), 0);

    open_text(d, "UNB+UNOA:1+A+B+260312:0930+1'FTX+D\xfcren'");
    ftx = next(d);
    assert_text(lb_edi_value(&d->edi, &ftx, 1, 1), "Düren");
    assert_int_equal(lb_sink_doubt(d->sink, 0)->code, LB_DOUBT_CHARSET_REPAIRED);
}

/* -- limits ----------------------------------------------------------------------------------- */

/* A segment of `len` bytes with elements of `element` bytes, as far as they go. */
static lb_verdict read_long(bench *d, size_t len, size_t element)
{
    static char text[2 * LB_EDI_MAX_SEGMENT];
    static const lb_edi_kind none[] = {{NULL, NULL}};
    const size_t head = sizeof UNB - 1;
    memcpy(text, UNB, head);
    memcpy(text + head, "FTX", 3);
    for (size_t i = 3; i < len; i++)
        text[head + i] = (i - 3) % (element + 1) == 0 ? '+' : 'x';
    memcpy(text + head + len, "'UNZ+0+1'", 9);
    lb_sink_reset(d->sink);
    return lb_edi_read(&d->reading, (lb_span){text, head + len + 9}, d->sink, none);
}

/* GARBLED: it was framed, and has no message in it. */
static void test_an_element_has_a_limit(void **state)
{
    bench *d = *state;
    assert_int_equal(read_long(d, 8000, LB_EDI_MAX_ELEMENT - 1), LB_VERDICT_GARBLED);
    assert_int_equal(read_long(d, 8000, LB_EDI_MAX_ELEMENT), LB_VERDICT_GARBLED);
    assert_int_equal(read_long(d, 8000, LB_EDI_MAX_ELEMENT + 1), LB_VERDICT_TOO_MUCH);
}

static void test_a_segment_has_a_limit(void **state)
{
    bench *d = *state;
    assert_int_equal(read_long(d, LB_EDI_MAX_SEGMENT - 1, 1000), LB_VERDICT_GARBLED);
    assert_int_equal(read_long(d, LB_EDI_MAX_SEGMENT, 1000), LB_VERDICT_GARBLED);
    assert_int_equal(read_long(d, LB_EDI_MAX_SEGMENT + 1, 1000), LB_VERDICT_TOO_MUCH);
}

/* -- envelope --------------------------------------------------------------------------------- */

static int seen;

static lb_verdict see(const lb_edi_message *message)
{
    lb_edi_cursor cursor = message->body;
    lb_edi_segment s;
    while (lb_edi_next(message->edi, &cursor, &s))
        seen++;
    return LB_VERDICT_READ;
}

static lb_verdict read_text(bench *d, const char *text)
{
    static const lb_edi_kind kinds[] = {{"IFTSTA", see}, {NULL, NULL}};
    seen = 0;
    lb_sink_reset(d->sink);
    return lb_edi_read(&d->reading, lb_span_of(text), d->sink, kinds);
}

static bool has_doubt(bench *d, lb_doubt_code code)
{
    for (size_t i = 0; i < lb_sink_doubts(d->sink); i++)
        if (lb_sink_doubt(d->sink, i)->code == code)
            return true;
    return false;
}

#define UNH "UNH+1+IFTSTA:D:00B:UN'"

static void test_an_interchange_that_ends_early_gives_no_event(void **state)
{
    bench *d = *state;
    const char *whole = UNB UNH "BGM+23+1+9'UNT+3+1'UNZ+1+1'";
    assert_int_equal(read_text(d, whole), LB_VERDICT_READ);
    assert_int_equal(seen, 1);
    assert_int_equal(lb_sink_doubts(d->sink), 0);

    for (size_t len = 0; len < strlen(whole) - 1; len++) {
        char *prefix = malloc(len + 1);
        memcpy(prefix, whole, len);
        prefix[len] = '\0';
        assert_int_not_equal(read_text(d, prefix), LB_VERDICT_READ);
        assert_int_equal(seen, 0);
        free(prefix);
    }
}

static void test_the_last_terminator_may_be_missing_when_the_reference_is_whole(void **state)
{
    bench *d = *state;
    assert_int_equal(read_text(d, UNB UNH "BGM+23+1+9'UNT+3+1'UNZ+1+1"), LB_VERDICT_READ);
    assert_true(has_doubt(d, LB_DOUBT_GRAMMAR_ODD));
}

static void test_wrong_counts_are_doubts(void **state)
{
    bench *d = *state;
    assert_int_equal(read_text(d, UNB UNH "BGM+23'UNT+4+1'UNZ+1+1'"), LB_VERDICT_READ);
    assert_true(has_doubt(d, LB_DOUBT_COUNT_MISMATCH));
    assert_false(has_doubt(d, LB_DOUBT_REF_MISMATCH));
    assert_int_equal(read_text(d, UNB UNH "BGM+23'UNT+000003+2'UNZ+1+1'"), LB_VERDICT_READ);
    assert_false(has_doubt(d, LB_DOUBT_COUNT_MISMATCH));
    assert_true(has_doubt(d, LB_DOUBT_REF_MISMATCH));
}

static void test_a_message_without_end_ends_where_the_next_begins(void **state)
{
    bench *d = *state;
    assert_int_equal(read_text(d, UNB UNH "BGM+23'" UNH "BGM+23'UNT+3+1'UNZ+2+1'"),
                     LB_VERDICT_READ);
    assert_int_equal(seen, 2);
    assert_true(has_doubt(d, LB_DOUBT_GRAMMAR_ODD));
    assert_false(has_doubt(d, LB_DOUBT_COUNT_MISMATCH));
}

static void test_groups_are_counted_by_themselves(void **state)
{
    bench *d = *state;
    assert_int_equal(
        read_text(d, UNB "UNG+IFTSTA+A+B+260312:0930+7+UN+D:00B'" UNH "UNT+2+1'UNE+1+7'UNZ+1+1'"),
        LB_VERDICT_READ);
    assert_int_equal(lb_sink_doubts(d->sink), 0);
}

static void test_a_type_that_is_not_read_is_named(void **state)
{
    bench *d = *state;
    assert_int_equal(read_text(d, UNB "UNH+1+APERAK:D:00B:UN'UNT+2+1'UNZ+1+1'"),
                     LB_VERDICT_UNKNOWN_KIND);
    assert_non_null(lb_sink_refusal(d->sink));
    assert_int_equal(read_text(d, "ISA*00*"), LB_VERDICT_NOT_MINE);
}

static void test_a_probe_looks_for_the_type(void **state)
{
    (void)state;
    static const char *const types[] = {"IFTSTA", NULL};
    assert_int_equal(lb_edi_probe(LB_SPAN(UNB UNH), types), 95);
    assert_int_equal(lb_edi_probe(LB_SPAN("UNA:+.? '\r\n" UNB "\r\n" UNH), types), 95);
    assert_int_equal(lb_edi_probe(LB_SPAN(UNB "UNH+1+CODECO:D:95B:UN'"), types), 0);
    assert_int_equal(lb_edi_probe(LB_SPAN(UNB), types), 0);
    assert_int_equal(lb_edi_probe(LB_SPAN("UNH+1+IFTSTA:D:00B:UN'"), types), 0);
    assert_int_equal(lb_edi_probe(LB_SPAN(""), types), 0);
}

/* -- segments --------------------------------------------------------------------------------- */

static lb_edi_segment only(bench *d, const char *segment)
{
    lb_span text = lb_sink_print(d->sink, "%s%s'", UNB, segment);
    assert_int_equal(lb_edi_open(&d->edi, &d->reading, text, d->sink, &d->cursor), LB_VERDICT_READ);
    return next(d);
}

static void assert_day(bench *d, const char *dtm, const char *day)
{
    lb_edi_segment s = only(d, dtm);
    lb_edi_time time = lb_edi_time_of(&d->edi, &s);
    assert_text(lb_edi_time_day(&d->edi, &time), day);
}

static void test_dates_come_in_many_formats(void **state)
{
    bench *d = *state;
    assert_day(d, "DTM+7:260312:101", "2026-03-12");
    assert_day(d, "DTM+7:20260312:102", "2026-03-12");
    assert_day(d, "DTM+7:2603120915:201", "2026-03-12");
    assert_day(d, "DTM+7:260312091530:202", "2026-03-12");
    assert_day(d, "DTM+7:202603120915:203", "2026-03-12");
    assert_day(d, "DTM+7:20260312091530?+08:304", "2026-03-12");
    assert_day(d, "DTM+7:2026031220260314:718", "2026-03-12");
    assert_day(d, "DTM+7:20260312", "2026-03-12");
    assert_day(d, "DTM+7:20260237:102", "");
    assert_day(d, "DTM+7:202625020840:203", "");
    assert_day(d, "DTM+7:260312:203", "");
    assert_day(d, "DTM+7:soon:203", "");
}

static void assert_seal(bench *d, const char *sel, const char *seal)
{
    lb_edi_segment s = only(d, sel);
    assert_text(lb_edi_seal(&d->edi, &s), seal);
}

static void test_a_seal_is_found_at_any_position(void **state)
{
    bench *d = *state;
    assert_seal(d, "SEL+K40718+SH", "K40718");
    assert_seal(d, "SEL+K40718:CA", "K40718");
    assert_seal(d, "SEL+SH+CA", "");
    assert_seal(d, "SEL", "");
}

static void test_an_absent_mass_is_unknown_and_not_zero(void **state)
{
    bench *d = *state;
    lb_edi_segment s = only(d, "MEA+AAE+G+KGM:24100,5");
    assert_int_equal(lb_edi_gross_g(&d->edi, &s), 24100500);
    s = only(d, "MEA+AAE+G+KGM:0");
    assert_int_equal(lb_edi_gross_g(&d->edi, &s), LB_UNKNOWN);
    s = only(d, "MEA+AAE+T+KGM:2230");
    assert_int_equal(lb_edi_gross_g(&d->edi, &s), LB_UNKNOWN);
}

static void test_the_codes_of_recommendation_24_are_in_order(void **state)
{
    (void)state;
    int64_t mapped = 0;
    for (int64_t code = 0; code < 400; code++) {
        const lb_rec24 *row = lb_rec24_find(code);
        if (row == NULL)
            continue;
        mapped++;
        assert_int_equal(row->code, code);
        assert_true(row->type != LB_EVENT_UNSPECIFIED || row->family != LB_FAMILY_UNSPECIFIED);
    }
    assert_true(mapped > 200);
    assert_int_equal(lb_rec24_find(21)->type, LB_EVENT_DLVR);
    assert_int_equal(lb_rec24_find(361)->classifier, LB_CLASSIFIER_ESTIMATED);
    assert_null(lb_rec24_find(380));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lay, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_empty_elements_count),
        TEST(test_a_released_separator_separates_nothing),
        TEST(test_una_may_name_other_separators_and_no_release),
        TEST(test_an_asterisk_repeats_from_version_4_only),
        TEST(test_blanks_between_segments_are_skipped),
        TEST(test_lines_may_end_segments),
        TEST(test_a_quote_before_the_first_line_end_ends_segments),
        TEST(test_a_line_that_begins_a_segment_shows_a_forgotten_terminator),
        TEST(test_a_charset_is_that_of_the_header),
        TEST(test_an_element_has_a_limit),
        TEST(test_a_segment_has_a_limit),
        TEST(test_an_interchange_that_ends_early_gives_no_event),
        TEST(test_the_last_terminator_may_be_missing_when_the_reference_is_whole),
        TEST(test_wrong_counts_are_doubts),
        TEST(test_a_message_without_end_ends_where_the_next_begins),
        TEST(test_groups_are_counted_by_themselves),
        TEST(test_a_type_that_is_not_read_is_named),
        TEST(test_a_probe_looks_for_the_type),
        TEST(test_dates_come_in_many_formats),
        TEST(test_a_seal_is_found_at_any_position),
        TEST(test_an_absent_mass_is_unknown_and_not_zero),
        TEST(test_the_codes_of_recommendation_24_are_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
