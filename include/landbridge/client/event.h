/* event.h - one thing that happened, is planned or is expected: the plain struct.
 *
 * Adapters fill it in, the journal decodes to it, and clients get it from the stream. On the wire it is
 * CargoEvent (proto/landbridge/v1/event.proto), with the same field names; proto/wire/record.h converts.
 *
 *   text     lb_span, UTF-8, empty = unknown
 *   numbers  int64_t, LB_UNKNOWN = unknown (0 is a value like any other); the unit is in the name
 *   enums    0 = UNSPECIFIED = unknown
 *   lists    {at, count, room}, grown by the setters below, in the memory of the event's sink
 *
 * An event and its texts and lists live as long as the sink (or arena) that made it. One thread. */
#ifndef LANDBRIDGE_CLIENT_EVENT_H
#define LANDBRIDGE_CLIENT_EVENT_H

#include "landbridge/client/enums.h"
#include "landbridge/client/error.h"
#include "landbridge/client/span.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LB_UNKNOWN INT64_MIN

typedef enum lb_family {
    LB_FAMILY_UNSPECIFIED,
    LB_FAMILY_TRANSPORT,
    LB_FAMILY_EQUIPMENT,
    LB_FAMILY_CARGO,
    LB_FAMILY_CUSTOMS,
    LB_FAMILY_DOCUMENT,
    LB_FAMILY_ASSOCIATION,
    LB_FAMILY_POSITION,
    LB_FAMILY_CONDITION,
    LB_FAMILY_EXCEPTION,
    LB_FAMILY_CAPACITY,
    LB_FAMILY_ADMIN,
    LB_FAMILIES
} lb_family;

typedef enum lb_event_type {
    LB_EVENT_UNSPECIFIED = 0, /* read, but the code has no mapping: see `raw` */
#define LB_EVENT_TYPE(family, code, number, words) LB_EVENT_##code = number,
#include "landbridge/client/event_types.def"
#undef LB_EVENT_TYPE
} lb_event_type;

/* "DEPA"; "UNSPECIFIED" for 0 and unknown numbers */
const char *lb_event_type_code(lb_event_type type);
const char *lb_event_type_words(lb_event_type type); /* "departed" */
lb_family lb_event_type_family(lb_event_type type);
lb_event_type lb_event_type_from_code(lb_span code); /* LB_EVENT_UNSPECIFIED when unknown */

/* Names of the small enumerations, as in the .proto without their prefix: "ACTUAL", "RAIL", ... */
#define LB_ENUM_NAME(type, prefix)                                                    \
    const char *type##_name(type value); /* "UNSPECIFIED" for 0 and unknown values */ \
    bool type##_from_name(lb_span name, type *value);
LB_ENUMERATIONS(LB_ENUM_NAME)
#undef LB_ENUM_NAME
const char *lb_family_name(lb_family family);

/* Oddities of a message that do not prevent reading it. The number is the bit in
 * lb_event.quality_flags. */
typedef enum lb_doubt_code {
#define LB_DOUBT(bit, name, words) LB_DOUBT_##name = bit,
#include "landbridge/client/doubts.def"
#undef LB_DOUBT
    LB_DOUBTS
} lb_doubt_code;

const char *lb_doubt_name(lb_doubt_code code);  /* "CHECKDIGIT_FAILED" */
const char *lb_doubt_words(lb_doubt_code code); /* "the check digit is wrong" */
#define LB_FLAG(code) (INT64_C(1) << (code))

typedef struct lb_text_list {
    lb_span *at;
    size_t count, room;
} lb_text_list;

/* The status as its sender wrote it. Always kept beside the mapped type. */
typedef struct lb_raw_status {
    lb_span scheme; /* "REC24", "FSU", "TAF.RunningStatus", "JT808.0200", ... */
    lb_span code;
    lb_span text;
    lb_text_list reasons;
    lb_span agency; /* the owner of the code, as sent (EDIFACT 3055, ...) */
} lb_raw_status;

typedef struct lb_when {
    int64_t utc_us;     /* microseconds since 1970-01-01T00:00Z; LB_UNKNOWN when the zone is */
    int64_t offset_min; /* local time minus UTC */
    lb_tz tz;           /* where the zone comes from */
    lb_precision prec;
    lb_span local_text; /* as sent */
    int64_t until_us;   /* end, when an interval was stated */
} lb_when;

typedef struct lb_provenance {
    lb_span source_id; /* the feed that sent it */
    lb_span party;     /* the author of the message, as the message states it */
    lb_text_list via;
    lb_span format;         /* "FSU", "IFTSTA", "JT808", ... */
    lb_span format_version; /* "14", "D:00B", "2019", ... */
    lb_span profile;
    lb_span interchange_ref;
    lb_span message_ref;
    int64_t segment_no;
    /* of the message's bytes, for programs that pass events on; the hub itself finds the bytes
     * by number */
    lb_span raw_sha256;
    lb_span adapter; /* "air.fsu" */
    int64_t adapter_revision;
    bool test;
} lb_provenance;

typedef struct lb_object {
    lb_kind kind;
    lb_span id;     /* normalised: see ident.h */
    lb_span id_raw; /* as sent, when it differs */
    lb_scheme scheme;
    lb_check check;
    lb_role role;
    lb_span size_type; /* ISO 6346 size type, wagon type, plate colour, ... */
    int64_t milli_teu;
} lb_object;

typedef struct lb_object_list {
    lb_object *at;
    size_t count, room;
} lb_object_list;

typedef struct lb_reference {
    lb_scheme scheme;
    lb_span value;
    lb_span issuer;
    lb_span value_raw;
} lb_reference;

typedef struct lb_reference_list {
    lb_reference *at;
    size_t count, room;
} lb_reference_list;

/* child is in, on or part of parent: goods in a container, container on a wagon, wagon in a train. */
typedef struct lb_assoc {
    lb_object parent;
    lb_object child; /* kind UNSPECIFIED with DELETE: everything in the parent */
    lb_assoc_action action;
    bool closed_world; /* this event names all children of the parent; others have left */
    bool implied;      /* follows from the type of the event, was not stated */
    int64_t position;  /* of the wagon in the train, from 1 */
} lb_assoc;

typedef struct lb_assoc_list {
    lb_assoc *at;
    size_t count, room;
} lb_assoc_list;

typedef struct lb_place {
    lb_span locode;
    lb_span facility;
    lb_span facility_scheme;
    lb_span station;
    lb_span station_scheme; /* "TAF_PLC", "ESR6", "CN_TMIS", ... */
    lb_span iata;
    lb_span name;
    lb_span country; /* ISO 3166 alpha-2 */
    int64_t lat_e7;
    int64_t lon_e7;
    lb_facility ftype;
    lb_span sub; /* track, block, slot */
    lb_place_role role;
} lb_place;

typedef struct lb_movement {
    lb_span carrier;
    lb_span service;
    lb_span number;       /* train, flight, voyage, trip */
    lb_span service_date; /* date at the origin, "2026-03-12" */
    lb_span departure_id;
    int64_t call_seq;
    lb_place from;
    lb_place to;
    lb_stage stage;
} lb_movement;

typedef struct lb_quantity {
    int64_t pieces;
    int64_t pieces_total; /* of the whole consignment */
    bool partial;
    int64_t gross_g;
    int64_t volume_ml;
    int64_t milli_teu;
    int64_t units;
} lb_quantity;

typedef struct lb_condition {
    lb_fill fill;
    lb_text_list seals;
    lb_text_list damage;
    int64_t temperature_mc; /* milli degrees Celsius */
    int64_t mileage_m;
    int64_t fuel_ml;
} lb_condition;

typedef struct lb_exception {
    lb_span rule;  /* name of the alarm or rule */
    lb_span cause; /* cause code as sent */
    lb_span text;
    int64_t delay_s; /* positive = late */
} lb_exception;

typedef struct lb_geo_position {
    int64_t lat_e7; /* WGS-84, 1e-7 degrees, north and east positive */
    int64_t lon_e7;
    int64_t altitude_m;
    int64_t speed_dkmh; /* 0.1 km/h */
    int64_t course_deg; /* 0 = north, clockwise */
    int64_t satellites;
    bool last_known; /* not a fix of this moment */
} lb_geo_position;

typedef struct lb_capacity_line {
    lb_unit unit;
    lb_cap_state state;
    int64_t quantity; /* in a DELT event: the change */
} lb_capacity_line;

typedef struct lb_capacity_line_list {
    lb_capacity_line *at;
    size_t count, room;
} lb_capacity_line_list;

/* The statement of a CAPACITY event about one resource. A departure of a train or flight has the
 * id of its run ("X9023@2026-03-13", "CZ5417@2026-03-12"), so that compositions and bookings
 * refer to it. */
typedef struct lb_capacity_info {
    lb_resource_kind kind;
    lb_span id;
    lb_span name;
    lb_span holder;  /* the party for which it is held or booked */
    lb_span booking; /* the reference that RESV, CONF, RELE and USED have in common */
    lb_span reason;  /* of an outage or ban */
    lb_mode mode;
    lb_place from; /* its place, or that of departure */
    lb_place to;
    int64_t window_from_us; /* validity of a ban, an outage, a day of border acceptance */
    int64_t window_until_us;
    int64_t departs_us;
    int64_t arrives_us;
    int64_t cutoff_us;
    int64_t expires_us; /* of a hold */
    lb_capacity_line_list lines;
} lb_capacity_info;

/* One of several messages that make one list (Cargo-IMP FFM and FBL: CONT ... CONT, LAST). The
 * view ignores an event with a sheet until the whole list is there: sheets 1 to n, of which the
 * n-th is the last. */
typedef struct lb_sheet {
    lb_span list;   /* the name of the list within this source: "FBL|CZ5417@2026-03-12|PVG" */
    int64_t number; /* from 1 */
    bool is_last;
} lb_sheet;

/* The parts of an event that its sender's grants covered at reception; set by the hub, empty
 * when all of it is covered. The order of the bits is defined in event.proto;
 * broker/base/effect.h reads them. */
typedef struct lb_cover {
    lb_span party;  /* the sender, by the hub's list of parties */
    lb_span things; /* bit string, 1 = covered */
} lb_cover;

typedef struct lb_sink lb_sink;

typedef struct lb_event {
    lb_span event_id; /* 16 bytes, set by lb_event_finish: H(source, natural key, content) */
    int64_t hub_seq;  /* number in the journal: the only total order */
    lb_span source_event_key; /* natural key within the source: terms joined by '|' */
    int64_t revision;
    lb_correction correction; /* RETRACTS: source_event_key names the retracted event */
    int64_t hub_epoch;        /* of the journal that hub_seq is a number of (position.h) */
    lb_family family;
    lb_event_type type;
    lb_classifier classifier;
    lb_mode mode;
    lb_raw_status raw;
    lb_when occurred;
    int64_t reported_at_us; /* the sender's message or document time */
    int64_t received_at_us; /* at the hub's socket */
    int64_t recorded_at_us; /* commit */
    lb_provenance prov;
    lb_object_list objects;
    lb_reference_list refs;
    lb_assoc_list assoc;
    lb_movement movement;
    lb_place place;
    lb_place counter_place; /* the other end, if stated */
    lb_quantity qty;
    lb_condition cond;
    lb_exception exc;
    lb_geo_position pos;
    lb_capacity_info cap;
    lb_sheet sheet;
    lb_span remark;
    int64_t quality_flags;
    int64_t confidence; /* 0..100 */
    lb_cover cover;

    lb_sink *sink; /* the sink that owns the memory; not part of the event */
    size_t nth;    /* its index in the sink; not part of the event */
    lb_span said;  /* the bytes that lb_event_finish hashed; not part of the event */
} lb_event;

/* True when the sender's grants do not cover all of the event; what they do not cover is a
 * third-party report. */
bool lb_event_is_foreign(const lb_event *event);
/* First object of that role, or NULL. */
const lb_object *lb_event_find_object(const lb_event *event, lb_role role);

#ifdef __cplusplus
}
#endif

#endif
