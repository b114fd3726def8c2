/* worth.c - which of two claims about the same event is preferred.
 *
 * Checklist for an adapter: its `authority` says what kind of sender uses its format (landbridge/adapter/adapter.h). */
#include "track/worth.h"

#include "landbridge/adapter/adapter.h"

int lb_classifier_rank(lb_classifier classifier)
{
    switch (classifier) {
    case LB_CLASSIFIER_ACTUAL:
        return 4;
    case LB_CLASSIFIER_ESTIMATED:
    case LB_CLASSIFIER_EXPECTED:
        return 3;
    case LB_CLASSIFIER_PLANNED:
        return 2;
    case LB_CLASSIFIER_REQUESTED:
        return 1;
    default:
        return 0;
    }
}

/* A terminal is preferred for equipment events (gates, cranes), a railway for transport events; a position report ranks
 * last for all. */
static int authority_of(const lb_event *event)
{
    static const int8_t equipment[LB_AUTHORITIES] = {
        [LB_AUTHORITY_NONE] = 1, [LB_AUTHORITY_TERMINAL] = 3, [LB_AUTHORITY_RAILWAY] = 2};
    static const int8_t transport[LB_AUTHORITIES] = {
        [LB_AUTHORITY_NONE] = 1, [LB_AUTHORITY_TERMINAL] = 2, [LB_AUTHORITY_RAILWAY] = 3};
    const lb_adapter *adapter = lb_adapter_find(event->prov.adapter);
    lb_authority authority = adapter == NULL ? LB_AUTHORITY_NONE : adapter->authority;
    if (event->family == LB_FAMILY_EQUIPMENT)
        return equipment[authority];
    if (event->family == LB_FAMILY_TRANSPORT)
        return transport[authority];
    return authority != LB_AUTHORITY_POSITION;
}

lb_worth lb_worth_of(const lb_event *event)
{
    return (lb_worth){event, lb_classifier_rank(event->classifier), authority_of(event)};
}

int lb_worth_compare(const lb_worth *a, const lb_worth *b)
{
    if (a->rank != b->rank)
        return b->rank - a->rank;
    if (a->authority != b->authority)
        return b->authority - a->authority;
    if (a->event->reported_at_us != b->event->reported_at_us)
        return a->event->reported_at_us > b->event->reported_at_us ? -1 : 1;
    if (a->event->revision != b->event->revision)
        return a->event->revision > b->event->revision ? -1 : 1;
    return lb_span_compare(b->event->event_id, a->event->event_id);
}
