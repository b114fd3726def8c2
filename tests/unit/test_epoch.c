/* test_epoch - the id of a hub, the epochs of its journal, and which positions are valid in the present epoch. */
#include "keep/epoch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "landbridge/client/event.h"
#include "scratch.h"

typedef struct bench {
    lb_scratch folder;
    char path[SCRATCH_PATH_ROOM];
    lb_epochs epochs;
    lb_arena arena;
} bench;

static int set_up(void **state)
{
    bench *made = calloc(1, sizeof *made);

    scratch_make(&made->folder);
    snprintf(made->path, sizeof made->path, "%s", scratch_path(&made->folder, "hub.id"));
    lb_arena_init(&made->arena, 1024 * 1024);
    assert_int_equal(lb_epochs_open(&made->epochs, made->path), LB_OK);
    *state = made;
    return 0;
}

static int tear_down(void **state)
{
    bench *made = *state;

    lb_arena_fini(&made->arena);
    scratch_remove(&made->folder);
    free(made);
    return 0;
}

static void begin(bench *b, int64_t first)
{
    int64_t before = lb_epochs_present(&b->epochs);

    assert_int_equal(lb_epochs_begin(&b->epochs, b->path, first), LB_OK);
    assert_true(lb_epochs_present(&b->epochs) > before);
}

static lb_err judge(bench *b, lb_position_use use, int64_t epoch, int64_t number, int64_t *at)
{
    lb_position_entry one = {b->epochs.hub, epoch, number, 0};
    const lb_position position = lb_position_of(&one);
    lb_span why = LB_EMPTY;

    lb_err err = lb_epochs_judge(&b->epochs, &position, use, &b->arena, at, &why);
    assert_int_equal(err == LB_OK, why.len == 0);
    return err;
}

static void assert_good(bench *b, lb_position_use use, int64_t epoch, int64_t number)
{
    int64_t at;

    assert_int_equal(judge(b, use, epoch, number, &at), LB_OK);
    assert_int_equal(at, number);
}

static void assert_reset(bench *b, lb_position_use use, int64_t epoch, int64_t number, int64_t to)
{
    int64_t at;

    assert_int_equal(judge(b, use, epoch, number, &at), LB_ERR_RESET);
    assert_int_equal(at, to);
}

static void test_an_id_is_made_once(void **state)
{
    bench *b = *state;
    lb_epochs again, other;

    assert_int_equal(lb_epochs_open(&again, b->path), LB_OK);
    assert_true(again.hub == b->epochs.hub && again.count == 1);
    assert_int_equal(again.at[0].first, 1);
    assert_int_equal(lb_epochs_present(&again), lb_epochs_present(&b->epochs));
    assert_int_equal(lb_epochs_open(&other, scratch_path(&b->folder, "another")), LB_OK);
    assert_true(other.hub != b->epochs.hub);
}

static void test_epochs_rise_and_are_remembered(void **state)
{
    bench *b = *state;
    lb_epochs again;

    begin(b, 801);
    begin(b, 501);
    assert_int_equal(lb_epochs_open(&again, b->path), LB_OK);
    assert_int_equal(again.count, 3);
    assert_memory_equal(again.at, b->epochs.at, 3 * sizeof again.at[0]);
    assert_int_equal(again.hub, b->epochs.hub);
}

static void test_an_older_epoch_is_valid_below_the_first_number_of_the_next(void **state)
{
    bench *b = *state;
    int64_t old = lb_epochs_present(&b->epochs);

    assert_good(b, LB_POSITION_FROM, old, 5000);
    begin(b, 801);
    assert_good(b, LB_POSITION_THROUGH, old, 800);
    assert_reset(b, LB_POSITION_THROUGH, old, 801, 801);
    assert_good(b, LB_POSITION_FROM, old, 801); /* has had 800 and nothing behind it */
    assert_reset(b, LB_POSITION_FROM, old, 802, 801);
    assert_good(b, LB_POSITION_FROM, lb_epochs_present(&b->epochs), 5000);
}

/* Restored twice, the second time further back: what counts is the lowest number that changed since. */
static void test_the_lowest_of_several_restores_counts(void **state)
{
    bench *b = *state;
    int64_t first = lb_epochs_present(&b->epochs);

    begin(b, 801);
    int64_t second = lb_epochs_present(&b->epochs);
    begin(b, 501);
    int64_t third = lb_epochs_present(&b->epochs);
    begin(b, 901);
    assert_reset(b, LB_POSITION_FROM, first, 700, 501);
    assert_reset(b, LB_POSITION_FROM, second, 700, 501);
    assert_good(b, LB_POSITION_FROM, third, 700);
    assert_reset(b, LB_POSITION_FROM, third, 1000, 901);
    assert_good(b, LB_POSITION_FROM, first, 501);
}

/* A copy that was started beside this one gave it, or a life that an older backup does not know of. */
static void test_an_unknown_epoch_is_reset_to_the_first_number(void **state)
{
    bench *b = *state;
    int64_t old = lb_epochs_present(&b->epochs);

    begin(b, 801);
    assert_reset(b, LB_POSITION_FROM, old + 1, 700, 1);
    assert_reset(b, LB_POSITION_THROUGH, INT64_MAX, 1, 1);
    assert_good(b, LB_POSITION_FROM, old + 1, 1);
}

static void test_a_plain_number_is_of_the_present_epoch(void **state)
{
    bench *b = *state;
    lb_position_entry one = lb_position_plain(900);
    const lb_position position = lb_position_of(&one);
    int64_t number;
    lb_span why;

    begin(b, 801);
    assert_int_equal(
        lb_epochs_judge(&b->epochs, &position, LB_POSITION_FROM, &b->arena, &number, &why), LB_OK);
    assert_int_equal(number, 900);
}

static void test_a_position_of_another_hub_is_refused_by_name(void **state)
{
    bench *b = *state;
    lb_position_entry two[] = {{b->epochs.hub, lb_epochs_present(&b->epochs), 5, 0},
                               {b->epochs.hub + 1, 1, 5, 0}};
    const lb_position foreign = lb_position_of(&two[1]), both = {{two, 2, 2}},
                      none = {{NULL, 0, 0}};
    char own[LB_HUB_ID_ROOM], other[LB_HUB_ID_ROOM];
    int64_t number;
    lb_span why;

    lb_hub_id_print(own, b->epochs.hub);
    lb_hub_id_print(other, b->epochs.hub + 1);
    assert_int_equal(
        lb_epochs_judge(&b->epochs, &foreign, LB_POSITION_FROM, &b->arena, &number, &why),
        LB_ERR_FOREIGN);
    assert_non_null(memmem(why.at, why.len, own, strlen(own)));
    assert_non_null(memmem(why.at, why.len, other, strlen(other)));
    assert_int_equal(lb_epochs_judge(&b->epochs, &both, LB_POSITION_FROM, &b->arena, &number, &why),
                     LB_ERR_FOREIGN);
    assert_int_equal(lb_epochs_judge(&b->epochs, &none, LB_POSITION_FROM, &b->arena, &number, &why),
                     LB_ERR_MISUSE);
}

static void test_a_copy_is_marked_until_a_hub_starts_on_it(void **state)
{
    bench *b = *state;
    char path[SCRATCH_PATH_ROOM];
    lb_epochs copy;

    snprintf(path, sizeof path, "%s", scratch_path(&b->folder, "copy"));
    assert_int_equal(lb_epochs_copy(b->path, path), LB_OK);
    assert_int_equal(lb_epochs_open(&copy, path), LB_OK);
    assert_true(copy.is_copy && copy.hub == b->epochs.hub);
    assert_int_equal(lb_epochs_begin(&copy, path, 11), LB_OK);
    assert_false(copy.is_copy);
    assert_int_equal(lb_epochs_open(&copy, path), LB_OK);
    assert_false(copy.is_copy);
    assert_int_equal(lb_epochs_copy(scratch_path(&b->folder, "nowhere"), path), LB_ERR_NOT_FOUND);
}

/* It is logged, the damaged file is kept, and no earlier position is accepted as one of this hub. */
static void test_a_damaged_file_gives_a_new_id(void **state)
{
    bench *b = *state;
    char text[4096];
    lb_epochs again;

    FILE *file = fopen(b->path, "r+");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text, file);
    for (size_t i = 0; i + 1 < len; i++) {
        char was = text[i];
        text[i] = was == '1' ? '2' : '1';
        rewind(file);
        assert_int_equal(fwrite(text, 1, len, file), len);
        fflush(file);
        assert_int_equal(lb_epochs_copy(b->path, scratch_path(&b->folder, "copy")), LB_ERR_CORRUPT);
        text[i] = was;
    }
    fclose(file);
    assert_int_equal(lb_epochs_open(&again, b->path), LB_OK);
    assert_true(again.hub != b->epochs.hub && again.count == 1);
    snprintf(text, sizeof text, "%s.damaged", b->path);
    assert_int_equal(lb_epochs_copy(text, scratch_path(&b->folder, "copy")), LB_ERR_CORRUPT);
}

static void test_the_table_forgets_the_oldest(void **state)
{
    bench *b = *state;
    int64_t old = lb_epochs_present(&b->epochs), second = 0;
    lb_epochs again;

    for (int i = 1; i <= LB_EPOCHS_MAX; i++) {
        begin(b, 100 + i);
        if (i == 1)
            second = lb_epochs_present(&b->epochs);
        if (i == LB_EPOCHS_MAX - 1)
            assert_good(b, LB_POSITION_FROM, old, 101);
    }
    assert_int_equal(lb_epochs_open(&again, b->path), LB_OK);
    assert_int_equal(again.count, LB_EPOCHS_MAX);
    assert_reset(b, LB_POSITION_FROM, old, 101, 1);
    assert_good(b, LB_POSITION_FROM, second, 102);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        EACH(test_an_id_is_made_once),
        EACH(test_epochs_rise_and_are_remembered),
        EACH(test_an_older_epoch_is_valid_below_the_first_number_of_the_next),
        EACH(test_the_lowest_of_several_restores_counts),
        EACH(test_an_unknown_epoch_is_reset_to_the_first_number),
        EACH(test_a_plain_number_is_of_the_present_epoch),
        EACH(test_a_position_of_another_hub_is_refused_by_name),
        EACH(test_a_copy_is_marked_until_a_hub_starts_on_it),
        EACH(test_a_damaged_file_gives_a_new_id),
        EACH(test_the_table_forgets_the_oldest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
