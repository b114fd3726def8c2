/* translate.c - messages -> events and doubts.
 *
 * One sink is used for all messages: events are packed into the batch's arena as soon as the adapter has finished them.
 *
 * FOLDER/NOTE is mapped into memory, so it survives the process, however it ends:
 *
 *     now      key of the message being read, all zero between messages; did it crash?
 *     blame[]  keys of messages during which the hub died, and how often
 *
 * A crash in the adapter (SIGSEGV and the like: a signal handler marks it) condemns the message at once. Any other end
 * while reading (power, kill -9, out of memory) may be chance: only the second one does. A condemned message goes to
 * quarantine unread. */
#include "net/translate.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cover.h"
#include "base/log.h"
#include "base/point.h"
#include "record.h"

enum {
    BLAMED = 16,
    GUILTY = 2,
    SINK_BYTES = 256 * 1024 * 1024,
    PATH_ROOM = 4096,
    STACK_BYTES = 64 * 1024,
    /* Shorter messages take less time than reading the processor's clock is worth. */
    TIMED_BYTES = 4096,
};

typedef struct blame {
    uint8_t token[LB_TOKEN_BYTES];
    uint32_t deaths;
} blame;

typedef struct reading_note {
    blame now; /* deaths: set by the signal handler */
    blame blamed[BLAMED];
} reading_note;

struct lb_translate {
    lb_sink *sink;
    reading_note *note;
    size_t blamed;
    int64_t budget_us; /* of a message */
    void *stack;
};

/* -- the note ------------------------------------------------------------------------------------- */

/* A signal handler can reach it in no other way; synchronous signals run in the thread that caused them. */
static _Thread_local reading_note *marked_by_handler;

static void mark_and_die(int signal_number)
{
    if (marked_by_handler != NULL)
        marked_by_handler->now.deaths = GUILTY;
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

void lb_translate_guard(lb_translate *translate)
{
#ifndef __SANITIZE_ADDRESS__ /* ASan has a handler of its own */
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    struct sigaction action = {.sa_handler = mark_and_die, .sa_flags = SA_ONSTACK};

    translate->stack = malloc(STACK_BYTES); /* a handler for stack overflow needs another stack */
    if (translate->stack != NULL)
        sigaltstack(&(stack_t){.ss_sp = translate->stack, .ss_size = STACK_BYTES}, NULL);
    marked_by_handler = translate->note;
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
        sigaction(fatal[i], &action, NULL);
#else
    (void)translate;
    (void)mark_and_die;
#endif
}

static lb_err map_note(lb_translate *translate, const char *folder, const char *note)
{
    char path[PATH_ROOM];
    lb_err err = LB_ERR_IO;

    snprintf(path, sizeof path, "%s/%s", folder, note);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0)
        return err;
    /* Allocated now: on a full disk, writing into a hole of a mapped file is SIGBUS. */
    if (posix_fallocate(fd, 0, sizeof(reading_note)) == 0) {
        void *at = mmap(NULL, sizeof(reading_note), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (at != MAP_FAILED) {
            translate->note = at;
            err = LB_OK;
        }
    }
    close(fd);
    return err;
}

static bool is_zero(const uint8_t *token)
{
    static const uint8_t zero[LB_TOKEN_BYTES];

    return memcmp(token, zero, sizeof zero) == 0;
}

static blame *find_blame(lb_translate *translate, const uint8_t *token)
{
    for (size_t i = 0; i < BLAMED; i++)
        if (memcmp(translate->note->blamed[i].token, token, LB_TOKEN_BYTES) == 0)
            return &translate->note->blamed[i];
    return NULL;
}

/* The last process died while reading this message: blame it, in place of the one blamed least. */
static void take_blame(lb_translate *translate)
{
    reading_note *note = translate->note;
    uint32_t deaths = note->now.deaths > 0 ? GUILTY : 1;

    if (!is_zero(note->now.token)) {
        blame *entry = find_blame(translate, note->now.token);
        if (entry == NULL) {
            entry = &note->blamed[0];
            for (size_t i = 1; i < BLAMED; i++)
                if (note->blamed[i].deaths < entry->deaths)
                    entry = &note->blamed[i];
            *entry = note->now;
            entry->deaths = 0;
        }
        entry->deaths += deaths;
    }
    note->now = (blame){0};
    for (size_t i = 0; i < BLAMED; i++)
        translate->blamed += note->blamed[i].deaths > 0;
}

static bool is_condemned(lb_translate *translate, const lb_item *item)
{
    const blame *entry = translate->blamed == 0 ? NULL : find_blame(translate, item->token);

    return entry != NULL && entry->deaths >= GUILTY && item->releases == LB_UNKNOWN;
}

/* -- open and close ------------------------------------------------------------------------------- */

lb_err lb_translate_open(lb_translate **out, const char *folder, const char *note,
                         int64_t budget_us)
{
    lb_translate *translate = calloc(1, sizeof *translate);
    if (translate == NULL)
        return LB_ERR_NO_MEMORY;

    translate->budget_us = budget_us;
    lb_err err = lb_sink_open(&translate->sink, SINK_BYTES);
    if (err == LB_OK)
        err = map_note(translate, folder, note);
    if (err != LB_OK) {
        lb_translate_close(&translate);
        return err;
    }
    take_blame(translate);
    *out = translate;
    return LB_OK;
}

void lb_translate_close(lb_translate **out)
{
    lb_translate *translate = *out;

    if (translate == NULL)
        return;
    if (translate->stack != NULL) {
        marked_by_handler = NULL;
        sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
        free(translate->stack);
    }
    if (translate->note != NULL)
        munmap(translate->note, sizeof *translate->note);
    lb_sink_close(&translate->sink);
    free(translate);
    *out = NULL;
}

/* -- reading -------------------------------------------------------------------------------------- */

static bool find_adapter(lb_item *item, lb_batch *batch)
{
    lb_span format = item->message->format;

    lb_item_find_adapter(item);
    if (item->adapter == NULL)
        lb_item_refuse(item, LB_ITEM_UNREAD, LB_ERR_NOT_READ, LB_UNKNOWN,
                       format.len == 0 ? LB_SPAN("no adapter reads this format")
                                       : lb_arena_print(&batch->arena, "there is no adapter '%.*s'",
                                                        LB_ARG(lb_span_first(format, 64))));
    if (item->adapter != NULL && !lb_source_may_send(item->source, item->adapter->name)) {
        lb_item_refuse(
            item, LB_ITEM_UNREAD, LB_ERR_DENIED, LB_UNKNOWN,
            lb_arena_print(&batch->arena, "this source does not send %s", item->adapter->name));
    }
    const lb_permission *permission = batch->frames[item->frame].permission;
    if (item->adapter != NULL && permission != NULL &&
        !lb_permission_may_send(permission, item->adapter->name))
        lb_item_refuse(
            item, LB_ITEM_DENIED, LB_ERR_DENIED, LB_UNKNOWN,
            lb_arena_print(&batch->arena, "this party does not send %s", item->adapter->name));
    return item->stage == LB_ITEM_NEW;
}

/* The places that could not be resolved, each once, up to a limit. */
static lb_err take_unresolved(lb_translate *translate, lb_batch *batch, lb_item *item)
{
    enum { NAMED_MAX = 16 };
    item->unresolved = (lb_text_list){0};
    for (size_t i = 0; i < lb_sink_doubts(translate->sink) && item->unresolved.count < NAMED_MAX;
         i++) {
        const lb_doubt_note *doubt = lb_sink_doubt(translate->sink, i);
        bool is_new = doubt->code == LB_DOUBT_PLACE_UNKNOWN && doubt->text.len > 0;
        for (size_t k = 0; is_new && k < item->unresolved.count; k++)
            is_new = !lb_span_equal(item->unresolved.at[k], doubt->text);
        if (!is_new)
            continue;
        if (!lb_arena_grow(&batch->arena, &item->unresolved, sizeof *item->unresolved.at))
            return LB_ERR_NO_MEMORY;
        item->unresolved.at[item->unresolved.count++] = lb_arena_copy(&batch->arena, doubt->text);
    }
    return LB_OK;
}

/* The party of an event; from a gate with listed terminals that is its terminal's. */
static const lb_permission *sender_of(const lb_frame *frame, const lb_event *event)
{
    static const lb_permission nobody;

    if (frame->terminals == NULL)
        return frame->permission;
    for (size_t i = 0; i < event->objects.count; i++)
        if (event->objects.at[i].kind == LB_KIND_DEVICE) {
            const lb_permission *permission =
                lb_permission_of_device(frame->terminals, event->objects.at[i].id);
            return permission != NULL ? permission : &nobody;
        }
    return &nobody;
}

/* One message's events on their way into the batch, as the adapter finishes them. */
typedef struct packing {
    lb_batch *batch;
    lb_item *item;
    const lb_frame *frame;
    lb_err err;
} packing;

static void pack_event(void *who, lb_event *event)
{
    packing *into = who;
    lb_text_list *events = &into->item->events;
    if (into->err != LB_OK)
        return;
    if (!lb_arena_grow(&into->batch->arena, events, sizeof *events->at)) {
        into->err = LB_ERR_NO_MEMORY;
        return;
    }
    into->err = lb_permission_judge(sender_of(into->frame, event), event, &into->batch->arena);
    if (into->err == LB_OK)
        into->err = lb_event_pack(event, &into->batch->arena, &events->at[events->count]);
    if (into->err == LB_OK)
        events->count++;
}

static lb_err pack_doubts(lb_translate *translate, lb_batch *batch, lb_item *item)
{
    item->doubts = (int64_t)lb_sink_doubts(translate->sink);
    return item->doubts > 0 ? take_unresolved(translate, batch, item) : LB_OK;
}

static void take_refusal(lb_translate *translate, lb_batch *batch, lb_item *item,
                         lb_verdict verdict)
{
    const lb_refusal *refusal = lb_sink_refusal(translate->sink);
    lb_err err = lb_verdict_err(verdict);

    if (refusal == NULL)
        lb_item_refuse(item, LB_ITEM_UNREAD, err, LB_UNKNOWN, lb_span_of(lb_err_text(err)));
    else
        lb_item_refuse(item, LB_ITEM_UNREAD, err, refusal->offset,
                       lb_arena_copy(&batch->arena, refusal->text));
}

static int64_t now_of_item(const lb_item *item)
{
    return item->message->body.len < TIMED_BYTES || item->releases != LB_UNKNOWN
               ? 0
               : lb_clock_thread_us();
}

static bool is_over_budget(lb_translate *translate, lb_batch *batch, lb_item *item, int64_t used_us)
{
    if (used_us <= translate->budget_us)
        return false;
    lb_item_refuse(item, LB_ITEM_UNREAD, LB_ERR_TOO_BIG, LB_UNKNOWN,
                   lb_arena_print(&batch->arena,
                                  "reading it takes more than the %lld ms that one message may "
                                  "take: send it in parts",
                                  (long long)translate->budget_us / 1000));
    return true;
}

static void read_item(lb_translate *translate, lb_batch *batch, lb_item *item)
{
    const lb_reading reading = {.received_us = item->received_us, .source = item->source};

    if (is_condemned(translate, item)) {
        lb_log(LB_LOG_MOV_CRASHED, "adapter=%s", item->adapter->name);
        lb_item_refuse(item, LB_ITEM_UNREAD, LB_ERR_NOT_READ, LB_UNKNOWN,
                       LB_SPAN("its adapter crashed on this message"));
        return;
    }
    item->events = (lb_text_list){0};
    packing into = {.batch = batch, .item = item, .frame = &batch->frames[item->frame]};
    const int64_t began_us = now_of_item(item);
    lb_sink_reset(translate->sink);
    lb_sink_hand_over(translate->sink, pack_event, &into);
    memcpy(translate->note->now.token, item->token, LB_TOKEN_BYTES);
    lb_verdict verdict =
        lb_adapter_read(item->adapter, &reading, item->message->body, translate->sink);
    memset(translate->note->now.token, 0, LB_TOKEN_BYTES);
    lb_point("read");

    if (is_over_budget(translate, batch, item, now_of_item(item) - began_us)) {
        item->events = (lb_text_list){0};
        return;
    }
    if (verdict != LB_VERDICT_READ) {
        item->events = (lb_text_list){0};
        take_refusal(translate, batch, item, verdict);
    } else if (into.err == LB_OK && pack_doubts(translate, batch, item) == LB_OK)
        item->stage = LB_ITEM_READ;
    else {
        item->events = (lb_text_list){0};
        lb_item_refuse(item, LB_ITEM_DENIED, LB_ERR_NO_MEMORY, LB_UNKNOWN,
                       LB_SPAN("too many events for one turn"));
    }
}

void lb_translate_read(lb_translate *translate, lb_batch *batch, lb_item *item)
{
    if (find_adapter(item, batch))
        read_item(translate, batch, item);
}

void lb_translate_rest(lb_translate *translate)
{
    lb_sink_reset(translate->sink);
}
