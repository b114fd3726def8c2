/* shapes.c - events of cargo that is expensive to query. */
#include "load/shapes.h"

#include <stdio.h>

#include "landbridge/adapter/adapter.h"
#include "landbridge/client/ident.h"
#include "landbridge/client/time.h"

enum { TRUCKS = 20000, RING = 8, RING_EVENTS = 2000, USES = 400, TURNS = 400, MOVES = 20 };
#define START INT64_C(1773316800000000) /* 2026-03-12T12:00:00Z */

const lb_shape lb_shapes[LB_SHAPES] = {
    {"ordinary", "LBKU2048176", false}, {"trucks", "SHAPE7", false}, {"ring", "SHAPE80", false},
    {"uses", "SHAU0000010", true},      {"pair", "SHAPEA", false},
};

typedef struct maker {
    lb_view *view;
    lb_sink *sink;
    int64_t seq;
    lb_err err;
} maker;

static lb_event *say(maker *m, lb_event_type type, int64_t at_us)
{
    lb_sink_reset(m->sink);
    lb_event *event = lb_say(m->sink);
    lb_event_is(event, type, LB_CLASSIFIER_ACTUAL, LB_MODE_RAIL);
    lb_when_set_utc(&event->occurred, at_us, LB_TZ_EXPLICIT, LB_EMPTY);
    event->place.locode = LB_SPAN("CNULZ");
    return event;
}

static void put(maker *m, lb_event *event)
{
    lb_event_finish(event);
    event->hub_seq = ++m->seq;
    if (m->err == LB_OK)
        m->err = lb_view_put(m->view, event);
}

static void name(lb_event *event, lb_kind kind, lb_scheme scheme, const char *id)
{
    lb_event_object(event, LB_ROLE_SUBJECT, kind, scheme, lb_span_of(id));
}

/* Child in parent, as an event of the child. */
static void put_in(maker *m, int64_t at_us, const char *child, lb_kind kind, lb_scheme scheme,
                   const char *parent)
{
    lb_event *event = say(m, LB_EVENT_ASSO, at_us);
    lb_object above;
    name(event, LB_KIND_CONSIGNMENT, LB_SCHEME_BKG, child);
    lb_ident_object(event, &above, kind, scheme, lb_span_of(parent));
    lb_event_assoc(event, LB_ASSOC_ADD, &above, &event->objects.at[0]);
    put(m, event);
}

static void put_trucks(maker *m, int64_t less)
{
    for (int64_t i = 0; i < TRUCKS / less; i++) {
        char plate[32];
        int64_t at_us = START + i * LB_MINUTE_US;
        snprintf(plate, sizeof plate, "SHP%05d", (int)i);
        put_in(m, at_us, "SHAPE7", LB_KIND_TRUCK, LB_SCHEME_PLATE, plate);
        lb_event *move = say(m, LB_EVENT_DEPA, at_us + LB_MINUTE_US);
        name(move, LB_KIND_TRUCK, LB_SCHEME_PLATE, plate);
        put(m, move);
    }
}

static void put_ring(maker *m, int64_t less)
{
    char child[16], parent[16];
    for (int i = 0; i < RING; i++)
        for (int k = 0; k < RING; k++) {
            snprintf(child, sizeof child, "SHAPE8%d", i);
            snprintf(parent, sizeof parent, "SHAPE8%d", k);
            if (i != k)
                put_in(m, START + (i * RING + k) * LB_SECOND_US, child, LB_KIND_CONSIGNMENT,
                       LB_SCHEME_BKG, parent);
        }
    for (int64_t i = 0; i < RING_EVENTS / less; i++) {
        lb_event *event = say(m, LB_EVENT_DEPA, START + i * LB_MINUTE_US);
        name(event, LB_KIND_CONSIGNMENT, LB_SCHEME_BKG, "SHAPE81");
        put(m, event);
    }
}

static void put_uses(maker *m, int64_t less)
{
    static const lb_event_type steps[] = {LB_EVENT_STUF, LB_EVENT_GTIN, LB_EVENT_LOAD,
                                          LB_EVENT_DISC, LB_EVENT_STRP};
    for (int64_t i = 0; i < USES / less; i++)
        for (int64_t k = 0; k < 5; k++) {
            lb_event *event = say(m, steps[k], START + (i * 5 + k) * LB_HOUR_US);
            name(event, LB_KIND_CONTAINER, LB_SCHEME_ISO6346, "SHAU0000010");
            put(m, event);
        }
}

static void put_pair(maker *m, int64_t less)
{
    for (int64_t i = 0; i < TURNS / less; i++) {
        int64_t at_us = START + i * LB_MINUTE_US;
        put_in(m, at_us, "SHAPEA", LB_KIND_CONSIGNMENT, LB_SCHEME_BKG, "SHAPEB");
        put_in(m, at_us, "SHAPEB", LB_KIND_CONSIGNMENT, LB_SCHEME_BKG, "SHAPEA");
    }
}

static void put_ordinary(maker *m)
{
    for (int64_t i = 0; i < MOVES; i++) {
        lb_event *event =
            say(m, i % 2 == 0 ? LB_EVENT_GTIN : LB_EVENT_LOAD, START + i * LB_HOUR_US);
        name(event, LB_KIND_CONTAINER, LB_SCHEME_ISO6346, "LBKU2048176");
        put(m, event);
    }
}

lb_err lb_shapes_put(lb_view *view, int64_t less)
{
    enum { SINK_BYTES = 4 * 1024 * 1024 };
    maker m = {.view = view};
    lb_err err = lb_sink_open(&m.sink, SINK_BYTES);
    if (err != LB_OK)
        return err;
    put_ordinary(&m);
    put_trucks(&m, less);
    put_ring(&m, less);
    put_uses(&m, less);
    put_pair(&m, less);
    lb_sink_close(&m.sink);
    return m.err == LB_OK ? lb_view_flush(view, m.seq) : m.err;
}
