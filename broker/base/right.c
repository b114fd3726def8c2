/* right.c - validates rights as an operator gives them: well formed, and able to match anything. */
#include "base/right.h"

#include <stdio.h>
#include <strings.h>

#include "base/name.h"
#include "base/stamp.h"
#include "landbridge/adapter/adapter.h"

static bool complain(const char **why, const char *text)
{
    *why = text;
    return false;
}

static bool is_open_ended(lb_span value)
{
    return value.len > 0 && value.at[value.len - 1] == '*';
}

static lb_span without_star(lb_span value)
{
    return is_open_ended(value) ? lb_span_first(value, value.len - 1) : value;
}

/* -- formats --------------------------------------------------------------------------------------------- */

static bool is_format(lb_span value, const char **why)
{
    size_t count;
    const lb_adapter *const *adapters = lb_adapters(&count);
    lb_span head = without_star(value);

    for (size_t i = 0; i < count; i++)
        if (is_open_ended(value) ? strncmp(adapters[i]->name, head.at, head.len) == 0
                                 : lb_span_is(value, adapters[i]->name))
            return true;
    return complain(why, "no adapter has this name; landbridge inspect --help lists them");
}

/* -- keys of objects and references ------------------------------------------------------------------------ */

/* A key's word is an enum name in lower case, with '-' for '_'. */
static bool is_word_of(lb_span word, const char *name)
{
    if (word.len != strlen(name))
        return false;
    for (size_t i = 0; i < word.len; i++) {
        char small = name[i] == '_'                     ? '-'
                     : name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] - 'A' + 'a')
                                                        : name[i];
        if (word.at[i] != small)
            return false;
    }
    return true;
}

/* Consignments are named by the scheme of their number, everything else by its kind. */
static bool is_key_word(lb_span word)
{
    for (int i = 0; i <= LB_KIND_YARD; i++)
        if (i != LB_KIND_CONSIGNMENT && i != LB_KIND_SHIPMENT &&
            is_word_of(word, lb_kind_name((lb_kind)i)))
            return true;
    for (int i = 0; i <= LB_SCHEME_PARTY; i++)
        if (is_word_of(word, lb_scheme_name((lb_scheme)i)))
            return true;
    return false;
}

/* Kinds whose numbers are normalised to capitals without blanks and marks (lb_ident_normalise). */
static bool is_in_capitals(lb_span word)
{
    static const char *const words[] = {"container", "swapbody", "truck", "wagon", "uld",
                                        "bkg",       "bl",       "cim",   "cmr",   "hawb",
                                        "sscc",      "tir",      "vin"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (lb_span_is(word, words[i]))
            return true;
    return false;
}

static bool is_normal_number(lb_span id)
{
    for (size_t i = 0; i < id.len; i++)
        if ((id.at[i] >= 'a' && id.at[i] <= 'z') || memchr(" -./", id.at[i], 4) != NULL)
            return false;
    return true;
}

static bool is_normal_awb(lb_span id)
{
    for (size_t i = 0; i < id.len; i++)
        if (i == 3 ? id.at[i] != '-' : id.at[i] < '0' || id.at[i] > '9')
            return false;
    return id.len <= 12;
}

static bool is_key(lb_span value, bool is_for, const char **why)
{
    lb_span id = value, word;

    if (!lb_span_cut(&id, ':', &word) || id.len == 0)
        return complain(
            why, "an object is written as its kind, ':' and its number: container:LBKU2048176");
    if (is_for && (lb_span_is(word, "place") || lb_span_is(word, "resource")))
        return true;
    if (!is_key_word(word))
        return complain(why, "unknown kind: give the kind of an object (container, wagon, truck, "
                             "train, uld ...) or the scheme of a number (awb, bkg, smgs, party ...)"
                             " in lower case");
    if (lb_span_is(word, "awb") && !is_normal_awb(without_star(id)))
        return complain(why,
                        "an air waybill is three digits, '-' and eight digits: awb:784-30418264");
    if (is_in_capitals(word) && !is_normal_number(without_star(id)))
        return complain(why,
                        "this number is written in capitals, without blanks, '-', '.' and '/': "
                        "container:LBKU2048176");
    return true;
}

/* -- topics ----------------------------------------------------------------------------------------------- */

static const lb_event_type event_types[] = {
    LB_EVENT_UNSPECIFIED,
#define LB_EVENT_TYPE(family, code, number, words) LB_EVENT_##code,
#include "landbridge/client/event_types.def"
#undef LB_EVENT_TYPE
};
enum { EVENT_TYPES = sizeof event_types / sizeof event_types[0] };

/* Events have the topics e/mode/family/type/ in lower case (base/stamp.h). */
static bool begins_topic(lb_span head, lb_mode mode, lb_family family, lb_event_type type)
{
    char topic[LB_TOPIC_ROOM];
    int len = snprintf(topic, sizeof topic, "e/%s/%s/%s/", lb_mode_name(mode),
                       lb_family_name(family), lb_event_type_code(type));

    return len > 0 && head.len <= (size_t)len && strncasecmp(topic, head.at, head.len) == 0;
}

static bool is_topic(lb_span value, const char **why)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] == '*' || (value.at[i] >= 'A' && value.at[i] <= 'Z'))
            return complain(why, "a topic is given as the beginning of topics, in lower case and "
                                 "without '*': e/rail/");
    if (lb_span_is(value, "h"))
        return true;
    for (int mode = 0; mode <= LB_MODE_NOT_APPLICABLE; mode++)
        for (int family = 0; family < LB_FAMILIES; family++)
            for (size_t i = 0; i < EVENT_TYPES; i++)
                if (begins_topic(value, (lb_mode)mode, (lb_family)family, event_types[i]))
                    return true;
    return complain(why, "no topic starts with this: topics are e/mode/family/type/, "
                         "for instance e/rail/transport/depa/");
}

/* -- terminals -------------------------------------------------------------------------------------------- */

/* The gate strips leading zeros from a number (kit/frame808.h). */
static bool is_terminal(lb_span value, const char **why)
{
    lb_span number, plate = value;

    if (!lb_span_cut(&plate, '@', &number) || number.len == 0 || plate.len == 0)
        return complain(why,
                        "a terminal is written as its number, '@' and the plate of its vehicle");
    for (size_t i = 0; i < number.len; i++) {
        char c = number.at[i];
        if ((c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F'))
            return complain(why, "a terminal's number is digits");
    }
    if (number.at[0] == '0' && number.len > 1)
        return complain(why, "a terminal's number has no leading zeros here");
    if (is_open_ended(plate))
        return complain(why, "a terminal has one plate: '*' is no wildcard here");
    return true;
}

static bool is_source(lb_span value, const char **why)
{
    if (!lb_party_name_is_valid(value))
        return complain(why, "a source is 1 to 64 letters, digits, '.', '_' or '-'");
    if (lb_name_is_a_gates(value))
        return complain(why, "this source is reserved for a gate of the hub");
    return true;
}

/* -- rights ----------------------------------------------------------------------------------------------- */

bool lb_right_is_valid(lb_span text, const char **why)
{
    lb_right right;
    lb_span value;

    if (!lb_right_split(text, &right, &value))
        return complain(why, "a right is one of format, source, for, see, topic, network, "
                             "terminal, then ':' and a value");
    switch (right) {
    case LB_RIGHT_FORMAT:
        return is_format(value, why);
    case LB_RIGHT_SOURCE:
        return is_source(value, why);
    case LB_RIGHT_FOR:
    case LB_RIGHT_SEE:
        return is_key(value, right == LB_RIGHT_FOR, why);
    case LB_RIGHT_TOPIC:
        return is_topic(value, why);
    case LB_RIGHT_NETWORK:
        return lb_network_is_valid(value) || complain(why, "a network is 10.0.0.0/8 or fd00::/8");
    default:
        return is_terminal(value, why);
    }
}

/* The role that a right is for; without a row, all roles. An OPERATOR may have any: it changes nothing. */
static const struct {
    lb_right right;
    lb_party_role role;
    const char *why;
} only_for[] = {
    {LB_RIGHT_FORMAT, LB_PARTY_CARRIER,
     "format applies to the role CARRIER only: no other role sends"},
    {LB_RIGHT_SOURCE, LB_PARTY_CARRIER,
     "source applies to the role CARRIER only: no other role sends"},
    {LB_RIGHT_FOR, LB_PARTY_CARRIER, "for applies to the role CARRIER only; for a SHIPPER use see"},
    {LB_RIGHT_SEE, LB_PARTY_SHIPPER, "see applies to the role SHIPPER only; for a CARRIER use for"},
    {LB_RIGHT_TOPIC, LB_PARTY_INTEGRATOR,
     "topic applies to the role INTEGRATOR only: no other role subscribes"},
};

bool lb_right_fits(lb_span text, unsigned roles, const char **why)
{
    lb_right right;
    lb_span value;

    if (!lb_right_split(text, &right, &value))
        return false;
    for (size_t i = 0; i < sizeof only_for / sizeof only_for[0]; i++)
        if (only_for[i].right == right &&
            (roles & (1U << only_for[i].role | 1U << LB_PARTY_OPERATOR)) == 0)
            return complain(why, only_for[i].why);
    return true;
}
