/* 1520_telegram.c - telegrams of ASOUP: fields between "(:" and ":)", without year and zone.
 *
 *     (: 200 70850 2417 7085 041 7084 70840 12 03 18 40 :)      departure: code, station, train, index (4 3 4),
 *                                                               direction, day, month, hour, minute
 *     (: 02 7085 2417 7085 041 7084 1 12 03 18 40 052 3120 0 0000 0 0       consist: ... length, gross t, flags
 *     01 94120862 1 062 708403 69104 3316 2 0 0 0 02/00 00000 024 0 0 :)    one line a wagon
 *
 * 200 departure, 201 arrival, 202 pass; 02 consist, 09 its correction. A train is identified by its index, since its number does not
 * contain the day. The railway's accounting day begins at 18:00; times are never moved for it. */
#include "1520.h"

#include "landbridge/client/ident.h"
#include "landbridge/client/time.h"

enum { WORDS_MAX = 64, BEFORE_DAYS = 300, AFTER_DAYS = 30, TONNES_MAX = 99999 };

typedef struct telegram {
    const lb_reading *reading;
    lb_sink *sink;
    lb_span where, words[WORDS_MAX];
    size_t count;
} telegram;

static size_t cut_words(lb_span line, lb_span *words, size_t room)
{
    size_t count = 0;
    while (count < room) {
        line = lb_span_trim(line);
        size_t len = 0;
        while (len < line.len && line.at[len] != ' ' && line.at[len] != '\t')
            len++;
        if (len == 0)
            return count;
        words[count++] = lb_span_first(line, len);
        line = lb_span_after(line, len);
    }
    return count;
}

static lb_span word(const telegram *of, size_t i)
{
    return i < of->count ? of->words[i] : LB_EMPTY;
}

/* Day, month, hour and minute from word `first` on; the year is the one nearest to reception. */
static void say_time(const telegram *of, lb_event *event, size_t first)
{
    int64_t n[4] = {0};
    for (size_t i = 0; i < 4; i++)
        if (!lb_span_number(word(of, first + i), &n[i])) {
            lb_doubt(of->sink, event, of->where, LB_DOUBT_TIME_IMPOSSIBLE);
            return;
        }
    lb_span from = word(of, first), to = word(of, first + 3);
    event->occurred.local_text = lb_span_between(from.at, to.at + to.len);
    lb_civil civil = {.month = (int)n[1], .day = (int)n[0], .hour = (int)n[2], .minute = (int)n[3]};
    if (!lb_civil_guess_year(&civil, of->reading->received_us, BEFORE_DAYS, AFTER_DAYS)) {
        lb_doubt(of->sink, event, event->occurred.local_text, LB_DOUBT_TIME_IMPOSSIBLE);
        return;
    }
    lb_doubt(of->sink, event, event->occurred.local_text, LB_DOUBT_YEAR_INFERRED);
    lb_when_set(event, &event->occurred, &civil, LB_UNKNOWN, LB_PRECISION_MINUTE,
                event->occurred.local_text, of->reading->source, NULL);
}

static lb_span index_of(const telegram *of, size_t first)
{
    lb_span from = word(of, first), to = word(of, first + 2);
    if (to.len == 0)
        return LB_EMPTY;
    return lb_1520_index(of->sink, lb_span_between(from.at, to.at + to.len));
}

/* The common beginning of 02 and the 200s: code, station, train, index. */
static lb_event *begin(const telegram *of, lb_event_type type, size_t time)
{
    lb_event *event = lb_say(of->sink);
    lb_event_is(event, type, LB_CLASSIFIER_ACTUAL, LB_MODE_RAIL);
    lb_event_raw(event, "ASOUP", word(of, 0), LB_EMPTY);
    lb_1520_station(&event->place, word(of, 1), LB_EMPTY);
    event->movement.number = word(of, 2);
    lb_span index = index_of(of, 3);
    lb_event_object(event, LB_ROLE_SUBJECT, LB_KIND_TRAIN, LB_SCHEME_ADHOC, index);
    if (index.len == 0)
        lb_doubt(of->sink, event, of->where, LB_DOUBT_IDENTITY_GUESSED);
    lb_1520_station(&event->movement.from, word(of, 3), LB_EMPTY);
    lb_1520_station(&event->movement.to, word(of, 5), LB_EMPTY);
    say_time(of, event, time);
    event->source_event_key =
        lb_sink_print(of->sink, "%.*s|%.*s|%.*s|%.*s", LB_ARG(index), LB_ARG(word(of, 0)),
                      LB_ARG(word(of, 1)), LB_ARG(event->occurred.local_text));
    return event;
}

/* -- 200, 201, 202 -------------------------------------------------------------------------------- */

static void read_movement(const telegram *of, lb_event_type type)
{
    enum { DIRECTION = 6, DAY = 7, TRACK = 11 };
    lb_event *event = begin(of, type, DAY);
    event->place.sub = word(of, TRACK);
    lb_1520_station(&event->counter_place, word(of, DIRECTION), LB_EMPTY);
    lb_mark(of->sink, word(of, DIRECTION), LB_SPAN("direction"));
}

/* -- 02, 09 --------------------------------------------------------------------------------------- */

/* 01 94120862 1 062 708403 69104 3316 2 0 0 0 02/00 00000 024 */
static void read_wagon(const telegram *of, lb_event *event, lb_span line)
{
    enum { ORDER, NUMBER, BEARING, LOAD, LEAST };
    lb_span words[WORDS_MAX];
    lb_object wagon;
    int64_t order;
    size_t count = cut_words(line, words, WORDS_MAX);
    if (count == 0)
        return;
    if (count < LEAST || !lb_span_number(words[ORDER], &order) || words[NUMBER].len != 8 ||
        !lb_span_all_digits(words[NUMBER])) {
        lb_doubt(of->sink, event, line, LB_DOUBT_GRAMMAR_ODD);
        return;
    }
    const lb_object *train = lb_event_find_object(event, LB_ROLE_SUBJECT);
    lb_ident_object(event, &wagon, LB_KIND_WAGON, LB_SCHEME_OSJD8, words[NUMBER]);
    if (train == NULL)
        return;
    lb_assoc *assoc = lb_event_assoc(event, LB_ASSOC_ADD, train, &wagon);
    if (assoc == NULL)
        return;
    assoc->closed_world = true;
    assoc->position = order;
    lb_mark_print(of->sink, line, LB_SPAN("wagon"), "%lld", (long long)order);
}

static void read_consist(const telegram *of, lb_span lines, bool is_correction)
{
    enum { DAY = 7, WEIGHT = 12 };
    lb_span line;
    int64_t tonnes;
    lb_event *event = begin(of, LB_EVENT_FORM, DAY);
    if (lb_span_number(word(of, WEIGHT), &tonnes) && tonnes > 0 && tonnes <= TONNES_MAX)
        event->qty.gross_g = tonnes * 1000000;
    if (is_correction)
        event->correction = LB_CORRECTION_OVERRIDES;
    while (lb_span_cut(&lines, '\n', &line))
        read_wagon(of, event, lb_span_trim(line));
    event->qty.units = (int64_t)event->assoc.count;
}

/* -- the adapter ------------------------------------------------------------------------------- */

lb_verdict lb_1520_read_telegram(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    telegram one = {.reading = reading, .sink = sink};
    lb_span text = lb_span_trim(message), line = LB_EMPTY;
    lb_span inner = lb_span_after(text, 2);
    const char *end = inner.len > 0 ? memmem(inner.at, inner.len, ":)", 2) : NULL;
    if (end == NULL)
        return lb_refuse(sink, LB_VERDICT_CUT_SHORT, lb_span_after(text, text.len),
                         "a telegram ends in \":)\"; this one has no end");
    text = lb_span_between(inner.at, end);
    while (text.len > 0 && line.len == 0 && lb_span_cut(&text, '\n', &line))
        line = lb_span_trim(line);
    one.where = line;
    one.count = cut_words(line, one.words, WORDS_MAX);
    lb_sink_message_info(sink)->format = LB_SPAN("ASOUP");
    lb_sink_message_info(sink)->message_ref = word(&one, 0);
    lb_mark(sink, line, LB_SPAN("telegram"));

    if (lb_span_is(word(&one, 0), "200"))
        read_movement(&one, LB_EVENT_DEPA);
    else if (lb_span_is(word(&one, 0), "201"))
        read_movement(&one, LB_EVENT_ARRI);
    else if (lb_span_is(word(&one, 0), "202"))
        read_movement(&one, LB_EVENT_PASS);
    else if (lb_span_is(word(&one, 0), "02") || lb_span_is(word(&one, 0), "09"))
        read_consist(&one, text, lb_span_is(word(&one, 0), "09"));
    else
        return lb_refuse(sink, LB_VERDICT_UNKNOWN_KIND, line,
                         "telegrams 02, 09, 200, 201 and 202 are read, this is %.*s",
                         LB_ARG(word(&one, 0)));
    return LB_VERDICT_READ;
}
