/* fuzz_adapter.c - hostile bytes for every adapter: the first byte picks it, the rest is the message. */
#include <stdint.h>
#include <stdlib.h>

#include "landbridge/adapter.h"
#include "record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static lb_sink *sink;
    size_t count;
    const lb_adapter *const *all = lb_adapters(&count);
    const lb_reading reading = {INT64_C(1773316800000000), lb_source_default()};
    if (size == 0)
        return 0;
    if (sink == NULL && lb_sink_open(&sink, 64 * 1024 * 1024) != LB_OK)
        return 0;

    const lb_adapter *adapter = all[data[0] % count];
    lb_span rest = {(const char *)data + 1, size - 1}, message = rest;
    lb_arena arena;
    lb_arena_init(&arena, 64 * 1024 * 1024);
    adapter->probe(rest);
    for (int i = 0; i < 16; i++) {
        size_t before = rest.len;
        if (adapter->split != NULL &&
            (adapter->split(&rest, &message) != LB_OK || rest.len >= before))
            break;
        lb_sink_reset(sink);
        lb_verdict verdict = lb_adapter_read(adapter, &reading, message, sink);
        if (verdict != LB_VERDICT_READ && lb_sink_count(sink) > 0)
            abort();
        for (size_t k = 0; k < lb_sink_count(sink); k++) {
            lb_event again;
            lb_span packed;
            if (lb_record_pack(&lb_record_event, lb_sink_event(sink, k), &arena, &packed) !=
                    LB_OK ||
                lb_record_unpack(&lb_record_event, packed, &arena, &again) != LB_OK)
                abort(); /* what was understood must survive the wire */
            lb_arena_reset(&arena);
        }
        if (adapter->answer != NULL) {
            char room[256];
            lb_reply reply = {room, 0, sizeof room, false};
            adapter->answer(&reading, message, LB_OK, &reply);
        }
        if (adapter->split == NULL || rest.len == 0)
            break;
    }
    lb_arena_fini(&arena);
    return 0;
}
