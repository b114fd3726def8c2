/* engine_lives.h - runs a hub on an engine, crashes it at a named point, and checks the six laws
 * (fault/laws.h) on what is left. */
#ifndef TESTS_ENGINE_ENGINE_LIVES_H
#define TESTS_ENGINE_ENGINE_LIVES_H

#include <stdbool.h>

#include "keep/journal_engine.h"

typedef struct engine_fate {
    bool is_dead;  /* false: the point was passed less than `pass` times, so there was no crash */
    char why[200]; /* which law is broken; empty: all hold */
} engine_fate;

/* Runs turns of a hub on this engine until the point is passed for the `pass`-th time, crashes
 * there, and checks the laws. An engine on files (SQLite) runs in a child process that gets
 * SIGKILL. The engine in memory crashes inside the process: the turn is left by longjmp, and all
 * handles become invalid. */
engine_fate engine_life(const lb_journal_engine *engine, const char *point, int pass);

#endif
