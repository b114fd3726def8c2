/* readers.h - the EDIFACT messages that the hub reads.
 *
 * One interchange may hold several kinds; the adapter that gets it reads them all. */
#ifndef HUB_READERS_H
#define HUB_READERS_H

#include "edi.h"

lb_verdict lb_iftsta_read(const lb_edi_message *message);
lb_verdict lb_codeco_read(const lb_edi_message *message); /* COARRI too */

static const lb_edi_kind lb_hub_kinds[] = {
    {"IFTSTA", lb_iftsta_read},
    {"CODECO", lb_codeco_read},
    {"COARRI", lb_codeco_read},
    {NULL, NULL},
};

#endif
