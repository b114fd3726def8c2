/* jt808_session.c - sessions of terminals; see jt808_session.h. */
#include "jt808_session.h"

#include <sodium.h>
#include <stdlib.h>

enum { CODE_BYTES = 16 };

struct lb_808_sessions {
    size_t count, max;
    size_t buckets; /* a power of two */
    lb_808_session **bucket;
    lb_808_session_list away;
    unsigned char key[crypto_shorthash_KEYBYTES];
};

lb_err lb_808_sessions_open(lb_808_sessions **sessions, size_t max)
{
    lb_808_sessions *made = calloc(1, sizeof *made);
    if (made == NULL)
        return LB_ERR_NO_MEMORY;
    made->max = max;
    for (made->buckets = 16; made->buckets < max; made->buckets *= 2)
        continue;
    made->bucket = calloc(made->buckets, sizeof(lb_808_session *));
    if (made->bucket == NULL || sodium_init() < 0) {
        free(made->bucket);
        free(made);
        return LB_ERR_NO_MEMORY;
    }
    crypto_shorthash_keygen(made->key);
    *sessions = made;
    return LB_OK;
}

void lb_808_sessions_close(lb_808_sessions **sessions)
{
    lb_808_sessions *all = *sessions;
    if (all == NULL)
        return;
    for (size_t i = 0; i < all->buckets; i++)
        while (all->bucket[i] != NULL) {
            lb_808_session *next = all->bucket[i]->same_bucket;
            free(all->bucket[i]);
            all->bucket[i] = next;
        }
    free(all->bucket);
    free(all);
    *sessions = NULL;
}

/* -- lists ------------------------------------------------------------------------------------- */

static void unlink_session(lb_808_session *session)
{
    lb_808_session_list *list = session->list;
    if (list == NULL)
        return;
    *(session->before != NULL ? &session->before->after : &list->first) = session->after;
    *(session->after != NULL ? &session->after->before : &list->last) = session->before;
    list->count--;
    session->list = NULL;
}

static void append_session(lb_808_session *session, lb_808_session_list *list)
{
    session->before = list->last;
    session->after = NULL;
    *(list->last != NULL ? &list->last->after : &list->first) = session;
    list->last = session;
    list->count++;
    session->list = list;
}

static void move_session(lb_808_session *session, void *connection, lb_808_session_list *list)
{
    unlink_session(session);
    append_session(session, list);
    session->is_authenticated = false;
    session->list_number = 0;
    session->connection = connection;
}

void lb_808_session_join(lb_808_sessions *sessions, lb_808_session *session, void *connection,
                         lb_808_session_list *list)
{
    move_session(session, connection, list);
    if (list->count > LB_808_SESSIONS_OF_CONNECTION)
        move_session(list->first, NULL, &sessions->away);
}

void lb_808_sessions_leave(lb_808_sessions *sessions, lb_808_session_list *list)
{
    while (list->first != NULL)
        move_session(list->first, NULL, &sessions->away);
}

/* -- finding ----------------------------------------------------------------------------------- */

/* A keyed hash, so that nobody can choose terminal numbers that fall into one bucket. */
static lb_808_session **bucket_of(lb_808_sessions *sessions, const char *terminal)
{
    uint64_t hash;
    _Static_assert(crypto_shorthash_BYTES == sizeof hash, "the hash is one number");
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)terminal, strlen(terminal),
                     sessions->key);
    return &sessions->bucket[hash & (sessions->buckets - 1)];
}

static void forget(lb_808_sessions *sessions, lb_808_session *session)
{
    lb_808_session **link = bucket_of(sessions, session->terminal);
    while (*link != session)
        link = &(*link)->same_bucket;
    *link = session->same_bucket;
    unlink_session(session);
    free(session);
    sessions->count--;
}

lb_808_session *lb_808_session_find(lb_808_sessions *sessions, const char *terminal)
{
    lb_808_session *session = *bucket_of(sessions, terminal);
    while (session != NULL && strcmp(session->terminal, terminal) != 0)
        session = session->same_bucket;
    return session;
}

lb_808_session *lb_808_session_need(lb_808_sessions *sessions, const char *terminal)
{
    lb_808_session *known = lb_808_session_find(sessions, terminal);
    if (known != NULL)
        return known;
    lb_808_session **bucket = bucket_of(sessions, terminal);
    if (sessions->count == sessions->max) {
        if (sessions->away.first == NULL)
            return NULL;
        forget(sessions, sessions->away.first);
    }
    lb_808_session *session = calloc(1, sizeof *session);
    if (session == NULL)
        return NULL;
    memcpy(session->terminal, terminal, strlen(terminal) + 1);
    append_session(session, &sessions->away);
    session->same_bucket = *bucket;
    *bucket = session;
    sessions->count++;
    return session;
}

/* -- codes ------------------------------------------------------------------------------------- */

void lb_808_session_register(lb_808_session *session, uint32_t generation)
{
    unsigned char chance[CODE_BYTES];
    _Static_assert(LB_808_CODE_ROOM == 2 * CODE_BYTES + 1, "two hex digits for a byte");
    randombytes_buf(chance, sizeof chance);
    sodium_bin2hex(session->code, LB_808_CODE_ROOM, chance, sizeof chance);
    session->code_generation = generation;
}

void lb_808_session_unregister(lb_808_session *session)
{
    session->code[0] = '\0';
}

bool lb_808_session_has_code(const lb_808_session *session, lb_span code)
{
    return session->code[0] != '\0' && code.len == LB_808_CODE_ROOM - 1 &&
           sodium_memcmp(code.at, session->code, code.len) == 0;
}
