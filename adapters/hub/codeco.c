/* codeco.c - gate and load reports of terminals, UN/EDIFACT CODECO and COARRI.
 *
 *     BGM+34+G88+9'                          34 in, 36 out; COARRI: 44 discharged, 46 loaded
 *     TDT+20+X8173+2'                        main carriage: the train (COARRI: the one worked)
 *     EQD+CN+URQU3004156+22G1:102:5++3+5'    a container: one event
 *       RFF DTM LOC MEA SEL FTX DAM          reference, when, where, mass, seal, text, damage
 *       TDT+1++3+31++++:::XA40718'           CODECO: the truck at the gate
 *     EQD+CN+...
 *     CNT+16:2'                              how many containers
 *
 * UN/EDIFACT D.95B to D.16A. One message has one direction. Partners assign the codes differently, so the
 * profile's [codes] BGM:36 = GTIN overrides the table. Ships are not read as objects; trains, wagons and
 * trucks are. */
#include "edi_segments.h"
#include "readers.h"

/* of one container; known senders need fewer, more is a doubt */
enum { REFERENCES_MAX = 64, SEALS_MAX = 16, DAMAGES_MAX = 16 };

typedef struct references {
    lb_edi_reference at[REFERENCES_MAX];
    size_t count;
} references;

typedef struct codeco_unit { /* everything between one EQD and the next */
    lb_edi_segment eqd;
    lb_edi_unit unit, wagon, chassis;
    references refs;
    lb_edi_times times, means_times;
    lb_edi_segment gate, from, to, other; /* LOC 165, 9, 11 and any other; number 0: not there */
    lb_span position;                     /* LOC+147 */
    lb_edi_means means;
    bool has_means;
    lb_span seals[SEALS_MAX], damages[DAMAGES_MAX];
    size_t seal_count, damage_count;
    lb_span text;
    int64_t gross_g;
} codeco_unit;

typedef struct codeco { /* one message */
    const lb_edi *edi;
    const lb_edi_message *message;
    bool is_coarri;
    lb_edi_function function;
    lb_edi_segment bgm;
    lb_span code; /* BGM 1001 */
    lb_event_type type;
    lb_classifier classifier;
    bool is_partners, is_unmapped, is_implied;
    lb_edi_times times;
    references refs;
    lb_edi_means main;
    bool has_main;
    lb_edi_times main_times;
    lb_edi_segment gate, from, to; /* of the main carriage */
    codeco_unit open;              /* the container that is being read */
    lb_edi_unit wagon;             /* EQD+RR: the containers behind it stand on it */
    bool has_wagon;
    int64_t equipment, events;
} codeco;

/* -- direction -------------------------------------------------------------------------------- */

static const struct {
    const char *code;
    bool is_coarri;
    lb_event_type type;
} directions[] = {
    {"34", false, LB_EVENT_GTIN}, {"36", false, LB_EVENT_GTOT}, {"44", true, LB_EVENT_DISC},
    {"46", true, LB_EVENT_LOAD},  {"119", true, LB_EVENT_DISC}, {"122", true, LB_EVENT_LOAD},
};

/* With only the port of discharge it was discharged, with only the port of loading it was
 * loaded. */
static lb_event_type direction_by_place(const codeco *in)
{
    if (!in->is_coarri || (in->from.number > 0) == (in->to.number > 0))
        return LB_EVENT_UNSPECIFIED;
    return in->to.number > 0 ? LB_EVENT_DISC : LB_EVENT_LOAD;
}

static void choose_direction(codeco *in)
{
    lb_source_code partner;
    lb_event_type by_place = direction_by_place(in);
    in->classifier = LB_CLASSIFIER_ACTUAL;
    if (lb_source_find_code(in->edi->reading->source, LB_SPAN("BGM"), in->code, &partner)) {
        in->type = partner.type;
        if (partner.classifier != LB_CLASSIFIER_UNSPECIFIED)
            in->classifier = partner.classifier;
        in->is_partners = true;
        return;
    }
    for (size_t i = 0; i < sizeof directions / sizeof directions[0]; i++)
        if (directions[i].is_coarri == in->is_coarri && lb_span_is(in->code, directions[i].code))
            in->type = directions[i].type;
    if (in->type == LB_EVENT_UNSPECIFIED && by_place != LB_EVENT_UNSPECIFIED) {
        in->type = by_place;
        in->is_implied = true;
    } else if (in->type == LB_EVENT_UNSPECIFIED && !lb_span_is(in->code, "266")) {
        in->is_unmapped = true;
    } else if (by_place != LB_EVENT_UNSPECIFIED && by_place != in->type) {
        lb_doubt(in->edi->sink, NULL, in->bgm.where, LB_DOUBT_REF_MISMATCH);
    }
}

/* -- objects ---------------------------------------------------------------------------------- */

static lb_span first_day(const lb_edi *edi, const lb_edi_times *times)
{
    static const char *const departs[] = {"186", "133", "189", "136"};
    for (size_t i = 0; i < 4; i++) {
        const lb_edi_time *time = lb_edi_times_find(times, departs[i]);
        if (time != NULL)
            return lb_edi_time_day(edi, time);
    }
    return LB_EMPTY;
}

static const lb_edi_time *time_of(const codeco_unit *u)
{
    static const char *const wanted[] = {"7", "203", "334", "78"};
    for (size_t i = 0; i < 4; i++) {
        const lb_edi_time *time = lb_edi_times_find(&u->times, wanted[i]);
        if (time != NULL)
            return time;
    }
    return u->times.count > 0 ? &u->times.at[0] : NULL;
}

/* What the container came on, left on, was loaded to or discharged from: CODECO gives it at the
 * container, COARRI at the top. The train carries the wagon, the wagon the container. */
static void put_means(const codeco *in, const codeco_unit *u, lb_event *event)
{
    bool is_main = in->is_coarri && !u->has_means;
    const lb_edi_means *means = is_main ? &in->main : &u->means;
    bool has_means = is_main ? in->has_main : u->has_means;
    lb_span day = first_day(in->edi, is_main ? &in->main_times : &u->means_times);
    const lb_edi_unit *wagon = u->wagon.id.len > 0 ? &u->wagon : in->has_wagon ? &in->wagon : NULL;
    bool is_guessed = day.len == 0;

    if (is_guessed)
        day = lb_edi_time_day(in->edi, time_of(u));
    if (has_means)
        event->mode = means->mode;
    bool is_carried = wagon != NULL && u->unit.kind != LB_KIND_WAGON &&
                      lb_edi_unit_put(in->edi, event, LB_ROLE_MEANS, wagon) != NULL;

    lb_object *run = !has_means
                         ? NULL
                         : lb_edi_means_put(in->edi, event,
                                            is_carried ? LB_ROLE_OTHER : LB_ROLE_MEANS, means, day);
    if (run == NULL || run->kind == LB_KIND_TRUCK)
        return;
    if (is_guessed)
        lb_doubt(in->edi->sink, event, means->where, LB_DOUBT_IDENTITY_GUESSED);
    if (is_carried && run->kind == LB_KIND_TRAIN)
        lb_event_assoc(event, LB_ASSOC_OBSERVE, run, lb_event_find_object(event, LB_ROLE_MEANS));
}

/* LOC+147 is a position on the train when there is one, else a slot in the yard. */
static void put_position(const codeco_unit *u, lb_event *event)
{
    const lb_object *means = lb_event_find_object(event, LB_ROLE_MEANS);
    int64_t position;
    bool is_of_train = event->mode == LB_MODE_RAIL && lb_span_number(u->position, &position) &&
                       position >= 1 && position <= 999;

    if (u->position.len == 0)
        return;
    if (!is_of_train || means == NULL || event->type == LB_EVENT_GTIN ||
        event->type == LB_EVENT_GTOT) {
        event->place.sub = u->position;
    } else if (event->assoc.count > 0) {
        event->assoc.at[0].position = position; /* of the wagon in the train */
    } else {
        lb_assoc_action action = event->type == LB_EVENT_DISC ? LB_ASSOC_DELETE : LB_ASSOC_ADD;
        lb_assoc *assoc = lb_event_assoc(event, action, means, &event->objects.at[0]);
        if (assoc != NULL)
            assoc->position = position;
    }
}

static void put_references(lb_event *event, const references *refs)
{
    for (size_t i = 0; i < refs->count; i++)
        lb_event_reference(event, refs->at[i].scheme, refs->at[i].value, LB_EMPTY);
}

/* -- places ----------------------------------------------------------------------------------- */

static const lb_edi_segment *given(const lb_edi_segment *loc)
{
    return loc->number > 0 ? loc : NULL;
}

/* The place of the gate; else, inferred, the end of the journey that fits the direction. */
static void put_places(const codeco *in, const codeco_unit *u, lb_event *event)
{
    bool is_start = event->type == LB_EVENT_GTIN || event->type == LB_EVENT_LOAD;
    const lb_edi_segment *from = given(&u->from), *to = given(&u->to);
    const lb_edi_segment *at = given(&u->gate) != NULL ? &u->gate : given(&in->gate);
    from = from != NULL ? from : given(&in->from);
    to = to != NULL ? to : given(&in->to);
    if (at == NULL)
        at = given(&u->other);
    if (at == NULL) {
        at = is_start ? from : to;
        if (at != NULL && !in->is_coarri)
            lb_doubt(in->edi->sink, event, at->where, LB_DOUBT_IMPLIED);
    }
    if (at != NULL)
        lb_edi_place(in->edi, at, &event->place, LB_PLACE_ROLE_AT);
    if (from != NULL)
        lb_edi_place(in->edi, from, &event->movement.from, LB_PLACE_ROLE_FROM);
    if (to != NULL)
        lb_edi_place(in->edi, to, &event->movement.to, LB_PLACE_ROLE_TO);
}

/* -- events ------------------------------------------------------------------------------------ */

static lb_event_type type_of(const codeco *in, const codeco_unit *u)
{
    if (in->is_partners ||
        !lb_span_is(in->code, "266")) /* 266: a change of status without a move */
        return in->type;
    return u->unit.fill == LB_FILL_EMPTY   ? LB_EVENT_EMTY
           : u->unit.fill == LB_FILL_LADEN ? LB_EVENT_LADN
                                           : LB_EVENT_UNSPECIFIED;
}

static lb_span means_word(const codeco *in, const codeco_unit *u)
{
    const lb_edi_means *means = u->has_means ? &u->means : &in->main;
    return means->id.len > 0 ? means->id : means->number.len > 0 ? means->number : LB_SPAN("-");
}

static void put_key(const codeco *in, const codeco_unit *u, lb_event *event)
{
    event->source_event_key =
        lb_sink_print(in->edi->sink, "%.*s|%.*s|%s|%.*s|%.*s", LB_ARG(event->prov.party),
                      LB_ARG(u->unit.id), lb_event_type_code(event->type),
                      LB_ARG(event->occurred.local_text), LB_ARG(means_word(in, u)));
}

static void put_contents(const codeco_unit *u, lb_event *event)
{
    event->qty.gross_g = u->gross_g;
    event->remark = u->text;
    for (size_t i = 0; i < u->seal_count; i++)
        lb_event_seal_number(event, u->seals[i]);
    for (size_t i = 0; i < u->damage_count; i++)
        lb_text_list_add(event->sink, &event->cond.damage, u->damages[i]);
}

static void put_doubts(const codeco *in, lb_event *event)
{
    if (in->function.is_repetition)
        lb_doubt(in->edi->sink, event, in->bgm.where, LB_DOUBT_DUPLICATE_HINT);
    if (in->is_partners)
        lb_doubt(in->edi->sink, event, in->code, LB_DOUBT_CODE_PARTNER_TABLE);
    if (in->is_implied)
        lb_doubt(in->edi->sink, event, in->bgm.where, LB_DOUBT_IMPLIED);
    if (in->is_unmapped || event->type == LB_EVENT_UNSPECIFIED)
        lb_doubt(in->edi->sink, event, in->bgm.where, LB_DOUBT_CODE_UNMAPPED);
}

static void say(codeco *in, const codeco_unit *u)
{
    lb_part(in->edi->sink, u->eqd.where, "segment", (size_t)u->eqd.number);
    lb_event *event = lb_say(in->edi->sink);
    const lb_edi_time *time = time_of(u);

    in->events++;
    lb_event_is(event, type_of(in, u), in->classifier, LB_MODE_UNSPECIFIED);
    lb_event_raw(event, in->is_coarri ? "COARRI.BGM" : "CODECO.BGM", in->code, LB_EMPTY);
    event->correction = in->function.correction;
    event->prov.profile = in->message->association;
    event->prov.segment_no = u->eqd.number;
    put_doubts(in, event);
    if (lb_edi_unit_put(in->edi, event, LB_ROLE_SUBJECT, &u->unit) == NULL)
        lb_doubt(in->edi->sink, event, u->eqd.where, LB_DOUBT_GRAMMAR_ODD);
    put_references(event, &u->refs);
    put_references(event, &in->refs);
    put_contents(u, event);
    put_places(in, u, event);
    if (event->objects.count > 0) {
        put_means(in, u, event);
        put_position(u, event);
    }
    if (u->chassis.id.len > 0)
        lb_edi_unit_put(in->edi, event, LB_ROLE_UNIT, &u->chassis);
    if (!in->is_coarri && in->has_main && event->movement.number.len == 0) {
        /* the train that it will leave on, or came on */
        event->movement.number = in->main.number;
        event->movement.stage = in->main.stage;
    }
    if (time != NULL)
        lb_edi_time_set(in->edi, event, time, &event->place);
    else
        lb_doubt(in->edi->sink, event, u->eqd.where, LB_DOUBT_GRAMMAR_ODD);
    put_key(in, u, event);
    lb_said(in->edi->sink);
}

/* -- collecting -------------------------------------------------------------------------------- */

static void too_many(const codeco *in, const lb_edi_segment *segment)
{
    lb_doubt(in->edi->sink, NULL, segment->where, LB_DOUBT_GRAMMAR_ODD);
}

static void add_reference(const codeco *in, references *refs, const lb_edi_segment *rff)
{
    lb_edi_reference reference = lb_edi_reference_of(in->edi, rff);
    if (reference.scheme == LB_SCHEME_UNSPECIFIED || reference.value.len == 0)
        return;
    if (refs->count < REFERENCES_MAX)
        refs->at[refs->count++] = reference;
    else
        too_many(in, rff);
}

static void read_unit_reference(codeco *in, const lb_edi_segment *rff)
{
    if (lb_span_is(lb_edi_value(in->edi, rff, 1, 1), "WGN"))
        in->open.wagon =
            lb_edi_unit_named(in->edi, LB_SPAN("RR"), lb_edi_value(in->edi, rff, 1, 2));
    else
        add_reference(in, &in->open.refs, rff);
}

static void read_unit_place(codeco *in, const lb_edi_segment *loc)
{
    codeco_unit *u = &in->open;
    lb_span qualifier = lb_edi_value(in->edi, loc, 1, 1);
    if (lb_span_is(qualifier, "147"))
        u->position = lb_edi_value(in->edi, loc, 2, 1);
    else if (lb_span_is(qualifier, "165"))
        u->gate = *loc;
    else if (lb_span_is(qualifier, "9"))
        u->from = *loc;
    else if (lb_span_is(qualifier, "11"))
        u->to = *loc;
    else if (lb_span_is(qualifier, "14") || lb_span_is(qualifier, "175"))
        u->other = *loc;
}

static void read_attached(codeco *in, const lb_edi_segment *eqa)
{
    lb_edi_unit unit = lb_edi_unit_of(in->edi, eqa);
    if (unit.kind == LB_KIND_WAGON)
        in->open.wagon = unit;
    else if (unit.kind == LB_KIND_CHASSIS || unit.kind == LB_KIND_TRAILER)
        in->open.chassis = unit;
}

static void read_damage(codeco *in, const lb_edi_segment *dam)
{
    lb_span text = lb_edi_value(in->edi, dam, 2, 4);
    if (text.len == 0)
        text = lb_edi_value(in->edi, dam, 2, 1);
    if (text.len > 0 && in->open.damage_count < DAMAGES_MAX)
        in->open.damages[in->open.damage_count++] = text;
}

static void read_seal(codeco *in, const lb_edi_segment *sel)
{
    lb_span seal = lb_edi_seal(in->edi, sel);
    if (seal.len > 0 && in->open.seal_count < SEALS_MAX)
        in->open.seals[in->open.seal_count++] = seal;
    else
        too_many(in, sel);
}

static void read_unit_detail(codeco *in, const lb_edi_segment *s)
{
    codeco_unit *u = &in->open;
    if (lb_edi_is(s, "RFF")) {
        read_unit_reference(in, s);
    } else if (lb_edi_is(s, "DTM")) {
        lb_edi_times_add(in->edi, u->has_means ? &u->means_times : &u->times, s);
    } else if (lb_edi_is(s, "LOC")) {
        read_unit_place(in, s);
    } else if (lb_edi_is(s, "SEL")) {
        read_seal(in, s);
    } else if (lb_edi_is(s, "FTX")) {
        u->text = lb_edi_free_text(in->edi, s);
    } else if (lb_edi_is(s, "DAM")) {
        read_damage(in, s);
    } else if (lb_edi_is(s, "EQA")) {
        read_attached(in, s);
    } else if (lb_edi_is(s, "MEA")) {
        int64_t gross_g = lb_edi_gross_g(in->edi, s);
        u->gross_g = gross_g == LB_UNKNOWN ? u->gross_g : gross_g;
    } else if (lb_edi_is(s, "TDT")) {
        u->means = lb_edi_means_of(in->edi, s);
        u->has_means = true;
    }
}

static void read_header_detail(codeco *in, const lb_edi_segment *s)
{
    lb_span qualifier = lb_edi_value(in->edi, s, 1, 1);
    if (lb_edi_is(s, "BGM")) {
        in->bgm = *s;
        in->code = qualifier;
        in->function = lb_edi_function_of(in->edi, s);
    } else if (lb_edi_is(s, "DTM")) {
        lb_edi_times_add(in->edi, in->has_main ? &in->main_times : &in->times, s);
    } else if (lb_edi_is(s, "RFF")) {
        add_reference(in, &in->refs, s);
    } else if (lb_edi_is(s, "TDT")) {
        in->main = lb_edi_means_of(in->edi, s);
        in->has_main = true;
    } else if (lb_edi_is(s, "NAD") && lb_span_is(qualifier, "MS")) {
        lb_span party = lb_edi_value(in->edi, s, 2, 1);
        if (party.len > 0)
            lb_sink_message_info(in->edi->sink)->party = party;
    } else if (lb_edi_is(s, "LOC")) {
        if (lb_span_is(qualifier, "165"))
            in->gate = *s;
        else if (lb_span_is(qualifier, "9") || lb_span_is(qualifier, "5"))
            in->from = *s;
        else if (lb_span_is(qualifier, "11") || lb_span_is(qualifier, "8"))
            in->to = *s;
    }
}

/* -- walking the segments ---------------------------------------------------------------------- */

/* A wagon that containers follow carries them; any other wagon is a subject of its own. */
static void close_unit(codeco *in, bool container_follows)
{
    if (in->open.eqd.number == 0)
        return;
    bool is_wagon = in->open.unit.kind == LB_KIND_WAGON;
    if (is_wagon && container_follows) {
        in->wagon = in->open.unit;
        in->has_wagon = true;
    } else {
        in->has_wagon = in->has_wagon && !is_wagon;
        say(in, &in->open);
    }
    in->open.eqd.number = 0;
}

static void open_unit(codeco *in, const lb_edi_segment *eqd)
{
    lb_edi_unit unit = lb_edi_unit_of(in->edi, eqd);
    close_unit(in, unit.kind == LB_KIND_CONTAINER || unit.kind == LB_KIND_SWAPBODY);
    memset(&in->open, 0, sizeof in->open);
    in->open.eqd = *eqd;
    in->open.unit = unit;
    in->open.gross_g = LB_UNKNOWN;
    in->equipment++;
}

static void check_equipment_count(const codeco *in, const lb_edi_segment *cnt)
{
    int64_t said;
    if (!lb_span_is(lb_edi_value(in->edi, cnt, 1, 1), "16"))
        return;
    if (!lb_span_number(lb_edi_value(in->edi, cnt, 1, 2), &said) || said != in->equipment)
        lb_doubt(in->edi->sink, NULL, cnt->where, LB_DOUBT_COUNT_MISMATCH);
}

static void read_header(codeco *in)
{
    lb_edi_cursor cursor = in->message->body;
    lb_edi_segment s;
    while (lb_edi_next(in->edi, &cursor, &s) && !lb_edi_is(&s, "EQD"))
        read_header_detail(in, &s);
    const lb_edi_time *document = lb_edi_times_find(&in->times, "137");
    lb_sink_message_info(in->edi->sink)->reported_at_us = lb_edi_reported(in->edi, document);
    choose_direction(in);
}

static void walk(codeco *in)
{
    lb_edi_cursor cursor = in->message->body;
    lb_edi_segment s;
    while (lb_edi_next(in->edi, &cursor, &s)) {
        if (lb_edi_is(&s, "EQD")) {
            open_unit(in, &s);
        } else if (lb_edi_is(&s, "CNT")) {
            close_unit(in, false);
            check_equipment_count(in, &s);
        } else if (in->open.eqd.number > 0) {
            read_unit_detail(in, &s);
        }
    }
    close_unit(in, false);
}

lb_verdict lb_codeco_read(const lb_edi_message *message)
{
    codeco *in = lb_edi_message_state(message->edi, sizeof *in);
    if (in == NULL)
        return LB_VERDICT_TOO_MUCH;
    in->edi = message->edi;
    in->message = message;
    in->is_coarri = lb_span_is(message->type, "COARRI");
    read_header(in);
    walk(in);
    if (in->events == 0)
        lb_doubt(in->edi->sink, NULL, message->unh.where, LB_DOUBT_GRAMMAR_ODD);
    return LB_VERDICT_READ;
}

static unsigned probe(lb_span head)
{
    static const char *const types[] = {"CODECO", "COARRI", NULL};
    return lb_edi_probe(head, types);
}

static lb_verdict read_interchange(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    return lb_edi_read(reading, message, sink, lb_hub_kinds);
}

const lb_adapter lb_hub_codeco = {
    .name = "hub.codeco",
    .title = "UN/EDIFACT CODECO and COARRI, gate and load reports of terminals, D.95B to D.16A",
    .revision = 1,
    .mode = LB_MODE_MULTIMODAL,
    .authority = LB_AUTHORITY_TERMINAL,
    .max_message = LB_EDI_MAX_INTERCHANGE,
    .max_events = 100000,
    .probe = probe,
    .read = read_interchange,
};
