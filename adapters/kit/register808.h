/* register808.h - 0x0100 of JT/T 808: which terminal is in which vehicle, in the editions of 2011, 2013 and 2019.
 * Used by the adapter road.jt808, and by the gate, which checks them against the list of terminals. */
#ifndef KIT_REGISTER808_H
#define KIT_REGISTER808_H

#include "frame808.h"

typedef struct lb_808_register {
    const char *version;     /* "2011", "2013", "2019" */
    uint16_t province, city; /* GB/T 2260 as numbers: 65, 100 is Urumqi */
    uint8_t colour;          /* of the plate; 0: none, and a VIN stands in its place */
    lb_span maker, model, terminal;
    lb_span plate; /* GBK, perhaps with NUL or blanks around it */
} lb_808_register;

/* False when the body is too short for any edition. */
bool lb_808_register_read(const lb_808_header *header, lb_span body, lb_808_register *reg);

#endif
