/* hostile_cases.c - the attacks of hostile parties. */
#include "hostile_cases.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "landbridge/client/client.h"
#include "live.h"
#include "terminal.h"

enum {
    BATCH = 500,
    TRUCKS = 20000,
    TOGETHER = 8, /* consignments, each in all others */
    SAID_OF_ONE = 2000,
    USES = 400,
    SOURCES = 4096,
    IDLE = 4096,
    WAIT_MS = 60000,
    TIRED_MS = 20, /* between checks for the end */
    LONG_WINDOW = 40,
    WINDOW = 100,
    QUESTIONS = 8,
    RUBBISH_BYTES = 1000,
    REVOKED_PER_S = 1000,
    HELD_MS = 8000,
    ROWS = 100000,
    TABLES = 2,
};
#define BEGAN_US INT64_C(1773273600000000) /* 2026-03-12T00:00:00Z */

static bool is_over(const attack *a)
{
    return atomic_load(&a->is_over);
}

bool hostile_introduce(attack *a)
{
    return stage_add(
               a->stage, &a->evil, "evil",
               "CARRIER format:* for:container:EV* for:truck:EV* for:bkg:EV* for:awb:999-*") &&
           stage_add(a->stage, &a->eve, "eve", "SHIPPER see:bkg:NOTHING") &&
           stage_add(a->stage, &a->gone, "gone", "CARRIER format:hub.report for:container:GO*") &&
           stage_add(a->stage, &a->late, "late", "CARRIER format:hub.report for:container:LA*");
}

/* -- sending and querying without end ---------------------------------------------------------- */

/* Writes message number n; the source is the party's own name. */
typedef void write_message(FILE *text, int64_t n);

static char *compose(write_message *write, int64_t n, size_t *len)
{
    char *at = NULL;
    FILE *file = open_memstream(&at, len);

    if (file == NULL)
        abort();
    write(file, n);
    if (fclose(file) != 0)
        abort();
    return at;
}

static void take_receipts(attack *a, void *socket, lb_arena *arena, int *open)
{
    lb_receipts receipts;

    while (stage_take(socket, arena, &lb_record_receipts, &receipts)) {
        (*open)--;
        atomic_fetch_add(&a->answered, 1);
        if (receipts.receipts.count == 0 || receipts.receipts.at[0].error.len > 0)
            atomic_fetch_add(&a->refused, 1);
    }
}

/* Keeps `window` messages in flight all the time; ignores the hub's limits. */
static void flood(attack *a, lb_arena *arena, write_message *write, int window)
{
    static _Atomic int64_t number; /* each message is different, or it would be a duplicate */
    void *socket = stage_socket(a->stage, &a->evil, STAGE_INTAKE, NULL);
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    int open = 0;

    while (!is_over(a)) {
        for (; open < window && !is_over(a); open++) {
            size_t len;
            char *text = compose(write, atomic_fetch_add(&number, 1), &len);
            stage_submit(socket, arena, "evil", 0, (lb_span){text, len});
            free(text);
            atomic_fetch_add(&a->sent, 1);
        }
        zmq_poll(&item, 1, TIRED_MS);
        take_receipts(a, socket, arena, &open);
    }
    zmq_close(socket);
}

static void ask_without_end(attack *a, lb_arena *arena, const party *who, const char *reference,
                            bool all_cycles)
{
    void *socket = stage_socket(a->stage, who, STAGE_QUERY, NULL);
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    lb_answer answer;
    lb_query query;
    int open = 0;

    while (!is_over(a)) {
        for (; open < QUESTIONS; open++) {
            lb_query_init(&query, LB_ASK_TRACK);
            query.track.reference = lb_span_of(reference);
            query.track.all_cycles = all_cycles;
            stage_send(socket, arena, &lb_record_query, &query);
            atomic_fetch_add(&a->sent, 1);
        }
        zmq_poll(&item, 1, TIRED_MS);
        while (stage_take(socket, arena, &lb_record_answer, &answer)) {
            open--;
            atomic_fetch_add(&a->answered, 1);
            if (answer.error.len > 0)
                atomic_fetch_add(&a->refused, 1);
        }
    }
    zmq_close(socket);
}

/* Sends reports of many events, one after the other, each with its receipt; false: none came.
 * Which of them the hub keeps does not matter here. */
static bool say_before(attack *a, write_message *write, int64_t count)
{
    void *socket = stage_socket(a->stage, &a->evil, STAGE_INTAKE, NULL);
    lb_receipts receipts;
    bool is_fine = true;
    lb_arena arena;

    lb_arena_init(&arena, (size_t)64 * 1024 * 1024);
    for (int64_t n = 0; n < count && is_fine; n++) {
        size_t len;
        char *text = compose(write, n, &len);
        is_fine = stage_submit(socket, &arena, "evil", 0, (lb_span){text, len}) &&
                  stage_wait(socket, &arena, &lb_record_receipts, &receipts, WAIT_MS);
        free(text);
    }
    lb_arena_fini(&arena);
    zmq_close(socket);
    return is_fine;
}

static void begin_report(FILE *text)
{
    fputs("{\"magic\":\"landbridge.report\",\"party\":\"EVIL\",\"events\":[", text);
}

static void begin_event(FILE *text, bool is_first, const char *type, int64_t at_us)
{
    fprintf(
        text,
        "%s{\"type\":\"%s\",\"classifier\":\"ACTUAL\",\"mode\":\"ROAD\",\"occurred\":{\"utc_us\":"
        "%lld},",
        is_first ? "" : ",", type, (long long)at_us);
}

/* -- B6: long messages that are expensive to read ---------------------------------------------- */

static void write_ffm(FILE *text, int64_t n)
{
    fprintf(text,
            "FFM/8\r\n1/EV%04d/12MAR1630/PVG/B2081\r\nURC//12MAR2135\r\n"
            "999-%08dPVGURC/P9K305MC1.7T24/MACHINE PARTS\r\n",
            (int)(n % 10000), (int)n);
    for (int i = 0; i < 5000; i++)
        fputs("/PER/EAT\r\n", text);
    fputs("LAST\r\n", text);
}

static void write_fsu(FILE *text, int64_t n)
{
    fprintf(text,
            "FSU/14\r\n999-%08dPVGURC/T24K812.5\r\n"
            "DEP/EV5417/12MAR/PVGURC/P15K507.5/A1652/E2150\r\n",
            (int)n);
    for (int i = 0; i < 56000; i++)
        fprintf(text, "ULD/PMC%05dCZ\r\n", i);
}

static void write_epcis(FILE *text, int64_t n)
{
    fprintf(text,
            "{\"@context\":[\"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld\"],"
            "\"type\":\"EPCISDocument\",\"schemaVersion\":\"2.0\",\"creationDate\":"
            "\"2026-03-12T03:00:00Z\",\"epcisBody\":{\"eventList\":[{\"type\":\"ObjectEvent\","
            "\"eventTime\":\"2026-03-12T10:05:00+08:00\",\"eventTimeZoneOffset\":\"+08:00\","
            "\"action\":\"OBSERVE\",\"bizStep\":\"packing\",\"epcList\":[");
    for (int i = 0; i < 50000; i++)
        fprintf(text, "%s\"urn:epc:id:sscc:6941234.%010lld\"", i == 0 ? "" : ",",
                (long long)(n * 50000 + i));
    fputs("]}]}}", text);
}

static void flood_ffm(attack *a, lb_arena *arena)
{
    flood(a, arena, write_ffm, LONG_WINDOW);
}

static void flood_fsu(attack *a, lb_arena *arena)
{
    flood(a, arena, write_fsu, QUESTIONS);
}

static void flood_epcis(attack *a, lb_arena *arena)
{
    flood(a, arena, write_epcis, QUESTIONS);
}

/* -- B31: a table of as many rows as one message may have --------------------------------------------------- */

static void write_table(FILE *text, int64_t n)
{
    fputs("event;time;place;own id;truck\n", text);
    for (int i = 0; i < ROWS; i++)
        fprintf(text, "GTIN;2026-03-12 10:05;CNULZ;%lld-%d;EV%05d\n", (long long)n, i, i);
}

static void flood_table(attack *a, lb_arena *arena)
{
    flood(a, arena, write_table, TABLES);
}

/* -- B7, B8, B9, B26: queries that are expensive to answer ------------------------------------- */

static void write_trucks(FILE *text, int64_t n)
{
    begin_report(text);
    for (int64_t i = n * BATCH; i < (n + 1) * BATCH; i++) {
        begin_event(text, i == n * BATCH, "ASSO", BEGAN_US + i * 1000000);
        fprintf(
            text,
            "\"objects\":[{\"kind\":\"TRUCK\",\"role\":\"MEANS\",\"id\":\"EV%05lld\"}],"
            "\"assoc\":[{\"action\":\"ADD\",\"parent\":{\"kind\":\"TRUCK\",\"id\":\"EV%05lld\"},"
            "\"child\":{\"kind\":\"CONSIGNMENT\",\"scheme\":\"BKG\",\"id\":\"EVMANY\"}}]}",
            (long long)i, (long long)i);
    }
    fputs("]}", text);
}

static bool prepare_trucks(attack *a)
{
    return say_before(a, write_trucks, TRUCKS / BATCH);
}

static void ask_trucks(attack *a, lb_arena *arena)
{
    ask_without_end(a, arena, &a->evil, "EVMANY", false);
}

static void write_pair(FILE *text, int64_t parent, int64_t child, bool is_first)
{
    begin_event(text, is_first, "ASSO", BEGAN_US + parent * 1000000);
    fprintf(text,
            "\"objects\":[{\"kind\":\"CONSIGNMENT\",\"scheme\":\"BKG\",\"role\":\"SUBJECT\",\"id\":"
            "\"EVT%lld\"}],\"assoc\":[{\"action\":\"ADD\",\"parent\":{\"kind\":\"CONSIGNMENT\","
            "\"scheme\":\"BKG\",\"id\":\"EVT%lld\"},\"child\":{\"kind\":\"CONSIGNMENT\",\"scheme\":"
            "\"BKG\",\"id\":\"EVT%lld\"}}]}",
            (long long)parent, (long long)parent, (long long)child);
}

static void write_each_in_all(FILE *text, int64_t n)
{
    bool is_first = true;

    (void)n;
    begin_report(text);
    for (int64_t parent = 0; parent < TOGETHER; parent++)
        for (int64_t child = 0; child < TOGETHER; child++)
            if (parent != child) {
                write_pair(text, parent, child, is_first);
                is_first = false;
            }
    fputs("]}", text);
}

static void write_much_of_one(FILE *text, int64_t n)
{
    begin_report(text);
    for (int64_t i = n * BATCH; i < (n + 1) * BATCH; i++) {
        begin_event(text, i == n * BATCH, "GTIN", BEGAN_US + (i + 100) * 1000000);
        fputs("\"place\":{\"locode\":\"CNULZ\"},\"objects\":[{\"kind\":\"CONSIGNMENT\",\"scheme\":"
              "\"BKG\",\"role\":\"SUBJECT\",\"id\":\"EVT0\"}]}",
              text);
    }
    fputs("]}", text);
}

static bool prepare_each_in_all(attack *a)
{
    return say_before(a, write_each_in_all, 1) &&
           say_before(a, write_much_of_one, SAID_OF_ONE / BATCH);
}

static void ask_each_in_all(attack *a, lb_arena *arena)
{
    ask_without_end(a, arena, &a->eve, "EVT3", false);
}

static void write_uses(FILE *text, int64_t n)
{
    static const char *const types[] = {"STUF", "GTIN", "GTOT", "STRP"};

    (void)n;
    begin_report(text);
    for (int64_t i = 0; i < USES * 4; i++) {
        begin_event(text, i == 0, types[i % 4], BEGAN_US + i * INT64_C(3600000000) / 24);
        fprintf(
            text,
            "\"place\":{\"locode\":\"CNULZ\"},\"refs\":[{\"scheme\":\"BKG\",\"value\":\"EVB%lld\"}]"
            ","
            "\"objects\":[{\"kind\":\"CONTAINER\",\"role\":\"SUBJECT\",\"id\":\"EVAU0000001\"}]}",
            (long long)(i / 4));
    }
    fputs("]}", text);
}

static bool prepare_uses(attack *a)
{
    return say_before(a, write_uses, 1);
}

static void ask_uses(attack *a, lb_arena *arena)
{
    ask_without_end(a, arena, &a->eve, "EVAU0000001", true);
}

static void write_circle(FILE *text, int64_t n)
{
    (void)n;
    begin_report(text);
    write_pair(text, 100, 101, true);
    write_pair(text, 101, 100, false);
    fputs("]}", text);
}

static bool prepare_circle(attack *a)
{
    return say_before(a, write_circle, 1);
}

static void ask_circle(attack *a, lb_arena *arena)
{
    ask_without_end(a, arena, &a->evil, "EVT100", false);
}

/* -- B10: a source for each byte ------------------------------------------------------------------------------ */

static void use_up_sources(attack *a, lb_arena *arena)
{
    void *socket = stage_socket(a->stage, &a->evil, STAGE_INTAKE, NULL);
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    char source[32], byte[2] = "a";
    int open = 0;

    for (int64_t n = 0; !is_over(a); n++) {
        snprintf(source, sizeof source, "evil.%lld", (long long)(n % SOURCES));
        byte[0] = (char)('a' + n / SOURCES % 26);
        stage_submit(socket, arena, source, 0, lb_span_of(byte));
        atomic_fetch_add(&a->sent, 1);
        for (open++; open >= WINDOW && !is_over(a); take_receipts(a, socket, arena, &open))
            zmq_poll(&item, 1, TIRED_MS);
    }
    zmq_close(socket);
}

static lb_receipt submit_as_late(attack *a, lb_arena *arena, lb_span body)
{
    lb_receipt receipt = {.result = LB_RESULT_UNSPECIFIED, .quarantine_id = LB_UNKNOWN};
    lb_receipts receipts;
    void *socket = stage_socket(a->stage, &a->late, STAGE_INTAKE, NULL);

    if (stage_submit(socket, arena, "late", 0, body) &&
        stage_wait(socket, arena, &lb_record_receipts, &receipts, WAIT_MS / 10) &&
        receipts.receipts.count == 1)
        receipt = receipts.receipts.at[0];
    zmq_close(socket);
    return receipt;
}

static const char *check_new_carrier(attack *a, lb_arena *arena)
{
    static const char report[] =
        "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"GTIN\",\"classifier\":\"ACTUAL\","
        "\"occurred\":{\"utc_us\":1773273600000000},\"place\":{\"locode\":\"CNULZ\"},\"objects\":[{"
        "\"kind\":\"CONTAINER\",\"role\":\"SUBJECT\",\"id\":\"LAAU0000001\"}]}]}";
    lb_result result = submit_as_late(a, arena, lb_span_of(report)).result;

    return result == LB_RESULT_KEPT || result == LB_RESULT_DUPLICATE
               ? NULL
               : "a carrier that comes now is turned away";
}

/* -- B17: rubbish ------------------------------------------------------------------------------------------------ */

static void write_rubbish(FILE *text, int64_t n)
{
    uint64_t chance = (uint64_t)n + 1;

    fprintf(text, "%lld ", (long long)n);
    for (int i = 0; i < RUBBISH_BYTES; i++) {
        chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        fputc((int)(chance >> 56), text);
    }
}

static void flood_rubbish(attack *a, lb_arena *arena)
{
    flood(a, arena, write_rubbish, WINDOW);
}

static const char *check_quarantine(attack *a, lb_arena *arena)
{
    static const char text[] = "this is no language at all, and its sender would like to know it";
    lb_receipt receipt = submit_as_late(a, arena, lb_span_of(text));

    if (receipt.result != LB_RESULT_REFUSED)
        return "another's message that cannot be read has no receipt";
    return receipt.quarantine_id == LB_UNKNOWN ? "there is no room in quarantine for others" : NULL;
}

/* -- B19: silent connections ------------------------------------------------------------------- */

/* From an address of its own: it is another machine. */
static int dial_from(const char *address, int port)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address)},
                       at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&own, sizeof own) == 0 &&
        connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Connections that the hub has closed are opened again. */
static void hold_connections(attack *a, lb_arena *arena)
{
    int *fds = malloc(IDLE * sizeof *fds);
    char byte;

    (void)arena;
    if (fds == NULL)
        abort();
    for (int i = 0; i < IDLE; i++)
        fds[i] = -1;
    while (!is_over(a)) {
        for (int i = 0; i < IDLE && !is_over(a); i++) {
            if (fds[i] >= 0 && recv(fds[i], &byte, 1, MSG_DONTWAIT) == 0) {
                close(fds[i]);
                fds[i] = -1;
                atomic_fetch_add(&a->refused, 1);
            }
            if (fds[i] >= 0)
                continue;
            fds[i] = dial_from("127.0.0.66", a->stage->port + STAGE_JT808);
            atomic_fetch_add(&a->sent, fds[i] >= 0);
        }
        poll(NULL, 0, TIRED_MS);
    }
    for (int i = 0; i < IDLE; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    free(fds);
}

static const char *check_new_terminal(attack *a, lb_arena *arena)
{
    static int64_t number;
    lb_808_stream stream;
    bool is_done = false, is_answered = false;

    (void)arena;
    memset(&stream, 0, sizeof stream);
    for (int n = 0; n < 20 && !is_answered; n++, number++) {
        int fd = terminal_dial(a->stage->port + STAGE_JT808);
        is_answered = fd >= 0 && terminal_say(fd, number % 1000, BEGAN_US + number * 1000000) &&
                      terminal_is_answered(fd, &stream, number % 1000, &is_done);
        if (fd >= 0)
            close(fd);
    }
    return is_answered ? NULL : "a terminal that comes now is not served";
}

/* -- B28: a party whose rights have ended ------------------------------------------------------ */

/* Connects, is revoked, and keeps sending. */
static void go_on_revoked(attack *a, lb_arena *arena)
{
    void *intake = stage_socket(a->stage, &a->gone, STAGE_INTAKE, NULL);
    void *query = stage_socket(a->stage, &a->gone, STAGE_QUERY, NULL);
    lb_receipts receipts;
    lb_answer answer;
    lb_query ask;

    stage_submit(intake, arena, "gone", 0, LB_SPAN("nothing"));
    stage_wait(intake, arena, &lb_record_receipts, &receipts, WAIT_MS);
    stage_revoke(a->stage, &a->gone);
    while (!is_over(a)) {
        for (int i = 0; i < REVOKED_PER_S * TIRED_MS / 1000; i++) {
            lb_query_init(&ask, LB_ASK_TRACK);
            ask.track.reference = LB_SPAN("GOAU0000001");
            atomic_fetch_add(&a->sent, stage_send(query, arena, &lb_record_query, &ask));
            atomic_fetch_add(&a->sent,
                             stage_submit(intake, arena, "gone", 0, LB_SPAN("nothing more")));
        }
        poll(NULL, 0, TIRED_MS);
        while (stage_take(intake, arena, &lb_record_receipts, &receipts))
            atomic_fetch_add(&a->answered_gone, 1);
        while (stage_take(query, arena, &lb_record_answer, &answer))
            atomic_fetch_add(&a->answered_gone, 1);
    }
    zmq_close(intake);
    zmq_close(query);
}

static const char *check_revoked(attack *a, lb_arena *arena)
{
    (void)arena;
    return atomic_load(&a->answered_gone) > 100 ? "a revoked party is answered all the time" : NULL;
}

/* -- B30: another client's routing id ---------------------------------------------------------- */

static const char same_id[] = "as-everybody";

/* Twice with the same routing id at each port, again and again. */
static void show_same_id(attack *a, lb_arena *arena)
{
    void *sockets[4];

    while (!is_over(a)) {
        for (size_t i = 0; i < 4; i++)
            sockets[i] =
                stage_socket(a->stage, &a->evil, i % 2 == 0 ? STAGE_INTAKE : STAGE_QUERY, same_id);
        for (int ms = 0; ms < HELD_MS && !is_over(a); ms += TIRED_MS) {
            for (size_t i = 0; i < 4; i += 2)
                atomic_fetch_add(&a->sent,
                                 stage_submit(sockets[i], arena, "evil", 0, LB_SPAN("nothing")));
            poll(NULL, 0, TIRED_MS);
        }
        for (size_t i = 0; i < 4; i++)
            zmq_close(sockets[i]);
    }
}

/* The other client with this id is served, or its connection is closed so that it notices. */
static const char *check_same_id(attack *a, lb_arena *arena)
{
    static const char monitor_at[] = "inproc://late-monitor";
    void *socket = stage_socket(a->stage, &a->late, STAGE_INTAKE, same_id);
    void *monitor = zmq_socket(a->stage->zmq, ZMQ_PAIR);
    zmq_pollitem_t items[] = {{.socket = socket, .events = ZMQ_POLLIN},
                              {.socket = monitor, .events = ZMQ_POLLIN}};

    zmq_socket_monitor(socket, monitor_at, ZMQ_EVENT_DISCONNECTED);
    zmq_connect(monitor, monitor_at);
    for (int n = 0; n < 10; n++) {
        char text[RUBBISH_BYTES];
        memset(text, 'a' + n, sizeof text);
        stage_submit(socket, arena, "late", 0, (lb_span){text, sizeof text});
    }
    bool is_reported = zmq_poll(items, 2, WAIT_MS / 6) > 0;
    zmq_socket_monitor(socket, NULL, 0);
    zmq_close(monitor);
    zmq_close(socket);
    return is_reported ? NULL : "one with the routing id of another is neither served nor refused";
}

const hostile_case hostile_cases[HOSTILE_CASES] = {
    {"B6-ffm", "manifests of 50 kB, 5,000 lines behind a consignment", NULL, flood_ffm, NULL},
    {"B6-fsu", "status messages of 0.9 MB", NULL, flood_fsu, NULL},
    {"B6-epcis", "lists of 1.8 MB", NULL, flood_epcis, NULL},
    {"B7", "asks for a consignment on 20,000 trucks", prepare_trucks, ask_trucks, NULL},
    {"B8", "asks without right for 8 consignments, each in all others", prepare_each_in_all,
     ask_each_in_all, NULL},
    {"B9", "asks without right for a container with 400 uses", prepare_uses, ask_uses, NULL},
    {"B10", "a byte as each of 4,096 sources", NULL, use_up_sources, check_new_carrier},
    {"B17", "rubbish, as much as is taken", NULL, flood_rubbish, check_quarantine},
    {"B19", "4,096 connections to the terminals' gate", NULL, hold_connections, check_new_terminal},
    {"B26", "asks for A in B and B in A", prepare_circle, ask_circle, NULL},
    {"B28", "was revoked and goes on, 2,000 a second", NULL, go_on_revoked, check_revoked},
    {"B30", "shows one routing id on many connections", NULL, show_same_id, check_same_id},
    {"B31", "tables of 100,000 rows, 4 MB", NULL, flood_table, NULL},
};
