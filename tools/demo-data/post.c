/* post.c - see post.h; day.h describes the file. */
#include "post.h"

#include <stdio.h>
#include <stdlib.h>

static void make_room(day_post *post)
{
    if (post->count < post->room)
        return;

    size_t room = post->room == 0 ? 1024 : post->room * 2;
    day_message *at = day_memory(room, sizeof *at);
    if (post->count > 0)
        memcpy(at, post->at, post->count * sizeof *at);
    free(post->at);
    post->at = at;
    post->room = room;
}

void day_post_add(day_post *post, const day_message *message)
{
    make_room(post);

    day_message *kept = &post->at[post->count];
    *kept = *message;
    kept->order = post->count++;
    kept->body = day_memory(message->len + 1, 1);
    memcpy(kept->body, message->body, message->len);
}

void day_post_send(day_post *post, int64_t at_us, lb_day_door door, const char *source,
                   const char *format, const day_text *body)
{
    day_message message = {.at_us = at_us,
                           .door = door,
                           .kind = LB_DAY_NORMAL,
                           .source = source,
                           .format = format,
                           .body = body->at,
                           .len = body->len};

    day_post_add(post, &message);
}

static int by_time(const void *a, const void *b)
{
    const day_message *x = a, *y = b;

    if (x->at_us != y->at_us)
        return x->at_us < y->at_us ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

void day_post_sort(day_post *post)
{
    if (post->count > 1)
        qsort(post->at, post->count, sizeof *post->at, by_time);
}

static void put_number(unsigned char *at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

static bool write_message(const day_message *message, FILE *file)
{
    unsigned char head[18];
    size_t source = strlen(message->source), format = strlen(message->format);

    put_number(head, (uint64_t)message->at_us, 8);
    head[8] = (unsigned char)message->door;
    head[9] = (unsigned char)message->kind;
    put_number(head + 10, source, 2);
    put_number(head + 12, format, 2);
    put_number(head + 14, message->len, 4);
    return fwrite(head, sizeof head, 1, file) == 1 &&
           fwrite(message->source, 1, source, file) == source &&
           fwrite(message->format, 1, format, file) == format &&
           fwrite(message->body, 1, message->len, file) == message->len;
}

bool day_post_write(const day_post *post, const char *path)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return false;

    bool fine = fwrite("LBDAY1\n", 8, 1, file) == 1;
    for (size_t i = 0; fine && i < post->count; i++)
        fine = write_message(&post->at[i], file);
    return fclose(file) == 0 && fine;
}

void day_post_fini(day_post *post)
{
    for (size_t i = 0; i < post->count; i++)
        free(post->at[i].body);
    free(post->at);
    *post = (day_post){0};
}
