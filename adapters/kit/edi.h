/* edi.h - UN/EDIFACT interchanges as messages, segments and values.
 *
 *     UNA:+.? '                                      separators, when they are not the usual ones
 *     UNB+UNOC:3+SENDER+RECEIVER+260312:0930+417'    charset : syntax version, from, to, when, reference
 *     UNH+1+IFTSTA:D:00B:UN'                         message: reference, type : directory
 *       LOC+5+CNULZ:139:6'                           tag + element + element; component : component
 *     UNT+16+1'                                      segments in the message, reference again
 *     UNZ+1+417'                                     messages in the interchange, reference again
 *
 * `?` releases the next character: "?'" is a quote that ends nothing. Everything is positional, so empty
 * elements count. Elements and components are counted from 1, as in EDIFACT guides. See ISO 9735-1.
 *
 * lb_edi_read walks the whole interchange once before the first event, so a cut one gives no events at all.
 * After that framing cannot fail, so message readers have no branches for it. Values that need no release
 * and no transcoding point into the message, so that a doubt knows its offset. */
#ifndef KIT_EDI_H
#define KIT_EDI_H

#include "landbridge/adapter/adapter.h"

enum {
    LB_EDI_MAX_INTERCHANGE = 8 * 1024 * 1024, /* 99,999 containers fit */
    LB_EDI_MAX_SEGMENT = 16 * 1024,           /* the longest of the directories has 4 KiB */
    LB_EDI_MAX_ELEMENT = 4 * 1024             /* free text is 5 x 512 characters */
};

typedef struct lb_edi_segment {
    lb_span where;  /* without its terminator; points into the message */
    lb_span tag;    /* "LOC"; empty when it does not look like one */
    int64_t number; /* in the interchange, UNB is 1 */
} lb_edi_segment;

/* the segments that come next */
typedef struct lb_edi_cursor {
    lb_span rest;
    int64_t number;
} lb_edi_cursor;

typedef struct lb_edi_state { /* see lb_edi_message_state */
    void *at;
    size_t size;
} lb_edi_state;

typedef struct lb_edi { /* one interchange */
    const lb_reading *reading;
    lb_sink *sink;
    char component, element, terminator;
    char release, repetition; /* 0: there is none */
    bool is_guessed;          /* no UNA or profile said that lines end segments */
    int64_t syntax;           /* 1 .. 4 */
    const char *charset; /* for lb_sink_utf8; NULL: a sender of ASCII that does not keep to it */
    lb_edi_segment unb;
    lb_span sender;
    bool is_test;
    lb_edi_state *state;
} lb_edi;

typedef struct lb_edi_message {
    const lb_edi *edi;
    lb_edi_segment unh;
    lb_span type;        /* "IFTSTA" */
    lb_span association; /* "SMDG20", "2.0f": the implementation guide; may be empty */
    int directory;       /* D.96B is 19961, D.00A is 20000: rises with time */
    lb_edi_cursor body;  /* between UNH and UNT */
} lb_edi_message;

/* LB_VERDICT_READ, or the verdict of the refusal; in both cases the interchange continues with
 * the next message. */
typedef lb_verdict (*lb_edi_reader)(const lb_edi_message *message);

typedef struct lb_edi_kind {
    const char *type;
    lb_edi_reader read;
} lb_edi_kind;

/* Memory of a reader for one message: zeroed, and reused for the next message of the
 * interchange, which may have tens of thousands. NULL: out of memory. */
void *lb_edi_message_state(const lb_edi *edi, size_t size);

#define LB_EDI_DIRECTORY(year, letter) ((year)*10 + ((letter) - 'A'))

/* Reads all messages whose type is among `kinds` (ends with NULL); others get a doubt. Fills in
 * the lb_message_info, except what the reader knows better (party, reported time). NOT_MINE
 * without UNB. */
lb_verdict lb_edi_read(const lb_reading *reading, lb_span message, lb_sink *sink,
                       const lb_edi_kind *kinds);

/* 95 when the first UNH of an interchange is of one of the types (a list that ends with NULL), 90 when a
 * later one in the head is. */
unsigned lb_edi_probe(lb_span head, const char *const *types);

/* The next segment; false at the end. */
bool lb_edi_next(const lb_edi *edi, lb_edi_cursor *cursor, lb_edi_segment *segment);

bool lb_edi_is(const lb_edi_segment *segment, const char *tag);

/* A value, released and in UTF-8; empty when it is not there. */
lb_span lb_edi_value(const lb_edi *edi, const lb_edi_segment *segment, size_t element,
                     size_t component);
/* The same of the repetition `nth` (from 0; only syntax version 4 has any). */
lb_span lb_edi_repeated(const lb_edi *edi, const lb_edi_segment *segment, size_t element,
                        size_t nth, size_t component);

/* Opens the envelope only: separators, charset, sender. Used by lb_edi_read and tests. */
lb_verdict lb_edi_open(lb_edi *edi, const lb_reading *reading, lb_span message, lb_sink *sink,
                       lb_edi_cursor *cursor);

#endif
