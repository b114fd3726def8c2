/* day.c - see day.h. Reads the file; post.c writes it. */
#include "day.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define DAY_MAX_BODY (16 * 1024 * 1024) /* a longer one is damage, not a message */

struct lb_day {
    FILE *file;
    char *bytes; /* of the current record */
    size_t room;
};

static FILE *open_file(const char *path)
{
    struct stat status;
    char inside[4096];

    if (stat(path, &status) != 0)
        return NULL;
    if (!S_ISDIR(status.st_mode))
        return fopen(path, "rb");
    if (snprintf(inside, sizeof inside, "%s/messages.lbd", path) >= (int)sizeof inside)
        return NULL;
    return fopen(inside, "rb");
}

lb_err lb_day_open(lb_day **day, const char *path)
{
    char magic[8];
    FILE *file = open_file(path);
    if (file == NULL)
        return LB_ERR_NOT_FOUND;

    lb_day *opened = NULL;
    lb_err err = LB_ERR_GARBLED;
    if (fread(magic, sizeof magic, 1, file) != 1 || memcmp(magic, "LBDAY1\n", sizeof magic) != 0)
        goto out;

    err = LB_ERR_NO_MEMORY;
    opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        goto out;
    opened->file = file;
    *day = opened;
    return LB_OK;
out:
    fclose(file);
    return err;
}

static uint64_t little_endian(const unsigned char *at, int bytes)
{
    uint64_t value = 0;

    for (int i = bytes - 1; i >= 0; i--)
        value = value << 8 | at[i];
    return value;
}

static bool make_room(lb_day *day, size_t size)
{
    if (size <= day->room)
        return true;
    char *bytes = realloc(day->bytes, size);
    if (bytes == NULL)
        return false;
    day->bytes = bytes;
    day->room = size;
    return true;
}

lb_err lb_day_next(lb_day *day, lb_day_record *record)
{
    unsigned char head[18];

    size_t got = fread(head, 1, sizeof head, day->file);
    if (got == 0 && feof(day->file))
        return LB_ERR_NOT_FOUND;
    if (got != sizeof head)
        return LB_ERR_CUT_SHORT;

    size_t source = (size_t)little_endian(head + 10, 2);
    size_t format = (size_t)little_endian(head + 12, 2);
    size_t body = (size_t)little_endian(head + 14, 4);
    if (head[8] >= LB_DAY_DOORS || head[9] >= LB_DAY_KINDS || body > DAY_MAX_BODY)
        return LB_ERR_GARBLED;
    if (!make_room(day, source + format + body + 1))
        return LB_ERR_NO_MEMORY;
    if (fread(day->bytes, 1, source + format + body, day->file) != source + format + body)
        return LB_ERR_CUT_SHORT;

    record->at_us = (int64_t)little_endian(head, 8);
    record->door = (lb_day_door)head[8];
    record->kind = (lb_day_kind)head[9];
    record->source = (lb_span){day->bytes, source};
    record->format = (lb_span){day->bytes + source, format};
    record->body = (lb_span){day->bytes + source + format, body};
    return LB_OK;
}

void lb_day_close(lb_day **day)
{
    if (*day == NULL)
        return;
    fclose((*day)->file);
    free((*day)->bytes);
    free(*day);
    *day = NULL;
}
