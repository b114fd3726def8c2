/* csv.c - events and capacity as a table, from spreadsheets.
 *
 *     event;time;place;container;wagon;train;run date        one event a row
 *     GTIN;12.03.2026 10:05;CNULZ;LBKU2048176;;;
 *
 *     resource;resource kind;time;unit;state;quantity        one figure of a capacity a row
 *     YARD-A;YARD_BLOCK;2026-03-12 08:00;TEU;NOMINAL;1200
 *
 * Headings, events and states may be English, Chinese or Russian (csv_columns.def, csv_words.def); columns stand in
 * any order, and unknown ones are ignored. Delimiter and charset are detected (kit/csv.h). The zone of a time is
 * its own, else that of the column "zone", else of the source's profile, else of the place. A row that cannot be
 * read is a doubt that names its number; the others are read. */
#include "csv.h"

#include "dates.h"
#include "landbridge/client/ident.h"

typedef enum csv_column {
#define COLUMN(name, english, chinese, russian) COL_##name,
#include "csv_columns.def"
#undef COLUMN
    COLUMNS
} csv_column;

typedef struct entry { /* one row */
    const lb_reading *reading;
    lb_sink *sink;
    lb_csv *table;
    lb_event *event;
} entry;

/* -- words ---------------------------------------------------------------------------------------- */

/* The next character, in lower case (ASCII and Russian); '_' and '-' are blanks. Other characters byte by byte. */
static unsigned next_folded(const char **at, const char *end)
{
    unsigned char c = (unsigned char)*(*at)++;
    if (c >= 'A' && c <= 'Z')
        return c + 32u;
    if (c == '_' || c == '-')
        return ' ';
    if ((c != 0xd0 && c != 0xd1) || *at == end)
        return c;
    unsigned code = (c & 0x1fu) << 6 | ((unsigned char)*(*at)++ & 0x3fu);
    if (code >= 0x410 && code <= 0x42f) /* capital letters, 32 before the small ones */
        return code + 32;
    return code == 0x401 || code == 0x451 ? 0x435 : code; /* the e with two dots is an e */
}

static bool is_same(lb_span a, const char *b)
{
    if (a.len == 0)
        return b[0] == '\0';
    const char *x = a.at, *x_end = a.at + a.len, *y = b, *y_end = b + strlen(b);
    while (x < x_end && y < y_end)
        if (next_folded(&x, x_end) != next_folded(&y, y_end))
            return false;
    return x == x_end && y == y_end;
}

static bool is_any(lb_span text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_same(text, words[i]))
            return true;
    return false;
}

static int name_column(lb_span name)
{
    static const char *const names[COLUMNS][3] = {
#define COLUMN(name, english, chinese, russian) {english, chinese, russian},
#include "csv_columns.def"
#undef COLUMN
    };
    for (int i = 0; i < COLUMNS; i++)
        if (is_any(name, names[i], 3))
            return i;
    return -1;
}

static lb_event_type find_type(lb_span text)
{
    static const struct {
        lb_event_type type;
        const char *words[3];
    } types[] = {
#define WORD(type, english, chinese, russian) {LB_EVENT_##type, {english, chinese, russian}},
#include "csv_words.def"
#undef WORD
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (is_any(text, types[i].words, 3) || is_same(text, lb_event_type_code(types[i].type)))
            return types[i].type;
    return lb_event_type_from_code(text);
}

static bool find_classifier(lb_span text, lb_classifier *out)
{
    static const struct {
        lb_classifier classifier;
        const char *words[4];
    } classifiers[] = {
        {LB_CLASSIFIER_ACTUAL, {"ACT", "actual", "实际", "факт"}},
        {LB_CLASSIFIER_ESTIMATED, {"EST", "estimated", "预计", "прогноз"}},
        {LB_CLASSIFIER_PLANNED, {"PLN", "planned", "计划", "план"}},
        {LB_CLASSIFIER_REQUESTED, {"REQ", "requested", "申请", "запрос"}},
    };
    for (size_t i = 0; i < sizeof classifiers / sizeof classifiers[0]; i++)
        if (is_any(text, classifiers[i].words, 4)) {
            *out = classifiers[i].classifier;
            return true;
        }
    return false;
}

/* -- cells ---------------------------------------------------------------------------------------- */

static lb_span cell(const entry *of, csv_column column)
{
    return lb_csv_cell(of->table, of->event, (int)column);
}

static bool has(const entry *of, csv_column column)
{
    return lb_csv_where(of->table, (int)column).len > 0;
}

/* A doubt that names the row in its text; its offset is that of the cell. */
static void doubt_cell(const entry *of, csv_column column, lb_doubt_code code, const char *words)
{
    lb_span where = lb_csv_where(of->table, (int)column);
    lb_span note = lb_sink_print(of->sink, "row %lld: %s: %.*s", (long long)of->table->row, words,
                                 LB_ARG(cell(of, column)));
    lb_mark_copy(of->sink, where, note);
    lb_doubt(of->sink, of->event, note, code);
}

static void doubt_row(const entry *of, const char *words)
{
    lb_span note = lb_sink_print(of->sink, "row %lld: %s", (long long)of->table->row, words);
    lb_mark_copy(of->sink, of->table->where, note);
    lb_doubt(of->sink, NULL, note, LB_DOUBT_GRAMMAR_ODD);
}

static int64_t number(const entry *of, csv_column column, int digits)
{
    int64_t value;
    lb_span text = cell(of, column);
    if (text.len == 0)
        return LB_UNKNOWN;
    if (lb_span_decimal(text, digits, &value))
        return value;
    doubt_cell(of, column, LB_DOUBT_GRAMMAR_ODD, "no number");
    return LB_UNKNOWN;
}

/* "12.03.2026" and "10:05" may stand in two columns. */
static lb_span time_text(const entry *of, csv_column column)
{
    lb_span time = cell(of, column), date = column == COL_TIME ? cell(of, COL_DATE) : LB_EMPTY;
    if (date.len == 0)
        return time;
    if (time.len == 0)
        return date;
    lb_span both = lb_sink_print(of->sink, "%.*s %.*s", LB_ARG(date), LB_ARG(time));
    lb_mark_copy(of->sink, lb_csv_where(of->table, COL_DATE), both);
    return both;
}

static void say_time(const entry *of, lb_when *when, csv_column column, const lb_place *place)
{
    lb_civil civil = {0};
    int64_t offset_min = LB_UNKNOWN;
    lb_precision prec;
    lb_span text = time_text(of, column), zone_name = cell(of, COL_ZONE);
    const lb_zone *zone = lb_zone_find(zone_name);
    if (text.len == 0)
        return;
    if (!lb_dates_read(text, &civil, &offset_min, &prec)) {
        when->local_text = text;
        doubt_cell(of, lb_csv_where(of->table, (int)column).len > 0 ? column : COL_DATE,
                   LB_DOUBT_TIME_IMPOSSIBLE, "no time");
        return;
    }
    if (zone_name.len > 0 && zone == NULL)
        doubt_cell(of, COL_ZONE, LB_DOUBT_TIME_NO_ZONE, "no such zone");
    if (offset_min == LB_UNKNOWN && zone != NULL && lb_civil_is_valid(&civil))
        offset_min = lb_zone_offset_for(zone, &civil);
    lb_when_set(of->event, when, &civil, offset_min, prec, text, of->reading->source, place);
}

static int64_t moment(const entry *of, csv_column column)
{
    lb_when when = {.utc_us = LB_UNKNOWN, .offset_min = LB_UNKNOWN, .until_us = LB_UNKNOWN};
    say_time(of, &when, column, &of->event->place);
    return when.utc_us;
}

/* A UN/LOCODE or key of the hub's table, an airport's three letters, or a name. */
static void say_place(const entry *of, lb_place *place, csv_column column)
{
    lb_span text = cell(of, column);
    bool is_code = text.len == 5 || text.len == 3;
    for (size_t i = 0; i < text.len; i++)
        is_code = is_code && ((text.at[i] >= 'A' && text.at[i] <= 'Z') ||
                              (text.at[i] >= '2' && text.at[i] <= '9'));
    if (is_code && text.len == 5)
        place->locode = text;
    else if (is_code)
        place->iata = text;
    else
        place->name = text;
}

/* -- the row -------------------------------------------------------------------------------------- */

static lb_scheme wagon_scheme(lb_span wagon)
{
    return wagon.len == 12 ? LB_SCHEME_UIC12 : wagon.len == 7 ? LB_SCHEME_CN7 : LB_SCHEME_OSJD8;
}

/* The first object present is the subject; the objects after it carry it. */
static void say_objects(const entry *of)
{
    static const struct {
        csv_column column;
        lb_kind kind;
        lb_scheme scheme;
    } objects[] = {
        {COL_CONTAINER, LB_KIND_CONTAINER, LB_SCHEME_ISO6346},
        {COL_ULD, LB_KIND_ULD, LB_SCHEME_ULD},
        {COL_AWB, LB_KIND_CONSIGNMENT, LB_SCHEME_AWB},
        {COL_BOOKING, LB_KIND_CONSIGNMENT, LB_SCHEME_BKG},
        {COL_WAYBILL, LB_KIND_CONSIGNMENT, LB_SCHEME_ADHOC},
        {COL_WAGON, LB_KIND_WAGON, LB_SCHEME_UNSPECIFIED},
        {COL_TRAILER, LB_KIND_TRAILER, LB_SCHEME_PLATE},
        {COL_TRUCK, LB_KIND_TRUCK, LB_SCHEME_PLATE},
    };
    lb_role role = LB_ROLE_SUBJECT;
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
        lb_span id = cell(of, objects[i].column);
        bool is_cargo = objects[i].kind == LB_KIND_CONSIGNMENT;
        if (id.len == 0 || (is_cargo && role != LB_ROLE_SUBJECT))
            continue; /* a document beside a container is its reference */
        lb_scheme scheme =
            objects[i].scheme != LB_SCHEME_UNSPECIFIED ? objects[i].scheme : wagon_scheme(id);
        lb_object *object = lb_event_object(of->event, role, objects[i].kind, scheme, id);
        if (object != NULL && objects[i].kind == LB_KIND_CONTAINER) {
            object->size_type = cell(of, COL_SIZE);
            object->milli_teu = lb_ident_milli_teu(object->size_type);
        }
        role = LB_ROLE_MEANS;
    }
}

static void say_run(const entry *of, csv_column column, lb_kind kind)
{
    lb_civil civil;
    int64_t offset_min;
    lb_precision prec;
    char day[LB_TIME_ROOM];
    lb_span run = cell(of, column), date = cell(of, COL_RUN_DATE);
    bool has_subject = lb_event_find_object(of->event, LB_ROLE_SUBJECT) != NULL;
    if (run.len == 0)
        return;
    of->event->movement.number = run;
    if (!lb_dates_read(date, &civil, &offset_min, &prec)) {
        if (date.len > 0)
            doubt_cell(of, COL_RUN_DATE, LB_DOUBT_TIME_IMPOSSIBLE, "no day");
        return;
    }
    size_t len = lb_date_print(day, sizeof day, &civil);
    of->event->movement.service_date = lb_sink_copy(of->sink, (lb_span){day, len});
    lb_event_run(of->event, has_subject ? LB_ROLE_MEANS : LB_ROLE_SUBJECT, kind, run,
                 of->event->movement.service_date);
}

static void say_references(const entry *of)
{
    lb_event_reference(of->event, LB_SCHEME_AWB, cell(of, COL_AWB), LB_EMPTY);
    lb_event_reference(of->event, LB_SCHEME_BKG, cell(of, COL_BOOKING), LB_EMPTY);
    lb_event_reference(of->event, LB_SCHEME_BL, cell(of, COL_BL), LB_EMPTY);
    lb_event_reference(of->event, LB_SCHEME_ADHOC, cell(of, COL_WAYBILL), LB_EMPTY);
    lb_event_reference(of->event, LB_SCHEME_ADHOC, cell(of, COL_REFERENCE), LB_EMPTY);
}

static void say_cargo(const entry *of)
{
    static const char *const laden[] = {"laden", "full", "L",        "F",
                                        "重",    "重箱", "груженый", "груж"};
    static const char *const empty[] = {"empty", "E", "空", "空箱", "порожний", "пор"};
    lb_event *event = of->event;
    lb_span fill = cell(of, COL_FILL);
    event->qty.pieces = number(of, COL_PIECES, 0);
    event->qty.gross_g = number(of, COL_WEIGHT, 3);
    int64_t litres = number(of, COL_VOLUME, 3);
    if (litres != LB_UNKNOWN && litres >= 0 && litres < INT64_MAX / 1000)
        event->qty.volume_ml = litres * 1000;
    lb_event_seal_number(event, cell(of, COL_SEAL));
    if (is_any(fill, laden, sizeof laden / sizeof laden[0]))
        event->cond.fill = LB_FILL_LADEN;
    else if (is_any(fill, empty, sizeof empty / sizeof empty[0]))
        event->cond.fill = LB_FILL_EMPTY;
    else if (fill.len > 0)
        doubt_cell(of, COL_FILL, LB_DOUBT_CODE_UNMAPPED, "neither laden nor empty");
}

/* RAIL, ROAD, AIR; else by the objects of the row. */
static lb_mode mode_of(const entry *of)
{
    lb_mode mode = LB_MODE_UNSPECIFIED;
    lb_span text = cell(of, COL_MODE);
    if (text.len > 0 && !lb_mode_from_name(text, &mode))
        doubt_cell(of, COL_MODE, LB_DOUBT_CODE_UNMAPPED, "no such mode");
    if (mode == LB_MODE_UNSPECIFIED && (has(of, COL_TRAIN) || has(of, COL_WAGON)))
        mode = LB_MODE_RAIL;
    if (mode == LB_MODE_UNSPECIFIED &&
        (has(of, COL_FLIGHT) || has(of, COL_AWB) || has(of, COL_ULD)))
        mode = LB_MODE_AIR;
    if (mode == LB_MODE_UNSPECIFIED && (has(of, COL_TRUCK) || has(of, COL_TRAILER)))
        mode = LB_MODE_ROAD;
    return mode;
}

static void begin(entry *of, lb_event_type type)
{
    lb_classifier classifier = LB_CLASSIFIER_ACTUAL;
    of->event = lb_say(of->sink);
    lb_span said = cell(of, COL_CLASSIFIER);
    if (said.len > 0 && !find_classifier(said, &classifier))
        doubt_cell(of, COL_CLASSIFIER, LB_DOUBT_CODE_UNMAPPED, "no such classifier");
    lb_event_is(of->event, type, classifier, mode_of(of));
    lb_event_raw(of->event, "CSV", cell(of, COL_TYPE), LB_EMPTY);
    of->event->prov.segment_no = of->table->row;
    of->event->prov.party = has(of, COL_CARRIER) ? cell(of, COL_CARRIER) : of->event->prov.party;
    of->event->source_event_key = cell(of, COL_ID);
    of->event->remark = cell(of, COL_REMARK);
    say_place(of, &of->event->place, COL_PLACE);
    say_place(of, &of->event->movement.from, COL_FROM);
    say_place(of, &of->event->movement.to, COL_TO);
    say_time(of, &of->event->occurred, COL_TIME, &of->event->place);
    int64_t reported_us = moment(of, COL_REPORTED);
    if (reported_us != LB_UNKNOWN)
        of->event->reported_at_us = reported_us;
}

static void read_event(entry *of)
{
    lb_event_type type = find_type(cell(of, COL_TYPE));
    begin(of, type);
    if (type == LB_EVENT_UNSPECIFIED)
        doubt_cell(of, COL_TYPE, LB_DOUBT_CODE_UNMAPPED, "no such event");
    say_objects(of);
    say_run(of, COL_TRAIN, LB_KIND_TRAIN);
    say_run(of, COL_FLIGHT, LB_KIND_FLIGHT);
    say_references(of);
    say_cargo(of);
}

/* TEU are stored as thousandths, tonnes as kilograms, cubic metres as litres. */
static bool find_unit(lb_span text, lb_unit *unit, int64_t *factor)
{
    static const struct {
        const char *word;
        lb_unit unit;
        int64_t factor;
    } units[] = {
        {"TEU", LB_UNIT_MILLI_TEU, 1000}, {"t", LB_UNIT_KG, 1000},
        {"吨", LB_UNIT_KG, 1000},         {"т", LB_UNIT_KG, 1000},
        {"m3", LB_UNIT_LITRE, 1000},      {"立方米", LB_UNIT_LITRE, 1000},
        {"车", LB_UNIT_WAGON, 1},         {"вагон", LB_UNIT_WAGON, 1},
        {"列", LB_UNIT_TRAIN, 1},         {"поезд", LB_UNIT_TRAIN, 1},
    };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (is_same(text, units[i].word)) {
            *unit = units[i].unit;
            *factor = units[i].factor;
            return true;
        }
    *factor = 1;
    return lb_unit_from_name(text, unit);
}

static bool find_state(lb_span text, lb_cap_state *state)
{
    static const struct {
        lb_cap_state state;
        const char *words[2];
    } states[] = {
        {LB_CAP_NOMINAL, {"总量", "всего"}},        {LB_CAP_FREE, {"空余", "свободно"}},
        {LB_CAP_BOOKED, {"已订", "забронировано"}}, {LB_CAP_USED, {"已用", "занято"}},
        {LB_CAP_HELD, {"预留", "резерв"}},
    };
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (is_any(text, states[i].words, 2)) {
            *state = states[i].state;
            return true;
        }
    return lb_cap_state_from_name(text, state);
}

static void read_capacity(entry *of)
{
    lb_unit unit;
    lb_cap_state state;
    int64_t factor, quantity;
    lb_event_type type = has(of, COL_TYPE) ? find_type(cell(of, COL_TYPE)) : LB_EVENT_SNAP;
    begin(of, type == LB_EVENT_UNSPECIFIED ? LB_EVENT_SNAP : type);
    lb_capacity_info *cap = &of->event->cap;
    cap->id = cell(of, COL_RESOURCE);
    cap->kind = LB_RESOURCE_YARD_BLOCK;
    if (has(of, COL_KIND) && !lb_resource_kind_from_name(cell(of, COL_KIND), &cap->kind))
        doubt_cell(of, COL_KIND, LB_DOUBT_CODE_UNMAPPED, "no such kind of resource");
    cap->mode = of->event->mode;
    cap->booking = cell(of, COL_BOOKING);
    cap->from = has(of, COL_FROM) ? of->event->movement.from : of->event->place;
    cap->to = of->event->movement.to;
    cap->departs_us = moment(of, COL_DEPARTS);
    cap->arrives_us = moment(of, COL_ARRIVES);
    cap->cutoff_us = moment(of, COL_CUTOFF);
    if (!find_unit(cell(of, COL_UNIT), &unit, &factor))
        doubt_cell(of, COL_UNIT, LB_DOUBT_CODE_UNMAPPED, "no such unit");
    else if (!find_state(cell(of, COL_STATE), &state))
        doubt_cell(of, COL_STATE, LB_DOUBT_CODE_UNMAPPED, "no such state");
    else if ((quantity = number(of, COL_QUANTITY, 3)) != LB_UNKNOWN)
        lb_event_capacity(of->event, unit, state, factor == 1000 ? quantity : quantity / 1000);
    if (of->event->source_event_key.len == 0)
        of->event->source_event_key =
            lb_sink_print(of->sink, "%.*s|%s|%.*s|%.*s|%.*s", LB_ARG(cap->id),
                          lb_event_type_code(of->event->type), LB_ARG(cell(of, COL_UNIT)),
                          LB_ARG(cell(of, COL_STATE)), LB_ARG(of->event->occurred.local_text));
}

static bool names_something(const entry *of)
{
    static const csv_column names[] = {COL_CONTAINER, COL_ULD,   COL_AWB,   COL_BOOKING,
                                       COL_WAYBILL,   COL_WAGON, COL_TRUCK, COL_TRAILER,
                                       COL_TRAIN,     COL_FLIGHT};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (has(of, names[i]))
            return true;
    return false;
}

/* -- the table ------------------------------------------------------------------------------------ */

static lb_verdict read_message(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    lb_csv table;
    int64_t first_bad = 0;
    lb_span bad = LB_EMPTY;
    if (!lb_csv_open(&table, reading, message, sink, name_column, 3))
        return LB_VERDICT_NOT_MINE;
    *lb_sink_message_info(sink) =
        (lb_message_info){.format = LB_SPAN("CSV"), .reported_at_us = LB_UNKNOWN};
    while (lb_csv_row(&table)) {
        entry one = {.reading = reading, .sink = sink, .table = &table};
        lb_part(sink, table.where, "row", (size_t)table.row);
        if (has(&one, COL_RESOURCE)) {
            read_capacity(&one);
        } else if (has(&one, COL_TYPE) && names_something(&one)) {
            read_event(&one);
        } else {
            doubt_row(&one,
                      has(&one, COL_TYPE) ? "names no cargo, vehicle or train" : "names no event");
            bad = bad.len == 0 ? table.where : bad;
            first_bad = first_bad == 0 ? table.row : first_bad;
        }
        lb_said(sink);
    }
    if (lb_sink_count(sink) == 0 && first_bad > 0)
        return lb_refuse(
            sink, LB_VERDICT_GARBLED, lb_span_first(bad, 40),
            "no row gives an event; row %lld needs an event, and a cargo, vehicle or train",
            (long long)first_bad);
    return LB_VERDICT_READ;
}

static unsigned probe(lb_span head)
{
    return lb_csv_probe(head, name_column) >= 3 ? 88 : 0;
}

const lb_adapter lb_hub_csv = {
    .name = "hub.csv",
    .title = "Events and capacity as a table, headings in English, Chinese or Russian",
    .revision = 1,
    .mode = LB_MODE_MULTIMODAL,
    .max_message = (size_t)32 * 1024 * 1024,
    .max_events = 100000,
    .probe = probe,
    .read = read_message,
};
