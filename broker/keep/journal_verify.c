/* journal_verify.c - verifies a whole journal.
 *
 *     checks of rows | numbers without gap | raw bytes of each block | the engine's own checks */
#include "keep/journal.h"
#include "record.h"

typedef struct walk {
    lb_journal_reader *reader;
    lb_on_damage *on_damage;
    void *whose;
    lb_journal_head at; /* the last row that was read */
    bool is_damaged;
} walk;

static void tell_damage(walk *w, const char *table, int64_t row, int64_t first_seq,
                        int64_t last_seq)
{
    const lb_damage damage = {table, row, first_seq, last_seq};

    w->is_damaged = true;
    w->on_damage(w->whose, &damage);
}

/* Reports the blocks from `from` to `until` as damaged or missing. */
static void tell_missing(walk *w, int64_t from, int64_t until, int64_t last_seq)
{
    for (int64_t block = from; block <= until; block++)
        tell_damage(w, "journal", block, w->at.seq + 1, last_seq);
}

static lb_err check_raw(walk *w, const lb_page *page)
{
    lb_raw_block raw;

    if (page->lost != NULL)
        return LB_OK;
    lb_record_init(&lb_record_raw_block, &raw);
    lb_err err = lb_journal_read_raw(w->reader, page->block, &raw);
    if (err == LB_ERR_NOT_FOUND) /* raw bytes may have been deleted by age */
        return LB_OK;
    if (err == LB_ERR_CORRUPT || (err == LB_OK && raw.bodies.count != page->body.entries.count)) {
        tell_damage(w, "raw", page->block, page->first_seq, page->last_seq);
        return LB_OK;
    }
    return err; /* an I/O error is not damage */
}

static lb_err take_block(walk *w, const lb_page *page)
{
    bool follows = page->first_seq == w->at.seq + 1 && page->first_message == w->at.messages + 1;

    int64_t from_block = page->lost == NULL ? page->block : page->lost->from_block;

    if (from_block != w->at.block + 1)
        tell_missing(w, w->at.block + 1, page->block - 1, page->first_seq - 1);
    else if (!follows)
        tell_damage(w, "journal", page->block, page->first_seq, page->last_seq);
    w->at = (lb_journal_head){page->last_seq, page->block, page->last_message, page->recorded_us};
    return check_raw(w, page);
}

static void tell_row(void *whose, const lb_damage *damage)
{
    walk *w = whose;

    w->is_damaged = true;
    w->on_damage(w->whose, damage);
}

lb_err lb_journal_verify(lb_journal_reader *reader, lb_on_damage *on_damage, void *whose,
                         lb_journal_head *head)
{
    walk w = {.reader = reader, .on_damage = on_damage, .whose = whose};
    lb_journal_head last;
    const lb_page *page;

    lb_err err = lb_journal_reader_tell(reader, &last);
    while (err == LB_OK && w.at.block < last.block) {
        err = lb_journal_read_block(reader, w.at.block + 1, &page);
        if (err == LB_ERR_CORRUPT)
            err = lb_journal_read_past(reader, w.at.block + 1, &page);
        if (err == LB_OK)
            err = take_block(&w, page);
    }
    if (err == LB_ERR_NOT_FOUND) { /* none of the remaining blocks can be read */
        tell_missing(&w, w.at.block + 1, last.block, LB_UNKNOWN);
        err = LB_OK;
    }
    if (err == LB_OK)
        err = lb_journal_verify_tables(reader, tell_row, &w);
    *head = w.at;
    return err == LB_OK && w.is_damaged ? LB_ERR_CORRUPT : err;
}
