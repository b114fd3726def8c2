/* time.h - civil time to UTC and back, without the machine's zone and without its clock.
 *
 * Inside, time is int64 microseconds since 1970-01-01T00:00Z. Local time and zone are kept beside it
 * (lb_when). Zones are dated rules in a table of this project: China is UTC+8 everywhere (timetables of rail,
 * road and air use it in Xinjiang too; tzdata's Asia/Urumqi at +6 is the unofficial local time), Kazakhstan
 * is UTC+5 since 2024-03-01. All functions are pure and thread-safe. */
#ifndef LANDBRIDGE_CLIENT_TIME_H
#define LANDBRIDGE_CLIENT_TIME_H

#include "landbridge/client/event.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LB_SECOND_US INT64_C(1000000)
#define LB_MINUTE_US (60 * LB_SECOND_US)
#define LB_HOUR_US   (60 * LB_MINUTE_US)
#define LB_DAY_US    (24 * LB_HOUR_US)

typedef struct lb_civil { /* a local date and time, as sent */
    int year, month, day; /* 1..12, 1..31 */
    int hour, minute, second, micro;
} lb_civil;

typedef struct lb_zone lb_zone; /* a place's clock with its history; constant */

const lb_zone *lb_zone_find(lb_span name); /* "Asia/Shanghai", "UTC", "+05:00"-style too; NULL */
const char *lb_zone_name(const lb_zone *zone);
int lb_zone_offset_at(const lb_zone *zone, int64_t utc_us); /* minutes east of UTC */

/* a real day of that month and year, 00:00:00..23:59:59 */
bool lb_civil_is_valid(const lb_civil *civil);
int64_t lb_civil_to_utc(const lb_civil *civil, int offset_min);
/* The offset in force at a local time. An hour that occurs twice is taken as the first. */
int lb_zone_offset_for(const lb_zone *zone, const lb_civil *civil);
void lb_utc_to_civil(int64_t utc_us, int offset_min, lb_civil *civil);
int64_t lb_civil_day(const lb_civil *civil);          /* days since 1970-01-01 */
void lb_civil_from_day(int64_t day, lb_civil *civil); /* at 00:00:00 */

/* Parse into civil; false for any other text (whether the day exists is not checked). */
bool lb_civil_digits(lb_span digits, lb_civil *civil); /* YYYYMMDD[hh[mm[ss]]] */
/* YYMMDDhhmmss of JT/T 808 as 20YY; false when a nibble is no digit */
bool lb_civil_bcd(const uint8_t *six, lb_civil *civil);
/* xs:dateTime, xs:date, RFC 3339; fraction kept to the microsecond. *offset_min is LB_UNKNOWN when no
 * zone was written, else -840..840. Tolerates "+1:00" and "+0100". */
bool lb_civil_iso(lb_span text, lb_civil *civil, int64_t *offset_min);
int lb_month_from_name(lb_span three); /* "JAN".."DEC" -> 1..12, else 0 */

/* Finds the missing year: of reference year -1, 0, +1 the one that puts the day nearest to the
 * reference and inside [reference - before_days, reference + after_days]; 29 February only in
 * leap years. False when none fits. */
bool lb_civil_guess_year(lb_civil *civil, int64_t reference_us, int before_days, int after_days);

/* "2026-03-12T09:15:00+08:00", with ".123456" only when there are micros; room of 40 is enough. */
#define LB_TIME_ROOM 40
size_t lb_time_print(char *out, size_t room, int64_t utc_us, int offset_min);
size_t lb_date_print(char *out, size_t room, const lb_civil *civil); /* "2026-03-12" */
bool lb_time_read(lb_span text, int64_t *utc_us); /* RFC 3339 with zone, or a date (00:00Z) */

#ifdef __cplusplus
}
#endif

#endif
