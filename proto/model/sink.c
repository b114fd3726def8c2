/* sink.c - collects the events and doubts of a message, and calls adapters.
 *
 *     lb_adapter_read:  limits -> read -> finish every event -> verdict        (or an emptied sink)
 *
 * All memory is the sink's arena. When it is used up, or a limit is exceeded, calls write to the scrap event,
 * and the verdict tells. */
#include "sink.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "utf8.h"

/* -- the struct ------------------------------------------------------------------------------------------ */

typedef struct lb_event_pointers {
    lb_event **at;
    size_t count, room;
} lb_event_pointers;

typedef struct lb_doubt_notes {
    lb_doubt_note *at;
    size_t count, room;
} lb_doubt_notes;

typedef struct lb_mark_notes {
    lb_mark_note *at;
    size_t count, room;
} lb_mark_notes;

typedef struct lb_copied {
    lb_span where, copy;
} lb_copied;

typedef struct lb_copies {
    lb_copied *at;
    size_t count, room;
} lb_copies;

/* Where a stretch of copies begins whose addresses rise: memory comes in blocks, and rises within each. */
typedef struct lb_rises {
    size_t *at;
    size_t count, room;
} lb_rises;

/* How far a long copy and what it is a copy of go side by side, every kilobyte or so of the copy. */
typedef struct lb_trail_step {
    size_t copied, original;
} lb_trail_step;

typedef struct lb_trail {
    lb_trail_step *at;
    size_t count, room;
    const char *copy; /* whose trail it is */
} lb_trail;

/* The text that lb_join wrote last. */
typedef struct lb_joined {
    char *at;
    size_t len, room, pieces;
} lb_joined;

enum { LB_SINK_TOOLS = 8, LB_TOOL_NAME = 40 };

typedef struct lb_sink_kept {
    char name[LB_TOOL_NAME];
    void *tool;
    void (*close)(void *tool);
} lb_sink_kept;

struct lb_sink {
    lb_arena arena;
    lb_event_pointers events;
    lb_event_pointers spare; /* that were taken */
    size_t finished;         /* so many are finished, and taken when there is a taker */
    lb_taker *take;
    void *taker;
    bool finishes;
    lb_doubt_notes doubts;
    lb_mark_notes marks; /* only when it explains */
    lb_copies copies;
    lb_rises rises;
    lb_trail trail;
    lb_joined joined;
    lb_span part; /* see lb_part */
    const char *part_word;
    size_t part_number; /* 0: not told */
    size_t parts;       /* of all events: objects, references, associations, texts */
    lb_refusal refusal; /* verdict READ: none */
    lb_message_info info;
    lb_event scrap; /* what a caller works on when there is no more room */
    lb_span message;
    const lb_reading *reading; /* of the message that is read; NULL between messages */
    const lb_adapter *adapter;
    lb_sink_kept tools[LB_SINK_TOOLS];
    bool explains;
    lb_refusal limit; /* the first limit that was reached; verdict READ: none */
    char limit_text[240];
};

lb_arena *lb_sink_arena(lb_sink *sink)
{
    return &sink->arena;
}

enum { DOUBTS_MAX = 10000 }; /* for each message; more of them help nobody */

const char *lb_verdict_name(lb_verdict verdict)
{
    static const char *const names[LB_VERDICTS] = {
        [LB_VERDICT_READ] = "READ",
        [LB_VERDICT_NOT_MINE] = "NOT_MINE",
        [LB_VERDICT_CUT_SHORT] = "CUT_SHORT",
        [LB_VERDICT_GARBLED] = "GARBLED",
        [LB_VERDICT_UNKNOWN_KIND] = "UNKNOWN_KIND",
        [LB_VERDICT_TOO_MUCH] = "TOO_MUCH",
    };
    return (unsigned)verdict < LB_VERDICTS ? names[verdict] : "UNKNOWN";
}

lb_err lb_verdict_err(lb_verdict verdict)
{
    static const lb_err errors[LB_VERDICTS] = {
        [LB_VERDICT_READ] = LB_OK,
        [LB_VERDICT_NOT_MINE] = LB_ERR_NOT_READ,
        [LB_VERDICT_CUT_SHORT] = LB_ERR_CUT_SHORT,
        [LB_VERDICT_GARBLED] = LB_ERR_GARBLED,
        [LB_VERDICT_UNKNOWN_KIND] = LB_ERR_NOT_READ,
        [LB_VERDICT_TOO_MUCH] = LB_ERR_TOO_BIG,
    };
    return (unsigned)verdict < LB_VERDICTS ? errors[verdict] : LB_ERR_NOT_READ;
}

static void clear_letter(lb_message_info *info)
{
    *info = (lb_message_info){.reported_at_us = LB_UNKNOWN};
}

lb_err lb_sink_open(lb_sink **out, size_t max_bytes)
{
    lb_sink *sink = calloc(1, sizeof *sink);
    if (sink == NULL)
        return LB_ERR_NO_MEMORY;
    lb_arena_init(&sink->arena, max_bytes);
    clear_letter(&sink->info);
    *out = sink;
    return LB_OK;
}

void lb_sink_close(lb_sink **sink)
{
    if (*sink == NULL)
        return;
    for (size_t i = 0; i < LB_SINK_TOOLS; i++)
        if ((*sink)->tools[i].tool != NULL)
            (*sink)->tools[i].close((*sink)->tools[i].tool);
    lb_arena_fini(&(*sink)->arena);
    free(*sink);
    *sink = NULL;
}

void lb_sink_reset(lb_sink *sink)
{
    /* memory beyond this, grown for a huge message, is freed */
    enum { ARENA_KEEP = 8 * 1024 * 1024 };
    if (sink->arena.total > ARENA_KEEP)
        lb_arena_fini(&sink->arena);
    lb_arena_reset(&sink->arena);
    sink->events = sink->spare = (lb_event_pointers){0};
    sink->finished = 0;
    sink->doubts = (lb_doubt_notes){0};
    sink->marks = (lb_mark_notes){0};
    sink->copies = (lb_copies){0};
    sink->rises = (lb_rises){0};
    sink->trail = (lb_trail){0};
    sink->joined = (lb_joined){0};
    sink->part = LB_EMPTY;
    sink->part_number = sink->parts = 0;
    sink->refusal = sink->limit = (lb_refusal){0};
    clear_letter(&sink->info);
}

void *lb_sink_tool(lb_sink *sink, const char *name)
{
    for (size_t i = 0; i < LB_SINK_TOOLS; i++)
        if (sink->tools[i].tool != NULL && strcmp(sink->tools[i].name, name) == 0)
            return sink->tools[i].tool;
    return NULL;
}

bool lb_sink_keep_tool(lb_sink *sink, const char *name, void *tool, void (*close)(void *tool))
{
    for (size_t i = 0; i < LB_SINK_TOOLS && strlen(name) < LB_TOOL_NAME; i++)
        if (sink->tools[i].tool == NULL) {
            sink->tools[i] = (lb_sink_kept){.tool = tool, .close = close};
            memcpy(sink->tools[i].name, name, strlen(name) + 1);
            return true;
        }
    return false;
}

size_t lb_sink_count(const lb_sink *sink)
{
    return sink->events.count;
}

lb_event *lb_sink_event(lb_sink *sink, size_t i)
{
    return sink->events.at[i];
}

size_t lb_sink_doubts(const lb_sink *sink)
{
    return sink->doubts.count;
}

const lb_doubt_note *lb_sink_doubt(const lb_sink *sink, size_t i)
{
    return &sink->doubts.at[i];
}

const lb_refusal *lb_sink_refusal(const lb_sink *sink)
{
    return sink->refusal.verdict == LB_VERDICT_READ ? NULL : &sink->refusal;
}

lb_message_info *lb_sink_message_info(lb_sink *sink)
{
    return &sink->info;
}

const lb_source *lb_sink_source(const lb_sink *sink)
{
    return sink->reading != NULL ? sink->reading->source : lb_source_default();
}

/* -- events ------------------------------------------------------------------------------------ */

/* Copies provenance of the message and its feed into an event. */
static void stamp(const lb_sink *sink, lb_event *event)
{
    const lb_message_info *info = &sink->info;
    const lb_source *source = lb_sink_source(sink);
    event->prov.source_id = lb_span_of(lb_source_id(source));
    event->prov.party = info->party.len > 0 ? info->party : lb_span_of(lb_source_party(source));
    event->prov.format = info->format;
    event->prov.format_version = info->format_version;
    event->prov.interchange_ref = info->interchange_ref;
    event->prov.message_ref = info->message_ref;
    event->prov.test = info->test;
    event->reported_at_us = info->reported_at_us;
    if (sink->reading != NULL)
        event->received_at_us = sink->reading->received_us;
    if (sink->adapter != NULL) {
        event->prov.adapter = lb_span_of(sink->adapter->name);
        event->prov.adapter_revision = sink->adapter->revision;
    }
    if (info->test)
        event->quality_flags = LB_FLAG(LB_DOUBT_TEST_DATA);
    if (!lb_source_is_sender(source, event->prov.party))
        event->quality_flags = (event->quality_flags == LB_UNKNOWN ? 0 : event->quality_flags) |
                               LB_FLAG(LB_DOUBT_REF_MISMATCH);
}

lb_event *lb_say(lb_sink *sink)
{
    lb_event *event = NULL;
    if (sink->adapter != NULL && sink->events.count >= sink->adapter->max_events)
        lb_too_much(sink, LB_EMPTY, "more than %u events in one message",
                    sink->adapter->max_events);
    else if (lb_arena_grow(&sink->arena, &sink->events, sizeof *sink->events.at))
        event = sink->spare.count > 0 ? sink->spare.at[--sink->spare.count]
                                      : lb_arena_alloc(&sink->arena, sizeof *event);
    if (event != NULL)
        sink->events.at[sink->events.count++] = event;
    else
        event = &sink->scrap;
    lb_event_init(event, sink);
    event->nth = event == &sink->scrap ? SIZE_MAX : sink->events.count - 1;
    stamp(sink, event);
    return event;
}

/* Frees the newest piece of the arena, so that the next event reuses it. */
static void give_back_said(lb_sink *sink, lb_event *event)
{
    if (event->said.len > 0)
        lb_arena_cut(&sink->arena, (void *)(uintptr_t)event->said.at, 0);
    event->said = LB_EMPTY;
}

static void finish_events(lb_sink *sink)
{
    for (; sink->finished < sink->events.count; sink->finished++) {
        lb_event *event = sink->events.at[sink->finished];
        lb_event_finish(event);
        if (sink->take == NULL)
            continue;
        sink->take(sink->taker, event);
        give_back_said(sink, event);
        if (lb_arena_grow(&sink->arena, &sink->spare, sizeof *sink->spare.at))
            sink->spare.at[sink->spare.count++] = event;
    }
}

void lb_said(lb_sink *sink)
{
    if (sink->finishes && sink->take != NULL && sink->limit.verdict == LB_VERDICT_READ)
        finish_events(sink);
}

void lb_sink_hand_over(lb_sink *sink, lb_taker *take, void *who)
{
    sink->take = take;
    sink->taker = who;
}

static size_t index_of(const lb_sink *sink, const lb_event *event)
{
    bool is_there =
        event != NULL && event->nth < sink->events.count && sink->events.at[event->nth] == event;
    return is_there ? event->nth : SIZE_MAX;
}

static bool is_inside(lb_span text, lb_span whole)
{
    uintptr_t begin = (uintptr_t)whole.at, at = (uintptr_t)text.at;
    return text.at != NULL && whole.at != NULL && at >= begin && at <= begin + whole.len;
}

static size_t sequence_len(char lead)
{
    unsigned char c = (unsigned char)lead;
    return c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* Advances both positions of a pair: equal bytes advance both; a release or escape character is in the original
 * only; else a character of one byte became two or more in UTF-8, or one of two bytes (GB 18030) became three.
 * An approximation, since the converter is not asked. */
static void step_along(lb_span where, lb_span copy, lb_trail_step *step)
{
    size_t len = sequence_len(copy.at[step->copied]), left = where.len - step->original;
    const char *original = where.at + step->original, *copied = copy.at + step->copied;
    bool is_equal =
        len <= left && len <= copy.len - step->copied && memcmp(original, copied, len) == 0;
    bool is_replaced =
        len == 3 && step->copied + 3 <= copy.len && memcmp(copied, "\xef\xbf\xbd", 3) == 0;
    if (!is_equal && (*original == '?' || *original == '\\')) {
        step->original++;
        return;
    }
    step->original += is_equal ? len : len == 3 && !is_replaced ? 2 : 1;
    step->copied += len;
}

enum { TRAIL_STEP = 1024 };

/* The last known pair of positions at or before `done`. */
static lb_trail_step trail_before(lb_sink *sink, lb_span copy, size_t done)
{
    if (sink->trail.copy != copy.at)
        sink->trail = (lb_trail){.copy = copy.at};
    size_t low = 0, high = sink->trail.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sink->trail.at[middle].copied <= done)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? (lb_trail_step){0, 0} : sink->trail.at[low - 1];
}

static void keep_trail(lb_sink *sink, lb_trail_step step)
{
    lb_trail *trail = &sink->trail;
    size_t newest = trail->count == 0 ? 0 : trail->at[trail->count - 1].copied;
    if (step.copied >= newest + TRAIL_STEP && lb_arena_grow(&sink->arena, trail, sizeof *trail->at))
        trail->at[trail->count++] = step;
}

/* The offset in `where` of the copy's byte `done`. A long copy is walked once, and its trail
 * kept. */
static size_t way_back(lb_sink *sink, lb_span where, lb_span copy, size_t done)
{
    bool is_long = copy.len > TRAIL_STEP;
    lb_trail_step step = is_long ? trail_before(sink, copy, done) : (lb_trail_step){0, 0};
    while (step.copied < done && step.original < where.len) {
        step_along(where, copy, &step);
        if (is_long)
            keep_trail(sink, step);
    }
    return step.original < where.len ? step.original : where.len;
}

/* The copy that contains `text`, among those from `first` to before `end`. */
static const lb_copied *find_copy(const lb_copies *copies, size_t first, size_t end, lb_span text)
{
    size_t begin = first;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if ((uintptr_t)copies->at[middle].copy.at <= (uintptr_t)text.at)
            first = middle + 1;
        else
            end = middle;
    }
    const lb_copied *one = first > begin ? &copies->at[first - 1] : NULL;
    if (one != NULL && !is_inside(text, one->copy))
        one = NULL;
    return one;
}

int64_t lb_sink_offset(lb_sink *sink, lb_span text)
{
    if (is_inside(text, sink->message))
        return text.at - sink->message.at;
    size_t end = sink->copies.count;
    for (size_t i = sink->rises.count; text.at != NULL && i > 0; end = sink->rises.at[--i]) {
        const lb_copied *one = find_copy(&sink->copies, sink->rises.at[i - 1], end, text);
        if (one != NULL)
            return one->where.at - sink->message.at +
                   (int64_t)way_back(sink, one->where, one->copy, (size_t)(text.at - one->copy.at));
    }
    return LB_UNKNOWN;
}

static bool is_printable(lb_span where)
{
    for (size_t i = 0; i < where.len; i++) {
        unsigned char c = (unsigned char)where.at[i];
        if ((c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f)
            return false;
    }
    return lb_utf8_is_valid(where);
}

/* The odd bytes as printable text: long ones are cut, and bytes that are no text are shown in
 * hex. */
static lb_span shown(lb_sink *sink, lb_span where)
{
    enum { SHOWN_MAX = 200, HEX_MAX = 32 };
    char digits[2 * HEX_MAX + 1] = "";
    size_t len = where.len < SHOWN_MAX ? where.len : SHOWN_MAX;
    while (len > 0 && len < where.len && (where.at[len] & 0xc0) == 0x80)
        len--; /* not inside a character */
    where = lb_span_first(where, len);
    if (is_printable(where))
        return lb_sink_copy(sink, where);

    for (size_t i = 0; i < where.len && i < HEX_MAX; i++)
        snprintf(digits + 2 * i, 3, "%02X", (unsigned char)where.at[i]);
    return lb_sink_print(sink, "0x%s", digits);
}

void lb_doubt(lb_sink *sink, lb_event *event, lb_span where, lb_doubt_code code)
{
    if (event != NULL)
        event->quality_flags =
            (event->quality_flags == LB_UNKNOWN ? 0 : event->quality_flags) | LB_FLAG(code);
    if (sink->doubts.count >= DOUBTS_MAX ||
        !lb_arena_grow(&sink->arena, &sink->doubts, sizeof *sink->doubts.at))
        return;
    lb_span text = code == LB_DOUBT_CHARSET_REPAIRED ? LB_EMPTY : shown(sink, where);
    sink->doubts.at[sink->doubts.count++] = (lb_doubt_note){
        .code = code,
        .offset = lb_sink_offset(sink, where),
        .len = (int64_t)where.len,
        .text = text,
        .event = index_of(sink, event),
    };
}

void lb_mark_copy(lb_sink *sink, lb_span where, lb_span copy)
{
    int64_t offset = copy.len == 0 ? LB_UNKNOWN : lb_sink_offset(sink, where);
    if (offset == LB_UNKNOWN ||
        !lb_arena_grow(&sink->arena, &sink->copies, sizeof *sink->copies.at))
        return;
    lb_span origin = lb_span_first(lb_span_after(sink->message, (size_t)offset), where.len);
    const lb_copied *before =
        sink->copies.count == 0 ? NULL : &sink->copies.at[sink->copies.count - 1];
    if (before == NULL || (uintptr_t)copy.at < (uintptr_t)before->copy.at + before->copy.len) {
        if (!lb_arena_grow(&sink->arena, &sink->rises, sizeof *sink->rises.at))
            return;
        sink->rises.at[sink->rises.count++] = sink->copies.count;
    }
    sink->copies.at[sink->copies.count++] = (lb_copied){origin, copy};
}

/* -- text and memory ------------------------------------------------------------------------------ */

void *lb_sink_alloc(lb_sink *sink, size_t size)
{
    return lb_arena_alloc(&sink->arena, size);
}

lb_span lb_sink_copy(lb_sink *sink, lb_span text)
{
    return lb_arena_copy(&sink->arena, text);
}

static lb_span print_list(lb_sink *sink, const char *format, va_list list)
{
    va_list again;
    va_copy(again, list);
    int len = vsnprintf(NULL, 0, format, list);
    char *at = len < 0 ? NULL : lb_arena_alloc(&sink->arena, (size_t)len + 1);
    if (at != NULL)
        vsnprintf(at, (size_t)len + 1, format, again);
    va_end(again);
    return at == NULL ? LB_EMPTY : (lb_span){at, (size_t)len};
}

lb_span lb_sink_print(lb_sink *sink, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    lb_span text = print_list(sink, format, list);
    va_end(list);
    return text;
}

static bool is_joined_last(const lb_joined *joined, lb_span text)
{
    return text.len > 0 && text.at == joined->at && text.len == joined->len;
}

/* Makes a private copy of the text, with room for `more` bytes and as much again as there is. */
static bool need_room(lb_sink *sink, lb_span text, size_t more)
{
    lb_joined *joined = &sink->joined;
    bool is_last = is_joined_last(joined, text);
    if (is_last && joined->room - joined->len >= more)
        return true;
    lb_joined wider = {
        .len = text.len, .room = 2 * (text.len + more), .pieces = is_last ? joined->pieces : 1};
    wider.at = lb_sink_alloc(sink, wider.room);
    if (wider.at == NULL)
        return false;
    if (text.len > 0)
        memcpy(wider.at, text.at, text.len);
    *joined = wider;
    return true;
}

void lb_join(lb_sink *sink, lb_span *text, const char *separator, lb_span more)
{
    size_t between = strlen(separator);
    if (text->len == 0) {
        *text = more;
        return;
    }
    lb_joined *joined = &sink->joined;
    if (!need_room(sink, *text, between + more.len))
        return;
    if (!lb_sink_counts(sink, joined->pieces, LB_EVENT_LINES, "lines of one text", more))
        return;
    memcpy(joined->at + joined->len, separator, between);
    if (more.len > 0)
        memcpy(joined->at + joined->len + between, more.at, more.len);
    joined->len += between + more.len;
    joined->pieces++;
    *text = (lb_span){joined->at, joined->len};
}

/* -- limits --------------------------------------------------------------------------------------- */

/* Reports the part in which memory ran out. */
static void check_memory(lb_sink *sink)
{
    if (lb_arena_failed(&sink->arena))
        lb_too_much(sink, sink->part, "no memory left, of %zu MiB for one message",
                    sink->arena.max_bytes / 1024 / 1024);
}

void lb_part(lb_sink *sink, lb_span where, const char *word, size_t number)
{
    check_memory(sink);
    sink->part = where;
    sink->part_word = word;
    sink->part_number = number;
}

void lb_too_much(lb_sink *sink, lb_span where, const char *text, ...)
{
    char line[200];
    va_list list;
    if (sink->limit.verdict != LB_VERDICT_READ)
        return;
    va_start(list, text);
    int len = vsnprintf(line, sizeof line, text, list);
    va_end(list);
    if (sink->part_number > 0 && len >= 0 && (size_t)len < sizeof line)
        snprintf(line + len, sizeof line - (size_t)len, ", in %s %zu", sink->part_word,
                 sink->part_number);
    int64_t offset = lb_sink_offset(sink, where.at != NULL ? where : sink->part);
    if (offset == LB_UNKNOWN)
        offset = lb_sink_offset(sink, sink->part);
    sink->limit.verdict = LB_VERDICT_TOO_MUCH;
    sink->limit.offset = offset == LB_UNKNOWN ? 0 : offset;
    snprintf(sink->limit_text, sizeof sink->limit_text, "%s", line);
    sink->limit.text = lb_span_of(sink->limit_text);
}

bool lb_sink_counts(lb_sink *sink, size_t count, size_t most, const char *what, lb_span where)
{
    bool is_fine = count < most && sink->parts < LB_MESSAGE_PARTS;
    if (count >= most)
        lb_too_much(sink, where, "more than %zu %s", most, what);
    else if (!is_fine)
        lb_too_much(sink, where, "more than %d objects, references and texts in one message",
                    LB_MESSAGE_PARTS);
    sink->parts += is_fine;
    return is_fine;
}

/* -- marks ---------------------------------------------------------------------------------------- */

void lb_sink_explain(lb_sink *sink, bool yes)
{
    sink->explains = yes;
}

bool lb_sink_explains(const lb_sink *sink)
{
    return sink->explains;
}

size_t lb_sink_marks(const lb_sink *sink)
{
    return sink->marks.count;
}

const lb_mark_note *lb_sink_mark(const lb_sink *sink, size_t i)
{
    return &sink->marks.at[i];
}

static void keep_mark(lb_sink *sink, lb_span where, lb_span name, lb_span meaning)
{
    if (!lb_arena_grow(&sink->arena, &sink->marks, sizeof *sink->marks.at))
        return;
    sink->marks.at[sink->marks.count++] = (lb_mark_note){
        .offset = lb_sink_offset(sink, where), .where = where, .name = name, .meaning = meaning};
}

void lb_mark(lb_sink *sink, lb_span where, lb_span name)
{
    if (sink->explains)
        keep_mark(sink, where, name, LB_EMPTY);
}

void lb_mark_print(lb_sink *sink, lb_span where, lb_span name, const char *format, ...)
{
    va_list list;
    if (!sink->explains)
        return;
    va_start(list, format);
    lb_span meaning = print_list(sink, format, list);
    va_end(list);
    keep_mark(sink, where, name, meaning);
}

lb_verdict lb_refuse(lb_sink *sink, lb_verdict verdict, lb_span where, const char *text, ...)
{
    char line[400];
    va_list list;
    if (sink->refusal.verdict != LB_VERDICT_READ)
        return verdict;
    va_start(list, text);
    vsnprintf(line, sizeof line, text, list);
    va_end(list);
    int64_t offset = lb_sink_offset(sink, where);
    sink->refusal.verdict = verdict;
    sink->refusal.offset = offset == LB_UNKNOWN ? 0 : offset;
    sink->refusal.text = lb_sink_utf8(sink, NULL, "UTF-8", lb_sink_copy(sink, lb_span_of(line)));
    return verdict;
}

void lb_reply_put(lb_reply *reply, lb_span bytes)
{
    size_t left = reply->room - reply->len;
    if (bytes.len > left) {
        bytes.len = left;
        reply->is_full = true;
    }
    if (bytes.len > 0)
        memcpy(reply->at + reply->len, bytes.at, bytes.len);
    reply->len += bytes.len;
}

/* -- reading -------------------------------------------------------------------------------------- */

/* Discards events and doubts, but keeps the refusal. */
static void empty(lb_sink *sink)
{
    sink->events = sink->spare = (lb_event_pointers){0};
    sink->finished = 0;
    for (size_t i = 0; i < sink->doubts.count; i++)
        sink->doubts.at[i].event = SIZE_MAX;
}

static lb_verdict judge(lb_sink *sink, lb_verdict verdict)
{
    check_memory(sink);
    if (sink->limit.verdict == LB_VERDICT_READ)
        return verdict;
    sink->refusal = sink->limit;
    return LB_VERDICT_TOO_MUCH;
}

static lb_verdict read_it(const lb_adapter *adapter, const lb_reading *reading, lb_span message,
                          lb_sink *sink, bool finishes)
{
    sink->message = message;
    if (adapter == NULL)
        return lb_refuse(sink, LB_VERDICT_NOT_MINE, message, "no adapter reads this format");
    if (message.len > adapter->max_message)
        return lb_refuse(sink, LB_VERDICT_TOO_MUCH, message, "%zu bytes; %s reads %zu at most",
                         message.len, adapter->name, adapter->max_message);

    sink->reading = reading;
    sink->adapter = adapter;
    sink->finishes = finishes;
    lb_verdict verdict = adapter->read(reading, message, sink);
    if (finishes && verdict == LB_VERDICT_READ)
        finish_events(sink);
    verdict = judge(sink, verdict);
    if (verdict != LB_VERDICT_READ)
        empty(sink);
    sink->reading = NULL;
    sink->adapter = NULL;
    return verdict;
}

lb_verdict lb_adapter_read(const lb_adapter *adapter, const lb_reading *reading, lb_span message,
                           lb_sink *sink)
{
    return read_it(adapter, reading, message, sink, true);
}

lb_verdict lb_adapter_read_unfinished(const lb_adapter *adapter, const lb_reading *reading,
                                      lb_span message, lb_sink *sink)
{
    return read_it(adapter, reading, message, sink, false);
}
