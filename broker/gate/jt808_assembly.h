/* jt808_assembly.h - messages of JT/T 808 that come in several packages, put together.
 *
 * Packages of one message have consecutive serial numbers, so the serial of the first one names the
 * message: serial - (package - 1), with the terminal and the message's id.
 *
 *     COLLECTING --last package--> WHOLE --handed over--> PUSHED --receipt--> KEPT
 *         '--60 s, or asked in vain three times--> given up
 *
 * PUSHED and KEPT are remembered for the rest of the 60 seconds, so that a package that is sent again
 * does not begin a message that will never be whole. One set for each connection; one thread. */
#ifndef GATE_JT808_ASSEMBLY_H
#define GATE_JT808_ASSEMBLY_H

#include "frame808.h"

enum {
    LB_808_ASSEMBLIES = 64,                  /* open at once on one connection        */
    LB_808_ASSEMBLY_BYTES = 4 * 1024 * 1024, /* of one connection                     */
    LB_808_BODY_WHOLE = 250 * 1024,          /* of one message; the adapter's limit   */
    LB_808_PACKAGES = 1024,                  /* of one message                        */
    LB_808_ROUNDS = 3,                       /* of asking for what is missing         */
};

typedef enum lb_808_progress {
    LB_808_FREE,
    LB_808_COLLECTING,
    LB_808_WHOLE,
    LB_808_PUSHED,
    LB_808_KEPT,
} lb_808_progress;

typedef struct lb_808_assembly {
    lb_808_progress progress;
    lb_808_header first; /* of package 1, as far as the others tell */
    uint16_t got;
    uint16_t rounds;
    int64_t begun_us, heard_us;
    size_t bytes; /* of memory */
    size_t body_len;
    lb_span *parts; /* [first.packages]; owned */
} lb_808_assembly;

typedef struct lb_808_budget { /* of all connections together */
    size_t used, most;
} lb_808_budget;

typedef struct lb_808_assemblies {
    lb_808_assembly at[LB_808_ASSEMBLIES];
    size_t count; /* not FREE */
    size_t bytes;
    lb_808_budget *budget;
} lb_808_assemblies;

void lb_808_assemblies_init(lb_808_assemblies *all, lb_808_budget *budget);
void lb_808_assemblies_fini(lb_808_assemblies *all);

/* Takes one package; the body is copied. The assembly it belongs to, whose progress says what to do
 * now; NULL when its numbers make no sense or there is no room. */
lb_808_assembly *lb_808_assemblies_take(lb_808_assemblies *all, const lb_808_header *header,
                                        lb_span body, int64_t now_us);

/* The body of a WHOLE one, in memory of the caller with room for body_len; makes it PUSHED. */
void lb_808_assembly_join(lb_808_assemblies *all, lb_808_assembly *assembly, char *body);
void lb_808_assembly_drop(lb_808_assemblies *all, lb_808_assembly *assembly);

/* Numbers of the packages that are not there yet. */
size_t lb_808_assembly_missing(const lb_808_assembly *assembly, uint16_t *numbers, size_t room);

#endif
