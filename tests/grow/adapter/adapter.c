/* grown.c - an adapter to begin with: lines "CONTAINER TIME PLACE" behind a first line "GROWN".
 *
 *     GROWN
 *     LBKU2048176 2026-03-12T10:05:00+08:00 CNULZ       gate in
 *
 * tools/checks/grow puts it into a copy of the tree and shows that nothing else is needed. */
#include "landbridge/adapter/adapter.h"

static unsigned probe(lb_span head)
{
    return lb_span_starts(head, "GROWN\n") ? 90 : 0;
}

static void read_line(const lb_reading *reading, lb_span line, lb_sink *sink)
{
    lb_span id, time = LB_EMPTY, rest = line;
    lb_civil civil;
    int64_t offset_min;

    if (!lb_span_cut(&rest, ' ', &id) || !lb_span_cut(&rest, ' ', &time) ||
        !lb_civil_iso(time, &civil, &offset_min)) {
        lb_doubt(sink, NULL, line, LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    lb_event *event = lb_say(sink);
    lb_event_is(event, LB_EVENT_GTIN, LB_CLASSIFIER_ACTUAL, LB_MODE_ROAD);
    lb_event_object_guess(event, LB_ROLE_SUBJECT, id);
    event->place.locode = lb_span_trim(rest);
    lb_when_set(event, &event->occurred, &civil, offset_min, LB_PRECISION_SECOND, time,
                reading->source, &event->place);
}

static lb_verdict read_message(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    lb_span rest = message, line;

    if (!lb_span_cut(&rest, '\n', &line) || !lb_span_is(line, "GROWN"))
        return LB_VERDICT_NOT_MINE;
    for (size_t number = 1; lb_span_cut(&rest, '\n', &line); number++) {
        lb_part(sink, line, "line", number);
        if (line.len > 0)
            read_line(reading, line, sink);
    }
    return LB_VERDICT_READ;
}

const lb_adapter lb_hub_grown = {
    .name = "hub.grown",
    .title = "the adapter to begin with",
    .revision = 1,
    .mode = LB_MODE_MULTIMODAL,
    .max_message = (size_t)64 * 1024,
    .max_events = 10000,
    .probe = probe,
    .read = read_message,
};
