/* socket.c - ZeroMQ helpers: bound sockets, requests, notify channels between threads. */
#include "net/socket.h"

#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "keep/audit.h"

enum { QUEUE = 1000 }; /* messages queued for one peer, each way */

void lb_endpoints_add(lb_endpoints *endpoints, const char *name, const char *endpoint)
{
    if (endpoints->count == LB_ENDPOINTS)
        return;
    snprintf(endpoints->at[endpoints->count++], LB_ENDPOINT_ROOM, "%s = %s", name, endpoint);
    lb_log(LB_LOG_HUB_LISTEN, "name=%s endpoint=%s", name, endpoint);
}

lb_err lb_socket_failed(const char *what)
{
    lb_log(LB_LOG_MOV_SOCKET, "what=%s why=\"%s\"", what, zmq_strerror(errno));
    return LB_ERR_IO;
}

lb_err lb_context_open(void **zmq)
{
    *zmq = zmq_ctx_new();
    return *zmq == NULL ? LB_ERR_NO_MEMORY : LB_OK;
}

void lb_context_shut_down(void *zmq)
{
    if (zmq != NULL)
        zmq_ctx_shutdown(zmq);
}

void lb_context_close(void **zmq)
{
    if (*zmq == NULL)
        return;
    zmq_ctx_term(*zmq);
    *zmq = NULL;
}

void *lb_socket_open(void *zmq, int type)
{
    const int linger_ms = 0, queue = QUEUE;

    void *socket = zmq_socket(zmq, type);
    if (socket == NULL)
        return NULL;
    zmq_setsockopt(socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    zmq_setsockopt(socket, ZMQ_RCVHWM, &queue, sizeof queue);
    zmq_setsockopt(socket, ZMQ_SNDHWM, &queue, sizeof queue);
    return socket;
}

lb_err lb_socket_bind(void *zmq, int type, const char *endpoint, void **out)
{
    void *socket = lb_socket_open(zmq, type);

    if (socket == NULL || zmq_bind(socket, endpoint) != 0) {
        lb_err err = lb_socket_failed(endpoint);
        lb_socket_close(&socket);
        return err;
    }
    *out = socket;
    return LB_OK;
}

lb_err lb_socket_connect(void *zmq, int type, const char *endpoint, void **out)
{
    void *socket = lb_socket_open(zmq, type);

    if (socket == NULL || zmq_connect(socket, endpoint) != 0) {
        lb_err err = lb_socket_failed(endpoint);
        lb_socket_close(&socket);
        return err;
    }
    *out = socket;
    return LB_OK;
}

void lb_socket_close(void **socket)
{
    if (*socket == NULL)
        return;
    zmq_close(*socket);
    *socket = NULL;
}

/* -- requests --------------------------------------------------------------------------------------- */

lb_span lb_socket_user(zmq_msg_t *frame)
{
    const char *user = zmq_msg_gets(frame, "User-Id");

    return user == NULL ? LB_EMPTY : lb_span_of(user);
}

/* Receives a frame of a request, copied into the arena unless `bytes` is NULL; *is_more: another follows. */
static lb_err take_frame(void *socket, lb_arena *arena, lb_request *request, lb_span *bytes,
                         bool *is_more)
{
    zmq_msg_t frame;
    lb_err err = LB_OK;

    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) < 0) {
        err = errno == EAGAIN || errno == EINTR ? LB_ERR_NOT_FOUND : LB_ERR_CLOSED;
    } else {
        *is_more = zmq_msg_more(&frame);
        if (bytes != NULL) {
            *bytes = lb_arena_copy(arena, (lb_span){zmq_msg_data(&frame), zmq_msg_size(&frame)});
            request->user = lb_arena_copy(arena, lb_socket_user(&frame));
            request->file = zmq_msg_get(&frame, ZMQ_SRCFD);
        }
    }
    zmq_msg_close(&frame);
    return err;
}

/* As take_frame, into a frame that the caller owns. */
static lb_err take_body(void *socket, lb_arena *arena, lb_request *request, zmq_msg_t *frame,
                        bool *is_more)
{
    if (zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) < 0)
        return errno == EAGAIN || errno == EINTR ? LB_ERR_NOT_FOUND : LB_ERR_CLOSED;
    *is_more = zmq_msg_more(frame);
    request->body = (lb_span){zmq_msg_data(frame), zmq_msg_size(frame)};
    request->user = lb_arena_copy(arena, lb_socket_user(frame));
    request->file = zmq_msg_get(frame, ZMQ_SRCFD);
    return LB_OK;
}

lb_err lb_socket_take(void *router, lb_arena *arena, lb_request *request)
{
    zmq_msg_t body;

    zmq_msg_init(&body);
    lb_err err = lb_socket_take_held(router, arena, request, &body);
    request->body = lb_arena_copy(arena, request->body);
    zmq_msg_close(&body);
    return err == LB_OK && lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : err;
}

lb_err lb_socket_take_held(void *router, lb_arena *arena, lb_request *request, zmq_msg_t *body)
{
    bool is_more = false;

    *request = (lb_request){.file = -1};
    lb_err err = take_frame(router, arena, request, &request->from, &is_more);
    if (err == LB_OK && is_more)
        err = take_body(router, arena, request, body, &is_more);
    if (err == LB_OK && is_more && request->body.len == 0) {
        request->is_req = true;
        err = take_body(router, arena, request, body, &is_more);
    }
    bool has_more_frames = err == LB_OK && is_more;
    while (err == LB_OK && is_more)
        err = take_frame(router, arena, request, NULL, &is_more);
    if (err != LB_OK)
        return err;
    if (lb_arena_failed(arena))
        return LB_ERR_NO_MEMORY;
    return has_more_frames ? LB_ERR_GARBLED : LB_OK;
}

void lb_socket_answer(void *router, lb_span to, bool is_req, lb_span body)
{
    if (zmq_send(router, to.at, to.len, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
        return;
    if (is_req)
        zmq_send(router, "", 0, ZMQ_SNDMORE | ZMQ_DONTWAIT);
    zmq_send(router, body.at, body.len, ZMQ_DONTWAIT);
}

bool lb_socket_wait(zmq_pollitem_t *items, int count, int timeout_ms)
{
    return zmq_poll(items, count, timeout_ms) >= 0 || errno == EINTR;
}

typedef struct note_kind { /* the first frame; behind it: gate, party, about */
    lb_audit_action action;
    lb_ask ask;
    lb_outcome outcome;
} note_kind;

void lb_note(void *notes, const lb_audit_note *note)
{
    const note_kind kind = {note->action, note->ask, note->outcome};
    const lb_span frames[LB_NOTE_FRAMES] = {
        {(const char *)&kind, sizeof kind}, note->gate, note->party, note->about};

    for (size_t i = 0; i < LB_NOTE_FRAMES; i++)
        if (zmq_send(notes, frames[i].at, frames[i].len, i + 1 < LB_NOTE_FRAMES ? ZMQ_SNDMORE : 0) <
            0)
            return; /* the context is shut down */
}

bool lb_note_take(const lb_span frames[LB_NOTE_FRAMES], lb_audit_note *note)
{
    note_kind kind;

    if (frames[0].len != sizeof kind)
        return false;
    memcpy(&kind, frames[0].at, sizeof kind);
    *note = lb_audit_note_of(frames[2], kind.action, frames[3], LB_OK);
    note->gate = frames[1];
    note->ask = kind.ask;
    note->outcome = kind.outcome;
    return true;
}

/* -- notify channels ------------------------------------------------------------------------------- */

lb_err lb_notify_open(void *zmq, const char *name, void **channel)
{
    return lb_socket_bind(zmq, ZMQ_PUB, name, channel);
}

void lb_notify_send(void *channel, int64_t number)
{
    zmq_send(channel, &number, sizeof number, ZMQ_DONTWAIT);
}

lb_err lb_notify_subscribe(void *zmq, const char *name, void **out)
{
    const int newest_only = 1;

    void *channel = lb_socket_open(zmq, ZMQ_SUB);
    if (channel == NULL ||
        zmq_setsockopt(channel, ZMQ_CONFLATE, &newest_only, sizeof newest_only) != 0 ||
        zmq_setsockopt(channel, ZMQ_SUBSCRIBE, "", 0) != 0 || zmq_connect(channel, name) != 0) {
        lb_err err = lb_socket_failed(name);
        lb_socket_close(&channel);
        return err;
    }
    *out = channel;
    return LB_OK;
}

bool lb_notify_receive(void *channel, int64_t *number)
{
    int64_t heard;
    bool is_new = false;

    while (zmq_recv(channel, &heard, sizeof heard, ZMQ_DONTWAIT) == (int)sizeof heard) {
        *number = heard;
        is_new = true;
    }
    return is_new;
}
