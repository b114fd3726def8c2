/* adapter.h - the contract between the hub and a reader of one carrier language.
 *
 * An adapter is a reader and nothing else. It is handed one message and a sink and says what it
 * understood. It opens nothing, waits for nothing, keeps no globals and owns no clock: all that it
 * may know of the world stands in `lb_reading`. So the same bytes give the same events today, in a
 * test, under the fuzzer, and in ten years from the journal.
 *
 *     frame --split--> message --read--> events + doubts          (all owned by the sink)
 *
 * How to add one: adapters/README.md. */
#ifndef LANDBRIDGE_ADAPTER_ADAPTER_H
#define LANDBRIDGE_ADAPTER_ADAPTER_H

#include "landbridge/client/answer.h"
#include "landbridge/client/event.h"
#include "landbridge/adapter/source.h"

typedef enum lb_verdict { /* counted per adapter by the caller; adapters count nothing          */
                          LB_VERDICT_READ, /* understood; the events (none is fine) are in the sink              */
                          LB_VERDICT_NOT_MINE, /* another language; the sink is untouched                            */
                          LB_VERDICT_CUT_SHORT, /* the bytes end before the message does                              */
                          LB_VERDICT_GARBLED, /* my language, against its own grammar; lb_refuse said where and why */
                          LB_VERDICT_UNKNOWN_KIND, /* my language, a message kind that is not read yet                 */
                          LB_VERDICT_TOO_MUCH, /* a limit was reached; what was said so far is void                  */
                          LB_VERDICTS
} lb_verdict;

const char *lb_verdict_name(lb_verdict verdict);
lb_err lb_verdict_err(lb_verdict verdict); /* what the receipt says */

typedef struct lb_reading {  /* fixed for one message                                            */
    int64_t received_us;     /* when the hub got the frame: the only clock there is               */
    const lb_source *source; /* zone, charset, partner code tables; never NULL                    */
} lb_reading;

/* -- the sink: where an adapter says what it understood ---------------------------------------
 * Its memory is one arena. Failure is sticky: when memory or the limit of events is used up, calls go
 * on to work on a scrap event, and the verdict becomes TOO_MUCH (or the error NO_MEMORY) at the end.
 * So an adapter has no branches for it. */

typedef struct lb_doubt_note {
    lb_doubt_code code;
    int64_t offset; /* of the odd bytes in the message; LB_UNKNOWN when they are not from it */
    int64_t len;
    lb_span text; /* the odd bytes, or an explanation; UTF-8 */
    size_t event; /* index of the event it belongs to, or SIZE_MAX */
} lb_doubt_note;

lb_event *lb_say(lb_sink *sink); /* a new, empty event; never NULL */

/* What was said so far is finished and will not be looked at again: its memory is used for the next. For messages of
 * very many events, after each row or part; others need not say it. */
void lb_said(lb_sink *sink);

/* Something is odd; reading goes on. `event` may be NULL (the message as a whole); `where` is a part
 * of the message, or text of the sink when the message was transcoded. Sets the event's flag. */
void lb_doubt(lb_sink *sink, lb_event *event, lb_span where, lb_doubt_code code);

/* Why GARBLED, CUT_SHORT or UNKNOWN_KIND: what is wrong at `where`, and what to do. The first call
 * counts. Returns `verdict`, so that a reader can end with `return lb_refuse(...)`. */
lb_verdict lb_refuse(lb_sink *sink, lb_verdict verdict, lb_span where, const char *text, ...)
    __attribute__((format(printf, 4, 5)));

/* Says what bytes are, for those who want to see it (landbridge inspect --explain): `name` is the word of the
 * standard ("LOC", "latitude"). Marks may lie inside each other; what came into which field of an event is found
 * by itself, as far as its text points into the message. Costs next to nothing unless the sink explains. */
void lb_mark(lb_sink *sink, lb_span where, lb_span name);
/* The same with what the bytes mean: lb_mark_print(sink, bytes, LB_SPAN("latitude"), "%d.%06d", ...). */
void lb_mark_print(lb_sink *sink, lb_span where, lb_span name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool lb_sink_explains(const lb_sink *sink); /* for who would have to compute something first */
/* `copy`, in memory of the sink, is what the bytes `where` of the message say (unescaped, released, transcoded):
 * a doubt about the copy knows its offset by this. */
void lb_mark_copy(lb_sink *sink, lb_span where, lb_span copy);

/* Where reading has come to: what a limit is told with, its offset and "in row 17". `word` is a literal: "row",
 * "segment", "event". Costs nothing. */
void lb_part(lb_sink *sink, lb_span where, const char *word, size_t number);

/* `text` becomes "text, separator, more", in time that grows with `more` alone as long as the text that was joined
 * last is joined on. At most LB_EVENT_LINES pieces to one text. */
void lb_join(lb_sink *sink, lb_span *text, const char *separator, lb_span more);

/* Memory that lives as long as the sink. NULL when there is no more (sticky, see above). */
void *lb_sink_alloc(lb_sink *sink, size_t size);
lb_span lb_sink_copy(lb_sink *sink, lb_span text);
lb_span lb_sink_print(lb_sink *sink, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A tool that is dear to open (a parser, a converter) stays with the sink for the next message: NULL when it is not
 * there yet. Kept tools are closed with the sink; false when there is no seat, then the caller closes it. Reading
 * allocates nothing from the system once every tool is there and the arena is large enough. */
void *lb_sink_tool(lb_sink *sink, const char *name);
bool lb_sink_keep_tool(lb_sink *sink, const char *name, void *tool, void (*close)(void *tool));

/* Transcodes to UTF-8 with iconv's name of the charset ("GB18030", "ISO-8859-5"). Bytes that are not
 * of the charset become U+FFFD and the doubt CHARSET_REPAIRED. Valid UTF-8 input with charset "UTF-8"
 * or "ASCII" is returned as it is, uncopied. */
lb_span lb_sink_utf8(lb_sink *sink, lb_event *event, const char *charset, lb_span text);

/* A limit is reached: reading goes on, and the verdict will be TOO_MUCH. The first call counts. `where` may be empty:
 * then it is where lb_part was. */
void lb_too_much(lb_sink *sink, lb_span where, const char *text, ...)
    __attribute__((format(printf, 3, 4)));

/* What the adapter knows of the message as a whole; goes into every event's provenance. */
typedef struct lb_message_info {
    lb_span party;
    lb_span format;
    lb_span format_version;
    lb_span interchange_ref;
    lb_span message_ref;
    int64_t reported_at_us;
    bool test;
} lb_message_info;
lb_message_info *
lb_sink_message_info(lb_sink *sink); /* fill in before the first lb_say; copied by lb_say */

/* -- for those who call adapters: broker, inspect, tests ------------------------------------- */

typedef struct lb_adapter lb_adapter;

lb_err lb_sink_open(lb_sink **sink, size_t max_bytes);
void lb_sink_close(lb_sink **sink);
void lb_sink_reset(lb_sink *sink); /* forgets all events, keeps the memory */
size_t lb_sink_count(const lb_sink *sink);
lb_event *lb_sink_event(lb_sink *sink, size_t i);
size_t lb_sink_doubts(const lb_sink *sink);
const lb_doubt_note *lb_sink_doubt(const lb_sink *sink, size_t i);

typedef struct lb_mark_note {
    int64_t offset; /* in the message; LB_UNKNOWN when the bytes are not from it */
    lb_span where;
    lb_span name;
    lb_span meaning; /* may be empty */
} lb_mark_note;

void lb_sink_explain(lb_sink *sink, bool yes); /* before reading: keep marks */
size_t lb_sink_marks(const lb_sink *sink);
const lb_mark_note *lb_sink_mark(const lb_sink *sink, size_t i); /* in the order of marking */
/* Where a text of an event comes from: the offset in the message of the bytes, or of what they are a copy of;
 * LB_UNKNOWN when it comes from elsewhere. */
int64_t lb_sink_offset(lb_sink *sink, lb_span text);

typedef struct lb_refusal {
    lb_verdict verdict;
    int64_t offset;
    lb_span text;
} lb_refusal;
const lb_refusal *lb_sink_refusal(const lb_sink *sink); /* NULL when nothing was refused */

/* Each event is handed over once it is finished, in order, and is void afterwards; a taker asks no memory of the sink.
 * Without a taker the sink keeps them all. What was taken of a message counts only when the verdict is READ. NULL: none. */
typedef void lb_taker(void *who, lb_event *event);
void lb_sink_hand_over(lb_sink *sink, lb_taker *take, void *who);

/* The one way to read a message: size limit, `read`, finishing of every event with provenance, and the
 * sink emptied again unless the verdict is READ. No adapter (lb_adapter_probe found none): NOT_MINE. */
lb_verdict lb_adapter_read(const lb_adapter *adapter, const lb_reading *reading, lb_span message,
                           lb_sink *sink);

/* The same without the finishing: what the adapter alone costs, for measuring. */
lb_verdict lb_adapter_read_unfinished(const lb_adapter *adapter, const lb_reading *reading,
                                      lb_span message, lb_sink *sink);

/* -- the carrier's own receipt ---------------------------------------------------------------- */

typedef struct lb_reply { /* memory of the caller; longer answers are cut and `is_full` says so */
    char *at;
    size_t len, room;
    bool is_full;
} lb_reply;

void lb_reply_put(lb_reply *reply, lb_span bytes);

struct lb_adapter {
    const char *name;  /* "rail.taf": stored in the journal, so never renamed    */
    const char *title; /* one line for people                                    */
    uint32_t revision; /* raised whenever the same bytes would give other events */
    lb_mode mode;
    size_t max_message;  /* longer is refused before `read` is called              */
    uint32_t max_events; /* per message                                            */

    /* 0 no ... 100 cannot be anything else; sees the first 4 KiB at most. */
    unsigned (*probe)(lb_span head);
    /* Cuts the next message off the front of `rest`; NULL: frame = message. LB_ERR_CUT_SHORT when the
     * rest does not hold a whole one. */
    lb_err (*split)(lb_span *rest, lb_span *message);
    lb_verdict (*read)(const lb_reading *reading, lb_span message, lb_sink *sink);
    /* The carrier's own receipt; asked for only after commit or refusal; may be NULL. */
    void (*answer)(const lb_reading *reading, lb_span message, lb_err kept, lb_reply *reply);

    /* -- a language in which one can ask (Cargo-IMP FSR): both or neither ----------------------------- */
    /* What the message wants to know, or an empty span when it asks nothing: a reference ("784-30418264")
     * that the hub looks up as `landbridge track` would. Points into the message or is a literal. */
    lb_span (*ask)(const lb_reading *reading, lb_span message);
    /* The answer in the same language. answer->tracks is empty when nothing is known. */
    void (*tell)(const lb_reading *reading, lb_span message, const lb_answer *answer,
                 lb_reply *reply);

    /* -- a language in which the hub can speak (DCSA) --------------------------------------------------
     * One event in the version asked for (empty: the newest); false: this language has no word for it, or no
     * such version. Writes one line without an end. */
    bool (*write)(const lb_event *event, lb_span version, lb_reply *reply);
};

const lb_adapter *const *lb_adapters(size_t *count); /* all of adapters.def, in its order */
const lb_adapter *lb_adapter_find(lb_span name);
const lb_adapter *
lb_adapter_probe(lb_span head); /* the surest one, or NULL; ties: first in the list */

#endif
