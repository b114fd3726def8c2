/* judge.h - the six laws, over the files of a hub that is dead and the answers of one that lives. */
#ifndef CRASH_JUDGE_H
#define CRASH_JUDGE_H

#include "carriers.h"

typedef struct judge judge;

judge *judge_open(messages *all, const char *data);
void judge_close(judge **j);

/* The hub is dead: what was added to the journal since the last look. Laws 1, 2 and 3: numbers go on without gap,
 * every message is there at most once, and every one that was told kept is there, with the number that it was told. */
void judge_look(judge *j);
/* The hub is dead: law 5, SQLite's own checks and those of every row. */
void judge_files(judge *j);
/* The hub lives: law 4, the view equals one made afresh; and law 2, what was published is what the journal has. */
void judge_hub(judge *j, const carriers *c);
/* At the end: everything that was sent has been told something, and is where it was told to be. */
void judge_end(judge *j);
int64_t judge_events(const judge *j);

#endif
