/* messages.c - the messages of each carrier of the torture, and their results. */
#include "messages.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "landbridge/client/time.h"

enum { GARBAGE_EVERY = 37, SHOWN = 20 };
#define FROM_US INT64_C(1773273600000000) /* 2026-03-12T00:00:00Z */

bool messages_open(messages *all)
{
    memset(all, 0, sizeof *all);
    for (int i = 0; i < CARRIERS; i++)
        if ((all->of[i] = calloc(MESSAGES_MAX, sizeof *all->of[i])) == NULL)
            return false;
    return true;
}

void messages_close(messages *all)
{
    for (int i = 0; i < CARRIERS; i++)
        free(all->of[i]);
}

const char *messages_source(int carrier)
{
    static const char *const names[CARRIERS] = {"rail-a", "rail-b", "gate-c",
                                                "air-d",  "files",  "jt808"};

    return names[carrier];
}

bool message_is_garbage(int carrier, int64_t number)
{
    return carrier == 0 && number % GARBAGE_EVERY == GARBAGE_EVERY - 1;
}

int64_t message_position_us(int64_t number)
{
    return FROM_US + number * LB_SECOND_US;
}

static int write_report(int carrier, int64_t number, char text[TEXT_ROOM])
{
    int len = snprintf(text, TEXT_ROOM, "{\"magic\":\"landbridge.report\",\"events\":[");

    for (int64_t i = 0; i <= number % 3; i++)
        len += snprintf(
            text + len, TEXT_ROOM - (size_t)len,
            "%s{\"type\":\"%s\",\"classifier\":\"ACTUAL\",\"occurred\":{\"utc_us\":%lld},"
            "\"place\":{\"locode\":\"CNULZ\"},\"objects\":[{\"kind\":\"CONTAINER\",\"id\":\"%c%"
            "lld\"}]}",
            i == 0 ? "" : ",",
            i == 0   ? "GTIN"
            : i == 1 ? "LOAD"
                     : "DEPA",
            (long long)(FROM_US + number * LB_SECOND_US + i), 'A' + carrier, (long long)number);
    return len + snprintf(text + len, TEXT_ROOM - (size_t)len, "]}");
}

int message_write(int carrier, int64_t number, char text[TEXT_ROOM])
{
    if (message_is_garbage(carrier, number))
        return snprintf(text, TEXT_ROOM, "in no known format, %lld", (long long)number);
    if (carrier == 3)
        return snprintf(text, TEXT_ROOM,
                        "FSU/14\r\n999-%08lldPVGURC/T24K812.5\r\nRCS/12MAR1030/PVG/T24K812.5\r\n",
                        (long long)number);
    return write_report(carrier, number, text);
}

bool message_of_event(const lb_event *event, int *carrier, int64_t *number)
{
    if (lb_span_is(event->prov.source_id, messages_source(TERMINAL))) {
        *carrier = TERMINAL;
        *number = (event->occurred.utc_us - FROM_US) / LB_SECOND_US;
        return event->type == LB_EVENT_PING && *number >= 0 && *number < MESSAGES_MAX;
    }
    const lb_object *subject = lb_event_find_object(event, LB_ROLE_SUBJECT);
    if (subject == NULL || subject->id.len < 2)
        return false;
    bool is_awb = lb_span_starts(subject->id, "999-");
    *carrier = is_awb ? 3 : subject->id.at[0] - 'A';
    return lb_span_number(lb_span_after(subject->id, is_awb ? 4 : 1), number) && *carrier >= 0 &&
           *carrier < CARRIERS && *number >= 0 && *number < MESSAGES_MAX;
}

void messages_break(messages *all, const char *format, ...)
{
    va_list facts;

    if (atomic_fetch_add(&all->violations, 1) >= SHOWN)
        return;
    va_start(facts, format);
    fputs("\ntorture: ", stderr);
    vfprintf(stderr, format, facts);
    fputc('\n', stderr);
    va_end(facts);
}
