/* admin.c - the state of the hub; verify, rebuild, backup. */
#include "command.h"
#include "party.h"
#include "profile.h"

enum { LONG_MS = 30 * 60 * 1000 };

static void print_holes(const common_options *common, const lb_lost_list *holes)
{
    for (size_t i = 0; i < holes->count; i++) {
        const lb_lost *hole = &holes->at[i];
        printf("  %s numbers %lld to %lld, found %s: %s",
               hole->kind == LB_ENTRY_LOST ? "LOST   " : "skipped", (long long)hole->from_seq,
               (long long)hole->to_seq, show_time(common, hole->found_us).text,
               show_text(hole->text));
        if (hole->set_aside.len > 0)
            printf("; see %s", show_text(hole->set_aside));
        putchar('\n');
    }
}

/* Prints the position of the head, as --from and --at-least take it. */
static void print_hub(const common_options *common, const lb_position *head)
{
    char id[LB_HUB_ID_ROOM], text[LB_POSITION_ROOM];
    if (head->entries.count == 0)
        return;
    lb_hub_id_print(id, head->entries.at[0].hub);
    lb_position_print(text, head);
    printf("  hub      %s, epoch of %s, at %s\n", id,
           show_time(common, head->entries.at[0].epoch).text, text);
}

static void print_troubles(const lb_status *status)
{
    if (status->fenced)
        puts("FENCED: another hub has written to the journal; this hub stores nothing any more");
    if (status->follower_ahead)
        puts("A FOLLOWER HAS SEEN NUMBERS THAT THE JOURNAL DOES NOT HAVE: is this an older copy of "
             "the folder?");
    if (status->journal_damaged)
        puts("THE JOURNAL IS DAMAGED: `landbridge admin verify` lists the damaged rows");
    if (status->found.len > 0)
        printf("FOUND AT THE START: %s\n", show_text(status->found));
}

static void print_status(const common_options *common, const lb_status *status)
{
    if (status->version.len > 0) {
        printf("landbridged %s, up since %s\n", show_text(status->version),
               show_time(common, status->started_us).text);
        print_hub(common, &status->head);
        printf("  journal  %s events of %s messages, %s bytes\n",
               show_number(lb_position_number(&status->head)).text,
               show_number(status->messages).text, show_number(status->journal_bytes).text);
        printf("  view     at %s, %s bytes\n", show_number(lb_position_number(&status->view)).text,
               show_number(status->view_bytes).text);
        printf("  quarantine %s waiting\n", show_number(status->quarantined).text);
    }
    print_holes(common, &status->lost);
    for (size_t i = 0; i < status->endpoints.count; i++)
        printf("  %s = %s\n", show_text(status->endpoints.at[i].door),
               show_text(status->endpoints.at[i].address));
    print_troubles(status);
    if (status->text.len > 0)
        print_lines(stdout, status->text, "");
}

/* Lost events without a message are printed for programs; their count for users. */
static void print_salvage(const lb_answer *answer)
{
    if (answer->salvage.facts.len > 0)
        print_lines(stdout, answer->salvage.facts, "");
    print_lines(answer->salvage.facts.len > 0 ? stderr : stdout, answer->text, "");
}

/* The subcommands with options of their own. */
static const subcommand *find_part(const char *word)
{
    static const struct {
        const char *word;
        const subcommand *part;
    } parts[] = {{"keygen", &command_keygen}, {"party", &command_party},
                 {"audit", &command_audit},   {"cover", &command_cover},
                 {"dump", &command_dump},     {"restore", &command_restore}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strcmp(word, parts[i].word) == 0)
            return parts[i].part;
    return NULL;
}

static int run(const subcommand *self, int argc, char **argv)
{
    const subcommand *part = argc > 0 ? find_part(argv[0]) : NULL;
    if (part != NULL)
        return part->run(part, argc - 1, argv + 1);

    common_options common = {0};
    int words;
    if (!options_read(self, NULL, 0, &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;

    if (words == 2 && strcmp(argv[0], "check-profile") == 0)
        return check_profile(argv[1]);

    lb_query query;
    lb_query_init(&query, words > 0 ? lb_ask_of_command(self->name, argv[0]) : LB_ASK_UNSPECIFIED);
    bool names_folder = query.ask == LB_ASK_BACKUP || query.ask == LB_ASK_SALVAGE;
    if (query.ask == LB_ASK_UNSPECIFIED || words != (names_folder ? 2 : 1)) {
        fputs("landbridge admin: needs one of status, verify, rebuild, backup FOLDER, salvage "
              "FOLDER, "
              "check-profile FILE, dump, restore, keygen, party, audit or cover\n",
              stderr);
        return EXIT_USAGE;
    }
    if (query.ask == LB_ASK_BACKUP)
        query.backup.folder = lb_span_of(argv[1]);
    if (query.ask == LB_ASK_SALVAGE)
        query.salvage.folder = lb_span_of(argv[1]);

    lb_client *client;
    const lb_answer *answer;
    int code = hub_open(&common, &client);
    if (code != EXIT_FINE)
        return code;
    code = query.ask == LB_ASK_STATUS ? hub_ask(client, &common, &query, &answer)
                                      : hub_ask_for(client, &common, &query, LONG_MS, &answer);
    if (code == EXIT_FINE && query.ask == LB_ASK_SALVAGE && !common.json)
        print_salvage(answer);
    else if (code == EXIT_FINE && common.json)
        print_json(answer);
    else if (code == EXIT_FINE && answer->text.len > 0)
        print_lines(stdout, answer->text, "");
    else if (code == EXIT_FINE)
        print_status(&common, &answer->status);
    lb_client_close(&client);
    return code;
}

const subcommand command_admin = {
    .name = "admin",
    .words = "status, verify, rebuild, backup FOLDER, salvage FOLDER, check-profile FILE, "
             "dump, restore, keygen, party, audit, cover",
    .usage = "status | verify | rebuild | backup FOLDER | salvage FOLDER | check-profile FILE | "
             "dump ... | restore ... | "
             "keygen ... | "
             "party ... | audit ... | cover ...",
    .example = "  landbridge admin verify     check all files; rebuild the view and compare\n"
               "  landbridge admin backup /srv/backup/landbridge\n"
               "  landbridge admin salvage aside/20261130T101500.123456Z\n"
               "  landbridge admin check-profile sources/cr-urumqi.ini\n"
               "  landbridge admin party --help\n",
    .run = run,
};
