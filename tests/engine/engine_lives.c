/* engine_lives.c - see engine_lives.h. */
#include "engine_lives.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "laws.h"
#include "memory_engine.h"
#include "scratch.h"

_Static_assert(sizeof((engine_fate){.is_dead = false}.why) == LAWS_WHY_ROOM, "room for why");

enum { TURNS = 8, TURN_MESSAGES = 5, ASKS = TURNS * TURN_MESSAGES, FLUSH_EACH = 3 };

typedef struct shared_life { /* in memory shared with the child process that is killed */
    asked asks[ASKS];
    ledger ledger;
} shared_life;

typedef struct life {
    const lb_journal_engine *engine;
    lb_scratch folder;
    const char *point;
    int pass, passed;
    shared_life *told;
    lb_hub *hub;
    jmp_buf over;
} life;

static life *living; /* crashes at its point; NULL: points do nothing */

/* -- crashing ---------------------------------------------------------------------------------- */

static void pass_point(const char *name)
{
    life *l = living;

    if (l == NULL || strcmp(name, l->point) != 0 || ++l->passed != l->pass)
        return;
    if (l->engine->is_in_files)
        raise(SIGKILL);
    living = NULL;
    longjmp(l->over, 1);
}

/* The linker (--wrap) sends the hub's calls of lb_point here. */
void __wrap_lb_point(const char *name);
void __wrap_lb_point(const char *name)
{
    pass_point(name);
}

/* -- running ----------------------------------------------------------------------------------- */

/* Numbers of the messages of a turn: the first repeats the last one of the turn before, the others
 * are new. */
static void choose(int64_t turn, int64_t numbers[TURN_MESSAGES])
{
    for (int64_t i = 0; i < TURN_MESSAGES; i++)
        numbers[i] = turn * (TURN_MESSAGES - 1) + i;
}

static void live_turn(life *l, int64_t turn)
{
    ledger *told = &l->told->ledger;
    int64_t numbers[TURN_MESSAGES];
    reported answers[TURN_MESSAGES];

    choose(turn, numbers);
    for (int64_t i = 0; i < TURN_MESSAGES; i++)
        l->told->asks[told->asked + i].message = numbers[i];
    told->asked += TURN_MESSAGES;
    pass_point("received");
    pass_point("admitted");
    inside_turn(l->hub, numbers, TURN_MESSAGES, answers);
    for (int64_t i = 0; i < TURN_MESSAGES; i++) {
        l->told->asks[told->promised].reported = answers[i];
        told->promised++;
        pass_point("mid-receipt");
    }
}

static void follow(life *l)
{
    char journal[SCRATCH_PATH_ROOM], view[SCRATCH_PATH_ROOM];

    snprintf(journal, sizeof journal, "%s/journal.db", l->folder.folder);
    snprintf(view, sizeof view, "%s/view.db", l->folder.folder);
    if (inside_follow(journal, view, FLUSH_EACH) != LB_OK)
        abort();
    pass_point("mid-publish");
}

static void live(life *l)
{
    if (inside_open(&l->hub, l->folder.folder) != LB_OK)
        abort();
    for (int64_t turn = 0; turn < TURNS; turn++) {
        live_turn(l, turn);
        follow(l);
    }
}

/* True: it crashed at the point. */
static bool live_in_process(life *l)
{
    bool is_dead = setjmp(l->over) != 0;

    if (!is_dead) {
        living = l;
        live(l);
    }
    living = NULL;
    if (is_dead)
        memory_engine_crash();
    lb_hub_close(&l->hub);
    return is_dead;
}

static bool live_in_a_child(life *l)
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        living = l;
        live(l);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* -- the laws ---------------------------------------------------------------------------------- */

engine_fate engine_life(const lb_journal_engine *engine, const char *point, int pass)
{
    engine_fate fate = {.why = ""};
    life l = {.engine = engine, .point = point, .pass = pass};

    l.told = mmap(NULL, sizeof *l.told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(l.told != MAP_FAILED);
    l.told->ledger.asks = l.told->asks;
    scratch_make(&l.folder);
    inside_use(engine);
    fate.is_dead = engine->is_in_files ? live_in_a_child(&l) : live_in_process(&l);
    laws_hold(l.folder.folder, &l.told->ledger, fate.why);
    memory_engine_clear();
    scratch_remove(&l.folder);
    munmap(l.told, sizeof *l.told);
    return fate;
}
