/* audit.c - `landbridge admin audit`: the audit log of queries, messages, subscriptions,
 * releases and changes of rights. */
#include "party.h"

enum { WHO_ROOM = 512 };

/* "acme", or "http/acme" when a gate acted on its behalf. */
static void show_who(const lb_audit_note *note, char *who, size_t room)
{
    snprintf(who, room, "%s%s%s", note->gate.len > 0 ? show_text(note->gate) : "",
             note->gate.len > 0 ? "/" : "", show_text(note->party));
}

static void print_notes(const common_options *common, const lb_audit_note_list *notes)
{
    for (size_t i = 0; i < notes->count; i++) {
        const lb_audit_note *note = &notes->at[i];
        char who[WHO_ROOM];
        char word[LB_AUDIT_WORD_ROOM];
        bool is_no = note->outcome != LB_OUTCOME_OK;
        lb_audit_print_word(word, note);
        show_who(note, who, sizeof who);
        printf("%-7lld %s  %-16s %-18s %s%-9s%s %s", (long long)note->number,
               show_time(common, note->at_us).text, who, word, is_no ? colour(stdout, RED) : "",
               lb_outcome_name(note->outcome), is_no ? colour(stdout, PLAIN) : "",
               show_text(note->about));
        if (note->times > 1)
            printf("  (%lld times)", (long long)note->times);
        putchar('\n');
    }
}

static bool take_options(const common_options *common, const char *after, const char *before,
                         const char *from, const char *limit, lb_query *query)
{
    return (after == NULL ||
            option_time("--after", after, common, false, &query->audit_list.after_us)) &&
           (before == NULL ||
            option_time("--before", before, common, true, &query->audit_list.before_us)) &&
           (from == NULL ||
            option_number("--from", from, 1, INT64_MAX, &query->audit_list.from_number)) &&
           (limit == NULL || option_number("--limit", limit, 1, 100000, &query->audit_list.limit));
}

static int run_audit(const subcommand *self, int argc, char **argv)
{
    const char *party = NULL, *after = NULL, *before = NULL, *from = NULL, *limit = NULL;
    common_options common = {0};
    const option_row rows[] = {
        {"--party", "NAME", "actions of this party", &party, NULL},
        {"--after", "TIME", "not before", &after, NULL},
        {"--before", "TIME", "not after", &before, NULL},
        {"--from", "N", "from this number on (the newest records)", &from, NULL},
        {"--limit", "N", "at most this many (1000)", &limit, NULL},
    };
    int words;
    if (!options_read(self, rows, sizeof rows / sizeof rows[0], &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;

    bool is_verify = words == 1 && strcmp(argv[0], "verify") == 0;
    lb_query query;
    lb_query_init(&query, is_verify ? LB_ASK_AUDIT_VERIFY : LB_ASK_AUDIT_LIST);
    if (words > 1 || (words == 1 && !is_verify) ||
        !take_options(&common, after, before, from, limit, &query)) {
        complain("usage: landbridge admin audit %s\n", self->usage);
        return EXIT_USAGE;
    }
    query.audit_list.party = lb_span_of(party);

    lb_client *client;
    const lb_answer *answer;
    int code = hub_open(&common, &client);
    if (code != EXIT_FINE)
        return code;
    code = hub_ask(client, &common, &query, &answer);
    if (code == EXIT_FINE && common.json)
        print_json(answer);
    else if (code == EXIT_FINE)
        print_notes(&common, &answer->audit.notes);
    if (code == EXIT_FINE && answer->text.len > 0 && !common.json)
        print_lines(stdout, answer->text, "");
    lb_client_close(&client);
    return code;
}

const subcommand command_audit = {
    .name = "admin audit",
    .words = "the audit log: queries, messages, subscriptions, releases, changes of rights",
    .usage = "[verify] [--party NAME] [--after TIME] [--before TIME] [--from N] [--limit N]",
    .example =
        "  landbridge admin audit --party lianhe --after 2026-03-12\n"
        "  landbridge admin audit verify              check that no record was changed or removed\n"
        "  landbridge admin audit --from 1 --json     export\n",
    .run = run_audit,
};
