/* seen.h - what everybody sees of a sequence (tale.h): messages told to a hub, questions asked, answers as bytes.
 *
 * Numbers of the journal are replaced by their rank among the events of those who were not silent; when the hub has a
 * clock of its own, times of receipt are left out. What a truck that is free near a place is counted as (CAPACITY
 * trucks:) is not asked: the hostile have trucks of their own, and may say where they are. */
#ifndef TESTS_RIGHTS_SEEN_H
#define TESTS_RIGHTS_SEEN_H

#include "arena.h"
#include "tale.h"

enum { SEEN_EVENTS_MAX = 4 * TALE_MOST, SEEN_QUESTIONS_MAX = 64 };

typedef struct seen_question {
    const char *party; /* NULL: the operator */
    lb_ask ask;
    const char *about;
    bool all_cycles;
} seen_question;

typedef struct seen_list {
    const seen_question *at;
    size_t count;
} seen_list;

extern const seen_list seen_by_others;  /* by shippers, honest carriers and the operator      */
extern const seen_list seen_by_hostile; /* the first SEEN_OWN of them are about their own     */
enum { SEEN_OWN = 4 };

typedef enum seen_speakers { SEEN_HONEST = 1, SEEN_HOSTILE = 2, SEEN_ALL = 3 } seen_speakers;
bool seen_speaks(const tale_message *message, seen_speakers who);

typedef struct seen_world {
    lb_span answers[SEEN_QUESTIONS_MAX];
    int64_t rank[SEEN_EVENTS_MAX]; /* of each number; LB_UNKNOWN: of one who should be silent */
    int64_t numbers, ranked;
} seen_world;

/* The next `events` numbers are those of this message; ranks are given to those of `counted`. */
void seen_count(seen_world *w, const tale_message *message, int64_t events, seen_speakers counted);

typedef struct seen_hub { /* whom to ask */
    void (*ask)(void *whose, const char *party, const lb_query *query, lb_arena *arena,
                lb_answer *answer);
    void *whose;
    bool has_clock;
    lb_arena *arena;
    int64_t answers, tracks, milestones; /* what came back so far */
} seen_hub;

void seen_ask(seen_hub *hub, const seen_list *list, seen_world *w);

/* The first question of seen_by_others whose answers differ; their count: none. */
size_t seen_difference(const seen_hub *hub, const seen_world *silent, const seen_world *full);
/* The first of seen_by_hostile that shows them something of their own that they did not say, or of what is not theirs
 * anything that they did not say; their count: none. */
size_t seen_leak(seen_hub *hub, const seen_world *alone, const seen_world *full);

void seen_print_question(const seen_question *question);
void seen_print_answer(seen_hub *hub, const char *which, lb_span answer);
void seen_print_messages(const tale *t, lb_arena *arena);

#endif
