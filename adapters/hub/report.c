/* report.c - Landbridge's own report, for senders without a standard format: events, associations, capacity.
 *
 *     {"magic":"landbridge.report","party":"ACME","events":[
 *       {"type":"GTIN","classifier":"ACTUAL","occurred":{"utc_us":"2026-03-12T10:05:00+08:00"},
 *        "place":{"locode":"CNULZ"},"objects":[{"id":"LBKU2048176","size_type":"45G1"}]}]}
 *
 * Read by proto/ (landbridge/adapter/report.h), which reads the protobuf form too. */
#include "landbridge/adapter/report.h"

static lb_verdict read_message(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    (void)reading;
    return lb_report_read(message, sink);
}

const lb_adapter lb_hub_report = {
    .name = "hub.report",
    .title = "Landbridge's own report, protobuf or JSON",
    .revision = 1,
    .mode = LB_MODE_MULTIMODAL,
    .max_message = (size_t)8 * 1024 * 1024,
    .max_events = 10000,
    .probe = lb_report_probe,
    .read = read_message,
};
