/* show.h - untrusted text made safe for a terminal, a log line or JSON.
 *
 * Characters that move the cursor, end a line or change the text direction are written as \u and four hex digits: control
 * characters (C0, DEL, C1), marks and overrides of direction (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to
 * U+2069), separators of lines and paragraphs (U+2028, U+2029). A byte that is no UTF-8 is written as \x and two hex
 * digits, in JSON as \ufffd. Everything else stays as it is. */
#ifndef LANDBRIDGE_CLIENT_SHOW_H
#define LANDBRIDGE_CLIENT_SHOW_H

#include "landbridge/client/span.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum lb_show_as {
    LB_SHOW_PLAIN,
    LB_SHOW_JSON, /* inside of quotes: quote and backslash get a backslash too */
} lb_show_as;

/* bytes for one character, and the most that one byte becomes */
enum { LB_SHOW_ROOM = 6 };

/* The number of bytes at the start that are plain ASCII and need no change: they can be copied
 * at once. */
size_t lb_show_run(lb_span text, lb_show_as as);
/* Takes the next character off `rest`, which is not empty, and writes its safe form; returns the
 * length. */
size_t lb_show_next(lb_span *rest, lb_show_as as, char out[LB_SHOW_ROOM]);
/* The whole text, NUL-terminated, cut before the character that has no room; its length. Safe for any text in
 * LB_SHOW_ROOM * text.len + 1 bytes. */
size_t lb_show(char *out, size_t room, lb_span text, lb_show_as as);

#ifdef __cplusplus
}
#endif

#endif
