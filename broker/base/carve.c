/* carve.c - the records in the pages of a SQLite database and its WAL, read without SQLite.
 *
 *     WAL     magic version page-size checkpoint salt1 salt2 sum1 sum2 | frame frame frame ...
 *     frame   page-number commit-size salt1 salt2 sum1 sum2 | page            (numbers of 4 bytes, big end first)
 *     leaf    type . . cells(2) ... | cell offsets of 2 bytes | ... cells
 *     cell    payload-length rowid | payload ... first-overflow-page(4)       (varints; no rowid in an index)
 *     record  header-length type type ... | value value ...
 *
 * Layouts as in https://www.sqlite.org/fileformat2.html. A page has a version for each frame with its number, and one
 * in the database file. */
#include "base/carve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

enum {
    WAL_HEADER = 32,
    FRAME_HEADER = 24,
    DATABASE_HEADER = 100,
    PAGE_LEAST = 512,
    PAGE_MOST = 65536,
    PAGE_OF_OURS = 16384,
    PATH_ROOM = 4096,
    LEAF_TABLE = 0x0d,
    LEAF_INDEX = 0x0a,
    INTERIOR_INDEX = 0x02,
    INTERIOR_TABLE = 0x05,
    CELL_LEAST = 4,
    TRIES = 3, /* versions of overflow pages to try */
};
#define PAYLOAD_MOST ((uint64_t)1024 * 1024 * 1024)
#define IN_DATABASE  INT64_C(-1) /* instead of a frame's number */

typedef struct frame_key {
    uint32_t page;
    int64_t frame;
} frame_key;

typedef struct carving {
    const char *database;
    int db, wal; /* -1: no such file */
    int64_t db_pages, frames;
    uint32_t page_bytes, usable;
    frame_key *keys;  /* sorted by page, then frame */
    int64_t *commits; /* of frame i: the last frame of its transaction */
    uint8_t *leaf, *overflow;
    uint8_t *payload;
    size_t payload_room;
    lb_on_carved *on_carved;
    void *whose;
} carving;

static uint32_t big32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint32_t big16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

/* -- files ---------------------------------------------------------------------------------------- */

/* False: the file has no such bytes. */
static bool read_at(int fd, void *bytes, size_t len, int64_t at)
{
    size_t done = 0;

    while (done < len) {
        ssize_t got = pread(fd, (char *)bytes + done, len - done, (off_t)at + (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static int open_quietly(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC);
}

static int64_t size_of(int fd)
{
    struct stat file;

    return fd >= 0 && fstat(fd, &file) == 0 ? (int64_t)file.st_size : 0;
}

static int open_wal(const char *database)
{
    char path[PATH_ROOM];
    int len = snprintf(path, sizeof path, "%s-wal", database);

    return len < 0 || (size_t)len >= sizeof path ? -1 : open_quietly(path);
}

static bool is_page_size(uint32_t bytes)
{
    return bytes >= PAGE_LEAST && bytes <= PAGE_MOST && (bytes & (bytes - 1)) == 0;
}

/* -- the chain of a WAL ------------------------------------------------------------------------------ */

typedef struct chain {
    /* WAL magic: checksums are over big-endian words (else little-endian). */
    bool is_big;
    uint32_t sums[2];
} chain;

static void add_to_chain(chain *c, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i + 8 <= len; i += 8) {
        uint32_t first = big32(bytes + i), second = big32(bytes + i + 4);
        if (!c->is_big) {
            first = __builtin_bswap32(first);
            second = __builtin_bswap32(second);
        }
        c->sums[0] += first + c->sums[1];
        c->sums[1] += second + c->sums[0];
    }
}

static bool begin_chain(chain *c, const uint8_t header[WAL_HEADER])
{
    uint32_t magic = big32(header);

    *c = (chain){.is_big = magic == 0x377f0683};
    if (magic != 0x377f0682 && magic != 0x377f0683)
        return false;
    add_to_chain(c, header, WAL_HEADER - 8);
    return c->sums[0] == big32(header + 24) && c->sums[1] == big32(header + 28);
}

static void walk_chain(int fd, const uint8_t header[WAL_HEADER], uint32_t page_bytes, chain *c,
                       lb_wal_facts *facts)
{
    uint8_t frame[FRAME_HEADER + PAGE_MOST];
    size_t len = FRAME_HEADER + page_bytes;

    for (int64_t i = 0; i < facts->frames; i++) {
        if (!read_at(fd, frame, len, WAL_HEADER + i * (int64_t)len) || big32(frame) == 0 ||
            memcmp(frame + 8, header + 16, 8) != 0)
            return;
        add_to_chain(c, frame, 8);
        add_to_chain(c, frame + FRAME_HEADER, page_bytes);
        if (c->sums[0] != big32(frame + 16) || c->sums[1] != big32(frame + 20))
            return;
        if (big32(frame + 4) != 0)
            facts->valid = i + 1;
    }
}

lb_err lb_wal_look(const char *database, lb_wal_facts *facts)
{
    uint8_t header[WAL_HEADER];
    chain c;

    *facts = (lb_wal_facts){.is_there = false};
    int fd = open_wal(database);
    if (fd < 0)
        return errno == ENOENT ? LB_OK : LB_ERR_IO;
    if (read_at(fd, header, sizeof header, 0)) {
        uint32_t page_bytes = big32(header + 8);
        facts->generation = (uint64_t)big32(header + 16) << 32 | big32(header + 20);
        if (begin_chain(&c, header) && is_page_size(page_bytes)) {
            facts->is_there = true;
            facts->frames = (size_of(fd) - WAL_HEADER) / (FRAME_HEADER + (int64_t)page_bytes);
            walk_chain(fd, header, page_bytes, &c, facts);
        }
    }
    close(fd);
    return LB_OK;
}

/* -- versions of pages --------------------------------------------------------------------------------- */

static int compare_keys(const void *a, const void *b)
{
    const frame_key *left = a, *right = b;

    if (left->page != right->page)
        return left->page < right->page ? -1 : 1;
    return (left->frame > right->frame) - (left->frame < right->frame);
}

/* From the database's header or the WAL's: one of them may be damaged. */
static void find_page_size(carving *c)
{
    uint8_t header[DATABASE_HEADER] = {0}, wal[WAL_HEADER] = {0};
    uint32_t sizes[3] = {0, 0, PAGE_OF_OURS};

    if (c->db >= 0 && read_at(c->db, header, sizeof header, 0) &&
        memcmp(header, "SQLite format 3", 16) == 0)
        sizes[0] = big16(header + 16) == 1 ? PAGE_MOST : big16(header + 16);
    if (c->wal >= 0 && read_at(c->wal, wal, sizeof wal, 0))
        sizes[1] = big32(wal + 8);
    for (unsigned i = 0; c->page_bytes == 0; i++)
        if (is_page_size(sizes[i]))
            c->page_bytes = sizes[i];
    c->usable = c->page_bytes - (sizes[0] == c->page_bytes ? header[20] : 0);
}

static int64_t frame_at(const carving *c, int64_t frame)
{
    return WAL_HEADER + frame * (FRAME_HEADER + (int64_t)c->page_bytes);
}

static lb_err index_frames(carving *c)
{
    int64_t last_commit = 0;

    c->keys = calloc((size_t)c->frames + 1, sizeof *c->keys);
    c->commits = calloc((size_t)c->frames + 1, sizeof *c->commits);
    if (c->keys == NULL || c->commits == NULL)
        return LB_ERR_NO_MEMORY;
    last_commit = c->frames - 1;
    for (int64_t i = c->frames - 1; i >= 0; i--) {
        uint8_t header[FRAME_HEADER] = {0};
        read_at(c->wal, header, sizeof header, frame_at(c, i));
        if (big32(header + 4) != 0)
            last_commit = i;
        c->commits[i] = last_commit;
        c->keys[i] = (frame_key){big32(header), i};
    }
    qsort(c->keys, (size_t)c->frames, sizeof *c->keys, compare_keys);
    return LB_OK;
}

/* The newest frame up to `until` with that page; IN_DATABASE when there is none. */
static int64_t find_frame(const carving *c, uint32_t page, int64_t until)
{
    int64_t low = 0, high = c->frames; /* ends as the first key beyond the one looked for */

    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        const frame_key *key = &c->keys[middle];
        if (key->page < page || (key->page == page && key->frame <= until))
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && c->keys[low - 1].page == page ? c->keys[low - 1].frame : IN_DATABASE;
}

static bool read_page(const carving *c, uint32_t page, int64_t frame, uint8_t *bytes)
{
    if (frame != IN_DATABASE)
        return read_at(c->wal, bytes, c->page_bytes, frame_at(c, frame) + FRAME_HEADER);
    return c->db >= 0 && page > 0 &&
           read_at(c->db, bytes, c->page_bytes, (int64_t)(page - 1) * c->page_bytes);
}

/* Attempt 0: as of the leaf's transaction; 1: as of the last transaction; 2: as in the database file. */
static int64_t version_of(const carving *c, uint32_t page, int64_t leaf, unsigned attempt)
{
    if (attempt == 0)
        return find_frame(c, page, leaf == IN_DATABASE ? IN_DATABASE : c->commits[leaf]);
    return attempt == 1 ? find_frame(c, page, c->frames) : IN_DATABASE;
}

/* -- records --------------------------------------------------------------------------------------------- */

/* A varint of up to nine bytes; false: it is cut short. */
static bool get_varint(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < 9 && *at < end; i++) {
        uint8_t byte = *(*at)++;
        if (i == 8) {
            *value = *value << 8 | byte;
            return true;
        }
        *value = *value << 7 | (byte & 0x7f);
        if (byte < 0x80)
            return true;
    }
    return false;
}

static uint64_t length_of_type(uint64_t type)
{
    static const uint8_t fixed[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0};

    return type < 10 ? fixed[type] : type < 12 ? UINT64_MAX / 4 : (type - 12) / 2;
}

static int64_t get_int(const uint8_t *at, uint64_t len)
{
    uint64_t value = len > 0 && (at[0] & 0x80) != 0 ? UINT64_MAX : 0;

    for (uint64_t i = 0; i < len; i++)
        value = value << 8 | at[i];
    return (int64_t)value;
}

static void take_value(lb_value *value, uint64_t type, const uint8_t *at)
{
    *value = (lb_value){.type = LB_VALUE_NULL};
    if (type >= 1 && type <= 6) {
        value->type = LB_VALUE_INT;
        value->number = get_int(at, length_of_type(type));
    } else if (type == 7) {
        value->type = LB_VALUE_REAL;
    } else if (type == 8 || type == 9) {
        value->type = LB_VALUE_INT;
        value->number = (int64_t)type - 8;
    } else if (type >= 12) {
        value->type = type % 2 == 0 ? LB_VALUE_BLOB : LB_VALUE_TEXT;
        value->bytes = (lb_span){(const char *)at, (size_t)length_of_type(type)};
    }
}

/* Of a record, from its header. */
typedef struct shape {
    uint64_t types[LB_CARVE_VALUES];
    size_t count;
    uint64_t header_len;
} shape;

/* False unless the columns of the header add up to the length of the payload. */
static bool read_shape(const uint8_t *payload, size_t len, uint64_t whole, shape *s)
{
    const uint8_t *at = payload;
    uint64_t sum;

    *s = (shape){.count = 0};
    if (!get_varint(&at, payload + len, &s->header_len) || s->header_len > len)
        return false;
    sum = s->header_len;
    while (at < payload + s->header_len) {
        if (s->count == LB_CARVE_VALUES ||
            !get_varint(&at, payload + s->header_len, &s->types[s->count]))
            return false;
        uint64_t bytes = length_of_type(s->types[s->count++]);
        if (bytes > whole) /* also keeps the sum from overflowing */
            return false;
        sum += bytes;
    }
    return at == payload + s->header_len && sum == whole;
}

static lb_err show(carving *c, const shape *s, const uint8_t *payload, lb_carved *found)
{
    const uint8_t *at = payload + s->header_len;

    found->count = s->count;
    for (size_t i = 0; i < s->count; i++) {
        take_value(&found->values[i], s->types[i], at);
        at += length_of_type(s->types[i]);
    }
    return c->on_carved(c->whose, found);
}

/* -- cells -------------------------------------------------------------------------------------------------- */

/* How much of a payload is stored in the cell itself; the rest is in overflow pages. */
static uint64_t local_len(const carving *c, uint64_t payload, bool is_index)
{
    uint64_t usable = c->usable;
    uint64_t most = is_index ? (usable - 12) * 64 / 255 - 23 : usable - 35;
    uint64_t least = (usable - 12) * 32 / 255 - 23;

    if (payload <= most)
        return payload;
    uint64_t fitting = least + (payload - least) % (usable - 4);
    return fitting <= most ? fitting : least;
}

static bool need_payload(carving *c, size_t len)
{
    if (len <= c->payload_room)
        return true;
    uint8_t *wider = realloc(c->payload, len);
    if (wider == NULL)
        return false;
    c->payload = wider;
    c->payload_room = len;
    return true;
}

/* The rest of the payload after its first `done` bytes; false: a page is missing. */
static bool gather(carving *c, uint32_t page, uint64_t done, uint64_t whole, int64_t leaf,
                   unsigned attempt)
{
    while (done < whole) {
        if (page == 0 || !read_page(c, page, version_of(c, page, leaf, attempt), c->overflow))
            return false;
        uint64_t part = whole - done < c->usable - 4 ? whole - done : c->usable - 4;
        memcpy(c->payload + done, c->overflow + 4, (size_t)part);
        done += part;
        page = big32(c->overflow);
    }
    return true;
}

static lb_err take_long(carving *c, const uint8_t *local, uint64_t len, uint64_t whole,
                        const shape *s, int64_t leaf, lb_carved *found)
{
    if (!need_payload(c, (size_t)whole))
        return LB_ERR_NO_MEMORY;
    memcpy(c->payload, local, (size_t)len);
    for (unsigned attempt = 0; attempt < TRIES; attempt++) {
        if (!gather(c, big32(local + len), len, whole, leaf, attempt))
            continue;
        lb_err err = show(c, s, c->payload, found);
        if (err != LB_ERR_CORRUPT)
            return err;
    }
    return LB_OK;
}

static lb_err take_cell(carving *c, const uint8_t *cell, const uint8_t *end, uint8_t type,
                        int64_t leaf)
{
    lb_carved found = {.is_index = type == LEAF_INDEX || type == INTERIOR_INDEX};
    uint64_t whole, rowid = 0;
    shape s;

    if (type == INTERIOR_INDEX)
        cell += 4;
    if (cell >= end || !get_varint(&cell, end, &whole) || whole < 2 || whole > PAYLOAD_MOST ||
        (!found.is_index && !get_varint(&cell, end, &rowid)))
        return LB_OK;
    found.rowid = (int64_t)rowid;
    uint64_t len = local_len(c, whole, found.is_index);
    uint64_t needs = len < whole ? len + 4 : len;
    if (needs > (uint64_t)(end - cell) || !read_shape(cell, (size_t)len, whole, &s))
        return LB_OK;
    if (len < whole)
        return take_long(c, cell, len, whole, &s, leaf, &found);
    lb_err err = show(c, &s, cell, &found);
    return err == LB_ERR_CORRUPT ? LB_OK : err;
}

/* Reads cell offsets as far as the header counts them, or as far as they are plausible: the header may be the damaged
 * part. */
static lb_err take_leaf(carving *c, uint32_t page, int64_t frame)
{
    const uint8_t *bytes = c->leaf, *end = c->leaf + c->usable;
    size_t head = page == 1 ? DATABASE_HEADER : 0;
    uint8_t type = bytes[head];
    lb_err err = LB_OK;

    if (type == INTERIOR_TABLE)
        return LB_OK;
    if (type != LEAF_INDEX && type != INTERIOR_INDEX)
        type = LEAF_TABLE;
    size_t list = head + (type == INTERIOR_INDEX ? 12 : 8);
    uint32_t cells = big16(bytes + head + 3);
    for (uint32_t i = 0; err == LB_OK && list + 2 * i + 2 <= c->usable; i++) {
        uint32_t at = big16(bytes + list + 2 * i);
        bool is_cell = at >= list + 2 * i + 2 && at + CELL_LEAST <= c->usable;
        if (is_cell)
            err = take_cell(c, bytes + at, end, type, frame);
        else if (i >= cells)
            break;
    }
    return err;
}

/* -- all of it -------------------------------------------------------------------------------------------------- */

static lb_err take_all(carving *c)
{
    lb_err err = LB_OK;

    for (int64_t page = 1; err == LB_OK && page <= c->db_pages; page++)
        if (read_page(c, (uint32_t)page, IN_DATABASE, c->leaf))
            err = take_leaf(c, (uint32_t)page, IN_DATABASE);
    for (int64_t i = 0; err == LB_OK && i < c->frames; i++) {
        uint8_t number[4];
        if (read_at(c->wal, number, sizeof number, frame_at(c, i)) && read_page(c, 1, i, c->leaf))
            err = take_leaf(c, big32(number), i);
    }
    return err;
}

static lb_err open_files(carving *c)
{
    c->db = open_quietly(c->database);
    if (c->db < 0 && errno != ENOENT) {
        lb_log(LB_LOG_STO_OPEN, "path=%s why=\"%s\"", c->database, strerror(errno));
        return LB_ERR_IO;
    }
    c->wal = open_wal(c->database);
    find_page_size(c);
    c->db_pages = size_of(c->db) / c->page_bytes;
    if (size_of(c->wal) > WAL_HEADER)
        c->frames = (size_of(c->wal) - WAL_HEADER) / (FRAME_HEADER + (int64_t)c->page_bytes);
    c->leaf = malloc(c->page_bytes);
    c->overflow = malloc(c->page_bytes);
    return c->leaf == NULL || c->overflow == NULL ? LB_ERR_NO_MEMORY : index_frames(c);
}

lb_err lb_carve(const char *database, lb_on_carved *on_carved, void *whose)
{
    carving c = {.database = database, .db = -1, .wal = -1, .on_carved = on_carved, .whose = whose};

    lb_err err = open_files(&c);
    if (err == LB_OK)
        err = take_all(&c);
    if (c.db >= 0)
        close(c.db);
    if (c.wal >= 0)
        close(c.wal);
    free(c.keys);
    free(c.commits);
    free(c.leaf);
    free(c.overflow);
    free(c.payload);
    return err;
}
