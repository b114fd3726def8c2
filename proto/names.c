/* names.c - names of enumeration members and back, from the lists in enums.h, event_types.def and doubts.def. */
#include "landbridge/client/event.h"

typedef struct numbered {
    int number;
    const char *name;
} numbered;

static const char *name_of(const numbered *rows, size_t count, int number)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].number == number)
            return rows[i].name;
    return "UNSPECIFIED";
}

static bool number_of(const numbered *rows, size_t count, lb_span name, int *number)
{
    for (size_t i = 0; i < count; i++)
        if (lb_span_is(name, rows[i].name)) {
            *number = rows[i].number;
            return true;
        }
    return false;
}

/* For each enumeration its table and its two functions. */
#define ROW(prefix, name, number) {number, #name},
#define NAMES(type, PREFIX)                                                                     \
    static const numbered type##_rows[] = {{0, "UNSPECIFIED"}, LB_##PREFIX##_MEMBERS(ROW)};     \
    const char *type##_name(type value)                                                         \
    {                                                                                           \
        return name_of(type##_rows, sizeof type##_rows / sizeof type##_rows[0], (int)value);    \
    }                                                                                           \
    bool type##_from_name(lb_span name, type *value)                                            \
    {                                                                                           \
        int number;                                                                             \
        if (!number_of(type##_rows, sizeof type##_rows / sizeof type##_rows[0], name, &number)) \
            return false;                                                                       \
        *value = (type)number;                                                                  \
        return true;                                                                            \
    }
LB_ENUMERATIONS(NAMES)
#undef NAMES
#undef ROW

static const struct {
    lb_event_type type;
    lb_family family;
    const char *code, *words;
} types[] = {
#define LB_EVENT_TYPE(family, code, number, words) \
    {LB_EVENT_##code, LB_FAMILY_##family, #code, words},
#include "landbridge/client/event_types.def"
#undef LB_EVENT_TYPE
};

enum { TYPES = sizeof types / sizeof types[0] };

/* Binary search in the list, which is sorted by number. -1 when it is not there. */
static int find_type(lb_event_type type)
{
    int low = 0, high = TYPES - 1;
    while (low <= high) {
        int middle = (low + high) / 2;
        if (types[middle].type == type)
            return middle;
        if (types[middle].type < type)
            low = middle + 1;
        else
            high = middle - 1;
    }
    return -1;
}

const char *lb_event_type_code(lb_event_type type)
{
    int i = find_type(type);
    return i < 0 ? "UNSPECIFIED" : types[i].code;
}

const char *lb_event_type_words(lb_event_type type)
{
    int i = find_type(type);
    return i < 0 ? "status without mapping" : types[i].words;
}

lb_family lb_event_type_family(lb_event_type type)
{
    int i = find_type(type);
    return i < 0 ? LB_FAMILY_UNSPECIFIED : types[i].family;
}

lb_event_type lb_event_type_from_code(lb_span code)
{
    for (int i = 0; i < TYPES; i++)
        if (lb_span_is(code, types[i].code))
            return types[i].type;
    return LB_EVENT_UNSPECIFIED;
}

const char *lb_family_name(lb_family family)
{
    static const char *const names[LB_FAMILIES] = {
        "UNSPECIFIED", "TRANSPORT", "EQUIPMENT", "CARGO",     "CUSTOMS",  "DOCUMENT",
        "ASSOCIATION", "POSITION",  "CONDITION", "EXCEPTION", "CAPACITY", "ADMIN",
    };
    return (unsigned)family < LB_FAMILIES ? names[family] : names[0];
}

static const struct {
    const char *name, *words;
} doubts[LB_DOUBTS] = {
#define LB_DOUBT(bit, name, words) [bit] = {#name, words},
#include "landbridge/client/doubts.def"
#undef LB_DOUBT
};

const char *lb_doubt_name(lb_doubt_code code)
{
    return (unsigned)code < LB_DOUBTS ? doubts[code].name : "UNKNOWN";
}

const char *lb_doubt_words(lb_doubt_code code)
{
    return (unsigned)code < LB_DOUBTS ? doubts[code].words : "something odd";
}
