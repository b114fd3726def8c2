/* inspect.c - reads a file as the hub would, without a hub.
 *
 * One JSON object a line: an event, a doubt or a refusal, and at the end a summary; --text gives the canonical text
 * of the goldens; --explain shows the message part by part before it. A file of hex digits (or *.hex) is decoded
 * first. */
#include "command.h"
#include "explain.h"

#include <stdlib.h>

#include "landbridge/adapter/adapter.h"
#include "landbridge/client/place.h"
#include "record.h"

enum { FILE_MAX = 64 * 1024 * 1024, SINK_MAX = 256 * 1024 * 1024 };

typedef struct inspection {
    lb_reading reading;
    const lb_adapter *adapter; /* NULL: chosen by probing, for each message */
    lb_sink *sink;
    lb_arena arena;      /* of the output */
    lb_arena finished;   /* of `packed` */
    lb_arena read_back;  /* of one of them */
    lb_text_list packed; /* the events of one message, as its adapter finished them */
    bool is_full;        /* one of them had no room */
    bool is_text;        /* not JSON */
    bool is_whole;       /* events with all fields, doubts with their texts */
    bool explains;
    const lb_adapter *last;
    int64_t messages, events, doubts, refused;
} inspection;

static void print_brief(const inspection *in, const lb_event *event)
{
    char time[LB_TIME_ROOM] = "time unknown", place[LB_PLACE_KEY_ROOM];
    size_t place_len = lb_place_key_print(place, sizeof place, &event->place);
    if (event->occurred.utc_us != LB_UNKNOWN)
        lb_time_print(time, sizeof time, event->occurred.utc_us, 0);
    printf("event %lld  %s %s  %s  %s", (long long)in->events, lb_event_type_code(event->type),
           lb_classifier_name(event->classifier), time, show_text((lb_span){place, place_len}));
    for (size_t i = 0; i < event->objects.count; i++)
        printf("  %s", show_text(event->objects.at[i].id));
    putchar('\n');
}

static void print_event(inspection *in, const lb_event *event)
{
    lb_span text = LB_EMPTY;
    lb_arena_reset(&in->arena);
    if (!in->is_whole) {
        print_brief(in, event);
        return;
    }
    if (in->is_text) {
        lb_record_text(&lb_record_event, event, &in->arena, &text);
        printf("event %lld  %s %s\n", (long long)in->events, lb_event_type_code(event->type),
               lb_classifier_name(event->classifier));
        print_record_text(text, "");
        return;
    }
    lb_record_json(&lb_record_event, event, &in->arena, &text);
    print_record_text(text, "\n");
}

static void print_doubt(const inspection *in, const lb_doubt_note *doubt, int64_t first_event)
{
    bool has_event = doubt->event != SIZE_MAX;
    long long event = has_event ? first_event + (long long)doubt->event + 1 : 0;
    if (in->is_text) {
        printf("doubt %s", lb_doubt_name(doubt->code));
        if (doubt->offset != LB_UNKNOWN)
            printf(" at %lld+%lld", (long long)doubt->offset, (long long)doubt->len);
        if (has_event)
            printf(" in event %lld", event);
        printf(": %s\n", show_text(doubt->text));
        return;
    }
    printf("{\"doubt\":\"%s\",\"words\":\"%s\"", lb_doubt_name(doubt->code),
           lb_doubt_words(doubt->code));
    if (doubt->offset != LB_UNKNOWN)
        printf(",\"offset\":%lld,\"length\":%lld", (long long)doubt->offset, (long long)doubt->len);
    if (has_event)
        printf(",\"event\":%lld", event);
    fputs(",\"text\":", stdout);
    print_json_string(doubt->text);
    fputs("}\n", stdout);
}

static void print_refusal(const inspection *in, lb_verdict verdict, const lb_refusal *refusal)
{
    static const lb_span nobody = {"no adapter reads this format; name one with --format", 52};
    lb_span text = refusal == NULL ? LB_EMPTY : refusal->text;
    int64_t offset = refusal == NULL ? 0 : refusal->offset;
    if (text.len == 0)
        text = verdict == LB_VERDICT_NOT_MINE ? nobody
                                              : lb_span_of(lb_err_text(lb_verdict_err(verdict)));
    if (in->is_text) {
        printf("refused %s at %lld: %s\n", lb_verdict_name(verdict), (long long)offset,
               show_text(text));
        return;
    }
    printf("{\"refused\":\"%s\",\"error\":\"%s\",\"offset\":%lld,\"text\":",
           lb_verdict_name(verdict), lb_err_name(lb_verdict_err(verdict)), (long long)offset);
    print_json_string(text);
    fputs("}\n", stdout);
}

/* Packs the event, since the adapter reuses its memory and the verdict decides later whether it
 * is printed. */
static void take_event(void *who, lb_event *event)
{
    inspection *in = who;
    lb_span bytes;
    if (lb_event_pack(event, &in->finished, &bytes) != LB_OK ||
        !lb_arena_grow(&in->finished, &in->packed, sizeof *in->packed.at))
        in->is_full = true;
    else
        in->packed.at[in->packed.count++] = bytes;
}

static void print_events(inspection *in)
{
    for (size_t i = 0; i < in->packed.count; i++) {
        lb_event event;
        lb_arena_reset(&in->read_back);
        if (lb_record_unpack(&lb_record_event, in->packed.at[i], &in->read_back, &event) != LB_OK)
            in->is_full = true;
        in->events++;
        print_event(in, &event);
    }
}

/* --explain shows the events beside the bytes, so the sink must keep them all. */
static void begin_message(inspection *in)
{
    lb_sink_reset(in->sink);
    lb_arena_reset(&in->finished);
    in->packed = (lb_text_list){0};
    lb_sink_hand_over(in->sink, in->explains ? NULL : take_event, in);
}

static void read_message(inspection *in, lb_span message)
{
    const lb_adapter *adapter = in->adapter != NULL ? in->adapter : lb_adapter_probe(message);
    int64_t first_event = in->events;

    begin_message(in);
    lb_verdict verdict = adapter == NULL
                             ? LB_VERDICT_NOT_MINE
                             : lb_adapter_read(adapter, &in->reading, message, in->sink);
    in->messages++;
    if (adapter != NULL)
        in->last = adapter;
    if (in->explains) {
        lb_arena_reset(&in->arena);
        explain_message(message, in->sink, in->events, !in->is_text, &in->arena);
    }
    for (size_t i = 0; in->explains && i < lb_sink_count(in->sink); i++) {
        in->events++;
        print_event(in, lb_sink_event(in->sink, i));
    }
    if (verdict == LB_VERDICT_READ)
        print_events(in);
    for (size_t i = 0; i < lb_sink_doubts(in->sink); i++) {
        in->doubts++;
        if (in->is_whole)
            print_doubt(in, lb_sink_doubt(in->sink, i), first_event);
    }
    if (verdict != LB_VERDICT_READ) {
        in->refused++;
        print_refusal(in, verdict, lb_sink_refusal(in->sink));
    }
}

/* A file may hold several messages of one format. */
static void read_frame(inspection *in, lb_span rest)
{
    const lb_adapter *adapter = in->adapter != NULL ? in->adapter : lb_adapter_probe(rest);
    if (adapter == NULL || adapter->split == NULL) {
        read_message(in, rest);
        return;
    }
    while (rest.len > 0) {
        lb_span message;
        size_t before = rest.len;
        if (adapter->split(&rest, &message) != LB_OK || rest.len >= before)
            message = rest, rest = LB_EMPTY;
        read_message(in, message);
    }
}

static void print_summary(const inspection *in)
{
    const char *name = in->last == NULL ? "" : in->last->name;
    if (in->is_text)
        printf("summary  format %s  messages %lld  events %lld  doubts %lld  refused %lld\n",
               name[0] == '\0' ? "-" : name, (long long)in->messages, (long long)in->events,
               (long long)in->doubts, (long long)in->refused);
    else
        printf("{\"summary\":{\"format\":\"%s\",\"messages\":%lld,\"events\":%lld,\"doubts\":%lld,"
               "\"refused\":%lld}}\n",
               name, (long long)in->messages, (long long)in->events, (long long)in->doubts,
               (long long)in->refused);
}

static int inspect_file(inspection *in, const char *path)
{
    char *bytes;
    size_t len;
    if (!file_read(path, FILE_MAX, &bytes, &len))
        return EXIT_USAGE;
    hex_read(bytes, &len); /* stays as it is when it is not hex */
    read_frame(in, (lb_span){bytes, len});
    free(bytes);
    print_summary(in);
    if (in->is_full) {
        complain("landbridge inspect: %s: no memory left for its events\n", path);
        return EXIT_TROUBLE;
    }
    if (in->refused > 0)
        return 2;
    return in->doubts > 0 ? 1 : 0;
}

static bool find_format(const char *format, const lb_adapter **adapter)
{
    *adapter = NULL;
    if (format == NULL || strcmp(format, "auto") == 0)
        return true;
    *adapter = lb_adapter_find(lb_span_of(format));
    if (*adapter != NULL)
        return true;

    size_t count;
    const lb_adapter *const *all = lb_adapters(&count);
    complain("landbridge inspect: no format '%s'; there are auto", format);
    for (size_t i = 0; i < count; i++)
        complain(", %s", all[i]->name);
    fputs("\n", stderr);
    return false;
}

static int run(const subcommand *self, int argc, char **argv)
{
    const char *format = NULL, *received = NULL, *profile = NULL;
    bool is_text = false, explains = false;
    common_options common = {0};
    const option_row rows[] = {
        {"--format", "NAME|auto", "adapter to read with (auto)", &format, NULL},
        {"--received", "TIME", "time of reception (now)", &received, NULL},
        {"--source", "PROFILE", "profile of the source, an INI file", &profile, NULL},
        {"--text", NULL, "canonical text instead of JSON", NULL, &is_text},
        {"--explain", NULL, "each part of the message beside the event fields made from it", NULL,
         &explains},
    };
    int words;
    if (!options_read(self, rows, sizeof rows / sizeof rows[0], &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;
    if (words != 1) {
        fputs("landbridge inspect: name one file, or - for stdin\n", stderr);
        return EXIT_USAGE;
    }

    inspection in = {.is_text = is_text || (explains && !common.json),
                     .is_whole = is_text || !explains || common.json,
                     .explains = explains};
    lb_source *source = NULL;
    char why[200] = "";
    int code = EXIT_USAGE;
    in.reading.received_us = wall_now_us();
    if (received != NULL &&
        !option_time("--received", received, &common, false, &in.reading.received_us))
        return EXIT_USAGE;
    if (!find_format(format, &in.adapter))
        return EXIT_USAGE;
    if (profile != NULL && lb_source_open(&source, profile, why, sizeof why) != LB_OK) {
        complain("landbridge inspect: %s: %s\n", profile, why);
        return EXIT_USAGE;
    }
    in.reading.source = source != NULL ? source : lb_source_default();
    lb_arena_init(&in.arena, SINK_MAX);
    lb_arena_init(&in.finished, SINK_MAX);
    lb_arena_init(&in.read_back, SINK_MAX);
    if (lb_sink_open(&in.sink, SINK_MAX) == LB_OK) {
        lb_sink_explain(in.sink, explains);
        code = inspect_file(&in, argv[0]);
    }
    lb_sink_close(&in.sink);
    lb_arena_fini(&in.read_back);
    lb_arena_fini(&in.finished);
    lb_arena_fini(&in.arena);
    lb_source_close(&source);
    return code;
}

const subcommand command_inspect = {
    .name = "inspect",
    .words = "reads a file as the hub would; needs no hub",
    .usage = "[OPTIONS] FILE|-",
    .example = "  landbridge inspect status.fsu\n"
               "  landbridge inspect --explain --received 2026-03-12 iftsta.edi\n",
    .run = run,
};
