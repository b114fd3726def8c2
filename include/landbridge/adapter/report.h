/* report.h - reading Landbridge's own report, in protobuf or JSON (proto/landbridge/v1/report.proto).
 *
 * The adapter hub.report only calls this; it is in proto/ because only proto/ may use protobuf. */
#ifndef LANDBRIDGE_ADAPTER_REPORT_H
#define LANDBRIDGE_ADAPTER_REPORT_H

#include "landbridge/adapter/adapter.h"

/* 90 or more when the bytes begin as a report does, in either form. */
unsigned lb_report_probe(lb_span head);
/* Writes every event of the report into the sink. Values in the hub's own fields are ignored. */
lb_verdict lb_report_read(lb_span message, lb_sink *sink);

#endif
