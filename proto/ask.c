/* ask.c - the table of questions, as plain data. */
#include "landbridge/client/ask.h"

static const lb_ask_info asks[] = {
    {LB_ASK_UNSPECIFIED, "UNSPECIFIED", LB_WHERE_NOWHERE, LB_AUDIT_ASKED, "NONE", "", "", ""},
#define LB_ASK(NAME, number, name, WHERE, may, AUDIT, ABOUT, METHOD, path, command, words) \
    {LB_ASK_##NAME, #NAME, LB_WHERE_##WHERE, LB_AUDIT_##AUDIT, #METHOD, path, command, words},
#include "landbridge/asks.def"
};

enum { COUNT = sizeof asks / sizeof asks[0] };

const lb_ask_info *lb_ask_about(lb_ask ask)
{
    for (size_t i = 0; i < COUNT; i++)
        if (asks[i].ask == ask)
            return &asks[i];
    return &asks[0];
}

const char *lb_ask_name(lb_ask ask)
{
    return lb_ask_about(ask)->name;
}

bool lb_ask_from_name(lb_span name, lb_ask *ask)
{
    for (size_t i = 0; i < COUNT; i++)
        if (lb_span_is(name, asks[i].name)) {
            *ask = asks[i].ask;
            return true;
        }
    return false;
}

lb_ask lb_ask_of_command(const char *command, const char *word)
{
    size_t len = strlen(command);

    for (size_t i = 1; i < COUNT; i++) {
        const char *own = asks[i].command;
        if (own[0] == '\0' || strncmp(own, command, len) != 0)
            continue;
        if (word == NULL ? own[len] == '\0' : own[len] == ' ' && strcmp(own + len + 1, word) == 0)
            return asks[i].ask;
    }
    return LB_ASK_UNSPECIFIED;
}
