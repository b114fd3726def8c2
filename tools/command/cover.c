/* cover.c - `landbridge admin cover`: effects that today's grants judge differently than those at reception.
 *
 * The hub answers in pages of bounded work, which are requested until the journal ends. */
#include "party.h"

typedef struct tally {
    /* refused: facts that would become reports; accepted: reports that would become facts */
    int64_t refused, accepted, events;
} tally;

static void print_changes(const lb_cover_change_list *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        const lb_cover_change *change = &changes->at[i];
        printf("%-8lld %-16s %-16s %-8s %-6s -> %-6s %s\n", (long long)change->seq,
               show_text(change->source), show_text(change->party),
               lb_effect_kind_name(change->effect), lb_coverage_name(change->kept),
               lb_coverage_name(change->now), show_text(change->thing));
    }
}

static void count_changes(const lb_cover_change_list *changes, tally *sum)
{
    for (size_t i = 0; i < changes->count; i++)
        *(changes->at[i].kept == LB_COVERAGE_FACT ? &sum->refused : &sum->accepted) += 1;
}

/* "4711" and "P4-Cz0rG..." are positions, anything else a time. */
static bool take_since(const common_options *common, const char *since,
                       lb_position_entry entries[LB_POSITION_ENTRIES], lb_query *query)
{
    if (since == NULL)
        return true;
    if (since[0] == 'P' || strspn(since, "0123456789") == strlen(since))
        return option_position("--since", since, 1, entries, &query->cover.from);
    return option_time("--since", since, common, false, &query->cover.after_us);
}

/* Where the next page begins; the answer itself lives until then only. */
static void keep_next(const lb_position *next, lb_position_entry entries[LB_POSITION_ENTRIES],
                      lb_query *query)
{
    size_t count =
        next->entries.count < LB_POSITION_ENTRIES ? next->entries.count : LB_POSITION_ENTRIES;

    if (count > 0)
        memcpy(entries, next->entries.at, count * sizeof *entries);
    query->cover.from = (lb_position){{entries, count, LB_POSITION_ENTRIES}};
}

static int ask_page(lb_client *client, const common_options *common,
                    lb_position_entry entries[LB_POSITION_ENTRIES], lb_query *query, tally *sum)
{
    const lb_answer *answer;
    int code = hub_ask(client, common, query, &answer);

    if (code != EXIT_FINE)
        return code;
    if (common->json)
        print_json(answer);
    else
        print_changes(&answer->cover.changes);
    count_changes(&answer->cover.changes, sum);
    sum->events = lb_position_number(&answer->as_of);
    keep_next(&answer->cover.next, entries, query);
    return EXIT_FINE;
}

static int run_cover(const subcommand *self, int argc, char **argv)
{
    const char *party = NULL, *source = NULL, *since = NULL;
    common_options common = {0};
    const option_row rows[] = {
        {"--party", "NAME", "messages of this party", &party, NULL},
        {"--source", "NAME", "messages of this source", &source, NULL},
        {"--since", "POSITION|TIME", "from this number, position or time on (the beginning)",
         &since, NULL},
    };
    int words;
    if (!options_read(self, rows, sizeof rows / sizeof rows[0], &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;

    lb_position_entry entries[LB_POSITION_ENTRIES];
    lb_query query;
    tally sum = {0};
    lb_query_init(&query, LB_ASK_COVER);
    if (words > 0 || !take_since(&common, since, entries, &query)) {
        complain("usage: landbridge admin cover %s\n", self->usage);
        return EXIT_USAGE;
    }
    query.cover.party = lb_span_of(party);
    query.cover.source = lb_span_of(source);

    lb_client *client;
    int code = hub_open(&common, &client);
    if (code != EXIT_FINE)
        return code;
    do
        code = ask_page(client, &common, entries, &query, &sum);
    while (code == EXIT_FINE && query.cover.from.entries.count > 0);
    if (code == EXIT_FINE && !common.json)
        printf("up to event %lld: facts that would be reports today: %lld; reports that would be "
               "facts: %lld\n",
               (long long)sum.events, (long long)sum.refused, (long long)sum.accepted);
    lb_client_close(&client);
    return code;
}

const subcommand command_cover = {
    .name = "admin cover",
    .words = "effects that today's grants judge differently than at reception",
    .usage = "[--party NAME] [--source NAME] [--since POSITION|TIME]",
    .example = "  landbridge admin cover --party acme        after a grant was withdrawn\n"
               "  landbridge admin cover --since 2026-03-12 --json\n",
    .run = run_cover,
};
