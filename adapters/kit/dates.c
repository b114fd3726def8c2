/* dates.c - rewrites dates and times into the ISO 8601 form and reads that. */
#include "dates.h"

enum { ISO_ROOM = 40 };

typedef struct cutter {
    lb_span rest;
    char out[ISO_ROOM];
    size_t len;
} cutter;

/* A number of one to `most` digits, written with `width`; false when there is none. */
static bool take_number(cutter *cut, size_t most, size_t width)
{
    size_t digits = 0;
    while (digits < cut->rest.len && digits < most && cut->rest.at[digits] >= '0' &&
           cut->rest.at[digits] <= '9')
        digits++;
    if (digits == 0 || cut->len + width >= ISO_ROOM)
        return false;
    for (size_t i = digits; i < width; i++)
        cut->out[cut->len++] = '0';
    memcpy(cut->out + cut->len, cut->rest.at, digits);
    cut->len += digits;
    cut->rest = lb_span_after(cut->rest, digits);
    return true;
}

static bool take_char(cutter *cut, const char *any_of)
{
    if (cut->rest.len == 0 || strchr(any_of, cut->rest.at[0]) == NULL)
        return false;
    cut->rest = lb_span_after(cut->rest, 1);
    return true;
}

static void put(cutter *cut, char c)
{
    cut->out[cut->len++] = c;
}

static bool has_whole_year(lb_span text)
{
    return text.len >= 4 && lb_span_all_digits(lb_span_first(text, 4));
}

/* Year first: 2026-03-12, 2026/3/12, 2026.03.12. */
static bool take_year_first(cutter *cut)
{
    if (!has_whole_year(cut->rest) || !take_number(cut, 4, 4) || !take_char(cut, "-/."))
        return false;
    put(cut, '-');
    if (!take_number(cut, 2, 2) || !take_char(cut, "-/."))
        return false;
    put(cut, '-');
    return take_number(cut, 2, 2);
}

/* Day first, with points or dashes: 12.03.2026. */
static bool take_day_first(cutter *cut)
{
    cutter day = {.rest = cut->rest}, month, year;
    if (!take_number(&day, 2, 2) || !take_char(&day, ".-"))
        return false;
    month = (cutter){.rest = day.rest};
    if (!take_number(&month, 2, 2) || !take_char(&month, ".-"))
        return false;
    year = (cutter){.rest = month.rest};
    if (!has_whole_year(year.rest) || !take_number(&year, 4, 4))
        return false;
    cut->rest = year.rest;
    memcpy(cut->out, year.out, 4);
    cut->out[4] = cut->out[7] = '-';
    memcpy(cut->out + 5, month.out, 2);
    memcpy(cut->out + 8, day.out, 2);
    cut->len = 10;
    return true;
}

/* What is left after the hour and minute: seconds, fraction, zone, as ISO has them. */
static bool take_clock(cutter *cut)
{
    put(cut, 'T');
    if (!take_number(cut, 2, 2) || !take_char(cut, ":"))
        return false;
    put(cut, ':');
    if (!take_number(cut, 2, 2))
        return false;
    bool has_seconds = cut->rest.len > 0 && cut->rest.at[0] == ':';
    if (!has_seconds) {
        memcpy(cut->out + cut->len, ":00", 3);
        cut->len += 3;
    }
    if (cut->rest.len >= ISO_ROOM - cut->len)
        return false;
    memcpy(cut->out + cut->len, cut->rest.at, cut->rest.len);
    cut->len += cut->rest.len;
    return true;
}

static bool read_digits(lb_span text, lb_civil *civil, int64_t *offset_min, lb_precision *prec)
{
    if (text.len < 8 || !lb_civil_digits(text, civil))
        return false;
    *offset_min = LB_UNKNOWN;
    *prec = text.len == 8    ? LB_PRECISION_DAY
            : text.len <= 12 ? LB_PRECISION_MINUTE
                             : LB_PRECISION_SECOND;
    return true;
}

bool lb_dates_read(lb_span text, lb_civil *civil, int64_t *offset_min, lb_precision *prec)
{
    text = lb_span_trim(text);
    cutter cut = {.rest = text};
    if (lb_span_all_digits(text))
        return read_digits(text, civil, offset_min, prec);
    bool has_day = take_year_first(&cut);
    if (!has_day) {
        cut = (cutter){.rest = text};
        has_day = take_day_first(&cut);
    }
    if (!has_day)
        return false;
    bool has_clock = take_char(&cut, "T ");
    cut.rest = lb_span_trim(cut.rest);
    size_t colons = 0;
    for (size_t i = 0; i < cut.rest.len && i < 6; i++)
        colons += cut.rest.at[i] == ':';
    if (has_clock ? !take_clock(&cut) : cut.rest.len > 0)
        return false;
    *prec = !has_clock ? LB_PRECISION_DAY : colons >= 2 ? LB_PRECISION_SECOND : LB_PRECISION_MINUTE;
    return lb_civil_iso((lb_span){cut.out, cut.len}, civil, offset_min);
}
