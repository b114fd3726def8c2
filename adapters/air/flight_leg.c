/* flight_leg.c - see flight_leg.h. */
#include "flight_leg.h"

#include "landbridge/client/ident.h"
#include "landbridge/client/place.h"

enum { GRAMS_PER_ML_OF_GOLD = 20 };

static void read_date(lb_sink *sink, lb_flight_leg *leg, lb_span text, int64_t reference_us,
                      bool is_plan)
{
    lb_imp_day day;
    lb_civil civil;
    char date[16];
    if (!lb_imp_day_read(text, &day) || !lb_imp_date(&day, reference_us, is_plan, &civil)) {
        lb_doubt(sink, NULL, text, LB_DOUBT_TIME_IMPOSSIBLE);
        return;
    }
    lb_date_print(date, sizeof date, &civil);
    leg->date = lb_sink_copy(sink, lb_span_of(date));
    lb_doubt(sink, NULL, text, LB_DOUBT_YEAR_INFERRED);
}

void lb_flight_leg_read(lb_sink *sink, lb_flight_leg *leg, lb_span flight, lb_span day,
                        int64_t reference_us, bool is_plan)
{
    lb_imp_flight read;
    if (lb_imp_flight_read(flight, &read)) {
        leg->flight = flight;
        leg->carrier = read.carrier;
        if (read.is_icao)
            lb_doubt(sink, NULL, flight, LB_DOUBT_IDENTITY_GUESSED);
    } else {
        lb_doubt(sink, NULL, flight, LB_DOUBT_GRAMMAR_ODD);
    }
    read_date(sink, leg, day, reference_us, is_plan);
    if (leg->flight.len > 0 &&
        leg->date.len > 0) /* named as all runs are, so that other messages find it */
        leg->run = lb_ident_normalise(
            sink, LB_SCHEME_FLIGHT_DATE,
            lb_sink_print(sink, "%.*s@%.*s", LB_ARG(leg->flight), LB_ARG(leg->date)));
}

lb_object *lb_flight_leg_put(const lb_flight_leg *leg, lb_event *event)
{
    event->place.iata = event->movement.from.iata = leg->from;
    event->place.role = LB_PLACE_ROLE_AT;
    event->counter_place.iata = event->movement.to.iata = leg->to;
    event->counter_place.role = LB_PLACE_ROLE_TO;
    event->movement.carrier = leg->carrier;
    event->movement.number = leg->flight;
    event->movement.service_date = leg->date;
    return lb_event_run(event, LB_ROLE_MEANS, LB_KIND_FLIGHT, leg->flight, leg->date);
}

int64_t lb_flight_time(const lb_reading *reading, lb_span text, lb_span airport,
                       int64_t reference_us, bool is_plan)
{
    lb_imp_day day;
    lb_civil civil;
    lb_place place = {.iata = airport, .lat_e7 = LB_UNKNOWN, .lon_e7 = LB_UNKNOWN};
    const lb_zone *zone = lb_source_zone(reading->source);
    if (!lb_imp_day_read(text, &day) || !day.has_time ||
        !lb_imp_date(&day, reference_us, is_plan, &civil))
        return LB_UNKNOWN;
    civil.hour = day.hour;
    civil.minute = day.minute;
    if (zone == NULL)
        zone = lb_place_zone(&place, reading->source);
    if (zone == NULL || !lb_civil_is_valid(&civil))
        return LB_UNKNOWN;
    return lb_civil_to_utc(&civil, lb_zone_offset_for(zone, &civil)) + day.shift * LB_DAY_US;
}

bool lb_flight_is_dummy(int64_t grams, int64_t ml)
{
    return grams != LB_UNKNOWN && ml != LB_UNKNOWN && grams / GRAMS_PER_ML_OF_GOLD > ml;
}
