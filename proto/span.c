/* span.c - cutting, trimming and counting borrowed bytes. */
#include "landbridge/client/span.h"

bool lb_span_cut(lb_span *rest, char separator, lb_span *field)
{
    if (rest->at == NULL)
        return false;
    const char *end = rest->at + rest->len;
    const char *found = rest->len == 0 ? NULL : memchr(rest->at, separator, rest->len);
    if (found == NULL) {
        *field = *rest;
        *rest = LB_EMPTY; /* used up: marked by a NULL `at` */
        return true;
    }
    *field = lb_span_between(rest->at, found);
    *rest = lb_span_between(found + 1, end);
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

lb_span lb_span_trim(lb_span span)
{
    while (span.len > 0 && is_blank(span.at[0]))
        span = lb_span_after(span, 1);
    while (span.len > 0 && is_blank(span.at[span.len - 1]))
        span.len--;
    return span;
}

bool lb_span_all_digits(lb_span span)
{
    for (size_t i = 0; i < span.len; i++)
        if (span.at[i] < '0' || span.at[i] > '9')
            return false;
    return span.len > 0;
}

bool lb_span_number(lb_span span, int64_t *value)
{
    enum { DIGITS_MAX = 18 }; /* always fits int64_t */
    if (!lb_span_all_digits(span) || span.len > DIGITS_MAX)
        return false;
    int64_t sum = 0;
    for (size_t i = 0; i < span.len; i++)
        sum = sum * 10 + (span.at[i] - '0');
    *value = sum;
    return true;
}

bool lb_span_decimal(lb_span span, int digits, int64_t *scaled)
{
    enum { ALL_MAX = 18, WHOLE_MAX = 12, DIGITS_MAX = 7 }; /* 7: degrees */
    int whole_max = ALL_MAX - digits < WHOLE_MAX ? ALL_MAX - digits : WHOLE_MAX;
    bool is_negative = span.len > 0 && span.at[0] == '-';
    if (span.len > 0 && (span.at[0] == '-' || span.at[0] == '+'))
        span = lb_span_after(span, 1);
    if (digits < 0 || digits > DIGITS_MAX)
        return false;

    int64_t sum = 0;
    int after = -1; /* digits after the mark; -1: before it */
    bool round_up = false, has_digit = false;
    for (size_t i = 0; i < span.len; i++) {
        char c = span.at[i];
        if ((c == '.' || c == ',') && after < 0) {
            after = 0;
            continue;
        }
        if (c < '0' || c > '9' || (after < 0 && i >= (size_t)whole_max))
            return false;
        has_digit = true;
        if (after < digits)
            sum = sum * 10 + (c - '0');
        else if (after == digits)
            round_up = c >= '5';
        if (after >= 0)
            after++;
    }
    if (!has_digit)
        return false;
    for (int i = after < 0 ? 0 : after; i < digits; i++)
        sum *= 10;
    sum += round_up;
    *scaled = is_negative ? -sum : sum;
    return true;
}

int lb_span_compare(lb_span a, lb_span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len == 0 ? 0 : memcmp(a.at, b.at, len);
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

size_t lb_span_join(char *out, size_t room, const lb_span *parts, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        size_t more = parts[i].len < room - 1 - len ? parts[i].len : room - 1 - len;
        if (more > 0)
            memcpy(out + len, parts[i].at, more);
        len += more;
    }
    out[len] = '\0';
    return len;
}

uint64_t lb_span_hash(lb_span span)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < span.len; i++)
        hash = (hash ^ (uint8_t)span.at[i]) * UINT64_C(1099511628211);
    return hash;
}

void lb_span_to_text(char *out, size_t room, lb_span span)
{
    lb_span_join(out, room, &span, 1);
}

lb_span lb_span_append(char **at, lb_span span)
{
    char *begin = *at;

    if (span.len > 0)
        memcpy(begin, span.at, span.len);
    *at += span.len;
    return (lb_span){begin, span.len};
}

lb_span lb_span_print_number(char out[LB_NUMBER_ROOM], int64_t number)
{
    char *end = out + LB_NUMBER_ROOM, *at = end;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0)
        *--at = '-';
    return lb_span_between(at, end);
}
