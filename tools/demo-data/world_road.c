/* world_road.c - the trucks: their cargo, origins and times.
 *
 * The first trucks bring boxes for the three trains, in the order of their cut-offs; the rest comes
 * through the day. Trucks that fetch load boxes of X9024. A few carry air freight from the airport, to
 * the land port (where it is stuffed into empty containers) or into town. The others only drive. */
#include "world.h"

#include <assert.h>

#include <stdio.h>

#define SPEED_KMH 64

static void place_ends(day_truck *truck, day_place_id from, day_place_id to, day_rng *rng)
{
    int spread = 30000; /* a few kilometres around town; at the hub and the airport none */
    const day_place *a = &day_places[from], *b = &day_places[to];
    bool is_fixed_a = from == DAY_HUB || from == DAY_AIRPORT;
    bool is_fixed_b = to == DAY_HUB || to == DAY_AIRPORT;

    truck->from = from;
    truck->to = to;
    truck->from_lat_e6 = a->lat_e6 + (is_fixed_a ? 0 : (int)day_rng_between(rng, -spread, spread));
    truck->from_lon_e6 = a->lon_e6 + (is_fixed_a ? 0 : (int)day_rng_between(rng, -spread, spread));
    truck->to_lat_e6 = b->lat_e6 + (is_fixed_b ? 0 : (int)day_rng_between(rng, -spread, spread));
    truck->to_lon_e6 = b->lon_e6 + (is_fixed_b ? 0 : (int)day_rng_between(rng, -spread, spread));
}

/* Minutes by road: a degree of latitude is 111 km, of longitude 80 km here; roads bend by a quarter. */
static int64_t minutes_by_road(const day_truck *truck)
{
    int64_t x = (int64_t)(truck->to_lon_e6 - truck->from_lon_e6) * 80 / 1000;
    int64_t y = (int64_t)(truck->to_lat_e6 - truck->from_lat_e6) * 111 / 1000;
    int64_t square = x * x + y * y, metres = 0;

    for (int64_t step = 1 << 20; step > 0;
         step /= 2) /* whole square root, without floating point */
        if ((metres + step) * (metres + step) <= square)
            metres += step;
    return metres * 5 / 4 * 60 / (SPEED_KMH * 1000) + 6;
}

static void drive(day_truck *truck, int64_t depart_us, day_rng *rng)
{
    int64_t minutes = minutes_by_road(truck);

    truck->depart_us = depart_us;
    truck->arrive_us = depart_us + minutes * DAY_MINUTE_US;
    truck->blind_from_us = truck->blind_until_us = DAY_NEVER;
    if (minutes > 30 && day_rng_chance(rng, 120)) {
        truck->blind_from_us = depart_us + minutes / 3 * DAY_MINUTE_US;
        truck->blind_until_us = truck->blind_from_us + 8 * DAY_MINUTE_US;
    }
}

static day_place_id some_town(day_rng *rng)
{
    return day_rng_chance(rng, 620) ? DAY_CHANGJI : DAY_SHIHEZI;
}

/* Arrival windows, in minutes of the day: for X9044, for X9023, for X8011, for the days to come. */
static int64_t arrival_of(const day_world *world, int nth, int of, day_rng *rng)
{
    static const int windows[4][2] = {{55, 260}, {265, 375}, {380, 660}, {670, 1405}};
    int share = of / 10, window = nth < 3 * share ? nth / (share > 0 ? share : 1) : 3;

    return world->begin_us +
           day_rng_between(rng, windows[window][0], windows[window][1]) * DAY_MINUTE_US;
}

static void bring_box(day_world *world, day_truck *truck, int nth, int of, day_rng *rng)
{
    day_box *box = &world->boxes[nth];
    int64_t arrive_us = arrival_of(world, nth, of, rng);

    place_ends(truck, arrive_us < day_at(world, 4, 0) ? DAY_CHANGJI : some_town(rng), DAY_HUB, rng);
    int64_t depart_us = arrive_us - minutes_by_road(truck) * DAY_MINUTE_US;
    drive(truck, day_later(depart_us, day_at(world, 0, 2)), rng);
    truck->box = nth;
    box->truck_in = (int)(truck - world->trucks);
    box->gate_in_us = truck->arrive_us + day_rng_between(rng, 2, 7) * DAY_MINUTE_US;
    box->set_down_us = box->gate_in_us + day_rng_between(rng, 8, 25) * DAY_MINUTE_US;
    snprintf(box->plate_in, sizeof box->plate_in, "%s", truck->plate);
}

static int next_box_to_fetch(const day_world *world)
{
    for (int i = 0; i < world->box_count; i++)
        if (world->boxes[i].flow == DAY_BY_TRAIN && world->boxes[i].truck_out < 0)
            return i;
    return -1;
}

static void fetch_box(day_world *world, day_truck *truck, day_rng *rng)
{
    int index = next_box_to_fetch(world);
    if (index < 0)
        return;

    day_box *box = &world->boxes[index];
    box->truck_out = (int)(truck - world->trucks);
    box->gate_out_us = box->set_down_us + day_rng_between(rng, 60, 700) * DAY_MINUTE_US;
    box->gate_out_us -= box->gate_out_us % DAY_MINUTE_US; /* gates write minutes, cranes seconds */
    truck->box = index;
    place_ends(truck, DAY_HUB, some_town(rng), rng);
    drive(truck, box->gate_out_us + day_rng_between(rng, 2, 5) * DAY_MINUTE_US, rng);
}

/* Takes on the waybills of its flow in turn, so that each truck of that job gets some. */
static void fetch_air(day_world *world, day_truck *truck, int nth, int of, day_rng *rng)
{
    assert(of > 0); /* this truck is one of them */
    bool is_to_hub = truck->job == DAY_AIR_TO_HUB;
    day_air_flow flow = is_to_hub ? DAY_AIR_RAIL : DAY_AIR_ROAD;
    int64_t ready_us = DAY_NEVER;
    int seen = 0;

    for (int i = 0; i < world->awb_count; i++) {
        day_awb *awb = &world->awbs[i];
        if (awb->flow != flow || seen++ % of != nth || truck->awb_count == DAY_MAX_AWBS_ON_TRUCK)
            continue;
        awb->truck = (int)(truck - world->trucks);
        truck->awbs[truck->awb_count++] = i;
        ready_us = day_later(ready_us, awb->tfd_us);
    }
    if (ready_us == DAY_NEVER)
        ready_us = world->begin_us + DAY_HOUR_US;
    place_ends(truck, DAY_AIRPORT, is_to_hub ? DAY_HUB : DAY_CHANGJI, rng);
    drive(truck, ready_us + day_rng_between(rng, 8, 15) * DAY_MINUTE_US, rng);
    for (int i = 0; i < truck->awb_count; i++)
        world->awbs[truck->awbs[i]].on_truck_us =
            truck->depart_us - DAY_MINUTE_US + i * 2 * DAY_SECOND_US;
}

static day_job job_of(const day_world *world, int i)
{
    int of = world->truck_count, few = of * 25 / 1000 > 0 ? of * 25 / 1000 : 1;
    int brings = of * 60 / 100, fetches = of * 175 / 1000;

    if (i < brings)
        return DAY_BRINGS;
    if (i < brings + fetches)
        return DAY_FETCHES;
    if (i < brings + fetches + few)
        return DAY_AIR_TO_HUB;
    return i < brings + fetches + 2 * few ? DAY_AIR_TO_TOWN : DAY_WANDERS;
}

static void equip(const day_world *world, day_truck *truck, int i, day_rng *rng)
{
    static const char offices[] = "ABEF";

    *truck = (day_truck){.box = -1, .job = job_of(world, i), .is_2019 = day_rng_chance(rng, 400)};
    snprintf(truck->terminal, sizeof truck->terminal, "0139%08d",
             (int)((41800000 + i * 7) % 100000000));
    day_identity_plate(truck->plate, offices[i % 4], i * 531 + day_rng_between(rng, 0, 500));
    snprintf(truck->waybill, sizeof truck->waybill, "LB%.4s%.2s%.2s%05d", world->date,
             world->date + 5, world->date + 8, i % 100000);
}

static int count_of_job(const day_world *world, day_job job)
{
    int count = 0;

    for (int i = 0; i < world->truck_count; i++)
        count += job_of(world, i) == job ? 1 : 0;
    return count;
}

/* Air freight at the land port: off the truck, into the empty containers in turn. */
static void stuff_air_freight(day_world *world)
{
    int empties[64], count = 0, next = 0;

    for (int i = 0; i < world->box_count && count < 12; i++)
        if (world->boxes[i].flow == DAY_EMPTY)
            empties[count++] = i;
    for (int i = 0; i < world->awb_count && count > 0; i++) {
        day_awb *awb = &world->awbs[i];
        if (awb->flow != DAY_AIR_RAIL || awb->truck < 0)
            continue;
        awb->hub_us = world->trucks[awb->truck].arrive_us + 12 * DAY_MINUTE_US;
        awb->box = empties[next++ % count];
        day_box *box = &world->boxes[awb->box];
        box->stuffed_us = day_later(box->stuffed_us, awb->hub_us + 45 * DAY_MINUTE_US);
    }
}

void day_world_make_trucks(day_world *world)
{
    day_rng rng;
    int nth[DAY_WANDERS + 1] = {0};

    day_rng_seed(&rng, world->seed, 3);
    for (int i = 0; i < world->truck_count; i++) {
        day_truck *truck = &world->trucks[i];
        equip(world, truck, i, &rng);
        int turn = nth[truck->job]++, of = count_of_job(world, truck->job);
        if (truck->job == DAY_BRINGS) {
            bring_box(world, truck, turn, of, &rng);
        } else if (truck->job == DAY_FETCHES) {
            fetch_box(world, truck, &rng);
        } else if (truck->job == DAY_AIR_TO_HUB || truck->job == DAY_AIR_TO_TOWN) {
            fetch_air(world, truck, turn, of, &rng);
        } else {
            place_ends(truck, DAY_CHANGJI, DAY_SHIHEZI, &rng);
            drive(truck, day_at(world, 0, (int)day_rng_between(&rng, 60, 1200)), &rng);
        }
    }
    stuff_air_freight(world);
}
