/* memory_engine.h - a journal engine in memory: proves that nothing above the table of functions
 * depends on SQLite or files.
 *
 *     append: kept ──copy, change──> staged ──commit──> kept
 *
 * A simulated crash inside the process drops the staged tables and invalidates all handles; appends
 * that returned LB_OK survive it. One thread. */
#ifndef TESTS_ENGINE_MEMORY_ENGINE_H
#define TESTS_ENGINE_MEMORY_ENGINE_H

#include "keep/journal_engine.h"

extern const lb_journal_engine memory_engine;

/* Simulates a crash: every function returns CLOSED for the handles that exist now, and does
 * nothing. */
void memory_engine_crash(void);
/* A planted fault for the suite to detect. From now on a crash takes back the last append, which
 * had returned LB_OK. */
void memory_engine_lie(bool is_liar);
/* Deletes all journals. */
void memory_engine_clear(void);

#endif
