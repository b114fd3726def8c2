/* judge.c - checks the six laws on the files of a killed hub and the answers of a running one. */
#include "judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keep/feed.h"
#include "keep/journal.h"
#include "keep/quarantine.h"
#include "landbridge/client/client.h"
#include "record.h"

enum { PATH_ROOM = 400, VERIFY_MS = 120000, EVENT_BYTES = 1024 * 1024 };

struct judge {
    messages *all;
    char data[256], journal[PATH_ROOM];
    lb_arena arena;
    lb_journal_head at; /* checked so far */
};

judge *judge_open(messages *all, const char *data)
{
    judge *j = calloc(1, sizeof *j);

    if (j == NULL)
        return NULL;
    j->all = all;
    snprintf(j->data, sizeof j->data, "%s", data);
    snprintf(j->journal, sizeof j->journal, "%s/journal.db", data);
    lb_arena_init(&j->arena, EVENT_BYTES);
    return j;
}

void judge_close(judge **j)
{
    lb_arena_fini(&(*j)->arena);
    free(*j);
    *j = NULL;
}

int64_t judge_events(const judge *j)
{
    return j->at.seq;
}

/* -- reading the journal ----------------------------------------------------------------------- */

static void note_entry(judge *j, const lb_entry *entry, int64_t seq)
{
    lb_event event;
    int carrier;
    int64_t number;

    lb_arena_reset(&j->arena);
    if (entry->events.count == 0 ||
        lb_record_unpack(&lb_record_event, entry->events.at[0], &j->arena, &event) != LB_OK ||
        !message_of_event(&event, &carrier, &number)) {
        messages_break(j->all, "law 1: event %lld is of no message", (long long)seq);
        return;
    }
    message *one = &j->all->of[carrier][number];
    one->journal_seq = seq;
    if (++one->times > 1)
        messages_break(j->all, "law 1: %s message %lld is in the journal twice",
                       messages_source(carrier), (long long)number);
}

static void note_page(judge *j, const lb_page *page)
{
    int64_t seq = page->first_seq;

    int64_t block = page->lost == NULL ? page->block : page->lost->from_block;

    if (block != j->at.block + 1 || page->first_seq != j->at.seq + 1 ||
        page->first_message != j->at.messages + 1)
        messages_break(j->all, "law 2: block %lld does not go on where the last one ended",
                       (long long)page->block);
    for (size_t i = 0; page->lost == NULL && i < page->body.entries.count; i++) {
        note_entry(j, &page->body.entries.at[i], seq);
        seq += (int64_t)page->body.entries.at[i].events.count;
    }
    j->at = (lb_journal_head){page->last_seq, page->block, page->last_message, page->recorded_us};
}

static void compare_receipts(judge *j)
{
    for (int carrier = 0; carrier < CARRIERS; carrier++)
        for (int64_t number = 0; number < atomic_load(&j->all->sent[carrier]); number++) {
            message *one = &j->all->of[carrier][number];
            int64_t reported_seq = atomic_load(&one->first_seq);
            if (atomic_load(&one->reported) == REPORTED_KEPT && one->times != 1)
                messages_break(
                    j->all,
                    "law 1: %s message %lld was receipted as kept, and is in the journal %d times",
                    messages_source(carrier), (long long)number, one->times);
            if (one->times == 1 && reported_seq != 0 && reported_seq != one->journal_seq)
                messages_break(j->all,
                               "law 3: %s message %lld was receipted with number %lld and has %lld",
                               messages_source(carrier), (long long)number, (long long)reported_seq,
                               (long long)one->journal_seq);
        }
}

void judge_look(judge *j)
{
    lb_journal_reader *reader = NULL;
    const lb_page *page;
    lb_journal_head head = {0};

    lb_err err = lb_journal_reader_open(&reader, j->journal);
    if (err == LB_OK)
        err = lb_journal_reader_tell(reader, &head);
    if (err == LB_OK && (head.seq < j->at.seq || head.block < j->at.block))
        messages_break(j->all, "law 2: the journal has become shorter: %lld, was %lld",
                       (long long)head.seq, (long long)j->at.seq);
    while (err == LB_OK && (err = lb_journal_read_block(reader, j->at.block + 1, &page)) == LB_OK)
        note_page(j, page);
    lb_journal_reader_close(&reader);
    if (err != LB_ERR_NOT_FOUND)
        messages_break(j->all, "law 5: the journal reads as %s", lb_err_name(err));
    compare_receipts(j);
}

/* -- the files ---------------------------------------------------------------------------------------------- */

static void tell_damage(void *whose, const lb_damage *damage)
{
    judge *j = whose;

    messages_break(j->all, "law 5: row %lld of %s is damaged or gone", (long long)damage->row,
                   damage->table);
}

static void check_file(judge *j, const char *name, lb_store_kind kind)
{
    char path[PATH_ROOM];
    lb_store *store = NULL;

    snprintf(path, sizeof path, "%s/%s", j->data, name);
    lb_err err = lb_store_open(&store, path, kind, LB_STORE_READ);
    if (err == LB_OK)
        err = lb_store_check(store);
    if (err == LB_OK && kind == LB_STORE_JOURNAL)
        err = lb_quarantine_verify(store, tell_damage, j);
    if (err == LB_OK && kind == LB_STORE_JOURNAL)
        err = lb_feed_verify(store, tell_damage, j);
    lb_store_close(&store);
    if (err != LB_OK)
        messages_break(j->all, "law 5: %s: %s", name, lb_err_name(err));
}

void judge_files(judge *j)
{
    lb_journal_reader *reader = NULL;
    lb_journal_head head;

    check_file(j, "journal.db", LB_STORE_JOURNAL);
    check_file(j, "party.db", LB_STORE_PARTY);
    check_file(j, "keys.db", LB_STORE_KEYS);
    check_file(j, "view.db", LB_STORE_VIEW);
    lb_err err = lb_journal_reader_open(&reader, j->journal);
    if (err == LB_OK)
        err = lb_journal_verify(reader, tell_damage, j, &head);
    lb_journal_reader_close(&reader);
    if (err != LB_OK)
        messages_break(j->all, "law 5: the journal reads as %s", lb_err_name(err));
}

/* -- the running hub --------------------------------------------------------------------------- */

static void check_published(judge *j, lb_client *client, const carriers *c)
{
    int64_t followed = carriers_followed(c);
    const lb_event *event;

    if (lb_client_follow(client, 1) != LB_OK)
        messages_break(j->all, "law 2: replay cannot begin");
    for (int64_t seq = 1; seq <= followed; seq++) {
        lb_err err = lb_client_next(client, VERIFY_MS, &event);
        if (err != LB_OK || event->hub_seq != seq ||
            memcmp(event->event_id.at, carriers_published(c, seq), EVENT_ID_BYTES) != 0) {
            messages_break(j->all,
                           "law 2: event %lld was published and is another one in the journal",
                           (long long)seq);
            return;
        }
    }
}

void judge_hub(judge *j, const carriers *c)
{
    lb_client *client;
    lb_query query;
    const lb_answer *answer = NULL;

    if (lb_client_open(&client, j->data) != LB_OK)
        return;
    lb_query_init(&query, LB_ASK_VERIFY);
    lb_err err = lb_client_ask(client, &query, VERIFY_MS, &answer);
    if (err != LB_OK)
        messages_break(j->all, "law 6: the hub gives no answer: %s", lb_err_name(err));
    else if (answer->error.len > 0)
        messages_break(j->all, "law 4: %.*s", LB_ARG(answer->text));
    if (c != NULL)
        check_published(j, client, c);
    lb_client_close(&client);
}

void judge_end(judge *j)
{
    judge_look(j);
    for (int carrier = 0; carrier < CARRIERS; carrier++)
        for (int64_t number = 0; number < atomic_load(&j->all->sent[carrier]); number++) {
            const message *one = &j->all->of[carrier][number];
            if (one->reported == REPORTED_NOTHING)
                messages_break(j->all, "law 3: %s message %lld never got a result",
                               messages_source(carrier), (long long)number);
            if (one->reported == REPORTED_REFUSED && one->times != 0)
                messages_break(j->all, "law 1: %s message %lld was refused, and is in the journal",
                               messages_source(carrier), (long long)number);
        }
}
