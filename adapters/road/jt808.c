/* jt808.c - truck terminals, JT/T 808 of 2011, 2013 and 2019.
 *
 *     7e 0200 001c 013912345678 0007 | alarm status lat lon ... time | xor 7e
 *        id   attr terminal     serial  body (kit/frame808.h, jt808_position.c)
 *
 * The edition is decided for each frame: bit 14 of the attributes is 2019; 2011 and 2013 share their header
 * and differ in the bodies of 0x0100 and 0x0702 only. A position names its terminal and not its truck; 0x0100
 * gives the truck of the terminal, 0x0701 its cargo. Sub-packages are reassembled by the gate that owns the
 * connection.
 *
 * Seen from real terminals, and read: binary IMEI for a phone number, wrong lengths and check bytes in files,
 * factory plates on many trucks, latitude and longitude swapped, batches neither sorted nor complete,
 * driver cards without a name. */
#include "answer808.h"
#include "landbridge/client/ident.h"
#include "landbridge/client/time.h"
#include "jt808_message.h"
#include "pack.h"
#include "register808.h"

enum {
    REGISTER = 0x0100,
    DEREGISTER = 0x0003,
    AUTHENTICATE = 0x0102,
    ASK_TIME = 0x0004,
    LOCATION = 0x0200,
    LOCATION_ANSWER = 0x0201,
    WAYBILL = 0x0701,
    DRIVER = 0x0702,
    BATCH = 0x0704,
};

/* A message that a gate reassembled may have this length before its escapes. */
enum { PLAIN_MAX = 256 * 1024 };

/* -- 0x0100, 0x0003: the truck of the terminal ------------------------------------------------- */

/* Makers and models are ASCII, padded in front or behind; other bytes are ignored. */
static void say_registration(const lb_808_message *message, const lb_808_register *reg)
{
    lb_event *event = lb_808_say(message, LB_EVENT_ASSO, "0100", LB_ROLE_DEVICE);
    lb_span plate = lb_808_text(message, event, reg->plate);
    if (message->header.is_2019 && !lb_span_is(lb_span_of(reg->version), "2019"))
        lb_808_doubt(message, event, message->body, LB_DOUBT_GRAMMAR_ODD);
    lb_scheme scheme = reg->colour == 0 && plate.len == 17 ? LB_SCHEME_VIN : LB_SCHEME_PLATE;

    lb_808_time_heard(message, event);
    event->raw.code = lb_sink_print(message->sink, "%u", reg->colour);
    event->raw.text =
        lb_sink_print(message->sink, "plate=%.*s province=%u city=%u maker=%.*s model=%.*s id=%.*s",
                      LB_ARG(plate), reg->province, reg->city, LB_ARG(lb_808_ascii(reg->maker)),
                      LB_ARG(lb_808_ascii(reg->model)), LB_ARG(lb_808_ascii(reg->terminal)));
    event->source_event_key =
        lb_sink_print(message->sink, "%.*s|0100|%.*s|%lld", LB_ARG(message->terminal),
                      LB_ARG(plate), (long long)message->reading->received_us);
    if (lb_808_is_nobodys_plate(plate)) {
        lb_808_doubt(message, event, reg->plate, LB_DOUBT_IDENTITY_GUESSED);
        return;
    }
    lb_object *truck = lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_TRUCK, scheme, plate);
    if (truck != NULL)
        truck->size_type = lb_span_of(lb_808_colour(reg->colour));

    lb_object parent, child = lb_808_device(message, event);
    lb_ident_object(event, &parent, LB_KIND_TRUCK, scheme, plate);
    lb_event_assoc(event, LB_ASSOC_ADD, &parent, &child);
}

static lb_verdict read_register(const lb_808_message *message)
{
    lb_808_register reg;
    if (!lb_808_register_read(&message->header, message->body, &reg))
        return lb_refuse(message->sink, LB_VERDICT_GARBLED, lb_808_where(message, message->body),
                         "0x0100 has %zu bytes and needs 25 (2011), 37 (2013) or 76 (2019)",
                         message->body.len);
    lb_sink_message_info(message->sink)->format_version = lb_span_of(reg.version);
    say_registration(message, &reg);
    return LB_VERDICT_READ;
}

/* The message does not name the truck: the parent is open, so the terminal leaves whichever
 * truck it is in. */
static lb_verdict read_deregister(const lb_808_message *message)
{
    lb_event *event = lb_808_say(message, LB_EVENT_ASSO, "0003", LB_ROLE_SUBJECT);
    lb_object parent, child = lb_808_device(message, event);
    lb_ident_object(event, &parent, LB_KIND_UNSPECIFIED, LB_SCHEME_UNSPECIFIED, LB_EMPTY);
    lb_event_assoc(event, LB_ASSOC_DELETE, &parent, &child);
    lb_808_time_heard(message, event);
    event->source_event_key =
        lb_sink_print(message->sink, "%.*s|0003|%lld", LB_ARG(message->terminal),
                      (long long)message->reading->received_us);
    return LB_VERDICT_READ;
}

/* -- 0x0200, 0x0201, 0x0704: positions --------------------------------------------------------- */

static lb_verdict read_location(const lb_808_message *message, size_t skip)
{
    lb_span body = lb_span_after(message->body, skip);
    if (body.len < LB_808_BASE)
        return lb_refuse(message->sink, LB_VERDICT_GARBLED, lb_808_where(message, message->body),
                         "a location has %zu bytes and needs 28", body.len);
    lb_808_position(message, body);
    return LB_VERDICT_READ;
}

/* count WORD | kind BYTE, 1 = stored while there was no network | count x (length WORD |
 * location). The lengths decide; the count is compared. Records may be unsorted and repeated. */
static lb_verdict read_batch(const lb_808_message *message)
{
    lb_pack pack = lb_pack_open(message->body);
    unsigned count = lb_pack_u16(&pack), kind = lb_pack_u8(&pack), records = 0;
    while (!pack.is_short && pack.rest.len > 0) {
        lb_span record = lb_pack_bytes(&pack, lb_pack_u16(&pack));
        if (record.len < LB_808_BASE) {
            lb_808_doubt(message, NULL, record.len > 0 ? record : pack.rest, LB_DOUBT_GRAMMAR_ODD);
            continue;
        }
        lb_event *event = lb_808_position(message, record);
        if (kind == 1)
            lb_808_doubt(message, event, lb_span_first(lb_span_after(message->body, 2), 1),
                         LB_DOUBT_LATE);
        records++;
    }
    if (records == 0)
        return lb_refuse(message->sink, LB_VERDICT_GARBLED, lb_808_where(message, message->body),
                         "0x0704 announces %u locations and has none", count);
    if (records != count)
        lb_808_doubt(message, NULL, lb_span_first(message->body, 2), LB_DOUBT_COUNT_MISMATCH);
    return LB_VERDICT_READ;
}

/* -- 0x0702: the driver ------------------------------------------------------------------------ */

typedef struct driver_card {
    lb_span when; /* BCD[6]; empty before 2013 */
    uint8_t status, result;
    lb_span licence;
} driver_card;

enum { CARD_IN = 1, CARD_OUT = 2, LICENCE = 20, LICENCE_2011 = 40, CITIZEN = 20 };

/* From 2013: status, time, [result, [name, licence, issuer, expiry]]. Before: name, citizen's id,
 * licence of 40 bytes (or 20), issuer. */
static bool read_card(lb_span body, driver_card *card)
{
    char digits[13];
    lb_pack pack = lb_pack_open(body);
    *card = (driver_card){.status = lb_pack_u8(&pack)};
    card->when = lb_pack_bytes(&pack, 6);
    if ((card->status == CARD_IN || card->status == CARD_OUT) && !pack.is_short &&
        lb_bcd_digits(card->when, digits)) {
        if (card->status == CARD_OUT)
            return true;
        card->result = lb_pack_u8(&pack);
        if (card->result == 0) {
            lb_pack_counted(&pack);
            card->licence = lb_pack_bytes(&pack, LICENCE);
        }
        return !pack.is_short;
    }
    pack = lb_pack_open(body);
    *card = (driver_card){.status = CARD_IN};
    lb_pack_counted(&pack);
    lb_pack_bytes(&pack, CITIZEN);
    card->licence = lb_pack_bytes(&pack, pack.rest.len > LICENCE_2011 ? LICENCE_2011 : LICENCE);
    return !pack.is_short;
}

static lb_verdict read_driver(const lb_808_message *message)
{
    driver_card card;
    if (!read_card(message->body, &card))
        return lb_refuse(message->sink, LB_VERDICT_GARBLED, lb_808_where(message, message->body),
                         "0x0702 of %zu bytes ends before the driver's licence", message->body.len);

    lb_event *event = lb_808_say(message, LB_EVENT_ASSO, "0702", LB_ROLE_SUBJECT);
    lb_span id = lb_808_driver(message->sink, card.licence);
    event->raw.code = lb_sink_print(message->sink, "%02X", card.status);
    event->raw.text = lb_sink_print(message->sink, "result=%02X", card.result);
    if (card.when.len > 0)
        lb_808_time(message, event, card.when);
    else
        lb_808_time_heard(message, event);
    if (lb_event_object(event, LB_ROLE_DRIVER, LB_KIND_PERSON, LB_SCHEME_ADHOC, id) == NULL)
        return LB_VERDICT_READ;

    lb_object device = lb_808_device(message, event), person;
    lb_ident_object(event, &person, LB_KIND_PERSON, LB_SCHEME_ADHOC, id);
    lb_event_assoc(event, LB_ASSOC_ADD, &device, &person);
    return LB_VERDICT_READ;
}

/* -- messages without news of cargo ------------------------------------------------------------ */

static bool is_known(uint16_t id)
{
    static const uint16_t known[] = {0x0001, 0x0002, 0x0004, 0x0005, 0x0102, 0x0104, 0x0107, 0x0108,
                                     0x0301, 0x0302, 0x0303, 0x0500, 0x0608, 0x0700, 0x0705, 0x0800,
                                     0x0801, 0x0802, 0x0805, 0x0900, 0x0901, 0x0A00};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i] == id)
            return true;
    return false;
}

static lb_verdict read_body(const lb_808_message *message)
{
    switch (message->header.id) {
    case REGISTER:
        return read_register(message);
    case DEREGISTER:
        return read_deregister(message);
    case LOCATION:
        return read_location(message, 0);
    case LOCATION_ANSWER:
        return read_location(message, 2);
    case BATCH:
        return read_batch(message);
    case DRIVER:
        return read_driver(message);
    case WAYBILL:
        if (message->body.len < 4)
            return lb_refuse(message->sink, LB_VERDICT_GARBLED,
                             lb_808_where(message, message->body), "0x0701 has no length");
        lb_808_waybill(message);
        return LB_VERDICT_READ;
    default:
        if (!is_known(message->header.id))
            lb_808_doubt(message, NULL, lb_span_first(message->plain, 2), LB_DOUBT_CODE_UNMAPPED);
        return LB_VERDICT_READ;
    }
}

/* -- the frame ---------------------------------------------------------------------------------- */

static bool is_flag(char c)
{
    return c == LB_808_FLAG;
}

/* The flags may have been removed before the frame got here. */
static lb_span without_flags(lb_span frame)
{
    while (frame.len > 0 && is_flag(frame.at[0]))
        frame = lb_span_after(frame, 1);
    while (frame.len > 0 && is_flag(frame.at[frame.len - 1]))
        frame.len--;
    return frame;
}

static bool has_escapes(lb_span inner)
{
    for (size_t i = 0; i < inner.len; i++)
        if (inner.at[i] == 0x7D || is_flag(inner.at[i]))
            return true;
    return false;
}

/* The length of the frame by its header, if its escapes were already removed; 0 when the header
 * does not tell, or the frame is not that long. */
static size_t plain_length(lb_span inner)
{
    lb_808_header header;
    if (!lb_808_header_read(inner, &header))
        return 0;
    size_t len = (size_t)header.size + header.declared + 1;
    return len <= inner.len ? len : 0;
}

/* Logging tools remove the escapes and keep the flags. Then the length is right for the bytes as
 * they are, and so is the check byte, or there is a flag inside. */
static lb_verdict open_plain(lb_808_message *message)
{
    lb_span inner = message->inner;
    message->plain = inner;
    if (!has_escapes(inner))
        return LB_VERDICT_READ;

    size_t len;
    uint8_t *plain = lb_sink_alloc(message->sink, inner.len);
    if (plain == NULL)
        return LB_VERDICT_TOO_MUCH;
    size_t wrong = lb_808_unescape(inner, plain, &len);
    lb_span unescaped = {(const char *)plain, len};
    bool is_wrong = wrong < inner.len || lb_808_xor(unescaped) != 0;
    bool has_flag = wrong < inner.len && is_flag(inner.at[wrong]);
    if (is_wrong && plain_length(inner) == inner.len && (has_flag || lb_808_xor(inner) == 0))
        return LB_VERDICT_READ;
    if (wrong < inner.len)
        return lb_refuse(message->sink, LB_VERDICT_GARBLED,
                         lb_span_first(lb_span_after(inner, wrong), 1),
                         "7D must be followed by 01 or 02, and 7E cannot be inside");
    message->plain = unescaped;
    return lb_808_trail(message) ? LB_VERDICT_READ : LB_VERDICT_TOO_MUCH;
}

/* The length bits cover the transmitted body; two frames may be joined behind it when their
 * flags were lost. A longer message that agrees in the lowest ten bits was reassembled by a
 * gate. */
static void find_body(lb_808_message *message)
{
    lb_span body = lb_span_after(message->plain, message->header.size);
    body.len--; /* the check byte */
    message->body = body;
    if ((body.len & LB_808_BODY_MAX) == message->header.declared &&
        (body.len <= LB_808_BODY_MAX || message->header.packages == 0))
        return;
    message->is_odd = true;
    lb_808_doubt(message, NULL, lb_span_first(lb_span_after(message->plain, 2), 2),
                 LB_DOUBT_GRAMMAR_ODD);
    message->body = lb_span_first(body, message->header.declared);
}

static void mark_header(const lb_808_message *message, const char *terminal)
{
    const lb_808_header *header = &message->header;
    size_t version = header->is_2019 ? 1 : 0, number = header->is_2019 ? 10 : 6;
    lb_span rest = message->plain;
    lb_mark_print(message->sink, lb_808_where(message, lb_span_first(rest, 2)),
                  LB_SPAN("message id"), "%04X", header->id);
    rest = lb_span_after(rest, 2);
    lb_mark_print(message->sink, lb_808_where(message, lb_span_first(rest, 2)),
                  LB_SPAN("attributes"), "body of %u bytes%s", header->declared,
                  header->is_2019 ? ", 2019" : "");
    rest = lb_span_after(rest, 2 + version);
    lb_mark_print(message->sink, lb_808_where(message, lb_span_first(rest, number)),
                  LB_SPAN("terminal"), "%s", terminal);
    rest = lb_span_after(rest, number);
    lb_mark_print(message->sink, lb_808_where(message, lb_span_first(rest, 2)), LB_SPAN("serial"),
                  "%u", header->serial);
}

static lb_verdict open_header(lb_808_message *message)
{
    char digits[LB_808_TERMINAL_ROOM];
    lb_808_header *header = &message->header;
    if (!lb_808_header_read(message->plain, header) || message->plain.len <= header->size)
        return lb_refuse(message->sink, LB_VERDICT_CUT_SHORT, message->inner,
                         "%zu bytes do not hold a header and its check byte", message->plain.len);
    if (header->packages > 1)
        return lb_refuse(message->sink, LB_VERDICT_CUT_SHORT, message->inner,
                         "package %u of %u: send the message in one piece, or through the gate",
                         header->package, header->packages);
    if (header->encryption != 0)
        return lb_refuse(message->sink, LB_VERDICT_UNKNOWN_KIND,
                         lb_808_where(message, lb_span_after(message->plain, header->size)),
                         "the body is encrypted (%u)", header->encryption);
    lb_808_terminal(header, digits);
    mark_header(message, digits);
    message->terminal = lb_sink_copy(message->sink, lb_span_of(digits));

    lb_message_info *info = lb_sink_message_info(message->sink);
    info->format = LB_SPAN("JT808");
    info->format_version = header->is_2019 ? LB_SPAN("2019") : LB_SPAN("2013");
    char serial[LB_NUMBER_ROOM];
    info->message_ref = lb_sink_copy(message->sink, lb_span_print_number(serial, header->serial));
    return LB_VERDICT_READ;
}

/* A whole frame with a right check byte is almost certainly JT/T 808. */
static unsigned probe(lb_span head)
{
    uint8_t plain[LB_808_PLAIN_MAX];
    size_t len;
    lb_808_header header;
    bool has_flag = head.len > 0 && is_flag(head.at[0]);
    lb_span inner = head;
    while (inner.len > 0 && is_flag(inner.at[0]))
        inner = lb_span_after(inner, 1);
    const char *end = inner.len > 0 ? memchr(inner.at, LB_808_FLAG, inner.len) : NULL;
    if (end != NULL)
        inner = lb_span_between(inner.at, end);

    if (inner.len > sizeof plain || lb_808_unescape(inner, plain, &len) < inner.len ||
        !lb_808_header_read((lb_span){(const char *)plain, len}, &header))
        return has_flag ? 40 : 0;
    if (len == (size_t)header.size + header.declared + 1 &&
        lb_808_xor((lb_span){(const char *)plain, len}) == 0)
        return has_flag ? 100 : 70;
    return has_flag ? 60 : 0;
}

static lb_verdict read_message(const lb_reading *reading, lb_span frame, lb_sink *sink)
{
    lb_808_message message = {.reading = reading, .sink = sink, .inner = without_flags(frame)};
    bool has_flag = frame.len > 0 && is_flag(frame.at[0]);
    if (!has_flag && probe(frame) == 0)
        return LB_VERDICT_NOT_MINE;

    lb_verdict verdict = open_plain(&message);
    if (verdict == LB_VERDICT_READ)
        verdict = open_header(&message);
    if (verdict != LB_VERDICT_READ)
        return verdict;

    find_body(&message);
    if (lb_808_xor(message.plain) != 0) {
        lb_span check = lb_span_after(message.plain, message.plain.len - 1);
        message.is_odd = true;
        lb_808_doubt(&message, NULL, check, LB_DOUBT_GRAMMAR_ODD);
    }
    return read_body(&message);
}

/* -- the adapter ------------------------------------------------------------------------------- */

static bool is_whole(lb_span inner)
{
    uint8_t plain[LB_808_FRAME_MAX];
    size_t len;
    if (inner.len > sizeof plain) /* reassembled by a gate, whose escapes are right */
        return true;
    return lb_808_unescape(inner, plain, &len) == inner.len &&
           lb_808_xor((lb_span){(const char *)plain, len}) == 0;
}

/* Up to the next flag; unless that gives no frame, and the length bits lead to a flag at the end
 * or before another flag: then the flag in between was a byte whose escape had been removed. */
static size_t frame_length(lb_span inner, size_t next_flag)
{
    size_t len = plain_length(inner);
    if (len <= next_flag || len >= inner.len || !is_flag(inner.at[len]) ||
        (len + 1 < inner.len && !is_flag(inner.at[len + 1])) ||
        is_whole(lb_span_first(inner, next_flag)))
        return next_flag;
    return len;
}

/* From flag to flag; bytes before the first flag are a message of their own, so that garbage is
 * reported and does not stop the frames behind it. */
static lb_err split(lb_span *rest, lb_span *message)
{
    lb_span frame = *rest;
    size_t begin = 0;
    while (begin < frame.len && is_flag(frame.at[begin]))
        begin++;
    lb_span inner = lb_span_after(frame, begin);
    const char *end = inner.len > 0 ? memchr(inner.at, LB_808_FLAG, inner.len) : NULL;
    if (end == NULL)
        return LB_ERR_CUT_SHORT;
    size_t len = (size_t)(end - inner.at);
    if (begin > 0)
        len = begin + frame_length(inner, len) + 1;
    *message = lb_span_first(frame, len);
    *rest = lb_span_after(frame, len);
    return LB_OK;
}

static lb_808_result result_of(lb_err kept)
{
    if (kept == LB_OK)
        return LB_808_DONE;
    return kept == LB_ERR_NOT_READ ? LB_808_NOT_SUPPORTED : LB_808_WRONG;
}

/* A message that the hub could not keep gets no answer: the terminal sends it again. */
static bool wants_answer(uint16_t id, lb_err kept)
{
    return lb_808_is_answered(id) &&
           (kept == LB_OK || lb_err_next_step(kept) == LB_NEXT_STEP_SENDER_FIX);
}

/* The platform's serial is 0 here: the owner of the connection counts and fills it in. */
static void answer(const lb_reading *reading, lb_span frame, lb_err kept, lb_reply *reply)
{
    uint8_t plain[2 * LB_808_HEADER_MAX];
    char out[LB_808_ANSWER_ROOM], code[LB_808_TERMINAL_ROOM];
    size_t len, used;
    lb_808_header header;

    lb_808_unescape(lb_span_first(without_flags(frame), sizeof plain), plain, &len);
    if (!lb_808_header_read((lb_span){(const char *)plain, len}, &header) ||
        !wants_answer(header.id, kept))
        return;
    lb_808_terminal(&header, code);
    if (header.id == REGISTER)
        used = lb_808_answer_register(&header, result_of(kept), lb_span_of(code), 0, out);
    else if (header.id == ASK_TIME)
        used = lb_808_answer_time(&header, reading->received_us, 0, out);
    else
        used = lb_808_answer(&header, result_of(kept), 0, out);
    lb_reply_put(reply, (lb_span){out, used});
}

const lb_adapter lb_road_jt808 = {
    .name = "road.jt808",
    .title = "JT/T 808 truck terminals, 2011, 2013 and 2019",
    .revision = 1,
    .mode = LB_MODE_ROAD,
    .authority = LB_AUTHORITY_POSITION,
    .max_message = 2 * PLAIN_MAX + 2,
    .max_events = 9000, /* the most that a batch of PLAIN_MAX bytes has */
    .probe = probe,
    .split = split,
    .read = read_message,
    .answer = answer,
};
