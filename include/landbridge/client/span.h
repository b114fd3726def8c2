/* span.h - borrowed bytes.
 *
 * A span is a borrowed view: it never owns, never frees, and is not NUL-terminated. An empty span
 * (`len == 0`) stands for an absent value everywhere in Landbridge; `at` may then be NULL. */
#ifndef LANDBRIDGE_CLIENT_SPAN_H
#define LANDBRIDGE_CLIENT_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lb_span {
    const char *at;
    size_t len;
} lb_span;

/* A span as an expression: C and C++ write it differently. */
#ifdef __cplusplus
#define LB_SPAN_MADE(at, len) (lb_span{(at), (len)})
#else
#define LB_SPAN_MADE(at, len) ((lb_span){(at), (len)})
#endif
#define LB_EMPTY         LB_SPAN_MADE(NULL, 0)
#define LB_SPAN(literal) LB_SPAN_MADE((literal), sizeof(literal) - 1)
#define LB_ARG(span)     (int)(span).len, (span).at /* for "%.*s" */

static inline lb_span lb_span_of(const char *text)
{
    return text == NULL ? LB_EMPTY : LB_SPAN_MADE(text, strlen(text));
}

static inline lb_span lb_span_between(const char *begin, const char *end)
{
    return LB_SPAN_MADE(begin, (size_t)(end - begin));
}

static inline bool lb_span_equal(lb_span a, lb_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool lb_span_is(lb_span span, const char *text)
{
    return lb_span_equal(span, lb_span_of(text));
}

static inline bool lb_span_starts(lb_span span, const char *prefix)
{
    size_t len = strlen(prefix);
    return span.len >= len && memcmp(span.at, prefix, len) == 0;
}

/* The rest of `span` after `skip` bytes; empty when there are fewer. */
static inline lb_span lb_span_after(lb_span span, size_t skip)
{
    if (span.len == 0)
        return span; /* NULL + skip would be undefined behaviour */
    return skip >= span.len ? LB_SPAN_MADE(span.at + span.len, 0)
                            : LB_SPAN_MADE(span.at + skip, span.len - skip);
}

static inline lb_span lb_span_first(lb_span span, size_t len)
{
    return LB_SPAN_MADE(span.at, len < span.len ? len : span.len);
}

/* Cuts the field before the next `separator` off `rest`; the whole rest when there is none.
 * Empty fields are kept, so "a//b" gives three. False, with `field` unchanged, when `rest` was
 * used up; a rest that ends in a separator gives one last empty field. */
bool lb_span_cut(lb_span *rest, char separator, lb_span *field);

lb_span lb_span_trim(lb_span span);                /* ASCII blanks off both ends */
bool lb_span_all_digits(lb_span span);             /* at least one, and nothing but 0-9 */
bool lb_span_number(lb_span span, int64_t *value); /* digits only, at most 18; else false */
bool lb_span_decimal(lb_span span, int digits, int64_t *scaled);
/* "812.5" with digits = 3 gives 812500. Point or comma; a sign; surplus digits are rounded half
 * away from zero. False, with *scaled unchanged, for anything else. No floating point. */
/* Concatenates the parts, NUL-terminated, cut at room - 1; returns the length. For hot paths,
 * where printf costs more than copying. */
size_t lb_span_join(char *out, size_t room, const lb_span *parts, size_t count);
void lb_span_to_text(char *out, size_t room, lb_span span); /* the same of one part */
/* Copies it to *at, which must have room, and advances *at behind it. Returns the copy. */
lb_span lb_span_append(char **at, lb_span span);
#define LB_NUMBER_ROOM 24
lb_span lb_span_print_number(char out[LB_NUMBER_ROOM], int64_t number); /* in `out` */
/* FNV-1a of 64 bits, not keyed. The shares of feeds store it (schema 0001_journal), so it must
 * not change. */
uint64_t lb_span_hash(lb_span span);
int lb_span_compare(lb_span a, lb_span b); /* as memcmp, shorter first */

#ifdef __cplusplus
}
#endif

#endif
