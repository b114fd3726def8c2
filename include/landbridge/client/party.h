/* party.h - the parties that the hub knows, what they may, and what they did. */
#ifndef LANDBRIDGE_CLIENT_PARTY_H
#define LANDBRIDGE_CLIENT_PARTY_H

#include "landbridge/client/ask.h"
#include "landbridge/client/event.h"
#include "landbridge/client/position.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lb_party_key {
    lb_span key; /* CURVE public key, 40 characters of Z85 */
    int64_t added_us;
    int64_t ends_us; /* absent: until it is rotated or revoked */
} lb_party_key;

typedef struct lb_party_key_list {
    lb_party_key *at;
    size_t count, room;
} lb_party_key_list;

typedef struct lb_party_role_list {
    lb_party_role *at;
    size_t count, room;
} lb_party_role_list;

/* The parties that the hub knows, and what they may: broker/README.md describes roles and rights. */
typedef struct lb_party {
    lb_span name;
    lb_party_role_list roles;
    lb_text_list rights; /* "format:air.*", "for:awb:784-*", "see:bkg:BK7001", ... */
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
    lb_audit_action action;
    lb_span about; /* the reference, the source, the party */
    lb_outcome outcome;
    int64_t times; /* the same, one after the other, within a moment */
    lb_span check;
    lb_span gate; /* that spoke on behalf of the party; empty: it came by itself */
    lb_ask ask;   /* of ASK and CHANGE: which question; UNSPECIFIED: one that was not looked at */
} lb_audit_note;

/* The action in one word: "SEND", "ASK_TRACK", of a change the name of the question, "PARTY_ADD". NUL-terminated; its
 * length. */
enum { LB_AUDIT_WORD_ROOM = 40 };
size_t lb_audit_print_word(char out[LB_AUDIT_WORD_ROOM], const lb_audit_note *note);

typedef struct lb_audit_note_list {
    lb_audit_note *at;
    size_t count, room;
} lb_audit_note_list;

typedef struct lb_party_list_query { /* PARTY_LIST */
    lb_span name;                    /* absent: all */
} lb_party_list_query;

typedef struct lb_party_rotate_query { /* PARTY_ROTATE */
    lb_span name;
    lb_span key;          /* the new one, 40 characters of Z85 */
    int64_t old_until_us; /* when the keys of now end; absent: now */
} lb_party_rotate_query;

typedef struct lb_party_revoke_query { /* PARTY_REVOKE */
    lb_span name;
    lb_span key; /* absent: the party with all of its keys */
} lb_party_revoke_query;

typedef struct lb_party_rights_query { /* PARTY_GRANT, PARTY_WITHDRAW */
    lb_span name;
    lb_text_list rights;
} lb_party_rights_query;

typedef struct lb_parties_answer { /* PARTY_LIST, and what a change made */
    lb_party_list parties;
} lb_parties_answer;

typedef struct lb_audit_list_query { /* AUDIT_LIST */
    lb_span party;                   /* absent: all */
    int64_t after_us;
    int64_t before_us;
    int64_t from_number; /* absent: the newest ones */
    int64_t limit;
} lb_audit_list_query;

typedef struct lb_audit_answer { /* AUDIT_LIST */
    lb_audit_note_list notes;
} lb_audit_answer;

/* An effect of an event that was kept in one way and would be kept in the other by today's grants. */
typedef struct lb_cover_change {
    int64_t seq;
    lb_span source;
    lb_span party;
    lb_effect_kind effect;
    lb_span thing;    /* key of an object or reference, "resource:ID" */
    lb_coverage kept; /* at the moment of receipt */
    lb_coverage now;
} lb_cover_change;

typedef struct lb_cover_change_list {
    lb_cover_change *at;
    size_t count, room;
} lb_cover_change_list;

typedef struct lb_cover_query { /* COVER */
    lb_span party;              /* absent: all */
    lb_span source;             /* absent: all */
    lb_position from;           /* as lb_cover_answer.next said, or */
    int64_t after_us;           /* the time from which on */
    int64_t limit;              /* of changes */
} lb_cover_query;

typedef struct lb_cover_answer { /* COVER */
    lb_cover_change_list changes;
    lb_position next; /* there is more: ask again from here on */
} lb_cover_answer;

typedef struct lb_over_budget_query { /* OVER_BUDGET */
    lb_span party;
} lb_over_budget_query;

#ifdef __cplusplus
}
#endif

#endif
