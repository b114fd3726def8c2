/* ident.c - identifiers of freight transport: normal form, check digit, recognition by form.
 *
 *   ISO 6346   letters count A=10, B=12, ... leaving out 11, 22, 33; sum of value * 2^place; mod 11; 10 -> 0
 *   Luhn       from the right x2, x1, ...; digit sums; complement to 10     (wagons of 12 and 8 digits)
 *   AWB        serial of 7 digits mod 7
 *   GS1        weights 3, 1 from the right; complement to 10 */
#include "landbridge/client/ident.h"

#include <stdio.h>

#include "sink.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* -- check digits --------------------------------------------------------------------------------- */

static lb_check checked(bool is_right)
{
    return is_right ? LB_CHECK_OK : LB_CHECK_FAILED;
}

static int letter_value(char c)
{
    int value = 10 + (c - 'A');
    return value + (value > 10) + (value > 20) + (value > 30);
}

static lb_check check_iso6346(lb_span id)
{
    enum { LETTERS = 4, LENGTH = 11 };
    if (id.len == LENGTH - 1)
        return LB_CHECK_MISSING;
    if (id.len != LENGTH)
        return LB_CHECK_FAILED;
    int sum = 0;
    for (int i = 0; i < LENGTH - 1; i++) {
        char c = id.at[i];
        if (i < LETTERS ? !is_upper(c) : !is_digit(c))
            return LB_CHECK_FAILED;
        sum += (i < LETTERS ? letter_value(c) : c - '0') << i;
    }
    return checked(is_digit(id.at[LENGTH - 1]) && sum % 11 % 10 == id.at[LENGTH - 1] - '0');
}

static lb_check check_luhn(lb_span id, size_t length)
{
    if (id.len != length || !lb_span_all_digits(id))
        return LB_CHECK_FAILED;
    int sum = 0;
    for (size_t i = 0; i < length; i++) {
        int digit = id.at[length - 1 - i] - '0';
        int doubled = digit * 2;
        sum += i % 2 == 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
    }
    return checked(sum % 10 == 0);
}

static lb_check check_awb(lb_span id)
{
    enum { PREFIX = 4, SERIAL = 7, LENGTH = PREFIX + SERIAL + 1 };
    int64_t serial;
    if (id.len == LENGTH - 1)
        return LB_CHECK_MISSING;
    if (id.len != LENGTH || id.at[3] != '-' || !lb_span_all_digits(lb_span_first(id, 3)) ||
        !lb_span_number((lb_span){id.at + PREFIX, SERIAL}, &serial))
        return LB_CHECK_FAILED;
    return checked(serial % 7 == id.at[LENGTH - 1] - '0');
}

static lb_check check_gs1(lb_span id, size_t length)
{
    if (id.len != length || !lb_span_all_digits(id))
        return LB_CHECK_FAILED;
    int sum = 0;
    for (size_t i = 0; i < length; i++)
        sum += (id.at[length - 1 - i] - '0') * (i % 2 == 0 ? 1 : 3);
    return checked(sum % 10 == 0);
}

static lb_check check_vin(lb_span id)
{
    enum { LENGTH = 17, CHECK_AT = 8 };
    static const int weights[LENGTH] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
    static const char values[] = "12345678.12345.7.923456789"; /* A..Z; '.' does not occur */
    if (id.len != LENGTH)
        return LB_CHECK_FAILED;
    int sum = 0;
    for (int i = 0; i < LENGTH; i++) {
        char c = id.at[i];
        char value = is_digit(c) ? c : is_upper(c) ? values[c - 'A'] : '.';
        if (value == '.')
            return LB_CHECK_FAILED;
        sum += (value - '0') * weights[i];
    }
    return checked(id.at[CHECK_AT] == "0123456789X"[sum % 11]);
}

lb_check lb_ident_check(lb_scheme scheme, lb_span id)
{
    switch (scheme) {
    case LB_SCHEME_ISO6346:
    case LB_SCHEME_ILU:
        return check_iso6346(id);
    case LB_SCHEME_UIC12:
        return check_luhn(id, 12);
    case LB_SCHEME_OSJD8:
        return check_luhn(id, 8);
    case LB_SCHEME_AWB:
        return check_awb(id);
    case LB_SCHEME_SSCC:
        return check_gs1(id, 18);
    case LB_SCHEME_VIN:
        return check_vin(id);
    default:
        return LB_CHECK_NOT_APPLICABLE;
    }
}

/* -- normal forms --------------------------------------------------------------------------------- */

/* Upper case, without the characters of `drop`. Returns `raw` itself when nothing changes. */
static lb_span strip(lb_sink *sink, lb_span raw, const char *drop)
{
    bool is_normal = true;
    for (size_t i = 0; i < raw.len && is_normal; i++)
        is_normal = raw.at[i] == upper(raw.at[i]) && strchr(drop, raw.at[i]) == NULL;
    char *at = is_normal ? NULL : lb_sink_alloc(sink, raw.len);
    if (at == NULL)
        return raw;
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++)
        if (raw.at[i] == '\0' || strchr(drop, raw.at[i]) == NULL)
            at[len++] = upper(raw.at[i]);
    return len == 0 ? raw : (lb_span){at, len};
}

static lb_span normal_awb(lb_sink *sink, lb_span raw)
{
    lb_span bare = strip(sink, raw, " -");
    if ((bare.len != 11 && bare.len != 10) || !lb_span_all_digits(bare))
        return strip(sink, raw, " ");
    if (raw.len == bare.len + 1 && raw.at[3] == '-')
        return raw;
    return lb_sink_print(sink, "%.3s-%.*s", bare.at, (int)bare.len - 3, bare.at + 3);
}

/* Full-width letters and digits (U+FF01..U+FF5E) become ASCII; middle dots, hyphens and blanks go. */
static lb_span normal_plate(lb_sink *sink, lb_span raw)
{
    char *at = lb_sink_alloc(sink, raw.len == 0 ? 1 : raw.len);
    size_t len = 0;
    if (at == NULL)
        return raw;
    for (size_t i = 0; i < raw.len; i++) {
        const unsigned char *c = (const unsigned char *)raw.at + i;
        size_t left = raw.len - i;
        if (left >= 3 && c[0] == 0xef && (c[1] == 0xbc || c[1] == 0xbd)) {
            unsigned code =
                (unsigned)(c[1] & 0x3f) << 6 | (c[2] & 0x3fU); /* low 12 bits of U+FFxx */
            at[len++] = upper((char)(code - 0xf01 + '!'));
            i += 2;
        } else if (left >= 2 && c[0] == 0xc2 && c[1] == 0xb7) {
            i += 1; /* U+00B7 */
        } else if (left >= 3 && c[0] == 0xe2 && c[1] == 0x80 && (c[2] == 0xa2 || c[2] == 0xa7)) {
            i += 2; /* U+2022, U+2027 */
        } else if (strchr(" -.", raw.at[i]) == NULL || raw.at[i] == '\0') {
            at[len++] = upper(raw.at[i]);
        }
    }
    lb_span normal = {at, len};
    return len == 0 || lb_span_equal(normal, raw) ? raw : normal;
}

static lb_span without_zeros(lb_span digits)
{
    while (digits.len > 1 && digits.at[0] == '0')
        digits = lb_span_after(digits, 1);
    return digits;
}

/* "08173@2026-03-12" -> "8173@2026-03-12", "HU005@..." -> "HU5@...". A carrier has two characters. */
static lb_span normal_run(lb_sink *sink, lb_scheme scheme, lb_span raw)
{
    enum { CARRIER = 2 };
    lb_span rest = strip(sink, raw, " "), number;
    if (!lb_span_cut(&rest, '@', &number) || rest.len == 0)
        return strip(sink, raw, " ");
    lb_span carrier = LB_EMPTY, digits = number;
    if (scheme == LB_SCHEME_FLIGHT_DATE && number.len > CARRIER) {
        carrier = lb_span_first(number, CARRIER);
        digits = lb_span_after(number, CARRIER);
    } else if (!lb_span_all_digits(number)) {
        digits = LB_EMPTY;
        carrier = number;
    }
    lb_span bare = without_zeros(digits);
    if (bare.len == digits.len)
        return strip(sink, raw, " ");
    return lb_sink_print(sink, "%.*s%.*s@%.*s", LB_ARG(carrier), LB_ARG(bare), LB_ARG(rest));
}

/* An SMGS waybill of the 1520 railways is two Cyrillic letters and six digits. Latin letters of
 * the same shape are made Cyrillic; other numbers stay as they are. */
static lb_span normal_smgs(lb_sink *sink, lb_span raw)
{
    static const char latin[] = "ABEKMHOPCTXY";
    static const char *const cyrillic[] = {"\u0410", "\u0412", "\u0415", "\u041a",
                                           "\u041c", "\u041d", "\u041e", "\u0420",
                                           "\u0421", "\u0422", "\u0425", "\u0423"};
    lb_span bare = strip(sink, raw, " -./");
    char out[2 * 2 + 6];
    size_t len = 0, letters = 0, i = 0;
    while (i < bare.len && !is_digit(bare.at[i]) && letters < 2) {
        const char *twin = memchr(latin, bare.at[i], sizeof latin - 1);
        bool is_cyrillic = (unsigned char)bare.at[i] == 0xd0 && i + 1 < bare.len;
        if (twin == NULL && !is_cyrillic)
            return bare;
        memcpy(out + len, twin != NULL ? cyrillic[twin - latin] : bare.at + i, 2);
        len += 2;
        i += twin != NULL ? 1 : 2;
        letters++;
    }
    if (letters != 2 || bare.len - i != 6 || !lb_span_all_digits(lb_span_after(bare, i)))
        return bare;
    memcpy(out + len, bare.at + i, 6);
    return lb_sink_copy(sink, (lb_span){out, len + 6});
}

lb_span lb_ident_normalise(lb_sink *sink, lb_scheme scheme, lb_span raw)
{
    raw = lb_span_trim(raw);
    switch (scheme) {
    case LB_SCHEME_AWB:
        return normal_awb(sink, raw);
    case LB_SCHEME_PLATE:
        return normal_plate(sink, raw);
    case LB_SCHEME_SMGS:
        return normal_smgs(sink, raw);
    case LB_SCHEME_TRAIN_NO_DATE:
    case LB_SCHEME_FLIGHT_DATE:
        return normal_run(sink, scheme, raw);
    case LB_SCHEME_ADHOC:
    case LB_SCHEME_PO:
    case LB_SCHEME_TR_ID:
    case LB_SCHEME_UNSPECIFIED:
        return raw;
    case LB_SCHEME_TERMINAL:
        return lb_span_all_digits(raw) ? without_zeros(raw) : strip(sink, raw, " ");
    default:
        return strip(sink, raw, " -./");
    }
}

/* -- recognition by form ----------------------------------------------------------------------- */

/* A plate begins with the character of a province (3 bytes in UTF-8) and a letter. */
static bool is_plate(lb_span id)
{
    return id.len >= 9 && ((unsigned char)id.at[0] & 0xf0) == 0xe0 && is_upper(upper(id.at[3]));
}

static bool is_container(lb_span id)
{
    if (id.len != 11)
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (i < 4 ? !is_upper(id.at[i]) : !is_digit(id.at[i]))
            return false;
    return true;
}

static bool is_run(lb_span id, lb_kind *kind, lb_scheme *scheme)
{
    lb_span rest = id, number;
    if (!lb_span_cut(&rest, '@', &number) || rest.len != 10 || number.len < 2)
        return false;
    bool is_flight = number.len >= 5 && is_upper(number.at[0]) && is_upper(number.at[1]) &&
                     is_digit(number.at[2]);
    *kind = is_flight ? LB_KIND_FLIGHT : LB_KIND_TRAIN;
    *scheme = is_flight ? LB_SCHEME_FLIGHT_DATE : LB_SCHEME_TRAIN_NO_DATE;
    return true;
}

void lb_ident_guess(lb_span raw, lb_kind *kind, lb_scheme *scheme)
{
    char bare[24];
    lb_span id = {bare, 0};
    raw = lb_span_trim(raw);
    for (size_t i = 0; i < raw.len && id.len < sizeof bare; i++)
        if (raw.at[i] != ' ' && raw.at[i] != '-')
            bare[id.len++] = upper(raw.at[i]);
    bool is_awb = id.len == 11 && lb_span_all_digits(id) &&
                  (raw.len == 11 || raw.at[3] == '-' || raw.at[3] == ' ');

    if (is_run(raw, kind, scheme))
        return;
    *kind = LB_KIND_UNSPECIFIED;
    *scheme = LB_SCHEME_ADHOC;
    if (is_container(id))
        *kind = LB_KIND_CONTAINER, *scheme = LB_SCHEME_ISO6346;
    else if (id.len == 12 && lb_span_all_digits(id))
        *kind = LB_KIND_WAGON, *scheme = LB_SCHEME_UIC12;
    else if (id.len == 8 && lb_span_all_digits(id))
        *kind = LB_KIND_WAGON, *scheme = LB_SCHEME_OSJD8;
    else if (is_awb)
        *kind = LB_KIND_CONSIGNMENT, *scheme = LB_SCHEME_AWB;
    else if (is_plate(raw))
        *kind = LB_KIND_TRUCK, *scheme = LB_SCHEME_PLATE;
}

int64_t lb_ident_milli_teu(lb_span size_type)
{
    static const struct {
        char first;
        int milli_teu;
    } lengths[] = {
        {'1', 500},  {'2', 1000}, {'3', 1500},
        {'4', 2000}, {'9', 2250}, /* 9: the old numeric codes */
        {'L', 2250}, {'M', 2400}, {'P', 2650},
        {'B', 1200}, {'C', 1225},
    };
    if (size_type.len != 4)
        return LB_UNKNOWN;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        if (upper(size_type.at[0]) == lengths[i].first)
            return lengths[i].milli_teu;
    return LB_UNKNOWN;
}

/* -- names of objects --------------------------------------------------------------------------------- */

static const char *word_of(const lb_object *object)
{
    bool is_consignment = object->kind == LB_KIND_CONSIGNMENT || object->kind == LB_KIND_SHIPMENT;
    return is_consignment ? lb_scheme_name(object->scheme) : lb_kind_name(object->kind);
}

size_t lb_object_key_print(char *out, size_t room, const lb_object *object)
{
    const lb_span parts[] = {lb_span_of(word_of(object)), LB_SPAN(":"), object->id};
    size_t len = lb_span_join(out, room, parts, sizeof parts / sizeof parts[0]);
    for (char *c = out; *c != '\0' && *c != ':'; c++)
        *c = *c == '_' ? '-' : *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    return len;
}

lb_span lb_object_key(lb_sink *sink, const lb_object *object)
{
    char key[LB_KEY_ROOM];
    size_t len = lb_object_key_print(key, sizeof key, object);
    return lb_sink_copy(sink, (lb_span){key, len});
}
