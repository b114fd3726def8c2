/* admit.c - who says this, and may they. */
#include "move/admit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/point.h"
#include "keep/dedup.h"

enum { NAME_MAX_BYTES = 64, WHY_ROOM = 200, PATH_ROOM = 4096 };

typedef struct admitted { /* index is the feed's */
    lb_source *source;
    bool is_tried;
    char why[WHY_ROOM]; /* its profile cannot be read */
} admitted;

struct lb_admit {
    const char *folder;
    lb_feed_book *feeds;
    size_t message_bytes;
    admitted *sources;
    size_t room;
};

lb_err lb_admit_open(lb_admit **out, const char *folder, lb_feed_book *feeds, int64_t message_bytes)
{
    lb_admit *admit = calloc(1, sizeof *admit);
    if (admit == NULL)
        return LB_ERR_NO_MEMORY;
    admit->folder = folder;
    admit->feeds = feeds;
    admit->message_bytes = (size_t)message_bytes;
    *out = admit;
    return LB_OK;
}

void lb_admit_forget(lb_admit *admit)
{
    for (size_t i = 0; i < admit->room; i++) {
        lb_source_close(&admit->sources[i].source);
        admit->sources[i].is_tried = false;
        admit->sources[i].why[0] = '\0';
    }
}

void lb_admit_close(lb_admit **admit)
{
    if (*admit == NULL)
        return;
    lb_admit_forget(*admit);
    free((*admit)->sources);
    free(*admit);
    *admit = NULL;
}

/* Letters, digits, '.', '_', '-', starting with a letter or digit: safe as a file's name, too. */
static bool is_name(lb_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_word && (i == 0 || (c != '.' && c != '_' && c != '-')))
            return false;
    }
    return name.len > 0 && name.len <= NAME_MAX_BYTES;
}

static bool is_reserved(lb_span name)
{
    return lb_span_is(name, "jt808");
}

/* A profile that is there and cannot be read stops its feed: guessing the zone of a sender who has one
 * would put wrong times on the record. */
static void read_profile(lb_admit *admit, admitted *source, lb_span name)
{
    char path[PATH_ROOM], why[WHY_ROOM - 32] = "";
    lb_err err;

    source->is_tried = true;
    snprintf(path, sizeof path, "%s/sources/%.*s.ini", admit->folder, LB_ARG(name));
    if (access(path, F_OK) == 0)
        err = lb_source_open(&source->source, path, why, sizeof why);
    else
        err = lb_source_named(&source->source, name);
    if (err == LB_OK && !lb_span_is(name, lb_source_id(source->source))) {
        err = LB_ERR_MISUSE;
        snprintf(why, sizeof why, "its id is '%.64s'", lb_source_id(source->source));
        lb_source_close(&source->source);
    }
    if (err == LB_OK)
        return;
    snprintf(source->why, sizeof source->why, "profile of the source: %s",
             why[0] == '\0' ? lb_err_text(err) : why);
    lb_log(LB_LOG_CFG_SOURCE, "path=%s err=%s why=\"%s\"", path, lb_err_name(err), why);
}

static lb_err need_room(lb_admit *admit, size_t feed)
{
    size_t room = admit->room == 0 ? 64 : admit->room;

    if (feed < admit->room)
        return LB_OK;
    while (room <= feed)
        room *= 2;
    admitted *sources = realloc(admit->sources, room * sizeof *sources);
    if (sources == NULL)
        return LB_ERR_NO_MEMORY;
    memset(sources + admit->room, 0, (room - admit->room) * sizeof *sources);
    admit->sources = sources;
    admit->room = room;
    return LB_OK;
}

/* Says no to the frame as a whole: nothing of it is counted or kept. */
static void turn_away(lb_frame *frame, lb_err err, const char *why)
{
    frame->refused = err;
    frame->why = lb_span_of(why);
}

static admitted *judge_frame(lb_admit *admit, lb_frame *frame, int inside)
{
    lb_submit *submit = &frame->submit;

    if (submit->source.len == 0)
        submit->source = LB_SPAN("local");
    if (!is_name(submit->source)) {
        turn_away(frame, LB_ERR_MISUSE, "a source is 1 to 64 letters, digits, '.', '_' or '-'");
        return NULL;
    }
    if (is_reserved(submit->source) && frame->door != inside) {
        turn_away(frame, LB_ERR_DENIED, "this name belongs to a gate of the hub");
        return NULL;
    }
    lb_err err = lb_feed_need(admit->feeds, submit->source, &frame->feed);
    if (err == LB_OK)
        err = need_room(admit, frame->feed);
    if (err != LB_OK) {
        turn_away(frame, err, "too many sources");
        return NULL;
    }
    admitted *source = &admit->sources[frame->feed];
    if (!source->is_tried)
        read_profile(admit, source, submit->source);
    if (source->source == NULL) {
        turn_away(frame, LB_ERR_DENIED, source->why);
        return NULL;
    }
    return source;
}

static void judge_item(lb_admit *admit, const admitted *source, lb_span name, lb_item *item)
{
    const lb_message *message = item->message;

    item->source = source->source;
    if (message->body.len > admit->message_bytes)
        lb_item_refuse(item, LB_ITEM_DENIED, LB_ERR_TOO_BIG, LB_UNKNOWN,
                       LB_SPAN("the message is over the hub's limit"));
    else if (message->body.len == 0)
        lb_item_refuse(item, LB_ITEM_DENIED, LB_ERR_CUT_SHORT, 0, LB_SPAN("the message is empty"));
    else
        lb_token_make(item->token, name, message->message_id, message->body);
}

void lb_admit_judge(lb_admit *admit, lb_batch *batch, int inside)
{
    for (size_t f = 0; f < batch->frame_count; f++) {
        lb_frame *frame = &batch->frames[f];
        if (frame->refused != LB_OK)
            continue;
        const admitted *source = judge_frame(admit, frame, inside);
        for (size_t i = frame->first; i < frame->first + frame->count; i++) {
            if (source == NULL)
                lb_item_refuse(&batch->items[i], LB_ITEM_DENIED, frame->refused, LB_UNKNOWN,
                               frame->why);
            else
                judge_item(admit, source, frame->submit.source, &batch->items[i]);
        }
    }
    if (batch->count > 0)
        lb_point("admitted");
}
