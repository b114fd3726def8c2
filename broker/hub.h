/* hub.h - the hub: opened on a data folder, it runs until a file descriptor wakes it. Used by the main thread only. */
#ifndef BROKER_HUB_H
#define BROKER_HUB_H

#include "base/config.h"

typedef struct lb_hub lb_hub;

/* Opens all parts, starts their threads and listens. An error is logged where it occurs; *hub is then untouched. */
lb_err lb_hub_open(lb_hub **hub, const char *folder, const lb_config *config);
/* Runs turns until wake_fd (a signalfd or an eventfd) is readable; does not read from it. */
void lb_hub_run(lb_hub *hub, int wake_fd);
/* Discards the profiles of sources; each is read again with the next message of its source. */
void lb_hub_reload(lb_hub *hub);
void lb_hub_close(lb_hub **hub);

#endif
