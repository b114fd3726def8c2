/* journal_engine.h - the interface of a journal's storage: one table of functions for each engine.
 * SQLite is one of them (keep/journal_sqlite.h). The engine is chosen where the journal is opened.
 *
 *     hub         open -> head -> append ... append -> close              one writer
 *     threads     reader_open -> reader_head, read, find -> reader_close  a reader for each thread
 *     operators   look, check, copy, repair                               on whole journals
 *
 * An engine stores rows and does not know what is in their bodies: keep/journal.h packs and unpacks
 * them. Guarantees:
 *   - append is atomic and durable: after LB_OK all of it is on disk, after an error none of it;
 *   - append is fenced: if the head is not the expected one it writes nothing and returns FENCED;
 *   - every read after an append sees it. Rows never change, except that a hole gets notes of
 *     messages kept again;
 *   - a row whose check is wrong is CORRUPT, and is never returned as another row. */
#ifndef KEEP_JOURNAL_ENGINE_H
#define KEEP_JOURNAL_ENGINE_H

#include <stdbool.h>

#include "base/damage.h"
#include "landbridge/client/answer.h"
#include "landbridge/client/error.h"
#include "landbridge/client/span.h"

enum { LB_CHECK_BYTES = 16 };

typedef struct lb_journal_head {
    int64_t seq;         /* the newest number; 0: none yet */
    int64_t block;       /* of the newest row; 0: none yet */
    int64_t messages;    /* accepted so far, lost ones included */
    int64_t recorded_us; /* when the newest row was recorded */
} lb_journal_head;

typedef struct lb_journal_row {
    int64_t block, first_seq, last_seq, first_message, messages, recorded_us;
    lb_span body; /* compressed */
} lb_journal_row;

/* -- one append; everything that it points to is borrowed -------------------------------------- */

typedef struct lb_append_row { /* one turn, or one long message of it */
    lb_journal_row row;
    /* The raw bytes of the messages, compressed; empty: none. Stored apart from the row, under the
     * same block number, so that they can be deleted by age. */
    lb_span raw;
    bool is_hole; /* the engine adds it to its list of holes */
} lb_append_row;

typedef enum lb_refused_state {
    LB_REFUSED_WAITING,
    LB_REFUSED_RELEASED,
    LB_REFUSED_DROPPED,
    LB_REFUSED_STATES
} lb_refused_state;

typedef struct lb_refused { /* a message in quarantine */
    int64_t id;
    lb_span token, source, message_id;
    int64_t received_us;
    lb_span format, error;
    int64_t offset; /* of the error in the message; LB_UNKNOWN: none */
    lb_span text, raw;
    int64_t size; /* of `raw` in bytes, also when `raw` itself is not read */
    lb_refused_state state;
    lb_span owner; /* in whose share it counts while it is WAITING */
    int64_t owned; /* bytes counted in that share; LB_UNKNOWN: not counted anywhere */
} lb_refused;

typedef struct lb_refused_move { /* of a WAITING message to another state */
    int64_t id;
    lb_refused_state to;
} lb_refused_move;

typedef struct lb_feed_counts { /* counters of a source after this append */
    lb_span source;
    int64_t messages, events, duplicates, refused, doubts;
    int64_t first_heard_us, last_heard_us, usual_gap_us;
    lb_span formats, unresolved;
} lb_feed_counts;

typedef struct lb_share_counts { /* counters of an owner: a party, a gate or "local" */
    lb_span owner;
    int64_t sources, refused, refused_us;
    lb_span error, unheard;
} lb_share_counts;

#define LB_APPEND_LIST(type) \
    struct {                 \
        type *at;            \
        size_t count, room;  \
    }

typedef struct lb_append {
    lb_journal_head expected; /* the head before this append */
    lb_journal_head head;     /* the head after it */
    int64_t cut_from; /* for a restore: blocks from this one on are deleted first; 0: none */
    LB_APPEND_LIST(lb_append_row) rows;
    LB_APPEND_LIST(lb_journal_row) rewritten; /* holes with a new body */
    LB_APPEND_LIST(lb_refused) refused;
    LB_APPEND_LIST(lb_refused_move) moves;
    LB_APPEND_LIST(lb_feed_counts) feeds; /* only those that changed */
    LB_APPEND_LIST(lb_share_counts) shares;
} lb_append;

/* -- the table --------------------------------------------------------------------------------- */

/* Callbacks. Their argument is valid during the call. An error ends the iteration and is returned
 * by its caller. */
typedef lb_err lb_on_row(void *whose, const lb_journal_row *row);
typedef lb_err lb_on_bytes(void *whose, lb_span bytes);
typedef lb_err lb_on_refused(void *whose, const lb_refused *refusal);
typedef lb_err lb_on_feed(void *whose, const lb_feed_counts *counts);
typedef lb_err lb_on_share(void *whose, const lb_share_counts *counts);

typedef struct lb_refused_choice {
    int64_t id;   /* this one with its raw bytes; LB_UNKNOWN: a list without raw bytes, by id */
    bool has_all; /* the list has RELEASED and DROPPED ones too, else only WAITING ones */
    int64_t most; /* of the list */
} lb_refused_choice;

typedef struct lb_repaired {
    int64_t blocks;  /* rows recovered */
    int64_t holes;   /* new holes between them */
    int64_t missing; /* numbers in these holes */
} lb_repaired;

struct lb_head_mark;

typedef struct lb_journal_engine {
    const char *name;
    bool is_in_files; /* recover.h compares the files with the mark, and salvages them */

    /* The writer: one for each journal, in the hub's thread. Creates the journal if it does not
     * exist. */
    lb_err (*open)(void **writer, const char *path);
    void (*close)(void **writer);
    lb_err (*head)(void *writer, lb_journal_head *head);
    lb_err (*append)(void *writer, const lb_append *append);
    /* From now on the engine updates this mark before and after each commit; NULL: no mark. For
     * engines on files that can be damaged; other engines ignore it. */
    void (*mark)(void *writer, struct lb_head_mark *mark);
    /* Maintenance between turns, for instance checkpoints. Work that fails is tried again later. */
    lb_err (*tidy)(void *writer, int64_t monotonic_us);
    /* Every message in quarantine, newest first: id, token, state, owner and owned only. */
    lb_err (*each_refused)(void *writer, lb_on_refused *on, void *whose);
    lb_err (*each_feed)(void *writer, lb_on_feed *on, void *whose);
    lb_err (*each_share)(void *writer, lb_on_share *on, void *whose);
    /* The oldest message in quarantine with this token and these bytes. NOT_FOUND: none. */
    lb_err (*recall)(void *writer, lb_span token, lb_span raw, lb_on_refused *on, void *whose);
    lb_err (*refused)(void *writer, int64_t id, lb_on_refused *on, void *whose); /* or NOT_FOUND */
    /* The hole that has this number. NOT_FOUND: none. */
    lb_err (*hole_with)(void *writer, int64_t seq, lb_on_row *on, void *whose);

    /* Readers. NOT_FOUND at the end of the journal. */
    lb_err (*reader_open)(void **reader, const char *path);
    void (*reader_close)(void **reader);
    lb_err (*reader_head)(void *reader, lb_journal_head *head);
    /* The row with this block number, or the next that exists. */
    lb_err (*read)(void *reader, int64_t block, lb_on_row *on, void *whose);
    lb_err (*read_raw)(void *reader, int64_t block, lb_on_bytes *on, void *whose);
    /* The block that has this number, even if its row is damaged. */
    lb_err (*find)(void *reader, int64_t seq, int64_t *block);
    /* The newest hole in a block below this one. */
    lb_err (*hole_before)(void *reader, int64_t block, int64_t *found);
    lb_err (*refusals)(void *reader, const lb_refused_choice *choice, lb_on_refused *on,
                       void *whose);
    /* How many messages are WAITING, of one source or of all (empty). */
    lb_err (*waiting)(void *reader, lb_span source, int64_t *count);
    /* Reports damage that reading the rows does not show: raw bytes without a row, quarantine,
     * feeds. */
    lb_err (*verify)(void *reader, lb_on_damage *on, void *whose);

    /* Whole journals. */
    /* The head, after checking that the newest `rows` rows are valid and follow each other.
     * CORRUPT: they are not, or the journal cannot be read. MISUSE: not a journal, or of a newer
     * version. If it does not exist: OK and a head of zeros. */
    lb_err (*look)(const char *path, int64_t rows, lb_journal_head *head);
    /* Checks the structure of the files. CORRUPT: they are damaged. */
    lb_err (*check)(const char *path);
    /* Copies a consistent snapshot while others go on writing; `to` must not exist. The copy is
     * checked and synced. NOT_FOUND: `from` does not exist. */
    lb_err (*copy)(const char *from, const char *to);
    /* Writes the rows that can be read in a damaged journal to a new one, `fresh`, which must not
     * exist, with holes (LOST) between them. `as` has the fields of the holes: found_us, text,
     * set_aside. */
    lb_err (*repair)(const char *damaged, const char *fresh, const lb_lost *as,
                     lb_repaired *repaired);
    void (*remove)(const char *path);
    int64_t (*bytes)(const char *path);
} lb_journal_engine;

typedef struct lb_journal_place { /* an engine, and the name of the journal in it */
    const lb_journal_engine *engine;
    const char *path; /* borrowed as long as a writer or reader is open */
} lb_journal_place;

#endif
