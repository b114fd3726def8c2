/* write_taf.c - the railways' messages, TAF TSI 3.4: composition, ready, running, forecast, halt.
 *
 *     composition (closed world: train > wagon > container)  ->  ready  ->  left the origin (02)
 *       ->  passed (05), arrived (03), left (04) ...  ->  arrived at its destination (01)
 *
 * After each report comes a forecast for the stops ahead. Places have private numbers of the railways, which
 * their profiles map (write_sources.c), so that no official code is used wrongly. */
#include "write.h"

#include <stdio.h>

typedef struct scribe {
    const day_world *world;
    const day_train *train;
    day_post *post;
    day_text text;
    int number; /* of the message, for its identifier */
} scribe;

static void element_time(scribe *s, const char *name, int64_t us, int offset_min)
{
    char iso[DAY_ISO_ROOM];
    day_text_print(&s->text, "<%s>%s</%s>", name, day_iso(iso, us, offset_min), name);
}

static void open_message(scribe *s, const char *root, int type, int64_t at_us)
{
    const char *sender = s->train->feed[0] == 'k' ? "LBKT" : "LBCR";

    day_text_clear(&s->text);
    day_text_print(&s->text,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                   "<%s xmlns=\"http://www.era.europa.eu/schemes/TAFTSI/3.4\">"
                   "<MessageHeader><MessageReference><MessageType>%d</MessageType>"
                   "<MessageTypeVersion>3.4.0</MessageTypeVersion>"
                   "<MessageIdentifier>%s-%s-%d</MessageIdentifier>",
                   root, type, sender, s->train->run, s->number++);
    element_time(s, "MessageDateTime", at_us, s->train->offset_min);
    day_text_print(&s->text,
                   "</MessageReference><Sender CI_InstanceNumber=\"1\">%s</Sender>"
                   "<Recipient CI_InstanceNumber=\"1\">LBHU</Recipient></MessageHeader>"
                   "<MessageStatus>1</MessageStatus>",
                   sender);
}

/* The train's number, and its booked time at the hand-over to this network, which is the date of the run. */
static void train_number(scribe *s)
{
    day_text_print(&s->text,
                   "<OperationalTrainNumberIdentifier><OperationalTrainNumber>%s"
                   "</OperationalTrainNumber>",
                   s->train->number);
    element_time(s, "ScheduledTimeAtHandover", s->train->stops[0].plan_dep, s->train->offset_min);
    day_text_print(&s->text, "</OperationalTrainNumberIdentifier>");
}

static void close_message(scribe *s, const char *root, int64_t at_us)
{
    day_text_print(&s->text, "</%s>\n", root);
    day_post_send(s->post, day_later(at_us, s->world->begin_us + (40 + s->number) * DAY_SECOND_US),
                  LB_DAY_PUSH, s->train->feed, "rail.taf", &s->text);
}

static void location_fields(scribe *s, day_place_id place)
{
    day_text_print(&s->text,
                   "<CountryCodeISO>%s</CountryCodeISO>"
                   "<LocationPrimaryCode>%d</LocationPrimaryCode>",
                   day_places[place].country, day_places[place].plc);
}

static void location(scribe *s, day_place_id place)
{
    day_text_print(&s->text, "<Location>");
    location_fields(s, place);
    day_text_print(&s->text, "</Location>");
}

/* -- composition ------------------------------------------------------------------------------ */

static int boxes_on(const day_train *train, int wagon)
{
    int count = 0;

    for (int i = 0; i < train->box_count; i++)
        count += train->places[i] == wagon ? 1 : 0;
    return count;
}

static void wagon_data(scribe *s, int wagon)
{
    const day_train *train = s->train;

    day_text_print(&s->text,
                   "<WagonData><WagonNumberFreight>%s</WagonNumberFreight>"
                   "<WagonTrainPosition>%d</WagonTrainPosition>"
                   "<WagonOperationalData><BrakeType>P</BrakeType><TotalLoadWeight>%d"
                   "</TotalLoadWeight></WagonOperationalData>"
                   "<WagonTechData><LengthOverBuffers>1480</LengthOverBuffers>"
                   "<WagonNumberOfAxles>4</WagonNumberOfAxles>"
                   "<WagonWeightEmpty>22000</WagonWeightEmpty></WagonTechData>",
                   train->wagons[wagon], wagon + 1, boxes_on(train, wagon) * 22000);
    for (int i = 0; i < train->box_count; i++)
        if (train->places[i] == wagon)
            day_text_print(&s->text,
                           "<IntermodalTransportData><TypeOfLoadUnit>01</TypeOfLoadUnit>"
                           "<LoadUnitNumber>%s</LoadUnitNumber></IntermodalTransportData>",
                           s->world->boxes[train->boxes[i]].id);
    day_text_print(&s->text, "</WagonData>");
}

static void journey_end(scribe *s, const char *name, day_place_id place, int64_t booked_us)
{
    day_text_print(&s->text, "<%s>", name);
    location_fields(s, place);
    element_time(s, "BookedLocationDateTime", booked_us, day_places[place].offset_min);
    day_text_print(&s->text, "</%s>", name);
}

static void composition(scribe *s)
{
    const day_train *t = s->train;
    const day_stop *last = &t->stops[t->stop_count - 1];

    open_message(s, "TrainCompositionMessage", 3003, t->formed_us);
    train_number(s);
    day_text_print(&s->text, "<TrainCompositionJourneySection><JourneySection>");
    journey_end(s, "JourneySectionOrigin", t->stops[0].place, t->stops[0].plan_dep);
    journey_end(s, "JourneySectionDestination", last->place, last->plan_arr);
    day_text_print(&s->text,
                   "<ResponsibilityActualSection><ResponsibleRU>%s</ResponsibleRU>"
                   "<ResponsibleIM>%s</ResponsibleIM></ResponsibilityActualSection>"
                   "</JourneySection><TrainRunningData><TrainRunningTechData>"
                   "<TrainType>2</TrainType><TrainWeight>%d</TrainWeight>"
                   "<TrainLength>%d</TrainLength><TrainMaxSpeed>120</TrainMaxSpeed>"
                   "<NumberOfVehicles>%d</NumberOfVehicles><NumberOfAxles>%d</NumberOfAxles>"
                   "</TrainRunningTechData></TrainRunningData>"
                   "<LocoIdent><TractionType>11</TractionType>"
                   "<TractionPositionInTrain>1</TractionPositionInTrain></LocoIdent>",
                   t->feed[0] == 'k' ? "LBKT" : "LBCR", t->feed[0] == 'k' ? "LBKT" : "LBCR",
                   t->wagon_count * 22 + t->box_count * 22 + 140, t->wagon_count * 15 + 40,
                   t->wagon_count + 1, t->wagon_count * 4 + 6);
    for (int i = 0; i < t->wagon_count; i++)
        wagon_data(s, i);
    day_text_print(&s->text, "</TrainCompositionJourneySection>");
    close_message(s, "TrainCompositionMessage", t->formed_us);
}

static void ready(scribe *s)
{
    open_message(s, "TrainReadyMessage", 3006, s->train->ready_us);
    train_number(s);
    location(s, s->train->stops[0].place);
    day_text_print(&s->text, "<TrainReadyStatus><TrainReady>1</TrainReady></TrainReadyStatus>");
    element_time(s, "TrainReadyTime", s->train->ready_us, s->train->offset_min);
    close_message(s, "TrainReadyMessage", s->train->ready_us);
}

/* -- running ---------------------------------------------------------------------------------- */

static void report(scribe *s, day_place_id place, const char *status, int64_t us, int64_t booked_us)
{
    int offset = day_places[place].offset_min;
    long long late = (long long)((us - booked_us) / DAY_MINUTE_US);

    day_text_print(&s->text, "<TrainLocationReport>");
    location(s, place);
    element_time(s, "LocationDateTime", us, offset);
    day_text_print(&s->text, "<TrainLocationStatus>%s</TrainLocationStatus>", status);
    element_time(s, "BookedLocationDateTime", booked_us, offset);
    day_text_print(&s->text,
                   "<TrainDelay><AgainstBooked>%+05lld</AgainstBooked></TrainDelay>"
                   "</TrainLocationReport>",
                   late);
}

static const char *arrival_status(const day_train *train, int stop)
{
    return stop + 1 == train->stop_count ? "01" : "03";
}

static const char *departure_status(const day_train *train, int stop)
{
    if (stop == 0)
        return "02";
    return train->stops[stop].plan_arr == DAY_NEVER ? "05" : "04";
}

static void running(scribe *s, int stop, const char *status, int64_t us, int64_t booked_us)
{
    open_message(s, "TrainRunningInformationMessage", 4005, us + 3 * DAY_MINUTE_US);
    train_number(s);
    report(s, s->train->stops[stop].place, status, us, booked_us);
    close_message(s, "TrainRunningInformationMessage", us + 3 * DAY_MINUTE_US);
}

/* The present delay at all stops ahead. */
static void forecast(scribe *s, int after_stop, int64_t at_us, int64_t late_us)
{
    const day_train *t = s->train;

    if (after_stop + 1 >= t->stop_count)
        return;
    open_message(s, "TrainRunningForecastMessage", 4004, at_us + 4 * DAY_MINUTE_US);
    train_number(s);
    for (int i = after_stop + 1; i < t->stop_count; i++) {
        const day_stop *stop = &t->stops[i];
        if (stop->plan_arr != DAY_NEVER)
            report(s, stop->place, arrival_status(t, i), stop->plan_arr + late_us, stop->plan_arr);
        if (stop->plan_dep != DAY_NEVER)
            report(s, stop->place, departure_status(t, i), stop->plan_dep + late_us,
                   stop->plan_dep);
    }
    close_message(s, "TrainRunningForecastMessage", at_us + 4 * DAY_MINUTE_US);
}

/* Waiting at the border is reported as a delay with its cause: administrative formalities. */
static void border_wait(scribe *s, const day_stop *stop)
{
    int minutes = (int)((stop->dep - stop->plan_dep) / DAY_MINUTE_US);

    open_message(s, "TrainDelayCauseMessage", 4001, stop->dep + 2 * DAY_MINUTE_US);
    train_number(s);
    day_text_print(&s->text, "<DelayEventReport><DelayLocation>");
    location_fields(s, stop->place);
    day_text_print(&s->text,
                   "</DelayLocation><TrainLocationStatus>04</TrainLocationStatus>"
                   "<DelayCauseTime><DelayCause>81</DelayCause>"
                   "<DelayMinutes>%d</DelayMinutes>",
                   minutes);
    element_time(s, "DelayEventDateTime", stop->dep, day_places[stop->place].offset_min);
    day_text_print(&s->text, "</DelayCauseTime></DelayEventReport>");
    close_message(s, "TrainDelayCauseMessage", stop->dep + 2 * DAY_MINUTE_US);
}

static void halt(scribe *s, const day_stop *stop)
{
    int64_t us = s->train->halted_us;

    open_message(s, "TrainRunningInterruptionMessage", 4006, us + 20 * DAY_MINUTE_US);
    train_number(s);
    day_text_print(&s->text, "<InterruptionPoint>");
    location(s, stop->place);
    day_text_print(&s->text, "<Interruption><InterruptionReason>82</InterruptionReason>");
    element_time(s, "InterruptionDateTime", us, day_places[stop->place].offset_min);
    day_text_print(&s->text, "<InterruptionDescription>Border does not take more trains"
                             "</InterruptionDescription></Interruption></InterruptionPoint>"
                             "<TrainRunningInterruptionStatus>1</TrainRunningInterruptionStatus>");
    close_message(s, "TrainRunningInterruptionMessage", us + 20 * DAY_MINUTE_US);
}

static void tell_stop(scribe *s, int i)
{
    const day_train *t = s->train;
    const day_stop *stop = &t->stops[i];
    bool is_border = stop->place == DAY_KHORGOS || stop->place == DAY_ALASHANKOU;

    if (stop->arr != DAY_NEVER) {
        running(s, i, arrival_status(t, i), stop->arr, stop->plan_arr);
        forecast(s, i, stop->arr, stop->arr - stop->plan_arr);
    }
    if (stop->dep == DAY_NEVER)
        return;
    running(s, i, departure_status(t, i), stop->dep, stop->plan_dep);
    forecast(s, i, stop->dep, stop->dep - stop->plan_dep);
    if (is_border && i > 0)
        border_wait(s, stop);
}

void day_write_taf(const day_world *world, day_post *post)
{
    scribe s = {.world = world, .post = post};

    for (int i = 0; i < DAY_TRAINS; i++) {
        s.train = &world->trains[i];
        s.number = 1;
        composition(&s);
        ready(&s);
        for (int k = 0; k < s.train->stop_count; k++)
            tell_stop(&s, k);
        if (s.train->halted_us != DAY_NEVER)
            halt(&s, &s.train->stops[2]);
    }
    day_text_fini(&s.text);
}
