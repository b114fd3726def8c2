/* rig.h - a day made in memory, and its messages read one by one as the hub reads them: with the feed's
 * profile and the time of arrival. */
#ifndef TESTS_DAY_RIG_H
#define TESTS_DAY_RIG_H

#include "demo-data/write.h"
#include "landbridge/adapter/adapter.h"

#define RIG_FEEDS 16

typedef struct rig {
    day_world world;
    day_post post;
    char folder[64]; /* profiles, truth, view */
    struct {
        const char *id;
        lb_source *source;
    } feeds[RIG_FEEDS];
    size_t feed_count;
    lb_sink *sink;
} rig;

void rig_open(rig *r, uint64_t seed, bool is_small); /* 2026-03-12 */
/* Yesterday, for a hub with a real clock. */
void rig_open_on(rig *r, uint64_t seed, bool is_small, bool is_yesterday);
void rig_close(rig *r);
/* Reads a message with the adapter that its format names; events and doubts are in r->sink. */
lb_verdict rig_read(rig *r, const day_message *message);
const char *rig_path(const rig *r, const char *name, char out[128]);

#endif
