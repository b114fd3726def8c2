/* track_follow.c - prints tracks again after each change. If the party may follow the stream, after each event; otherwise
 * the tracks are queried every POLL_MS and compared. */
#include "track.h"

#include <time.h>

#include "landbridge/client/ident.h"
#include "record.h"

enum { NEXT_MS = 60 * 1000, POLL_MS = 5 * 1000, ARENA_BYTES = 64 * 1024 * 1024 };

/* -- with the stream ---------------------------------------------------------------------------------------- */

static bool names_object(const lb_event *event, const lb_track *track)
{
    char key[LB_KEY_ROOM];
    for (size_t i = 0; i < event->objects.count; i++) {
        size_t len = lb_object_key_print(key, sizeof key, &event->objects.at[i]);
        lb_span span = {key, len};
        if (lb_span_equal(span, track->object))
            return true;
        for (size_t k = 0; k < track->stays.count; k++)
            if (lb_span_equal(span, track->stays.at[k].parent))
                return true;
    }
    return false;
}

static bool names_any(const lb_event *event, const lb_answer *answer)
{
    for (size_t i = 0; i < answer->track.tracks.count; i++)
        if (names_object(event, &answer->track.tracks.at[i]))
            return true;
    return false;
}

/* From the first event that the answer does not include. */
static lb_err follow_behind(lb_client *stream, const lb_position *as_of)
{
    if (as_of->entries.count == 0)
        return lb_client_follow(stream, 1);
    lb_position_entry next = as_of->entries.at[0];
    next.number++;
    const lb_position from = lb_position_of(&next);
    return lb_client_follow_from(stream, &from);
}

/* Queries again, at least up to the newest event received, and prints the answer. */
static int print_again(const common_options *common, lb_client *client, const lb_query *query,
                       const lb_event *event, const lb_answer **answer)
{
    lb_query again = *query;
    lb_position_entry heard = {LB_UNKNOWN, event->hub_epoch, event->hub_seq, 0};
    again.at_least = lb_position_of(&heard);
    int code = hub_ask(client, common, &again, answer);
    if (code == EXIT_FINE)
        print_tracks(common, *answer);
    return code;
}

/* Until an error of the stream, which is in *err, or of a query, which is on stderr: its exit code. */
static int follow_stream(const common_options *common, lb_client *client, lb_client *stream,
                         const lb_query *query, const lb_answer *answer, lb_err *err)
{
    int code = EXIT_FINE;
    *err = follow_behind(stream, &answer->as_of);
    while (code == EXIT_FINE && (*err == LB_OK || *err == LB_ERR_TIMEOUT)) {
        const lb_event *event;
        *err = lb_client_next(stream, NEXT_MS, &event);
        if (*err == LB_OK && names_any(event, answer))
            code = print_again(common, client, query, event, &answer);
    }
    return code;
}

/* -- by polling --------------------------------------------------------------------------------------------- */

/* The tracks of an answer as bytes in the arena; empty: no memory. */
static lb_span pack_tracks(const lb_answer *answer, lb_arena *arena)
{
    lb_span bytes = LB_EMPTY;
    lb_answer tracks;
    lb_record_init(&lb_record_answer, &tracks);
    tracks.track = answer->track;
    lb_arena_reset(arena);
    return lb_record_pack(&lb_record_answer, &tracks, arena, &bytes) == LB_OK ? bytes : LB_EMPTY;
}

static int poll_tracks(const common_options *common, lb_client *client, const lb_query *query,
                       const lb_answer *answer)
{
    const struct timespec pause = {.tv_sec = POLL_MS / 1000};
    lb_arena arenas[2];
    int code = EXIT_FINE, now = 0;
    for (int i = 0; i < 2; i++)
        lb_arena_init(&arenas[i], ARENA_BYTES);
    lb_span last = pack_tracks(answer, &arenas[now]);
    while (code == EXIT_FINE) {
        nanosleep(&pause, NULL);
        code = hub_ask(client, common, query, &answer);
        if (code != EXIT_FINE)
            break;
        now = !now;
        lb_span tracks = pack_tracks(answer, &arenas[now]);
        if (!lb_span_equal(tracks, last))
            print_tracks(common, answer);
        last = tracks;
    }
    for (int i = 0; i < 2; i++)
        lb_arena_fini(&arenas[i]);
    return code;
}

int follow_tracks(const common_options *common, lb_client *client, const lb_query *query,
                  const lb_answer *answer)
{
    lb_client *stream;
    lb_err err = LB_OK;
    int code = hub_open(common, &stream);
    if (code != EXIT_FINE)
        return code;
    code = follow_stream(common, client, stream, query, answer, &err);
    if (code == EXIT_FINE && err != LB_ERR_DENIED)
        code = hub_stream_error(common, "track", stream, err);
    lb_client_close(&stream);
    return code == EXIT_FINE ? poll_tracks(common, client, query, answer) : code;
}
