/* record.h - plain structs <-> protobuf bytes <-> JSON, from one table per struct.
 *
 * Every message of proto/landbridge/v1 that is used here has a plain struct (event.h, answer.h, wire.h)
 * and a table in record.c that maps its members to the fields of the .proto. Packing, unpacking, JSON out
 * and in, and initialising to "unknown" are derived from it and from protobuf-c's descriptors. A field of
 * the .proto without a row, or the other way round, fails tests/unit/test_record.c.
 *
 * Generated protobuf headers are included by record.c only. */
#ifndef PROTO_RECORD_H
#define PROTO_RECORD_H

#include "arena.h"
#include "landbridge/client/answer.h"
#include "landbridge/client/event.h"
#include "utf8.h"
#include "wire.h"

typedef struct lb_record lb_record; /* the description of one struct type; constant */

#define LB_RECORDS(X)                                      \
    X(event, lb_event, CargoEvent)                         \
    X(cover, lb_cover, Cover)                              \
    X(report, lb_report, Report)                           \
    X(message, lb_message, Message)                        \
    X(submit, lb_submit, Submit)                           \
    X(receipts, lb_receipts, Receipts)                     \
    X(receipt, lb_receipt, Receipt)                        \
    X(position, lb_position, Position)                     \
    X(replay_request, lb_replay_request, ReplayRequest)    \
    X(replay_batch, lb_replay_batch, ReplayBatch)          \
    X(query, lb_query, Query)                              \
    X(answer, lb_answer, Answer)                           \
    X(track, lb_track, Track)                              \
    X(resource, lb_resource, Resource)                     \
    X(yard, lb_yard, Yard)                                 \
    X(feed, lb_feed, Feed)                                 \
    X(share, lb_share, Share)                              \
    X(quarantined, lb_quarantined, Quarantined)            \
    X(status, lb_status, Status)                           \
    X(lost, lb_lost, Lost)                                 \
    X(regained, lb_regained, Regained)                     \
    X(stream_record, lb_stream_record, StreamRecord)       \
    X(party, lb_party, Party)                              \
    X(audit_note, lb_audit_note, AuditNote)                \
    X(cover_change, lb_cover_change, CoverChange)          \
    X(entry, lb_entry, Entry)                              \
    X(block, lb_block, Block)                              \
    X(raw_block, lb_raw_block, RawBlock)                   \
    X(loss, lb_loss, Loss)                                 \
    X(milestone, lb_milestone, Milestone)                  \
    X(leg, lb_leg, Leg)                                    \
    X(stay, lb_stay, Stay)                                 \
    X(track_exception, lb_track_exception, TrackException) \
    X(omitted, lb_omitted, Omitted)                        \
    X(unit_figures, lb_unit_figures, UnitFigures)          \
    X(yard_item, lb_yard_item, YardItem)                   \
    X(party_key, lb_party_key, PartyKey)                   \
    X(unresolved, lb_unresolved, UnresolvedPlace)
#define LB_RECORD_DECLARE(name, type, message) extern const lb_record lb_record_##name;
LB_RECORDS(LB_RECORD_DECLARE)
#undef LB_RECORD_DECLARE

#define LB_RECORD_MAX_DEPTH \
    16 /* of nested messages; deeper is GARBLED, no recursion on input beyond */

/* Sets every member to "not known" (numbers LB_UNKNOWN, the rest zero), nested structs too. */
void lb_record_init(const lb_record *record, void *value);

/* Appends the wire form to memory of the arena. An empty nested struct is left out. */
lb_err lb_record_pack(const lb_record *record, const void *value, lb_arena *arena, lb_span *bytes);

/* The bytes of a finished event that was not changed since: those that were hashed for its
 * identity, followed by the fields that the hub adds. Fields may come in any order in protobuf,
 * so the event is not packed twice. */
lb_err lb_event_pack(const lb_event *event, lb_arena *arena, lb_span *bytes);

/* Reads wire bytes into *value (initialised first). Texts and bytes are copied into the arena,
 * so `bytes` may be freed. GARBLED: not protobuf, nested beyond the limit, or text that is not
 * UTF-8; a number that does not fit its enumeration is read as UNSPECIFIED. */
lb_err lb_record_unpack(const lb_record *record, lb_span bytes, lb_arena *arena, void *value);
/* The same, but texts and bytes point into `bytes`, which must live as long. */
lb_err lb_record_unpack_lent(const lb_record *record, lb_span bytes, lb_arena *arena, void *value);

/* The last text of this field at the top of a message, without reading the rest; it points into
 * `bytes`. Empty when it is absent, or the bytes are no message. */
lb_span lb_record_peek(lb_span bytes, uint32_t field);

/* JSON on one line, field names as in the .proto, members in its order, unknown ones left out; enums by
 * name without prefix, bytes in lower-case hex, times (*_us) as numbers. Grows `json` in the arena. */
lb_err lb_record_json(const lb_record *record, const void *value, lb_arena *arena, lb_span *json);

/* The canonical text of goldens and of inspect: one "path = value" a line, indented by two,
 * times as RFC 3339, members in the order of the .proto, unknown ones left out. Appends to *text
 * in the arena. */
lb_err lb_record_text(const lb_record *record, const void *value, lb_arena *arena, lb_span *text);

/* Calls `visit` for every text, with its path in the canonical text ("place.locode"). */
typedef void lb_text_visit(void *visitor, const char *path, lb_span text);
void lb_record_each_text(const lb_record *record, const void *value, lb_text_visit *visit,
                         void *visitor);

/* The reverse of lb_record_json (hub.report in JSON). Unknown names and wrong types are GARBLED;
 * `where` gets the path ("events[3].place.locode: not a text") and `offset` the byte, as far as
 * it is known. */
lb_err lb_record_from_json(const lb_record *record, lb_span json, lb_arena *arena, void *value,
                           lb_span *where, int64_t *offset);

#endif
