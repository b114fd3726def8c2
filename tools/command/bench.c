/* bench.c - measures the speed of the hub on this machine.
 *
 *   ingest   8 producers with 1,000 messages outstanding each push protobuf reports; every receipt means
 *            "on disk". Beside it, in the same run, what SQLite alone appends (rows of 200 bytes, 1,000 in
 *            a commit, synchronous=FULL). Once on an empty hub, once with many objects; and over
 *            loopback TCP, plain and with CURVE.
 *   query    tracks queried one after the other by 4 clients: latency.
 *   replay   the whole journal read back by one follower.
 *   decode   the adapters alone, without a hub: bench_decode.c.
 *
 * Figures are of this machine at this moment; compare the ratios. */
#include "bench_decode.h"
#include "command.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

#include "child.h"
#include "record.h"

enum {
    PRODUCERS = 8,
    OUTSTANDING = 1000,
    ASKERS = 4,
    RAW_BATCH = 1000,
    RAW_ROW = 200,
    PUSH_MS = 60 * 1000,
    LONG_MS = 120 * 1000,
    KEY_ROOM = 41,
};

static double seconds_since(int64_t start_us)
{
    return (double)(wall_now_us() - start_us) / 1e6;
}

/* -- raw append ------------------------------------------------------------------------------------ */

static double raw_append(const char *folder, int64_t rows)
{
    char path[300], row[RAW_ROW];
    sqlite3 *db = NULL;
    sqlite3_stmt *insert = NULL;
    double rate = 0;
    memset(row, 'x', sizeof row);
    snprintf(path, sizeof path, "%s/raw.db", folder);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db,
                     "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                     "CREATE TABLE raw (seq INTEGER PRIMARY KEY, body BLOB)",
                     NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "INSERT INTO raw (body) VALUES (?1)", -1, &insert, NULL) !=
            SQLITE_OK)
        goto out;

    int64_t start_us = wall_now_us();
    for (int64_t done = 0; done < rows; done += RAW_BATCH) {
        sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
        for (int i = 0; i < RAW_BATCH; i++) {
            sqlite3_bind_blob(insert, 1, row, sizeof row, SQLITE_STATIC);
            if (sqlite3_step(insert) != SQLITE_DONE)
                goto out;
            sqlite3_reset(insert);
        }
        if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
            goto out;
    }
    rate = (double)rows / seconds_since(start_us);
out:
    sqlite3_finalize(insert);
    sqlite3_close(db);
    unlink(path);
    return rate;
}

/* -- ingest ------------------------------------------------------------------------------------------ */

typedef struct door { /* endpoint and key */
    char at[300];
    bool is_curve;
    char own_public[KEY_ROOM], own_secret[KEY_ROOM], hub_public[KEY_ROOM];
} door;

typedef struct producer {
    pthread_t thread;
    const door *door;
    int number;
    int64_t first, count; /* of its containers */
    int64_t day_us;
    lb_arena arena;
    lb_span *bodies;
    int64_t kept, others;
    lb_err err;
} producer;

static void count_receipt(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    producer *self = whose;
    (void)ticket;
    if (receipt->result == LB_RESULT_KEPT)
        self->kept++;
    else
        self->others++;
}

/* A gate move of container number `n`, as a report of a terminal. */
static lb_span make_report(lb_arena *arena, int64_t n, int64_t at_us)
{
    lb_event event;
    lb_object container = {0};
    lb_report report;
    lb_span packed = LB_EMPTY;
    lb_record_init(&lb_record_report, &report);
    lb_record_init(&lb_record_event, &event);

    container.kind = LB_KIND_CONTAINER;
    container.scheme = LB_SCHEME_ISO6346;
    container.role = LB_ROLE_SUBJECT;
    container.milli_teu = 2000;
    container.id = lb_arena_print(arena, "B%c%cU%06d0", 'A' + (char)(n / 26000000 % 26),
                                  'A' + (char)(n / 1000000 % 26), (int)(n % 1000000));
    event.type = n % 2 == 0 ? LB_EVENT_GTIN : LB_EVENT_GTOT;
    event.classifier = LB_CLASSIFIER_ACTUAL;
    event.mode = LB_MODE_ROAD;
    event.occurred.utc_us = at_us;
    event.place.locode = LB_SPAN("CNULZ");
    event.objects = (lb_object_list){&container, 1, 1};
    report.magic = LB_SPAN(LB_REPORT_MAGIC);
    report.party = LB_SPAN("BENCH");
    report.events = (lb_event_list){&event, 1, 1};
    lb_record_pack(&lb_record_report, &report, arena, &packed);
    return packed;
}

static bool prepare(producer *self)
{
    lb_arena_init(&self->arena, SIZE_MAX / 2);
    self->bodies = calloc((size_t)self->count, sizeof *self->bodies);
    for (int64_t i = 0; self->bodies != NULL && i < self->count; i++)
        self->bodies[i] =
            make_report(&self->arena, self->first + i, self->day_us + i * INT64_C(1000000));
    return self->bodies != NULL && !lb_arena_failed(&self->arena);
}

static void *produce(void *argument)
{
    producer *self = argument;
    lb_client *client;
    char source[32];
    snprintf(source, sizeof source, "bench-%d", self->number);
    self->err = lb_client_open(&client, self->door->at);
    if (self->err == LB_OK && self->door->is_curve)
        self->err = lb_client_key(client, self->door->own_public, self->door->own_secret,
                                  self->door->hub_public);
    if (self->err != LB_OK)
        return NULL;

    lb_client_source(client, source);
    lb_client_max_outstanding(client, OUTSTANDING);
    lb_client_on_receipt(client, count_receipt, self);
    for (int64_t i = 0; i < self->count && self->err == LB_OK; i++) {
        uint64_t ticket;
        self->err = lb_client_push(client, LB_EMPTY, LB_SPAN("hub.report"), self->bodies[i],
                                   PUSH_MS, &ticket);
    }
    if (self->err == LB_OK)
        self->err = lb_client_flush(client, LONG_MS);
    lb_client_close(&client);
    return NULL;
}

/* Pushes `messages` reports about containers from number `first` on; events a second, 0 on
 * failure. */
static double ingest_at(const door *at, int64_t first, int64_t messages)
{
    producer producers[PRODUCERS] = {0};
    int64_t kept = 0;
    bool is_fine = true;
    for (int i = 0; i < PRODUCERS; i++) {
        producers[i].door = at;
        producers[i].number = i;
        producers[i].count = messages / PRODUCERS;
        producers[i].first = first + i * producers[i].count;
        producers[i].day_us = INT64_C(1773273600000000) + i;
        is_fine = prepare(&producers[i]) && is_fine;
    }
    int64_t start_us = wall_now_us();
    for (int i = 0; i < PRODUCERS && is_fine; i++)
        is_fine = pthread_create(&producers[i].thread, NULL, produce, &producers[i]) == 0;
    for (int i = 0; i < PRODUCERS && is_fine; i++) {
        pthread_join(producers[i].thread, NULL);
        kept += producers[i].kept;
        if (producers[i].err != LB_OK || producers[i].others > 0)
            complain("producer %d: %s, %lld messages not kept\n", i, lb_err_name(producers[i].err),
                     (long long)producers[i].others);
    }
    double rate = (double)kept / seconds_since(start_us);
    for (int i = 0; i < PRODUCERS; i++) {
        lb_arena_fini(&producers[i].arena);
        free(producers[i].bodies);
    }
    return kept == messages / PRODUCERS * PRODUCERS ? rate : 0;
}

static double ingest(const char *at, int64_t first, int64_t messages)
{
    door plain = {.is_curve = false};
    snprintf(plain.at, sizeof plain.at, "%s", at);
    return ingest_at(&plain, first, messages);
}

/* Makes a key, and a carrier with it that is granted only what it sends. */
static bool make_key(const common_options *common, lb_client *client, const child_hub *hub,
                     door *curve)
{
    lb_party_role role = LB_PARTY_CARRIER;
    lb_span rights[3 + PRODUCERS] = {LB_SPAN("format:hub.report"), LB_SPAN("for:container:*"),
                                     LB_SPAN("for:place:CNULZ")};
    char sources[PRODUCERS][32];
    lb_party_key key = {{curve->own_public, KEY_ROOM - 1}, LB_UNKNOWN, LB_UNKNOWN};
    const lb_answer *answer;
    lb_query query;
    if (zmq_curve_keypair(curve->own_public, curve->own_secret) != 0 ||
        !child_endpoint(hub, "hub-key", "", curve->hub_public, sizeof curve->hub_public) ||
        !child_endpoint(hub, "curve-intake", "tcp:", curve->at, sizeof curve->at))
        return false;
    curve->is_curve = true;
    lb_query_init(&query, LB_ASK_PARTY_ADD);
    query.party_add.name = LB_SPAN("bench");
    query.party_add.roles = (lb_party_role_list){&role, 1, 1};
    for (int i = 0; i < PRODUCERS; i++) {
        snprintf(sources[i], sizeof sources[i], "source:bench-%d", i);
        rights[3 + i] = lb_span_of(sources[i]);
    }
    query.party_add.rights = (lb_text_list){rights, 3 + PRODUCERS, 3 + PRODUCERS};
    query.party_add.keys = (lb_party_key_list){&key, 1, 1};
    return hub_ask(client, common, &query, &answer) == EXIT_FINE;
}

/* Waits until the view has everything; gives its lag and the time to catch up. */
static bool catch_up(const common_options *common, lb_client *client, int64_t *lag, double *seconds)
{
    int64_t start_us = wall_now_us();
    *lag = LB_UNKNOWN;
    for (;;) {
        lb_query query;
        const lb_answer *answer;
        lb_query_init(&query, LB_ASK_STATUS);
        if (hub_ask(client, common, &query, &answer) != EXIT_FINE)
            return false;
        int64_t head = lb_position_number(&answer->status.head);
        int64_t view = lb_position_number(&answer->status.view);
        int64_t behind = head - (view == LB_UNKNOWN ? 0 : view);
        if (*lag == LB_UNKNOWN)
            *lag = behind;
        *seconds = seconds_since(start_us);
        if (behind <= 0)
            return true;
        usleep(20 * 1000);
    }
}

static bool wait_for_view(const common_options *common)
{
    lb_client *client;
    int64_t lag;
    double seconds;
    if (lb_client_open(&client, common->at) != LB_OK)
        return false;
    bool is_there = catch_up(common, client, &lag, &seconds);
    lb_client_close(&client);
    return is_there;
}

/* The same over TCP, plain and with CURVE; only on a hub of its own. */
static bool bench_doors(const common_options *common, lb_client *client, const child_hub *hub,
                        int64_t first, int64_t messages)
{
    door plain = {.is_curve = false}, curve = {.is_curve = true};
    int64_t lag;
    double seconds;
    if (!child_endpoint(hub, "intake", "tcp:", plain.at, sizeof plain.at) ||
        !make_key(common, client, hub, &curve))
        return false;
    double tcp = ingest_at(&plain, first, messages);
    bool is_up = catch_up(common, client, &lag, &seconds);
    double keyed = ingest_at(&curve, first + messages, messages);
    is_up = is_up && catch_up(common, client, &lag, &seconds);
    printf("ingest, plain tcp %9.0f events/s\n", tcp);
    printf("ingest, CURVE     %9.0f events/s    %.2f of plain tcp\n", keyed, keyed / tcp);
    return is_up && tcp > 0 && keyed > 0;
}

static int bench_ingest(const common_options *common, const child_hub *hub, int64_t messages,
                        int64_t objects)
{
    lb_client *client;
    int64_t lag = 0;
    double seconds = 0;
    if (lb_client_open(&client, common->at) != LB_OK)
        return EXIT_USAGE;

    double raw = raw_append(hub->pid > 0 ? hub->folder : "/tmp", messages);
    printf("raw append        %9.0f rows/s      SQLite alone, %d bytes, %d in a commit\n", raw,
           RAW_ROW, RAW_BATCH);
    double empty = ingest(common->at, 0, messages);
    printf("ingest, empty     %9.0f events/s    with receipts; %.2f of raw append\n", empty,
           empty / raw);
    bool is_up = catch_up(common, client, &lag, &seconds);
    printf("view              %9lld events behind at the end, caught up in %.2f s\n",
           (long long)lag, seconds);
    if (hub->pid > 0)
        is_up = is_up && bench_doors(common, client, hub, messages, messages / 2);
    double filled = ingest(common->at, 2 * messages, objects);
    is_up = is_up && catch_up(common, client, &lag, &seconds);
    printf(
        "filling           %9.0f events/s    up to %lld objects; view then %lld behind, %.2f s\n",
        filled, (long long)(2 * messages + objects), (long long)lag, seconds);
    double full = ingest(common->at, 2 * messages + objects, messages);
    is_up = is_up && catch_up(common, client, &lag, &seconds);
    printf(
        "ingest, full      %9.0f events/s    %.2f of raw append, %.2f of empty; view %lld behind, "
        "%.2f s\n",
        full, full / raw, full / empty, (long long)lag, seconds);
    lb_client_close(&client);
    return is_up && empty > 0 && full > 0 ? EXIT_FINE : EXIT_TROUBLE;
}

/* -- query --------------------------------------------------------------------------------------------- */

typedef struct asker {
    pthread_t thread;
    const common_options *common;
    int64_t first, count;
    int64_t *latency_us;
    int64_t found;
    bool is_fine;
} asker;

static void *ask(void *argument)
{
    asker *self = argument;
    lb_client *client;
    self->is_fine = lb_client_open(&client, self->common->at) == LB_OK;
    for (int64_t i = 0; self->is_fine && i < self->count; i++) {
        char id[16];
        int64_t n = (self->first + i) * 7919 % 100000;
        lb_query query;
        const lb_answer *answer;
        snprintf(id, sizeof id, "BAAU%06d0", (int)n);
        lb_query_init(&query, LB_ASK_TRACK);
        query.track.reference = lb_span_of(id);
        int64_t start_us = wall_now_us();
        self->is_fine = lb_client_ask(client, &query, LONG_MS, &answer) == LB_OK;
        self->latency_us[self->first + i] = wall_now_us() - start_us;
        if (self->is_fine && answer->track.tracks.count > 0)
            self->found++;
    }
    lb_client_close(&client);
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int bench_query(const common_options *common, int64_t queries)
{
    asker askers[ASKERS] = {0};
    int64_t found = 0, each = queries / ASKERS;
    queries = each * ASKERS;
    int64_t *latency_us = calloc((size_t)queries, sizeof *latency_us);
    bool is_fine = latency_us != NULL && ingest(common->at, 0, 100000) > 0 && wait_for_view(common);
    int64_t start_us = wall_now_us();
    for (int i = 0; i < ASKERS && is_fine; i++) {
        askers[i] =
            (asker){.common = common, .first = i * each, .count = each, .latency_us = latency_us};
        is_fine = pthread_create(&askers[i].thread, NULL, ask, &askers[i]) == 0;
    }
    for (int i = 0; i < ASKERS && is_fine; i++) {
        pthread_join(askers[i].thread, NULL);
        is_fine = askers[i].is_fine;
        found += askers[i].found;
    }
    double seconds = seconds_since(start_us);
    if (is_fine) {
        qsort(latency_us, (size_t)queries, sizeof *latency_us, by_size);
        printf(
            "query             %9.0f tracks/s    %d askers, 100,000 objects, %lld of %lld found\n",
            (double)queries / seconds, ASKERS, (long long)found, (long long)queries);
        printf("                  %9lld us p50  %9lld us p99  %9lld us worst\n",
               (long long)latency_us[queries / 2], (long long)latency_us[queries * 99 / 100],
               (long long)latency_us[queries - 1]);
    }
    free(latency_us);
    return is_fine ? EXIT_FINE : EXIT_TROUBLE;
}

/* -- replay -------------------------------------------------------------------------------------------- */

static int bench_replay(const common_options *common, int64_t messages)
{
    lb_client *client;
    const lb_event *event;
    if (ingest(common->at, 0, messages) <= 0 || lb_client_open(&client, common->at) != LB_OK)
        return EXIT_TROUBLE;

    int64_t start_us = wall_now_us(), seen = 0;
    lb_err err = lb_client_follow(client, 1);
    while (err == LB_OK && seen < messages / PRODUCERS * PRODUCERS) {
        err = lb_client_next(client, LONG_MS, &event);
        seen += err == LB_OK;
    }
    printf("replay            %9.0f events/s    one follower, %lld events, in order\n",
           (double)seen / seconds_since(start_us), (long long)seen);
    lb_client_close(&client);
    return err == LB_OK ? EXIT_FINE : EXIT_TROUBLE;
}

/* -------------------------------------------------------------------------------------------------------- */

static int measure(const char *what, const common_options *common, const child_hub *hub,
                   int64_t messages, int64_t objects)
{
    if (strcmp(what, "ingest") == 0)
        return bench_ingest(common, hub, messages, objects);
    if (strcmp(what, "query") == 0)
        return bench_query(common, messages);
    return bench_replay(common, messages);
}

static int run(const subcommand *self, int argc, char **argv)
{
    const char *messages_text = NULL, *objects_text = "1000000", *goldens = NULL;
    common_options common = {0};
    const option_row rows[] = {
        {"--messages", "N",
         "number of messages or queries (ingest 400000, query 20000, replay 400000)",
         &messages_text, NULL},
        {"--objects", "N", "ingest: objects before the second round (1000000)", &objects_text,
         NULL},
        {"--goldens", "FOLDER",
         "decode: messages to read, one folder an adapter (tests/golden if present)", &goldens,
         NULL},
    };
    int words;
    bool is_own = true;
    for (int i = 0; i < argc; i++)
        is_own = is_own && strncmp(argv[i], "--at", 4) != 0;
    if (!options_read(self, rows, sizeof rows / sizeof rows[0], &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;
    if (words == 1 && strcmp(argv[0], "decode") == 0)
        return bench_decode(goldens);
    bool is_query = words == 1 && strcmp(argv[0], "query") == 0;
    if (words != 1 ||
        (!is_query && strcmp(argv[0], "ingest") != 0 && strcmp(argv[0], "replay") != 0)) {
        fputs("landbridge bench: needs one of ingest, query, replay, decode\n", stderr);
        return EXIT_USAGE;
    }
    int64_t messages, objects;
    if (messages_text == NULL)
        messages_text = is_query ? "20000" : "400000";
    if (!option_number("--messages", messages_text, 1000, 100000000, &messages) ||
        !option_number("--objects", objects_text, 8, 1000000000, &objects))
        return EXIT_USAGE;

    child_hub hub = {0};
    if (is_own && !child_start(&hub))
        return EXIT_CONNECT;
    if (is_own)
        common.at = hub.folder;
    int code = measure(argv[0], &common, &hub, messages, objects);
    child_stop(&hub);
    return code;
}

const subcommand command_bench = {
    .name = "bench",
    .words = "speed of the hub: ingest, query, replay, decode",
    .usage = "ingest | query | replay | decode [OPTIONS]",
    .example = "  landbridge bench ingest              on a hub of its own, in a temporary folder\n"
               "  landbridge bench query --at DATA     on a running one\n",
    .run = run,
};
