/* hub.h - all that the hub's thread owns: shared by hub.c, which turns it, and parts.c, which opens and closes it. */
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
    LB_LAG_PACED,  /* more: a sender of many events waits for as long as the view needs for them */
    LB_LAG_STOPPED /* twice as many: the intake is open ten times a second */
} lb_lag;

struct lb_hub {
    lb_config config;
    lb_folder folder;
    lb_endpoints endpoints;
    lb_door_book doors;
    lb_hub_keys keys;
    char user_nonce[LB_USER_NONCE_ROOM]; /* of the names that the access thread gives */
    void *zmq;
    lb_batch batch;

    lb_journal_place journal_place; /* for all who open a reader */
    lb_journal *journal;
    lb_head_mark *mark;
    lb_recovery recovery; /* what was found at the start */
    lb_epochs epochs;     /* constant when the other threads start */
    lb_dedup *dedup;
    lb_quarantine *quarantine;
    lb_feed_book *feeds;
    lb_beside *
        keeper; /* has all of these, and the batch, while it keeps a turn; NULL: turns are kept here */

    lb_access *access;
    lb_intake *intake;
    lb_backlog *backlog; /* what is taken and not read yet */
    lb_admit *admit;
    lb_translate *translate;
    lb_translate_long *translate_long; /* NULL: all messages are read in the turn */
    lb_inquire *inquire;
    void *hub_rpc;      /* of questions that this thread must answer */
    void *head_channel; /* rung after each commit                    */
    void *applied;      /* how far the view is                       */
    lb_admin admin;

    lb_view_updater *updater;
    lb_publish *publish;
    lb_replay *replay;
    lb_query_pool *query;
    lb_gates *gates;

    bool are_keys_damaged;
    bool is_fenced; /* another hub has the journal: this one keeps nothing more */
    lb_lag lag;
    bool is_lone; /* this turn is one sender's, and so were those before it */
    int64_t applied_seq;
    int64_t pause_until_us;
    int64_t feeds_saved_us;
    int64_t watchdog_us;
};

/* The journal and all that is written with it. What is open when it fails is closed by lb_hub_close. */
lb_err lb_hub_open_keepers(lb_hub *hub);
/* Counters of feeds that no commit has taken along. */
void lb_hub_save_feeds(lb_hub *hub, int64_t now_us);

#endif
