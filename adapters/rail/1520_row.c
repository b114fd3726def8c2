/* 1520_row.c - one row of a dislocation table: the last operation of the wagon, its load, when it is due.
 *
 *     DATE_OP, KOP_VMD, STAN_OP    the operation, one or two events      -> key of the row
 *     NOM_KON1..13                 wagon > container, OBSERVE
 *     INDEX_POEZD, NPP_VAG         train > wagon, OBSERVE, with its position
 *     DATE_OTPR, DATE_PRIB         departure at origin, arrival at destination: ACTUAL events of their own
 *     DATE_DOSTAV                  delivery, PLANNED
 *
 * Each row is read alone, since an adapter has no state: what a wagon's absence from the next snapshot means is not
 * decided here. */
#include "1520.h"

#include "dates.h"
#include "landbridge/client/ident.h"
#include "landbridge/client/time.h"

enum { KILOGRAMS_MAX = 1000000 }; /* of one wagon */

typedef struct operation {
    const char *code, *mnemonic;
    lb_event_type type, second;
    int confidence; /* 0: as usual */
} operation;

/* -- small readers -------------------------------------------------------------------------------- */

void lb_1520_when(lb_event *event, lb_when *when, lb_span text, const lb_source *source)
{
    lb_civil civil = {0};
    int64_t offset_min = LB_UNKNOWN;
    lb_precision prec;
    if (text.len == 0)
        return;
    if (lb_dates_read(text, &civil, &offset_min, &prec)) {
        lb_when_set(event, when, &civil, offset_min, prec, text, source, NULL);
        return;
    }
    when->local_text = text;
    lb_doubt(event->sink, event, text, LB_DOUBT_TIME_IMPOSSIBLE);
}

/* "Имя (708507)" is a name with its code, as in spreadsheets. */
static void cut_code(lb_span *code, lb_span *name)
{
    const char *open =
        code->len > 2 && code->at[code->len - 1] == ')' ? memrchr(code->at, '(', code->len) : NULL;
    if (open == NULL)
        return;
    if (name->len == 0)
        *name = lb_span_trim(lb_span_between(code->at, open));
    *code = lb_span_between(open + 1, code->at + code->len - 1);
}

void lb_1520_station(lb_place *place, lb_span code, lb_span name)
{
    static const char *const schemes[] = {[4] = "ESR4", [5] = "ESR5", [6] = "ESR6"};
    cut_code(&code, &name);
    place->name = name;
    if (code.len == 0)
        return;
    if (code.len >= 4 && code.len <= 6 && lb_span_all_digits(code)) {
        place->station = code;
        place->station_scheme = lb_span_of(schemes[code.len]);
    } else if (name.len == 0) {
        place->name = code;
    }
}

lb_span lb_1520_index(lb_sink *sink, lb_span text)
{
    char digits[16];
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] >= '0' && text.at[i] <= '9' && count < sizeof digits)
            digits[count++] = text.at[i];
        else if (text.at[i] != ' ' && text.at[i] != '-')
            return LB_EMPTY; /* Б/И: without index */
    }
    size_t skip = count == 15 ? 2 : 0; /* ESR6 + 3 + ESR6, or the usual 4-3-4 */
    if (count != 15 && count != 11)
        return LB_EMPTY;
    lb_span from = {digits, 4}, number = {digits + 4 + skip, 3}, to = {digits + 7 + skip, 4};
    if (lb_span_is(from, "0000") && lb_span_is(to, "0000"))
        return LB_EMPTY;
    return lb_sink_print(sink, "%.*s-%.*s-%.*s", LB_ARG(from), LB_ARG(number), LB_ARG(to));
}

static bool find_operation(const lb_1520_row *row, operation *out)
{
    static const operation operations[] = {
#define OPERATION(code, mnemonic, type, second, confidence) \
    {code, mnemonic, LB_EVENT_##type, LB_EVENT_##second, confidence},
#include "1520_operations.def"
#undef OPERATION
    };
    lb_source_code own;
    lb_span code = row->value[LB_1520_OP_CODE], word = row->value[LB_1520_OP_WORD];
    if (lb_source_find_code(row->reading->source, LB_SPAN("KOP_VMD"), code.len > 0 ? code : word,
                            &own)) {
        *out = (operation){.type = own.type};
        return true;
    }
    while (code.len > 1 && code.at[0] == '0')
        code = lb_span_after(code, 1);
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        if (code.len > 0 ? lb_span_is(code, operations[i].code)
                         : lb_span_is(word, operations[i].mnemonic)) {
            *out = operations[i];
            return true;
        }
    *out = (operation){.type = LB_EVENT_UNSPECIFIED};
    return false;
}

/* -- an event of the row -------------------------------------------------------------------------- */

static lb_scheme scheme_of(lb_span wagon)
{
    return wagon.len == 12 ? LB_SCHEME_UIC12 : LB_SCHEME_OSJD8;
}

static void say_references(const lb_1520_row *row, lb_event *event)
{
    lb_event_reference(event, LB_SCHEME_SMGS, row->value[LB_1520_WAYBILL], LB_EMPTY);
    lb_event_reference(event, LB_SCHEME_ADHOC, row->value[LB_1520_DISPATCH], LB_EMPTY);
}

/* The wagon; or the container in a table of containers. */
static void say_subject(const lb_1520_row *row, lb_event *event)
{
    lb_span wagon = row->value[LB_1520_WAGON], box = row->value[LB_1520_BOX];
    if (box.len > 0)
        lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONTAINER, LB_SCHEME_ISO6346, box);
    if (wagon.len > 0)
        lb_event_object(event, box.len > 0 ? LB_ROLE_MEANS : LB_ROLE_SUBJECT, LB_KIND_WAGON,
                        scheme_of(wagon), wagon);
}

static lb_event *say(const lb_1520_row *row, lb_event_type type, lb_classifier classifier,
                     const char *scheme)
{
    lb_event *event = lb_say(row->sink);
    lb_event_is(event, type, classifier, LB_MODE_RAIL);
    event->raw.scheme = lb_span_of(scheme);
    say_subject(row, event);
    say_references(row, event);
    lb_1520_station(&event->movement.from, row->value[LB_1520_FROM], row->value[LB_1520_FROM_NAME]);
    lb_1520_station(&event->movement.to, row->value[LB_1520_TO], row->value[LB_1520_TO_NAME]);
    return event;
}

static void set_key(const lb_1520_row *row, lb_event *event, const char *what)
{
    const lb_object *subject = lb_event_find_object(event, LB_ROLE_SUBJECT);
    event->source_event_key = lb_sink_print(row->sink, "%.*s|%.*s|%s|%.*s|%.*s",
                                            LB_ARG(subject == NULL ? LB_EMPTY : subject->id),
                                            LB_ARG(event->occurred.local_text), what,
                                            LB_ARG(event->raw.code), LB_ARG(event->place.station));
}

/* -- the operation -------------------------------------------------------------------------------- */

static void observe(lb_event *event, const lb_object *parent, const lb_object *child,
                    int64_t position)
{
    lb_assoc *assoc = lb_event_assoc(event, LB_ASSOC_OBSERVE, parent, child);
    if (assoc != NULL)
        assoc->position = position;
}

/* Train > wagon > containers, as in the row. A wagon that was just unloaded still names its
 * containers. */
static void say_load(const lb_1520_row *row, lb_event *event)
{
    lb_object wagon, other;
    int64_t position = LB_UNKNOWN;
    lb_span number = row->value[LB_1520_WAGON],
            index = lb_1520_index(row->sink, row->value[LB_1520_INDEX]);
    if (number.len == 0)
        return;
    lb_ident_object(event, &wagon, LB_KIND_WAGON, scheme_of(number), number);
    if (index.len > 0 && event->type != LB_EVENT_DISC) {
        lb_ident_object(event, &other, LB_KIND_TRAIN, LB_SCHEME_ADHOC, index);
        lb_span_number(row->value[LB_1520_POSITION], &position);
        observe(event, &other, &wagon, position);
    }
    for (int column = LB_1520_BOX1; column <= LB_1520_BOX13; column++) {
        if (row->value[column].len == 0 || event->type == LB_EVENT_DISC)
            continue;
        lb_ident_object(event, &other, LB_KIND_CONTAINER, LB_SCHEME_ISO6346, row->value[column]);
        observe(event, &wagon, &other, LB_UNKNOWN);
    }
    if (row->value[LB_1520_BOX].len > 0) {
        lb_ident_object(event, &other, LB_KIND_CONTAINER, LB_SCHEME_ISO6346,
                        row->value[LB_1520_BOX]);
        observe(event, &wagon, &other, LB_UNKNOWN);
    }
}

static bool is_set(lb_span flag)
{
    return lb_span_is(flag, "1") || lb_span_is(flag, "true");
}

/* The flag of an empty wagon is unreliable: with a weight beside it, a doubt. */
static void say_cargo(const lb_1520_row *row, lb_event *event)
{
    int64_t kg = 0;
    bool has_weight = lb_span_number(row->value[LB_1520_WEIGHT], &kg);
    if (has_weight && kg > 0 && kg <= KILOGRAMS_MAX)
        event->qty.gross_g = kg * 1000;
    else if ((!has_weight || kg > KILOGRAMS_MAX) && row->value[LB_1520_WEIGHT].len > 0)
        lb_doubt(row->sink, event, row->value[LB_1520_WEIGHT], LB_DOUBT_GRAMMAR_ODD);
    if (is_set(row->value[LB_1520_EMPTY])) {
        event->cond.fill = LB_FILL_EMPTY;
        if (kg > 0)
            lb_doubt(row->sink, event, row->value[LB_1520_WEIGHT], LB_DOUBT_REF_MISMATCH);
    } else if (is_set(row->value[LB_1520_LADEN])) {
        event->cond.fill = LB_FILL_LADEN;
    }
}

/* "[45.2531, 82.4817]" */
static void say_position(const lb_1520_row *row, lb_event *event)
{
    lb_span rest = row->value[LB_1520_COORDS], lat, lon;
    if (rest.len < 5 || rest.at[0] != '[')
        return;
    rest = (lb_span){rest.at + 1, rest.len - 2};
    int64_t lat_e7, lon_e7;
    if (!lb_span_cut(&rest, ',', &lat) || !lb_span_cut(&rest, ',', &lon) ||
        !lb_span_decimal(lb_span_trim(lat), 7, &lat_e7) ||
        !lb_span_decimal(lb_span_trim(lon), 7, &lon_e7)) {
        lb_doubt(row->sink, event, row->value[LB_1520_COORDS], LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    event->place.lat_e7 = lat_e7;
    event->place.lon_e7 = lon_e7;
}

static void say_remark(const lb_1520_row *row, lb_event *event)
{
    int64_t km = LB_UNKNOWN, days = 0, hours = 0, minutes = 0;
    lb_span_number(row->value[LB_1520_LEFT_KM], &km);
    bool is_idle = lb_span_number(row->value[LB_1520_IDLE_DAYS], &days);
    is_idle |= lb_span_number(row->value[LB_1520_IDLE_HOURS], &hours);
    is_idle |= lb_span_number(row->value[LB_1520_IDLE_MIN], &minutes);
    if (km != LB_UNKNOWN && is_idle)
        event->remark =
            lb_sink_print(row->sink, "%lld km left; idle %lld d %lld h %lld min", (long long)km,
                          (long long)days, (long long)hours, (long long)minutes);
    else if (km != LB_UNKNOWN)
        event->remark = lb_sink_print(row->sink, "%lld km left", (long long)km);
    else if (is_idle)
        event->remark = lb_sink_print(row->sink, "idle %lld d %lld h %lld min", (long long)days,
                                      (long long)hours, (long long)minutes);
}

static void say_operation(const lb_1520_row *row, const operation *done, lb_event_type type,
                          bool is_known)
{
    lb_event *event = say(row, type, LB_CLASSIFIER_ACTUAL, "KOP_VMD");
    lb_span code = row->value[LB_1520_OP_CODE], word = row->value[LB_1520_OP_WORD];
    event->raw.code = code.len > 0 ? code : word;
    event->raw.text = row->value[LB_1520_OP_TEXT].len > 0 ? row->value[LB_1520_OP_TEXT] : word;
    if (!is_known)
        lb_doubt(row->sink, event,
                 event->raw.code.len > 0 ? event->raw.code : lb_span_first(row->where, 40),
                 LB_DOUBT_CODE_UNMAPPED);
    if (done->confidence > 0)
        event->confidence = done->confidence;
    lb_1520_station(&event->place, row->value[LB_1520_OP_STATION], row->value[LB_1520_OP_NAME]);
    if (row->value[LB_1520_TRACK].len > 0)
        event->place.sub = lb_sink_print(row->sink, "%.*s/%.*s", LB_ARG(row->value[LB_1520_PARK]),
                                         LB_ARG(row->value[LB_1520_TRACK]));
    event->movement.number = row->value[LB_1520_TRAIN];
    lb_1520_when(event, &event->occurred, row->value[LB_1520_OP_TIME], row->reading->source);
    say_cargo(row, event);
    say_position(row, event);
    say_remark(row, event);
    say_load(row, event);
    set_key(row, event, lb_event_type_code(type));
}

/* A time of the row other than that of its operation. */
static void say_end(const lb_1520_row *row, lb_1520_column time, lb_event_type type,
                    lb_classifier classifier, bool at_origin, const char *scheme)
{
    if (row->value[time].len == 0)
        return;
    lb_event *event = say(row, type, classifier, scheme);
    event->place = at_origin ? event->movement.from : event->movement.to;
    lb_1520_when(event, &event->occurred, row->value[time], row->reading->source);
    set_key(row, event, scheme);
}

void lb_1520_read_row(const lb_1520_row *row)
{
    operation done;
    if (row->value[LB_1520_WAGON].len == 0 && row->value[LB_1520_BOX].len == 0) {
        lb_doubt(row->sink, NULL, lb_span_first(row->where, 40), LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    bool is_known = find_operation(row, &done);
    say_operation(row, &done, done.type, is_known);
    if (done.second != LB_EVENT_UNSPECIFIED)
        say_operation(row, &done, done.second, true);
    say_end(row, LB_1520_FROM_TIME, LB_EVENT_DEPA, LB_CLASSIFIER_ACTUAL, true, "DATE_OTPR");
    say_end(row, LB_1520_TO_TIME, LB_EVENT_ARRI, LB_CLASSIFIER_ACTUAL, false, "DATE_PRIB");
    say_end(row, LB_1520_DUE, LB_EVENT_DLVR, LB_CLASSIFIER_PLANNED, false, "DATE_DOSTAV");
}
