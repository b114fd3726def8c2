/* epcis.h - what the files of hub.epcis share. */
#ifndef HUB_EPCIS_H
#define HUB_EPCIS_H

#include "landbridge/adapter/adapter.h"

/* The object of an EPC, given as URN ("urn:epc:id:sscc:0614141.1234567890") or GS1 Digital Link
 * ("https://id.gs1.org/00/106141412345678908"). Any other text becomes an object without a kind,
 * with the text as its id. */
void lb_epcis_object(lb_event *event, lb_object *object, lb_span epc);

/* A place: "urn:epc:id:sgln:...", "geo:43.8167,87.6", a Digital Link with 414, or a UN/LOCODE at
 * the end of a link. */
void lb_epcis_place(lb_event *event, lb_place *place, lb_span id);

#endif
