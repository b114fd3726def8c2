/* report.h - third-party reports used as facts; the figure `reports` is declared in figure.h. */
#ifndef TRACK_REPORT_H
#define TRACK_REPORT_H

#include "track/use.h"

/* For an object without covered facts: from now on this snapshot reads third-party reports as its facts. A party gets its
 * own reports; one that sees everything gets all. */
lb_err lb_track_lend_reports(const lb_derive *d, const lb_track_question *question);

#endif
