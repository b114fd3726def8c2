/* report.h - reading Landbridge's own report, in protobuf or JSON (proto/landbridge/v1/report.proto).
 *
 * The adapter hub.report is nothing but this; it stands with the words because only they see protobuf. */
#ifndef LANDBRIDGE_ADAPTER_REPORT_H
#define LANDBRIDGE_ADAPTER_REPORT_H

#include "landbridge/adapter/adapter.h"

/* Sure when the bytes begin as a report does, in either form. */
unsigned lb_report_probe(lb_span head);
/* Says every event of the report. What a sender puts into the hub's own fields is ignored. */
lb_verdict lb_report_read(lb_span message, lb_sink *sink);

#endif
