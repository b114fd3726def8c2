/* steady.c - after everything was read once, reading allocates no system memory. The program's
 * own malloc counts the calls; under a sanitizer, which has a malloc of its own, there is nothing to count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "goldens.h"
#include "landbridge/adapter/adapter.h"

static long calls; /* of this thread's malloc and its like */

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
    calls++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    calls++;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    calls++;
    return __libc_realloc(old, size);
}
#define IS_COUNTED true
#else
#define IS_COUNTED false
#endif

static void read_all(const lb_adapter *adapter, const goldens *found, lb_sink *sink)
{
    const lb_reading reading = {INT64_C(1773316800000000), lb_source_default()};
    for (size_t i = 0; i < found->count; i++) {
        lb_sink_reset(sink);
        lb_adapter_read(adapter, &reading, (lb_span){found->at[i].bytes, found->at[i].len}, sink);
    }
}

static void test_reading_again_allocates_nothing(void **state)
{
    size_t count;
    const lb_adapter *const *all = lb_adapters(&count);
    (void)state;
    if (!IS_COUNTED)
        skip();
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i]->name, "hub.report") == 0)
            continue; /* its JSON form is read by jansson, which uses malloc */
        lb_sink *sink = NULL;
        goldens found = goldens_load(all[i]->name);
        assert_true(found.count > 0);
        assert_int_equal(lb_sink_open(&sink, 64 * 1024 * 1024), LB_OK);
        read_all(all[i], &found, sink);
        read_all(all[i], &found, sink);
        long before = calls;
        read_all(all[i], &found, sink);
        long more = calls - before;
        lb_sink_close(&sink);
        goldens_free(&found);
        if (more != 0)
            fail_msg("%s asked for memory %ld times", all[i]->name, more);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reading_again_allocates_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
