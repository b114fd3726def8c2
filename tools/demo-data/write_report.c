/* write_report.c - the land port's own reports, hub.report in JSON: facts without a standard message.
 *
 *   hub-ulz      capacity of departures and yard blocks (00:05), bookings one by one, yard moves every
 *                twenty minutes, air freight received and stuffed, a loading ban
 *   ktz-border   trains taken at each crossing against plan, every quarter of an hour, until it falls
 *                silent */
#include "write.h"

typedef struct worker {
    const day_world *world;
    day_post *post;
    const char *feed, *party;
    day_text text;
    int number; /* of the report */
    int events; /* in the report that is open */
} worker;

static void open_report(worker *c, int64_t at_us)
{
    day_text_clear(&c->text);
    c->events = 0;
    day_text_print(&c->text,
                   "{\"magic\":\"landbridge.report\",\"party\":\"%s\",\"report_id\":\"%s-%d\","
                   "\"reported_at_us\":%lld,\"events\":[",
                   c->party, c->feed, c->number++, (long long)at_us);
}

static void close_report(worker *c, int64_t at_us)
{
    day_text_print(&c->text, "]}\n");
    day_post_send(c->post, at_us, LB_DAY_PUSH, c->feed, "hub.report", &c->text);
}

static void open_event(worker *c, const char *type, const char *classifier, int64_t us)
{
    day_text_print(&c->text,
                   "%s{\"type\":\"%s\",\"classifier\":\"%s\",\"occurred\":{\"utc_us\":%lld,"
                   "\"offset_min\":480,\"tz\":\"EXPLICIT\",\"prec\":\"SECOND\"}",
                   c->events++ == 0 ? "" : ",", type, classifier, (long long)us);
}

static void close_event(worker *c)
{
    day_text_print(&c->text, "}");
}

static void place(worker *c, const char *name, day_place_id id)
{
    const day_place *p = &day_places[id];
    bool has_locode = p->key[2] != '-';

    day_text_print(&c->text, ",\"%s\":{\"%s\":\"%s\"}", name, has_locode ? "locode" : "name",
                   has_locode ? p->key : p->key + 3);
}

static void line(worker *c, bool is_first, const char *unit, const char *state, int64_t quantity)
{
    day_text_print(&c->text, "%s{\"unit\":\"%s\",\"state\":\"%s\",\"quantity\":%lld}",
                   is_first ? "" : ",", unit, state, (long long)quantity);
}

/* -- capacity --------------------------------------------------------------------------------- */

static void departure(worker *c, const day_departure *d, int64_t us)
{
    open_event(c, "SNAP", "ACTUAL", us);
    day_text_print(&c->text, ",\"mode\":\"RAIL\",\"cap\":{\"kind\":\"DEPARTURE\",\"id\":\"%s\"",
                   d->id);
    day_text_print(&c->text, ",\"name\":\"%s %s\",\"mode\":\"RAIL\"", d->number,
                   day_places[d->to].key);
    place(c, "from", d->from);
    place(c, "to", d->to);
    day_text_print(&c->text,
                   ",\"departs_us\":%lld,\"arrives_us\":%lld,\"cutoff_us\":%lld,\"lines\":[",
                   (long long)d->departs_us, (long long)d->arrives_us, (long long)d->cutoff_us);
    line(c, true, "MILLI_TEU", "NOMINAL", d->nominal_milli_teu);
    line(c, false, "MILLI_TEU", "BOOKED", d->booked_milli_teu);
    line(c, false, "WAGON", "NOMINAL", d->nominal_wagons);
    line(c, false, "WAGON", "BOOKED", d->booked_wagons);
    line(c, false, "KG", "NOMINAL", d->nominal_kg);
    line(c, false, "KG", "BOOKED", d->booked_kg);
    day_text_print(&c->text, "]}");
    close_event(c);
}

static void morning(worker *c)
{
    int64_t us = day_at(c->world, 0, 5);

    open_report(c, us);
    for (int i = 0; i < c->world->departure_count; i++)
        departure(c, &c->world->departures[i], us);
    for (int i = 0; i < DAY_BLOCKS; i++) {
        open_event(c, "SNAP", "ACTUAL", us);
        day_text_print(
            &c->text,
            ",\"cap\":{\"kind\":\"YARD_BLOCK\",\"id\":\"CNULZ/%c\",\"name\":\"block %c\","
            "\"from\":{\"locode\":\"CNULZ\",\"sub\":\"%c\"},\"lines\":[",
            'A' + i, 'A' + i, 'A' + i);
        line(c, true, "MILLI_TEU", "NOMINAL", c->world->block_milli_teu[i]);
        day_text_print(&c->text, "]}");
        close_event(c);
    }
    close_report(c, us + 10 * DAY_SECOND_US);
}

static void booking_step(worker *c, const day_booking *b, const char *type, const char *state,
                         int64_t us)
{
    if (us == DAY_NEVER || us >= c->world->end_us)
        return;
    open_report(c, us);
    open_event(c, type, "ACTUAL", us);
    day_text_print(&c->text,
                   ",\"mode\":\"RAIL\",\"cap\":{\"kind\":\"DEPARTURE\",\"id\":\"%s\","
                   "\"holder\":\"LANDPORT FORWARDING\",\"booking\":\"%s\",\"lines\":[",
                   c->world->departures[b->departure].id, b->ref);
    line(c, true, "MILLI_TEU", state, b->milli_teu);
    line(c, false, "WAGON", state, b->wagons);
    line(c, false, "KG", state, b->kg);
    day_text_print(&c->text, "]}");
    close_event(c);
    close_report(c, us + 5 * DAY_SECOND_US);
}

static void bookings(worker *c)
{
    for (int i = 0; i < c->world->booking_count; i++) {
        const day_booking *b = &c->world->bookings[i];
        booking_step(c, b, "RESV", "HELD", b->reserved_us);
        booking_step(c, b, "CONF", "BOOKED", b->confirmed_us);
        booking_step(c, b, "RELE", "RELEASED", b->released_us);
    }
}

static void ban(worker *c)
{
    int64_t us = day_at(c->world, 10, 0);

    open_report(c, us);
    open_event(c, "OUTG", "ACTUAL", us);
    day_text_print(&c->text,
                   ",\"mode\":\"RAIL\",\"cap\":{\"kind\":\"BAN\",\"id\":\"BAN:%s:1\","
                   "\"name\":\"no loading via Alashankou\",\"reason\":\"too many trains\","
                   "\"mode\":\"RAIL\"",
                   c->world->date);
    place(c, "from", DAY_ALASHANKOU);
    day_text_print(&c->text, ",\"window_from_us\":%lld,\"window_until_us\":%lld}",
                   (long long)c->world->ban_from_us, (long long)c->world->ban_until_us);
    close_event(c);
    close_report(c, us + 20 * DAY_SECOND_US);
}

/* -- yard and air freight --------------------------------------------------------------------- */

static void set_down(worker *c, const day_box *box)
{
    open_event(c, "YMOV", "ACTUAL", box->set_down_us);
    day_text_print(&c->text,
                   ",\"objects\":[{\"kind\":\"CONTAINER\",\"id\":\"%s\",\"scheme\":\"ISO6346\","
                   "\"role\":\"SUBJECT\",\"size_type\":\"%s\"}],"
                   "\"place\":{\"locode\":\"CNULZ\",\"sub\":\"%c\"}",
                   box->id, box->size, box->block);
    close_event(c);
}

static void yard_moves(worker *c)
{
    const day_world *world = c->world;
    int64_t period_us = 20 * DAY_MINUTE_US, from_us = DAY_NEVER;

    for (int64_t us = day_at(world, 0, 20); us <= world->end_us; from_us = us, us += period_us) {
        open_report(c, us);
        for (int i = 0; i < world->box_count; i++) {
            const day_box *box = &world->boxes[i];
            if (box->set_down_us != DAY_NEVER && box->set_down_us >= from_us &&
                box->set_down_us < us)
                set_down(c, box);
        }
        if (c->events > 0)
            close_report(c, us);
    }
}

static void open_freight(worker *c, const day_awb *awb, const char *type, int64_t us)
{
    open_event(c, type, "ACTUAL", us);
    day_text_print(&c->text,
                   ",\"mode\":\"ROAD\",\"place\":{\"locode\":\"CNULZ\"},"
                   "\"qty\":{\"pieces\":%d,\"pieces_total\":%d},"
                   "\"objects\":[{\"kind\":\"CONSIGNMENT\",\"id\":\"%s\",\"scheme\":\"AWB\","
                   "\"role\":\"SUBJECT\"}",
                   awb->pieces, awb->pieces, awb->id);
}

static void received(worker *c, const day_awb *awb)
{
    open_report(c, awb->hub_us);
    open_freight(c, awb, "RCVD", awb->hub_us);
    day_text_print(&c->text,
                   "],\"assoc\":[{\"parent\":{\"kind\":\"TRUCK\",\"id\":\"%s\","
                   "\"scheme\":\"PLATE\"},\"child\":{\"kind\":\"CONSIGNMENT\",\"id\":\"%s\","
                   "\"scheme\":\"AWB\"},\"action\":\"DELETE\"}]",
                   c->world->trucks[awb->truck].plate, awb->id);
    close_event(c);
    close_report(c, awb->hub_us + 2 * DAY_MINUTE_US);
}

/* The container is stuffed, and each waybill is in it. */
static void stuffed(worker *c, int index)
{
    const day_box *box = &c->world->boxes[index];

    open_report(c, box->stuffed_us);
    open_event(c, "STUF", "ACTUAL", box->stuffed_us);
    day_text_print(&c->text,
                   ",\"place\":{\"locode\":\"CNULZ\"},\"objects\":[{\"kind\":\"CONTAINER\","
                   "\"id\":\"%s\",\"scheme\":\"ISO6346\",\"role\":\"SUBJECT\"}]",
                   box->id);
    close_event(c);
    for (int i = 0; i < c->world->awb_count; i++) {
        if (c->world->awbs[i].box != index)
            continue;
        open_freight(c, &c->world->awbs[i], "STUF", box->stuffed_us);
        day_text_print(&c->text,
                       ",{\"kind\":\"CONTAINER\",\"id\":\"%s\",\"scheme\":\"ISO6346\","
                       "\"role\":\"UNIT\"}]",
                       box->id);
        close_event(c);
    }
    close_report(c, box->stuffed_us + 2 * DAY_MINUTE_US);
}

static void air_at_the_hub(worker *c)
{
    for (int i = 0; i < c->world->awb_count; i++)
        if (c->world->awbs[i].box >= 0)
            received(c, &c->world->awbs[i]);
    for (int i = 0; i < c->world->box_count; i++)
        if (c->world->boxes[i].stuffed_us != DAY_NEVER)
            stuffed(c, i);
}

/* -- the border ------------------------------------------------------------------------------- */

static void acceptance(worker *c, day_place_id from, day_place_id to, int taken, int planned,
                       int64_t us)
{
    open_event(c, "SNAP", "ACTUAL", us);
    day_text_print(&c->text, ",\"mode\":\"RAIL\",\"cap\":{\"kind\":\"BORDER\",\"id\":\"%s>%s@%s\"",
                   day_places[from].key, day_places[to].key, c->world->date);
    place(c, "from", from);
    place(c, "to", to);
    day_text_print(&c->text, ",\"window_from_us\":%lld,\"window_until_us\":%lld,\"lines\":[",
                   (long long)c->world->begin_us, (long long)c->world->end_us);
    line(c, true, "TRAIN", "NOMINAL", planned);
    line(c, false, "TRAIN", "USED", taken);
    day_text_print(&c->text, "]}");
    close_event(c);
}

static void border(worker *c)
{
    const day_world *world = c->world;

    for (int64_t us = day_at(world, 0, 15); us < world->border_silent_us;
         us += 15 * DAY_MINUTE_US) {
        int hours = (int)((us - world->begin_us) / DAY_HOUR_US);
        open_report(c, us);
        acceptance(c, DAY_KHORGOS, DAY_ALTYNKOL, hours * 10 / 24, 14, us);
        acceptance(c, DAY_ALASHANKOU, DAY_DOSTYK, hours * 8 / 24, 10, us);
        close_report(c, us + 15 * DAY_SECOND_US);
    }
}

void day_write_report(const day_world *world, day_post *post)
{
    worker c = {.world = world, .post = post, .feed = "hub-ulz", .party = "ULZ", .number = 1};

    morning(&c);
    bookings(&c);
    ban(&c);
    yard_moves(&c);
    air_at_the_hub(&c);
    c.feed = "ktz-border";
    c.party = "KTZ";
    c.number = 1;
    border(&c);
    day_text_fini(&c.text);
}
