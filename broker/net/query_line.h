/* query_line.h - questions that wait: those of one asker one after the other, askers in turn. An asker is a party, by
 * however many connections it comes, or a connection that needs no key.
 *
 *     asker 1   q q q q q q q        next: the first of asker 1, then of 2, then of 3, then the second of asker 1 ...
 *     asker 2   q
 *     asker 3   q q
 *
 * An asker with ten thousand questions waits for its own, and the others for one of them. One thread. */
#ifndef NET_QUERY_LINE_H
#define NET_QUERY_LINE_H

#include <stdbool.h>

#include "landbridge/client/error.h"
#include "landbridge/client/span.h"

typedef struct lb_question { /* one piece of memory from its coming to its answer */
    struct lb_question *next;
    int64_t came_us, leaves_us;
    bool is_req, is_measured; /* counts among its party's open questions, as `weight` of them */
    int64_t weight;
    int64_t from_seq; /* how far the view must have come, while it waits for that */
    bool is_inside;   /* came by the socket for gates */
    lb_span from, user, party, body;
    lb_span gate; /* that asks on behalf of the party; empty: it came by itself */
    size_t answer_len;
    char *answer;
    char bytes[]; /* of the spans */
} lb_question;

lb_span lb_question_asker(const lb_question *one); /* its party, or its connection */

/* A copy of it with its spans, without answer and place in a list; NULL: no memory. */
lb_question *lb_question_make(const lb_question *like);
void lb_question_free(lb_question *one);

typedef struct lb_question_list {
    lb_question *first, *last;
    size_t count;
} lb_question_list;
void lb_question_put(lb_question_list *list, lb_question *one); /* behind the last */
lb_question *lb_question_take(lb_question_list *list);          /* the first; NULL: none */

typedef struct lb_query_line lb_query_line;
lb_err lb_query_line_open(lb_query_line **line);
void lb_query_line_close(lb_query_line **line);                /* frees what still waits */
bool lb_query_line_put(lb_query_line *line, lb_question *one); /* false: no memory */
/* The first question, of askers in turn, that may be answered now (`may` NULL: any); NULL: none. */
typedef bool lb_may_answer(void *whose, const lb_question *one);
lb_question *lb_query_line_take(lb_query_line *line, lb_may_answer *may, void *whose);
size_t lb_query_line_count(const lb_query_line *line);
size_t lb_query_line_bytes(const lb_query_line *line);

#endif
