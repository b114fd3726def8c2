/* track.c - position, times and sources of a cargo, by any reference. */
#include "command.h"

#include "track.h"

static void print_times(const common_options *common, const char *word, const lb_times *times)
{
    if (times->actual_us != LB_UNKNOWN)
        printf("  %s %s%s%s", word, colour(stdout, GREEN), show_time(common, times->actual_us).text,
               colour(stdout, PLAIN));
    else if (times->estimated_us != LB_UNKNOWN)
        printf("  %s est %s", word, show_time(common, times->estimated_us).text);
    else if (times->planned_us != LB_UNKNOWN)
        printf("  %s plan %s", word, show_time(common, times->planned_us).text);
    if (times->actual_us != LB_UNKNOWN && times->planned_us != LB_UNKNOWN) {
        long long late_min = (long long)((times->actual_us - times->planned_us) / LB_MINUTE_US);
        if (late_min != 0)
            printf(" (%+lld min)", late_min);
    }
}

static lb_span named(lb_span name, lb_span key)
{
    return name.len > 0 ? name : key.len > 0 ? key : LB_SPAN("?");
}

static void print_leg(const common_options *common, const lb_leg *leg)
{
    printf("  %-5s %s  %s -> %s", leg->mode == LB_MODE_UNSPECIFIED ? "" : lb_mode_name(leg->mode),
           show_text(leg->conveyance), show_text(named(leg->from_name, leg->from)),
           show_text(named(leg->to_name, leg->to)));
    print_times(common, "dep", &leg->departure);
    print_times(common, "arr", &leg->arrival);
    if (leg->units.count > 0)
        printf("  %sin", colour(stdout, DIM));
    for (size_t i = 0; i < leg->units.count; i++)
        printf(" %s", show_text(leg->units.at[i]));
    if (leg->units.count > 0)
        fputs(colour(stdout, PLAIN), stdout);
    putchar('\n');
}

static void print_milestone(const common_options *common, const lb_track *track,
                            const lb_milestone *milestone)
{
    int64_t offset = milestone->offset_min;
    cell when = offset == LB_UNKNOWN ? show_time(common, milestone->occurred_us)
                                     : show_time_at(milestone->occurred_us, offset);
    const char *mark = milestone->classifier == LB_CLASSIFIER_ACTUAL ? "*" : "o";
    char other[8] = "";
    if (offset != LB_UNKNOWN && milestone->occurred_us != LB_UNKNOWN &&
        offset != lb_zone_offset_at(common->zone, milestone->occurred_us))
        snprintf(other, sizeof other, "%+03d", (int)(offset / 60));
    printf("  %s %-16s%-4s %-10s %-34s %s", mark, when.text, other,
           milestone->classifier == LB_CLASSIFIER_ACTUAL
               ? ""
               : lb_classifier_name(milestone->classifier),
           milestone->type == LB_EVENT_UNSPECIFIED ? "status without mapping"
                                                   : lb_event_type_words(milestone->type),
           show_text(named(milestone->place_name, milestone->place)));
    if (!lb_span_equal(milestone->object, track->object))
        printf("  [%s]", show_text(milestone->object));
    if (milestone->pieces != LB_UNKNOWN && milestone->pieces_total != LB_UNKNOWN)
        printf("  %lld/%lld pieces", (long long)milestone->pieces,
               (long long)milestone->pieces_total);
    if (milestone->type == LB_EVENT_UNSPECIFIED)
        printf("  \"%s\"", show_text(milestone->raw_text));
    printf("  %s%s", colour(stdout, DIM), show_text(milestone->source));
    if (milestone->raw_code.len > 0)
        printf(" %s:%s", show_text(milestone->raw_scheme), show_text(milestone->raw_code));
    if (milestone->losers.count > 0)
        printf(" +%zu other claims", milestone->losers.count);
    if (milestone->quality_flags != LB_UNKNOWN && milestone->quality_flags != 0)
        for (int bit = 0; bit < LB_DOUBTS; bit++)
            if (milestone->quality_flags & LB_FLAG(bit))
                printf(" %s", lb_doubt_name((lb_doubt_code)bit));
    printf("%s\n", colour(stdout, PLAIN));
}

static void print_now(const common_options *common, const lb_track *track)
{
    int64_t now_us = wall_now_us();
    printf("  now   %s", lb_cargo_status_name(track->status));
    if (track->last_type != LB_EVENT_UNSPECIFIED)
        printf(", last %s", lb_event_type_words(track->last_type));
    if (track->last_place.len > 0)
        printf(" at %s", show_text(named(track->last_place_name, track->last_place)));
    if (track->last_occurred_us != LB_UNKNOWN)
        printf(", %s (%s ago)", show_time(common, track->last_occurred_us).text,
               show_age(now_us, track->last_occurred_us).text);
    putchar('\n');
    if (track->last_heard_us != LB_UNKNOWN)
        printf("  heard %s ago from %s\n", show_age(now_us, track->last_heard_us).text,
               show_text(track->last_source));
    if (track->lat_e7 != LB_UNKNOWN)
        printf("  at    %.5f, %.5f (%s, %s)\n", (double)track->lat_e7 / 1e7,
               (double)track->lon_e7 / 1e7, show_text(track->position_object),
               show_time(common, track->position_us).text);
    if (track->eta_us != LB_UNKNOWN)
        printf("  ETA   %s %s\n", show_time(common, track->eta_us).text,
               show_text(track->eta_place));
}

static void print_refs(const lb_track *track)
{
    if (track->refs.count == 0)
        return;
    printf("  refs ");
    for (size_t i = 0; i < track->refs.count; i++)
        printf(" %s %s", lb_scheme_name(track->refs.at[i].scheme),
               show_text(track->refs.at[i].value));
    putchar('\n');
}

static void print_load(const lb_track *track)
{
    if (track->carries.count == 0)
        return;
    printf("  carries %zu:", track->carries.count);
    for (size_t i = 0; i < track->carries.count && i < 20; i++)
        printf(" %s", show_text(track->carries.at[i]));
    puts(track->carries.count > 20 ? " ..." : "");
}

static void print_reports(const common_options *common, const lb_track *track)
{
    if (track->reports.count > 0 || track->omitted.count > 0)
        puts("  reports of third parties");
    for (size_t i = 0; i < track->reports.count; i++)
        print_milestone(common, track, &track->reports.at[i]);
    for (size_t i = 0; i < track->omitted.count; i++)
        printf("    and %lld more of %s\n", (long long)track->omitted.at[i].count,
               show_text(track->omitted.at[i].party));
}

static void print_track(const common_options *common, const lb_track *track)
{
    printf("%s%s%s", colour(stdout, BOLD), show_text(track->object), colour(stdout, PLAIN));
    if (track->cycles != LB_UNKNOWN && track->cycles > 1)
        printf("  (use %lld of %lld)", (long long)track->cycle, (long long)track->cycles);
    putchar('\n');
    print_now(common, track);
    print_refs(track);
    print_load(track);
    for (size_t i = 0; i < track->exceptions.count; i++) {
        const lb_track_exception *e = &track->exceptions.at[i];
        printf("  %s! %s%s since %s %s\n", colour(stdout, RED), lb_event_type_words(e->type),
               colour(stdout, PLAIN), show_time(common, e->since_us).text, show_text(e->text));
    }
    if (track->legs.count > 0)
        puts("  legs");
    for (size_t i = 0; i < track->legs.count; i++)
        print_leg(common, &track->legs.at[i]);
    if (track->milestones.count > 0)
        puts("  milestones");
    for (size_t i = 0; i < track->milestones.count; i++)
        print_milestone(common, track, &track->milestones.at[i]);
    print_reports(common, track);
}

int print_tracks(const common_options *common, const lb_answer *answer)
{
    if (common->json)
        print_json(answer);
    else
        for (size_t i = 0; i < answer->track.tracks.count; i++) {
            if (i > 0)
                putchar('\n');
            print_track(common, &answer->track.tracks.at[i]);
        }
    fflush(stdout);
    return answer->track.tracks.count > 0 ? EXIT_FINE : EXIT_NOTHING;
}

static int run(const subcommand *self, int argc, char **argv)
{
    bool is_following = false, all = false, with_reports = false;
    const char *at_least = NULL;
    lb_position_entry entries[LB_POSITION_ENTRIES];
    common_options common = {0};
    const option_row rows[] = {
        {"--follow", NULL, "keep running; print again after every change", NULL, &is_following},
        {"--all", NULL, "earlier uses of the equipment too", NULL, &all},
        {"--reports", NULL, "third-party reports too; they change no status or position", NULL,
         &with_reports},
        AT_LEAST_ROW(at_least),
    };
    int words;
    if (!options_read(self, rows, sizeof rows / sizeof rows[0], &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;
    if (words != 1) {
        fputs(
            "landbridge track: name one reference: container, wagon, plate, AWB, consignment note, "
            "train run or booking\n",
            stderr);
        return EXIT_USAGE;
    }

    lb_query query;
    lb_query_init(&query, LB_ASK_TRACK);
    if (!option_at_least(at_least, entries, &query))
        return EXIT_USAGE;
    lb_client *client;
    const lb_answer *answer;
    int code = hub_open(&common, &client);
    if (code != EXIT_FINE)
        return code;
    query.track.reference = lb_span_of(argv[0]);
    query.track.all_cycles = all;
    query.track.with_reports = with_reports;
    code = hub_ask(client, &common, &query, &answer);
    if (code == EXIT_FINE)
        code = print_tracks(&common, answer);
    if (code == EXIT_FINE && is_following)
        code = follow_tracks(&common, client, &query, answer);
    lb_client_close(&client);
    return code;
}

const subcommand command_track = {
    .name = "track",
    .words = "position and history of a cargo, by any reference",
    .usage = "[OPTIONS] REF",
    .example = "  landbridge track LBKU2048176\n"
               "  landbridge track 784-30418264 --follow\n"
               "  landbridge track X9023@2026-03-13 --json\n",
    .run = run,
};
