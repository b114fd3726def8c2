/* json.h - a message in JSON (RFC 8259) as a small tree that can be asked for names.
 *
 * Own reader, since a doubt needs the byte offset of every value, which the usual libraries do not keep. Safe on
 * hostile input: no recursion, nesting to LB_JSON_MAX_DEPTH, a maximum of values.
 *
 * The tree lies in the sink's memory and lives as long. Texts point into the message where its bytes can be
 * used as they are (no escape inside), otherwise they are copies; `where` always points into the message.
 * All finders accept NULL and then find nothing. Of two members with one name the first counts. */
#ifndef KIT_JSON_H
#define KIT_JSON_H

#include "landbridge/adapter/adapter.h"

enum {
    LB_JSON_MAX_DEPTH = 64,
    LB_JSON_MAX_VALUES = 1000000, /* a day of dislocations of 5,000 wagons with 136 columns */
};

typedef enum lb_json_kind {
    LB_JSON_NULL,
    LB_JSON_FALSE,
    LB_JSON_TRUE,
    LB_JSON_NUMBER,
    LB_JSON_STRING,
    LB_JSON_ARRAY,
    LB_JSON_OBJECT
} lb_json_kind;

typedef struct lb_json_node lb_json_node;

struct lb_json_node {
    lb_json_kind kind;
    lb_span name;  /* of a member; empty in an array and for the root */
    lb_span text;  /* a string without escapes, UTF-8; a number, true, false as written */
    lb_span where; /* the value in the message, strings with their quotes, objects with braces */
    size_t index;  /* in its parent, from 0 */
    size_t count;  /* of its children */
    lb_json_node *parent, *first, *last, *next;
};

typedef struct lb_json_fault {
    lb_verdict verdict; /* CUT_SHORT, GARBLED or TOO_MUCH */
    lb_span where;      /* in the message */
    const char *text;   /* a literal */
} lb_json_fault;

/* The root, or NULL with the reason in *fault. A byte order mark is skipped. Never refuses by
 * itself. */
const lb_json_node *lb_json_read(lb_sink *sink, lb_span message, lb_json_fault *fault);

const lb_json_node *lb_json_child(const lb_json_node *object, const char *name);
/* The first member whose name is `name` behind its last ':', '#' or '/': "cargo:eventCode",
 * "https://onerecord.iata.org/ns/cargo#eventCode" and "eventCode" are one term of JSON-LD. */
const lb_json_node *lb_json_term(const lb_json_node *object, const char *name);
/* "transportCall/location": the first member of each name, step by step. */
const lb_json_node *lb_json_find(const lb_json_node *node, const char *path);
/* The value after `at` in the order of the document, as long as it is inside `top`; start with top itself. */
const lb_json_node *lb_json_walk(const lb_json_node *top, const lb_json_node *at);
/* The first member of that name anywhere inside. */
const lb_json_node *lb_json_below(const lb_json_node *top, const char *name);
/* The text of a string, number, true or false; empty when missing, null, array or object. */
lb_span lb_json_text(const lb_json_node *node, const char *path);
lb_span lb_json_own_text(const lb_json_node *node);
/* "812.5" or 812.5 with digits = 3 gives 812500; false when missing or no number. */
bool lb_json_number(const lb_json_node *node, const char *path, int digits, int64_t *scaled);
/* The first element of an array, or the node itself when it is no array: senders write a single
 * element without brackets. Go on with ->next while `->parent` is the array: lb_json_each_next
 * does. */
const lb_json_node *lb_json_each(const lb_json_node *node);
const lb_json_node *lb_json_each_next(const lb_json_node *node, const lb_json_node *at);
/* The bytes of a value without the quotes: where a doubt should point. */
lb_span lb_json_where(const lb_json_node *node);

/* For probes: does `head` begin like JSON, and does the quoted word "name" stand in it? */
bool lb_json_looks_like(lb_span head);
bool lb_json_head_names(lb_span head, const char *name);

#endif
