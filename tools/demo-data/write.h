/* write.h - the feeds of the hub: each writes its part of the world as messages in its own format.
 *
 *   feed         content                                          format
 *   cr-urumqi    trains to the border                             TAF TrainComposition, Ready, Running...
 *   ktz          trains from the border on, transshipment         TAF, IFTSTA
 *   tos-ulz      gate, crane                                      CODECO, COARRI
 *   hub-ulz      yard moves, stuffing, bookings, bans             hub.report (JSON)
 *   ktz-border   trains accepted; falls silent at 14:20           hub.report (JSON)
 *   fsu-o3 ...   air waybills                                     Cargo-IMP FSU
 *   trucks       positions, waybills                              JT/T 808 at the terminals' gate */
#ifndef DAY_WRITE_H
#define DAY_WRITE_H

#include "post.h"
#include "world.h"

void day_write_fsu(const day_world *world, day_post *post);
void day_write_jt808(const day_world *world, day_post *post);
void day_write_taf(const day_world *world, day_post *post);
void day_write_edifact(const day_world *world, day_post *post);
void day_write_report(const day_world *world, day_post *post);
bool day_write_sources(const char *folder); /* the feeds' profiles, sources/<feed>.ini */
void day_write_all(const day_world *world, day_post *post); /* all feeds, with faults, sorted */

/* One message in a hundred is damaged, one comes twice, one comes late. */
void day_spoil(const day_world *world, day_post *post);

/* The facts that a fully informed hub must have at the end of the day; sorted lines. */
bool day_write_truth(const day_world *world, const day_post *post, const char *path);

#endif
