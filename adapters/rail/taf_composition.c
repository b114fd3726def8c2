/* taf_composition.c - TrainComposition (3003): the wagons of a train and their load.
 *
 *     TrainCompositionJourneySection      one for each part of the way with one and the same consist
 *       JourneySection                    from, to, responsible undertaking
 *       TrainRunningData                  totals: vehicles, axles, tonnes, metres
 *       LocoIdent*
 *       WagonData*                        number, position, kilograms, centimetres
 *         IntermodalTransportData*        load units (3.4.0 and later)
 *
 * This message associates a container with a train: running messages name the train only. The list of wagons
 * is complete, so it is a closed world: wagons that are not listed have left. The first section is the current
 * consist; the sections after it are plans. Totals are only compared with the sums. */
#include "taf.h"

enum { MAX_WAGONS = 999, MAX_SECTIONS = 99 };

/* the sums over the wagons of one section */
typedef struct consist {
    int64_t wagons, axles, length_cm, mass_kg;
    bool is_weighed, is_measured, are_axles_known; /* every wagon has one */
    int64_t lowest, highest;                       /* position */
    uint64_t seen[(MAX_WAGONS + 64) / 64];         /* positions */
    bool is_gapped;
} consist;

static void add_or_forget(int64_t *sum, bool *is_known, int64_t value)
{
    if (value == LB_UNKNOWN)
        *is_known = false;
    else
        *sum += value;
}

/* -- wagons ----------------------------------------------------------------------------------- */

static int64_t read_position(const lb_taf *taf, lb_event *event, const lb_xml_node *wagon,
                             consist *sum)
{
    const lb_xml_node *node = lb_xml_child(wagon, "WagonTrainPosition");
    int64_t position = lb_taf_number(taf, event, node);
    if (position == LB_UNKNOWN)
        return LB_UNKNOWN;
    if (position < 1 || position > MAX_WAGONS) {
        lb_taf_doubt(taf, event, node, LB_DOUBT_GRAMMAR_ODD);
        return LB_UNKNOWN;
    }

    uint64_t bit = UINT64_C(1) << (position % 64);
    if (sum->seen[position / 64] & bit)
        lb_taf_doubt(taf, event, node, LB_DOUBT_COUNT_MISMATCH);
    sum->seen[position / 64] |= bit;
    sum->lowest = sum->lowest == 0 || position < sum->lowest ? position : sum->lowest;
    sum->highest = position > sum->highest ? position : sum->highest;
    return position;
}

static void put_load_units(const lb_taf *taf, lb_event *event, const lb_xml_node *wagon,
                           const lb_object *on)
{
    const lb_xml_node *unit = lb_xml_child(wagon, "IntermodalTransportData");
    for (; unit != NULL; unit = lb_xml_next(unit, "IntermodalTransportData")) {
        const lb_xml_node *number = lb_xml_child(unit, "LoadUnitNumber");
        if (number == NULL || number->text.len == 0)
            continue;
        if (number->text.len != 11)
            lb_taf_doubt(taf, event, number, LB_DOUBT_GRAMMAR_ODD);
        lb_object box;
        lb_taf_unit_object(event, &box, lb_xml_text(unit, "TypeOfLoadUnit"), number->text);
        lb_assoc *stay = lb_event_assoc(event, LB_ASSOC_ADD, on, &box);
        if (stay != NULL)
            stay->closed_world = true;
    }
}

static void put_wagon(const lb_taf *taf, lb_event *event, const lb_object *train,
                      const lb_xml_node *wagon, consist *sum)
{
    const lb_xml_node *number = lb_xml_child(wagon, "WagonNumberFreight");
    const lb_xml_node *tech = lb_xml_child(wagon, "WagonTechData");
    const lb_xml_node *oper = lb_xml_child(wagon, "WagonOperationalData");
    int64_t position = read_position(taf, event, wagon, sum);
    int64_t load = lb_taf_number(taf, event, lb_xml_child(oper, "TotalLoadWeight"));

    sum->wagons++;
    add_or_forget(&sum->mass_kg, &sum->is_weighed,
                  lb_taf_number(taf, event, lb_xml_child(tech, "WagonWeightEmpty")));
    sum->mass_kg += load == LB_UNKNOWN ? 0 : load; /* an empty wagon has no load */
    add_or_forget(&sum->axles, &sum->are_axles_known,
                  lb_taf_number(taf, event, lb_xml_child(tech, "WagonNumberOfAxles")));
    add_or_forget(&sum->length_cm, &sum->is_measured,
                  lb_taf_number(taf, event, lb_xml_child(tech, "LengthOverBuffers")));
    if (number == NULL || number->text.len == 0 || train == NULL) {
        lb_taf_doubt(taf, event, wagon, LB_DOUBT_GRAMMAR_ODD);
        return;
    }

    lb_object object;
    lb_taf_wagon_object(event, &object, number->text);
    lb_assoc *stay = lb_event_assoc(event, LB_ASSOC_ADD, train, &object);
    if (stay != NULL) {
        stay->closed_world = true;
        stay->position = position;
    }
    put_load_units(taf, event, wagon, &object);
}

/* -- totals ----------------------------------------------------------------------------------- */

static void check(const lb_taf *taf, lb_event *event, const lb_xml_node *stated, bool fits)
{
    if (!fits)
        lb_taf_doubt(taf, event, stated, LB_DOUBT_COUNT_MISMATCH);
}

/* Tonnes against kilograms and metres against centimetres: the train includes the locomotives,
 * so its totals may exceed those of the wagons, but never be less. */
static void check_totals(const lb_taf *taf, lb_event *event, const lb_xml_node *section,
                         const consist *sum)
{
    const lb_xml_node *tech = lb_xml_find(section, "TrainRunningData/TrainRunningTechData");
    const lb_xml_node *vehicles = lb_xml_child(tech, "NumberOfVehicles");
    const lb_xml_node *axles = lb_xml_child(tech, "NumberOfAxles");
    const lb_xml_node *weight = lb_xml_child(tech, "TrainWeight");
    const lb_xml_node *length = lb_xml_child(tech, "TrainLength");
    int64_t locos = (int64_t)lb_xml_count(section, "LocoIdent");
    int64_t n;

    if ((n = lb_taf_number(taf, event, vehicles)) != LB_UNKNOWN)
        check(taf, event, vehicles, n == sum->wagons + locos);
    if ((n = lb_taf_number(taf, event, axles)) != LB_UNKNOWN && sum->are_axles_known)
        check(taf, event, axles, n >= sum->axles);
    if ((n = lb_taf_number(taf, event, weight)) != LB_UNKNOWN && sum->is_weighed)
        check(taf, event, weight, (n + 1) * 1000 > sum->mass_kg);
    if ((n = lb_taf_number(taf, event, length)) != LB_UNKNOWN && sum->is_measured)
        check(taf, event, length, (n + 1) * 100 > sum->length_cm);
    if (sum->highest > 0)
        check(taf, event, section, sum->highest - sum->lowest + 1 == sum->wagons);
}

static void put_quantity(lb_event *event, const consist *sum)
{
    event->qty.units = sum->wagons;
    if (sum->is_weighed && sum->wagons > 0)
        event->qty.gross_g = sum->mass_kg * 1000;
}

static void put_locomotives(lb_event *event, const lb_xml_node *section)
{
    const lb_xml_node *loco = lb_xml_child(section, "LocoIdent");
    for (; loco != NULL; loco = lb_xml_next(loco, "LocoIdent")) {
        lb_span number = lb_xml_text(loco, "LocoNumber");
        lb_event_object(event, LB_ROLE_OTHER, LB_KIND_LOCO,
                        number.len == 12 ? LB_SCHEME_UIC12 : LB_SCHEME_ADHOC, number);
    }
}

/* -- sections --------------------------------------------------------------------------------- */

static void put_way(const lb_taf *taf, lb_event *event, const lb_xml_node *way)
{
    lb_taf_place(taf, event, &event->movement.from, lb_xml_child(way, "JourneySectionOrigin"),
                 LB_PLACE_ROLE_FROM);
    lb_taf_place(taf, event, &event->movement.to, lb_xml_child(way, "JourneySectionDestination"),
                 LB_PLACE_ROLE_TO);
    event->movement.carrier =
        lb_taf_company(taf, lb_xml_text(way, "ResponsibilityActualSection/ResponsibleRU"));
    lb_taf_place_as(&event->place, &event->movement.from, LB_PLACE_ROLE_AT);
    lb_taf_place(taf, event, &event->counter_place, taf->transfer_point, LB_PLACE_ROLE_TRANSFER);
}

/* The first section holds from the time of the message, a later one from its booked departure. */
static void put_time(const lb_taf *taf, lb_event *event, const lb_xml_node *way, bool is_first)
{
    const lb_xml_node *made =
        lb_xml_find(taf->root, "MessageHeader/MessageReference/MessageDateTime");
    const lb_xml_node *booked =
        lb_xml_below(lb_xml_child(way, "JourneySectionOrigin"), "BookedLocationDateTime");
    bool is_made = made != NULL && made->text.len > 0;
    lb_taf_when(taf, event, &event->occurred,
                (is_first && is_made) || booked == NULL ? made : booked, &event->place);
}

static void put_wagons(const lb_taf *taf, lb_event *event, const lb_xml_node *section)
{
    const lb_object *subject = lb_event_find_object(event, LB_ROLE_SUBJECT);
    lb_object train;
    if (subject != NULL)
        train = *subject;
    consist sum = {.is_weighed = true, .is_measured = true, .are_axles_known = true};

    const lb_xml_node *wagon = lb_xml_child(section, "WagonData");
    for (; wagon != NULL; wagon = lb_xml_next(wagon, "WagonData"))
        put_wagon(taf, event, subject == NULL ? NULL : &train, wagon, &sum);
    put_locomotives(event, section);
    check_totals(taf, event, section, &sum);
    put_quantity(event, &sum);
}

static void say_section(const lb_taf *taf, const lb_xml_node *section, const lb_taf_train *train,
                        bool is_first)
{
    const lb_xml_node *way = lb_xml_child(section, "JourneySection");
    lb_event *event =
        lb_taf_say(taf, LB_EVENT_FORM, is_first ? LB_CLASSIFIER_ACTUAL : LB_CLASSIFIER_PLANNED);
    lb_span run = lb_taf_train_put(taf, event, LB_ROLE_SUBJECT, train);
    put_way(taf, event, way == NULL ? section : way);
    put_time(taf, event, way == NULL ? section : way, is_first);
    event->source_event_key =
        lb_sink_print(taf->sink, "%.*s|FORM|%.*s|%.*s|%.*s", LB_ARG(taf->sender), LB_ARG(run),
                      LB_ARG(lb_taf_place_word(taf, &event->movement.from)),
                      LB_ARG(lb_taf_place_word(taf, &event->movement.to)));
    if (!lb_taf_is_retraction(taf))
        put_wagons(taf, event, section);
}

static const lb_xml_node *too_long(const lb_xml_node *section)
{
    for (; section != NULL; section = lb_xml_next(section, "TrainCompositionJourneySection"))
        if (lb_xml_count(section, "WagonData") > MAX_WAGONS)
            return section;
    return NULL;
}

lb_verdict lb_taf_read_composition(const lb_taf *taf)
{
    const lb_xml_node *section = lb_xml_child(taf->root, "TrainCompositionJourneySection");
    const lb_xml_node *origin = lb_xml_find(section, "JourneySection/JourneySectionOrigin");
    lb_taf_train train =
        lb_taf_train_of(taf, taf->root, lb_xml_below(origin, "BookedLocationDateTime"));
    const lb_xml_node *long_one = too_long(section);

    if (train.number == NULL)
        return lb_refuse(taf->sink, LB_VERDICT_GARBLED, taf->root->where,
                         "no OperationalTrainNumber: the train cannot be identified");
    if (section == NULL)
        return lb_refuse(taf->sink, LB_VERDICT_GARBLED, taf->root->where, "no journey section");
    if (long_one != NULL)
        return lb_refuse(taf->sink, LB_VERDICT_TOO_MUCH, long_one->where,
                         "more than %d wagons in one section", MAX_WAGONS);
    if (lb_xml_count(taf->root, "TrainCompositionJourneySection") > MAX_SECTIONS)
        return lb_refuse(taf->sink, LB_VERDICT_TOO_MUCH, section->where,
                         "more than %d journey sections", MAX_SECTIONS);

    bool is_first = true;
    for (; section != NULL; section = lb_xml_next(section, "TrainCompositionJourneySection")) {
        say_section(taf, section, &train, is_first);
        is_first = false;
    }
    return LB_VERDICT_READ;
}
