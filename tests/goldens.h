/* goldens.h - the goldens of an adapter, as bytes: for the conformance suite and the fuzzers' seeds. */
#ifndef TESTS_GOLDENS_H
#define TESTS_GOLDENS_H

#include <stddef.h>
#include <stdint.h>

#include "landbridge/adapter/source.h"

typedef struct golden {
    char path[512];
    char *bytes; /* decoded when the file is hex */
    size_t len;
    int64_t received_us;
    lb_source *source; /* NULL: the default */
} golden;

typedef struct goldens {
    golden *at;
    size_t count;
} goldens;

/* All of tests/golden/<adapter>/<case>/input.*; stops the program when there are none. */
goldens goldens_load(const char *adapter);
void goldens_free(goldens *all);

#endif
