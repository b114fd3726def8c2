/* world_air.c - six flights and their freight.
 *
 *   O37101 Shanghai 00:40 -> Urumqi 05:50   its freight goes on by train tonight, stuffed at the hub
 *   CZ5417 Shanghai 07:30 -> Urumqi 12:40   some of it goes on by truck
 *   CZ6880 Chengdu  09:15 -> Urumqi 13:20
 *   MU2301 Lanzhou  13:10 -> Urumqi 16:00
 *   CZ6011 Urumqi   15:40 -> Almaty 17:20   (14:20 there)
 *   CZ6015 Urumqi   18:10 -> Tashkent 20:30 (17:30 there)
 *
 * Some pieces of a waybill are sometimes offloaded and do not come today. */
#include "world.h"

#include <stdio.h>

typedef struct plan {
    const char *carrier, *number, *feed;
    int airline;
    day_place_id from, to;
    int std, sta, late; /* minutes of the day, by Chinese clocks */
} plan;

#define HM(hour, minute) ((hour)*60 + (minute))

/* clang-format off */
static const plan plans[DAY_FLIGHTS] = {
    {"O3", "7101", "fsu-o3", 921, DAY_PUDONG,  DAY_AIRPORT,  HM(0, 40),  HM(5, 50),   7},
    {"CZ", "5417", "fsu-cz", 784, DAY_PUDONG,  DAY_AIRPORT,  HM(7, 30),  HM(12, 40), 12},
    {"CZ", "6880", "fsu-cz", 784, DAY_CHENGDU, DAY_AIRPORT,  HM(9, 15),  HM(13, 20),  3},
    {"MU", "2301", "fsu-mu", 781, DAY_LANZHOU, DAY_AIRPORT,  HM(13, 10), HM(16, 0),  21},
    {"CZ", "6011", "fsu-cz", 784, DAY_AIRPORT, DAY_ALMATY,   HM(15, 40), HM(17, 20),  5},
    {"CZ", "6015", "fsu-cz", 784, DAY_AIRPORT, DAY_TASHKENT, HM(18, 10), HM(20, 30),  9},
};
/* clang-format on */

static void make_flight(day_world *world, int i)
{
    const plan *p = &plans[i];
    day_flight *flight = &world->flights[i];
    char date[DAY_ISO_ROOM];

    *flight = (day_flight){.carrier = p->carrier,
                           .number = p->number,
                           .feed = p->feed,
                           .airline = p->airline,
                           .from = p->from,
                           .to = p->to,
                           .std_us = day_at(world, 0, p->std),
                           .sta_us = day_at(world, 0, p->sta)};
    flight->atd_us = flight->std_us + p->late * DAY_MINUTE_US;
    flight->ata_us = flight->sta_us + (p->late / 2) * DAY_MINUTE_US;
    day_date(date, flight->std_us, day_places[p->from].offset_min);
    snprintf(flight->run, sizeof flight->run, "%s%s@%.20s", p->carrier, p->number, date);
}

/* The onward transport of a hundred waybills. */
static day_air_flow flow_of(int percent)
{
    if (percent < 15)
        return DAY_AIR_RAIL;
    if (percent < 30)
        return DAY_AIR_ROAD;
    if (percent < 55)
        return DAY_AIR_OUT;
    return percent < 80 ? DAY_AIR_AGENT : DAY_AIR_WAITS;
}

static int flight_of(day_air_flow flow, int i)
{
    if (flow == DAY_AIR_RAIL)
        return 0;
    if (flow == DAY_AIR_ROAD)
        return 1;
    return flow == DAY_AIR_OUT ? 4 + i % 2 : 1 + i % 3;
}

static void weigh(day_awb *awb, const day_flight *flight, day_rng *rng)
{
    bool is_split = awb->flow == DAY_AIR_WAITS && day_rng_chance(rng, 300);

    awb->pieces = (int)day_rng_between(rng, 4, 60);
    awb->gross_g = awb->pieces * day_rng_between(rng, 40, 400) * 100;
    awb->flown = is_split ? awb->pieces * 2 / 3 : awb->pieces;
    awb->flown_g = awb->gross_g / awb->pieces * awb->flown;
    if (day_rng_chance(rng, 600))
        day_identity_uld(awb->uld, day_rng_chance(rng, 500) ? "PMC" : "AKE",
                         10000 + (flight->std_us / DAY_MINUTE_US) % 50000 +
                             day_rng_between(rng, 0, 5),
                         flight->carrier);
}

static void schedule(day_awb *awb, const day_flight *flight, day_rng *rng)
{
    int64_t m = DAY_MINUTE_US;

    awb->bkd_us = flight->std_us - day_rng_between(rng, 300, 700) * m;
    awb->rcs_us = flight->std_us - day_rng_between(rng, 130, 240) * m;
    awb->man_us = flight->std_us - day_rng_between(rng, 35, 60) * m;
    awb->rcf_us = flight->ata_us + day_rng_between(rng, 25, 70) * m;
    awb->nfd_us = awb->rcf_us + day_rng_between(rng, 8, 25) * m;
    awb->awd_us = awb->dlv_us = awb->tfd_us = awb->hub_us = awb->off_us = DAY_NEVER;
    if (awb->flown < awb->pieces)
        awb->off_us = flight->atd_us - 4 * m;
    if (awb->flow == DAY_AIR_RAIL)
        awb->tfd_us = flight->ata_us + day_rng_between(rng, 75, 85) * m;
    if (awb->flow == DAY_AIR_ROAD)
        awb->tfd_us = flight->ata_us + day_rng_between(rng, 90, 110) * m;
    if (awb->flow == DAY_AIR_AGENT) {
        awb->awd_us = awb->nfd_us + day_rng_between(rng, 10, 30) * m;
        awb->dlv_us = awb->awd_us + day_rng_between(rng, 10, 60) * m;
    }
}

void day_world_make_flights(day_world *world)
{
    day_rng rng;

    for (int i = 0; i < DAY_FLIGHTS; i++)
        make_flight(world, i);

    day_rng_seed(&rng, world->seed, 2);
    for (int i = 0; i < world->awb_count; i++) {
        day_awb *awb = &world->awbs[i];
        awb->flow = flow_of(i * 100 / world->awb_count);
        awb->flight = flight_of(awb->flow, i);
        awb->truck = awb->box = -1;

        const day_flight *flight = &world->flights[awb->flight];
        day_identity_awb(awb->id, flight->airline, 3041826 + i * 11);
        weigh(awb, flight, &rng);
        schedule(awb, flight, &rng);
    }
}
