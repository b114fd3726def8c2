/* answer.c - answers one question from one snapshot of the view. */
#include "answer/answer.h"

#include <sodium.h>
#include <stdlib.h>

#include "capacity/ban.h"
#include "capacity/departure.h"
#include "capacity/fit.h"
#include "capacity/resource.h"
#include "capacity/trucks.h"
#include "capacity/yard.h"
#include "track/resolve.h"
#include "track/see.h"
#include "track/track.h"
#include "landbridge/client/ident.h"
#include "landbridge/client/place.h"
#include "landbridge/client/show.h"
#include "landbridge/client/time.h"
#include "record.h"

#define ALWAYS_UNTIL INT64_C(4102444800000000) /* 2100 */
#define KEYS_MAX     ((size_t)8 * 1024 * 1024 * 1024)

struct lb_view_reader {
    lb_facts *facts;
    int64_t steps; /* of the last answer */
    int64_t as_of_seq;
    int64_t hurry_us;
    bool was_late;
};

lb_err lb_view_reader_open(lb_view_reader **out, const char *path)
{
    lb_view_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return LB_ERR_NO_MEMORY;
    lb_err err = lb_facts_open(&reader->facts, path);
    if (err == LB_OK)
        *out = reader;
    else
        lb_view_reader_close(&reader);
    return err;
}

void lb_view_reader_close(lb_view_reader **reader)
{
    if (*reader == NULL)
        return;
    lb_facts_close(&(*reader)->facts);
    free(*reader);
    *reader = NULL;
}

int64_t lb_view_reader_applied(lb_view_reader *reader)
{
    return lb_facts_applied(reader->facts);
}

typedef struct asking {
    lb_derive d;
    const lb_query *query;
    const lb_permission *permission; /* NULL: sees everything */
    lb_answer *answer;
} asking;

static lb_err refuse(asking *ask, lb_err err, lb_span text)
{
    ask->answer->error = lb_span_of(lb_err_name(err));
    ask->answer->text = text;
    return LB_OK;
}

/* -- tracks ---------------------------------------------------------------------------------------------------- */

/* Removes the keys that the asker may not see. */
static void keep_seen(const asking *ask, lb_text_list *keys)
{
    size_t kept = 0;

    for (size_t i = 0; i < keys->count; i++)
        if (lb_sees_all(ask->permission) || lb_permission_sees(ask->permission, keys->at[i]))
            keys->at[kept++] = keys->at[i];
    keys->count = kept;
}

static lb_err add_track(asking *ask, const lb_track_question *question, const lb_use_list *uses,
                        size_t number)
{
    lb_track_list *tracks = &ask->answer->track.tracks;
    if (!lb_arena_grow(ask->d.arena, tracks, sizeof *tracks->at))
        return LB_ERR_NO_MEMORY;
    lb_track *track = &tracks->at[tracks->count++];
    lb_record_init(&lb_record_track, track);
    track->asked = ask->query->track.reference;
    lb_err err = lb_track_derive(&ask->d, question, uses, number, track);
    keep_seen(ask, &track->carries);
    return err;
}

/* The last use of the object, or with all_cycles every use, the last one first. None if the fact that made it visible was
 * retracted. */
static lb_err add_tracks(asking *ask, const lb_sight *sight)
{
    const lb_track_question question = {.object = sight->object,
                                        .reference = sight->reference,
                                        .permission = ask->permission,
                                        .is_share = sight->is_share,
                                        .is_reported = sight->is_reported,
                                        .with_reports = ask->query->track.with_reports};
    lb_use_list uses;
    lb_err err = lb_track_uses(&ask->d, &question, &uses);
    size_t wanted = ask->query->track.all_cycles ? uses.list.count : uses.list.count > 0;
    for (size_t i = 0; err == LB_OK && i < wanted; i++)
        err = add_track(ask, &question, &uses, uses.list.count - 1 - i);
    return err;
}

static lb_err answer_track(asking *ask)
{
    lb_span reference = ask->query->track.reference;
    lb_sight_list sights;
    if (reference.len == 0)
        return refuse(ask, LB_ERR_MISUSE, LB_SPAN("name a reference"));
    lb_err err = lb_track_resolve(&ask->d, ask->permission, reference, &sights);
    for (size_t i = 0; err == LB_OK && i < sights.count; i++)
        err = add_tracks(ask, &sights.at[i]);
    if (err == LB_OK && ask->answer->track.tracks.count == 0)
        return refuse(
            ask, LB_ERR_NOT_FOUND,
            lb_arena_print(ask->d.arena, "nothing is known of '%.*s'", LB_ARG(reference)));
    return err;
}

/* -- capacity --------------------------------------------------------------------------------------------------- */

static bool find_place(asking *ask, lb_span text, lb_span *key)
{
    const lb_place_entry *entry = lb_place_by_any(text);
    *key = entry == NULL ? LB_EMPTY : lb_span_of(entry->key);
    if (entry != NULL)
        return true;
    refuse(ask, LB_ERR_NOT_FOUND,
           lb_arena_print(ask->d.arena, "no place '%.*s' in the table; try a UN/LOCODE",
                          LB_ARG(text)));
    return false;
}

static int64_t or_else(int64_t value, int64_t otherwise)
{
    return value == LB_UNKNOWN ? otherwise : value;
}

/* An unknown place sets the answer's error, and there are no departures. */
static lb_err list_departures(asking *ask, const lb_departures_query *query)
{
    lb_span from, to = LB_EMPTY;
    if (!find_place(ask, query->from, &from) ||
        (query->to.len > 0 && !find_place(ask, query->to, &to)))
        return LB_OK;
    return lb_capacity_departures(&ask->d, from, to, or_else(query->after_us, ask->d.now_us),
                                  or_else(query->before_us, ALWAYS_UNTIL),
                                  &ask->answer->capacity.resources);
}

static lb_err answer_departures(asking *ask)
{
    return list_departures(ask, &ask->query->departures);
}

static lb_err answer_find_space(asking *ask)
{
    const lb_find_space_query *query = &ask->query->find_space;
    const lb_departures_query departures = {query->from, query->to, query->after_us,
                                            query->before_us};
    lb_resource_list *list = &ask->answer->capacity.resources;
    lb_err err = list_departures(ask, &departures);
    for (size_t i = 0; i < list->count; i++)
        lb_capacity_fit(&ask->d, &query->need, &list->at[i]);
    return err;
}

static lb_err add_resource(asking *ask, lb_span id)
{
    static const lb_capacity_shared nothing = {0};
    lb_resource_list *list = &ask->answer->capacity.resources;
    lb_resource one;
    lb_err err = lb_capacity_of(&ask->d, &nothing, id, &one);
    if (err != LB_OK)
        return err;
    if (!lb_arena_grow(ask->d.arena, list, sizeof one))
        return LB_ERR_NO_MEMORY;
    list->at[list->count++] = one;
    return LB_OK;
}

static lb_err add_trucks(asking *ask, lb_span text)
{
    lb_resource_list *list = &ask->answer->capacity.resources;
    lb_span place;
    if (!find_place(ask, text, &place))
        return LB_OK;
    if (!lb_arena_grow(ask->d.arena, list, sizeof *list->at))
        return LB_ERR_NO_MEMORY;
    lb_err err = lb_capacity_trucks(&ask->d, place, &list->at[0]);
    list->count = err == LB_OK;
    return err;
}

static lb_err answer_capacity(asking *ask)
{
    const lb_capacity_query *query = &ask->query->capacity;
    lb_span name = query->resource;
    lb_err err;
    if (query->trucks_near.len > 0)
        return add_trucks(ask, query->trucks_near);
    if (query->kind == LB_RESOURCE_UNSPECIFIED) {
        err = add_resource(ask, name);
    } else {
        name = lb_span_of(lb_resource_kind_name(query->kind));
        err = lb_capacity_of_kind(&ask->d, query->kind, &ask->answer->capacity.resources);
    }
    return err == LB_ERR_NOT_FOUND
               ? refuse(ask, err, lb_arena_print(ask->d.arena, "no resource '%.*s'", LB_ARG(name)))
               : err;
}

static lb_err answer_yard(asking *ask)
{
    lb_span place;
    if (!find_place(ask, ask->query->yard.place, &place))
        return LB_OK;
    lb_derive then = ask->d;
    then.now_us = or_else(ask->query->yard.at_us, ask->d.now_us);
    return lb_capacity_yard(&then, place, &ask->answer->yard);
}

/* -- the dump ----------------------------------------------------------------------------------------------------- */

/* Text that grows in memory of its own; the scratch arena is reset after each part. */
typedef struct dump {
    char *at;
    size_t len, room;
    bool failed;
    crypto_generichash_state *digest; /* gets the text in place of `at`; NULL: none */
} dump;

static void append(dump *out, lb_span text)
{
    if (out->digest != NULL) {
        crypto_generichash_update(out->digest, (const uint8_t *)text.at, text.len);
        return;
    }
    if (out->room - out->len < text.len) {
        size_t room = (out->len + text.len) * 2 + 4096;
        char *wider = realloc(out->at, room);
        if (wider == NULL) {
            out->failed = true;
            return;
        }
        out->at = wider;
        out->room = room;
    }
    if (text.len > 0)
        memcpy(out->at + out->len, text.at, text.len);
    out->len += text.len;
}

static void append_record(dump *out, const char *word, lb_span key, const lb_record *record,
                          const void *value, lb_arena *scratch)
{
    lb_span text = LB_EMPTY;
    char shown[LB_SHOW_ROOM * LB_KEY_ROOM + 1]; /* escapes line ends in keys */

    lb_show(shown, sizeof shown, key, LB_SHOW_PLAIN);
    append(out, lb_arena_print(scratch, "%s %s\n", word, shown));
    if (lb_record_text(record, value, scratch, &text) != LB_OK)
        out->failed = true;
    append(out, text);
}

/* Tracks in a dump must not depend on the moment or on the order in which facts arrived. So they are derived at the end of
 * time, without exceptions by the clock, with all reports, and without journal numbers and times of receipt. */
static lb_rules dump_rules(const lb_rules *rules)
{
    lb_rules timeless = *rules;
    timeless.dwell_us = timeless.silence_us = LB_UNKNOWN;
    timeless.reports_shown = INT64_MAX / 4;
    return timeless;
}

static void mask_milestones(lb_milestone_list *milestones)
{
    for (size_t i = 0; i < milestones->count; i++) {
        lb_milestone *one = &milestones->at[i];
        one->seq = LB_UNKNOWN;
        for (size_t k = 0; k < one->losers.count; k++)
            one->losers.at[k].seq = LB_UNKNOWN;
    }
}

static void mask_track(lb_track *track)
{
    mask_milestones(&track->milestones);
    mask_milestones(&track->reports);
    track->last_heard_us = LB_UNKNOWN;
    track->last_source = LB_EMPTY;
    track->omitted = (lb_omitted_list){0};
}

static lb_err dump_track(const lb_derive *d, lb_span object, dump *out)
{
    lb_track track;
    lb_use_list uses;
    const lb_track_question question = {.object = object,
                                        .with_reports = true,
                                        .is_reported = !lb_facts_is_known(d->facts, object)};
    lb_record_init(&lb_record_track, &track);
    lb_err err = lb_track_uses(d, &question, &uses);
    if (err == LB_OK)
        err = lb_track_derive(d, &question, &uses, uses.list.count - 1, &track);
    mask_track(&track);
    append_record(out, "track", object, &lb_record_track, &track, d->arena);
    return err;
}

static lb_err dump_tracks(asking *ask, dump *out, lb_arena *scratch)
{
    lb_key_list objects;
    const lb_rules rules = dump_rules(ask->d.rules);
    const lb_derive d = {ask->d.facts, &rules, LB_OPEN - 1, scratch};
    lb_err err = lb_facts_objects(ask->d.facts, ask->d.arena, &objects);
    for (size_t i = 0; err == LB_OK && i < objects.count; i++) {
        lb_arena_reset(scratch);
        lb_facts_remember(ask->d.facts, scratch);
        err = dump_track(&d, objects.at[i], out);
    }
    return err;
}

static lb_err dump_resources(asking *ask, dump *out, lb_arena *scratch)
{
    lb_key_list ids, yards;
    lb_resource_list bans;
    const lb_derive d = {ask->d.facts, ask->d.rules, ask->d.now_us, scratch};
    const lb_capacity_shared shared = {.bans = &bans};
    lb_err err = lb_facts_resources(ask->d.facts, LB_RESOURCE_UNSPECIFIED, ask->d.arena, &ids);
    if (err == LB_OK)
        err = lb_capacity_list_bans(&ask->d, &bans);
    for (size_t i = 0; err == LB_OK && i < ids.count; i++) {
        lb_resource resource;
        lb_arena_reset(scratch);
        lb_facts_remember(ask->d.facts, scratch);
        err = lb_capacity_of(&d, &shared, ids.at[i], &resource);
        if (err == LB_OK)
            append_record(out, "resource", ids.at[i], &lb_record_resource, &resource, scratch);
        err = err == LB_ERR_NOT_FOUND ? LB_OK : err;
    }
    if (err == LB_OK)
        err = lb_facts_yards(ask->d.facts, ask->d.arena, &yards);
    for (size_t i = 0; err == LB_OK && i < yards.count; i++) {
        lb_yard yard;
        lb_arena_reset(scratch);
        lb_facts_remember(ask->d.facts, scratch);
        lb_record_init(&lb_record_yard, &yard);
        err = lb_capacity_yard(&d, yards.at[i], &yard);
        append_record(out, "yard", yards.at[i], &lb_record_yard, &yard, scratch);
    }
    return err;
}

static lb_err dump_all(asking *ask, dump *out)
{
    lb_arena scratch;
    lb_arena_init(&scratch, ask->d.arena->max_bytes);
    lb_err err = dump_tracks(ask, out, &scratch);
    if (err == LB_OK)
        err = dump_resources(ask, out, &scratch);
    lb_arena_fini(&scratch);
    return err == LB_OK && out->failed ? LB_ERR_NO_MEMORY : err;
}

static lb_err dump_view(lb_view_reader *reader, int64_t now_us, dump *out, int64_t *as_of_seq)
{
    lb_arena keys; /* of all objects */
    asking ask = {.d = {reader->facts, &lb_rules_usual, now_us, &keys}};

    lb_err err = lb_facts_begin(reader->facts);
    if (err != LB_OK)
        return err;
    lb_arena_init(&keys, KEYS_MAX);
    *as_of_seq = lb_facts_applied(reader->facts);
    err = dump_all(&ask, out);
    lb_err read = lb_facts_end(reader->facts);
    lb_arena_fini(&keys);
    return read == LB_OK ? err : read;
}

lb_err lb_view_dump(lb_view_reader *reader, int64_t now_us, char **text, size_t *len,
                    int64_t *as_of_seq)
{
    dump out = {0};

    lb_err err = dump_view(reader, now_us, &out, as_of_seq);
    if (err != LB_OK) {
        free(out.at);
        return err;
    }
    *text = out.at;
    *len = out.len;
    return LB_OK;
}

lb_err lb_view_digest(lb_view_reader *reader, int64_t now_us, uint8_t digest[LB_VIEW_DIGEST_BYTES],
                      int64_t *as_of_seq)
{
    crypto_generichash_state state;
    dump out = {.digest = &state};

    crypto_generichash_init(&state, NULL, 0, LB_VIEW_DIGEST_BYTES);
    lb_err err = dump_view(reader, now_us, &out, as_of_seq);
    crypto_generichash_final(&state, digest, LB_VIEW_DIGEST_BYTES);
    return err;
}

/* -- questions ----------------------------------------------------------------------------------------------------- */

static lb_err dispatch(asking *ask)
{
    switch (ask->query->ask) {
#define LB_ASK_OF_VIEW(NAME, name) \
    case LB_ASK_##NAME:            \
        return answer_##name(ask);
#include "landbridge/asks.def"
    default:
        return LB_ERR_MISUSE;
    }
}

/* Replaces what was derived so far. Uses constant texts: the arena may have no memory left to print with. */
static lb_err refuse_by_budget(lb_budget_part part, lb_answer *answer)
{
#define TEXT(x) #x
#define BUDGET(number, unit) \
    "over the budget of a question, " TEXT(number) " " unit ": ask for less"
    int64_t as_of_us = answer->as_of_us;
    lb_record_init(&lb_record_answer, answer);
    answer->as_of_us = as_of_us;
    answer->error = lb_span_of(lb_err_name(LB_ERR_TOO_BIG));
    answer->text = part == LB_BUDGET_STEPS ? LB_SPAN(BUDGET(LB_QUESTION_STEPS, "steps"))
                   : part == LB_BUDGET_TIME
                       ? LB_SPAN(BUDGET(LB_QUESTION_CPU_MS, "ms of the processor"))
                       : LB_SPAN(BUDGET(LB_QUESTION_MEMORY, "bytes of memory"));
    return LB_OK;
#undef BUDGET
#undef TEXT
}

static void set_budget(const asking *ask, int64_t hurry_us)
{
    const lb_budget budget = {LB_QUESTION_STEPS,
                              hurry_us > 0 ? hurry_us : LB_QUESTION_CPU_MS * INT64_C(1000)};
    lb_facts_limit(ask->d.facts, &budget);
    lb_facts_remember(ask->d.facts, ask->d.arena);
}

lb_err lb_view_answer(lb_view_reader *reader, const lb_query *query,
                      const lb_permission *permission, int64_t now_us, lb_arena *arena,
                      lb_answer *answer)
{
    asking ask = {.d = {reader->facts, &lb_rules_usual, now_us, arena},
                  .query = query,
                  .permission = permission,
                  .answer = answer};
    lb_err err = lb_facts_begin(reader->facts);
    if (err != LB_OK)
        return err;
    reader->as_of_seq = lb_facts_applied(reader->facts);
    answer->as_of_us = ask.d.now_us;
    set_budget(&ask, reader->hurry_us);
    err = dispatch(&ask);
    for (size_t i = 0; i < answer->capacity.resources.count; i++)
        keep_seen(&ask, &answer->capacity.resources.at[i].load);
    lb_budget_part over = lb_facts_over(reader->facts);
    reader->steps = lb_facts_spent(reader->facts);
    reader->was_late = over == LB_BUDGET_TIME;
    lb_err read = lb_facts_end(reader->facts);
    bool is_full = lb_arena_failed(arena) && arena->total > arena->max_bytes / 2;
    if (over != LB_BUDGET_NONE ||
        is_full) /* a small arena that failed: the machine is out of memory, below */
        return refuse_by_budget(over, answer);
    if (read != LB_OK)
        return read;
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : err;
}

int64_t lb_view_reader_steps(const lb_view_reader *reader)
{
    return reader->steps;
}

int64_t lb_view_reader_as_of(const lb_view_reader *reader)
{
    return reader->as_of_seq;
}

void lb_view_reader_hurry(lb_view_reader *reader, int64_t us)
{
    reader->hurry_us = us;
}

bool lb_view_reader_was_late(const lb_view_reader *reader)
{
    return reader->was_late;
}
