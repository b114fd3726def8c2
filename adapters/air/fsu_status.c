/* fsu_status.c - one status line of an FSU. Five shapes; every field has its place, empty or not:
 *
 *     OUT       BKD MAN PRE DEP   flight / day of departure / airports / pieces / slot / slot [/ volume]
 *     IN        RCF ARR AWR ...   flight / day and time     / airport  / pieces / slot / slot
 *     GROUND    RCS NFD DLV ...            day and time     / airport  / pieces / name
 *     TRANSFER  RCT TFD           carrier / day and time    / airport  / pieces
 *     DIS                         flight / day and time     / airport  / code / pieces
 *
 * A slot is a time of departure (the first) or arrival (the second), scheduled, estimated or actual. So
 * one line gives several events: BKD the booking and the plan of the leg, DEP a departure and an estimate
 * of the arrival. BKD, MAN and PRE have no time of their own. */
#include "fsu.h"

#include <stdio.h>

#include "landbridge/client/ident.h"
#include "landbridge/adapter/source.h"
#include "landbridge/client/time.h"

enum { FIELDS_MAX = 12, HALF_A_YEAR = 183 };

static const struct status {
    const char *code;
    lb_fsu_shape shape;
    lb_event_type type;
    lb_classifier classifier;
    char continued;
    const char *words;
} statuses[] = {
    {"BKD", LB_FSU_OUT, LB_EVENT_BKDC, LB_CLASSIFIER_ACTUAL, 0, "booked on a flight"},
    {"PRE", LB_FSU_OUT, LB_EVENT_PREP, LB_CLASSIFIER_PLANNED, 0, "prepared for loading"},
    {"MAN", LB_FSU_OUT, LB_EVENT_MANF, LB_CLASSIFIER_ACTUAL, 0, "manifested"},
    {"DEP", LB_FSU_OUT, LB_EVENT_DEPA, LB_CLASSIFIER_ACTUAL, 0, "departed"},
    {"ARR", LB_FSU_IN, LB_EVENT_ARRI, LB_CLASSIFIER_ACTUAL, 0, "arrived"},
    {"RCF", LB_FSU_IN, LB_EVENT_RCVD, LB_CLASSIFIER_ACTUAL, 0, "received from flight"},
    {"AWR", LB_FSU_IN, LB_EVENT_RECE, LB_CLASSIFIER_ACTUAL, 0, "documents received from flight"},
    {"FIW", LB_FSU_IN, LB_EVENT_STOR, LB_CLASSIFIER_ACTUAL, 0, "into the warehouse"},
    {"FOW", LB_FSU_IN, LB_EVENT_RMVD, LB_CLASSIFIER_ACTUAL, 0, "out of the warehouse"},
    {"RCS", LB_FSU_GROUND, LB_EVENT_ACPT, LB_CLASSIFIER_ACTUAL, 'R', "received from shipper"},
    {"FOH", LB_FSU_GROUND, LB_EVENT_ONHD, LB_CLASSIFIER_ACTUAL, 'R', "on hand"},
    {"DPU", LB_FSU_GROUND, LB_EVENT_PICK, LB_CLASSIFIER_ACTUAL, 0, "picked up"},
    {"DOC", LB_FSU_GROUND, LB_EVENT_RECE, LB_CLASSIFIER_ACTUAL, 0, "documents received"},
    {"NFD", LB_FSU_GROUND, LB_EVENT_NTFY, LB_CLASSIFIER_ACTUAL, 0, "consignee notified"},
    {"AWD", LB_FSU_GROUND, LB_EVENT_ISSU, LB_CLASSIFIER_ACTUAL, 0, "documents delivered"},
    {"DLV", LB_FSU_GROUND, LB_EVENT_DLVR, LB_CLASSIFIER_ACTUAL, 0, "delivered"},
    {"DDL", LB_FSU_GROUND, LB_EVENT_DLVR, LB_CLASSIFIER_ACTUAL, 0, "delivered to the door"},
    {"CCD", LB_FSU_GROUND, LB_EVENT_CUSR, LB_CLASSIFIER_ACTUAL, 0, "cleared by customs"},
    {"TGC", LB_FSU_GROUND, LB_EVENT_HOLD, LB_CLASSIFIER_ACTUAL, 0, "to customs"},
    {"CRC", LB_FSU_GROUND, LB_EVENT_DECL, LB_CLASSIFIER_ACTUAL, 0, "reported to customs"},
    {"RCT", LB_FSU_TRANSFER, LB_EVENT_TFIN, LB_CLASSIFIER_ACTUAL, 'T',
     "received from another carrier"},
    {"TFD", LB_FSU_TRANSFER, LB_EVENT_TFOU, LB_CLASSIFIER_ACTUAL, 'T',
     "transferred to another carrier"},
    {"TRM", LB_FSU_TRANSFER_PLAN, LB_EVENT_TFOU, LB_CLASSIFIER_PLANNED, 0, "to be transferred"},
    {"DIS", LB_FSU_DISCREPANCY, LB_EVENT_DSCR, LB_CLASSIFIER_ACTUAL, 0, "discrepancy"},
};

static const struct {
    const char *code;
    lb_event_type type;
} discrepancies[] = {
    {"OFLD", LB_EVENT_OFLD}, {"SSPD", LB_EVENT_SHRT}, {"OVCD", LB_EVENT_MISR},
    {"MSCA", LB_EVENT_LOST}, {"FDCA", LB_EVENT_FOND}, {"MSAW", LB_EVENT_MISS},
    {"FDAW", LB_EVENT_RECE}, {"DFLD", LB_EVENT_LOAD},
};

typedef struct reader { /* of one status line */
    lb_fsu *fsu;
    lb_span line;
    const struct status *status; /* NULL: not known */
    lb_span field[FIELDS_MAX];
    size_t count;
} reader;

/* -- one event -------------------------------------------------------------------------------- */

lb_event *lb_fsu_say(lb_fsu *fsu, lb_event_type type, lb_classifier classifier, lb_span line)
{
    lb_event *event = lb_say(fsu->sink);
    lb_event_is(event, type, classifier, LB_MODE_AIR);
    lb_event_raw(event, "FSU", lb_span_first(line, 3), line);
    lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONSIGNMENT, LB_SCHEME_AWB, fsu->awb);
    lb_event_reference(event, LB_SCHEME_AWB, fsu->awb, LB_EMPTY);
    if (type == LB_EVENT_UNSPECIFIED)
        lb_doubt(fsu->sink, event, lb_span_first(line, 3), LB_DOUBT_CODE_UNMAPPED);
    return event;
}

/* A line has no year, so the key contains the inferred one. */
void lb_fsu_key(const lb_fsu *fsu, lb_event *event, lb_span line)
{
    lb_civil civil;
    int64_t us = event->occurred.utc_us != LB_UNKNOWN ? event->occurred.utc_us : fsu->reference_us;
    lb_utc_to_civil(us, 0, &civil);
    event->source_event_key = lb_sink_print(fsu->sink, "%.*s|%.*s|%s|%s|%d", LB_ARG(fsu->awb),
                                            LB_ARG(line), lb_event_type_code(event->type),
                                            lb_classifier_name(event->classifier), civil.year);
}

static lb_event *say(const reader *r, lb_event_type type, lb_classifier classifier)
{
    return lb_fsu_say(r->fsu, type, classifier, r->line);
}

static lb_span field(const reader *r, size_t i)
{
    return i < r->count ? r->field[i] : LB_EMPTY;
}

/* T means all pieces of the consignment line, which may itself be a part of the waybill. */
static void put_quantity(const reader *r, lb_event *event, size_t i)
{
    const lb_imp_quantity *consigned = &r->fsu->consigned;
    lb_imp_quantity q;
    if (!lb_imp_quantity_read(field(r, i), &q)) {
        lb_doubt(r->fsu->sink, event, field(r, i).len > 0 ? field(r, i) : r->line,
                 LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    int64_t total = q.total != LB_UNKNOWN ? q.total : consigned->total;
    if (total == LB_UNKNOWN && consigned->kind == 'T')
        total = consigned->pieces;
    event->qty.pieces = q.pieces;
    event->qty.pieces_total = total;
    event->qty.gross_g = q.gross_g;
    event->qty.volume_ml = q.volume_ml;
    event->qty.partial = total == LB_UNKNOWN ? q.kind == 'P' : q.pieces < total;
    if (total != LB_UNKNOWN && q.pieces > total)
        lb_doubt(r->fsu->sink, event, field(r, i), LB_DOUBT_COUNT_MISMATCH);
}

static void put_airport(const reader *r, lb_event *event, lb_place *place, lb_span code,
                        lb_place_role role)
{
    if (!lb_imp_is_letters(code, 3)) {
        lb_doubt(r->fsu->sink, event, code.len > 0 ? code : r->line, LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    place->iata = code;
    place->role = role;
}

/* -- times ------------------------------------------------------------------------------------ */

/* A day without year: the nearest year to the reference inside a window, which lies ahead for
 * plans and behind for facts. */
static bool guess_year(const reader *r, const lb_imp_day *day, lb_civil *civil)
{
    bool is_plan =
        r->status != NULL && r->status->shape == LB_FSU_OUT && r->status->type != LB_EVENT_DEPA;
    int64_t dated_us = r->fsu->dated_us;
    if (dated_us == LB_UNKNOWN)
        return lb_imp_date(day, r->fsu->reference_us, is_plan, civil);
    *civil = (lb_civil){.month = day->month, .day = day->day};
    return lb_civil_guess_year(civil, dated_us, HALF_A_YEAR, HALF_A_YEAR);
}

static bool find_day(const reader *r, lb_event *event, const lb_imp_day *day, lb_span text,
                     lb_civil *civil)
{
    if (guess_year(r, day, civil)) {
        if (r->fsu->dated_us == LB_UNKNOWN)
            lb_doubt(r->fsu->sink, event, text, LB_DOUBT_YEAR_INFERRED);
        return true;
    }
    event->occurred.local_text = text;
    lb_doubt(r->fsu->sink, event, text, LB_DOUBT_TIME_IMPOSSIBLE);
    return false;
}

/* Aviation uses 2400: it is 0000 of the next day. */
static void set_clock(const reader *r, lb_event *event, lb_civil civil, int hour, int minute,
                      int shift, lb_precision prec, lb_span text)
{
    lb_civil clock;
    if (hour == 24 && minute == 0) {
        hour = 0;
        shift++;
        lb_doubt(r->fsu->sink, event, text, LB_DOUBT_GRAMMAR_ODD);
    }
    lb_civil_from_day(lb_civil_day(&civil) + shift, &clock);
    clock.hour = hour;
    clock.minute = minute;
    lb_when_set(event, &event->occurred, &clock, r->fsu->offset_min, prec, text,
                r->fsu->reading->source, &event->place);
}

/* "12MAR2148-N" in field i, at the event's place. Without a time only the day is known. */
static bool put_day_time(const reader *r, lb_event *event, size_t i)
{
    lb_imp_day day;
    lb_civil civil;
    lb_span text = field(r, i);
    if (!lb_imp_day_read(text, &day)) {
        event->occurred.local_text = text;
        lb_doubt(r->fsu->sink, event, text.len > 0 ? text : r->line, LB_DOUBT_TIME_IMPOSSIBLE);
        return false;
    }
    if (find_day(r, event, &day, text, &civil))
        set_clock(r, event, civil, day.hour, day.minute, day.shift,
                  day.has_time ? LB_PRECISION_MINUTE : LB_PRECISION_DAY, text);
    return true;
}

/* Without a time, that of the telegram or of reception is used. */
static void put_no_time(const reader *r, lb_event *event)
{
    event->occurred.utc_us = r->fsu->reference_us;
    event->occurred.prec = LB_PRECISION_UNKNOWN;
}

/* -- flights ---------------------------------------------------------------------------------- */

/* A flight leg is named by its number and day of departure. An arrival gives only the day of
 * arrival, which is used instead and flagged. */
static void put_flight(const reader *r, lb_event *event, lb_span text, lb_span day_text,
                       bool is_guessed, lb_role role)
{
    lb_imp_flight flight;
    lb_imp_day day;
    lb_civil civil;
    char date[16];
    if (text.len == 0)
        return;
    if (!lb_imp_flight_read(text, &flight)) {
        lb_doubt(r->fsu->sink, event, text, LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    if (flight.is_icao)
        lb_doubt(r->fsu->sink, event, text, LB_DOUBT_IDENTITY_GUESSED);
    event->movement.carrier = flight.carrier;
    event->movement.number = text;
    if (!lb_imp_day_read(day_text, &day) || !guess_year(r, &day, &civil))
        return;
    lb_date_print(date, sizeof date, &civil);
    event->movement.service_date = lb_sink_copy(r->fsu->sink, lb_span_of(date));
    lb_event_run(event, role, LB_KIND_FLIGHT, text, event->movement.service_date);
    if (is_guessed)
        lb_doubt(r->fsu->sink, event, day_text, LB_DOUBT_IDENTITY_GUESSED);
}

/* ULD lines are read later; lb_event_finish adds what LOAD, DEPA and the like imply. Only
 * endings are handled here. */
static void leave(const reader *r, lb_event *event)
{
    lb_object nowhere, awb;
    if (event->qty.partial)
        return;
    lb_ident_object(event, &nowhere, LB_KIND_UNSPECIFIED, LB_SCHEME_UNSPECIFIED, LB_EMPTY);
    lb_ident_object(event, &awb, LB_KIND_CONSIGNMENT, LB_SCHEME_AWB, r->fsu->awb);
    lb_event_assoc(event, LB_ASSOC_DELETE, &nowhere, &awb);
}

/* -- shapes ----------------------------------------------------------------------------------- */

/* Some senders mark a booking "A" (actual); it is read as a plan. */
static lb_classifier classifier_of(const reader *r, char slot)
{
    if (slot == 'E')
        return LB_CLASSIFIER_ESTIMATED;
    return slot == 'A' && r->status->type == LB_EVENT_DEPA ? LB_CLASSIFIER_ACTUAL
                                                           : LB_CLASSIFIER_PLANNED;
}

static void put_leg(const reader *r, lb_event *event, bool is_arrival)
{
    lb_span pair = field(r, 2);
    lb_span from = lb_span_first(pair, 3), to = lb_span_after(pair, 3);
    put_airport(r, event, &event->place, is_arrival ? to : from, LB_PLACE_ROLE_AT);
    put_airport(r, event, &event->counter_place, is_arrival ? from : to,
                is_arrival ? LB_PLACE_ROLE_FROM : LB_PLACE_ROLE_TO);
    event->movement.from.iata = event->place.iata.len > 0 ? from : LB_EMPTY;
    event->movement.to.iata = event->counter_place.iata.len > 0 ? to : LB_EMPTY;
    put_flight(r, event, field(r, 0), field(r, 1), false, LB_ROLE_MEANS);
    put_quantity(r, event, 3);
}

/* Both slots count from the day of departure. */
static void say_slot(const reader *r, const lb_imp_slot *slot, lb_span text, bool is_arrival)
{
    lb_imp_day day;
    lb_civil civil;
    lb_event *event =
        say(r, is_arrival ? LB_EVENT_ARRI : LB_EVENT_DEPA, classifier_of(r, slot->kind));
    put_leg(r, event, is_arrival);
    if (slot->kind == 'A' && event->classifier == LB_CLASSIFIER_PLANNED)
        lb_doubt(r->fsu->sink, event, text, LB_DOUBT_GRAMMAR_ODD);
    if (lb_imp_day_read(field(r, 1), &day) && find_day(r, event, &day, field(r, 1), &civil))
        set_clock(r, event, civil, slot->hour, slot->minute, slot->shift, LB_PRECISION_MINUTE,
                  text);
    lb_fsu_key(r->fsu, event, r->line);
}

static void put_departure_time(const reader *r, lb_event *event, const lb_imp_slot *slot)
{
    lb_imp_day day;
    lb_civil civil;
    lb_span text = field(r, 1);
    if (!lb_imp_day_read(text, &day) || !find_day(r, event, &day, text, &civil))
        put_no_time(r, event);
    else if (slot != NULL && slot->kind == 'A')
        set_clock(r, event, civil, slot->hour, slot->minute, slot->shift, LB_PRECISION_MINUTE,
                  lb_sink_print(r->fsu->sink, "%.*s %.*s", LB_ARG(text), LB_ARG(field(r, 4))));
    else
        set_clock(r, event, civil, 0, 0, 0, LB_PRECISION_DAY, text);
}

/* After the pieces: up to two slots by their places, a volume or density by its look. */
static size_t read_slots(const reader *r, lb_event *event, lb_imp_slot slots[2], bool is_there[2])
{
    size_t place = 0;
    for (size_t i = 4; i < r->count; i++) {
        lb_span text = field(r, i);
        int64_t ml;
        if (lb_imp_volume_read(text, &ml))
            event->qty.volume_ml = ml;
        else if (place < 2 && lb_imp_slot_read(text, &slots[place]))
            is_there[place++] = true;
        else if (text.len == 0)
            place++;
        else if (!lb_span_starts(text, "DG"))
            lb_doubt(r->fsu->sink, event, text, LB_DOUBT_GRAMMAR_ODD);
    }
    return place;
}

static void read_out(const reader *r)
{
    lb_imp_slot slots[2];
    bool is_there[2] = {false, false};
    lb_event *event = say(r, r->status->type, r->status->classifier);
    bool has_left = event->type == LB_EVENT_DEPA;
    put_leg(r, event, false);
    read_slots(r, event, slots, is_there);
    if (has_left)
        put_departure_time(r, event, is_there[0] ? &slots[0] : NULL);
    else
        put_no_time(r, event);
    lb_fsu_key(r->fsu, event, r->line);
    if (is_there[0] && !(has_left && slots[0].kind == 'A'))
        say_slot(r, &slots[0], field(r, 4), false);
    if (is_there[1])
        say_slot(r, &slots[1], field(r, 5), true);
}

static void read_in(const reader *r)
{
    lb_imp_slot slot;
    lb_event *event = say(r, r->status->type, r->status->classifier);
    bool is_arrival = event->type == LB_EVENT_ARRI;
    put_airport(r, event, &event->place, field(r, 2), LB_PLACE_ROLE_AT);
    event->movement.to.iata = event->place.iata;
    put_quantity(r, event, 3);
    put_day_time(r, event, 1);
    put_flight(r, event, field(r, 0), field(r, 1), true,
               is_arrival ? LB_ROLE_MEANS : LB_ROLE_OTHER);
    if (event->type == LB_EVENT_RCVD)
        leave(r, event);
    lb_fsu_key(r->fsu, event, r->line);
    if (is_arrival || !lb_imp_slot_read(field(r, 5), &slot) || slot.kind != 'A')
        return;

    /* the arrival of the flight itself, counted from the scheduled day of arrival */
    lb_imp_day day;
    lb_civil civil;
    lb_event *arrival = say(r, LB_EVENT_ARRI, LB_CLASSIFIER_ACTUAL);
    put_airport(r, arrival, &arrival->place, field(r, 2), LB_PLACE_ROLE_AT);
    arrival->movement.to.iata = arrival->place.iata;
    put_quantity(r, arrival, 3);
    put_flight(r, arrival, field(r, 0), field(r, 1), true, LB_ROLE_MEANS);
    if (lb_imp_day_read(field(r, 1), &day) && find_day(r, arrival, &day, field(r, 1), &civil))
        set_clock(r, arrival, civil, slot.hour, slot.minute, slot.shift, LB_PRECISION_MINUTE,
                  field(r, 5));
    lb_fsu_key(r->fsu, arrival, r->line);
}

/* Customs statuses give the flight behind the pieces: flight / day of departure / airports. */
static void put_declared_flight(const reader *r, lb_event *event)
{
    lb_span pair = field(r, 5);
    put_flight(r, event, field(r, 3), field(r, 4), false, LB_ROLE_OTHER);
    if (lb_imp_is_letters(pair, 6)) {
        event->movement.from.iata = lb_span_first(pair, 3);
        event->movement.to.iata = lb_span_after(pair, 3);
    }
}

static void read_ground(const reader *r)
{
    lb_event *event = say(r, r->status->type, r->status->classifier);
    put_airport(r, event, &event->place, field(r, 1), LB_PLACE_ROLE_AT);
    put_quantity(r, event, 2);
    put_day_time(r, event, 0);
    if (event->type == LB_EVENT_DLVR)
        leave(r, event);
    if (lb_span_is(event->raw.code, "CRC"))
        put_declared_flight(r, event);
    else
        event->remark = field(r, 3);
    lb_fsu_key(r->fsu, event, r->line);
}

static void read_transfer(const reader *r)
{
    lb_event *event = say(r, r->status->type, r->status->classifier);
    put_airport(r, event, &event->place, field(r, 2), LB_PLACE_ROLE_TRANSFER);
    put_quantity(r, event, 3);
    put_day_time(r, event, 1);
    event->movement.carrier = field(r, 0);
    event->remark = field(r, 4);
    if (event->type == LB_EVENT_TFOU)
        leave(r, event);
    lb_fsu_key(r->fsu, event, r->line);
}

static void read_transfer_plan(const reader *r)
{
    lb_event *event = say(r, r->status->type, r->status->classifier);
    event->movement.carrier = field(r, 0);
    put_airport(r, event, &event->place, field(r, 1), LB_PLACE_ROLE_TRANSFER);
    put_quantity(r, event, 2);
    event->occurred.prec = LB_PRECISION_UNKNOWN;
    lb_fsu_key(r->fsu, event, r->line);
}

static void read_discrepancy(const reader *r)
{
    lb_event_type type = LB_EVENT_DSCR;
    for (size_t i = 0; i < sizeof discrepancies / sizeof discrepancies[0]; i++)
        if (lb_span_is(field(r, 3), discrepancies[i].code))
            type = discrepancies[i].type;

    lb_event *event = say(r, type, LB_CLASSIFIER_ACTUAL);
    event->exc.cause = field(r, 3);
    put_airport(r, event, &event->place, field(r, 2), LB_PLACE_ROLE_AT);
    put_quantity(r, event, 4);
    put_day_time(r, event, 1);
    put_flight(r, event, field(r, 0), field(r, 1), true, LB_ROLE_OTHER);
    lb_fsu_key(r->fsu, event, r->line);
}

/* An unknown status code: fields that look like a day and an airport are read as such. */
static void read_unknown(const reader *r, lb_event_type type, lb_classifier classifier)
{
    lb_imp_day day;
    lb_event *event = say(r, type, classifier);
    size_t at = lb_imp_day_read(field(r, 0), &day) ? 0 : 1;
    if (!lb_imp_day_read(field(r, at), &day)) {
        event->occurred.prec = LB_PRECISION_UNKNOWN;
        lb_fsu_key(r->fsu, event, r->line);
        return;
    }
    if (lb_imp_is_letters(field(r, at + 1), 3))
        put_airport(r, event, &event->place, field(r, at + 1), LB_PLACE_ROLE_AT);
    put_day_time(r, event, at);
    if (field(r, at + 2).len > 0)
        put_quantity(r, event, at + 2);
    lb_fsu_key(r->fsu, event, r->line);
}

static const struct status *find_status(lb_span code)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (lb_span_is(code, statuses[i].code))
            return &statuses[i];
    return NULL;
}

lb_fsu_shape lb_fsu_shape_of(lb_span code)
{
    const struct status *status = find_status(code);
    return status == NULL ? LB_FSU_UNKNOWN : status->shape;
}

bool lb_fsu_meaning(lb_span code, lb_event_type *type, lb_classifier *classifier)
{
    const struct status *status = find_status(code);
    if (status == NULL)
        return false;
    *type = status->type;
    *classifier = status->classifier;
    return true;
}

lb_span lb_fsu_code_of(lb_event_type type, lb_classifier classifier)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (statuses[i].type == type && statuses[i].classifier == classifier)
            return lb_span_of(statuses[i].code);
    return LB_EMPTY;
}

void lb_fsu_status(lb_fsu *fsu, lb_span line)
{
    lb_source_code own;
    lb_span code = lb_span_first(line, 3), rest = lb_span_after(line, 4);
    reader r = {.fsu = fsu, .line = line, .status = find_status(code)};
    while (r.count < FIELDS_MAX && lb_span_cut(&rest, '/', &r.field[r.count]))
        r.count++;

    fsu->status = lb_sink_count(fsu->sink);
    fsu->continued = r.status != NULL ? r.status->continued : 0;
    if (lb_source_find_code(fsu->reading->source, LB_SPAN("FSU"), code, &own)) {
        read_unknown(&r, own.type,
                     own.classifier == LB_CLASSIFIER_UNSPECIFIED ? LB_CLASSIFIER_ACTUAL
                                                                 : own.classifier);
        return;
    }
    if (r.status == NULL) {
        read_unknown(&r, LB_EVENT_UNSPECIFIED, LB_CLASSIFIER_ACTUAL);
        return;
    }
    switch (r.status->shape) {
    case LB_FSU_OUT:
        read_out(&r);
        break;
    case LB_FSU_IN:
        read_in(&r);
        break;
    case LB_FSU_GROUND:
        read_ground(&r);
        break;
    case LB_FSU_TRANSFER:
        read_transfer(&r);
        break;
    case LB_FSU_TRANSFER_PLAN:
        read_transfer_plan(&r);
        break;
    case LB_FSU_DISCREPANCY:
        read_discrepancy(&r);
        break;
    case LB_FSU_UNKNOWN:
        break;
    }
}
