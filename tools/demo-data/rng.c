/* rng.c - see rng.h. */
#include "rng.h"

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = (*x += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

void day_rng_seed(day_rng *rng, uint64_t seed, uint64_t stream)
{
    uint64_t x = seed * UINT64_C(0x100000001b3) + stream;

    for (int i = 0; i < 4; i++)
        rng->state[i] = splitmix(&x);
}

uint64_t day_rng_next(day_rng *rng)
{
    uint64_t *s = rng->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

int64_t day_rng_between(day_rng *rng, int64_t least, int64_t most)
{
    if (most <= least)
        return least;
    return least + (int64_t)(day_rng_next(rng) % (uint64_t)(most - least + 1));
}

bool day_rng_chance(day_rng *rng, int per_mille)
{
    return day_rng_between(rng, 0, 999) < per_mille;
}
