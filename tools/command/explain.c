/* explain.c - shows each part of a message beside the event fields made from it.
 *
 *     120  STS  STS+1+24
 *               event 1  raw.code = 24                     -> DEPA ACTUAL
 *               ! CODE_UNMAPPED the code has no mapping: 24
 *
 * The adapter marks the parts. The origin of a field is found automatically: a text of an event that points into
 * the message came from there. */
#include "explain.h"

#include <stdarg.h>

#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "record.h"

typedef struct found { /* a field, doubt or refusal with its bytes in the message */
    int64_t offset;
    size_t event; /* its index, or SIZE_MAX */
    lb_span path; /* of the field; empty: a doubt or refusal */
    lb_span words;
    size_t mark; /* index of the smallest mark around it; SIZE_MAX: none */
} found;

typedef struct explanation {
    lb_span message;
    lb_sink *sink;
    lb_arena *arena;
    const lb_event *event; /* the event whose texts are being collected */
    size_t event_index;
    struct {
        found *at;
        size_t count, room;
    } all;
    struct {
        lb_mark_note *at;
        size_t count, room;
    } marks;
} explanation;

/* -- marks ---------------------------------------------------------------------------------------- */

static void add_mark(explanation *ex, lb_span where, lb_span name)
{
    if (!lb_arena_grow(ex->arena, &ex->marks, sizeof *ex->marks.at))
        return;
    ex->marks.at[ex->marks.count++] =
        (lb_mark_note){.offset = where.at - ex->message.at, .where = where, .name = name};
}

static bool is_text(lb_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.at[i];
        if (c < 0x20 && c != '\t' && c != '\r' && c != '\n')
            return false;
    }
    return true;
}

/* Bytes that no adapter marked are shown by lines, or sixteen at a time. */
static void mark_plainly(explanation *ex)
{
    bool has_lines = is_text(ex->message);
    for (lb_span rest = ex->message; rest.len > 0;) {
        size_t len = 0;
        while (len < rest.len &&
               (has_lines ? rest.at[len] != '\n' && rest.at[len] != '\r' : len < 16))
            len++;
        if (len > 0)
            add_mark(ex, lb_span_first(rest, len), has_lines ? LB_SPAN("line") : LB_SPAN("bytes"));
        rest = lb_span_after(rest, has_lines ? len + 1 : len);
    }
}

static void take_marks(explanation *ex)
{
    for (size_t i = 0; i < lb_sink_marks(ex->sink); i++)
        if (lb_arena_grow(ex->arena, &ex->marks, sizeof *ex->marks.at))
            ex->marks.at[ex->marks.count++] = *lb_sink_mark(ex->sink, i);
    if (ex->marks.count == 0)
        mark_plainly(ex);
}

/* -- fields, doubts, refusal ------------------------------------------------------------------- */

static void add(explanation *ex, int64_t offset, size_t event, lb_span path, lb_span words)
{
    if (lb_arena_grow(ex->arena, &ex->all, sizeof *ex->all.at))
        ex->all.at[ex->all.count++] = (found){offset, event, path, words, SIZE_MAX};
}

static bool ends_in(const char *path, const char *end)
{
    size_t len = strlen(path), tail = strlen(end);
    return len >= tail && strcmp(path + len - tail, end) == 0;
}

static lb_span print_arena(lb_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static lb_span print_arena(lb_arena *arena, const char *format, ...)
{
    char line[600];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    return lb_arena_copy(arena, lb_span_of(line));
}

/* A text as sent, and its meaning where that is a single term. */
static lb_span meaning(const explanation *ex, const char *path, lb_span text)
{
    char time[LB_TIME_ROOM];
    const lb_event *event = ex->event;
    if (strcmp(path, "raw.code") == 0)
        return print_arena(ex->arena, "%.*s  -> %s %s", LB_ARG(text),
                           lb_event_type_code(event->type), lb_classifier_name(event->classifier));
    if (ends_in(path, "local_text") && event->occurred.utc_us != LB_UNKNOWN) {
        lb_time_print(time, sizeof time, event->occurred.utc_us, 0);
        return print_arena(ex->arena, "%.*s  -> %s", LB_ARG(text), time);
    }
    return print_arena(ex->arena, "%.*s", LB_ARG(text));
}

static void take_text(void *who, const char *path, lb_span text)
{
    explanation *ex = who;
    int64_t offset = text.len == 0 ? LB_UNKNOWN : lb_sink_offset(ex->sink, text);
    if (offset != LB_UNKNOWN)
        add(ex, offset, ex->event_index, lb_arena_copy(ex->arena, lb_span_of(path)),
            meaning(ex, path, text));
}

static void take_events(explanation *ex)
{
    for (size_t i = 0; i < lb_sink_count(ex->sink); i++) {
        ex->event = lb_sink_event(ex->sink, i);
        ex->event_index = i;
        lb_record_each_text(&lb_record_event, ex->event, take_text, ex);
    }
}

static void take_doubts(explanation *ex)
{
    for (size_t i = 0; i < lb_sink_doubts(ex->sink); i++) {
        const lb_doubt_note *doubt = lb_sink_doubt(ex->sink, i);
        add(ex, doubt->offset, doubt->event, LB_EMPTY,
            print_arena(ex->arena, "%s, %s: %.*s", lb_doubt_name(doubt->code),
                        lb_doubt_words(doubt->code), LB_ARG(doubt->text)));
    }
    const lb_refusal *refusal = lb_sink_refusal(ex->sink);
    if (refusal != NULL)
        add(ex, refusal->offset, SIZE_MAX, LB_EMPTY,
            print_arena(ex->arena, "refused, %s: %.*s", lb_verdict_name(refusal->verdict),
                        LB_ARG(refusal->text)));
}

/* -- assignment to marks -----------------------------------------------------------------------
 *
 * Every byte is painted with the number of a mark, long marks first, so that the smallest mark around a
 * byte is on top. */

static int by_length(const void *a, const void *b)
{
    const lb_mark_note *const *x = a, *const *y = b;
    if ((*x)->where.len != (*y)->where.len)
        return (*x)->where.len > (*y)->where.len ? -1 : 1;
    return *x < *y ? -1 : 1;
}

static uint32_t *paint(const explanation *ex)
{
    uint32_t *colours = calloc(ex->message.len + 1, sizeof *colours);
    const lb_mark_note **marks = malloc((ex->marks.count + 1) * sizeof *marks);
    for (size_t i = 0; marks != NULL && i < ex->marks.count; i++)
        marks[i] = &ex->marks.at[i];
    if (marks != NULL)
        qsort(marks, ex->marks.count, sizeof *marks, by_length);
    for (size_t i = 0; colours != NULL && marks != NULL && i < ex->marks.count; i++)
        for (size_t k = 0; marks[i]->offset != LB_UNKNOWN && k < marks[i]->where.len; k++)
            colours[(size_t)marks[i]->offset + k] = (uint32_t)(marks[i] - ex->marks.at) + 1;
    free(marks);
    return colours;
}

/* By part, fields before doubts, equal fields of several events side by side. */
static int by_mark(const void *a, const void *b)
{
    const found *x = a, *y = b;
    if (x->mark != y->mark)
        return x->mark < y->mark ? -1 : 1;
    if ((x->path.len == 0) != (y->path.len == 0))
        return x->path.len == 0 ? 1 : -1;
    int order = lb_span_compare(x->path, y->path);
    if (order == 0)
        order = lb_span_compare(x->words, y->words);
    if (order == 0)
        order = x->event < y->event ? -1 : x->event > y->event;
    return order;
}

static void give_to_marks(explanation *ex)
{
    uint32_t *colours = paint(ex);
    for (size_t i = 0; colours != NULL && i < ex->all.count; i++) {
        found *one = &ex->all.at[i];
        if (one->offset != LB_UNKNOWN && one->offset <= (int64_t)ex->message.len &&
            colours[one->offset] > 0)
            one->mark = colours[one->offset] - 1;
    }
    free(colours);
    if (ex->all.count > 0)
        qsort(ex->all.at, ex->all.count, sizeof *ex->all.at, by_mark);
}

/* -- printing ------------------------------------------------------------------------------------- */

static void print_bytes(lb_span bytes)
{
    enum { SHOWN = 120 };
    char text[SHOWN];
    bool as_text = is_text(bytes);
    size_t len = lb_span_first(bytes, SHOWN).len;
    for (size_t i = 0; i < len; i++) {
        char c = bytes.at[i];
        if (!as_text)
            printf("%s%02X", i > 0 ? " " : "", (unsigned)(unsigned char)c);
        text[i] = (char)(c == '\n' || c == '\r' || c == '\t' ? ' ' : c);
    }
    if (as_text)
        fputs(show_text((lb_span){text, len}), stdout);
    if (bytes.len > SHOWN)
        printf(" ... %zu bytes", bytes.len);
}

/* How many from `one` on are equal in consecutive events. */
static size_t count_alike(const found *one, const found *end)
{
    size_t count = 1;
    while (one + count < end && one->event != SIZE_MAX && one[count].mark == one->mark &&
           one[count].event == one->event + count && lb_span_equal(one[count].path, one->path) &&
           lb_span_equal(one[count].words, one->words))
        count++;
    return count;
}

static void print_found(const found *one, size_t alike, int64_t first_event)
{
    bool is_doubt = one->path.len == 0;
    printf("%14s%s", "", is_doubt ? colour(stdout, YELLOW) : colour(stdout, DIM));
    if (is_doubt)
        fputs("! ", stdout);
    if (one->event != SIZE_MAX)
        printf("event %lld", (long long)first_event + (long long)one->event + 1);
    if (alike > 1)
        printf("-%lld", (long long)first_event + (long long)(one->event + alike));
    if (one->event != SIZE_MAX)
        fputs("  ", stdout);
    if (is_doubt)
        fputs(show_text(one->words), stdout);
    else
        printf("%s = %s", show_text(one->path), show_text(one->words));
    printf("%s\n", colour(stdout, PLAIN));
}

/* Prints everything from number `k` on that belongs to the mark; returns the next number. */
static size_t print_all_of(const explanation *ex, size_t k, size_t mark, int64_t first_event)
{
    const found *end = ex->all.at + ex->all.count;
    while (k < ex->all.count && ex->all.at[k].mark == mark) {
        size_t alike = count_alike(&ex->all.at[k], end);
        print_found(&ex->all.at[k], alike, first_event);
        k += alike;
    }
    return k;
}

static void print_mark(const lb_mark_note *mark)
{
    if (mark->offset == LB_UNKNOWN)
        printf("%7s  ", "");
    else
        printf("%7lld  ", (long long)mark->offset);
    printf("%s%s%s  ", colour(stdout, BOLD), show_text(mark->name), colour(stdout, PLAIN));
    print_bytes(mark->where);
    if (mark->meaning.len > 0)
        printf("  = %s", show_text(mark->meaning));
    putchar('\n');
}

static void print_text(const explanation *ex, int64_t first_event)
{
    size_t k = 0;
    for (size_t i = 0; i < ex->marks.count; i++) {
        print_mark(&ex->marks.at[i]);
        k = print_all_of(ex, k, i, first_event);
    }
    if (k < ex->all.count)
        puts("      -  about the message as a whole");
    print_all_of(ex, k, SIZE_MAX, first_event);
}

static void print_found_json(const found *one, int64_t first_event)
{
    putchar('{');
    if (one->event != SIZE_MAX)
        printf("\"event\":%lld,", (long long)first_event + (long long)one->event + 1);
    fputs(one->path.len > 0 ? "\"field\":" : "\"doubt\":", stdout);
    print_json_string(one->path.len > 0 ? one->path : one->words);
    if (one->path.len > 0) {
        fputs(",\"value\":", stdout);
        print_json_string(one->words);
    }
    putchar('}');
}

static void print_mark_json(const lb_mark_note *mark)
{
    fputs("{\"part\":", stdout);
    print_json_string(mark->name);
    if (mark->offset != LB_UNKNOWN)
        printf(",\"offset\":%lld", (long long)mark->offset);
    printf(",\"length\":%zu", mark->where.len);
    if (mark->meaning.len > 0) {
        fputs(",\"meaning\":", stdout);
        print_json_string(mark->meaning);
    }
}

static void print_json_parts(const explanation *ex, int64_t first_event)
{
    size_t k = 0;
    for (size_t i = 0; i <= ex->marks.count; i++) {
        if (i == ex->marks.count && k == ex->all.count)
            return; /* nothing about the message as a whole */
        if (i < ex->marks.count)
            print_mark_json(&ex->marks.at[i]);
        else
            fputs("{\"part\":\"message\"", stdout);
        fputs(",\"understood\":[", stdout);
        size_t first = k;
        for (; k < ex->all.count && (i == ex->marks.count || ex->all.at[k].mark == i); k++) {
            fputs(k > first ? "," : "", stdout);
            print_found_json(&ex->all.at[k], first_event);
        }
        puts("]}");
    }
}

void explain_message(lb_span message, lb_sink *sink, int64_t first_event, bool is_json,
                     lb_arena *arena)
{
    explanation ex = {.message = message, .sink = sink, .arena = arena};
    take_marks(&ex);
    take_events(&ex);
    take_doubts(&ex);
    give_to_marks(&ex);
    if (is_json)
        print_json_parts(&ex, first_event);
    else
        print_text(&ex, first_event);
}
