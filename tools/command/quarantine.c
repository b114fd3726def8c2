/* quarantine.c - unreadable messages: list, show, release (read again), drop. */
#include "command.h"

enum { LIST_LIMIT = 1000 };

static void print_list(const common_options *common, const lb_answer *answer)
{
    for (size_t i = 0; i < answer->quarantine.messages.count; i++) {
        const lb_quarantined *row = &answer->quarantine.messages.at[i];
        printf("%-6lld %s  %-14s %-12s %-9s %s", (long long)row->id,
               show_time(common, row->received_us).text, show_text(row->source),
               show_text(row->format), lb_quarantine_state_name(row->state), colour(stdout, RED));
        printf("%s%s", show_text(row->error), colour(stdout, PLAIN));
        if (row->offset != LB_UNKNOWN)
            printf(" at byte %lld of %lld", (long long)row->offset, (long long)row->size);
        printf(": %s\n", show_text(row->text));
    }
    printf("%zu messages\n", answer->quarantine.messages.count);
}

/* Sixteen bytes a line: offset, hex, text. */
static void print_hex(lb_span body)
{
    enum { WIDTH = 16 };
    for (size_t row = 0; row < body.len; row += WIDTH) {
        printf("  %06zx ", row);
        for (size_t i = row; i < row + WIDTH; i++)
            if (i < body.len)
                printf(" %02x", (unsigned)(unsigned char)body.at[i]);
            else
                fputs("   ", stdout);
        fputs("  ", stdout);
        for (size_t i = row; i < row + WIDTH && i < body.len; i++)
            putchar(body.at[i] >= 0x20 && body.at[i] < 0x7f ? body.at[i] : '.');
        putchar('\n');
    }
}

static void print_answer(const common_options *common, lb_ask ask, const lb_answer *answer)
{
    if (common->json) {
        print_json(answer);
        return;
    }
    if (ask == LB_ASK_QUARANTINE_LIST || ask == LB_ASK_QUARANTINE_SHOW)
        print_list(common, answer);
    if (ask == LB_ASK_QUARANTINE_SHOW && answer->quarantine.messages.count > 0)
        print_hex(answer->quarantine.messages.at[0].body);
    if (ask == LB_ASK_QUARANTINE_RELEASE)
        printf("%s: %s events %s\n", lb_result_name(answer->receipt.result),
               show_number(answer->receipt.events).text, show_text(answer->receipt.text));
    if (ask == LB_ASK_QUARANTINE_DROP)
        puts("dropped");
}

static int run(const subcommand *self, int argc, char **argv)
{
    const char *format = NULL;
    common_options common = {0};
    const option_row rows[] = {
        {"--format", "NAME", "release: read it with this adapter", &format, NULL},
    };
    int words;
    if (!options_read(self, rows, sizeof rows / sizeof rows[0], &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;

    lb_query query;
    lb_query_init(&query, words > 0 ? lb_ask_of_command(self->name, argv[0]) : LB_ASK_UNSPECIFIED);
    bool is_list = query.ask == LB_ASK_QUARANTINE_LIST;
    int64_t id = LB_UNKNOWN;
    if (query.ask == LB_ASK_UNSPECIFIED || words != (is_list ? 1 : 2)) {
        fputs("landbridge quarantine: needs list, show ID, release ID or drop ID\n", stderr);
        return EXIT_USAGE;
    }
    if (!is_list && !option_number("ID", argv[1], 1, INT64_MAX, &id))
        return EXIT_USAGE;
    query.quarantine_list.limit = is_list ? LIST_LIMIT : LB_UNKNOWN;
    query.quarantine_show.id = query.ask == LB_ASK_QUARANTINE_SHOW ? id : LB_UNKNOWN;
    query.quarantine_drop.id = query.ask == LB_ASK_QUARANTINE_DROP ? id : LB_UNKNOWN;
    if (query.ask == LB_ASK_QUARANTINE_RELEASE)
        query.quarantine_release = (lb_quarantine_release_query){id, lb_span_of(format)};

    lb_client *client;
    const lb_answer *answer;
    int code = hub_open(&common, &client);
    if (code != EXIT_FINE)
        return code;
    code = hub_ask(client, &common, &query, &answer);
    if (code == EXIT_FINE)
        print_answer(&common, query.ask, answer);
    if (code == EXIT_FINE && query.ask == LB_ASK_QUARANTINE_RELEASE &&
        answer->receipt.result == LB_RESULT_REFUSED)
        code = EXIT_REJECTED;
    lb_client_close(&client);
    return code;
}

const subcommand command_quarantine = {
    .name = "quarantine",
    .words = "unreadable messages: list, show, release, drop",
    .usage = "list | show ID | release ID [--format NAME] | drop ID",
    .example = "  landbridge quarantine list\n"
               "  landbridge quarantine release 7 --format air.fsu\n",
    .run = run,
};
