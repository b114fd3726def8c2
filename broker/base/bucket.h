/* bucket.h - a rate that may not be passed for long: a token bucket that may run into debt.
 *
 * It fills by `rate` a second, up to two seconds' worth. What is asked for passes while it is not empty, and may
 * leave a debt: so one large request is never too large, but the next one waits until the debt is paid. */
#ifndef BASE_BUCKET_H
#define BASE_BUCKET_H

#include <stdint.h>

typedef struct lb_bucket {
    int64_t level; /* millionths */
    int64_t at_us; /* 0: never used, full */
} lb_bucket;

/* How long to wait, in microseconds, before anything passes; 0: now. Fills the bucket. */
int64_t lb_bucket_wait_us(lb_bucket *bucket, int64_t rate, int64_t now_us);
void lb_bucket_spend(lb_bucket *bucket, int64_t amount);

#endif
