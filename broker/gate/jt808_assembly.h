/* jt808_assembly.h - reassembles messages of JT/T 808 that come in several packages.
 *
 * Packages of one message have consecutive serial numbers, so the serial of the first one identifies the message:
 * serial - (package - 1), with the terminal and the message id.
 *
 *     COLLECTING --last package--> WHOLE --handed over--> PUSHED --receipt--> KEPT
 *         '--60 s, or three requests for missing packages--> given up
 *
 * PUSHED and KEPT are remembered for the rest of the 60 seconds, so a repeated package does not begin a message that
 * can never be completed. One set per connection; one thread. */
#ifndef GATE_JT808_ASSEMBLY_H
#define GATE_JT808_ASSEMBLY_H

#include "frame808.h"

enum {
    LB_808_ASSEMBLIES = 64,                  /* incomplete at a time on one connection */
    LB_808_ASSEMBLY_BYTES = 4 * 1024 * 1024, /* of one connection */
    LB_808_BODY_WHOLE = 250 * 1024,          /* of one message; the adapter's limit */
    LB_808_PACKAGES = 1024,                  /* of one message */
    LB_808_ROUNDS = 3,                       /* of requests for missing packages */
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
    lb_808_header first; /* of package 1, as far as known from the others */
    uint16_t got;
    uint16_t rounds;
    int64_t begun_us, heard_us;
    size_t bytes; /* of memory */
    size_t body_len;
    lb_span *parts; /* [first.packages]; owned */
} lb_808_assembly;

typedef struct lb_808_budget { /* for all connections together */
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

/* Takes one package; the body is copied. Returns its assembly, whose progress says what to do next; NULL: the package
 * numbers are invalid, or a limit is reached. */
lb_808_assembly *lb_808_assemblies_take(lb_808_assemblies *all, const lb_808_header *header,
                                        lb_span body, int64_t now_us);

/* Writes the body of a WHOLE one to memory of the caller with space for body_len; makes it PUSHED. */
void lb_808_assembly_join(lb_808_assemblies *all, lb_808_assembly *assembly, char *body);
void lb_808_assembly_drop(lb_808_assemblies *all, lb_808_assembly *assembly);

/* Numbers of the packages that are still missing. */
size_t lb_808_assembly_missing(const lb_808_assembly *assembly, uint16_t *numbers, size_t room);

#endif
