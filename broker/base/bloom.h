/* bloom.h - a Bloom filter of delivery tokens: "never seen" without reading the disk.
 *
 * A blocked Bloom filter: a token touches one cache line. It grows by layers, each twice the size of the one before.
 * One thread. */
#ifndef BASE_BLOOM_H
#define BASE_BLOOM_H

#include "landbridge/client/error.h"
#include "landbridge/client/span.h"

typedef struct lb_bloom lb_bloom;

lb_err lb_bloom_open(lb_bloom **bloom, size_t expected);
void lb_bloom_close(lb_bloom **bloom);
void lb_bloom_add(lb_bloom *bloom, const uint8_t *token); /* 16 bytes of a hash; never fails */
bool lb_bloom_may_have(const lb_bloom *bloom, const uint8_t *token);

#endif
