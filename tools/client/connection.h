/* connection.h - what the files of the client share: the sockets to one hub, and their memory. */
#ifndef CLIENT_CONNECTION_H
#define CLIENT_CONNECTION_H

#include <zmq.h>

#include "arena.h"
#include "landbridge/client/client.h"
#include "record.h"
#include "submit_draft.h"

enum { PATH_ROOM = 256, KEY_ROOM = 41, WHY_ROOM = 256 };

/* Messages that were sent together and wait for their receipts. */
typedef struct submission {
    struct submission *next;
    uint64_t correlation;
    uint64_t first_ticket;
    size_t messages;
    int64_t again_us; /* when it is sent again, if no receipts come before */
    lb_span packed;   /* the Submit, kept to be sent again */
    lb_span receipts; /* the packed Receipts, once they came; empty until then */
} submission;

typedef struct push_side {
    void *socket;
    char source[72];
    lb_position_entry pushed; /* newest event that a receipt has named */
    lb_on_receipt *on_receipt;
    void *whose;
    size_t max_outstanding, outstanding;
    uint64_t next_ticket, next_correlation;
    lb_submit_draft draft; /* messages not yet sent */
    submission *oldest, *newest;
    lb_arena scratch;
} push_side;

typedef struct follow_side {
    void *replay, *live;
    int64_t hub, epoch; /* of next_seq; LB_UNKNOWN: no answer yet */
    int64_t next_seq, head_seq;
    bool is_live, is_asked; /* events come from the live socket; a replay request is under way */
    int64_t again_us;       /* when it is asked again, if no answer comes before */
    lb_arena batch;         /* the replay batch that is being handed out */
    lb_replay_batch rows;   /* its events */
    size_t row;
    char why[WHY_ROOM]; /* the hub's text of a refusal */
    size_t record;      /* index of the next record to hand out */
    lb_on_record *on_record;
    void *whose;
    lb_arena current; /* the event that the caller looks at */
    lb_event event;
} follow_side;

typedef struct ask_side {
    void *socket;
    uint64_t correlation;
    lb_arena memory;
    lb_answer answer;
    lb_arena text;
    char *pages; /* bytes of a long answer so far */
    size_t pages_len;
} ask_side;

struct lb_client {
    void *zmq;
    char own_public[KEY_ROOM], own_secret[KEY_ROOM], hub_public[KEY_ROOM]; /* empty: no key */
    char intake[PATH_ROOM], query[PATH_ROOM], live[PATH_ROOM], replay[PATH_ROOM];
    push_side push;
    follow_side follow;
    ask_side ask;
};

int64_t hub_now_us(void); /* monotonic: for time-outs only */

/* A connected socket, or NULL when there are no more. */
void *hub_connect(lb_client *client, int type, const char *endpoint);
void hub_disconnect(void **socket);
/* Waits until the socket has something; false when the time is up. */
bool hub_wait(void *socket, int64_t until_us);

void push_fini(lb_client *client);
void follow_fini(lb_client *client);
void ask_fini(lb_client *client);

#endif
