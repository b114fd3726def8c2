/* jt808_waybill.c - 0x0701, the electronic waybill: DWORD length, then content that JT/T 808 does not define.
 *
 * The form is recognised by its first characters, and nothing else is guessed:
 *
 *     pairs   WAYBILL=XJ26031207;CONTAINER=TRKJ6400286;AWB=784-30418264;PLATE=...;FROM=CNULZ;TO=KZALA
 *             and TIME=2026-03-12T09:15:00+08:00, when it was loaded; else the time of reception counts
 *     json    {"shippingNoteNumber":"XJ26031207","containerNumber":"TRKJ6400286"}
 *     text    anything else that can be read: kept as it is (some terminals answer commands here)
 *     binary  anything else
 *
 * A waybill that names its cargo puts it on the truck, or on the terminal when only that is known: positions
 * belong to the terminal, so the cargo's track finds them either way. */
#include "jt808_message.h"

#include "landbridge/client/ident.h"
#include "landbridge/client/time.h"
#include "pack.h"

enum { CARGO_MAX = 8, TEXT_MAX = 2000 };

typedef struct waybill {
    lb_span number, awb, plate, from, to, time;
    lb_span containers[CARGO_MAX];
    size_t container_count;
} waybill;

/* -- forms ------------------------------------------------------------------------------------ */

static bool is_word(lb_span key, const char *word)
{
    if (key.len != strlen(word))
        return false;
    for (size_t i = 0; i < key.len; i++) {
        char c = key.at[i];
        if ((c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c) != word[i])
            return false;
    }
    return true;
}

static void keep_first(lb_span *slot, lb_span value)
{
    if (slot->len == 0)
        *slot = value;
}

static void keep_pair(waybill *bill, lb_span key, lb_span value)
{
    if (value.len == 0)
        return;
    if (is_word(key, "WAYBILL") || is_word(key, "SHIPPINGNOTENUMBER"))
        keep_first(&bill->number, value);
    else if (is_word(key, "AWB"))
        keep_first(&bill->awb, value);
    else if (is_word(key, "PLATE") || is_word(key, "VEHICLENUMBER"))
        keep_first(&bill->plate, value);
    else if (is_word(key, "FROM"))
        keep_first(&bill->from, value);
    else if (is_word(key, "TO"))
        keep_first(&bill->to, value);
    else if (is_word(key, "TIME"))
        keep_first(&bill->time, value);
    else if ((is_word(key, "CONTAINER") || is_word(key, "CONTAINERNUMBER")) &&
             bill->container_count < CARGO_MAX)
        bill->containers[bill->container_count++] = value;
}

static void read_pairs(waybill *bill, lb_span text)
{
    lb_span line, pair;
    while (lb_span_cut(&text, '\n', &line))
        while (lb_span_cut(&line, ';', &pair)) {
            lb_span key;
            if (lb_span_cut(&pair, '=', &key))
                keep_pair(bill, lb_span_trim(key), lb_span_trim(pair));
        }
}

/* The text up to the closing quote. Empty when it has escapes, since no identifier has any. */
static lb_span cut_string(lb_span *rest)
{
    const char *begin = rest->at;
    bool has_escape = false;
    size_t i = 0;
    while (i < rest->len && rest->at[i] != '"') {
        has_escape = has_escape || rest->at[i] == '\\';
        i += rest->at[i] == '\\' ? 2 : 1;
    }
    i = i < rest->len ? i : rest->len;
    *rest = lb_span_after(*rest, i + 1);
    return has_escape ? LB_EMPTY : (lb_span){begin, i};
}

/* String members at any depth: "name" : "text". */
static void read_json(waybill *bill, lb_span text)
{
    lb_span before;
    while (lb_span_cut(&text, '"', &before) && text.len > 0) {
        lb_span key = cut_string(&text), rest = lb_span_trim(text);
        if (rest.len == 0 || rest.at[0] != ':')
            continue;
        rest = lb_span_trim(lb_span_after(rest, 1));
        if (rest.len == 0 || rest.at[0] != '"')
            continue;
        text = lb_span_after(rest, 1);
        keep_pair(bill, key, cut_string(&text));
    }
}

static bool is_readable(lb_span content)
{
    for (size_t i = 0; i < content.len; i++) {
        unsigned char c = (unsigned char)content.at[i];
        if ((c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7F)
            return false;
    }
    return content.len > 0;
}

static const char *read_content(waybill *bill, lb_span text)
{
    if (text.len == 0)
        return "binary";
    if (text.at[0] == '{' || text.at[0] == '[') {
        read_json(bill, text);
        return "json";
    }
    read_pairs(bill, text);
    bool has_pairs = bill->number.len + bill->awb.len + bill->plate.len + bill->container_count +
                         bill->from.len + bill->to.len >
                     0;
    return has_pairs ? "pairs" : "text";
}

/* -- events ----------------------------------------------------------------------------------- */

static void say_end(lb_place *place, lb_span value)
{
    bool is_code = value.len == 5;
    for (size_t i = 0; i < value.len; i++)
        is_code = is_code && ((value.at[i] >= 'A' && value.at[i] <= 'Z') ||
                              (value.at[i] >= '2' && value.at[i] <= '9'));
    if (is_code)
        place->locode = value;
    else
        place->name = value;
}

/* The goods are the subject; the waybill's number only when it names no goods. */
static void say_objects(lb_event *event, const waybill *bill)
{
    bool has_goods = bill->awb.len > 0 || bill->container_count > 0;
    lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONSIGNMENT, LB_SCHEME_AWB, bill->awb);
    for (size_t i = 0; i < bill->container_count; i++)
        lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_CONTAINER, LB_SCHEME_ISO6346,
                        bill->containers[i]);
    lb_event_object(event, has_goods ? LB_ROLE_OTHER : LB_ROLE_SUBJECT, LB_KIND_CONSIGNMENT,
                    LB_SCHEME_ADHOC, bill->number);
    lb_event_object(event, LB_ROLE_MEANS, LB_KIND_TRUCK, LB_SCHEME_PLATE, bill->plate);
    lb_event_reference(event, LB_SCHEME_AWB, bill->awb, LB_EMPTY);
    lb_event_reference(event, LB_SCHEME_ADHOC, bill->number, LB_EMPTY);
    say_end(&event->movement.from, bill->from);
    say_end(&event->movement.to, bill->to);
}

/* Returns the text of the time for the natural key. */
static lb_span say_time(const lb_808_message *message, lb_event *event, const waybill *bill)
{
    lb_civil civil;
    int64_t offset_min;
    lb_808_time_heard(message, event);
    if (bill->time.len == 0 || !lb_civil_iso(bill->time, &civil, &offset_min))
        return lb_sink_print(message->sink, "%lld", (long long)message->reading->received_us);
    event->occurred.utc_us = LB_UNKNOWN;
    lb_when_set(event, &event->occurred, &civil, offset_min, LB_PRECISION_SECOND, bill->time,
                message->reading->source, &event->movement.from);
    return bill->time;
}

static lb_event *begin(const lb_808_message *message, lb_event_type type, const waybill *bill)
{
    bool names_cargo = bill->awb.len + bill->number.len + bill->container_count > 0;
    lb_event *event =
        lb_808_say(message, type, "0701", names_cargo ? LB_ROLE_DEVICE : LB_ROLE_SUBJECT);
    say_objects(event, bill);
    lb_span time = say_time(message, event, bill);
    event->source_event_key =
        lb_sink_print(message->sink, "%.*s|0701|%s|%.*s|%.*s", LB_ARG(message->terminal),
                      lb_event_type_code(type), LB_ARG(bill->number), LB_ARG(time));
    return event;
}

static void put_on(lb_event *event, const lb_object *vehicle, lb_kind kind, lb_scheme scheme,
                   lb_span id)
{
    if (id.len == 0)
        return;
    lb_object cargo;
    lb_ident_object(event, &cargo, kind, scheme, id);
    lb_event_assoc(event, LB_ASSOC_ADD, vehicle, &cargo);
}

static void say_load(const lb_808_message *message, const waybill *bill)
{
    lb_event *event = begin(message, LB_EVENT_ASSO, bill);
    lb_object device = lb_808_device(message, event), vehicle = device;
    if (bill->plate.len > 0) {
        lb_ident_object(event, &vehicle, LB_KIND_TRUCK, LB_SCHEME_PLATE, bill->plate);
        lb_event_assoc(event, LB_ASSOC_ADD, &vehicle, &device);
    }
    for (size_t i = 0; i < bill->container_count; i++)
        put_on(event, &vehicle, LB_KIND_CONTAINER, LB_SCHEME_ISO6346, bill->containers[i]);
    put_on(event, &vehicle, LB_KIND_CONSIGNMENT, LB_SCHEME_AWB, bill->awb);
    put_on(event, &vehicle, LB_KIND_CONSIGNMENT, LB_SCHEME_ADHOC, bill->number);
}

static lb_span cut_text(lb_span text)
{
    size_t len = text.len < TEXT_MAX ? text.len : TEXT_MAX;
    while (len > 0 && len < text.len && ((unsigned char)text.at[len] & 0xC0) == 0x80)
        len--; /* not inside a character */
    return lb_span_first(text, len);
}

void lb_808_waybill(const lb_808_message *message)
{
    lb_pack pack = lb_pack_open(message->body);
    uint32_t declared = lb_pack_u32(&pack);
    lb_span length = lb_span_first(message->body, 4), content = lb_pack_rest(&pack);
    bool is_odd = declared != content.len;
    content = lb_pack_trim(lb_span_first(content, declared));

    waybill bill = {.container_count = 0};
    lb_span text =
        is_readable(content) ? lb_span_trim(lb_808_text(message, NULL, content)) : LB_EMPTY;
    const char *form = read_content(&bill, text);
    if (lb_808_is_nobodys_plate(bill.plate))
        bill.plate = LB_EMPTY;

    lb_event *event = begin(message, LB_EVENT_RECE, &bill);
    lb_event_raw(event, "JT808.0701", lb_span_of(form), cut_text(text));
    if (is_odd)
        lb_808_doubt(message, event, length, LB_DOUBT_COUNT_MISMATCH);
    if (bill.awb.len + bill.number.len + bill.container_count + bill.plate.len == 0) {
        lb_808_doubt(message, event, content, LB_DOUBT_CODE_UNMAPPED);
        return;
    }
    say_load(message, &bill);
}
