/* service.h - tells the service manager how the hub is. */
#ifndef BASE_SERVICE_H
#define BASE_SERVICE_H

#include <stdint.h>

/* Sends "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=..." to $NOTIFY_SOCKET; without one nothing. */
void lb_service_notify(const char *state);
/* How often WATCHDOG=1 is due: half of $WATCHDOG_USEC; 0 when nobody watches. */
int64_t lb_service_watchdog_us(void);

#endif
