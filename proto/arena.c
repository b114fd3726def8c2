/* arena.c - a chain of blocks; allocations are cut off the front of the current one. */
#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct lb_arena_block {
    lb_arena_block *next;
    size_t size;
};

enum { ALIGN = 16, FIRST_BLOCK = 16 * 1024, HEADER = 16 };
_Static_assert(sizeof(lb_arena_block) <= HEADER, "a block's header fits before its bytes");

void lb_arena_init(lb_arena *arena, size_t max_bytes)
{
    *arena = (lb_arena){.max_bytes = max_bytes};
}

void lb_arena_fini(lb_arena *arena)
{
    while (arena->first != NULL) {
        lb_arena_block *block = arena->first;
        arena->first = block->next;
        free(block);
    }
    *arena = (lb_arena){.max_bytes = arena->max_bytes};
}

void lb_arena_reset(lb_arena *arena)
{
#ifdef LB_POISON
    for (lb_arena_block *block = arena->first; block != NULL; block = block->next)
        memset((char *)block + HEADER, 0xa5, block->size);
#endif
    arena->current = arena->first;
    arena->used = 0;
    arena->failed = false;
}

/* Advances to a block with room for `size`: an existing one, or a new one twice as large. */
static bool next_block(lb_arena *arena, size_t size)
{
    lb_arena_block **link = arena->current == NULL ? &arena->first : &arena->current->next;
    while (*link != NULL && (*link)->size < size)
        link = &(*link)->next;
    if (*link == NULL) {
        size_t wanted = arena->total < FIRST_BLOCK ? FIRST_BLOCK : arena->total;
        if (wanted > arena->max_bytes - arena->total)
            wanted = arena->max_bytes - arena->total;
        if (wanted < size)
            wanted = size;
        if (wanted > arena->max_bytes - arena->total)
            return false;
        lb_arena_block *block = malloc(HEADER + wanted);
        if (block == NULL)
            return false;
        *block = (lb_arena_block){NULL, wanted};
        arena->total += wanted;
        *link = block;
    }
    arena->current = *link;
    arena->used = 0;
    return true;
}

void *lb_arena_alloc(lb_arena *arena, size_t size)
{
    if (size > arena->max_bytes)
        goto failed;
    size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (arena->current == NULL || arena->current->size - arena->used < size)
        if (!next_block(arena, size))
            goto failed;
    char *at = (char *)arena->current + HEADER + arena->used;
    arena->used += size;
    return at;
failed:
    arena->failed = true;
    return NULL;
}

void *lb_arena_zero(lb_arena *arena, size_t size)
{
    void *at = lb_arena_alloc(arena, size);
    if (at != NULL)
        memset(at, 0, size);
    return at;
}

size_t lb_arena_rest(const lb_arena *arena)
{
    return arena->current == NULL ? 0 : arena->current->size - arena->used;
}

void lb_arena_cut(lb_arena *arena, void *newest, size_t len)
{
    size_t begin = (size_t)((char *)newest - (char *)arena->current) - HEADER;
    arena->used = begin + ((len + ALIGN - 1) & ~(size_t)(ALIGN - 1));
}

lb_span lb_arena_copy(lb_arena *arena, lb_span span)
{
    if (span.len == 0)
        return LB_EMPTY;
    char *at = lb_arena_alloc(arena, span.len);
    if (at == NULL)
        return LB_EMPTY;
    memcpy(at, span.at, span.len);
    return (lb_span){at, span.len};
}

lb_span lb_arena_print(lb_arena *arena, const char *format, ...)
{
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int len = vsnprintf(NULL, 0, format, list);
    va_end(list);
    char *at = len < 0 ? NULL : lb_arena_alloc(arena, (size_t)len + 1);
    if (at != NULL)
        vsnprintf(at, (size_t)len + 1, format, again);
    va_end(again);
    return at == NULL ? LB_EMPTY : (lb_span){at, (size_t)len};
}

bool lb_arena_failed(const lb_arena *arena)
{
    return arena->failed;
}

struct any_list { /* the common layout of all lists */
    void *at;
    size_t count, room;
};

bool lb_arena_grow(lb_arena *arena, void *list, size_t element_size)
{
    struct any_list any;
    memcpy(&any, list, sizeof any);
    if (any.count < any.room)
        return true;
    size_t room = any.room == 0 ? 4 : any.room * 2;
    if (room > arena->max_bytes / element_size)
        return arena->failed = true, false;
    void *wider = lb_arena_alloc(arena, room * element_size);
    if (wider == NULL)
        return false;
    if (any.count > 0)
        memcpy(wider, any.at, any.count * element_size);
    any.at = wider;
    any.room = room;
    memcpy(list, &any, sizeof any);
    return true;
}
