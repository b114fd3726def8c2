/* spoil.c - adds realistic faults: one message in a hundred is damaged, one comes twice, one late.
 *
 * A damaged message comes shortly before the good one, as if its sender had repeated it after a refusal. So
 * the truth is the same with and without the damage, and the damaged bytes must give no event. Only messages
 * with a time of their own are late; a waybill of JT/T 808 has none. The feed that falls silent is not
 * changed, since a late message would end its silence. */
#include "write.h"

#define PER_MILLE 10

static bool is_falling_silent(const day_message *message)
{
    return strcmp(message->source, "ktz-border") == 0;
}

static bool has_own_time(const day_message *message)
{
    return message->door != LB_DAY_JT808 || memcmp(message->body, "\x7e\x02\x00", 3) == 0;
}

/* A frame loses all but the first bytes of its header (a single wrong byte is tolerated by the adapter); a text
 * ends in the middle; a telegram, which could still be valid when shortened, in the middle of its first number. */
static void damage(day_message *broken)
{
    if (broken->door == LB_DAY_JT808) {
        broken->len = 9;
        broken->body[8] = 0x7e;
        return;
    }
    broken->len = strncmp(broken->body, "FSU", 3) == 0 ? 14 : broken->len * 6 / 10;
}

static void send_broken_before(day_post *post, const day_message *good, day_rng *rng)
{
    day_message broken = *good;

    broken.kind = LB_DAY_BROKEN;
    broken.at_us -= day_rng_between(rng, 20, 90) * DAY_SECOND_US;
    day_post_add(post, &broken);
    damage(&post->at[post->count - 1]);
}

static void send_twice(day_post *post, const day_message *first, day_rng *rng)
{
    day_message again = *first;

    again.kind = LB_DAY_DUPLICATE;
    again.at_us += day_rng_between(rng, 5, 1800) * DAY_SECOND_US;
    day_post_add(post, &again);
}

void day_spoil(const day_world *world, day_post *post)
{
    size_t count = post->count; /* faults added here are not changed again */
    day_rng rng;

    day_rng_seed(&rng, world->seed, 30);
    for (size_t i = 0; i < count; i++) {
        int64_t chance = day_rng_between(&rng, 0, 999);
        day_message message = post->at[i];
        if (is_falling_silent(&message))
            continue;
        if (chance < PER_MILLE) {
            send_broken_before(post, &message, &rng);
        } else if (chance < 2 * PER_MILLE) {
            send_twice(post, &message, &rng);
        } else if (chance < 3 * PER_MILLE && has_own_time(&message)) {
            post->at[i].kind = LB_DAY_LATE;
            post->at[i].at_us += day_rng_between(&rng, 60, 300) * DAY_MINUTE_US;
        }
    }
}

void day_write_all(const day_world *world, day_post *post)
{
    day_write_fsu(world, post);
    day_write_jt808(world, post);
    day_write_taf(world, post);
    day_write_edifact(world, post);
    day_write_report(world, post);
    day_spoil(world, post);
    day_post_sort(post);
}
