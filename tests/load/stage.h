/* stage.h - a hub for the scenarios of hostile parties: a real landbridged in a folder of its own, parties with CURVE
 * keys, and plain ZeroMQ sockets for them. */
#ifndef LOAD_STAGE_H
#define LOAD_STAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "landbridge/client/client.h"
#include "record.h"
#include "scratch.h"

enum { STAGE_KEY_ROOM = 41 };

/* Offsets from stage.port. */
typedef enum stage_port {
    STAGE_INTAKE,
    STAGE_QUERY,
    STAGE_LIVE,
    STAGE_REPLAY,
    STAGE_JT808
} stage_port;

typedef struct stage {
    lb_scratch folder;
    char data[SCRATCH_PATH_ROOM];
    char key[STAGE_KEY_ROOM]; /* the hub's */
    int port;                 /* of the CURVE intake; see stage_port */
    pid_t hub;
    void *zmq;
    lb_client *local;
} stage;

typedef struct party {
    const char *name;
    char own_public[STAGE_KEY_ROOM], own_secret[STAGE_KEY_ROOM];
} party;

/* Both abort when the hub cannot be started, since every scenario needs it. */
void stage_open(stage *s, const char *program);
void stage_close(stage *s);

/* Makes a key and a party with it; `words`: roles and rights, divided by blanks. False: the hub
 * refused it. */
bool stage_add(const stage *s, party *who, const char *name, const char *words);
bool stage_revoke(const stage *s, const party *who);

/* A DEALER of this party; `identity` may be NULL. Belongs to the calling thread. */
void *stage_socket(const stage *s, const party *who, stage_port port, const char *identity);

/* Sends a record; the arena is reset. False: it could not be sent now. */
bool stage_send(void *socket, lb_arena *arena, const lb_record *record, const void *value);
/* One message in one Submit. */
bool stage_submit(void *socket, lb_arena *arena, const char *source, int64_t correlation,
                  lb_span body);
/* Takes a waiting record; the arena is reset and holds it. False: there is none. */
bool stage_take(void *socket, lb_arena *arena, const lb_record *record, void *value);
/* The same, waiting for it; false after `timeout_ms`. */
bool stage_wait(void *socket, lb_arena *arena, const lb_record *record, void *value,
                int timeout_ms);

#endif
