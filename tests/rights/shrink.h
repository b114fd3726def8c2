/* shrink.h - minimises a sequence that shows a difference: removes everything that the difference does not need. */
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
