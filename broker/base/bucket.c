/* bucket.c - a rate limit: a token bucket that may run into debt. */
#include "base/bucket.h"

#define SECOND_US INT64_C(1000000)
enum { SECONDS = 2 };

int64_t lb_bucket_wait_us(lb_bucket *bucket, int64_t rate, int64_t now_us)
{
    const int64_t full = rate * SECONDS * SECOND_US;
    int64_t passed_us = now_us - bucket->at_us;

    if (bucket->at_us == 0 || passed_us > (full - bucket->level) / rate)
        bucket->level = full;
    else if (passed_us > 0)
        bucket->level += passed_us * rate;
    bucket->at_us = now_us;
    return bucket->level > 0 ? 0 : -bucket->level / rate + 1;
}

void lb_bucket_spend(lb_bucket *bucket, int64_t amount)
{
    bucket->level -= amount * SECOND_US;
}
