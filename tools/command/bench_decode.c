/* bench_decode.c - measures the speed of the adapters, on one core, without a hub.
 *
 * First four generated messages, each with its figure:
 *
 *   position   a JT/T 808 position with the items of a truck          ns a message
 *   status     an FSU with 30 status lines                            ns a line
 *   tokenise   IFTSTA, 1,000 messages cut into segments and values    MB/s
 *   tree, xml  a TAF composition of 50 wagons as a tree, and read     ratio to expat with empty handlers
 *
 * then every golden of every adapter that reads without refusal. "Read" is the adapter's work; "finished" includes
 * lb_event_finish, the hub's work before the journal: places resolved, the event packed, its identity hashed. All
 * but the first two rows include it. Time is that of the thread; the ratio is of one run. */
#include "bench_decode.h"

#include <dirent.h>
#include <expat.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "edi.h"
#include "landbridge/adapter/adapter.h"
#include "xml.h"

enum {
    SINK_BYTES = 64 * 1024 * 1024,
    FILE_MAX = 8 * 1024 * 1024,
    PATH_ROOM = 1024,
    STATUSES = 30,
    INTERCHANGE = 1000, /* messages */
    WAGONS = 50,
};

#define TREE_GOLDENS "tests/golden" /* in the root of the sources */

static const int64_t measure_us = 400000;                            /* of each row */
static const lb_reading at_noon = {INT64_C(1773316800000000), NULL}; /* 2026-03-12T12:00Z */

typedef struct pace {
    double seconds;
    int64_t rounds;
} pace;

typedef struct work { /* a piece of work to repeat */
    const lb_adapter *adapter;
    lb_reading reading;
    lb_span message;
    lb_sink *sink;
    int64_t values; /* used, so that nothing is optimised away */
} work;

/* The processor time of this thread, since other processes may be busy. */
static int64_t core_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static pace repeat(void (*once)(work *), work *self, int64_t span_us)
{
    pace out = {0};
    once(self); /* warms up memory and caches */
    int64_t start_us = core_now_us(), now_us = start_us;
    for (; now_us - start_us < span_us; now_us = core_now_us())
        for (int i = 0; i < 16; i++, out.rounds++)
            once(self);
    out.seconds = (double)(now_us - start_us) / 1e6;
    return out;
}

static double ns_each(pace run, int64_t things)
{
    return run.seconds * 1e9 / (double)run.rounds / (double)things;
}

static double mb_each_second(pace run, size_t bytes)
{
    return (double)bytes * (double)run.rounds / run.seconds / 1e6;
}

static void read_once(work *self)
{
    lb_sink_reset(self->sink);
    lb_adapter_read(self->adapter, &self->reading, self->message, self->sink);
}

static void read_unfinished_once(work *self)
{
    lb_sink_reset(self->sink);
    lb_adapter_read_unfinished(self->adapter, &self->reading, self->message, self->sink);
}

static bool work_open(work *self, const char *adapter, lb_span message)
{
    *self = (work){
        .adapter = lb_adapter_find(lb_span_of(adapter)), .reading = at_noon, .message = message};
    self->reading.source = lb_source_default();
    return lb_sink_open(&self->sink, SINK_BYTES) == LB_OK;
}

/* -- generated messages ------------------------------------------------------------------------ */

typedef struct
    text_message { /* a text that grows; its memory is checked once, after it is closed */
    char *at;
    size_t len, room;
} text_message;

static void add(text_message *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(text_message *text, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int len = vsnprintf(text->at + text->len, text->room - text->len, format, list);
    va_end(list);
    if (len > 0 && (size_t)len < text->room - text->len)
        text->len += (size_t)len;
}

static void add_position(text_message *text)
{
    add(text, "7e0200003001391234567800070000000000000003029ca3e00538ab80035202"
              "0b010f26031217150001040012d687020208660302020830011f31010c9f7e");
    hex_read(text->at, &text->len);
}

static void add_fsu(text_message *text)
{
    add(text, "FSA/14\r\n784-30418264PVGURC/T24K812.5\r\n");
    for (int i = 0; i < STATUSES; i++)
        add(text, "RCF/CZ5417/12MAR%02d%02d/URC/P%dK%d.5\r\n", 6 + i / 10, i, i % 20 + 1, 30 + i);
}

static void add_interchange(text_message *text)
{
    add(text, "UNB+UNOC:3+CNRAIL+LANDPORT+260312:0930+417'");
    for (int i = 0; i < INTERCHANGE; i++)
        add(text,
            "UNH+%d+IFTSTA:D:00B:UN'BGM+77+ST%d+9'DTM+137:202603120925:203'NAD+CA+CNRAIL'"
            "CNI+1+LB26%05d'STS+1+24'RFF+BN:URQ%05d'DTM+334:20260312091500?+08:304'"
            "LOC+5+CNULZ:139:6'TDT+20+X8173+2++CNRAIL'LOC+9+CNULZ:139:6'"
            "EQD+CN+LBKU2048176+45G1:102:5+++5'UNT+13+%d'",
            i, i, i, i, i);
    add(text, "UNZ+%d+417'", INTERCHANGE);
}

static void add_wagon(text_message *text, int position)
{
    add(text,
        "  <WagonData>\n   <WagonNumberFreight>355108014406</WagonNumberFreight>\n"
        "   <WagonTrainPosition>%d</WagonTrainPosition>\n"
        "   <WagonOperationalData><BrakeType>G</BrakeType><TotalLoadWeight>52300</TotalLoadWeight>"
        "</WagonOperationalData>\n   <WagonTechData><LengthOverBuffers>1974</LengthOverBuffers>"
        "<WagonNumberOfAxles>4</WagonNumberOfAxles><WagonWeightEmpty>20500</WagonWeightEmpty>"
        "</WagonTechData>\n   <IntermodalTransportData><TypeOfLoadUnit>01</TypeOfLoadUnit>"
        "<LoadUnitNumber>LBKU2048176</LoadUnitNumber></IntermodalTransportData>\n  </WagonData>\n",
        position);
}

static void add_composition(text_message *text)
{
    add(text, "<TrainCompositionMessage xmlns=\"http://www.era.europa.eu/schemes/TAFTSI/3.4\">\n"
              " <MessageHeader><MessageReference><MessageType>3003</MessageType>"
              "<MessageTypeVersion>3.4.1</MessageTypeVersion>"
              "<MessageIdentifier>5b1f4c60-2d1e-4c0a-9f37-000000000027</MessageIdentifier>"
              "<MessageDateTime>2026-03-11T22:40:00+01:00</MessageDateTime></MessageReference>"
              "<Sender>2180</Sender><Recipient>0080</Recipient></MessageHeader>\n"
              " <MessageStatus>1</MessageStatus>\n <OperationalTrainNumberIdentifier>"
              "<OperationalTrainNumber>41807</OperationalTrainNumber>"
              "<ScheduledTimeAtHandover>2026-03-11T23:20:00+01:00</ScheduledTimeAtHandover>"
              "</OperationalTrainNumberIdentifier>\n <TrainCompositionJourneySection>\n"
              "  <JourneySection><JourneySectionOrigin><CountryCodeISO>DE</CountryCodeISO>"
              "<LocationPrimaryCode>2917</LocationPrimaryCode></JourneySectionOrigin>"
              "</JourneySection>\n");
    for (int i = 1; i <= WAGONS; i++)
        add_wagon(text, i);
    add(text, " </TrainCompositionJourneySection>\n</TrainCompositionMessage>\n");
}

/* -- the four figures ----------------------------------------------------------------------------- */

static void tokenise_once(work *self)
{
    lb_edi edi;
    lb_edi_cursor cursor;
    lb_edi_segment segment;
    lb_sink_reset(self->sink);
    if (lb_edi_open(&edi, &self->reading, self->message, self->sink, &cursor) != LB_VERDICT_READ)
        return;
    while (lb_edi_next(&edi, &cursor, &segment))
        for (size_t element = 1; element <= 5; element++)
            self->values += (int64_t)lb_edi_value(&edi, &segment, element, 1).len;
}

static void tree_once(work *self)
{
    lb_xml_fault fault;
    lb_sink_reset(self->sink);
    self->values += lb_xml_read(self->sink, self->message, &fault) != NULL;
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    (void)user, (void)name, (void)attributes;
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
    (void)user, (void)name;
}

static void XMLCALL on_text(void *user, const XML_Char *text, int len)
{
    (void)user, (void)text, (void)len;
}

static void expat_once(work *self)
{
    XML_Parser parser = XML_ParserCreate(NULL);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    self->values += XML_Parse(parser, self->message.at, (int)self->message.len, XML_TRUE);
    XML_ParserFree(parser);
}

static void measure_position(work *self)
{
    pace run = repeat(read_unfinished_once, self, measure_us),
         finished = repeat(read_once, self, measure_us);
    printf("position    road.jt808   %8.0f ns/message, %.0f finished\n", ns_each(run, 1),
           ns_each(finished, 1));
}

static void measure_status(work *self)
{
    pace run = repeat(read_unfinished_once, self, measure_us),
         finished = repeat(read_once, self, measure_us);
    printf("status      air.fsu      %8.0f ns/line, %.0f finished\n", ns_each(run, STATUSES),
           ns_each(finished, STATUSES));
}

static void measure_tokens(work *self)
{
    pace run = repeat(tokenise_once, self, measure_us);
    printf("tokenise    kit/edi      %8.0f MB/s\n", mb_each_second(run, self->message.len));
}

static void measure_xml(work *self)
{
    pace bare = repeat(expat_once, self, measure_us), tree = repeat(tree_once, self, measure_us),
         whole = repeat(read_once, self, measure_us);
    printf("expat       no handlers  %8.0f MB/s\n", mb_each_second(bare, self->message.len));
    printf("tree        kit/xml      %8.0f MB/s, %.2f times the time of expat\n",
           mb_each_second(tree, self->message.len), ns_each(tree, 1) / ns_each(bare, 1));
    printf("xml         rail.taf     %8.0f MB/s, %.2f times the time of expat\n",
           mb_each_second(whole, self->message.len), ns_each(whole, 1) / ns_each(bare, 1));
}

static bool measure_made(const char *adapter, void (*make)(text_message *), void (*measure)(work *))
{
    text_message text = {malloc(FILE_MAX), 0, FILE_MAX};
    work self = {0};
    bool is_fine = text.at != NULL;
    if (is_fine) {
        make(&text);
        is_fine = work_open(&self, adapter, (lb_span){text.at, text.len});
    }
    if (is_fine)
        measure(&self);
    lb_sink_close(&self.sink);
    free(text.at);
    return is_fine;
}

/* -- the goldens ---------------------------------------------------------------------------------- */

typedef struct tally {
    int64_t messages, events;
    double bytes, ns;
} tally;

static bool find_input(const char *folder, char path[PATH_ROOM])
{
    DIR *dir = opendir(folder);
    bool is_found = false;
    for (struct dirent *entry; dir != NULL && !is_found && (entry = readdir(dir)) != NULL;) {
        is_found = strncmp(entry->d_name, "input.", 6) == 0;
        if (is_found)
            snprintf(path, PATH_ROOM, "%.700s/%.250s", folder, entry->d_name);
    }
    if (dir != NULL)
        closedir(dir);
    return is_found;
}

static void measure_case(const lb_adapter *adapter, const char *folder, lb_sink *sink, tally *all)
{
    char path[PATH_ROOM], *bytes = NULL;
    size_t len = 0;
    if (!find_input(folder, path) || !file_read(path, FILE_MAX, &bytes, &len))
        return;
    hex_read(bytes, &len);
    work self = {.adapter = adapter, .reading = at_noon, .message = {bytes, len}, .sink = sink};
    self.reading.source = lb_source_default();
    lb_span rest = self.message, message;
    if (adapter->split != NULL && adapter->split(&rest, &message) == LB_OK)
        self.message = message;
    lb_sink_reset(sink);
    if (lb_adapter_read(adapter, &self.reading, self.message, sink) == LB_VERDICT_READ) {
        all->ns += ns_each(repeat(read_once, &self, measure_us / 40), 1);
        all->bytes += (double)self.message.len;
        all->events += (int64_t)lb_sink_count(sink);
        all->messages++;
    }
    free(bytes);
}

static void measure_goldens(const lb_adapter *adapter, const char *goldens, lb_sink *sink)
{
    char folder[PATH_ROOM], one[PATH_ROOM];
    tally all = {0};
    snprintf(folder, sizeof folder, "%.500s/%s", goldens, adapter->name);
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(one, sizeof one, "%.600s/%.255s", folder, entry->d_name);
        measure_case(adapter, one, sink, &all);
    }
    if (dir != NULL)
        closedir(dir);
    if (all.messages == 0)
        return;
    printf("%-16s %8lld %10.0f %8.1f %10.0f\n", adapter->name, (long long)all.messages,
           (double)all.messages * 1e9 / all.ns, all.bytes * 1e3 / all.ns,
           all.ns / (double)(all.events > 0 ? all.events : all.messages));
}

static void measure_all_goldens(const char *goldens, lb_sink *sink)
{
    size_t count;
    const lb_adapter *const *all = lb_adapters(&count);

    printf("\n%-16s %8s %10s %8s %10s\n", "format", "messages", "messages/s", "MB/s", "ns/event");
    for (size_t i = 0; i < count; i++)
        measure_goldens(all[i], goldens, sink);
}

int bench_decode(const char *goldens)
{
    lb_sink *sink = NULL;

    if (goldens == NULL && access(TREE_GOLDENS, R_OK | X_OK) == 0)
        goldens = TREE_GOLDENS;
    if (!measure_made("road.jt808", add_position, measure_position) ||
        !measure_made("air.fsu", add_fsu, measure_status) ||
        !measure_made("hub.iftsta", add_interchange, measure_tokens) ||
        !measure_made("rail.taf", add_composition, measure_xml) ||
        lb_sink_open(&sink, SINK_BYTES) != LB_OK) {
        fputs("landbridge bench: not enough memory\n", stderr);
        return EXIT_TROUBLE;
    }
    bool is_fine = goldens == NULL || access(goldens, R_OK | X_OK) == 0;
    if (!is_fine)
        complain("landbridge bench: no folder %s; --goldens names the goldens to read\n", goldens);
    else if (goldens == NULL)
        puts("\nno goldens here; in a tree of the sources, or with --goldens FOLDER, they are read "
             "too");
    else
        measure_all_goldens(goldens, sink);
    lb_sink_close(&sink);
    return is_fine ? EXIT_FINE : EXIT_USAGE;
}
