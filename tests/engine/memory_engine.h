/* memory_engine.h - a journal engine without a disk: proves that nothing above the table of functions needs one.
 *
 *     append: tables ──copy, change──> staged ──commit──> tables       a crash throws the staged ones and all handles away
 *
 * What `append` has answered for survives a crash; the process does not have to end for it. One thread. */
#ifndef TESTS_ENGINE_MEMORY_ENGINE_H
#define TESTS_ENGINE_MEMORY_ENGINE_H

#include "keep/journal_engine.h"

extern const lb_journal_engine memory_engine;

/* All handles are dead: whatever they are asked, nothing happens and CLOSED is the answer. */
void memory_engine_crash(void);
/* From now on an append answers before it is kept: a crash takes the last one back. For the suite, which must find that. */
void memory_engine_lie(bool is_liar);
/* All journals are gone. */
void memory_engine_clear(void);

#endif
