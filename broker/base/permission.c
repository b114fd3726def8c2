/* permission.c - what a party may do: its roles and rights, as checked at every door of the hub. */
#include "base/permission.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "arena.h"
#include "base/name.h"

enum { BOOK_BYTES = 256 * 1024 * 1024, SEAL_ROOM = 64, HALF_KEY = LB_CURVE_KEY_BYTES / 2 };

typedef struct held_key {
    uint8_t key[LB_CURVE_KEY_BYTES];
    int64_t ends_us;
    size_t permission;
} held_key;

typedef struct held_terminal {
    lb_span number;
    size_t permission;
} held_terminal;

typedef struct held_terminals {
    held_terminal *at;
    size_t count, room;
} held_terminals;

struct lb_permission_book {
    lb_arena memory;
    lb_permission *permissions;
    size_t count;
    held_key *keys; /* sorted */
    size_t key_count;
    held_terminals terminals; /* sorted */
    lb_span user_nonce;
    bool local_may;
};

/* The permission of clients without a key: they are on the hub's own machine. */
static const lb_permission local_permission = {.name = {"local", 5},
                                               .roles = 1U << LB_PARTY_OPERATOR,
                                               .is_local = true,
                                               .messages_per_s = LB_UNKNOWN,
                                               .bytes_per_s = LB_UNKNOWN,
                                               .questions_per_s = LB_UNKNOWN,
                                               .number = SIZE_MAX};

/* -- words ------------------------------------------------------------------------------------------- */

static const char *const right_words[LB_RIGHT_COUNT] = {
#define X(name, word) word,
    LB_RIGHTS(X)
#undef X
};

bool lb_right_split(lb_span text, lb_right *right, lb_span *value)
{
    lb_span word;

    if (!lb_span_cut(&text, ':', &word))
        return false;
    for (unsigned i = 0; i < LB_RIGHT_COUNT; i++)
        if (lb_span_is(word, right_words[i])) {
            *right = (lb_right)i;
            *value = text;
            return text.len > 0;
        }
    return false;
}

/* -- networks ---------------------------------------------------------------------------------------- */

typedef struct network {
    int family;
    uint8_t at[16];
    unsigned bits, most;
} network;

static bool read_address(lb_span text, network *net)
{
    char word[64];

    if (text.len == 0 || text.len >= sizeof word)
        return false;
    memcpy(word, text.at, text.len);
    word[text.len] = '\0';
    *net = (network){.family = memchr(word, ':', text.len) != NULL ? AF_INET6 : AF_INET};
    net->most = net->bits = net->family == AF_INET6 ? 128 : 32;
    return inet_pton(net->family, word, net->at) == 1;
}

static bool read_network(lb_span text, network *net)
{
    lb_span address, rest = text;
    int64_t bits;

    if (!lb_span_cut(&rest, '/', &address) || !read_address(address, net))
        return false;
    if (address.len == text.len)
        return true; /* no prefix length: one machine */
    if (!lb_span_number(rest, &bits) || bits < 0 || bits > (int64_t)net->most)
        return false;
    net->bits = (unsigned)bits;
    return true;
}

static bool is_within(const network *net, const network *address)
{
    if (net->family != address->family)
        return false;
    for (unsigned bit = 0; bit < net->bits; bit += 8) {
        unsigned left = net->bits - bit;
        unsigned mask = left >= 8 ? 0xffU : 0xffU << (8 - left) & 0xffU;
        if (((net->at[bit / 8] ^ address->at[bit / 8]) & mask) != 0)
            return false;
    }
    return true;
}

/* A party without a network right may connect from any address. An unreadable address matches no network. */
static bool may_come_from(const lb_permission *permission, lb_span address)
{
    const lb_text_list *networks = &permission->rights[LB_RIGHT_NETWORK];
    network from, net;

    if (networks->count == 0)
        return true;
    if (!read_address(address, &from))
        return false;
    for (size_t i = 0; i < networks->count; i++)
        if (read_network(networks->at[i], &net) && is_within(&net, &from))
            return true;
    return false;
}

bool lb_network_is_valid(lb_span text)
{
    network net;

    return read_network(text, &net);
}

/* -- the book ---------------------------------------------------------------------------------------- */

static void add_text(lb_permission_book *book, lb_text_list *list, lb_span text)
{
    if (lb_arena_grow(&book->memory, list, sizeof *list->at))
        list->at[list->count++] = text;
}

/* A right to a terminal covers the terminal and its vehicle. */
static void add_terminal(lb_permission_book *book, lb_permission *permission, lb_span value)
{
    lb_span number, plate = value;

    if (!lb_span_cut(&plate, '@', &number))
        return;
    add_text(book, &permission->covers_exact,
             lb_arena_print(&book->memory, "device:%.*s", LB_ARG(number)));
    add_text(book, &permission->covers_exact,
             lb_arena_print(&book->memory, "truck:%.*s", LB_ARG(plate)));
    if (lb_arena_grow(&book->memory, &book->terminals, sizeof *book->terminals.at))
        book->terminals.at[book->terminals.count++] = (held_terminal){number, permission->number};
}

static void add_right(lb_permission_book *book, lb_permission *permission, lb_span text)
{
    lb_right right;
    lb_span value;

    if (!lb_right_split(text, &right, &value))
        return;
    lb_text_list *list = &permission->rights[right];
    value = lb_arena_copy(&book->memory, value);
    add_text(book, list, value);
    if (right == LB_RIGHT_FOR && value.len > 0 && value.at[value.len - 1] == '*')
        add_text(book, &permission->covers_heads, lb_span_first(value, value.len - 1));
    else if (right == LB_RIGHT_FOR)
        add_text(book, &permission->covers_exact, value);
    if (right == LB_RIGHT_TERMINAL)
        add_terminal(book, permission, value);
}

static void add_key(lb_permission_book *book, const lb_party_key *key, size_t permission)
{
    held_key *held = &book->keys[book->key_count];

    if (key->key.len != LB_CURVE_KEY_BYTES)
        return;
    memcpy(held->key, key->key.at, LB_CURVE_KEY_BYTES);
    held->ends_us = key->ends_us == LB_UNKNOWN ? INT64_MAX : key->ends_us;
    held->permission = permission;
    book->key_count++;
}

static void add_party(lb_permission_book *book, const lb_party *party)
{
    lb_permission *permission = &book->permissions[book->count];

    *permission = (lb_permission){.number = book->count,
                                  .messages_per_s = party->messages_per_s,
                                  .bytes_per_s = party->bytes_per_s,
                                  .questions_per_s = party->questions_per_s};
    permission->name = lb_arena_copy(&book->memory, party->name);
    for (size_t i = 0; i < party->roles.count; i++)
        if (party->roles.at[i] != LB_PARTY_UNSPECIFIED)
            permission->roles |= 1U << party->roles.at[i];
    for (size_t i = 0; i < party->rights.count; i++)
        add_right(book, permission, party->rights.at[i]);
    for (size_t i = 0; i < party->keys.count; i++)
        add_key(book, &party->keys.at[i], book->count);
    book->count++;
}

static int by_key(const void *left, const void *right)
{
    const held_key *a = left, *b = right;

    return memcmp(a->key, b->key, LB_CURVE_KEY_BYTES);
}

static int by_text(const void *left, const void *right)
{
    return lb_span_compare(*(const lb_span *)left, *(const lb_span *)right);
}

static int by_number(const void *left, const void *right)
{
    const held_terminal *a = left, *b = right;

    return lb_span_compare(a->number, b->number);
}

/* If several parties have the same number, the first one in the book counts, as at the gate. */
static int by_number_and_permission(const void *left, const void *right)
{
    const held_terminal *a = left, *b = right;
    int order = by_number(a, b);

    return order != 0 ? order : (a->permission > b->permission) - (a->permission < b->permission);
}

static void sort(void *at, size_t count, size_t size, int (*order)(const void *, const void *))
{
    if (count > 1)
        qsort(at, count, size, order);
}

static void drop_repeated_numbers(held_terminals *list)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++)
        if (kept == 0 || by_number(&list->at[kept - 1], &list->at[i]) != 0)
            list->at[kept++] = list->at[i];
    list->count = kept;
}

static void sort_book(lb_permission_book *book)
{
    for (size_t i = 0; i < book->count; i++) {
        lb_text_list *exact = &book->permissions[i].covers_exact;
        sort(exact->at, exact->count, sizeof *exact->at, by_text);
    }
    sort(book->keys, book->key_count, sizeof *book->keys, by_key);
    sort(book->terminals.at, book->terminals.count, sizeof *book->terminals.at,
         by_number_and_permission);
    drop_repeated_numbers(&book->terminals);
}

lb_err lb_permission_book_open(lb_permission_book **out, const lb_party_list *parties,
                               lb_span user_nonce, bool local_may)
{
    size_t keys = 0;

    lb_permission_book *book = calloc(1, sizeof *book);
    if (book == NULL)
        return LB_ERR_NO_MEMORY;
    lb_arena_init(&book->memory, BOOK_BYTES);
    for (size_t i = 0; i < parties->count; i++)
        keys += parties->at[i].keys.count;
    book->permissions =
        lb_arena_zero(&book->memory, (parties->count + 1) * sizeof *book->permissions);
    book->keys = lb_arena_zero(&book->memory, (keys + 1) * sizeof *book->keys);
    book->user_nonce = lb_arena_copy(&book->memory, user_nonce);
    book->local_may = local_may;
    for (size_t i = 0; !lb_arena_failed(&book->memory) && i < parties->count; i++)
        add_party(book, &parties->at[i]);
    if (lb_arena_failed(&book->memory)) {
        lb_permission_book_close(&book);
        return LB_ERR_NO_MEMORY;
    }
    sort_book(book);
    *out = book;
    return LB_OK;
}

static lb_text_list copy_texts(const lb_text_list *texts, lb_arena *arena)
{
    lb_text_list copy = {lb_arena_alloc(arena, (texts->count + 1) * sizeof *copy.at), 0,
                         texts->count + 1};

    while (copy.at != NULL && copy.count < texts->count) {
        copy.at[copy.count] = lb_arena_copy(arena, texts->at[copy.count]);
        copy.count++;
    }
    return copy;
}

const lb_permission *lb_permission_copy(const lb_permission *permission, lb_arena *arena)
{
    lb_permission *copy = lb_arena_alloc(arena, sizeof *copy);
    if (copy == NULL)
        return NULL;

    *copy = *permission;
    copy->name = lb_arena_copy(arena, permission->name);
    for (size_t i = 0; i < LB_RIGHT_COUNT; i++)
        copy->rights[i] = copy_texts(&permission->rights[i], arena);
    copy->covers_exact = copy_texts(&permission->covers_exact, arena);
    copy->covers_heads = copy_texts(&permission->covers_heads, arena);
    return lb_arena_failed(arena) ? NULL : copy;
}

void lb_permission_book_close(lb_permission_book **book)
{
    if (*book == NULL)
        return;
    lb_arena_fini(&(*book)->memory);
    free(*book);
    *book = NULL;
}

size_t lb_permission_book_count(const lb_permission_book *book)
{
    return book->count;
}

/* -- who sends ---------------------------------------------------------------------------------------- */

const lb_permission *lb_permission_of_key(const lb_permission_book *book,
                                          const uint8_t key[LB_CURVE_KEY_BYTES], lb_span address,
                                          int64_t now_us)
{
    held_key wanted = {.permission = 0};

    memcpy(wanted.key, key, LB_CURVE_KEY_BYTES);
    const held_key *held =
        bsearch(&wanted, book->keys, book->key_count, sizeof *book->keys, by_key);
    if (held == NULL || held->ends_us <= now_us)
        return NULL;
    const lb_permission *permission = &book->permissions[held->permission];
    return may_come_from(permission, address) ? permission : NULL;
}

size_t lb_permission_user(const lb_permission_book *book, const lb_permission *permission,
                          const uint8_t key[LB_CURVE_KEY_BYTES], lb_span address,
                          char user[LB_USER_ROOM])
{
    char half[2 * HALF_KEY + 1];

    sodium_bin2hex(half, sizeof half, key, HALF_KEY);
    int len = snprintf(user, LB_USER_ROOM, "%.*s/%s/%.*s/%.*s", LB_ARG(book->user_nonce), half,
                       LB_ARG(address), LB_ARG(permission->name));
    return len < 0 || len >= LB_USER_ROOM ? 0 : (size_t)len;
}

/* The key must still be valid and the party's: it may have been revoked or have expired since the handshake. */
static bool holds(const lb_permission_book *book, const lb_permission *permission, lb_span half,
                  int64_t now_us)
{
    char text[2 * HALF_KEY + 1];

    for (size_t i = 0; i < book->key_count; i++) {
        const held_key *held = &book->keys[i];
        if (held->permission != permission->number || held->ends_us <= now_us)
            continue;
        sodium_bin2hex(text, sizeof text, held->key, HALF_KEY);
        if (lb_span_is(half, text))
            return true;
    }
    return false;
}

lb_span lb_permission_user_party(lb_span user)
{
    size_t from = user.len;

    while (from > 0 && user.at[from - 1] != '/')
        from--;
    return lb_span_after(user, from);
}

const lb_permission *lb_permission_of_user(const lb_permission_book *book, lb_span user,
                                           int64_t now_us)
{
    lb_span user_nonce, half, address;

    if (user.len == 0)
        return book->local_may ? &local_permission : NULL;
    if (!lb_span_cut(&user, '/', &user_nonce) || user_nonce.len != book->user_nonce.len ||
        sodium_memcmp(user_nonce.at, book->user_nonce.at, user_nonce.len) != 0 ||
        !lb_span_cut(&user, '/', &half) || !lb_span_cut(&user, '/', &address))
        return NULL;
    for (size_t i = 0; i < book->count; i++) {
        const lb_permission *permission = &book->permissions[i];
        if (lb_span_equal(permission->name, user))
            return holds(book, permission, half, now_us) && may_come_from(permission, address)
                       ? permission
                       : NULL;
    }
    return NULL;
}

const lb_permission *lb_permission_of_party(const lb_permission_book *book, lb_span name,
                                            lb_span client_address)
{
    for (size_t i = 0; i < book->count; i++) {
        const lb_permission *permission = &book->permissions[i];
        if (lb_span_equal(permission->name, name))
            return may_come_from(permission, client_address) ? permission : NULL;
    }
    return NULL;
}

static bool is_terminal(lb_span value, lb_span terminal, lb_span plate)
{
    lb_span number, its_plate = value;

    return lb_span_cut(&its_plate, '@', &number) && lb_span_equal(number, terminal) &&
           (plate.len == 0 || lb_span_equal(its_plate, plate));
}

const lb_permission *lb_permission_of_terminal(const lb_permission_book *book, lb_span terminal,
                                               lb_span plate, lb_span address)
{
    for (size_t i = 0; i < book->count; i++) {
        const lb_permission *permission = &book->permissions[i];
        const lb_text_list *terminals = &permission->rights[LB_RIGHT_TERMINAL];
        for (size_t k = 0; k < terminals->count; k++)
            if (is_terminal(terminals->at[k], terminal, plate) &&
                may_come_from(permission, address))
                return permission;
    }
    return NULL;
}

const lb_permission *lb_permission_of_device(const lb_permission_book *book, lb_span terminal)
{
    const held_terminal wanted = {.number = terminal};

    if (book->terminals.count == 0)
        return NULL;
    const held_terminal *held = bsearch(&wanted, book->terminals.at, book->terminals.count,
                                        sizeof *book->terminals.at, by_number);
    return held == NULL ? NULL : &book->permissions[held->permission];
}

/* -- what it may do ------------------------------------------------------------------------------------ */

static bool covers(lb_span value, lb_span what)
{
    if (value.len > 0 && value.at[value.len - 1] == '*') {
        value.len--;
        return what.len >= value.len && memcmp(what.at, value.at, value.len) == 0;
    }
    return lb_span_equal(value, what);
}

bool lb_right_covers(const lb_text_list *values, lb_span what)
{
    for (size_t i = 0; i < values->count; i++)
        if (covers(values->at[i], what))
            return true;
    return false;
}

bool lb_permission_has(const lb_permission *permission, lb_party_role role)
{
    return (permission->roles & 1U << role) != 0;
}

/* of asks.def; a question without a row is denied */
enum {
    NOBODY = 0,
    OPERATOR = 1 << LB_PARTY_OPERATOR,
    CARRIER = 1 << LB_PARTY_CARRIER,
    SHIPPER = 1 << LB_PARTY_SHIPPER,
    INTEGRATOR = 1 << LB_PARTY_INTEGRATOR,
    AUDITOR = 1 << LB_PARTY_AUDITOR,
    LOCAL = 1 << LB_PARTY_ROLE_COUNT, /* not a role: clients without a key */
};

static unsigned may_ask(lb_ask ask)
{
    switch (ask) {
#define LB_ASK(NAME, number, name, WHERE, may, ...) \
    case LB_ASK_##NAME:                             \
        return may;
#include "landbridge/asks.def"
    case LB_ASK_UNSPECIFIED:
        break;
    }
    return NOBODY;
}

bool lb_permission_may_ask(const lb_permission *permission, lb_ask ask)
{
    unsigned may = may_ask(ask);

    return (permission->roles & may) != 0 && ((may & LOCAL) == 0 || permission->is_local);
}

bool lb_permission_sees_all(const lb_permission *permission)
{
    return lb_permission_has(permission, LB_PARTY_OPERATOR);
}

bool lb_permission_may_send_as(const lb_permission *permission, lb_span source)
{
    if (lb_permission_has(permission, LB_PARTY_OPERATOR))
        return true;
    return lb_permission_has(permission, LB_PARTY_CARRIER) &&
           (lb_name_is_of(source, permission->name) ||
            lb_right_covers(&permission->rights[LB_RIGHT_SOURCE], source));
}

const lb_permission *lb_permission_of_source(const lb_permission_book *book, lb_span source)
{
    for (size_t i = 0; i < book->count; i++)
        if (lb_name_is_of(source, book->permissions[i].name))
            return &book->permissions[i];
    for (size_t i = 0; i < book->count; i++)
        if (lb_right_covers(&book->permissions[i].rights[LB_RIGHT_SOURCE], source))
            return &book->permissions[i];
    return NULL;
}

bool lb_permission_may_send(const lb_permission *permission, const char *adapter)
{
    return lb_permission_has(permission, LB_PARTY_OPERATOR) ||
           (lb_permission_has(permission, LB_PARTY_CARRIER) &&
            lb_right_covers(&permission->rights[LB_RIGHT_FORMAT], lb_span_of(adapter)));
}

bool lb_permission_sees(const lb_permission *permission, lb_span key)
{
    return lb_permission_sees_all(permission) ||
           (lb_permission_has(permission, LB_PARTY_SHIPPER) &&
            lb_right_covers(&permission->rights[LB_RIGHT_SEE], key)) ||
           (lb_permission_has(permission, LB_PARTY_CARRIER) &&
            lb_right_covers(&permission->rights[LB_RIGHT_FOR], key));
}

static bool is_below_a_topic(const lb_permission *permission, lb_span topic)
{
    const lb_text_list *topics = &permission->rights[LB_RIGHT_TOPIC];

    for (size_t i = 0; i < topics->count; i++) {
        lb_span head = topics->at[i];
        if (topic.len >= head.len && memcmp(topic.at, head.at, head.len) == 0)
            return true;
    }
    return false;
}

bool lb_permission_may_follow(const lb_permission *permission, lb_span topic)
{
    return lb_permission_has(permission, LB_PARTY_OPERATOR) ||
           (lb_permission_has(permission, LB_PARTY_INTEGRATOR) &&
            is_below_a_topic(permission, topic));
}
