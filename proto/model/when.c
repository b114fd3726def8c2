/* when.c - the times of an event: a local reading, and what is known of its zone. */
#include "landbridge/adapter/adapter.h"
#include "landbridge/client/place.h"
#include "landbridge/adapter/source.h"
#include "landbridge/client/time.h"

void lb_when_set(lb_event *event, lb_when *when, const lb_civil *civil, int64_t offset_min,
                 lb_precision prec, lb_span local_text, const lb_source *source,
                 const lb_place *place)
{
    const lb_zone *zone = NULL;
    *when = (lb_when){.utc_us = LB_UNKNOWN, .offset_min = LB_UNKNOWN, .until_us = LB_UNKNOWN};
    when->prec = prec;
    when->local_text = local_text;
    if (!lb_civil_is_valid(civil)) {
        lb_doubt(event->sink, event, local_text, LB_DOUBT_TIME_IMPOSSIBLE);
        return;
    }
    if (prec == LB_PRECISION_DAY)
        lb_doubt(event->sink, event, local_text, LB_DOUBT_TIME_DAY_PRECISION);
    if (offset_min != LB_UNKNOWN)
        when->tz = LB_TZ_EXPLICIT;
    else if ((zone = lb_source_zone(source)) != NULL)
        when->tz = LB_TZ_SENDER_PROFILE;
    else if (place != NULL && (zone = lb_place_zone(place, source)) != NULL)
        when->tz = LB_TZ_LOCATION;
    else {
        lb_doubt(event->sink, event, local_text, LB_DOUBT_TIME_NO_ZONE);
        return;
    }
    when->offset_min = zone == NULL ? offset_min : lb_zone_offset_for(zone, civil);
    when->utc_us = lb_civil_to_utc(civil, (int)when->offset_min);
}

void lb_when_set_utc(lb_when *when, int64_t utc_us, lb_tz tz, lb_span local_text)
{
    *when = (lb_when){.utc_us = utc_us, .offset_min = 0, .tz = tz, .until_us = LB_UNKNOWN};
    when->prec = LB_PRECISION_SECOND;
    when->local_text = local_text;
}
