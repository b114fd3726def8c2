/* query_line.h - a queue of questions, fair among askers. An asker is a party with all its connections, or a connection
 * without a key.
 *
 *     asker 1   q q q q q q q        order: the first of asker 1, of 2, of 3, then the second of asker 1 ...
 *     asker 2   q
 *     asker 3   q q
 *
 * So an asker with ten thousand questions delays each of the others by one question only. One thread. */
#ifndef NET_QUERY_LINE_H
#define NET_QUERY_LINE_H

#include <stdbool.h>

#include "landbridge/client/error.h"
#include "landbridge/client/span.h"

typedef struct lb_question { /* one block of memory, from reception to answer */
    struct lb_question *next;
    int64_t came_us, leaves_us;
    bool is_req, is_measured; /* counts among its party's open questions, as `weight` of them */
    int64_t weight;
    int64_t from_seq; /* number that the view must have reached, while it waits for that */
    bool is_inside;   /* from the socket for gates */
    lb_span from, user, party, body;
    lb_span gate; /* asks on behalf of the party; empty: the party itself */
    size_t answer_len;
    char *answer;
    char bytes[]; /* of the spans */
} lb_question;

lb_span lb_question_asker(const lb_question *one); /* its party, or its connection */

/* A copy of it and its spans, without answer, in no list; NULL: no memory. */
lb_question *lb_question_make(const lb_question *like);
void lb_question_free(lb_question *one);

typedef struct lb_question_list {
    lb_question *first, *last;
    size_t count;
} lb_question_list;
void lb_question_put(lb_question_list *list, lb_question *one); /* at the end */
lb_question *lb_question_take(lb_question_list *list);          /* the first; NULL: none */

typedef struct lb_query_line lb_query_line;
lb_err lb_query_line_open(lb_query_line **line);
void lb_query_line_close(lb_query_line **line);                /* frees all questions in it */
bool lb_query_line_put(lb_query_line *line, lb_question *one); /* false: no memory */
/* Removes the first question, in the order above, for which `may` is true (`may` NULL: any); NULL: none. */
typedef bool lb_may_answer(void *whose, const lb_question *one);
lb_question *lb_query_line_take(lb_query_line *line, lb_may_answer *may, void *whose);
size_t lb_query_line_count(const lb_query_line *line);
size_t lb_query_line_bytes(const lb_query_line *line);

#endif
