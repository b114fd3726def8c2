/* answer.c - one question, one snapshot, one answer. */
#include "fold/answer.h"

#include <sodium.h>
#include <stdlib.h>

#include "fold/ledger.h"
#include "fold/see.h"
#include "fold/track.h"
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
    lb_facts *facts;
    const lb_query *query;
    const lb_permission *permission; /* NULL: sees everything */
    int64_t now_us;
    lb_arena *arena;
    lb_answer *answer;
} asking;

static lb_err refuse(asking *ask, lb_err err, lb_span text)
{
    ask->answer->error = lb_span_of(lb_err_name(err));
    ask->answer->text = text;
    return LB_OK;
}

/* -- tracks ---------------------------------------------------------------------------------------------------- */

/* Leaves out of a list of keys what the asker may not see. */
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
    lb_answer *answer = ask->answer;
    if (!lb_arena_grow(ask->arena, &answer->tracks, sizeof *answer->tracks.at))
        return LB_ERR_NO_MEMORY;
    lb_track *track = &answer->tracks.at[answer->tracks.count++];
    lb_record_init(&lb_record_track, track);
    track->asked = ask->query->reference;
    lb_err err = lb_fold_track(ask->facts, question, uses, number, ask->arena, track);
    keep_seen(ask, &track->carries);
    return err;
}

/* The last use of the equipment first; the others when all are wanted. None, when what made it visible was taken
 * back. */
static lb_err add_tracks(asking *ask, const lb_sight *sight)
{
    const lb_track_question question = {.object = sight->object,
                                        .reference = sight->reference,
                                        .permission = ask->permission,
                                        .is_share = sight->is_share,
                                        .is_reported = sight->is_reported,
                                        .with_reports = ask->query->with_reports,
                                        .now_us = ask->now_us};
    lb_use_list uses;
    lb_err err = lb_fold_uses(ask->facts, &question, ask->arena, &uses);
    size_t wanted = ask->query->all_cycles ? uses.list.count : uses.list.count > 0;
    for (size_t i = 0; err == LB_OK && i < wanted; i++)
        err = add_track(ask, &question, &uses, uses.list.count - 1 - i);
    return err;
}

static lb_err answer_track(asking *ask)
{
    lb_sight_list sights;
    if (ask->query->reference.len == 0)
        return refuse(ask, LB_ERR_MISUSE, LB_SPAN("name a reference"));
    lb_err err = lb_see(ask->facts, ask->permission, ask->query->reference, ask->arena, &sights);
    for (size_t i = 0; err == LB_OK && i < sights.count; i++)
        err = add_tracks(ask, &sights.at[i]);
    if (err == LB_OK && ask->answer->tracks.count == 0)
        return refuse(ask, LB_ERR_NOT_FOUND,
                      lb_arena_print(ask->arena, "nothing is known of '%.*s'",
                                     LB_ARG(ask->query->reference)));
    return err;
}

/* -- capacity --------------------------------------------------------------------------------------------------- */

static bool find_place(asking *ask, lb_span text, lb_span *key)
{
    const lb_place_entry *entry = lb_place_by_any(text);
    *key = entry == NULL ? LB_EMPTY : lb_span_of(entry->key);
    if (entry != NULL)
        return true;
    refuse(
        ask, LB_ERR_NOT_FOUND,
        lb_arena_print(ask->arena, "no place '%.*s' in the table; try a UN/LOCODE", LB_ARG(text)));
    return false;
}

static int64_t or_else(int64_t value, int64_t otherwise)
{
    return value == LB_UNKNOWN ? otherwise : value;
}

static lb_err answer_departures(asking *ask, bool with_need)
{
    const lb_query *query = ask->query;
    lb_span from, to = LB_EMPTY;
    if (!find_place(ask, query->from, &from) ||
        (query->to.len > 0 && !find_place(ask, query->to, &to)))
        return LB_OK;
    lb_resource_list *list = &ask->answer->resources;
    lb_err err =
        lb_fold_departures(ask->facts, from, to, or_else(query->after_us, ask->now_us),
                           or_else(query->before_us, ALWAYS_UNTIL), ask->now_us, ask->arena, list);
    for (size_t i = 0; with_need && i < list->count; i++)
        lb_fold_fit(&query->need, ask->now_us, ask->arena, &list->at[i]);
    return err;
}

static lb_err add_resource(asking *ask, lb_span id)
{
    lb_resource one;
    lb_err err = lb_fold_resource(ask->facts, id, ask->now_us, ask->arena, &one);
    if (err != LB_OK)
        return err;
    if (!lb_arena_grow(ask->arena, &ask->answer->resources, sizeof one))
        return LB_ERR_NO_MEMORY;
    ask->answer->resources.at[ask->answer->resources.count++] = one;
    return LB_OK;
}

/* "BAN:" asks for all of a kind. */
static bool names_kind(lb_span reference, lb_resource_kind *kind)
{
    return reference.len > 1 && reference.at[reference.len - 1] == ':' &&
           lb_resource_kind_from_name(lb_span_first(reference, reference.len - 1), kind);
}

static lb_err answer_capacity(asking *ask)
{
    lb_span reference = ask->query->reference, place;
    lb_resource_kind kind;
    lb_err err = LB_OK;
    if (lb_span_starts(reference, "trucks:")) {
        if (!find_place(ask, lb_span_after(reference, 7), &place) ||
            !lb_arena_grow(ask->arena, &ask->answer->resources, sizeof *ask->answer->resources.at))
            return LB_OK;
        err = lb_fold_trucks(ask->facts, place, ask->now_us, ask->arena,
                             &ask->answer->resources.at[0]);
        ask->answer->resources.count = err == LB_OK;
        return err;
    }
    if (!names_kind(reference, &kind)) {
        err = add_resource(ask, reference);
    } else {
        lb_key_list ids;
        err = lb_facts_resources(ask->facts, kind, ask->arena, &ids);
        for (size_t i = 0; err == LB_OK && i < ids.count; i++)
            err = add_resource(ask, ids.at[i]);
    }
    if (err == LB_ERR_NOT_FOUND)
        return refuse(ask, err,
                      lb_arena_print(ask->arena, "no resource '%.*s'", LB_ARG(reference)));
    return err;
}

static lb_err answer_yard(asking *ask)
{
    lb_span place;
    if (!find_place(ask, ask->query->from, &place))
        return LB_OK;
    return lb_fold_yard(ask->facts, place, or_else(ask->query->before_us, ask->now_us), ask->arena,
                        &ask->answer->yard);
}

/* -- the dump ----------------------------------------------------------------------------------------------------- */

typedef struct dump { /* memory of its own: each part is folded in scratch memory and forgotten */
    char *at;
    size_t len, room;
    bool failed;
    crypto_generichash_state *digest; /* instead of memory; NULL: none */
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
    char shown[LB_SHOW_ROOM * LB_KEY_ROOM + 1]; /* a line end in a key makes no line of the dump */

    lb_show(shown, sizeof shown, key, LB_SHOW_PLAIN);
    append(out, lb_arena_print(scratch, "%s %s\n", word, shown));
    if (lb_record_text(record, value, scratch, &text) != LB_OK)
        out->failed = true;
    append(out, text);
}

static lb_err dump_tracks(asking *ask, dump *out, lb_arena *scratch)
{
    lb_key_list objects;
    lb_err err = lb_facts_objects(ask->facts, ask->arena, &objects);
    for (size_t i = 0; err == LB_OK && i < objects.count; i++) {
        lb_track track;
        lb_use_list uses;
        const lb_track_question question = {.object = objects.at[i],
                                            .with_reports = true,
                                            .is_reported =
                                                !lb_facts_is_known(ask->facts, objects.at[i]),
                                            .now_us = ask->now_us,
                                            .is_for_dump = true};
        lb_arena_reset(scratch);
        lb_facts_remember(ask->facts, scratch);
        lb_record_init(&lb_record_track, &track);
        err = lb_fold_uses(ask->facts, &question, scratch, &uses);
        if (err == LB_OK)
            err = lb_fold_track(ask->facts, &question, &uses, uses.list.count - 1, scratch, &track);
        append_record(out, "track", objects.at[i], &lb_record_track, &track, scratch);
    }
    return err;
}

static lb_err dump_resources(asking *ask, dump *out, lb_arena *scratch)
{
    lb_key_list ids, yards;
    lb_err err = lb_facts_resources(ask->facts, LB_RESOURCE_UNSPECIFIED, ask->arena, &ids);
    for (size_t i = 0; err == LB_OK && i < ids.count; i++) {
        lb_resource resource;
        lb_arena_reset(scratch);
        lb_facts_remember(ask->facts, scratch);
        err = lb_fold_resource(ask->facts, ids.at[i], ask->now_us, scratch, &resource);
        if (err == LB_OK)
            append_record(out, "resource", ids.at[i], &lb_record_resource, &resource, scratch);
        err = err == LB_ERR_NOT_FOUND ? LB_OK : err;
    }
    if (err == LB_OK)
        err = lb_facts_yards(ask->facts, ask->arena, &yards);
    for (size_t i = 0; err == LB_OK && i < yards.count; i++) {
        lb_yard yard;
        lb_arena_reset(scratch);
        lb_facts_remember(ask->facts, scratch);
        lb_record_init(&lb_record_yard, &yard);
        err = lb_fold_yard(ask->facts, yards.at[i], ask->now_us, scratch, &yard);
        append_record(out, "yard", yards.at[i], &lb_record_yard, &yard, scratch);
    }
    return err;
}

static lb_err dump_all(asking *ask, dump *out)
{
    lb_arena scratch;
    lb_arena_init(&scratch, ask->arena->max_bytes);
    lb_err err = dump_tracks(ask, out, &scratch);
    if (err == LB_OK)
        err = dump_resources(ask, out, &scratch);
    lb_arena_fini(&scratch);
    return err == LB_OK && out->failed ? LB_ERR_NO_MEMORY : err;
}

static lb_err answer_dump(asking *ask)
{
    dump out = {0};
    lb_err err = dump_all(ask, &out);
    if (err == LB_OK)
        ask->answer->dump = lb_arena_copy(ask->arena, (lb_span){out.at, out.len});
    free(out.at);
    return err;
}

lb_err lb_view_digest(lb_view_reader *reader, int64_t now_us, uint8_t digest[LB_VIEW_DIGEST_BYTES],
                      int64_t *as_of_seq)
{
    crypto_generichash_state state;
    dump out = {.digest = &state};
    lb_arena keys; /* of all objects */
    asking ask = {.facts = reader->facts, .now_us = now_us, .arena = &keys};

    lb_err err = lb_facts_begin(reader->facts);
    if (err != LB_OK)
        return err;
    lb_arena_init(&keys, KEYS_MAX);
    crypto_generichash_init(&state, NULL, 0, LB_VIEW_DIGEST_BYTES);
    *as_of_seq = lb_facts_applied(reader->facts);
    err = dump_all(&ask, &out);
    crypto_generichash_final(&state, digest, LB_VIEW_DIGEST_BYTES);
    lb_err read = lb_facts_end(reader->facts);
    lb_arena_fini(&keys);
    return read == LB_OK ? err : read;
}

/* ------------------------------------------------------------------------------------------------------------------ */

static lb_err dispatch(asking *ask)
{
    switch (ask->query->ask) {
    case LB_ASK_TRACK:
        return answer_track(ask);
    case LB_ASK_FIND_SPACE:
        return answer_departures(ask, true);
    case LB_ASK_DEPARTURES:
        return answer_departures(ask, false);
    case LB_ASK_CAPACITY:
        return answer_capacity(ask);
    case LB_ASK_YARD:
        return answer_yard(ask);
    case LB_ASK_DUMP:
        return answer_dump(ask);
    default:
        return LB_ERR_MISUSE;
    }
}

/* Instead of what was derived so far. There may be no memory left to print with. */
static lb_err refuse_by_budget(lb_budget_part part, lb_answer *answer)
{
#define TEXT(x) #x
#define BUDGET(number, unit) \
    "over the budget of a question, " TEXT(number) " " unit ": ask for less"
    int64_t as_of_seq = answer->as_of_seq, as_of_us = answer->as_of_us;
    lb_record_init(&lb_record_answer, answer);
    answer->as_of_seq = as_of_seq;
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
    if (ask->query->ask == LB_ASK_DUMP)
        return;
    lb_facts_limit(ask->facts, &budget);
    lb_facts_remember(ask->facts, ask->arena);
}

lb_err lb_view_answer(lb_view_reader *reader, const lb_query *query,
                      const lb_permission *permission, int64_t now_us, lb_arena *arena,
                      lb_answer *answer)
{
    asking ask = {reader->facts, query, permission, or_else(query->now_us, now_us), arena, answer};
    lb_err err = lb_facts_begin(reader->facts);
    if (err != LB_OK)
        return err;
    answer->as_of_seq = lb_facts_applied(reader->facts);
    answer->as_of_us = ask.now_us;
    set_budget(&ask, reader->hurry_us);
    err = dispatch(&ask);
    for (size_t i = 0; i < answer->resources.count; i++)
        keep_seen(&ask, &answer->resources.at[i].load);
    lb_budget_part over = lb_facts_over(reader->facts);
    reader->steps = lb_facts_spent(reader->facts);
    reader->was_late = over == LB_BUDGET_TIME;
    lb_err read = lb_facts_end(reader->facts);
    bool is_full = lb_arena_failed(arena) && arena->total > arena->max_bytes / 2;
    if (over != LB_BUDGET_NONE || is_full) /* not so full: the machine has no memory */
        return refuse_by_budget(over, answer);
    if (read != LB_OK)
        return read;
    return lb_arena_failed(arena) ? LB_ERR_NO_MEMORY : err;
}

int64_t lb_view_reader_steps(const lb_view_reader *reader)
{
    return reader->steps;
}

void lb_view_reader_hurry(lb_view_reader *reader, int64_t us)
{
    reader->hurry_us = us;
}

bool lb_view_reader_was_late(const lb_view_reader *reader)
{
    return reader->was_late;
}
