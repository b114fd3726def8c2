/* world.c - the places, and the steps that make a day. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const day_place day_places[DAY_PLACES] = {
    /*                  key            iata   land  plc    latitude  longitude  clock */
    [DAY_HUB]        = {"CNULZ",       "",    "CN", 90001, 43816700,  87600000, DAY_CHINA_MIN},
    [DAY_CHANGJI]    = {"CNCJS",       "",    "CN", 90002, 44011000,  87308000, DAY_CHINA_MIN},
    [DAY_SHIHEZI]    = {"CNSZI",       "",    "CN", 90003, 44306000,  86040000, DAY_CHINA_MIN},
    [DAY_AIRPORT]    = {"CNURC",       "URC", "CN", 90004, 43907000,  87474000, DAY_CHINA_MIN},
    [DAY_KUYTUN]     = {"CNKUY",       "",    "CN", 90005, 44426000,  84903000, DAY_CHINA_MIN},
    [DAY_KHORGOS]    = {"CNHRS",       "",    "CN", 90006, 44206000,  80413000, DAY_CHINA_MIN},
    [DAY_ALASHANKOU] = {"CNAKL",       "",    "CN", 90007, 45171000,  82573000, DAY_CHINA_MIN},
    [DAY_ALTYNKOL]   = {"KZ-ALTYNKOL", "",    "KZ", 90008, 44205000,  80262000, DAY_KAZAKHSTAN_MIN},
    [DAY_DOSTYK]     = {"KZ-DOSTYK",   "",    "KZ", 90009, 45254000,  82484000, DAY_KAZAKHSTAN_MIN},
    [DAY_ALMATY]     = {"KZALA",       "ALA", "KZ", 90010, 43352000,  77040000, DAY_KAZAKHSTAN_MIN},
    [DAY_TASHKENT]   = {"UZTAS",       "TAS", "UZ", 90011, 41257000,  69281000, 300},
    [DAY_DUISBURG]   = {"DEDUI",       "",    "DE", 90012, 51396000,   6731000, 60},
    [DAY_PUDONG]     = {"CNPVG",       "PVG", "CN", 90013, 31143000, 121805000, DAY_CHINA_MIN},
    [DAY_CHENGDU]    = {"CNCTU",       "CTU", "CN", 90014, 30578000, 103947000, DAY_CHINA_MIN},
    [DAY_LANZHOU]    = {"CNLHW",       "LHW", "CN", 90015, 36515000, 103621000, DAY_CHINA_MIN},
};
/* clang-format on */

int64_t day_at(const day_world *world, int hour, int minute)
{
    return world->begin_us + hour * DAY_HOUR_US + minute * DAY_MINUTE_US;
}

int64_t day_later(int64_t a_us, int64_t b_us)
{
    return a_us > b_us ? a_us : b_us;
}

bool day_box_is_in_yard(const day_box *box)
{
    return box->load_us == DAY_NEVER && box->gate_out_us == DAY_NEVER;
}

const char *day_box_wagon(const day_world *world, int box, int train)
{
    const day_train *run = &world->trains[train];

    for (int i = 0; i < run->box_count; i++)
        if (run->boxes[i] == box)
            return run->wagons[run->places[i]];
    return "";
}

void day_world_make(day_world *world, const day_wish *wish)
{
    *world = (day_world){.seed = wish->seed, .is_small = wish->is_small};
    world->begin_us = day_midnight_us(wish->year, wish->month, wish->day, DAY_CHINA_MIN);
    world->end_us = world->begin_us + DAY_DAY_US;
    day_date(world->date, world->begin_us, DAY_CHINA_MIN);

    world->truck_count = wish->trucks;
    world->box_count = wish->is_small ? 60 : wish->trucks * 5 / 4;
    world->awb_count = wish->trucks / 2;
    world->trucks = day_memory((size_t)world->truck_count, sizeof *world->trucks);
    world->boxes = day_memory((size_t)world->box_count, sizeof *world->boxes);
    world->awbs = day_memory((size_t)world->awb_count, sizeof *world->awbs);

    day_world_make_trains(world);
    day_world_make_boxes(world);
    day_world_make_flights(world);
    day_world_make_trucks(world);
    day_world_load_trains(world);
    day_world_make_plan(world);
}

void day_world_fini(day_world *world)
{
    free(world->trucks);
    free(world->boxes);
    free(world->awbs);
    *world = (day_world){0};
}
