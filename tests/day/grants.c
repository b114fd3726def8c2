/* grants.c - see grants.h. */
#include "grants.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#define TERMINALS "terminal:NUMBER@PLATE"

static char *read_file(void)
{
    enum { ROOM = 16384 };
    char *text = day_memory(ROOM, 1);
    FILE *file = fopen(LB_SOURCE_DIR "/tests/day/grants.txt", "r");

    assert_non_null(file);
    size_t len = fread(text, 1, ROOM - 1, file);
    assert_true(len > 0 && len < ROOM - 1);
    fclose(file);
    return text;
}

/* Calls `visit` for every word of the file with its party; a line has the party's name, then
 * roles and rights. */
static void each_word(void (*visit)(void *whose, const char *party, const char *word,
                                    bool is_first),
                      void *whose)
{
    char *text = read_file(), *rest = text, *line;
    char party[32] = "";

    while ((line = strsep(&rest, "\n")) != NULL) {
        bool is_first = line[0] != ' ' && line[0] != '\0' && line[0] != '#';
        if (line[0] == '#')
            continue;
        if (is_first)
            snprintf(party, sizeof party, "%.*s", (int)strcspn(line, " "), line);
        for (char *word; (word = strsep(&line, " ")) != NULL;) {
            if (word[0] != '\0')
                visit(whose, party, word, is_first);
            is_first = is_first && word[0] == '\0';
        }
    }
    free(text);
}

typedef struct listing {
    grant *at;
    size_t count;
} listing;

static void list_word(void *whose, const char *party, const char *word, bool is_first)
{
    listing *list = whose;

    (void)is_first;
    if (strchr(word, ':') == NULL)
        return;
    assert_true(list->count < GRANTS_MAX);
    snprintf(list->at[list->count].party, sizeof list->at->party, "%s", party);
    snprintf(list->at[list->count++].right, sizeof list->at->right, "%s", word);
}

size_t grants_list(grant at[GRANTS_MAX])
{
    listing list = {.at = at};

    each_word(list_word, &list);
    return list.count;
}

typedef struct writing {
    const day_world *world;
    const grant *dropped;
    day_text *out;
} writing;

static const char *without_zeros(const char *digits)
{
    return digits + strspn(digits, "0");
}

static void write_word(void *whose, const char *party, const char *word, bool is_first)
{
    const writing *w = whose;

    if (w->dropped != NULL && strcmp(party, w->dropped->party) == 0 &&
        strcmp(word, w->dropped->right) == 0)
        return;
    if (strcmp(word, TERMINALS) != 0) {
        day_text_print(w->out, "%s%s", is_first ? "\n" : " ", word);
        return;
    }
    for (int i = 0; i < w->world->truck_count; i++)
        day_text_print(w->out, " terminal:%s@%s", without_zeros(w->world->trucks[i].terminal),
                       w->world->trucks[i].plate);
}

void grants_write(const day_world *world, const grant *dropped, day_text *out)
{
    writing w = {world, dropped, out};

    each_word(write_word, &w);
    day_text_print(out, "\n");
}

const char *grants_sender(const char *source)
{
    static const struct {
        const char *source, *party;
    } feeds[] = {
        {"cr-urumqi", "CNRAIL"}, {"ktz", "KTZ"},   {"ktz-border", "KTZ"}, {"tos-ulz", "TOSULZ"},
        {"hub-ulz", "ULZ"},      {"fsu-o3", "O3"}, {"fsu-cz", "CZ"},      {"fsu-mu", "MU"},
    };

    for (size_t i = 0; i < sizeof feeds / sizeof *feeds; i++)
        if (strcmp(feeds[i].source, source) == 0)
            return feeds[i].party;
    fail_msg("no party sends %s", source);
    return NULL;
}

const char *grants_asker(const lb_query *query)
{
    lb_span about = query->track.reference;

    if (query->ask == LB_ASK_YARD)
        return NULL;
    if (query->ask == LB_ASK_TRACK && memchr(about.at, '@', about.len) != NULL)
        return lb_span_starts(about, "X") ? "CNRAIL" : "KTZ";
    if (query->ask == LB_ASK_TRACK && memchr(about.at, '-', about.len) != NULL)
        return "WAYBILLS";
    return "BOXES";
}
