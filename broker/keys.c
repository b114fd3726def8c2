/* keys.c - the delivery keys of a journal.
 *
 *     journal: 1 2 3 ... 41 | 42 ... 47        keys.db holds 1 to 41; 42 to 47 are added at the start */
#include "keys.h"

#include "base/log.h"
#include "base/store.h"
#include "keep/journal_cursor.h"

static lb_err learn_entry(lb_dedup *keys, const lb_cursor *at)
{
    const lb_entry *entry = at->entry;
    int64_t events = (int64_t)entry->events.count;

    if (!lb_entry_is_message(entry))
        return LB_OK;
    if (entry->token.len != LB_TOKEN_BYTES)
        return LB_ERR_CORRUPT;
    return lb_dedup_learn(keys, (const uint8_t *)entry->token.at,
                          &(lb_known){events > 0 ? at->first_seq : LB_UNKNOWN, events,
                                      entry->doubts == LB_UNKNOWN ? 0 : entry->doubts});
}

static lb_err learn_page(lb_dedup *keys, const lb_page *page)
{
    lb_cursor at = lb_cursor_on(page);

    lb_err err = lb_dedup_ready(keys, page->body.entries.count);
    while (err == LB_OK && lb_cursor_next_entry(&at))
        err = learn_entry(keys, &at);
    return err;
}

/* Adds to keys.db the keys that only the journal's tail has. A damaged block is skipped: a message of it that is sent
 * again is kept again, and the view recognises its events by their content. */
static lb_err learn(lb_dedup *keys, const lb_journal_place *place)
{
    lb_journal_reader *reader = NULL;
    const lb_page *page;

    lb_err err = lb_journal_reader_open(&reader, place);
    int64_t block = lb_dedup_applied(keys) + 1;
    while (err == LB_OK) {
        err = lb_journal_read_block(reader, block, &page);
        if (err == LB_ERR_CORRUPT)
            err = lb_journal_read_past(reader, block, &page);
        if (err == LB_OK)
            err = learn_page(keys, page);
        if (err == LB_OK) {
            lb_dedup_reached(keys, page->block);
            block = page->block + 1;
        }
    }
    lb_journal_reader_close(&reader);
    return err == LB_ERR_NOT_FOUND ? LB_OK : err;
}

lb_err lb_keys_open(lb_dedup **keys, const lb_journal *journal, const lb_journal_place *place,
                    const char *path)
{
    lb_err err = lb_dedup_open(keys, path, lb_journal_tell(journal).block, 0);

    return err == LB_OK ? learn(*keys, place) : err;
}

lb_err lb_keys_make_again(lb_dedup **keys, const lb_journal *journal, const lb_journal_place *place,
                          const char *path)
{
    lb_log(LB_LOG_KEY_REBUILD, "path=%s why=%s", path, lb_err_name(LB_ERR_CORRUPT));
    lb_dedup_close(keys);
    lb_store_remove(path);
    return lb_keys_open(keys, journal, place, path);
}
