/* party_words.h - a party's roles and rights, and notes of the audit log, as the words that tests write down. */
#ifndef TESTS_PARTY_WORDS_H
#define TESTS_PARTY_WORDS_H

#include <string.h>

#include "landbridge/client/party.h"

/* UNSPECIFIED: there is no such role. */
static inline lb_party_role role_of(lb_span word)
{
    lb_party_role role = LB_PARTY_UNSPECIFIED;

    lb_party_role_from_name(word, &role);
    return role;
}

/* "CARRIER" is a role, "format:air.*" a right; the lists have room. */
static inline void party_take_word(lb_party *made, lb_span word)
{
    if (memchr(word.at, ':', word.len) != NULL)
        made->rights.at[made->rights.count++] = word;
    else
        made->roles.at[made->roles.count++] = role_of(word);
}

/* "SEND", "ASK_TRACK", "PARTY_ADD", as `landbridge admin audit` prints them. */
static inline bool note_is(const lb_audit_note *note, const char *action)
{
    char word[LB_AUDIT_WORD_ROOM];

    lb_audit_print_word(word, note);
    return strcmp(word, action) == 0;
}

#endif
