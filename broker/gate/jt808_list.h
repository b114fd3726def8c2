/* jt808_list.h - terminals and the parties that they belong to: rights "terminal:13912345678@新A12345", from the party's
 * networks only.
 *
 * JT/T 808 has no keys. A terminal is known by the number in its header, the plate that it registers with, its address,
 * and later the code that it was given. Belongs to the gate's thread. */
#ifndef GATE_JT808_LIST_H
#define GATE_JT808_LIST_H

#include "frame808.h"
#include "landbridge/client/error.h"

typedef struct lb_808_list lb_808_list;

/* party_path NULL: nothing is listed, and any terminal is accepted. */
lb_err lb_808_list_open(lb_808_list **list, const char *party_path);
void lb_808_list_close(lb_808_list **list);

/* Reads the list again when rights have changed. Returns its revision; while that is the same, so are all answers. */
int64_t lb_808_list_look(lb_808_list *list);
/* May this terminal connect from there? */
bool lb_808_list_has(const lb_808_list *list, const char *terminal, const char *address);
/* May it register with this plate (GBK, as sent)? */
bool lb_808_list_has_in(const lb_808_list *list, const char *terminal, lb_span plate,
                        const char *address);
bool lb_808_list_is_strict(const lb_808_list *list); /* terminals must be listed */

#endif
