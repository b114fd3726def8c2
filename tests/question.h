/* question.h - fills in questions for tests that put many kinds of them in the same way. */
#ifndef TESTS_QUESTION_H
#define TESTS_QUESTION_H

#include <string.h>

#include "landbridge/client/answer.h"
#include "landbridge/client/version.h"
#include "record.h"

/* A capacity as people of the command line name it: a resource, "BAN:" for all of a kind, "trucks:CNULZ". */
static inline void question_of_capacity(lb_capacity_query *query, lb_span about)
{
    bool is_kind = about.len > 1 && about.at[about.len - 1] == ':' &&
                   lb_resource_kind_from_name(lb_span_first(about, about.len - 1), &query->kind);

    if (lb_span_starts(about, "trucks:"))
        query->trucks_near = lb_span_after(about, 7);
    else if (!is_kind)
        query->resource = about;
}

/* Makes a question of it; what else stands in it already stays. `about` is what the question is mainly about: a
 * reference, a place, a folder. */
static inline void question_set(lb_query *query, lb_ask ask, lb_span about)
{
    query->ask = ask;
    switch (ask) {
    case LB_ASK_TRACK:
        query->track.reference = about;
        break;
    case LB_ASK_CAPACITY:
        question_of_capacity(&query->capacity, about);
        break;
    case LB_ASK_FIND_SPACE:
        query->find_space.from = about;
        break;
    case LB_ASK_DEPARTURES:
        query->departures.from = about;
        break;
    case LB_ASK_YARD:
        query->yard.place = about;
        break;
    case LB_ASK_BACKUP:
        query->backup.folder = about;
        break;
    case LB_ASK_SALVAGE:
        query->salvage.folder = about;
        break;
    default:
        break;
    }
}

/* Everything else is unknown. */
static inline void question_init(lb_query *query, lb_ask ask, lb_span about)
{
    lb_record_init(&lb_record_query, query);
    query->schema_rev = LB_SCHEMA_REV;
    question_set(query, ask, about);
}

/* A change of a party, from the same description of it for every kind of change. */
static inline void question_of_change(lb_query *query, lb_ask ask, const lb_party *one,
                                      int64_t old_until_us)
{
    lb_span key = one->keys.count > 0 ? one->keys.at[0].key : (lb_span){NULL, 0};

    question_init(query, ask, (lb_span){NULL, 0});
    if (ask == LB_ASK_PARTY_ADD)
        query->party_add = *one;
    if (ask == LB_ASK_PARTY_ROTATE)
        query->party_rotate = (lb_party_rotate_query){one->name, key, old_until_us};
    if (ask == LB_ASK_PARTY_REVOKE)
        query->party_revoke = (lb_party_revoke_query){one->name, key};
    if (ask == LB_ASK_PARTY_GRANT)
        query->party_grant = (lb_party_rights_query){one->name, one->rights};
    if (ask == LB_ASK_PARTY_WITHDRAW)
        query->party_withdraw = (lb_party_rights_query){one->name, one->rights};
}

#endif
