/* world_rail.c - the trains of the day, the containers of the yard, and the wagon of each container.
 *
 *   X9044  hub 07:20 -> Shihezi -> Kuytun -> Alashankou 15:10-16:40 -> Dostyk 17:05
 *          its boxes change gauge there and go on as 1418 to Almaty
 *   X9023  hub 09:10 -> ... -> Khorgos 16:30-18:00 -> Altynkol 18:25, on as 1402 to Tashkent
 *   X8011  hub 14:05 -> Shihezi -> stands at Kuytun from 17:40: the border takes no more trains
 *   X9024  came from Khorgos and is at the hub at 04:20
 *
 * At the break of gauge one train becomes one train with other wagons; the box stays the same. */
#include "world.h"

#include <stdio.h>

typedef struct leg {
    day_place_id place;
    int plan_arr, plan_dep; /* minutes of the day, -1: none */
    int late_arr, late_dep; /* minutes behind the plan; -1: not today */
} leg;

static void lay_out(day_world *world, int train, const char *number, const char *feed, int before,
                    const leg *legs, int count)
{
    day_train *run = &world->trains[train];
    int64_t begin = world->begin_us;

    run->number = number;
    run->feed = feed;
    run->before = before;
    run->halted_us = DAY_NEVER;
    run->half_wagon = -1;
    run->stop_count = count;
    for (int i = 0; i < count; i++) {
        const leg *l = &legs[i];
        bool has_arr = l->plan_arr != -1, has_dep = l->plan_dep != -1;
        run->stops[i] = (day_stop){
            .place = l->place,
            .plan_arr = has_arr ? begin + l->plan_arr * DAY_MINUTE_US : DAY_NEVER,
            .plan_dep = has_dep ? begin + l->plan_dep * DAY_MINUTE_US : DAY_NEVER,
            .arr = has_arr && l->late_arr >= 0 ? begin + (l->plan_arr + l->late_arr) * DAY_MINUTE_US
                                               : DAY_NEVER,
            .dep = has_dep && l->late_dep >= 0 ? begin + (l->plan_dep + l->late_dep) * DAY_MINUTE_US
                                               : DAY_NEVER,
        };
    }
    run->offset_min = day_places[legs[0].place].offset_min;

    char date[DAY_ISO_ROOM];
    day_date(date, run->stops[0].plan_dep, run->offset_min);
    snprintf(run->date, sizeof run->date, "%s", date);
    snprintf(run->run, sizeof run->run, "%.10s@%.20s", number, date);
    run->formed_us = run->stops[0].plan_dep - 40 * DAY_MINUTE_US;
    run->ready_us = run->stops[0].plan_dep - 15 * DAY_MINUTE_US;
}

#define HM(hour, minute) ((hour)*60 + (minute))
#define LAY_OUT(world, train, number, feed, before, ...)                                      \
    do {                                                                                      \
        const leg legs[] = {__VA_ARGS__};                                                     \
        lay_out(world, train, number, feed, before, legs, (int)(sizeof legs / sizeof *legs)); \
    } while (0)

void day_world_make_trains(day_world *world)
{
    LAY_OUT(world, DAY_X9044, "X9044", "cr-urumqi", -1, {DAY_HUB, -1, HM(7, 20), -1, 0},
            {DAY_SHIHEZI, -1, HM(9, 30), -1, 4}, {DAY_KUYTUN, -1, HM(11, 0), -1, 9},
            {DAY_ALASHANKOU, HM(14, 55), HM(15, 55), 15, 45}, {DAY_DOSTYK, HM(16, 20), -1, 45, -1});
    LAY_OUT(world, DAY_X9023, "X9023", "cr-urumqi", -1, {DAY_HUB, -1, HM(9, 10), -1, 2},
            {DAY_SHIHEZI, -1, HM(11, 10), -1, 2}, {DAY_KUYTUN, -1, HM(12, 40), -1, 3},
            {DAY_KHORGOS, HM(16, 20), HM(17, 20), 10, 40}, {DAY_ALTYNKOL, HM(17, 45), -1, 40, -1});
    LAY_OUT(world, DAY_X8011, "X8011", "cr-urumqi", -1, {DAY_HUB, -1, HM(14, 0), -1, 5},
            {DAY_SHIHEZI, -1, HM(16, 0), -1, 7}, {DAY_KUYTUN, HM(17, 30), HM(17, 50), 10, -1},
            {DAY_ALASHANKOU, HM(21, 40), HM(23, 0), -1, -1}, {DAY_DOSTYK, HM(23, 30), -1, -1, -1});
    LAY_OUT(world, DAY_KZ_9044, "1418", "ktz", DAY_X9044, {DAY_DOSTYK, -1, HM(20, 20), -1, 20},
            {DAY_ALMATY, HM(44, 0), -1, -1, -1});
    LAY_OUT(world, DAY_KZ_9023, "1402", "ktz", DAY_X9023, {DAY_ALTYNKOL, -1, HM(21, 50), -1, 20},
            {DAY_TASHKENT, HM(54, 0), -1, -1, -1});
    LAY_OUT(world, DAY_X9024, "X9024", "cr-urumqi", -1, {DAY_KHORGOS, -1, HM(-8, -30), -1, 5},
            {DAY_KUYTUN, -1, HM(0, 40), -1, 10}, {DAY_HUB, HM(4, 10), -1, 10, -1});
    world->trains[DAY_X8011].halted_us = day_at(world, 17, 40);
}

/* -- boxes ------------------------------------------------------------------------------------ */

static void name_box(day_box *box, day_rng *rng, int i)
{
    static const char *const owners[] = {"LBKU", "XJLU", "URQU", "KZTU", "TRKJ"};
    bool is_long = day_rng_chance(rng, 600);

    *box =
        (day_box){.truck_in = -1, .train_in = -1, .train_out = -1, .train_on = -1, .truck_out = -1};
    day_identity_container(box->id, owners[i % 4], 200000 + i * 37 + day_rng_between(rng, 0, 36));
    box->size = is_long ? "45G1" : "22G1";
    box->milli_teu = is_long ? 2000 : 1000;
    box->slot = i;
    snprintf(box->seal, sizeof box->seal, "K%06d", (int)day_rng_between(rng, 100000, 999999));
    box->gate_in_us = box->disc_us = box->set_down_us = box->stuffed_us = DAY_NEVER;
    box->load_us = box->transload_us = box->gate_out_us = DAY_NEVER;
}

static void came_yesterday(day_world *world, day_box *box, day_rng *rng)
{
    box->gate_in_us = world->begin_us - day_rng_between(rng, 10, 700) * DAY_MINUTE_US;
    box->set_down_us = box->gate_in_us + day_rng_between(rng, 8, 25) * DAY_MINUTE_US;
    day_identity_plate(box->plate_in, 'B', day_rng_between(rng, 0, 239999));
}

static day_flow flow_of(const day_world *world, int i)
{
    int by_train = world->box_count * 18 / 100;
    int by_truck = world->truck_count * 60 / 100;
    int empties = world->box_count * 4 / 100 + 1;

    if (i < by_truck)
        return DAY_BY_TRUCK;
    if (i < by_truck + by_train)
        return DAY_BY_TRAIN;
    return i < by_truck + by_train + empties ? DAY_EMPTY : DAY_STANDING;
}

/* -- loading ---------------------------------------------------------------------------------- */

/* A long container takes a wagon; two short ones share one. */
static bool put_on_train(day_train *run, int box_index, const day_box *box)
{
    bool is_short = box->milli_teu == 1000;

    if (run->box_count >= DAY_MAX_LOAD || run->wagon_count >= DAY_MAX_WAGONS)
        return false;
    run->boxes[run->box_count] = box_index;
    if (is_short && run->half_wagon >= 0) {
        run->places[run->box_count++] = run->half_wagon;
        run->half_wagon = -1;
        return true;
    }
    run->places[run->box_count++] = run->wagon_count;
    run->half_wagon = is_short ? run->wagon_count : run->half_wagon;
    run->wagon_count++;
    return true;
}

/* UIC country codes of wagons: China 33, Kazakhstan 27. */
static void number_wagons(day_world *world, int train, int country, int kind)
{
    day_train *run = &world->trains[train];
    day_rng rng;

    day_rng_seed(&rng, world->seed, 20 + (uint64_t)train);
    for (int i = 0; i < run->wagon_count; i++)
        day_identity_wagon(run->wagons[i], 33, country, kind + train,
                           (i * 9 + (int)day_rng_between(&rng, 0, 8)) % 1000);
}

static void fill_inbound(day_world *world)
{
    day_train *run = &world->trains[DAY_X9024];
    int64_t crane_us = run->stops[2].arr + 25 * DAY_MINUTE_US;

    for (int i = 0; i < world->box_count; i++) {
        day_box *box = &world->boxes[i];
        if (box->flow != DAY_BY_TRAIN || !put_on_train(run, i, box))
            continue;
        box->train_in = DAY_X9024;
        box->disc_us = crane_us;
        box->set_down_us = crane_us + 6 * DAY_MINUTE_US;
        crane_us += 80 * DAY_SECOND_US;
    }
    number_wagons(world, DAY_X9024, 33, 4590);
}

void day_world_make_boxes(day_world *world)
{
    static const char laden[] = "ABC";
    day_rng rng;

    day_rng_seed(&rng, world->seed, 1);
    for (int i = 0; i < world->box_count; i++) {
        day_box *box = &world->boxes[i];
        name_box(box, &rng, i);
        box->flow = flow_of(world, i);
        box->block = laden[day_rng_between(&rng, 0, 2)];
        if (box->flow == DAY_BY_TRAIN)
            box->block = 'D';
        if (box->flow == DAY_EMPTY)
            box->block = 'E';
        if (box->flow == DAY_STANDING || box->flow == DAY_EMPTY)
            came_yesterday(world, box, &rng);
    }
    fill_inbound(world);
}

static bool is_waiting(const day_box *box, int64_t by_us)
{
    return box->train_out < 0 && box->set_down_us != DAY_NEVER && box->set_down_us < by_us &&
           (box->flow == DAY_STANDING || box->flow == DAY_BY_TRUCK);
}

static void load(day_world *world, int train, int box_index, int64_t *crane_us)
{
    day_box *box = &world->boxes[box_index];

    if (!put_on_train(&world->trains[train], box_index, box))
        return;
    box->train_out = train;
    box->load_us = *crane_us;
    *crane_us += 90 * DAY_SECOND_US;
}

/* Of the containers that wait when the crane starts, first the stuffed ones, then `most` others. */
static void load_train(day_world *world, int train, int most)
{
    int64_t start_us = world->trains[train].stops[0].plan_dep - 150 * DAY_MINUTE_US;
    int64_t crane_us = start_us;

    for (int i = 0; train == DAY_X8011 && i < world->box_count; i++)
        if (world->boxes[i].stuffed_us != DAY_NEVER)
            load(world, train, i, &crane_us);
    for (int i = 0; most > 0 && i < world->box_count; i++)
        if (is_waiting(&world->boxes[i], start_us) && (i + train) % 3 != 0) {
            load(world, train, i, &crane_us);
            most--;
        }
    number_wagons(world, train, 33, 4550);
}

/* The same containers in the same order on the wagons of the other gauge. */
static void change_gauge(day_world *world, int onward)
{
    day_train *run = &world->trains[onward];
    const day_train *before = &world->trains[run->before];
    int64_t crane_us = before->stops[before->stop_count - 1].arr + 35 * DAY_MINUTE_US;

    for (int i = 0; i < before->box_count; i++) {
        day_box *box = &world->boxes[before->boxes[i]];
        put_on_train(run, before->boxes[i], box);
        box->train_on = onward;
        box->transload_us = crane_us;
        crane_us += 2 * DAY_MINUTE_US;
    }
    number_wagons(world, onward, 27, 4560);
}

void day_world_load_trains(day_world *world)
{
    int most = world->box_count / 10;

    load_train(world, DAY_X9044, most);
    load_train(world, DAY_X9023, most);
    load_train(world, DAY_X8011, most * 4 / 5);
    change_gauge(world, DAY_KZ_9044);
    change_gauge(world, DAY_KZ_9023);
}
