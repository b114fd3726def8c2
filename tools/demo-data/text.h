/* text.h - growing texts, and the calendar of messages. Without memory the generator prints an error and
 * exits, since it has nothing to save. */
#ifndef DAY_TEXT_H
#define DAY_TEXT_H

#include <stddef.h>
#include <stdint.h>

typedef struct day_text {
    char *at;
    size_t len, room;
} day_text;

void day_text_add(day_text *text, const void *bytes, size_t len);
void day_text_print(day_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void day_text_clear(day_text *text);
void day_text_fini(day_text *text);
void *day_memory(size_t count, size_t size); /* zeroed; never NULL */

#define DAY_SECOND_US      INT64_C(1000000)
#define DAY_MINUTE_US      (60 * DAY_SECOND_US)
#define DAY_HOUR_US        (60 * DAY_MINUTE_US)
#define DAY_DAY_US         (24 * DAY_HOUR_US)
#define DAY_CHINA_MIN      480 /* UTC+8, in Xinjiang too */
#define DAY_KAZAKHSTAN_MIN 300 /* UTC+5 since 2024-03-01 */
#define DAY_NEVER          INT64_MIN

typedef struct day_clock {                               /* a moment in local time */
    int year, month, day, hour, minute, second, weekday; /* weekday 0 = Monday */
} day_clock;

int64_t day_midnight_us(int year, int month, int day, int offset_min);
day_clock day_clock_at(int64_t utc_us, int offset_min);
const char *day_month_name(int month); /* "MAR" */

#define DAY_ISO_ROOM 40
/* 2026-03-12T09:15:00+08:00 */
const char *day_iso(char out[DAY_ISO_ROOM], int64_t utc_us, int offset_min);
const char *day_date(char out[DAY_ISO_ROOM], int64_t utc_us, int offset_min); /* 2026-03-12 */

#endif
