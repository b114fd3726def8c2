/* report.c - Landbridge's own report: the events as their sender states them, checked.
 *
 *     {"magic":"landbridge.report","party":"ACME","events":[{...}, ...]}     or the same in protobuf
 *
 * A report with a grammar error is refused as a whole; an odd event gets doubts, as in any adapter. The
 * sender's source_event_key, revision and correction are kept, so that it can correct its own events. */
#include "landbridge/adapter/report.h"

#include "landbridge/client/ident.h"
#include "landbridge/client/time.h"
#include "record.h"
#include "sink.h"

enum { EVENTS_MAX = 10000 };

#define EARLIEST_US INT64_C(631152000000000)  /* 1990 */
#define LATEST_US   INT64_C(4102444800000000) /* 2100 */

static const char magic_field[] = "\x0a\x11" LB_REPORT_MAGIC; /* field 1, 17 bytes */

unsigned lb_report_probe(lb_span head)
{
    if (lb_span_starts(head, magic_field))
        return 100;
    lb_span text = lb_span_trim(head);
    if (text.len == 0 || text.at[0] != '{')
        return 0;
    return memmem(text.at, text.len, "\"" LB_REPORT_MAGIC "\"", sizeof LB_REPORT_MAGIC + 1) != NULL
               ? 95
               : 0;
}

static bool is_json(lb_span message)
{
    lb_span text = lb_span_trim(message);
    return text.len > 0 && text.at[0] == '{';
}

/* Detects times in seconds, milliseconds or nanoseconds. */
static bool is_our_time(int64_t us)
{
    return us == LB_UNKNOWN || (us >= EARLIEST_US && us <= LATEST_US);
}

static lb_verdict unpack(lb_span message, lb_sink *sink, lb_report *report)
{
    if (is_json(message)) {
        lb_span where;
        int64_t offset;
        lb_err err = lb_record_from_json(&lb_record_report, message, lb_sink_arena(sink), report,
                                         &where, &offset);
        size_t at = offset < (int64_t)message.len ? (size_t)offset : message.len;
        if (err != LB_OK)
            return lb_refuse(sink, LB_VERDICT_GARBLED, lb_span_after(message, at), "%.*s",
                             LB_ARG(where));
    } else if (lb_record_unpack(&lb_record_report, message, lb_sink_arena(sink), report) != LB_OK) {
        return lb_refuse(sink, LB_VERDICT_GARBLED, message,
                         "not a Report of report.proto, or text that is not UTF-8");
    }
    if (!lb_span_is(report->magic, LB_REPORT_MAGIC))
        return lb_refuse(sink, LB_VERDICT_NOT_MINE, message, "the magic is not " LB_REPORT_MAGIC);
    if (!is_our_time(report->reported_at_us))
        return lb_refuse(
            sink, LB_VERDICT_GARBLED, message,
            "reported_at_us: a time before 1990 or after 2100; times are microseconds");
    if (report->events.count > EVENTS_MAX)
        return lb_refuse(sink, LB_VERDICT_TOO_MUCH, message, "%zu events; a report has %d at most",
                         report->events.count, EVENTS_MAX);
    return LB_VERDICT_READ;
}

static bool are_our_times(const lb_event *event)
{
    const int64_t times_us[] = {
        event->occurred.utc_us,    event->occurred.until_us,   event->reported_at_us,
        event->cap.window_from_us, event->cap.window_until_us, event->cap.departs_us,
        event->cap.arrives_us,     event->cap.cutoff_us,       event->cap.expires_us,
    };
    for (size_t i = 0; i < sizeof times_us / sizeof times_us[0]; i++)
        if (!is_our_time(times_us[i]))
            return false;
    return true;
}

static void take_object(lb_event *event, lb_object *object)
{
    lb_object stated = *object;
    lb_kind kind = stated.kind;
    lb_scheme scheme = stated.scheme;
    if (stated.id.len == 0)
        return;
    if (scheme == LB_SCHEME_UNSPECIFIED) {
        lb_kind guessed;
        lb_ident_guess(stated.id, &guessed, &scheme);
        kind = kind == LB_KIND_UNSPECIFIED ? guessed : kind;
    }
    lb_ident_object(event, object, kind, scheme, stated.id);
    object->role = stated.role;
    object->size_type = stated.size_type;
    object->milli_teu =
        stated.milli_teu != LB_UNKNOWN ? stated.milli_teu : lb_ident_milli_teu(stated.size_type);
}

static void take_objects(lb_event *event)
{
    for (size_t i = 0; i < event->objects.count; i++) {
        lb_object *object = &event->objects.at[i];
        if (object->role == LB_ROLE_UNSPECIFIED)
            object->role = LB_ROLE_SUBJECT;
        take_object(event, object);
    }
    for (size_t i = 0; i < event->assoc.count; i++) {
        take_object(event, &event->assoc.at[i].parent);
        take_object(event, &event->assoc.at[i].child);
    }
    for (size_t i = 0; i < event->refs.count; i++) {
        lb_reference *ref = &event->refs.at[i];
        lb_span raw = ref->value;
        ref->value = lb_ident_normalise(event->sink, ref->scheme, raw);
        if (!lb_span_equal(raw, ref->value))
            ref->value_raw = raw;
    }
}

/* The hub sets its own fields, whatever values the sender gave. */
static void take_event(lb_sink *sink, const lb_event *stated)
{
    lb_event *event = lb_say(sink);
    lb_event ours = *event;
    *event = *stated;
    event->sink = sink;
    event->nth = ours.nth;
    event->event_id = LB_EMPTY;
    event->hub_seq = event->hub_epoch = event->recorded_at_us = LB_UNKNOWN;
    event->received_at_us = ours.received_at_us;
    event->prov = ours.prov;
    if (stated->prov.test)
        event->prov.test = true;
    if (event->reported_at_us == LB_UNKNOWN)
        event->reported_at_us = ours.reported_at_us;
    event->quality_flags = ours.quality_flags;
    event->cover = ours.cover;
    event->family = lb_event_type_family(event->type);
    if (event->type == LB_EVENT_UNSPECIFIED)
        lb_doubt(sink, event, event->raw.code, LB_DOUBT_CODE_UNMAPPED);
    if (event->occurred.utc_us != LB_UNKNOWN && event->occurred.tz == LB_TZ_UNSPECIFIED)
        event->occurred.tz = LB_TZ_EXPLICIT;
    if (event->occurred.utc_us == LB_UNKNOWN && event->occurred.local_text.len > 0)
        lb_doubt(sink, event, event->occurred.local_text, LB_DOUBT_TIME_NO_ZONE);
    if (event->prov.test)
        event->quality_flags = (event->quality_flags == LB_UNKNOWN ? 0 : event->quality_flags) |
                               LB_FLAG(LB_DOUBT_TEST_DATA);
    take_objects(event);
}

static lb_verdict check_lists(lb_sink *sink, lb_span message, const lb_event *event, size_t i)
{
    const struct {
        const char *name;
        size_t count, most;
    } lists[] = {
        {"objects", event->objects.count, LB_EVENT_OBJECTS},
        {"assoc", event->assoc.count, LB_EVENT_ASSOCIATIONS},
        {"refs", event->refs.count, LB_EVENT_REFERENCES},
        {"cap.lines", event->cap.lines.count, LB_EVENT_CAPACITIES},
        {"cond.seals", event->cond.seals.count, LB_EVENT_TEXTS},
        {"cond.damage", event->cond.damage.count, LB_EVENT_TEXTS},
        {"raw.reasons", event->raw.reasons.count, LB_EVENT_TEXTS},
    };
    for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++)
        if (lists[k].count > lists[k].most)
            return lb_refuse(sink, LB_VERDICT_TOO_MUCH, message,
                             "events[%zu]: %zu %s, more than %zu", i, lists[k].count, lists[k].name,
                             lists[k].most);
    return LB_VERDICT_READ;
}

static lb_verdict check_event(lb_sink *sink, lb_span message, const lb_event *event, size_t i)
{
    bool has_time = event->occurred.utc_us != LB_UNKNOWN || event->occurred.local_text.len > 0;
    if (!has_time && event->cap.kind == LB_RESOURCE_UNSPECIFIED &&
        event->correction != LB_CORRECTION_RETRACTS)
        return lb_refuse(sink, LB_VERDICT_GARBLED, message,
                         "events[%zu]: has no time (occurred.utc_us)", i);
    if (event->correction == LB_CORRECTION_RETRACTS && event->source_event_key.len == 0)
        return lb_refuse(sink, LB_VERDICT_GARBLED, message,
                         "events[%zu]: a retraction needs source_event_key", i);
    if (!are_our_times(event))
        return lb_refuse(sink, LB_VERDICT_GARBLED, message,
                         "events[%zu]: a time before 1990 or after 2100; times are microseconds",
                         i);
    return check_lists(sink, message, event, i);
}

lb_verdict lb_report_read(lb_span message, lb_sink *sink)
{
    lb_report report;
    lb_verdict verdict = unpack(message, sink, &report);
    for (size_t i = 0; verdict == LB_VERDICT_READ && i < report.events.count; i++)
        verdict = check_event(sink, message, &report.events.at[i], i);
    if (verdict != LB_VERDICT_READ)
        return verdict;

    lb_message_info *letter = lb_sink_message_info(sink);
    letter->format = LB_SPAN("LANDBRIDGE");
    letter->format_version = is_json(message) ? LB_SPAN("1 JSON") : LB_SPAN("1");
    letter->party = report.party;
    letter->message_ref = report.report_id;
    letter->reported_at_us = report.reported_at_us;
    for (size_t i = 0; i < report.events.count; i++)
        take_event(sink, &report.events.at[i]);
    return LB_VERDICT_READ;
}
