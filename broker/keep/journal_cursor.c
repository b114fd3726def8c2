/* journal_cursor.c - iterates over the journal: from page to entry to number. */
#include "keep/journal_cursor.h"

#include "record.h"

lb_cursor lb_cursor_on(const lb_page *page)
{
    return (lb_cursor){.page = page, .first_seq = page->first_seq, .last_seq = page->first_seq - 1};
}

bool lb_cursor_next_entry(lb_cursor *cursor)
{
    const lb_entry_list *entries = &cursor->page->body.entries;

    if (cursor->next_entry == entries->count)
        return false;
    cursor->entry = &entries->at[cursor->next_entry++];
    cursor->next_event = 0;
    cursor->first_seq = cursor->last_seq + 1;
    cursor->last_seq += lb_entry_numbers(cursor->entry);
    return true;
}

/* Moves to the next number of the current entry that is not below from_seq. */
static bool next_in_entry(lb_cursor *cursor, int64_t from_seq)
{
    const lb_text_list *events = &cursor->entry->events;

    if (cursor->last_seq < from_seq || cursor->last_seq < cursor->first_seq)
        return false;
    cursor->is_event = lb_entry_is_message(cursor->entry);
    if (!cursor->is_event) {
        cursor->seq = cursor->first_seq;
        cursor->event = LB_EMPTY;
        return cursor->next_event++ == 0;
    }
    if (cursor->first_seq + (int64_t)cursor->next_event < from_seq)
        cursor->next_event = (size_t)(from_seq - cursor->first_seq);
    if (cursor->next_event == events->count)
        return false;
    cursor->seq = cursor->first_seq + (int64_t)cursor->next_event;
    cursor->event = events->at[cursor->next_event++];
    return true;
}

bool lb_cursor_next(lb_cursor *cursor, int64_t from_seq)
{
    while (cursor->entry == NULL || !next_in_entry(cursor, from_seq))
        if (!lb_cursor_next_entry(cursor))
            return false;
    return true;
}

lb_err lb_cursor_record(const lb_cursor *cursor, lb_arena *arena, lb_stream_record *record)
{
    const lb_entry *entry = cursor->entry;
    lb_stream_record borrowed;
    lb_span bytes;

    lb_record_init(&lb_record_stream_record, &borrowed);
    borrowed.kind = entry->kind;
    borrowed.first_seq = cursor->first_seq;
    borrowed.last_seq = cursor->last_seq;
    borrowed.recorded_at_us = cursor->page->recorded_us;
    borrowed.lost = entry->lost;
    borrowed.body = entry->body;
    lb_err err = lb_record_pack(&lb_record_stream_record, &borrowed, arena, &bytes);
    return err == LB_OK ? lb_record_unpack(&lb_record_stream_record, bytes, arena, record) : err;
}

lb_err lb_journal_read_on(lb_journal_reader *reader, int64_t seq, const lb_page **page,
                          int64_t *damaged_block)
{
    lb_err err = lb_journal_read_seq(reader, seq, page);

    if (err != LB_ERR_CORRUPT)
        return err;
    err = lb_journal_find(reader, seq, damaged_block);
    return err == LB_OK ? lb_journal_read_past(reader, *damaged_block, page) : err;
}
