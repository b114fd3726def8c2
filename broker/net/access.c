/* access.c - the access thread: authenticates keys, changes parties and their rights, writes the audit log. */
#include "net/access.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "keep/audit.h"
#include "keep/party.h"
#include "record.h"

enum {
    BUSY_MS = 100, /* while audit records wait */
    WAIT_MS = 1000,
    NOTES_AT_ONCE = 1000,
    NOTES_MAX = 100000,
    NOTES_BYTES = 64 * 1024 * 1024,
    ARENA_BYTES = 256 * 1024 * 1024,
    ABOUT_MAX = 200,
    REFUSALS_MAX = 50, /* recorded singly, of one party between two writes */
    ZAP_FRAMES = 16,
};
#define GATHER_US    INT64_C(200000)
#define TRY_AGAIN_US INT64_C(1000000)

/* Refused actions of one party since the last write. */
typedef struct refusals {
    lb_span party;
    size_t count;
    size_t more; /* the record that counts those beyond REFUSALS_MAX; SIZE_MAX: none */
} refusals;

typedef struct refusals_list {
    refusals *at;
    size_t count, room;
} refusals_list;

struct lb_access {
    lb_store *store;
    lb_party_register *book;
    lb_party_reader *reader;
    lb_audit *audit;
    void *zap, *notes, *register_rpc;
    lb_arena arena; /* of one request */
    lb_arena held;  /* of the audit records */
    lb_audit_note_list waiting;
    refusals_list refused;
    int64_t lost;
    int64_t due_us; /* when the waiting records are written */
    lb_thread thread;
};

/* -- audit records ------------------------------------------------------------------------------------ */

static bool is_the_same(const lb_audit_note *a, const lb_audit_note *b)
{
    return lb_span_equal(a->gate, b->gate) && lb_span_equal(a->party, b->party) &&
           a->action == b->action && a->ask == b->ask && lb_span_equal(a->about, b->about) &&
           a->outcome == b->outcome;
}

static void keep_note(lb_access *access, lb_audit_note note)
{
    lb_audit_note_list *list = &access->waiting;

    if (list->count >= NOTES_MAX || !lb_arena_grow(&access->held, list, sizeof *list->at)) {
        access->lost++;
        return;
    }
    if (list->count == 0)
        access->due_us = lb_clock_monotonic_us() + GATHER_US;
    note.at_us = lb_clock_now_us();
    note.times = 1;
    note.gate = lb_arena_copy(&access->held, note.gate);
    note.party = lb_arena_copy(&access->held, note.party);
    note.about = lb_arena_copy(&access->held, note.about);
    list->at[list->count++] = note;
}

/* NOT_FOUND is not a refusal: such records are kept singly, since they show what was looked for. */
static bool is_refusal(const lb_audit_note *note)
{
    return note->outcome != LB_OUTCOME_OK && note->outcome != LB_OUTCOME_NOT_FOUND;
}

/* NULL: no memory. */
static refusals *need_refusals(lb_access *access, lb_span party)
{
    refusals_list *list = &access->refused;

    for (size_t i = 0; i < list->count; i++)
        if (lb_span_equal(list->at[i].party, party))
            return &list->at[i];
    if (!lb_arena_grow(&access->held, list, sizeof *list->at))
        return NULL;
    list->at[list->count] =
        (refusals){.party = lb_arena_copy(&access->held, party), .more = SIZE_MAX};
    return &list->at[list->count++];
}

/* True when the record is beyond the party's share, and has been counted instead. */
static bool is_beyond_share(lb_access *access, const lb_audit_note *note)
{
    refusals *of_party = is_refusal(note) ? need_refusals(access, note->party) : NULL;

    if (of_party == NULL || of_party->count++ < REFUSALS_MAX)
        return false;
    if (of_party->more != SIZE_MAX) {
        access->waiting.at[of_party->more].times++;
        return true;
    }
    of_party->more = access->waiting.count;
    lb_audit_note more = lb_audit_note_of(note->party, LB_ACTION_REFUSED_MORE, LB_EMPTY, LB_OK);
    more.outcome = note->outcome;
    keep_note(access, more);
    if (of_party->more == access->waiting.count) /* no memory for it */
        of_party->more = SIZE_MAX;
    return true;
}

static void take_note(lb_access *access, lb_audit_note note)
{
    lb_audit_note_list *list = &access->waiting;

    note.about = lb_span_first(note.about, ABOUT_MAX);
    if (list->count > 0 && is_the_same(&list->at[list->count - 1], &note))
        list->at[list->count - 1].times++;
    else if (!is_beyond_share(access, &note))
        keep_note(access, note);
}

static lb_err append_waiting(lb_access *access)
{
    lb_audit_note lost =
        lb_audit_note_of(LB_EMPTY, LB_ACTION_NOTES_LOST, LB_EMPTY, LB_ERR_NO_MEMORY);
    lb_err err = LB_OK;

    lost.at_us = lb_clock_now_us();
    lost.times = access->lost;

    for (size_t i = 0; err == LB_OK && i < access->waiting.count; i++)
        err = lb_audit_append(access->audit, &access->waiting.at[i]);
    if (err == LB_OK && access->lost > 0)
        err = lb_audit_append(access->audit, &lost);
    return err;
}

static void settle(lb_access *access, bool is_kept)
{
    lb_audit_settle(access->audit, is_kept);
    if (!is_kept)
        return;
    access->waiting = (lb_audit_note_list){0};
    access->refused = (refusals_list){0};
    access->lost = 0;
    lb_arena_reset(&access->held);
}

static void write_notes(lb_access *access)
{
    lb_err err = lb_store_begin(access->store);

    if (err == LB_OK)
        err = append_waiting(access);
    if (err == LB_OK)
        err = lb_store_commit(access->store);
    if (err != LB_OK) {
        lb_store_rollback(access->store);
        access->due_us = lb_clock_monotonic_us() + TRY_AGAIN_US;
        lb_log(LB_LOG_AUD_FAIL, "err=%s notes=%zu", lb_err_name(err), access->waiting.count);
    }
    settle(access, err == LB_OK);
}

/* Takes one frame of a message into the arena; false: no (more) frame. */
static bool take_frame(void *socket, lb_arena *arena, lb_span *bytes, bool *is_more)
{
    zmq_msg_t frame;

    zmq_msg_init(&frame);
    bool came = zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) >= 0;
    if (came) {
        *is_more = zmq_msg_more(&frame);
        *bytes = lb_arena_copy(arena, (lb_span){zmq_msg_data(&frame), zmq_msg_size(&frame)});
    }
    zmq_msg_close(&frame);
    return came;
}

static size_t take_frames(void *socket, lb_arena *arena, lb_span *frames, size_t room)
{
    size_t count = 0;
    bool is_more = true;
    lb_span rest;

    while (is_more && take_frame(socket, arena, count < room ? &frames[count] : &rest, &is_more))
        count++;
    return count;
}

static void gather_notes(lb_access *access)
{
    lb_span frames[LB_NOTE_FRAMES];
    lb_audit_note note;

    for (unsigned i = 0; i < NOTES_AT_ONCE; i++) {
        lb_arena_reset(&access->arena);
        if (take_frames(access->notes, &access->arena, frames, LB_NOTE_FRAMES) != LB_NOTE_FRAMES)
            return;
        if (lb_note_take(frames, &note))
            take_note(access, note);
    }
}

static void write_when_due(lb_access *access)
{
    if (access->waiting.count > 0 && lb_clock_monotonic_us() >= access->due_us)
        write_notes(access);
}

/* -- ZAP (RFC 27): version, request, domain, address, identity, mechanism, credentials ---------------- */

static void answer_zap(void *zap, lb_span request, bool is_let_in, lb_span user)
{
    const lb_span frames[] = {LB_SPAN("1.0"),
                              request,
                              is_let_in ? LB_SPAN("200") : LB_SPAN("400"),
                              is_let_in ? LB_SPAN("OK") : LB_SPAN("unknown key"),
                              user,
                              LB_EMPTY};
    const size_t count = sizeof frames / sizeof frames[0];

    for (size_t i = 0; i < count; i++)
        zmq_send(zap, frames[i].at, frames[i].len, i + 1 < count ? ZMQ_SNDMORE : 0);
}

static void let_in(lb_access *access)
{
    lb_span frames[ZAP_FRAMES];
    char user[LB_USER_ROOM];
    size_t len = 0;

    lb_arena_reset(&access->arena);
    size_t count = take_frames(access->zap, &access->arena, frames, ZAP_FRAMES);
    if (count == 0)
        return;
    bool is_curve =
        count == 7 && lb_span_is(frames[5], "CURVE") && frames[6].len == LB_CURVE_KEY_BYTES;
    const lb_permission_book *book = lb_party_permissions(access->reader);
    const lb_permission *permission =
        !is_curve ? NULL
                  : lb_permission_of_key(book, (const uint8_t *)frames[6].at, frames[3],
                                         lb_clock_now_us());
    if (permission != NULL)
        len = lb_permission_user(book, permission, (const uint8_t *)frames[6].at, frames[3], user);
    lb_span address = count > 3 ? frames[3] : LB_SPAN("-");
    if (len == 0)
        lb_log(LB_LOG_PTY_TURNED_AWAY, "address=%.*s", LB_ARG(address));
    answer_zap(access->zap, count > 1 ? frames[1] : LB_EMPTY, len > 0, (lb_span){user, len});
    take_note(access, lb_audit_note_of(len > 0 ? permission->name : LB_EMPTY, LB_ACTION_CONNECT,
                                       address, len > 0 ? LB_OK : LB_ERR_DENIED));
}

/* -- requests of the workers -------------------------------------------------------------------------- */

/* Keys are Z85 text in requests and bytes inside the hub. */
static lb_err read_key(lb_access *access, lb_span *key)
{
    char text[LB_CURVE_TEXT + 1];

    uint8_t *bytes = lb_arena_alloc(&access->arena, LB_CURVE_KEY_BYTES);
    if (bytes == NULL)
        return LB_ERR_NO_MEMORY;
    if (key->len != LB_CURVE_TEXT)
        return LB_ERR_MISUSE;
    memcpy(text, key->at, LB_CURVE_TEXT);
    text[LB_CURVE_TEXT] = '\0';
    if (zmq_z85_decode(bytes, text) == NULL)
        return LB_ERR_MISUSE;
    *key = (lb_span){(const char *)bytes, LB_CURVE_KEY_BYTES};
    return LB_OK;
}

static lb_err write_key(lb_access *access, lb_party_key *key)
{
    char *text = lb_arena_alloc(&access->arena, LB_CURVE_TEXT + 1);

    if (text == NULL)
        return LB_ERR_NO_MEMORY;
    if (zmq_z85_encode(text, (const uint8_t *)key->key.at, key->key.len) == NULL)
        return LB_ERR_CORRUPT;
    key->key = (lb_span){text, LB_CURVE_TEXT};
    return LB_OK;
}

static lb_err list_parties(lb_access *access, lb_span name, lb_answer *answer)
{
    lb_party_list *list = &answer->parties.parties;
    lb_err err = lb_party_read_all(access->book, name, &access->arena, list);

    for (size_t i = 0; err == LB_OK && i < list->count; i++)
        for (size_t k = 0; err == LB_OK && k < list->at[i].keys.count; k++)
            err = write_key(access, &list->at[i].keys.at[k]);
    return err;
}

/* "acme see:bkg:BK7001 format:air.*": the party and the change. */
static lb_span with_words(lb_access *access, lb_span about, const lb_text_list *words)
{
    for (size_t i = 0; i < words->count; i++)
        about = lb_arena_print(&access->arena, "%.*s %.*s", LB_ARG(about), LB_ARG(words->at[i]));
    return about;
}

static bool has_role(const lb_party_role_list *roles, lb_party_role role)
{
    for (size_t i = 0; i < roles->count; i++)
        if (roles->at[i] == role)
            return true;
    return false;
}

/* Appends each role once, also if the request repeats it. */
static lb_span with_roles(lb_access *access, lb_span about, const lb_party_role_list *roles)
{
    for (unsigned role = 1; role < LB_PARTY_ROLE_COUNT; role++)
        if (has_role(roles, (lb_party_role)role))
            about = lb_arena_print(&access->arena, "%.*s %s", LB_ARG(about),
                                   lb_party_role_name((lb_party_role)role));
    return about;
}

/* `by` is "party", or "gate/party" when a gate asks on the party's behalf. */
static void set_asker(lb_span by, lb_audit_note *note)
{
    note->party = by;
    if (memchr(by.at, '/', by.len) != NULL)
        lb_span_cut(&note->party, '/', &note->gate);
}

static lb_err change_and_note(lb_access *access, const lb_query *query, lb_span about,
                              const char **why)
{
    lb_audit_note note = lb_audit_note_of(LB_EMPTY, LB_ACTION_CHANGE, about, LB_OK);
    lb_err err = lb_store_begin(access->store);

    if (err == LB_OK)
        err = lb_party_change(access->book, query, lb_clock_now_us(), why);
    if (err != LB_OK) {
        lb_store_rollback(access->store);
        return err;
    }
    note.ask = query->ask;
    set_asker(query->asked_by, &note);
    take_note(access, note);
    err = append_waiting(access);
    if (err == LB_OK)
        err = lb_store_commit(access->store);
    if (err != LB_OK) { /* the change was rolled back, so its record has to report the failure */
        lb_store_rollback(access->store);
        if (access->waiting.count > 0)
            access->waiting.at[access->waiting.count - 1].outcome = lb_audit_outcome(err);
    }
    settle(access, err == LB_OK);
    return err;
}

/* Answers with the party after the change. */
static lb_err change_party(lb_access *access, const lb_query *query, lb_span name, lb_span about,
                           lb_answer *answer)
{
    const char *why = NULL;
    lb_err err = change_and_note(access, query, about, &why);

    if (err == LB_OK)
        return list_parties(access, name, answer);
    if (why != NULL)
        answer->text = lb_span_of(why);
    return err;
}

static lb_err refuse_key(lb_err err, lb_answer *answer)
{
    if (err == LB_ERR_MISUSE)
        answer->text = LB_SPAN("a public key is 40 characters of Z85");
    return err;
}

static lb_err answer_party_list(lb_access *access, lb_query *query, lb_answer *answer)
{
    return list_parties(access, query->party_list.name, answer);
}

static lb_err answer_party_add(lb_access *access, lb_query *query, lb_answer *answer)
{
    lb_party *party = &query->party_add;
    lb_span about = with_roles(access, party->name, &party->roles);

    for (size_t i = 0; i < party->keys.count; i++) {
        lb_err err = read_key(access, &party->keys.at[i].key);
        if (err != LB_OK)
            return refuse_key(err, answer);
    }
    about = with_words(access, about, &party->rights);
    return change_party(access, query, party->name, about, answer);
}

static lb_err answer_party_rotate(lb_access *access, lb_query *query, lb_answer *answer)
{
    lb_party_rotate_query *rotate = &query->party_rotate;
    lb_err err = rotate->key.len > 0 ? read_key(access, &rotate->key) : LB_OK;

    if (err != LB_OK)
        return refuse_key(err, answer);
    return change_party(access, query, rotate->name, rotate->name, answer);
}

static lb_err answer_party_revoke(lb_access *access, lb_query *query, lb_answer *answer)
{
    lb_party_revoke_query *revoke = &query->party_revoke;
    lb_err err = revoke->key.len > 0 ? read_key(access, &revoke->key) : LB_OK;

    if (err != LB_OK)
        return refuse_key(err, answer);
    return change_party(access, query, revoke->name, revoke->name, answer);
}

static lb_err answer_party_grant(lb_access *access, lb_query *query, lb_answer *answer)
{
    const lb_party_rights_query *grant = &query->party_grant;

    return change_party(access, query, grant->name, with_words(access, grant->name, &grant->rights),
                        answer);
}

static lb_err answer_party_withdraw(lb_access *access, lb_query *query, lb_answer *answer)
{
    const lb_party_rights_query *withdraw = &query->party_withdraw;

    return change_party(access, query, withdraw->name,
                        with_words(access, withdraw->name, &withdraw->rights), answer);
}

/* The list includes the records up to now. */
static lb_err answer_audit_list(lb_access *access, lb_query *query, lb_answer *answer)
{
    write_notes(access);
    return lb_audit_list(access->audit, &query->audit_list, &access->arena, &answer->audit.notes);
}

static lb_err answer_audit_verify(lb_access *access, lb_query *query, lb_answer *answer)
{
    (void)query;
    write_notes(access);
    return lb_audit_verify(access->audit, &access->arena, answer);
}

static lb_err answer_query(lb_access *access, lb_query *query, lb_answer *answer)
{
    switch (query->ask) {
#define LB_ASK_OF_ACCESS(NAME, name) \
    case LB_ASK_##NAME:              \
        return answer_##name(access, query, answer);
#include "landbridge/asks.def"
    default:
        return LB_ERR_MISUSE;
    }
}

static bool serve_rpc(lb_access *access)
{
    lb_request request;
    lb_query query;
    lb_answer answer;
    lb_span bytes;

    lb_arena_reset(&access->arena);
    if (lb_socket_take(access->register_rpc, &access->arena, &request) != LB_OK)
        return false;
    lb_record_init(&lb_record_answer, &answer);
    lb_err err = lb_record_unpack(&lb_record_query, request.body, &access->arena, &query);
    if (err == LB_OK)
        err = answer_query(access, &query, &answer);
    if (err != LB_OK) {
        answer.error = lb_span_of(lb_err_name(err));
        if (answer.text.len == 0)
            answer.text = lb_span_of(lb_err_text(err));
    }
    if (lb_record_pack(&lb_record_answer, &answer, &access->arena, &bytes) == LB_OK)
        lb_socket_answer(access->register_rpc, request.from, request.is_req, bytes);
    return true;
}

/* -- open and close --------------------------------------------------------------------------------------------- */

static void *run(void *argument)
{
    lb_access *access = argument;
    zmq_pollitem_t items[] = {{.socket = access->zap, .events = ZMQ_POLLIN},
                              {.socket = access->register_rpc, .events = ZMQ_POLLIN},
                              {.socket = access->notes, .events = ZMQ_POLLIN}};

    while (lb_socket_wait(items, 3, access->waiting.count > 0 ? BUSY_MS : WAIT_MS)) {
        if ((items[0].revents & ZMQ_POLLIN) != 0)
            let_in(access);
        gather_notes(access);
        while (serve_rpc(access))
            ;
        write_when_due(access);
    }
    lb_socket_close(&access->zap);
    lb_socket_close(&access->notes);
    lb_socket_close(&access->register_rpc);
    return NULL;
}

static lb_err open_tables(lb_access *access, const lb_access_options *options)
{
    lb_err err = lb_store_open(&access->store, options->party_path, LB_STORE_PARTY, LB_STORE_WRITE);
    if (err == LB_OK)
        err = lb_party_register_open(&access->book, access->store);
    if (err == LB_OK)
        err = lb_audit_open(&access->audit, access->store);
    return err == LB_OK ? lb_party_reader_open(&access->reader, options->party_path,
                                               options->user_nonce, false)
                        : err;
}

lb_err lb_access_open(lb_access **out, void *zmq, const lb_access_options *options)
{
    lb_access *access = calloc(1, sizeof *access);
    if (access == NULL)
        return LB_ERR_NO_MEMORY;
    lb_arena_init(&access->arena, ARENA_BYTES);
    lb_arena_init(&access->held, NOTES_BYTES);
    lb_err err = open_tables(access, options);
    if (err == LB_OK)
        err = lb_socket_bind(zmq, ZMQ_REP, "inproc://zeromq.zap.01", &access->zap);
    if (err == LB_OK)
        err = lb_socket_bind(zmq, ZMQ_PULL, LB_NOTES, &access->notes);
    if (err == LB_OK)
        err = lb_socket_bind(zmq, ZMQ_ROUTER, LB_REGISTER_RPC, &access->register_rpc);
    if (err == LB_OK)
        err = lb_thread_start(&access->thread, LB_THREAD_ACCESS, run, access);
    if (err != LB_OK)
        lb_access_close(&access);
    else
        *out = access;
    return err;
}

void lb_access_close(lb_access **out)
{
    lb_access *access = *out;

    if (access == NULL)
        return;
    lb_thread_join(&access->thread);
    if (access->audit != NULL && access->waiting.count > 0)
        write_notes(access);
    lb_socket_close(&access->zap);
    lb_socket_close(&access->notes);
    lb_socket_close(&access->register_rpc);
    lb_party_reader_close(&access->reader);
    lb_audit_close(&access->audit);
    lb_party_register_close(&access->book);
    lb_store_close(&access->store);
    lb_arena_fini(&access->arena);
    lb_arena_fini(&access->held);
    free(access);
    *out = NULL;
}
