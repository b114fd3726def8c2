/* jt808_assembly.h - reassembles messages of JT/T 808 that come in several packages.
 *
 * Packages of one message have consecutive serial numbers. So terminal, message id and serial -
 * (package - 1), the serial number of the first package, identify the message.
 *
 *     COLLECTING --last package--> WHOLE --handed over--> PUSHED --receipt--> KEPT
 *         '--60 s, or three requests for missing packages--> given up
 *
 * A PUSHED or KEPT message is remembered for the rest of the 60 seconds, so that a repeated package
 * does not begin a message that can never be completed. Each connection has its own set. Belongs to
 * the gate's thread. */
#ifndef GATE_JT808_ASSEMBLY_H
#define GATE_JT808_ASSEMBLY_H

#include "frame808.h"

enum {
    LB_808_ASSEMBLIES = 64,                  /* messages of one connection at a time */
    LB_808_ASSEMBLY_BYTES = 4 * 1024 * 1024, /* memory of one connection */
    LB_808_BODY_WHOLE = 250 * 1024,          /* bytes of one message; the adapter's limit */
    LB_808_PACKAGES = 1024,                  /* packages of one message */
    LB_808_ROUNDS = 3,                       /* requests for missing packages of one message */
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
    lb_808_header first; /* header of package 1, computed from the first that came */
    uint16_t got;        /* number of packages that have come */
    uint16_t rounds;     /* number of requests for missing packages */
    int64_t begun_us, heard_us;
    size_t bytes; /* memory in use */
    size_t body_len;
    lb_span *parts; /* bodies of the packages, [first.packages]; owned */
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

/* Adds one package; the body is copied. Returns its assembly, whose progress says what to do next.
 * NULL: the package numbers are invalid, or a limit is reached. */
lb_808_assembly *lb_808_assemblies_take(lb_808_assemblies *all, const lb_808_header *header,
                                        lb_span body, int64_t now_us);

/* Writes the body of a WHOLE message to `body`, which has space for body_len bytes; makes it
 * PUSHED. */
void lb_808_assembly_join(lb_808_assemblies *all, lb_808_assembly *assembly, char *body);
void lb_808_assembly_drop(lb_808_assemblies *all, lb_808_assembly *assembly);

/* Writes the numbers of missing packages, at most `room`; returns how many were written. */
size_t lb_808_assembly_missing(const lb_808_assembly *assembly, uint16_t *numbers, size_t room);

#endif
