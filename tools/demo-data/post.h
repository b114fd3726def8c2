/* post.h - the day's messages: collected from all writers, put in order of time, written to one file. */
#ifndef DAY_POST_H
#define DAY_POST_H

#include "day.h"
#include "text.h"

typedef struct day_message {
    int64_t at_us;
    lb_day_door door;
    lb_day_kind kind;
    const char *source, *format; /* constant texts */
    char *body;                  /* owned by the post */
    size_t len;
    size_t order; /* of sending: keeps the order of two messages at one moment */
} day_message;

typedef struct day_post {
    day_message *at;
    size_t count, room;
} day_post;

/* Takes a copy of the body. */
void day_post_send(day_post *post, int64_t at_us, lb_day_door door, const char *source,
                   const char *format, const day_text *body);
void day_post_add(day_post *post, const day_message *message); /* takes a copy of the body, too */
void day_post_sort(day_post *post);
bool day_post_write(const day_post *post, const char *path);
void day_post_fini(day_post *post);

#endif
