/* journal_engine.h - what stores a journal: one table of functions for each engine. SQLite is one of them
 * (keep/journal_sqlite.h); which one it is, is chosen where the journal is opened.
 *
 *     the hub     open -> head -> append ... append -> close      one writer
 *     threads     reader_open -> head, read, find -> close        any number of readers, each of one thread
 *     operators   look, verify, copy, repair                      on journals that nobody has open for writing
 *
 * An engine stores rows and does not know what is in them: keep/journal.h packs them and unpacks them. What it promises:
 *   - append is atomic and durable: LB_OK says that all of it is on disk, anything else that none of it counts;
 *   - append is fenced: behind another head than the expected one it writes nothing and answers FENCED;
 *   - a reader that is asked after that sees it, and rows never change, but for holes that are told what became of them;
 *   - a row whose check does not hold is CORRUPT, and is never taken for another one. */
#ifndef KEEP_JOURNAL_ENGINE_H
#define KEEP_JOURNAL_ENGINE_H

#include <stdbool.h>

#include "base/damage.h"
#include "landbridge/client/answer.h"
#include "landbridge/client/error.h"
#include "landbridge/client/span.h"

enum { LB_CHECK_BYTES = 16 };

typedef struct lb_journal_head {
    int64_t seq;         /* the newest number; 0: none yet  */
    int64_t block;       /* of the newest turn; 0: none yet */
    int64_t messages;    /* accepted since the beginning    */
    int64_t recorded_us; /* of the newest turn              */
} lb_journal_head;

typedef struct lb_journal_row {
    int64_t block, first_seq, last_seq, first_message, messages, recorded_us;
    lb_span body; /* compressed */
} lb_journal_row;

/* -- one append: borrowed, all of it --------------------------------------------------------------- */

typedef struct lb_append_row { /* one turn, or a long message of it */
    lb_journal_row row;
    /* The bytes as they came, compressed; empty: none. In a store of their own, under the same number. */
    lb_span raw;
    bool is_hole; /* the engine lists it among the holes */
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
    int64_t offset; /* LB_UNKNOWN: none */
    lb_span text, raw;
    int64_t size; /* bytes of `raw`, also where that is not read */
    lb_refused_state state;
    lb_span owner; /* whose share it fills while it waits    */
    int64_t owned; /* bytes of that share; LB_UNKNOWN: it fills nobody's */
} lb_refused;

typedef struct lb_refused_move { /* a waiting one waits no more */
    int64_t id;
    lb_refused_state to;
} lb_refused_move;

typedef struct lb_feed_counts { /* of a source, as they are behind this append */
    lb_span source;
    int64_t messages, events, duplicates, refused, doubts;
    int64_t first_heard_us, last_heard_us, usual_gap_us;
    lb_span formats, unresolved;
} lb_feed_counts;

typedef struct lb_share_counts { /* of a party, gate or "local" */
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
    lb_journal_head expected; /* it was made behind this one */
    lb_journal_head head;     /* and this is the journal's behind it */
    int64_t cut_from;         /* blocks from this one on go first, for a restore; 0: none does */
    LB_APPEND_LIST(lb_append_row) rows;
    LB_APPEND_LIST(lb_journal_row) rewritten; /* holes whose body is another now */
    LB_APPEND_LIST(lb_refused) refused;
    LB_APPEND_LIST(lb_refused_move) moves;
    LB_APPEND_LIST(lb_feed_counts) feeds; /* those that changed */
    LB_APPEND_LIST(lb_share_counts) shares;
} lb_append;

/* -- the table -------------------------------------------------------------------------------------- */

/* What they are given lives as long as the call. An error ends the walk and is returned by it. */
typedef lb_err lb_on_row(void *whose, const lb_journal_row *row);
typedef lb_err lb_on_bytes(void *whose, lb_span bytes);
typedef lb_err lb_on_refused(void *whose, const lb_refused *refusal);
typedef lb_err lb_on_feed(void *whose, const lb_feed_counts *counts);
typedef lb_err lb_on_share(void *whose, const lb_share_counts *counts);

typedef struct lb_refused_choice {
    int64_t id;   /* that one, with its bytes; LB_UNKNOWN: a list without them, by number */
    bool has_all; /* also those that wait no more */
    int64_t most;
} lb_refused_choice;

typedef struct lb_repaired {
    int64_t blocks;  /* turns that were taken       */
    int64_t holes;   /* between them                */
    int64_t missing; /* numbers of events in these  */
} lb_repaired;

struct lb_head_mark;

typedef struct lb_journal_engine {
    const char *name;
    bool is_in_files; /* which recover.h compares with the mark at the start, and salvages */

    /* The writer: one for each journal, of the hub's thread. Makes the journal when it is not there. */
    lb_err (*open)(void **writer, const char *path);
    void (*close)(void **writer);
    lb_err (*head)(void *writer, lb_journal_head *head);
    lb_err (*append)(void *writer, const lb_append *append);
    /* From now on the engine says in this mark how far it is, before each commit and after it; NULL: no more. For an
     * engine on files that can be damaged; others do nothing. */
    void (*mark)(void *writer, struct lb_head_mark *mark);
    lb_err (*tidy)(void *writer,
                   int64_t monotonic_us); /* between turns; what fails is tried again */
    /* Every message in quarantine, the newest first, without its texts and bytes. */
    lb_err (*each_refused)(void *writer, lb_on_refused *on, void *whose);
    lb_err (*each_feed)(void *writer, lb_on_feed *on, void *whose);
    lb_err (*each_share)(void *writer, lb_on_share *on, void *whose);
    /* The oldest with this token and these bytes. NOT_FOUND: none. */
    lb_err (*recall)(void *writer, lb_span token, lb_span raw, lb_on_refused *on, void *whose);
    lb_err (*refused)(void *writer, int64_t id, lb_on_refused *on, void *whose);
    /* The hole which holds the number. NOT_FOUND: none does. */
    lb_err (*hole_with)(void *writer, int64_t seq, lb_on_row *on, void *whose);

    /* Readers. NOT_FOUND at the end of the journal. */
    lb_err (*reader_open)(void **reader, const char *path);
    void (*reader_close)(void **reader);
    lb_err (*reader_head)(void *reader, lb_journal_head *head);
    lb_err (*read)(void *reader, int64_t block, lb_on_row *on,
                   void *whose); /* it, or the next one */
    lb_err (*read_raw)(void *reader, int64_t block, lb_on_bytes *on, void *whose);
    lb_err (*find)(void *reader, int64_t seq, int64_t *block); /* readable or not */
    lb_err (*hole_before)(void *reader, int64_t block, int64_t *found);
    lb_err (*refusals)(void *reader, const lb_refused_choice *choice, lb_on_refused *on,
                       void *whose);
    lb_err (*waiting)(void *reader, lb_span source, int64_t *count); /* empty: of all sources */
    /* Tells of damage that reading the rows does not show: raw messages of no turn, quarantine, feeds. */
    lb_err (*verify)(void *reader, lb_on_damage *on, void *whose);

    /* Whole journals. */
    /* The head, and whether its newest `rows` hold and follow each other. CORRUPT: they do not, or it cannot be read.
     * MISUSE: it is no journal, or a newer one. Not there yet: a head of zeros. Opens nothing for writing. */
    lb_err (*look)(const char *path, int64_t rows, lb_journal_head *head);
    lb_err (*check)(const char *path); /* the files themselves; CORRUPT when they are damaged */
    /* As it stands at one moment, while others go on writing; `to` must not be there yet. Read through and synced. */
    lb_err (*copy)(const char *from, const char *to);
    /* Makes the journal `fresh`, which must not be there, of what can be read in a damaged one, and puts holes (LOST)
     * between. `as` says what they say: found_us, text, set_aside. */
    lb_err (*repair)(const char *damaged, const char *fresh, const lb_lost *as,
                     lb_repaired *repaired);
    void (*remove)(const char *path);
    int64_t (*bytes)(const char *path);
} lb_journal_engine;

typedef struct lb_journal_place { /* which engine, and the name by which that knows the journal */
    const lb_journal_engine *engine;
    const char *path; /* borrowed, as long as anything of it is open */
} lb_journal_place;

#endif
