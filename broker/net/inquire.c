/* inquire.c - answers query messages (FSR) from the view.
 *
 *     message --ask--> a reference --track--> answer --tell--> bytes in the sender's format */
#include "net/inquire.h"

#include <stdio.h>
#include <stdlib.h>

#include "answer/answer.h"
#include "landbridge/client/ident.h"
#include "record.h"

enum { PATH_ROOM = 4096, REPORTED_ROOM = 64 * 1024, MEMORY_MAX = 256 * 1024 * 1024 };

struct lb_inquire {
    char path[PATH_ROOM];
    lb_view_reader *reader; /* opened at the first query: another thread creates the view */
    lb_arena arena;
};

lb_err lb_inquire_open(lb_inquire **out, const char *view_path)
{
    lb_inquire *inquire = calloc(1, sizeof *inquire);
    if (inquire == NULL)
        return LB_ERR_NO_MEMORY;
    snprintf(inquire->path, sizeof inquire->path, "%s", view_path);
    lb_arena_init(&inquire->arena, MEMORY_MAX);
    *out = inquire;
    return LB_OK;
}

void lb_inquire_close(lb_inquire **inquire)
{
    if (*inquire == NULL)
        return;
    lb_view_reader_close(&(*inquire)->reader);
    lb_arena_fini(&(*inquire)->arena);
    free(*inquire);
    *inquire = NULL;
}

/* A reference that the party may not see is not looked up, so not even the latency tells whether it exists. */
static bool may_see(const lb_permission *permission, lb_span reference)
{
    char key[LB_KEY_ROOM];
    lb_object object = {.id = reference};

    if (permission == NULL || lb_permission_sees(permission, reference))
        return true;
    lb_ident_guess(reference, &object.kind, &object.scheme);
    size_t len = lb_object_key_print(key, sizeof key, &object);
    return lb_permission_sees(permission, (lb_span){key, len});
}

static lb_err look_up(lb_inquire *inquire, const lb_permission *permission, lb_span reference,
                      int64_t now_us, lb_answer *answer)
{
    lb_query query;
    lb_err err = LB_OK;
    lb_record_init(&lb_record_query, &query);
    query.ask = LB_ASK_TRACK;
    query.track.reference = reference;
    if (!may_see(permission, reference)) {
        answer->error = lb_span_of(lb_err_name(LB_ERR_NOT_FOUND));
        return LB_OK;
    }
    if (inquire->reader == NULL)
        err = lb_view_reader_open(&inquire->reader, inquire->path);
    if (err == LB_OK)
        err = lb_view_answer(inquire->reader, &query, permission, now_us, &inquire->arena, answer);
    return err;
}

void lb_inquire_answer(lb_inquire *inquire, lb_batch *batch, lb_item *item, int64_t now_us)
{
    const lb_reading reading = {.received_us = item->received_us, .source = item->source};
    const lb_permission *permission = batch->frames[item->frame].permission;
    lb_answer answer;
    lb_item_find_adapter(item);
    const lb_adapter *adapter = item->adapter;
    if (adapter == NULL || adapter->ask == NULL || item->source == NULL || item->error != LB_OK)
        return;
    lb_span reference = adapter->ask(&reading, item->message->body);
    if (reference.len == 0)
        return;
    lb_arena_reset(&inquire->arena);
    lb_record_init(&lb_record_answer, &answer);
    lb_reply reply = {.at = lb_arena_alloc(&batch->arena, REPORTED_ROOM), .room = REPORTED_ROOM};
    if (reply.at == NULL || look_up(inquire, permission, reference, now_us, &answer) != LB_OK)
        return; /* no answer rather than a wrong one: the sender asks again */
    adapter->tell(&reading, item->message->body, &answer, &reply);
    if (!reply.is_full)
        item->reported = (lb_span){reply.at, reply.len};
}
