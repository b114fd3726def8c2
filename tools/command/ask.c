/* ask.c - sends a query to the hub, and prints its errors. */
#include "command.h"

#include "record.h"

enum { ASK_MS = 15 * 1000, FIRST_MS = 30 * 1000 };

int hub_error(const common_options *common, lb_err err)
{
    if (err == LB_ERR_TIMEOUT) {
        complain(
            "landbridge: no answer from the hub at %s; is landbridged running there? Name it with "
            "--at FOLDER or --at tcp://HOST:PORT%s%s\n",
            common->at, common->key == NULL ? "" : "; or the hub does not know the key in ",
            common->key == NULL ? "" : common->key);
        return EXIT_CONNECT;
    }
    complain("landbridge: %s: %s\n", lb_err_name(err), lb_err_text(err));
    return EXIT_TROUBLE;
}

/* As a token: after a restore of the hub a number alone would be taken for the new epoch. */
void hub_say_where_to_go_on(const lb_client *client)
{
    char text[LB_POSITION_ROOM];
    lb_position_entry next = lb_client_next_position(client);
    const lb_position position = lb_position_of(&next);
    lb_position_print(text, &position);
    complain("go on with --from %s\n", text);
}

int hub_stream_error(const common_options *common, const char *command, const lb_client *client,
                     lb_err err)
{
    if (lb_client_follow_why(client)[0] == '\0')
        return hub_error(common, err);
    complain("landbridge %s: %s: %s\n", command, lb_err_name(err), lb_client_follow_why(client));
    if (err == LB_ERR_RESET)
        hub_say_where_to_go_on(client);
    return lb_err_next_step(err) == LB_NEXT_STEP_HUB ? EXIT_TROUBLE : EXIT_REJECTED;
}

static int show_key(const common_options *common, lb_client **client)
{
    lb_err err = lb_client_key_file(*client, common->key);
    if (err == LB_OK)
        return EXIT_FINE;
    complain("landbridge: %s: %s\n", common->key,
             err == LB_ERR_NOT_FOUND ? "no such file; `landbridge admin keygen` makes a key"
                                     : "a key file needs public =, secret = and hub =, and must be "
                                       "readable by its owner only");
    lb_client_close(client);
    return EXIT_CONFIG;
}

int hub_open(const common_options *common, lb_client **client)
{
    int code = hub_reach(common);
    if (code != EXIT_FINE)
        return code;
    lb_err err = lb_client_open(client, common->at);
    if (err != LB_OK)
        return hub_error(common, err);
    return common->key == NULL ? EXIT_FINE : show_key(common, client);
}

static int code_of(lb_span error)
{
    if (lb_span_is(error, lb_err_name(LB_ERR_NOT_FOUND)))
        return EXIT_NOTHING;
    if (lb_span_is(error, lb_err_name(LB_ERR_MISUSE)) ||
        lb_span_is(error, lb_err_name(LB_ERR_FOREIGN)))
        return EXIT_USAGE;
    if (lb_span_is(error, lb_err_name(LB_ERR_TIMEOUT)))
        return EXIT_TIMEOUT;
    if (lb_span_is(error, lb_err_name(LB_ERR_DENIED)) ||
        lb_span_is(error, lb_err_name(LB_ERR_RESET)))
        return EXIT_REJECTED;
    return EXIT_TROUBLE;
}

int hub_ask(lb_client *client, const common_options *common, const lb_query *query,
            const lb_answer **answer)
{
    return hub_ask_for(client, common, query, ASK_MS, answer);
}

/* Verify names each damage on a line of its own; elsewhere a line end comes from a message and
 * is escaped. */
static void print_error(lb_ask ask, const lb_answer *answer)
{
    lb_span text = answer->text.len > 0 ? answer->text : answer->error;
    if (ask != LB_ASK_VERIFY) {
        complain("landbridge: %s\n", show_text(text));
        return;
    }
    fputs("landbridge: ", stderr);
    print_lines(stderr, text, "");
}

/* Before a query that may take long: is it a hub? Any answer, also a refusal, shows that. */
static lb_err find_out(lb_client *client)
{
    lb_query query;
    const lb_answer *answer;
    lb_query_init(&query, LB_ASK_STATUS);
    return lb_client_ask(client, &query, FIRST_MS, &answer);
}

int hub_ask_for(lb_client *client, const common_options *common, const lb_query *query,
                int timeout_ms, const lb_answer **answer)
{
    lb_err err = timeout_ms > FIRST_MS ? find_out(client) : LB_OK;
    if (err == LB_OK)
        err = lb_client_ask(client, query, timeout_ms, answer);
    if (err != LB_OK)
        return hub_error(common, err);
    if ((*answer)->error.len == 0)
        return EXIT_FINE;
    print_error(query->ask, *answer);
    return code_of((*answer)->error);
}

static void print_record(const lb_record *record, const void *value)
{
    lb_arena arena;
    lb_span json;
    lb_arena_init(&arena, 64 * 1024 * 1024);
    if (lb_record_json(record, value, &arena, &json) == LB_OK)
        print_record_text(json, "\n");
    lb_arena_fini(&arena);
}

void print_json(const lb_answer *answer)
{
    for (size_t i = 0; i < answer->track.tracks.count; i++)
        print_record(&lb_record_track, &answer->track.tracks.at[i]);
    for (size_t i = 0; i < answer->capacity.resources.count; i++)
        print_record(&lb_record_resource, &answer->capacity.resources.at[i]);
    if (answer->yard.place.len > 0)
        print_record(&lb_record_yard, &answer->yard);
    for (size_t i = 0; i < answer->feeds.feeds.count; i++)
        print_record(&lb_record_feed, &answer->feeds.feeds.at[i]);
    for (size_t i = 0; i < answer->feeds.shares.count; i++)
        print_record(&lb_record_share, &answer->feeds.shares.at[i]);
    for (size_t i = 0; i < answer->quarantine.messages.count; i++)
        print_record(&lb_record_quarantined, &answer->quarantine.messages.at[i]);
    if (answer->status.version.len > 0 || answer->status.text.len > 0)
        print_record(&lb_record_status, &answer->status);
    for (size_t i = 0; i < answer->parties.parties.count; i++)
        print_record(&lb_record_party, &answer->parties.parties.at[i]);
    for (size_t i = 0; i < answer->audit.notes.count; i++)
        print_record(&lb_record_audit_note, &answer->audit.notes.at[i]);
    for (size_t i = 0; i < answer->cover.changes.count; i++)
        print_record(&lb_record_cover_change, &answer->cover.changes.at[i]);
    if (answer->receipt.result != LB_RESULT_UNSPECIFIED)
        print_record(&lb_record_receipt, &answer->receipt);
}
