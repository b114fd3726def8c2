/* rng.h - reproducible random numbers: xoshiro256**, seeded by splitmix64.
 *
 * Everything in the day comes from here, so the same seed gives the same bytes on every machine. Each
 * part of the world draws from a stream of its own: one more truck does not change the flights. */
#ifndef DAY_RNG_H
#define DAY_RNG_H

#include <stdbool.h>
#include <stdint.h>

typedef struct day_rng {
    uint64_t state[4];
} day_rng;

void day_rng_seed(day_rng *rng, uint64_t seed, uint64_t stream);
uint64_t day_rng_next(day_rng *rng);
int64_t day_rng_between(day_rng *rng, int64_t least, int64_t most); /* both ends included */
bool day_rng_chance(day_rng *rng, int per_mille);

#endif
