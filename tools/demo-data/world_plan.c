/* world_plan.c - departures, bookings, bans and border acceptance: the plan behind the capacity figures. */
#include "world.h"

#include <stdio.h>

typedef struct offer {
    const char *number;
    day_place_id from, to;
    int days, departs, hours; /* from the day on; minutes; on the way */
    int teu, wagons, tonnes;
} offer;

enum { TO_FRIDAY = 0 }; /* the first Friday from the day after tomorrow on */

#define HM(hour, minute) ((hour)*60 + (minute))

/* clang-format off */
static const offer offers[] = {
    {"X9023", DAY_HUB, DAY_TASHKENT, 1, HM(9, 10),   46, 110, 55, 1850},
    {"X9044", DAY_HUB, DAY_ALMATY,   1, HM(7, 20),   38, 104, 52, 1780},
    {"X8011", DAY_HUB, DAY_DUISBURG, 2, HM(14, 0),  310, 100, 50, 1700},
    {"X9023", DAY_HUB, DAY_TASHKENT, TO_FRIDAY, HM(9, 10), 46, 110, 55, 1850},
    {"X9044", DAY_HUB, DAY_ALMATY,   4, HM(7, 20),   38, 104, 52, 1780},
};
/* clang-format on */

static int days_of(const day_world *world, const offer *o)
{
    enum { FRIDAY = 1, WEEK = 7 }; /* day 0 of the calendar was a Thursday */
    int64_t today = (world->begin_us + DAY_CHINA_MIN * DAY_MINUTE_US) / DAY_DAY_US;
    int away = (int)((FRIDAY - today % WEEK + WEEK) % WEEK);

    if (o->days != TO_FRIDAY)
        return o->days;
    return away < 2 ? away + WEEK : away;
}

static void make_departure(day_world *world, const offer *o, day_rng *rng)
{
    day_departure *d = &world->departures[world->departure_count++];
    char date[DAY_ISO_ROOM];

    *d = (day_departure){.number = o->number, .from = o->from, .to = o->to};
    d->departs_us = world->begin_us + days_of(world, o) * DAY_DAY_US + o->departs * DAY_MINUTE_US;
    d->arrives_us = d->departs_us + o->hours * DAY_HOUR_US;
    d->cutoff_us = d->departs_us - 6 * DAY_HOUR_US;
    d->nominal_milli_teu = o->teu * 1000;
    d->nominal_wagons = o->wagons;
    d->nominal_kg = o->tonnes * 1000;
    d->booked_wagons = day_rng_between(rng, 10, o->wagons / 2);
    d->booked_milli_teu = d->booked_wagons * 2000;
    d->booked_kg = d->booked_wagons * 31000;
    snprintf(d->id, sizeof d->id, "%s@%.20s", o->number,
             day_date(date, d->departs_us, DAY_CHINA_MIN));
}

/* Reserved; most are confirmed some time later; a few of either are released. */
static void make_booking(day_world *world, int i, day_rng *rng)
{
    day_booking *b = &world->bookings[world->booking_count++];

    *b = (day_booking){.departure = i % world->departure_count};
    b->wagons = day_rng_between(rng, 1, 3);
    b->milli_teu = b->wagons * 2000;
    b->kg = b->wagons * day_rng_between(rng, 18, 30) * 1000;
    b->reserved_us = day_at(world, 0, (int)day_rng_between(rng, 30, 1150));
    b->confirmed_us = b->released_us = DAY_NEVER;
    if (day_rng_chance(rng, 700))
        b->confirmed_us = b->reserved_us + day_rng_between(rng, 15, 120) * DAY_MINUTE_US;
    if (day_rng_chance(rng, 150))
        b->released_us = day_later(b->reserved_us, b->confirmed_us) +
                         day_rng_between(rng, 20, 90) * DAY_MINUTE_US;
    snprintf(b->ref, sizeof b->ref, "URQ%05d", (int)(88000 + i) % 100000);
}

void day_world_make_plan(day_world *world)
{
    static const int64_t blocks[DAY_BLOCKS] = {240000, 240000, 240000, 200000, 120000};
    int bookings = world->is_small ? 15 : 50;
    day_rng rng;

    day_rng_seed(&rng, world->seed, 4);
    for (size_t i = 0; i < sizeof offers / sizeof *offers; i++)
        make_departure(world, &offers[i], &rng);
    for (int i = 0; i < bookings; i++)
        make_booking(world, i, &rng);
    for (int i = 0; i < DAY_BLOCKS; i++)
        world->block_milli_teu[i] = blocks[i];
    world->ban_from_us = day_at(world, 24, 0);
    world->ban_until_us = day_at(world, 72, 0);
    world->border_silent_us = day_at(world, 14, 20);
}
