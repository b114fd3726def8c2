/* report.h - reports that stand for facts; the figure `reports` is declared in figure.h. */
#ifndef TRACK_REPORT_H
#define TRACK_REPORT_H

#include "track/use.h"

/* Of an object of which no covered party has spoken, what third parties say is read as facts from now on: a party's own
 * words to that party, everybody's to one that sees all. */
lb_err lb_track_lend_reports(const lb_derive *d, const lb_track_question *question);

#endif
