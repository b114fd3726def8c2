/* query_pages.h - long answers, sent page by page.
 *
 *     answer of 5 MiB ──> kept here, under a random number
 *         Answer { page = bytes 0 .. 1 MiB, next_page = "NUMBER.1" }         Query { page = "NUMBER.1" } ──> the next
 *
 * The answer is derived once, so all pages show one moment. An asker has one long answer at a time; a new one replaces
 * it. It is freed after its last page, or LB_PAGES_WAIT_US after the last request for a page. One thread. */
#ifndef NET_QUERY_PAGES_H
#define NET_QUERY_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "landbridge/client/error.h"
#include "landbridge/client/span.h"

#define LB_PAGE_BYTES    (1024 * 1024)      /* a longer answer has pages */
#define LB_PAGES_BYTES   (96 * 1024 * 1024) /* of all answers kept */
#define LB_PAGES_WAIT_US INT64_C(30000000)  /* for the request for the next page */

enum { LB_PAGE_NAME_ROOM = 40 };

typedef struct lb_query_pages lb_query_pages;

lb_err lb_query_pages_open(lb_query_pages **pages);
void lb_query_pages_close(lb_query_pages **pages);

/* Takes an answer (malloc'd; NULL afterwards) of an asker, and names its first page. BUSY: no memory budget for it
 * now; the caller keeps ownership. */
lb_err lb_query_pages_put(lb_query_pages *pages, lb_span asker, char **answer, size_t len,
                          int64_t now_us, char name[LB_PAGE_NAME_ROOM]);
/* The bytes of a page, valid until the next call, and the name of the next page, empty after the last. NOT_FOUND: no
 * longer kept, or another asker's. */
lb_err lb_query_pages_take(lb_query_pages *pages, lb_span asker, lb_span name, int64_t now_us,
                           lb_span *bytes, char next[LB_PAGE_NAME_ROOM]);

#endif
