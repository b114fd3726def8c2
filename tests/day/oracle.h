/* oracle.h - compares the view of a made-up day with its truth (tools/demo-data/truth.c).
 *
 * Every line of truth.txt is queried and compared; and the movements of the tracks are looked up in the truth, so
 * that the view has everything that happened and nothing else. */
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
    /* The query function, with its party; NULL: the view in the file, without restriction. */
    void (*put)(void *whose, const lb_query *query, int64_t now_us, lb_arena *arena,
                lb_answer *answer);
    void *whose;
    char **truth; /* sorted lines */
    size_t truths;
} oracle;

/* Opens the view in a file, for the day of the rig; NULL: c->put is used instead. */
void oracle_open(oracle *c, const char *view_path);
void oracle_close(oracle *c);
/* The number of truth lines that the view lacks, plus that of movements that are not in the
 * truth; each is printed. */
int oracle_judge(oracle *c);
int oracle_check_claims(oracle *c);

#endif
