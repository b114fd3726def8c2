/* probe.h - a well-behaved carrier, client and subscriber beside the load: their waiting times, and the memory and files
 * of the hub's process. Used by load and soak. */
#ifndef LOAD_PROBE_H
#define LOAD_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct probe probe;

probe *probe_start(const char *data);
/* Stops; false when a message had no receipt, a query no answer, or the subscriber missed a
 * number. */
bool probe_stop(probe **p);

typedef struct probe_figures { /* since the last probe_take; milliseconds */
    double receipt_p50, receipt_p99, answer_p50, answer_p99;
    int64_t receipts, answers, followed;
} probe_figures;
void probe_take(probe *p, probe_figures *figures);

typedef struct hub_figures {
    int64_t rss_kib, peak_kib, files;
    int64_t wal_bytes, lag;
} hub_figures;
/* False when the hub is gone. */
bool hub_look(pid_t hub, const char *data, hub_figures *figures);

#endif
