/* jt808_session.h - sessions of terminals: their codes, and on which connection each is now.
 *
 * A session outlives its connection, because a terminal registers once and then only sends the code that it was given.
 * Each registration gives a new random code and invalidates the one before. Where terminals are listed a code is valid
 * only on the connection that registered for it: a code that was intercepted is useless elsewhere, and a terminal that
 * reconnects registers again, as the protocol has it do when its code is refused. At most `max` sessions; then the one
 * offline the longest is forgotten. When a connection has more terminals than its share, the first one that came on it
 * goes offline, so others find space. One thread. */
#ifndef GATE_JT808_SESSION_H
#define GATE_JT808_SESSION_H

#include "frame808.h"
#include "landbridge/client/error.h"

enum { LB_808_CODE_ROOM = 33 }; /* 32 hex digits and NUL */
enum { LB_808_SESSIONS_MAX = 65536, LB_808_SESSIONS_OF_CONNECTION = LB_808_SESSIONS_MAX / 4 };

typedef struct lb_808_session lb_808_session;

/* Of one connection, or of those that are offline; oldest first. */
typedef struct lb_808_session_list {
    lb_808_session *first, *last;
    size_t count;
} lb_808_session_list;

struct lb_808_session {
    char terminal[LB_808_TERMINAL_ROOM];
    char code[LB_808_CODE_ROOM]; /* the last one given; empty: none */
    uint32_t code_generation;    /* of the connection that registered for it */
    bool is_authenticated;       /* has sent the code on its present connection */
    bool is_listed;              /* may connect, as of list_number */
    int64_t list_number;         /* revision of the list; 0: not checked */
    void *connection;            /* NULL: offline */
    lb_808_session_list *list;
    lb_808_session *before, *after; /* in its list */
    lb_808_session *same_bucket;
};

typedef struct lb_808_sessions lb_808_sessions;

lb_err lb_808_sessions_open(lb_808_sessions **sessions, size_t max);
void lb_808_sessions_close(lb_808_sessions **sessions);

lb_808_session *lb_808_session_find(lb_808_sessions *sessions, const char *terminal); /* or NULL */
/* Finds or makes. NULL: no free place, since all of them are online. */
lb_808_session *lb_808_session_need(lb_808_sessions *sessions, const char *terminal);
/* Moves it to this connection; over the share of a connection, the first that came on it goes offline. */
void lb_808_session_join(lb_808_sessions *sessions, lb_808_session *session, void *connection,
                         lb_808_session_list *list);
/* All terminals of a connection go offline. */
void lb_808_sessions_leave(lb_808_sessions *sessions, lb_808_session_list *list);

/* Registered on the connection of that generation: makes a new code. */
void lb_808_session_register(lb_808_session *session, uint32_t generation);
void lb_808_session_unregister(lb_808_session *session);
/* Is this the code that was given last? */
bool lb_808_session_has_code(const lb_808_session *session, lb_span code);

#endif
