/* answer.h - questions to the hub and its answers, as plain structs.
 *
 * Twins of the messages of proto/landbridge/v1/wire.proto, field for field the same names; the same
 * conventions as event.h: empty span, LB_UNKNOWN and 0 of an enumeration mean "not known", and an
 * unknown capacity is never 0. Places and objects are named by their keys (place.h, ident.h). */
#ifndef LANDBRIDGE_CLIENT_ANSWER_H
#define LANDBRIDGE_CLIENT_ANSWER_H

#include "landbridge/client/event.h"

typedef struct lb_need {
    lb_unit unit;
    int64_t quantity;
} lb_need;

typedef struct lb_need_list {
    lb_need *at;
    size_t count, room;
} lb_need_list;

/* LB_ASKS(X): X(name, number) */
#define LB_ASKS(X)                                                                              \
    X(UNSPECIFIED, 0)                                                                           \
    X(TRACK, 1)                                                                                 \
    X(FIND_SPACE, 2)                                                                            \
    X(CAPACITY, 3)                                                                              \
    X(YARD, 4)                                                                                  \
    X(DEPARTURES, 5)                                                                            \
    X(FEEDS, 6)                                                                                 \
    X(QUARANTINE_LIST, 7)                                                                       \
    X(QUARANTINE_SHOW, 8)                                                                       \
    X(STATUS, 9)                                                                                \
    X(DUMP, 10) /* every track and resource, in canonical text; for tests and comparisons */    \
    X(QUARANTINE_RELEASE, 20)                                                                   \
    X(QUARANTINE_DROP, 21)                                                                      \
    X(VERIFY, 22)                                                                               \
    X(REBUILD, 23)                                                                              \
    X(BACKUP, 24)                                                                               \
    X(REGAINED, 25)                                                                             \
    X(SALVAGE, 26)                                                                              \
    X(PARTY_LIST, 30)                                                                           \
    X(PARTY_ADD, 31)      /* name, roles, rights, perhaps a key                            */   \
    X(PARTY_ROTATE, 32)   /* a new key beside the old one, which ends at before_us         */   \
    X(PARTY_REVOKE, 33)   /* one key, or without one the party with all of its keys        */   \
    X(PARTY_GRANT, 34)    /* rights more                                                   */   \
    X(PARTY_WITHDRAW, 35) /* rights less                                                   */   \
    X(AUDIT_LIST, 40)     /* of party.name or all, after_us to before_us, from after_number */  \
    X(AUDIT_VERIFY, 41)                                                                         \
    X(OVER_BUDGET, 51) /* inside the hub only: a question of party.name was too dear         */ \
    X(COVER, 50) /* of party.name, of source `reference`, from after_number or after_us on     */
typedef enum lb_ask {
#define X(name, number) LB_ASK_##name = number,
    LB_ASKS(X)
#undef X
} lb_ask;
const char *lb_ask_name(lb_ask ask); /* "QUARANTINE_LIST" */

typedef struct lb_party_key {
    lb_span key; /* CURVE public key, 40 characters of Z85 */
    int64_t added_us;
    int64_t ends_us; /* absent: until it is rotated or revoked */
} lb_party_key;

typedef struct lb_party_key_list {
    lb_party_key *at;
    size_t count, room;
} lb_party_key_list;

/* The parties that the hub knows, and what they may: broker/README.md describes roles and rights. */
typedef struct lb_party {
    lb_span name;
    lb_text_list roles;  /* "CARRIER", "SHIPPER", "OPERATOR", "INTEGRATOR", "AUDITOR" */
    lb_text_list rights; /* "format:air.*", "for:awb:784-*", "see:bkg:BK7001", ...    */
    lb_party_key_list keys;
    int64_t messages_per_s; /* absent: what the hub's configuration says */
    int64_t bytes_per_s;
    int64_t questions_per_s;
    int64_t added_us;
} lb_party;

typedef struct lb_party_list {
    lb_party *at;
    size_t count, room;
} lb_party_list;

/* One line of the record of who did what; `check` is a hash over it and the check before. */
typedef struct lb_audit_note {
    int64_t number;
    int64_t at_us;
    lb_span party;
    lb_span action;  /* "ASK_TRACK", "SEND", "FOLLOW", "CONNECT", "PARTY_REVOKE", ... */
    lb_span about;   /* the reference, the source, the party                         */
    lb_span outcome; /* "OK", "DENIED", "NOT_FOUND", ...                             */
    int64_t times;   /* the same, one after the other, within a moment               */
    lb_span check;
} lb_audit_note;

typedef struct lb_audit_note_list {
    lb_audit_note *at;
    size_t count, room;
} lb_audit_note_list;

/* -- holes -------------------------------------------------------------------------------------- */

typedef enum lb_entry_kind {                           /* of a row of the journal */
                             LB_ENTRY_UNSPECIFIED = 0, /* a message */
                             LB_ENTRY_MESSAGE = 1,
                             LB_ENTRY_LOST =
                                 2, /* its numbers were given out, and what had them is gone          */
                             LB_ENTRY_SKIPPED =
                                 3, /* its numbers were reserved, and nobody is known to have had them */
} lb_entry_kind;

typedef struct lb_regained { /* messages of a hole that were kept again under other numbers */
    int64_t lost_seq;        /* the first of their old numbers */
    int64_t events;
    int64_t seq; /* the first of their new ones */
} lb_regained;

typedef struct lb_regained_list {
    lb_regained *at;
    size_t count, room;
} lb_regained_list;

typedef struct lb_lost { /* numbers without events: a hole in the journal that was found and told */
    lb_entry_kind kind;  /* LOST or SKIPPED */
    int64_t from_seq, to_seq;
    int64_t since_us; /* when the last event before the hole was recorded */
    int64_t found_us;
    int64_t known_seq; /* the highest number in it that was certainly given out */
    int64_t messages;  /* how many messages are gone */
    lb_span text;      /* what was found */
    lb_span set_aside; /* the folder inside the data folder with the files as they were found */
    lb_regained_list regained;
    int64_t from_block; /* inside the journal: the first turn that is missing */
} lb_lost;

typedef struct lb_lost_list {
    lb_lost *at;
    size_t count, room;
} lb_lost_list;

typedef struct lb_query {
    int64_t schema_rev;
    int64_t correlation;
    lb_ask ask;
    int64_t at_least_seq; /* read your own write: the view must have come so far */
    int64_t now_us;       /* "now" for exceptions by clock; absent: the hub's clock */
    lb_span reference;    /* track: any reference; capacity: a resource */
    lb_span from;         /* places, as people write them */
    lb_span to;
    int64_t after_us;
    int64_t before_us;
    lb_need_list need;
    bool all_cycles;
    int64_t quarantine_id;
    lb_span format; /* quarantine release: read with this adapter */
    lb_span path;   /* backup: folder on the hub's machine */
    int64_t limit;
    lb_party party;
    int64_t after_number;
    lb_regained_list regained; /* REGAINED: what was lost and is kept again */
    bool with_reports;         /* third parties' reports too */
    lb_span page; /* the page behind Answer.next_page; everything else is as it was asked first */
} lb_query;

typedef struct lb_loss {
    lb_classifier classifier;
    int64_t occurred_us;
    lb_span source;
    int64_t seq;
} lb_loss;

typedef struct lb_loss_list {
    lb_loss *at;
    size_t count, room;
} lb_loss_list;

typedef struct lb_milestone {
    lb_event_type type;
    lb_classifier classifier;
    int64_t occurred_us;
    int64_t offset_min;
    lb_precision prec;
    lb_span place;
    lb_span place_name;
    lb_span object; /* key of the object that the event is about */
    lb_mode mode;
    lb_span source;
    lb_span party;
    lb_span raw_scheme;
    lb_span raw_code;
    lb_span raw_text;
    int64_t quality_flags;
    int64_t confidence;
    int64_t seq;
    int64_t pieces;
    int64_t pieces_total;
    lb_loss_list losers; /* other claims about the same milestone */
} lb_milestone;

typedef struct lb_milestone_list {
    lb_milestone *at;
    size_t count, room;
} lb_milestone_list;

typedef struct lb_times {
    int64_t planned_us;
    int64_t estimated_us;
    int64_t actual_us;
} lb_times;

typedef struct lb_leg {
    lb_mode mode;
    lb_span conveyance; /* object key */
    lb_span from;
    lb_span from_name;
    lb_span to;
    lb_span to_name;
    lb_times departure;
    lb_times arrival;
    lb_span units; /* what carried it on the way: container, wagon, ULD; object keys by blanks */
} lb_leg;

typedef struct lb_leg_list {
    lb_leg *at;
    size_t count, room;
} lb_leg_list;

typedef struct lb_stay {
    lb_span parent;
    lb_span child;
    int64_t from_us;
    int64_t until_us; /* absent: still so */
    lb_span source;
} lb_stay;

typedef struct lb_stay_list {
    lb_stay *at;
    size_t count, room;
} lb_stay_list;

typedef struct lb_track_exception {
    lb_event_type type;
    lb_span rule;
    lb_span text;
    int64_t since_us;
    int64_t until_us;
    lb_span object;
    lb_span source;
} lb_track_exception;

typedef struct lb_track_exception_list {
    lb_track_exception *at;
    size_t count, room;
} lb_track_exception_list;

typedef struct lb_omitted { /* reports of one party that are not shown */
    lb_span party;
    int64_t count;
} lb_omitted;

typedef struct lb_omitted_list {
    lb_omitted *at;
    size_t count, room;
} lb_omitted_list;

typedef struct lb_track {
    lb_span object; /* key */
    lb_span asked;
    lb_span status; /* AT_ORIGIN, ON_RAIL, ... */
    lb_span last_place;
    lb_span last_place_name;
    lb_event_type last_type;
    int64_t last_occurred_us;
    int64_t last_heard_us;
    lb_span last_source;
    int64_t lat_e7;
    int64_t lon_e7;
    int64_t position_us;
    lb_span position_object;
    int64_t eta_us;
    lb_span eta_place;
    lb_fill fill;
    lb_text_list seals;
    lb_reference_list refs;
    lb_leg_list legs;
    lb_milestone_list milestones;
    lb_stay_list stays;
    lb_track_exception_list exceptions;
    int64_t pieces;
    int64_t pieces_total;
    int64_t cycle; /* number of this use of the equipment, from 1 */
    int64_t cycles;
    lb_text_list carries;      /* of a conveyance: what is in it now */
    lb_milestone_list reports; /* with_reports: what third parties say of it; moves nothing */
    lb_omitted_list omitted;   /* and how many more of each */
} lb_track;

typedef struct lb_track_list {
    lb_track *at;
    size_t count, room;
} lb_track_list;

typedef struct lb_unit_figures {
    lb_unit unit;
    int64_t nominal;
    int64_t effective;
    int64_t held;
    int64_t booked;
    int64_t used;
    int64_t free;
    int64_t waitlisted;
    int64_t as_of_us;
    lb_span source;
} lb_unit_figures;

typedef struct lb_unit_figures_list {
    lb_unit_figures *at;
    size_t count, room;
} lb_unit_figures_list;

typedef struct lb_resource {
    lb_span id;
    lb_resource_kind kind;
    lb_span name;
    lb_mode mode;
    lb_span from;
    lb_span from_name;
    lb_span to;
    lb_span to_name;
    lb_times departure;
    lb_times arrival;
    int64_t cutoff_us;
    int64_t window_from_us;
    int64_t window_until_us;
    lb_span reason;
    lb_unit_figures_list units;
    bool fits;         /* find-space: every unit that is needed is free */
    lb_span binding;   /* the unit that does not fit, or is unknown, or the ban */
    lb_text_list load; /* object keys on board */
    lb_text_list bans; /* ids of the bans that hit it */
} lb_resource;

typedef struct lb_resource_list {
    lb_resource *at;
    size_t count, room;
} lb_resource_list;

typedef struct lb_yard_item {
    lb_span object;
    lb_span place;
    lb_span block;
    int64_t since_us;
    int64_t milli_teu;
    lb_fill fill;
    lb_span source;
} lb_yard_item;

typedef struct lb_yard_item_list {
    lb_yard_item *at;
    size_t count, room;
} lb_yard_item_list;

typedef struct lb_yard {
    lb_span place;
    lb_span place_name;
    int64_t containers;
    int64_t milli_teu;
    int64_t unknown_size;
    lb_resource_list blocks;
    lb_yard_item_list items;
    int64_t as_of_us;
} lb_yard;

typedef struct lb_unresolved { /* a place that is in no table */
    lb_span place;             /* as sent */
    int64_t count;
} lb_unresolved;

typedef struct lb_unresolved_list {
    lb_unresolved *at;
    size_t count, room;
} lb_unresolved_list;

typedef struct lb_feed {
    lb_span source;
    int64_t messages;
    int64_t events;
    int64_t duplicates;
    int64_t refused;
    int64_t doubts;
    int64_t quarantined; /* still waiting */
    int64_t first_heard_us;
    int64_t last_heard_us;
    int64_t usual_gap_us;
    bool silent;
    lb_span formats;
    lb_unresolved_list unresolved; /* the most frequent ones */
} lb_feed;

typedef struct lb_feed_list {
    lb_feed *at;
    size_t count, room;
} lb_feed_list;

typedef struct lb_share { /* what one party fills of the hub, and how much it may */
    lb_span owner;        /* a party, "local" for what needs no key, or a gate */
    int64_t sources;      /* with a kept message */
    int64_t sources_max;
    int64_t unheard;     /* sources without a kept message; 64 stands for 64 and more */
    int64_t refused;     /* of those, and of what was turned away as a whole */
    int64_t refused_us;  /* the last time */
    lb_span error;       /* the last one */
    int64_t quarantined; /* still waiting */
    int64_t quarantined_max;
    int64_t quarantined_bytes;
    int64_t quarantined_bytes_max;
} lb_share;

typedef struct lb_share_list {
    lb_share *at;
    size_t count, room;
} lb_share_list;

typedef struct lb_quarantined {
    int64_t id;
    lb_span source;
    int64_t received_us;
    lb_span format;
    lb_span error;
    int64_t offset;
    lb_span text;
    int64_t size;
    lb_span state; /* WAITING, RELEASED, DROPPED */
    lb_span body;  /* only with show */
} lb_quarantined;

typedef struct lb_quarantined_list {
    lb_quarantined *at;
    size_t count, room;
} lb_quarantined_list;

typedef struct lb_status {
    lb_span version;
    int64_t head_seq;
    int64_t view_seq;
    int64_t messages;
    int64_t quarantined;
    int64_t journal_bytes;
    int64_t view_bytes;
    int64_t started_us;
    int64_t objects;
    lb_text_list endpoints;
    lb_span text;
    lb_lost_list lost; /* all holes of the journal, the newest first, 100 at most */
} lb_status;

typedef enum lb_result {
    LB_RESULT_UNSPECIFIED = 0,
    LB_RESULT_KEPT = 1,      /* on disk */
    LB_RESULT_DUPLICATE = 2, /* was on disk already */
    LB_RESULT_REFUSED = 3,   /* kept in quarantine when quarantine_id is set */
    LB_RESULT_FAILED = 4,    /* the hub could not: nothing was promised, see next_step */
} lb_result;

const char *lb_result_name(lb_result result); /* "KEPT" */

typedef struct lb_receipt {
    lb_result result;
    lb_span message_id;
    int64_t first_seq; /* of its events; absent when it has none */
    int64_t events;
    int64_t doubts;
    lb_span error;     /* "CUT_SHORT" */
    lb_span next_step; /* "SENDER_FIX" */
    int64_t offset;    /* of the byte that is wrong */
    lb_span text;
    int64_t quarantine_id;
    lb_span answer;   /* the carrier's own receipt, when its format has one */
    int64_t retry_ms; /* over a limit: not before so many milliseconds */
} lb_receipt;

typedef struct lb_receipt_list {
    lb_receipt *at;
    size_t count, room;
} lb_receipt_list;

/* An effect of an event that was kept in one way and would be kept in the other by today's grants. */
typedef struct lb_cover_change {
    int64_t seq;
    lb_span source;
    lb_span party;
    lb_span effect; /* "STORY", "WITHIN", ...: broker/base/effect.h      */
    lb_span thing;  /* key of an object or reference, "resource:ID"     */
    lb_span kept;   /* "FACT" or "REPORT"                                */
    lb_span now;
} lb_cover_change;

typedef struct lb_cover_change_list {
    lb_cover_change *at;
    size_t count, room;
} lb_cover_change_list;

typedef struct lb_answer {
    int64_t correlation;
    lb_span error; /* absent: fine */
    lb_span text;
    int64_t as_of_seq;
    int64_t as_of_us;
    lb_track_list tracks;
    lb_resource_list resources;
    lb_yard yard;
    lb_feed_list feeds;
    lb_quarantined_list quarantine;
    lb_status status;
    lb_span dump;
    lb_receipt receipt;
    lb_party_list parties;
    lb_audit_note_list notes;
    int64_t retry_ms; /* over a limit: not before so many milliseconds */
    lb_share_list shares;
    lb_cover_change_list cover_changes;
    int64_t next_number; /* there is more: ask again from here on */
    lb_span page;      /* a part of the bytes of a long answer; lb_client_ask puts them together */
    lb_span next_page; /* for Query.page; empty: the last */
} lb_answer;

#endif
