/* time.h - civil time to UTC and back, without the machine's zone and without its clock.
 *
 * Inside, time is int64 microseconds since 1970-01-01T00:00Z. Local time and zone are kept beside it
 * (lb_when). Zones are dated rules in a table of this project: China is UTC+8 everywhere (rail, road
 * and air use it in Xinjiang too; tzdata's Asia/Urumqi at +6 is what people there say, not what
 * timetables say), Kazakhstan is UTC+5 since 2024-03-01. All functions are pure and thread-safe. */
#ifndef LANDBRIDGE_CLIENT_TIME_H
#define LANDBRIDGE_CLIENT_TIME_H

#include "landbridge/client/event.h"

#define LB_SECOND_US INT64_C(1000000)
#define LB_MINUTE_US (60 * LB_SECOND_US)
#define LB_HOUR_US   (60 * LB_MINUTE_US)
#define LB_DAY_US    (24 * LB_HOUR_US)

typedef struct lb_civil { /* a local reading of calendar and clock, as sent */
    int year, month, day; /* 1..12, 1..31                                    */
    int hour, minute, second, micro;
} lb_civil;

typedef struct lb_zone lb_zone; /* a place's clock with its history; constant */

const lb_zone *lb_zone_find(lb_span name); /* "Asia/Shanghai", "UTC", "+05:00"-style too; NULL */
const char *lb_zone_name(const lb_zone *zone);
int lb_zone_offset_at(const lb_zone *zone, int64_t utc_us); /* minutes east of UTC */

bool lb_civil_is_valid(
    const lb_civil *civil); /* real day of that month and year, 00:00:00..23:59:59 */
int64_t lb_civil_to_utc(const lb_civil *civil, int offset_min);
/* The offset in force for a local reading. An hour that occurs twice is taken as the first. */
int lb_zone_offset_for(const lb_zone *zone, const lb_civil *civil);
void lb_utc_to_civil(int64_t utc_us, int offset_min, lb_civil *civil);
int64_t lb_civil_day(const lb_civil *civil);          /* days since 1970-01-01 */
void lb_civil_from_day(int64_t day, lb_civil *civil); /* at 00:00:00 */

/* Reads into civil; all say false for what is not such a time (validity of the day is not looked at). */
bool lb_civil_digits(lb_span digits, lb_civil *civil); /* YYYYMMDD[hh[mm[ss]]] */
bool lb_civil_bcd(const uint8_t *six,
                  lb_civil *civil); /* YYMMDDhhmmss of JT/T 808, 20YY; false: nibble > 9 */
/* xs:dateTime, xs:date, RFC 3339; fraction kept to the microsecond. *offset_min is LB_UNKNOWN when no
 * zone was written, else -840..840. Tolerates "+1:00" and "+0100". */
bool lb_civil_iso(lb_span text, lb_civil *civil, int64_t *offset_min);
int lb_month_from_name(lb_span three); /* "JAN".."DEC" -> 1..12, else 0 */

/* The year that was not sent: of reference year -1, 0, +1 the one that puts the day nearest to the
 * reference and inside [reference - before_days, reference + after_days]; 29 February only in leap
 * years. False when none fits. */
bool lb_civil_guess_year(lb_civil *civil, int64_t reference_us, int before_days, int after_days);

/* Fills in `when` from a local reading and what is known of its zone, and sets the event's flags:
 *   offset known               -> tz EXPLICIT
 *   else the source's zone     -> tz SENDER_PROFILE
 *   else the place's zone      -> tz LOCATION
 *   else                       -> utc_us unknown, flag TIME_NO_ZONE, local_text kept
 * An impossible day or time gives no utc_us and the flag TIME_IMPOSSIBLE with a doubt at local_text.
 * `place` may be NULL; local_text is borrowed like all spans of an event. */
struct lb_source;
void lb_when_set(lb_event *event, lb_when *when, const lb_civil *civil, int64_t offset_min,
                 lb_precision prec, lb_span local_text, const struct lb_source *source,
                 const lb_place *place);
void lb_when_set_utc(lb_when *when, int64_t utc_us, lb_tz tz, lb_span local_text);

/* "2026-03-12T09:15:00+08:00", with ".123456" only when there are micros; room of 40 is enough. */
#define LB_TIME_ROOM 40
size_t lb_time_print(char *out, size_t room, int64_t utc_us, int offset_min);
size_t lb_date_print(char *out, size_t room, const lb_civil *civil); /* "2026-03-12" */
bool lb_time_read(lb_span text, int64_t *utc_us); /* RFC 3339 with zone, or a date (00:00Z) */

#endif
