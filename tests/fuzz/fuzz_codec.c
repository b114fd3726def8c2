/* fuzz_codec.c - hostile bytes for the wire format: the first byte picks the message. A message that was read must
 * be equal after writing and reading it again. */
#include <stdint.h>
#include <stdlib.h>

#include "record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const lb_record *pick(unsigned number)
{
    static const lb_record *const all[] = {
#define ROW(name, type, message) &lb_record_##name,
        LB_RECORDS(ROW)
#undef ROW
    };
    return all[number % (sizeof all / sizeof all[0])];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    union {
#define ROW(name, type, message) type name;
        LB_RECORDS(ROW)
#undef ROW
    } value, again;
    if (size == 0)
        return 0;
    const lb_record *record = pick(data[0]);
    lb_span bytes = {(const char *)data + 1, size - 1}, packed, twice;
    lb_arena arena;
    lb_arena_init(&arena, 64 * 1024 * 1024);
    if (lb_record_unpack(record, bytes, &arena, &value) == LB_OK) {
        lb_span json = LB_EMPTY;
        if (lb_record_pack(record, &value, &arena, &packed) != LB_OK ||
            lb_record_unpack(record, packed, &arena, &again) != LB_OK ||
            lb_record_pack(record, &again, &arena, &twice) != LB_OK ||
            !lb_span_equal(packed, twice) || lb_record_json(record, &value, &arena, &json) != LB_OK)
            abort();
    }
    lb_span where;
    int64_t offset;
    lb_record_from_json(record, bytes, &arena, &value, &where, &offset);
    lb_arena_fini(&arena);
    return 0;
}
