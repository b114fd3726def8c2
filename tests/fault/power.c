/* power.c - the content of a disk after a power failure.
 *
 *     file    synced bytes + writes that only the cache holds
 *     entry   is the name in the folder synced? One that is not may be gone, and a deleted one may be back with its
 *             content
 *
 * Between two syncs of a file any of its writes may have reached the disk, in any order, and the last ones in
 * part: cut at a sector of 512 bytes or at any byte. Files are independent of each other. */
#include "power.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512, PATH_ROOM = 256 };

typedef struct image {
    uint8_t *at;
    size_t size, room;
} image;

typedef struct disk_file {
    bool is_there, is_there_for_sure;
    image sure;
    const tape_note **cached;
    size_t count, room;
    bool has_ghost; /* deleted, and the folder is not synced yet */
    image ghost;
} disk_file;

struct power {
    const tape *tape;
    bool is_liar;
    disk_file files[TAPE_FILES];
};

const char *power_loss_name(power_loss loss)
{
    static const char *const names[] = {
#define X(name, text) text,
        POWER_LOSSES(X)
#undef X
    };
    return names[loss];
}

/* -- images --------------------------------------------------------------------------------------- */

static void resize(image *file, size_t size)
{
    if (size > file->room) {
        file->room = size * 2;
        uint8_t *at = realloc(file->at, file->room);
        if (at == NULL)
            abort();
        file->at = at;
    }
    if (size > file->size)
        memset(file->at + file->size, 0, size - file->size);
    file->size = size;
}

static void copy_image(image *to, const image *from)
{
    *to = (image){NULL, 0, 0};
    resize(to, from->size);
    if (from->size > 0)
        memcpy(to->at, from->at, from->size);
}

static void drop_image(image *file)
{
    free(file->at);
    *file = (image){NULL, 0, 0};
}

/* The bytes [from, to) of a write. */
static void apply_part(image *file, const tape_note *note, size_t from, size_t to)
{
    size_t at = (size_t)note->at;

    if (to <= from)
        return;
    if (at + to > file->size)
        resize(file, at + to);
    memcpy(file->at + at + from, note->bytes + from, to - from);
}

static void apply(image *file, const tape_note *note)
{
    if (note->kind == TAPE_WRITE)
        apply_part(file, note, 0, note->len);
    else if ((size_t)note->at < file->size)
        resize(file, (size_t)note->at);
}

/* -- playing --------------------------------------------------------------------------------------- */

static void cache(disk_file *file, const tape_note *note)
{
    if (file->count == file->room) {
        file->room = file->room == 0 ? 64 : file->room * 2;
        const tape_note **cached = realloc(file->cached, file->room * sizeof(const tape_note *));
        if (cached == NULL)
            abort();
        file->cached = cached;
    }
    file->cached[file->count++] = note;
}

static void sync_folder(power *p)
{
    for (int i = 0; i < TAPE_FILES; i++) {
        disk_file *file = &p->files[i];
        file->is_there_for_sure = file->is_there;
        file->has_ghost = false;
        drop_image(&file->ghost);
    }
}

static void sync_file(disk_file *file)
{
    for (size_t i = 0; i < file->count; i++)
        apply(&file->sure, file->cached[i]);
    file->count = 0;
}

static void delete_file(disk_file *file)
{
    if (file->is_there_for_sure) {
        drop_image(&file->ghost);
        file->ghost = file->sure;
        file->sure = (image){NULL, 0, 0};
        file->has_ghost = true;
    }
    drop_image(&file->sure);
    file->is_there = file->is_there_for_sure = false;
    file->count = 0;
}

/* The name that it had may be back after a cut, and so may the file that had the new one. */
static void rename_file(disk_file *from, disk_file *to)
{
    image content = from->sure;
    const tape_note **cached = from->cached;
    size_t count = from->count, room = from->room;

    delete_file(to);
    free(to->cached);
    if (from->is_there_for_sure) {
        drop_image(&from->ghost);
        copy_image(&from->ghost, &content);
        from->has_ghost = true;
    }
    from->is_there = from->is_there_for_sure = false;
    from->sure = (image){NULL, 0, 0};
    from->cached = NULL;
    from->count = from->room = 0;
    to->is_there = true;
    to->sure = content;
    to->cached = cached;
    to->count = count;
    to->room = room;
}

void power_play(power *p, size_t number)
{
    const tape_note *note = &p->tape->notes[number];
    disk_file *file = &p->files[note->file];

    switch (note->kind) {
    case TAPE_CREATE:
        file->is_there = true;
        break;
    case TAPE_WRITE:
    case TAPE_TRUNCATE:
        cache(file, note);
        break;
    case TAPE_SYNC:
        if (!p->is_liar)
            sync_file(file);
        break;
    case TAPE_DELETE:
        delete_file(file);
        break;
    case TAPE_RENAME:
        rename_file(file, &p->files[note->to]);
        break;
    case TAPE_SYNC_FOLDER:
    case TAPE_MARK:
        break;
    }
    if (note->syncs_folder && !(note->kind == TAPE_SYNC_FOLDER && p->is_liar))
        sync_folder(p);
}

/* -- the cut ---------------------------------------------------------------------------------------- */

static uint64_t draw(uint64_t *seed) /* splitmix64 */
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* A part of the write reaches the disk: its beginning, its end, or both without the middle. */
static void tear(image *file, const tape_note *note, uint64_t *seed)
{
    size_t at = (size_t)note->at, first = draw(seed) % (note->len + 1),
           second = draw(seed) % (note->len + 1);

    if (draw(seed) % 2 == 0) { /* at sectors */
        first = (at + first) / SECTOR * SECTOR;
        second = (at + second) / SECTOR * SECTOR;
        first = first > at ? first - at : 0;
        second = second > at ? second - at : 0;
    }
    switch (draw(seed) % 3) {
    case 0:
        apply_part(file, note, 0, first);
        break;
    case 1:
        apply_part(file, note, first, note->len);
        break;
    default:
        apply_part(file, note, 0, first < second ? first : second);
        apply_part(file, note, first < second ? second : first, note->len);
    }
}

static void lose(const disk_file *file, image *left, power_loss loss, uint64_t *seed)
{
    size_t *order = calloc(file->count + 1, sizeof *order);

    if (order == NULL)
        abort();
    for (size_t i = 0; i < file->count; i++)
        order[i] = i;
    for (size_t i = file->count; loss >= POWER_REORDERED && i > 1; i--) {
        size_t other = draw(seed) % i, was = order[i - 1];
        order[i - 1] = order[other];
        order[other] = was;
    }
    for (size_t i = 0; loss != POWER_DROPPED && i < file->count; i++) {
        const tape_note *note = file->cached[order[i]];
        if (loss >= POWER_REORDERED && draw(seed) % 3 == 0)
            continue;
        if (loss == POWER_TORN && note->kind == TAPE_WRITE && draw(seed) % 2 == 0)
            tear(left, note, seed);
        else
            apply(left, note);
    }
    free(order);
}

static void write_out(const char *path, const image *file)
{
    FILE *out = fopen(path, "wb");

    if (out == NULL || (file->size > 0 && fwrite(file->at, 1, file->size, out) != file->size) ||
        fclose(out) != 0)
        abort();
}

static void cut_file(const disk_file *file, power_loss loss, uint64_t *seed, const char *path)
{
    bool entries_came = loss == POWER_KEPT || (loss >= POWER_REORDERED && draw(seed) % 2 == 0);
    image left;

    if (file->has_ghost && !entries_came) {
        write_out(path, &file->ghost);
        return;
    }
    if (!file->is_there || (!file->is_there_for_sure && !entries_came))
        return;
    copy_image(&left, &file->sure);
    lose(file, &left, loss, seed);
    write_out(path, &left);
    drop_image(&left);
}

void power_cut(const power *p, power_loss loss, uint64_t seed, const char *folder)
{
    char path[PATH_ROOM];

    for (int i = 0; i < p->tape->file_count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, p->tape->files[i]);
        remove(path);
        cut_file(&p->files[i], loss, &seed, path);
    }
}

/* -- life cycle -------------------------------------------------------------------------------- */

power *power_on(const tape *t, bool is_liar)
{
    power *p = calloc(1, sizeof *p);

    if (p == NULL)
        abort();
    p->tape = t;
    p->is_liar = is_liar;
    return p;
}

void power_off(power *p)
{
    for (int i = 0; i < TAPE_FILES; i++) {
        drop_image(&p->files[i].sure);
        drop_image(&p->files[i].ghost);
        free(p->files[i].cached);
    }
    free(p);
}
