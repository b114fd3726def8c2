/* x12_214.h - the sets of a road carrier's X12 that stand beside the status: tender and its answer. */
#ifndef ROAD_X12_214_H
#define ROAD_X12_214_H

#include "x12.h"

void lb_x12_tender(const lb_x12_set *set);        /* 204 */
void lb_x12_tender_answer(const lb_x12_set *set); /* 990 */

#endif
