/* test_config.c - a typing mistake in the configuration is an error. */
#include "base/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"

static int set_up(void **state)
{
    static lb_scratch folder;

    scratch_make(&folder);
    *state = &folder;
    return 0;
}

static int tear_down(void **state)
{
    scratch_remove(*state);
    return 0;
}

static lb_err read_text(void **state, const char *text, lb_config *config, char *why)
{
    const char *path = scratch_path(*state, "hub.conf");
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    lb_config_init(config);
    return lb_config_read(config, path, why, 200);
}

static void test_no_file_is_needed(void **state)
{
    lb_config config;

    (void)state;
    lb_config_init(&config);
    assert_true(config.tcp);
    assert_int_equal(config.intake, 5710);
    assert_int_equal(config.jt808, 5808);
    assert_int_equal(config.turn_messages, 4096);
}

static void test_keys_are_read_over_the_defaults(void **state)
{
    lb_config config;
    char why[200];

    assert_int_equal(read_text(state,
                               "[listen]\ntcp = no\nintake = 0\njt808 = off\n"
                               "[limits] ; of this machine\nlag_events = 5000\n",
                               &config, why),
                     LB_OK);
    assert_false(config.tcp);
    assert_int_equal(config.intake, 0);
    assert_int_equal(config.query, 5711);
    assert_int_equal(config.jt808, LB_PORT_OFF);
    assert_int_equal(config.lag_events, 5000);
}

static void test_an_unknown_key_is_an_error_with_its_line(void **state)
{
    lb_config config;
    char why[200];

    assert_int_equal(read_text(state, "[listen]\n\nintak = 1\n", &config, why), LB_ERR_GARBLED);
    assert_string_equal(why, "line 3: unknown key 'intak' in [listen]");
    assert_int_equal(config.intake, 5710);
    assert_int_equal(read_text(state, "[limits]\nintake = 1\n", &config, why), LB_ERR_GARBLED);
    assert_string_equal(why, "line 2: unknown key 'intake' in [limits]");
    assert_int_equal(read_text(state, "[listen]\ntcp\n", &config, why), LB_ERR_GARBLED);
    assert_string_equal(why, "line 2: neither [section] nor key = value");
}

static void test_a_number_has_limits(void **state)
{
    lb_config config;
    char why[200];

    assert_int_equal(read_text(state, "[listen]\nquery = 65535\n", &config, why), LB_OK);
    assert_int_equal(read_text(state, "[listen]\nquery = 65536\n", &config, why), LB_ERR_GARBLED);
    assert_string_equal(why, "line 2: query must be a number from 0 to 65535 or off, not '65536'");
    assert_int_equal(read_text(state, "[limits]\nquery_workers = 1\n", &config, why), LB_OK);
    assert_int_equal(read_text(state, "[limits]\nquery_workers = 0\n", &config, why),
                     LB_ERR_GARBLED);
    assert_int_equal(read_text(state, "[limits]\nquery_workers = off\n", &config, why),
                     LB_ERR_GARBLED);
    assert_int_equal(read_text(state, "[listen]\ntcp = maybe\n", &config, why), LB_ERR_GARBLED);
}

static void test_a_missing_file_is_reported(void **state)
{
    lb_config config;
    char why[200];

    lb_config_init(&config);
    assert_int_equal(lb_config_read(&config, scratch_path(*state, "none"), why, sizeof why),
                     LB_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_file_is_needed),
        cmocka_unit_test_setup_teardown(test_keys_are_read_over_the_defaults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_unknown_key_is_an_error_with_its_line, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_number_has_limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_missing_file_is_reported, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
