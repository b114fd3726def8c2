/* utf8.c - whether bytes are UTF-8. */
#include "utf8.h"

/* Length of the UTF-8 sequence at `at` by RFC 3629 (no surrogates, nothing above U+10FFFF, shortest form);
 * 0 when it is none. */
static size_t sequence_length(const unsigned char *at, size_t left)
{
    unsigned char a = at[0];
    if (a < 0x80)
        return 1;
    if (a >= 0xc2 && a <= 0xdf)
        return left >= 2 && (at[1] & 0xc0) == 0x80 ? 2 : 0;
    if ((a & 0xf0) == 0xe0) {
        unsigned char low = a == 0xe0 ? 0xa0 : 0x80, high = a == 0xed ? 0x9f : 0xbf;
        return left >= 3 && at[1] >= low && at[1] <= high && (at[2] & 0xc0) == 0x80 ? 3 : 0;
    }
    if (a >= 0xf0 && a <= 0xf4) {
        unsigned char low = a == 0xf0 ? 0x90 : 0x80, high = a == 0xf4 ? 0x8f : 0xbf;
        return left >= 4 && at[1] >= low && at[1] <= high && (at[2] & 0xc0) == 0x80 &&
                       (at[3] & 0xc0) == 0x80
                   ? 4
                   : 0;
    }
    return 0;
}

size_t lb_utf8_length(lb_span text)
{
    return text.len == 0 ? 0 : sequence_length((const unsigned char *)text.at, text.len);
}

bool lb_utf8_is_valid(lb_span text)
{
    for (size_t i = 0; i < text.len;) {
        if ((unsigned char)text.at[i] < 0x80 && text.at[i] != '\0') {
            i++;
            continue;
        }
        size_t len = text.at[i] == '\0'
                         ? 0
                         : sequence_length((const unsigned char *)text.at + i, text.len - i);
        if (len == 0)
            return false;
        i += len;
    }
    return true;
}
