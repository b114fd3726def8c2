/* registry.c - adapters.def as a table, and the choice of the adapter for a message. */
#include "landbridge/adapter/adapter.h"

#define LB_ADAPTER(mode, name) extern const lb_adapter lb_##mode##_##name;
#include "adapters.def"
#undef LB_ADAPTER

static const lb_adapter *const adapters[] = {
#define LB_ADAPTER(mode, name) &lb_##mode##_##name,
#include "adapters.def"
#undef LB_ADAPTER
    NULL,
};

enum { COUNT = sizeof adapters / sizeof adapters[0] - 1, PROBE_BYTES = 4096 };

const lb_adapter *const *lb_adapters(size_t *count)
{
    *count = COUNT;
    return adapters;
}

const lb_adapter *lb_adapter_find(lb_span name)
{
    for (size_t i = 0; adapters[i] != NULL; i++)
        if (lb_span_is(name, adapters[i]->name))
            return adapters[i];
    return NULL;
}

const lb_adapter *lb_adapter_probe(lb_span head)
{
    const lb_adapter *best = NULL;
    unsigned best_score = 0;

    head = lb_span_first(head, PROBE_BYTES);
    for (size_t i = 0; adapters[i] != NULL; i++) {
        unsigned score = adapters[i]->probe(head);
        if (score > best_score) {
            best_score = score;
            best = adapters[i];
        }
    }
    return best;
}
