/* messages.h - the messages of each carrier of the torture: sent, receipted, found in the journal.
 *
 *     carrier 0..2   reports, 1 to 3 events each; some of the first carrier's are in no format
 *     carrier 3      FSU
 *     carrier 4      files in the spool folder
 *     carrier 5      positions of a truck's terminal
 *
 * A message is identified by its carrier and number, which are in its first event (an object, or the time of a
 * position). Carriers' threads write `reported`; the judge reads it while they go on. */
#ifndef CRASH_MESSAGES_H
#define CRASH_MESSAGES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "landbridge/client/event.h"

enum { SPOOL = 4, TERMINAL = 5, CARRIERS = 6, MESSAGES_MAX = 400000, TEXT_ROOM = 1024 };

typedef enum reported {
    REPORTED_NOTHING,
    REPORTED_KEPT,   /* KEPT or DUPLICATE, a file in done/, an 0x8001 with result 0 */
    REPORTED_REFUSED /* and it is in quarantine */
} reported;

typedef struct message {
    _Atomic int reported;
    _Atomic int64_t first_seq; /* from the receipt; 0: absent */
    int64_t journal_seq;       /* in the journal; 0: not there */
    int times;                 /* in the journal */
} message;

typedef struct messages {
    message *of[CARRIERS];
    _Atomic int64_t sent[CARRIERS]; /* numbers below were sent */
    _Atomic int64_t violations, repeated, receipts;
} messages;

bool messages_open(messages *all);
void messages_close(messages *all);
const char *messages_source(int carrier);

bool message_is_garbage(int carrier, int64_t number);
/* The message's text (not of the terminal). */
int message_write(int carrier, int64_t number, char text[TEXT_ROOM]);
int64_t message_position_us(int64_t number); /* of the terminal: the time of its position */
/* The carrier and number of an event. */
bool message_of_event(const lb_event *event, int *carrier, int64_t *number);

/* Prints the broken law on stderr, the first twenty times. */
void messages_break(messages *all, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
