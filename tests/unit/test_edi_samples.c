/* Messages from real senders. They are not part of the project: where the folder is missing, these
 * tests say so and are skipped. LB_SAMPLES names the folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "landbridge/adapter/adapter.h"

typedef struct bench {
    lb_sink *sink;
    char text[65536];
} bench;

static int lay(void **state)
{
    bench *d = calloc(1, sizeof *d);
    assert_int_equal(lb_sink_open(&d->sink, 64 * 1024 * 1024), LB_OK);
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

/* Reads a sample with whichever adapter claims it, which must be `adapter`. */
static void read_sample(bench *d, const char *name, const char *adapter)
{
    char path[512];
    const char *folder = getenv("LB_SAMPLES"); /* else beside the clone */
    snprintf(path, sizeof path, "%s/%s",
             folder == NULL ? LB_SOURCE_DIR "/../shared/samples" : folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        printf("skipped: no %s\n", path);
        skip();
    }
    lb_span text = {d->text, fread(d->text, 1, sizeof d->text, file)};
    fclose(file);

    const lb_adapter *reader = lb_adapter_probe(text);
    assert_non_null(reader);
    assert_string_equal(reader->name, adapter);
    const lb_reading reading = {.received_us = 0, .source = lb_source_default()};
    assert_int_equal(lb_adapter_read(reader, &reading, text, d->sink), LB_VERDICT_READ);
}

static bool has_flag(const lb_event *event, lb_doubt_code code)
{
    return (event->quality_flags & LB_FLAG(code)) != 0;
}

static const lb_event *find(bench *d, lb_event_type type, lb_classifier classifier,
                            const char *locode)
{
    for (size_t i = 0; i < lb_sink_count(d->sink); i++) {
        const lb_event *event = lb_sink_event(d->sink, i);
        if (event->type == type && event->classifier == classifier &&
            lb_span_is(event->place.locode, locode))
            return event;
    }
    return NULL;
}

static void test_a_status_of_a_partners_list_keeps_its_words(void **state)
{
    bench *d = *state;
    read_sample(d, "hub/iftsta-d00b.edi", "hub.iftsta");
    const lb_event *event = lb_sink_event(d->sink, 0);
    assert_int_equal(event->type, LB_EVENT_UNSPECIFIED);
    assert_true(lb_span_is(event->raw.scheme, "HS"));
    assert_true(lb_span_is(event->raw.code, "P"));
    assert_true(lb_span_starts(event->raw.text, "Rail Departed"));
    assert_true(has_flag(event, LB_DOUBT_CODE_PARTNER_TABLE));
    assert_true(has_flag(event, LB_DOUBT_REF_MISMATCH)); /* the header names another container */
    assert_true(lb_span_is(event->objects.at[0].id, "TRHU4561222"));
}

static void test_every_date_of_its_transport_is_an_event(void **state)
{
    bench *d = *state;
    read_sample(d, "hub/iftsta-d00b.edi", "hub.iftsta");
    assert_int_equal(lb_sink_count(d->sink), 7);
    assert_non_null(find(d, LB_EVENT_DEPA, LB_CLASSIFIER_ACTUAL, "COCTG"));
    assert_non_null(find(d, LB_EVENT_ARRI, LB_CLASSIFIER_ACTUAL, "USNYC"));
    assert_non_null(find(d, LB_EVENT_DEPA, LB_CLASSIFIER_ESTIMATED, "USNYC"));
    assert_non_null(find(d, LB_EVENT_ARRI, LB_CLASSIFIER_ESTIMATED, "USCHI"));
    assert_non_null(find(d, LB_EVENT_DEPA, LB_CLASSIFIER_ESTIMATED, "USCHI"));
    assert_non_null(find(d, LB_EVENT_ARRI, LB_CLASSIFIER_ESTIMATED, "USWOQ"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lay, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_status_of_a_partners_list_keeps_its_words),
        TEST(test_every_date_of_its_transport_is_an_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
