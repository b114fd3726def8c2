/* answer.h - a question to the hub and its answer, as plain structs.
 *
 *     lb_query    what all questions have, and one request for each question: query.track, query.yard, ...
 *     lb_answer   what all answers have, and one part for each kind of answer: answer.track, answer.capacity, ...
 *
 * Twins of the messages of proto/landbridge/v1/wire.proto, field for field the same names; the same
 * conventions as event.h: empty span, LB_UNKNOWN and 0 of an enumeration mean "not known". asks.def has a row for each
 * question, with the request that it looks at and the part that it fills in; the others stay unknown. */
#ifndef LANDBRIDGE_CLIENT_ANSWER_H
#define LANDBRIDGE_CLIENT_ANSWER_H

#include "landbridge/client/ask.h"
#include "landbridge/client/capacity.h"
#include "landbridge/client/party.h"
#include "landbridge/client/position.h"
#include "landbridge/client/receipt.h"
#include "landbridge/client/state.h"
#include "landbridge/client/track.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lb_query {
    int64_t schema_rev;
    int64_t correlation;
    lb_ask ask;
    /* read your own write: the view must have come so far */
    lb_position at_least;
    /* the page behind Answer.next_page; the rest of the query is not looked at */
    lb_span page;
    /* between threads of the hub: the party that asks; from outside it is not looked at */
    lb_span asked_by;
    /* a party's name; from gates inside the hub only */
    lb_span on_behalf_of;
    /* with it: where that party's client comes from, "10.1.2.3" */
    lb_span client_address;
    lb_track_query track;
    lb_find_space_query find_space;
    lb_capacity_query capacity;
    lb_yard_query yard;
    lb_departures_query departures;
    lb_quarantine_list_query quarantine_list;
    lb_quarantined_query quarantine_show;
    lb_quarantine_release_query quarantine_release;
    lb_quarantined_query quarantine_drop;
    lb_backup_query backup;
    lb_regained_query regained;
    lb_salvage_query salvage;
    lb_party_list_query party_list;
    lb_party party_add;
    lb_party_rotate_query party_rotate;
    lb_party_revoke_query party_revoke;
    lb_party_rights_query party_grant;
    lb_party_rights_query party_withdraw;
    lb_audit_list_query audit_list;
    lb_cover_query cover;
    lb_over_budget_query over_budget;
} lb_query;

typedef struct lb_answer {
    int64_t correlation;
    lb_span error;     /* absent: fine */
    lb_span text;      /* for people */
    lb_position as_of; /* it includes everything up to there */
    int64_t as_of_us;
    lb_position reset; /* with error RESET: the first number that is not what it was */
    int64_t retry_ms;  /* over a limit: not before so many milliseconds */
    lb_span page;      /* a part of the bytes of a long answer; lb_client_ask puts them together */
    lb_span next_page; /* for Query.page; empty: the last */
    lb_track_answer track;
    lb_capacity_answer capacity;
    lb_yard yard;
    lb_feeds_answer feeds;
    lb_quarantine_answer quarantine;
    lb_status status;
    lb_receipt receipt;
    lb_salvage_answer salvage;
    lb_parties_answer parties;
    lb_audit_answer audit;
    lb_cover_answer cover;
} lb_answer;

#ifdef __cplusplus
}
#endif

#endif
