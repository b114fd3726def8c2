/* answer.c - names of what stands in answers and receipts. */
#include "landbridge/client/answer.h"

const char *lb_result_name(lb_result result)
{
    static const char *const names[] = {
        [LB_RESULT_UNSPECIFIED] = "UNSPECIFIED", [LB_RESULT_KEPT] = "KEPT",
        [LB_RESULT_DUPLICATE] = "DUPLICATE",     [LB_RESULT_REFUSED] = "REFUSED",
        [LB_RESULT_FAILED] = "FAILED",
    };
    return (size_t)result < sizeof names / sizeof names[0] ? names[result] : names[0];
}
