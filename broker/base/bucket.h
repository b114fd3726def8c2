/* bucket.h - a rate limit: a token bucket that may run into debt.
 *
 * It fills by `rate` a second, up to two seconds' worth. A request passes while the bucket is not empty, and may leave
 * a debt: so one large request always passes, and the next one waits until the debt is paid. */
#ifndef BASE_BUCKET_H
#define BASE_BUCKET_H

#include <stdint.h>

typedef struct lb_bucket {
    int64_t level; /* millionths */
    int64_t at_us; /* 0: never used, full */
} lb_bucket;

/* Microseconds until a request passes; 0: now. Refills the bucket first. */
int64_t lb_bucket_wait_us(lb_bucket *bucket, int64_t rate, int64_t now_us);
void lb_bucket_spend(lb_bucket *bucket, int64_t amount);

#endif
