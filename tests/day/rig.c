/* rig.c - see rig.h. */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

void rig_open(rig *r, uint64_t seed, bool is_small)
{
    rig_open_on(r, seed, is_small, false);
}

void rig_open_on(rig *r, uint64_t seed, bool is_small, bool is_yesterday)
{
    char path[128];
    day_wish wish = {.seed = seed,
                     .year = 2026,
                     .month = 3,
                     .day = 12,
                     .trucks = is_small ? 40 : 400,
                     .is_small = is_small};

    if (is_yesterday) {
        time_t then = time(NULL) - 24 * 60 * 60;
        struct tm date;
        gmtime_r(&then, &date);
        wish.year = date.tm_year + 1900;
        wish.month = date.tm_mon + 1;
        wish.day = date.tm_mday;
    }
    *r = (rig){.folder = "/tmp/landbridge-rig-XXXXXX"};
    assert_non_null(mkdtemp(r->folder));
    day_world_make(&r->world, &wish);
    day_write_all(&r->world, &r->post);
    assert_true(day_write_sources(rig_path(r, "sources", path)));
    assert_true(day_write_truth(&r->world, &r->post, rig_path(r, "truth.txt", path)));
    assert_int_equal(lb_sink_open(&r->sink, 64 << 20), LB_OK);
}

void rig_close(rig *r)
{
    char command[128];

    lb_sink_close(&r->sink);
    for (size_t i = 0; i < r->feed_count; i++)
        lb_source_close(&r->feeds[i].source);
    day_post_fini(&r->post);
    day_world_fini(&r->world);
    snprintf(command, sizeof command, "rm -rf '%s'", r->folder);
    assert_int_equal(system(command), 0);
}

const char *rig_path(const rig *r, const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s", r->folder, name);
    return out;
}

static const lb_source *source_of(rig *r, const char *id)
{
    char name[64], path[128], why[128] = "";

    for (size_t i = 0; i < r->feed_count; i++)
        if (strcmp(r->feeds[i].id, id) == 0)
            return r->feeds[i].source;
    assert_true(r->feed_count < RIG_FEEDS);
    snprintf(name, sizeof name, "sources/%s.ini", id);
    lb_source **source = &r->feeds[r->feed_count].source;
    if (lb_source_open(source, rig_path(r, name, path), why, sizeof why) != LB_OK)
        fail_msg("%s: %s", path, why);
    r->feeds[r->feed_count++].id = id;
    return *source;
}

lb_verdict rig_read(rig *r, const day_message *message)
{
    lb_reading reading = {.received_us = message->at_us, .source = source_of(r, message->source)};
    const lb_adapter *adapter = lb_adapter_find(lb_span_of(message->format));

    if (adapter == NULL)
        fail_msg("no adapter %s", message->format);
    lb_sink_reset(r->sink);
    return lb_adapter_read(adapter, &reading, (lb_span){message->body, message->len}, r->sink);
}
