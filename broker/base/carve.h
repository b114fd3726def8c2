/* carve.h - the records in the pages of a SQLite database and its WAL, read without SQLite.
 *
 * For damaged files: SQLite stops at the first WAL frame whose checksum is wrong and ignores everything after it. Here
 * pages are taken as they are: each leaf of a b-tree, in every version, gives its records; overflow pages are found by
 * number. Nothing is verified here: the caller recognises its rows by a checksum of their own. */
#ifndef BASE_CARVE_H
#define BASE_CARVE_H

#include <stdint.h>

#include "landbridge/client/error.h"
#include "landbridge/client/span.h"

enum { LB_CARVE_VALUES = 16 }; /* records with more columns are skipped */

typedef struct lb_value {
    enum { LB_VALUE_NULL, LB_VALUE_INT, LB_VALUE_TEXT, LB_VALUE_BLOB, LB_VALUE_REAL } type;
    int64_t number; /* of INT */
    lb_span bytes;  /* of TEXT and BLOB; lives until the callback returns */
} lb_value;

typedef struct lb_carved {
    bool is_index; /* a row of a table WITHOUT ROWID, or of an index */
    int64_t rowid;
    lb_value values[LB_CARVE_VALUES];
    size_t count;
} lb_carved;

/* OK: accepted, or not one of the caller's rows. CORRUPT: looks like one, but its check fails; it is reported again with
 * other versions of its overflow pages, if there are any. Any other error ends the reading. */
typedef lb_err lb_on_carved(void *whose, const lb_carved *found);

typedef struct lb_wal_facts {
    bool is_there;       /* with a readable header */
    uint64_t generation; /* its two salts; 0: none */
    int64_t frames;      /* whole frames in the file */
    int64_t valid;       /* of these, up to the last commit with an unbroken chain of checksums */
} lb_wal_facts;

/* Reads the header and checksums of the database's WAL. OK also when there is none. */
lb_err lb_wal_look(const char *database, lb_wal_facts *facts);

/* Reports every record, some several times: first of the database, then of its WAL from the start. Either file may be
 * missing or damaged. SQLite must not have a file open in this process: closing it here would drop SQLite's POSIX
 * locks. */
lb_err lb_carve(const char *database, lb_on_carved *on_carved, void *whose);

#endif
