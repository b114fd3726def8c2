/* enums.h - every enumeration except the event types, each written once.
 * Member 0 is always UNSPECIFIED (unknown).
 *
 * Numbers are stored in the journal and repeated in proto/landbridge/v1/common.proto: members are only added. */
#ifndef LANDBRIDGE_CLIENT_ENUMS_H
#define LANDBRIDGE_CLIENT_ENUMS_H

#include "landbridge/client/error.h"

/* clang-format off */
/* how certain the event is */
#define LB_CLASSIFIER_MEMBERS(M) \
    M(CLASSIFIER, REQUESTED, 1) M(CLASSIFIER, PLANNED, 2) M(CLASSIFIER, ESTIMATED, 3) \
    M(CLASSIFIER, EXPECTED, 4) M(CLASSIFIER, ACTUAL, 5)

/* UN/ECE Recommendation 19 */
#define LB_MODE_MEMBERS(M) \
    M(MODE, MARITIME, 1) M(MODE, RAIL, 2) M(MODE, ROAD, 3) M(MODE, AIR, 4) \
    M(MODE, MAIL, 5) M(MODE, MULTIMODAL, 6) M(MODE, FIXED, 7) M(MODE, INLAND_WATER, 8) \
    M(MODE, NOT_APPLICABLE, 9)

/* where the zone of a time comes from */
#define LB_TZ_MEMBERS(M) \
    M(TZ, EXPLICIT, 1) M(TZ, SENDER_PROFILE, 2) M(TZ, LOCATION, 3) M(TZ, ASSUMED_UTC, 4) \
    M(TZ, ASSUMED_UTC8, 5)

/* how exact the time is */
#define LB_PRECISION_MEMBERS(M) \
    M(PRECISION, SECOND, 1) M(PRECISION, MINUTE, 2) M(PRECISION, HOUR, 3) \
    M(PRECISION, DAY, 4) M(PRECISION, UNKNOWN, 5)

/* kind of an object */
#define LB_KIND_MEMBERS(M) \
    M(KIND, CONTAINER, 1) M(KIND, SWAPBODY, 2) M(KIND, TRAILER, 3) M(KIND, CHASSIS, 4) \
    M(KIND, TRUCK, 5) M(KIND, WAGON, 6) M(KIND, LOCO, 7) M(KIND, TRAIN, 8) \
    M(KIND, AIRCRAFT, 9) M(KIND, FLIGHT, 10) M(KIND, ULD, 11) M(KIND, PALLET, 12) \
    M(KIND, PIECE, 13) M(KIND, CONSIGNMENT, 14) M(KIND, SHIPMENT, 15) M(KIND, SEAL, 16) \
    M(KIND, DEVICE, 17) M(KIND, PERSON, 18) M(KIND, YARD, 19)

/* the issuer of an identifier */
#define LB_SCHEME_MEMBERS(M) \
    M(SCHEME, ISO6346, 1) M(SCHEME, ILU, 2) M(SCHEME, UIC12, 3) M(SCHEME, OSJD8, 4) \
    M(SCHEME, CN7, 5) M(SCHEME, PLATE, 6) M(SCHEME, VIN, 7) M(SCHEME, AWB, 8) \
    M(SCHEME, HAWB, 9) M(SCHEME, ULD, 10) M(SCHEME, SSCC, 11) M(SCHEME, GRAI, 12) \
    M(SCHEME, GIAI, 13) M(SCHEME, TRAIN_NO_DATE, 14) M(SCHEME, FLIGHT_DATE, 15) \
    M(SCHEME, SMGS, 16) M(SCHEME, CIM, 17) M(SCHEME, CIM_SMGS, 18) M(SCHEME, CMR, 19) \
    M(SCHEME, TIR, 20) M(SCHEME, BKG, 21) M(SCHEME, BL, 22) M(SCHEME, UCR, 23) \
    M(SCHEME, PO, 24) M(SCHEME, ADHOC, 25) M(SCHEME, TERMINAL, 26) M(SCHEME, TR_ID, 27) \
    M(SCHEME, MRN, 28) M(SCHEME, PARTY, 29)

/* state of a check digit */
#define LB_CHECK_MEMBERS(M) \
    M(CHECK, NOT_APPLICABLE, 1) M(CHECK, OK, 2) M(CHECK, FAILED, 3) \
    M(CHECK, CORRECTABLE, 4) M(CHECK, MISSING, 5)

/* the role of an object in an event */
#define LB_ROLE_MEMBERS(M) \
    M(ROLE, SUBJECT, 1) M(ROLE, MEANS, 2) M(ROLE, UNIT, 3) M(ROLE, DEVICE, 4) \
    M(ROLE, DRIVER, 5) M(ROLE, OTHER, 6)

/* EPCIS 2.0 section 7.4.2 */
#define LB_ASSOC_MEMBERS(M) \
    M(ASSOC, ADD, 1) M(ASSOC, DELETE, 2) M(ASSOC, OBSERVE, 3)

/* DCSA facility types, widened */
#define LB_FACILITY_MEMBERS(M) \
    M(FACILITY, BORD, 1) M(FACILITY, CLOC, 2) M(FACILITY, COFS, 3) M(FACILITY, COYA, 4) \
    M(FACILITY, OFFD, 5) M(FACILITY, DEPO, 6) M(FACILITY, INTE, 7) M(FACILITY, POTE, 8) \
    M(FACILITY, RAMP, 9) M(FACILITY, WAYP, 10) M(FACILITY, AIRT, 11) \
    M(FACILITY, RSTN, 12) M(FACILITY, YARD, 13) M(FACILITY, BRDR, 14) \
    M(FACILITY, LPOR, 15)

/* the role of a place in an event */
#define LB_PLACE_ROLE_MEMBERS(M) \
    M(PLACE_ROLE, AT, 1) M(PLACE_ROLE, FROM, 2) M(PLACE_ROLE, TO, 3) \
    M(PLACE_ROLE, PICKUP, 4) M(PLACE_ROLE, DELIVERY, 5) M(PLACE_ROLE, BORDER, 6) \
    M(PLACE_ROLE, TRANSFER, 7)

/* stage of the transport, EDIFACT 8051 */
#define LB_STAGE_MEMBERS(M) \
    M(STAGE, PRE, 1) M(STAGE, MAIN, 2) M(STAGE, ON, 3) M(STAGE, BORDER, 4)

/* what the event does to an earlier one of the same natural key */
#define LB_CORRECTION_MEMBERS(M) \
    M(CORRECTION, NONE, 1) M(CORRECTION, OVERRIDES, 2) M(CORRECTION, RETRACTS, 3)

/* how full, EDIFACT 8169 */
#define LB_FILL_MEMBERS(M) \
    M(FILL, EMPTY, 1) M(FILL, LADEN, 2) M(FILL, QUARTER_FREE, 3) M(FILL, HALF_FREE, 4) \
    M(FILL, THREE_QUARTERS_FREE, 5) M(FILL, NO_VOLUME, 6)

/* kind of a capacity resource */
#define LB_RESOURCE_MEMBERS(M) \
    M(RESOURCE, DEPARTURE, 1) M(RESOURCE, PATH, 2) M(RESOURCE, WAGON_SET, 3) \
    M(RESOURCE, FLIGHT_LEG, 4) M(RESOURCE, TRUCK_LANE, 5) M(RESOURCE, YARD_BLOCK, 6) \
    M(RESOURCE, REEFER_PLUG, 7) M(RESOURCE, GATE_WINDOW, 8) M(RESOURCE, CRANE_WINDOW, 9) \
    M(RESOURCE, TRACK_WINDOW, 10) M(RESOURCE, CUSTOMS_BAY, 11) \
    M(RESOURCE, GAUGE_BREAK, 12) M(RESOURCE, BORDER, 13) M(RESOURCE, BAN, 14) \
    M(RESOURCE, TRUCK_POOL, 15)

/* unit of a capacity (MILLI_TEU = 1/1000 TEU) */
#define LB_UNIT_MEMBERS(M) \
    M(UNIT, MILLI_TEU, 1) M(UNIT, WAGON, 2) M(UNIT, KG, 3) M(UNIT, LITRE, 4) M(UNIT, UNIT, 5) \
    M(UNIT, PALLET, 6) M(UNIT, ULD_UPPER, 7) M(UNIT, ULD_LOWER, 8) M(UNIT, MOVE, 9) \
    M(UNIT, TRUCK, 10) M(UNIT, TRAIN, 11) M(UNIT, SLOT, 12)

/* column of the ledger */
#define LB_CAP_MEMBERS(M) \
    M(CAP, NOMINAL, 1) M(CAP, EFFECTIVE, 2) M(CAP, HELD, 3) M(CAP, BOOKED, 4) \
    M(CAP, USED, 5) M(CAP, FREE, 6) M(CAP, WAITLISTED, 7) M(CAP, RELEASED, 8)

/* where a cargo is, in one word */
#define LB_CARGO_STATUS_MEMBERS(M) \
    M(CARGO_STATUS, UNKNOWN, 1) M(CARGO_STATUS, BOOKED, 2) M(CARGO_STATUS, CANCELLED, 3) \
    M(CARGO_STATUS, AT_ORIGIN, 4) M(CARGO_STATUS, ON_ROAD, 5) M(CARGO_STATUS, ON_RAIL, 6) \
    M(CARGO_STATUS, IN_AIR, 7) M(CARGO_STATUS, UNDER_WAY, 8) M(CARGO_STATUS, IN_TERMINAL, 9) \
    M(CARGO_STATUS, AT_BORDER, 10) M(CARGO_STATUS, CUSTOMS_HOLD, 11) M(CARGO_STATUS, AVAILABLE, 12) \
    M(CARGO_STATUS, DELIVERED, 13)

/* what became of a message in quarantine */
#define LB_QUARANTINE_MEMBERS(M) \
    M(QUARANTINE, WAITING, 1) M(QUARANTINE, RELEASED, 2) M(QUARANTINE, DROPPED, 3)

/* how an effect counts: as a fact, or as a third party's report */
#define LB_COVERAGE_MEMBERS(M) \
    M(COVERAGE, FACT, 1) M(COVERAGE, REPORT, 2)

/* what binds a departure that has no room */
#define LB_BINDING_MEMBERS(M) \
    M(BINDING, BAN, 1) M(BINDING, CUT_OFF, 2) M(BINDING, LEFT, 3) M(BINDING, UNIT_UNKNOWN, 4) \
    M(BINDING, UNIT_SHORT, 5) M(BINDING, CANCELLED, 6)

/* what a party is */
#define LB_PARTY_MEMBERS(M) \
    M(PARTY, CARRIER, 1) M(PARTY, SHIPPER, 2) M(PARTY, OPERATOR, 3) M(PARTY, INTEGRATOR, 4) \
    M(PARTY, AUDITOR, 5)

/* a fact that an event would make */
#define LB_EFFECT_MEMBERS(M) \
    M(EFFECT, STORY, 1) M(EFFECT, POSITION, 2) M(EFFECT, CALL, 3) M(EFFECT, YARD, 4) \
    M(EFFECT, WITHIN, 5) M(EFFECT, CONTENT, 6) M(EFFECT, LIST, 7) M(EFFECT, LINK, 8) \
    M(EFFECT, CAPACITY, 9) M(EFFECT, SHEET, 10) M(EFFECT, RETRACT, 11)

/* an entry of the audit log: what was done */
#define LB_ACTION_MEMBERS(M) \
    M(ACTION, CONNECT, 1) M(ACTION, SEND, 2) M(ACTION, FOLLOW, 3) M(ACTION, REPLAY, 4) \
    M(ACTION, ASK, 5) M(ACTION, CHANGE, 6) M(ACTION, REFUSED_MORE, 7) M(ACTION, NOTES_LOST, 8)

/* what was wrong with the files when the hub was started */
#define LB_FINDING_MEMBERS(M) \
    M(FINDING, MARK_MISSING, 1) M(FINDING, MARK_DAMAGED, 2) M(FINDING, MARK_OLDER, 3) \
    M(FINDING, JOURNAL_UNREADABLE, 4) M(FINDING, JOURNAL_SHORT, 5) M(FINDING, WAL_REPLACED, 6) \
    M(FINDING, WAL_SHORT, 7) M(FINDING, VIEW_AHEAD, 8) M(FINDING, KEYS_AHEAD, 9) \
    M(FINDING, TABLES_UNREADABLE, 10)

/* how it ended: OK, or an error of error.h */
#define LB_OUTCOME_MEMBERS(M) LB_ERROR_ROWS(LB_OUTCOME_ROW, M)
#define LB_OUTCOME_ROW(M, name, number, next_step, text) M(OUTCOME, name, number)

/* clang-format on */

/* LB_ENUMERATIONS(X): X(type, PREFIX) for each of them. */
#define LB_ENUMERATIONS(X)             \
    X(lb_classifier, CLASSIFIER)       \
    X(lb_mode, MODE)                   \
    X(lb_tz, TZ)                       \
    X(lb_precision, PRECISION)         \
    X(lb_kind, KIND)                   \
    X(lb_scheme, SCHEME)               \
    X(lb_check, CHECK)                 \
    X(lb_role, ROLE)                   \
    X(lb_assoc_action, ASSOC)          \
    X(lb_facility, FACILITY)           \
    X(lb_place_role, PLACE_ROLE)       \
    X(lb_stage, STAGE)                 \
    X(lb_correction, CORRECTION)       \
    X(lb_fill, FILL)                   \
    X(lb_resource_kind, RESOURCE)      \
    X(lb_unit, UNIT)                   \
    X(lb_cap_state, CAP)               \
    X(lb_cargo_status, CARGO_STATUS)   \
    X(lb_quarantine_state, QUARANTINE) \
    X(lb_coverage, COVERAGE)           \
    X(lb_binding, BINDING)             \
    X(lb_party_role, PARTY)            \
    X(lb_effect_kind, EFFECT)          \
    X(lb_audit_action, ACTION)         \
    X(lb_outcome, OUTCOME)             \
    X(lb_start_finding, FINDING)

#define LB_ENUM_MEMBER(prefix, name, number) LB_##prefix##_##name = number,
#define LB_ENUM_TYPE(type, prefix) \
    typedef enum type { LB_##prefix##_UNSPECIFIED = 0, LB_##prefix##_MEMBERS(LB_ENUM_MEMBER) } type;
LB_ENUMERATIONS(LB_ENUM_TYPE)
#undef LB_ENUM_TYPE
#undef LB_ENUM_MEMBER

#endif
