/* connection.c - opening and closing a client; the sockets to one hub.
 *
 *     at = a folder              ipc://FOLDER/intake.sock, query.sock, live.sock, replay.sock
 *     at = tcp://HOST:PORT       PORT intake, PORT+1 query, PORT+2 live, PORT+3 replay */
#include "connection.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum { MEMORY_MAX = 256 * 1024 * 1024, LINGER_MS = 0, OUTSTANDING = 1000 };

int64_t hub_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void *hub_connect(lb_client *client, int type, const char *endpoint)
{
    void *socket = zmq_socket(client->zmq, type);
    if (socket == NULL)
        return NULL;

    int linger = LINGER_MS, unlimited = 0, reconnect_ms = 50, reconnect_max_ms = 1000;
    int64_t max_message = MEMORY_MAX;
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(socket, ZMQ_RECONNECT_IVL, &reconnect_ms, sizeof reconnect_ms);
    zmq_setsockopt(socket, ZMQ_RECONNECT_IVL_MAX, &reconnect_max_ms, sizeof reconnect_max_ms);
    zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &max_message, sizeof max_message);
    if (client->own_secret[0] != '\0') {
        zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, client->hub_public, KEY_ROOM);
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, client->own_public, KEY_ROOM);
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, client->own_secret, KEY_ROOM);
    }
    if (type == ZMQ_SUB)
        zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
    else
        zmq_setsockopt(socket, ZMQ_SNDHWM, &unlimited, sizeof unlimited);
    if (zmq_connect(socket, endpoint) == 0)
        return socket;

    zmq_close(socket);
    return NULL;
}

void hub_disconnect(void **socket)
{
    if (*socket != NULL)
        zmq_close(*socket);
    *socket = NULL;
}

bool hub_wait(void *socket, int64_t until_us)
{
    for (;;) {
        int64_t left_us = until_us - hub_now_us();
        long left_ms = left_us <= 0 ? 0 : (long)((left_us + 999) / 1000);
        zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
        int ready = zmq_poll(&item, 1, left_ms);
        if (ready > 0)
            return true;
        if (left_ms == 0)
            return false;
    }
}

static lb_err name_tcp(lb_client *client, const char *at)
{
    char *rooms[] = {client->intake, client->query, client->live, client->replay};
    const char *colon = strrchr(at, ':');
    lb_span digits = colon == NULL ? LB_EMPTY : lb_span_of(colon + 1);
    int64_t port;
    if (!lb_span_number(digits, &port) || port < 1 || port > 65532)
        return LB_ERR_MISUSE;

    int host_len = (int)(colon - at);
    for (int i = 0; i < 4; i++)
        if (snprintf(rooms[i], PATH_ROOM, "%.*s:%d", host_len, at, (int)port + i) >= PATH_ROOM)
            return LB_ERR_MISUSE;
    return LB_OK;
}

static lb_err name_ipc(lb_client *client, const char *folder)
{
    static const char *const names[] = {"intake", "query", "live", "replay"};
    char *rooms[] = {client->intake, client->query, client->live, client->replay};
    for (int i = 0; i < 4; i++)
        if (snprintf(rooms[i], PATH_ROOM, "ipc://%s/%s.sock", folder, names[i]) >= PATH_ROOM)
            return LB_ERR_MISUSE;
    return LB_OK;
}

lb_err lb_client_open(lb_client **out, const char *at)
{
    lb_client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return LB_ERR_NO_MEMORY;

    snprintf(client->push.source, sizeof client->push.source, "local");
    client->push.max_outstanding = OUTSTANDING;
    client->push.pushed = lb_position_plain(LB_UNKNOWN);
    client->push.next_ticket = client->push.next_correlation = 1;
    client->follow.next_seq = 1;
    client->follow.head_seq = client->follow.hub = client->follow.epoch = LB_UNKNOWN;
    lb_submit_draft_init(&client->push.draft, MEMORY_MAX);
    lb_arena_init(&client->push.scratch, MEMORY_MAX);
    lb_arena_init(&client->follow.batch, MEMORY_MAX);
    lb_arena_init(&client->follow.current, MEMORY_MAX);
    lb_arena_init(&client->ask.memory, MEMORY_MAX);
    lb_arena_init(&client->ask.text, MEMORY_MAX);

    lb_err err = strncmp(at, "tcp://", 6) == 0 ? name_tcp(client, at) : name_ipc(client, at);
    if (err == LB_OK && (client->zmq = zmq_ctx_new()) == NULL)
        err = LB_ERR_NO_MEMORY;
    if (err != LB_OK)
        lb_client_close(&client);
    else
        *out = client;
    return err;
}

static bool is_key(const char *text)
{
    uint8_t bytes[KEY_ROOM];

    return strlen(text) == KEY_ROOM - 1 && zmq_z85_decode(bytes, text) != NULL;
}

lb_err lb_client_key(lb_client *client, const char *own_public, const char *own_secret,
                     const char *hub_public)
{
    if (!is_key(own_public) || !is_key(own_secret) || !is_key(hub_public))
        return LB_ERR_MISUSE;
    memcpy(client->own_public, own_public, KEY_ROOM);
    memcpy(client->own_secret, own_secret, KEY_ROOM);
    memcpy(client->hub_public, hub_public, KEY_ROOM);
    return LB_OK;
}

typedef struct key_file {
    char own_public[KEY_ROOM], own_secret[KEY_ROOM], hub_public[KEY_ROOM];
} key_file;

static int take_key(void *whose, const char *section, const char *name, const char *value)
{
    key_file *keys = whose;
    char *to = strcmp(name, "public") == 0   ? keys->own_public
               : strcmp(name, "secret") == 0 ? keys->own_secret
               : strcmp(name, "hub") == 0    ? keys->hub_public
                                             : NULL;

    if (section[0] != '\0' || to == NULL || strlen(value) != KEY_ROOM - 1)
        return 0;
    memcpy(to, value, KEY_ROOM);
    return 1;
}

lb_err lb_client_key_file(lb_client *client, const char *path)
{
    key_file keys = {.own_public = ""};
    struct stat file;

    if (stat(path, &file) != 0)
        return LB_ERR_NOT_FOUND;
    if ((file.st_mode & (S_IRWXG | S_IRWXO)) != 0 || ini_parse(path, take_key, &keys) != 0)
        return LB_ERR_MISUSE;
    lb_err err = lb_client_key(client, keys.own_public, keys.own_secret, keys.hub_public);
    memset(&keys, 0, sizeof keys);
    return err;
}

void lb_client_close(lb_client **client)
{
    if (*client == NULL)
        return;
    push_fini(*client);
    follow_fini(*client);
    ask_fini(*client);
    if ((*client)->zmq != NULL)
        zmq_ctx_term((*client)->zmq);
    free(*client);
    *client = NULL;
}
