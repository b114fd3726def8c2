/* hub.h - all that the hub's thread owns: shared by broker.c, which turns it, and parts.c, which opens and closes it. */
#ifndef BROKER_HUB_H
#define BROKER_HUB_H

#include "base/backlog.h"
#include "base/batch.h"
#include "base/beside.h"
#include "base/folder.h"
#include "broker.h"
#include "gate/jt808.h"
#include "gate/jt809.h"
#include "gate/spool.h"
#include "keep/dedup.h"
#include "keep/feed.h"
#include "keep/journal.h"
#include "keep/head_mark.h"
#include "keep/quarantine.h"
#include "move/admin.h"
#include "move/admit.h"
#include "move/curve.h"
#include "move/follow.h"
#include "move/inquire.h"
#include "move/intake.h"
#include "move/publish.h"
#include "move/query.h"
#include "move/registrar.h"
#include "move/replay.h"
#include "move/translate.h"
#include "move/translate_long.h"
#include "recover.h"

/* How far the view is behind, by `[limits] lag_events`. */
typedef enum lb_lag {
    LB_LAG_NONE,
    LB_LAG_PACED,  /* more: a sender of many events waits for as long as the view needs for them */
    LB_LAG_STOPPED /* twice as many: the intake is open ten times a second */
} lb_lag;

struct lb_broker {
    lb_config config;
    lb_folder folder;
    lb_endpoints endpoints;
    lb_door_book doors;
    lb_curve_keys keys;
    char seal[LB_SEAL_ROOM]; /* of the names that the registrar gives */
    void *zmq;
    lb_batch batch;

    lb_store *store;
    lb_journal *journal;
    lb_head_mark *mark;
    lb_recovery recovery; /* what was found at the start */
    bool is_marked;       /* the mark says what this journal is; before that it is evidence */
    lb_dedup *dedup;
    lb_quarantine *quarantine;
    lb_feed_book *feeds;
    lb_beside *
        keeper; /* has all of these, and the batch, while it keeps a turn; NULL: turns are kept here */

    lb_registrar *registrar;
    lb_intake *intake;
    lb_backlog *backlog; /* what is taken and not read yet */
    lb_admit *admit;
    lb_translate *translate;
    lb_translate_long *translate_long; /* NULL: all messages are read in the turn */
    lb_inquire *inquire;
    void *desk;      /* of questions that this thread must answer */
    void *head_bell; /* rung after each commit                    */
    void *applied;   /* how far the view is                       */
    lb_admin admin;

    lb_follow *follow;
    lb_publish *publish;
    lb_replay *replay;
    lb_query_room *query;
    lb_spool *spool;
    lb_jt808_gate *jt808;
    lb_jt809_gate *jt809;

    bool are_keys_damaged;
    lb_lag lag;
    bool is_lone; /* this turn is one sender's, and so were those before it */
    int64_t applied_seq;
    int64_t pause_until_us;
    int64_t feeds_saved_us;
    int64_t watchdog_us;
};

/* The journal and all that is written with it. What is open when it fails is closed by lb_broker_close. */
lb_err lb_hub_open_keepers(lb_broker *hub);
/* Writes into the mark where the journal is, after a commit. */
void lb_hub_mark_head(lb_broker *hub, lb_journal_head head);
/* Counters of feeds that no commit has taken along. */
void lb_hub_save_feeds(lb_broker *hub, int64_t now_us);

#endif
