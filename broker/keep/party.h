/* party.h - the register of parties: names, roles, rights, CURVE keys.
 *
 *     party.db   party | party_key | party_right | register (a revision that every change raises)
 *
 * One writer, in the access thread. Every door has a reader of its own: it checks whether the revision was raised, and
 * then reads all permissions again, so a revoked key is refused from that moment on. Keys are 32 bytes here; their text
 * form is used in net/ only. */
#ifndef KEEP_PARTY_H
#define KEEP_PARTY_H

#include "arena.h"
#include "base/permission.h"
#include "base/store.h"

typedef struct lb_party_register lb_party_register;

lb_err lb_party_register_open(lb_party_register **book, lb_store *store);
void lb_party_register_close(lb_party_register **book);
/* ADD, ROTATE, REVOKE, GRANT or WITHDRAW, inside the caller's transaction. On MISUSE and NOT_FOUND *why is the reason,
 * and the transaction must be rolled back. */
lb_err lb_party_change(lb_party_register *book, const lb_query *query, int64_t now_us,
                       const char **why);
/* All parties with their rights and keys, by name; only `name` unless it is empty. */
lb_err lb_party_read_all(lb_party_register *book, lb_span name, lb_arena *arena,
                         lb_party_list *list);

typedef struct lb_party_reader lb_party_reader;

/* See lb_permission_book_open for user_nonce and local_may. */
lb_err lb_party_reader_open(lb_party_reader **reader, const char *path, lb_span user_nonce,
                            bool local_may);
void lb_party_reader_close(lb_party_reader **reader);
/* Changes with the result of lb_party_permissions. */
int64_t lb_party_revision(const lb_party_reader *reader);
/* Permissions as of now; valid until the next call. If they cannot be read, the last ones (logged). */
const lb_permission_book *lb_party_permissions(lb_party_reader *reader);

#endif
