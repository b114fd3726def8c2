/* carve.h - the records that stand in the pages of a SQLite database and its WAL, read without SQLite.
 *
 * For files that SQLite does not read as they were: it stops at the first frame of a WAL whose checksum does not agree,
 * and everything behind is as if it had never been. Here the pages are taken as they lie there: each leaf of a b-tree,
 * in whatever version, gives its records; a record's overflow pages are looked for by their number. Nothing is believed
 * for that: the caller knows its rows by a check of their own. */
#ifndef BASE_CARVE_H
#define BASE_CARVE_H

#include <stdint.h>

#include "landbridge/client/error.h"
#include "landbridge/client/span.h"

enum { LB_CARVE_VALUES = 16 }; /* records with more columns are passed over */

typedef struct lb_value {
    enum { LB_VALUE_NULL, LB_VALUE_INT, LB_VALUE_TEXT, LB_VALUE_BLOB, LB_VALUE_REAL } type;
    int64_t number; /* of INT  */
    lb_span bytes;  /* of TEXT and BLOB; lives until the callback returns */
} lb_value;

typedef struct lb_carved {
    bool is_index; /* a row of a table WITHOUT ROWID, or of an index */
    int64_t rowid;
    lb_value values[LB_CARVE_VALUES];
    size_t count;
} lb_carved;

/* OK: taken, or none of mine. CORRUPT: it looks like mine, and its check does not hold; it comes again when other
 * versions of its overflow pages are there. Anything else ends the reading. */
typedef lb_err lb_on_carved(void *whose, const lb_carved *found);

typedef struct lb_wal_facts {
    bool is_there;       /* with a header that can be read */
    uint64_t generation; /* its two salts; 0: none */
    int64_t frames;      /* whole frames in the file    */
    int64_t valid;       /* the chain of checksums holds so far, up to the last commit */
} lb_wal_facts;

/* What the WAL of the database says of itself. OK also when there is none. */
lb_err lb_wal_look(const char *database, lb_wal_facts *facts);

/* Shows every record, the same one perhaps several times: first of the database, then of its WAL from its beginning.
 * Neither file need be there or be whole. A file that is read must not be open in this process by SQLite: closing it
 * here would end SQLite's locks on it. */
lb_err lb_carve(const char *database, lb_on_carved *on_carved, void *whose);

#endif
