/* xfsu.h - one status of a Cargo-XML message while it is written as an FSU line. Private to adapters/air/xfsu*.c.
 *
 *     xfsu.c         the message, its consignments, what a status has beside its line
 *     xfsu_line.c    the line: "RCF/CZ5417/12MAR2148/URC/P15K507.5" */
#ifndef AIR_XFSU_H
#define AIR_XFSU_H

#include "fsu.h"
#include "landbridge/client/time.h"
#include "xml.h"

enum { LB_XFSU_LINE_ROOM = 512 };

typedef struct lb_xfsu { /* one AssociatedStatusConsignment */
    lb_fsu *fsu;
    lb_span code;
    const lb_xml_node *node;   /* itself                   */
    const lb_xml_node *flight; /* its movement; may be NULL */
    lb_span at, from, to;      /* airports                 */
    lb_span unknown_place;     /* a location code that is no airport of the table */
    char line[LB_XFSU_LINE_ROOM];
    size_t len;
} lb_xfsu;

typedef struct lb_xfsu_moment {
    lb_civil civil;
    bool is_there, has_time;
    char kind; /* S, E, A */
} lb_xfsu_moment;

/* Finds the airports and writes the line. */
void lb_xfsu_write(lb_xfsu *status);
/* When the status itself happened, in local time of the airport. */
lb_xfsu_moment lb_xfsu_own_time(lb_xfsu *status, lb_span airport);

#endif
