/* text.c - see text.h. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void out_of_memory(void)
{
    fputs("landbridge-day: out of memory\n", stderr);
    exit(EXIT_FAILURE);
}

void *day_memory(size_t count, size_t size)
{
    void *memory = calloc(count == 0 ? 1 : count, size);

    if (memory == NULL)
        out_of_memory();
    return memory;
}

static void make_room(day_text *text, size_t more)
{
    if (text->len + more < text->room)
        return;

    size_t room = text->room == 0 ? 256 : text->room;
    while (room <= text->len + more)
        room *= 2;
    char *at = realloc(text->at, room);
    if (at == NULL)
        out_of_memory();
    text->at = at;
    text->room = room;
}

void day_text_add(day_text *text, const void *bytes, size_t len)
{
    make_room(text, len);
    if (len > 0)
        memcpy(text->at + text->len, bytes, len);
    text->len += len;
    text->at[text->len] = '\0';
}

void day_text_print(day_text *text, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    int need = vsnprintf(NULL, 0, format, list);
    va_end(list);
    if (need < 0)
        return;

    make_room(text, (size_t)need);
    va_start(list, format);
    vsnprintf(text->at + text->len, (size_t)need + 1, format, list);
    va_end(list);
    text->len += (size_t)need;
}

void day_text_clear(day_text *text)
{
    text->len = 0;
}

void day_text_fini(day_text *text)
{
    free(text->at);
    *text = (day_text){0};
}

/* Days since 1970-01-01: years counted from March, so that the leap day comes last. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t m = month <= 2 ? month + 9 : month - 3;

    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

int64_t day_midnight_us(int year, int month, int day, int offset_min)
{
    return days_of(year, month, day) * DAY_DAY_US - offset_min * DAY_MINUTE_US;
}

day_clock day_clock_at(int64_t utc_us, int offset_min)
{
    int64_t local_s = utc_us / DAY_SECOND_US + offset_min * 60;
    int64_t days = local_s / 86400;
    int rest = (int)(local_s % 86400);
    day_clock clock = {.year = 1970, .month = 1};

    while (days_of(clock.year + 1, 1, 1) <= days)
        clock.year++;
    while (clock.month < 12 && days_of(clock.year, clock.month + 1, 1) <= days)
        clock.month++;
    clock.day = (int)(days - days_of(clock.year, clock.month, 1)) + 1;
    clock.hour = rest / 3600;
    clock.minute = rest / 60 % 60;
    clock.second = rest % 60;
    clock.weekday = (int)((days + 3) % 7); /* 1970-01-01 was a Thursday */
    return clock;
}

const char *day_month_name(int month)
{
    static const char *const names[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                        "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
    return names[(month - 1) % 12];
}

const char *day_iso(char out[DAY_ISO_ROOM], int64_t utc_us, int offset_min)
{
    day_clock c = day_clock_at(utc_us, offset_min);

    snprintf(out, DAY_ISO_ROOM, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", c.year % 10000, c.month,
             c.day, c.hour, c.minute, c.second, offset_min < 0 ? '-' : '+',
             abs(offset_min) / 60 % 24, abs(offset_min) % 60);
    return out;
}

const char *day_date(char out[DAY_ISO_ROOM], int64_t utc_us, int offset_min)
{
    day_clock c = day_clock_at(utc_us, offset_min);

    snprintf(out, DAY_ISO_ROOM, "%04d-%02d-%02d", c.year % 10000, c.month, c.day);
    return out;
}
