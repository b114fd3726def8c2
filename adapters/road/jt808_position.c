/* jt808_position.c - the location body of JT/T 808: 28 bytes, then items of vendors and of the standard.
 *
 *     alarm DWORD | status DWORD | latitude DWORD | longitude DWORD (1e-6 degrees)
 *     altitude WORD m | speed WORD 0.1 km/h | course WORD | time BCD YYMMDDhhmmss
 *     then items: id BYTE, length BYTE, bytes
 *
 * A terminal repeats its alarms and states every few seconds. An adapter without state cannot detect edges, so
 * they stay on the PING: the alarm bits as raw code, their names as rule. Alarms that concern the journey become
 * an event of their own, one an hour. Only states of the cargo become a condition. Load bits 00 mean "empty, or
 * not wired", so the fill stays unknown. */
#include "jt808_message.h"

#include "pack.h"

/* clang-format off */
static const char *const alarm_names[32] = {
    "sos", "overspeed", "fatigue", "dangerous_driving", "gnss_fault", "antenna_open", "antenna_short",
    "power_low", "power_cut", "display_fault", "speech_fault", "camera_fault", "card_reader_fault",
    "overspeed_warning", "fatigue_warning", "illegal_driving", "tyre_pressure", "blind_zone",
    "driving_time", "parking_overtime", "area", "route", "section_time", "route_deviation",
    "speed_sensor_fault", "fuel_abnormal", "stolen", "illegal_ignition", "illegal_displacement",
    "collision", "rollover", "illegal_door_opening",
};
/* clang-format on */

/* Bits 15 to 17 are alarms since 2019; before, export firmware used them for vibration and the
 * like. */
enum { ALARMS_OF_2019 = 7 << 15 };

enum {
    STATUS_POSITIONED = 1 << 1,
    STATUS_SOUTH = 1 << 2,
    STATUS_WEST = 1 << 3,
    STATUS_ENCRYPTED = 1 << 5,
    STATUS_LOAD_SHIFT = 8,
    LOAD_HALF = 1,
    LOAD_FULL = 3,
};

enum { TRUCKS_OWN_WORD = 60 };
enum { LATITUDE_MAX_E6 = 90000000, LONGITUDE_MAX_E6 = 180000000, LOWEST_MC = -273000 };

/* a text that grows; what does not fit is dropped */
typedef struct phrase {
    char text[640];
    size_t len;
} phrase;

/* Appends instead of formatting, since this runs for every position of every truck. */
static void add(phrase *to, lb_span word)
{
    if (word.len == 0 || word.len > sizeof to->text - to->len)
        return;
    memcpy(to->text + to->len, word.at, word.len);
    to->len += word.len;
}

static void add_number(phrase *to, int64_t number)
{
    char digits[LB_NUMBER_ROOM];
    add(to, lb_span_print_number(digits, number));
}

static lb_span hex8(char out[9], uint32_t number)
{
    const uint8_t bytes[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                              (uint8_t)(number >> 8), (uint8_t)number};
    lb_hex_digits((lb_span){(const char *)bytes, sizeof bytes}, out);
    return (lb_span){out, 8};
}

/* " name=" before the value. */
static void begin(phrase *to, lb_span name)
{
    if (to->len > 0)
        add(to, LB_SPAN(" "));
    add(to, name);
}

typedef struct position { /* one location body on its way into one event */
    const lb_808_message *message;
    lb_event *event;
    uint32_t alarms, status;
    phrase text;    /* of the raw status */
    phrase details; /* of the alarms */
    int vendor_items;
} position;

/* -- the base --------------------------------------------------------------------------------- */

/* The magnitude is unsigned and the hemisphere is a status bit; some terminals send two's
 * complement as well. */
static int64_t signed_degrees(uint32_t sent, bool is_negative)
{
    int64_t value = (int32_t)sent;
    return is_negative && value > 0 ? -value : value;
}

static void read_place(position *at, lb_span coordinates)
{
    lb_pack pack = lb_pack_open(coordinates);
    int64_t lat = signed_degrees(lb_pack_u32(&pack), (at->status & STATUS_SOUTH) != 0);
    int64_t lon = signed_degrees(lb_pack_u32(&pack), (at->status & STATUS_WEST) != 0);
    bool is_fix = (at->status & STATUS_POSITIONED) != 0;

    if (lat == 0 && lon == 0 && !is_fix)
        return;
    if (at->status & STATUS_ENCRYPTED) {
        lb_808_doubt(at->message, at->event, coordinates, LB_DOUBT_PLACE_UNKNOWN);
        return;
    }
    /* Latitude and longitude are sometimes swapped, but which is which cannot be decided here. */
    if ((lat == 0 && lon == 0) || lat > LATITUDE_MAX_E6 || lat < -LATITUDE_MAX_E6 ||
        lon > LONGITUDE_MAX_E6 || lon < -LONGITUDE_MAX_E6) {
        lb_808_doubt(at->message, at->event, coordinates, LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    at->event->pos.lat_e7 = lat * 10;
    at->event->pos.lon_e7 = lon * 10;
    at->event->pos.last_known = !is_fix;
}

static void read_motion(position *at, lb_pack *pack)
{
    lb_geo_position *pos = &at->event->pos;
    uint16_t altitude = lb_pack_u16(pack), speed = lb_pack_u16(pack), course = lb_pack_u16(pack);
    if (pos->lat_e7 != LB_UNKNOWN)
        pos->altitude_m = (int16_t)altitude; /* the Turpan basin is below sea level */
    pos->speed_dkmh = speed;
    if (course <= 360)
        pos->course_deg = course % 360;
}

lb_span lb_808_alarm_names(lb_sink *sink, uint32_t alarms, bool is_2019)
{
    phrase names = {.len = 0};
    uint32_t known = is_2019 ? alarms : alarms & ~(uint32_t)ALARMS_OF_2019;
    for (unsigned bit = 0; known != 0 && bit < 32; bit++) {
        if ((known >> bit & 1) == 0)
            continue;
        if (names.len > 0)
            add(&names, LB_SPAN(","));
        add(&names, lb_span_of(alarm_names[bit]));
    }
    return lb_sink_copy(sink, (lb_span){names.text, names.len});
}

static void read_load(position *at)
{
    switch (at->status >> STATUS_LOAD_SHIFT & 3) {
    case LOAD_HALF:
        at->event->cond.fill = LB_FILL_HALF_FREE;
        break;
    case LOAD_FULL:
        at->event->cond.fill = LB_FILL_LADEN;
        break;
    default:
        break;
    }
}

/* The meaning of a field of the base, by its number in mark_base; in memory of the sink. */
static const char *meaning_of(const position *at, size_t field)
{
    const lb_event *event = at->event;
    lb_span text = LB_EMPTY;
    if (!lb_sink_explains(at->message->sink))
        return "";
    switch (field) {
    case 0:
        text = event->exc.rule;
        break;
    case 1:
        text = lb_sink_print(at->message->sink, "%s, %s",
                             at->status & STATUS_POSITIONED ? "positioned" : "no fix",
                             at->status & 1 ? "ignition on" : "ignition off");
        break;
    case 2:
    case 3:
        if (event->pos.lat_e7 != LB_UNKNOWN)
            text = lb_sink_print(at->message->sink, "%lld e-7 degrees",
                                 (long long)(field == 2 ? event->pos.lat_e7 : event->pos.lon_e7));
        break;
    case 4:
        if (event->pos.altitude_m != LB_UNKNOWN)
            text = lb_sink_print(at->message->sink, "%lld m", (long long)event->pos.altitude_m);
        break;
    case 5:
        text =
            lb_sink_print(at->message->sink, "%lld x 0.1 km/h", (long long)event->pos.speed_dkmh);
        break;
    case 6:
        if (event->pos.course_deg != LB_UNKNOWN)
            text =
                lb_sink_print(at->message->sink, "%lld degrees", (long long)event->pos.course_deg);
        break;
    default:
        text = event->occurred.local_text;
    }
    lb_span ended = lb_sink_print(at->message->sink, "%.*s", LB_ARG(text)); /* ends in NUL */
    return ended.len > 0 ? ended.at : "";
}

/* Marks the fields for landbridge inspect --explain. */
static void mark_base(const position *at, lb_span body)
{
    static const struct {
        const char *name;
        uint8_t begin, len;
    } fields[] = {{"alarms", 0, 4},    {"status", 4, 4}, {"latitude", 8, 4}, {"longitude", 12, 4},
                  {"altitude", 16, 2}, {"speed", 18, 2}, {"course", 20, 2},  {"time", 22, 6}};
    if (!lb_sink_explains(at->message->sink))
        return;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        lb_span bytes = lb_span_first(lb_span_after(body, fields[i].begin), fields[i].len);
        lb_mark_print(at->message->sink, lb_808_where(at->message, bytes),
                      lb_span_of(fields[i].name), "%s", meaning_of(at, i));
    }
}

static void read_base(position *at, lb_span body)
{
    lb_pack pack = lb_pack_open(body);
    at->alarms = lb_pack_u32(&pack);
    at->status = lb_pack_u32(&pack);
    lb_span coordinates = lb_pack_bytes(&pack, 8);
    read_place(at, coordinates);
    read_motion(at, &pack);
    lb_808_time(at->message, at->event, lb_pack_bytes(&pack, 6));
    at->event->exc.rule =
        lb_808_alarm_names(at->message->sink, at->alarms, at->message->header.is_2019);
    read_load(at);
    mark_base(at, body);
    char status[9];
    begin(&at->text, LB_SPAN("status="));
    add(&at->text, hex8(status, at->status));
}

/* -- the items -------------------------------------------------------------------------------- */

typedef struct extra {
    uint8_t id;
    lb_span whole; /* with id and length */
    lb_pack value;
} extra;

static void say_number(position *at, lb_span name, int64_t number)
{
    begin(&at->text, name);
    add_number(&at->text, number);
}

/* Details of an alarm: "into circle 417; overspeed anywhere". */
static void say_detail(position *at, lb_span first, const char *area, int64_t id)
{
    if (at->details.len > 0)
        add(&at->details, LB_SPAN("; "));
    add(&at->details, first);
    add(&at->details, lb_span_of(area));
    if (id == LB_UNKNOWN)
        return;
    add(&at->details, LB_SPAN(" "));
    add_number(&at->details, id);
}

static void read_mileage(position *at, extra *item)
{
    at->event->cond.mileage_m = (int64_t)lb_pack_u32(&item->value) * 100;
}

static void read_fuel(position *at, extra *item)
{
    uint16_t fuel = lb_pack_u16(&item->value);
    if (fuel & 0x8000) /* some terminals send percent */
        say_number(at, LB_SPAN("fuel_percent="), fuel & 0x7FFF);
    else
        at->event->cond.fuel_ml = (int64_t)fuel * 100;
}

static void read_recorder_speed(position *at, extra *item)
{
    unsigned speed = lb_pack_u16(&item->value);
    say_number(at, LB_SPAN("recorder_kmh="), speed / 10);
    add(&at->text, LB_SPAN("."));
    add_number(&at->text, speed % 10);
}

static void read_manual_alarm(position *at, extra *item)
{
    say_number(at, LB_SPAN("to_confirm="), lb_pack_u16(&item->value));
}

/* Sign and magnitude, in whole degrees. */
static void read_temperature(position *at, extra *item)
{
    uint16_t sent = lb_pack_u16(&item->value);
    int64_t degrees = sent & 0x7FFF;
    if (sent & 0x8000)
        degrees = -degrees;
    if (degrees * 1000 < LOWEST_MC)
        lb_808_doubt(at->message, at->event, item->whole, LB_DOUBT_GRAMMAR_ODD);
    else
        at->event->cond.temperature_mc = degrees * 1000;
}

static const char *area_name(uint8_t kind)
{
    static const char *const names[] = {"anywhere", "circle", "rectangle", "polygon", "route"};
    return kind < sizeof names / sizeof names[0] ? names[kind] : "area";
}

static void read_overspeed(position *at, extra *item)
{
    uint8_t kind = lb_pack_u8(&item->value);
    if (item->value.rest.len == 4)
        say_detail(at, LB_SPAN("overspeed in "), area_name(kind), lb_pack_u32(&item->value));
    else
        say_detail(at, LB_SPAN("overspeed "), area_name(kind), LB_UNKNOWN);
}

static void read_area(position *at, extra *item)
{
    uint8_t kind = lb_pack_u8(&item->value);
    uint32_t id = lb_pack_u32(&item->value);
    uint8_t is_out = lb_pack_u8(&item->value);
    say_detail(at, is_out ? LB_SPAN("out of ") : LB_SPAN("into "), area_name(kind), id);
}

static void read_section(position *at, extra *item)
{
    uint32_t id = lb_pack_u32(&item->value);
    uint16_t seconds = lb_pack_u16(&item->value);
    uint8_t is_long = lb_pack_u8(&item->value);
    say_detail(at, LB_SPAN("section"), "", id);
    add(&at->details, LB_SPAN(" in "));
    add_number(&at->details, seconds);
    add(&at->details, is_long ? LB_SPAN(" s, too long") : LB_SPAN(" s, too short"));
}

static void read_signal(position *at, extra *item)
{
    say_number(at, LB_SPAN("signal="), lb_pack_u8(&item->value));
}

/* One byte a wheel, FF is absent: the present ones as sent, since their unit differs by vendor. */
static void read_tyres(position *at, extra *item)
{
    size_t count = 0;
    for (size_t i = 0; i < item->value.rest.len; i++)
        count += (unsigned char)item->value.rest.at[i] != 0xFF;
    say_number(at, LB_SPAN("tyres="), (int64_t)count);
}

static void say_hex(position *at, lb_span name, extra *item)
{
    char digits[9];
    begin(&at->text, name);
    add(&at->text, hex8(digits, lb_pack_u32(&item->value)));
}

static void read_signals(position *at, extra *item)
{
    say_hex(at, LB_SPAN("signals="), item);
}

static void read_analog(position *at, extra *item)
{
    say_hex(at, LB_SPAN("analog="), item);
}

static void read_io(position *at, extra *item)
{
    say_number(at, LB_SPAN("io="), lb_pack_u16(&item->value));
}

static void read_satellites(position *at, extra *item)
{
    at->event->pos.satellites = lb_pack_u8(&item->value);
}

/* The standard's items about the truck. Vendors use other ids with different meanings: these are
 * counted and not read. */
typedef struct item_row {
    uint8_t id, len, other_len;
    void (*read)(position *at, extra *item);
    const char *name;
} item_row;

static const item_row item_rows[] = {
    {0x01, 4, 4, read_mileage, "mileage"},
    {0x02, 2, 2, read_fuel, "fuel"},
    {0x03, 2, 2, read_recorder_speed, "speed of the recorder"},
    {0x04, 2, 2, read_manual_alarm, "alarm to confirm by hand"},
    {0x05, 30, 30, read_tyres, "tyre pressures"},
    {0x06, 2, 2, read_temperature, "temperature of the compartment"},
    {0x11, 1, 5, read_overspeed, "overspeed"},
    {0x12, 6, 6, read_area, "area or route"},
    {0x13, 7, 7, read_section, "time on a section"},
    {0x25, 4, 4, read_signals, "vehicle signals"},
    {0x2A, 2, 2, read_io, "inputs and outputs"},
    {0x2B, 4, 4, read_analog, "analog inputs"},
    {0x30, 1, 1, read_signal, "radio signal"},
    {0x31, 1, 1, read_satellites, "satellites"},
};

/* In a frame with escapes the sent place of an item must be searched for: only done when marks
 * are wanted. */
static void mark_item(const position *at, const extra *item, const char *separator,
                      const char *name)
{
    if (lb_sink_explains(at->message->sink))
        lb_mark_print(at->message->sink, lb_808_where(at->message, item->whole), LB_SPAN("item"),
                      "%02X%s%s", item->id, separator, name);
}

static void read_item(position *at, extra *item)
{
    for (size_t i = 0; i < sizeof item_rows / sizeof item_rows[0]; i++) {
        const item_row *row = &item_rows[i];
        if (row->id != item->id)
            continue;
        mark_item(at, item, " ", row->name);
        size_t len = item->value.rest.len;
        if (len == row->len || len == row->other_len)
            row->read(at, item);
        else
            lb_808_doubt(at->message, at->event, item->whole, LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    mark_item(at, item, ", ", "of a vendor: not read");
    at->vendor_items++;
}

/* Bytes behind the last whole item do not invalidate the items before them. */
static void read_items(position *at, lb_span rest)
{
    while (rest.len > 0) {
        lb_pack pack = lb_pack_open(rest);
        extra item = {.id = lb_pack_u8(&pack)};
        item.value = lb_pack_open(lb_pack_counted(&pack));
        if (pack.is_short) {
            lb_808_doubt(at->message, at->event, rest, LB_DOUBT_GRAMMAR_ODD);
            return;
        }
        item.whole = lb_span_first(rest, rest.len - pack.rest.len);
        read_item(at, &item);
        rest = pack.rest;
    }
}

/* -- the event --------------------------------------------------------------------------------- */

/* The serial number is not part of the key: it wraps, restarts with the terminal, and a batch
 * that is sent twice has another one. Alarm and status distinguish changes within one second. */
static lb_span natural_key(const position *at, lb_span body)
{
    char words[2 * LB_808_BASE + 1], key[128];
    const lb_span bar = LB_SPAN("|");
    lb_hex_digits(lb_span_first(body, LB_808_BASE), words);
    const lb_span parts[] = {at->message->terminal, bar, {words + 44, 12}, bar,
                             {words + 16, 16},      bar, {words, 16}};
    size_t len = lb_span_join(key, sizeof key, parts, sizeof parts / sizeof parts[0]);
    return lb_sink_copy(at->message->sink, (lb_span){key, len});
}

/* Alarms of the journey, not of the equipment. A terminal repeats them with every position while
 * they last; the natural key ends at the hour, so they are one event an hour, whose last
 * position counts. A truck's own alarm has a confidence of 60 at most. */
static const struct {
    unsigned bit;
    lb_event_type type;
} journey_alarms[] = {
    {0, LB_EVENT_ALRM},  {8, LB_EVENT_ALRM},  {19, LB_EVENT_DWEL}, {23, LB_EVENT_DEVI},
    {26, LB_EVENT_ALRM}, {29, LB_EVENT_ALRM}, {30, LB_EVENT_ALRM}, {31, LB_EVENT_DOPN},
};

static void say_alarm(const position *at, unsigned bit, lb_event_type type)
{
    const lb_event *ping = at->event;
    lb_event *event = lb_808_say(at->message, type, "0200", LB_ROLE_SUBJECT);
    lb_span hour = lb_span_first(ping->occurred.local_text, 8), name = lb_span_of(alarm_names[bit]);
    event->raw.code = name;
    event->occurred = ping->occurred;
    event->pos = ping->pos;
    event->place.lat_e7 = ping->pos.lat_e7;
    event->place.lon_e7 = ping->pos.lon_e7;
    event->exc.rule = name;
    event->confidence = TRUCKS_OWN_WORD;
    event->reported_at_us = ping->occurred.utc_us;
    event->source_event_key =
        lb_sink_print(at->message->sink, "%.*s|alarm|%.*s|%.*s", LB_ARG(at->message->terminal),
                      LB_ARG(name), LB_ARG(hour));
}

static void say_alarms(const position *at)
{
    for (size_t i = 0; at->alarms != 0 && i < sizeof journey_alarms / sizeof journey_alarms[0]; i++)
        if (at->alarms >> journey_alarms[i].bit & 1)
            say_alarm(at, journey_alarms[i].bit, journey_alarms[i].type);
}

lb_event *lb_808_position(const lb_808_message *message, lb_span body)
{
    position at = {.message = message,
                   .event = lb_808_say(message, LB_EVENT_PING, "0200", LB_ROLE_SUBJECT)};
    read_base(&at, body);
    read_items(&at, lb_span_after(body, LB_808_BASE));
    char alarms[9];
    if (at.vendor_items > 0)
        say_number(&at, LB_SPAN("vendor_items="), at.vendor_items);
    at.event->raw.code = lb_sink_copy(message->sink, hex8(alarms, at.alarms));
    at.event->raw.text = lb_sink_copy(message->sink, (lb_span){at.text.text, at.text.len});
    at.event->exc.text = lb_sink_copy(message->sink, (lb_span){at.details.text, at.details.len});
    at.event->source_event_key = natural_key(&at, body);
    say_alarms(&at);
    return at.event;
}
