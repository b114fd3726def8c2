/* journal_sqlite.h - the journal engine that stores a journal in one SQLite file.
 * keep/journal_engine.h has its contract, base/store.h opens and syncs the file.
 *
 *     journal     a row for each turn: numbers, check, body
 *     raw         raw bytes of the messages, by block; may be deleted by age
 *     lost        which rows of the journal are holes
 *     quarantine  quarantine_owner  feed  share
 *
 * All of them are written in the one transaction of an append. */
#ifndef KEEP_JOURNAL_SQLITE_H
#define KEEP_JOURNAL_SQLITE_H

#include "base/store.h"
#include "keep/journal_engine.h"

extern const lb_journal_engine lb_journal_sqlite;

/* The lb_journal_place of a journal in this file. */
#define LB_JOURNAL_FILE(path) (&(const lb_journal_place){&lb_journal_sqlite, (path)})

/* The database of an open writer; owned by the writer. */
lb_store *lb_journal_sqlite_store(void *writer);

/* -- shared by the files of the engine --------------------------------------------------------- */

/* Columns in the order in which lb_journal_row_read reads them. */
#define LB_JOURNAL_ROW_SQL                                                     \
    "SELECT block, first_seq, last_seq, first_message, messages, recorded_us," \
    " \"check\", body FROM journal"
/* The body is valid until the statement steps or is reset. CORRUPT: the row's check is wrong. */
lb_err lb_journal_row_read(sqlite3_stmt *read, lb_journal_row *row);
/* Writes a row with a statement made from this SQL, and computes its check. `what` names the
 * operation in the log. */
extern const char lb_journal_put_sql[];
lb_err lb_journal_row_put(lb_store *store, sqlite3_stmt *put, const lb_journal_row *row,
                          const char *what);
#define LB_JOURNAL_TELL_SQL                                                          \
    "SELECT last_seq, block, first_message + messages - 1, recorded_us FROM journal" \
    " ORDER BY block DESC LIMIT 1"
/* Reads the head with a statement made from this SQL; all 0 when the table is empty. */
lb_err lb_journal_row_tell(lb_store *store, sqlite3_stmt *tell, lb_journal_head *head);

/* quarantine and quarantine_owner: journal_sqlite_refused.c */
typedef struct lb_refused_table lb_refused_table;
lb_err lb_refused_table_open(lb_refused_table **table, lb_store *store);
void lb_refused_table_close(lb_refused_table **table);
lb_err lb_refused_table_write(lb_refused_table *table, const lb_append *append);
lb_err lb_refused_table_each(lb_refused_table *table, lb_on_refused *on, void *whose);
lb_err lb_refused_table_recall(lb_refused_table *table, lb_span token, lb_span raw,
                               lb_on_refused *on, void *whose);
lb_err lb_refused_table_show(lb_refused_table *table, int64_t id, lb_on_refused *on, void *whose);
lb_err lb_refused_table_list(lb_refused_table *table, const lb_refused_choice *choice,
                             lb_on_refused *on, void *whose);
lb_err lb_refused_table_waiting(lb_refused_table *table, lb_span source, int64_t *count);
lb_err lb_refused_table_verify(lb_store *store, lb_on_damage *on_damage, void *whose);
/* For keep/repair.h: inserts a row found in another file, columns in table order, if its check is
 * right. An existing row with this id only moves to a later state. */
extern const char lb_refused_take_in[];
enum { LB_REFUSED_COLUMNS = 12 };

/* feed and share: journal_sqlite_feed.c */
typedef struct lb_feed_table lb_feed_table;
lb_err lb_feed_table_open(lb_feed_table **table, lb_store *store);
void lb_feed_table_close(lb_feed_table **table);
lb_err lb_feed_table_write(lb_feed_table *table, const lb_append *append);
lb_err lb_feed_table_each(lb_feed_table *table, lb_on_feed *on, void *whose);
lb_err lb_feed_table_each_share(lb_feed_table *table, lb_on_share *on, void *whose);
/* The row number in a damage report is the rank of the row's name. */
lb_err lb_feed_table_verify(lb_store *store, lb_on_damage *on_damage, void *whose);
/* For keep/repair.h: inserts a row found in another file if its check is right, unless the existing
 * one has higher counters. */
extern const char lb_feed_take_in[];
enum { LB_FEED_COLUMNS = 12 };

/* Readers and whole files: journal_sqlite_read.c, journal_sqlite_file.c */
lb_err lb_journal_sqlite_reader_open(void **reader, const char *path);
void lb_journal_sqlite_reader_close(void **reader);
lb_err lb_journal_sqlite_reader_head(void *reader, lb_journal_head *head);
lb_err lb_journal_sqlite_read(void *reader, int64_t block, lb_on_row *on, void *whose);
lb_err lb_journal_sqlite_read_raw(void *reader, int64_t block, lb_on_bytes *on, void *whose);
lb_err lb_journal_sqlite_find(void *reader, int64_t seq, int64_t *block);
lb_err lb_journal_sqlite_hole_before(void *reader, int64_t block, int64_t *found);
lb_err lb_journal_sqlite_refusals(void *reader, const lb_refused_choice *choice, lb_on_refused *on,
                                  void *whose);
lb_err lb_journal_sqlite_waiting(void *reader, lb_span source, int64_t *count);
lb_err lb_journal_sqlite_look(const char *path, int64_t rows, lb_journal_head *head);
lb_err lb_journal_sqlite_verify(void *reader, lb_on_damage *on, void *whose);
lb_err lb_journal_sqlite_check(const char *path);
lb_err lb_journal_sqlite_copy(const char *from, const char *to);

#endif
