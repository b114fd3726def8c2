/* key_set.h - a list of keys, each once, in the order in which they were added. */
#ifndef CAPACITY_KEY_SET_H
#define CAPACITY_KEY_SET_H

#include "base/keymap.h"
#include "keep/fact.h"

typedef struct lb_key_set {
    lb_keymap known;
    lb_key_list *keys; /* owned by the caller */
} lb_key_set;

void lb_key_set_init(lb_key_set *set, lb_key_list *keys, lb_arena *arena);
void lb_key_set_add(lb_key_set *set,
                    lb_span key); /* out of memory: the arena is marked as failed */

#endif
