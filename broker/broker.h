/* broker.h - the hub: opened on a data folder, run until told to stop. */
#ifndef BROKER_H
#define BROKER_H

#include "base/config.h"

typedef struct lb_broker lb_broker;

/* Opens everything and listens. Logged where it fails. */
lb_err lb_broker_open(lb_broker **hub, const char *folder, const lb_config *config);
/* Turns until something can be read from wake_fd (a signalfd, an eventfd); reads nothing from it. */
void lb_broker_run(lb_broker *hub, int wake_fd);
void lb_broker_reload(lb_broker *hub); /* profiles of sources are read again */
void lb_broker_close(lb_broker **hub);

#endif
