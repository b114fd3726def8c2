/* track.h - `landbridge track`: printing tracks, once (track.c) and after each change (track_follow.c). */
#ifndef COMMAND_TRACK_H
#define COMMAND_TRACK_H

#include "command.h"

/* EXIT_NOTHING when the answer has no track. */
int print_tracks(const common_options *common, const lb_answer *answer);
/* Prints the tracks of the query again whenever they change; `answer` is the one that was printed last. Ends only with an
 * error, which is on stderr; the exit code. */
int follow_tracks(const common_options *common, lb_client *client, const lb_query *query,
                  const lb_answer *answer);

#endif
