/* jt809_position.c - 0x1202, a vehicle's position forwarded by another platform.
 *
 *     2011   encrypted BYTE, day, month BYTE, year WORD, h m s, longitude, latitude DWORD (1e-6; the other way round
 *            than in 808), speed, recorder speed WORD km/h, mileage DWORD km, course, altitude WORD, state, alarm DWORD
 *     2019   encrypted BYTE, length DWORD, a location body of 808 with its items, then 3 x (platform BYTE[11], alarm)
 *
 * Seen: a 2019 frame with the fields of 2011 in it, 35 bytes behind the length: these are the fields of 2011 without
 * the first byte. Units differ: km/h and km here, tenths in 808. Times are UTC+8 in both. */
#include "china.h"
#include "jt808_message.h"
#include "jt809.h"

enum { OLD_BYTES = 36, OLD_BARE = 35, HISTORY_MAX = 5, OLDEST_YEAR = 2010 };

static void add_truck(const lb_809_vehicle *vehicle, lb_event *event, lb_role role)
{
    lb_object *truck = lb_event_object(event, role, LB_KIND_TRUCK, LB_SCHEME_PLATE, vehicle->plate);
    if (truck != NULL)
        truck->size_type = lb_span_of(lb_808_colour(vehicle->colour));
}

lb_event *lb_809_say(const lb_809_vehicle *vehicle, lb_event_type type, lb_span key)
{
    lb_event *event = lb_say(vehicle->sink);
    lb_event_is(event, type, LB_CLASSIFIER_ACTUAL, LB_MODE_ROAD);
    event->raw.scheme = lb_sink_print(vehicle->sink, "JT809.%04X", vehicle->kind);
    if (vehicle->is_odd)
        event->quality_flags = (event->quality_flags == LB_UNKNOWN ? 0 : event->quality_flags) |
                               LB_FLAG(LB_DOUBT_GRAMMAR_ODD);
    add_truck(vehicle, event, LB_ROLE_SUBJECT);
    event->source_event_key =
        lb_sink_print(vehicle->sink, "%u|%.*s|%u|%04X|%.*s", (unsigned)vehicle->frame->access_code,
                      LB_ARG(vehicle->plate), vehicle->colour, vehicle->kind, LB_ARG(key));
    return event;
}

static lb_span hex_of(lb_sink *sink, lb_span bytes)
{
    char *digits = lb_sink_alloc(sink, 2 * bytes.len + 1);
    if (digits == NULL)
        return LB_EMPTY;
    lb_hex_digits(bytes, digits);
    return (lb_span){digits, 2 * bytes.len};
}

/* -- the fields of 2011 --------------------------------------------------------------------------- */

/* Day first, in local time. */
static void say_old_time(const lb_809_vehicle *vehicle, lb_event *event, lb_span seven)
{
    lb_pack pack = lb_pack_open(seven);
    lb_civil civil = {0};
    civil.day = lb_pack_u8(&pack);
    civil.month = lb_pack_u8(&pack);
    civil.year = lb_pack_u16(&pack);
    civil.hour = lb_pack_u8(&pack);
    civil.minute = lb_pack_u8(&pack);
    civil.second = lb_pack_u8(&pack);
    lb_span text = lb_sink_print(vehicle->sink, "%04d-%02d-%02d %02d:%02d:%02d", civil.year,
                                 civil.month, civil.day, civil.hour, civil.minute, civil.second);
    lb_mark_copy(vehicle->sink, seven, text);
    if (civil.year < OLDEST_YEAR || !lb_civil_is_valid(&civil)) {
        event->occurred.local_text = text;
        lb_doubt(vehicle->sink, event, seven, LB_DOUBT_TIME_IMPOSSIBLE);
        return;
    }
    lb_when_set_beijing(event, &event->occurred, &civil, LB_PRECISION_SECOND, text,
                        vehicle->reading->source);
}

static void say_old_place(const lb_809_vehicle *vehicle, lb_event *event, lb_span eight,
                          bool is_encrypted)
{
    lb_pack pack = lb_pack_open(eight);
    int64_t lon = (int32_t)lb_pack_u32(&pack), lat = (int32_t)lb_pack_u32(&pack);
    if (is_encrypted) {
        lb_doubt(vehicle->sink, event, eight, LB_DOUBT_PLACE_UNKNOWN);
        return;
    }
    if ((lat == 0 && lon == 0) || lat > 90000000 || lat < -90000000 || lon > 180000000 ||
        lon < -180000000) {
        lb_doubt(vehicle->sink, event, eight, LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    event->pos.lat_e7 = lat * 10;
    event->pos.lon_e7 = lon * 10;
}

/* 35 bytes, behind the byte that tells whether they are encrypted. */
static void read_old(const lb_809_vehicle *vehicle, lb_span body, bool is_encrypted, bool is_late)
{
    lb_pack pack = lb_pack_open(body);
    lb_event *event =
        lb_809_say(vehicle, LB_EVENT_PING, hex_of(vehicle->sink, lb_span_first(body, 15)));
    lb_span when = lb_pack_bytes(&pack, 7);
    say_old_time(vehicle, event, when);
    lb_mark(vehicle->sink, when, LB_SPAN("day, month, year, time"));
    lb_span where = lb_pack_bytes(&pack, 8);
    say_old_place(vehicle, event, where, is_encrypted);
    lb_mark(vehicle->sink, where, LB_SPAN("longitude, latitude"));
    event->pos.speed_dkmh = (int64_t)lb_pack_u16(&pack) * 10;
    unsigned recorder = lb_pack_u16(&pack);
    event->cond.mileage_m = (int64_t)lb_pack_u32(&pack) * 1000;
    event->pos.course_deg = lb_pack_u16(&pack) % 360;
    event->pos.altitude_m = (int16_t)lb_pack_u16(&pack);
    uint32_t state = lb_pack_u32(&pack), alarms = lb_pack_u32(&pack);
    event->pos.last_known = (state & 2) == 0;
    event->raw.code = lb_sink_print(vehicle->sink, "%08X", (unsigned)alarms);
    event->raw.text =
        lb_sink_print(vehicle->sink, "status=%08X recorder_kmh=%u", (unsigned)state, recorder);
    event->exc.rule = lb_808_alarm_names(vehicle->sink, alarms, false);
    if (is_late)
        lb_doubt(vehicle->sink, event, body, LB_DOUBT_LATE);
}

/* True when day, month and year are where the layout of 2011 has them. */
static bool looks_old(lb_span body)
{
    lb_pack pack = lb_pack_open(body);
    unsigned day = lb_pack_u8(&pack), month = lb_pack_u8(&pack), year = lb_pack_u16(&pack);
    return body.len == OLD_BARE && day >= 1 && day <= 31 && month >= 1 && month <= 12 &&
           year >= 2000 && year <= 2099;
}

/* -- the body of 808 ------------------------------------------------------------------------------ */

/* Read as in 808; but the subject is the truck, since no terminal is named. */
static void read_808(const lb_809_vehicle *vehicle, lb_span body, bool is_late)
{
    const lb_808_message message = {.reading = vehicle->reading,
                                    .sink = vehicle->sink,
                                    .inner = body,
                                    .plain = body,
                                    .body = body,
                                    .is_odd = vehicle->is_odd,
                                    .header = {.is_2019 = true}};
    lb_event *event = lb_808_position(&message, body);
    add_truck(vehicle, event, LB_ROLE_SUBJECT);
    event->raw.scheme = lb_sink_print(vehicle->sink, "JT809.%04X", vehicle->kind);
    event->source_event_key =
        lb_sink_print(vehicle->sink, "%u|%.*s|%u%.*s", (unsigned)vehicle->frame->access_code,
                      LB_ARG(vehicle->plate), vehicle->colour, LB_ARG(event->source_event_key));
    if (is_late)
        lb_doubt(vehicle->sink, event, lb_span_first(body, LB_808_BASE), LB_DOUBT_LATE);
}

/* -- the messages ------------------------------------------------------------------------------ */

void lb_809_position(const lb_809_vehicle *vehicle, lb_span body, bool is_late)
{
    lb_pack pack = lb_pack_open(body);
    bool is_encrypted = lb_pack_u8(&pack) != 0;
    uint32_t length = lb_pack_u32(&pack);
    lb_span inner = lb_span_first(pack.rest, length);
    if (!pack.is_short && length <= pack.rest.len && looks_old(inner))
        read_old(vehicle, inner, is_encrypted, is_late);
    else if (!pack.is_short && length <= pack.rest.len && length >= LB_808_BASE)
        read_808(vehicle, inner, is_late);
    else if (body.len >= OLD_BYTES)
        read_old(vehicle, lb_span_first(lb_span_after(body, 1), OLD_BARE), is_encrypted, is_late);
    else
        lb_doubt(vehicle->sink,
                 lb_809_say(vehicle, LB_EVENT_UNSPECIFIED, hex_of(vehicle->sink, body)),
                 lb_span_first(body, body.len > 0 ? body.len : 0), LB_DOUBT_GRAMMAR_ODD);
}

/* One to five positions of 2011, or those of 2019 by their lengths. */
void lb_809_history(const lb_809_vehicle *vehicle)
{
    lb_pack pack = lb_pack_open(vehicle->body);
    unsigned count = lb_pack_u8(&pack), read = 0;
    lb_span rest = pack.rest;
    while (rest.len >= OLD_BYTES && read < HISTORY_MAX) {
        lb_pack one = lb_pack_open(lb_span_after(rest, 1));
        uint32_t length = lb_pack_u32(&one);
        bool is_old = !(length >= LB_808_BASE && length <= one.rest.len);
        size_t len = is_old ? OLD_BYTES : 1 + 4 + (size_t)length + 3 * 15;
        if (len > rest.len)
            len = rest.len;
        lb_809_position(vehicle, lb_span_first(rest, len), true);
        rest = lb_span_after(rest, len);
        read++;
    }
    if (read != count || rest.len > 0)
        lb_doubt(vehicle->sink, NULL, lb_span_first(vehicle->body, 1), LB_DOUBT_COUNT_MISMATCH);
}
