/* jt808_list.c - the list of terminals; see jt808_list.h. */
#include "jt808_list.h"

#include <iconv.h>
#include <stdlib.h>

#include "keep/party.h"
#include "pack.h"

enum { PLATE_ROOM = 64 };

struct lb_808_list {
    lb_party_reader *parties;
    const lb_permission_book *book;
    int64_t number;
};

lb_err lb_808_list_open(lb_808_list **out, const char *party_path)
{
    lb_808_list *list = calloc(1, sizeof *list);
    if (list == NULL)
        return LB_ERR_NO_MEMORY;
    lb_err err = party_path == NULL
                     ? LB_OK
                     : lb_party_reader_open(&list->parties, party_path, LB_EMPTY, false);
    if (err != LB_OK)
        lb_808_list_close(&list);
    else
        *out = list;
    if (err == LB_OK)
        lb_808_list_look(list);
    return err;
}

void lb_808_list_close(lb_808_list **list)
{
    if (*list == NULL)
        return;
    lb_party_reader_close(&(*list)->parties);
    free(*list);
    *list = NULL;
}

int64_t lb_808_list_look(lb_808_list *list)
{
    if (list->parties == NULL)
        return 0;
    list->book = lb_party_permissions(list->parties);
    return lb_party_revision(list->parties);
}

bool lb_808_list_is_strict(const lb_808_list *list)
{
    return list->parties != NULL;
}

bool lb_808_list_has(const lb_808_list *list, const char *terminal, const char *address)
{
    return list->parties == NULL ||
           lb_permission_of_terminal(list->book, lb_span_of(terminal), LB_EMPTY,
                                     lb_span_of(address)) != NULL;
}

/* The plate in UTF-8; empty when it is not valid GBK or too long for a plate. */
static lb_span plate_text(lb_span gbk, char text[PLATE_ROOM])
{
    char *in = (char *)(uintptr_t)gbk.at, *out = text;
    size_t in_left = gbk.len, out_left = PLATE_ROOM;
    iconv_t converter = iconv_open("UTF-8", "GBK");

    if (converter == (iconv_t)-1)
        return LB_EMPTY;
    size_t wrong = iconv(converter, &in, &in_left, &out, &out_left);
    iconv_close(converter);
    return wrong == (size_t)-1 ? LB_EMPTY : (lb_span){text, PLATE_ROOM - out_left};
}

bool lb_808_list_has_in(const lb_808_list *list, const char *terminal, lb_span plate,
                        const char *address)
{
    char text[PLATE_ROOM];

    if (list->parties == NULL)
        return true;
    lb_span words = plate_text(lb_pack_trim(plate), text);
    return words.len > 0 && lb_permission_of_terminal(list->book, lb_span_of(terminal), words,
                                                      lb_span_of(address)) != NULL;
}
