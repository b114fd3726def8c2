/* laws.c - see laws.h. */
#include "laws.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/store.h"
#include "fold/answer.h"
#include "keep/journal.h"
#include "record.h"

enum { TURN_LETTERS = 48, PATH_ROOM = 256, ARENA_BYTES = 64 * 1024 * 1024, FLUSH_EACH = 1000000 };

typedef struct kept_letter { /* what the journal has of a letter */
    unsigned char token[LB_TOKEN_BYTES];
    int64_t first_seq, events;
    int times;
} kept_letter;

typedef struct court {
    const char *folder;
    const ledger *ledger;
    int64_t letters; /* numbers below this were sent */
    kept_letter *journal;
    int64_t events;
    lb_broker *hub;
    char *why;
} court;

static bool breaks(const court *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool breaks(const court *c, const char *format, ...)
{
    va_list facts;

    va_start(facts, format);
    vsnprintf(c->why, LAWS_WHY_ROOM, format, facts);
    va_end(facts);
    return false;
}

static const char *path_of(const court *c, const char *name, char path[PATH_ROOM])
{
    snprintf(path, PATH_ROOM, "%s/%s", c->folder, name);
    return path;
}

/* -- what the journal has -------------------------------------------------------------------------- */

static void find_entry(court *c, const lb_entry *entry, int64_t seq)
{
    for (int64_t letter = 0; letter < c->letters; letter++) {
        kept_letter *kept = &c->journal[letter];
        if (!lb_span_equal(entry->token, (lb_span){(const char *)kept->token, LB_TOKEN_BYTES}))
            continue;
        kept->times++;
        kept->events = (int64_t)entry->events.count;
        kept->first_seq = entry->events.count > 0 ? seq : LB_UNKNOWN;
        return;
    }
}

static void tell_damage(void *whose, const lb_damage *damage)
{
    breaks(whose, "law 2: row %lld of %s is damaged or gone", (long long)damage->row,
           damage->table);
}

/* Law 2 as well: blocks, messages and events are numbered without gap; what was skipped is filled by its hole. */
static bool read_journal(court *c)
{
    lb_journal_reader *reader = NULL;
    lb_journal_head head = {0};
    const lb_page *page;
    char path[PATH_ROOM];

    for (int64_t letter = 0; letter < c->letters; letter++)
        c->journal[letter].times = 0;
    lb_err err = lb_journal_reader_open(&reader, path_of(c, "journal.db", path));
    if (err == LB_OK)
        err = lb_journal_verify(reader, tell_damage, c, &head);
    for (int64_t block = 1; err == LB_OK && block <= head.block; block++) {
        err = lb_journal_read_block(reader, block, &page);
        block = err == LB_OK ? page->block : block; /* a hole stands for many */
        int64_t seq = err == LB_OK ? page->first_seq : 0;
        for (size_t i = 0; err == LB_OK && i < page->body.entries.count; i++) {
            find_entry(c, &page->body.entries.at[i], seq);
            seq += (int64_t)page->body.entries.at[i].events.count;
        }
    }
    lb_journal_reader_close(&reader);
    c->events = head.seq;
    return err == LB_OK || breaks(c, "law 2: the journal reads as %s", lb_err_name(err));
}

static bool check_once(const court *c)
{
    for (int64_t letter = 0; letter < c->letters; letter++)
        if (c->journal[letter].times > 1)
            return breaks(c, "law 1: letter %lld stands %d times in the journal", (long long)letter,
                          c->journal[letter].times);
    return true;
}

static bool is_kept(const told *t)
{
    return t->result == LB_RESULT_KEPT || t->result == LB_RESULT_DUPLICATE;
}

static bool check_promises(const court *c)
{
    for (int64_t i = 0; i < c->ledger->promised; i++) {
        const asked *one = &c->ledger->asks[i];
        const kept_letter *kept = &c->journal[one->letter];
        if (is_kept(&one->told) && (kept->times != 1 || kept->first_seq != one->told.first_seq ||
                                    kept->events != one->told.events))
            return breaks(c, "law 1: letter %lld was kept as %lld, and is %d times there as %lld",
                          (long long)one->letter, (long long)one->told.first_seq, kept->times,
                          (long long)kept->first_seq);
    }
    return true;
}

/* -- sending again ----------------------------------------------------------------------------------- */

/* The newest promise about a letter; NULL: nothing was promised, or something more is on its way. */
static const told *promise_of(const court *c, int64_t letter)
{
    const told *newest = NULL;

    for (int64_t i = 0; i < c->ledger->asked; i++)
        if (c->ledger->asks[i].letter == letter)
            newest = i < c->ledger->promised ? &c->ledger->asks[i].told : NULL;
    return newest;
}

static bool is_same(const told *now, const told *then)
{
    if (is_kept(then))
        return now->result == LB_RESULT_DUPLICATE && now->first_seq == then->first_seq &&
               now->events == then->events;
    return now->result == then->result && now->quarantine_id == then->quarantine_id;
}

static bool check_answer(const court *c, int64_t letter, const told *now)
{
    const told *then = promise_of(c, letter);
    const kept_letter *kept = &c->journal[letter];

    if (then != NULL && !is_same(now, then))
        return breaks(c, "law 3: letter %lld was told %s %lld, and now %s %lld", (long long)letter,
                      lb_result_name(then->result), (long long)then->first_seq,
                      lb_result_name(now->result), (long long)now->first_seq);
    if (then == NULL && kept->times == 1 &&
        (now->result != LB_RESULT_DUPLICATE || now->first_seq != kept->first_seq))
        return breaks(c, "law 3: letter %lld is in the journal as %lld, and told %s %lld",
                      (long long)letter, (long long)kept->first_seq, lb_result_name(now->result),
                      (long long)now->first_seq);
    if (now->result == LB_RESULT_FAILED)
        return breaks(c, "law 6: letter %lld cannot be sent again", (long long)letter);
    return true;
}

static bool send_again(court *c)
{
    int64_t letters[TURN_LETTERS];
    told answers[TURN_LETTERS];
    bool holds = true;

    for (int64_t from = 0; holds && from < c->letters; from += TURN_LETTERS) {
        size_t count = 0;
        while (count < TURN_LETTERS && from + (int64_t)count < c->letters) {
            letters[count] = from + (int64_t)count;
            count++;
        }
        inside_turn(c->hub, letters, count, answers);
        for (size_t i = 0; holds && i < count; i++)
            holds = check_answer(c, letters[i], &answers[i]);
    }
    lb_broker_close(&c->hub);
    return holds;
}

static bool check_complete(const court *c)
{
    for (int64_t letter = 0; letter < c->letters; letter++)
        if (c->journal[letter].times != 1 && !inside_is_unreadable(letter))
            return breaks(c, "law 3: letter %lld was sent again and is %d times in the journal",
                          (long long)letter, c->journal[letter].times);
    return true;
}

/* -- the view ------------------------------------------------------------------------------------------ */

static lb_err dump(const char *path, lb_arena *arena, lb_span *text)
{
    lb_view_reader *reader = NULL;
    lb_query query;
    lb_answer answer;

    lb_record_init(&lb_record_query, &query);
    lb_record_init(&lb_record_answer, &answer);
    query.ask = LB_ASK_DUMP;
    lb_err err = lb_view_reader_open(&reader, path);
    if (err == LB_OK)
        err = lb_view_answer(reader, &query, NULL, INT64_C(1773403200000000), arena, &answer);
    if (err == LB_OK)
        *text = answer.dump;
    lb_view_reader_close(&reader);
    return err;
}

static bool check_view(const court *c)
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
        holds = breaks(c, "law 6: the view does not follow: %s", lb_err_name(err));
    if (holds && (inside_follow(journal, afresh, FLUSH_EACH) != LB_OK ||
                  dump(view, &arena, &live) != LB_OK || dump(afresh, &arena, &made) != LB_OK))
        holds = breaks(c, "law 4: the view cannot be made again");
    if (holds && ((live.len == 0 && c->events > 0) || !lb_span_equal(live, made)))
        holds = breaks(c, "law 4: the view is not what the journal makes of it");
    lb_arena_fini(&arena);
    lb_store_remove(afresh);
    return holds;
}

static bool check_files(const court *c)
{
    static const struct {
        const char *name;
        lb_store_kind kind;
    } files[] = {
        {"journal.db", LB_STORE_JOURNAL}, {"view.db", LB_STORE_VIEW}, {"keys.db", LB_STORE_KEYS}};

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

/* -- all of it ------------------------------------------------------------------------------------------- */

static int64_t letters_of(const ledger *l)
{
    int64_t letters = 0;

    for (int64_t i = 0; i < l->asked; i++)
        if (l->asks[i].letter >= letters)
            letters = l->asks[i].letter + 1;
    return letters;
}

bool laws_hold(const char *folder, const ledger *l, char why[LAWS_WHY_ROOM])
{
    court c = {.folder = folder, .ledger = l, .letters = letters_of(l), .why = why};

    why[0] = '\0';
    if (inside_open(&c.hub, folder) != LB_OK)
        return breaks(&c, "law 6: it does not start");
    c.journal = calloc((size_t)c.letters + 1, sizeof *c.journal);
    if (c.journal == NULL)
        abort();
    for (int64_t letter = 0; letter < c.letters; letter++)
        inside_token(letter, c.journal[letter].token);
    bool holds = read_journal(&c) && check_once(&c) && check_promises(&c) && send_again(&c) &&
                 read_journal(&c) && check_once(&c) && check_promises(&c) && check_complete(&c) &&
                 check_view(&c) && check_files(&c);
    lb_broker_close(&c.hub);
    free(c.journal);
    return holds;
}
