/* jt808_session.h - sessions of terminals: their authentication codes, and the connection that each
 * is on.
 *
 * A session outlives its connection, because a terminal registers once and then only sends the code
 * that it was given. Each registration makes a new random code and invalidates the previous one.
 * With a list of terminals a code is valid only on the connection on which it was given, so an
 * intercepted code is useless elsewhere; a terminal that reconnects has its code refused, and then
 * registers again as the protocol requires. There are at most `max` sessions; beyond that the one
 * offline the longest is dropped. When a connection has more terminals than its share, the first
 * that came on it goes offline, so that its session can be dropped. Belongs to the gate's
 * thread. */
#ifndef GATE_JT808_SESSION_H
#define GATE_JT808_SESSION_H

#include "frame808.h"
#include "landbridge/client/error.h"

enum { LB_808_CODE_ROOM = 33 }; /* 32 hex digits and NUL */
enum { LB_808_SESSIONS_MAX = 65536, LB_808_SESSIONS_OF_CONNECTION = LB_808_SESSIONS_MAX / 4 };

typedef struct lb_808_session lb_808_session;

/* The sessions of one connection, or all that are offline; oldest first. */
typedef struct lb_808_session_list {
    lb_808_session *first, *last;
    size_t count;
} lb_808_session_list;

struct lb_808_session {
    char terminal[LB_808_TERMINAL_ROOM];
    char code[LB_808_CODE_ROOM]; /* the last one given; empty: none */
    uint32_t code_generation;    /* of the connection on which the code was given */
    bool is_authenticated;       /* has sent the code on its present connection */
    bool is_listed;              /* may connect, as of list_number */
    int64_t list_number;         /* revision of the list; 0: not checked */
    void *connection;            /* NULL: offline */
    lb_808_session_list *list;
    lb_808_session *before, *after; /* neighbours in `list` */
    lb_808_session *same_bucket;    /* next in the hash bucket */
};

typedef struct lb_808_sessions lb_808_sessions;

lb_err lb_808_sessions_open(lb_808_sessions **sessions, size_t max);
void lb_808_sessions_close(lb_808_sessions **sessions);

lb_808_session *lb_808_session_find(lb_808_sessions *sessions, const char *terminal); /* or NULL */
/* Finds or adds the session. NULL: there are `max` sessions and all of them are online. */
lb_808_session *lb_808_session_need(lb_808_sessions *sessions, const char *terminal);
/* Moves the session to this connection. If that has more than its share, the first that came on it
 * goes offline. */
void lb_808_session_join(lb_808_sessions *sessions, lb_808_session *session, void *connection,
                         lb_808_session_list *list);
/* All terminals of a connection go offline. */
void lb_808_sessions_leave(lb_808_sessions *sessions, lb_808_session_list *list);

/* Makes a new code, given on the connection with this generation. */
void lb_808_session_register(lb_808_session *session, uint32_t generation);
void lb_808_session_unregister(lb_808_session *session);
/* True when this is the code that was given last. */
bool lb_808_session_has_code(const lb_808_session *session, lb_span code);

#endif
