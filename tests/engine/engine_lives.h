/* engine_lives.h - hubs that are cut off at every named point, and the six laws (fault/laws.h) on what is left. */
#ifndef TESTS_ENGINE_ENGINE_LIVES_H
#define TESTS_ENGINE_ENGINE_LIVES_H

#include <stdbool.h>

#include "keep/journal_engine.h"

typedef struct engine_fate {
    bool is_dead;  /* false: it did not pass the point so often */
    char why[200]; /* which law is broken; empty: all hold */
} engine_fate;

/* Lives a hub on this engine, dies at the `pass`-th pass of the point, and checks the laws. A memory engine is cut off
 * inside the process; of SQLite the process is killed. */
engine_fate engine_life(const lb_journal_engine *engine, const char *point, int pass);

#endif
