/* party.c - `landbridge admin party`: the parties, their keys and rights. */
#include "party.h"

#include "record.h"

enum { WORDS_MAX = 1000 };

/* -- printing --------------------------------------------------------------------------------------- */

static void print_words(const char *what, const lb_text_list *words)
{
    if (words->count == 0)
        return;
    printf("  %-7s", what);
    for (size_t i = 0; i < words->count; i++)
        printf(" %s", show_text(words->at[i]));
    putchar('\n');
}

static void print_roles(const lb_party_role_list *roles)
{
    if (roles->count == 0)
        return;
    printf("  %-7s", "role");
    for (size_t i = 0; i < roles->count; i++)
        printf(" %s", lb_party_role_name(roles->at[i]));
    putchar('\n');
}

static void print_limit(const char *what, int64_t per_s)
{
    if (per_s != LB_UNKNOWN)
        printf("  limit   %s %s a second\n", show_number(per_s).text, what);
}

static void print_keys(const common_options *common, const lb_party_key_list *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        const lb_party_key *key = &keys->at[i];
        printf("  key     %s  since %s", show_text(key->key),
               show_time(common, key->added_us).text);
        if (key->ends_us != LB_UNKNOWN)
            printf("%s", key->ends_us <= wall_now_us() ? ", has ended" : ", ends ");
        if (key->ends_us != LB_UNKNOWN && key->ends_us > wall_now_us())
            printf("%s", show_time(common, key->ends_us).text);
        putchar('\n');
    }
}

static void print_parties(const common_options *common, const lb_party_list *parties)
{
    for (size_t i = 0; i < parties->count; i++) {
        const lb_party *party = &parties->at[i];
        printf("%s%s%s\n", colour(stdout, BOLD), show_text(party->name), colour(stdout, PLAIN));
        print_roles(&party->roles);
        print_words("right", &party->rights);
        print_limit("messages", party->messages_per_s);
        print_limit("bytes", party->bytes_per_s);
        print_limit("questions", party->questions_per_s);
        print_keys(common, &party->keys);
        if (party->keys.count == 0)
            puts("  no key: nobody can connect as this party");
    }
}

/* -- asking ----------------------------------------------------------------------------------------- */

typedef struct party_words { /* memory that the query points to */
    lb_party_role roles[WORDS_MAX];
    lb_span rights[WORDS_MAX];
    lb_party_key key;
} party_words;

/* "CARRIER" is a role, "format:air.*" a right. */
static bool take_words(int count, char **argv, party_words *words, lb_party *party)
{
    party->roles = (lb_party_role_list){words->roles, 0, WORDS_MAX};
    party->rights = (lb_text_list){words->rights, 0, WORDS_MAX};
    if (count > WORDS_MAX) {
        complain("landbridge admin party: at most %d rights at once\n", WORDS_MAX);
        return false;
    }
    for (int i = 0; i < count; i++) {
        lb_party_role *role = &party->roles.at[party->roles.count];
        if (strchr(argv[i], ':') != NULL) {
            party->rights.at[party->rights.count++] = lb_span_of(argv[i]);
            continue;
        }
        /* the hub's error lists the roles */
        if (!lb_party_role_from_name(lb_span_of(argv[i]), role))
            *role = LB_PARTY_UNSPECIFIED;
        party->roles.count++;
    }
    return true;
}

static bool take_limit(const char *name, const char *text, int64_t *per_s)
{
    return text == NULL || option_number(name, text, 1, INT64_C(1) << 40, per_s);
}

static int ask_and_print(const common_options *common, const lb_query *query)
{
    lb_client *client;
    const lb_answer *answer;
    int code = hub_open(common, &client);
    if (code != EXIT_FINE)
        return code;
    code = hub_ask(client, common, query, &answer);
    if (code == EXIT_FINE && common->json)
        print_json(answer);
    else if (code == EXIT_FINE)
        print_parties(common, &answer->parties.parties);
    if (code == EXIT_FINE && query->ask == LB_ASK_PARTY_LIST && answer->parties.parties.count == 0)
        code = EXIT_NOTHING;
    lb_client_close(&client);
    return code;
}

/* Fills in the request of this question from the command line. */
static void fill_request(lb_query *query, const lb_party *party, lb_span key, int64_t old_until_us)
{
    const lb_party_rights_query rights = {party->name, party->rights};

    switch (query->ask) {
    case LB_ASK_PARTY_ADD:
        query->party_add = *party;
        break;
    case LB_ASK_PARTY_ROTATE:
        query->party_rotate = (lb_party_rotate_query){party->name, key, old_until_us};
        break;
    case LB_ASK_PARTY_REVOKE:
        query->party_revoke = (lb_party_revoke_query){party->name, key};
        break;
    case LB_ASK_PARTY_GRANT:
        query->party_grant = rights;
        break;
    case LB_ASK_PARTY_WITHDRAW:
        query->party_withdraw = rights;
        break;
    default:
        query->party_list.name = party->name;
    }
}

static int run_party(const subcommand *self, int argc, char **argv)
{
    const char *key = NULL, *until = NULL, *messages = NULL, *bytes = NULL, *questions = NULL;
    common_options common = {0};
    const option_row rows[] = {
        {"--public", "KEY", "its public key, as printed by `landbridge admin keygen`", &key, NULL},
        {"--until", "TIME", "rotate: when the old key ends (now)", &until, NULL},
        {"--messages", "N", "add: limit of messages a second", &messages, NULL},
        {"--bytes", "N", "add: limit of bytes a second", &bytes, NULL},
        {"--questions", "N", "add: limit of questions a second", &questions, NULL},
    };
    int words;
    if (!options_read(self, rows, sizeof rows / sizeof rows[0], &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;

    party_words memory = {0};
    lb_query query;
    lb_party party;
    int64_t old_until_us = LB_UNKNOWN;
    lb_record_init(&lb_record_party, &party);
    lb_query_init(&query, words > 0 ? lb_ask_of_command(self->name, argv[0]) : LB_ASK_UNSPECIFIED);
    if (query.ask == LB_ASK_UNSPECIFIED || (query.ask != LB_ASK_PARTY_LIST && words < 2)) {
        complain("usage: landbridge admin party %s\n", self->usage);
        return EXIT_USAGE;
    }
    if (words > 1)
        party.name = lb_span_of(argv[1]);
    if (!take_words(words > 2 ? words - 2 : 0, argv + 2, &memory, &party) ||
        !take_limit("--messages", messages, &party.messages_per_s) ||
        !take_limit("--bytes", bytes, &party.bytes_per_s) ||
        !take_limit("--questions", questions, &party.questions_per_s) ||
        (until != NULL && !option_time("--until", until, &common, true, &old_until_us)))
        return EXIT_USAGE;
    if (key != NULL) {
        memory.key = (lb_party_key){lb_span_of(key), LB_UNKNOWN, LB_UNKNOWN};
        party.keys = (lb_party_key_list){&memory.key, 1, 1};
    }
    fill_request(&query, &party, lb_span_of(key), old_until_us);
    return ask_and_print(&common, &query);
}

const subcommand command_party = {
    .name = "admin party",
    .words = "parties, their keys and rights",
    .usage = "list [NAME] | add NAME ROLE... RIGHT... [--public KEY] | rotate NAME --public KEY "
             "[--until TIME] | revoke NAME [--public KEY] | grant NAME RIGHT... | withdraw NAME "
             "RIGHT...",
    .example =
        "  landbridge admin party add cz-cargo CARRIER 'format:air.*' 'for:awb:784-*' --public "
        "KEY\n"
        "  landbridge admin party add lianhe SHIPPER see:bkg:BK7001 --public KEY\n"
        "  landbridge admin party add bench INTEGRATOR topic:e/rail/ --public KEY\n"
        "  landbridge admin party rotate cz-cargo --public NEWKEY --until +7d\n"
        "  landbridge admin party revoke cz-cargo --public KEY     one key; else the party\n"
        "\n"
        "roles: OPERATOR, CARRIER, SHIPPER, INTEGRATOR, AUDITOR. Rights: format:ADAPTER\n"
        "source:NAME for:OBJECT for:place:PLACE see:OBJECT topic:TOPIC network:ADDRESS/BITS\n"
        "terminal:NUMBER@PLATE; broker/README.md explains each of them.\n",
    .run = run_party,
};
