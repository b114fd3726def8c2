/* test_shown.c - whatever a message contains, no command prints characters that move the cursor, forge a line or change
 * the text direction.
 *
 *     every text field of CargoEvent, nested ones too  --->  one report with hostile text in it
 *     hostile bytes in tables and telegrams            --->  quarantine, unknown places
 *     all of it in one hub                             --->  every command that prints it
 *
 * The list of fields is the record's own table, so a new field is tested automatically. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <signal.h>

#include "at_least.h"
#include "landbridge/client/client.h"
#include "landbridge/client/show.h"
#include "record_rows.h"
#include "run.h"
#include "scratch.h"

enum { DEADLINE_MS = 20000, FIELDS_MAX = 400, PATH_BYTES = 200 };

/* ESC sequence, BEL, line end, carriage return, tab, DEL; NEL, CSI of C1; separators of lines and paragraphs; each
 * override, embedding, isolate and mark of direction. */
#define HOSTILE                                                                                   \
    "A\033[2J\007\nforged\r\t\177\302\205\302\23331m\342\200\250\342\200\251\342\200\256\342\200" \
    "\252\342\200\253\342\200\254\342\200\255\342\201\246\342\201\247\342\201\250\342\201\251"    \
    "\342\200\216\342\200\217\330\234Z"
#define BOX   "LBKU2048176"
#define TRAIN "X9023@2026-03-12"

static const char base[] =
    "{\"type\":\"LOAD\",\"classifier\":\"ACTUAL\",\"mode\":\"RAIL\","
    "\"occurred\":{\"utc_us\":\"2026-03-12T10:40:00+08:00\",\"offset_min\":480},"
    "\"place\":{\"locode\":\"CNULZ\",\"sub\":\"track 4\"},"
    "\"objects\":[{\"id\":\"" BOX "\",\"size_type\":\"45G1\"},"
    "{\"id\":\"333379300184\",\"role\":\"MEANS\"},{\"id\":\"" TRAIN "\",\"role\":\"OTHER\"}],"
    "\"refs\":[{\"scheme\":\"BKG\",\"value\":\"BK7001\"}],"
    "\"raw\":{\"scheme\":\"OWN\",\"code\":\"L1\",\"text\":\"loaded\"},"
    "\"cap\":{\"kind\":\"DEPARTURE\",\"id\":\"" TRAIN "\",\"from\":{\"locode\":\"CNULZ\"},"
    "\"to\":{\"locode\":\"UZTAS\"},\"departs_us\":\"2026-03-12T18:00:00+08:00\","
    "\"lines\":[{\"unit\":\"MILLI_TEU\",\"state\":\"NOMINAL\",\"quantity\":110000}]}}";

typedef struct shown_hub {
    lb_scratch folder;
    char data[SCRATCH_PATH_ROOM];
    pid_t pid;
    lb_client *client;
    lb_arena arena;
    size_t fields;
    int64_t kept, refused;
} shown_hub;

static run_result result;

/* -- text fields of a record -------------------------------------------------------------------------------- */

typedef struct field_walk {
    lb_arena *arena;
    size_t wanted, seen; /* numbers of text fields */
    char path[PATH_BYTES];
} field_walk;

static bool put_hostile(field_walk *walk, const lb_record *record, char *value, const char *path);

static bool is_wanted(field_walk *walk, const char *path, const char *name)
{
    if (walk->seen++ != walk->wanted)
        return false;
    snprintf(walk->path, sizeof walk->path, "%s.%s", path, name);
    return true;
}

/* The first element of a list; one is made when there is none. */
static void *need_element(const field_walk *walk, lb_any_list *list, const lb_record *nested,
                          size_t size)
{
    if (list->count == 0) {
        *list = (lb_any_list){lb_arena_zero(walk->arena, size), 1, 1};
        assert_non_null(list->at);
        if (nested != NULL)
            lb_record_init(nested, list->at);
    }
    return list->at;
}

static bool put_member(field_walk *walk, const lb_row *row, char *member, const char *path)
{
    char deeper[PATH_BYTES];
    const lb_span hostile = LB_SPAN(HOSTILE);

    snprintf(deeper, sizeof deeper, "%.90s.%.90s", path, row->name);
    if (row->kind == FIELD_TEXT && is_wanted(walk, path, row->name)) {
        *(lb_span *)(void *)member = hostile;
        return true;
    }
    if (row->kind == FIELD_TEXTS && is_wanted(walk, path, row->name)) {
        *(lb_span *)need_element(walk, (lb_any_list *)(void *)member, NULL, sizeof hostile) =
            hostile;
        return true;
    }
    if (row->kind == FIELD_NEST)
        return put_hostile(walk, row->nested, member, deeper);
    if (row->kind == FIELD_LIST) {
        lb_any_list before = *(lb_any_list *)(void *)member;
        char *at =
            need_element(walk, (lb_any_list *)(void *)member, row->nested, row->nested->size);
        if (put_hostile(walk, row->nested, at, deeper))
            return true;
        *(lb_any_list *)(void *)member = before;
    }
    return false;
}

/* Puts the text into the wanted field; false: there are fewer. */
static bool put_hostile(field_walk *walk, const lb_record *record, char *value, const char *path)
{
    for (size_t i = 0; i < record->count; i++)
        if (put_member(walk, &record->rows[i], value + record->rows[i].ours, path))
            return true;
    return false;
}

/* A report of one event, hostile in the number-th of its fields, as JSON; empty: there are fewer. */
static lb_span report_of(lb_arena *arena, size_t number, char path[PATH_BYTES])
{
    lb_event event;
    lb_span where, json;
    int64_t offset;
    field_walk walk = {.arena = arena, .wanted = number};

    lb_arena_reset(arena);
    assert_int_equal(
        lb_record_from_json(&lb_record_event, lb_span_of(base), arena, &event, &where, &offset),
        LB_OK);
    event.raw.text = lb_arena_print(arena, "event %zu", number);
    if (!put_hostile(&walk, &lb_record_event, (char *)&event, ""))
        return LB_EMPTY;
    snprintf(path, PATH_BYTES, "%s", walk.path);
    assert_int_equal(lb_record_json(&lb_record_event, &event, arena, &json), LB_OK);
    return lb_arena_print(arena,
                          "{\"magic\":\"landbridge.report\",\"party\":\"P%zu\",\"events\":[%.*s]}",
                          number, LB_ARG(json));
}

/* -- what may be printed -------------------------------------------------------------------------------------- */

static bool is_sequence_bad(const unsigned char *at)
{
    return (at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f) || (at[0] == 0xd8 && at[1] == 0x9c) ||
           (at[0] == 0xe2 && at[1] == 0x80 &&
            (at[2] == 0x8e || at[2] == 0x8f || (at[2] >= 0xa8 && at[2] <= 0xae))) ||
           (at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9);
}

static void assert_printable(const char *what)
{
    assert_true(result.len < RUN_ROOM - 1);
    for (size_t i = 0; i < result.len; i++) {
        const unsigned char *at = (const unsigned char *)result.said + i;
        bool is_control = (*at < 0x20 && *at != '\n') || *at == 0x7f;
        if (is_control || is_sequence_bad(at))
            fail_msg("%s prints %02x %02x %02x raw: ...%.60s", what, at[0], at[1], at[2],
                     result.said + (i < 50 ? 0 : i - 50));
    }
    if (!lb_utf8_is_valid((lb_span){result.said, result.len}))
        fail_msg("%s prints what is no UTF-8", what);
    for (const char *at = result.said; (at = strstr(at, "forged")) != NULL; at++)
        if (at > result.said && at[-1] == '\n')
            fail_msg("%s prints a forged line", what);
}

static void assert_json_lines(const char *what)
{
    lb_span rest = {result.said, result.len}, line;

    while (lb_span_cut(&rest, '\n', &line)) {
        json_error_t error;
        json_t *root = line.len == 0 ? json_null() : json_loadb(line.at, line.len, 0, &error);
        if (root == NULL)
            fail_msg("%s: no JSON: %s: %.*s", what, error.text,
                     (int)(line.len < 200 ? line.len : 200), line.at);
        json_decref(root);
    }
}

static void run_at(const shown_hub *hub, const char *const *words)
{
    const char *all[RUN_WORDS + 1] = {NULL};
    size_t count = 0;
    char what[200] = "";

    for (; words[count] != NULL; count++) {
        all[count] = words[count];
        snprintf(what + strlen(what), sizeof what - strlen(what), "%s ", words[count]);
    }
    all[count++] = "--at";
    all[count] = hub->data;
    run_program(&result, LB_BIN_DIR "/landbridge", all);
    assert_true(result.code >= 0);
    assert_printable(what);
    for (size_t i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], "--json") == 0 && result.code <= 1)
            assert_json_lines(what);
}
#define AT(hub, ...) run_at(hub, (const char *const[]){__VA_ARGS__, NULL})

static void assert_shown(const char *what)
{
    if (strstr(result.said, what) == NULL)
        fail_msg("'%s' is not in: %.2000s", what, result.said);
}

/* -- a hub full of it ----------------------------------------------------------------------------------------- */

static void on_receipt(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    shown_hub *hub = whose;

    (void)ticket;
    hub->kept += receipt->result == LB_RESULT_KEPT;
    hub->refused += receipt->result == LB_RESULT_REFUSED;
}

static void push(shown_hub *hub, const char *format, lb_span body)
{
    uint64_t ticket;

    assert_int_equal(
        lb_client_push(hub->client, LB_EMPTY, lb_span_of(format), body, DEADLINE_MS, &ticket),
        LB_OK);
}

/* Bytes in carriers' formats: kept with odd places, or refused with odd reasons. */
static const struct {
    const char *format, *text;
} telegrams[] = {
    {"hub.csv", "event,time,zone,place,container\nGTIN,2026-03-12 10:05,Asia/Shanghai,\"" HOSTILE
                "\"," BOX "\n"},
    {"hub.csv", "event,time,zone,place,container\n\"" HOSTILE
                "\",2026-03-12 10:05,Asia/Shanghai,CNULZ," BOX "\n"},
    {"hub.csv",
     "event,time,zone,place,container\nGTIN,\"" HOSTILE "\",Asia/Shanghai,CNULZ," BOX "\n"},
    {"hub.csv", "event,time," HOSTILE ",place\nGTIN,2026-03-12 10:05,x,CNULZ\n"},
    {"hub.csv",
     "event,time,zone,place,container\nGTIN,2026-03-12 10:05,Asia/Shanghai,\x9b\xff\xfe," BOX "\n"},
    {"hub.report", "{\"magic\":\"landbridge.report\",\"" HOSTILE "\":1}"},
    {"hub.report", "{\"magic\":\"landbridge.report\",\"\\u001b[2J\\u202e\":1}"},
    {"hub.report", "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"\\u001b[2J\"}]}"},
    {"hub.iftsta",
     "UNB+UNOC:3+" HOSTILE "+LANDPORT+260312:0930+417'UNH+1+IFTSTA:D:00B:UN'BGM+77+" HOSTILE
     "+9'CNI+1+LB'STS+1+" HOSTILE "'LOC+5+" HOSTILE ":139:6'EQD+CN+" HOSTILE "'UNT+8+1'UNZ+1+417'"},
    {"air.fsu",
     "FSU/14\r\n784-30418264PVGURC/T24K812.5\r\nDLV/13MAR1030/URC/T24K812.5/" HOSTILE "\r\n"},
    {"air.fsr", "FSR\r\n784-30418264PVGURC\r\n"},
    {"air.fsu", HOSTILE},
    {"hub.dcsa", "[{\"eventID\":\"" HOSTILE "\"}]"},
    {"rail.taf",
     "<TrainRunningInformationMessage><a>" HOSTILE "</b></TrainRunningInformationMessage>"},
    {"road.freight", "{\"x\":\"" HOSTILE "\"}"},
};
enum { TELEGRAMS = sizeof telegrams / sizeof telegrams[0] };

static void fill_hub(shown_hub *hub)
{
    char path[PATH_BYTES];
    lb_span report;

    for (hub->fields = 0; (report = report_of(&hub->arena, hub->fields, path)).len > 0;
         hub->fields++) {
        assert_true(hub->fields < FIELDS_MAX);
        push(hub, "hub.report", report);
    }
    for (size_t i = 0; i < TELEGRAMS; i++)
        push(hub, telegrams[i].format, lb_span_of(telegrams[i].text));
    assert_int_equal(lb_client_flush(hub->client, DEADLINE_MS), LB_OK);
    print_message("%zu text fields: %lld kept, %lld refused\n", hub->fields, (long long)hub->kept,
                  (long long)hub->refused);
    assert_true(hub->fields > 30 && hub->kept > 30 && hub->refused > 3);
}

static int set_up(void **state)
{
    static shown_hub made;
    lb_query query;
    const lb_answer *answer;

    made = (shown_hub){.pid = 0};
    scratch_make(&made.folder);
    lb_arena_init(&made.arena, 64 * 1024 * 1024);
    snprintf(made.data, sizeof made.data, "%s", scratch_path(&made.folder, "data"));
    const char *config = scratch_path(&made.folder, "hub.conf");
    assert_true(live_config(config));
    made.pid = live_start(LB_BIN_DIR "/landbridged", made.data, config,
                          scratch_path(&made.folder, "log"), NULL);
    assert_int_equal(lb_client_open(&made.client, made.data), LB_OK);
    lb_client_on_receipt(made.client, on_receipt, &made);
    fill_hub(&made);
    lb_query_init(&query, LB_ASK_STATUS);
    assert_int_equal(lb_client_ask(made.client, &query, DEADLINE_MS, &answer), LB_OK);
    lb_query_init(&query, LB_ASK_TRACK);
    query.track.reference = LB_SPAN(BOX);
    ask_at_least(&query, lb_position_number(&answer->status.head));
    assert_int_equal(lb_client_ask(made.client, &query, DEADLINE_MS, &answer), LB_OK);
    *state = &made;
    return 0;
}

static int tear_down(void **state)
{
    shown_hub *hub = *state;

    lb_client_close(&hub->client);
    kill(hub->pid, SIGTERM);
    waitpid(hub->pid, NULL, 0);
    lb_arena_fini(&hub->arena);
    scratch_remove(&hub->folder);
    return 0;
}

/* -- tests -------------------------------------------------------------------------------------------------- */

static void test_no_answer_of_the_hub_moves_a_cursor(void **state)
{
    const shown_hub *hub = *state;

    AT(hub, "track", BOX, "--all");
    assert_shown("\\u001b[2J");
    assert_shown("\\u202e");
    AT(hub, "track", BOX, "--json");
    AT(hub, "track", "BK7001", "--all");
    AT(hub, "track", "784-30418264");
    AT(hub, "track", TRAIN);
    AT(hub, "track", HOSTILE);
    AT(hub, "track", HOSTILE, "--json");
    AT(hub, "stream", "--to-head");
    assert_shown("\\u001b[2J");
    AT(hub, "stream", "--to-head", "--json");
    assert_shown("\\u001b[2J");
    AT(hub, "stream", "--to-head", "--as", "hub.dcsa");
    assert_shown("\\u001b[2J");
    AT(hub, "stream", "--to-head", "--as", "hub.dcsa:2.2");
    AT(hub, "feeds");
    AT(hub, "feeds", "--json");
    AT(hub, "capacity", TRAIN);
    AT(hub, "capacity", TRAIN, "--json");
    AT(hub, "capacity", "DEPARTURE:");
    AT(hub, "capacity", "BAN:");
    AT(hub, "departures", "--after", "2026-03-10", "--before", "2026-03-20");
    AT(hub, "departures", "--after", "2026-03-10", "--before", "2026-03-20", "--json");
    AT(hub, "find-space", "--from", "CNULZ", "--to", "UZTAS", "--after", "2026-03-10", "--before",
       "2026-03-20");
    AT(hub, "yard", "--list", "--time", "2026-03-12T12:00:00+08:00");
    AT(hub, "yard", "--json");
    AT(hub, "admin", "dump");
    assert_shown("forged");
    AT(hub, "admin", "status");
    AT(hub, "admin", "status", "--json");
    AT(hub, "admin", "verify");
}

static void test_no_quarantine_moves_a_cursor(void **state)
{
    const shown_hub *hub = *state;

    AT(hub, "quarantine", "list");
    AT(hub, "quarantine", "list", "--json");
    for (int64_t id = 1; id <= hub->refused; id++) {
        char number[24];
        snprintf(number, sizeof number, "%lld", (long long)id);
        AT(hub, "quarantine", "show", number);
        AT(hub, "quarantine", "show", number, "--json");
        AT(hub, "quarantine", "release", number);
    }
    AT(hub, "quarantine", "release", "1", "--format", HOSTILE);
}

static void test_neither_parties_nor_the_audit_move_a_cursor(void **state)
{
    static const char key[] = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
    const shown_hub *hub = *state;

    AT(hub, "admin", "party", "add", "lianhe", "SHIPPER", "see:bkg:" HOSTILE, "--public", key);
    AT(hub, "admin", "party", "add", HOSTILE, "SHIPPER", "--public", key);
    AT(hub, "admin", "party", "grant", "lianhe", HOSTILE);
    AT(hub, "admin", "party", "list");
    AT(hub, "admin", "party", "list", "--json");
    AT(hub, "track", HOSTILE);
    usleep(500 * 1000); /* notes are written within 200 ms */
    AT(hub, "admin", "audit");
    assert_shown("forged");
    AT(hub, "admin", "audit", "--json");
    AT(hub, "admin", "audit", "--party", HOSTILE);
    AT(hub, "admin", "audit", "verify");
}

static const char *write_message(const shown_hub *hub, const char *name, lb_span body)
{
    const char *path = scratch_path(&hub->folder, name);
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(body.at, 1, body.len, file), body.len);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void inspect(const shown_hub *hub, const char *format, lb_span body)
{
    const char *path = write_message(hub, "message", body);

    AT(hub, "inspect", "--format", format, path);
    assert_json_lines("inspect");
    AT(hub, "inspect", "--format", format, "--text", path);
    AT(hub, "inspect", "--format", format, "--explain", path);
    AT(hub, "inspect", "--format", format, "--explain", "--json", path);
    assert_json_lines("inspect --explain");
}

/* Field by field, without a hub between: the content of the file is printed. */
static void test_inspect_moves_no_cursor(void **state)
{
    shown_hub *hub = *state;
    char path[PATH_BYTES];
    lb_span report;

    for (size_t number = 0; (report = report_of(&hub->arena, number, path)).len > 0; number++)
        inspect(hub, "hub.report", report);
    for (size_t i = 0; i < TELEGRAMS; i++)
        inspect(hub, telegrams[i].format, lb_span_of(telegrams[i].text));
    inspect(hub, "auto", LB_SPAN("\0\033[2J\302\233 no language\177\377\376"));
    inspect(hub, "auto", LB_SPAN("no language\302\233\342\200\256\177\377\376 line\n"));
}

/* Names of files, sources, formats and options are texts too. */
static void test_what_a_command_complains_about_moves_no_cursor(void **state)
{
    const shown_hub *hub = *state;
    const char *sound = write_message(hub, "sound", lb_span_of(telegrams[0].text));
    char odd[SCRATCH_PATH_ROOM], worse[SCRATCH_PATH_ROOM];

    snprintf(odd, sizeof odd, "%s",
             write_message(hub, HOSTILE ".csv", lb_span_of(telegrams[1].text)));
    snprintf(worse, sizeof worse, "%s",
             write_message(hub, "\x9b\xff" HOSTILE ".fsu", lb_span_of(telegrams[11].text)));
    AT(hub, "send", odd);
    assert_shown("\\u001b[2J");
    AT(hub, "send", odd, worse, "--json");
    AT(hub, "send", "--format", "air.fsu", worse);
    AT(hub, "send", "--format", "air.fsr",
       write_message(hub, "question", LB_SPAN("FSR\r\n784-30418264PVGURC\r\n")));
    assert_shown("    FSA");
    AT(hub, "send", "--format", HOSTILE, sound);
    AT(hub, "send", "--source", HOSTILE, sound);
    AT(hub, "send", "/nowhere/" HOSTILE);
    AT(hub, "inspect", odd, "--text");
    AT(hub, "inspect", "--format", HOSTILE, odd);
    AT(hub, "inspect", "--source", HOSTILE, odd);
    AT(hub, "stream", "--to-head", "--as", HOSTILE);
    AT(hub, "stream", "--to-head", "--filter", HOSTILE);
    AT(hub, "stream", "--from", HOSTILE);
    AT(hub, "yard", "--place", HOSTILE);
    AT(hub, "yard", "--time", HOSTILE);
    AT(hub, "yard", "--zone", HOSTILE);
    AT(hub, "yard", "--" HOSTILE);
    AT(hub, "capacity", HOSTILE);
    AT(hub, "departures", "--from", HOSTILE);
    AT(hub, "find-space", "--from", HOSTILE, "--to", HOSTILE, "--need", HOSTILE);
    AT(hub, "quarantine", "show", HOSTILE);
    AT(hub, "play", HOSTILE);
    AT(hub, "admin", "backup", "/nowhere/" HOSTILE);
    AT(hub, "admin", "restore", HOSTILE, "--data", "/nowhere/" HOSTILE);
    AT(hub, "admin", "keygen", "/nowhere/" HOSTILE);
    AT(hub, "admin", "check-profile", HOSTILE);
    AT(hub, "admin", "check-profile",
       write_message(hub, "profile.ini", LB_SPAN("[source]\nid = \033[2J\302\233\nzone = UTC\n")));
    AT(hub, "admin", "check-profile",
       write_message(hub, "profile.ini", LB_SPAN("[source]\n\033[2J = 1\n")));
    AT(hub, "track", BOX, "--key", HOSTILE);
    RUN(&result, HOSTILE);
    assert_printable("a command that is none");
    RUN(&result, "admin", "status", "--at", HOSTILE);
    assert_printable("a folder that is none");
    RUN(&result, "admin", "status", "--at", "tcp://" HOSTILE ":5710");
    assert_printable("a host that is none");
}

/* Operators read the log in a terminal as well. */
static void test_the_log_of_the_hub_moves_no_cursor(void **state)
{
    const shown_hub *hub = *state;
    char path[2 * SCRATCH_PATH_ROOM];

    snprintf(path, sizeof path, "%s/sources/\033[2J\302\233.ini", hub->data);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("[source]\n\033[2J\302\233\342\200\256 = 1\n", file);
    fclose(file);
    char plain[2 * SCRATCH_PATH_ROOM];
    snprintf(plain, sizeof plain, "%s/sources/odd.ini", hub->data);
    assert_int_equal(rename(path, plain), 0);
    const char *sound = write_message(hub, "sound", lb_span_of(telegrams[0].text));
    AT(hub, "send", "--source", "odd", sound);
    assert_shown("\\u001b[2J");
    FILE *log = fopen(scratch_path(&hub->folder, "log"), "r");
    assert_non_null(log);
    result.len = fread(result.said, 1, RUN_ROOM - 1, log);
    result.said[result.len] = '\0';
    fclose(log);
    assert_printable("landbridged");
    assert_shown("CFG-SOURCE");
    assert_shown("\\u001b[2J\\u009b\\u202e");
}

/* Operators read the reason in a terminal, from the file beside the rejected one. */
static void test_the_reason_beside_a_rejected_file_moves_no_cursor(void **state)
{
    const shown_hub *hub = *state;
    char fresh[2 * SCRATCH_PATH_ROOM], there[2 * SCRATCH_PATH_ROOM], why[2 * SCRATCH_PATH_ROOM];

    snprintf(fresh, sizeof fresh, "%s",
             write_message(hub, "odd.json", lb_span_of(telegrams[6].text)));
    snprintf(there, sizeof there, "%s/spool/odd.json", hub->data);
    snprintf(why, sizeof why, "%s/spool/rejected/odd.json.txt", hub->data);
    assert_int_equal(rename(fresh, there), 0);
    result.len = 0;
    for (int64_t until_ms = live_now_ms() + DEADLINE_MS; result.len == 0; usleep(10000)) {
        assert_true(live_now_ms() < until_ms);
        FILE *file = fopen(why, "r");
        if (file == NULL)
            continue;
        result.len = fread(result.said, 1, RUN_ROOM - 1, file);
        result.said[result.len] = '\0';
        fclose(file);
    }
    assert_printable("the reason of a rejected file");
    assert_shown("\\u001b[2J\\u202e");
}

static void test_what_landbridged_complains_about_moves_no_cursor(void **state)
{
    const shown_hub *hub = *state;
    static const char *const words[][6] = {
        {"--data", "/nowhere/" HOSTILE},
        {"--data", "/nowhere/x", "--config", "/nowhere/" HOSTILE},
        {"--restore", "/nowhere/" HOSTILE, "--data", "/nowhere/" HOSTILE},
        {"--restore", "/nowhere/x", "--data", "/nowhere/x", "--until", HOSTILE},
        {"--data", "/nowhere/x", "--" HOSTILE},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        run_program(&result, LB_BIN_DIR "/landbridged", words[i]);
        assert_true(result.code > 0);
        assert_printable("landbridged");
    }
    const char *config =
        write_message(hub, "odd.conf", LB_SPAN("[listen]\n\033[2J\302\233\342\200\256 = 1\n"));
    run_program(&result, LB_BIN_DIR "/landbridged",
                (const char *const[]){"--data", "/nowhere/x", "--config", config, NULL});
    assert_true(result.code > 0);
    assert_printable("landbridged");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_answer_of_the_hub_moves_a_cursor),
        cmocka_unit_test(test_no_quarantine_moves_a_cursor),
        cmocka_unit_test(test_neither_parties_nor_the_audit_move_a_cursor),
        cmocka_unit_test(test_inspect_moves_no_cursor),
        cmocka_unit_test(test_what_a_command_complains_about_moves_no_cursor),
        cmocka_unit_test(test_the_log_of_the_hub_moves_no_cursor),
        cmocka_unit_test(test_the_reason_beside_a_rejected_file_moves_no_cursor),
        cmocka_unit_test(test_what_landbridged_complains_about_moves_no_cursor),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
