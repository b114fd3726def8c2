/* record_text.c - records as JSON, as canonical text, and back from JSON. */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

#include "landbridge/client/show.h"
#include "landbridge/client/time.h"
#include "record_rows.h"

/* -- a text that grows ----------------------------------------------------------------------------------- */

typedef struct writer {
    lb_arena *arena;
    char *at;
    size_t len, room;
    lb_text_visit *visit; /* when set, it gets the texts, and nothing is written */
    void *visitor;
} writer;

static void put(writer *out, const char *bytes, size_t len)
{
    if (out->room - out->len < len) {
        size_t room = (out->len + len) * 2 + 256;
        char *wider = lb_arena_alloc(out->arena, room);
        if (wider == NULL)
            return; /* sticky in the arena */
        if (out->len > 0)
            memcpy(wider, out->at, out->len);
        out->at = wider;
        out->room = room;
    }
    if (len > 0)
        memcpy(out->at + out->len, bytes, len);
    out->len += len;
}

static void put_string(writer *out, const char *text)
{
    put(out, text, strlen(text));
}

static void put_number(writer *out, int64_t number)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)number);
    put(out, digits, (size_t)len);
}

static void put_hex(writer *out, lb_span bytes)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.at[i];
        char two[2] = {digits[c >> 4], digits[c & 15]};
        put(out, two, 2);
    }
}

static lb_err finish(writer *out, lb_span *text)
{
    if (lb_arena_failed(out->arena))
        return LB_ERR_NO_MEMORY;
    *text = (lb_span){out->at, out->len};
    return LB_OK;
}

/* The name of an enumeration's value without its prefix. */
static const char *enum_name(const lb_row *row, int number)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(row->names, number);
    return value == NULL ? "UNSPECIFIED" : value->name + strlen(row->prefix);
}

static const lb_span *as_span(const char *member)
{
    return (const void *)member;
}

static int64_t as_number(const char *member)
{
    return *(const int64_t *)(const void *)member;
}

static int as_enum(const char *member)
{
    return *(const int *)(const void *)member;
}

static bool is_member_unknown(const lb_row *row, const char *member)
{
    const lb_row moved = {row->name, row->kind, 0, row->nested, row->names, row->prefix};
    const lb_record one = {.rows = &moved, .count = 1};
    return lb_record_is_unknown(&one, member);
}

/* -- JSON ------------------------------------------------------------------------------------------------- */

static void json_text(writer *out, lb_span text)
{
    char shown[LB_SHOW_ROOM];

    put(out, "\"", 1);
    while (text.len > 0) {
        size_t run = lb_show_run(text, LB_SHOW_JSON);
        put(out, text.at, run);
        text = lb_span_after(text, run);
        if (text.len > 0)
            put(out, shown, lb_show_next(&text, LB_SHOW_JSON, shown));
    }
    put(out, "\"", 1);
}

static void json_record(writer *out, const lb_record *record, const char *value);

static void json_bytes(writer *out, lb_span bytes)
{
    put(out, "\"", 1);
    put_hex(out, bytes);
    put(out, "\"", 1);
}

static void json_list(writer *out, const lb_row *row, const char *member)
{
    const lb_any_list *list = (const void *)member;
    const char *element = list->at;
    put(out, "[", 1);
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            put(out, ",", 1);
        if (row->kind == FIELD_TEXTS)
            json_text(out, ((const lb_text_list *)(const void *)member)->at[i]);
        else if (row->kind == FIELD_BLOBS)
            json_bytes(out, ((const lb_text_list *)(const void *)member)->at[i]);
        else if (row->kind == FIELD_ENUMS)
            json_text(out, lb_span_of(enum_name(row, ((const int *)list->at)[i])));
        else
            json_record(out, row->nested, element + i * row->nested->size);
    }
    put(out, "]", 1);
}

static void json_member(writer *out, const lb_row *row, const char *member)
{
    switch (row->kind) {
    case FIELD_TEXT:
        json_text(out, *as_span(member));
        return;
    case FIELD_BYTES:
        json_bytes(out, *as_span(member));
        return;
    case FIELD_INT:
    case FIELD_INT32:
        put_number(out, as_number(member));
        return;
    case FIELD_ENUM:
        json_text(out, lb_span_of(enum_name(row, as_enum(member))));
        return;
    case FIELD_BOOL:
        put_string(out, "true");
        return;
    case FIELD_NEST:
        json_record(out, row->nested, member);
        return;
    case FIELD_TEXTS:
    case FIELD_BLOBS:
    case FIELD_ENUMS:
    case FIELD_LIST:
        json_list(out, row, member);
        return;
    }
}

static void json_record(writer *out, const lb_record *record, const char *value)
{
    bool is_first = true;
    put(out, "{", 1);
    for (size_t i = 0; i < record->count; i++) {
        const lb_row *row = &record->rows[i];
        const char *member = value + row->ours;
        if (is_member_unknown(row, member))
            continue;
        if (!is_first)
            put(out, ",", 1);
        is_first = false;
        json_text(out, lb_span_of(row->name));
        put(out, ":", 1);
        json_member(out, row, member);
    }
    put(out, "}", 1);
}

lb_err lb_record_json(const lb_record *record, const void *value, lb_arena *arena, lb_span *json)
{
    writer out = {.arena = arena};
    json_record(&out, record, value);
    return finish(&out, json);
}

/* -- canonical text -------------------------------------------------------------------------------------- */

enum { PATH_ROOM = 200 };

static void text_record(writer *out, const lb_record *record, const char *value, const char *path);

static bool is_time(const lb_row *row)
{
    size_t len = strlen(row->name);
    return len > 3 && strcmp(row->name + len - 3, "_us") == 0 &&
           strcmp(row->name, "usual_gap_us") != 0;
}

static void text_flags(writer *out, int64_t flags)
{
    for (int bit = 0; bit < LB_DOUBTS; bit++)
        if (flags & LB_FLAG(bit)) {
            put(out, " ", 1);
            put_string(out, lb_doubt_name((lb_doubt_code)bit));
        }
}

static void text_value(writer *out, const lb_row *row, const char *member)
{
    char time[LB_TIME_ROOM];
    switch (row->kind) {
    case FIELD_TEXT:
        json_text(out, *as_span(member));
        break;
    case FIELD_BYTES:
        put_hex(out, *as_span(member));
        break;
    case FIELD_ENUM:
        put_string(out, enum_name(row, as_enum(member)));
        break;
    case FIELD_BOOL:
        put_string(out, "yes");
        break;
    default:
        if (is_time(row)) {
            lb_time_print(time, sizeof time, as_number(member), 0);
            put_string(out, time);
        } else {
            put_number(out, as_number(member));
        }
        if (strcmp(row->name, "quality_flags") == 0)
            text_flags(out, as_number(member));
    }
}

static void text_line(writer *out, const char *path, const lb_row *row, const char *member)
{
    if (out->visit != NULL) {
        if (row->kind == FIELD_TEXT)
            out->visit(out->visitor, path, *as_span(member));
        return;
    }
    put_string(out, "  ");
    put_string(out, path);
    put_string(out, " = ");
    text_value(out, row, member);
    put(out, "\n", 1);
}

/* An element of a list that is no struct, as a row of its own. */
static lb_row single_row(const lb_row *list)
{
    lb_row one = *list;

    one.kind = list->kind == FIELD_TEXTS   ? FIELD_TEXT
               : list->kind == FIELD_ENUMS ? FIELD_ENUM
                                           : FIELD_BYTES;
    one.ours = 0;
    return one;
}

static void text_list(writer *out, const lb_row *row, const char *member, const char *path)
{
    const lb_any_list *list = (const void *)member;
    for (size_t i = 0; i < list->count; i++) {
        char one[PATH_ROOM];
        snprintf(one, sizeof one, "%s[%zu]", path, i);
        if (row->kind == FIELD_LIST) {
            text_record(out, row->nested, (const char *)list->at + i * row->nested->size, one);
        } else {
            const lb_row single = single_row(row);
            size_t size = row->kind == FIELD_ENUMS ? sizeof(int) : sizeof(lb_span);
            text_line(out, one, &single, (const char *)list->at + i * size);
        }
    }
}

static void text_record(writer *out, const lb_record *record, const char *value, const char *path)
{
    for (size_t i = 0; i < record->count; i++) {
        const lb_row *row = &record->rows[i];
        const char *member = value + row->ours;
        char full[PATH_ROOM];
        if (is_member_unknown(row, member))
            continue;
        snprintf(full, sizeof full, "%s%s%s", path, path[0] == '\0' ? "" : ".", row->name);
        if (row->kind == FIELD_NEST)
            text_record(out, row->nested, member, full);
        else if (row->kind == FIELD_LIST || row->kind == FIELD_TEXTS || row->kind == FIELD_BLOBS ||
                 row->kind == FIELD_ENUMS)
            text_list(out, row, member, full);
        else
            text_line(out, full, row, member);
    }
}

lb_err lb_record_text(const lb_record *record, const void *value, lb_arena *arena, lb_span *text)
{
    writer out = {.arena = arena};
    put(&out, text->at == NULL ? "" : text->at, text->len);
    text_record(&out, record, value, "");
    return finish(&out, text);
}

void lb_record_each_text(const lb_record *record, const void *value, lb_text_visit *visit,
                         void *visitor)
{
    writer out = {.visit = visit, .visitor = visitor};
    text_record(&out, record, value, "");
}

/* -- from JSON ------------------------------------------------------------------------------------------- */

typedef struct parse {
    lb_arena *arena;
    char path[PATH_ROOM]; /* of the first error */
    bool is_wrong;
} parse;

static bool wrong(parse *in, const char *path, const char *what)
{
    if (!in->is_wrong)
        snprintf(in->path, sizeof in->path, "%.150s: %s", path, what);
    in->is_wrong = true;
    return false;
}

static bool from_record(parse *in, const lb_record *record, const json_t *json, char *value,
                        const char *path);

static bool from_text(parse *in, const json_t *json, lb_span *text, const char *path)
{
    if (!json_is_string(json))
        return wrong(in, path, "not a text");
    *text = lb_arena_copy(in->arena, (lb_span){json_string_value(json), json_string_length(json)});
    return lb_utf8_is_valid(*text) || wrong(in, path, "not UTF-8");
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool from_bytes(parse *in, const json_t *json, lb_span *bytes, const char *path)
{
    lb_span hex = {json_string_value(json), json_string_length(json)};
    if (!json_is_string(json) || hex.len % 2 != 0)
        return wrong(in, path, "not bytes in hex");
    char *at = lb_arena_alloc(in->arena, hex.len / 2 + 1);
    for (size_t i = 0; at != NULL && i < hex.len; i += 2) {
        int high = nibble(hex.at[i]), low = nibble(hex.at[i + 1]);
        if (high < 0 || low < 0)
            return wrong(in, path, "not bytes in hex");
        at[i / 2] = (char)(high << 4 | low);
    }
    *bytes = (lb_span){at, at == NULL ? 0 : hex.len / 2};
    return true;
}

/* A number; a time may be RFC 3339 text as well. */
static bool from_number(parse *in, const lb_row *row, const json_t *json, int64_t *number,
                        const char *path)
{
    if (is_time(row) && json_is_string(json))
        return lb_time_read(lb_span_of(json_string_value(json)), number) ||
               wrong(in, path, "not a time with zone, as in 2026-03-12T09:15:00+08:00");
    if (!json_is_integer(json))
        return wrong(in, path, "not a whole number");
    *number = json_integer_value(json);
    if (row->kind == FIELD_INT32 && (*number > INT32_MAX || *number < INT32_MIN))
        return wrong(in, path, "too large");
    return *number != LB_UNKNOWN || wrong(in, path, "too large");
}

static bool from_enum(parse *in, const lb_row *row, const json_t *json, int *number,
                      const char *path)
{
    char name[80];
    if (json_is_integer(json)) {
        *number = (int)json_integer_value(json);
        return protobuf_c_enum_descriptor_get_value(row->names, *number) != NULL ||
               wrong(in, path, "no such number");
    }
    if (!json_is_string(json))
        return wrong(in, path, "not a name");
    const char *given = json_string_value(json);
    bool has_prefix = strncmp(given, row->prefix, strlen(row->prefix)) == 0;
    snprintf(name, sizeof name, "%s%s", has_prefix ? "" : row->prefix, given);
    const ProtobufCEnumValue *found =
        protobuf_c_enum_descriptor_get_value_by_name(row->names, name);
    if (found == NULL)
        return wrong(in, path, "no such name");
    *number = found->value;
    return true;
}

static bool from_list(parse *in, const lb_row *row, const json_t *json, char *member,
                      const char *path)
{
    size_t count = json_array_size(json);
    size_t size = row->kind == FIELD_LIST    ? row->nested->size
                  : row->kind == FIELD_ENUMS ? sizeof(int)
                                             : sizeof(lb_span);
    if (!json_is_array(json))
        return wrong(in, path, "not a list");
    if (count == 0)
        return true;
    char *at = lb_arena_zero(in->arena, count * size);
    if (at == NULL)
        return wrong(in, path, "no memory left");
    *(lb_any_list *)(void *)member = (lb_any_list){at, count, count};
    for (size_t i = 0; i < count; i++) {
        char one[PATH_ROOM];
        const json_t *element = json_array_get(json, i);
        snprintf(one, sizeof one, "%.150s[%zu]", path, i);
        bool is_fine = row->kind == FIELD_LIST
                           ? from_record(in, row->nested, element, at + i * size, one)
                       : row->kind == FIELD_ENUMS
                           ? from_enum(in, row, element, (int *)(void *)(at + i * size), one)
                       : row->kind == FIELD_BLOBS
                           ? from_bytes(in, element, (lb_span *)(void *)(at + i * size), one)
                           : from_text(in, element, (lb_span *)(void *)(at + i * size), one);
        if (!is_fine)
            return false;
    }
    return true;
}

static bool from_member(parse *in, const lb_row *row, const json_t *json, char *member,
                        const char *path)
{
    if (json_is_null(json))
        return true; /* absent */
    switch (row->kind) {
    case FIELD_TEXT:
        return from_text(in, json, (lb_span *)(void *)member, path);
    case FIELD_BYTES:
        return from_bytes(in, json, (lb_span *)(void *)member, path);
    case FIELD_INT:
    case FIELD_INT32:
        return from_number(in, row, json, (int64_t *)(void *)member, path);
    case FIELD_ENUM:
        return from_enum(in, row, json, (int *)(void *)member, path);
    case FIELD_BOOL:
        *(bool *)member = json_is_true(json);
        return json_is_boolean(json) || wrong(in, path, "neither true nor false");
    case FIELD_NEST:
        return from_record(in, row->nested, json, member, path);
    case FIELD_TEXTS:
    case FIELD_BLOBS:
    case FIELD_ENUMS:
    case FIELD_LIST:
        return from_list(in, row, json, member, path);
    }
    return false;
}

static const lb_row *find_row(const lb_record *record, const char *name)
{
    for (size_t i = 0; i < record->count; i++)
        if (strcmp(record->rows[i].name, name) == 0)
            return &record->rows[i];
    return NULL;
}

static bool from_record(parse *in, const lb_record *record, const json_t *json, char *value,
                        const char *path)
{
    lb_record_init(record, value);
    if (!json_is_object(json))
        return wrong(in, path, "not an object");
    const char *name;
    json_t *element;
    json_object_foreach((json_t *)(uintptr_t)json, name, element)
    {
        char full[PATH_ROOM];
        const lb_row *row = find_row(record, name);
        snprintf(full, sizeof full, "%.100s%s%.80s", path, path[0] == '\0' ? "" : ".", name);
        if (row == NULL)
            return wrong(in, full, "unknown name");
        if (!from_member(in, row, element, value + row->ours, full))
            return false;
    }
    return true;
}

lb_err lb_record_from_json(const lb_record *record, lb_span json, lb_arena *arena, void *value,
                           lb_span *where, int64_t *offset)
{
    json_error_t error;
    parse in = {.arena = arena};
    *offset = 0;
    *where = LB_EMPTY;
    json_t *root =
        json_loadb(json.at == NULL ? "" : json.at, json.len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        lb_record_init(record, value);
        *offset = error.position < 0 ? 0 : error.position;
        *where = lb_arena_print(arena, "line %d: %s", error.line, error.text);
        if (!lb_utf8_is_valid(*where))
            *where = LB_SPAN("not JSON");
        return LB_ERR_GARBLED;
    }
    bool is_fine = from_record(&in, record, root, value, "");
    json_decref(root);
    if (lb_arena_failed(arena))
        return LB_ERR_NO_MEMORY;
    if (is_fine)
        return LB_OK;
    *where = lb_arena_copy(arena, lb_span_of(in.path));
    lb_record_init(record, value);
    return LB_ERR_GARBLED;
}
