/* position.c - positions as text.
 *
 *     "P" base64url( hub epoch number ordinal  hub epoch number ordinal ...  check )
 *
 * Each number as a varint of protobuf; 0 for a hub or an epoch that is not said. The check is the first 4 bytes of BLAKE2b
 * over what stands before it: it finds a token that was cut off or mistyped, and is no secret. The same position always has
 * the same text. Another form would begin with another letter. */
#include "landbridge/client/position.h"

#include <sodium.h>
#include <stdio.h>

#include "landbridge/client/event.h"

enum {
    VARINT_BYTES = 9, /* of 63 bits */
    NUMBERS = 4,
    CHECK_BYTES = 4,
    BYTES_MAX = LB_POSITION_ENTRIES * NUMBERS * VARINT_BYTES + CHECK_BYTES,
    VARIANT = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
};
#define LETTER 'P'

lb_position_entry lb_position_plain(int64_t number)
{
    return (lb_position_entry){LB_UNKNOWN, LB_UNKNOWN, number, 0};
}

static int64_t or_zero(int64_t number)
{
    return number == LB_UNKNOWN ? 0 : number;
}

static int64_t or_unknown(int64_t number)
{
    return number == 0 ? LB_UNKNOWN : number;
}

static void put_check(uint8_t *bytes, size_t len, uint8_t check[CHECK_BYTES])
{
    uint8_t hash[crypto_generichash_BYTES];

    crypto_generichash(hash, sizeof hash, bytes, len, NULL, 0);
    memcpy(check, hash, CHECK_BYTES);
}

/* -- out ------------------------------------------------------------------------------------------------ */

static size_t put_number(uint8_t *out, int64_t number)
{
    uint64_t value = (uint64_t)number;
    size_t len = 0;

    for (; value >= 0x80; value >>= 7)
        out[len++] = (uint8_t)(value | 0x80);
    out[len++] = (uint8_t)value;
    return len;
}

/* 0: a number that no position has. */
static size_t put_entry(uint8_t *out, const lb_position_entry *one)
{
    const int64_t numbers[NUMBERS] = {or_zero(one->hub), or_zero(one->epoch), one->number,
                                      or_zero(one->ordinal)};
    size_t len = 0;

    for (size_t i = 0; i < NUMBERS; i++) {
        if (numbers[i] < 0)
            return 0;
        len += put_number(out + len, numbers[i]);
    }
    return len;
}

static bool is_plain(const lb_position *position)
{
    const lb_position_entry *one = position->entries.at;

    return position->entries.count == 1 && one->hub == LB_UNKNOWN && one->epoch == LB_UNKNOWN &&
           or_zero(one->ordinal) == 0;
}

size_t lb_position_print(char out[LB_POSITION_ROOM], const lb_position *position)
{
    const lb_position_entry_list *entries = &position->entries;
    uint8_t bytes[BYTES_MAX];
    size_t len = 0;

    out[0] = '\0';
    if (entries->count == 0 || entries->count > LB_POSITION_ENTRIES)
        return 0;
    for (size_t i = 0; i < entries->count; i++) {
        size_t added = put_entry(bytes + len, &entries->at[i]);
        if (added == 0)
            return 0;
        len += added;
    }
    if (is_plain(position))
        return (size_t)snprintf(out, LB_POSITION_ROOM, "%lld", (long long)entries->at[0].number);
    put_check(bytes, len, bytes + len);
    out[0] = LETTER;
    sodium_bin2base64(out + 1, LB_POSITION_ROOM - 1, bytes, len + CHECK_BYTES, VARIANT);
    return strlen(out);
}

/* -- in ------------------------------------------------------------------------------------------------- */

static bool get_number(const uint8_t **at, const uint8_t *end, int64_t *number)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < VARINT_BYTES && *at < end; i++) {
        uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        *number = (int64_t)value;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static bool get_entry(const uint8_t **at, const uint8_t *end, lb_position_entry *one)
{
    int64_t numbers[NUMBERS];

    for (size_t i = 0; i < NUMBERS; i++)
        if (!get_number(at, end, &numbers[i]))
            return false;
    *one =
        (lb_position_entry){or_unknown(numbers[0]), or_unknown(numbers[1]), numbers[2], numbers[3]};
    return numbers[0] <= LB_HUB_ID_MAX;
}

static bool is_check_good(uint8_t *bytes, size_t len)
{
    uint8_t check[CHECK_BYTES];

    put_check(bytes, len, check);
    return memcmp(check, bytes + len, CHECK_BYTES) == 0;
}

static lb_err refuse(const char **why, const char *text)
{
    if (why != NULL)
        *why = text;
    return LB_ERR_GARBLED;
}

static lb_err read_token(lb_span token, lb_position_entry *entries, size_t *count, const char **why)
{
    uint8_t bytes[BYTES_MAX];
    size_t len;

    if (sodium_base642bin(bytes, sizeof bytes, token.at, token.len, NULL, &len, NULL, VARIANT) !=
            0 ||
        len <= CHECK_BYTES || !is_check_good(bytes, len - CHECK_BYTES))
        return refuse(why, "this position is damaged: a letter of it is wrong or missing");
    const uint8_t *at = bytes, *end = bytes + len - CHECK_BYTES;
    for (*count = 0; at < end; (*count)++)
        if (*count == LB_POSITION_ENTRIES || !get_entry(&at, end, &entries[*count]))
            return refuse(why, "this position is of a form that is not known here");
    return LB_OK;
}

/* One text for one position: what would be printed otherwise was not made by a hub. */
static bool is_as_printed(const lb_position *position, lb_span text)
{
    char again[LB_POSITION_ROOM];

    lb_position_print(again, position);
    return lb_span_is(text, again);
}

lb_err lb_position_read(lb_span text, lb_position_entry entries[LB_POSITION_ENTRIES],
                        lb_position *position, const char **why)
{
    size_t count = 1;
    int64_t number;

    if (lb_span_number(text, &number)) {
        entries[0] = lb_position_plain(number);
    } else if (text.len == 0 || text.at[0] != LETTER) {
        return refuse(why, "this is no position: neither a number nor a token that a hub gave");
    } else {
        lb_err err = read_token(lb_span_after(text, 1), entries, &count, why);
        const lb_position read = {{entries, count, LB_POSITION_ENTRIES}};
        if (err != LB_OK)
            return err;
        if (!is_as_printed(&read, text))
            return refuse(why, "this position is of a form that is not known here");
    }
    *position = (lb_position){{entries, count, LB_POSITION_ENTRIES}};
    return LB_OK;
}

size_t lb_hub_id_print(char out[LB_HUB_ID_ROOM], int64_t hub)
{
    return (size_t)snprintf(out, LB_HUB_ID_ROOM, "%014llx", (unsigned long long)or_zero(hub));
}
