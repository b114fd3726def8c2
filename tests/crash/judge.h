/* judge.h - checks the six laws on the files of a killed hub and the answers of a running one. */
#ifndef CRASH_JUDGE_H
#define CRASH_JUDGE_H

#include "carriers.h"

typedef struct judge judge;

judge *judge_open(messages *all, const char *data);
void judge_close(judge **j);

/* After a kill: checks what was added to the journal since the last call. Laws 1, 2 and 3:
 * numbers continue without gap, every message is there at most once, and every message receipted
 * as kept is there with its number. */
void judge_look(judge *j);
/* After a kill: law 5, SQLite's own checks and those of every row. */
void judge_files(judge *j);
/* While the hub runs: law 4, the view equals a rebuilt one; and law 2, the published events are
 * those of the journal. */
void judge_hub(judge *j, const carriers *c);
/* At the end: every sent message has a result, and is where the result says. */
void judge_end(judge *j);
int64_t judge_events(const judge *j);

#endif
