/* admin_salvage.c - keeps messages of lost numbers again, from a damaged journal, through the intake.
 *
 *     aside/.../journal.db ──> repair ──> messages of lost numbers ──> intake ──> receipts ──> holes: "is now 4711" */
#include "net/admin_salvage.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "keep/journal_cursor.h"
#include "keep/view.h"
#include "landbridge/client/version.h"
#include "record.h"

enum {
    PATH_ROOM = LB_PATH_ROOM + 64,
    ARENA_MAX = 1024 * 1024 * 1024,
    HOLES_MAX = 1000,
    ANSWER_MS = 60000,
    FACTS_MAX = 1000, /* of a view: bounds the answer */
};

typedef struct salvage {
    void *intake, *hub_rpc;
    const lb_lost_list *holes;
    lb_arena arena; /* of one page */
    int64_t correlation;
    int64_t kept, known, refused; /* messages */
} salvage;

/* -- requests to the hub's thread ------------------------------------------------------------------- */

static lb_err exchange(void *socket, lb_span request, lb_arena *arena, lb_span *reply)
{
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    zmq_msg_t frame;
    lb_err err = LB_ERR_CLOSED;

    if (zmq_send(socket, request.at, request.len, 0) < 0 || !lb_socket_wait(&item, 1, ANSWER_MS))
        return LB_ERR_CLOSED;
    if ((item.revents & ZMQ_POLLIN) == 0)
        return LB_ERR_TIMEOUT;
    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, socket, 0) >= 0) {
        *reply = lb_arena_copy(arena, (lb_span){zmq_msg_data(&frame), zmq_msg_size(&frame)});
        err = lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : LB_OK;
    }
    zmq_msg_close(&frame);
    return err;
}

static lb_err submit(salvage *s, const lb_entry *entry, lb_span body, lb_receipt *receipt)
{
    lb_message message;
    lb_submit one;
    lb_receipts receipts;
    lb_span packed, reply;

    lb_record_init(&lb_record_message, &message);
    message.message_id = entry->message_id;
    message.format = entry->adapter;
    message.body = body;
    lb_record_init(&lb_record_submit, &one);
    one.schema_rev = LB_SCHEMA_REV;
    one.source = entry->source;
    one.correlation = ++s->correlation;
    one.messages = (lb_message_list){&message, 1, 1};
    lb_err err = lb_record_pack(&lb_record_submit, &one, &s->arena, &packed);
    if (err == LB_OK)
        err = exchange(s->intake, packed, &s->arena, &reply);
    if (err == LB_OK)
        err = lb_record_unpack(&lb_record_receipts, reply, &s->arena, &receipts);
    if (err == LB_OK && (receipts.correlation != s->correlation || receipts.receipts.count != 1))
        err = LB_ERR_CLOSED;
    if (err == LB_OK)
        *receipt = receipts.receipts.at[0];
    return err;
}

static lb_err tell_holes(salvage *s, lb_regained_list regained)
{
    lb_query query;
    lb_answer answer;
    lb_span packed, reply;

    if (regained.count == 0)
        return LB_OK;
    lb_record_init(&lb_record_query, &query);
    query.ask = LB_ASK_REGAINED;
    query.regained.regained = regained;
    lb_err err = lb_record_pack(&lb_record_query, &query, &s->arena, &packed);
    if (err == LB_OK)
        err = exchange(s->hub_rpc, packed, &s->arena, &reply);
    if (err == LB_OK)
        err = lb_record_unpack(&lb_record_answer, reply, &s->arena, &answer);
    if (err == LB_OK && answer.error.len > 0)
        err = LB_ERR_MISUSE;
    return err;
}

/* -- messages ------------------------------------------------------------------------------------------- */

static bool is_lost(const salvage *s, int64_t first_seq, int64_t events, int64_t block)
{
    for (size_t i = 0; i < s->holes->count; i++) {
        const lb_lost *hole = &s->holes->at[i];
        if (events > 0 ? first_seq >= hole->from_seq && first_seq + events - 1 <= hole->to_seq
                       : block >= hole->from_block && first_seq >= hole->from_seq &&
                             first_seq <= hole->to_seq + 1)
            return true;
    }
    return false;
}

static lb_err take_entry(salvage *s, const lb_cursor *at, lb_span body, lb_regained_list *regained)
{
    const lb_entry *entry = at->entry;
    lb_receipt receipt;

    lb_err err = submit(s, entry, body, &receipt);
    if (err != LB_OK)
        return err;
    if (receipt.result == LB_RESULT_FAILED)
        return LB_ERR_BUSY;
    s->kept += receipt.result == LB_RESULT_KEPT;
    s->known += receipt.result == LB_RESULT_DUPLICATE;
    s->refused += receipt.result == LB_RESULT_REFUSED;
    if (receipt.first_seq == LB_UNKNOWN || receipt.events < 1 || entry->events.count == 0 ||
        receipt.first_seq == at->first_seq)
        return LB_OK;
    if (!lb_arena_grow(&s->arena, regained, sizeof *regained->at))
        return LB_ERR_NO_MEMORY;
    int64_t events = (int64_t)entry->events.count;
    lb_regained *one = &regained->at[regained->count++];
    lb_record_init(&lb_record_regained, one);
    one->lost_seq = at->first_seq;
    one->events = receipt.events < events ? receipt.events : events;
    one->seq = receipt.first_seq;
    return LB_OK;
}

static lb_err take_page(salvage *s, lb_journal_reader *reader, const lb_page *page)
{
    lb_regained_list regained = {NULL, 0, 0};
    lb_raw_block raw;
    lb_cursor at = lb_cursor_on(page);
    size_t next = 0;

    lb_record_init(&lb_record_raw_block, &raw);
    if (page->lost != NULL ||
        !is_lost(s, page->first_seq, page->last_seq - page->first_seq + 1, page->block))
        return LB_OK;
    lb_arena_reset(&s->arena);
    lb_err err = lb_journal_read_raw(reader, page->block, &raw);
    if (err == LB_ERR_NOT_FOUND || err == LB_ERR_CORRUPT) { /* raw bytes deleted or damaged */
        s->refused += (int64_t)page->body.entries.count;
        return LB_OK;
    }
    while (err == LB_OK && next < raw.bodies.count && lb_cursor_next_entry(&at))
        if (lb_entry_is_message(at.entry))
            err = take_entry(s, &at, raw.bodies.at[next++], &regained);
    return err == LB_OK ? tell_holes(s, regained) : err;
}

static lb_err take_all(salvage *s, const lb_journal_place *repaired)
{
    lb_journal_reader *reader = NULL;
    const lb_page *page = NULL;
    int64_t block = 0;

    lb_err err = lb_journal_reader_open(&reader, repaired);
    while (err == LB_OK) {
        err = lb_journal_read_block(reader, block + 1, &page);
        if (err == LB_OK) {
            block = page->block;
            err = take_page(s, reader, page);
        }
    }
    lb_journal_reader_close(&reader);
    return err == LB_ERR_NOT_FOUND ? LB_OK : err;
}

/* -- all of it --------------------------------------------------------------------------------------------- */

/* The path of the journal.db that is meant; false: there is none. */
static bool find_file(const lb_folder *folder, lb_span path, char out[PATH_ROOM])
{
    struct stat file;
    bool is_full = path.len > 0 && path.at[0] == '/';

    if (path.len == 0 || path.len >= LB_PATH_ROOM)
        return false;
    snprintf(out, PATH_ROOM, "%s%s%.*s", is_full ? "" : folder->path, is_full ? "" : "/",
             LB_ARG(path));
    if (stat(out, &file) == 0 && S_ISDIR(file.st_mode)) {
        size_t len = strlen(out);
        snprintf(out + len, PATH_ROOM - len, "/journal.db");
    }
    return stat(out, &file) == 0 && S_ISREG(file.st_mode) && strcmp(out, folder->journal) != 0;
}

static lb_err list_holes(const lb_journal_place *journal, lb_arena *arena, lb_lost_list *holes)
{
    lb_journal_reader *reader = NULL;

    lb_err err = lb_journal_reader_open(&reader, journal);
    if (err == LB_OK)
        err = lb_journal_list_lost(reader, INT64_MIN, HOLES_MAX, arena, holes);
    lb_journal_reader_close(&reader);
    return err;
}

static lb_err open_doors(salvage *s, void *zmq)
{
    lb_err err = lb_socket_connect(zmq, ZMQ_DEALER, LB_INTAKE_INSIDE, &s->intake);

    return err == LB_OK ? lb_socket_connect(zmq, ZMQ_DEALER, LB_HUB_RPC, &s->hub_rpc) : err;
}

/* Facts of a view no longer have a message to send again: they are shown, for a person to decide. */
static lb_err show_facts(const char *journal, const lb_lost_list *holes, lb_arena *arena,
                         lb_answer *answer)
{
    char view[PATH_ROOM];
    const char *slash = strrchr(journal, '/');
    lb_err err = LB_OK;

    snprintf(view, sizeof view, "%.*s/view.db", (int)(slash - journal), journal);
    for (size_t i = 0; err == LB_OK && i < holes->count; i++)
        err = lb_view_show(view, holes->at[i].from_seq, holes->at[i].to_seq, FACTS_MAX, arena,
                           &answer->salvage.facts);
    return err == LB_ERR_NOT_FOUND ? LB_OK : err;
}

lb_err lb_admin_salvage(void *zmq, const lb_journal_place *journal, const lb_folder *folder,
                        lb_span path, lb_arena *arena, lb_answer *answer)
{
    char damaged[PATH_ROOM], scratch[PATH_ROOM];
    lb_lost_list holes = {NULL, 0, 0};
    lb_repaired repaired;
    lb_lost as;
    salvage s = {.holes = &holes};

    if (!find_file(folder, path, damaged))
        return LB_ERR_NOT_FOUND;
    snprintf(scratch, sizeof scratch, "%s/salvage-%ld.db", folder->path, (long)gettid());
    journal->engine->remove(scratch);
    lb_record_init(&lb_record_lost, &as);
    lb_arena_init(&s.arena, ARENA_MAX);
    lb_err err = list_holes(journal, arena, &holes);
    if (err == LB_OK)
        err = journal->engine->repair(damaged, scratch, &as, &repaired);
    if (err == LB_OK)
        err = open_doors(&s, zmq);
    if (err == LB_OK)
        err = take_all(&s, &(lb_journal_place){journal->engine, scratch});
    if (err == LB_OK)
        err = show_facts(damaged, &holes, arena, answer);
    lb_socket_close(&s.intake);
    lb_socket_close(&s.hub_rpc);
    lb_arena_fini(&s.arena);
    journal->engine->remove(scratch);
    if (err == LB_OK) {
        lb_log(LB_LOG_ADM_DONE, "what=salvage kept=%lld known=%lld refused=%lld", (long long)s.kept,
               (long long)s.known, (long long)s.refused);
        answer->salvage.turns = repaired.blocks;
        answer->salvage.kept = s.kept;
        answer->salvage.known = s.known;
        answer->salvage.refused = s.refused;
        answer->text = lb_arena_print(
            arena,
            "%lld turns could be read; of lost numbers %lld messages are kept again, %lld were "
            "known already, %lld cannot be kept",
            (long long)repaired.blocks, (long long)s.kept, (long long)s.known,
            (long long)s.refused);
    }
    return err;
}
