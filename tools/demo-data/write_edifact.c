/* write_edifact.c - the terminal's and the Kazakh railway's EDIFACT.
 *
 *   tos-ulz   CODECO D.95B   34 gate in, 36 gate out: one container and its truck; at night one list of
 *                            all that came in yesterday
 *             COARRI D.95B   46 load, 44 discharge: some containers of one train, with their wagons
 *   ktz       IFTSTA D.00B   16 crossed the border, 368 to another wagon
 *
 * The terminal writes local times without zone, the railway writes them with one. Plates have a Chinese
 * character, so interchanges are UNOY (UTF-8), syntax 4. */
#include "write.h"

typedef struct worker {
    const day_world *world;
    day_post *post;
    day_text text;
    const char *feed, *format;
    int number;   /* of the interchange */
    int segments; /* from UNH on */
    int items;    /* containers, for CNT+16 */
} worker;

enum { MINUTES = 203, SECONDS = 204 }; /* DE 2379 */

#define SEGMENT(c, ...)                          \
    do {                                         \
        day_text_print(&(c)->text, __VA_ARGS__); \
        day_text_print(&(c)->text, "'\n");       \
        (c)->segments++;                         \
    } while (0)

static void moment(worker *c, int qualifier, int64_t us, int form)
{
    day_clock t = day_clock_at(us, DAY_CHINA_MIN);

    if (form == MINUTES)
        SEGMENT(c, "DTM+%d:%04d%02d%02d%02d%02d:203", qualifier, t.year, t.month, t.day, t.hour,
                t.minute);
    else
        SEGMENT(c, "DTM+%d:%04d%02d%02d%02d%02d%02d:204", qualifier, t.year, t.month, t.day, t.hour,
                t.minute, t.second);
}

/* With seconds and zone; the plus is released, since it separates elements. */
static void moment_in_kazakhstan(worker *c, int qualifier, int64_t us)
{
    day_clock t = day_clock_at(us, DAY_KAZAKHSTAN_MIN);

    SEGMENT(c, "DTM+%d:%04d%02d%02d%02d%02d%02d?+05:304", qualifier, t.year, t.month, t.day, t.hour,
            t.minute, t.second);
}

static void open_interchange(worker *c, int64_t at_us, const char *sender, const char *message,
                             const char *function)
{
    day_clock t = day_clock_at(at_us, DAY_CHINA_MIN);

    day_text_clear(&c->text);
    c->number++;
    c->items = 0;
    day_text_print(&c->text, "UNA:+.? '\nUNB+UNOY:4+%s+LANDPORT+%04d%02d%02d:%02d%02d+%d'\n",
                   sender, t.year, t.month, t.day, t.hour, t.minute, c->number);
    c->segments = 0;
    SEGMENT(c, "UNH+1+%s", message);
    SEGMENT(c, "BGM+%s+%s%d+9", function, sender, c->number);
}

static void close_interchange(worker *c, int64_t at_us)
{
    SEGMENT(c, "UNT+%d+1", c->segments + 1);
    day_text_print(&c->text, "UNZ+1+%d'\n", c->number);
    day_post_send(c->post, at_us, LB_DAY_PUSH, c->feed, c->format, &c->text);
}

/* -- gate ------------------------------------------------------------------------------------- */

static void open_gate(worker *c, int64_t at_us, bool is_in)
{
    c->format = "hub.codeco";
    open_interchange(c, at_us, "TOSULZ", "CODECO:D:95B:UN:ITG14", is_in ? "34" : "36");
    SEGMENT(c, "NAD+CF+LBLINE:160:ZZZ");
}

static void gate_item(worker *c, const day_box *box, int64_t us, const char *plate, bool is_empty)
{
    SEGMENT(c, "EQD+CN+%s+%s:102:5++%d+%d", box->id, box->size, box->flow == DAY_BY_TRAIN ? 3 : 2,
            is_empty ? 4 : 5);
    moment(c, 7, us, MINUTES);
    SEGMENT(c, "LOC+165+CNULZ:139:6");
    if (!is_empty)
        SEGMENT(c, "SEL+%s+SH", box->seal);
    SEGMENT(c, "TDT+1++3+31++++:::%s", plate);
    c->items++;
}

static void close_gate(worker *c, int64_t at_us)
{
    SEGMENT(c, "CNT+16:%d", c->items);
    close_interchange(c, at_us);
}

static void gate_move(worker *c, const day_box *box, int64_t us, const char *plate, bool is_in)
{
    int64_t at_us = us + 40 * DAY_SECOND_US;

    open_gate(c, at_us, is_in);
    gate_item(c, box, us, plate, is_in && box->flow == DAY_EMPTY);
    close_gate(c, at_us);
}

static void list_of_yesterday(worker *c)
{
    int64_t at_us = c->world->begin_us + 6 * DAY_MINUTE_US;

    for (int i = 0; i < c->world->box_count; i++) {
        const day_box *box = &c->world->boxes[i];
        if (box->flow != DAY_STANDING && box->flow != DAY_EMPTY)
            continue;
        if (c->items == 0)
            open_gate(c, at_us, true);
        gate_item(c, box, box->gate_in_us, box->plate_in, box->flow == DAY_EMPTY);
        if (c->items < 10)
            continue;
        close_gate(c, at_us);
        at_us += 5 * DAY_SECOND_US;
        c->items = 0;
    }
    if (c->items > 0)
        close_gate(c, at_us);
}

static void tell_gate(worker *c)
{
    list_of_yesterday(c);
    for (int i = 0; i < c->world->box_count; i++) {
        const day_box *box = &c->world->boxes[i];
        if (box->flow == DAY_BY_TRUCK)
            gate_move(c, box, box->gate_in_us, box->plate_in, true);
        if (box->gate_out_us != DAY_NEVER)
            gate_move(c, box, box->gate_out_us, c->world->trucks[box->truck_out].plate, false);
    }
}

/* -- crane ------------------------------------------------------------------------------------ */

static void open_crane(worker *c, const day_train *train, int64_t at_us, bool is_load)
{
    c->format = "hub.codeco";
    open_interchange(c, at_us, "TOSULZ", "COARRI:D:95B:UN:ITG14", is_load ? "46" : "44");
    SEGMENT(c, "TDT+20+%s+2++LBCR:172:87", train->number);
    SEGMENT(c, "LOC+%d+CNULZ:139:6", is_load ? 9 : 11);
    moment(c, 133, train->stops[0].plan_dep, MINUTES);
    SEGMENT(c, "NAD+CF+LBLINE:160:ZZZ");
}

static void crane_item(worker *c, const day_train *train, int nth, int64_t us)
{
    const day_box *box = &c->world->boxes[train->boxes[nth]];

    SEGMENT(c, "EQD+CN+%s+%s:102:5++2+5", box->id, box->size);
    SEGMENT(c, "RFF+WGN:%s", train->wagons[train->places[nth]]);
    moment(c, 203, us, SECONDS);
    SEGMENT(c, "LOC+175+CNULZ:139:6");
    c->items++;
}

static void tell_crane(worker *c, int index, bool is_load)
{
    const day_train *train = &c->world->trains[index];

    c->items = 0;
    for (int i = 0; i < train->box_count; i++) {
        const day_box *box = &c->world->boxes[train->boxes[i]];
        int64_t us = is_load ? box->load_us : box->disc_us;
        if (c->items == 0)
            open_crane(c, train, us, is_load);
        crane_item(c, train, i, us);
        if (c->items < 5 && i + 1 < train->box_count)
            continue;
        SEGMENT(c, "CNT+16:%d", c->items);
        close_interchange(c, us + DAY_MINUTE_US);
        c->items = 0;
    }
}

/* -- border ----------------------------------------------------------------------------------- */

static void open_status(worker *c, int64_t at_us)
{
    c->format = "hub.iftsta";
    open_interchange(c, at_us, "KTZ", "IFTSTA:D:00B:UN", "77");
    moment_in_kazakhstan(c, 137, at_us);
    SEGMENT(c, "NAD+CA+KTZ");
}

static void status_item(worker *c, const day_box *box, int code, const char *wagon, int64_t us,
                        day_place_id place)
{
    SEGMENT(c, "CNI+%d+LB%s", ++c->items, box->id + 4);
    SEGMENT(c, "STS+1+%d", code);
    if (wagon != NULL)
        SEGMENT(c, "RFF+WGN:%s", wagon);
    moment_in_kazakhstan(c, 334, us);
    SEGMENT(c, "LOC+14+:::%s", place == DAY_DOSTYK ? "DOSTYK" : "ALTYNKOL");
    SEGMENT(c, "EQD+CN+%s+%s:102:5+++5", box->id, box->size);
}

static void tell_border(worker *c, int index)
{
    const day_train *onward = &c->world->trains[index];
    const day_train *before = &c->world->trains[onward->before];
    int64_t crossed_us = before->stops[before->stop_count - 1].arr;
    day_place_id place = onward->stops[0].place;

    open_status(c, crossed_us + 8 * DAY_MINUTE_US);
    for (int i = 0; i < before->box_count; i++)
        status_item(c, &c->world->boxes[before->boxes[i]], 16, NULL, crossed_us, place);
    close_interchange(c, crossed_us + 8 * DAY_MINUTE_US);

    c->items = 0;
    for (int i = 0; i < onward->box_count; i++) {
        const day_box *box = &c->world->boxes[onward->boxes[i]];
        if (c->items == 0)
            open_status(c, box->transload_us);
        status_item(c, box, 368, onward->wagons[onward->places[i]], box->transload_us, place);
        if (c->items < 10 && i + 1 < onward->box_count)
            continue;
        close_interchange(c, box->transload_us + 2 * DAY_MINUTE_US);
        c->items = 0;
    }
}

void day_write_edifact(const day_world *world, day_post *post)
{
    worker c = {.world = world, .post = post, .feed = "tos-ulz", .number = 100};

    tell_gate(&c);
    tell_crane(&c, DAY_X9024, false);
    tell_crane(&c, DAY_X9044, true);
    tell_crane(&c, DAY_X9023, true);
    tell_crane(&c, DAY_X8011, true);
    c.feed = "ktz";
    tell_border(&c, DAY_KZ_9044);
    tell_border(&c, DAY_KZ_9023);
    day_text_fini(&c.text);
}
