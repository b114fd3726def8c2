/* bloom.c - a Bloom filter of delivery tokens: "never seen" without reading the disk.
 *
 * The first 8 bytes of a token select a line of 512 bits, the last 8 bytes select 7 bits in it. With 16 bits per token
 * the false positive rate is about 1 in 1,000; the disk is read then. */
#include "base/bloom.h"

#include <stdlib.h>

enum { LINE_WORDS = 8, TOKENS_PER_LINE = 32, PROBES = 7, LAYERS = 24, LEAST = 1 << 20 };

typedef struct bloom_layer {
    uint64_t *words;
    size_t lines; /* a power of two */
    size_t count, room;
} bloom_layer;

struct lb_bloom {
    bloom_layer layers[LAYERS];
    size_t count;
};

static lb_err add_layer(lb_bloom *bloom, size_t tokens)
{
    bloom_layer *top = &bloom->layers[bloom->count];
    size_t lines = 1;

    if (bloom->count == LAYERS)
        return LB_ERR_FULL;
    while (lines * TOKENS_PER_LINE < tokens)
        lines *= 2;
    top->words = calloc(lines * LINE_WORDS, sizeof *top->words);
    if (top->words == NULL)
        return LB_ERR_NO_MEMORY;
    top->lines = lines;
    top->room = lines * TOKENS_PER_LINE;
    bloom->count++;
    return LB_OK;
}

lb_err lb_bloom_open(lb_bloom **out, size_t expected)
{
    lb_bloom *bloom = calloc(1, sizeof *bloom);

    if (bloom == NULL)
        return LB_ERR_NO_MEMORY;
    lb_err err = add_layer(bloom, expected < LEAST ? LEAST : expected);
    if (err != LB_OK)
        lb_bloom_close(&bloom);
    else
        *out = bloom;
    return err;
}

void lb_bloom_close(lb_bloom **bloom)
{
    if (*bloom == NULL)
        return;
    for (size_t i = 0; i < (*bloom)->count; i++)
        free((*bloom)->layers[i].words);
    free(*bloom);
    *bloom = NULL;
}

static uint64_t half(const uint8_t *at)
{
    uint64_t value;

    memcpy(&value, at, sizeof value);
    return value;
}

static uint64_t *line_of(const bloom_layer *layer, const uint8_t *token)
{
    return layer->words + (half(token) & (layer->lines - 1)) * LINE_WORDS;
}

/* Without memory for a new layer the top one is overfilled: more false positives, but never a false negative. */
void lb_bloom_add(lb_bloom *bloom, const uint8_t *token)
{
    bloom_layer *top = &bloom->layers[bloom->count - 1];

    if (top->count >= top->room && add_layer(bloom, top->room * 2) == LB_OK)
        top = &bloom->layers[bloom->count - 1];
    uint64_t *line = line_of(top, token);
    uint64_t bits = half(token + 8);
    for (int i = 0; i < PROBES; i++, bits >>= 9)
        line[(bits >> 6) & 7] |= UINT64_C(1) << (bits & 63);
    top->count++;
}

static bool has(const bloom_layer *layer, const uint8_t *token)
{
    const uint64_t *line = line_of(layer, token);
    uint64_t bits = half(token + 8);

    for (int i = 0; i < PROBES; i++, bits >>= 9)
        if ((line[(bits >> 6) & 7] >> (bits & 63) & 1) == 0)
            return false;
    return true;
}

bool lb_bloom_may_have(const lb_bloom *bloom, const uint8_t *token)
{
    for (size_t i = bloom->count; i-- > 0;)
        if (has(&bloom->layers[i], token))
            return true;
    return false;
}
