/* record_wire.c - plain structs <-> protobuf bytes, directly from the tables.
 *
 *     row 10 of event_rows  <->  descriptor->fields[10]: number, type, members of its enumeration
 *
 * protobuf-c's descriptors name the fields; the bytes are written and read here, without its structs in
 * between: converting to these took more than half of the hub's time for a message.
 * tests/unit/test_record.c compares every byte with protobuf-c's. */
#include "record_rows.h"

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };
enum { VARINT_MAX_BYTES = 10, TAG_MAX_BYTES = 5, LEAST_ROOM = 256 };

/* -- out ------------------------------------------------------------------------------------------------ */

typedef struct wire_writer {
    lb_arena *arena;
    char *at;
    size_t len, room;
    bool failed;
} wire_writer;

/* Makes room for `more` bytes; later writes of so many need no check. */
static bool need(wire_writer *out, size_t more)
{
    if (out->room - out->len >= more)
        return true;
    if (out->failed)
        return false;
    size_t room = out->room * 2 + more;
    char *wider = lb_arena_alloc(out->arena, room);
    if (wider == NULL) {
        out->failed = true;
        return false;
    }
    memcpy(wider, out->at, out->len);
    out->at = wider;
    out->room = room;
    return true;
}

static void put_varint(wire_writer *out, uint64_t value)
{
    while (value >= 0x80) {
        out->at[out->len++] = (char)(unsigned char)(value | 0x80);
        value >>= 7;
    }
    out->at[out->len++] = (char)(unsigned char)value;
}

static bool put_number(wire_writer *out, uint32_t field, uint64_t value)
{
    if (!need(out, TAG_MAX_BYTES + VARINT_MAX_BYTES))
        return false;
    put_varint(out, (uint64_t)field << 3 | WIRE_VARINT);
    put_varint(out, value);
    return true;
}

static bool put_bytes(wire_writer *out, uint32_t field, lb_span bytes)
{
    if (!need(out, TAG_MAX_BYTES + VARINT_MAX_BYTES + bytes.len))
        return false;
    put_varint(out, (uint64_t)field << 3 | WIRE_BYTES);
    put_varint(out, bytes.len);
    if (bytes.len > 0)
        memcpy(out->at + out->len, bytes.at, bytes.len);
    out->len += bytes.len;
    return true;
}

/* The wire format allows only UTF-8: other bytes become '?'. */
static void put_text(wire_writer *out, uint32_t field, lb_span text)
{
    if (!put_bytes(out, field, text) || lb_utf8_is_valid(text))
        return;
    char *copy = out->at + out->len - text.len;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)copy[i] >= 0x80 || copy[i] == '\0')
            copy[i] = '?';
}

static uint64_t number_for_wire(const ProtobufCFieldDescriptor *field, int64_t number)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SINT64:
        return (uint64_t)number << 1 ^ (number < 0 ? UINT64_MAX : 0);
    case PROTOBUF_C_TYPE_UINT32:
        return (uint32_t)number;
    default:
        return (uint64_t)number;
    }
}

static void put_struct(wire_writer *out, const lb_record *record, const char *value);

/* Reserves one byte for the length; a longer message is moved. */
static void put_nested(wire_writer *out, uint32_t field, const lb_record *record, const char *value,
                       bool is_needed)
{
    size_t before = out->len;
    if (!need(out, TAG_MAX_BYTES + VARINT_MAX_BYTES))
        return;
    put_varint(out, (uint64_t)field << 3 | WIRE_BYTES);
    size_t length_at = out->len++;
    put_struct(out, record, value);

    size_t len = out->len - length_at - 1;
    if (len == 0 && !is_needed) { /* all of it unknown: absent */
        out->len = before;
        return;
    }
    if (len >= 0x80) {
        if (!need(out, VARINT_MAX_BYTES))
            return;
        size_t bytes = 1;
        for (size_t rest = len; rest >= 0x80; rest >>= 7)
            bytes++;
        memmove(out->at + length_at + bytes, out->at + length_at + 1, len);
    }
    out->len = length_at;
    put_varint(out, len);
    out->len += len;
}

static void put_list(wire_writer *out, uint32_t field, const lb_row *row, const char *member)
{
    const lb_any_list *list = (const void *)member;
    const char *element = list->at;
    for (size_t i = 0; i < list->count; i++, element += row->nested->size)
        put_nested(out, field, row->nested, element, true);
}

static void put_enums(wire_writer *out, uint32_t field, const char *member)
{
    const lb_any_list *list = (const void *)member;
    const int *values = list->at;
    for (size_t i = 0; i < list->count; i++)
        put_number(out, field, (uint64_t)(int64_t)values[i]);
}

static void put_texts(wire_writer *out, uint32_t field, const lb_row *row, const char *member)
{
    const lb_text_list *list = (const void *)member;
    for (size_t i = 0; i < list->count; i++)
        if (row->kind == FIELD_TEXTS)
            put_text(out, field, list->at[i]);
        else
            put_bytes(out, field, list->at[i]);
}

static void put_row(wire_writer *out, const lb_row *row, const ProtobufCFieldDescriptor *field,
                    const char *member)
{
    switch (row->kind) {
    case FIELD_TEXT:
        if (((const lb_span *)(const void *)member)->len > 0)
            put_text(out, field->id, *(const lb_span *)(const void *)member);
        return;
    case FIELD_BYTES:
        if (((const lb_span *)(const void *)member)->len > 0)
            put_bytes(out, field->id, *(const lb_span *)(const void *)member);
        return;
    case FIELD_INT:
    case FIELD_INT32: {
        int64_t number = *(const int64_t *)(const void *)member;
        if (number != LB_UNKNOWN)
            put_number(out, field->id,
                       number_for_wire(field, row->kind == FIELD_INT ? number : (int32_t)number));
        return;
    }
    case FIELD_ENUM:
        if (*(const int *)(const void *)member != 0)
            put_number(out, field->id, (uint64_t)(int64_t) * (const int *)(const void *)member);
        return;
    case FIELD_BOOL:
        if (*(const bool *)member)
            put_number(out, field->id, 1);
        return;
    case FIELD_NEST:
        if (!lb_record_is_untouched(row->nested, member))
            put_nested(out, field->id, row->nested, member, false);
        return;
    case FIELD_TEXTS:
    case FIELD_BLOBS:
        put_texts(out, field->id, row, member);
        return;
    case FIELD_ENUMS:
        put_enums(out, field->id, member);
        return;
    case FIELD_LIST:
        put_list(out, field->id, row, member);
        return;
    }
}

static void put_struct(wire_writer *out, const lb_record *record, const char *value)
{
    for (size_t i = 0; i < record->count && !out->failed; i++)
        put_row(out, &record->rows[i], &record->descriptor->fields[i],
                value + record->rows[i].ours);
}

lb_err lb_record_pack(const lb_record *record, const void *value, lb_arena *arena, lb_span *bytes)
{
    size_t rest = lb_arena_rest(arena);
    size_t room = rest < LEAST_ROOM ? LEAST_ROOM : rest; /* the unused rest is given back */
    wire_writer out = {.arena = arena, .room = room, .at = lb_arena_alloc(arena, room)};
    if (out.at == NULL)
        return LB_ERR_NO_MEMORY;
    put_struct(&out, record, value);
    if (out.failed || lb_arena_failed(arena))
        return LB_ERR_NO_MEMORY;
    lb_arena_cut(arena, out.at, out.len);
    *bytes = (lb_span){out.at, out.len};
    return LB_OK;
}

/* Numbers of the fields that the hub adds, as in event.proto. `prov` comes a second time:
 * protobuf merges a message field that comes twice. */
enum {
    EVENT_ID = 1,
    RECEIVED_AT_US = 22,
    PROV = 30,
    QUALITY_FLAGS = 60,
    COVER = 62,
    PROV_RAW_SHA256 = 10,
    PROV_REVISION = 12
};

static void put_hubs_own(wire_writer *out, const lb_event *event)
{
    size_t sha256_len = event->prov.raw_sha256.len;

    put_bytes(out, EVENT_ID, event->event_id);
    if (event->received_at_us != LB_UNKNOWN)
        put_number(out, RECEIVED_AT_US, (uint64_t)event->received_at_us);
    if (lb_event_is_foreign(
            /* set after the event was finished; of a field that comes twice the later value
             * holds */
            event))
        put_number(out, QUALITY_FLAGS, (uint64_t)event->quality_flags);
    if (event->cover.things.len > 0)
        put_nested(out, COVER, &lb_record_cover, (const char *)&event->cover, false);
    if (!need(out, 2 * (TAG_MAX_BYTES + VARINT_MAX_BYTES)))
        return;
    put_varint(out, PROV << 3 | WIRE_BYTES);
    size_t length_at = out->len++;
    if (sha256_len > 0 && sha256_len < 64)
        put_bytes(out, PROV_RAW_SHA256, event->prov.raw_sha256);
    if (event->prov.adapter_revision != LB_UNKNOWN)
        put_number(out, PROV_REVISION, (uint64_t)event->prov.adapter_revision);
    out->at[length_at] = (char)(out->len - length_at - 1); /* far below 128 */
}

lb_err lb_event_pack(const lb_event *event, lb_arena *arena, lb_span *bytes)
{
    if (event->said.len == 0)
        return lb_record_pack(&lb_record_event, event, arena, bytes);

    size_t room = event->said.len + LEAST_ROOM;
    wire_writer out = {.arena = arena, .room = room, .at = lb_arena_alloc(arena, room)};
    if (out.at == NULL)
        return LB_ERR_NO_MEMORY;
    memcpy(out.at, event->said.at, event->said.len);
    out.len = event->said.len;
    put_hubs_own(&out, event);
    if (out.failed)
        return LB_ERR_NO_MEMORY;
    lb_arena_cut(arena, out.at, out.len);
    *bytes = (lb_span){out.at, out.len};
    return LB_OK;
}

/* -- in ------------------------------------------------------------------------------------------------- */

typedef struct wire_field {
    uint32_t number;
    unsigned wire;
    uint64_t value; /* VARINT */
    lb_span bytes;  /* BYTES */
} wire_field;

static bool get_varint(lb_span *rest, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < rest->len && i < VARINT_MAX_BYTES; i++) {
        unsigned char byte = (unsigned char)rest->at[i];
        *value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *rest = lb_span_after(*rest, i + 1);
            return true;
        }
    }
    return false;
}

/* Reads one field with its value; false when the bytes are no protobuf (groups are not used). */
static bool get_field(lb_span *rest, wire_field *field)
{
    uint64_t tag, len;
    if (!get_varint(rest, &tag) || tag >> 3 == 0 || tag >> 3 > UINT32_MAX >> 3)
        return false;
    field->number = (uint32_t)(tag >> 3);
    field->wire = (unsigned)tag & 7;
    switch (field->wire) {
    case WIRE_VARINT:
        return get_varint(rest, &field->value);
    case WIRE_BYTES:
        if (!get_varint(rest, &len))
            return false;
        break;
    case WIRE_64:
        len = 8;
        break;
    case WIRE_32:
        len = 4;
        break;
    default:
        return false;
    }
    if (len > rest->len)
        return false;
    field->bytes = lb_span_first(*rest, (size_t)len);
    *rest = lb_span_after(*rest, (size_t)len);
    return true;
}

/* Counts the occurrences of the field from here on, this one included, so that the list is
 * allocated once. */
static size_t count_field(lb_span rest, uint32_t number)
{
    size_t count = 1;
    for (wire_field field; rest.len > 0 && get_field(&rest, &field);)
        count += field.number == number;
    return count;
}

/* A new element at the end of the list; NULL when memory is used up. */
static void *add_element(lb_any_list *list, size_t size, lb_span rest, uint32_t number,
                         lb_arena *arena)
{
    if (list->room == 0) {
        list->room = count_field(rest, number);
        list->at = lb_arena_alloc(arena, list->room * size);
        if (list->at == NULL)
            list->room = 0;
    }
    if (list->room == 0)
        return NULL;
    return (char *)list->at + list->count++ * size;
}

static int64_t number_from_wire(const ProtobufCFieldDescriptor *field, uint64_t value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_SINT32:
        return (int32_t)((uint32_t)value >> 1 ^ (0 - ((uint32_t)value & 1)));
    case PROTOBUF_C_TYPE_SINT64:
        return (int64_t)(value >> 1 ^ (0 - (value & 1)));
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_UINT32:
        return (int32_t)value;
    default:
        return (int64_t)value;
    }
}

static bool get_struct(const lb_record *record, lb_span bytes, lb_arena *arena, char *value,
                       int depth);

/* A member that is not known here is UNSPECIFIED. */
static int member_from_wire(const lb_row *row, uint64_t value)
{
    int number = (int)(int32_t)value;

    return protobuf_c_enum_descriptor_get_value(row->names, number) != NULL ? number : 0;
}

static bool add_member(const lb_row *row, uint64_t value, lb_arena *arena, char *member)
{
    lb_any_list *list = (void *)member;

    if (!lb_arena_grow(arena, list, sizeof(int)))
        return false;
    ((int *)list->at)[list->count++] = member_from_wire(row, value);
    return true;
}

/* All members in one field: other writers may pack them so (protobuf's encoding, "packed repeated fields"). */
static bool add_packed_members(const lb_row *row, lb_span bytes, lb_arena *arena, char *member)
{
    uint64_t value;

    while (bytes.len > 0)
        if (!get_varint(&bytes, &value) || !add_member(row, value, arena, member))
            return false;
    return true;
}

static bool take_number(const lb_row *row, const ProtobufCFieldDescriptor *field, uint64_t value,
                        lb_arena *arena, char *member)
{
    switch (row->kind) {
    case FIELD_INT:
    case FIELD_INT32:
        *(int64_t *)(void *)member = number_from_wire(field, value);
        return true;
    case FIELD_ENUM:
        *(int *)(void *)member = member_from_wire(row, value);
        return true;
    case FIELD_ENUMS:
        return add_member(row, value, arena, member);
    case FIELD_BOOL:
        *(bool *)member = value != 0;
        return true;
    default:
        return false;
    }
}

/* `rest` is the bytes behind the field: lists count their further elements there. */
static bool take_bytes(const lb_row *row, const wire_field *field, lb_span rest, lb_arena *arena,
                       char *member, int depth)
{
    switch (row->kind) {
    case FIELD_TEXT:
        *(lb_span *)(void *)member = field->bytes;
        return lb_utf8_is_valid(field->bytes);
    case FIELD_BYTES:
        *(lb_span *)(void *)member = field->bytes;
        return true;
    case FIELD_TEXTS:
    case FIELD_BLOBS: {
        lb_span *text =
            add_element((lb_any_list *)(void *)member, sizeof *text, rest, field->number, arena);
        if (text == NULL)
            return false;
        *text = field->bytes;
        return row->kind == FIELD_BLOBS || lb_utf8_is_valid(*text);
    }
    case FIELD_ENUMS:
        return add_packed_members(row, field->bytes, arena, member);
    case FIELD_NEST: /* a nested field that comes twice is merged */
        return get_struct(row->nested, field->bytes, arena, member, depth + 1);
    case FIELD_LIST: {
        char *element = add_element((lb_any_list *)(void *)member, row->nested->size, rest,
                                    field->number, arena);
        if (element == NULL)
            return false;
        lb_record_init(row->nested, element);
        return get_struct(row->nested, field->bytes, arena, element, depth + 1);
    }
    default:
        return false;
    }
}

/* The row of a field number, searched from `hint` on, since fields mostly come in order. */
static size_t find_row(const lb_record *record, uint32_t number, size_t hint)
{
    const ProtobufCFieldDescriptor *fields = record->descriptor->fields;
    for (size_t i = hint; i < record->count && fields[i].id <= number; i++)
        if (fields[i].id == number)
            return i;
    for (size_t i = 0; i < hint; i++)
        if (fields[i].id == number)
            return i;
    return record->count;
}

static bool get_struct(const lb_record *record, lb_span bytes, lb_arena *arena, char *value,
                       int depth)
{
    size_t hint = 0;
    if (depth > LB_RECORD_MAX_DEPTH)
        return false;
    while (bytes.len > 0) {
        wire_field field;
        if (!get_field(&bytes, &field))
            return false;
        size_t i = find_row(record, field.number, hint);
        if (i == record->count)
            continue; /* a field of a later revision */
        hint = i;
        const lb_row *row = &record->rows[i];
        bool is_taken = false;
        if (field.wire == WIRE_VARINT)
            is_taken = take_number(row, &record->descriptor->fields[i], field.value, arena,
                                   value + row->ours);
        else if (field.wire == WIRE_BYTES)
            is_taken = take_bytes(row, &field, bytes, arena, value + row->ours, depth);
        if (!is_taken)
            return false;
    }
    return true;
}

lb_err lb_record_unpack(const lb_record *record, lb_span bytes, lb_arena *arena, void *value)
{
    lb_span copy = lb_arena_copy(arena, bytes);

    if (copy.len == bytes.len)
        return lb_record_unpack_lent(record, copy, arena, value);
    lb_record_init(record, value);
    return LB_ERR_NO_MEMORY;
}

lb_err lb_record_unpack_lent(const lb_record *record, lb_span bytes, lb_arena *arena, void *value)
{
    lb_record_init(record, value);
    if (get_struct(record, bytes, arena, value, 1))
        return LB_OK;
    lb_record_init(record, value);
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : LB_ERR_GARBLED;
}

lb_span lb_record_peek(lb_span bytes, uint32_t number)
{
    lb_span found = LB_EMPTY;
    wire_field field;

    while (bytes.len > 0) {
        if (!get_field(&bytes, &field))
            return LB_EMPTY;
        if (field.number == number && field.wire == WIRE_BYTES)
            found = field.bytes;
    }
    return found;
}
