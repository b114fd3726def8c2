/* dates.h - days and times as people and spreadsheets write them. */
#ifndef KIT_DATES_H
#define KIT_DATES_H

#include "landbridge/client/time.h"

/* "2026-03-12T09:15:00+08:00", "2026-03-12 09:15", "2026/3/12 9:15", "12.03.2026 09:15", "20260312091500",
 * "2026-03-12". A day of two slashes with the year last (12/03/2026) is not read: day and month are ambiguous.
 * *offset_min is LB_UNKNOWN without a zone. False, and nothing set, for any other text; whether the day exists is
 * not checked. Pure. */
bool lb_dates_read(lb_span text, lb_civil *civil, int64_t *offset_min, lb_precision *prec);

#endif
