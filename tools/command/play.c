/* play.c - plays a generated day (landbridge-day) through the sockets and gates that its carriers would use. */
#include "command.h"

#include <stdlib.h>

#include "demo-data/day.h"
#include "terminals.h"

#define GATE_SOURCE "jt808" /* the hub's name for the feed of its truck terminals */

enum { FEEDS_MAX = 64, PUSH_MS = 60 * 1000 };

typedef struct feed {
    char name[72];
    lb_client *client; /* NULL: truck terminals, which use the gate */
    int64_t sent, kept, duplicates, refused, failed, events;
} feed;

typedef struct playing {
    const common_options *common;
    feed feeds[FEEDS_MAX];
    size_t count;
    terminals *trucks;
    int64_t total;
} playing;

static void take_receipt(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    feed *from = whose;
    (void)ticket;
    from->kept += receipt->result == LB_RESULT_KEPT;
    from->duplicates += receipt->result == LB_RESULT_DUPLICATE;
    from->refused += receipt->result == LB_RESULT_REFUSED;
    from->failed += receipt->result == LB_RESULT_FAILED;
    if (receipt->result == LB_RESULT_KEPT && receipt->events != LB_UNKNOWN)
        from->events += receipt->events;
}

static feed *feed_of(playing *play, const lb_day_record *record)
{
    for (size_t i = 0; i < play->count; i++)
        if (lb_span_is(record->source, play->feeds[i].name))
            return &play->feeds[i];
    if (play->count == FEEDS_MAX || record->source.len >= sizeof play->feeds[0].name)
        return NULL;

    feed *fresh = &play->feeds[play->count];
    memcpy(fresh->name, record->source.at, record->source.len);
    if (record->door == LB_DAY_PUSH) {
        if (lb_client_open(&fresh->client, play->common->at) != LB_OK)
            return NULL;
        lb_client_source(fresh->client, fresh->name);
        lb_client_on_receipt(fresh->client, take_receipt, fresh);
    }
    play->count++;
    return fresh;
}

static int play_record(playing *play, const lb_day_record *record)
{
    feed *from = feed_of(play, record);
    if (from == NULL)
        return EXIT_TROUBLE;
    from->sent++;
    play->total++;
    if (record->door == LB_DAY_JT808)
        return play->trucks == NULL || terminals_send(play->trucks, record->body) ? EXIT_FINE
                                                                                  : EXIT_CONNECT;
    uint64_t ticket;
    lb_err err =
        lb_client_push(from->client, LB_EMPTY, record->format, record->body, PUSH_MS, &ticket);
    return err == LB_OK ? EXIT_FINE : hub_error(play->common, err);
}

/* Of "tcp://127.0.0.1:5808", where the gate of JT/T 808 is; 0: the hub has none. */
static int gate_port(lb_client *client, const common_options *common)
{
    lb_query query;
    const lb_answer *answer;
    lb_query_init(&query, LB_ASK_STATUS);
    if (hub_ask(client, common, &query, &answer) != EXIT_FINE)
        return -1;
    for (size_t i = 0; i < answer->status.endpoints.count; i++) {
        const lb_endpoint *endpoint = &answer->status.endpoints.at[i];
        lb_span rest = endpoint->address, part;
        int64_t port;
        if (!lb_span_is(endpoint->door, "jt808"))
            continue;
        while (lb_span_cut(&rest, ':', &part))
            continue;
        if (lb_span_number(part, &port))
            return (int)port;
    }
    return 0;
}

static int finish(playing *play)
{
    int code = EXIT_FINE;
    for (size_t i = 0; i < play->count; i++)
        if (play->feeds[i].client != NULL) {
            lb_err err = lb_client_flush(play->feeds[i].client, PUSH_MS);
            if (err != LB_OK)
                code = hub_error(play->common, err);
        }
    if (play->trucks != NULL)
        terminals_finish(play->trucks);
    return code;
}

/* Waits until the view has everything, so that queries show the whole day. */
static void wait_for_view(const playing *play, lb_client *client)
{
    lb_query query;
    const lb_answer *answer;
    lb_query_init(&query, LB_ASK_STATUS);
    if (hub_ask(client, play->common, &query, &answer) != EXIT_FINE)
        return;
    query.at_least = answer->status.head;
    hub_ask(client, play->common, &query, &answer);
}

/* The truck terminals' messages are counted by the hub, since their gate gives no receipts. */
static void count_trucks(playing *play, lb_client *client)
{
    lb_query query;
    const lb_answer *answer;
    lb_query_init(&query, LB_ASK_FEEDS);
    if (play->trucks == NULL || hub_ask(client, play->common, &query, &answer) != EXIT_FINE)
        return;
    for (size_t i = 0; i < answer->feeds.feeds.count; i++)
        for (size_t k = 0; k < play->count; k++) {
            feed *own = &play->feeds[k];
            const lb_feed *theirs = &answer->feeds.feeds.at[i];
            if (own->client != NULL || !lb_span_is(theirs->source, GATE_SOURCE))
                continue;
            own->duplicates = theirs->duplicates;
            own->refused = theirs->refused;
            own->events = theirs->events;
            own->kept = theirs->messages - theirs->duplicates - theirs->refused;
        }
}

static void print_sums(const playing *play, int64_t start_us)
{
    int64_t events = 0;
    printf("%-18s %9s %9s %9s %9s %9s\n", "feed", "messages", "kept", "duplicate", "refused",
           "events");
    for (size_t i = 0; i < play->count; i++) {
        const feed *one = &play->feeds[i];
        events += one->events;
        printf("%-18s %9lld %9lld %9lld %9lld %9lld\n", one->name, (long long)one->sent,
               (long long)one->kept, (long long)one->duplicates, (long long)one->refused,
               (long long)one->events);
    }
    double seconds = (double)(wall_now_us() - start_us) / 1e6;
    printf("%lld messages became %lld events in %.1f s\n", (long long)play->total,
           (long long)events, seconds);
}

static int play_all(playing *play, lb_client *client, const char *path)
{
    lb_day *day;
    lb_day_record record;
    if (lb_day_open(&day, path) != LB_OK) {
        complain("landbridge play: %s holds no day; make one with landbridge-day\n", path);
        return EXIT_USAGE;
    }
    int port = gate_port(client, play->common), code = port < 0 ? EXIT_CONNECT : EXIT_FINE;
    if (port > 0)
        play->trucks = terminals_open("127.0.0.1", port);
    if (port == 0)
        fputs("landbridge play: the hub has no JT/T 808 gate; the trucks' frames are not sent\n",
              stderr);
    int64_t start_us = wall_now_us();
    while (code == EXIT_FINE && lb_day_next(day, &record) == LB_OK)
        code = play_record(play, &record);
    lb_day_close(&day);
    if (code == EXIT_FINE)
        code = finish(play);
    count_trucks(play, client);
    wait_for_view(play, client);
    if (play->common->json == false)
        print_sums(play, start_us);
    return code;
}

static int run(const subcommand *self, int argc, char **argv)
{
    common_options common = {0};
    int words;
    if (!options_read(self, NULL, 0, &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;
    if (words != 1) {
        fputs("landbridge play: name the folder of a day\n", stderr);
        return EXIT_USAGE;
    }
    lb_client *client;
    int code = hub_open(&common, &client);
    if (code != EXIT_FINE)
        return code;

    playing *play = calloc(1, sizeof *play);
    if (play == NULL)
        code = EXIT_TROUBLE;
    else {
        play->common = &common;
        code = play_all(play, client, argv[0]);
        for (size_t i = 0; i < play->count; i++)
            lb_client_close(&play->feeds[i].client);
        terminals_close(&play->trucks);
    }
    free(play);
    lb_client_close(&client);
    return code;
}

const subcommand command_play = {
    .name = "play",
    .words = "play a generated day through the sockets and gates of the hub",
    .usage = "FOLDER",
    .example = "  landbridge-day --seed 1 --day 2026-03-12 --out /tmp/day\n"
               "  landbridge play /tmp/day --at /var/lib/landbridge\n",
    .run = run,
};
