/* keymap.c - open addressing, at most three quarters full. */
#include "base/keymap.h"

#include <sodium.h>

enum { FIRST_ROOM = 8 };
_Static_assert(sizeof((lb_keymap *)0)->secret == crypto_shorthash_KEYBYTES, "the secret is a key");

void lb_keymap_init(lb_keymap *map, lb_arena *arena)
{
    *map = (lb_keymap){.arena = arena};
    randombytes_buf(map->secret, sizeof map->secret);
}

/* The slot of a key, or the empty one where it belongs. */
static lb_keymap_slot *look(const lb_keymap *map, lb_span key)
{
    uint64_t hash;
    _Static_assert(crypto_shorthash_BYTES == sizeof hash, "the hash is one number");
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)key.at, key.len, map->secret);
    size_t i = (size_t)hash & (map->room - 1);
    while (map->slots[i].key.at != NULL && !lb_span_equal(map->slots[i].key, key))
        i = (i + 1) & (map->room - 1);
    return &map->slots[i];
}

static bool grow(lb_keymap *map)
{
    lb_keymap wider = *map;
    wider.room = map->room == 0 ? FIRST_ROOM : map->room * 2;
    wider.slots = lb_arena_zero(map->arena, wider.room * sizeof *wider.slots);
    if (wider.slots == NULL)
        return false;
    for (size_t i = 0; i < map->room; i++)
        if (map->slots[i].key.at != NULL)
            *look(&wider, map->slots[i].key) = map->slots[i];
    *map = wider;
    return true;
}

void *lb_keymap_find(const lb_keymap *map, lb_span key)
{
    return map->room == 0 ? NULL : look(map, key)->value;
}

void **lb_keymap_need(lb_keymap *map, lb_span key)
{
    if (map->count * 4 >= map->room * 3 && !grow(map))
        return NULL;
    lb_keymap_slot *slot = look(map, key);
    if (slot->key.at == NULL) {
        slot->key = key.at == NULL ? LB_SPAN("") : key;
        map->count++;
    }
    return &slot->value;
}
