/* arena.h - memory that is allocated piece by piece and freed all at once.
 *
 * Grows in blocks up to a maximum that is fixed at init; reset keeps the blocks, so a steady state
 * allocates nothing. Failure is sticky until reset: lb_arena_failed. One thread. */
#ifndef PROTO_ARENA_H
#define PROTO_ARENA_H

#include "landbridge/client/error.h"
#include "landbridge/client/span.h"

typedef struct lb_arena_block lb_arena_block;

typedef struct lb_arena {
    lb_arena_block *first, *current;
    size_t used;      /* in the current block */
    size_t total;     /* bytes of all blocks */
    size_t max_bytes; /* of all blocks */
    bool failed;
} lb_arena;

void lb_arena_init(lb_arena *arena, size_t max_bytes); /* allocates nothing yet */
void lb_arena_fini(lb_arena *arena);
/* Everything given out becomes invalid; under LB_POISON it is overwritten. */
void lb_arena_reset(lb_arena *arena);
/* Aligned for any type, not zeroed; NULL: failed. */
void *lb_arena_alloc(lb_arena *arena, size_t size);
void *lb_arena_zero(lb_arena *arena, size_t size);
/* For pieces whose length is not known beforehand: the bytes left in the current block, and cutting the newest
 * piece to `len`. */
size_t lb_arena_rest(const lb_arena *arena);
void lb_arena_cut(lb_arena *arena, void *newest, size_t len);
lb_span lb_arena_copy(lb_arena *arena, lb_span span);
lb_span lb_arena_print(lb_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool lb_arena_failed(const lb_arena *arena);

/* Grows a list {at, count, room} by one element when it is full; false when memory is used up. */
bool lb_arena_grow(lb_arena *arena, void *list, size_t element_size);

#endif
