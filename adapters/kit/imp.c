/* imp.c - see imp.h. */
#include "imp.h"

#include "landbridge/client/time.h"

static bool is_letter(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool lb_imp_is_letters(lb_span text, size_t len)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_letter(text.at[i]))
            return false;
    return text.len == len;
}

bool lb_imp_line(lb_span *rest, lb_span *line)
{
    if (rest->len == 0)
        return false;
    size_t end = 0;
    while (end < rest->len && rest->at[end] != '\r' && rest->at[end] != '\n')
        end++;
    *line = lb_span_first(*rest, end);
    end += end + 1 < rest->len && rest->at[end] == '\r' && rest->at[end + 1] == '\n' ? 2 : 1;
    *rest = lb_span_after(*rest, end);
    while (line->len > 0 && (unsigned char)line->at[0] <= ' ')
        *line = lb_span_after(*line, 1);
    while (line->len > 0 && (unsigned char)line->at[line->len - 1] <= ' ')
        line->len--;
    return true;
}

/* Takes at most `most` digits off the front. */
static lb_span take_digits(lb_span *rest, size_t most)
{
    size_t len = 0;
    while (len < rest->len && len < most && is_digit(rest->at[len]))
        len++;
    lb_span digits = lb_span_first(*rest, len);
    *rest = lb_span_after(*rest, len);
    return digits;
}

static bool take_number(lb_span *rest, size_t least, size_t most, int64_t *value)
{
    lb_span digits = take_digits(rest, most);
    return digits.len >= least && lb_span_number(digits, value);
}

/* "K812.5", "L1791,2": kilograms and pounds to grams. One pound is 453.59237 g by definition. */
static bool take_weight(lb_span *rest, int64_t *gross_g)
{
    enum { POUND_10UG = 45359237 };
    bool is_pounds = rest->at[0] == 'L';
    size_t len = 1;
    while (len < rest->len && len < 9 &&
           (is_digit(rest->at[len]) || rest->at[len] == '.' || rest->at[len] == ','))
        len++;
    lb_span number = lb_span_after(lb_span_first(*rest, len), 1);
    while (number.len > 0 && !is_digit(number.at[number.len - 1]))
        number.len--; /* some senders write "K812." */
    int64_t thousandths;
    if (!lb_span_decimal(number, 3, &thousandths))
        return false;
    *rest = lb_span_after(*rest, len);
    *gross_g = is_pounds ? (thousandths * POUND_10UG + 50000000) / 100000000 : thousandths;
    return true;
}

/* "MC4.60" and "DG6" behind the weight, in manifests and bookings. */
static bool take_volume(lb_span *rest, int64_t *volume_ml)
{
    size_t len = 2;
    bool is_volume = rest->len > 2 && memchr("CM", rest->at[0], 2) != NULL;
    while (is_volume && len < rest->len &&
           (is_digit(rest->at[len]) || rest->at[len] == '.' || rest->at[len] == ','))
        len++;
    if (is_volume && !lb_imp_volume_read(lb_span_first(*rest, len), volume_ml))
        return false;
    if (is_volume)
        *rest = lb_span_after(*rest, len);
    if (lb_span_starts(*rest, "DG")) {
        *rest = lb_span_after(*rest, 2);
        return take_digits(rest, 2).len > 0;
    }
    return true;
}

bool lb_imp_measures_read(lb_span text, int64_t *gross_g, int64_t *volume_ml)
{
    int64_t grams = LB_UNKNOWN, ml = LB_UNKNOWN;
    lb_span rest = text;
    if (rest.len > 1 && (rest.at[0] == 'K' || rest.at[0] == 'L') && !take_weight(&rest, &grams))
        return false;
    if (!take_volume(&rest, &ml) || rest.len > 0 || text.len == 0)
        return false;
    *gross_g = grams;
    *volume_ml = ml;
    return true;
}

bool lb_imp_quantity_read(lb_span text, lb_imp_quantity *quantity)
{
    lb_imp_quantity q = {.gross_g = LB_UNKNOWN, .volume_ml = LB_UNKNOWN, .total = LB_UNKNOWN};
    lb_span rest = text;
    if (text.len < 2 || memchr("TPSDM", text.at[0], 5) == NULL)
        return false;
    q.kind = text.at[0];
    rest = lb_span_after(rest, 1);
    if (!take_number(&rest, 1, 4, &q.pieces))
        return false;
    if (rest.len > 1 && (rest.at[0] == 'K' || rest.at[0] == 'L') && !take_weight(&rest, &q.gross_g))
        return false;
    if (!take_volume(&rest, &q.volume_ml))
        return false;
    if (rest.len > 1 && rest.at[0] == 'T') {
        rest = lb_span_after(rest, 1);
        if (!take_number(&rest, 1, 4, &q.total))
            return false;
    }
    if (rest.len > 0)
        return false;
    *quantity = q;
    return true;
}

/* "-N": P is the day before, N, S, T, A ... L one, two, three, four ... fifteen days after. */
static bool take_shift(lb_span *rest, int *shift)
{
    static const char later[] = "NSTABCDEFGHIJKL";
    *shift = 0;
    if (rest->len == 0)
        return true;
    if (rest->len != 2 || rest->at[0] != '-')
        return false;
    const char *found = memchr(later, rest->at[1], sizeof later - 1);
    if (found == NULL && rest->at[1] != 'P')
        return false;
    *shift = found == NULL ? -1 : (int)(found - later) + 1;
    *rest = lb_span_after(*rest, 2);
    return true;
}

static bool take_time(lb_span *rest, int *hour, int *minute)
{
    int64_t value;
    if (!take_number(rest, 4, 4, &value))
        return false;
    *hour = (int)(value / 100);
    *minute = (int)(value % 100);
    return true;
}

bool lb_imp_day_read(lb_span text, lb_imp_day *day)
{
    lb_imp_day d = {0};
    lb_span rest = text;
    int64_t value;
    if (!take_number(&rest, 2, 2, &value) || rest.len < 3)
        return false;
    d.day = (int)value;
    d.month = lb_month_from_name(lb_span_first(rest, 3));
    rest = lb_span_after(rest, 3);
    d.has_time = rest.len > 0 && is_digit(rest.at[0]);
    if (d.month == 0 || (d.has_time && !take_time(&rest, &d.hour, &d.minute)) ||
        !take_shift(&rest, &d.shift))
        return false;
    *day = d;
    return true;
}

bool lb_imp_slot_read(lb_span text, lb_imp_slot *slot)
{
    lb_imp_slot s = {0};
    lb_span rest = lb_span_after(text, 1);
    if (text.len < 5 || memchr("SEA", text.at[0], 3) == NULL)
        return false;
    s.kind = text.at[0];
    if (!take_time(&rest, &s.hour, &s.minute) || !take_shift(&rest, &s.shift))
        return false;
    *slot = s;
    return true;
}

/* Two characters, one of which may be a digit, and 3 to 4 digits: "N4318" is flight 318 of N4. */
bool lb_imp_flight_read(lb_span text, lb_imp_flight *flight)
{
    bool is_icao = text.len >= 4 && lb_imp_is_letters(lb_span_first(text, 3), 3);
    size_t carrier = is_icao ? 3 : 2, i = carrier;
    if (text.len <= carrier || (!is_letter(text.at[0]) && !is_letter(text.at[1])))
        return false;
    for (size_t k = 0; k < carrier; k++)
        if (!is_letter(text.at[k]) && !is_digit(text.at[k]))
            return false;
    while (i < text.len && is_digit(text.at[i]))
        i++;
    size_t digits = i - carrier;
    if (i < text.len && is_letter(text.at[i]))
        i++;
    if (i != text.len || digits < 1 || digits > 4)
        return false;
    *flight = (lb_imp_flight){lb_span_first(text, carrier), lb_span_after(text, carrier), is_icao};
    return true;
}

bool lb_imp_volume_read(lb_span text, int64_t *ml)
{
    enum { NUMBER_MAX = 9 }; /* by Cargo-IMP; no sum below overflows */
    lb_span number = lb_span_after(text, 2);
    int64_t scaled;
    if (number.len > NUMBER_MAX)
        return false;
    if (lb_span_starts(text, "MC") && lb_span_decimal(number, 6, &scaled))
        *ml = scaled;
    else if (lb_span_starts(text, "CC") && lb_span_decimal(number, 0, &scaled))
        *ml = scaled;
    else if (lb_span_starts(text, "CF") && lb_span_decimal(number, 3, &scaled))
        *ml = scaled * 28316847 / 1000000; /* a cubic foot is 28 316.847 cubic centimetres */
    else if (lb_span_starts(text, "CI") && lb_span_decimal(number, 3, &scaled))
        *ml = scaled * 16387 / 1000000;
    else
        return false;
    return true;
}
