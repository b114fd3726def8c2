/* laws.h - the six laws after a crash, checked on a folder as it was left.
 *
 * 1 receipted as kept: in the journal exactly once       4 the view equals one rebuilt from the journal
 * 2 numbers without gap or reuse                         5 the databases pass their checks
 * 3 not receipted: absent or present, and sending it     6 it starts without help
 *   again gives the same receipt */
#ifndef TESTS_FAULT_LAWS_H
#define TESTS_FAULT_LAWS_H

#include "inside.h"

/* One request to the hub: a message sent, or a message released. */
typedef struct asked {
    int64_t message;
    bool is_release;
    reported reported; /* the hub's answer, if there was time for one */
} asked;

typedef struct ledger {
    const asked *asks;
    int64_t promised, asked; /* of them: answered, asked at all */
} ledger;

enum { LAWS_WHY_ROOM = 200 };

/* Starts the hub on the folder, sends all again, and reads everything. `why` names the broken
 * law. */
bool laws_hold(const char *folder, const ledger *l, char why[LAWS_WHY_ROOM]);

#endif
