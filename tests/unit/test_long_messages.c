/* test_long_messages.c - long well-formed messages are read up to the limit; beyond it the refusal names the limit, the
 * part and its bytes. Read as in the hub: events are taken as they are finished, in 256 MiB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "landbridge/adapter/adapter.h"

#define NOON_US INT64_C(1773316800000000)

enum { SINK_BYTES = 256 * 1024 * 1024, MESSAGE_MAX = 32 * 1024 * 1024 };

typedef struct bench { /* where one message is written and read */
    lb_sink *sink;
    char *at;
    size_t len, taken;
} bench;

static void take(void *who, lb_event *event)
{
    bench *d = who;
    assert_int_equal(event->event_id.len, 16);
    d->taken++;
}

static int open_bench(void **state)
{
    static bench d;
    d = (bench){.at = malloc(MESSAGE_MAX)};
    *state = &d;
    return d.at == NULL || lb_sink_open(&d.sink, SINK_BYTES) != LB_OK ? -1 : 0;
}

static int close_bench(void **state)
{
    bench *d = *state;
    lb_sink_close(&d->sink);
    free(d->at);
    return 0;
}

static void put(bench *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(bench *d, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    d->len += (size_t)vsnprintf(d->at + d->len, MESSAGE_MAX - d->len, format, list);
    va_end(list);
    assert_true(d->len < MESSAGE_MAX);
}

static lb_verdict read_as(bench *d, const char *name)
{
    const lb_reading reading = {NOON_US, lb_source_default()};
    d->taken = 0;
    lb_sink_reset(d->sink);
    lb_sink_hand_over(d->sink, take, d);
    return lb_adapter_read(lb_adapter_find(lb_span_of(name)), &reading, (lb_span){d->at, d->len},
                           d->sink);
}

static void assert_events(bench *d, const char *name, size_t events)
{
    assert_int_equal(read_as(d, name), LB_VERDICT_READ);
    assert_int_equal(d->taken, events);
}

/* The offset is that of the first occurrence of `where` in the message. */
static void assert_refused(bench *d, const char *name, const char *words, const char *where)
{
    char text[300];
    assert_int_equal(read_as(d, name), LB_VERDICT_TOO_MUCH);
    const lb_refusal *refusal = lb_sink_refusal(d->sink);
    snprintf(text, sizeof text, "%.*s", LB_ARG(refusal->text));
    assert_string_equal(text, words);
    const char *found = memmem(d->at, d->len, where, strlen(where));
    assert_non_null(found);
    assert_int_equal(refusal->offset, found - d->at);
}

static size_t events_of(const char *name)
{
    return lb_adapter_find(lb_span_of(name))->max_events;
}

/* -- tables and lists ----------------------------------------------------------------------------- */

static void write_wagons(bench *d, size_t rows)
{
    d->len = 0;
    put(d, "NOM_VAG;DATE_OP;STAN_OP;KOP_VMD;STAN_NAZN\n");
    for (size_t i = 1; i <= rows; i++)
        put(d, "9%07zu;2026-03-11 02:10;708507;2;708403\n", i);
}

static void test_a_table_of_wagons_has_as_many_rows_as_a_message_events(void **state)
{
    bench *d = *state;
    size_t most = events_of("rail.1520");
    write_wagons(d, most);
    assert_events(d, "rail.1520", most);
    write_wagons(d, most + 1);
    assert_refused(d, "rail.1520", "more than 100000 events in one message, in row 100002",
                   "90100001;");
}

static void write_words(bench *d, size_t facts)
{
    d->len = 0;
    put(d, "{\"xh\":\"TBJU1234565\",\"list\":[");
    for (size_t i = 1; i <= facts; i++)
        put(d, "%s{\"operator\":\"X%zu\",\"message\":\"m\",\"detail\":\"2026-03-12 08:00:00\"}",
            i > 1 ? "," : "", i);
    put(d, "]}");
}

static void test_the_facts_of_a_container_are_read_up_to_the_limit_of_events(void **state)
{
    bench *d = *state;
    size_t most = events_of("rail.cr");
    write_words(d, most);
    assert_events(d, "rail.cr", most);
    write_words(d, most + 1);
    assert_refused(d, "rail.cr", "more than 50000 events in one message, in record 50001",
                   "{\"operator\":\"X50001\"");
}

/* -- interchanges --------------------------------------------------------------------------------- */

static void test_an_interchange_of_40000_messages_is_read(void **state)
{
    enum { MESSAGES = 40000 };
    bench *d = *state;
    d->len = 0;
    put(d, "UNB+UNOA:2+LANDPORT+LINE1+260312:1012+88'\n");
    for (size_t i = 1; i <= MESSAGES; i++)
        put(d,
            "UNH+%zu+CODECO:D:95B:UN:ITG14'BGM+34+G90+9'EQD+CN+URQU%07zu+22G1:102:5++3+5'"
            "DTM+7:202603121005:203'LOC+165+CNULZ:139:6'TDT+1++3+31++++:::XA40718'UNT+7+%zu'\n",
            i, i, i);
    put(d, "UNZ+%d+88'\n", MESSAGES);
    assert_events(d, "hub.codeco", MESSAGES);
}

static void test_an_interchange_of_40000_sets_is_read(void **state)
{
    enum { SETS = 40000 };
    bench *d = *state;
    d->len = 0;
    put(d, "ISA*00*          *00*          *ZZ*XJTRUCK        *ZZ*LANDPORT       *260312*0930*U*"
           "00401*000000417*0*P*>~GS*SO*XJTRUCK*LANDPORT*20260312*0930*417*X*004010~");
    for (size_t i = 1; i <= SETS; i++)
        put(d,
            "ST*322*%zu~Q5*A*20260312*091500*08**URUMQI**CN~N7*LBKU*%06zu*24100*G*******CN~"
            "R4*5*UN*CNULZ*URUMQI LAND PORT*CN~SE*5*%zu~",
            i, i, i);
    put(d, "GE*%d*417~IEA*1*000000417~", SETS);
    assert_events(d, "rail.x12_322", SETS);
}

static void write_statuses(bench *d, size_t statuses)
{
    d->len = 0;
    put(d, "UNB+UNOC:3+CNRAIL+LANDPORT+260312:0930+417'UNH+1+IFTSTA:D:00B:UN'BGM+77+ST417+9'"
           "CNI+1+LB1'");
    for (size_t i = 1; i <= statuses; i++)
        put(d, "STS+1+24'DTM+334:202603120915:203'LOC+5+CNULZ:139:6'");
    put(d, "UNT+%zu+1'UNZ+1+417'", 3 * statuses + 4);
}

static void test_a_consignment_has_as_many_statuses_as_a_message_events(void **state)
{
    bench *d = *state;
    size_t most = events_of("hub.iftsta");
    write_statuses(d, most);
    assert_events(d, "hub.iftsta", most);
    write_statuses(d, most + 1);
    assert_int_equal(read_as(d, "hub.iftsta"), LB_VERDICT_TOO_MUCH);
    assert_true(lb_span_is(lb_sink_refusal(d->sink)->text,
                           "more than 100000 events in one message, in segment 300005"));
}

/* -- parts of one event --------------------------------------------------------------------------- */

static void write_pallets(bench *d, size_t pallets)
{
    d->len = 0;
    put(d, "{\"type\":\"EPCISDocument\",\"schemaVersion\":\"2.0\",\"creationDate\":"
           "\"2026-03-12T03:00:00Z\",\"epcisBody\":{\"eventList\":[{\"type\":\"ObjectEvent\","
           "\"eventTime\":\"2026-03-12T06:40:00.000Z\",\"eventTimeZoneOffset\":\"+08:00\","
           "\"action\":\"OBSERVE\",\"epcList\":[");
    for (size_t i = 1; i <= pallets; i++)
        put(d, "%s\"urn:epc:id:sscc:6941234.%010zu\"", i > 1 ? "," : "", i);
    put(d, "]}]}}");
}

static void test_an_epc_list_has_as_many_pallets_as_an_event_objects(void **state)
{
    bench *d = *state;
    write_pallets(d, LB_EVENT_OBJECTS - 1);
    assert_events(d, "hub.epcis", 1);
    write_pallets(d, LB_EVENT_OBJECTS);
    assert_events(d, "hub.epcis", 1);
    write_pallets(d, LB_EVENT_OBJECTS + 1);
    assert_int_equal(read_as(d, "hub.epcis"), LB_VERDICT_TOO_MUCH);
    assert_true(lb_span_is(lb_sink_refusal(d->sink)->text,
                           "more than 10000 objects of one event, in event 1"));
}

static void write_customs(bench *d, size_t lines)
{
    d->len = 0;
    put(d, "FSU/14\n784-30418264PVGURC/T24K812.5\nDEP/CZ5417/12MAR/PVGURC/T24K812.5\n");
    for (size_t i = 1; i <= lines; i++)
        put(d, "OCI/CN/EXP/M/26CN%08zuA\n", i);
}

static void test_a_waybill_has_99_customs_lines(void **state)
{
    bench *d = *state;
    for (size_t lines = 98; lines <= 99; lines++) {
        write_customs(d, lines);
        assert_int_equal(read_as(d, "air.fsu"), LB_VERDICT_READ);
    }
    write_customs(d, 100);
    assert_int_equal(read_as(d, "air.fsu"), LB_VERDICT_TOO_MUCH);
    assert_true(
        lb_span_is(lb_sink_refusal(d->sink)->text, "more than 99 customs lines of one waybill"));
}

int main(void)
{
#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        WITH_BENCH(test_a_table_of_wagons_has_as_many_rows_as_a_message_events),
        WITH_BENCH(test_the_facts_of_a_container_are_read_up_to_the_limit_of_events),
        WITH_BENCH(test_an_interchange_of_40000_messages_is_read),
        WITH_BENCH(test_an_interchange_of_40000_sets_is_read),
        WITH_BENCH(test_a_consignment_has_as_many_statuses_as_a_message_events),
        WITH_BENCH(test_an_epc_list_has_as_many_pallets_as_an_event_objects),
        WITH_BENCH(test_a_waybill_has_99_customs_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
