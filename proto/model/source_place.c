/* source_place.c - places as a source means them: its own aliases first, then the table. */
#include "landbridge/adapter/adapter.h"
#include "landbridge/client/place.h"
#include "landbridge/adapter/source.h"
#include "landbridge/client/time.h"

static const lb_place_entry *by_alias(const lb_place *place, const lb_source *source)
{
    lb_place_code codes[LB_PLACE_CODES];
    const lb_place_entry *entry = NULL;
    lb_place_codes(place, codes);
    for (size_t i = 0; source != NULL && entry == NULL && i < LB_PLACE_CODES; i++)
        if (codes[i].value.len > 0)
            entry = lb_place_by_key(lb_source_find_place(source, codes[i].scheme, codes[i].value));
    return entry;
}

static const lb_place_entry *find(const lb_place *place, const lb_source *source, int32_t day)
{
    const lb_place_entry *entry = by_alias(place, source);
    return entry == NULL ? lb_place_of(place, day) : entry;
}

/* 20260312; LB_ANY_DAY when nobody knows when it was. */
static int32_t day_of(const lb_event *event)
{
    lb_civil civil;
    if (event->occurred.utc_us == LB_UNKNOWN)
        return LB_ANY_DAY;
    lb_utc_to_civil(event->occurred.utc_us, 0, &civil);
    return civil.year * 10000 + civil.month * 100 + civil.day;
}

void lb_place_resolve(lb_event *event, lb_place *place, const lb_source *source)
{
    const lb_place_entry *entry = find(place, source, day_of(event));
    if (entry == NULL) {
        lb_span shown = place->locode.len > 0     ? place->locode
                        : place->station.len > 0  ? place->station
                        : place->iata.len > 0     ? place->iata
                        : place->facility.len > 0 ? place->facility
                                                  : place->name;
        lb_doubt(event->sink, event, shown, LB_DOUBT_PLACE_UNKNOWN);
        return;
    }
    if (!lb_span_is(place->locode, entry->key)) /* as sent, it still points into the message */
        place->locode = lb_span_of(entry->key);
    if (place->name.len == 0)
        place->name = lb_span_of(entry->name_en);
    if (place->country.len == 0)
        place->country = lb_span_of(entry->country);
    if (place->ftype == LB_FACILITY_UNSPECIFIED)
        place->ftype = entry->ftype;
    if (place->lat_e7 == LB_UNKNOWN && (entry->lat_e7 != 0 || entry->lon_e7 != 0)) {
        place->lat_e7 = entry->lat_e7;
        place->lon_e7 = entry->lon_e7;
    }
}

const lb_zone *lb_place_zone(const lb_place *place, const lb_source *source)
{
    const lb_place_entry *entry = find(place, source, LB_ANY_DAY);
    return entry == NULL ? NULL : lb_zone_find(lb_span_of(entry->zone));
}

lb_span lb_place_key(lb_sink *sink, const lb_place *place)
{
    char key[LB_PLACE_KEY_ROOM];
    size_t len = lb_place_key_print(key, sizeof key, place);
    return lb_sink_copy(sink, (lb_span){key, len});
}
