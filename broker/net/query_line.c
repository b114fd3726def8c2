/* query_line.c - a queue of questions, fair among askers. */
#include "net/query_line.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024 };

typedef struct asker {         /* exists while it has a question in the queue */
    struct asker *next;        /* in the ring */
    struct asker *same_bucket; /* in the hash table */
    uint64_t hash;
    lb_question_list questions;
} asker;

struct lb_query_line {
    asker *buckets[BUCKETS];
    asker *first, *last; /* ring: next in turn, and last */
    size_t count, bytes;
};

/* -- questions ---------------------------------------------------------------------------------------- */

lb_question *lb_question_make(const lb_question *like)
{
    lb_question *one = malloc(sizeof *one + like->from.len + like->user.len + like->party.len +
                              like->body.len + like->gate.len);
    if (one == NULL)
        return NULL;
    *one = *like;
    one->next = NULL;
    one->answer = NULL;
    one->answer_len = 0;
    char *at = one->bytes;
    one->from = lb_span_append(&at, like->from);
    one->user = lb_span_append(&at, like->user);
    one->party = lb_span_append(&at, like->party);
    one->body = lb_span_append(&at, like->body);
    one->gate = lb_span_append(&at, like->gate);
    return one;
}

lb_span lb_question_asker(const lb_question *one)
{
    return one->party.len > 0 ? one->party : one->from;
}

void lb_question_free(lb_question *one)
{
    free(one->answer);
    free(one);
}

void lb_question_put(lb_question_list *list, lb_question *one)
{
    one->next = NULL;
    if (list->last != NULL)
        list->last->next = one;
    else
        list->first = one;
    list->last = one;
    list->count++;
}

lb_question *lb_question_take(lb_question_list *list)
{
    lb_question *one = list->first;

    if (one == NULL)
        return NULL;
    list->first = one->next;
    if (list->first == NULL)
        list->last = NULL;
    list->count--;
    return one;
}

/* -- askers -------------------------------------------------------------------------------------------- */

static void stand_behind(lb_query_line *line, asker *who)
{
    who->next = NULL;
    if (line->last != NULL)
        line->last->next = who;
    else
        line->first = who;
    line->last = who;
}

/* A connection may choose a routing id equal to a party's name, so the two are never compared. */
static bool is_of_one_asker(const lb_question *a, const lb_question *b)
{
    return a->party.len > 0 ? lb_span_equal(a->party, b->party)
                            : b->party.len == 0 && lb_span_equal(a->from, b->from);
}

static asker *find_asker(lb_query_line *line, const lb_question *one, uint64_t hash)
{
    asker *who = line->buckets[hash % BUCKETS];

    while (who != NULL && (who->hash != hash || !is_of_one_asker(who->questions.first, one)))
        who = who->same_bucket;
    return who;
}

static asker *new_asker(lb_query_line *line, uint64_t hash)
{
    asker *who = calloc(1, sizeof *who);
    if (who == NULL)
        return NULL;
    who->hash = hash;
    who->same_bucket = line->buckets[hash % BUCKETS];
    line->buckets[hash % BUCKETS] = who;
    stand_behind(line, who);
    return who;
}

static void leave(lb_query_line *line, asker *who)
{
    asker **link = &line->buckets[who->hash % BUCKETS];

    while (*link != who)
        link = &(*link)->same_bucket;
    *link = who->same_bucket;
    free(who);
}

/* -- the line ------------------------------------------------------------------------------------------ */

lb_err lb_query_line_open(lb_query_line **line)
{
    *line = calloc(1, sizeof **line);
    return *line == NULL ? LB_ERR_NO_MEMORY : LB_OK;
}

void lb_query_line_close(lb_query_line **line)
{
    lb_question *one;

    if (*line == NULL)
        return;
    while ((one = lb_query_line_take(*line, NULL, NULL)) != NULL)
        lb_question_free(one);
    free(*line);
    *line = NULL;
}

bool lb_query_line_put(lb_query_line *line, lb_question *one)
{
    uint64_t hash = lb_span_hash(lb_question_asker(one));

    asker *who = find_asker(line, one, hash);
    if (who == NULL)
        who = new_asker(line, hash);
    if (who == NULL)
        return false;
    lb_question_put(&who->questions, one);
    line->count++;
    line->bytes += one->body.len;
    return true;
}

/* Removes the next asker that may be answered from the ring; askers that are passed over keep their places. */
static asker *next_asker(lb_query_line *line, lb_may_answer *may, void *whose)
{
    asker *before = NULL, *who = line->first;

    while (who != NULL && may != NULL && !may(whose, who->questions.first)) {
        before = who;
        who = who->next;
    }
    if (who == NULL)
        return NULL;
    if (before == NULL)
        line->first = who->next;
    else
        before->next = who->next;
    if (line->last == who)
        line->last = before;
    return who;
}

lb_question *lb_query_line_take(lb_query_line *line, lb_may_answer *may, void *whose)
{
    asker *who = next_asker(line, may, whose);

    if (who == NULL)
        return NULL;
    lb_question *one = lb_question_take(&who->questions);
    line->count--;
    line->bytes -= one->body.len;
    if (who->questions.count > 0)
        stand_behind(line, who);
    else
        leave(line, who);
    return one;
}

size_t lb_query_line_count(const lb_query_line *line)
{
    return line->count;
}

size_t lb_query_line_bytes(const lb_query_line *line)
{
    return line->bytes;
}
