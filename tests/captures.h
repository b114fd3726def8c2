/* captures.h - the goldens of an adapter, as bytes: for the conformance suite and the fuzzers' seeds. */
#ifndef TESTS_CAPTURES_H
#define TESTS_CAPTURES_H

#include <stddef.h>
#include <stdint.h>

#include "landbridge/source.h"

typedef struct capture {
    char path[512];
    char *bytes; /* decoded when the file is hex */
    size_t len;
    int64_t received_us;
    lb_source *source; /* NULL: the default */
} capture;

typedef struct captures {
    capture *at;
    size_t count;
} captures;

/* All of tests/golden/<adapter>/<case>/input.*; stops the program when there are none. */
captures captures_load(const char *adapter);
void captures_free(captures *captures);

#endif
