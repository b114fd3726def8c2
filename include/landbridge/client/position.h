/* position.h - a place in the stream of a hub, or in those of several, and its text.
 *
 *     entry    hub       which journal: the id that the hub was given when its folder was made
 *              epoch     which life of it: a journal that is restored goes on in a new epoch, since numbers may be given
 *                        out again. Microseconds since 1970 when it began, so that two copies never have the same one
 *              number    of an entry of the journal: hub_seq of an event
 *              ordinal   of what was derived at that number; 0: all of that number
 *
 * A position has one entry for each hub that it speaks of, so one for one hub. For who keeps it, it is opaque: the text goes
 * into a file, a URL or an option as it is, and back to the hub.
 *
 *     P4-Cz0rGwARAJ...    a token of the letters of a URL (RFC 4648, section 5), with a check
 *     4711                a plain number: of the hub that is asked, in its present epoch
 *
 * No memory is taken here: a position points to entries of the caller. */
#ifndef LANDBRIDGE_CLIENT_POSITION_H
#define LANDBRIDGE_CLIENT_POSITION_H

#include "landbridge/client/error.h"
#include "landbridge/client/span.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    LB_POSITION_ENTRIES = 16,
    LB_POSITION_ROOM = 1024, /* bytes of the longest text, with its NUL */
    LB_HUB_ID_ROOM = 16,     /* bytes of the text of a hub's id, with its NUL */
};
/* Ids are 1 to this: programs that keep numbers as doubles keep them whole. */
#define LB_HUB_ID_MAX INT64_C(0x1fffffffffffff)

typedef struct lb_position_entry {
    int64_t hub;     /* LB_UNKNOWN: the hub that is asked */
    int64_t epoch;   /* LB_UNKNOWN: its present one */
    int64_t number;  /* from 0 */
    int64_t ordinal; /* LB_UNKNOWN: 0 */
} lb_position_entry;

typedef struct lb_position_entry_list {
    lb_position_entry *at;
    size_t count, room;
} lb_position_entry_list;

typedef struct lb_position {
    lb_position_entry_list entries; /* none: no position */
} lb_position;

/* The position with this one entry, which stays the caller's. */
static inline lb_position lb_position_of(lb_position_entry *one)
{
    lb_position position = {{one, 1, 1}};

    return position;
}

/* Of its first entry; LB_UNKNOWN (INT64_MIN): it has none. */
static inline int64_t lb_position_number(const lb_position *position)
{
    return position->entries.count == 0 ? INT64_MIN : position->entries.at[0].number;
}

/* `number` of the hub that is asked, in its present epoch. */
lb_position_entry lb_position_plain(int64_t number);

/* The text of a position: a plain number where nothing else is said, else a token. NUL-terminated; its length. 0: there is no
 * position, it has too many entries, or a number below 0. */
size_t lb_position_print(char out[LB_POSITION_ROOM], const lb_position *position);

/* Reads a text into entries of the caller, to which *position points then. GARBLED: it is none, or damaged. `why` (may be
 * NULL) gets a sentence for people then. */
lb_err lb_position_read(lb_span text, lb_position_entry entries[LB_POSITION_ENTRIES],
                        lb_position *position, const char **why);

/* The id of a hub as people see it: 14 hexadecimal digits. */
size_t lb_hub_id_print(char out[LB_HUB_ID_ROOM], int64_t hub);

#ifdef __cplusplus
}
#endif

#endif
