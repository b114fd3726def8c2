/* oracle.h - what a view says of a made-up day, judged by the truth of it (tools/demo-data/truth.c).
 *
 * Every line of truth.txt is asked for and compared; and what the tracks claim of movements is looked up in
 * the truth, so that the view knows what happened and nothing else. */
#ifndef TESTS_DAY_ORACLE_H
#define TESTS_DAY_ORACLE_H

#include "rig.h"

#include "arena.h"
#include "answer/answer.h"

#define MAX_KINDS 64

typedef struct tally {
    char kind[48];
    int asked, wrong;
} tally;

typedef struct oracle {
    rig day;
    lb_view_reader *reader;
    lb_arena arena;
    lb_answer answer; /* about `about` */
    char about[128];
    tally kinds[MAX_KINDS];
    bool is_quiet; /* prints nothing */
    /* Asks somebody, as some party; NULL: the view in the file, of everything. */
    void (*put)(void *whose, const lb_query *query, int64_t now_us, lb_arena *arena,
                lb_answer *answer);
    void *whose;
    char **truth; /* sorted lines */
    size_t truths;
} oracle;

/* Opens the view in a file, against the day that the rig holds; NULL: c->put is asked instead. */
void oracle_open(oracle *c, const char *view_path);
void oracle_close(oracle *c);
/* How many lines of the truth the view does not know, and how many claims of it are not in the truth; each
 * printed. */
int oracle_judge(oracle *c);
int oracle_check_claims(oracle *c);

#endif
