/* state.h - the hub itself: feeds, quarantine, status, backup and salvage. */
#ifndef LANDBRIDGE_CLIENT_STATE_H
#define LANDBRIDGE_CLIENT_STATE_H

#include "landbridge/client/event.h"
#include "landbridge/client/lost.h"
#include "landbridge/client/position.h"

#ifdef __cplusplus
extern "C" {
#endif

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

typedef struct lb_counter {
    lb_span name; /* "refused" */
    int64_t value;
} lb_counter;

typedef struct lb_counter_list {
    lb_counter *at;
    size_t count, room;
} lb_counter_list;

/* What a door or a gate has seen since the hub was started, before it could be counted as anybody's message. */
typedef struct lb_counter_set {
    lb_span kind; /* "door", "gate" */
    lb_span name; /* "intake", "jt808" */
    lb_counter_list counters;
} lb_counter_set;

typedef struct lb_counter_set_list {
    lb_counter_set *at;
    size_t count, room;
} lb_counter_set_list;

typedef struct lb_feeds_answer { /* FEEDS */
    lb_feed_list feeds;
    lb_share_list shares;
    lb_counter_set_list counter_sets;
} lb_feeds_answer;

typedef struct lb_quarantined {
    int64_t id;
    lb_span source;
    int64_t received_us;
    lb_span format;
    lb_span error;
    int64_t offset;
    lb_span text;
    int64_t size;
    lb_quarantine_state state;
    lb_span body; /* only with show */
} lb_quarantined;

typedef struct lb_quarantined_list {
    lb_quarantined *at;
    size_t count, room;
} lb_quarantined_list;

typedef struct lb_quarantine_list_query { /* QUARANTINE_LIST */
    bool all;                             /* those too that were released or dropped */
    int64_t limit;
} lb_quarantine_list_query;

typedef struct lb_quarantined_query { /* QUARANTINE_SHOW, QUARANTINE_DROP */
    int64_t id;
} lb_quarantined_query;

typedef struct lb_quarantine_release_query { /* QUARANTINE_RELEASE */
    int64_t id;
    lb_span format; /* read it with this adapter; absent: as it was sent */
} lb_quarantine_release_query;

typedef struct lb_quarantine_answer { /* QUARANTINE_LIST, QUARANTINE_SHOW */
    lb_quarantined_list messages;
} lb_quarantine_answer;

typedef struct lb_endpoint { /* where the hub listens */
    lb_span door;            /* "intake", "curve_query", "jt808", ... */
    lb_span address;         /* "tcp://127.0.0.1:5710" */
} lb_endpoint;

typedef struct lb_endpoint_list {
    lb_endpoint *at;
    size_t count, room;
} lb_endpoint_list;

typedef struct lb_start_finding_list {
    lb_start_finding *at;
    size_t count, room;
} lb_start_finding_list;

typedef struct lb_status {
    lb_span version;
    lb_position head; /* the newest number in the journal */
    lb_position view; /* the view has come so far; unknown: it cannot be read just now */
    int64_t messages;
    int64_t quarantined;
    int64_t journal_bytes;
    int64_t view_bytes;
    int64_t started_us;
    int64_t objects;
    lb_endpoint_list endpoints;
    lb_span text;      /* for people: from where others may come in */
    lb_lost_list lost; /* all holes of the journal, the newest first, 100 at most */
    lb_start_finding_list findings;
    lb_span found;        /* the findings for people; empty: none */
    bool journal_damaged; /* what was read since the start; VERIFY names it */
    bool follower_ahead;  /* a follower has seen numbers that the journal does not have */
    bool fenced; /* another hub has written into the journal: this one keeps nothing any more */
} lb_status;

typedef struct lb_backup_query { /* BACKUP */
    lb_span folder;              /* on the hub's machine, from the root; it must not exist */
} lb_backup_query;

typedef struct lb_salvage_query { /* SALVAGE */
    lb_span folder; /* below `aside/` of the data folder, or from the root; or a journal in it */
} lb_salvage_query;

typedef struct lb_salvage_answer { /* SALVAGE */
    int64_t turns;                 /* that can be read in it */
    int64_t kept;                  /* messages of lost numbers that are kept again */
    int64_t known;                 /* that were known already */
    int64_t refused;               /* that cannot be kept */
    lb_span facts; /* events that have no message any more, one JSON object a line */
} lb_salvage_answer;

#ifdef __cplusplus
}
#endif

#endif
