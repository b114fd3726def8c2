/* version.h - the version of the library and of the wire format. */
#ifndef LANDBRIDGE_CLIENT_VERSION_H
#define LANDBRIDGE_CLIENT_VERSION_H

#define LB_VERSION    "0.1.0"
#define LB_SCHEMA_REV 3 /* raised when proto/landbridge/v1 gains a field; see proto/README.md */

#endif
