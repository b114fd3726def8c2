/* damage.h - a stored row that is not what was written, or is gone. */
#ifndef BASE_DAMAGE_H
#define BASE_DAMAGE_H

#include <stdint.h>

typedef struct lb_damage {
    const char *table; /* "journal", "raw", "quarantine", "feed"; "share" */
    int64_t row;       /* its number in the table */
    int64_t first_seq; /* the numbers that it should hold; 0: it holds none */
    int64_t last_seq;  /* LB_UNKNOWN: to the end */
} lb_damage;

typedef void lb_on_damage(void *whose, const lb_damage *damage);

#endif
