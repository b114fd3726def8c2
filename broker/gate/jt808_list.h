/* jt808_list.h - the list of terminals, from the rights "terminal:13912345678@新A12345" of parties,
 * with the networks that each party's terminals may connect from.
 *
 * JT/T 808 has no keys. A terminal is identified by the number in its header, the plate that it
 * registers with, its address, and later the code that it was given. Belongs to the gate's
 * thread. */
#ifndef GATE_JT808_LIST_H
#define GATE_JT808_LIST_H

#include "frame808.h"
#include "landbridge/client/error.h"

typedef struct lb_808_list lb_808_list;

/* party_path NULL: there is no list, and any terminal is accepted. */
lb_err lb_808_list_open(lb_808_list **list, const char *party_path);
void lb_808_list_close(lb_808_list **list);

/* Reads the list again if rights have changed. Returns its revision: results are valid as long as
 * it stays the same. */
int64_t lb_808_list_look(lb_808_list *list);
/* True when this terminal may connect from this address. */
bool lb_808_list_has(const lb_808_list *list, const char *terminal, const char *address);
/* True when it may also register with this plate (in GBK, as sent). */
bool lb_808_list_has_in(const lb_808_list *list, const char *terminal, lb_span plate,
                        const char *address);
bool lb_808_list_is_strict(const lb_808_list *list); /* there is a list: terminals must be on it */

#endif
