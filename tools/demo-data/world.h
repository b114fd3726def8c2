/* world.h - everything that happened on the day: the single source of the messages and of the truth.
 *
 *      trucks --gate--> yard --crane--> wagons --> border --crane--> wagons of 1520 mm --> ...
 *      flights --> airport --truck--> hub --stuffing--> container --crane--> wagon
 *      train --> yard --gate--> truck
 *
 * The world is independent of message formats. A writer (write_*.c) makes the messages of one feed from it;
 * truth.c makes the facts. Moments are microseconds UTC;
 * DAY_NEVER: it did not happen (today). Indexes of -1: none. */
#ifndef DAY_WORLD_H
#define DAY_WORLD_H

#include "identity.h"
#include "text.h"

typedef enum day_place_id {
    DAY_HUB,
    DAY_CHANGJI,
    DAY_SHIHEZI,
    DAY_AIRPORT,
    DAY_KUYTUN,
    DAY_KHORGOS,
    DAY_ALASHANKOU,
    DAY_ALTYNKOL,
    DAY_DOSTYK,
    DAY_ALMATY,
    DAY_TASHKENT,
    DAY_DUISBURG,
    DAY_PUDONG,
    DAY_CHENGDU,
    DAY_LANZHOU,
    DAY_PLACES
} day_place_id;

typedef struct day_place {
    const char *key;  /* the hub's name of it */
    const char *iata; /* airports */
    const char *country;
    int plc; /* the feeds' private number, for TAF; mapped by their profiles */
    int lat_e6, lon_e6;
    int offset_min;
} day_place;

extern const day_place day_places[DAY_PLACES];

typedef struct day_stop {
    day_place_id place;
    int64_t plan_arr, plan_dep; /* a stop without arrival between others is passed */
    int64_t arr, dep;
} day_stop;

enum { DAY_MAX_STOPS = 6, DAY_MAX_WAGONS = 96, DAY_MAX_LOAD = 128, DAY_TRAINS = 6 };
enum { DAY_X9023, DAY_X9044, DAY_X8011, DAY_KZ_9023, DAY_KZ_9044, DAY_X9024 };

typedef struct day_train {
    const char *number;
    const char *feed;
    char run[40];  /* "X9023@2026-03-12" */
    char date[40]; /* at its origin */
    int offset_min;
    int before; /* the run whose containers it takes over at the break of gauge */
    day_stop stops[DAY_MAX_STOPS];
    int stop_count;
    char wagons[DAY_MAX_WAGONS][DAY_WAGON_ROOM];
    int wagon_count;
    int boxes[DAY_MAX_LOAD];  /* index in world.boxes */
    int places[DAY_MAX_LOAD]; /* index of the wagon they stand on */
    int box_count;
    int half_wagon; /* with one short container on it and space for another; -1 */
    int64_t formed_us, ready_us;
    int64_t halted_us; /* standing since, at the last stop that it reached */
} day_train;

typedef enum day_flow {
    DAY_STANDING, /* came in yesterday by truck, laden */
    DAY_EMPTY,    /* came in yesterday, empty */
    DAY_BY_TRUCK, /* comes in today */
    DAY_BY_TRAIN  /* comes in today on X9024 */
} day_flow;

typedef struct day_box {
    char id[DAY_CONTAINER_ROOM];
    const char *size;
    int milli_teu;
    day_flow flow;
    char seal[12];
    char block;
    int slot;
    int64_t gate_in_us;
    int truck_in; /* -1: a truck without terminal */
    char plate_in[DAY_PLATE_ROOM];
    int train_in;
    int64_t disc_us;
    int64_t set_down_us; /* in its block */
    int64_t stuffed_us;
    int train_out;
    int64_t load_us;
    int train_on; /* on the other gauge */
    int64_t transload_us;
    int truck_out;
    int64_t gate_out_us;
} day_box;

typedef enum day_job {
    DAY_BRINGS,
    DAY_FETCHES,
    DAY_AIR_TO_HUB,
    DAY_AIR_TO_TOWN,
    DAY_WANDERS
} day_job;
enum { DAY_MAX_AWBS_ON_TRUCK = 16 };

typedef struct day_truck {
    char terminal[13]; /* 12 digits */
    bool is_2019;
    char plate[DAY_PLATE_ROOM];
    char waybill[24];
    day_job job;
    int box;
    int awbs[DAY_MAX_AWBS_ON_TRUCK];
    int awb_count;
    day_place_id from, to;
    int from_lat_e6, from_lon_e6, to_lat_e6, to_lon_e6;
    int64_t depart_us, arrive_us;
    int64_t blind_from_us, blind_until_us; /* no network on the way */
} day_truck;

enum { DAY_FLIGHTS = 6 };

typedef struct day_flight {
    const char *carrier, *number, *feed;
    int airline; /* accounting prefix of the AWBs that it carries */
    char run[40];
    day_place_id from, to;
    int64_t std_us, sta_us, atd_us, ata_us;
} day_flight;

typedef enum day_air_flow {
    DAY_AIR_OUT,
    DAY_AIR_RAIL,
    DAY_AIR_ROAD,
    DAY_AIR_AGENT,
    DAY_AIR_WAITS
} day_air_flow;

typedef struct day_awb {
    char id[DAY_AWB_ROOM];
    day_air_flow flow;
    int flight;
    int pieces, flown; /* the rest was offloaded */
    int64_t gross_g, flown_g;
    char uld[DAY_ULD_ROOM]; /* "": loose */
    int64_t bkd_us, rcs_us, man_us, rcf_us, nfd_us, awd_us, dlv_us, tfd_us, off_us;
    int truck;
    int64_t on_truck_us;
    int64_t hub_us; /* received at the land port */
    int box;
} day_awb;

enum { DAY_DEPARTURES = 6, DAY_MAX_BOOKINGS = 256, DAY_BLOCKS = 5 };

typedef struct day_departure { /* of the days to come */
    const char *number;
    char id[40];
    day_place_id from, to;
    int64_t departs_us, arrives_us, cutoff_us;
    int64_t nominal_milli_teu, nominal_wagons, nominal_kg;
    int64_t booked_milli_teu, booked_wagons, booked_kg; /* when the day began */
} day_departure;

typedef struct day_booking {
    char ref[24];
    int departure;
    int64_t milli_teu, wagons, kg;
    int64_t reserved_us, confirmed_us, released_us;
} day_booking;

typedef struct day_world {
    uint64_t seed;
    int64_t begin_us, end_us; /* the day, by Chinese clocks */
    char date[40];
    bool is_small;

    day_train trains[DAY_TRAINS];
    day_box *boxes;
    int box_count;
    day_truck *trucks;
    int truck_count;
    day_flight flights[DAY_FLIGHTS];
    day_awb *awbs;
    int awb_count;
    day_departure departures[DAY_DEPARTURES];
    int departure_count;
    day_booking bookings[DAY_MAX_BOOKINGS];
    int booking_count;
    int64_t block_milli_teu[DAY_BLOCKS]; /* nominal, of the blocks A to E */
    int64_t ban_from_us, ban_until_us;
    int64_t border_silent_us; /* the feed ktz-border sends nothing from here on */
} day_world;

typedef struct day_wish {
    uint64_t seed;
    int year, month, day;
    int trucks;
    bool is_small;
} day_wish;

void day_world_make(day_world *world, const day_wish *wish);
void day_world_fini(day_world *world);

/* The moment of hour:minute of the day in China; hours may be negative or over 24. */
int64_t day_at(const day_world *world, int hour, int minute);
int64_t day_later(int64_t a_us, int64_t b_us);
bool day_box_is_in_yard(const day_box *box);                           /* when the day ends */
const char *day_box_wagon(const day_world *world, int box, int train); /* its wagon in that train */

/* The parts of day_world_make, in order; each file makes one mode. */
void day_world_make_trains(day_world *world);
void day_world_make_boxes(day_world *world);
void day_world_make_flights(day_world *world);
void day_world_make_trucks(day_world *world);
void day_world_load_trains(day_world *world);
void day_world_make_plan(day_world *world);

#endif
