/* error.c - names, texts and next steps of the errors, from the list in error.h. */
#include "landbridge/client/error.h"

#include <string.h>

static const struct {
    const char *name, *text;
    lb_next_step next_step;
} rows[LB_ERRS] = {
#define X(name, next_step, text) [LB_ERR_##name] = {#name, text, LB_NEXT_STEP_##next_step},
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

lb_next_step lb_err_next_step(lb_err err)
{
    return (unsigned)err < LB_ERRS ? rows[err].next_step : LB_NEXT_STEP_HUB;
}

const char *lb_next_step_name(lb_next_step next_step)
{
    static const char *const names[LB_NEXT_STEPS] = {
        [LB_NEXT_STEP_NOBODY] = "NOBODY",
        [LB_NEXT_STEP_SENDER_RETRY] = "SENDER_RETRY",
        [LB_NEXT_STEP_SENDER_FIX] = "SENDER_FIX",
        [LB_NEXT_STEP_HUB] = "HUB",
    };
    return (unsigned)next_step < LB_NEXT_STEPS ? names[next_step] : "HUB";
}

lb_err lb_err_from_name(const char *name)
{
    for (unsigned i = 0; i < LB_ERRS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return (lb_err)i;
    return LB_ERRS;
}
