/* json_write.h - writes JSON into a reply; commas are added automatically. */
#ifndef KIT_JSON_WRITE_H
#define KIT_JSON_WRITE_H

#include "landbridge/adapter/adapter.h"

typedef struct lb_json_out {
    lb_reply *reply;
    bool needs_comma;
} lb_json_out;

/* `name` is NULL inside an array and for the outermost. A member with an empty text is left out. */
void lb_json_open(lb_json_out *out, const char *name, char bracket);     /* '{' or '[' */
void lb_json_close(lb_json_out *out, char bracket);                      /* '}' or ']' */
void lb_json_put(lb_json_out *out, const char *name, lb_span text);      /* a string */
void lb_json_put_raw(lb_json_out *out, const char *name, lb_span value); /* a number, true, null */

#endif
