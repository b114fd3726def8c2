/* seen.h - what the parties see of a sequence (tale.h): messages sent to a hub, queries, answers as bytes.
 *
 * Journal numbers are replaced by their rank among the events of the counted parties; when the hub uses the real
 * clock, times of receipt are left out. Free trucks near a place (CAPACITY trucks:) are not queried: the hostile parties
 * have trucks of their own, and may report their positions. */
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

extern const seen_list seen_by_others;  /* by shippers, honest carriers and the operator */
extern const seen_list seen_by_hostile; /* the first SEEN_OWN of them concern their own cargo */
enum { SEEN_OWN = 4 };

typedef enum seen_speakers { SEEN_HONEST = 1, SEEN_HOSTILE = 2, SEEN_ALL = 3 } seen_speakers;
bool seen_speaks(const tale_message *message, seen_speakers who);

typedef struct seen_world {
    lb_span answers[SEEN_QUESTIONS_MAX];
    int64_t rank[SEEN_EVENTS_MAX]; /* of each number; LB_UNKNOWN: of an uncounted party */
    int64_t numbers, ranked;
} seen_world;

/* Assigns the next `events` numbers to this message; those of `counted` parties get ranks. */
void seen_count(seen_world *w, const tale_message *message, int64_t events, seen_speakers counted);

typedef struct seen_hub { /* the hub to query */
    void (*ask)(void *whose, const char *party, const lb_query *query, lb_arena *arena,
                lb_answer *answer);
    void *whose;
    bool has_clock;
    lb_arena *arena;
    int64_t answers, tracks, milestones; /* totals of the answers so far */
} seen_hub;

void seen_ask(seen_hub *hub, const seen_list *list, seen_world *w);

/* The first query of seen_by_others whose answers differ; their count: none. */
size_t seen_difference(const seen_hub *hub, const seen_world *silent, const seen_world *full);
/* The first query of seen_by_hostile that shows something of their own cargo, or of other cargo,
 * that they did not report themselves; their count: none. */
size_t seen_leak(seen_hub *hub, const seen_world *alone, const seen_world *full);

void seen_print_question(const seen_question *question);
void seen_print_answer(seen_hub *hub, const char *which, lb_span answer);
void seen_print_messages(const tale *t, lb_arena *arena);

#endif
