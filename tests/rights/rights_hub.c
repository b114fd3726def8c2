/* rights_hub.c - see rights_hub.h. */
#include "rights_hub.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "answer/answer.h"
#include "keep/dedup.h"
#include "keep/feed.h"
#include "keep/journal_sqlite.h"
#include "keep/party.h"
#include "keep/view.h"
#include "net/admit.h"
#include "net/translate.h"
#include "record.h"
#include "question.h"
#include "party_words.h"

enum { FOLDER_ROOM = 256, FEEDS = 4096, INSIDE = 1, OUTSIDE = 0 };

#define SEAL "user_nonce"

typedef struct known_keys { /* delivery keys: open addressing, all zero is free */
    uint8_t (*at)[LB_TOKEN_BYTES];
    size_t count, room;
} known_keys;

struct rights_hub {
    char folder[FOLDER_ROOM], party_path[FOLDER_ROOM], view_path[FOLDER_ROOM];
    void *zmq, *notes;
    lb_journal *journal; /* for the counters of feeds only */
    lb_feed_book *feeds;
    lb_admit *admit;
    lb_translate *translate;
    lb_party_reader *parties;
    lb_view *view;
    lb_view_reader *reader;
    sqlite3 *eraser;
    char *erase_sql;
    lb_batch batch;
    lb_arena scratch;
    known_keys known;
    int64_t seq;
    bool owns_folder;
};

char *rights_read_file(const char *path)
{
    struct stat facts;
    FILE *file = fopen(path, "rb");

    if (file == NULL || fstat(fileno(file), &facts) != 0)
        fail_msg("%s cannot be read", path);
    char *text = calloc(1, (size_t)facts.st_size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)facts.st_size, file), (size_t)facts.st_size);
    fclose(file);
    return text;
}

/* -- parties ------------------------------------------------------------------------------------------------ */

/* Every party has one key: its name, filled up with dots. */
static void key_of(lb_span name, char key[LB_CURVE_KEY_BYTES])
{
    memset(key, '.', LB_CURVE_KEY_BYTES);
    memcpy(key, name.at, name.len < LB_CURVE_KEY_BYTES ? name.len : LB_CURVE_KEY_BYTES);
}

static void change(lb_party_register *book, const lb_party *party, lb_ask ask)
{
    const char *why = "";
    lb_query query;

    question_of_change(&query, ask, party, LB_UNKNOWN);
    if (lb_party_change(book, &query, 1, &why) != LB_OK)
        fail_msg("%.*s: %s", LB_ARG(party->name), why);
}

static void add_words(lb_arena *arena, lb_span words, lb_text_list *list)
{
    lb_span word, rest = words;

    while (lb_span_trim(rest).len > 0) {
        rest = lb_span_trim(rest);
        if (!lb_span_cut(&rest, ' ', &word))
            break;
        if (word.len > 0 && lb_arena_grow(arena, list, sizeof *list->at))
            list->at[list->count++] = word;
    }
}

static void split_roles(lb_arena *arena, lb_span words, lb_party_role_list *list)
{
    lb_span word, rest = words;

    while (rest.len > 0 && lb_span_cut(&rest, ',', &word))
        if (lb_arena_grow(arena, list, sizeof *list->at))
            list->at[list->count++] = role_of(word);
}

static void add_party(lb_party_register *book, lb_arena *arena, lb_span line, lb_party *party)
{
    char key[LB_CURVE_KEY_BYTES];
    lb_party_key held;
    lb_text_list words = {0};

    lb_record_init(&lb_record_party, party);
    add_words(arena, line, &words);
    assert_true(words.count >= 2);
    key_of(words.at[0], key);
    held = (lb_party_key){lb_arena_copy(arena, (lb_span){key, sizeof key}), LB_UNKNOWN, LB_UNKNOWN};
    party->name = words.at[0];
    party->keys = (lb_party_key_list){&held, 1, 1};
    party->messages_per_s = party->bytes_per_s = INT64_C(1000000000);
    split_roles(arena, words.at[1], &party->roles);
    for (size_t i = 2; i < words.count; i++)
        if (lb_arena_grow(arena, &party->rights, sizeof *party->rights.at))
            party->rights.at[party->rights.count++] = words.at[i];
    change(book, party, LB_ASK_PARTY_ADD);
    party->keys = (lb_party_key_list){0};
    party->roles = (lb_party_role_list){0};
    party->rights = (lb_text_list){0};
}

static void grant_more(lb_party_register *book, lb_arena *arena, lb_span line, lb_party *party)
{
    party->rights = (lb_text_list){0};
    add_words(arena, line, &party->rights);
    change(book, party, LB_ASK_PARTY_GRANT);
}

static void add_parties(rights_hub *hub, const char *grants)
{
    lb_span rest = lb_span_of(grants), line;
    lb_party_register *book;
    lb_store *store;
    lb_party party;

    assert_int_equal(lb_store_open(&store, hub->party_path, LB_STORE_PARTY, LB_STORE_WRITE), LB_OK);
    assert_int_equal(lb_party_register_open(&book, store), LB_OK);
    assert_int_equal(lb_store_begin(store), LB_OK);
    while (rest.len > 0 && lb_span_cut(&rest, '\n', &line)) {
        bool goes_on = line.len > 0 && line.at[0] == ' ';
        if (lb_span_trim(line).len == 0 || line.at[0] == '#')
            continue;
        if (goes_on)
            grant_more(book, &hub->scratch, line, &party);
        else
            add_party(book, &hub->scratch, line, &party);
    }
    assert_int_equal(lb_store_commit(store), LB_OK);
    lb_party_register_close(&book);
    lb_store_close(&store);
    lb_arena_reset(&hub->scratch);
}

static size_t user_of(const char *party, char user[LB_USER_ROOM])
{
    char key[LB_CURVE_KEY_BYTES];
    int len = snprintf(user, LB_USER_ROOM, SEAL "/");

    key_of(lb_span_of(party), key);
    for (size_t i = 0; i < LB_CURVE_KEY_BYTES / 2; i++)
        len += snprintf(user + len, LB_USER_ROOM - (size_t)len, "%02x", (unsigned char)key[i]);
    return (size_t)len +
           (size_t)snprintf(user + len, LB_USER_ROOM - (size_t)len, "/127.0.0.1/%s", party);
}

/* -- open and close ----------------------------------------------------------------------------------------- */

static void open_net(rights_hub *hub)
{
    lb_endpoints endpoints = {.count = 0};
    const lb_listen listen = {.zmq = hub->zmq,
                              .folder = hub->folder,
                              .endpoints = &endpoints,
                              .party_path = hub->party_path,
                              .user_nonce = LB_SPAN(SEAL),
                              .local_may = true};
    const lb_admit_options options = {.feeds = hub->feeds,
                                      .message_bytes = 1 << 24,
                                      .messages_per_s = 1,
                                      .bytes_per_s = 1,
                                      .terminals_are_listed = true};

    assert_int_equal(lb_admit_open(&hub->admit, &listen, &options), LB_OK);
    assert_int_equal(
        lb_translate_open(&hub->translate, hub->folder, LB_READING_NOTE, LB_READ_BUDGET_US), LB_OK);
    assert_int_equal(lb_party_reader_open(&hub->parties, hub->party_path, LB_SPAN(SEAL), true),
                     LB_OK);
}

/* One text that empties every table of the view. */
static void prepare_eraser(rights_hub *hub)
{
    static const char *const tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND "
                                      "name <> 'applied' AND name NOT LIKE 'sqlite_%'";
    sqlite3_stmt *read;
    sqlite3_str *sql = sqlite3_str_new(NULL);

    assert_int_equal(sqlite3_open(hub->view_path, &hub->eraser), SQLITE_OK);
    sqlite3_exec(hub->eraser, "PRAGMA synchronous=OFF", NULL, NULL, NULL);
    assert_int_equal(sqlite3_prepare_v2(hub->eraser, tables, -1, &read, NULL), SQLITE_OK);
    sqlite3_str_appendall(sql, "BEGIN IMMEDIATE; UPDATE applied SET seq = 0;");
    while (sqlite3_step(read) == SQLITE_ROW)
        sqlite3_str_appendf(sql, "DELETE FROM \"%w\";", sqlite3_column_text(read, 0));
    sqlite3_finalize(read);
    sqlite3_str_appendall(sql, "COMMIT;");
    hub->erase_sql = sqlite3_str_finish(sql);
}

static void make_folder(rights_hub *hub, const char *folder)
{
    hub->owns_folder = folder == NULL;
    snprintf(hub->folder, sizeof hub->folder, "%s", folder == NULL ? "/dev/shm/lb-XXXXXX" : folder);
    if (hub->owns_folder && mkdtemp(hub->folder) == NULL) {
        snprintf(hub->folder, sizeof hub->folder, "/tmp/lb-XXXXXX");
        assert_non_null(mkdtemp(hub->folder));
    }
    snprintf(hub->party_path, sizeof hub->party_path, "%.200s/party.db", hub->folder);
    snprintf(hub->view_path, sizeof hub->view_path, "%.200s/view.db", hub->folder);
}

rights_hub *rights_hub_open(const char *grants, const char *folder)
{
    const lb_feed_limits feeds = {FEEDS, FEEDS, FEEDS};
    rights_hub *hub = calloc(1, sizeof *hub);

    assert_non_null(hub);
    make_folder(hub, folder);
    lb_arena_init(&hub->scratch, (size_t)1 << 30);
    assert_int_equal(lb_batch_init(&hub->batch, 1024), LB_OK);
    assert_int_equal(lb_context_open(&hub->zmq), LB_OK);
    assert_int_equal(lb_socket_bind(hub->zmq, ZMQ_PULL, LB_NOTES, &hub->notes), LB_OK);
    assert_int_equal(lb_journal_open(&hub->journal, LB_JOURNAL_FILE(":memory:")), LB_OK);
    assert_int_equal(lb_feed_open(&hub->feeds, hub->journal, &feeds), LB_OK);
    add_parties(hub, grants);
    open_net(hub);
    assert_int_equal(lb_view_open(&hub->view, hub->view_path), LB_OK);
    assert_int_equal(lb_view_reader_open(&hub->reader, hub->view_path), LB_OK);
    prepare_eraser(hub);
    return hub;
}

static void remove_folder(const rights_hub *hub)
{
    char command[FOLDER_ROOM + 16];

    snprintf(command, sizeof command, "rm -rf '%s'", hub->folder);
    assert_int_equal(system(command), 0);
}

void rights_hub_close(rights_hub **out)
{
    rights_hub *hub = *out;

    if (hub == NULL)
        return;
    lb_view_reader_close(&hub->reader);
    lb_view_close(&hub->view);
    sqlite3_close(hub->eraser);
    sqlite3_free(hub->erase_sql);
    lb_party_reader_close(&hub->parties);
    lb_translate_close(&hub->translate);
    lb_admit_close(&hub->admit);
    lb_feed_close(&hub->feeds);
    lb_journal_close(&hub->journal);
    lb_socket_close(&hub->notes);
    lb_context_close(&hub->zmq);
    lb_batch_fini(&hub->batch);
    lb_arena_fini(&hub->scratch);
    free(hub->known.at);
    if (hub->owns_folder)
        remove_folder(hub);
    free(hub);
    *out = NULL;
}

void rights_hub_clear(rights_hub *hub)
{
    char *why = NULL;

    if (sqlite3_exec(hub->eraser, hub->erase_sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("the view cannot be emptied: %s", why);
    if (hub->known.room > 0)
        memset(hub->known.at, 0, hub->known.room * sizeof *hub->known.at);
    hub->known.count = 0;
    hub->seq = 0;
}

/* -- a turn ------------------------------------------------------------------------------------------------- */

static bool is_free(const uint8_t *token)
{
    static const uint8_t zero[LB_TOKEN_BYTES];

    return memcmp(token, zero, sizeof zero) == 0;
}

static uint8_t *seat_of(known_keys *known, const uint8_t *token)
{
    size_t at;

    memcpy(&at, token, sizeof at);
    for (at %= known->room; !is_free(known->at[at]); at = (at + 1) % known->room)
        if (memcmp(known->at[at], token, LB_TOKEN_BYTES) == 0)
            break;
    return known->at[at];
}

static void widen(known_keys *known)
{
    known_keys wider = {.room = known->room == 0 ? 256 : known->room * 4, .count = known->count};

    wider.at = calloc(wider.room, sizeof *wider.at);
    assert_non_null(wider.at);
    for (size_t i = 0; i < known->room; i++)
        if (!is_free(known->at[i]))
            memcpy(seat_of(&wider, known->at[i]), known->at[i], LB_TOKEN_BYTES);
    free(known->at);
    *known = wider;
}

/* A delivery key that was kept before is a duplicate; its message is not read again. */
static void drop_known(rights_hub *hub)
{
    for (size_t i = 0; i < hub->batch.count; i++) {
        lb_item *item = &hub->batch.items[i];
        if (item->stage != LB_ITEM_NEW)
            continue;
        if (hub->known.count * 2 >= hub->known.room)
            widen(&hub->known);
        uint8_t *seat = seat_of(&hub->known, item->token);
        if (!is_free(seat)) {
            item->stage = LB_ITEM_KNOWN;
            continue;
        }
        memcpy(seat, item->token, LB_TOKEN_BYTES);
        hub->known.count++;
    }
}

static void add_frame(rights_hub *hub, const rights_message *message)
{
    char user[LB_USER_ROOM];
    lb_arena *arena = &hub->batch.arena;
    lb_frame *frame = lb_batch_frame(&hub->batch);
    lb_message *sent = lb_arena_zero(arena, sizeof *sent);

    lb_record_init(&lb_record_submit, &frame->submit);
    frame->of = lb_arena_zero(arena, sizeof *frame->of);
    frame->side = message->by_gate ? INSIDE : OUTSIDE;
    if (message->party != NULL)
        frame->user = lb_arena_copy(arena, (lb_span){user, user_of(message->party, user)});
    frame->submit.source = lb_span_of(message->source);
    *sent = (lb_message){message->message_id, lb_span_of(message->format), message->body};
    frame->submit.messages = (lb_message_list){sent, 1, 1};
    lb_batch_items(&hub->batch, frame, message->at_us);
}

static void put_item(rights_hub *hub, lb_item *item)
{
    item->first_seq = item->events.count > 0 ? hub->seq + 1 : LB_UNKNOWN;
    item->event_count = (int64_t)item->events.count;
    for (size_t e = 0; e < item->events.count; e++) {
        lb_event event;
        lb_arena_reset(&hub->scratch);
        assert_int_equal(
            lb_record_unpack(&lb_record_event, item->events.at[e], &hub->scratch, &event), LB_OK);
        event.hub_seq = ++hub->seq;
        event.recorded_at_us = item->received_us;
        assert_int_equal(lb_view_put(hub->view, &event), LB_OK);
    }
}

static void forget_notes(rights_hub *hub)
{
    char note[1024];

    while (zmq_recv(hub->notes, note, sizeof note, ZMQ_DONTWAIT) >= 0)
        ;
}

static void admit_frame(rights_hub *hub, lb_frame *frame)
{
    lb_err err = lb_admit_frame(hub->admit, frame, INSIDE);

    for (size_t i = frame->first; i < frame->first + frame->count; i++) {
        lb_item *item = &hub->batch.items[i];
        if (err == LB_OK)
            lb_admit_item(hub->admit, frame, item);
        else
            lb_item_refuse(item, LB_ITEM_DENIED, err, LB_UNKNOWN, frame->why);
    }
}

static void run_turn(rights_hub *hub, const rights_message *messages, size_t count,
                     rights_receipt *receipts)
{
    lb_batch_reset(&hub->batch);
    for (size_t i = 0; i < count; i++)
        add_frame(hub, &messages[i]);
    lb_admit_begin(hub->admit);
    for (size_t f = 0; f < hub->batch.frame_count; f++)
        admit_frame(hub, &hub->batch.frames[f]);
    drop_known(hub);
    for (size_t i = 0; i < hub->batch.count; i++) {
        lb_item *item = &hub->batch.items[i];
        if (item->stage == LB_ITEM_NEW)
            lb_translate_read(hub->translate, &hub->batch, item);
        if (item->stage == LB_ITEM_READ)
            put_item(hub, item);
        if (receipts != NULL)
            receipts[i] =
                (rights_receipt){item->stage, item->error, item->first_seq, item->event_count};
    }
    lb_feed_count(hub->feeds, &hub->batch);
    lb_feed_settle(hub->feeds, true);
    forget_notes(hub);
}

void rights_hub_turn(rights_hub *hub, const rights_message *messages, size_t count,
                     rights_receipt *receipts)
{
    enum { AT_ONCE = 64 };

    for (size_t from = 0; from < count; from += AT_ONCE)
        run_turn(hub, messages + from, count - from < AT_ONCE ? count - from : AT_ONCE,
                 receipts == NULL ? NULL : receipts + from);
}

rights_receipt rights_hub_send(rights_hub *hub, const rights_message *message)
{
    rights_receipt receipt;

    rights_hub_turn(hub, message, 1, &receipt);
    return receipt;
}

int64_t rights_hub_flush(rights_hub *hub)
{
    assert_int_equal(lb_view_flush(hub->view, hub->seq), LB_OK);
    return hub->seq;
}

/* -- asking ------------------------------------------------------------------------------------------------- */

void rights_hub_ask(rights_hub *hub, const char *party, const lb_query *query, int64_t now_us,
                    lb_arena *arena, lb_answer *answer)
{
    char user[LB_USER_ROOM];
    lb_span name = {user, party == NULL ? 0 : user_of(party, user)};
    const lb_permission *permission =
        lb_permission_of_user(lb_party_permissions(hub->parties), name, 1);
    lb_err err = LB_ERR_DENIED;

    lb_record_init(&lb_record_answer, answer);
    if (permission != NULL && lb_permission_may_ask(permission, query->ask))
        err = lb_view_answer(hub->reader, query, permission, now_us, arena, answer);
    if (err != LB_OK)
        answer->error = lb_span_of(lb_err_name(err));
}
