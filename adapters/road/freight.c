/* freight.c - waybills of network freight (网络货运), as uploaded to the provincial monitoring systems.
 *
 *     {"shippingNoteNumber":"XJ26031200417","serialNumber":"0000","consignmentDateTime":"20260312080000",
 *      "despatchActualDateTime":"20260312093000","goodsReceiptDateTime":"20260313184500", ...}
 *
 * One waybill, a list of them, or either inside an envelope. A waybill is one truck of an order and one segment:
 * serialNumber is truck (2 digits) and segment (2 digits), 0000 when there is only one. Each of its times is an
 * event: ordered, left after loading, signed for. Times are Beijing time without a zone; weights are kilograms.
 * The nesting of parties, vehicles and goods differs between platforms, so their members are searched by name
 * at any depth. A later upload of the same waybill replaces the earlier one. */
#include "china.h"
#include "json.h"
#include "landbridge/client/ident.h"

enum { TRUCKS_MAX = 100, LITRES_MAX = 1000000 };

typedef struct note { /* one waybill */
    const lb_reading *reading;
    lb_sink *sink;
    const lb_json_node *node;
    lb_span number, serial;
} note;

static lb_span text_below(const lb_json_node *node, const char *name)
{
    lb_span text = lb_json_own_text(lb_json_below(node, name));
    return lb_china_is_nothing(text) ? LB_EMPTY : text;
}

/* -- parts ---------------------------------------------------------------------------------------- */

/* "consignor..." or "consignee...": the object with place and subdivision of that party. */
static const lb_json_node *find_side(const note *bill, const char *side)
{
    for (const lb_json_node *at = lb_json_walk(bill->node, bill->node); at != NULL;
         at = lb_json_walk(bill->node, at))
        if (lb_span_starts(at->name, side) &&
            (at->kind == LB_JSON_OBJECT || at->kind == LB_JSON_ARRAY))
            return at;
    return NULL;
}

static void say_place(const note *bill, lb_place *place, const char *side, const char *street)
{
    const lb_json_node *node = find_side(bill, side);
    lb_span name = node == NULL ? LB_EMPTY : text_below(node, street);
    if (name.len == 0 && node != NULL)
        name = text_below(node, "place");
    place->name = name.len > 0 ? name : text_below(bill->node, street);
    lb_span division = node == NULL ? LB_EMPTY : text_below(node, "countrySubdivisionCode");
    if (division.len == 0)
        return;
    place->station = division;
    place->station_scheme = LB_SPAN("GB2260");
}

static void say_quantity(const note *bill, lb_event *event)
{
    int64_t value;
    const lb_json_node *weight = lb_json_below(bill->node, "goodsItemGrossWeight");
    const lb_json_node *cube = lb_json_below(bill->node, "cube");
    const lb_json_node *packages = lb_json_below(bill->node, "totalNumberOfPackages");
    if (lb_span_decimal(lb_json_own_text(weight), 3, &value) && value > 0)
        event->qty.gross_g = value;
    else if (weight != NULL)
        lb_doubt(bill->sink, event, lb_json_where(weight), LB_DOUBT_GRAMMAR_ODD);
    if (lb_span_decimal(lb_json_own_text(cube), 3, &value) && value > 0 && value <= LITRES_MAX)
        event->qty.volume_ml = value * 1000;
    if (lb_span_number(lb_json_own_text(packages), &value))
        event->qty.pieces = value;
}

static void load(lb_event *event, lb_assoc_action action, lb_kind kind, lb_span plate)
{
    if (plate.len == 0)
        return;
    const lb_object *goods = lb_event_find_object(event, LB_ROLE_SUBJECT);
    lb_object vehicle;
    lb_ident_object(event, &vehicle, kind, LB_SCHEME_PLATE, plate);
    if (goods != NULL)
        lb_event_assoc(event, action, &vehicle, goods);
}

/* Every truck of the waybill, and the trailer behind it. */
static void say_trucks(const note *bill, lb_event *event, lb_assoc_action action)
{
    int count = 0;
    for (const lb_json_node *at = lb_json_walk(bill->node, bill->node);
         at != NULL && count < TRUCKS_MAX; at = lb_json_walk(bill->node, at)) {
        bool is_trailer = lb_span_is(at->name, "trailerVehiclePlateNumber");
        lb_span plate = lb_json_own_text(at);
        if ((!is_trailer && !lb_span_is(at->name, "vehicleNumber")) || lb_china_is_nothing(plate))
            continue;
        count++;
        lb_event_object(event, LB_ROLE_MEANS, is_trailer ? LB_KIND_TRAILER : LB_KIND_TRUCK,
                        LB_SCHEME_PLATE, plate);
        if (action != LB_ASSOC_UNSPECIFIED)
            load(event, action, is_trailer ? LB_KIND_TRAILER : LB_KIND_TRUCK, plate);
    }
}

/* -- events ------------------------------------------------------------------------------------ */

static lb_event *say(const note *bill, lb_event_type type, const char *field)
{
    lb_event *event = lb_say(bill->sink);
    lb_span time = text_below(bill->node, field);
    lb_event_is(event, type, LB_CLASSIFIER_ACTUAL, LB_MODE_ROAD);
    lb_event_raw(event, "CN.FREIGHT", lb_span_of(field),
                 text_below(bill->node, "descriptionOfGoods"));
    event->prov.message_ref = bill->number;
    lb_event_object(
        event, LB_ROLE_SUBJECT, LB_KIND_CONSIGNMENT, LB_SCHEME_ADHOC,
        bill->serial.len == 0 || lb_span_is(bill->serial, "0000")
            ? bill->number
            : lb_sink_print(bill->sink, "%.*s-%.*s", LB_ARG(bill->number), LB_ARG(bill->serial)));
    lb_event_reference(event, LB_SCHEME_ADHOC, bill->number,
                       text_below(bill->node, "unifiedSocialCreditIdentifier"));
    lb_event_reference(event, LB_SCHEME_ADHOC, text_below(bill->node, "originalDocumentNumber"),
                       LB_EMPTY);
    say_place(bill, &event->movement.from, "consignor", "placeOfLoading");
    say_place(bill, &event->movement.to, "consignee", "goodsReceiptPlace");
    say_quantity(bill, event);
    lb_when_read_beijing(event, &event->occurred, time, bill->reading->source);
    event->source_event_key = lb_sink_print(bill->sink, "%.*s|%.*s|%s", LB_ARG(bill->number),
                                            LB_ARG(bill->serial), field);
    return event;
}

static void say_facts(const note *bill)
{
    bool has_left = text_below(bill->node, "despatchActualDateTime").len > 0;
    bool has_come = text_below(bill->node, "goodsReceiptDateTime").len > 0;
    if (text_below(bill->node, "consignmentDateTime").len > 0 || (!has_left && !has_come)) {
        lb_event *event = say(bill, LB_EVENT_BKDC, "consignmentDateTime");
        event->place = event->movement.from;
        say_trucks(bill, event, LB_ASSOC_UNSPECIFIED);
    }
    if (has_left) {
        lb_event *event = say(bill, LB_EVENT_DEPA, "despatchActualDateTime");
        event->place = event->movement.from;
        say_trucks(bill, event, LB_ASSOC_ADD);
    }
    if (has_come) {
        lb_event *event = say(bill, LB_EVENT_DLVR, "goodsReceiptDateTime");
        event->place = event->movement.to;
        say_trucks(bill, event, LB_ASSOC_DELETE);
    }
}

/* When it was uploaded, as the sender states it. */
static void note_reported(const lb_reading *reading, lb_sink *sink, const lb_json_node *node)
{
    lb_event scratch;
    lb_event_init(&scratch, sink);
    lb_sink_message_info(sink)->reported_at_us = LB_UNKNOWN;
    lb_when_read_beijing(&scratch, &scratch.occurred, text_below(node, "sendToProDateTime"),
                         reading->source);
    lb_sink_message_info(sink)->reported_at_us = scratch.occurred.utc_us;
}

static void read_note(const lb_reading *reading, lb_sink *sink, const lb_json_node *node)
{
    note bill = {.reading = reading, .sink = sink, .node = node};
    bill.number = text_below(node, "shippingNoteNumber");
    bill.serial = text_below(node, "serialNumber");
    if (lb_span_is(lb_json_text(node, "serialNumber"), "0"))
        bill.serial = LB_SPAN("0000"); /* a spreadsheet removed the zeros */
    if (bill.number.len == 0) {
        lb_doubt(sink, NULL, lb_span_first(node->where, 40), LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    note_reported(reading, sink, node);
    lb_sink_message_info(sink)->party = text_below(node, "carrier");
    say_facts(&bill);
}

static lb_verdict read_message(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    lb_json_fault fault;
    if (!lb_json_looks_like(message))
        return LB_VERDICT_NOT_MINE;
    const lb_json_node *root = lb_json_read(sink, message, &fault);
    if (root == NULL)
        return lb_refuse(sink, fault.verdict, fault.where, "%s", fault.text);
    const lb_json_node *found = lb_json_below(root, "shippingNoteNumber");
    if (found == NULL)
        return LB_VERDICT_NOT_MINE;

    *lb_sink_message_info(sink) =
        (lb_message_info){.format = LB_SPAN("CN.FREIGHT"), .reported_at_us = LB_UNKNOWN};
    const lb_json_node *list = found->parent->parent;
    if (list == NULL || list->kind != LB_JSON_ARRAY) {
        read_note(reading, sink, found->parent);
        return LB_VERDICT_READ;
    }
    size_t row = 0;
    for (const lb_json_node *one = list->first; one != NULL; one = one->next) {
        lb_part(sink, lb_span_first(one->where, 40), "waybill", ++row);
        read_note(reading, sink, one);
        lb_said(sink);
    }
    return LB_VERDICT_READ;
}

static unsigned probe(lb_span head)
{
    return lb_json_looks_like(head) && lb_json_head_names(head, "shippingNoteNumber") ? 92 : 0;
}

const lb_adapter lb_road_freight = {
    .name = "road.freight",
    .title = "Waybills of Chinese network freight, JSON",
    .revision = 1,
    .mode = LB_MODE_ROAD,
    .max_message = (size_t)8 * 1024 * 1024,
    .max_events = 30000,
    .probe = probe,
    .read = read_message,
};
