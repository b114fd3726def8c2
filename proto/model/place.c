/* place.c - finds places of the table by any of their codes and names.
 *
 *     code of a scheme --aliases--> key --places--> entry        (both tables from proto/tables) */
#include "landbridge/client/place.h"

#include <math.h>
#include <stdio.h>

typedef struct place_alias {
    const char *scheme, *value, *key;
    int32_t from, until; /* 20200608: the first day, and the day after the last one */
} place_alias;

#include "place_tables.inc"

enum {
    PLACES = sizeof places / sizeof places[0],
    ALIASES = sizeof aliases / sizeof aliases[0],
    PARENTS_MAX = 8,
};

static char folded(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_left_out(char c)
{
    return c == ' ' || c == '-' || c == '\'' || c == '.';
}

/* Equal without regard to ASCII case, blanks, hyphens and apostrophes. */
static bool is_alike(lb_span text, const char *name)
{
    size_t i = 0;
    if (text.len == 0 || *name == '\0')
        return false;
    for (;;) {
        while (i < text.len && is_left_out(text.at[i]))
            i++;
        while (is_left_out(*name))
            name++;
        if (i == text.len || *name == '\0')
            return i == text.len && *name == '\0';
        if (folded(text.at[i++]) != folded(*name++))
            return false;
    }
}

const lb_place_entry *lb_place_at(size_t i)
{
    return i < PLACES ? &places[i] : NULL;
}

const lb_place_entry *lb_place_by_key(lb_span key)
{
    for (size_t i = 0; key.len > 0 && i < PLACES; i++)
        if (lb_span_is(key, places[i].key))
            return &places[i];
    return NULL;
}

enum { OPEN_END = 99999999 };

static bool is_valid_on(const place_alias *alias, int32_t day)
{
    if (day == LB_ANY_DAY)
        return alias->until == OPEN_END; /* nobody knows when: as it is today */
    return day >= alias->from && day < alias->until;
}

/* The alias that is valid on the day; NULL: there is none. */
static const lb_place_entry *by_valid_alias(lb_span scheme, lb_span value, int32_t day)
{
    for (size_t i = 0; i < ALIASES; i++)
        if (lb_span_is(scheme, aliases[i].scheme) && is_valid_on(&aliases[i], day) &&
            is_alike(value, aliases[i].value))
            return lb_place_by_key(lb_span_of(aliases[i].key));
    return NULL;
}

/* An alias of any day, since senders keep old codes for years. */
static const lb_place_entry *by_old_alias(lb_span scheme, lb_span value)
{
    for (size_t i = 0; i < ALIASES; i++)
        if (lb_span_is(scheme, aliases[i].scheme) && is_alike(value, aliases[i].value))
            return lb_place_by_key(lb_span_of(aliases[i].key));
    return NULL;
}

static const lb_place_entry *by_name(lb_span value)
{
    for (size_t i = 0; i < PLACES; i++)
        if (is_alike(value, places[i].name_en) || is_alike(value, places[i].name_zh) ||
            is_alike(value, places[i].name_ru))
            return &places[i];
    return NULL;
}

static const lb_place_entry *by_table(lb_span scheme, lb_span value)
{
    bool is_locode = lb_span_is(scheme, "LOCODE"), is_iata = lb_span_is(scheme, "IATA");
    for (size_t i = 0; (is_locode || is_iata) && i < PLACES; i++)
        if (is_alike(value, is_locode ? places[i].locode : places[i].iata))
            return &places[i];
    return lb_span_is(scheme, "TEXT") ? by_name(value) : NULL;
}

/* An alias that is valid on the day comes before the table, whose codes are today's: IST was
 * another airport until April 2019. */
static const lb_place_entry *by_code(lb_span scheme, lb_span value, int32_t day)
{
    const lb_place_entry *entry = by_valid_alias(scheme, value, day);
    if (entry == NULL)
        entry = by_table(scheme, value);
    return entry != NULL ? entry : by_old_alias(scheme, value);
}

const lb_place_entry *lb_place_by_code(lb_span scheme, lb_span value)
{
    return by_code(scheme, value, LB_ANY_DAY);
}

const lb_place_entry *lb_place_by_any(lb_span text)
{
    text = lb_span_trim(text);
    for (size_t i = 0; i < PLACES; i++)
        if (is_alike(text, places[i].key))
            return &places[i];
    const lb_place_entry *entry = text.len == 3 ? lb_place_by_code(LB_SPAN("IATA"), text) : NULL;
    if (entry == NULL)
        entry = lb_place_by_code(LB_SPAN("TEXT"), text);
    for (size_t i = 0; entry == NULL && i < ALIASES; i++)
        if (is_alike(text, aliases[i].value))
            entry = lb_place_by_key(lb_span_of(aliases[i].key));
    return entry;
}

bool lb_place_is_within(lb_span inner_key, lb_span outer_key)
{
    for (int i = 0; i < PARENTS_MAX && inner_key.len > 0; i++) {
        if (lb_span_equal(inner_key, outer_key))
            return true;
        const lb_place_entry *entry = lb_place_by_key(inner_key);
        inner_key = entry == NULL ? LB_EMPTY : lb_span_of(entry->parent);
    }
    return false;
}

double lb_place_distance_m(int64_t lat1_e7, int64_t lon1_e7, int64_t lat2_e7, int64_t lon2_e7)
{
    const double radian = 3.14159265358979323846 / 180 / 1e7, earth_m = 6371000;
    double lat1 = (double)lat1_e7 * radian, lat2 = (double)lat2_e7 * radian;
    double half_lat = sin((lat2 - lat1) / 2),
           half_lon = sin((double)(lon2_e7 - lon1_e7) * radian / 2);
    double a = half_lat * half_lat + cos(lat1) * cos(lat2) * half_lon * half_lon;
    return 2 * earth_m * asin(sqrt(a < 1 ? a : 1));
}

const lb_place_entry *lb_place_near(int64_t lat_e7, int64_t lon_e7)
{
    const lb_place_entry *nearest = NULL;
    double nearest_m = 0;
    for (size_t i = 0; i < PLACES; i++) {
        if (places[i].radius_m == 0)
            continue;
        double away_m = lb_place_distance_m(lat_e7, lon_e7, places[i].lat_e7, places[i].lon_e7);
        if (away_m <= places[i].radius_m && (nearest == NULL || away_m < nearest_m)) {
            nearest = &places[i];
            nearest_m = away_m;
        }
    }
    return nearest;
}

bool lb_place_is_empty(const lb_place *place)
{
    return place->locode.len == 0 && place->facility.len == 0 && place->station.len == 0 &&
           place->iata.len == 0 && place->name.len == 0;
}

void lb_place_codes(const lb_place *place, lb_place_code codes[LB_PLACE_CODES])
{
    codes[0] = (lb_place_code){place->station_scheme, place->station};
    codes[1] = (lb_place_code){place->facility_scheme, place->facility};
    codes[2] = (lb_place_code){LB_SPAN("LOCODE"), place->locode};
    codes[3] = (lb_place_code){LB_SPAN("IATA"), place->iata};
    codes[4] = (lb_place_code){LB_SPAN("TEXT"), place->name};
}

const lb_place_entry *lb_place_of(const lb_place *place, int32_t day)
{
    lb_place_code codes[LB_PLACE_CODES];
    const lb_place_entry *entry = NULL;
    lb_place_codes(place, codes);
    for (size_t i = 0; entry == NULL && i < LB_PLACE_CODES; i++)
        if (codes[i].value.len > 0)
            entry = by_code(codes[i].scheme, codes[i].value, day);
    if (entry == NULL && place->locode.len > 0)
        entry = lb_place_by_key(place->locode); /* keys without a UN/LOCODE use this field too */
    return entry;
}

size_t lb_place_key_print(char *out, size_t room, const lb_place *place)
{
    lb_span scheme = LB_EMPTY, code = place->name;
    if (place->locode.len > 0) {
        code = place->locode;
    } else if (place->station.len > 0) {
        scheme = place->station_scheme;
        code = place->station;
    } else if (place->iata.len > 0) {
        scheme = LB_SPAN("IATA");
        code = place->iata;
    } else if (place->facility.len > 0) {
        scheme = place->facility_scheme;
        code = place->facility;
    }
    bool has_colon = place->locode.len == 0 &&
                     (place->station.len > 0 || place->iata.len > 0 || place->facility.len > 0);
    const lb_span parts[] = {scheme, has_colon ? LB_SPAN(":") : LB_EMPTY, code};
    return lb_span_join(out, room, parts, sizeof parts / sizeof parts[0]);
}
