/* permission.h - what a party may do: its roles and rights, as every door of the hub looks at them.
 *
 *     role        may ask                                             may send
 *     OPERATOR    everything                                          as any source
 *     CARRIER     tracks of what is for: it; space and departures     as itself, in its formats
 *     SHIPPER     tracks that it was granted; space and departures
 *     INTEGRATOR  (follows the stream, as far as its topics go)
 *     AUDITOR     who did what, who may what, state and feeds; verify
 *
 *     right                    means
 *     format:air.*             may send what this adapter reads
 *     source:cz-cargo          may send as this source, beside its own name and NAME.anything
 *     for:awb:784-*            what it says of these objects, references, places (for:place:CNULZ) and capacities
 *                              (for:resource:X9023@*) counts; of others it is a third party's report, see cover.h
 *     see:bkg:BK7001           sees every track that this reference stands on, or this object
 *     topic:e/rail/            follows these topics: what begins so
 *     network:10.0.0.0/8       connects from there only; without one, from everywhere
 *     terminal:13912345678@新A12345   a JT/T 808 terminal, by the number in its header and its plate; covers both
 *
 * A value that ends in '*' stands for everything that begins so. What is not given is denied. A book does not
 * change once it is made; one thread. */
#ifndef BASE_PERMISSION_H
#define BASE_PERMISSION_H

#include "arena.h"
#include "base/name.h"
#include "landbridge/client/answer.h"

enum { LB_CURVE_KEY_BYTES = 32, LB_CURVE_TEXT = 40 };

#define LB_PARTY_ROLES(X) X(CARRIER) X(SHIPPER) X(OPERATOR) X(INTEGRATOR) X(AUDITOR)
typedef enum lb_party_role {
#define X(name) LB_PARTY_##name,
    LB_PARTY_ROLES(X)
#undef X
        LB_PARTY_ROLE_COUNT
} lb_party_role;

#define LB_RIGHTS(X)    \
    X(FORMAT, "format") \
    X(SOURCE, "source") \
    X(FOR, "for") X(SEE, "see") X(TOPIC, "topic") X(NETWORK, "network") X(TERMINAL, "terminal")
typedef enum lb_right {
#define X(name, word) LB_RIGHT_##name,
    LB_RIGHTS(X)
#undef X
        LB_RIGHT_COUNT
} lb_right;

typedef struct lb_permission {
    lb_span name;
    unsigned roles;                      /* a bit for each lb_party_role         */
    lb_text_list rights[LB_RIGHT_COUNT]; /* values, as given                     */
    lb_text_list covers_exact;           /* keys that its rights cover, sorted   */
    lb_text_list covers_heads;           /* beginnings of keys                   */
    bool is_local;                       /* who came by loopback or an ipc socket */
    int64_t messages_per_s, bytes_per_s, questions_per_s; /* LB_UNKNOWN: the hub's own */
    size_t number;                                        /* in the book, from 0                  */
} lb_permission;

typedef struct lb_permission_book lb_permission_book;

/* What is said of a party: see right.h for what may be said. */
bool lb_party_role_from_name(lb_span name, lb_party_role *role);
const char *lb_party_role_name(lb_party_role role);
bool lb_right_split(lb_span text, lb_right *right, lb_span *value);
bool lb_network_is_valid(lb_span text); /* "10.0.0.0/8" */

/* Makes a book of copies. `user_nonce` is a word that only this process knows: names of users on sockets begin
 * with it, so nobody can claim one. `local_may` is what those may do who need no key. */
lb_err lb_permission_book_open(lb_permission_book **book, const lb_party_list *parties,
                               lb_span user_nonce, bool local_may);
void lb_permission_book_close(lb_permission_book **book);
size_t lb_permission_book_count(const lb_permission_book *book); /* numbers of passes are below */

/* Whose key is it? NULL: nobody's, it has ended, or its party may not come from that address. */
const lb_permission *lb_permission_of_key(const lb_permission_book *book,
                                          const uint8_t key[LB_CURVE_KEY_BYTES], lb_span address,
                                          int64_t now_us);
/* The name that a connection of the party carries: user_nonce/first half of the key/address/party. */
enum { LB_USER_ROOM = 200 };
size_t lb_permission_user(const lb_permission_book *book, const lb_permission *permission,
                          const uint8_t key[LB_CURVE_KEY_BYTES], lb_span address,
                          char user[LB_USER_ROOM]);
/* The party's name in it, as it was shown; whether that holds, lb_permission_of_user says. Empty for who needs no key. */
lb_span lb_permission_user_party(lb_span user);
/* The party behind a message; `user` is empty where no key is needed. NULL: a stranger, or a party whose key has
 * ended since the connection was made, or which may not come from that address any more. */
const lb_permission *lb_permission_of_user(const lb_permission_book *book, lb_span user,
                                           int64_t now_us);
/* The party that sends as this source: "acme" and "acme.trucks" are acme's, else the first that has the right to it.
 * NULL: none. */
const lb_permission *lb_permission_of_source(const lb_permission_book *book, lb_span source);
/* Whose terminal is it, coming from there? NULL: nobody's. An empty plate: whatever it is. */
const lb_permission *lb_permission_of_terminal(const lb_permission_book *book, lb_span terminal,
                                               lb_span plate, lb_span address);

/* The party that answers for the terminal of this number, wherever it is; the first of several. NULL: none. */
const lb_permission *lb_permission_of_device(const lb_permission_book *book, lb_span terminal);

/* A copy for another thread; its text is in the arena. NULL: no memory. */
const lb_permission *lb_permission_copy(const lb_permission *permission, lb_arena *arena);

bool lb_permission_has(const lb_permission *permission, lb_party_role role);
bool lb_permission_may_ask(const lb_permission *permission, lb_ask ask);
bool lb_permission_sees_all(const lb_permission *permission); /* tracks and loads of everybody */
bool lb_permission_may_send_as(const lb_permission *permission, lb_span source);
bool lb_permission_may_send(const lb_permission *permission, const char *adapter);
/* A key of the view ("container:LBKU2048176", "awb:784-30418264"): may the party see its track? */
bool lb_permission_sees(const lb_permission *permission, lb_span key);
bool lb_permission_may_follow(const lb_permission *permission, lb_span topic);

bool lb_right_covers(const lb_text_list *values, lb_span what);

#endif
