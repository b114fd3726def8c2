/* party.h - who is known to the hub: names, roles, rights, CURVE keys.
 *
 *     party.db   party | party_key | party_right | register (a revision that every change raises)
 *
 * One writer, of the access thread's thread. Every door has a reader of its own: it looks whether the revision was
 * raised, and then reads the book of passes again, so a key that was revoked opens nothing from that moment on.
 * Keys are 32 bytes here; text of them is the movers' business. */
#ifndef KEEP_PARTY_H
#define KEEP_PARTY_H

#include "arena.h"
#include "base/permission.h"
#include "base/store.h"

typedef struct lb_party_register lb_party_register;

lb_err lb_party_register_open(lb_party_register **book, lb_store *store);
void lb_party_register_close(lb_party_register **book);
/* ADD, ROTATE, REVOKE, GRANT or WITHDRAW, inside the caller's transaction. On MISUSE and NOT_FOUND *why says
 * what is wrong, and the transaction must be rolled back. */
lb_err lb_party_change(lb_party_register *book, const lb_query *query, int64_t now_us,
                       const char **why);
/* All parties with their rights and keys, by name; of `name` only when it is not empty. */
lb_err lb_party_read_all(lb_party_register *book, lb_span name, lb_arena *arena,
                         lb_party_list *list);

typedef struct lb_party_reader lb_party_reader;

/* See lb_permission_book_open for user_nonce and local_may. */
lb_err lb_party_reader_open(lb_party_reader **reader, const char *path, lb_span user_nonce,
                            bool local_may);
void lb_party_reader_close(lb_party_reader **reader);
/* The number of what lb_party_permissions gave last: another number, another book. */
int64_t lb_party_revision(const lb_party_reader *reader);
/* What holds now; good until the next call. When it cannot be read, what held last (logged). */
const lb_permission_book *lb_party_permissions(lb_party_reader *reader);

#endif
