/* x12_214.h - X12 sets of road carriers beside the status: load tender and response. */
#ifndef ROAD_X12_214_H
#define ROAD_X12_214_H

#include "x12.h"

void lb_x12_tender(const lb_x12_set *set);        /* 204 */
void lb_x12_tender_answer(const lb_x12_set *set); /* 990 */

#endif
