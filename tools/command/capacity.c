/* capacity.c - capacity resources: one of them, or the departures of a place. */
#include "command.h"

static int ask_and_print(const common_options *common, const lb_query *query)
{
    lb_client *client;
    const lb_answer *answer;
    int code = hub_open(common, &client);
    if (code != EXIT_FINE)
        return code;
    code = hub_ask(client, common, query, &answer);
    if (code == EXIT_FINE)
        code = print_resources(common, answer);
    lb_client_close(&client);
    return code;
}

/* As people write it: "X9023@2026-03-13", "BAN:" for all of a kind, "trucks:CNULZ". */
static void take_resource(lb_span word, lb_capacity_query *query)
{
    lb_span kind = word.len > 1 ? lb_span_first(word, word.len - 1) : LB_EMPTY;
    bool is_kind =
        kind.len > 0 && word.at[kind.len] == ':' && lb_resource_kind_from_name(kind, &query->kind);

    if (lb_span_starts(word, "trucks:"))
        query->trucks_near = lb_span_after(word, strlen("trucks:"));
    else if (!is_kind)
        query->resource = word;
}

static int run_capacity(const subcommand *self, int argc, char **argv)
{
    const char *at_least = NULL;
    lb_position_entry entries[LB_POSITION_ENTRIES];
    common_options common = {0};
    const option_row rows[] = {AT_LEAST_ROW(at_least)};
    int words;
    if (!options_read(self, rows, 1, &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;
    if (words != 1) {
        fputs("landbridge capacity: name one resource, such as X9023@2026-03-13, trucks:CNULZ, "
              "BAN: or BORDER:\n",
              stderr);
        return EXIT_USAGE;
    }
    lb_query query;
    lb_query_init(&query, LB_ASK_CAPACITY);
    take_resource(lb_span_of(argv[0]), &query.capacity);
    if (!option_at_least(at_least, entries, &query))
        return EXIT_USAGE;
    return ask_and_print(&common, &query);
}

const subcommand command_capacity = {
    .name = "capacity",
    .words = "one capacity resource: departure, border, ban, trucks",
    .usage = "[OPTIONS] RESOURCE",
    .example = "  landbridge capacity X9023@2026-03-13\n"
               "  landbridge capacity trucks:CNULZ      trucks seen near the hub\n"
               "  landbridge capacity BAN:              all of that kind\n",
    .run = run_capacity,
};

static int run_departures(const subcommand *self, int argc, char **argv)
{
    const char *place = "CNULZ", *after = "now", *before = "+7d", *at_least = NULL;
    lb_position_entry entries[LB_POSITION_ENTRIES];
    common_options common = {0};
    const option_row rows[] = {
        {"--from", "PLACE", "where (CNULZ)", &place, NULL},
        {"--after", "TIME", "departs after (now)", &after, NULL},
        {"--before", "TIME", "departs before (+7d)", &before, NULL},
        AT_LEAST_ROW(at_least),
    };
    int words;
    if (!options_read(self, rows, sizeof rows / sizeof rows[0], &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;

    lb_query query;
    lb_query_init(&query, LB_ASK_DEPARTURES);
    query.departures.from = lb_span_of(place);
    if (words != 0 || !option_time("--after", after, &common, false, &query.departures.after_us) ||
        !option_time("--before", before, &common, true, &query.departures.before_us) ||
        !option_at_least(at_least, entries, &query))
        return EXIT_USAGE;
    return ask_and_print(&common, &query);
}

const subcommand command_departures = {
    .name = "departures",
    .words = "departures of a place, and their free capacity",
    .usage = "[OPTIONS]",
    .example = "  landbridge departures --from CNULZ --after fri --before sun\n",
    .run = run_departures,
};
