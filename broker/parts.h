/* parts.h - struct lb_hub, all that the hub's thread owns: hub.c runs its turns, parts.c opens and closes it. */
#ifndef BROKER_PARTS_H
#define BROKER_PARTS_H

#include "base/backlog.h"
#include "base/batch.h"
#include "base/beside.h"
#include "base/folder.h"
#include "hub.h"
#include "gate/gates.h"
#include "keep/dedup.h"
#include "keep/epoch.h"
#include "keep/feed.h"
#include "keep/journal.h"
#include "keep/head_mark.h"
#include "keep/quarantine.h"
#include "net/admin.h"
#include "net/admit.h"
#include "net/hub_keys.h"
#include "net/view_updater.h"
#include "net/inquire.h"
#include "net/intake.h"
#include "net/publish.h"
#include "net/query.h"
#include "net/access.h"
#include "net/replay.h"
#include "net/translate.h"
#include "net/translate_long.h"
#include "recover.h"

/* How far the view is behind, by `[limits] lag_events`. */
typedef enum lb_lag {
    LB_LAG_NONE,
    LB_LAG_PACED,  /* over lag_events: each event costs its sender a delay, see pace_of in hub.c */
    LB_LAG_STOPPED /* over twice lag_events: the intake takes ten turns a second */
} lb_lag;

struct lb_hub {
    lb_config config;
    lb_folder folder;
    lb_endpoints endpoints;
    lb_door_book doors;
    lb_hub_keys keys;
    char user_nonce[LB_USER_NONCE_ROOM]; /* part of the user IDs that the access thread assigns */
    void *zmq;
    lb_batch batch;

    lb_journal_place journal_place; /* for threads that open a reader */
    lb_journal *journal;
    lb_head_mark *mark;
    lb_recovery recovery; /* what was found at the start */
    lb_epochs epochs;     /* does not change once other threads run */
    lb_dedup *dedup;
    lb_quarantine *quarantine;
    lb_feed_book *feeds;
    /* Owns the journal to the feeds, and the batch, while it keeps a turn. NULL: the hub's thread keeps all turns. */
    lb_beside *keeper;

    lb_access *access;
    lb_intake *intake;
    lb_backlog *backlog; /* requests taken from the sockets and not read yet */
    lb_admit *admit;
    lb_translate *translate;
    lb_translate_long *translate_long; /* NULL: all messages are read in the turn */
    lb_inquire *inquire;
    void *hub_rpc;      /* ROUTER: questions that the hub's thread answers */
    void *head_channel; /* notify channel: the journal's head, after a commit */
    void *applied;      /* subscribed to: the newest number in the view */
    lb_admin admin;

    lb_view_updater *updater;
    lb_publish *publish;
    lb_replay *replay;
    lb_query_pool *query;
    lb_gates *gates;

    bool are_keys_damaged;
    bool is_fenced; /* another hub has appended to the journal: this one keeps nothing more */
    lb_lag lag;
    bool is_lone; /* one sender alone has sent for LB_LONE_US */
    int64_t applied_seq;
    /* Monotonic times; pause_until_us: INT64_MAX for good. */
    int64_t pause_until_us;
    int64_t feeds_saved_us;
    int64_t watchdog_us;
};

/* Recovers and opens the journal and all that is written with it. On an error lb_hub_close closes what is open. */
lb_err lb_hub_open_keepers(lb_hub *hub);
/* Appends counters of feeds that no turn has written for 5 s. `now_us` is monotonic. */
void lb_hub_save_feeds(lb_hub *hub, int64_t now_us);

#endif
