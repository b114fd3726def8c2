/* view_dump.h - everything that a view says, as text, for comparisons. */
#ifndef TESTS_VIEW_DUMP_H
#define TESTS_VIEW_DUMP_H

#include <stdlib.h>

#include "arena.h"
#include "answer/answer.h"

/* The text lives in the arena. */
static inline lb_err view_dump(const char *path, int64_t now_us, lb_arena *arena, lb_span *text)
{
    lb_view_reader *reader = NULL;
    char *made = NULL;
    size_t len = 0;
    int64_t seq;

    lb_err err = lb_view_reader_open(&reader, path);
    if (err == LB_OK)
        err = lb_view_dump(reader, now_us, &made, &len, &seq);
    if (err == LB_OK)
        *text = lb_arena_copy(arena, (lb_span){made, len});
    free(made);
    lb_view_reader_close(&reader);
    return err == LB_OK && lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : err;
}

#endif
