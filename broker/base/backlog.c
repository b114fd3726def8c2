/* backlog.c - submissions that wait to be read, and which sender's turn is next. */
#include "base/backlog.h"

#include <stdlib.h>

enum { BUCKETS = 1024, NAME_ROOM = LB_PARTY_NAME_MAX + 2 };

/* Exists while it has submissions, a debt, or a count that is not reported yet. */
typedef struct sender {
    struct sender *next;        /* in the ring, or among the idle ones */
    struct sender *same_bucket; /* in the hash table */
    char name[NAME_ROOM];
    size_t name_len;
    lb_submission *first, *last;
    size_t bytes;
    size_t turned_away; /* messages refused for lack of space, since the last report */
    bool is_suspended;
    /* Its debt at that time; one microsecond of time pays off one of debt. */
    int64_t debt_us, debt_at_us;
    int64_t paced_until_us; /* until then its pace is not paid off */
} sender;

struct lb_backlog {
    sender *buckets[BUCKETS];
    sender *first, *last; /* ring of senders with submissions: the next in turn, the last */
    sender *idle;         /* nothing waits, and there is a debt */
    sender *before; /* predecessor in the ring of the sender named last; NULL: it is the first */
    sender *named;
    uint64_t last_named; /* hash of its name */
    int64_t named_us, named_since_us;
    size_t waiting; /* senders in the ring */
    size_t bytes;
    bool has_turned_away; /* of some sender */
};

lb_err lb_backlog_open(lb_backlog **backlog)
{
    *backlog = calloc(1, sizeof **backlog);
    return *backlog == NULL ? LB_ERR_NO_MEMORY : LB_OK;
}

/* -- senders -------------------------------------------------------------------------------------------- */

static size_t bucket_of(lb_span name)
{
    return (size_t)(lb_span_hash(name) % BUCKETS);
}

static lb_span name_of(const sender *who)
{
    return (lb_span){who->name, who->name_len};
}

static sender *find_sender(lb_backlog *backlog, lb_span name)
{
    sender *who = backlog->buckets[bucket_of(name)];

    while (who != NULL && !lb_span_equal(name_of(who), name))
        who = who->same_bucket;
    return who;
}

static sender *new_sender(lb_backlog *backlog, lb_span name)
{
    sender *who = calloc(1, sizeof *who);
    size_t bucket = bucket_of(name);

    if (who == NULL)
        return NULL;
    who->name_len = name.len;
    if (name.len > 0) /* a peer without a source has none */
        memcpy(who->name, name.at, name.len);
    who->same_bucket = backlog->buckets[bucket];
    backlog->buckets[bucket] = who;
    who->next = backlog->idle;
    backlog->idle = who;
    return who;
}

static void forget_sender(lb_backlog *backlog, sender *who)
{
    sender **at = &backlog->buckets[bucket_of(name_of(who))];

    while (*at != who)
        at = &(*at)->same_bucket;
    *at = who->same_bucket;
    free(who);
}

static void leave_idle(lb_backlog *backlog, const sender *who)
{
    sender **at = &backlog->idle;

    while (*at != who)
        at = &(*at)->next;
    *at = who->next;
}

static void stand_behind(lb_backlog *backlog, sender *who)
{
    who->next = NULL;
    if (backlog->last != NULL)
        backlog->last->next = who;
    else
        backlog->first = who;
    backlog->last = who;
    backlog->waiting++;
}

/* Takes the sender that was named last out of the ring. */
static sender *take_named(lb_backlog *backlog)
{
    sender *who = backlog->named;

    if (backlog->before == NULL)
        backlog->first = who->next;
    else
        backlog->before->next = who->next;
    if (backlog->last == who)
        backlog->last = backlog->before;
    backlog->waiting--;
    backlog->named = NULL;
    return who;
}

static int64_t debt_of(const sender *who, int64_t now_us)
{
    int64_t paid_us = now_us - who->debt_at_us;

    return who->debt_us > paid_us ? who->debt_us - paid_us : 0;
}

static bool is_passed_over(const sender *who, int64_t now_us)
{
    return who->is_suspended || debt_of(who, now_us) > 0 ||
           who->paced_until_us - now_us > LB_PACE_AHEAD_US;
}

/* -- submissions ---------------------------------------------------------------------------------------- */

static bool has_room(const lb_backlog *backlog, const sender *who, size_t bytes)
{
    return backlog->bytes < LB_BACKLOG_BYTES ? who->bytes < LB_SENDER_BYTES
                                             : who->bytes + bytes <= LB_SCARCE_BYTES;
}

lb_err lb_backlog_put(lb_backlog *backlog, lb_span name, bool is_bounded, lb_submission *one)
{
    lb_span known_as = lb_span_first(name, NAME_ROOM);
    size_t bytes = lb_submission_bytes(one);
    sender *who = find_sender(backlog, known_as);

    if (who == NULL)
        who = new_sender(backlog, known_as);
    if (who == NULL)
        return LB_ERR_NO_MEMORY;
    if (is_bounded && !has_room(backlog, who, bytes))
        return LB_ERR_FULL;
    if (who->first == NULL) {
        leave_idle(backlog, who);
        stand_behind(backlog, who);
        who->first = one;
    } else {
        who->last->next = one;
    }
    one->next = NULL;
    who->last = one;
    who->bytes += bytes;
    backlog->bytes += bytes;
    return LB_OK;
}

bool lb_backlog_is_empty(const lb_backlog *backlog)
{
    return backlog->first == NULL;
}

bool lb_backlog_is_quiet(const lb_backlog *backlog)
{
    const sender *who = backlog->first;

    while (who != NULL && who->is_suspended)
        who = who->next;
    return who == NULL;
}

bool lb_backlog_is_full(const lb_backlog *backlog)
{
    return backlog->bytes >= LB_BACKLOG_MOST_BYTES;
}

size_t lb_backlog_bytes(const lb_backlog *backlog)
{
    return backlog->bytes;
}

/* -- refused for lack of space ------------------------------------------------------------------------- */

void lb_backlog_turned_away(lb_backlog *backlog, lb_span name, size_t messages)
{
    sender *who = find_sender(backlog, lb_span_first(name, NAME_ROOM));

    /* NULL: nothing could be queued for lack of memory, and the door has counted it. */
    if (who != NULL)
        who->turned_away += messages;
    backlog->has_turned_away |= who != NULL;
}

static void tell_turned_away(sender *who, lb_on_turned_away *on_one, void *whose)
{
    for (; who != NULL; who = who->next) {
        if (who->turned_away > 0)
            on_one(whose, name_of(who), who->turned_away);
        who->turned_away = 0;
    }
}

void lb_backlog_each_turned_away(lb_backlog *backlog, lb_on_turned_away *on_one, void *whose)
{
    if (!backlog->has_turned_away)
        return;
    tell_turned_away(backlog->first, on_one, whose);
    tell_turned_away(backlog->idle, on_one, whose);
    backlog->has_turned_away = false;
}

/* -- whose turn it is ------------------------------------------------------------------------------------ */

static void note_named(lb_backlog *backlog, int64_t now_us)
{
    uint64_t hash = lb_span_hash(name_of(backlog->named));

    if (hash != backlog->last_named || now_us - backlog->named_us > LB_LONE_US)
        backlog->named_since_us = now_us;
    backlog->last_named = hash;
    backlog->named_us = now_us;
}

bool lb_backlog_is_lone(const lb_backlog *backlog, int64_t now_us)
{
    return backlog->waiting <= 1 && now_us - backlog->named_us <= LB_LONE_US &&
           backlog->named_us - backlog->named_since_us >= LB_LONE_US;
}

lb_submission *lb_backlog_next(lb_backlog *backlog, int64_t now_us, bool is_choosy)
{
    sender *before = NULL, *who = backlog->first, *in_debt = NULL, *before_it = NULL;

    for (; who != NULL && is_passed_over(who, now_us); before = who, who = who->next)
        if (!who->is_suspended && in_debt == NULL) {
            in_debt = who;
            before_it = before;
        }
    if (who == NULL && (is_choosy || in_debt == NULL))
        return NULL;
    backlog->before = who == NULL ? before_it : before;
    backlog->named = who == NULL ? in_debt : who;
    note_named(backlog, now_us);
    return backlog->named->first;
}

bool lb_backlog_may_go_on(const lb_backlog *backlog, int64_t used_us)
{
    return used_us < LB_SLICE_US || backlog->waiting == 1;
}

static void take_off_first(lb_backlog *backlog, sender *who)
{
    size_t bytes = lb_submission_bytes(who->first);

    who->first = who->first->next;
    who->bytes -= bytes;
    backlog->bytes -= bytes;
}

static void charge(sender *who, int64_t now_us, int64_t used_us)
{
    who->debt_us = debt_of(who, now_us);
    who->debt_at_us = now_us;
    if (used_us > 2 * LB_SLICE_US)
        who->debt_us += used_us - LB_SLICE_US;
}

void lb_backlog_suspend(lb_backlog *backlog, int64_t now_us, int64_t used_us)
{
    charge(backlog->named, now_us, used_us);
    backlog->named->is_suspended = true;
    backlog->named = NULL;
}

void lb_backlog_resume(lb_backlog *backlog)
{
    for (sender *who = backlog->first; who != NULL; who = who->next)
        who->is_suspended = false;
}

void lb_backlog_pace(lb_backlog *backlog, int64_t now_us, int64_t pace_us)
{
    sender *who = backlog->named;

    who->paced_until_us = (who->paced_until_us > now_us ? who->paced_until_us : now_us) + pace_us;
}

void lb_backlog_used(lb_backlog *backlog, int64_t now_us, int64_t used_us, bool is_through)
{
    sender *who = take_named(backlog);

    charge(who, now_us, used_us);
    if (is_through)
        take_off_first(backlog, who);
    if (who->first != NULL) {
        stand_behind(backlog, who);
    } else {
        who->next = backlog->idle;
        backlog->idle = who;
    }
}

/* -- the end of a turn ------------------------------------------------------------------------------------ */

static void forget_idle(lb_backlog *backlog, int64_t now_us)
{
    sender **at = &backlog->idle;

    while (*at != NULL) {
        sender *who = *at;
        if (debt_of(who, now_us) > 0 || who->paced_until_us > now_us || who->turned_away > 0) {
            at = &who->next;
            continue;
        }
        *at = who->next;
        forget_sender(backlog, who);
    }
}

void lb_backlog_end_turn(lb_backlog *backlog, int64_t now_us)
{
    if (backlog->idle != NULL)
        forget_idle(backlog, now_us);
}

void lb_backlog_close(lb_backlog **out)
{
    lb_backlog *backlog = *out;

    if (backlog == NULL)
        return;
    for (sender *who = backlog->first; who != NULL; who = who->next)
        for (lb_submission *one = who->first, *next; one != NULL; one = next) {
            next = one->next;
            lb_submission_end(one);
        }
    for (size_t i = 0; i < BUCKETS; i++)
        for (sender *who = backlog->buckets[i], *next; who != NULL; who = next) {
            next = who->same_bucket;
            free(who);
        }
    free(backlog);
    *out = NULL;
}
