/* party.h - the register of parties: names, roles, rights, CURVE keys.
 *
 *     party.db   party | party_key | party_right | register (a revision that every change raises)
 *
 * One writer, in the access thread. Every door has a reader of its own, which compares the revision
 * with its last one and reads all permissions again when it has changed. So a change takes effect
 * with the next request. Keys are 32 bytes here; their text form (Z85, ZeroMQ RFC 32) is used in
 * net/ only. */
#ifndef KEEP_PARTY_H
#define KEEP_PARTY_H

#include "arena.h"
#include "base/permission.h"
#include "base/store.h"

typedef struct lb_party_register lb_party_register;

lb_err lb_party_register_open(lb_party_register **book, lb_store *store);
void lb_party_register_close(lb_party_register **book);
/* Executes PARTY_ADD, _ROTATE, _REVOKE, _GRANT or _WITHDRAW inside the caller's transaction, which
 * must be rolled back after an error. On MISUSE and NOT_FOUND *why is the reason, a constant. */
lb_err lb_party_change(lb_party_register *book, const lb_query *query, int64_t now_us,
                       const char **why);
/* All parties, or the one with this name if it is not empty, with rights and keys; sorted by name,
 * in the arena. */
lb_err lb_party_read_all(lb_party_register *book, lb_span name, lb_arena *arena,
                         lb_party_list *list);

typedef struct lb_party_reader lb_party_reader;

/* user_nonce (borrowed) and local_may: see lb_permission_book_open. */
lb_err lb_party_reader_open(lb_party_reader **reader, const char *path, lb_span user_nonce,
                            bool local_may);
void lb_party_reader_close(lb_party_reader **reader);
/* The revision of the permissions that lb_party_permissions returned last. */
int64_t lb_party_revision(const lb_party_reader *reader);
/* The present permissions, valid until the next call. If they cannot be read, the previous ones
 * (logged). */
const lb_permission_book *lb_party_permissions(lb_party_reader *reader);

#endif
