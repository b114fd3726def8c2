/* truth.c - the facts that a hub must have after the whole day. Made from the world, not from messages.
 *
 * One fact a line, sorted; words are divided by one blank, an unknown is "-":
 *
 *     track KEY status ON_RAIL
 *     track KEY milestone GTIN ACTUAL 2026-03-12T10:05:00+08:00 CNULZ
 *     track KEY leg RAIL train:X9023@2026-03-12 CNULZ KZ-ALTYNKOL dep=TIME arr=TIME
 *     track KEY stay wagon:333345500012 FROM UNTIL              its direct parents
 *     track KEY last_place CNULZ
 *     track KEY pieces 15 of 24                                 delivered
 *     cargo-changes-mode KEY truck>rail
 *     free departure X9023@2026-03-13 MILLI_TEU 24000
 *     yard CNULZ containers 310 milli_teu 470000                     and CNULZ/A ... for each block
 *     block CNULZ/A nominal 240000                              capacity in MILLI_TEU
 *     border CNHRS>KZ-ALTYNKOL@2026-03-12 nominal 14 used 5 as_of TIME
 *     ban ID CNAKL FROM UNTIL
 *     train KEY halted CNKUY SINCE
 *     train KEY carries N                                       containers
 *     messages FORMAT normal N duplicate N broken N late N
 *     feed SOURCE last TIME silent no
 *
 * Milestones of a cargo are its own and those of its means at the time. A milestone whose format has no
 * time has "-" for it. */
#include "write.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct teller {
    const day_world *world;
    const day_post *post;
    char **lines;
    size_t count, room;
} teller;

static void tell(teller *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void tell(teller *t, const char *format, ...)
{
    char line[512];
    va_list list;

    va_start(list, format);
    int len = vsnprintf(line, sizeof line, format, list);
    va_end(list);
    if (len < 0 || t->count == t->room)
        return;
    t->lines[t->count] = day_memory((size_t)len + 1, 1);
    memcpy(t->lines[t->count++], line, (size_t)len < sizeof line ? (size_t)len : sizeof line - 1);
}

typedef struct stamp {
    char text[DAY_ISO_ROOM];
} stamp;

static stamp when(int64_t us, int offset_min)
{
    stamp s = {"-"};

    if (us != DAY_NEVER)
        day_iso(s.text, us, offset_min);
    return s;
}

static stamp here(int64_t us)
{
    return when(us, DAY_CHINA_MIN);
}

static void milestone(teller *t, const char *key, const char *type, int64_t us, day_place_id place)
{
    tell(t, "track %s milestone %s ACTUAL %s %s", key, type,
         when(us, day_places[place].offset_min).text, day_places[place].key);
}

static void stay(teller *t, const char *key, const char *kind, const char *id, int64_t from_us,
                 int64_t until_us)
{
    tell(t, "track %s stay %s:%s %s %s", key, kind, id, here(from_us).text, here(until_us).text);
}

/* -- trains ----------------------------------------------------------------------------------- */

static void ride(teller *t, const char *key, const day_train *run)
{
    for (int i = 0; i < run->stop_count; i++) {
        const day_stop *stop = &run->stops[i];
        bool is_permission = i > 0 && stop->plan_arr == DAY_NEVER;
        if (stop->arr != DAY_NEVER)
            milestone(t, key, "ARRI", stop->arr, stop->place);
        if (stop->dep != DAY_NEVER)
            milestone(t, key, is_permission ? "PASS" : "DEPA", stop->dep, stop->place);
    }
    const day_stop *first = &run->stops[0], *last = &run->stops[run->stop_count - 1];
    tell(t, "track %s leg RAIL train:%s %s %s dep=%s arr=%s", key, run->run,
         day_places[first->place].key, day_places[last->place].key,
         when(first->dep, run->offset_min).text,
         when(last->arr, day_places[last->place].offset_min).text);
}

static day_place_id last_place_of(const day_train *run)
{
    day_place_id place = run->stops[0].place;

    for (int i = 0; i < run->stop_count; i++)
        if (run->stops[i].arr != DAY_NEVER || run->stops[i].dep != DAY_NEVER)
            place = run->stops[i].place;
    return place;
}

/* At the end of the day, without containers that were discharged. */
static int boxes_aboard(const day_world *world, const day_train *run)
{
    int index = (int)(run - world->trains), count = 0;

    for (int i = 0; i < run->box_count; i++) {
        const day_box *box = &world->boxes[run->boxes[i]];
        bool has_left = box->train_in == index || (box->train_out == index && box->train_on >= 0);
        count += has_left ? 0 : 1;
    }
    return count;
}

static void tell_train(teller *t, const day_train *run)
{
    char key[64];

    snprintf(key, sizeof key, "train:%s", run->run);
    ride(t, key, run);
    tell(t, "track %s last_place %s", key, day_places[last_place_of(run)].key);
    tell(t, "train %s carries %d", key, boxes_aboard(t->world, run));
    if (run->halted_us != DAY_NEVER)
        tell(t, "train %s halted %s %s", key, day_places[last_place_of(run)].key,
             here(run->halted_us).text);
}

/* -- containers ------------------------------------------------------------------------------- */

static const char *status_of(const day_box *box)
{
    if (box->gate_out_us != DAY_NEVER)
        return "ON_ROAD";
    return box->load_us != DAY_NEVER ? "ON_RAIL" : "IN_TERMINAL";
}

static day_place_id box_place(const teller *t, const day_box *box)
{
    if (box->train_on >= 0)
        return last_place_of(&t->world->trains[box->train_on]);
    return box->train_out >= 0 ? last_place_of(&t->world->trains[box->train_out]) : DAY_HUB;
}

static void tell_arrival(teller *t, const day_box *box, const char *key)
{
    const day_world *world = t->world;

    if (box->truck_in >= 0) {
        const day_truck *truck = &world->trucks[box->truck_in];
        stay(t, key, "truck", truck->plate, truck->depart_us - DAY_MINUTE_US, box->gate_in_us);
        tell(t, "track %s leg ROAD truck:%s %s CNULZ dep=- arr=-", key, truck->plate,
             day_places[truck->from].key);
    }
    if (box->gate_in_us != DAY_NEVER)
        milestone(t, key, "GTIN", box->gate_in_us, DAY_HUB);
    if (box->train_in >= 0) {
        const day_train *run = &world->trains[box->train_in];
        ride(t, key, run);
        milestone(t, key, "DISC", box->disc_us, DAY_HUB);
        stay(t, key, "wagon", day_box_wagon(world, (int)(box - world->boxes), box->train_in),
             run->formed_us, box->disc_us);
    }
    milestone(t, key, "YMOV", box->set_down_us, DAY_HUB);
    if (box->stuffed_us != DAY_NEVER)
        milestone(t, key, "STUF", box->stuffed_us, DAY_HUB);
}

static void tell_departure(teller *t, const day_box *box, const char *key)
{
    const day_world *world = t->world;
    int index = (int)(box - world->boxes);

    if (box->gate_out_us != DAY_NEVER) {
        const day_truck *truck = &world->trucks[box->truck_out];
        milestone(t, key, "GTOT", box->gate_out_us, DAY_HUB);
        stay(t, key, "truck", truck->plate, box->gate_out_us, DAY_NEVER);
        tell(t, "track %s leg ROAD truck:%s CNULZ %s dep=- arr=-", key, truck->plate,
             day_places[truck->to].key);
    }
    if (box->train_out < 0)
        return;
    milestone(t, key, "LOAD", box->load_us, DAY_HUB);
    ride(t, key, &world->trains[box->train_out]);
    stay(t, key, "wagon", day_box_wagon(world, index, box->train_out), box->load_us,
         box->transload_us);
    if (box->train_on < 0)
        return;
    const day_train *before = &world->trains[box->train_out], *run = &world->trains[box->train_on];
    milestone(t, key, "CROS", before->stops[before->stop_count - 1].arr, run->stops[0].place);
    milestone(t, key, "GAUG", box->transload_us, run->stops[0].place);
    stay(t, key, "wagon", day_box_wagon(world, index, box->train_on), box->transload_us, DAY_NEVER);
    ride(t, key, run);
}

static void tell_box(teller *t, const day_box *box)
{
    char key[32];

    snprintf(key, sizeof key, "container:%s", box->id);
    tell_arrival(t, box, key);
    tell_departure(t, box, key);
    tell(t, "track %s status %s", key, status_of(box));
    if (box->gate_out_us == DAY_NEVER)
        tell(t, "track %s last_place %s", key, day_places[box_place(t, box)].key);
    if (box->train_out >= 0 && box->truck_in >= 0)
        tell(t, "cargo-changes-mode %s truck>rail", key);
    if (box->train_in >= 0 && box->gate_out_us != DAY_NEVER)
        tell(t, "cargo-changes-mode %s rail>truck", key);
}

/* -- air waybills ----------------------------------------------------------------------------- */

static const char *awb_status(const day_world *world, const day_awb *awb)
{
    if (awb->box >= 0)
        return world->boxes[awb->box].load_us != DAY_NEVER ? "ON_RAIL" : "IN_TERMINAL";
    if (awb->truck >= 0)
        return "ON_ROAD";
    return awb->dlv_us != DAY_NEVER ? "DELIVERED" : "AVAILABLE";
}

static void tell_flight(teller *t, const day_awb *awb, const char *key)
{
    const day_flight *flight = &t->world->flights[awb->flight];

    milestone(t, key, "BKDC", DAY_NEVER, flight->from);
    milestone(t, key, "ACPT", awb->rcs_us, flight->from);
    milestone(t, key, "MANF", DAY_NEVER, flight->from);
    milestone(t, key, "DEPA", flight->atd_us, flight->from);
    milestone(t, key, "ARRI", flight->ata_us, flight->to);
    milestone(t, key, "RCVD", awb->rcf_us, flight->to);
    milestone(t, key, "NTFY", awb->nfd_us, flight->to);
    if (awb->off_us != DAY_NEVER)
        milestone(t, key, "OFLD", awb->off_us, flight->from);
    if (awb->awd_us != DAY_NEVER)
        milestone(t, key, "ISSU", awb->awd_us, flight->to);
    if (awb->tfd_us != DAY_NEVER)
        milestone(t, key, "TFOU", awb->tfd_us, flight->to);
    if (awb->dlv_us != DAY_NEVER)
        milestone(t, key, "DLVR", awb->dlv_us, flight->to);
    tell(t, "track %s leg AIR flight:%s %s %s dep=%s arr=%s", key, flight->run,
         day_places[flight->from].key, day_places[flight->to].key,
         when(flight->atd_us, day_places[flight->from].offset_min).text,
         when(flight->ata_us, day_places[flight->to].offset_min).text);
    tell(t, "track %s pieces %d of %d", key, awb->dlv_us != DAY_NEVER ? awb->flown : 0,
         awb->pieces);
}

/* From the airport on: a truck, and for some a container that leaves by train. */
static void tell_onward(teller *t, const day_awb *awb, const char *key)
{
    const day_world *world = t->world;
    if (awb->truck < 0)
        return;

    const day_truck *truck = &world->trucks[awb->truck];
    stay(t, key, "truck", truck->plate, awb->on_truck_us, awb->hub_us);
    tell(t, "track %s leg ROAD truck:%s CNURC %s dep=- arr=-", key, truck->plate,
         day_places[truck->to].key);
    if (awb->box < 0) {
        tell(t, "cargo-changes-mode %s air>truck", key);
        return;
    }
    const day_box *box = &world->boxes[awb->box];
    milestone(t, key, "RCVD", awb->hub_us, DAY_HUB);
    milestone(t, key, "STUF", box->stuffed_us, DAY_HUB);
    stay(t, key, "container", box->id, box->stuffed_us, DAY_NEVER);
    if (box->train_out < 0)
        return;
    milestone(t, key, "LOAD", box->load_us, DAY_HUB);
    ride(t, key, &world->trains[box->train_out]);
    tell(t, "cargo-changes-mode %s air>truck>rail", key);
}

static void tell_awb(teller *t, const day_awb *awb)
{
    const day_world *world = t->world;
    char key[32];

    snprintf(key, sizeof key, "awb:%s", awb->id);
    tell_flight(t, awb, key);
    tell_onward(t, awb, key);
    tell(t, "track %s status %s", key, awb_status(world, awb));
    if (awb->truck < 0)
        tell(t, "track %s last_place %s", key, day_places[world->flights[awb->flight].to].key);
    else if (awb->box >= 0)
        tell(t, "track %s last_place %s", key,
             day_places[box_place(t, &world->boxes[awb->box])].key);
}

/* -- capacity --------------------------------------------------------------------------------- */

static void tell_departures(teller *t)
{
    const day_world *world = t->world;

    for (int i = 0; i < world->departure_count; i++) {
        const day_departure *d = &world->departures[i];
        int64_t milli_teu = d->nominal_milli_teu - d->booked_milli_teu;
        int64_t wagons = d->nominal_wagons - d->booked_wagons, kg = d->nominal_kg - d->booked_kg;
        for (int k = 0; k < world->booking_count; k++) {
            const day_booking *b = &world->bookings[k];
            bool is_back = b->released_us != DAY_NEVER && b->released_us < world->end_us;
            if (b->departure != i || is_back)
                continue;
            milli_teu -= b->milli_teu;
            wagons -= b->wagons;
            kg -= b->kg;
        }
        tell(t, "free departure %s MILLI_TEU %lld", d->id, (long long)milli_teu);
        tell(t, "free departure %s WAGON %lld", d->id, (long long)wagons);
        tell(t, "free departure %s KG %lld", d->id, (long long)kg);
    }
}

static void tell_yard(teller *t)
{
    long long boxes[DAY_BLOCKS + 1] = {0}, milli_teu[DAY_BLOCKS + 1] = {0};

    for (int i = 0; i < t->world->box_count; i++) {
        const day_box *box = &t->world->boxes[i];
        if (!day_box_is_in_yard(box))
            continue;
        boxes[box->block - 'A']++;
        boxes[DAY_BLOCKS]++;
        milli_teu[box->block - 'A'] += box->milli_teu;
        milli_teu[DAY_BLOCKS] += box->milli_teu;
    }
    for (int i = 0; i < DAY_BLOCKS; i++)
        tell(t, "block CNULZ/%c nominal %lld", 'A' + i, (long long)t->world->block_milli_teu[i]);
    for (int i = 0; i < DAY_BLOCKS; i++)
        tell(t, "yard CNULZ/%c containers %lld milli_teu %lld", 'A' + i, boxes[i], milli_teu[i]);
    tell(t, "yard CNULZ containers %lld milli_teu %lld", boxes[DAY_BLOCKS], milli_teu[DAY_BLOCKS]);
}

static void tell_border(teller *t)
{
    const day_world *world = t->world;
    int64_t last_us = world->border_silent_us - 5 * DAY_MINUTE_US;
    int hours = (int)((last_us - world->begin_us) / DAY_HOUR_US);

    tell(t, "border CNHRS>KZ-ALTYNKOL@%s nominal 14 used %d as_of %s", world->date, hours * 10 / 24,
         here(last_us).text);
    tell(t, "border CNAKL>KZ-DOSTYK@%s nominal 10 used %d as_of %s", world->date, hours * 8 / 24,
         here(last_us).text);
    tell(t, "ban BAN:%s:1 CNAKL %s %s", world->date, here(world->ban_from_us).text,
         here(world->ban_until_us).text);
}

/* -- feeds ------------------------------------------------------------------------------------ */

static void tell_messages(teller *t, const char *format)
{
    size_t kinds[LB_DAY_KINDS] = {0};

    for (size_t i = 0; i < t->post->count; i++)
        if (strcmp(t->post->at[i].format, format) == 0)
            kinds[t->post->at[i].kind]++;
    tell(t, "messages %s normal %zu duplicate %zu broken %zu late %zu", format,
         kinds[LB_DAY_NORMAL], kinds[LB_DAY_DUPLICATE], kinds[LB_DAY_BROKEN], kinds[LB_DAY_LATE]);
}

static void tell_feed(teller *t, const char *source)
{
    int64_t last_us = DAY_NEVER;

    for (size_t i = 0; i < t->post->count; i++)
        if (strcmp(t->post->at[i].source, source) == 0)
            last_us = day_later(last_us, t->post->at[i].at_us);
    tell(t, "feed %s last %s silent %s", source, here(last_us).text,
         strcmp(source, "ktz-border") == 0 ? "yes" : "no");
}

static void tell_feeds(teller *t)
{
    static const char *const formats[] = {"air.fsu",    "hub.codeco", "hub.iftsta",
                                          "hub.report", "rail.taf",   "road.jt808"};
    static const char *const sources[] = {"cr-urumqi", "ktz",    "tos-ulz", "hub-ulz", "ktz-border",
                                          "fsu-o3",    "fsu-cz", "fsu-mu",  "trucks"};

    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        tell_messages(t, formats[i]);
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        tell_feed(t, sources[i]);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool write_lines(teller *t, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;

    qsort(t->lines, t->count, sizeof *t->lines, by_text);
    for (size_t i = 0; i < t->count; i++)
        fprintf(file, "%s\n", t->lines[i]);
    return fclose(file) == 0;
}

bool day_write_truth(const day_world *world, const day_post *post, const char *path)
{
    size_t cargoes = (size_t)(world->box_count + world->awb_count);
    teller t = {.world = world, .post = post, .room = cargoes * 40 + 1000};

    t.lines = day_memory(t.room, sizeof *t.lines);
    for (int i = 0; i < DAY_TRAINS; i++)
        tell_train(&t, &world->trains[i]);
    for (int i = 0; i < world->box_count; i++)
        tell_box(&t, &world->boxes[i]);
    for (int i = 0; i < world->awb_count; i++)
        tell_awb(&t, &world->awbs[i]);
    tell_departures(&t);
    tell_yard(&t);
    tell_border(&t);
    tell_feeds(&t);

    bool fine = write_lines(&t, path);
    for (size_t i = 0; i < t.count; i++)
        free(t.lines[i]);
    free(t.lines);
    return fine;
}
