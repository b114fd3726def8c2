/* journal_sqlite_row.c - reads and writes one row of the table `journal` with its check. */
#include "keep/journal_row.h"
#include "keep/journal_sqlite.h"

const char lb_journal_put_sql[] =
    "INSERT INTO journal (block, first_seq, last_seq, first_message, messages,"
    " recorded_us, \"check\", body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

lb_err lb_journal_row_put(lb_store *store, sqlite3_stmt *put, const lb_journal_row *row,
                          const char *what)
{
    uint8_t check[LB_CHECK_BYTES];

    lb_journal_row_check(row, check);
    lb_bind_int(put, 1, row->block);
    lb_bind_int(put, 2, row->first_seq);
    lb_bind_int(put, 3, row->last_seq);
    lb_bind_int(put, 4, row->first_message);
    lb_bind_int(put, 5, row->messages);
    lb_bind_int(put, 6, row->recorded_us);
    lb_bind_blob(put, 7, (lb_span){(const char *)check, sizeof check});
    lb_bind_blob(put, 8, row->body);
    return lb_store_step(store, put, what);
}

lb_err lb_journal_row_read(sqlite3_stmt *read, lb_journal_row *row)
{
    row->block = sqlite3_column_int64(read, 0);
    row->first_seq = sqlite3_column_int64(read, 1);
    row->last_seq = sqlite3_column_int64(read, 2);
    row->first_message = sqlite3_column_int64(read, 3);
    row->messages = sqlite3_column_int64(read, 4);
    row->recorded_us = sqlite3_column_int64(read, 5);
    row->body = lb_column_blob(read, 7);
    return lb_journal_row_holds(row, lb_column_blob(read, 6)) ? LB_OK : LB_ERR_CORRUPT;
}

lb_err lb_journal_row_tell(lb_store *store, sqlite3_stmt *tell, lb_journal_head *head)
{
    int rc = sqlite3_step(tell);

    *head = (lb_journal_head){0};
    if (rc == SQLITE_ROW)
        *head = (lb_journal_head){.seq = sqlite3_column_int64(tell, 0),
                                  .block = sqlite3_column_int64(tell, 1),
                                  .messages = sqlite3_column_int64(tell, 2),
                                  .recorded_us = sqlite3_column_int64(tell, 3)};
    sqlite3_reset(tell);
    return lb_store_err(store, rc, "journal.tell");
}
