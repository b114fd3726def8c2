/* adapter.c - hostile bytes for one adapter, LB_FUZZ_ADAPTER: one program for each of adapters.def. */
#include <stdint.h>
#include <stdlib.h>

#include "landbridge/adapter/adapter.h"
#include "record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The answer to the sender must fit and be valid for hostile messages too. */
static void answer_it(const lb_adapter *adapter, const lb_reading *reading, lb_span message)
{
    const lb_answer nothing = {0};
    char room[4096];
    lb_reply reply = {room, 0, sizeof room, false};
    if (adapter->answer != NULL)
        adapter->answer(reading, message, LB_OK, &reply);
    if (adapter->ask != NULL && adapter->ask(reading, message).len > 0)
        adapter->tell(reading, message, &nothing, &reply);
}

static void write_it(const lb_adapter *adapter, const lb_event *event)
{
    char room[16 * 1024];
    lb_reply reply = {room, 0, sizeof room, false};
    if (adapter->write != NULL)
        adapter->write(event, LB_EMPTY, &reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static lb_sink *sink;
    const lb_adapter *adapter = lb_adapter_find(LB_SPAN(LB_FUZZ_ADAPTER));
    const lb_reading reading = {INT64_C(1773316800000000), lb_source_default()};
    if (sink == NULL && lb_sink_open(&sink, 64 * 1024 * 1024) != LB_OK)
        return 0;

    lb_span rest = {(const char *)data, size}, message = rest;
    lb_arena arena;
    lb_arena_init(&arena, 64 * 1024 * 1024);
    adapter->probe(rest);
    for (int i = 0; i < 16; i++) {
        size_t before = rest.len;
        if (adapter->split != NULL &&
            (adapter->split(&rest, &message) != LB_OK || rest.len >= before))
            break;
        lb_sink_reset(sink);
        lb_sink_explain(sink, size % 2 == 0); /* marks must not change what is read */
        lb_verdict verdict = lb_adapter_read(adapter, &reading, message, sink);
        if (verdict != LB_VERDICT_READ && lb_sink_count(sink) > 0)
            abort();
        for (size_t k = 0; k < lb_sink_count(sink); k++) {
            lb_event again;
            lb_span packed;
            if (lb_record_pack(&lb_record_event, lb_sink_event(sink, k), &arena, &packed) !=
                    LB_OK ||
                lb_record_unpack(&lb_record_event, packed, &arena, &again) != LB_OK)
                abort(); /* events must survive the wire format */
            write_it(adapter, &again);
            lb_arena_reset(&arena);
        }
        answer_it(adapter, &reading, message);
        if (adapter->split == NULL || rest.len == 0)
            break;
    }
    lb_arena_fini(&arena);
    return 0;
}
