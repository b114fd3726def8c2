/* key.c - reads and writes keys of objects and places. */
#include "base/key.h"

#include "landbridge/client/ident.h"
#include "landbridge/client/place.h"

lb_kind lb_key_kind(lb_span key)
{
    lb_span rest = key, word;
    char upper[24] = "";
    lb_kind kind;
    if (!lb_span_cut(&rest, ':', &word) || word.len >= sizeof upper)
        return LB_KIND_UNSPECIFIED;
    for (size_t i = 0; i < word.len; i++)
        upper[i] =
            word.at[i] == '-'
                ? '_'
                : (char)(word.at[i] >= 'a' && word.at[i] <= 'z' ? word.at[i] - 32 : word.at[i]);
    lb_span name = {upper, word.len};
    /* "uld:" is a unit load device, the scheme of the same name has no consignments */
    if (lb_kind_from_name(name, &kind))
        return kind;
    return LB_KIND_CONSIGNMENT;
}

lb_span lb_key_of_place(const lb_place *place, lb_arena *arena)
{
    char key[LB_PLACE_KEY_ROOM];
    if (place->locode.len > 0)
        return place->locode; /* text of the table or event: lives as long as the event */
    size_t len = lb_place_key_print(key, sizeof key, place);
    return lb_arena_copy(arena, (lb_span){key, len});
}

lb_span lb_key_place_name(lb_span key)
{
    const lb_place_entry *entry = lb_place_by_key(key);
    return entry == NULL ? LB_EMPTY : lb_span_of(entry->name_en);
}

bool lb_key_is_within(lb_span place, lb_span outer)
{
    return outer.len == 0 || lb_place_is_within(place, outer);
}
