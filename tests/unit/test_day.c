/* test_day.c - the generated day: right check digits, the same bytes from the same seed, a file that reads
 * back. */
#include "demo-data/day.h"
#include "demo-data/write.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void test_check_digits_are_those_of_known_identifiers(void **state)
{
    char id[16];

    (void)state;
    day_identity_container(id, "LBKU", 204817);
    assert_string_equal(id, "LBKU2048176");
    day_identity_container(id, "LBKU", 204035); /* remainder 10 is written 0 */
    assert_string_equal(id, "LBKU2040350");
    day_identity_awb(id, 784, 3041826);
    assert_string_equal(id, "784-30418264");
    day_identity_awb(id, 999, 4217);
    assert_string_equal(id, "999-00042173");
    assert_int_equal(day_identity_luhn_check("35510801440"), 6);
}

static void test_clocks_of_china_and_kazakhstan_differ_by_three_hours(void **state)
{
    char iso[DAY_ISO_ROOM];
    int64_t us = day_midnight_us(2026, 3, 12, DAY_CHINA_MIN);

    (void)state;
    assert_string_equal(day_iso(iso, us, DAY_CHINA_MIN), "2026-03-12T00:00:00+08:00");
    assert_string_equal(day_iso(iso, us, DAY_KAZAKHSTAN_MIN), "2026-03-11T21:00:00+05:00");
    assert_int_equal(day_clock_at(us, DAY_CHINA_MIN).weekday, 3);
    assert_string_equal(day_date(iso, day_midnight_us(2028, 2, 29, 0), 0), "2028-02-29");
}

static void make_post(day_post *post, uint64_t seed)
{
    day_world world;

    day_world_make(
        &world,
        &(day_wish){
            .seed = seed, .year = 2026, .month = 3, .day = 12, .trucks = 40, .is_small = true});
    day_write_all(&world, post);
    day_world_fini(&world);
}

static bool are_equal(const day_post *a, const day_post *b)
{
    bool equal = a->count == b->count;

    for (size_t i = 0; equal && i < a->count; i++)
        equal = a->at[i].at_us == b->at[i].at_us && a->at[i].len == b->at[i].len &&
                memcmp(a->at[i].body, b->at[i].body, a->at[i].len) == 0;
    return equal;
}

static void test_the_same_seed_makes_the_same_day(void **state)
{
    day_post one = {0}, same = {0}, other = {0};

    (void)state;
    make_post(&one, 7);
    make_post(&same, 7);
    make_post(&other, 8);
    assert_true(one.count > 2000);
    assert_true(are_equal(&one, &same));
    assert_false(are_equal(&one, &other));
    day_post_fini(&one);
    day_post_fini(&same);
    day_post_fini(&other);
}

static void test_a_written_day_reads_back_in_order_of_time(void **state)
{
    char path[] = "/tmp/landbridge-day-XXXXXX";
    day_post post = {0};
    lb_day *day = NULL;
    lb_day_record record;
    int64_t last_us = 0;
    size_t i = 0;

    (void)state;
    make_post(&post, 1);
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_true(day_post_write(&post, path));
    assert_int_equal(lb_day_open(&day, path), LB_OK);
    while (lb_day_next(day, &record) == LB_OK) {
        assert_true(record.at_us >= last_us);
        last_us = record.at_us;
        assert_true(lb_span_is(record.source, post.at[i].source));
        assert_true(lb_span_equal(record.body, (lb_span){post.at[i].body, post.at[i].len}));
        i++;
    }
    assert_int_equal(i, post.count);
    lb_day_close(&day);
    lb_day_close(&day);
    unlink(path);
    day_post_fini(&post);
}

static void make_world(day_world *world, bool is_small)
{
    day_world_make(world, &(day_wish){.seed = 3,
                                      .year = 2026,
                                      .month = 3,
                                      .day = 12,
                                      .trucks = is_small ? 40 : 400,
                                      .is_small = is_small});
}

static void test_no_wagon_carries_more_than_two_teu(void **state)
{
    day_world world;

    (void)state;
    make_world(&world, false);
    for (int i = 0; i < DAY_TRAINS; i++) {
        const day_train *train = &world.trains[i];
        int milli_teu[DAY_MAX_WAGONS] = {0};
        for (int k = 0; k < train->box_count; k++)
            milli_teu[train->places[k]] += world.boxes[train->boxes[k]].milli_teu;
        for (int k = 0; k < train->wagon_count; k++)
            assert_in_range(milli_teu[k], 1000, 2000);
    }
    day_world_fini(&world);
}

/* A time that did not happen is the smallest number, so it is before everything. */
static void test_a_box_is_loaded_after_it_came_and_before_its_train_left(void **state)
{
    day_world world;
    int changes = 0;

    (void)state;
    make_world(&world, false);
    for (int i = 0; i < world.box_count; i++) {
        const day_box *box = &world.boxes[i];
        changes += box->train_out >= 0 || box->truck_out >= 0 ? 1 : 0;
        if (box->truck_out >= 0)
            assert_true(box->gate_out_us > box->disc_us);
        if (box->train_out < 0)
            continue;
        assert_true(box->load_us > box->gate_in_us && box->load_us > box->set_down_us);
        assert_true(box->load_us > box->stuffed_us);
        assert_true(box->load_us < world.trains[box->train_out].formed_us);
        if (box->train_on >= 0)
            assert_true(box->transload_us < world.trains[box->train_on].formed_us);
    }
    assert_true(changes >= 40);
    day_world_fini(&world);
}

static void test_trucks_drive_within_the_day(void **state)
{
    day_world world;

    (void)state;
    make_world(&world, false);
    for (int i = 0; i < world.truck_count; i++) {
        const day_truck *truck = &world.trucks[i];
        assert_true(truck->depart_us > world.begin_us);
        assert_true(truck->depart_us < truck->arrive_us);
        assert_true(truck->arrive_us < world.end_us + 4 * DAY_HOUR_US);
    }
    day_world_fini(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_digits_are_those_of_known_identifiers),
        cmocka_unit_test(test_clocks_of_china_and_kazakhstan_differ_by_three_hours),
        cmocka_unit_test(test_the_same_seed_makes_the_same_day),
        cmocka_unit_test(test_a_written_day_reads_back_in_order_of_time),
        cmocka_unit_test(test_no_wagon_carries_more_than_two_teu),
        cmocka_unit_test(test_a_box_is_loaded_after_it_came_and_before_its_train_left),
        cmocka_unit_test(test_trucks_drive_within_the_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
