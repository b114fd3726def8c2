/* write_jt808.c - the terminals of the trucks: JT/T 808 frames, with the header of 2013 or of 2019.
 *
 *     7E | id 2 | attributes 2 | [version 1] | terminal BCD 6 or 10 | serial 2 | body | xor | 7E
 *
 * A journey: register, authenticate, waybill (when there is cargo), then a position every 30 seconds of
 * driving. Without network the terminal stores its positions and sends them in one batch
 * (0x0704, type 1) afterwards. */
#include "write.h"

#include <string.h>

#define IN_BATCH 12 /* positions of one 0x0704: its body must stay under 1024 bytes */

typedef struct driver {
    const day_world *world;
    const day_truck *truck;
    day_post *post;
    uint16_t serial;
    day_text body, frame, batch;
    int in_batch;
    int64_t mileage_dm;
} driver;

static void put(day_text *text, uint64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--) {
        unsigned char byte = (unsigned char)(value >> (8 * i));
        day_text_add(text, &byte, 1);
    }
}

static void put_bcd(day_text *text, const char *digits)
{
    for (size_t i = 0; i + 1 < strlen(digits); i += 2)
        put(text, (uint64_t)((digits[i] - '0') << 4 | (digits[i + 1] - '0')), 1);
}

static void put_padded(day_text *text, const char *word, size_t size)
{
    size_t len = strlen(word) < size ? strlen(word) : size;

    day_text_add(text, word, len);
    for (size_t i = len; i < size; i++)
        put(text, 0, 1);
}

static void put_time(day_text *text, int64_t us)
{
    day_clock c = day_clock_at(us, DAY_CHINA_MIN);
    const int parts[] = {c.year % 100, c.month, c.day, c.hour, c.minute, c.second};

    for (int i = 0; i < 6; i++)
        put(text, (uint64_t)(parts[i] / 10 << 4 | parts[i] % 10), 1);
}

/* The plate's one Chinese character in GBK; the rest is the same in both. */
static void put_plate(day_text *text, const char *plate)
{
    day_text_add(text, "\xd0\xc2", 2);
    day_text_add(text, plate + 3, strlen(plate + 3));
}

/* -- frames ----------------------------------------------------------------------------------- */

static void escape(const day_text *plain, day_text *frame)
{
    day_text_clear(frame);
    day_text_add(frame, "\x7e", 1);
    for (size_t i = 0; i < plain->len; i++) {
        if (plain->at[i] == 0x7e)
            day_text_add(frame, "\x7d\x02", 2);
        else if (plain->at[i] == 0x7d)
            day_text_add(frame, "\x7d\x01", 2);
        else
            day_text_add(frame, plain->at + i, 1);
    }
    day_text_add(frame, "\x7e", 1);
}

static void send(driver *d, int64_t at_us, uint16_t id)
{
    day_text plain = {0};
    unsigned char check = 0;

    put(&plain, id, 2);
    put(&plain, d->body.len | (d->truck->is_2019 ? 1u << 14 : 0), 2);
    if (d->truck->is_2019) {
        put(&plain, 1, 1);
        put_bcd(&plain, "00000000");
    }
    put_bcd(&plain, d->truck->terminal);
    put(&plain, d->serial++, 2);
    day_text_add(&plain, d->body.at, d->body.len);
    for (size_t i = 0; i < plain.len; i++)
        check ^= (unsigned char)plain.at[i];
    put(&plain, check, 1);

    escape(&plain, &d->frame);
    day_text_fini(&plain);
    day_post_send(d->post, at_us, LB_DAY_JT808, "trucks", "road.jt808", &d->frame);
    day_text_clear(&d->body);
}

/* -- bodies ----------------------------------------------------------------------------------- */

static void sign_on(driver *d)
{
    const day_truck *truck = d->truck;
    bool is_2019 = truck->is_2019;
    int64_t at_us = truck->depart_us - 100 * DAY_SECOND_US;

    put(&d->body, 65, 2); /* Xinjiang */
    put(&d->body, 100, 2);
    put_padded(&d->body, "LBDAY", is_2019 ? 11 : 5);
    put_padded(&d->body, "LB-T1", is_2019 ? 30 : 20);
    put_padded(&d->body, truck->terminal + 5, is_2019 ? 30 : 7);
    put(&d->body, 2, 1); /* yellow plate */
    put_plate(&d->body, truck->plate);
    send(d, at_us, 0x0100);

    if (is_2019)
        put(&d->body, strlen(truck->terminal), 1);
    day_text_add(&d->body, truck->terminal, strlen(truck->terminal));
    if (is_2019) {
        put_padded(&d->body, "861234567890123", 15);
        put_padded(&d->body, "1.0.4", 20);
    }
    send(d, at_us + 4 * DAY_SECOND_US, 0x0102);
}

static void send_waybill(driver *d, int64_t at_us, int part, const char *what, const char *id)
{
    const day_truck *truck = d->truck;
    day_text bill = {0};
    char iso[DAY_ISO_ROOM];

    day_text_print(&bill, "WAYBILL=%s%02d;%s=%s;TIME=%s;PLATE=", truck->waybill, part, what, id,
                   day_iso(iso, at_us, DAY_CHINA_MIN));
    put_plate(&bill, truck->plate);
    day_text_print(&bill, ";FROM=%s;TO=%s", day_places[truck->from].key, day_places[truck->to].key);
    put(&d->body, bill.len, 4);
    day_text_add(&d->body, bill.at, bill.len);
    day_text_fini(&bill);
    send(d, at_us, 0x0701);
}

/* One for the container, or one for each air waybill. */
static void hand_in_waybills(driver *d)
{
    const day_truck *truck = d->truck;

    if (truck->box >= 0)
        send_waybill(d, truck->depart_us - DAY_MINUTE_US, 0, "CONTAINER",
                     d->world->boxes[truck->box].id);
    for (int i = 0; i < truck->awb_count; i++) {
        const day_awb *awb = &d->world->awbs[truck->awbs[i]];
        send_waybill(d, awb->on_truck_us, i, "AWB", awb->id);
    }
}

static int between(int from, int to, int64_t part, int64_t whole)
{
    return from + (int)((int64_t)(to - from) * part / (whole > 0 ? whole : 1));
}

/* Four courses are enough for a truck that drives straight on. */
static unsigned course_of(const day_truck *truck)
{
    bool north = truck->to_lat_e6 >= truck->from_lat_e6,
         east = truck->to_lon_e6 >= truck->from_lon_e6;

    return north ? (east ? 62 : 298) : (east ? 118 : 242);
}

static void put_position(driver *d, day_text *text, int64_t us)
{
    const day_truck *truck = d->truck;
    int64_t part = us - truck->depart_us, whole = truck->arrive_us - truck->depart_us;
    bool is_laden = truck->box >= 0 || truck->awb_count > 0;
    bool is_moving = part > 0 && part < whole;
    uint64_t status = 0x3 | (is_laden ? 0x300u : 0) | 1u << 18 | 1u << 19 |
                      (truck->is_2019 && is_moving ? 1u << 22 : 0);

    put(text, 0, 4);
    put(text, status, 4);
    put(text, (uint64_t)between(truck->from_lat_e6, truck->to_lat_e6, part, whole), 4);
    put(text, (uint64_t)between(truck->from_lon_e6, truck->to_lon_e6, part, whole), 4);
    put(text, 620, 2);
    put(text, is_moving ? (uint64_t)(610 + part / DAY_MINUTE_US % 7 * 10) : 0, 2);
    put(text, course_of(truck), 2);
    put_time(text, us);
    put(text, 0x0104, 2);
    put(text, (uint64_t)(d->mileage_dm + part / DAY_SECOND_US / 6), 4);
    put(text, 0x3001, 2);
    put(text, 24, 1);
    put(text, 0x3101, 2);
    put(text, 14, 1);
}

static void send_batch(driver *d, int64_t at_us)
{
    if (d->in_batch == 0)
        return;
    put(&d->body, (uint64_t)d->in_batch, 2);
    put(&d->body, 1, 1);
    day_text_add(&d->body, d->batch.at, d->batch.len);
    send(d, at_us, 0x0704);
    day_text_clear(&d->batch);
    d->in_batch = 0;
}

static void keep_for_later(driver *d, int64_t us)
{
    day_text one = {0};

    put_position(d, &one, us);
    put(&d->batch, one.len, 2);
    day_text_add(&d->batch, one.at, one.len);
    day_text_fini(&one);
    d->in_batch++;
    if (d->in_batch == IN_BATCH)
        send_batch(d, d->truck->blind_until_us + 2 * DAY_SECOND_US);
}

static void drive(driver *d)
{
    const day_truck *truck = d->truck;
    int64_t gap_us = (d->world->is_small ? 90 : 30) * DAY_SECOND_US;
    int64_t step = 0;

    for (int64_t us = truck->depart_us; us <= truck->arrive_us; us += gap_us, step++) {
        if (us >= truck->blind_from_us && us < truck->blind_until_us) {
            keep_for_later(d, us);
            continue;
        }
        send_batch(d, truck->blind_until_us + 3 * DAY_SECOND_US);
        put_position(d, &d->body, us);
        send(d, us + (1 + step % 3) * DAY_SECOND_US, 0x0200);
        if (step % 40 == 39)
            send(d, us + 10 * DAY_SECOND_US, 0x0002);
    }
    send_batch(d, truck->arrive_us + 10 * DAY_SECOND_US);
}

void day_write_jt808(const day_world *world, day_post *post)
{
    for (int i = 0; i < world->truck_count; i++) {
        driver d = {.world = world, .truck = &world->trucks[i], .post = post};
        if (d.truck->depart_us == 0)
            continue; /* nothing to fetch: it does not drive */
        d.mileage_dm = 800000 + i * 731;
        sign_on(&d);
        hand_in_waybills(&d);
        drive(&d);
        day_text_fini(&d.body);
        day_text_fini(&d.frame);
        day_text_fini(&d.batch);
    }
}
