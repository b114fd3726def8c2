/* answer.c - names of what stands in answers and receipts. */
#include "landbridge/client/answer.h"

#include <stdio.h>

const char *lb_result_name(lb_result result)
{
    static const char *const names[] = {
        [LB_RESULT_UNSPECIFIED] = "UNSPECIFIED", [LB_RESULT_KEPT] = "KEPT",
        [LB_RESULT_DUPLICATE] = "DUPLICATE",     [LB_RESULT_REFUSED] = "REFUSED",
        [LB_RESULT_FAILED] = "FAILED",
    };
    return (size_t)result < sizeof names / sizeof names[0] ? names[result] : names[0];
}

size_t lb_audit_print_word(char out[LB_AUDIT_WORD_ROOM], const lb_audit_note *note)
{
    bool is_named = note->ask != LB_ASK_UNSPECIFIED;
    const char *action = lb_audit_action_name(note->action);

    if (note->action == LB_ACTION_CHANGE && is_named)
        return (size_t)snprintf(out, LB_AUDIT_WORD_ROOM, "%s", lb_ask_name(note->ask));
    return (size_t)snprintf(out, LB_AUDIT_WORD_ROOM, "%s%s%s", action, is_named ? "_" : "",
                            is_named ? lb_ask_name(note->ask) : "");
}
