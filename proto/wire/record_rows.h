/* record_rows.h - the description of one struct, shared by record_wire.c and record_text.c (JSON, text). */
#ifndef PROTO_RECORD_ROWS_H
#define PROTO_RECORD_ROWS_H

#include <stdatomic.h>

#include <protobuf-c/protobuf-c.h>

#include "record.h"

typedef enum lb_field_kind {
    FIELD_TEXT,
    FIELD_BYTES,
    FIELD_INT,   /* 64 bits on the wire */
    FIELD_INT32, /* 32 bits on the wire */
    FIELD_ENUM,
    FIELD_BOOL,
    FIELD_NEST,  /* another struct, inline; all of it unknown = absent */
    FIELD_TEXTS, /* lb_text_list of text */
    FIELD_BLOBS, /* lb_text_list of bytes */
    FIELD_ENUMS, /* list of an enumeration */
    FIELD_LIST,  /* list of structs */
} lb_field_kind;

typedef struct lb_row {
    const char *name;
    lb_field_kind kind;
    size_t ours; /* offset in the plain struct */
    const lb_record *nested;
    const ProtobufCEnumDescriptor *names;
    const char *prefix; /* of the names: "EVENT_TYPE_" */
} lb_row;

typedef struct lb_unknown {
    _Atomic(void *) image;
} lb_unknown;

struct lb_record {
    const char *name;
    size_t size;
    const lb_row *rows; /* row i is descriptor->fields[i] */
    size_t count;
    const ProtobufCMessageDescriptor *descriptor;
    lb_unknown *unknown; /* its image: lb_record_init */
};

typedef struct lb_any_list { /* the common layout of all lists */
    void *at;
    size_t count, room;
} lb_any_list;

bool lb_record_is_unknown(const lb_record *record, const void *value);
/* A quick test: true when the struct is as lb_record_init left it, so it is unknown. False:
 * undecided. */
bool lb_record_is_untouched(const lb_record *record, const void *value);

#endif
