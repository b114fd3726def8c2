/* place.h - the table of places, with many codes for each.
 *
 * proto/tables/places.csv and place_aliases.csv are compiled in. A place's key is its UN/LOCODE where it
 * has one ("CNULZ"), else country and name ("KZ-DOSTYK"). Codes of other schemes are aliases: IATA
 * "URC" -> CNURC. Other places stay as they were sent, with the flag PLACE_UNKNOWN. */
#ifndef LANDBRIDGE_CLIENT_PLACE_H
#define LANDBRIDGE_CLIENT_PLACE_H

#include "landbridge/client/event.h"
#include "landbridge/client/time.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lb_place_entry {
    const char *key;
    const char *parent; /* key of the city or hub it belongs to, or "" */
    const char *locode, *iata, *country;
    const char *name_en, *name_zh, *name_ru;
    const char *zone;
    lb_facility ftype;
    int32_t lat_e7, lon_e7; /* both 0: not known */
    int32_t radius_m;
} lb_place_entry;

const lb_place_entry *lb_place_at(size_t i); /* the i-th of the table; NULL after the last */
const lb_place_entry *lb_place_by_key(lb_span key);
/* scheme: LOCODE IATA ICAO TAF_PLC ESR6 CN_TMIS TEXT ..., case and blanks folded; NULL */
const lb_place_entry *lb_place_by_code(lb_span scheme, lb_span value);
/* Any input of a person: key, code of any scheme, or name in en, zh, ru. NULL when unknown. */
const lb_place_entry *lb_place_by_any(lb_span text);
/* Is `inner` the place `outer`, or part of it over any number of parents? */
bool lb_place_is_within(lb_span inner_key, lb_span outer_key);
/* The known place whose centre is nearest and within its radius; NULL. */
const lb_place_entry *lb_place_near(int64_t lat_e7, int64_t lon_e7);
double lb_place_distance_m(int64_t lat1_e7, int64_t lon1_e7, int64_t lat2_e7, int64_t lon2_e7);

/* The codes and the name by which a place may be known, in the order in which they are believed. */
enum { LB_PLACE_CODES = 5 };
typedef struct lb_place_code {
    lb_span scheme, value; /* an empty value: not sent */
} lb_place_code;
void lb_place_codes(const lb_place *place, lb_place_code codes[LB_PLACE_CODES]);
/* The place that its codes or its name mean on a day (20260312): aliases may end. NULL when the table knows none. */
#define LB_ANY_DAY 0
const lb_place_entry *lb_place_of(const lb_place *place, int32_t day);
bool lb_place_is_empty(const lb_place *place);
/* The key of the place in the view: key of the table, else "SCHEME:code", else its name, else
 * "". */
#define LB_PLACE_KEY_ROOM 96
size_t lb_place_key_print(char *out, size_t room, const lb_place *place);

#ifdef __cplusplus
}
#endif

#endif
