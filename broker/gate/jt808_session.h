/* jt808_session.h - the terminals that the gate has met, and on which connection each is now.
 *
 * A session outlives its connection, because a terminal registers once and then only shows the code that
 * it was given. Each registration gives a new code, made by chance, and the one before is none any more. Where
 * terminals are listed a code is good on the connection that registered for it, and nowhere else: a code that was
 * read on the wire opens nothing, and a terminal that comes back registers again, which the protocol has it do when
 * its code is refused. At most `max` sessions; then the one that is away the longest is forgotten. A connection that
 * speaks for more terminals than its share has the one away that came on it first, so others find room. One thread. */
#ifndef GATE_JT808_SESSION_H
#define GATE_JT808_SESSION_H

#include "frame808.h"
#include "landbridge/client/error.h"

enum { LB_808_CODE_ROOM = 33 }; /* 32 hex digits and NUL */
enum { LB_808_SESSIONS_MAX = 65536, LB_808_SESSIONS_OF_CONNECTION = LB_808_SESSIONS_MAX / 4 };

typedef struct lb_808_session lb_808_session;

typedef struct
    lb_808_session_list { /* of one connection, or of those that are away; oldest first */
    lb_808_session *first, *last;
    size_t count;
} lb_808_session_list;

struct lb_808_session {
    char terminal[LB_808_TERMINAL_ROOM];
    char code[LB_808_CODE_ROOM]; /* that this gate gave it last; empty: none      */
    uint32_t code_generation;    /* of the connection that registered for it      */
    bool is_authenticated;       /* has shown it, on the connection where it is now   */
    bool is_listed;              /* may speak, as the list was at...                  */
    int64_t list_number;         /* ... this number; 0: not looked for                */
    void *connection;            /* NULL: away */
    lb_808_session_list *list;
    lb_808_session *before, *after; /* in the list */
    lb_808_session *same_bucket;
};

typedef struct lb_808_sessions lb_808_sessions;

lb_err lb_808_sessions_open(lb_808_sessions **sessions, size_t max);
void lb_808_sessions_close(lb_808_sessions **sessions);

lb_808_session *lb_808_session_find(lb_808_sessions *sessions, const char *terminal); /* or NULL */
/* Finds or makes. NULL when there is no room: all of them are online. */
lb_808_session *lb_808_session_need(lb_808_sessions *sessions, const char *terminal);
/* It is on this connection now; over the share of a connection, the first that came on it is away. */
void lb_808_session_join(lb_808_sessions *sessions, lb_808_session *session, void *connection,
                         lb_808_session_list *list);
/* All terminals of a connection are away from now on. */
void lb_808_sessions_leave(lb_808_sessions *sessions, lb_808_session_list *list);

/* It has registered on the connection of that generation: a new code. */
void lb_808_session_register(lb_808_session *session, uint32_t generation);
void lb_808_session_unregister(lb_808_session *session);
/* Is this the code that it was given last? */
bool lb_808_session_has_code(const lb_808_session *session, lb_span code);

#endif
