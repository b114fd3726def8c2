/* table.c - reads a table of repeatable elements and writes messages by it. */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- reading -------------------------------------------------------------------------------------- */

static char *slurp(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(size + 1);
    text[fread(text, 1, size, file)] = '\0';
    fclose(file);
    return text;
}

static void copy_word(char *out, size_t room, lb_span word)
{
    snprintf(out, room, "%.*s", LB_ARG(lb_span_trim(word)));
}

/* "cap = 1000 LB_EVENT_LINES", "frame = 808:0704" */
static bool read_setting(element *one, lb_span line)
{
    lb_span name;
    if (!lb_span_cut(&line, '=', &name))
        return false;
    name = lb_span_trim(name);
    line = lb_span_trim(line);
    if (lb_span_is(name, "frame")) {
        copy_word(one->frame, sizeof one->frame, line);
        return true;
    }
    lb_span digits;
    int64_t cap;
    if (!lb_span_is(name, "cap") || !lb_span_cut(&line, ' ', &digits) ||
        !lb_span_number(digits, &cap) || cap < 1)
        return false;
    one->cap = (size_t)cap;
    copy_word(one->limit, sizeof one->limit, line);
    return true;
}

/* "{*", "{,*" or "{99*": how long it is; 0: none. */
static size_t lead_of(lb_span text)
{
    size_t len = 1;
    if (text.len < 2 || text.at[0] != '{')
        return 0;
    if (text.at[1] == ',')
        len = 2;
    else
        while (len < text.len && text.at[len] >= '0' && text.at[len] <= '9')
            len++;
    return len < text.len && text.at[len] == '*' ? len + 1 : 0;
}

static bool starts_repetition(lb_span text)
{
    return lead_of(text) > 0;
}

static bool is_fixed(lb_span text)
{
    return text.at[1] >= '0' && text.at[1] <= '9';
}

/* The depth of its repetitions, not counting those of a fixed number, which contain no others; 0
 * when they do not close. */
static size_t depth_of(lb_span body)
{
    size_t open = 0, deepest = 0;
    bool in_fixed = false;
    for (; body.len > 0; body = lb_span_after(body, 1)) {
        if (starts_repetition(body) && is_fixed(body))
            in_fixed = true;
        else if (starts_repetition(body))
            open++;
        else if (lb_span_starts(body, "*}") && in_fixed)
            in_fixed = false;
        else if (lb_span_starts(body, "*}") && open-- == 0)
            return 0;
        deepest = open > deepest ? open : deepest;
    }
    return open == 0 ? deepest : 0;
}

/* One element: its words, settings up to an empty line, and its message. */
static bool read_element(element *one, lb_span text)
{
    lb_span line;
    lb_span_cut(&text, '\n', &line);
    copy_word(one->words, sizeof one->words, line);
    one->cap = SIZE_MAX;
    while (lb_span_cut(&text, '\n', &line) && line.len > 0)
        if (!read_setting(one, line))
            return false;
    while (text.len > 0 && text.at[text.len - 1] == '\n')
        text.len--;
    one->body = text;
    size_t depth = depth_of(text);
    one->is_nested = depth == 2;
    return depth == 1 || depth == 2;
}

static const char *next_element(const char *from)
{
    const char *at = strstr(from, "\n@ ");
    return at == NULL ? NULL : at + 3;
}

bool table_load(table *out, const char *adapter)
{
    char path[512];
    *out = (table){0};
    snprintf(path, sizeof path, "%s/tests/growth/%s.txt", LB_SOURCE_DIR, adapter);
    out->text = slurp(path);
    const char *at = out->text == NULL ? NULL : next_element(out->text);
    while (at != NULL && out->count < TABLE_ELEMENTS) {
        const char *behind = next_element(at);
        lb_span text = {at, behind == NULL ? strlen(at) : (size_t)(behind - 2 - at)};
        if (!read_element(&out->at[out->count++], text)) {
            fprintf(stderr, "%s: element %zu is odd\n", path, out->count);
            return false;
        }
        at = behind;
    }
    if (out->count == 0)
        fprintf(stderr, "%s: no element is declared\n", path);
    return out->count > 0;
}

void table_free(table *all)
{
    free(all->text);
    *all = (table){0};
}

/* -- growing -------------------------------------------------------------------------------------- */

typedef struct writer {
    char *at;
    size_t len, room;
    size_t times, repetition;
} writer;

static void put(writer *w, const char *bytes, size_t len)
{
    if (w->room - w->len < len) {
        w->room = 2 * (w->room + len);
        w->at = realloc(w->at, w->room);
    }
    memcpy(w->at + w->len, bytes, len);
    w->len += len;
}

/* "#7}", "#h4}", "=h4}": how many bytes of the table it takes. */
static size_t put_number(writer *w, lb_span mark)
{
    char digits[24];
    bool is_hex = mark.len > 1 && mark.at[1] == 'h';
    size_t used = is_hex ? 2 : 1, width = 0;
    while (used < mark.len && mark.at[used] >= '0' && mark.at[used] <= '9')
        width = width * 10 + (size_t)(mark.at[used++] - '0');
    size_t value = mark.at[0] == '=' ? w->times : w->repetition;
    const char *format = width == 0 ? "%zu" : is_hex ? "%016zx" : "%016zu";
    int len = snprintf(digits, sizeof digits, format, value);
    width = width > 0 && width < (size_t)len ? width : (size_t)len;
    put(w, digits + (size_t)len - width, width);
    return used + 1;
}

/* The part up to the `*}` that closes it. */
static lb_span inside(lb_span text)
{
    size_t open = 0;
    for (size_t i = 0; i < text.len; i++) {
        lb_span rest = lb_span_after(text, i);
        if (starts_repetition(rest))
            open++;
        else if (lb_span_starts(rest, "*}") && open-- == 0)
            return lb_span_first(text, i);
    }
    return text;
}

static void write_part(writer *w, lb_span part);

static size_t put_repetitions(writer *w, lb_span text)
{
    bool has_commas = text.at[1] == ',';
    size_t lead = lead_of(text);
    size_t times = is_fixed(text) ? strtoul(text.at + 1, NULL, 10) : w->times;
    lb_span part = inside(lb_span_after(text, lead));
    for (size_t i = 0; i < times; i++) {
        w->repetition++;
        if (has_commas && i > 0)
            put(w, ",", 1);
        write_part(w, part);
    }
    return lead + part.len + 2;
}

static void write_part(writer *w, lb_span part)
{
    while (part.len > 0) {
        size_t used = 1;
        if (starts_repetition(part))
            used = put_repetitions(w, part);
        else if (lb_span_starts(part, "{#") || lb_span_starts(part, "{="))
            used = 1 + put_number(w, lb_span_after(part, 1));
        else {
            const char *next = memchr(part.at + 1, '{', part.len - 1);
            used = next == NULL ? part.len : (size_t)(next - part.at);
            put(w, part.at, used);
        }
        part = lb_span_after(part, used);
    }
}

/* -- frames --------------------------------------------------------------------------------------- */

static size_t from_hex(char *text, size_t len)
{
    size_t out = 0;
    unsigned value, digits = 0;
    for (size_t i = 0; i < len; i++) {
        const char *all = "0123456789abcdef", *at = strchr(all, text[i] | 0x20);
        if (text[i] == '\0' || at == NULL)
            continue;
        value = (unsigned)(at - all);
        if (digits++ % 2 == 0)
            text[out] = (char)(value << 4);
        else
            text[out++] |= (char)value;
    }
    return out;
}

static void put_escaped_808(writer *w, unsigned char c)
{
    if (c == 0x7e || c == 0x7d)
        put(w, c == 0x7e ? "\x7d\x02" : "\x7d\x01", 2);
    else
        put(w, (const char[]){(char)c}, 1);
}

/* A frame as the gate makes it of sub-packages: the attributes have the low bits of the length. */
static grown frame_808(unsigned id, grown body)
{
    unsigned char head[] = {(unsigned char)(id >> 8),
                            (unsigned char)id,
                            (unsigned char)(body.len >> 8 & 3),
                            (unsigned char)body.len,
                            0x01,
                            0x39,
                            0x12,
                            0x34,
                            0x56,
                            0x78,
                            0,
                            7};
    writer w = {0};
    unsigned char check = 0;
    put(&w, "\x7e", 1);
    for (size_t i = 0; i < sizeof head; i++)
        check ^= head[i], put_escaped_808(&w, head[i]);
    for (size_t i = 0; i < body.len; i++)
        check ^= (unsigned char)body.at[i], put_escaped_808(&w, (unsigned char)body.at[i]);
    put_escaped_808(&w, check);
    put(&w, "\x7e", 1);
    free(body.at);
    return (grown){w.at, w.len};
}

static void put_escaped_809(writer *w, unsigned char c)
{
    if (c >= 0x5a && c <= 0x5b)
        put(w, c == 0x5b ? "\x5a\x01" : "\x5a\x02", 2);
    else if (c >= 0x5d && c <= 0x5e)
        put(w, c == 0x5d ? "\x5e\x01" : "\x5e\x02", 2);
    else
        put(w, (const char[]){(char)c}, 1);
}

static void put_checked_809(writer *w, unsigned *crc, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        *crc ^= (unsigned)c << 8;
        for (int bit = 0; bit < 8; bit++)
            *crc = (*crc << 1 ^ (*crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
        put_escaped_809(w, c);
    }
}

/* Of the edition of 2011, from platform 65001. */
static grown frame_809(unsigned type, grown body)
{
    size_t len = body.len + 26;
    const char head[] = {(char)(len >> 24),
                         (char)(len >> 16),
                         (char)(len >> 8),
                         (char)len,
                         0,
                         0,
                         0,
                         1,
                         (char)(type >> 8),
                         (char)type,
                         0,
                         0,
                         (char)0xfd,
                         (char)0xe9,
                         1,
                         2,
                         15,
                         0,
                         0,
                         0,
                         0,
                         0};
    writer w = {0};
    unsigned crc = 0xffff, unused = 0;
    put(&w, "\x5b", 1);
    put_checked_809(&w, &crc, head, sizeof head);
    put_checked_809(&w, &crc, body.at, body.len);
    put_checked_809(&w, &unused, (const char[]){(char)(crc >> 8), (char)crc}, 2);
    put(&w, "\x5d", 1);
    free(body.at);
    return (grown){w.at, w.len};
}

grown element_grow(const element *one, size_t times)
{
    writer w = {.times = times};
    write_part(&w, one->body);
    grown message = {w.at, w.len};
    if (one->frame[0] == '\0')
        return message;
    message.len = from_hex(message.at, message.len);
    unsigned type = strlen(one->frame) > 4 ? (unsigned)strtoul(one->frame + 4, NULL, 16) : 0;
    if (strncmp(one->frame, "808:", 4) == 0)
        return frame_808(type, message);
    if (strncmp(one->frame, "809:", 4) == 0)
        return frame_809(type, message);
    return message;
}
