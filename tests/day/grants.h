/* grants.h - the parties of the made-up day: their feeds, rights and queries.
 *
 * The rights are those of grants.txt, which broker/README.md shows. */
#ifndef TESTS_DAY_GRANTS_H
#define TESTS_DAY_GRANTS_H

#include "landbridge/client/answer.h"
#include "rig.h"

enum { GRANTS_MAX = 128 };

typedef struct grant {
    char party[32], right[64];
} grant;

size_t grants_list(grant list[GRANTS_MAX]); /* all rights of the file */
/* The file's lines with one right for each terminal of the day in the place of "terminal:NUMBER@PLATE", and without
 * the right `dropped` (NULL: all). */
void grants_write(const day_world *world, const grant *dropped, day_text *out);
const char *grants_sender(const char *source); /* the party that sends a feed */
/* The party that asks: a shipper for its cargo and for capacity, the railways for their trains,
 * the operator (NULL) for the yard. */
const char *grants_asker(const lb_query *query);

#endif
