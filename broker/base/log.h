/* log.h - one line for one thing that the operator should know.
 *
 *     2026-03-12T09:15:00.123456Z WARN JRN-COMMIT-FAIL rc=13 messages=812
 *
 * The id is stable and stands in the list below with its level; facts follow as key=value, no prose, no
 * secrets, no cargo names. Logged once, where the cause is known; callers pass the error on in silence.
 * The same id within a second is counted, not repeated: the next line of it ends in `again=N`.
 * May be called from every thread. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "landbridge/client/span.h"

typedef enum lb_level { LB_DEBUG, LB_INFO, LB_WARN, LB_ERROR, LB_LEVELS } lb_level;

/* clang-format off */
#define LB_LOG_IDS(X)                                                                              \
    X(HUB_START, INFO)          /* version, data folder                                        */  \
    X(HUB_LISTEN, INFO)         /* one for each endpoint                                       */  \
    X(HUB_DOORS, INFO)          /* who may come in                                             */  \
    X(HUB_OPEN, WARN)           /* the same, when other machines need no key                   */  \
    X(HUB_STOP, INFO)           /* asked to stop                                               */  \
    X(HUB_LOCKED, ERROR)        /* another process holds the data folder                       */  \
    X(HUB_FAIL, ERROR)          /* a part could not be opened                                  */  \
    X(HUB_THREAD, ERROR)        /* a thread could not be started                               */  \
    X(CFG_READ, ERROR)          /* the configuration cannot be read                            */  \
    X(CFG_SOURCE, WARN)         /* the profile of a source cannot be read: its feed is refused */  \
    X(STO_OPEN, ERROR)          /* a database could not be opened                              */  \
    X(STO_FOREIGN, ERROR)       /* not a database of this kind, or from a newer version        */  \
    X(STO_MIGRATE, INFO)        /* brought to the next version of its schema                   */  \
    X(STO_FAIL, ERROR)          /* SQLite says no                                              */  \
    X(JRN_COMMIT_FAIL, ERROR)   /* a turn was not kept; nothing was promised; tried again      */  \
    X(JRN_CORRUPT, ERROR)       /* a row's check does not agree with its bytes                 */  \
    X(JRN_OPEN, INFO)           /* where the journal stands                                    */  \
    X(JRN_DAMAGE, ERROR)        /* less is there than there was: what the files say            */  \
    X(JRN_SALVAGED, WARN)       /* a journal made again from the pages that could be read      */  \
    X(JRN_LOST, ERROR)          /* numbers whose events are gone                               */  \
    X(JRN_SKIPPED, WARN)        /* numbers that are not given out, since they may have been    */  \
    X(JRN_ASIDE, WARN)          /* a file is set aside, and not removed                        */  \
    X(JRN_AHEAD, ERROR)         /* a follower has seen numbers that the journal does not have  */  \
    X(MRK_FAIL, ERROR)          /* the mark of the head could not be opened, written or synced */  \
    X(MRK_ODD, WARN)            /* the mark was not there, not whole or older than the journal */  \
    X(KEY_REBUILD, INFO)        /* delivery keys read again from the journal                   */  \
    X(KEY_FLUSH_FAIL, WARN)     /* delivery keys not written; they stay in memory              */  \
    X(VIE_FAIL, ERROR)          /* the view cannot follow; it is made again                    */  \
    X(VIE_SLOW, WARN)           /* ingest waits for the view                                   */  \
    X(VIE_APPLIED, DEBUG)       /* how far the view has come                                   */  \
    X(MOV_SOCKET, ERROR)        /* a socket could not be opened or used                        */  \
    X(MOV_PEER_BAD, WARN)       /* bytes on a socket that are no message of ours               */  \
    X(MOV_CRASHED, ERROR)       /* a message that crashed its adapter goes to quarantine       */  \
    X(SPL_FAIL, WARN)           /* a file of the spool folder could not be handled             */  \
    X(GAT_FAIL, WARN)           /* a gate could not do something for its terminal              */  \
    X(PTY_STALE, ERROR)         /* parties cannot be read again; what held last goes on         */  \
    X(PTY_TURNED_AWAY, WARN)    /* a key that is nobody's, or comes from elsewhere               */  \
    X(AUD_FAIL, ERROR)          /* who did what could not be written; tried again               */  \
    X(ADM_DONE, INFO)           /* verify, rebuild, backup                                     */  \
    X(ADM_FAIL, ERROR)          /* the same, gone wrong                                        */
/* clang-format on */

typedef enum lb_log_id {
#define X(name, level) LB_LOG_##name,
    LB_LOG_IDS(X)
#undef X
        LB_LOGS
} lb_log_id;

void lb_log(lb_log_id id, const char *format, ...) __attribute__((format(printf, 2, 3)));
int64_t lb_log_count(lb_log_id id); /* how often it was to be written since the start */
void lb_log_least(lb_level level);  /* lines below are not written; INFO without this */

#endif
