/* tale.h - generated sequences of reports: carriers that move the cargo of two shippers, and two hostile carriers that
 * report about everything that is not theirs.
 *
 *     RAIL  trains, wagons, boxes      HAUL  trucks and their terminals     FORW  bookings, house waybills, boxes
 *     PORT  boxes and air cargo at CNULZ, its resources                      AIR   waybills, flights, ULDs
 *     SHIP1 and SHIP2 query           EVIL1 and EVIL2: a box, a booking, a truck with a terminal of their own
 *
 * A sequence is made from its number alone. Every release of an honest carrier names its vehicle. */
#ifndef TESTS_RIGHTS_TALE_H
#define TESTS_RIGHTS_TALE_H

#include "arena.h"
#include "wire.h"

enum { TALE_LEAST = 20, TALE_MOST = 60 };

extern const char tale_grants[];

typedef enum tale_party {
    TALE_RAIL,
    TALE_PORT,
    TALE_HAUL,
    TALE_AIR,
    TALE_FORW,
    TALE_HONEST, /* the number of carriers */
    TALE_EVIL1 = TALE_HONEST,
    TALE_EVIL2,
    TALE_SENDERS
} tale_party;

typedef struct tale_sender {
    const char *name, *source;
} tale_sender;
extern const tale_sender tale_senders[TALE_SENDERS];

typedef struct tale_message {
    tale_party party;
    const char *source;
    lb_span message_id;
    lb_report report; /* one event, at most three */
    lb_span body;     /* its bytes */
    int64_t at_us;
} tale_message;

typedef struct tale {
    tale_message at[TALE_MOST];
    size_t count;
} tale;

/* The sequence of a number; the attackers' part differs for each variant. Memory of the arena. */
void tale_make(tale *t, uint64_t number, uint64_t variant, lb_arena *arena);
bool tale_is_hostile(const tale_message *message);

#define TALE_NOW_US INT64_C(1773403200000000) /* 2026-03-13T12:00:00Z, the time of all queries */

/* The keys queried: references of the shippers' cargo and its means; the attackers' own. */
extern const char *const tale_cargo[];
extern const char *const tale_own[];

#endif
