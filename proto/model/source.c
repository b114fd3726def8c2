/* source.c - profiles of feeds: INI files, read once, refused with a line number when they are wrong. */
#include "landbridge/adapter/source.h"

#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "landbridge/client/place.h"

enum { PROFILE_MAX = 4 * 1024 * 1024, PROFILE_FILE_MAX = 1024 * 1024 };

typedef struct code_row {
    lb_span scheme, code;
    lb_source_code means;
} code_row;

typedef struct place_row {
    lb_span scheme, value, key;
} place_row;

struct lb_source {
    _Atomic int others; /* owners beside the first */
    lb_arena arena;
    const char *id, *party, *charset, *formats, *senders;
    const lb_zone *zone;
    bool newline_terminator, has_cipher;
    uint32_t cipher[3];
    struct {
        code_row *at;
        size_t count, room;
    } codes;
    struct {
        place_row *at;
        size_t count, room;
    } places;
};

typedef struct loading { /* state of reading a file */
    lb_source *source;
    char *why;
    size_t why_room;
    bool is_wrong;
} loading;

const lb_source *lb_source_default(void)
{
    static const lb_source nobody = {.id = "local", .party = ""};
    return &nobody;
}

static int wrong(loading *load, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    if (load->why != NULL && !load->is_wrong)
        vsnprintf(load->why, load->why_room, format, list);
    va_end(list);
    load->is_wrong = true;
    return 0; /* inih's "stop here" */
}

static const char *kept(lb_source *source, const char *text)
{
    char *copy = lb_arena_alloc(&source->arena, strlen(text) + 1);
    return copy == NULL ? "" : memcpy(copy, text, strlen(text) + 1);
}

static bool read_cipher(const char *text, uint32_t out[3])
{
    lb_span rest = lb_span_of(text), word;
    size_t count = 0;
    int64_t number;
    while (lb_span_cut(&rest, ' ', &word)) {
        if (word.len == 0)
            continue;
        if (count == 3 || !lb_span_number(word, &number) || number > UINT32_MAX)
            return false;
        out[count++] = (uint32_t)number;
    }
    return count == 3;
}

static int take_setting(loading *load, const char *name, const char *value)
{
    lb_source *source = load->source;
    if (strcmp(name, "id") == 0)
        source->id = kept(source, value);
    else if (strcmp(name, "party") == 0)
        source->party = kept(source, value);
    else if (strcmp(name, "charset") == 0)
        source->charset = kept(source, value);
    else if (strcmp(name, "formats") == 0)
        source->formats = kept(source, value);
    else if (strcmp(name, "senders") == 0)
        source->senders = kept(source, value);
    else if (strcmp(name, "newline_terminator") == 0)
        source->newline_terminator = strcmp(value, "yes") == 0;
    else if (strcmp(name, "jt809_cipher") == 0)
        source->has_cipher = read_cipher(value, source->cipher);
    else if (strcmp(name, "zone") == 0)
        source->zone = lb_zone_find(lb_span_of(value));
    else
        return wrong(load, "unknown key '%s' in [source]", name);
    if (strcmp(name, "zone") == 0 && source->zone == NULL)
        return wrong(load, "unknown zone '%s'", value);
    if (strcmp(name, "jt809_cipher") == 0 && !source->has_cipher)
        return wrong(load, "jt809_cipher is three numbers, not '%s'", value);
    if (strcmp(name, "newline_terminator") == 0 && strcmp(value, "yes") != 0 &&
        strcmp(value, "no") != 0)
        return wrong(load, "newline_terminator is yes or no, not '%s'", value);
    return 1;
}

/* inih ends a name at ':' as well as at '=', so "HS:P = DEPA ACTUAL" comes as "HS" and "P = DEPA ACTUAL":
 * the value is cut once more. */
static bool cut_value(lb_source *source, const char *value, lb_span *code, lb_span *rest)
{
    *rest = lb_span_of(kept(source, value));
    if (!lb_span_cut(rest, '=', code) || rest->at == NULL)
        return false;
    *code = lb_span_trim(*code);
    *rest = lb_span_trim(*rest);
    return code->len > 0;
}

static int take_code(loading *load, const char *name, const char *value)
{
    lb_source *source = load->source;
    lb_span rest, word;
    code_row row = {.scheme = lb_span_of(kept(source, name))};
    if (!cut_value(source, value, &row.code, &rest))
        return wrong(load, "[codes] takes scheme:code = TYPE [CLASSIFIER], not '%s'", name);
    lb_span_cut(&rest, ' ', &word);
    row.means.type = lb_event_type_from_code(word);
    if (row.means.type == LB_EVENT_UNSPECIFIED)
        return wrong(load, "no event type '%.*s'", LB_ARG(word));
    rest = lb_span_trim(rest);
    if (rest.len > 0 && !lb_classifier_from_name(rest, &row.means.classifier))
        return wrong(load, "no classifier '%.*s'", LB_ARG(rest));
    if (lb_arena_grow(&source->arena, &source->codes, sizeof row))
        source->codes.at[source->codes.count++] = row;
    return 1;
}

static int take_place(loading *load, const char *name, const char *value)
{
    lb_source *source = load->source;
    place_row row = {.scheme = lb_span_of(kept(source, name))};
    if (!cut_value(source, value, &row.value, &row.key))
        return wrong(load, "[places] takes scheme:value = place, not '%s'", name);
    if (lb_place_by_key(row.key) == NULL)
        return wrong(load, "no place with the key '%.*s'", LB_ARG(row.key));
    if (lb_arena_grow(&source->arena, &source->places, sizeof row))
        source->places.at[source->places.count++] = row;
    return 1;
}

static int take(void *user, const char *section, const char *name, const char *value)
{
    loading *load = user;
    if (strcmp(section, "source") == 0)
        return take_setting(load, name, value);
    if (strcmp(section, "codes") == 0)
        return take_code(load, name, value);
    if (strcmp(section, "places") == 0)
        return take_place(load, name, value);
    return wrong(load, "unknown section [%s]", section);
}

/* The file name comes from the name of the sender's feed, so the file may be anything: opening a
 * pipe would block the hub until a program writes to it, and a device may give endless bytes. */
static FILE *open_profile(const char *path, char *why, size_t why_room)
{
    struct stat about;
    const char *text = "cannot be opened";
    FILE *file = NULL;

    /* stat first, since opening a device may already have effects */
    bool is_there = stat(path, &about) == 0;
    int fd = is_there && S_ISREG(about.st_mode)
                 ? open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
                 : -1;
    if (fd >= 0)
        is_there = fstat(fd, &about) == 0;
    if (is_there && !S_ISREG(about.st_mode))
        text = "is no regular file";
    else if (is_there && about.st_size > PROFILE_FILE_MAX)
        text = "is longer than 1 MiB";
    else if (is_there && fd >= 0)
        file = fdopen(fd, "r");
    if (file == NULL && fd >= 0)
        close(fd);
    if (file == NULL)
        snprintf(why, why_room, "%s", text);
    return file;
}

lb_err lb_source_open(lb_source **out, const char *path, char *why, size_t why_room)
{
    char reason[160] = "not understood";
    lb_source *source = calloc(1, sizeof *source);
    if (source == NULL)
        return LB_ERR_NO_MEMORY;
    *source = *lb_source_default();
    lb_arena_init(&source->arena, PROFILE_MAX);
    loading load = {.source = source, .why = reason, .why_room = sizeof reason};

    FILE *file = open_profile(path, reason, sizeof reason);
    int line = file == NULL ? -1 : ini_parse_file(file, take, &load);
    if (file != NULL)
        fclose(file);
    lb_err err = line == 0 && !lb_arena_failed(&source->arena) ? LB_OK : LB_ERR_MISUSE;
    if (line < 0)
        err = LB_ERR_NOT_FOUND;
    if (why != NULL && line < 0)
        snprintf(why, why_room, "%s", reason);
    else if (why != NULL && err != LB_OK)
        snprintf(why, why_room, "line %d: %s", line, reason);
    if (err == LB_OK)
        *out = source;
    else
        lb_source_close(&source);
    return err;
}

lb_err lb_source_named(lb_source **out, lb_span id)
{
    lb_source *source = calloc(1, sizeof *source);
    if (source == NULL)
        return LB_ERR_NO_MEMORY;
    *source = *lb_source_default();
    lb_arena_init(&source->arena, PROFILE_MAX);
    char *name = lb_arena_zero(&source->arena, id.len + 1);
    if (name == NULL) {
        lb_source_close(&source);
        return LB_ERR_NO_MEMORY;
    }
    memcpy(name, id.at, id.len);
    source->id = name;
    *out = source;
    return LB_OK;
}

void lb_source_close(lb_source **source)
{
    lb_source *closed = *source;

    *source = NULL;
    if (closed == NULL || closed == lb_source_default() || atomic_fetch_sub(&closed->others, 1) > 0)
        return;
    lb_arena arena = closed->arena;
    lb_arena_fini(&arena);
    free(closed);
}

lb_source *lb_source_share(const lb_source *source)
{
    lb_source *shared = (lb_source *)(uintptr_t)source; /* only the atomic count changes */

    if (source != lb_source_default())
        atomic_fetch_add(&shared->others, 1);
    return shared;
}

const char *lb_source_id(const lb_source *source)
{
    return source->id;
}

const char *lb_source_party(const lb_source *source)
{
    return source->party;
}

const lb_zone *lb_source_zone(const lb_source *source)
{
    return source->zone;
}

const char *lb_source_charset(const lb_source *source)
{
    return source->charset;
}

bool lb_source_newline_terminator(const lb_source *source)
{
    return source->newline_terminator;
}

bool lb_source_jt809_cipher(const lb_source *source, uint32_t constants[3])
{
    for (size_t i = 0; i < 3; i++)
        constants[i] = source->cipher[i];
    return source->has_cipher;
}

/* True also when there is no list. */
static bool is_listed(const char *list, lb_span wanted)
{
    lb_span rest = lb_span_of(list), word;
    if (rest.len == 0)
        return true;
    while (lb_span_cut(&rest, ' ', &word))
        if (lb_span_equal(word, wanted))
            return true;
    return false;
}

bool lb_source_may_send(const lb_source *source, const char *adapter)
{
    return is_listed(source->formats, lb_span_of(adapter));
}

bool lb_source_is_sender(const lb_source *source, lb_span party)
{
    return party.len == 0 || is_listed(source->senders, party);
}

lb_span lb_source_format(const lb_source *source, size_t number)
{
    lb_span rest = lb_span_of(source->formats), word = LB_EMPTY;
    for (size_t i = 0; lb_span_cut(&rest, ' ', &word);)
        if (word.len > 0 && i++ == number)
            return word;
    return LB_EMPTY;
}

size_t lb_source_code_count(const lb_source *source)
{
    return source->codes.count;
}

size_t lb_source_place_count(const lb_source *source)
{
    return source->places.count;
}

bool lb_source_find_code(const lb_source *source, lb_span scheme, lb_span code, lb_source_code *out)
{
    for (size_t i = 0; i < source->codes.count; i++) {
        const code_row *row = &source->codes.at[i];
        if (lb_span_equal(row->scheme, scheme) && lb_span_equal(row->code, code)) {
            *out = row->means;
            return true;
        }
    }
    return false;
}

lb_span lb_source_find_place(const lb_source *source, lb_span scheme, lb_span value)
{
    for (size_t i = 0; i < source->places.count; i++) {
        const place_row *row = &source->places.at[i];
        if (lb_span_equal(row->scheme, scheme) && lb_span_equal(row->value, value))
            return row->key;
    }
    return LB_EMPTY;
}
