/* tale.c - see tale.h. */
#include "tale.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "landbridge/client/time.h"
#include "record.h"

#define BEGIN_US (TALE_NOW_US - 36 * LB_HOUR_US) /* everything happens within a day from here on */
#define SENT_US  (TALE_NOW_US - 10 * LB_HOUR_US) /* and is sent later, one a minute */

const char tale_grants[] =
    "RAIL CARRIER format:hub.report source:src-rail for:train:X9* for:wagon:3333* "
    "for:container:HBLU*\n"
    " for:resource:X9*\n"
    "PORT CARRIER format:hub.report source:src-port for:container:HBLU* for:awb:160-* "
    "for:hawb:HW*\n"
    " for:place:CNULZ for:place:CNAKL for:resource:CNULZ/* for:resource:BAN:1 for:resource:X9*\n"
    "HAUL CARRIER format:hub.report source:src-haul for:truck:\346\226\260H* for:device:1391*\n"
    "AIR CARRIER format:hub.report source:src-air for:awb:160-* for:flight:O3* for:uld:PMC*\n"
    "FORW CARRIER format:hub.report source:src-forw for:bkg:BK* for:hawb:HW* for:party:LIANHE\n"
    " for:container:HBLU*\n"
    "SHIP1 SHIPPER see:bkg:BK1 see:container:HBLU1000001 see:awb:160-12345675\n"
    "SHIP2 SHIPPER see:bkg:BK2 see:party:LIANHE see:hawb:HW1\n"
    "EVIL1 CARRIER format:hub.report for:container:EVIU1000001 for:bkg:EV1 "
    "for:truck:\346\226\260E00001\n"
    " for:device:66600000001\n"
    "EVIL2 CARRIER format:hub.report for:container:EVIU2000002 for:bkg:EV2 "
    "for:truck:\346\226\260E00002\n"
    " for:device:66600000002\n";

const tale_sender tale_senders[TALE_SENDERS] = {
    [TALE_RAIL] = {"RAIL", "src-rail"},   [TALE_PORT] = {"PORT", "src-port"},
    [TALE_HAUL] = {"HAUL", "src-haul"},   [TALE_AIR] = {"AIR", "src-air"},
    [TALE_FORW] = {"FORW", "src-forw"},   [TALE_EVIL1] = {"EVIL1", "EVIL1"},
    [TALE_EVIL2] = {"EVIL2", "EVIL2.b2"},
};

/* -- parties and objects ----------------------------------------------------------------------- */

typedef struct thing {
    lb_kind kind;
    lb_scheme scheme;
    const char *id;
    const char *key;
} thing;

enum {
    BOX,
    WAGON = 3,
    TRAIN = 6,
    TRUCK = 8,
    TERMINAL = 10,
    FLIGHT = 12,
    ULD = 13,
    AWB = 14,
    HAWB = 16,
    BKG = 17,
    OWN = 19
};

/* clang-format off */
static const thing things[] = {
    {LB_KIND_CONTAINER, LB_SCHEME_ISO6346, "HBLU1000001", "container:HBLU1000001"},
    {LB_KIND_CONTAINER, LB_SCHEME_ISO6346, "HBLU1000002", "container:HBLU1000002"},
    {LB_KIND_CONTAINER, LB_SCHEME_ISO6346, "HBLU1000003", "container:HBLU1000003"},
    {LB_KIND_WAGON, LB_SCHEME_UIC12, "333300000011", "wagon:333300000011"},
    {LB_KIND_WAGON, LB_SCHEME_UIC12, "333300000022", "wagon:333300000022"},
    {LB_KIND_WAGON, LB_SCHEME_UIC12, "333300000033", "wagon:333300000033"},
    {LB_KIND_TRAIN, LB_SCHEME_TRAIN_NO_DATE, "X9023@2026-03-12", "train:X9023@2026-03-12"},
    {LB_KIND_TRAIN, LB_SCHEME_TRAIN_NO_DATE, "X9044@2026-03-12", "train:X9044@2026-03-12"},
    {LB_KIND_TRUCK, LB_SCHEME_PLATE, "新H00001", "truck:新H00001"},
    {LB_KIND_TRUCK, LB_SCHEME_PLATE, "新H00002", "truck:新H00002"},
    {LB_KIND_DEVICE, LB_SCHEME_TERMINAL, "13910000001", "device:13910000001"},
    {LB_KIND_DEVICE, LB_SCHEME_TERMINAL, "13910000002", "device:13910000002"},
    {LB_KIND_FLIGHT, LB_SCHEME_FLIGHT_DATE, "O37101@2026-03-12", "flight:O37101@2026-03-12"},
    {LB_KIND_ULD, LB_SCHEME_ULD, "PMC10001O3", "uld:PMC10001O3"},
    {LB_KIND_CONSIGNMENT, LB_SCHEME_AWB, "160-12345675", "awb:160-12345675"},
    {LB_KIND_CONSIGNMENT, LB_SCHEME_AWB, "160-12345686", "awb:160-12345686"},
    {LB_KIND_CONSIGNMENT, LB_SCHEME_HAWB, "HW1", "hawb:HW1"},
    {LB_KIND_CONSIGNMENT, LB_SCHEME_BKG, "BK1", "bkg:BK1"},
    {LB_KIND_CONSIGNMENT, LB_SCHEME_BKG, "BK2", "bkg:BK2"},
    {LB_KIND_CONTAINER, LB_SCHEME_ISO6346, "EVIU1000001", "container:EVIU1000001"},
    {LB_KIND_TRUCK, LB_SCHEME_PLATE, "新E00001", "truck:新E00001"},
    {LB_KIND_DEVICE, LB_SCHEME_TERMINAL, "66600000001", "device:66600000001"},
    {LB_KIND_CONSIGNMENT, LB_SCHEME_BKG, "EV1", "bkg:EV1"},
    {LB_KIND_CONTAINER, LB_SCHEME_ISO6346, "EVIU2000002", "container:EVIU2000002"},
    {LB_KIND_TRUCK, LB_SCHEME_PLATE, "新E00002", "truck:新E00002"},
    {LB_KIND_DEVICE, LB_SCHEME_TERMINAL, "66600000002", "device:66600000002"},
    {LB_KIND_CONSIGNMENT, LB_SCHEME_BKG, "EV2", "bkg:EV2"},
};
/* clang-format on */
enum { THINGS = sizeof things / sizeof *things };

const char *const tale_cargo[] = {"container:HBLU1000001",
                                  "container:HBLU1000002",
                                  "container:HBLU1000003",
                                  "bkg:BK1",
                                  "bkg:BK2",
                                  "party:LIANHE",
                                  "awb:160-12345675",
                                  "awb:160-12345686",
                                  "hawb:HW1",
                                  "train:X9023@2026-03-12",
                                  "wagon:333300000011",
                                  "truck:新H00001",
                                  "device:13910000001",
                                  "flight:O37101@2026-03-12",
                                  "uld:PMC10001O3",
                                  NULL};
const char *const tale_own[] = {"container:EVIU1000001", "bkg:EV1", "truck:新E00001",
                                "device:66600000001", NULL};

static const struct {
    lb_scheme scheme;
    const char *value;
} references[] = {
    {LB_SCHEME_BKG, "BK1"},  {LB_SCHEME_BKG, "BK2"},          {LB_SCHEME_PARTY, "LIANHE"},
    {LB_SCHEME_HAWB, "HW1"}, {LB_SCHEME_AWB, "160-12345675"}, {LB_SCHEME_BKG, "EV1"},
    {LB_SCHEME_BKG, "EV2"},  {LB_SCHEME_PARTY, "EVILCO"},
};
enum { HONEST_REFERENCES = 4, REFERENCES = sizeof references / sizeof *references };

static const char *const resources[] = {
    "X9023@2026-03-12", "X9044@2026-03-12",          "CNULZ/A", "BAN:1", "O37101@2026-03-12",
    "BAN:EVIL",         "CNAKL>KZ-DOSTYK@2026-03-12"};
enum { HONEST_RESOURCES = 4, RESOURCES_NAMED = sizeof resources / sizeof *resources };

static const lb_event_type types[] = {
#define LB_EVENT_TYPE(family, code, number, words) LB_EVENT_##code,
#include "landbridge/client/event_types.def"
#undef LB_EVENT_TYPE
};
enum { TYPES = sizeof types / sizeof *types };

bool tale_is_hostile(const tale_message *message)
{
    return message->party >= TALE_HONEST;
}

/* -- random choices ---------------------------------------------------------------------------- */

typedef struct teller {
    uint64_t dice;
    lb_arena *arena;
    const tale *so_far;
} teller;

/* splitmix64 */
static uint64_t roll(teller *t)
{
    uint64_t z = t->dice += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static size_t below(teller *t, size_t n)
{
    return (size_t)(roll(t) % n);
}

static bool once_in(teller *t, size_t n)
{
    return below(t, n) == 0;
}

/* -- parts of an event -------------------------------------------------------------------------------------- */

static void *grow(teller *t, void *list, size_t size)
{
    assert_true(lb_arena_grow(t->arena, list, size));
    return list;
}

static lb_object object_of(const thing *one, lb_role role)
{
    return (lb_object){.kind = one->kind,
                       .scheme = one->scheme,
                       .id = lb_span_of(one->id),
                       .role = role,
                       .milli_teu = one->kind == LB_KIND_CONTAINER ? 2000 : LB_UNKNOWN};
}

static void name(teller *t, lb_event *event, size_t which, lb_role role)
{
    grow(t, &event->objects, sizeof *event->objects.at);
    event->objects.at[event->objects.count++] = object_of(&things[which], role);
}

static void refer(teller *t, lb_event *event, size_t which)
{
    grow(t, &event->refs, sizeof *event->refs.at);
    event->refs.at[event->refs.count++] = (lb_reference){
        .scheme = references[which].scheme, .value = lb_span_of(references[which].value)};
}

static lb_assoc *associate(teller *t, lb_event *event, lb_assoc_action action, size_t parent,
                           size_t child)
{
    grow(t, &event->assoc, sizeof *event->assoc.at);
    lb_assoc *one = &event->assoc.at[event->assoc.count++];
    *one = (lb_assoc){.action = action, .position = LB_UNKNOWN};
    one->parent.milli_teu = one->child.milli_teu = LB_UNKNOWN;
    if (parent < THINGS)
        one->parent = object_of(&things[parent], LB_ROLE_UNSPECIFIED);
    if (child < THINGS)
        one->child = object_of(&things[child], LB_ROLE_UNSPECIFIED);
    return one;
}

static void put_at(lb_place *place, size_t which)
{
    static const char *const locodes[] = {"CNULZ", "CNAKL", "CNURC", "CNCJS"};

    place->lat_e7 = place->lon_e7 = LB_UNKNOWN;
    if (which < 4)
        place->locode = lb_span_of(locodes[which]);
    else
        place->name = LB_SPAN("Dostyk");
}

static void begin(teller *t, lb_event *event, lb_event_type type)
{
    lb_record_init(&lb_record_event, event);
    event->type = type;
    event->classifier = LB_CLASSIFIER_ACTUAL;
    event->mode = LB_MODE_RAIL;
    event->occurred.utc_us = BEGIN_US + (int64_t)below(t, 24 * 60) * LB_MINUTE_US;
}

/* -- honest reports ---------------------------------------------------------------------------- */

/* The types that release cargo to a vehicle, which must be named. */
static bool hands_out(lb_event_type type)
{
    return type == LB_EVENT_GTOT || type == LB_EVENT_PICK || type == LB_EVENT_TFOU ||
           type == LB_EVENT_HNDO || type == LB_EVENT_AVPU;
}

static void fill_capacity(teller *t, lb_event *event, const char *id)
{
    static const lb_cap_state states[] = {LB_CAP_NOMINAL, LB_CAP_BOOKED, LB_CAP_HELD,
                                          LB_CAP_USED,    LB_CAP_FREE,   LB_CAP_RELEASED};
    lb_capacity_info *cap = &event->cap;

    cap->id = lb_span_of(id);
    cap->kind = id[0] == 'B'   ? LB_RESOURCE_BAN
                : id[0] == 'C' ? LB_RESOURCE_YARD_BLOCK
                               : LB_RESOURCE_DEPARTURE;
    cap->mode = LB_MODE_RAIL;
    put_at(&cap->from, id[0] == 'B' ? 1 : 0);
    if (id[0] == 'X')
        put_at(&cap->to, 4);
    if (once_in(t, 2))
        cap->departs_us = BEGIN_US + (int64_t)below(t, 72) * LB_HOUR_US;
    if (id[0] == 'B') {
        cap->window_from_us = BEGIN_US;
        cap->window_until_us = BEGIN_US + 72 * LB_HOUR_US;
    }
    if (once_in(t, 3))
        cap->booking = LB_SPAN("BK1");
    for (size_t n = 1 + below(t, 2); n > 0; n--) {
        grow(t, &cap->lines, sizeof *cap->lines.at);
        cap->lines.at[cap->lines.count++] = (lb_capacity_line){
            LB_UNIT_MILLI_TEU, states[below(t, 6)], (int64_t)below(t, 60) * 1000};
    }
}

static void rail_speaks(teller *t, lb_event *event)
{
    static const lb_event_type moves[] = {LB_EVENT_DEPA, LB_EVENT_ARRI, LB_EVENT_PASS,
                                          LB_EVENT_STOP, LB_EVENT_CROS, LB_EVENT_DLAY};
    size_t train = TRAIN + below(t, 2), wagon = WAGON + below(t, 3);

    if (once_in(t, 3)) { /* a composition */
        begin(t, event, LB_EVENT_FORM);
        name(t, event, train, LB_ROLE_SUBJECT);
        associate(t, event, LB_ASSOC_ADD, train, wagon)->closed_world = once_in(t, 2);
        associate(t, event, LB_ASSOC_ADD, wagon, BOX + below(t, 3))->closed_world = once_in(t, 2);
        return;
    }
    begin(t, event, moves[below(t, 6)]);
    name(t, event, once_in(t, 4) ? wagon : train, LB_ROLE_SUBJECT);
    put_at(&event->place, below(t, 5));
    put_at(&event->movement.from, 0);
    put_at(&event->movement.to, 4);
}

static void port_speaks(teller *t, lb_event *event)
{
    static const lb_event_type moves[] = {
        LB_EVENT_GTIN, LB_EVENT_GTOT, LB_EVENT_YMOV, LB_EVENT_STOR, LB_EVENT_LOAD,
        LB_EVENT_DISC, LB_EVENT_STUF, LB_EVENT_STRP, LB_EVENT_RCVD, LB_EVENT_SEAL};
    lb_event_type type = moves[below(t, 10)];
    size_t box = BOX + below(t, 3);

    if (once_in(t, 5)) {
        begin(t, event, once_in(t, 2) ? LB_EVENT_SNAP : LB_EVENT_DELT);
        fill_capacity(t, event, resources[below(t, HONEST_RESOURCES)]);
        return;
    }
    begin(t, event, type);
    put_at(&event->place, 0);
    event->place.sub = once_in(t, 2) ? LB_SPAN("A") : LB_EMPTY;
    event->cond.fill = once_in(t, 3) ? LB_FILL_EMPTY : LB_FILL_LADEN;
    if (type == LB_EVENT_STUF || type == LB_EVENT_STRP || type == LB_EVENT_RCVD) {
        name(t, event, AWB + below(t, 3), LB_ROLE_SUBJECT);
        name(t, event, box, LB_ROLE_UNIT);
        return;
    }
    name(t, event, box, LB_ROLE_SUBJECT);
    if (type == LB_EVENT_GTIN || type == LB_EVENT_GTOT)
        name(t, event, TRUCK + below(t, 2), LB_ROLE_MEANS);
    if (type == LB_EVENT_LOAD || type == LB_EVENT_DISC)
        name(t, event, WAGON + below(t, 3), LB_ROLE_MEANS);
    if (type == LB_EVENT_SEAL) {
        grow(t, &event->cond.seals, sizeof *event->cond.seals.at);
        event->cond.seals.at[event->cond.seals.count++] = LB_SPAN("HONEST-SEAL");
    }
}

static void haul_speaks(teller *t, lb_event *event)
{
    size_t truck = TRUCK + below(t, 2);

    if (once_in(t, 2)) {
        begin(t, event, LB_EVENT_PING);
        name(t, event, truck - TRUCK + TERMINAL, LB_ROLE_SUBJECT);
        associate(t, event, LB_ASSOC_OBSERVE, truck, truck - TRUCK + TERMINAL);
        event->pos.lat_e7 = 438167000 + (int64_t)below(t, 100000);
        event->pos.lon_e7 = 876000000;
        return;
    }
    /* a waybill: this container, or this air cargo, is on the truck */
    begin(t, event, LB_EVENT_ASSO);
    event->mode = LB_MODE_ROAD;
    name(t, event, truck, LB_ROLE_SUBJECT);
    associate(t, event, once_in(t, 4) ? LB_ASSOC_DELETE : LB_ASSOC_ADD, truck,
              once_in(t, 2) ? BOX + below(t, 3) : AWB + below(t, 2));
    put_at(&event->movement.from, 3);
    put_at(&event->movement.to, 0);
}

static void air_speaks(teller *t, lb_event *event)
{
    static const lb_event_type moves[] = {LB_EVENT_BKDC, LB_EVENT_ACPT, LB_EVENT_DEPA,
                                          LB_EVENT_ARRI, LB_EVENT_RCVD, LB_EVENT_NTFY,
                                          LB_EVENT_DLVR, LB_EVENT_TFOU};
    lb_event_type type = moves[below(t, 8)];

    begin(t, event, type);
    event->mode = LB_MODE_AIR;
    name(t, event, AWB + below(t, 2), LB_ROLE_SUBJECT);
    if (type == LB_EVENT_DEPA || type == LB_EVENT_ARRI)
        name(t, event, FLIGHT, LB_ROLE_MEANS);
    if (type == LB_EVENT_TFOU)
        name(t, event, TRUCK + below(t, 2), LB_ROLE_MEANS);
    if (once_in(t, 3))
        name(t, event, ULD, LB_ROLE_UNIT);
    put_at(&event->place, 2);
    event->qty.pieces = (int64_t)below(t, 10);
    event->qty.pieces_total = 10;
}

static void forw_speaks(teller *t, lb_event *event)
{
    static const lb_event_type papers[] = {LB_EVENT_BKDC, LB_EVENT_RECE, LB_EVENT_ISSU,
                                           LB_EVENT_CONS};
    bool is_box = once_in(t, 2);

    begin(t, event, papers[below(t, 4)]);
    name(t, event, is_box ? BOX + below(t, 3) : HAWB, LB_ROLE_SUBJECT);
    refer(t, event, below(t, HONEST_REFERENCES));
}

/* Any event of any honest carrier about any honest object: odd, but permitted. */
static void anybody_speaks(teller *t, lb_event *event)
{
    lb_event_type type = types[below(t, TYPES)];

    begin(t, event, type);
    for (size_t n = 1 + below(t, 3); n > 0; n--)
        name(t, event, below(t, OWN), (lb_role)(1 + below(t, 6)));
    if (hands_out(type))
        name(t, event, TRUCK + below(t, 2), LB_ROLE_MEANS);
    if (once_in(t, 2))
        put_at(&event->place, below(t, 5));
    if (once_in(t, 3))
        refer(t, event, below(t, HONEST_REFERENCES));
    if (once_in(t, 4))
        associate(t, event, (lb_assoc_action)(1 + below(t, 3)), below(t, OWN), below(t, OWN));
    if (once_in(t, 4))
        event->source_event_key = once_in(t, 2) ? LB_SPAN("KEY1") : LB_SPAN("KEY2");
}

static void honest_event(teller *t, tale_party party, lb_event *event)
{
    static void (*const speak[])(teller *, lb_event *) = {rail_speaks, port_speaks, haul_speaks,
                                                          air_speaks, forw_speaks};
    if (once_in(t, 8))
        anybody_speaks(t, event);
    else
        speak[party](t, event);
}

/* -- hostile reports --------------------------------------------------------------------------- */

static size_t any_thing(teller *t)
{
    return once_in(t, 4) ? OWN + below(t, THINGS - OWN) : below(t, OWN);
}

static void aim_condition(teller *t, lb_event *event)
{
    event->cond.fill = (lb_fill)below(t, 3);
    event->cond.temperature_mc = (int64_t)below(t, 40000);
    event->qty.pieces = (int64_t)below(t, 99);
    event->qty.pieces_total = 99;
    if (once_in(t, 2)) {
        grow(t, &event->cond.seals, sizeof *event->cond.seals.at);
        event->cond.seals.at[event->cond.seals.count++] = LB_SPAN("EVIL-SEAL");
    }
    event->exc.rule = LB_SPAN("EVIL-RULE");
    event->exc.delay_s = 7200;
}

static void aim_movement(teller *t, lb_event *event)
{
    event->movement.number = LB_SPAN("X9023");
    event->movement.service_date = LB_SPAN("2026-03-12");
    event->movement.departure_id = LB_SPAN("X9023@2026-03-12");
    put_at(&event->movement.from, below(t, 5));
    put_at(&event->movement.to, below(t, 5));
    put_at(&event->counter_place, below(t, 5));
}

static void aim_capacity(teller *t, lb_event *event)
{
    fill_capacity(t, event, resources[below(t, RESOURCES_NAMED)]);
    event->cap.kind = (lb_resource_kind)(1 + below(t, 15));
    put_at(&event->cap.from, below(t, 5));
    if (once_in(t, 2))
        put_at(&event->cap.to, below(t, 5));
    if (once_in(t, 2)) {
        event->cap.window_from_us = BEGIN_US;
        event->cap.window_until_us = BEGIN_US + 90 * LB_HOUR_US;
    }
}

static void aim_association(teller *t, lb_event *event)
{
    lb_assoc_action action = (lb_assoc_action)(1 + below(t, 3));
    bool is_of_all = action == LB_ASSOC_DELETE && once_in(t, 4);
    lb_assoc *one = associate(t, event, action, is_of_all && once_in(t, 2) ? THINGS : any_thing(t),
                              is_of_all && once_in(t, 2) ? THINGS : any_thing(t));

    one->closed_world = once_in(t, 2);
    one->position = (int64_t)below(t, 5);
}

/* Corrections of honest events, by the same keys or by keys that the hub would derive. */
static void aim_correction(teller *t, lb_event *event)
{
    const tale *reported = t->so_far;

    event->correction = once_in(t, 2) ? LB_CORRECTION_RETRACTS : LB_CORRECTION_OVERRIDES;
    event->revision = (int64_t)below(t, 9);
    event->source_event_key = once_in(t, 2) ? LB_SPAN("KEY1") : LB_SPAN("KEY2");
    if (reported->count > 0 && once_in(t, 2)) {
        const lb_event *victim = &reported->at[below(t, reported->count)].report.events.at[0];
        const lb_object *subject = victim->objects.count > 0 ? &victim->objects.at[0] : NULL;
        event->source_event_key = lb_arena_print(
            t->arena, "%s|%s||ACTUAL|%s:%.*s|%lld|CNULZ", tale_senders[below(t, 5)].name,
            lb_event_type_code(victim->type), "container",
            subject == NULL ? 0 : (int)subject->id.len, subject == NULL ? "" : subject->id.at,
            (long long)victim->occurred.utc_us);
    }
}

static void aim_sheet(teller *t, lb_event *event)
{
    event->sheet.list = LB_SPAN("LIST");
    event->sheet.number = 1 + (int64_t)below(t, 3);
    event->sheet.is_last = once_in(t, 2);
}

/* Fields that a report may not set. */
static void aim_at_the_hub(teller *t, lb_event *event)
{
    event->hub_seq = 1 + (int64_t)below(t, 30);
    event->quality_flags = (int64_t)below(t, 1 << 26);
    event->received_at_us = SENT_US - LB_DAY_US;
    event->prov.source_id = LB_SPAN("src-rail");
    event->prov.party = LB_SPAN("RAIL");
    event->event_id = LB_SPAN("0123456789abcdef");
}

static void take_a_time(teller *t, lb_event *event)
{
    const tale *reported = t->so_far;

    if (reported->count > 0 && once_in(t, 2)) /* the time of an honest event */
        event->occurred.utc_us =
            reported->at[below(t, reported->count)].report.events.at[0].occurred.utc_us;
    if (once_in(t, 30))
        event->occurred.utc_us = TALE_NOW_US + (int64_t)below(t, 100) * LB_HOUR_US;
    if (once_in(t, 3))
        event->reported_at_us = BEGIN_US + (int64_t)below(t, 72) * LB_HOUR_US;
}

/* -- attacks that succeeded once: each is also made on purpose --------------------------------- */

enum { OWN_THINGS = 4, OWN_BOX = 0, OWN_TRUCK, OWN_TERMINAL, OWN_BOOKING };

static size_t own(teller *t, size_t what)
{
    return OWN + below(t, 2) * OWN_THINGS + what;
}

/* A reference, fill and seal of the attacker on a foreign container. */
static void attack_by_reference(teller *t, lb_event *event)
{
    begin(t, event, LB_EVENT_ASSO);
    name(t, event, BOX + below(t, 3), once_in(t, 2) ? LB_ROLE_UNIT : LB_ROLE_SUBJECT);
    refer(t, event, HONEST_REFERENCES + 1 + below(t, 2));
    aim_condition(t, event);
}

/* A closed list of a foreign train, wagon, truck or container, with the attacker's content. */
static void attack_by_list(teller *t, lb_event *event)
{
    begin(t, event, LB_EVENT_FORM);
    associate(t, event, LB_ASSOC_ADD, below(t, TERMINAL), own(t, OWN_BOX))->closed_world = true;
    name(t, event, own(t, OWN_BOX), LB_ROLE_SUBJECT);
}

/* Foreign cargo on the attacker's truck, with its reference. */
static void attack_by_truck(teller *t, lb_event *event)
{
    begin(t, event, once_in(t, 2) ? LB_EVENT_LOAD : LB_EVENT_GTOT);
    name(t, event, once_in(t, 2) ? BOX + below(t, 3) : AWB + below(t, 3), LB_ROLE_SUBJECT);
    name(t, event, own(t, OWN_TRUCK), LB_ROLE_MEANS);
    refer(t, event, HONEST_REFERENCES + 1 + below(t, 2));
    put_at(&event->place, below(t, 5));
}

/* The attacker's terminal in a foreign truck, followed by its positions. */
static void attack_by_terminal(teller *t, lb_event *event)
{
    size_t terminal = own(t, OWN_TERMINAL);

    begin(t, event, LB_EVENT_PING);
    name(t, event, terminal, LB_ROLE_SUBJECT);
    if (once_in(t, 2))
        associate(t, event, LB_ASSOC_ADD, TRUCK + below(t, 2), terminal);
    event->pos.lat_e7 = 100000000;
    event->pos.lon_e7 = 100000000;
}

/* The attacker's container in foreign objects: it would take their capacity and show their
 * route. */
static void attack_by_stowing(teller *t, lb_event *event)
{
    size_t box = own(t, OWN_BOX);

    begin(t, event, LB_EVENT_LOAD);
    name(t, event, box, LB_ROLE_SUBJECT);
    associate(t, event, LB_ASSOC_ADD, below(t, AWB), box);
    put_at(&event->place, 0);
}

/* The attacker's container in a foreign yard. */
static void attack_by_yard(teller *t, lb_event *event)
{
    begin(t, event, once_in(t, 2) ? LB_EVENT_STOR : LB_EVENT_GTIN);
    name(t, event, own(t, OWN_BOX), LB_ROLE_SUBJECT);
    put_at(&event->place, 0);
    event->place.sub = LB_SPAN("A");
}

/* Foreign capacity, or an unauthorised ban. */
static void attack_by_capacity(teller *t, lb_event *event)
{
    begin(t, event, once_in(t, 2) ? LB_EVENT_SNAP : LB_EVENT_OUTG);
    aim_capacity(t, event);
    if (once_in(t, 2))
        name(t, event, own(t, OWN_BOX), LB_ROLE_OTHER);
    put_at(&event->place, below(t, 5));
}

/* The position of a foreign object. */
static void attack_by_position(teller *t, lb_event *event)
{
    begin(t, event, LB_EVENT_PING);
    name(t, event, below(t, AWB), LB_ROLE_SUBJECT);
    event->pos.lat_e7 = event->pos.lon_e7 = 100000000;
}

static void attack(teller *t, lb_event *event)
{
    static void (*const attacks[])(teller *, lb_event *) = {
        attack_by_reference, attack_by_list, attack_by_truck,    attack_by_terminal,
        attack_by_stowing,   attack_by_yard, attack_by_capacity, attack_by_position};

    attacks[below(t, sizeof attacks / sizeof *attacks)](t, event);
    if (once_in(t, 2))
        take_a_time(t, event);
}

static void hostile_event(teller *t, lb_event *event)
{
    if (once_in(t, 3)) {
        attack(t, event);
        return;
    }
    begin(t, event, types[below(t, TYPES)]);
    take_a_time(t, event);
    if (once_in(t, 5))
        event->classifier = (lb_classifier)(1 + below(t, 5));
    event->mode = (lb_mode)(1 + below(t, 4));
    for (size_t n = below(t, 4); n > 0; n--)
        name(t, event, any_thing(t), once_in(t, 2) ? LB_ROLE_SUBJECT : (lb_role)(1 + below(t, 6)));
    for (size_t n = below(t, 3); n > 0; n--)
        refer(t, event, below(t, REFERENCES));
    for (size_t n = below(t, 3); n > 0; n--)
        aim_association(t, event);
    static const struct {
        size_t one_in;
        void (*aim)(teller *t, lb_event *event);
    } aims[] = {{2, aim_condition},  {3, aim_movement}, {3, aim_capacity},
                {4, aim_correction}, {8, aim_sheet},    {10, aim_at_the_hub}};
    for (size_t i = 0; i < sizeof aims / sizeof *aims; i++)
        if (once_in(t, aims[i].one_in))
            aims[i].aim(t, event);
    if (!once_in(t, 3))
        put_at(&event->place, below(t, 5));
    event->pos.lat_e7 = (int64_t)below(t, 900000000);
    event->pos.lon_e7 = (int64_t)below(t, 900000000);
    event->prov.test = once_in(t, 40);
}

/* -- messages ------------------------------------------------------------------------------------------------ */

static void pack(teller *t, tale_message *message, tale_party party)
{
    lb_report *report = &message->report;

    report->magic = LB_SPAN(LB_REPORT_MAGIC);
    report->party = lb_span_of(tale_senders[party].name);
    assert_int_equal(lb_record_pack(&lb_record_report, report, t->arena, &message->body), LB_OK);
}

static void honest_message(teller *t, tale_message *message)
{
    tale_party party = (tale_party)below(t, TALE_HONEST);

    message->party = party;
    message->source = tale_senders[party].source;
    lb_record_init(&lb_record_report, &message->report);
    if (once_in(t, 4))
        message->message_id = lb_arena_print(t->arena, "ID%zu", below(t, 6));
    grow(t, &message->report.events, sizeof(lb_event));
    honest_event(t, party, &message->report.events.at[message->report.events.count++]);
    pack(t, message, party);
}

/* The party's name, a source below it, another party's, a gate's. */
static const char *hostile_source(teller *t, tale_party party)
{
    static const char *const others[] = {"src-rail", "src-port", "jt808", "RAIL", "local"};

    return once_in(t, 12) ? others[below(t, 5)] : tale_senders[party].source;
}

static void hostile_message(teller *t, tale_message *message)
{
    tale_party party = TALE_EVIL1 + (tale_party)below(t, 2);
    const tale *reported = t->so_far;

    message->party = party;
    message->source = hostile_source(t, party);
    lb_record_init(&lb_record_report, &message->report);
    if (once_in(t, 4))
        message->message_id = lb_arena_print(t->arena, "ID%zu", below(t, 6));
    if (reported->count > 0 && once_in(t, 8)) { /* a literal copy of another party's message */
        const tale_message *copied = &reported->at[below(t, reported->count)];
        message->report = copied->report;
        message->body = copied->body;
        return;
    }
    for (size_t n = once_in(t, 5) ? 3 : 1; n > 0; n--) {
        grow(t, &message->report.events, sizeof(lb_event));
        hostile_event(t, &message->report.events.at[message->report.events.count++]);
    }
    pack(t, message, once_in(t, 3) ? (tale_party)below(t, TALE_SENDERS) : party);
}

void tale_make(tale *t, uint64_t number, uint64_t variant, lb_arena *arena)
{
    teller honest = {number * UINT64_C(0x2545f4914f6cdd1d) + 1, arena, t};
    teller hostile = {(number * 1000 + variant) * UINT64_C(0x9e6c63d0876a9a47) + 7, arena, t};
    size_t count = TALE_LEAST + below(&honest, TALE_MOST - TALE_LEAST + 1);

    *t = (tale){.count = 0};
    for (size_t i = 0; i < count; i++) {
        tale_message *message = &t->at[i];
        bool is_hostile = once_in(&honest, 2);
        *message = (tale_message){.at_us = SENT_US + (int64_t)i * LB_MINUTE_US};
        if (is_hostile)
            hostile_message(&hostile, message);
        else
            honest_message(&honest, message);
        t->count = i + 1;
    }
}
