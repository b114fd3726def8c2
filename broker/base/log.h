/* log.h - one line per event that the operator should know of.
 *
 *     2026-03-12T09:15:00.123456Z WARN JRN-COMMIT-FAIL rc=13 messages=812
 *
 * The id is stable and stands in the list below with its level; facts follow as key=value, no prose, no secrets, no
 * cargo names. Logged once, where the cause is known; callers pass the error on without logging. The same id within a
 * second is counted, not repeated: its next line ends in `again=N`. Any thread may call it. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "landbridge/client/span.h"

typedef enum lb_level { LB_DEBUG, LB_INFO, LB_WARN, LB_ERROR, LB_LEVELS } lb_level;

/* clang-format off */
#define LB_LOG_IDS(X)                                                                              \
    X(HUB_START, INFO)          /* version, data folder                                        */  \
    X(HUB_LISTEN, INFO)         /* one for each endpoint                                       */  \
    X(HUB_DOORS, INFO)          /* which doors are open, and what they require                 */  \
    X(HUB_OPEN, WARN)           /* the same, when other machines need no key                   */  \
    X(HUB_STOP, INFO)           /* on a signal                                                 */  \
    X(HUB_LOCKED, ERROR)        /* another process holds the data folder                       */  \
    X(HUB_ID, INFO)             /* a new hub has got its id                                    */  \
    X(HUB_ID_DAMAGED, ERROR)    /* hub.id cannot be read: the hub has a new id                 */  \
    X(HUB_EPOCH, WARN)          /* the journal goes on in a new epoch                          */  \
    X(HUB_FAIL, ERROR)          /* a part could not be opened                                  */  \
    X(HUB_THREAD, ERROR)        /* a thread could not be started                               */  \
    X(CFG_READ, ERROR)          /* the configuration cannot be read                            */  \
    X(CFG_SOURCE, WARN)         /* the profile of a source cannot be read: its feed is refused */  \
    X(STO_OPEN, ERROR)          /* a database could not be opened                              */  \
    X(STO_FOREIGN, ERROR)       /* not a database of this kind, or from a newer version        */  \
    X(STO_MIGRATE, INFO)        /* brought to the next version of its schema                   */  \
    X(STO_FAIL, ERROR)          /* SQLite reported an error                                    */  \
    X(JRN_FENCED, ERROR)        /* another hub has written into the journal: nothing is kept   */  \
    X(JRN_COMMIT_FAIL, ERROR)   /* a turn was not committed nor receipted; it is tried again   */  \
    X(JRN_CORRUPT, ERROR)       /* a row's check does not match its bytes                      */  \
    X(JRN_OPEN, INFO)           /* head of the journal                                         */  \
    X(JRN_DAMAGE, ERROR)        /* less is stored than was before: what the files say          */  \
    X(JRN_SALVAGED, WARN)       /* a journal rebuilt from the pages that could be read         */  \
    X(JRN_LOST, ERROR)          /* numbers whose events are gone                               */  \
    X(JRN_SKIPPED, WARN)        /* numbers skipped, since they may have been given out         */  \
    X(JRN_ASIDE, WARN)          /* a file is set aside, not removed                            */  \
    X(JRN_AHEAD, ERROR)         /* a client has seen numbers that the journal does not have    */  \
    X(MRK_FAIL, ERROR)          /* the head mark could not be opened, written or synced        */  \
    X(MRK_ODD, WARN)            /* the head mark was missing, torn or older than the journal   */  \
    X(KEY_REBUILD, INFO)        /* delivery keys read again from the journal                   */  \
    X(KEY_FLUSH_FAIL, WARN)     /* delivery keys not written; they stay in memory              */  \
    X(VIE_FAIL, ERROR)          /* the view failed; it is rebuilt                              */  \
    X(VIE_SLOW, WARN)           /* ingest is slowed down until the view has caught up          */  \
    X(VIE_APPLIED, DEBUG)       /* how far the view has come                                   */  \
    X(MOV_SOCKET, ERROR)        /* a socket could not be opened or used                        */  \
    X(MOV_PEER_BAD, WARN)       /* bytes on a socket that are no valid request                 */  \
    X(MOV_CRASHED, ERROR)       /* a message that crashed its adapter goes to quarantine       */  \
    X(SPL_FAIL, WARN)           /* a file of the spool folder could not be handled             */  \
    X(GAT_FAIL, WARN)           /* the gate failed an operation for a terminal                 */  \
    X(PTY_STALE, ERROR)         /* parties cannot be read; the last state stays in force       */  \
    X(PTY_TURNED_AWAY, WARN)    /* a key of no party, or from an address that it may not use   */  \
    X(AUD_FAIL, ERROR)          /* audit records could not be written; tried again             */  \
    X(ADM_DONE, INFO)           /* verify, rebuild, backup                                     */  \
    X(ADM_FAIL, ERROR)          /* the same, failed */
/* clang-format on */

typedef enum lb_log_id {
#define X(name, level) LB_LOG_##name,
    LB_LOG_IDS(X)
#undef X
        LB_LOGS
} lb_log_id;

void lb_log(lb_log_id id, const char *format, ...) __attribute__((format(printf, 2, 3)));
int64_t
lb_log_count(lb_log_id id);        /* how many there were since the start, also those not written */
void lb_log_least(lb_level level); /* lower levels are not written; INFO by default */

#endif
