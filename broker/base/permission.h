/* permission.h - what a party may do: its roles and rights, as checked at every door of the hub.
 *
 * Which role may ask which question stands in asks.def. Beside that:
 *
 *     role        sees                                   may send                       may follow
 *     OPERATOR    everything                             as any source                  everything
 *     CARRIER     the tracks that its "for" covers       as itself, in its formats      -
 *     SHIPPER     the tracks that its "see" grants       -                              -
 *     INTEGRATOR  -                                      -                              its topics, live and by replay
 *     AUDITOR     what the questions of its role show    -                              -
 *
 *     right                    means
 *     format:air.*             may send what this adapter reads
 *     source:cz-cargo          may send as this source, beside its own name and NAME.anything
 *     for:awb:784-*            its statements about these objects, references, places (for:place:CNULZ) and capacities
 *                              (for:resource:X9023@*) count; about others they are third-party reports, see cover.h
 *     see:bkg:BK7001           sees every track that has this reference, or of this object
 *     topic:e/rail/            may subscribe to topics with this prefix
 *     network:10.0.0.0/8       connects from there only; without one, from any address
 *     terminal:13912345678@新A12345   a JT/T 808 terminal, by the number in its header and its plate; covers both
 *
 * A value that ends in '*' stands for everything with that prefix. What is not granted is denied. A book is
 * immutable; one thread. */
#ifndef BASE_PERMISSION_H
#define BASE_PERMISSION_H

#include "arena.h"
#include "base/name.h"
#include "landbridge/client/answer.h"

enum { LB_CURVE_KEY_BYTES = 32, LB_CURVE_TEXT = 40 };

/* Numbers of roles are below; 0 is none. */
#define LB_ONE_MORE(prefix, name, number) +1
enum { LB_PARTY_ROLE_COUNT = 1 LB_PARTY_MEMBERS(LB_ONE_MORE) };
#undef LB_ONE_MORE

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
    unsigned roles;                      /* a bit for each lb_party_role */
    lb_text_list rights[LB_RIGHT_COUNT]; /* values, as given */
    lb_text_list covers_exact;           /* keys covered by its rights, sorted */
    lb_text_list covers_heads;           /* prefixes of keys */
    bool is_local;                       /* a client by loopback or ipc, without a key */
    int64_t messages_per_s, bytes_per_s, questions_per_s; /* LB_UNKNOWN: the hub's default */
    size_t number;                                        /* index in the book */
} lb_permission;

typedef struct lb_permission_book lb_permission_book;

/* Parsing of what an operator gives a party; right.h says which rights are valid. */
bool lb_right_split(lb_span text, lb_right *right, lb_span *value);
bool lb_network_is_valid(lb_span text); /* "10.0.0.0/8" */

/* Makes a book of copies. `user_nonce` is random for each start: user IDs on sockets begin with it, so no client can
 * forge one (ZAP user ID, ZeroMQ RFC 27). `local_may`: do clients without a key have all rights, or none? */
lb_err lb_permission_book_open(lb_permission_book **book, const lb_party_list *parties,
                               lb_span user_nonce, bool local_may);
void lb_permission_book_close(lb_permission_book **book);
size_t
lb_permission_book_count(const lb_permission_book *book); /* numbers of permissions are below */

/* The party of a key. NULL: none has it, it has expired, or its party may not connect from that address. */
const lb_permission *lb_permission_of_key(const lb_permission_book *book,
                                          const uint8_t key[LB_CURVE_KEY_BYTES], lb_span address,
                                          int64_t now_us);
/* The user ID of a party's connection: user_nonce/first half of the key/address/party. */
enum { LB_USER_ROOM = 200 };
size_t lb_permission_user(const lb_permission_book *book, const lb_permission *permission,
                          const uint8_t key[LB_CURVE_KEY_BYTES], lb_span address,
                          char user[LB_USER_ROOM]);
/* The party named in a user ID, unchecked (lb_permission_of_user checks). Empty for a connection without a key. */
lb_span lb_permission_user_party(lb_span user);
/* The party behind a message; `user` is empty for a connection without a key. NULL: an unknown key, or a party whose
 * key has expired or may not be used from that address any more. */
const lb_permission *lb_permission_of_user(const lb_permission_book *book, lb_span user,
                                           int64_t now_us);
/* The party on whose behalf a gate sends a request, with the address of the gate's client; "" is an unknown address, which
 * no network right allows. NULL: there is no such party (any more), or not from that address. No key is checked: the gate
 * has authenticated its client in its own way. */
const lb_permission *lb_permission_of_party(const lb_permission_book *book, lb_span name,
                                            lb_span client_address);
/* Why a request with on_behalf_of is refused. */
#define LB_WHY_NO_GATE "on_behalf_of is for gates inside the hub"
#define LB_WHY_NO_PARTY \
    "on_behalf_of names no party that the hub knows, or one that may not come from there"
/* The party that sends as this source: "acme" and "acme.trucks" are acme's, else the first that has the right to it.
 * NULL: none. */
const lb_permission *lb_permission_of_source(const lb_permission_book *book, lb_span source);
/* The party of a terminal at that address. NULL: none. An empty plate matches any. */
const lb_permission *lb_permission_of_terminal(const lb_permission_book *book, lb_span terminal,
                                               lb_span plate, lb_span address);

/* The party of the terminal with this number, at any address; the first of several. NULL: none. */
const lb_permission *lb_permission_of_device(const lb_permission_book *book, lb_span terminal);

/* A copy for another thread; its text is in the arena. NULL: no memory. */
const lb_permission *lb_permission_copy(const lb_permission *permission, lb_arena *arena);

bool lb_permission_has(const lb_permission *permission, lb_party_role role);
bool lb_permission_may_ask(const lb_permission *permission, lb_ask ask);
bool lb_permission_sees_all(const lb_permission *permission); /* tracks and loads of all parties */
bool lb_permission_may_send_as(const lb_permission *permission, lb_span source);
bool lb_permission_may_send(const lb_permission *permission, const char *adapter);
/* May the party see the track of a key of the view ("container:LBKU2048176", "awb:784-30418264")? */
bool lb_permission_sees(const lb_permission *permission, lb_span key);
bool lb_permission_may_follow(const lb_permission *permission, lb_span topic);

bool lb_right_covers(const lb_text_list *values, lb_span what);

#endif
