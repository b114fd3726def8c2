/* ffa_allotment.c - space that an agent has on a flight (FOR, FOA), and space that is there (FVA).
 *
 *     FOA/2
 *     CZ5417/12MAR/PVGURC/AGT77          flight, day, airports, allotment
 *     ALT/K1500.0MC9.5/10/8/6            total: weight, volume, units upper, lower, LD
 *     ALR/K687.5MC4.9/10/7/6             remaining
 *     AUD/784-30418264/PVGURC/T24K812.5MC4.60/PARTS      used by this consignment
 *
 * An allotment is a resource of its own, "CZ5417@2026-03-12/AGT77", since its size is not the flight's. On the
 * flight, its remainder is HELD until it is sold or released.
 *
 *     FVA/2
 *     SAA/12MAR/CZ5417/PVGURC/1630/2135/PL/0
 *     AVA/K5000/MC30                     free weight and volume; the name of this line is not agreed on
 *
 * The full Cargo-IMP text of these messages was not available: a line that does not match the above is a
 * doubt, and its bytes stay in the journal. */
#include "ffa.h"

/* -- allotments ------------------------------------------------------------------------------- */

static void put_units(lb_event *event, lb_cap_state state, const lb_span field[LB_FFA_FIELDS])
{
    static const lb_unit units[] = {LB_UNIT_ULD_UPPER, LB_UNIT_ULD_LOWER, LB_UNIT_UNIT};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        int64_t count;
        if (lb_span_number(field[i + 2], &count))
            lb_event_capacity(event, units[i], state, count);
    }
}

/* Weight and volume in one field, then units by deck. */
static void put_size(const lb_ffa *ffa, lb_event *event, lb_cap_state state, lb_span line)
{
    lb_span field[LB_FFA_FIELDS];
    int64_t grams, ml;
    lb_ffa_cut(line, field);
    if (lb_imp_measures_read(field[1], &grams, &ml))
        lb_ffa_measures(ffa, event, state, grams, ml);
    else
        lb_doubt(ffa->sink, event, field[1].len > 0 ? field[1] : line, LB_DOUBT_GRAMMAR_ODD);
    put_units(event, state, field);
}

/* The allotment as a resource of its own: one event, extended by ALT, ALR and AUD. */
static lb_event *need_snapshot(lb_ffa *ffa, lb_span line)
{
    if (ffa->latest < lb_sink_count(ffa->sink))
        return lb_sink_event(ffa->sink, ffa->latest);
    ffa->latest = lb_sink_count(ffa->sink);
    lb_event *event = lb_ffa_say(ffa, LB_EVENT_SNAP, LB_CLASSIFIER_ACTUAL, &ffa->leg, line);
    event->cap.id =
        lb_sink_print(ffa->sink, "%.*s/%.*s", LB_ARG(ffa->leg.run), LB_ARG(ffa->allotment));
    event->cap.name = ffa->allotment;
    event->cap.holder = ffa->allotment;
    event->source_event_key =
        lb_sink_print(ffa->sink, "ALLOTMENT|%.*s|SNAP", LB_ARG(event->cap.id));
    return event;
}

/* What the allotment holds on the flight: the requested amount, or the remainder. */
static void say_hold(lb_ffa *ffa, lb_span line, lb_classifier classifier)
{
    lb_event *event = lb_ffa_say(ffa, LB_EVENT_RESV, classifier, &ffa->leg, line);
    event->cap.holder = ffa->allotment;
    event->cap.booking = lb_sink_print(ffa->sink, "ALLOTMENT/%.*s", LB_ARG(ffa->allotment));
    event->source_event_key = lb_sink_print(ffa->sink, "ALLOTMENT|%.*s|%.*s|RESV",
                                            LB_ARG(ffa->leg.run), LB_ARG(ffa->allotment));
    put_size(ffa, event, LB_CAP_HELD, line);
}

static bool begin_allotment(lb_ffa *ffa, lb_span line)
{
    lb_span field[LB_FFA_FIELDS];
    lb_flight_leg leg;
    lb_ffa_cut(line, field);
    if (!lb_ffa_leg(ffa, field, &leg))
        return false;
    ffa->leg = leg;
    ffa->allotment = field[3];
    ffa->header = line;
    ffa->latest = SIZE_MAX;
    ffa->is_known = true;
    return true;
}

void lb_ffa_allotment_line(lb_ffa *ffa, lb_span line)
{
    bool is_request = lb_span_is(ffa->imp.smi, "FOR");
    bool is_total = lb_span_starts(line, "ALT/"), is_left = lb_span_starts(line, "ALR/");
    if (begin_allotment(ffa, line))
        return;
    if ((is_total || is_left) && ffa->leg.run.len > 0 && ffa->allotment.len > 0) {
        if (!is_request)
            put_size(ffa, need_snapshot(ffa, line), is_total ? LB_CAP_NOMINAL : LB_CAP_FREE, line);
        if (is_left || is_request)
            say_hold(ffa, line, is_request ? LB_CLASSIFIER_REQUESTED : LB_CLASSIFIER_ACTUAL);
    } else if (lb_span_starts(line, "AUD/") || lb_span_starts(line, "OSI/") ||
               lb_span_starts(line, "REF/") || lb_span_starts(line, "/")) {
        lb_ffa_remark(ffa, line);
    } else {
        lb_doubt(ffa->sink, NULL, line, LB_DOUBT_GRAMMAR_ODD);
    }
}

/* A flight line that no size followed. */
void lb_ffa_allotment_end(lb_ffa *ffa)
{
    if (ffa->header.len > 0 && lb_sink_count(ffa->sink) == 0)
        lb_doubt(ffa->sink, NULL, ffa->header, LB_DOUBT_GRAMMAR_ODD);
}

/* -- availability ----------------------------------------------------------------------------- */

/* A time of day on the day of the flight, "2135-N". */
static int64_t time_of(const lb_ffa *ffa, lb_span day, lb_span time, lb_span airport)
{
    return lb_flight_time(
        ffa->reading,
        lb_sink_print(ffa->sink, "%.*s%.*s", LB_ARG(lb_span_first(day, 5)), LB_ARG(time)), airport,
        ffa->imp.reference_us, true);
}

/* SAA/12MAR/CZ5417/PVGURC/1630/2135/PL/0 */
static void begin_flight(lb_ffa *ffa, lb_span line)
{
    lb_span field[LB_FFA_FIELDS], swapped[LB_FFA_FIELDS] = {{NULL, 0}};
    lb_flight_leg leg;
    lb_ffa_cut(line, field);
    swapped[0] = field[2];
    swapped[1] = field[1];
    swapped[2] = field[3];
    ffa->latest = SIZE_MAX;
    ffa->is_known = true;
    if (!lb_ffa_leg(ffa, swapped, &leg) || leg.run.len == 0) {
        lb_doubt(ffa->sink, NULL, line, LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    ffa->latest = lb_sink_count(ffa->sink);
    lb_event *event = lb_ffa_say(ffa, LB_EVENT_SNAP, LB_CLASSIFIER_ACTUAL, &leg, line);
    event->cap.departs_us = time_of(ffa, field[1], field[4], leg.from);
    event->cap.arrives_us = time_of(ffa, field[1], field[5], leg.to);
    event->source_event_key =
        lb_sink_print(ffa->sink, "FVA|%.*s|%.*s", LB_ARG(leg.run), LB_ARG(field[3]));
}

/* Weight and volume by their form, whatever the identifier of the line; the other fields become
 * a remark. */
static void read_space(lb_ffa *ffa, lb_span line)
{
    lb_event *event = lb_sink_event(ffa->sink, ffa->latest);
    lb_span rest = line, field;
    int64_t grams = LB_UNKNOWN, ml = LB_UNKNOWN, g, v;
    while (lb_span_cut(&rest, '/', &field)) {
        if (!lb_imp_measures_read(field, &g, &v))
            continue;
        grams = g != LB_UNKNOWN ? g : grams;
        ml = v != LB_UNKNOWN ? v : ml;
    }
    lb_ffa_measures(ffa, event, LB_CAP_FREE, grams, ml);
    lb_ffa_remark(ffa, line);
    lb_doubt(ffa->sink, event, line, LB_DOUBT_GRAMMAR_ODD);
}

void lb_ffa_schedule_line(lb_ffa *ffa, lb_span line)
{
    if (lb_span_starts(line, "SAA/"))
        begin_flight(ffa, line);
    else if (ffa->latest < lb_sink_count(ffa->sink))
        read_space(ffa, line);
    else
        lb_doubt(ffa->sink, NULL, line, LB_DOUBT_GRAMMAR_ODD);
}
