/* inside.c - see inside.h. */
#include "hub.c" // NOLINT(bugprone-suspicious-include): its static functions are what is tested

#include <sodium.h>
#include <stdlib.h>

#include "inside.h"
#include "keep/view.h"
#include "landbridge/client/version.h"

enum {
    BODY_ROOM = 400,
    UNREADABLE_EACH = 7,
    TURN_ROOM = 64,
    INSIDE_BYTES = 256 * 1024 * 1024,
};
#define RECEIVED_US INT64_C(1773316800000000) /* 2026-03-12T12:00:00Z */

/* -- messages ----------------------------------------------------------------------------------------- */

bool inside_is_unreadable(int64_t message)
{
    return message % UNREADABLE_EACH == UNREADABLE_EACH - 1;
}

/* A gate list: containers that came in. */
static size_t write_message(int64_t message, char body[BODY_ROOM])
{
    int len = snprintf(body, BODY_ROOM, "event,time,zone,place,container,truck\n");

    for (int64_t row = 0; row <= message % 4; row++)
        len += snprintf(body + len, (size_t)(BODY_ROOM - len),
                        "GTIN,2026-03-12 %02lld:%02lld,Asia/Shanghai,CNULZ,LBKU%07lld,T%lld\n",
                        (long long)(message / 60 % 24), (long long)(message % 60),
                        (long long)(message * 10 + row), (long long)message);
    return (size_t)len;
}

void inside_token(int64_t message, unsigned char token[16])
{
    char body[BODY_ROOM];
    size_t len = write_message(message, body);

    lb_token_make(token, LB_SPAN(INSIDE_SOURCE), LB_EMPTY, (lb_span){body, len});
}

void inside_write_message(int64_t message, FILE *file)
{
    char body[BODY_ROOM];

    fwrite(body, 1, write_message(message, body), file);
}

static void fill_message(lb_message *message, int64_t number, lb_arena *arena)
{
    char body[BODY_ROOM];
    size_t len = write_message(number, body);

    message->format = inside_is_unreadable(number) ? LB_SPAN("hub.nothing") : LB_SPAN("hub.csv");
    message->body = lb_arena_copy(arena, (lb_span){body, len});
}

/* -- opening ------------------------------------------------------------------------------------------ */

lb_err inside_open(lb_hub **out, const char *folder)
{
    lb_hub *hub = calloc(1, sizeof *hub);

    if (hub == NULL)
        return LB_ERR_NO_MEMORY;
    lb_config_init(&hub->config);
    hub->config.turn_messages = TURN_ROOM;
    lb_err err = sodium_init() < 0 ? LB_ERR_IO : lb_folder_open(&hub->folder, folder);
    if (err == LB_OK)
        err = lb_batch_init(&hub->batch, (size_t)hub->config.turn_messages);
    if (err == LB_OK)
        err = lb_hub_open_keepers(hub);
    if (err == LB_OK)
        err = lb_translate_open(&hub->translate, hub->folder.path, LB_READING_NOTE,
                                LB_READ_BUDGET_US);
    if (err == LB_OK)
        lb_translate_guard(hub->translate);
    if (err != LB_OK)
        lb_hub_close(&hub);
    else
        *out = hub;
    return err;
}

enum { TIDIED_FRAMES = 40 };
static const lb_hub *tidied_often;

void inside_checkpoint_often(lb_hub *hub, const char *synchronous)
{
    char pragma[64];

    snprintf(pragma, sizeof pragma, "PRAGMA synchronous=%s", synchronous);
    lb_store_run(hub->store, pragma);
    tidied_often = hub;
}

lb_err inside_tidy(lb_hub *hub)
{
    static int64_t monotonic_us;

    monotonic_us += INT64_C(10000000); /* so that it is due */
    return lb_store_tidy(hub->store, monotonic_us);
}

/* -- turns ---------------------------------------------------------------------------------------------- */

static void tell(lb_hub *hub, lb_err kept, reported *answers)
{
    for (size_t i = 0; i < hub->batch.count; i++) {
        lb_receipt receipt;
        lb_record_init(&lb_record_receipt, &receipt);
        lb_receipt_fill(&hub->batch, &hub->batch.items[i], kept, &receipt);
        answers[i] =
            (reported){receipt.result, receipt.first_seq, receipt.events, receipt.quarantine_id,
                       lb_span_is(receipt.next_step, lb_next_step_name(LB_NEXT_STEP_SENDER_RETRY))};
    }
}

/* Stands for admit, which gets this from the party and its profile. */
static lb_err judge(lb_hub *hub, lb_frame *frame)
{
    frame->owner = LB_SPAN("local");
    lb_err err = lb_feed_need(hub->feeds, frame->submit.source, frame->owner, &frame->feed);

    for (size_t i = frame->first; i < frame->first + frame->count; i++) {
        lb_item *item = &hub->batch.items[i];
        item->source = lb_source_default();
        lb_token_make(item->token, frame->submit.source, LB_EMPTY, item->message->body);
    }
    return err;
}

static lb_err read_and_keep_here(lb_hub *hub)
{
    lb_err err = lb_dedup_ready(hub->dedup, hub->batch.count);

    for (size_t i = 0; err == LB_OK && i < hub->batch.count; i++) {
        lb_item *item = &hub->batch.items[i];
        bool is_later; /* never: nothing is read beside the turn here */
        err = read_item(hub, &hub->batch.frames[item->frame], item, &is_later);
    }
    return keep_or_take_back(hub, err);
}

lb_err inside_turn(lb_hub *hub, const int64_t *numbers, size_t count, reported *answers)
{
    lb_batch *batch = &hub->batch;
    lb_frame *frame = lb_batch_frame(batch);
    lb_message *messages = lb_arena_zero(&batch->arena, count * sizeof *messages);
    lb_err err = messages == NULL ? LB_ERR_NO_MEMORY : LB_OK;

    for (size_t i = 0; i < count; i++)
        answers[i] = (reported){.result = LB_RESULT_FAILED, .may_retry = true};
    for (size_t i = 0; err == LB_OK && i < count; i++)
        fill_message(&messages[i], numbers[i], &batch->arena);
    if (lb_arena_failed(&batch->arena))
        err = LB_ERR_NO_MEMORY;
    if (err == LB_OK) {
        lb_record_init(&lb_record_submit, &frame->submit);
        frame->submit.source = LB_SPAN(INSIDE_SOURCE);
        frame->submit.messages = (lb_message_list){messages, count, count};
        lb_batch_items(batch, frame, RECEIVED_US);
        err = judge(hub, frame);
    }
    if (err == LB_OK) {
        err = read_and_keep_here(hub);
        tell(hub, err, answers);
    }
    lb_batch_reset(batch);
    if (hub == tidied_often && lb_store_frames(hub->store) >= TIDIED_FRAMES)
        inside_tidy(hub);
    return err;
}

lb_err inside_begin(const char *folder, int64_t messages)
{
    lb_hub *hub = NULL;
    reported answers[TURN_ROOM];
    int64_t numbers[TURN_ROOM];

    for (int64_t i = 0; i < messages; i++)
        numbers[i] = i;
    lb_err err = inside_open(&hub, folder);
    if (err == LB_OK)
        err = inside_turn(hub, numbers, (size_t)messages, answers);
    lb_hub_close(&hub);
    return err;
}

lb_err inside_release(lb_hub *hub, int64_t quarantine_id, reported *answer)
{
    lb_batch *batch = &hub->batch;
    uint8_t token[LB_TOKEN_BYTES];
    int64_t received_us;

    *answer = (reported){.result = LB_RESULT_FAILED};
    lb_frame *frame = lb_batch_frame(batch);
    lb_err err = lb_quarantine_take(hub->quarantine, quarantine_id, &batch->arena, &frame->submit,
                                    token, &received_us);
    if (err == LB_OK) {
        frame->submit.messages.at[0].format = LB_SPAN("hub.csv");
        lb_batch_items(batch, frame, received_us);
        batch->items[frame->first].releases = quarantine_id;
        err = judge(hub, frame);
    }
    if (err == LB_OK) {
        err = read_and_keep_here(hub);
        tell(hub, err, answer);
    }
    lb_batch_reset(batch);
    return err;
}

/* -- the whole hub ----------------------------------------------------------------------------- */

lb_err inside_hub_open(lb_hub **hub, const char *folder, bool has_gate)
{
    lb_config config;

    lb_config_init(&config);
    config.tcp = has_gate;
    config.intake = config.query = config.live = config.replay = LB_PORT_OFF;
    config.curve_intake = config.curve_query = config.curve_live = config.curve_replay =
        LB_PORT_OFF;
    config.jt808 = 0;
    config.turn_messages = TURN_ROOM;
    lb_err err = lb_hub_open(hub, folder, &config);
    if (err == LB_OK)
        lb_beside_close(&(*hub)->keeper); /* turns are kept in the thread that makes them */
    return err;
}

static void note_port(void *whose, const char *name, const char *endpoint)
{
    if (strcmp(name, "jt808") == 0)
        *(int *)whose = (int)strtol(strrchr(endpoint, ':') + 1, NULL, 10);
}

int inside_hub_gate_port(const lb_hub *hub)
{
    int port = -1;

    lb_gates_each_endpoint(hub->gates, note_port, &port);
    return port;
}

int64_t inside_hub_missed(const lb_hub *hub, int door)
{
    const lb_door_tally *tally = &hub->doors.at[door];

    return atomic_load(&tally->untaken) + atomic_load(&tally->hung_up) +
           atomic_load(&tally->refused);
}

void *inside_hub_dial(lb_hub *hub, bool is_rpc)
{
    void *socket = NULL;

    return lb_socket_connect(hub->zmq, ZMQ_DEALER, is_rpc ? LB_HUB_RPC : LB_INTAKE_INSIDE,
                             &socket) == LB_OK
               ? socket
               : NULL;
}

bool inside_hub_turn(lb_hub *hub, int timeout_ms)
{
    zmq_pollitem_t items[1 + LB_SIDES] = {{.socket = hub->hub_rpc, .events = ZMQ_POLLIN}};

    lb_intake_wait_for(hub->intake, items + 1);
    if (zmq_poll(items, 1 + LB_SIDES, timeout_ms) <= 0)
        return false;
    while (serve_rpc(hub))
        ;
    turn(hub);
    return true;
}

char *inside_submit(const int64_t *numbers, size_t count, int64_t correlation, size_t *len)
{
    char *bytes = NULL;
    lb_arena arena;
    lb_submit submit;
    lb_span packed;

    lb_arena_init(&arena, INSIDE_BYTES);
    lb_record_init(&lb_record_submit, &submit);
    lb_message *messages = lb_arena_zero(&arena, count * sizeof *messages);
    for (size_t i = 0; messages != NULL && i < count; i++)
        fill_message(&messages[i], numbers[i], &arena);
    submit.schema_rev = LB_SCHEMA_REV;
    submit.source = LB_SPAN(INSIDE_SOURCE);
    submit.correlation = correlation;
    submit.messages = (lb_message_list){messages, count, count};
    if (!lb_arena_failed(&arena) &&
        lb_record_pack(&lb_record_submit, &submit, &arena, &packed) == LB_OK) {
        bytes = malloc(packed.len + 1);
        if (bytes != NULL)
            memcpy(bytes, packed.at, packed.len);
        *len = packed.len;
    }
    lb_arena_fini(&arena);
    return bytes;
}

/* -- reading the journal from outside ---------------------------------------------------------- */

int64_t inside_head_block(const char *journal)
{
    lb_journal_reader *reader = NULL;
    lb_journal_head head = {.block = -1};

    if (lb_journal_reader_open(&reader, journal) == LB_OK)
        lb_journal_reader_tell(reader, &head);
    lb_journal_reader_close(&reader);
    return head.block;
}

static int count_in(const lb_page *page, lb_span token, int64_t *first_seq)
{
    int64_t seq = page->first_seq;
    int times = 0;

    for (size_t i = 0; i < page->body.entries.count; i++) {
        const lb_entry *entry = &page->body.entries.at[i];
        if (lb_span_equal(entry->token, token)) {
            times++;
            *first_seq = seq;
        }
        seq += (int64_t)entry->events.count;
    }
    return times;
}

int inside_count_kept(const char *journal, int64_t after_block, const unsigned char token[16],
                      int64_t *first_seq)
{
    lb_journal_reader *reader = NULL;
    const lb_page *page;
    int times = 0;

    if (lb_journal_reader_open(&reader, journal) != LB_OK)
        return -1;
    for (int64_t block = after_block + 1; lb_journal_read_block(reader, block, &page) == LB_OK;
         block = page->block + 1)
        times += count_in(page, (lb_span){(const char *)token, LB_TOKEN_BYTES}, first_seq);
    lb_journal_reader_close(&reader);
    return times;
}

/* -- the view --------------------------------------------------------------------------------------------- */

static lb_err put_event(lb_view *view, const lb_page *page, lb_span bytes, int64_t seq,
                        lb_arena *arena)
{
    lb_event event;

    lb_arena_reset(arena);
    lb_err err = lb_record_unpack(&lb_record_event, bytes, arena, &event);
    if (err != LB_OK)
        return err;
    event.hub_seq = seq;
    event.recorded_at_us = page->recorded_us;
    return lb_view_put(view, &event);
}

static lb_err put_page(lb_view *view, const lb_page *page, int64_t after, int64_t flush_each,
                       lb_arena *arena)
{
    lb_err err = LB_OK;
    int64_t seq = page->first_seq;

    for (size_t i = 0; i < page->body.entries.count; i++) {
        const lb_text_list *events = &page->body.entries.at[i].events;
        for (size_t e = 0; err == LB_OK && e < events->count; e++, seq++) {
            if (seq > after)
                err = put_event(view, page, events->at[e], seq, arena);
            if (err == LB_OK && seq > after && seq % flush_each == 0)
                err = lb_view_flush(view, seq);
        }
    }
    return err;
}

lb_err inside_follow(const char *journal, const char *view_path, int64_t flush_each)
{
    lb_journal_reader *reader = NULL;
    lb_view *view = NULL;
    const lb_page *page;
    lb_journal_head head;
    lb_arena arena;

    lb_arena_init(&arena, INSIDE_BYTES);
    lb_err err = lb_journal_reader_open(&reader, journal);
    if (err == LB_OK)
        err = lb_journal_reader_tell(reader, &head);
    if (err == LB_OK)
        err = lb_view_open(&view, view_path);
    if (err == LB_OK && lb_view_applied(view) > head.seq)
        err = LB_ERR_CORRUPT; /* a view with more than the journal has */
    int64_t seq = err == LB_OK ? lb_view_applied(view) : 0;
    while (err == LB_OK && seq < head.seq) {
        err = lb_journal_read_seq(reader, seq + 1, &page);
        if (err == LB_OK)
            err = put_page(view, page, seq, flush_each, &arena);
        if (err == LB_OK)
            seq = page->last_seq;
    }
    if (err == LB_OK)
        err = lb_view_flush(view, head.seq);
    lb_view_close(&view);
    lb_journal_reader_close(&reader);
    lb_arena_fini(&arena);
    return err;
}
