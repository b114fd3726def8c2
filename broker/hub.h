/* broker.h - the hub: opened on a data folder, run until told to stop. */
#ifndef BROKER_HUB_H
#define BROKER_HUB_H

#include "base/config.h"

typedef struct lb_hub lb_hub;

/* Opens everything and listens. Logged where it fails. */
lb_err lb_hub_open(lb_hub **hub, const char *folder, const lb_config *config);
/* Turns until something can be read from wake_fd (a signalfd, an eventfd); reads nothing from it. */
void lb_hub_run(lb_hub *hub, int wake_fd);
void lb_hub_reload(lb_hub *hub); /* profiles of sources are read again */
void lb_hub_close(lb_hub **hub);

#endif
