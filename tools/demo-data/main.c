/* main.c - landbridge-day: one made-up day of a land port, as messages and as truth.
 *
 *     landbridge-day --seed 1 --day 2026-03-12 --out DIR [--trucks 400] [--small]
 *
 *     DIR/messages.lbd     everything that reaches the hub, in order of time (day.h)
 *     DIR/sources/ID.ini   the profiles of the feeds
 *     DIR/truth.txt        the facts that a hub must have after reading all of it (truth.c)
 *
 * The same seed and day give the same bytes. */
#include "write.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

typedef struct order {
    day_wish wish;
    const char *out;
} order;

static int usage(FILE *where)
{
    fputs(
        "usage: landbridge-day --out DIR [--seed N] [--day 2026-03-12] [--trucks 400] [--small]\n",
        where);
    return where == stderr ? 2 : 0;
}

static bool read_number(const char *text, long least, long most, long *value)
{
    char *end;

    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number < least || number > most)
        return false;
    *value = number;
    return true;
}

static bool read_day(const char *text, day_wish *wish)
{
    char digits[3][5] = {{0}};
    long year, month, day;

    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
        return false;
    memcpy(digits[0], text, 4);
    memcpy(digits[1], text + 5, 2);
    memcpy(digits[2], text + 8, 2);
    if (!read_number(digits[0], 2000, 2099, &year) || !read_number(digits[1], 1, 12, &month) ||
        !read_number(digits[2], 1, 31, &day))
        return false;
    wish->year = (int)year;
    wish->month = (int)month;
    wish->day = (int)day;
    return day_clock_at(day_midnight_us(wish->year, wish->month, wish->day, 0), 0).day == day;
}

static bool read_order(int count, char **words, order *o)
{
    static const struct option options[] = {
        {"seed", required_argument, NULL, 's'}, {"day", required_argument, NULL, 'd'},
        {"out", required_argument, NULL, 'o'},  {"trucks", required_argument, NULL, 't'},
        {"small", no_argument, NULL, 'm'},      {NULL, 0, NULL, 0},
    };
    long number;
    int option;

    *o = (order){.wish = {.seed = 1, .year = 2026, .month = 3, .day = 12, .trucks = 400}};
    while ((option = getopt_long(count, words, "", options, NULL)) != -1) {
        bool fine = true;
        if (option == 's' && (fine = read_number(optarg, 0, LONG_MAX, &number)))
            o->wish.seed = (uint64_t)number;
        else if (option == 'd')
            fine = read_day(optarg, &o->wish);
        else if (option == 'o')
            o->out = optarg;
        else if (option == 't' && (fine = read_number(optarg, 40, 1000, &number)))
            o->wish.trucks = (int)number;
        else if (option == 'm')
            o->wish.is_small = true;
        else
            fine = false;
        if (!fine)
            return false;
    }
    if (o->wish.is_small)
        o->wish.trucks = 40;
    return o->out != NULL && optind == count;
}

static bool put_under(char *path, size_t room, const char *folder, const char *name)
{
    return snprintf(path, room, "%s/%s", folder, name) < (int)room;
}

static bool write_all(const day_world *world, const day_post *post, const char *out)
{
    char path[4096];

    if (mkdir(out, 0777) != 0 && errno != EEXIST)
        return false;
    return put_under(path, sizeof path, out, "messages.lbd") && day_post_write(post, path) &&
           put_under(path, sizeof path, out, "sources") && day_write_sources(path) &&
           put_under(path, sizeof path, out, "truth.txt") && day_write_truth(world, post, path);
}

int main(int count, char **words)
{
    order o;
    day_world world;
    day_post post = {0};

    if (count == 2 && strcmp(words[1], "--help") == 0)
        return usage(stdout);
    if (!read_order(count, words, &o))
        return usage(stderr);

    day_world_make(&world, &o.wish);
    day_write_all(&world, &post);

    bool fine = write_all(&world, &post, o.out);
    if (!fine)
        fprintf(stderr, "landbridge-day: cannot write to %s: %s\n", o.out, strerror(errno));
    else
        printf("%zu messages in %s\n", post.count, o.out);
    day_post_fini(&post);
    day_world_fini(&world);
    return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
