/* xml.h - a message in XML as a small tree that can be asked for names.
 *
 * Wraps expat and makes it safe on hostile input: no DTD and so no entities but the five built-in ones,
 * nesting to LB_XML_MAX_DEPTH, a maximum of elements and attributes. Names lose their namespace prefix
 * ("t:Sender" is "Sender"), since senders disagree on namespaces but not on local names. Namespaces are not
 * resolved, so an undeclared prefix is no error.
 *
 * The tree lies in the sink's memory and lives as long. Names and texts point into the message itself
 * where its bytes can be used as they are (UTF-8, no entity inside), so that a doubt at a text knows
 * its byte offset; otherwise they are copies. All finders accept NULL and then find nothing. */
#ifndef KIT_XML_H
#define KIT_XML_H

#include "landbridge/adapter/adapter.h"

enum {
    LB_XML_MAX_DEPTH = 64,        /* TAF needs 12 */
    LB_XML_MAX_ELEMENTS = 200000, /* a train of 999 wagons has some 30,000 */
    LB_XML_MAX_CHILDREN = 2000,   /* of one element: finders walk along them */
    LB_XML_MAX_ATTRIBUTES = 64,   /* of one element */
    LB_XML_MAX_ATTRIBUTE = 4096   /* bytes of one value: it is copied */
};

typedef struct lb_xml_attribute {
    lb_span name;   /* without prefix */
    lb_span prefix; /* "xmlns" in xmlns:t="..."; may be empty */
    lb_span value;
} lb_xml_attribute;

typedef struct lb_xml_node lb_xml_node;

struct lb_xml_node {
    lb_span name;  /* without prefix */
    lb_span text;  /* before its first child, trimmed; empty also for <a/> and <a> </a> */
    lb_span where; /* the start tag in the message, "<Sender>" */
    const lb_xml_attribute *attributes;
    size_t attribute_count, child_count;
    lb_xml_node *parent, *first, *last, *next;
};

typedef struct lb_xml_fault {
    lb_verdict verdict; /* CUT_SHORT, GARBLED or TOO_MUCH */
    lb_span where;      /* in the message */
    const char *text;   /* a literal */
} lb_xml_fault;

/* The root element, or NULL with the reason in *fault. Never refuses by itself, since only the
 * caller knows whether the bytes are its format. */
const lb_xml_node *lb_xml_read(lb_sink *sink, lb_span message, lb_xml_fault *fault);

/* first of that name */
const lb_xml_node *lb_xml_child(const lb_xml_node *node, const char *name);
const lb_xml_node *lb_xml_next(const lb_xml_node *node,
                               const char *name);               /* sibling of that name */
size_t lb_xml_count(const lb_xml_node *node, const char *name); /* children of that name */
/* "Location/PrimaryLocationName": the first child of each name, step by step. */
const lb_xml_node *lb_xml_find(const lb_xml_node *node, const char *path);
/* The node after `at` in the order of the document, as long as it is below `top`; start with top itself.
 * lb_xml_below: the first of that name. */
const lb_xml_node *lb_xml_walk(const lb_xml_node *top, const lb_xml_node *at);
const lb_xml_node *lb_xml_below(const lb_xml_node *node, const char *name);
lb_span lb_xml_text(const lb_xml_node *node, const char *path); /* empty when missing */
lb_span lb_xml_attribute_of(const lb_xml_node *node, const char *name);
bool lb_xml_is(const lb_xml_node *node, const char *name);

/* The bytes where a doubt about `node` should point: its text, else its start tag. */
lb_span lb_xml_where(const lb_xml_node *node);

/* The name of the root element without prefix, from the first bytes only: blanks, byte order mark, prolog
 * and comments are skipped. Empty when the bytes are no XML or hold no start tag. */
lb_span lb_xml_root_name(lb_span head);

#endif
