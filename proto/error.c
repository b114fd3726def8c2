/* error.c - names, words and moves of the errors, all from the one list in error.h. */
#include "landbridge/error.h"

#include <string.h>

static const struct {
    const char *name, *text;
    lb_move move;
} rows[LB_ERRS] = {
#define X(name, move, text) [LB_ERR_##name] = {#name, text, LB_MOVE_##move},
    LB_ERRORS(X)
#undef X
};

const char *lb_err_name(lb_err err)
{
    return (unsigned)err < LB_ERRS ? rows[err].name : "UNKNOWN";
}

const char *lb_err_text(lb_err err)
{
    return (unsigned)err < LB_ERRS ? rows[err].text : "an unknown error";
}

lb_move lb_err_move(lb_err err)
{
    return (unsigned)err < LB_ERRS ? rows[err].move : LB_MOVE_HUB;
}

const char *lb_move_name(lb_move move)
{
    static const char *const names[LB_MOVES] = {
        [LB_MOVE_NOBODY] = "NOBODY",
        [LB_MOVE_SENDER_RETRY] = "SENDER_RETRY",
        [LB_MOVE_SENDER_FIX] = "SENDER_FIX",
        [LB_MOVE_HUB] = "HUB",
    };
    return (unsigned)move < LB_MOVES ? names[move] : "HUB";
}

lb_err lb_err_from_name(const char *name)
{
    for (unsigned i = 0; i < LB_ERRS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return (lb_err)i;
    return LB_ERRS;
}
