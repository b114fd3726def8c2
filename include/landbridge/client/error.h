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
    LB_NEXT_STEP_NOBODY,       /* nothing to do */
    LB_NEXT_STEP_SENDER_RETRY, /* the same bytes may be sent again, later */
    LB_NEXT_STEP_SENDER_FIX,   /* the same bytes will fail again */
    LB_NEXT_STEP_HUB,          /* the operator of the hub must act */
    LB_NEXT_STEPS
} lb_next_step;

/* Numbers are those of Outcome in proto/landbridge/v1/common.proto: members are only added. */
#define LB_ERROR_ROWS(R, X)                                             \
    R(X, OK, 1, NOBODY, "fine")                                         \
    R(X, NO_MEMORY, 2, SENDER_RETRY, "out of memory")                   \
    R(X, IO, 3, HUB, "reading or writing failed")                       \
    R(X, FULL, 4, SENDER_RETRY, "no room left")                         \
    R(X, CORRUPT, 5, HUB, "stored bytes are damaged")                   \
    R(X, BUSY, 6, SENDER_RETRY, "too much at once")                     \
    R(X, NOT_FOUND, 7, NOBODY, "no such thing")                         \
    R(X, GARBLED, 8, SENDER_FIX, "the message breaks its own grammar")  \
    R(X, CUT_SHORT, 9, SENDER_FIX, "the message ends too early")        \
    R(X, NOT_READ, 10, SENDER_FIX, "no adapter reads this")             \
    R(X, TOO_BIG, 11, SENDER_FIX, "over a size limit")                  \
    R(X, MISUSE, 12, SENDER_FIX, "the request makes no sense")          \
    R(X, DENIED, 13, SENDER_FIX, "not allowed")                         \
    R(X, TIMEOUT, 14, SENDER_RETRY, "no answer in time")                \
    R(X, CLOSED, 15, SENDER_RETRY, "the other side is gone")            \
    R(X, RESET, 16, SENDER_FIX, "the journal was restored before this") \
    R(X, FOREIGN, 17, SENDER_FIX, "the position is of another hub")     \
    R(X, FENCED, 18, SENDER_RETRY, "another hub has the journal")

/* X(name, next step, text) */
#define LB_ERRORS(X)                                   LB_ERROR_ROWS(LB_ERROR_ROW, X)
#define LB_ERROR_ROW(X, name, number, next_step, text) X(name, next_step, text)

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
