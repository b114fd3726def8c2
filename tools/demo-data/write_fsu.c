/* write_fsu.c - the airlines' telegrams: one status of one air waybill each, Cargo-IMP FSU/14.
 *
 *     FSU/14
 *     784-30418264PVGURC/T24K812.5
 *     DEP/CZ5417/12MAR/PVGURC/T24K812.5/A0742/E1246
 *     ULD/PMC40217CZ
 *
 * All times are those of the airport, without year. BKD and MAN carry no time of their own. */
#include "write.h"

typedef struct worker {
    const day_world *world;
    day_post *post;
    day_rng rng;
    day_text text;
} worker;

static const char *station(day_place_id place)
{
    return day_places[place].iata;
}

static void day_month(day_text *text, int64_t us, day_place_id place)
{
    day_clock c = day_clock_at(us, day_places[place].offset_min);
    day_text_print(text, "%02d%s", c.day, day_month_name(c.month));
}

static void hour_minute(day_text *text, int64_t us, day_place_id place)
{
    day_clock c = day_clock_at(us, day_places[place].offset_min);
    day_text_print(text, "%02d%02d", c.hour, c.minute);
}

static void quantity(day_text *text, int pieces, int total, int64_t gross_g)
{
    day_text_print(text, "/%c%dK%lld.%lld", pieces < total ? 'P' : 'T', pieces,
                   (long long)(gross_g / 1000), (long long)(gross_g / 100 % 10));
}

static day_text *begin(worker *c, const day_awb *awb, const char *code)
{
    const day_flight *flight = &c->world->flights[awb->flight];

    day_text_clear(&c->text);
    day_text_print(&c->text, "FSU/14\r\n%s%s%s", awb->id, station(flight->from),
                   station(flight->to));
    quantity(&c->text, awb->pieces, awb->pieces, awb->gross_g);
    day_text_print(&c->text, "\r\n%s/", code);
    return &c->text;
}

/* Telegrams leave some minutes after the fact, and none before the beginning of the day. */
static void send(worker *c, const day_awb *awb, int64_t happened_us)
{
    int64_t lag_us = day_rng_between(&c->rng, 60, 540) * DAY_SECOND_US;
    int64_t first_us = c->world->begin_us + day_rng_between(&c->rng, 20, 900) * DAY_SECOND_US;

    day_post_send(c->post, day_later(happened_us + lag_us, first_us), LB_DAY_PUSH,
                  c->world->flights[awb->flight].feed, "air.fsu", &c->text);
}

/* BKD, MAN: the flight, its scheduled times. DEP: the actual departure, the arrival expected. */
static void of_flight(worker *c, const day_awb *awb, const char *code, int64_t happened_us)
{
    const day_flight *flight = &c->world->flights[awb->flight];
    day_text *text = begin(c, awb, code);
    bool has_left = code[0] == 'D', is_booking = code[0] == 'B';

    day_text_print(text, "%s%s/", flight->carrier, flight->number);
    day_month(text, flight->std_us, flight->from);
    day_text_print(text, "/%s%s", station(flight->from), station(flight->to));
    if (is_booking)
        quantity(text, awb->pieces, awb->pieces, awb->gross_g);
    else
        quantity(text, awb->flown, awb->pieces, awb->flown_g);
    day_text_print(text, has_left ? "/A" : "/S");
    hour_minute(text, has_left ? flight->atd_us : flight->std_us, flight->from);
    day_text_print(text, has_left ? "/E" : "/S");
    hour_minute(text, has_left ? flight->ata_us : flight->sta_us, flight->to);
    day_text_print(text, "\r\n");
    if (!is_booking && awb->uld[0] != '\0')
        day_text_print(text, "ULD/%s\r\n", awb->uld);
    send(c, awb, happened_us);
}

/* ARR, RCF: at the end of the flight. */
static void from_flight(worker *c, const day_awb *awb, const char *code, int64_t happened_us)
{
    const day_flight *flight = &c->world->flights[awb->flight];
    day_text *text = begin(c, awb, code);

    day_text_print(text, "%s%s/", flight->carrier, flight->number);
    day_month(text, happened_us, flight->to);
    hour_minute(text, happened_us, flight->to);
    day_text_print(text, "/%s", station(flight->to));
    quantity(text, awb->flown, awb->pieces, awb->flown_g);
    day_text_print(text, "//A");
    hour_minute(text, flight->ata_us, flight->to);
    day_text_print(text, "\r\n");
    send(c, awb, happened_us);
}

/* RCS, NFD, AWD, DLV: day, time, airport, pieces, name. */
static void on_ground(worker *c, const day_awb *awb, const char *code, int64_t happened_us,
                      day_place_id place, const char *name)
{
    day_text *text = begin(c, awb, code);
    bool is_here = code[0] == 'R';

    day_month(text, happened_us, place);
    hour_minute(text, happened_us, place);
    day_text_print(text, "/%s", station(place));
    quantity(text, is_here ? awb->pieces : awb->flown, awb->pieces,
             is_here ? awb->gross_g : awb->flown_g);
    day_text_print(text, "/%s\r\n", name);
    send(c, awb, happened_us);
}

static void to_truck(worker *c, const day_awb *awb)
{
    const day_flight *flight = &c->world->flights[awb->flight];
    day_text *text = begin(c, awb, "TFD/XT");

    day_month(text, awb->tfd_us, flight->to);
    hour_minute(text, awb->tfd_us, flight->to);
    day_text_print(text, "/%s", station(flight->to));
    quantity(text, awb->flown, awb->pieces, awb->flown_g);
    day_text_print(text, "/%06d\r\n/%s\r\n", awb->truck, flight->carrier);
    send(c, awb, awb->tfd_us);
}

static void left_behind(worker *c, const day_awb *awb)
{
    const day_flight *flight = &c->world->flights[awb->flight];
    day_text *text = begin(c, awb, "DIS");

    day_text_print(text, "%s%s/", flight->carrier, flight->number);
    day_month(text, awb->off_us, flight->from);
    hour_minute(text, awb->off_us, flight->from);
    day_text_print(text, "/%s/OFLD", station(flight->from));
    quantity(text, awb->pieces - awb->flown, awb->pieces, awb->gross_g - awb->flown_g);
    day_text_print(text, "\r\n");
    send(c, awb, awb->off_us);
}

static void tell_history(worker *c, const day_awb *awb)
{
    const day_flight *flight = &c->world->flights[awb->flight];

    of_flight(c, awb, "BKD", awb->bkd_us);
    on_ground(c, awb, "RCS", awb->rcs_us, flight->from, "SILK ROAD TRADING");
    of_flight(c, awb, "MAN", awb->man_us);
    if (awb->off_us != DAY_NEVER)
        left_behind(c, awb);
    of_flight(c, awb, "DEP", flight->atd_us);
    from_flight(c, awb, "ARR", flight->ata_us);
    from_flight(c, awb, "RCF", awb->rcf_us);
    on_ground(c, awb, "NFD", awb->nfd_us, flight->to, "LANDPORT FORWARDING");
    if (awb->awd_us != DAY_NEVER)
        on_ground(c, awb, "AWD", awb->awd_us, flight->to, "LANDPORT FORWARDING");
    if (awb->tfd_us != DAY_NEVER)
        to_truck(c, awb);
    if (awb->dlv_us != DAY_NEVER)
        on_ground(c, awb, "DLV", awb->dlv_us, flight->to, "LANDPORT FORWARDING");
}

void day_write_fsu(const day_world *world, day_post *post)
{
    worker c = {.world = world, .post = post};

    day_rng_seed(&c.rng, world->seed, 10);
    for (int i = 0; i < world->awb_count; i++)
        tell_history(&c, &world->awbs[i]);
    day_text_fini(&c.text);
}
