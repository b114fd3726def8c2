/* table.h - the repeatable elements of an adapter's messages, and messages made with them.
 *
 * tests/growth/<mode>.<name>.txt lists the repeatable elements of one adapter's grammar:
 *
 *     # comment, up to the first element
 *     @ lines of special handling             an element: its name
 *     cap = 1000 LB_EVENT_LINES               the most repetitions, and the limit behind them: one more is
 *                                             refused; ~LB_EVENT_LINES: a few more are
 *     frame = 808:0704                        hex digits in a frame of JT/T 808 (809:1203, or plain hex)
 *                                             an empty line, then the message:
 *     1/CZ5417/12MAR/PVG
 *     {*784-{#8}PVGURC/T24K812.5              {* ... *} is repeated, {,* ... *} with commas between
 *     {*OSI/DRY
 *     *}*}LAST                                nested: each of the outer has as many of the inner
 *
 *     {99*OSI/DRY            always 99 of them, whatever else grows
 *     *}
 *     {#7}   number of the repetition that it stands in, in 7 digits; {#h4} in 4 hex digits
 *     {=h4}  how many repetitions of the outer there are; {=} as a plain number
 *
 * A line end before the first `@` or at the end of the file is not part of a message. */
#ifndef TESTS_GROWTH_TABLE_H
#define TESTS_GROWTH_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "landbridge/client/span.h"

enum { TABLE_ELEMENTS = 32 };

typedef struct element {
    char words[100];
    char limit[100]; /* name of the limit behind the cap; empty without one */
    char frame[16];
    size_t cap; /* SIZE_MAX: none */
    lb_span body;
    bool is_nested;
} element;

typedef struct table {
    char *text;
    element at[TABLE_ELEMENTS];
    size_t count;
} table;

/* Reads tests/growth/<adapter>.txt; false, with a line on stderr, when it is missing or wrong. */
bool table_load(table *out, const char *adapter);
void table_free(table *all);

typedef struct grown {
    char *at;
    size_t len;
} grown;

/* The message with `times` repetitions (nested: of both). The caller frees `at`. */
grown element_grow(const element *one, size_t times);

#endif
