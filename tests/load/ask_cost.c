/* ask_cost.c - the cost of queries, in one process and without the 50 ms step of the hub.
 *
 *     ask_cost [--less N] [--asks N]
 *
 * First each shape of shapes.h, queried by the operator: milliseconds, memory, bytes of the answer. Then, by a shipper
 * without any right to it, N queries of each shape alternating with N for absent cargo: sizes, codes and medians must
 * be equal. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "load/shapes.h"
#include "record.h"
#include "scratch.h"

enum { ARENA_BYTES = LB_QUESTION_MEMORY };

static int64_t cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

typedef struct cost {
    int64_t us;
    size_t bytes, memory;
    char error[16];
} cost;

static cost ask(lb_view_reader *reader, const char *reference, bool all,
                const lb_permission *permission, lb_arena *arena)
{
    lb_query query;
    lb_answer answer;
    lb_span bytes = LB_EMPTY;
    cost found = {.error = ""};
    lb_arena_reset(arena);
    lb_record_init(&lb_record_query, &query);
    lb_record_init(&lb_record_answer, &answer);
    query.ask = LB_ASK_TRACK;
    query.track.reference = lb_span_of(reference);
    query.track.all_cycles = all;
    int64_t begun_us = cpu_us();
    lb_err err =
        lb_view_answer(reader, &query, permission, INT64_C(1773403200000000), arena, &answer);
    if (err == LB_OK)
        err = lb_record_pack(&lb_record_answer, &answer, arena, &bytes);
    found.us = cpu_us() - begun_us;
    found.bytes = bytes.len;
    found.memory = arena->total;
    snprintf(found.error, sizeof found.error, "%.*s", LB_ARG(answer.error));
    if (err != LB_OK)
        snprintf(found.error, sizeof found.error, "%s", lb_err_name(err));
    return found;
}

static void show_own(lb_view_reader *reader)
{
    for (int i = 0; i < LB_SHAPES; i++) {
        lb_arena arena;
        lb_arena_init(&arena, ARENA_BYTES);
        cost one = ask(reader, lb_shapes[i].reference, lb_shapes[i].all_cycles, NULL, &arena);
        printf("%-9s %9.1f ms  %7.1f MiB  answer %9zu bytes  %s\n", lb_shapes[i].name,
               (double)one.us / 1000, (double)one.memory / 1048576, one.bytes, one.error);
        fflush(stdout);
        lb_arena_fini(&arena);
    }
}

static int by_number(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Alternates queries for foreign and for absent cargo; false when the answers differ. */
static bool compare(lb_view_reader *reader, const lb_shape *shape, const lb_permission *permission,
                    size_t asks)
{
    lb_arena arena;
    char absent[32];
    int64_t *us[2] = {calloc(asks, sizeof(int64_t)), calloc(asks, sizeof(int64_t))};
    bool is_same = us[0] != NULL && us[1] != NULL;
    lb_arena_init(&arena, ARENA_BYTES);
    snprintf(absent, sizeof absent, "%s", shape->reference);
    absent[3] = absent[3] == 'Z' ? 'Y' : 'Z';
    for (size_t i = 0; is_same && i < asks; i++) {
        cost one = ask(reader, shape->reference, shape->all_cycles, permission, &arena);
        cost other = ask(reader, absent, shape->all_cycles, permission, &arena);
        us[0][i] = one.us;
        us[1][i] = other.us;
        is_same = one.bytes == other.bytes && strcmp(one.error, other.error) == 0;
        if (!is_same)
            printf("%-9s foreign %s %zu bytes, absent %s %zu bytes\n", shape->name, one.error,
                   one.bytes, other.error, other.bytes);
    }
    if (is_same) {
        qsort(us[0], asks, sizeof(int64_t), by_number);
        qsort(us[1], asks, sizeof(int64_t), by_number);
        double a = (double)us[0][asks / 2], b = (double)us[1][asks / 2];
        printf("%-9s foreign %7.0f us  absent %7.0f us  %+.1f %%\n", shape->name, a, b,
               100 * (a - b) / b);
        is_same = a < b * 1.05 && b < a * 1.05;
    }
    fflush(stdout);
    free(us[0]);
    free(us[1]);
    lb_arena_fini(&arena);
    return is_same;
}

static bool compare_all(lb_view_reader *reader, size_t asks)
{
    lb_party_role role = LB_PARTY_SHIPPER;
    lb_span right = LB_SPAN("see:bkg:MINE*");
    lb_party party;
    lb_permission_book *book;
    uint8_t key[LB_CURVE_KEY_BYTES] = {0};
    bool is_same = true;
    lb_record_init(&lb_record_party, &party);
    party.name = LB_SPAN("shipper");
    party.roles = (lb_party_role_list){&role, 1, 1};
    party.rights = (lb_text_list){&right, 1, 1};
    lb_party_list parties = {&party, 1, 1};
    (void)key;
    if (lb_permission_book_open(&book, &parties, LB_SPAN("seal"), true) != LB_OK)
        return false;
    const lb_permission *permission = lb_permission_of_source(book, LB_SPAN("shipper"));
    for (int i = 0; i < LB_SHAPES; i++)
        is_same = compare(reader, &lb_shapes[i], permission, asks) && is_same;
    lb_permission_book_close(&book);
    return is_same;
}

int main(int argc, char **argv)
{
    int64_t less = 1, asks = 2000;
    lb_scratch folder;
    lb_view *view;
    lb_view_reader *reader;
    for (int i = 1; i + 1 < argc; i += 2) {
        lb_span value = lb_span_of(argv[i + 1]);
        bool is_good = strcmp(argv[i], "--less") == 0   ? lb_span_number(value, &less)
                       : strcmp(argv[i], "--asks") == 0 ? lb_span_number(value, &asks)
                                                        : false;
        if (!is_good || less < 1 || asks < 0)
            return 2;
    }
    scratch_make(&folder);
    const char *path = scratch_path(&folder, "view.db");
    if (lb_view_open(&view, path) != LB_OK || lb_shapes_put(view, less) != LB_OK)
        return 1;
    lb_view_close(&view);
    if (lb_view_reader_open(&reader, path) != LB_OK)
        return 1;
    show_own(reader);
    bool is_same = compare_all(reader, (size_t)asks);
    lb_view_reader_close(&reader);
    scratch_remove(&folder);
    return is_same ? 0 : 1;
}
