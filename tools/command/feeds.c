/* feeds.c - every source: last message, rate, doubts, quarantine. */
#include "command.h"

enum { UNHEARD_MOST = 64 }; /* more are not counted singly: proto/README.md */

/* The usual time between two messages. */
static cell show_gap(int64_t gap_us)
{
    cell out = {"-"};
    if (gap_us == LB_UNKNOWN)
        return out;
    if (gap_us < 10 * LB_SECOND_US)
        snprintf(out.text, sizeof out.text, "%.3f s", (double)gap_us / 1e6);
    else if (gap_us < 10 * LB_MINUTE_US)
        snprintf(out.text, sizeof out.text, "%lld s", (long long)(gap_us / LB_SECOND_US));
    else
        snprintf(out.text, sizeof out.text, "%lld min", (long long)(gap_us / LB_MINUTE_US));
    return out;
}

/* Places that an operator should add to the table or to the profile of the source. */
static void print_unresolved(const lb_feed *feed)
{
    if (feed->unresolved.count == 0)
        return;
    printf("%-16s %sunknown places:%s", "", colour(stdout, YELLOW), colour(stdout, PLAIN));
    for (size_t i = 0; i < feed->unresolved.count; i++)
        printf("%s %s (%lld)", i > 0 ? "," : "", show_text(feed->unresolved.at[i].place),
               (long long)feed->unresolved.at[i].count);
    putchar('\n');
}

/* "acme: 3 sources without a kept message, 412 refused, last GARBLED 5 min ago; 12 of 64
 * sources, 10 of 10000 in quarantine": for each party with refusals or a full share. */
static void print_share(const lb_share *share, int64_t now_us)
{
    bool is_full = share->sources >= share->sources_max ||
                   (share->quarantined > 0 && share->quarantined >= share->quarantined_max);
    if (share->refused == 0 && !is_full)
        return;
    printf("%s: %lld%s source%s without a kept message, %lld refused", show_text(share->owner),
           (long long)share->unheard, share->unheard >= UNHEARD_MOST ? " or more" : "",
           share->unheard == 1 ? "" : "s", (long long)share->refused);
    if (share->error.len > 0)
        printf(", last %s", show_text(share->error));
    if (share->refused_us != LB_UNKNOWN)
        printf(" %s ago", show_age(now_us, share->refused_us).text);
    printf("; %lld of %lld sources, %lld of %lld in quarantine%s%s%s\n", (long long)share->sources,
           (long long)share->sources_max, (long long)share->quarantined,
           (long long)share->quarantined_max, colour(stdout, RED), is_full ? "  FULL" : "",
           colour(stdout, PLAIN));
}

/* "door intake: connected 3 came 4 ended 1 ..." */
static void print_counters(const lb_counter_set *set)
{
    printf("%s ", show_text(set->kind));
    printf("%s:", show_text(set->name));
    for (size_t i = 0; i < set->counters.count; i++)
        printf(" %s %lld", show_text(set->counters.at[i].name),
               (long long)set->counters.at[i].value);
    putchar('\n');
}

static void print_feeds(const lb_answer *answer)
{
    int64_t now_us = wall_now_us();
    printf("%-16s %-14s %-10s %10s %10s %10s %8s %8s %6s  %s\n", "source", "heard", "usually",
           "messages", "events", "duplicate", "refused", "doubts", "quar.", "formats");
    for (size_t i = 0; i < answer->feeds.feeds.count; i++) {
        const lb_feed *feed = &answer->feeds.feeds.at[i];
        printf("%-16s %s%-14s%s %-10s %10lld %10lld %10lld %8lld %8lld %6lld  %s%s\n",
               show_text(feed->source), colour(stdout, feed->silent ? RED : GREEN),
               show_age(now_us, feed->last_heard_us).text, colour(stdout, PLAIN),
               show_gap(feed->usual_gap_us).text, (long long)feed->messages,
               (long long)feed->events, (long long)feed->duplicates, (long long)feed->refused,
               (long long)feed->doubts, (long long)feed->quarantined, show_text(feed->formats),
               feed->silent ? "  SILENT" : "");
        print_unresolved(feed);
    }
    for (size_t i = 0; i < answer->feeds.shares.count; i++)
        print_share(&answer->feeds.shares.at[i], now_us);
    for (size_t i = 0; i < answer->feeds.counter_sets.count; i++)
        print_counters(&answer->feeds.counter_sets.at[i]);
}

static int run(const subcommand *self, int argc, char **argv)
{
    common_options common = {0};
    int words;
    if (!options_read(self, NULL, 0, &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;

    lb_client *client;
    lb_query query;
    const lb_answer *answer;
    int code = hub_open(&common, &client);
    if (code != EXIT_FINE)
        return code;
    lb_query_init(&query, LB_ASK_FEEDS);
    code = hub_ask(client, &common, &query, &answer);
    if (code == EXIT_FINE && common.json)
        print_json(answer);
    else if (code == EXIT_FINE)
        print_feeds(answer);
    lb_client_close(&client);
    return code;
}

const subcommand command_feeds = {
    .name = "feeds",
    .words = "each source: last message, rate, doubts, quarantine, unknown places",
    .usage = "[OPTIONS]",
    .run = run,
};
