/* time.c - civil time and zones, from the rules in this file only.
 *
 * A zone is a list of spans, newest first: beginning, minutes east of UTC, and the rule of summer
 * time. Days are counted by the proleptic Gregorian calendar. */
#include "landbridge/client/time.h"

#include <stdio.h>

typedef enum summer { NO_SUMMER, EU_SUMMER, US_SUMMER } summer;

typedef struct zone_span {
    int64_t from_us; /* INT64_MIN: always */
    int offset_min;
    summer rule;
} zone_span;

enum { SPANS_MAX = 3 };

struct lb_zone {
    const char *name;
    zone_span spans[SPANS_MAX]; /* newest first; the last one holds for all time before */
};

#define ALWAYS INT64_MIN
#define FIXED(zone, minutes)               \
    {                                      \
        zone,                              \
        {                                  \
            {                              \
                ALWAYS, minutes, NO_SUMMER \
            }                              \
        }                                  \
    }

static const lb_zone zones[] = {
    FIXED("UTC", 0),
    FIXED("Asia/Shanghai", 480), /* no summer time since 1991 */
    /* UTC+6 until 2024-03-01T00:00 local, which is 2024-02-29T18:00Z; +5 since */
    {"Asia/Almaty", {{INT64_C(1709229600000000), 300, NO_SUMMER}, {ALWAYS, 360, NO_SUMMER}}},
    FIXED("Asia/Aqtau", 300),
    FIXED("Asia/Tashkent", 300),
    FIXED("Asia/Bishkek", 360),
    FIXED("Asia/Dushanbe", 300),
    FIXED("Asia/Ashgabat", 300),
    FIXED("Asia/Ulaanbaatar", 480),
    FIXED("Asia/Tbilisi", 240),
    FIXED("Asia/Baku", 240),
    FIXED("Asia/Yerevan", 240),
    FIXED("Asia/Tehran", 210), /* no summer time since 2022 */
    FIXED("Asia/Yekaterinburg", 300),
    FIXED("Asia/Novosibirsk", 420),
    FIXED("Asia/Hong_Kong", 480),
    FIXED("Asia/Tokyo", 540),
    FIXED("Asia/Seoul", 540),
    FIXED("Asia/Singapore", 480),
    FIXED("Asia/Dubai", 240),
    FIXED("Asia/Qatar", 180),
    FIXED("Europe/Moscow", 180), /* since 2014-10-26 */
    FIXED("Europe/Minsk", 180),
    FIXED("Europe/Istanbul", 180),
    {"Europe/London", {{ALWAYS, 0, EU_SUMMER}}},
    {"Europe/Berlin", {{ALWAYS, 60, EU_SUMMER}}},
    {"Europe/Brussels", {{ALWAYS, 60, EU_SUMMER}}},
    {"Europe/Amsterdam", {{ALWAYS, 60, EU_SUMMER}}},
    {"Europe/Paris", {{ALWAYS, 60, EU_SUMMER}}},
    {"Europe/Madrid", {{ALWAYS, 60, EU_SUMMER}}},
    {"Europe/Vienna", {{ALWAYS, 60, EU_SUMMER}}},
    {"Europe/Warsaw", {{ALWAYS, 60, EU_SUMMER}}},
    {"Europe/Prague", {{ALWAYS, 60, EU_SUMMER}}},
    {"Europe/Budapest", {{ALWAYS, 60, EU_SUMMER}}},
    {"Europe/Rome", {{ALWAYS, 60, EU_SUMMER}}},
    {"Europe/Vilnius", {{ALWAYS, 120, EU_SUMMER}}},
    {"Europe/Riga", {{ALWAYS, 120, EU_SUMMER}}},
    {"Europe/Tallinn", {{ALWAYS, 120, EU_SUMMER}}},
    {"Europe/Helsinki", {{ALWAYS, 120, EU_SUMMER}}},
    {"Europe/Kyiv", {{ALWAYS, 120, EU_SUMMER}}},
    {"Europe/Bucharest", {{ALWAYS, 120, EU_SUMMER}}},
    {"America/New_York", {{ALWAYS, -300, US_SUMMER}}},
    {"America/Chicago", {{ALWAYS, -360, US_SUMMER}}},
    {"America/Denver", {{ALWAYS, -420, US_SUMMER}}},
    {"America/Los_Angeles", {{ALWAYS, -480, US_SUMMER}}},
    /* zones without a place, for profiles that say "+05:00" */
    FIXED("-12:00", -720),
    FIXED("-11:00", -660),
    FIXED("-10:00", -600),
    FIXED("-09:00", -540),
    FIXED("-08:00", -480),
    FIXED("-07:00", -420),
    FIXED("-06:00", -360),
    FIXED("-05:00", -300),
    FIXED("-04:00", -240),
    FIXED("-03:30", -210),
    FIXED("-03:00", -180),
    FIXED("-02:00", -120),
    FIXED("-01:00", -60),
    FIXED("+00:00", 0),
    FIXED("+01:00", 60),
    FIXED("+02:00", 120),
    FIXED("+03:00", 180),
    FIXED("+03:30", 210),
    FIXED("+04:00", 240),
    FIXED("+04:30", 270),
    FIXED("+05:00", 300),
    FIXED("+05:30", 330),
    FIXED("+05:45", 345),
    FIXED("+06:00", 360),
    FIXED("+06:30", 390),
    FIXED("+07:00", 420),
    FIXED("+08:00", 480),
    FIXED("+09:00", 540),
    FIXED("+09:30", 570),
    FIXED("+10:00", 600),
    FIXED("+11:00", 660),
    FIXED("+12:00", 720),
    FIXED("+13:00", 780),
    FIXED("+14:00", 840),
};

/* -- days ---------------------------------------------------------------------------------------------- */

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* The year is counted from March, so that the leap day is its last. */
int64_t lb_civil_day(const lb_civil *civil)
{
    int64_t year = civil->month > 2 ? civil->year : civil->year - 1;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t month = civil->month > 2 ? civil->month - 3 : civil->month + 9;
    int64_t of_year = (153 * month + 2) / 5 + civil->day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void lb_civil_from_day(int64_t day, lb_civil *civil)
{
    day += 719468;
    int64_t era = (day >= 0 ? day : day - 146096) / 146097;
    int64_t of_era = day - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    *civil = (lb_civil){
        .year = (int)(year + era * 400 + (month >= 10)),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(of_year - (153 * month + 2) / 5 + 1),
    };
}

bool lb_civil_is_valid(const lb_civil *c)
{
    return c->year >= 1 && c->year <= 9999 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days_in(c->year, c->month) && c->hour >= 0 && c->hour <= 23 &&
           c->minute >= 0 && c->minute <= 59 && c->second >= 0 && c->second <= 59 &&
           c->micro >= 0 && c->micro <= 999999;
}

int64_t lb_civil_to_utc(const lb_civil *c, int offset_min)
{
    int64_t minutes = (lb_civil_day(c) * 24 + c->hour) * 60 + c->minute - offset_min;
    return minutes * LB_MINUTE_US + c->second * LB_SECOND_US + c->micro;
}

void lb_utc_to_civil(int64_t utc_us, int offset_min, lb_civil *civil)
{
    int64_t local_us = utc_us + offset_min * LB_MINUTE_US;
    int64_t day = local_us / LB_DAY_US, rest = local_us % LB_DAY_US;
    if (rest < 0) {
        rest += LB_DAY_US;
        day--;
    }
    lb_civil_from_day(day, civil);
    civil->hour = (int)(rest / LB_HOUR_US);
    civil->minute = (int)(rest / LB_MINUTE_US % 60);
    civil->second = (int)(rest / LB_SECOND_US % 60);
    civil->micro = (int)(rest % LB_SECOND_US);
}

/* -- zones --------------------------------------------------------------------------------------------- */

const lb_zone *lb_zone_find(lb_span name)
{
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++)
        if (lb_span_is(name, zones[i].name))
            return &zones[i];
    return NULL;
}

const char *lb_zone_name(const lb_zone *zone)
{
    return zone->name;
}

/* Midnight (UTC day count) of the n-th Sunday of a month; n = 0: the last one. Day 0 was a Thursday. */
static int64_t sunday(int year, int month, int n)
{
    lb_civil first = {.year = year, .month = month, .day = 1};
    if (n == 0)
        first.day = days_in(year, month) - 6;
    int64_t day = lb_civil_day(&first);
    int64_t to_sunday = (10 - day % 7) % 7;
    return day + to_sunday + (n > 1 ? 7 * (n - 1) : 0);
}

/* Europe: last Sunday of March to last Sunday of October, 01:00Z. USA: second Sunday of March to first of
 * November, 02:00 local. */
static bool is_summer(const zone_span *span, int64_t utc_us)
{
    lb_civil civil;
    if (span->rule == NO_SUMMER)
        return false;
    lb_utc_to_civil(utc_us, span->offset_min, &civil);
    if (span->rule == EU_SUMMER)
        return utc_us >= sunday(civil.year, 3, 0) * LB_DAY_US + LB_HOUR_US &&
               utc_us < sunday(civil.year, 10, 0) * LB_DAY_US + LB_HOUR_US;
    int64_t standard_us = span->offset_min * LB_MINUTE_US;
    return utc_us >= sunday(civil.year, 3, 2) * LB_DAY_US + 2 * LB_HOUR_US - standard_us &&
           utc_us < sunday(civil.year, 11, 1) * LB_DAY_US + LB_HOUR_US - standard_us;
}

int lb_zone_offset_at(const lb_zone *zone, int64_t utc_us)
{
    const zone_span *span = zone->spans;
    while (span->from_us != ALWAYS && utc_us < span->from_us)
        span++;
    return span->offset_min + (is_summer(span, utc_us) ? 60 : 0);
}

int lb_zone_offset_for(const lb_zone *zone, const lb_civil *civil)
{
    /* The earliest matching moment is the one with the largest offset that fits. */
    int64_t as_utc = lb_civil_to_utc(civil, 0);
    int before = lb_zone_offset_at(zone, as_utc - LB_DAY_US);
    int after = lb_zone_offset_at(zone, as_utc + LB_DAY_US);
    int larger = before > after ? before : after, smaller = before > after ? after : before;
    if (lb_zone_offset_at(zone, as_utc - larger * LB_MINUTE_US) == larger)
        return larger;
    if (lb_zone_offset_at(zone, as_utc - smaller * LB_MINUTE_US) == smaller)
        return smaller;
    return before; /* an hour that the clock skipped: the offset before the change */
}

/* -- reading ------------------------------------------------------------------------------------------- */

static bool two_digits(lb_span text, size_t at, int *value)
{
    if (at + 2 > text.len || text.at[at] < '0' || text.at[at] > '9' || text.at[at + 1] < '0' ||
        text.at[at + 1] > '9')
        return false;
    *value = (text.at[at] - '0') * 10 + (text.at[at + 1] - '0');
    return true;
}

static bool four_digits(lb_span text, size_t at, int *value)
{
    int high, low;
    if (!two_digits(text, at, &high) || !two_digits(text, at + 2, &low))
        return false;
    *value = high * 100 + low;
    return true;
}

bool lb_civil_digits(lb_span digits, lb_civil *civil)
{
    lb_civil c = {0};
    if ((digits.len != 8 && digits.len != 10 && digits.len != 12 && digits.len != 14) ||
        !four_digits(digits, 0, &c.year) || !two_digits(digits, 4, &c.month) ||
        !two_digits(digits, 6, &c.day))
        return false;
    if ((digits.len > 8 && !two_digits(digits, 8, &c.hour)) ||
        (digits.len > 10 && !two_digits(digits, 10, &c.minute)) ||
        (digits.len > 12 && !two_digits(digits, 12, &c.second)))
        return false;
    *civil = c;
    return true;
}

bool lb_civil_bcd(const uint8_t *six, lb_civil *civil)
{
    int fields[6];
    for (int i = 0; i < 6; i++) {
        if ((six[i] >> 4) > 9 || (six[i] & 15) > 9)
            return false;
        fields[i] = (six[i] >> 4) * 10 + (six[i] & 15);
    }
    *civil = (lb_civil){2000 + fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], 0};
    return true;
}

/* "Z", "+08:00", "+0800", "+1:00", "+08"; the whole of `text` or nothing. */
static bool read_offset(lb_span text, int64_t *offset_min)
{
    int hours = 0, minutes = 0;
    if (lb_span_is(text, "Z") || lb_span_is(text, "z")) {
        *offset_min = 0;
        return true;
    }
    if (text.len < 2 || (text.at[0] != '+' && text.at[0] != '-'))
        return false;
    lb_span rest = lb_span_after(text, 1), hour_text;
    if (memchr(rest.at, ':', rest.len) != NULL) {
        lb_span_cut(&rest, ':', &hour_text);
    } else {
        hour_text = lb_span_first(rest, 2);
        rest = lb_span_after(rest, hour_text.len);
    }
    int64_t value;
    if (hour_text.len > 2 || !lb_span_number(hour_text, &value))
        return false;
    hours = (int)value;
    if (rest.len > 0 && (rest.len != 2 || !two_digits(rest, 0, &minutes)))
        return false;
    int64_t total = hours * 60 + minutes;
    if (minutes > 59 || total > 14 * 60)
        return false;
    *offset_min = text.at[0] == '-' ? -total : total;
    return true;
}

/* Digits behind the decimal mark, to the microsecond; returns the number of bytes. */
static size_t read_fraction(lb_span text, int *micro)
{
    size_t i = 0;
    int scale = 100000;
    for (; i < text.len && text.at[i] >= '0' && text.at[i] <= '9'; i++) {
        *micro += (text.at[i] - '0') * scale;
        scale /= 10;
    }
    return i;
}

bool lb_civil_iso(lb_span text, lb_civil *civil, int64_t *offset_min)
{
    lb_civil c = {0};
    int64_t offset = LB_UNKNOWN;
    if (text.len < 10 || !four_digits(text, 0, &c.year) || text.at[4] != '-' ||
        !two_digits(text, 5, &c.month) || text.at[7] != '-' || !two_digits(text, 8, &c.day))
        return false;
    lb_span rest = lb_span_after(text, 10);
    if (rest.len > 0 && (rest.at[0] == 'T' || rest.at[0] == 't' || rest.at[0] == ' ')) {
        if (rest.len < 6 || !two_digits(rest, 1, &c.hour) || rest.at[3] != ':' ||
            !two_digits(rest, 4, &c.minute))
            return false;
        rest = lb_span_after(rest, 6);
        if (rest.len > 0 && rest.at[0] == ':') {
            if (!two_digits(rest, 1, &c.second))
                return false;
            rest = lb_span_after(rest, 3);
        }
        if (rest.len > 1 && (rest.at[0] == '.' || rest.at[0] == ','))
            rest = lb_span_after(rest, 1 + read_fraction(lb_span_after(rest, 1), &c.micro));
    }
    if (rest.len > 0 && !read_offset(rest, &offset))
        return false;
    *civil = c;
    *offset_min = offset;
    return true;
}

int lb_month_from_name(lb_span three)
{
    static const char names[] = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
    for (int month = 0; three.len == 3 && month < 12; month++)
        if (memcmp(names + (ptrdiff_t)month * 3, three.at, 3) == 0)
            return month + 1;
    return 0;
}

bool lb_civil_guess_year(lb_civil *civil, int64_t reference_us, int before_days, int after_days)
{
    lb_civil reference, candidate = *civil;
    int64_t best = INT64_MAX;
    lb_utc_to_civil(reference_us, 0, &reference);
    int64_t today = lb_civil_day(&reference);
    for (int year = reference.year - 1; year <= reference.year + 1; year++) {
        candidate.year = year;
        if (candidate.month < 1 || candidate.month > 12 || candidate.day < 1 ||
            candidate.day > days_in(year, candidate.month))
            continue;
        int64_t away = lb_civil_day(&candidate) - today;
        int64_t distance = away < 0 ? -away : away;
        if (away < -before_days || away > after_days || distance >= best)
            continue;
        best = distance;
        civil->year = year;
    }
    return best != INT64_MAX;
}

/* -- printing ------------------------------------------------------------------------------------------ */

size_t lb_time_print(char *out, size_t room, int64_t utc_us, int offset_min)
{
    lb_civil c;
    char fraction[16] = "", zone[16] = "Z";
    int away = offset_min < 0 ? -offset_min : offset_min;
    lb_utc_to_civil(utc_us, offset_min, &c);
    if (c.micro != 0)
        snprintf(fraction, sizeof fraction, ".%06d", c.micro);
    if (offset_min != 0)
        snprintf(zone, sizeof zone, "%c%02d:%02d", offset_min < 0 ? '-' : '+', away / 60 % 100,
                 away % 60);
    int len = snprintf(out, room, "%04d-%02d-%02dT%02d:%02d:%02d%s%s", c.year, c.month, c.day,
                       c.hour, c.minute, c.second, fraction, zone);
    return len < 0 ? 0 : (size_t)len < room ? (size_t)len : room - 1;
}

size_t lb_date_print(char *out, size_t room, const lb_civil *civil)
{
    int len = snprintf(out, room, "%04d-%02d-%02d", civil->year, civil->month, civil->day);
    return len < 0 ? 0 : (size_t)len < room ? (size_t)len : room - 1;
}

bool lb_time_read(lb_span text, int64_t *utc_us)
{
    lb_civil civil;
    int64_t offset_min;
    if (!lb_civil_iso(text, &civil, &offset_min) || !lb_civil_is_valid(&civil))
        return false;
    if (offset_min == LB_UNKNOWN && text.len > 10)
        return false;
    *utc_us = lb_civil_to_utc(&civil, offset_min == LB_UNKNOWN ? 0 : (int)offset_min);
    return true;
}
