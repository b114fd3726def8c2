/* admit.c - access check of submissions: is the sender known, and may it send this? */
#include "net/admit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/meter.h"
#include "base/point.h"
#include "keep/audit.h"
#include "keep/dedup.h"
#include "keep/party.h"

enum { WHY_ROOM = 200, PATH_ROOM = 4096, NEW_SOURCE_MS = 1000 };
#define NOTE_US INT64_C(60000000) /* between two audit records of a source that goes on sending */

/* Processor time per second that may be spent on reading what a party sends and no adapter can read: probing every
 * adapter costs more than reading a valid message. Beyond it the party gets BUSY, as when it sends too much. */
#define REFUSED_US_PER_S INT64_C(100000)

typedef struct admitted { /* indexed by feed; `name` tells whether the feed is still the same */
    char name[LB_PARTY_NAME_MAX + 1];
    lb_source *source;
    bool is_tried;
    char why[WHY_ROOM]; /* why its profile cannot be read; empty: it can */
    int64_t noted_us;   /* time of its last audit record */
} admitted;

struct lb_admit {
    const char *folder;
    lb_admit_options options;
    lb_party_reader *parties;
    const lb_permission_book *book; /* valid for this turn */
    lb_meters meters;
    void *notes;
    int64_t noted_us; /* time of the last audit record of a source without a key and a feed */
    admitted *sources;
    size_t room;
};

lb_err lb_admit_open(lb_admit **out, const lb_listen *listen, const lb_admit_options *options)
{
    lb_admit *admit = calloc(1, sizeof *admit);
    if (admit == NULL)
        return LB_ERR_NO_MEMORY;
    admit->folder = listen->folder;
    admit->options = *options;
    lb_err err = lb_party_reader_open(&admit->parties, listen->party_path, listen->user_nonce,
                                      listen->local_may);
    if (err == LB_OK)
        err = lb_socket_connect(listen->zmq, ZMQ_PUSH, LB_NOTES, &admit->notes);
    if (err != LB_OK)
        lb_admit_close(&admit);
    else
        *out = admit;
    return err;
}

static void forget_profile(admitted *source)
{
    lb_source_close(&source->source);
    source->is_tried = false;
    source->why[0] = '\0';
}

void lb_admit_forget(lb_admit *admit)
{
    for (size_t i = 0; i < admit->room; i++)
        forget_profile(&admit->sources[i]);
}

void lb_admit_close(lb_admit **admit)
{
    if (*admit == NULL)
        return;
    lb_admit_forget(*admit);
    lb_socket_close(&(*admit)->notes);
    lb_party_reader_close(&(*admit)->parties);
    lb_meters_fini(&(*admit)->meters);
    free((*admit)->sources);
    free(*admit);
    *admit = NULL;
}

/* A profile that exists but cannot be read stops its feed: assuming a time zone for a sender that has declared one
 * would record wrong times. */
static void read_profile(lb_admit *admit, admitted *source, lb_span name)
{
    char path[PATH_ROOM], why[WHY_ROOM - 32] = "";
    lb_err err;

    /* Of a link itself: a dangling link is a profile that cannot be read. */
    struct stat about;

    source->is_tried = true;
    snprintf(path, sizeof path, "%s/sources/%.*s.ini", admit->folder, LB_ARG(name));
    if (lstat(path, &about) == 0)
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

/* Refuses the frame as a whole: nothing of it is counted or kept. */
static void turn_away(lb_frame *frame, lb_err err, const char *why)
{
    frame->refused = err;
    frame->why = lb_span_of(why);
}

static bool is_own_door(const lb_frame *frame, int inside)
{
    return frame->side == inside;
}

/* -- the party -------------------------------------------------------------------------------------- */

/* Over a rate the whole Submit waits: a part of it would get out of order. */
static bool is_within_rate(lb_admit *admit, lb_frame *frame)
{
    const lb_permission *permission = frame->permission;
    const lb_admit_options *options = &admit->options;
    int64_t now_us = lb_clock_steady_us(), bytes = 0;
    int64_t messages_per_s = permission->messages_per_s == LB_UNKNOWN ? options->messages_per_s
                                                                      : permission->messages_per_s;
    int64_t bytes_per_s =
        permission->bytes_per_s == LB_UNKNOWN ? options->bytes_per_s : permission->bytes_per_s;

    lb_meter *meter = lb_meters_of(&admit->meters, permission);
    if (meter == NULL)
        return false;
    int64_t wait_us = lb_bucket_wait_us(&meter->messages, messages_per_s, now_us);
    int64_t also_us = lb_bucket_wait_us(&meter->bytes, bytes_per_s, now_us);
    int64_t refused_us = lb_bucket_wait_us(&meter->refused_us, REFUSED_US_PER_S, now_us);
    wait_us = also_us > wait_us ? also_us : wait_us;
    wait_us = refused_us > wait_us ? refused_us : wait_us;
    if (wait_us > 0) {
        frame->retry_ms = wait_us / 1000 + 1;
        return false;
    }
    for (size_t i = 0; i < frame->submit.messages.count; i++)
        bytes += (int64_t)frame->submit.messages.at[i].body.len;
    lb_bucket_spend(&meter->messages, (int64_t)frame->submit.messages.count);
    lb_bucket_spend(&meter->bytes, bytes);
    return true;
}

/* Gates have their own share; the spool folder and connections without a key share that of the hub's own machine. */
static void note_owner(lb_frame *frame)
{
    if (frame->permission != NULL)
        frame->owner = frame->permission->name;
    else
        frame->owner =
            lb_name_is_a_gates(frame->submit.source) ? frame->submit.source : LB_SPAN("local");
}

/* A gate has identified the sender; its source is the gate's own, or that of a folder. */
static void find_own(lb_admit *admit, lb_frame *frame, const lb_permission_book *book)
{
    frame->permission = lb_permission_of_source(book, frame->submit.source);
    if (admit->options.terminals_are_listed && lb_name_is_of_devices(frame->submit.source))
        frame->terminals = book;
}

static bool is_spoken_for(const lb_frame *frame)
{
    return frame->submit.on_behalf_of.len > 0;
}

/* The party's own rights apply, neither more nor less. */
static void find_spoken_for(lb_frame *frame, const lb_permission_book *book)
{
    const lb_submit *submit = &frame->submit;

    if (lb_name_gate_of(frame->from).len == 0) {
        turn_away(frame, LB_ERR_DENIED, LB_WHY_NO_GATE);
        return;
    }
    frame->permission = lb_permission_of_party(book, submit->on_behalf_of, submit->client_address);
    if (frame->permission == NULL)
        turn_away(frame, LB_ERR_DENIED, LB_WHY_NO_PARTY);
}

static void find_sender(lb_frame *frame, const lb_permission_book *book)
{
    frame->permission = lb_permission_of_user(book, frame->user, lb_clock_now_us());
    frame->is_stranger = frame->permission == NULL;
    if (frame->is_stranger)
        turn_away(frame, LB_ERR_DENIED, "the sender is not known to the hub");
    else if (is_spoken_for(frame))
        turn_away(frame, LB_ERR_DENIED, LB_WHY_NO_GATE);
}

static void judge_rights(lb_admit *admit, lb_frame *frame)
{
    if (!lb_permission_may_send_as(frame->permission, frame->submit.source))
        turn_away(frame, LB_ERR_DENIED, "this party may not send as this source");
    else if (!frame->permission->is_local && !frame->of->is_metered &&
             !is_within_rate(admit, frame))
        turn_away(frame, LB_ERR_BUSY, "over the party's rate limit: send it again after retry_ms");
}

static bool judge_party(lb_admit *admit, lb_frame *frame, const lb_permission_book *book,
                        int inside)
{
    if (is_own_door(frame, inside) && !is_spoken_for(frame)) {
        find_own(admit, frame, book);
        note_owner(frame);
        return true;
    }
    if (is_own_door(frame, inside))
        find_spoken_for(frame, book);
    else
        find_sender(frame, book);
    if (frame->permission != NULL)
        note_owner(frame);
    if (frame->refused == LB_OK)
        judge_rights(admit, frame);
    frame->of->is_metered = true;
    return frame->refused == LB_OK;
}

/* Time of the last audit record: per source with a feed; for those without one per party, since it may invent their
 * names. */
static int64_t *noted_of(lb_admit *admit, const lb_frame *frame, admitted *source)
{
    if (lb_feed_is_heard(admit->options.feeds, frame->feed))
        return &source->noted_us;
    lb_meter *meter = frame->permission == NULL || frame->permission->is_local
                          ? NULL
                          : lb_meters_of(&admit->meters, frame->permission);
    return meter == NULL ? &admit->noted_us : &meter->noted_us;
}

/* The party behind it; of a gate's Submit the one that it names, whether the hub knows it or not. */
static lb_span party_of(const lb_frame *frame, lb_span gate)
{
    if (frame->permission != NULL)
        return frame->permission->name;
    return gate.len > 0 && lb_party_name_is_valid(frame->submit.on_behalf_of)
               ? frame->submit.on_behalf_of
               : LB_EMPTY;
}

static void note_frame(lb_admit *admit, const lb_frame *frame, admitted *source, int inside)
{
    int64_t now_us = lb_clock_monotonic_us();
    int64_t *noted_us = source == NULL ? NULL : noted_of(admit, frame, source);
    lb_span gate = is_own_door(frame, inside) && is_spoken_for(frame) ? lb_name_gate_of(frame->from)
                                                                      : LB_EMPTY;

    if (noted_us != NULL && *noted_us != 0 && now_us - *noted_us < NOTE_US)
        return;
    if (noted_us != NULL)
        *noted_us = now_us;
    lb_audit_note note = lb_audit_note_of(party_of(frame, gate), LB_ACTION_SEND,
                                          frame->submit.source, frame->refused);
    note.gate = gate;
    lb_note(admit->notes, &note);
}

/* -- the source ------------------------------------------------------------------------------------- */

/* The row of its counters, and with it its owner's share. */
static lb_err need_feed(lb_admit *admit, lb_frame *frame)
{
    lb_err err =
        lb_feed_need(admit->options.feeds, frame->submit.source, frame->owner, &frame->feed);

    if (err == LB_OK)
        err = need_room(admit, frame->feed);
    if (err == LB_ERR_DENIED)
        turn_away(frame, err,
                  "the party has reached its limit of sources, which the operator sets ([limits] "
                  "party_feeds)");
    else if (err == LB_ERR_BUSY)
        turn_away(frame, err, "too many new sources at once: send it again after retry_ms");
    else if (err != LB_OK)
        turn_away(
            frame, err,
            "the hub has reached its limit of sources, which the operator sets ([limits] feeds)");
    if (err == LB_ERR_BUSY)
        frame->retry_ms = NEW_SOURCE_MS;
    return err;
}

/* The entry of the source; a feed's number may have been another source's before. */
static admitted *need_admitted(lb_admit *admit, const lb_frame *frame)
{
    admitted *source = &admit->sources[frame->feed];
    lb_span name = frame->submit.source;

    if (!lb_span_is(name, source->name)) {
        forget_profile(source);
        source->noted_us = 0;
        memcpy(source->name, name.at, name.len);
        source->name[name.len] = '\0';
    }
    if (!source->is_tried)
        read_profile(admit, source, name);
    return source;
}

static admitted *judge_source(lb_admit *admit, lb_frame *frame, int inside)
{
    if (lb_name_is_a_gates(frame->submit.source) &&
        (!is_own_door(frame, inside) || is_spoken_for(frame))) {
        turn_away(frame, LB_ERR_DENIED, "this name belongs to a gate of the hub");
        return NULL;
    }
    if (need_feed(admit, frame) != LB_OK)
        return NULL;
    admitted *source = need_admitted(admit, frame);
    if (source->source == NULL) {
        turn_away(frame, LB_ERR_DENIED, source->why);
        return NULL;
    }
    return source;
}

lb_err lb_admit_frame(lb_admit *admit, lb_frame *frame, int inside)
{
    lb_submit *submit = &frame->submit;
    admitted *source = NULL;

    if (submit->source.len == 0)
        submit->source = LB_SPAN("local");
    if (!lb_party_name_is_valid(submit->source))
        turn_away(frame, LB_ERR_MISUSE, "a source is 1 to 64 letters, digits, '.', '_' or '-'");
    else if (judge_party(admit, frame, admit->book, inside))
        source = judge_source(admit, frame, inside);
    note_frame(admit, frame, source, inside);
    if (frame->refused == LB_OK)
        lb_point("admitted");
    return frame->refused;
}

void lb_admit_item(lb_admit *admit, const lb_frame *frame, lb_item *item)
{
    const lb_message *message = item->message;

    item->source = admit->sources[frame->feed].source;
    if (message->body.len > (size_t)admit->options.message_bytes)
        lb_item_refuse(item, LB_ITEM_DENIED, LB_ERR_TOO_BIG, LB_UNKNOWN,
                       LB_SPAN("the message is over the hub's limit"));
    else if (message->body.len == 0)
        lb_item_refuse(item, LB_ITEM_DENIED, LB_ERR_CUT_SHORT, 0, LB_SPAN("the message is empty"));
    else
        lb_token_make(item->token, frame->submit.source, message->message_id, message->body);
}

void lb_admit_begin(lb_admit *admit)
{
    admit->book = lb_party_permissions(admit->parties);
}

int64_t lb_admit_revision(const lb_admit *admit)
{
    return lb_party_revision(admit->parties);
}

void lb_admit_owner(lb_admit *admit, lb_frame *frame)
{
    frame->permission = lb_permission_of_user(admit->book, frame->user, lb_clock_now_us());
    frame->is_stranger = frame->permission == NULL && frame->user.len > 0;
    if (frame->permission != NULL)
        frame->owner = frame->permission->name;
}

void lb_admit_charge(lb_admit *admit, const lb_frame *frame, int64_t refused_us)
{
    if (frame->permission == NULL || frame->permission->is_local)
        return;
    lb_meter *meter = lb_meters_of(&admit->meters, frame->permission);
    if (meter != NULL)
        lb_bucket_spend(&meter->refused_us, refused_us);
}
