/* edi.c - UN/EDIFACT interchanges: separators, segments, envelope.
 *
 * ISO 9735 syntax versions 1 to 4. Tolerated: no UNA, line ends as terminators, blanks, line ends or `;`
 * between segments, a byte order mark, wrong counts and references (doubts). An interchange without UNB, or
 * with an end before UNZ, is refused. */
#include "edi.h"

#include "landbridge/client/time.h"

/* -- separators ------------------------------------------------------------------------------- */

enum { UNA_LEN = 9 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* Byte order mark, blanks, line ends, and the `;` that some senders put between segments. */
static lb_span skip_between(lb_span rest)
{
    if (lb_span_starts(rest, "\xef\xbb\xbf"))
        rest = lb_span_after(rest, 3);
    while (rest.len > 0 && (is_blank(rest.at[0]) || rest.at[0] == ';'))
        rest = lb_span_after(rest, 1);
    return rest;
}

static bool is_tag(lb_span text)
{
    if (text.len < 3)
        return false;
    for (size_t i = 0; i < 3; i++)
        if (!is_upper(text.at[i]) && (i == 0 || text.at[i] < '0' || text.at[i] > '9'))
            return false;
    return true;
}

/* "UNB+...\nUNH+...": the first line ends before any quote, and the next begins like a segment. */
static bool has_lines_for_segments(lb_span rest)
{
    const char *line = memchr(rest.at, '\n', rest.len);
    const char *quote = memchr(rest.at, '\'', rest.len);
    if (line == NULL || (quote != NULL && quote < line))
        return false;
    lb_span next = lb_span_between(line + 1, rest.at + rest.len);
    return is_tag(next) && next.len > 3 && next.at[3] == '+';
}

/* ISO 9735 level B (UNOB): control characters as separators. Hardly ever used. */
static bool is_level_b(lb_span rest)
{
    lb_span head = lb_span_first(rest, 120);
    return lb_span_starts(rest, "UNB\x1d") && memchr(head.at, '\x1c', head.len) != NULL;
}

static void use_defaults(lb_edi *edi, lb_span rest)
{
    bool is_b = is_level_b(rest);
    edi->component = is_b ? '\x1f' : ':';
    edi->element = is_b ? '\x1d' : '+';
    edi->terminator = is_b ? '\x1c' : '\'';
    edi->release = is_b ? 0 : '?';
    edi->repetition = '*';
    if (is_b || !has_lines_for_segments(rest))
        return;
    edi->terminator = '\n';
    edi->is_guessed = !lb_source_newline_terminator(edi->reading->source);
}

static void use_una(lb_edi *edi, lb_span una)
{
    edi->component = una.at[3];
    edi->element = una.at[4];
    edi->release = una.at[6] == ' ' ? 0 : una.at[6];
    edi->repetition = una.at[7] == ' ' ? 0 : una.at[7];
    edi->terminator = una.at[8];
}

/* -- segments --------------------------------------------------------------------------------- */

typedef enum edi_step { STEP_GOT, STEP_END, STEP_CUT, STEP_TOO_BIG } edi_step;

/* A forgotten terminator glues two segments together; a line that begins like a segment reveals
 * it. */
static bool is_glued(const lb_edi *edi, lb_span rest, size_t i)
{
    if (rest.at[i] != '\n' || i == 0)
        return false;
    lb_span next = lb_span_after(rest, i + 1);
    return is_tag(next) && next.len > 3 && next.at[3] == edi->element;
}

static lb_span without_line_end(lb_span text)
{
    while (text.len > 0 && (text.at[text.len - 1] == '\r' || text.at[text.len - 1] == '\n'))
        text.len--;
    return text;
}

static void cut(lb_edi_cursor *cursor, lb_edi_segment *segment, lb_span rest, size_t len,
                size_t skip)
{
    segment->where = without_line_end(lb_span_first(rest, len));
    segment->tag = is_tag(segment->where) ? lb_span_first(segment->where, 3) : LB_EMPTY;
    segment->number = ++cursor->number;
    cursor->rest = lb_span_after(rest, len + skip);
}

static edi_step step(const lb_edi *edi, lb_edi_cursor *cursor, lb_edi_segment *segment, bool *glued)
{
    lb_span rest = skip_between(cursor->rest);
    size_t begin = 0; /* of the element */

    cursor->rest = rest;
    if (rest.len == 0)
        return STEP_END;
    for (size_t i = 0; i < rest.len; i++) {
        char c = rest.at[i];
        if (i > LB_EDI_MAX_SEGMENT || i - begin > LB_EDI_MAX_ELEMENT)
            return STEP_TOO_BIG;
        if (edi->release != 0 && c == edi->release) {
            i++;
        } else if (c == edi->terminator) {
            cut(cursor, segment, rest, i, 1);
            return STEP_GOT;
        } else if (is_glued(edi, rest, i)) {
            *glued = true;
            cut(cursor, segment, rest, i, 1);
            return STEP_GOT;
        } else if (c == edi->element) {
            begin = i + 1;
        }
    }
    cut(cursor, segment, rest, rest.len, 0);
    return edi->terminator == '\n' ? STEP_GOT : STEP_CUT;
}

bool lb_edi_next(const lb_edi *edi, lb_edi_cursor *cursor, lb_edi_segment *segment)
{
    bool glued;
    return step(edi, cursor, segment, &glued) != STEP_END;
}

bool lb_edi_is(const lb_edi_segment *segment, const char *tag)
{
    return lb_span_is(segment->tag, tag);
}

/* -- values ----------------------------------------------------------------------------------- */

/* Part number `nth` (from 0) of a text between separators; empty when there are fewer. */
static lb_span part(const lb_edi *edi, lb_span text, char separator, size_t nth)
{
    size_t begin = 0;
    if (text.len == 0)
        return LB_EMPTY;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && edi->release != 0 && text.at[i] == edi->release) {
            i++;
            continue;
        }
        if (i < text.len && text.at[i] != separator)
            continue;
        if (nth == 0)
            return lb_span_between(text.at + begin, text.at + i);
        nth--;
        begin = i + 1;
    }
    return nth == 0 && begin <= text.len ? lb_span_after(text, begin) : LB_EMPTY;
}

static lb_span released(const lb_edi *edi, lb_span raw)
{
    if (edi->release == 0 || raw.len == 0 || memchr(raw.at, edi->release, raw.len) == NULL)
        return raw;
    char *at = lb_sink_alloc(edi->sink, raw.len);
    size_t len = 0;
    if (at == NULL)
        return LB_EMPTY;
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.at[i] == edi->release && ++i == raw.len)
            break;
        at[len++] = raw.at[i];
    }
    lb_mark_copy(edi->sink, raw, (lb_span){at, len});
    return (lb_span){at, len};
}

static bool is_ascii(lb_span text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] >= 0x80 || text.at[i] == '\x1b')
            return false;
    return true;
}

static bool looks_like_utf8(lb_span text)
{
    size_t more = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (more > 0 ? (c & 0xc0) != 0x80 : (c & 0xc0) == 0x80)
            return false;
        more = more > 0 ? more - 1 : c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
    }
    return more == 0;
}

static lb_span transcoded(const lb_edi *edi, lb_span text)
{
    if (is_ascii(text))
        return text;
    if (edi->charset != NULL)
        return lb_sink_utf8(edi->sink, NULL, edi->charset, text);

    const char *charset = lb_source_charset(edi->reading->source);
    if (charset == NULL) {
        lb_doubt(edi->sink, NULL, text, LB_DOUBT_CHARSET_REPAIRED);
        charset = looks_like_utf8(text) ? "UTF-8" : "ISO-8859-1";
    }
    return lb_sink_utf8(edi->sink, NULL, charset, text);
}

lb_span lb_edi_repeated(const lb_edi *edi, const lb_edi_segment *segment, size_t element,
                        size_t nth, size_t component)
{
    lb_span text = part(edi, segment->where, edi->element, element);
    if (edi->repetition != 0)
        text = part(edi, text, edi->repetition, nth);
    else if (nth > 0)
        return LB_EMPTY;
    text = lb_span_trim(part(edi, text, edi->component, component - 1));
    return text.len == 0 ? LB_EMPTY : transcoded(edi, released(edi, text));
}

lb_span lb_edi_value(const lb_edi *edi, const lb_edi_segment *segment, size_t element,
                     size_t component)
{
    return lb_edi_repeated(edi, segment, element, 0, component);
}

/* -- envelope --------------------------------------------------------------------------------- */

static const struct {
    const char *level, *charset;
} charsets[] = {
    {"UNOA", NULL},          {"UNOB", NULL},         {"UNOC", "ISO-8859-1"}, {"UNOD", "ISO-8859-2"},
    {"UNOE", "ISO-8859-5"},  {"UNOF", "ISO-8859-7"}, {"UNOG", "ISO-8859-3"}, {"UNOH", "ISO-8859-4"},
    {"UNOI", "ISO-8859-6"},  {"UNOJ", "ISO-8859-8"}, {"UNOK", "ISO-8859-9"}, {"UNOW", "UTF-8"},
    {"UNOX", "ISO-2022-CN"}, {"UNOY", "UTF-8"},      {"KECA", "EUC-KR"},
};

static const char *charset_of(lb_span level)
{
    for (size_t i = 0; i < sizeof charsets / sizeof charsets[0]; i++)
        if (lb_span_is(level, charsets[i].level))
            return charsets[i].charset;
    return NULL;
}

static void read_unb(lb_edi *edi)
{
    lb_message_info *info = lb_sink_message_info(edi->sink);

    if (!lb_span_number(lb_edi_value(edi, &edi->unb, 1, 2), &edi->syntax))
        edi->syntax = 3;
    if (edi->syntax < 4)
        edi->repetition = 0;
    edi->charset = charset_of(lb_edi_value(edi, &edi->unb, 1, 1));
    edi->sender = lb_edi_value(edi, &edi->unb, 2, 1);
    edi->is_test = lb_span_is(lb_edi_value(edi, &edi->unb, 11, 1), "1");
    info->interchange_ref = lb_edi_value(edi, &edi->unb, 5, 1);
    if (edi->is_guessed)
        lb_doubt(edi->sink, NULL, edi->unb.where, LB_DOUBT_SEPARATOR_GUESSED);
}

lb_verdict lb_edi_open(lb_edi *edi, const lb_reading *reading, lb_span message, lb_sink *sink,
                       lb_edi_cursor *cursor)
{
    lb_span rest = skip_between(message);
    bool glued;

    *edi = (lb_edi){.reading = reading, .sink = sink};
    use_defaults(edi, rest);
    if (lb_span_starts(rest, "UNA")) {
        if (rest.len < UNA_LEN)
            return lb_refuse(sink, LB_VERDICT_CUT_SHORT, rest, "the message ends in UNA");
        use_una(edi, rest);
        rest = skip_between(lb_span_after(rest, UNA_LEN));
    }
    if (!lb_span_starts(rest, "UNB"))
        return LB_VERDICT_NOT_MINE;
    *cursor = (lb_edi_cursor){.rest = rest};
    edi_step got = step(edi, cursor, &edi->unb, &glued);
    if (got != STEP_GOT)
        return lb_refuse(sink, got == STEP_CUT ? LB_VERDICT_CUT_SHORT : LB_VERDICT_TOO_MUCH, rest,
                         "the first segment (UNB) has no end");
    read_unb(edi);
    return LB_VERDICT_READ;
}

/* -- the interchange as a whole --------------------------------------------------------------- */

static bool is_trailer_of(const lb_edi *edi, const lb_edi_segment *unz)
{
    return lb_edi_is(unz, "UNZ") &&
           lb_span_equal(lb_edi_value(edi, unz, 2, 1), lb_edi_value(edi, &edi->unb, 5, 1));
}

static lb_verdict refuse_cut(const lb_edi *edi, const lb_edi_segment *last)
{
    return lb_refuse(edi->sink, LB_VERDICT_CUT_SHORT, last->where,
                     "the interchange ends in segment %lld, before UNZ: send it whole",
                     (long long)last->number);
}

/* Is the frame whole? On failure the reason is in the sink. */
static lb_verdict check_frame(const lb_edi *edi, lb_edi_cursor cursor)
{
    lb_edi_segment segment = edi->unb;
    bool glued = false;

    lb_mark(edi->sink, segment.where, segment.tag);
    for (edi_step got = STEP_GOT; !lb_edi_is(&segment, "UNZ");) {
        lb_edi_segment last = segment;
        glued = false;
        got = step(edi, &cursor, &segment, &glued);
        if (got == STEP_TOO_BIG)
            return lb_refuse(edi->sink, LB_VERDICT_TOO_MUCH, lb_span_first(cursor.rest, 40),
                             "segment %lld is longer than %d bytes, or one of its elements than %d",
                             (long long)last.number + 1, LB_EDI_MAX_SEGMENT, LB_EDI_MAX_ELEMENT);
        if (got == STEP_END)
            return refuse_cut(edi, &last);
        lb_mark(edi->sink, segment.where, segment.tag);
        if (got == STEP_CUT && !is_trailer_of(edi, &segment))
            return refuse_cut(edi, &segment);
        if (got == STEP_CUT || glued || segment.tag.len == 0)
            lb_doubt(edi->sink, NULL, segment.where, LB_DOUBT_GRAMMAR_ODD);
    }
    cursor.rest = skip_between(cursor.rest);
    if (cursor.rest.len > 0)
        lb_doubt(edi->sink, NULL, lb_span_first(cursor.rest, 40), LB_DOUBT_GRAMMAR_ODD);
    return LB_VERDICT_READ;
}

/* "00B" -> 20001; directories before D.90 do not exist. */
static int directory_of(lb_span release)
{
    int64_t year;
    if (release.len != 3 || !lb_span_number(lb_span_first(release, 2), &year))
        return 0;
    return LB_EDI_DIRECTORY((int)(year < 90 ? 2000 + year : 1900 + year), release.at[2]);
}

static const lb_edi_kind *kind_of(const lb_edi_kind *kinds, lb_span type)
{
    for (; kinds->type != NULL; kinds++)
        if (lb_span_is(type, kinds->type))
            return kinds;
    return NULL;
}

static void check_count(const lb_edi *edi, const lb_edi_segment *trailer, int64_t count)
{
    lb_span text = lb_edi_value(edi, trailer, 1, 1);
    int64_t said;
    if (!lb_span_number(text, &said) || said != count)
        lb_doubt(edi->sink, NULL, text.len > 0 ? text : trailer->where, LB_DOUBT_COUNT_MISMATCH);
}

static void check_reference(const lb_edi *edi, const lb_edi_segment *trailer, lb_span reference)
{
    lb_span text = lb_edi_value(edi, trailer, 2, 1);
    if (!lb_span_equal(text, reference))
        lb_doubt(edi->sink, NULL, text.len > 0 ? text : trailer->where, LB_DOUBT_REF_MISMATCH);
}

static void start_message(lb_edi_message *message, const lb_edi *edi, const lb_edi_segment *unh)
{
    lb_message_info *info = lb_sink_message_info(edi->sink);

    *message = (lb_edi_message){.edi = edi, .unh = *unh};
    message->type = lb_edi_value(edi, unh, 2, 1);
    message->association = lb_edi_value(edi, unh, 2, 5);
    message->directory = directory_of(lb_edi_value(edi, unh, 2, 3));
    info->format = message->type;
    info->format_version =
        lb_sink_print(edi->sink, "%.*s:%.*s", LB_ARG(lb_edi_value(edi, unh, 2, 2)),
                      LB_ARG(lb_edi_value(edi, unh, 2, 3)));
    info->message_ref = lb_edi_value(edi, unh, 1, 1);
    info->party = edi->sender;
    info->reported_at_us = LB_UNKNOWN;
    info->test = edi->is_test;
}

typedef struct edi_tally { /* of one interchange */
    int64_t messages, groups, read, in_group;
    lb_edi_segment stranger; /* a UNH of a type that is not read */
} edi_tally;

/* Everything from behind a UNH to its UNT, or to where another message begins without one. */
static lb_edi_segment close_message(lb_edi_message *message, lb_edi_cursor *cursor)
{
    const lb_edi *edi = message->edi;
    lb_edi_segment segment = message->unh;
    const char *begin = cursor->rest.at, *end = begin;

    message->body = *cursor;
    for (lb_edi_cursor ahead = *cursor; lb_edi_next(edi, &ahead, &segment); *cursor = ahead) {
        if (lb_edi_is(&segment, "UNT")) {
            *cursor = ahead;
            break;
        }
        if (lb_edi_is(&segment, "UNH") || lb_edi_is(&segment, "UNE") || lb_edi_is(&segment, "UNZ"))
            break;
        end = ahead.rest.at;
    }
    message->body.rest = lb_span_between(begin, end);
    if (!lb_edi_is(&segment, "UNT")) {
        lb_doubt(edi->sink, NULL, message->unh.where, LB_DOUBT_GRAMMAR_ODD);
        return segment;
    }
    check_count(edi, &segment, segment.number - message->unh.number + 1);
    check_reference(edi, &segment, lb_edi_value(edi, &message->unh, 1, 1));
    return segment;
}

void *lb_edi_message_state(const lb_edi *edi, size_t size)
{
    lb_edi_state *state = edi->state;
    if (state->size < size) {
        state->at = lb_sink_alloc(edi->sink, size);
        state->size = state->at == NULL ? 0 : size;
    }
    return state->at == NULL ? NULL : memset(state->at, 0, size);
}

static lb_verdict read_one(const lb_edi *edi, const lb_edi_kind *kinds, const lb_edi_segment *unh,
                           lb_edi_cursor *cursor, edi_tally *tally)
{
    lb_edi_message message;
    start_message(&message, edi, unh);
    close_message(&message, cursor);
    tally->messages++;
    tally->in_group++;

    const lb_edi_kind *kind = kind_of(kinds, message.type);
    if (kind == NULL) {
        if (tally->stranger.number == 0)
            tally->stranger = *unh;
        return LB_VERDICT_UNKNOWN_KIND;
    }
    return kind->read(&message);
}

static lb_verdict read_messages(const lb_edi *edi, lb_edi_cursor *cursor, const lb_edi_kind *kinds,
                                edi_tally *tally)
{
    lb_verdict verdict = LB_VERDICT_UNKNOWN_KIND;
    lb_edi_segment segment, group = {0};

    while (lb_edi_next(edi, cursor, &segment)) {
        if (lb_edi_is(&segment, "UNH")) {
            lb_verdict one = read_one(edi, kinds, &segment, cursor, tally);
            if (one == LB_VERDICT_READ)
                tally->read++;
            else
                lb_doubt(edi->sink, NULL, segment.where, LB_DOUBT_GRAMMAR_ODD);
            verdict = verdict == LB_VERDICT_READ ? verdict : one;
        } else if (lb_edi_is(&segment, "UNG")) {
            group = segment;
            tally->groups++;
            tally->in_group = 0;
        } else if (lb_edi_is(&segment, "UNE")) {
            check_count(edi, &segment, tally->in_group);
            check_reference(edi, &segment, lb_edi_value(edi, &group, 5, 1));
        } else if (lb_edi_is(&segment, "UNZ")) {
            check_count(edi, &segment, tally->groups > 0 ? tally->groups : tally->messages);
            check_reference(edi, &segment, lb_edi_value(edi, &edi->unb, 5, 1));
            break;
        } else {
            /* a segment outside of a message */
            lb_doubt(edi->sink, NULL, segment.where, LB_DOUBT_GRAMMAR_ODD);
        }
    }
    return verdict;
}

lb_verdict lb_edi_read(const lb_reading *reading, lb_span message, lb_sink *sink,
                       const lb_edi_kind *kinds)
{
    lb_edi edi;
    lb_edi_cursor cursor;
    lb_edi_state state = {NULL, 0};
    edi_tally tally = {0};

    lb_verdict verdict = lb_edi_open(&edi, reading, message, sink, &cursor);
    if (verdict == LB_VERDICT_READ)
        verdict = check_frame(&edi, cursor);
    if (verdict != LB_VERDICT_READ)
        return verdict;

    edi.state = &state;
    verdict = read_messages(&edi, &cursor, kinds, &tally);
    if (tally.messages == 0)
        return lb_refuse(sink, LB_VERDICT_GARBLED, edi.unb.where,
                         "the interchange has no message (UNH)");
    if (verdict == LB_VERDICT_UNKNOWN_KIND && tally.stranger.number > 0)
        return lb_refuse(sink, verdict, tally.stranger.where,
                         "unsupported message type; supported: IFTSTA, CODECO, COARRI");
    return verdict;
}

unsigned lb_edi_probe(lb_span head, const char *const *types)
{
    lb_span rest = skip_between(head);
    char element = '+', component = ':';
    if (lb_span_starts(rest, "UNA") && rest.len >= UNA_LEN) {
        component = rest.at[3];
        element = rest.at[4];
        rest = skip_between(lb_span_after(rest, UNA_LEN));
    } else if (is_level_b(rest)) {
        element = '\x1d';
        component = '\x1f';
    }
    if (!lb_span_starts(rest, "UNB"))
        return 0;

    unsigned score = 95;
    for (size_t i = 3; i + 10 < rest.len; i++) {
        lb_span unh = lb_span_after(rest, i);
        if (!lb_span_starts(unh, "UNH") || unh.at[3] != element)
            continue;
        lb_span after = lb_span_after(unh, 4), reference, type;
        if (!lb_span_cut(&after, element, &reference) || !lb_span_cut(&after, component, &type))
            continue;
        for (size_t t = 0; types[t] != NULL; t++)
            if (lb_span_is(type, types[t]))
                return score;
        score = 90; /* whose message is first reads them all */
    }
    return 0;
}
