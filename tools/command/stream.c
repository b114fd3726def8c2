/* stream.c - the events of the hub from a number on, and then as they come.
 *
 * A filter is words with '=': mode=RAIL type=DEPA source=cr-urumqi object=LBKU2048176 place=CNULZ; all must
 * hold. Filtered events still count by their number, so --from continues where this ended. */
#include "command.h"

#include <signal.h>

#include "landbridge/adapter/adapter.h"
#include "landbridge/client/ident.h"
#include "landbridge/client/place.h"

enum { AS_ROOM = 64 * 1024, LOOK_MS = 20, LIVE_MS = 500 };
#define SILENCE_US INT64_C(10000000) /* then there is no hub */

typedef struct stream_as {
    const lb_adapter *adapter; /* NULL: the hub's own format */
    lb_span version;
} stream_as;

static volatile sig_atomic_t is_stopped;

static void stop(int signal)
{
    (void)signal;
    is_stopped = 1;
}

static bool has_object(const lb_event *event, lb_span value)
{
    char key[LB_KEY_ROOM];
    for (size_t i = 0; i < event->objects.count; i++) {
        const lb_object *object = &event->objects.at[i];
        size_t len = lb_object_key_print(key, sizeof key, object);
        if (lb_span_equal(object->id, value) || lb_span_equal((lb_span){key, len}, value))
            return true;
    }
    return false;
}

static bool is_at(const lb_event *event, lb_span value)
{
    char key[LB_PLACE_KEY_ROOM];
    size_t len = lb_place_key_print(key, sizeof key, &event->place);
    return lb_place_is_within((lb_span){key, len}, value) ||
           lb_span_equal((lb_span){key, len}, value);
}

/* One condition "name=value"; *holds is unchanged when the name is unknown. */
static bool check(const lb_event *event, lb_span name, lb_span value, bool *holds)
{
    if (lb_span_is(name, "mode"))
        *holds = lb_span_is(value, lb_mode_name(event->mode));
    else if (lb_span_is(name, "type"))
        *holds = lb_span_is(value, lb_event_type_code(event->type));
    else if (lb_span_is(name, "family"))
        *holds = lb_span_is(value, lb_family_name(event->family));
    else if (lb_span_is(name, "classifier"))
        *holds = lb_span_is(value, lb_classifier_name(event->classifier));
    else if (lb_span_is(name, "source"))
        *holds = lb_span_equal(value, event->prov.source_id);
    else if (lb_span_is(name, "object"))
        *holds = has_object(event, value);
    else if (lb_span_is(name, "place"))
        *holds = is_at(event, value);
    else
        return false;
    return true;
}

static bool passes(const lb_event *event, const char *filter, bool *is_understood)
{
    lb_span rest = lb_span_trim(lb_span_of(filter)), part;
    *is_understood = true;
    while (rest.len > 0 && lb_span_cut(&rest, ' ', &part)) {
        lb_span name;
        bool holds = false;
        if (part.len == 0)
            continue;
        if (!lb_span_cut(&part, '=', &name) || !check(event, name, part, &holds)) {
            *is_understood = false;
            return false;
        }
        if (!holds)
            return false;
    }
    return true;
}

static void print_event(const common_options *common, const lb_event *event)
{
    char key[LB_KEY_ROOM] = "-", place[LB_PLACE_KEY_ROOM];
    const lb_object *subject = lb_event_find_object(event, LB_ROLE_SUBJECT);
    if (subject != NULL)
        lb_object_key_print(key, sizeof key, subject);
    lb_place_key_print(place, sizeof place, &event->place);
    printf("%-9lld %s  %-10s %-28s %-36s %s  %s%s%s\n", (long long)event->hub_seq,
           show_time(common, event->occurred.utc_us).text, lb_classifier_name(event->classifier),
           lb_event_type_words(event->type), show_name(key), show_name(place), colour(stdout, DIM),
           show_text(event->prov.source_id), colour(stdout, PLAIN));
}

/* The event in the format of a standard; nothing for an event without a code there. */
static void print_as(const stream_as *as, const lb_event *event)
{
    char room[AS_ROOM];
    lb_reply reply = {room, 0, sizeof room, false};
    if (as->adapter->write(event, as->version, &reply))
        print_lines(stdout, (lb_span){room, reply.len}, "");
}

/* "hub.dcsa" or "hub.dcsa:2.2" */
static bool find_as(const char *text, stream_as *as)
{
    lb_span name;
    as->version = lb_span_of(text);
    if (!lb_span_cut(&as->version, ':', &name))
        return false;
    as->adapter = lb_adapter_find(name);
    if (as->adapter != NULL && as->adapter->write != NULL)
        return true;
    complain("landbridge stream: '%s' is not a format that the hub writes; --as takes",
             show_text(name));
    size_t count;
    const lb_adapter *const *all = lb_adapters(&count);
    for (size_t i = 0; i < count; i++)
        if (all[i]->write != NULL)
            complain(" %s", all[i]->name);
    fputs(", perhaps followed by :VERSION\n", stderr);
    return false;
}

static bool is_at_head(const lb_client *client)
{
    int64_t head_seq = lb_client_head_position(client).number;

    return head_seq != LB_UNKNOWN && lb_client_next_position(client).number > head_seq;
}

/* Lost numbers are printed among the events, so a program that reads the events sees them. */
static void print_record(void *whose, const lb_stream_record *record)
{
    const common_options *common = whose;
    const char *kind = lb_entry_kind_name(record->kind);
    bool is_hole = record->kind == LB_ENTRY_LOST || record->kind == LB_ENTRY_SKIPPED;

    if (common->json)
        printf("{\"%s\":{\"from_seq\":%lld,\"to_seq\":%lld}}\n",
               record->kind == LB_ENTRY_LOST ? "lost"
               : is_hole                     ? "skipped"
                                             : kind,
               (long long)record->first_seq, (long long)record->last_seq);
    else if (is_hole)
        printf("%-9lld %s: no events up to %lld\n", (long long)record->first_seq, kind,
               (long long)record->last_seq);
    else
        printf("%-9lld %s\n", (long long)record->first_seq, kind);
    fflush(stdout);
}

static int follow(const common_options *common, lb_client *client, const char *filter,
                  const stream_as *as, bool to_head)
{
    lb_err err = LB_OK;
    int64_t heard_us = wall_now_us();
    while (!is_stopped && (err == LB_OK || err == LB_ERR_TIMEOUT)) {
        const lb_event *event;
        bool is_understood;
        if (to_head && is_at_head(client))
            break;
        err = lb_client_next(client, to_head ? LOOK_MS : LIVE_MS, &event);
        if (err == LB_ERR_TIMEOUT && to_head && wall_now_us() - heard_us > SILENCE_US)
            return hub_error(common, err);
        if (err != LB_OK)
            continue;
        heard_us = wall_now_us();
        if (filter == NULL || passes(event, filter, &is_understood)) {
            lb_span json;
            if (as->adapter != NULL)
                print_as(as, event);
            else if (!common->json)
                print_event(common, event);
            else if (lb_client_event_json(client, event, &json) == LB_OK)
                print_record_text(json, "\n");
            fflush(stdout);
        } else if (!is_understood) {
            complain("landbridge stream: --filter takes mode= type= family= classifier= source= "
                     "object= place=, with blanks between them\n");
            return EXIT_USAGE;
        }
    }
    return err == LB_OK || err == LB_ERR_TIMEOUT ? EXIT_FINE
                                                 : hub_stream_error(common, "stream", client, err);
}

static int run(const subcommand *self, int argc, char **argv)
{
    const char *from = "1", *filter = NULL, *as_text = NULL;
    stream_as as = {0};
    bool to_head = false;
    common_options common = {0};
    const option_row rows[] = {
        {"--from", "POSITION",
         "where to begin: a number, or the position that a stream ended with (1)", &from, NULL},
        {"--filter", "WORDS", "'mode=RAIL type=DEPA place=CNULZ'", &filter, NULL},
        {"--as", "FORMAT", "write in this format: hub.dcsa, hub.dcsa:2.2", &as_text, NULL},
        {"--to-head", NULL, "end at the head of the journal", NULL, &to_head},
    };
    int words;
    lb_position_entry entries[LB_POSITION_ENTRIES];
    lb_position position;
    if (!options_read(self, rows, sizeof rows / sizeof rows[0], &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;
    if (words != 0 || !option_position("--from", from, 1, entries, &position))
        return EXIT_USAGE;

    if (as_text != NULL && !find_as(as_text, &as))
        return EXIT_USAGE;

    lb_client *client;
    int code = hub_open(&common, &client);
    if (code != EXIT_FINE)
        return code;
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    lb_client_on_record(client, print_record, &common);
    lb_err err = lb_client_follow_from(client, &position);
    code = err == LB_OK ? follow(&common, client, filter, &as, to_head) : hub_error(&common, err);
    if (is_stopped)
        hub_say_where_to_go_on(client);
    lb_client_close(&client);
    return code;
}

const subcommand command_stream = {
    .name = "stream",
    .words = "the events from a number on, then live; no gap, no repeat",
    .usage = "[OPTIONS]",
    .example = "  landbridge stream --from 1 --filter 'mode=RAIL type=DEPA'\n"
               "  landbridge stream --from 4711 --json | jq .type\n"
               "  landbridge stream --as hub.dcsa:2.2 --filter place=CNULZ\n",
    .run = run,
};
