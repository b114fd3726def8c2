/* utf8.h - whether bytes are UTF-8 by RFC 3629: no surrogates, nothing above U+10FFFF, shortest form, no NUL. */
#ifndef PROTO_UTF8_H
#define PROTO_UTF8_H

#include "landbridge/client/span.h"

bool lb_utf8_is_valid(lb_span text);
size_t lb_utf8_length(lb_span text); /* bytes of its first character; 0: none, or no UTF-8 */

#endif
