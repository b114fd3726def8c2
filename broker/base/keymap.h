/* keymap.h - a hash map from keys to values, in memory of an arena.
 *
 * For the duration of one question: keys and values are borrowed and must outlive the map. It cannot be iterated, so no
 * result depends on the order inside. The hash is keyed with a secret, so no sender can choose keys that collide. One
 * thread. */
#ifndef BASE_KEYMAP_H
#define BASE_KEYMAP_H

#include "arena.h"

typedef struct lb_keymap_slot {
    lb_span key;
    void *value;
} lb_keymap_slot;

typedef struct lb_keymap {
    lb_arena *arena;
    lb_keymap_slot *slots;
    size_t count, room;
    unsigned char secret[16];
} lb_keymap;

void lb_keymap_init(lb_keymap *map, lb_arena *arena);
/* The value of a key, NULL when there is none. */
void *lb_keymap_find(const lb_keymap *map, lb_span key);
/* The place of the key's value, holding NULL when the key is new; valid until the next call. NULL: no memory. */
void **lb_keymap_need(lb_keymap *map, lb_span key);

#endif
