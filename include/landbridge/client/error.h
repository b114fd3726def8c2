/* error.h - the errors, and who must act on each.
 *
 * A receipt carries the name and the next step, so a carrier's program needs no table of codes. Detail
 * (path, SQL, errno) goes into the broker's log, where the cause is known. */
#ifndef LANDBRIDGE_CLIENT_ERROR_H
#define LANDBRIDGE_CLIENT_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum lb_next_step {
    LB_NEXT_STEP_NOBODY,       /* nothing to do                                    */
    LB_NEXT_STEP_SENDER_RETRY, /* the same bytes may be sent again, later          */
    LB_NEXT_STEP_SENDER_FIX,   /* the same bytes will fail again                   */
    LB_NEXT_STEP_HUB,          /* the operator of the hub must act */
    LB_NEXT_STEPS
} lb_next_step;

#define LB_ERRORS(X)                                             \
    X(OK, NOBODY, "fine")                                        \
    X(NO_MEMORY, SENDER_RETRY, "out of memory")                  \
    X(IO, HUB, "reading or writing failed")                      \
    X(FULL, SENDER_RETRY, "no room left")                        \
    X(CORRUPT, HUB, "stored bytes are damaged")                  \
    X(BUSY, SENDER_RETRY, "too much at once")                    \
    X(NOT_FOUND, NOBODY, "no such thing")                        \
    X(GARBLED, SENDER_FIX, "the message breaks its own grammar") \
    X(CUT_SHORT, SENDER_FIX, "the message ends too early")       \
    X(NOT_READ, SENDER_FIX, "no adapter reads this")             \
    X(TOO_BIG, SENDER_FIX, "over a size limit")                  \
    X(MISUSE, SENDER_FIX, "the request makes no sense")          \
    X(DENIED, SENDER_FIX, "not allowed")                         \
    X(TIMEOUT, SENDER_RETRY, "no answer in time")                \
    X(CLOSED, SENDER_RETRY, "the other side is gone")            \
    X(RESET, SENDER_FIX, "the journal was restored before this") \
    X(FOREIGN, SENDER_FIX, "the position is of another hub")     \
    X(FENCED, SENDER_RETRY, "another hub has the journal")

typedef enum lb_err {
#define X(name, next_step, text) LB_ERR_##name,
    LB_ERRORS(X)
#undef X
        LB_ERRS
} lb_err;

#define LB_OK LB_ERR_OK

const char *lb_err_name(lb_err err); /* "CUT_SHORT" */
const char *lb_err_text(lb_err err); /* "the message ends too early" */
lb_next_step lb_err_next_step(lb_err err);
const char *lb_next_step_name(lb_next_step next_step); /* "SENDER_FIX" */
lb_err lb_err_from_name(const char *name);             /* LB_ERRS when there is none of that name */

#ifdef __cplusplus
}
#endif

#endif
