/* stamp.c - the bytes of an event, as stored in the journal and as sent.
 *
 *     field 2  hub_seq         varint   tag 0x10
 *     field 6  hub_epoch       varint   tag 0x30
 *     field 23 recorded_at_us  varint   tag 0xb8 0x01
 *
 * Field numbers as in event.proto. */
#include "base/stamp.h"

#include <stdio.h>

#include "landbridge/client/event.h"

enum {
    FIELD_HUB_SEQ = 2,
    FIELD_HUB_EPOCH = 6,
    FIELD_FAMILY = 10,
    FIELD_TYPE = 11,
    FIELD_MODE = 13,
    FIELD_RECORDED = 23
};
enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

static size_t put_varint(char *out, uint64_t value)
{
    size_t len = 0;

    while (value >= 0x80) {
        out[len++] = (char)(uint8_t)(value | 0x80);
        value >>= 7;
    }
    out[len++] = (char)(uint8_t)value;
    return len;
}

static size_t put_field(char *out, unsigned field, int64_t value)
{
    size_t len = put_varint(out, (uint64_t)field << 3 | WIRE_VARINT);

    return len + put_varint(out + len, (uint64_t)value);
}

size_t lb_stamp_print(char *out, const lb_stamp_facts *facts)
{
    size_t len = put_field(out, FIELD_HUB_SEQ, facts->hub_seq);

    len += put_field(out + len, FIELD_HUB_EPOCH, facts->hub_epoch);
    return len + put_field(out + len, FIELD_RECORDED, facts->recorded_us);
}

lb_span lb_stamp(lb_arena *arena, lb_span event, const lb_stamp_facts *facts)
{
    char *at = lb_arena_alloc(arena, event.len + LB_STAMP_ROOM);

    if (at == NULL)
        return LB_EMPTY;
    memcpy(at, event.at, event.len);
    return (lb_span){at, event.len + lb_stamp_print(at + event.len, facts)};
}

static bool get_varint(lb_span *rest, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && rest->len > 0; shift += 7) {
        uint8_t byte = (uint8_t)rest->at[0];
        *rest = lb_span_after(*rest, 1);
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* Skips the value of one field; a varint is put in *value. */
static bool step_over(lb_span *rest, unsigned wire, uint64_t *value)
{
    size_t len = wire == WIRE_64 ? 8 : 4;

    if (wire == WIRE_VARINT)
        return get_varint(rest, value);
    if (wire == WIRE_BYTES) {
        uint64_t bytes;
        if (!get_varint(rest, &bytes) || bytes > rest->len)
            return false;
        len = (size_t)bytes;
    } else if (wire != WIRE_64 && wire != WIRE_32) {
        return false;
    }
    if (len > rest->len)
        return false;
    *rest = lb_span_after(*rest, len);
    return true;
}

size_t lb_stamp_topic(char *out, size_t room, lb_span event)
{
    uint64_t tag, value = 0, family = 0, type = 0, mode = 0;

    for (lb_span rest = event; rest.len > 0;) {
        if (!get_varint(&rest, &tag) || !step_over(&rest, (unsigned)tag & 7, &value))
            break;
        if (tag >> 3 == FIELD_FAMILY)
            family = value;
        else if (tag >> 3 == FIELD_TYPE)
            type = value;
        else if (tag >> 3 == FIELD_MODE)
            mode = value;
        if (tag >> 3 >= FIELD_MODE) /* fields are packed in the order of their numbers */
            break;
    }
    int printed =
        snprintf(out, room, "e/%s/%s/%s/", lb_mode_name((lb_mode)mode),
                 lb_family_name((lb_family)family), lb_event_type_code((lb_event_type)type));
    size_t len = printed < 0 ? 0 : (size_t)printed < room ? (size_t)printed : room - 1;
    for (size_t i = 0; i < len; i++)
        if (out[i] >= 'A' && out[i] <= 'Z')
            out[i] = (char)(out[i] - 'A' + 'a');
    return len;
}
