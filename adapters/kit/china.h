/* china.h - what the Chinese road and rail formats have in common. */
#ifndef KIT_CHINA_H
#define KIT_CHINA_H

#include "landbridge/adapter/adapter.h"
#include "landbridge/client/time.h"

/* A time that is Beijing time by the standard it comes from (JT/T 808, 95306, network freight), in Xinjiang too:
 * UTC+8, flagged as assumed, unless the source's profile names another zone. */
void lb_when_set_beijing(lb_event *event, lb_when *when, const lb_civil *civil, lb_precision prec,
                         lb_span local_text, const lb_source *source);

/* "20260312091500", "2026-03-12 09:15:00" or "2026/03/12 09:15" as Beijing time; anything else
 * is a doubt at `text`. An empty text, "0" and "-1" stand for an absent time. */
void lb_when_read_beijing(lb_event *event, lb_when *when, lb_span text, const lb_source *source);

/* "", "0", "-1", "null" and the like: an absent value. */
bool lb_china_is_nothing(lb_span text);

#endif
