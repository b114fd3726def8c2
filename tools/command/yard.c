/* yard.c - the content of a yard, by block. */
#include "command.h"

static void print_yard(const common_options *common, const lb_yard *yard, bool with_items)
{
    printf("%s%s%s  %s containers, %s TEU", colour(stdout, BOLD),
           show_text(yard->place_name.len > 0 ? yard->place_name : yard->place),
           colour(stdout, PLAIN), show_number(yard->containers).text,
           show_quantity(LB_UNIT_MILLI_TEU, yard->milli_teu).text);
    if (yard->unknown_size != LB_UNKNOWN && yard->unknown_size > 0)
        printf(" and %lld of unknown size", (long long)yard->unknown_size);
    printf("  %sas of %s%s\n", colour(stdout, DIM), show_time(common, yard->as_of_us).text,
           colour(stdout, PLAIN));
    for (size_t i = 0; i < yard->blocks.count; i++)
        print_resource(common, &yard->blocks.at[i]);
    if (!with_items)
        return;
    for (size_t i = 0; i < yard->items.count; i++) {
        const lb_yard_item *item = &yard->items.at[i];
        printf("  %-24s %-12s since %s  %s TEU  %s\n", show_text(item->object),
               show_text(item->block), show_time(common, item->since_us).text,
               show_quantity(LB_UNIT_MILLI_TEU, item->milli_teu).text,
               item->fill == LB_FILL_UNSPECIFIED ? "" : lb_fill_name(item->fill));
    }
}

static int run(const subcommand *self, int argc, char **argv)
{
    const char *place = "CNULZ", *at = NULL, *at_least = NULL;
    lb_position_entry entries[LB_POSITION_ENTRIES];
    bool with_items = false;
    common_options common = {0};
    const option_row rows[] = {
        {"--place", "PLACE", "place of the yard (CNULZ)", &place, NULL},
        {"--time", "TIME", "at this time (now)", &at, NULL},
        {"--list", NULL, "every container too", NULL, &with_items},
        AT_LEAST_ROW(at_least),
    };
    int words;
    if (!options_read(self, rows, sizeof rows / sizeof rows[0], &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;

    lb_query query;
    lb_query_init(&query, LB_ASK_YARD);
    query.yard.place = lb_span_of(place);
    if (words != 0 ||
        (at != NULL && !option_time("--time", at, &common, true, &query.yard.at_us)) ||
        !option_at_least(at_least, entries, &query))
        return EXIT_USAGE;

    lb_client *client;
    const lb_answer *answer;
    int code = hub_open(&common, &client);
    if (code != EXIT_FINE)
        return code;
    code = hub_ask(client, &common, &query, &answer);
    if (code == EXIT_FINE && common.json)
        print_json(answer);
    else if (code == EXIT_FINE)
        print_yard(&common, &answer->yard, with_items);
    lb_client_close(&client);
    return code;
}

const subcommand command_yard = {
    .name = "yard",
    .words = "containers in the yard, by block",
    .usage = "[OPTIONS]",
    .example = "  landbridge yard --list\n  landbridge yard --time 2026-03-12T12:00:00+08:00\n",
    .run = run,
};
