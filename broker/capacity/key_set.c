/* key_set.c - a list of keys, each once. */
#include "capacity/key_set.h"

void lb_key_set_init(lb_key_set *set, lb_key_list *keys, lb_arena *arena)
{
    *keys = (lb_key_list){0};
    set->keys = keys;
    lb_keymap_init(&set->known, arena);
}

void lb_key_set_add(lb_key_set *set, lb_span key)
{
    void **place = lb_keymap_need(&set->known, key);
    if (place == NULL || *place != NULL ||
        !lb_arena_grow(set->known.arena, set->keys, sizeof *set->keys->at))
        return;
    *place = set;
    set->keys->at[set->keys->count++] = key;
}
