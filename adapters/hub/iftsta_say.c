/* iftsta_say.c - the events of one collected status.
 *
 *     STS                       the primary event; some codes and reasons give a second one
 *     DTM 186, 133, 189 ...     one more event for each, with the classifier of the qualifier
 *
 * All of them are about the same containers and carry the same references. */
#include "iftsta.h"
#include "rec24.h"

enum { FIRST_REASON = 3, LAST_REASON = 7 }; /* elements of STS */

/* -- what the status code means --------------------------------------------------------------- */

typedef struct meaning {
    const char *scheme; /* of the raw status */
    lb_span code, text, agency;
    lb_event_type type, also;
    lb_classifier classifier;
    lb_family family;
    const char *words;
    bool is_partners, is_unmapped;
} meaning;

/* Up to D.98A element 9011 has the numbers of Rec 24, two of them with another meaning. */
static lb_event_type renamed(const lb_iftsta *in, int64_t code, lb_event_type type,
                             const char **words)
{
    if (in->message->directory >= LB_EDI_DIRECTORY(1998, 'B') || (code != 51 && code != 59))
        return type;
    *words = code == 51 ? "means damaged" : "off-loaded";
    return code == 51 ? LB_EVENT_DAMG : LB_EVENT_DISC;
}

static void mean_rec24(const lb_iftsta *in, meaning *m)
{
    int64_t number = 0;
    const lb_rec24 *row = lb_span_number(m->code, &number) ? lb_rec24_find(number) : NULL;
    m->scheme = "REC24";
    m->is_unmapped = row == NULL;
    if (row == NULL)
        return;
    m->words = row->words;
    m->type = renamed(in, number, row->type, &m->words);
    m->also = row->also;
    m->classifier = row->classifier;
    m->family = row->family;
}

/* Numbers without an agency, or of the UN, are Recommendation 24; letters, and numbers of other
 * agencies, are partners' codes. */
static bool is_rec24(lb_span code, lb_span list, lb_span agency)
{
    bool is_un = lb_span_is(agency, "6") || (agency.len == 0 && lb_span_is(list, "UN"));
    return lb_span_all_digits(code) && (is_un || (agency.len == 0 && list.len == 0));
}

static lb_family family_of_words(lb_span text)
{
    static const struct {
        const char *word;
        lb_family family;
    } words[] = {
        {"ustoms", LB_FAMILY_CUSTOMS}, {"epart", LB_FAMILY_TRANSPORT},
        {"rriv", LB_FAMILY_TRANSPORT}, {"ate", LB_FAMILY_EQUIPMENT},
        {"oad", LB_FAMILY_EQUIPMENT},  {"eliver", LB_FAMILY_CARGO},
        {"ooked", LB_FAMILY_CARGO},    {"elay", LB_FAMILY_EXCEPTION},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (text.len > 0 && memmem(text.at, text.len, words[i].word, strlen(words[i].word)) != NULL)
            return words[i].family;
    return LB_FAMILY_UNSPECIFIED;
}

static void ask_partner(const lb_iftsta *in, meaning *m)
{
    lb_source_code partner;
    if (!lb_source_find_code(in->edi->reading->source, lb_span_of(m->scheme), m->code, &partner))
        return;
    m->type = partner.type;
    m->also = LB_EVENT_UNSPECIFIED;
    if (partner.classifier != LB_CLASSIFIER_UNSPECIFIED)
        m->classifier = partner.classifier;
    m->is_partners = true;
    m->is_unmapped = false;
}

static const char *c_string(const lb_iftsta *in, lb_span text)
{
    char *at = lb_sink_alloc(in->edi->sink, text.len + 1);
    if (at == NULL)
        return "";
    if (text.len > 0)
        memcpy(at, text.at, text.len);
    at[text.len] = '\0';
    return at;
}

static meaning meaning_of(const lb_iftsta *in)
{
    const lb_edi *edi = in->edi;
    meaning m = {.scheme = "STS", .classifier = LB_CLASSIFIER_ACTUAL};
    m.code = lb_edi_value(edi, &in->sts, 2, 1);
    m.agency = lb_edi_value(edi, &in->sts, 2, 3);
    m.text = lb_edi_value(edi, &in->sts, 2, 4);
    lb_span list = lb_edi_value(edi, &in->sts, 2, 2);
    /* senders squeeze it into the category: STS+1:X7:21 */
    if (m.code.len == 0 && m.text.len == 0) {
        m.code = lb_edi_value(edi, &in->sts, 1, 2);
        m.agency = lb_edi_value(edi, &in->sts, 1, 3);
    }
    if (m.code.len > 0 && memchr(m.code.at, ' ', m.code.len) != NULL) { /* words, not a code */
        m.text = m.code;
        m.code = LB_EMPTY;
    }

    lb_span owner = m.agency.len > 0 ? m.agency : list;
    if (is_rec24(m.code, list, m.agency))
        mean_rec24(in, &m);
    else if (m.code.len > 0) {
        m.scheme = owner.len > 0 ? c_string(in, owner) : "STS";
        m.is_partners = true;
    } else {
        m.is_unmapped = true;
    }
    if (m.code.len > 0)
        ask_partner(in, &m);
    if (m.type == LB_EVENT_UNSPECIFIED && m.family == LB_FAMILY_UNSPECIFIED)
        m.family = family_of_words(m.text);
    if (m.text.len == 0)
        m.text = lb_span_of(m.words);
    return m;
}

/* -- objects and references ------------------------------------------------------------------- */

static void put_references_of(lb_event *event, const lb_iftsta_references *list)
{
    for (size_t i = 0; i < list->count; i++) {
        bool is_there = false;
        for (size_t r = 0; r < event->refs.count && !is_there; r++)
            is_there = event->refs.at[r].scheme == list->at[i].scheme &&
                       (lb_span_equal(event->refs.at[r].value, list->at[i].value) ||
                        lb_span_equal(event->refs.at[r].value_raw, list->at[i].value));
        if (!is_there)
            lb_event_reference(event, list->at[i].scheme, list->at[i].value, LB_EMPTY);
    }
}

static void put_references(const lb_iftsta *in, lb_event *event)
{
    put_references_of(event, &in->unit);
    put_references_of(event, &in->status);
    put_references_of(event, &in->scope);
    put_references_of(event, &in->header);
    lb_event_reference(event, LB_SCHEME_ADHOC, in->consignment, LB_EMPTY);
}

static const lb_edi_reference *strongest(const lb_iftsta *in)
{
    const lb_iftsta_references *lists[] = {&in->unit, &in->status, &in->scope, &in->header};
    const lb_edi_reference *best = NULL;
    for (size_t l = 0; l < 4; l++)
        for (size_t i = 0; i < lists[l]->count; i++) {
            const lb_edi_reference *r = &lists[l]->at[i];
            if (r->rank > 0 && (best == NULL || r->rank < best->rank))
                best = r;
        }
    return best;
}

static size_t count_wagons(const lb_iftsta *in)
{
    size_t wagons = 0;
    for (size_t i = 0; i < in->unit_count; i++)
        wagons += in->units[i].kind == LB_KIND_WAGON;
    return wagons;
}

static void check_equipment(const lb_iftsta *in, lb_event *event, lb_span named)
{
    bool is_among = named.len == 0;
    for (size_t i = 0; i < in->unit_count && !is_among; i++)
        is_among = lb_span_equal(in->units[i].id, named);
    if (!is_among)
        lb_doubt(in->edi->sink, event, named, LB_DOUBT_REF_MISMATCH);
}

/* A wagon carries the containers that are named with it. With several wagons it is unknown which
 * carries which: they are mentioned, and nothing is inferred. */
static void put_units(const lb_iftsta *in, lb_event *event)
{
    size_t wagons = count_wagons(in);
    bool only_wagons = wagons == in->unit_count;
    for (size_t i = 0; i < in->unit_count; i++) {
        bool is_wagon = in->units[i].kind == LB_KIND_WAGON;
        lb_role role = !is_wagon || only_wagons ? LB_ROLE_SUBJECT
                       : wagons == 1            ? LB_ROLE_MEANS
                                                : LB_ROLE_OTHER;
        lb_edi_unit_put(in->edi, event, role, &in->units[i]);
    }
    if (only_wagons)
        return;
    check_equipment(in, event, in->header.equipment);
    check_equipment(in, event, in->scope.equipment);
    check_equipment(in, event, in->status.equipment);
}

static void put_named_equipment(const lb_iftsta *in, lb_event *event, lb_span named)
{
    lb_edi_unit unit = lb_edi_unit_named(in->edi, LB_SPAN("CN"), named);
    lb_edi_unit_put(in->edi, event, LB_ROLE_SUBJECT, &unit);
    if (in->header.equipment.len > 0 && !lb_span_equal(in->header.equipment, named))
        lb_doubt(in->edi->sink, event, in->header.equipment, LB_DOUBT_REF_MISMATCH);
}

static void put_goods(const lb_iftsta *in, lb_event *event)
{
    enum { SSCC_LEN = 18 };
    for (size_t i = 0; i < in->goods_count; i++) {
        bool is_sscc = in->goods[i].len == SSCC_LEN && lb_span_all_digits(in->goods[i]);
        lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_PIECE,
                        is_sscc ? LB_SCHEME_SSCC : LB_SCHEME_ADHOC, in->goods[i]);
    }
}

/* The subject: the containers, else the container of a reference, else the packages, else the
 * consignment by its strongest reference. */
static void put_subject(const lb_iftsta *in, lb_event *event)
{
    lb_span named = in->status.equipment.len > 0  ? in->status.equipment
                    : in->scope.equipment.len > 0 ? in->scope.equipment
                                                  : in->header.equipment;
    const lb_edi_reference *reference = strongest(in);
    bool has_cargo_unit = in->unit_count > count_wagons(in);

    put_units(in, event);
    if (has_cargo_unit || (in->unit_count > 0 && named.len == 0))
        return;
    if (named.len > 0) {
        for (size_t i = 0; i < event->objects.count; i++) /* the wagon carries it */
            event->objects.at[i].role = LB_ROLE_MEANS;
        put_named_equipment(in, event, named);
    } else if (in->goods_count > 0) {
        put_goods(in, event);
    } else if (reference != NULL) {
        lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONSIGNMENT, reference->scheme,
                        reference->value);
    } else if (in->consignment.len > 0) {
        lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONSIGNMENT, LB_SCHEME_ADHOC,
                        in->consignment);
    } else {
        lb_doubt(in->edi->sink, event, in->sts.where, LB_DOUBT_GRAMMAR_ODD);
    }
}

/* -- transport -------------------------------------------------------------------------------- */

static bool is_any(lb_span text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (lb_span_is(text, *words))
            return true;
    return false;
}

static const char *const departures[] = {"9", "5", NULL}, *const arrivals[] = {"11", "8", "7", "60",
                                                                               NULL};
static const char *const departs[] = {"186", "133", "189", "136", NULL};

static const lb_iftsta_stop *stop_of(const lb_iftsta *in, size_t means,
                                     const char *const *qualifiers)
{
    for (; *qualifiers != NULL; qualifiers++)
        for (size_t i = 0; i < in->stop_count; i++)
            if (in->stops[i].means == means && lb_span_is(in->stops[i].qualifier, *qualifiers))
                return &in->stops[i];
    return NULL;
}

/* A run is known by its day of departure. */
static lb_span departure_day(const lb_iftsta *in, size_t means)
{
    for (size_t q = 0; departs[q] != NULL; q++)
        for (size_t i = 0; i < in->date_count; i++)
            if (in->dates[i].means == means && lb_span_is(in->dates[i].time.qualifier, departs[q]))
                return lb_edi_time_day(in->edi, &in->dates[i].time);
    return LB_EMPTY;
}

static const lb_object *wagon_of(const lb_event *event)
{
    for (size_t i = 0; i < event->objects.count; i++)
        if (event->objects.at[i].kind == LB_KIND_WAGON &&
            event->objects.at[i].role != LB_ROLE_OTHER)
            return &event->objects.at[i];
    return NULL;
}

/* The train pulls the wagon under the container: here the association is stated, not inferred. */
static void put_wagon_in_train(lb_event *event, const lb_object *train)
{
    const lb_object *wagon = wagon_of(event);
    if (train != NULL && train->kind == LB_KIND_TRAIN && wagon != NULL &&
        event->classifier == LB_CLASSIFIER_ACTUAL)
        lb_event_assoc(event, LB_ASSOC_OBSERVE, train, wagon);
}

static void put_means(const lb_iftsta *in, lb_event *event, size_t index, const lb_edi_time *time)
{
    if (index >= in->means_count)
        return;
    const lb_edi_means *means = &in->means[index];
    const lb_iftsta_stop *from = stop_of(in, index, departures), *to = stop_of(in, index, arrivals);
    lb_span day = departure_day(in, index);
    bool is_guessed = day.len == 0;
    if (is_guessed) /* the status is nearer to the departure than an expected arrival is */
        day = lb_edi_time_day(in->edi, in->primary != NULL ? in->primary : time);

    const lb_object *wagon = wagon_of(event);
    bool rides_on_wagon = wagon != NULL && wagon->role == LB_ROLE_MEANS;
    event->mode = means->mode;
    lb_object *object = lb_edi_means_put(
        in->edi, event, rides_on_wagon ? LB_ROLE_OTHER : LB_ROLE_MEANS, means, day);
    bool is_run = object != NULL && object->kind != LB_KIND_TRUCK;
    if (is_run && is_guessed)
        lb_doubt(in->edi->sink, event, means->where, LB_DOUBT_IDENTITY_GUESSED);
    put_wagon_in_train(event, object);
    if (from != NULL)
        lb_edi_place(in->edi, &from->loc, &event->movement.from, LB_PLACE_ROLE_FROM);
    if (to != NULL)
        lb_edi_place(in->edi, &to->loc, &event->movement.to, LB_PLACE_ROLE_TO);
}

/* -- one event -------------------------------------------------------------------------------- */

static lb_span subjects_word(const lb_iftsta *in, const lb_event *event)
{
    lb_span word = LB_EMPTY;
    for (size_t i = 0; i < event->objects.count; i++)
        if (event->objects.at[i].role == LB_ROLE_SUBJECT)
            word = word.len == 0 ? event->objects.at[i].id
                                 : lb_sink_print(in->edi->sink, "%.*s,%.*s", LB_ARG(word),
                                                 LB_ARG(event->objects.at[i].id));
    return word.len == 0 ? LB_SPAN("-") : word;
}

/* Never the control references: they are reused for other statuses, and statuses are sent again
 * under new ones. */
static void put_key(const lb_iftsta *in, lb_event *event)
{
    lb_span text = event->raw.code.len > 0 ? event->raw.code : event->raw.text;
    event->source_event_key = lb_sink_print(
        in->edi->sink, "%.*s|%.*s|%.*s:%.*s|%s|%.*s|%.*s|%.*s", LB_ARG(event->prov.party),
        LB_ARG(subjects_word(in, event)), LB_ARG(event->raw.scheme), LB_ARG(text),
        lb_event_type_code(event->type), LB_ARG(event->occurred.local_text),
        LB_ARG(lb_edi_place_word(&event->place)), LB_ARG(in->consignment));
}

static lb_event *start(lb_iftsta *in, lb_event_type type, lb_classifier classifier,
                       const lb_edi_segment *segment)
{
    lb_event *event = lb_say(in->edi->sink);
    in->events++;
    lb_event_is(event, type, classifier, LB_MODE_UNSPECIFIED);
    event->correction = in->function.correction;
    event->prov.profile = in->message->association;
    event->prov.segment_no = segment->number;
    event->remark = in->text;
    event->qty.gross_g = in->gross_g;
    if (in->function.is_repetition)
        lb_doubt(in->edi->sink, event, in->message->unh.where, LB_DOUBT_DUPLICATE_HINT);
    put_subject(in, event);
    put_references(in, event);
    for (size_t i = 0; i < in->seal_count; i++)
        lb_event_seal_number(event, in->seals[i]);
    return event;
}

/* -- the primary event ------------------------------------------------------------------------ */

static const char *const *wanted_places(lb_event_type type)
{
    static const char *const none[] = {NULL};
    switch (type) {
    case LB_EVENT_DEPA:
    case LB_EVENT_LOAD:
        return departures;
    case LB_EVENT_ARRI:
    case LB_EVENT_DISC:
    case LB_EVENT_DLVR:
        return arrivals;
    default:
        return none;
    }
}

/* The LOC of the status; else, inferred, the end of the journey that fits. */
static void put_primary_place(const lb_iftsta *in, lb_event *event)
{
    const char *const *wanted = wanted_places(event->type);
    const lb_edi_segment *loc = in->location_count > 0 ? &in->locations[0] : NULL;
    for (size_t i = 0; i < in->location_count; i++)
        if (is_any(lb_edi_value(in->edi, &in->locations[i], 1, 1), wanted)) {
            loc = &in->locations[i];
            break;
        }
    const lb_iftsta_stop *stop = loc == NULL && in->means_count > 0 ? stop_of(in, 0, wanted) : NULL;
    if (stop != NULL) {
        loc = &stop->loc;
        lb_doubt(in->edi->sink, event, loc->where, LB_DOUBT_IMPLIED);
    }
    if (loc != NULL)
        lb_edi_place(in->edi, loc, &event->place, LB_PLACE_ROLE_AT);
    if (in->position.len > 0)
        event->place.sub = in->position;
}

/* Times that fit a type when the status has none of its own. */
static const struct {
    lb_event_type type;
    const char *qualifier;
} fitting[] = {
    {LB_EVENT_DEPA, "186"}, {LB_EVENT_ARRI, "178"}, {LB_EVENT_ARRI, "252"}, {LB_EVENT_DLVR, "35"},
    {LB_EVENT_DLVR, "191"}, {LB_EVENT_PICK, "200"}, {LB_EVENT_PICK, "201"}, {LB_EVENT_PICK, "405"},
    {LB_EVENT_LOAD, "404"}, {LB_EVENT_ACPT, "143"}, {LB_EVENT_RCVD, "143"}, {LB_EVENT_POSN, "395"},
};

static const lb_edi_time *transport_time(const lb_iftsta *in, const char *qualifier)
{
    for (size_t i = 0; i < in->date_count; i++)
        if (lb_span_is(in->dates[i].time.qualifier, qualifier))
            return &in->dates[i].time;
    return NULL;
}

static const lb_edi_time *primary_time(const lb_iftsta *in, lb_event_type type)
{
    static const char *const own[] = {"334", "78", "7", "203"};
    const lb_edi_time *time = NULL;
    for (size_t i = 0; i < 4 && time == NULL; i++)
        time = lb_edi_times_find(&in->times, own[i]);
    for (size_t i = 0; i < sizeof fitting / sizeof fitting[0] && time == NULL; i++) {
        if (fitting[i].type != type)
            continue;
        time = lb_edi_times_find(&in->times, fitting[i].qualifier);
        if (time == NULL)
            time = transport_time(in, fitting[i].qualifier);
    }
    return time;
}

static void put_primary_time(const lb_iftsta *in, lb_event *event, const lb_edi_time *time)
{
    const lb_edi_time *document = lb_edi_times_find(&in->header_times, "137");
    if (time != NULL) {
        lb_edi_time_set(in->edi, event, time, &event->place);
        return;
    }
    lb_doubt(in->edi->sink, event, in->sts.where, LB_DOUBT_GRAMMAR_ODD);
    if (document == NULL)
        return;
    lb_edi_time_set(in->edi, event, document, &event->place);
    event->occurred.prec = LB_PRECISION_UNKNOWN;
}

static void put_raw(const lb_iftsta *in, lb_event *event, const meaning *m)
{
    lb_event_raw(event, m->scheme, m->code, m->text);
    event->raw.agency = m->agency;
    for (size_t element = FIRST_REASON; element <= LAST_REASON; element++) {
        lb_span reason = lb_edi_value(in->edi, &in->sts, element, 1);
        lb_span text = lb_edi_value(in->edi, &in->sts, element, 4);
        lb_text_list_add(in->edi->sink, &event->raw.reasons, reason.len > 0 ? reason : text);
    }
    if (event->family == LB_FAMILY_UNSPECIFIED)
        event->family = m->family;
    if (m->is_partners)
        lb_doubt(in->edi->sink, event, m->code, LB_DOUBT_CODE_PARTNER_TABLE);
    if (m->is_unmapped)
        lb_doubt(in->edi->sink, event, m->code.len > 0 ? m->code : in->sts.where,
                 LB_DOUBT_CODE_UNMAPPED);
}

static void put_reason(const lb_iftsta *in, lb_event *event, size_t element)
{
    int64_t number;
    event->exc.cause = lb_edi_value(in->edi, &in->sts, element, 1);
    event->exc.text = lb_edi_value(in->edi, &in->sts, element, 4);
    const lb_rec24_reason *known =
        lb_span_number(event->exc.cause, &number) ? lb_rec24_reason_find(number) : NULL;
    if (known != NULL && event->exc.text.len == 0)
        event->exc.text = lb_span_of(known->words);
}

/* Stations where the gauges of 1435 mm and 1520 mm meet. */
static bool is_gauge_break(const lb_place *place)
{
    static const char *const keys[] = {"CNHRS", "CNAKL",     "CNERC",       "CNRLC",
                                       "CNMLX", "KZHOR",     "PLMAA",       "BYBQT",
                                       "PLSAW", "KZ-DOSTYK", "KZ-ALTYNKOL", NULL};
    lb_span word = lb_edi_place_word(place);
    const lb_place_entry *entry = lb_place_by_any(word);
    return is_any(entry == NULL ? word : lb_span_of(entry->key), keys);
}

/* Transhipped: off the first wagon, onto the second, in the order in which they are named. */
static void put_transfer(const lb_iftsta *in, lb_event *event)
{
    lb_object wagons[2];
    size_t count = 0;
    const lb_object *subject = lb_event_find_object(event, LB_ROLE_SUBJECT);
    for (size_t i = 0; i < event->objects.count && count < 2; i++)
        if (event->objects.at[i].kind == LB_KIND_WAGON &&
            event->objects.at[i].role != LB_ROLE_SUBJECT)
            wagons[count++] = event->objects.at[i];
    if (subject == NULL || count == 0)
        return;
    if (count == 2) {
        lb_event_assoc(event, LB_ASSOC_DELETE, &wagons[0], subject);
        lb_doubt(in->edi->sink, event, wagons[0].id, LB_DOUBT_IDENTITY_GUESSED);
    }
    lb_event_assoc(event, LB_ASSOC_ADD, &wagons[count - 1], subject);
}

/* `reason`: the element of STS that gives the cause. */
static void say_primary(lb_iftsta *in, const meaning *m, lb_event_type type, size_t reason)
{
    enum { AMBIGUOUS = 40 };
    lb_event *event = start(in, type, m->classifier, &in->sts);
    bool is_wagon_change = lb_span_is(m->code, "368") || lb_span_is(m->code, "100");

    put_raw(in, event, m);
    put_reason(in, event, reason);
    put_primary_place(in, event);
    if (type == LB_EVENT_HNDO && lb_span_is(m->code, "368") && is_gauge_break(&event->place))
        lb_event_is(event, LB_EVENT_GAUG, m->classifier, LB_MODE_RAIL);
    put_primary_time(in, event, in->primary);
    put_means(in, event, 0, in->primary);
    if (event->mode == LB_MODE_UNSPECIFIED &&
        (lb_span_is(m->code, "26") || lb_span_is(m->code, "70") || event->type == LB_EVENT_GAUG))
        event->mode = LB_MODE_RAIL;
    if (is_wagon_change && !m->is_partners)
        put_transfer(in, event);
    if (lb_span_is(m->code, "51") && type == LB_EVENT_DISC)
        event->confidence = AMBIGUOUS;
    put_key(in, event);
}

/* -- the dates of the transport --------------------------------------------------------------- */

static const struct {
    const char *qualifier;
    lb_event_type type;
    lb_classifier classifier;
} date_kinds[] = {
    {"186", LB_EVENT_DEPA, LB_CLASSIFIER_ACTUAL},
    {"133", LB_EVENT_DEPA, LB_CLASSIFIER_ESTIMATED},
    {"189", LB_EVENT_DEPA, LB_CLASSIFIER_PLANNED},
    {"178", LB_EVENT_ARRI, LB_CLASSIFIER_ACTUAL},
    {"132", LB_EVENT_ARRI, LB_CLASSIFIER_ESTIMATED},
    {"232", LB_EVENT_ARRI, LB_CLASSIFIER_PLANNED},
    {"252", LB_EVENT_ARRI, LB_CLASSIFIER_ACTUAL},
    {"35", LB_EVENT_DLVR, LB_CLASSIFIER_ACTUAL},
    {"191", LB_EVENT_DLVR, LB_CLASSIFIER_ESTIMATED},
};

/* The stop that a date is nested under, else the stop of its qualifier. */
static const lb_edi_segment *place_of_date(const lb_iftsta *in, const lb_iftsta_date *date,
                                           lb_event_type type)
{
    if (date->stop != SIZE_MAX)
        return &in->stops[date->stop].loc;
    const lb_iftsta_stop *stop =
        stop_of(in, date->means, type == LB_EVENT_DEPA ? departures : arrivals);
    if (stop != NULL)
        return &stop->loc;
    return in->location_count > 0 ? &in->locations[0] : NULL;
}

static void say_date(lb_iftsta *in, const lb_iftsta_date *date, lb_event_type type,
                     lb_classifier classifier)
{
    lb_event *event = start(in, type, classifier, &date->dtm);
    const lb_edi_segment *loc = place_of_date(in, date, type);

    lb_event_raw(event, "DTM", date->time.qualifier, LB_EMPTY);
    if (loc != NULL)
        lb_edi_place(in->edi, loc, &event->place, LB_PLACE_ROLE_AT);
    lb_edi_time_set(in->edi, event, &date->time, &event->place);
    put_means(in, event, date->means, &date->time);
    put_key(in, event);
}

static void say_dates(lb_iftsta *in)
{
    for (size_t i = 0; i < in->date_count; i++)
        for (size_t k = 0; k < sizeof date_kinds / sizeof date_kinds[0]; k++)
            if (lb_span_is(in->dates[i].time.qualifier, date_kinds[k].qualifier))
                say_date(in, &in->dates[i], date_kinds[k].type, date_kinds[k].classifier);
}

/* Exceptions that only the reason gives: "departed", because of "weather". */
static void say_reasons(lb_iftsta *in, const meaning *m)
{
    for (size_t element = FIRST_REASON; element <= LAST_REASON; element++) {
        int64_t number;
        lb_span code = lb_edi_value(in->edi, &in->sts, element, 1);
        const lb_rec24_reason *reason =
            lb_span_number(code, &number) ? lb_rec24_reason_find(number) : NULL;
        if (reason != NULL && reason->type != LB_EVENT_UNSPECIFIED && reason->type != m->type)
            say_primary(in, m, reason->type, element);
    }
}

void lb_iftsta_say(lb_iftsta *in)
{
    meaning m = meaning_of(in);
    in->primary = primary_time(in, m.type);
    say_primary(in, &m, m.type, FIRST_REASON);
    if (m.also != LB_EVENT_UNSPECIFIED)
        say_primary(in, &m, m.also, FIRST_REASON);
    say_reasons(in, &m);
    say_dates(in);
}
