/* epcis_id.c - identifiers of GS1 in both their forms.
 *
 *     urn:epc:id:sscc:0614141.1234567890      prefix . extension digit and serial     -> 106141412345678908
 *     urn:epc:id:giai:4012345.333379300184    an asset; a wagon has its number there
 *     urn:epc:id:bic:LBKU2048176              a container
 *     https://id.gs1.org/00/106141412345678908    application identifier, value
 *
 * GS1 General Specifications, EPC Tag Data Standard 2.0 section 6; a URN has no check digit, so it is computed. */
#include "epcis.h"

#include "landbridge/client/ident.h"

enum { SSCC_DIGITS = 18, WAGON_DIGITS = 12 };

/* GS1 General Specifications 7.9: weights 3 and 1 from the right. */
static char check_digit(const char *digits, size_t count)
{
    int sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (digits[count - 1 - i] - '0') * (i % 2 == 0 ? 3 : 1);
    return (char)('0' + (10 - sum % 10) % 10);
}

static lb_span after_word(lb_span text, const char *word)
{
    return lb_span_starts(text, word) ? lb_span_after(text, strlen(word)) : LB_EMPTY;
}

/* "0614141.1234567890": the first digit behind the point is put before the prefix. */
static lb_span sscc_of(lb_sink *sink, lb_span parts)
{
    char digits[SSCC_DIGITS + 1];
    lb_span prefix = LB_EMPTY;
    if (!lb_span_cut(&parts, '.', &prefix) || prefix.len + parts.len != SSCC_DIGITS - 1 ||
        parts.len < 2 || !lb_span_all_digits(prefix) || !lb_span_all_digits(parts))
        return LB_EMPTY;
    digits[0] = parts.at[0];
    memcpy(digits + 1, prefix.at, prefix.len);
    memcpy(digits + 1 + prefix.len, parts.at + 1, parts.len - 1);
    digits[SSCC_DIGITS - 1] = check_digit(digits, SSCC_DIGITS - 1);
    return lb_sink_copy(sink, (lb_span){digits, SSCC_DIGITS});
}

/* An asset whose reference ends in a wagon's number is that wagon. */
static void take_asset(lb_event *event, lb_object *object, lb_span asset)
{
    lb_span digits =
        asset.len >= WAGON_DIGITS ? lb_span_after(asset, asset.len - WAGON_DIGITS) : LB_EMPTY;
    if (lb_span_all_digits(digits) && lb_ident_check(LB_SCHEME_UIC12, digits) == LB_CHECK_OK)
        lb_ident_object(event, object, LB_KIND_WAGON, LB_SCHEME_UIC12, digits);
    else
        lb_ident_object(event, object, LB_KIND_UNSPECIFIED, LB_SCHEME_GIAI, asset);
}

static bool take_urn(lb_event *event, lb_object *object, lb_span epc)
{
    lb_span value = after_word(epc, "urn:epc:id:sscc:");
    if (value.len > 0) {
        lb_span sscc = sscc_of(event->sink, value);
        lb_ident_object(event, object, LB_KIND_PALLET, LB_SCHEME_SSCC, sscc.len > 0 ? sscc : value);
        return true;
    }
    value = after_word(epc, "urn:epc:id:bic:");
    if (value.len > 0) {
        lb_ident_object(event, object, LB_KIND_CONTAINER, LB_SCHEME_ISO6346, value);
        return true;
    }
    value = after_word(epc, "urn:epc:id:giai:");
    if (value.len > 0) {
        take_asset(event, object, value);
        return true;
    }
    value = after_word(epc, "urn:epc:id:grai:");
    if (value.len > 0)
        lb_ident_object(event, object, LB_KIND_PALLET, LB_SCHEME_GRAI, value);
    else if ((value = after_word(epc, "urn:epc:id:sgtin:")).len > 0)
        lb_ident_object(event, object, LB_KIND_PIECE, LB_SCHEME_ADHOC, value);
    return value.len > 0;
}

/* The value of an application identifier in the path of a link, up to the next '/', '?' or '#'. */
static lb_span link_value(lb_span link, const char *identifier)
{
    const char *found = memmem(link.at, link.len, identifier, strlen(identifier));
    if (found == NULL)
        return LB_EMPTY;
    lb_span value = lb_span_between(found + strlen(identifier), link.at + link.len);
    size_t len = 0;
    while (len < value.len && value.at[len] != '/' && value.at[len] != '?' && value.at[len] != '#')
        len++;
    return lb_span_first(value, len);
}

static bool take_link(lb_event *event, lb_object *object, lb_span epc)
{
    lb_span value;
    if (!lb_span_starts(epc, "http://") && !lb_span_starts(epc, "https://"))
        return false;
    if ((value = link_value(epc, "/8004/")).len > 0)
        take_asset(event, object, value);
    else if ((value = link_value(epc, "/8003/")).len > 0)
        lb_ident_object(event, object, LB_KIND_PALLET, LB_SCHEME_GRAI, value);
    else if ((value = link_value(epc, "/00/")).len > 0)
        lb_ident_object(event, object, LB_KIND_PALLET, LB_SCHEME_SSCC, value);
    else if ((value = link_value(epc, "/21/")).len > 0)
        lb_ident_object(event, object, LB_KIND_PIECE, LB_SCHEME_ADHOC, value);
    return value.len > 0;
}

void lb_epcis_object(lb_event *event, lb_object *object, lb_span epc)
{
    if (!take_urn(event, object, epc) && !take_link(event, object, epc))
        lb_ident_object(event, object, LB_KIND_UNSPECIFIED, LB_SCHEME_ADHOC, epc);
}

void lb_epcis_place(lb_event *event, lb_place *place, lb_span id)
{
    lb_span geo = after_word(id, "geo:"), lat;
    if (geo.len > 0) {
        bool is_read = lb_span_cut(&geo, ',', &lat) && lb_span_decimal(lat, 7, &place->lat_e7);
        lb_span lon = LB_EMPTY;
        if (!is_read || !lb_span_cut(&geo, ';', &lon) || !lb_span_decimal(lon, 7, &place->lon_e7))
            lb_doubt(event->sink, event, id, LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    lb_span sgln = after_word(id, "urn:epc:id:sgln:"), gln = link_value(id, "/414/");
    place->facility = sgln.len > 0 ? sgln : gln.len > 0 ? gln : id;
    place->facility_scheme = sgln.len > 0  ? LB_SPAN("SGLN")
                             : gln.len > 0 ? LB_SPAN("GLN")
                                           : LB_SPAN("URI");
}
