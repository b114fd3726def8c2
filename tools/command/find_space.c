/* find_space.c - departures from A to B with enough free capacity. */
#include "command.h"

enum { NEEDS_MAX = 8 };

static bool unit_of(lb_span word, lb_unit *unit, int *digits)
{
    static const struct {
        const char *word;
        lb_unit unit;
        int digits; /* decimals of the stored unit: 6 TEU = 6000 1/1000 TEU, 2.5 t = 2500 kg */
    } known[] = {
        {"TEU", LB_UNIT_MILLI_TEU, 3},  {"t", LB_UNIT_KG, 3},         {"kg", LB_UNIT_KG, 0},
        {"m3", LB_UNIT_LITRE, 3},       {"wagons", LB_UNIT_WAGON, 0}, {"wagon", LB_UNIT_WAGON, 0},
        {"trucks", LB_UNIT_TRUCK, 0},   {"truck", LB_UNIT_TRUCK, 0},  {"slots", LB_UNIT_SLOT, 0},
        {"pallets", LB_UNIT_PALLET, 0},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (word.len == strlen(known[i].word) &&
            strncasecmp(word.at, known[i].word, word.len) == 0) {
            *unit = known[i].unit;
            *digits = known[i].digits;
            return true;
        }
    return false;
}

/* "6 TEU", or several with commas: "6 TEU, 80 t". */
static bool read_needs(const char *text, lb_need *needs, size_t *count)
{
    lb_span rest = lb_span_of(text), part;
    *count = 0;
    while (lb_span_cut(&rest, ',', &part)) {
        lb_span word = lb_span_trim(part), number;
        int digits;
        if (*count == NEEDS_MAX || !lb_span_cut(&word, ' ', &number))
            break;
        lb_need *need = &needs[*count];
        if (!unit_of(lb_span_trim(word), &need->unit, &digits) ||
            !lb_span_decimal(number, digits, &need->quantity) || need->quantity <= 0)
            break;
        ++*count;
        if (rest.len == 0)
            return true;
    }
    complain("landbridge find-space: --need takes an amount and TEU, t, kg, m3, wagons, trucks, "
             "slots or "
             "pallets, as in '6 TEU, 80 t', not '%s'\n",
             text);
    return false;
}

static const char *show_binding(const lb_resource *resource)
{
    static char words[64];
    const char *unit = lb_unit_name(resource->binding_unit);

    switch (resource->binding) {
    case LB_BINDING_BAN:
        snprintf(words, sizeof words, "ban %s",
                 resource->bans.count > 0 ? show_text(resource->bans.at[0]) : "");
        return words;
    case LB_BINDING_CUT_OFF:
        return "cut-off is over";
    case LB_BINDING_LEFT:
        return "has left";
    case LB_BINDING_CANCELLED:
        return "cancelled";
    case LB_BINDING_UNIT_UNKNOWN:
        snprintf(words, sizeof words, "%s unknown", unit);
        return words;
    case LB_BINDING_UNIT_SHORT:
        return unit;
    default:
        return "";
    }
}

static void print_fit(const common_options *common, const lb_resource *resource)
{
    if (resource->fits)
        printf("%sfits%s     ", colour(stdout, GREEN), colour(stdout, PLAIN));
    else
        printf("%sno room%s  ", colour(stdout, YELLOW), colour(stdout, PLAIN));
    if (!resource->fits)
        printf("(%s)  ", show_binding(resource));
    print_resource(common, resource);
}

static int print_found(const common_options *common, const lb_answer *answer)
{
    bool any = false;
    if (common->json)
        print_json(answer);
    for (size_t i = 0; i < answer->capacity.resources.count; i++) {
        any = any || answer->capacity.resources.at[i].fits;
        if (!common->json)
            print_fit(common, &answer->capacity.resources.at[i]);
    }
    if (!common->json && answer->capacity.resources.count == 0)
        puts("no departure known there in that time");
    return any ? EXIT_FINE : EXIT_NOTHING;
}

static int run(const subcommand *self, int argc, char **argv)
{
    const char *from = NULL, *to = NULL, *after = "now", *before = "+14d", *need = NULL;
    const char *at_least = NULL;
    lb_position_entry entries[LB_POSITION_ENTRIES];
    common_options common = {0};
    const option_row rows[] = {
        {"--from", "PLACE", "origin: code or name", &from, NULL},
        {"--to", "PLACE", "destination", &to, NULL},
        {"--after", "TIME", "departs after (now)", &after, NULL},
        {"--before", "TIME", "departs before (+14d)", &before, NULL},
        {"--need", "AMOUNT", "'6 TEU', or several: '6 TEU, 80 t'", &need, NULL},
        AT_LEAST_ROW(at_least),
    };
    int words;
    if (!options_read(self, rows, sizeof rows / sizeof rows[0], &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;
    if (from == NULL || to == NULL || words != 0) {
        fputs("landbridge find-space: needs --from PLACE and --to PLACE\n", stderr);
        return EXIT_USAGE;
    }

    lb_query query;
    lb_need needs[NEEDS_MAX];
    lb_query_init(&query, LB_ASK_FIND_SPACE);
    query.find_space.from = lb_span_of(from);
    query.find_space.to = lb_span_of(to);
    if (!option_time("--after", after, &common, false, &query.find_space.after_us) ||
        !option_time("--before", before, &common, true, &query.find_space.before_us) ||
        !option_at_least(at_least, entries, &query) ||
        (need != NULL && !read_needs(need, needs, &query.find_space.need.count)))
        return EXIT_USAGE;
    query.find_space.need.at = needs;

    lb_client *client;
    const lb_answer *answer;
    int code = hub_open(&common, &client);
    if (code != EXIT_FINE)
        return code;
    code = hub_ask(client, &common, &query, &answer);
    if (code == EXIT_FINE)
        code = print_found(&common, answer);
    lb_client_close(&client);
    return code;
}

const subcommand command_find_space = {
    .name = "find-space",
    .words = "departures from A to B with enough free capacity",
    .usage = "--from PLACE --to PLACE [OPTIONS]",
    .example = "  landbridge find-space --from Urumqi --to Tashkent --after fri --before fri "
               "--need '6 TEU'\n",
    .run = run,
};
