/* oracle.c - see oracle.h. */
#include "oracle.h"

#include "landbridge/client/time.h"
#include "record.h"
#include "question.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#define SHOWN     12 /* of the failures of one kind */
#define MAX_WORDS 10 /* in a line of truth */

static void read_truth(oracle *c)
{
    char path[128], line[512];
    size_t room = 20000;

    FILE *file = fopen(rig_path(&c->day, "truth.txt", path), "r");
    assert_non_null(file);
    c->truth = day_memory(room, sizeof *c->truth);
    while (c->truths < room && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        c->truth[c->truths] = day_memory(strlen(line) + 1, 1);
        memcpy(c->truth[c->truths++], line, strlen(line));
    }
    fclose(file);
}

void oracle_open(oracle *c, const char *view_path)
{
    if (view_path != NULL)
        assert_int_equal(lb_view_reader_open(&c->reader, view_path), LB_OK);
    lb_arena_init(&c->arena, 64 << 20);
    read_truth(c);
}

void oracle_close(oracle *c)
{
    for (size_t i = 0; i < c->truths; i++)
        free(c->truth[i]);
    free(c->truth);
    lb_arena_fini(&c->arena);
    lb_view_reader_close(&c->reader);
}

/* -- asking ----------------------------------------------------------------------------------- */

static void put(oracle *c, const lb_query *query, int64_t now_us)
{
    lb_record_init(&lb_record_answer, &c->answer);
    if (c->put != NULL)
        c->put(c->whose, query, now_us, &c->arena, &c->answer);
    else
        assert_int_equal(lb_view_answer(c->reader, query, NULL, now_us, &c->arena, &c->answer),
                         LB_OK);
}

static void ask(oracle *c, lb_ask what, const char *reference)
{
    char about[128];
    lb_query query;

    snprintf(about, sizeof about, "%d %s", (int)what, reference);
    if (strcmp(about, c->about) == 0)
        return;
    snprintf(c->about, sizeof c->about, "%s", about);
    lb_arena_reset(&c->arena);
    question_init(&query, what, lb_span_of(reference));
    put(c, &query, c->day.world.end_us + 6 * LB_HOUR_US);
}

static const lb_track *track_of(oracle *c, const char *key)
{
    const char *colon = strchr(key, ':');

    ask(c, LB_ASK_TRACK, colon == NULL ? key : colon + 1);
    for (size_t i = 0; i < c->answer.track.tracks.count; i++)
        if (lb_span_is(c->answer.track.tracks.at[i].object, key))
            return &c->answer.track.tracks.at[i];
    return NULL;
}

static int64_t moment(const char *text)
{
    int64_t us;

    return lb_time_read(lb_span_of(text), &us) ? us : LB_UNKNOWN;
}

/* "-" in the truth matches everything: the messages do not contain it. */
static bool is_then(int64_t us, const char *text)
{
    return strcmp(text, "-") == 0 || us == moment(text);
}

static bool has_milestone(const lb_track *track, char **w)
{
    for (size_t i = 0; i < track->milestones.count; i++) {
        const lb_milestone *m = &track->milestones.at[i];
        if (strcmp(lb_event_type_code(m->type), w[3]) == 0 &&
            m->classifier == LB_CLASSIFIER_ACTUAL && lb_span_is(m->place, w[6]) &&
            is_then(m->occurred_us, w[5]))
            return true;
    }
    return false;
}

static bool has_leg(const lb_track *track, char **w)
{
    for (size_t i = 0; i < track->legs.count; i++) {
        const lb_leg *leg = &track->legs.at[i];
        if (strcmp(lb_mode_name(leg->mode), w[3]) == 0 && lb_span_is(leg->conveyance, w[4]) &&
            lb_span_is(leg->from, w[5]) && lb_span_is(leg->to, w[6]) &&
            is_then(leg->departure.actual_us, w[7] + 4) &&
            is_then(leg->arrival.actual_us, w[8] + 4))
            return true;
    }
    return false;
}

static bool has_stay(const lb_track *track, char **w)
{
    for (size_t i = 0; i < track->stays.count; i++) {
        const lb_stay *stay = &track->stays.at[i];
        bool ends_right =
            strcmp(w[5], "-") == 0 ? stay->until_us == LB_UNKNOWN : stay->until_us == moment(w[5]);
        if (lb_span_is(stay->parent, w[3]) && stay->from_us == moment(w[4]) && ends_right)
            return true;
    }
    return false;
}

/* track KEY what ... */
static bool is_true_of_track(oracle *c, char **w)
{
    const lb_track *track = track_of(c, w[1]);
    if (track == NULL)
        return false;

    if (strcmp(w[2], "status") == 0)
        return strcmp(lb_cargo_status_name(track->status), w[3]) == 0;
    if (strcmp(w[2], "last_place") == 0)
        return lb_span_is(track->last_place, w[3]);
    if (strcmp(w[2], "milestone") == 0)
        return has_milestone(track, w);
    if (strcmp(w[2], "leg") == 0)
        return has_leg(track, w);
    if (strcmp(w[2], "stay") == 0)
        return has_stay(track, w);
    return track->pieces == atoll(w[3]) && track->pieces_total == atoll(w[5]);
}

/* The free quantity fits, and one more does not: find-space must agree with the departure. */
static bool is_found_by_need(oracle *c, const char *id, const char *unit, int64_t free)
{
    lb_need need = {.quantity = free};
    lb_unit_from_name(lb_span_of(unit), &need.unit);
    bool fits[2] = {false, true};

    for (int more = 0; more < 2; more++) {
        lb_query query;
        question_init(&query, LB_ASK_FIND_SPACE, LB_SPAN("CNULZ"));
        query.find_space.after_us = c->day.world.end_us;
        query.find_space.before_us = c->day.world.end_us + 14 * LB_DAY_US;
        need.quantity = free + more;
        query.find_space.need = (lb_need_list){&need, 1, 1};
        c->about[0] = '\0';
        lb_arena_reset(&c->arena);
        put(c, &query, c->day.world.end_us);
        for (size_t i = 0; i < c->answer.capacity.resources.count; i++)
            if (lb_span_is(c->answer.capacity.resources.at[i].id, id))
                fits[more] = c->answer.capacity.resources.at[i].fits;
    }
    return fits[0] && !fits[1];
}

/* free departure ID UNIT quantity */
static bool is_true_of_departure(oracle *c, char **w)
{
    ask(c, LB_ASK_CAPACITY, w[2]);
    for (size_t i = 0; i < c->answer.capacity.resources.count; i++) {
        const lb_resource *resource = &c->answer.capacity.resources.at[i];
        for (size_t k = 0; lb_span_is(resource->id, w[2]) && k < resource->units.count; k++)
            if (strcmp(lb_unit_name(resource->units.at[k].unit), w[3]) == 0)
                return resource->units.at[k].free == atoll(w[4]) &&
                       is_found_by_need(c, w[2], w[3], atoll(w[4]));
    }
    return false;
}

/* border ID nominal N used N as_of TIME */
static bool is_true_of_border(oracle *c, char **w)
{
    ask(c, LB_ASK_CAPACITY, w[1]);
    for (size_t i = 0; i < c->answer.capacity.resources.count; i++) {
        const lb_resource *resource = &c->answer.capacity.resources.at[i];
        if (!lb_span_is(resource->id, w[1]) || resource->units.count == 0)
            continue;
        const lb_unit_figures *figures = &resource->units.at[0];
        return figures->unit == LB_UNIT_TRAIN && figures->nominal == atoll(w[3]) &&
               figures->used == atoll(w[5]) && figures->as_of_us == moment(w[7]);
    }
    return false;
}

/* block PLACE/BLOCK nominal N */
static bool is_true_of_block(oracle *c, char **w)
{
    ask(c, LB_ASK_CAPACITY, w[1]);
    for (size_t i = 0; i < c->answer.capacity.resources.count; i++) {
        const lb_resource *block = &c->answer.capacity.resources.at[i];
        for (size_t k = 0; lb_span_is(block->id, w[1]) && k < block->units.count; k++)
            if (block->units.at[k].unit == LB_UNIT_MILLI_TEU)
                return block->units.at[k].nominal == atoll(w[3]);
    }
    return false;
}

/* yard PLACE[/BLOCK] containers N milli_teu N */
static bool is_true_of_yard(oracle *c, char **w)
{
    int64_t containers = 0, milli_teu = 0;
    const char *block = strchr(w[1], '/');

    ask(c, LB_ASK_YARD, "CNULZ");
    for (size_t i = 0; i < c->answer.yard.items.count; i++) {
        const lb_yard_item *item = &c->answer.yard.items.at[i];
        if (block != NULL && !lb_span_is(item->block, block + 1))
            continue;
        containers++;
        milli_teu += item->milli_teu;
    }
    if (block == NULL && c->answer.yard.containers != containers)
        return false;
    return containers == atoll(w[3]) && milli_teu == atoll(w[5]);
}

/* cargo-changes-mode KEY a>b>c: the legs in that order, a stay in a truck counting as one. */
static bool is_true_of_modes(oracle *c, char **w)
{
    const lb_track *track = track_of(c, w[1]);
    char path[64] = "";

    for (size_t i = 0; track != NULL && i < track->legs.count; i++) {
        lb_mode mode = track->legs.at[i].mode;
        const char *word = mode == LB_MODE_RAIL ? "rail" : mode == LB_MODE_AIR ? "air" : "truck";
        size_t len = strlen(path);
        size_t word_len = strlen(word);
        if (len >= word_len && strcmp(path + len - word_len, word) == 0)
            continue;
        snprintf(path + len, sizeof path - len, "%s%s", len == 0 ? "" : ">", word);
    }
    return strcmp(path, w[2]) == 0;
}

/* ban ID PLACE FROM UNTIL */
static bool is_true_of_ban(oracle *c, char **w)
{
    ask(c, LB_ASK_CAPACITY, w[1]);
    if (c->answer.capacity.resources.count != 1)
        return false;
    const lb_resource *ban = &c->answer.capacity.resources.at[0];
    return ban->kind == LB_RESOURCE_BAN && lb_span_is(ban->from, w[2]) &&
           ban->window_from_us == moment(w[3]) && ban->window_until_us == moment(w[4]);
}

/* train KEY carries N, train KEY halted PLACE SINCE */
static bool is_true_of_train(oracle *c, char **w)
{
    const lb_track *track = track_of(c, w[1]);
    int containers = 0;

    if (track == NULL)
        return false;
    if (strcmp(w[2], "carries") == 0) {
        for (size_t i = 0; i < track->carries.count; i++)
            containers += lb_span_starts(track->carries.at[i], "container:") ? 1 : 0;
        return containers == atoi(w[3]);
    }
    for (size_t i = 0; i < track->exceptions.count; i++)
        if (track->exceptions.at[i].type == LB_EVENT_STOP &&
            track->exceptions.at[i].since_us == moment(w[4]))
            return lb_span_is(track->last_place, w[3]);
    return false;
}

/* -- comparing with the truth ------------------------------------------------------------------ */

static bool is_true(oracle *c, char **w, bool *is_asked)
{
    *is_asked = true;
    if (strcmp(w[0], "track") == 0)
        return is_true_of_track(c, w);
    if (strcmp(w[0], "free") == 0)
        return is_true_of_departure(c, w);
    if (strcmp(w[0], "border") == 0)
        return is_true_of_border(c, w);
    if (strcmp(w[0], "block") == 0)
        return is_true_of_block(c, w);
    if (strcmp(w[0], "yard") == 0)
        return is_true_of_yard(c, w);
    if (strcmp(w[0], "cargo-changes-mode") == 0)
        return is_true_of_modes(c, w);
    if (strcmp(w[0], "ban") == 0)
        return is_true_of_ban(c, w);
    if (strcmp(w[0], "train") == 0)
        return is_true_of_train(c, w);
    *is_asked = false;
    return true;
}

static tally *tally_of(oracle *c, char **w)
{
    char kind[48];
    bool is_track = strcmp(w[0], "track") == 0, is_milestone = is_track && w[3] != NULL;

    snprintf(kind, sizeof kind, "%s%s%s%s%s", w[0], is_track ? " " : "", is_track ? w[2] : "",
             is_milestone && strcmp(w[2], "milestone") == 0 ? " " : "",
             is_milestone && strcmp(w[2], "milestone") == 0 ? w[3] : "");
    for (int i = 0; i < MAX_KINDS; i++) {
        if (c->kinds[i].kind[0] == '\0')
            snprintf(c->kinds[i].kind, sizeof c->kinds[i].kind, "%s", kind);
        if (strcmp(c->kinds[i].kind, kind) == 0)
            return &c->kinds[i];
    }
    return &c->kinds[MAX_KINDS - 1];
}

static void judge(oracle *c, const char *original)
{
    char copy[512], *line = copy, *w[MAX_WORDS] = {NULL};
    bool is_asked;
    int count = 0;

    snprintf(copy, sizeof copy, "%s", original);
    while (line != NULL && count < MAX_WORDS)
        w[count++] = strsep(&line, " ");
    if (count < 3)
        return;
    tally *t = tally_of(c, w);
    bool holds = is_true(c, w, &is_asked);
    t->asked += is_asked ? 1 : 0;
    if (!holds && t->wrong++ < SHOWN && !c->is_quiet)
        print_message("not so: %s\n", original);
}

int oracle_judge(oracle *c)
{
    int wrong = 0;

    for (size_t i = 0; i < c->truths; i++)
        judge(c, c->truth[i]);
    for (int i = 0; i < MAX_KINDS && c->kinds[i].kind[0] != '\0'; i++) {
        if (c->kinds[i].wrong > 0 && !c->is_quiet)
            print_message("%-24s asked %5d, not so %5d\n", c->kinds[i].kind, c->kinds[i].asked,
                          c->kinds[i].wrong);
        wrong += c->kinds[i].wrong;
    }
    return wrong;
}

/* -- comparing the truth with the view --------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_in_truth(const oracle *c, const char *line)
{
    return bsearch(&line, c->truth, c->truths, sizeof *c->truth, by_text) != NULL;
}

/* Movements and lifts; documents, delays and halts are not in the truth. */
static bool is_reported(lb_event_type type)
{
    static const lb_event_type reported[] = {
        LB_EVENT_DEPA, LB_EVENT_ARRI, LB_EVENT_PASS, LB_EVENT_CROS, LB_EVENT_GAUG, LB_EVENT_GTIN,
        LB_EVENT_GTOT, LB_EVENT_LOAD, LB_EVENT_DISC, LB_EVENT_STUF, LB_EVENT_YMOV, LB_EVENT_ACPT,
        LB_EVENT_RCVD, LB_EVENT_DLVR, LB_EVENT_TFOU, LB_EVENT_NTFY, LB_EVENT_OFLD,
    };
    for (size_t i = 0; i < sizeof reported / sizeof *reported; i++)
        if (reported[i] == type)
            return true;
    return false;
}

static int check_milestones(const oracle *c, const lb_track *track)
{
    int wrong = 0;

    for (size_t i = 0; i < track->milestones.count; i++) {
        const lb_milestone *m = &track->milestones.at[i];
        char line[512], time[LB_TIME_ROOM] = "-";
        if (!is_reported(m->type) || m->classifier != LB_CLASSIFIER_ACTUAL)
            continue;
        if (m->occurred_us != LB_UNKNOWN)
            lb_time_print(time, sizeof time, m->occurred_us, (int)m->offset_min);
        snprintf(line, sizeof line, "track %.*s milestone %s ACTUAL %s %.*s", LB_ARG(track->object),
                 lb_event_type_code(m->type), time, LB_ARG(m->place));
        if (!is_in_truth(c, line) && wrong++ < SHOWN && !c->is_quiet)
            print_message("claimed: %s\n", line);
    }
    return wrong;
}

/* As many legs as there are lines about them. */
static int check_legs(const oracle *c, const lb_track *track)
{
    char start[128];
    size_t legs = 0;

    int len = snprintf(start, sizeof start, "track %.*s leg ", LB_ARG(track->object));
    for (size_t i = 0; i < c->truths; i++)
        legs += strncmp(c->truth[i], start, (size_t)len) == 0 ? 1 : 0;
    if (legs != track->legs.count && !c->is_quiet)
        print_message("%.*s has %zu legs, not %zu\n", LB_ARG(track->object), legs,
                      track->legs.count);
    return legs == track->legs.count ? 0 : 1;
}

static int check_cargo(oracle *c, const char *kind, const char *id)
{
    char key[64];

    snprintf(key, sizeof key, "%s:%s", kind, id);
    const lb_track *track = track_of(c, key);
    return track == NULL ? 1 : check_milestones(c, track) + check_legs(c, track);
}

int oracle_check_claims(oracle *c)
{
    const day_world *world = &c->day.world;
    int wrong = 0;

    for (int i = 0; i < world->box_count; i++)
        wrong += check_cargo(c, "container", world->boxes[i].id);
    for (int i = 0; i < world->awb_count; i++)
        wrong += check_cargo(c, "awb", world->awbs[i].id);
    return wrong;
}
