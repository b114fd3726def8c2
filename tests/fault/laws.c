/* laws.c - see laws.h. */
#include "laws.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/store.h"
#include "answer/answer.h"
#include "keep/journal_cursor.h"
#include "record.h"
#include "view_dump.h"

enum { TURN_MESSAGES = 48, PATH_ROOM = 256, ARENA_BYTES = 64 * 1024 * 1024, FLUSH_EACH = 1000000 };

typedef struct kept_message { /* what the journal has of a message */
    unsigned char token[LB_TOKEN_BYTES];
    int64_t first_seq, events;
    int times;
} kept_message;

typedef struct oracle {
    const char *folder;
    const ledger *ledger;
    int64_t messages; /* numbers below this were sent */
    kept_message *journal;
    int64_t events;
    lb_hub *hub;
    char *why;
} oracle;

static bool breaks(const oracle *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool breaks(const oracle *c, const char *format, ...)
{
    va_list facts;

    va_start(facts, format);
    vsnprintf(c->why, LAWS_WHY_ROOM, format, facts);
    va_end(facts);
    return false;
}

static const char *path_of(const oracle *c, const char *name, char path[PATH_ROOM])
{
    snprintf(path, PATH_ROOM, "%s/%s", c->folder, name);
    return path;
}

/* -- what the journal has -------------------------------------------------------------------------- */

static void find_entry(oracle *c, const lb_entry *entry, int64_t seq)
{
    for (int64_t message = 0; message < c->messages; message++) {
        kept_message *kept = &c->journal[message];
        if (!lb_span_equal(entry->token, (lb_span){(const char *)kept->token, LB_TOKEN_BYTES}))
            continue;
        kept->times++;
        kept->events = (int64_t)entry->events.count;
        kept->first_seq = entry->events.count > 0 ? seq : LB_UNKNOWN;
        return;
    }
}

static void find_entries(oracle *c, const lb_page *page)
{
    lb_cursor at = lb_cursor_on(page);

    while (lb_cursor_next_entry(&at))
        find_entry(c, at.entry, at.first_seq);
}

static void tell_damage(void *whose, const lb_damage *damage)
{
    breaks(whose, "law 2: row %lld of %s is damaged or gone", (long long)damage->row,
           damage->table);
}

/* Also law 2: blocks, messages and events are numbered without gap; skipped numbers are covered
 * by a hole. */
static bool read_journal(oracle *c)
{
    lb_journal_reader *reader = NULL;
    lb_journal_head head = {0};
    const lb_page *page;
    char path[PATH_ROOM];

    for (int64_t message = 0; message < c->messages; message++)
        c->journal[message].times = 0;
    lb_err err = lb_journal_reader_open(&reader, inside_place(path_of(c, "journal.db", path)));
    if (err == LB_OK)
        err = lb_journal_verify(reader, tell_damage, c, &head);
    for (int64_t block = 1; err == LB_OK && block <= head.block; block++) {
        err = lb_journal_read_block(reader, block, &page);
        block = err == LB_OK ? page->block : block; /* a hole spans many */
        if (err == LB_OK)
            find_entries(c, page);
    }
    lb_journal_reader_close(&reader);
    c->events = head.seq;
    return err == LB_OK || breaks(c, "law 2: the journal reads as %s", lb_err_name(err));
}

static bool check_once(const oracle *c)
{
    for (int64_t message = 0; message < c->messages; message++)
        if (c->journal[message].times > 1)
            return breaks(c, "law 1: message %lld stands %d times in the journal",
                          (long long)message, c->journal[message].times);
    return true;
}

static bool is_kept(const reported *t)
{
    return t->result == LB_RESULT_KEPT || t->result == LB_RESULT_DUPLICATE;
}

static bool check_promises(const oracle *c)
{
    for (int64_t i = 0; i < c->ledger->promised; i++) {
        const asked *one = &c->ledger->asks[i];
        const kept_message *kept = &c->journal[one->message];
        if (is_kept(&one->reported) &&
            (kept->times != 1 || kept->first_seq != one->reported.first_seq ||
             kept->events != one->reported.events))
            return breaks(c, "law 1: message %lld was kept as %lld, and is %d times there as %lld",
                          (long long)one->message, (long long)one->reported.first_seq, kept->times,
                          (long long)kept->first_seq);
    }
    return true;
}

/* -- sending again ----------------------------------------------------------------------------------- */

/* The newest receipt of a message; NULL: there is none, or a later request is unanswered. */
static const reported *promise_of(const oracle *c, int64_t message)
{
    const reported *newest = NULL;

    for (int64_t i = 0; i < c->ledger->asked; i++)
        if (c->ledger->asks[i].message == message)
            newest = i < c->ledger->promised ? &c->ledger->asks[i].reported : NULL;
    return newest;
}

static bool is_same(const reported *now, const reported *then)
{
    if (is_kept(then))
        return now->result == LB_RESULT_DUPLICATE && now->first_seq == then->first_seq &&
               now->events == then->events;
    return now->result == then->result && now->quarantine_id == then->quarantine_id;
}

static bool check_answer(const oracle *c, int64_t message, const reported *now)
{
    const reported *then = promise_of(c, message);
    const kept_message *kept = &c->journal[message];

    if (then != NULL && !is_same(now, then))
        return breaks(c, "law 3: message %lld got %s %lld, and now %s %lld", (long long)message,
                      lb_result_name(then->result), (long long)then->first_seq,
                      lb_result_name(now->result), (long long)now->first_seq);
    if (then == NULL && kept->times == 1 &&
        (now->result != LB_RESULT_DUPLICATE || now->first_seq != kept->first_seq))
        return breaks(c, "law 3: message %lld is in the journal as %lld, but got %s %lld",
                      (long long)message, (long long)kept->first_seq, lb_result_name(now->result),
                      (long long)now->first_seq);
    if (now->result == LB_RESULT_FAILED)
        return breaks(c, "law 6: message %lld cannot be sent again", (long long)message);
    return true;
}

static bool send_again(oracle *c)
{
    int64_t messages[TURN_MESSAGES];
    reported answers[TURN_MESSAGES];
    bool holds = true;

    for (int64_t from = 0; holds && from < c->messages; from += TURN_MESSAGES) {
        size_t count = 0;
        while (count < TURN_MESSAGES && from + (int64_t)count < c->messages) {
            messages[count] = from + (int64_t)count;
            count++;
        }
        inside_turn(c->hub, messages, count, answers);
        for (size_t i = 0; holds && i < count; i++)
            holds = check_answer(c, messages[i], &answers[i]);
    }
    lb_hub_close(&c->hub);
    return holds;
}

static bool check_complete(const oracle *c)
{
    for (int64_t message = 0; message < c->messages; message++)
        if (c->journal[message].times != 1 && !inside_is_unreadable(message))
            return breaks(c, "law 3: message %lld was sent again and is %d times in the journal",
                          (long long)message, c->journal[message].times);
    return true;
}

#define DUMPED_US INT64_C(1773403200000000)

/* -- the view ------------------------------------------------------------------------------------------ */

static bool check_view(const oracle *c)
{
    char journal[PATH_ROOM], view[PATH_ROOM], afresh[PATH_ROOM];
    lb_span live = LB_EMPTY, made = LB_EMPTY;
    lb_arena arena;
    bool holds = true;

    path_of(c, "journal.db", journal);
    path_of(c, "view.db", view);
    path_of(c, "afresh.db", afresh);
    lb_store_remove(afresh);
    lb_arena_init(&arena, ARENA_BYTES);
    lb_err err = inside_follow(journal, view, FLUSH_EACH);
    if (err != LB_OK)
        holds = breaks(c, "law 6: the view does not catch up: %s", lb_err_name(err));
    if (holds && (inside_follow(journal, afresh, FLUSH_EACH) != LB_OK ||
                  view_dump(view, DUMPED_US, &arena, &live) != LB_OK ||
                  view_dump(afresh, DUMPED_US, &arena, &made) != LB_OK))
        holds = breaks(c, "law 4: the view cannot be rebuilt");
    if (holds && ((live.len == 0 && c->events > 0) || !lb_span_equal(live, made)))
        holds = breaks(c, "law 4: the view differs from one rebuilt from the journal");
    lb_arena_fini(&arena);
    lb_store_remove(afresh);
    return holds;
}

static bool check_files(const oracle *c)
{
    static const struct {
        const char *name;
        lb_store_kind kind;
    } files[] = {{"view.db", LB_STORE_VIEW}, {"keys.db", LB_STORE_KEYS}};
    char journal[PATH_ROOM];
    const lb_journal_place *place = inside_place(path_of(c, "journal.db", journal));

    lb_err checked = place->engine->check(place->path);
    if (checked != LB_OK)
        return breaks(c, "law 5: the journal is %s", lb_err_name(checked));

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[PATH_ROOM];
        lb_store *store = NULL;
        lb_err err =
            lb_store_open(&store, path_of(c, files[i].name, path), files[i].kind, LB_STORE_READ);
        if (err == LB_OK)
            err = lb_store_check(store);
        lb_store_close(&store);
        if (err != LB_OK)
            return breaks(c, "law 5: %s is %s", files[i].name, lb_err_name(err));
    }
    return true;
}

/* -- the six laws ------------------------------------------------------------------------------ */

static int64_t messages_of(const ledger *l)
{
    int64_t messages = 0;

    for (int64_t i = 0; i < l->asked; i++)
        if (l->asks[i].message >= messages)
            messages = l->asks[i].message + 1;
    return messages;
}

bool laws_hold(const char *folder, const ledger *l, char why[LAWS_WHY_ROOM])
{
    oracle c = {.folder = folder, .ledger = l, .messages = messages_of(l), .why = why};

    why[0] = '\0';
    if (inside_open(&c.hub, folder) != LB_OK)
        return breaks(&c, "law 6: the hub does not start");
    c.journal = calloc((size_t)c.messages + 1, sizeof *c.journal);
    if (c.journal == NULL)
        abort();
    for (int64_t message = 0; message < c.messages; message++)
        inside_token(message, c.journal[message].token);
    bool holds = read_journal(&c) && check_once(&c) && check_promises(&c) && send_again(&c) &&
                 read_journal(&c) && check_once(&c) && check_promises(&c) && check_complete(&c) &&
                 check_view(&c) && check_files(&c);
    lb_hub_close(&c.hub);
    free(c.journal);
    return holds;
}
