/* name.c - names of parties and sources. */
#include "base/name.h"

#include <strings.h>

typedef struct reserved_name {
    const char *name;
    lb_sends_as sends_as;
    bool is_gate;
} reserved_name;

static const reserved_name reserved[] = {
#define LB_GATE(name, sends_as) {#name, LB_SENDS_AS_##sends_as, true},
#include "gate/gates.def"
#define X(name) {#name, LB_SENDS_AS_SHARED, false},
    LB_RESERVED_NAMES(X)
#undef X
};
enum { RESERVED = sizeof reserved / sizeof reserved[0] };

bool lb_party_name_is_valid(lb_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_word && (i == 0 || (c != '.' && c != '_' && c != '-')))
            return false;
    }
    return name.len > 0 && name.len <= LB_PARTY_NAME_MAX;
}

bool lb_name_is_of(lb_span name, lb_span owner)
{
    bool is_part = name.len > owner.len + 1 && name.at[owner.len] == '.' &&
                   memcmp(name.at, owner.at, owner.len) == 0;

    return is_part || lb_span_equal(name, owner);
}

/* The row of the name, or of its part before a dot; NULL: none. */
static const reserved_name *find_reserved(lb_span name)
{
    for (size_t i = 0; i < RESERVED; i++) {
        size_t len = strlen(reserved[i].name);
        if (name.len >= len && strncasecmp(name.at, reserved[i].name, len) == 0 &&
            (name.len == len || name.at[len] == '.'))
            return &reserved[i];
    }
    return NULL;
}

bool lb_name_is_reserved(lb_span name)
{
    return find_reserved(name) != NULL;
}

bool lb_name_is_a_gates(lb_span source)
{
    const reserved_name *row = find_reserved(source);

    return row != NULL && row->sends_as != LB_SENDS_AS_SHARED;
}

bool lb_name_is_of_devices(lb_span source)
{
    const reserved_name *row = find_reserved(source);

    return row != NULL && row->sends_as == LB_SENDS_AS_DEVICES && lb_span_is(source, row->name);
}

lb_span lb_name_gate_of(lb_span routing_id)
{
    lb_span name;

    lb_span_cut(&routing_id, '/', &name);
    for (size_t i = 0; i < RESERVED; i++)
        if (reserved[i].is_gate && lb_span_is(name, reserved[i].name))
            return lb_span_of(reserved[i].name);
    return LB_EMPTY;
}
