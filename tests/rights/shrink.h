/* shrink.h - makes a sequence small: what can be left out of it while something is still seen is left out. */
#ifndef TESTS_RIGHTS_SHRINK_H
#define TESTS_RIGHTS_SHRINK_H

#include "tale.h"

typedef struct shrinker {
    bool (*is_seen)(void *whose, const tale *t);
    void *whose;
    lb_arena *arena; /* of the sequence */
} shrinker;

void shrink_tale(const shrinker *r, tale *t);

#endif
