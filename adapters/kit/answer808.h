/* answer808.h - the platform's answers to a terminal (JT/T 808), in the edition of the frame answered. */
#ifndef KIT_ANSWER808_H
#define KIT_ANSWER808_H

#include "frame808.h"

/* of 0x8001 */
typedef enum lb_808_result {
    LB_808_DONE = 0,
    LB_808_FAILED = 1,
    LB_808_WRONG = 2,
    LB_808_NOT_SUPPORTED = 3,
    LB_808_NO_SUCH_TERMINAL = 4, /* of 0x8100 only */
} lb_808_result;

enum {
    LB_808_MISSING_MAX = 125, /* packages asked for in one 0x8003 */
    LB_808_ANSWER_ROOM = 2 * (LB_808_HEADER_MAX + 4 + 2 * LB_808_MISSING_MAX + 1) + 2,
};

/* False for terminals' own answers: these get no answer. */
bool lb_808_is_answered(uint16_t id);

/* All write a whole frame into `out` with room for LB_808_ANSWER_ROOM and return its length. `serial`
 * is the platform's own counter. */

/* 0x8001, the general answer. */
size_t lb_808_answer(const lb_808_header *asked, lb_808_result result, uint16_t serial, char *out);
/* 0x8100, the answer to 0x0100; `code` (at most 64 bytes) is given when the result is DONE. */
size_t lb_808_answer_register(const lb_808_header *asked, lb_808_result result, lb_span code,
                              uint16_t serial, char *out);
/* 0x8004, the answer to 0x0004: UTC. */
size_t lb_808_answer_time(const lb_808_header *asked, int64_t now_us, uint16_t serial, char *out);
/* 0x8003: asks for packages of a message again. `first` is the header of its first package as far as
 * its serial goes; at most LB_808_MISSING_MAX numbers. */
size_t lb_808_ask_missing(const lb_808_header *first, const uint16_t *missing, size_t count,
                          uint16_t serial, char *out);

#endif
