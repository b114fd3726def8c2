/* see.h - which references a party may see, and which events are about others' cargo. A permission that is NULL sees
 * everything. */
#ifndef TRACK_SEE_H
#define TRACK_SEE_H

#include "base/permission.h"
#include "landbridge/client/event.h"

bool lb_sees_all(const lb_permission *permission);
/* May the asker see this reference of a cargo? */
bool lb_sees_reference(const lb_permission *permission, const lb_reference *reference);
/* Does the event name others' references and none that the asker may see? Then it is about others' cargo. */
bool lb_is_others(const lb_permission *permission, const lb_event *event);
/* Does the event name the reference of this key (empty: one that the asker may see)? */
bool lb_names_reference(const lb_permission *permission, const lb_event *event, lb_span key);

#endif
