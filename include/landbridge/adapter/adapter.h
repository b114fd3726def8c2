/* adapter.h - the contract between the hub and the reader of one carrier format.
 *
 * An adapter only reads: it gets one message and a sink, and writes events and doubts into the sink. It
 * opens nothing, waits for nothing, keeps no globals and has no clock: its only context is `lb_reading`.
 * So the same bytes give the same events today, in a test, under the fuzzer, and in ten years from the
 * journal.
 *
 *     frame --split--> message --read--> events + doubts          (all owned by the sink)
 *
 * How to add one: adapters/README.md. */
#ifndef LANDBRIDGE_ADAPTER_ADAPTER_H
#define LANDBRIDGE_ADAPTER_ADAPTER_H

#include "landbridge/adapter/say.h"
#include "landbridge/adapter/source.h"
#include "landbridge/client/answer.h"
#include "landbridge/client/event.h"

/* counted per adapter by the caller; adapters count nothing */
typedef enum lb_verdict {
    /* understood; the events (there may be none) are in the sink */
    LB_VERDICT_READ,
    LB_VERDICT_NOT_MINE,  /* another format; the sink is unchanged */
    LB_VERDICT_CUT_SHORT, /* the bytes end before the message does */
    /* this format, against its own grammar; lb_refuse gave the place and
                           * reason */
    LB_VERDICT_GARBLED,
    /* this format, a message kind that is not read yet */
    LB_VERDICT_UNKNOWN_KIND,
    /* a limit was reached; the events so far are discarded */
    LB_VERDICT_TOO_MUCH,
    LB_VERDICTS
} lb_verdict;

const char *lb_verdict_name(lb_verdict verdict);
lb_err lb_verdict_err(lb_verdict verdict); /* the error in the receipt */

typedef struct lb_reading {  /* fixed for one message */
    int64_t received_us;     /* when the hub received the frame: the only clock */
    const lb_source *source; /* zone, charset, partner code tables; never NULL */
} lb_reading;

/* -- the sink: collects the events and doubts of a message ------------------------------------
 * Its memory is one arena. Failure is sticky: when memory or the limit of events is used up, calls write
 * to a scrap event, and the verdict becomes TOO_MUCH (or the error NO_MEMORY) at the end. So an adapter
 * has no branches for it. */

typedef struct lb_doubt_note {
    lb_doubt_code code;
    int64_t offset; /* of the odd bytes in the message; LB_UNKNOWN when they are not from it */
    int64_t len;
    lb_span text; /* the odd bytes, or an explanation; UTF-8 */
    size_t event; /* index of the event it belongs to, or SIZE_MAX */
} lb_doubt_note;

lb_event *lb_say(lb_sink *sink); /* a new, empty event; never NULL */

/* The events so far are complete and may be reused as memory. For messages of very many events,
 * after each row or part; others need not call it. */
void lb_said(lb_sink *sink);

/* Something is odd; reading continues. `event` may be NULL (the message as a whole); `where` is
 * a part of the message, or text of the sink when the message was transcoded. Sets the event's
 * flag. */
void lb_doubt(lb_sink *sink, lb_event *event, lb_span where, lb_doubt_code code);

/* The reason for GARBLED, CUT_SHORT or UNKNOWN_KIND: what is wrong at `where`, and what to do.
 * The first call counts. Returns `verdict`, so that a reader can end with `return
 * lb_refuse(...)`. */
lb_verdict lb_refuse(lb_sink *sink, lb_verdict verdict, lb_span where, const char *text, ...)
    __attribute__((format(printf, 4, 5)));

/* Explains bytes for landbridge inspect --explain: `name` is the standard's term ("LOC",
 * "latitude"). Marks may be nested; which bytes became which field of an event is found
 * automatically, as far as its text points into the message. Almost free unless the sink
 * explains. */
void lb_mark(lb_sink *sink, lb_span where, lb_span name);
/* The same with the meaning of the bytes: lb_mark_print(sink, bytes, LB_SPAN("latitude"),
 * "%d.%06d", ...). */
void lb_mark_print(lb_sink *sink, lb_span where, lb_span name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool lb_sink_explains(const lb_sink *sink); /* when a mark would have to be computed first */
/* `copy`, in memory of the sink, is the decoded form of the bytes `where` of the message
 * (unescaped, released, transcoded), so that a doubt about the copy knows its offset. */
void lb_mark_copy(lb_sink *sink, lb_span where, lb_span copy);

/* The part that is being read: a limit is reported with its offset and "in row 17". `word` is a
 * literal: "row", "segment", "event". Costs nothing. */
void lb_part(lb_sink *sink, lb_span where, const char *word, size_t number);

/* `text` becomes "text, separator, more". The time depends on `more` alone as long as the calls
 * join to the same text. At most LB_EVENT_LINES pieces to one text. */
void lb_join(lb_sink *sink, lb_span *text, const char *separator, lb_span more);

/* Memory that lives as long as the sink. NULL when there is none left (sticky, see above). */
void *lb_sink_alloc(lb_sink *sink, size_t size);
lb_span lb_sink_copy(lb_sink *sink, lb_span text);
lb_span lb_sink_print(lb_sink *sink, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A tool that is expensive to open (a parser, a converter) stays with the sink for the next
 * message. NULL: not kept yet. Kept tools are closed with the sink; false when there is no slot,
 * then the caller closes it. Reading allocates no system memory once every tool is kept and the
 * arena is large enough. */
void *lb_sink_tool(lb_sink *sink, const char *name);
bool lb_sink_keep_tool(lb_sink *sink, const char *name, void *tool, void (*close)(void *tool));

/* Transcodes to UTF-8 with iconv's name of the charset ("GB18030", "ISO-8859-5"). Bytes that are
 * not of the charset become U+FFFD and the doubt CHARSET_REPAIRED. Valid UTF-8 input with
 * charset "UTF-8" or "ASCII" is returned uncopied. */
lb_span lb_sink_utf8(lb_sink *sink, lb_event *event, const char *charset, lb_span text);

/* A limit is reached: reading continues, and the verdict will be TOO_MUCH. The first call
 * counts. An empty `where` stands for that of lb_part. */
void lb_too_much(lb_sink *sink, lb_span where, const char *text, ...)
    __attribute__((format(printf, 3, 4)));

/* What the adapter knows of the message as a whole; copied into every event's provenance. */
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

/* -- for callers of adapters: broker, inspect, tests ------------------------------------------- */

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
/* Origin of an event's text: the offset in the message of the bytes, or of the bytes that it was
 * copied from; LB_UNKNOWN when it comes from elsewhere. */
int64_t lb_sink_offset(lb_sink *sink, lb_span text);

typedef struct lb_refusal {
    lb_verdict verdict;
    int64_t offset;
    lb_span text;
} lb_refusal;
const lb_refusal *lb_sink_refusal(const lb_sink *sink); /* NULL when nothing was refused */

/* Each event is handed over once it is finished, in order, and is invalid afterwards; a taker
 * must not allocate from the sink. Without a taker the sink keeps all events. The events taken
 * of a message count only when the verdict is READ. NULL: none. */
typedef void lb_taker(void *who, lb_event *event);
void lb_sink_hand_over(lb_sink *sink, lb_taker *take, void *who);

/* The only function to read a message: size limit, `read`, finishing of every event with
 * provenance; the sink is emptied unless the verdict is READ. Without an adapter
 * (lb_adapter_probe found none): NOT_MINE. */
lb_verdict lb_adapter_read(const lb_adapter *adapter, const lb_reading *reading, lb_span message,
                           lb_sink *sink);

/* The same without finishing the events, to measure the cost of the adapter alone. */
lb_verdict lb_adapter_read_unfinished(const lb_adapter *adapter, const lb_reading *reading,
                                      lb_span message, lb_sink *sink);

/* -- the carrier's own receipt ---------------------------------------------------------------- */

/* memory of the caller; longer answers are cut and set `is_full` */
typedef struct lb_reply {
    char *at;
    size_t len, room;
    bool is_full;
} lb_reply;

void lb_reply_put(lb_reply *reply, lb_span bytes);

/* Of what the senders of a format know at first hand: when two claims about the same thing differ, theirs is believed
 * (broker/track/worth.c). */
typedef enum lb_authority {
    LB_AUTHORITY_NONE,     /* of nothing before others */
    LB_AUTHORITY_TERMINAL, /* of moves at its gates and cranes */
    LB_AUTHORITY_RAILWAY,  /* of movements of its trains */
    LB_AUTHORITY_POSITION, /* of positions only: any other claim goes first */
    LB_AUTHORITIES
} lb_authority;

struct lb_adapter {
    const char *name;  /* "rail.taf": stored in the journal, so never renamed */
    const char *title; /* one line for users */
    uint32_t revision; /* raised whenever the same bytes would give other events */
    lb_mode mode;
    lb_authority authority; /* absent: NONE */
    size_t max_message;     /* longer is refused before `read` is called */
    uint32_t max_events;    /* per message */

    /* 0 no ... 100 cannot be anything else; sees the first 4 KiB at most. */
    unsigned (*probe)(lb_span head);
    /* Cuts the next message off the front of `rest`; NULL: frame = message. LB_ERR_CUT_SHORT when the
     * rest does not hold a whole one. */
    lb_err (*split)(lb_span *rest, lb_span *message);
    lb_verdict (*read)(const lb_reading *reading, lb_span message, lb_sink *sink);
    /* The carrier's own receipt; called only after commit or refusal; may be NULL. */
    void (*answer)(const lb_reading *reading, lb_span message, lb_err kept, lb_reply *reply);

    /* -- a format with requests (Cargo-IMP FSR): both or neither --------------------------------------- */
    /* The reference that the message asks for ("784-30418264"), which the hub looks up as
     * `landbridge track` would; empty when it is no request. Points into the message or is a
     * literal. */
    lb_span (*ask)(const lb_reading *reading, lb_span message);
    /* The answer in the same format. answer->tracks is empty when nothing is known. */
    void (*tell)(const lb_reading *reading, lb_span message, const lb_answer *answer,
                 lb_reply *reply);

    /* -- a format that the hub can write (DCSA) --------------------------------------------------------
     * One event in the version asked for (empty: the newest); false: the format has no code for it, or no
     * such version. Writes one line without an end. */
    bool (*write)(const lb_event *event, lb_span version, lb_reply *reply);
};

const lb_adapter *const *lb_adapters(size_t *count); /* all of adapters.def, in its order */
const lb_adapter *lb_adapter_find(lb_span name);
const lb_adapter *
lb_adapter_probe(lb_span head); /* the best match, or NULL; ties: first in the list */

#endif
