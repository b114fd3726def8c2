/* program.c - what a carrier's program does with the installed library: pushes one message and asks for its track.
 * usage: program HUB_DATA_FOLDER CONTAINER */
#include <landbridge/client/client.h>
#include <landbridge/client/version.h>

#include <stdio.h>

enum { WAIT_MS = 20000, TRIES = 200, PAUSE_MS = 50 };

static void keep_result(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    (void)ticket;
    *(lb_result *)whose = receipt->result;
}

static lb_err push(lb_client *client, const char *container)
{
    char body[400];
    uint64_t ticket;

    snprintf(
        body, sizeof body,
        "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"GTIN\",\"classifier\":\"ACTUAL\","
        "\"mode\":\"ROAD\",\"occurred\":{\"utc_us\":\"2026-03-12T10:05:00+08:00\"},"
        "\"place\":{\"locode\":\"CNULZ\"},\"objects\":[{\"id\":\"%s\"}]}]}",
        container);
    lb_err err = lb_client_push(client, LB_EMPTY, LB_EMPTY, lb_span_of(body), WAIT_MS, &ticket);
    return err == LB_OK ? lb_client_flush(client, WAIT_MS) : err;
}

/* The view follows the journal: what is kept may be asked for a moment later. */
static const lb_track *ask(lb_client *client, const char *container)
{
    const lb_answer *answer;

    for (int i = 0; i < TRIES; i++) {
        if (lb_client_track(client, lb_span_of(container), WAIT_MS, &answer) != LB_OK)
            return NULL;
        if (answer->error.len == 0 && answer->track.tracks.count == 1)
            return &answer->track.tracks.at[0];
        lb_client_poll(client, PAUSE_MS);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    lb_client *client = NULL;
    lb_result result = LB_RESULT_UNSPECIFIED;

    if (argc != 3 || lb_client_open(&client, argv[1]) != LB_OK)
        return 2;
    lb_client_on_receipt(client, keep_result, &result);
    lb_err err = push(client, argv[2]);
    const lb_track *track = err == LB_OK ? ask(client, argv[2]) : NULL;
    if (track != NULL)
        printf("%s %.*s %.*s %s\n", lb_result_name(result), LB_ARG(track->object),
               LB_ARG(track->last_place), lb_event_type_code(track->last_type));
    else
        fprintf(stderr, "program: %s, no track\n", lb_err_text(err));
    lb_client_close(&client);
    return track != NULL ? 0 : 1;
}
