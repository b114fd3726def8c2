/* query_pages.c - long answers in a list: they are few, since each asker has at most one. */
#include "net/query_pages.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct long_answer {
    struct long_answer *next;
    uint64_t number;
    int64_t ends_us;
    char *bytes;
    size_t len, asker_len;
    char asker[];
} long_answer;

struct lb_query_pages {
    long_answer *first;
    long_answer *read; /* its last page was sent; the bytes are valid until the next call */
    size_t bytes;
};

static void free_answer(lb_query_pages *pages, long_answer **one)
{
    if (*one == NULL)
        return;
    pages->bytes -= (*one)->len;
    free((*one)->bytes);
    free(*one);
    *one = NULL;
}

static void drop(lb_query_pages *pages, long_answer **link)
{
    long_answer *one = *link;
    *link = one->next;
    free_answer(pages, &one);
}

static bool is_of(const long_answer *one, lb_span asker)
{
    return lb_span_equal((lb_span){one->asker, one->asker_len}, asker);
}

/* Frees expired answers, and the one whose last page was sent. */
static void clean(lb_query_pages *pages, int64_t now_us)
{
    free_answer(pages, &pages->read);
    for (long_answer **link = &pages->first; *link != NULL;)
        if ((*link)->ends_us <= now_us)
            drop(pages, link);
        else
            link = &(*link)->next;
}

static void drop_of(lb_query_pages *pages, lb_span asker)
{
    for (long_answer **link = &pages->first; *link != NULL;)
        if (is_of(*link, asker))
            drop(pages, link);
        else
            link = &(*link)->next;
}

lb_err lb_query_pages_open(lb_query_pages **pages)
{
    *pages = calloc(1, sizeof **pages);
    return *pages == NULL ? LB_ERR_NO_MEMORY : LB_OK;
}

void lb_query_pages_close(lb_query_pages **pages)
{
    if (*pages == NULL)
        return;
    free_answer(*pages, &(*pages)->read);
    while ((*pages)->first != NULL)
        drop(*pages, &(*pages)->first);
    free(*pages);
    *pages = NULL;
}

static void name_page(const long_answer *one, size_t page, char name[LB_PAGE_NAME_ROOM])
{
    name[0] = '\0';
    if (page * LB_PAGE_BYTES < one->len)
        snprintf(name, LB_PAGE_NAME_ROOM, "%llx.%zu", (unsigned long long)one->number, page);
}

lb_err lb_query_pages_put(lb_query_pages *pages, lb_span asker, char **answer, size_t len,
                          int64_t now_us, char name[LB_PAGE_NAME_ROOM])
{
    clean(pages, now_us);
    drop_of(pages, asker);
    if (pages->bytes + len > LB_PAGES_BYTES)
        return LB_ERR_BUSY;
    long_answer *one = malloc(sizeof *one + asker.len);
    if (one == NULL)
        return LB_ERR_BUSY;
    *one = (long_answer){.next = pages->first,
                         .ends_us = now_us + LB_PAGES_WAIT_US,
                         .bytes = *answer,
                         .len = len,
                         .asker_len = asker.len};
    if (asker.len > 0)
        memcpy(one->asker, asker.at, asker.len);
    randombytes_buf(&one->number, sizeof one->number);
    *answer = NULL;
    pages->first = one;
    pages->bytes += len;
    name_page(one, 0, name);
    return LB_OK;
}

static bool is_named(const long_answer *one, lb_span name, size_t *page)
{
    char text[LB_PAGE_NAME_ROOM];
    lb_span dot = name, head;
    int64_t number;
    if (!lb_span_cut(&dot, '.', &head) || !lb_span_number(dot, &number) || number < 0 ||
        number > LB_PAGES_BYTES / LB_PAGE_BYTES)
        return false;
    *page = (size_t)number;
    name_page(one, *page, text);
    return text[0] != '\0' && lb_span_is(name, text);
}

lb_err lb_query_pages_take(lb_query_pages *pages, lb_span asker, lb_span name, int64_t now_us,
                           lb_span *bytes, char next[LB_PAGE_NAME_ROOM])
{
    long_answer **link = &pages->first;
    size_t page = 0;
    clean(pages, now_us);
    while (*link != NULL && !(is_of(*link, asker) && is_named(*link, name, &page)))
        link = &(*link)->next;
    long_answer *one = *link;
    if (one == NULL)
        return LB_ERR_NOT_FOUND;
    size_t from = page * LB_PAGE_BYTES, rest = one->len - from;
    *bytes = (lb_span){one->bytes + from, rest < LB_PAGE_BYTES ? rest : LB_PAGE_BYTES};
    one->ends_us = now_us + LB_PAGES_WAIT_US;
    name_page(one, page + 1, next);
    if (next[0] == '\0') {
        *link = one->next;
        pages->read = one;
    }
    return LB_OK;
}
