/* service.h - reports the state of the hub to the service manager: sd_notify(3). */
#ifndef BASE_SERVICE_H
#define BASE_SERVICE_H

#include <stdint.h>

/* Sends "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=..." to $NOTIFY_SOCKET; does nothing without one. */
void lb_service_notify(const char *state);
/* How often WATCHDOG=1 is due: half of $WATCHDOG_USEC; 0: there is no watchdog. */
int64_t lb_service_watchdog_us(void);

#endif
