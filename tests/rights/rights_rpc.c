/* rights_rpc.c - a hub in one process (hub.h) for programs in other languages: requests on stdin, answers on stdout.
 *
 * Fields are divided by tabs; party "-" is a client without a key. Every line is answered by one line:
 *
 *     clear                                             ok
 *     send PARTY SOURCE RECEIVED_US MESSAGE_ID BODY     READ|KNOWN|UNREAD|DENIED|... ERROR EVENTS
 *     flush                                             newest number
 *     ask  PARTY NOW_US QUERY-AS-JSON                   the answer as JSON; "unknown ..." when the hub has no such field
 *
 * usage: rights_rpc GRANTS-FILE */
#include "rights_hub.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "record.h"

static const char *const stages[LB_ITEM_STAGES] = {
    [LB_ITEM_NEW] = "NEW",   [LB_ITEM_READ] = "READ",     [LB_ITEM_KNOWN] = "KNOWN",
    [LB_ITEM_TWIN] = "TWIN", [LB_ITEM_UNREAD] = "UNREAD", [LB_ITEM_DENIED] = "DENIED",
};

static const char *party_of(const char *word)
{
    return strcmp(word, "-") == 0 ? NULL : word;
}

static void send_line(rights_hub *hub, char *line)
{
    const char *party = strsep(&line, "\t"), *source = strsep(&line, "\t");
    const char *at = strsep(&line, "\t"), *id = strsep(&line, "\t");
    const rights_message message = {.party = party_of(party),
                                    .source = source,
                                    .format = "hub.report",
                                    .message_id = lb_span_of(id),
                                    .body = lb_span_of(line),
                                    .at_us = strtoll(at, NULL, 10)};
    rights_receipt receipt = rights_hub_send(hub, &message);

    printf("%s %s %lld\n", stages[receipt.stage], lb_err_name(receipt.error),
           (long long)receipt.events);
}

static void ask_line(rights_hub *hub, char *line, lb_arena *arena)
{
    const char *party = strsep(&line, "\t"), *now = strsep(&line, "\t");
    lb_span where, json = LB_EMPTY;
    lb_query query;
    lb_answer answer;
    int64_t offset;

    lb_arena_reset(arena);
    if (lb_record_from_json(&lb_record_query, lb_span_of(line), arena, &query, &where, &offset) !=
        LB_OK) {
        printf("unknown %.*s\n", LB_ARG(where));
        return;
    }
    rights_hub_ask(hub, party_of(party), &query, strtoll(now, NULL, 10), arena, &answer);
    lb_record_json(&lb_record_answer, &answer, arena, &json);
    printf("%.*s\n", LB_ARG(json));
}

static void handle(rights_hub *hub, char *line, lb_arena *arena)
{
    const char *word = strsep(&line, "\t");

    if (strcmp(word, "clear") == 0) {
        rights_hub_clear(hub);
        puts("ok");
    } else if (strcmp(word, "send") == 0) {
        send_line(hub, line);
    } else if (strcmp(word, "flush") == 0) {
        printf("%lld\n", (long long)rights_hub_flush(hub));
    } else if (strcmp(word, "ask") == 0) {
        ask_line(hub, line, arena);
    } else {
        puts("what?");
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    char *line = NULL, *grants;
    size_t room = 0;
    lb_arena arena;

    if (argc != 2)
        return 2;
    lb_log_least(LB_WARN);
    grants = rights_read_file(argv[1]);
    rights_hub *hub = rights_hub_open(grants, NULL);
    lb_arena_init(&arena, (size_t)1 << 30);
    while (getline(&line, &room, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        handle(hub, line, &arena);
    }
    rights_hub_close(&hub);
    lb_arena_fini(&arena);
    free(grants);
    free(line);
    return 0;
}
