/* jt809.c - JT/T 809: vehicle data from another platform, editions of 2011 and 2019.
 *
 *     1001 1003 1005    login, logout, link keeping of the main link: no event; answered 1002, 1004, 1006
 *     9001 9003 9005    the same of the down link, when the peer acts as the upper platform
 *     1200              of a vehicle: plate BYTE[21], colour, sub-type WORD, length DWORD, and then
 *                       1202 position, 1203 history, 120A/120C driver, 120B/120D waybill, 120E route, 1201 register
 *     1400              alarms; others: recognised, kept as they are
 *
 * The hub is the upper platform. The protocol does not acknowledge positions; all other answers come from
 * lb_adapter.answer after the commit. An encrypted body is read when the profile of the source has the three
 * constants (jt809_cipher). */
#include "jt809.h"

#include "jt808_message.h"
#include "landbridge/client/ident.h"
#include "landbridge/client/time.h"

enum {
    LOGIN = 0x1001,
    LOGOUT = 0x1003,
    KEEP = 0x1005,
    DOWN_LOGIN = 0x9001,
    DOWN_LOGOUT = 0x9003,
    DOWN_KEEP = 0x9005,
    VEHICLE = 0x1200,
    ALARM = 0x1400,
    REGISTER = 0x1201,
    POSITION = 0x1202,
    HISTORY = 0x1203,
    DRIVER_ANSWER = 0x120A,
    WAYBILL_ANSWER = 0x120B,
    DRIVER = 0x120C,
    WAYBILL = 0x120D,
    ROUTE = 0x120E,
    VERIFY_CODE = 0x4C42,
    ANSWER_ROOM = 256,
};

/* -- vehicle messages -------------------------------------------------------------------------- */

static lb_event *note(const lb_809_vehicle *vehicle, lb_event_type type)
{
    lb_event *event = lb_809_say(
        vehicle, type, lb_sink_print(vehicle->sink, "%u", (unsigned)vehicle->frame->serial));
    event->occurred.utc_us = vehicle->reading->received_us;
    event->occurred.prec = LB_PRECISION_UNKNOWN;
    event->raw.code = lb_sink_print(vehicle->sink, "%04X", vehicle->kind);
    return event;
}

/* Name 16, number 20, licence 40 of a person, issuer 200: only the masked licence is kept. */
static void read_driver(const lb_809_vehicle *vehicle)
{
    enum { BEFORE_LICENCE = 36, LICENCE = 40 };
    lb_object truck, person;
    lb_event *event = note(vehicle, LB_EVENT_ASSO);
    lb_span licence = lb_span_first(lb_span_after(vehicle->body, BEFORE_LICENCE), LICENCE);
    lb_span id = lb_808_driver(vehicle->sink, licence);
    if (lb_event_object(event, LB_ROLE_DRIVER, LB_KIND_PERSON, LB_SCHEME_ADHOC, id) == NULL) {
        lb_doubt(vehicle->sink, event, licence, LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    lb_ident_object(event, &truck, LB_KIND_TRUCK, LB_SCHEME_PLATE, vehicle->plate);
    lb_ident_object(event, &person, LB_KIND_PERSON, LB_SCHEME_ADHOC, id);
    if (vehicle->plate.len > 0)
        lb_event_assoc(event, LB_ASSOC_ADD, &truck, &person);
}

/* Length DWORD and content, as in 808; the truck is known from the vehicle header. */
static void read_waybill(const lb_809_vehicle *vehicle, lb_span body)
{
    const lb_808_message message = {.reading = vehicle->reading,
                                    .sink = vehicle->sink,
                                    .inner = body,
                                    .plain = body,
                                    .body = body,
                                    .is_odd = vehicle->is_odd,
                                    .header = {.is_2019 = true}};
    size_t first = lb_sink_count(vehicle->sink);
    lb_808_waybill(&message);
    for (size_t i = first; i < lb_sink_count(vehicle->sink); i++) {
        lb_event *event = lb_sink_event(vehicle->sink, i);
        bool has_subject = lb_event_find_object(event, LB_ROLE_SUBJECT) != NULL;
        event->raw.scheme = lb_sink_print(vehicle->sink, "JT809.%04X", vehicle->kind);
        event->source_event_key = lb_sink_print(vehicle->sink, "%.*s%.*s", LB_ARG(vehicle->plate),
                                                LB_ARG(event->source_event_key));
        lb_event_object(event, has_subject ? LB_ROLE_MEANS : LB_ROLE_SUBJECT, LB_KIND_TRUCK,
                        LB_SCHEME_PLATE, vehicle->plate);
    }
}

/* An answer of 2019 begins with the message that it answers: type WORD, serial DWORD. */
static lb_span without_source(const lb_809_vehicle *vehicle)
{
    enum { SOURCE = 6 };
    return vehicle->frame->is_2019 ? lb_span_after(vehicle->body, SOURCE) : vehicle->body;
}

static void read_vehicle(const lb_809_vehicle *vehicle)
{
    lb_809_vehicle bare = *vehicle;
    switch (vehicle->kind) {
    case POSITION:
        lb_809_position(vehicle, vehicle->body, false);
        return;
    case HISTORY:
        lb_809_history(vehicle);
        return;
    case DRIVER_ANSWER:
        bare.body = without_source(vehicle);
        read_driver(&bare);
        return;
    case DRIVER:
        read_driver(vehicle);
        return;
    case WAYBILL_ANSWER:
        read_waybill(vehicle, without_source(vehicle));
        return;
    case WAYBILL:
        read_waybill(vehicle, vehicle->body);
        return;
    /* register, route, exchange: the standard's text for their fields was not available */
    default: {
        lb_event *event =
            note(vehicle, vehicle->frame->type == ALARM ? LB_EVENT_ALRM : LB_EVENT_UNSPECIFIED);
        lb_doubt(vehicle->sink, event, lb_span_first(vehicle->body, 40), LB_DOUBT_CODE_UNMAPPED);
    }
    }
}

/* -- opening -------------------------------------------------------------------------------------- */

static lb_span plate_of(const lb_reading *reading, lb_sink *sink, lb_span field)
{
    const char *charset = lb_source_charset(reading->source);
    lb_span plate =
        lb_sink_utf8(sink, NULL, charset != NULL ? charset : "GB18030", lb_pack_trim(field));
    return lb_808_is_nobodys_plate(plate) ? LB_EMPTY : plate;
}

static lb_verdict read_vehicles(const lb_reading *reading, lb_sink *sink, const lb_809_frame *frame,
                                bool is_odd)
{
    lb_pack pack = lb_pack_open(frame->body);
    lb_809_vehicle vehicle = {.reading = reading, .sink = sink, .frame = frame, .is_odd = is_odd};
    lb_span plate = lb_pack_bytes(&pack, LB_809_PLATE);
    vehicle.colour = lb_pack_u8(&pack);
    vehicle.kind = lb_pack_u16(&pack);
    uint32_t length = lb_pack_u32(&pack);
    if (pack.is_short)
        return lb_refuse(sink, LB_VERDICT_GARBLED, frame->body,
                         "%04X of %zu bytes ends before its length", frame->type, frame->body.len);
    vehicle.body = pack.rest; /* a length that disagrees is only a doubt */
    vehicle.plate = plate_of(reading, sink, plate);
    lb_mark_print(sink, plate, LB_SPAN("plate"), "%.*s", LB_ARG(vehicle.plate));
    lb_mark_print(sink, lb_span_first(lb_span_after(frame->body, LB_809_PLATE + 1), 2),
                  LB_SPAN("sub-type"), "%04X", vehicle.kind);
    lb_mark(sink, vehicle.body, LB_SPAN("body"));
    if (length != pack.rest.len)
        lb_doubt(sink, NULL, lb_span_first(lb_span_after(frame->body, LB_809_VEHICLE - 4), 4),
                 LB_DOUBT_COUNT_MISMATCH);
    read_vehicle(&vehicle);
    return LB_VERDICT_READ;
}

static lb_span without_flags(lb_span frame)
{
    if (frame.len > 0 && frame.at[0] == LB_809_BEGIN)
        frame = lb_span_after(frame, 1);
    if (frame.len > 0 && frame.at[frame.len - 1] == LB_809_END)
        frame.len--;
    return frame;
}

/* Both editions are tried: the right one is that in which the inner lengths agree. */
static bool decipher(const lb_reading *reading, char *plain, size_t len, lb_809_frame *frame)
{
    uint32_t constants[3];
    static const size_t headers[] = {LB_809_HEADER_2011, LB_809_HEADER_2019};
    if (!lb_source_jt809_cipher(reading->source, constants))
        return false;
    for (size_t i = 0; i < 2 && len > headers[i] + 2; i++) {
        size_t body = len - headers[i] - 2;
        lb_809_cipher(plain + headers[i], body, frame->key, constants);
        lb_span found = {plain + headers[i], body};
        if (lb_809_fits(frame->type, found, i == 1)) {
            frame->is_2019 = i == 1;
            frame->body = found;
            return true;
        }
        lb_809_cipher(plain + headers[i], body, frame->key, constants); /* restored */
    }
    return false;
}

static lb_verdict open_frame(const lb_reading *reading, lb_span message, lb_sink *sink,
                             lb_809_frame *frame)
{
    lb_span inner = without_flags(message);
    char *plain = lb_sink_alloc(sink, inner.len + 1);
    size_t len = plain == NULL ? SIZE_MAX : lb_809_unescape(inner, plain);
    if (len == SIZE_MAX)
        return lb_refuse(sink, LB_VERDICT_GARBLED, inner,
                         "an escape (5A or 5E) without 01 or 02 behind it");
    lb_mark_copy(sink, inner, (lb_span){plain, len});
    bool has_escape = len != inner.len;
    if (!lb_809_open(has_escape ? (lb_span){plain, len} : inner, frame))
        return lb_refuse(sink, LB_VERDICT_CUT_SHORT, inner,
                         "%zu bytes do not hold a header and its checksum", inner.len);
    if (frame->is_encrypted && !decipher(reading, plain, len, frame))
        return lb_refuse(sink, LB_VERDICT_UNKNOWN_KIND, inner,
                         "the body is encrypted: put the constants into the profile (jt809_cipher "
                         "= M1 IA1 IC1)");
    return LB_VERDICT_READ;
}

static void note_letter(lb_sink *sink, const lb_809_frame *frame)
{
    *lb_sink_message_info(sink) =
        (lb_message_info){.format = LB_SPAN("JT809"),
                          .format_version = frame->is_2019 ? LB_SPAN("2019") : LB_SPAN("2011"),
                          .message_ref = lb_sink_print(sink, "%u", (unsigned)frame->serial),
                          .party = lb_sink_print(sink, "%u", (unsigned)frame->access_code),
                          .reported_at_us = LB_UNKNOWN};
}

static lb_verdict read_message(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    lb_809_frame frame = {0};
    if (message.len == 0 || message.at[0] != LB_809_BEGIN)
        return LB_VERDICT_NOT_MINE;
    lb_verdict verdict = open_frame(reading, message, sink, &frame);
    if (verdict != LB_VERDICT_READ)
        return verdict;
    note_letter(sink, &frame);
    if (!frame.crc_is_right)
        lb_doubt(sink, NULL, lb_span_after(message, message.len > 3 ? message.len - 3 : 0),
                 LB_DOUBT_GRAMMAR_ODD);
    unsigned family = frame.type & 0x0F00u;
    if (family == 0)
        return LB_VERDICT_READ; /* concerns the link, not a vehicle */
    if (family == 0x200 || (frame.type & 0xFF00u) == ALARM)
        return read_vehicles(reading, sink, &frame, !frame.crc_is_right);
    lb_doubt(sink, NULL, lb_span_first(message, 12), LB_DOUBT_CODE_UNMAPPED);
    return LB_VERDICT_READ;
}

/* -- the adapter ------------------------------------------------------------------------------- */

static lb_err split(lb_span *rest, lb_span *message)
{
    return lb_809_cut(rest, message) ? LB_OK : LB_ERR_CUT_SHORT;
}

static unsigned probe(lb_span head)
{
    char plain[LB_809_HEADER_2019 + 2];
    lb_809_frame frame;
    if (head.len < LB_809_HEADER_2011 || head.at[0] != LB_809_BEGIN)
        return 0;
    lb_span inner = lb_span_first(lb_span_after(head, 1), LB_809_HEADER_2011 + 2);
    size_t len = lb_809_unescape(inner, plain);
    /* cut inside an escape */
    if (len == SIZE_MAX)
        len = lb_809_unescape(lb_span_first(inner, inner.len - 1), plain);
    if (len == SIZE_MAX || len < 10)
        return 0;
    lb_pack pack = lb_pack_open((lb_span){plain, len});
    frame.length = lb_pack_u32(&pack);
    lb_pack_u32(&pack);
    frame.type = lb_pack_u16(&pack);
    unsigned side = frame.type >> 12;
    if ((side != 1 && side != 9) || frame.length > LB_809_FRAME_MAX)
        return 0;
    return frame.length >= LB_809_HEADER_2011 + 4 ? 97 : 60;
}

/* Login is granted here; the owner of the connection may still close it. */
static size_t write_answer(const lb_809_frame *frame, const lb_reading *reading, char *out)
{
    char body[8];
    lb_packer packer;
    lb_packer_init(&packer, body, sizeof body);
    uint16_t type = (uint16_t)(frame->type + 1);
    if (frame->type == LOGIN) {
        lb_put_u8(&packer, 0); /* fine */
        lb_put_u32(&packer, VERIFY_CODE);
    } else if (frame->type == DOWN_LOGIN) {
        lb_put_u8(&packer, 0);
    } else if (frame->type != LOGOUT && frame->type != KEEP && frame->type != DOWN_LOGOUT &&
               frame->type != DOWN_KEEP) {
        return 0;
    }
    return lb_809_write(frame, type, frame->serial, reading->received_us / LB_SECOND_US,
                        lb_packer_span(&packer), out, ANSWER_ROOM);
}

static void answer(const lb_reading *reading, lb_span message, lb_err kept, lb_reply *reply)
{
    enum { SMALL = 512 };
    char plain[SMALL], out[ANSWER_ROOM];
    lb_809_frame frame;
    lb_span inner = without_flags(message);
    size_t len = inner.len > sizeof plain ? SIZE_MAX : lb_809_unescape(inner, plain);
    if (kept != LB_OK || len == SIZE_MAX || !lb_809_open((lb_span){plain, len}, &frame) ||
        frame.is_encrypted)
        return;
    lb_reply_put(reply, (lb_span){out, write_answer(&frame, reading, out)});
}

const lb_adapter lb_road_jt809 = {
    .name = "road.jt809",
    .title = "JT/T 809 between platforms, 2011 and 2019",
    .revision = 1,
    .mode = LB_MODE_ROAD,
    .max_message = LB_809_FRAME_MAX,
    .max_events = 16,
    .probe = probe,
    .split = split,
    .read = read_message,
    .answer = answer,
};
