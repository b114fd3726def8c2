/* xml.c - a message in XML as a small tree, safely.
 *
 *     bytes --expat--> start, characters, end --> nodes in the sink's memory
 *
 * A text points into the message where the same bytes stand there; otherwise it is copied into the sink's memory,
 * which expat uses, too. */
#include "xml.h"

#include <expat.h>

typedef struct builder {
    lb_sink *sink;
    lb_span message;
    XML_Parser parser;
    lb_xml_fault *fault;
    lb_xml_node *root, *open;
    char *copy;  /* collects the text of the open element when it cannot be borrowed */
    size_t room; /* of `copy` */
    size_t depth, elements;
} builder;

static lb_span bytes_here(const builder *b)
{
    XML_Index at = XML_GetCurrentByteIndex(b->parser);
    if (at < 0 || (size_t)at > b->message.len)
        return lb_span_after(b->message, b->message.len);

    int count = XML_GetCurrentByteCount(b->parser);
    return lb_span_first(lb_span_after(b->message, (size_t)at), count < 0 ? 0 : (size_t)count);
}

static void stop(builder *b, lb_verdict verdict, const char *text)
{
    if (b->fault->text != NULL)
        return;
    *b->fault = (lb_xml_fault){.verdict = verdict, .where = bytes_here(b), .text = text};
    XML_StopParser(b->parser, XML_FALSE);
}

static void *take(builder *b, size_t size)
{
    void *memory = lb_sink_alloc(b->sink, size);
    if (memory == NULL)
        stop(b, LB_VERDICT_TOO_MUCH, "no more memory for this message");
    return memory;
}

static lb_span copy_text(builder *b, const char *text, size_t len)
{
    char *memory = len == 0 ? NULL : take(b, len);
    if (memory == NULL)
        return LB_EMPTY;
    memcpy(memory, text, len);
    return (lb_span){memory, len};
}

/* "t:Sender" -> prefix "t", name "Sender" */
static lb_span strip_prefix(lb_span name, lb_span *prefix)
{
    const char *colon = memchr(name.at, ':', name.len);
    if (colon == NULL || colon + 1 == name.at + name.len) {
        *prefix = LB_EMPTY;
        return name;
    }
    *prefix = lb_span_between(name.at, colon);
    return lb_span_between(colon + 1, name.at + name.len);
}

/* In a UTF-8 message the name of an element is at the '<' of its start tag, and is borrowed from
 * there. */
static lb_span keep_name(builder *b, const char *name, lb_span tag)
{
    size_t len = strlen(name);
    lb_span in_message = lb_span_first(lb_span_after(tag, 1), len);
    if (in_message.len == len && memcmp(in_message.at, name, len) == 0)
        return in_message;
    return copy_text(b, name, len);
}

static void keep_attributes(builder *b, lb_xml_node *node, const char **pairs)
{
    size_t count = 0;
    while (pairs[2 * count] != NULL)
        count++;
    if (count == 0)
        return;
    if (count > LB_XML_MAX_ATTRIBUTES) {
        stop(b, LB_VERDICT_TOO_MUCH, "more than 64 attributes in one element");
        return;
    }

    lb_xml_attribute *kept = take(b, count * sizeof *kept);
    if (kept == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(pairs[2 * i + 1]);
        if (len > LB_XML_MAX_ATTRIBUTE) {
            stop(b, LB_VERDICT_TOO_MUCH, "an attribute has more than 4096 bytes");
            return;
        }
        lb_span name = copy_text(b, pairs[2 * i], strlen(pairs[2 * i]));
        if (name.len == 0)
            return;
        kept[i].name = strip_prefix(name, &kept[i].prefix);
        kept[i].value = copy_text(b, pairs[2 * i + 1], len);
    }
    node->attributes = kept;
    node->attribute_count = count;
}

static void hang_under(lb_xml_node *parent, lb_xml_node *node)
{
    node->parent = parent;
    if (parent->last == NULL)
        parent->first = node;
    else
        parent->last->next = node;
    parent->last = node;
    parent->child_count++;
}

static void start_element(void *user, const char *name, const char **attributes)
{
    builder *b = user;
    if (b->fault->text != NULL)
        return;
    if (++b->depth > LB_XML_MAX_DEPTH) {
        stop(b, LB_VERDICT_TOO_MUCH, "elements are nested more than 64 deep");
        return;
    }
    _Static_assert(LB_XML_MAX_ELEMENTS == 200000 && LB_XML_MAX_CHILDREN == 2000, "the texts below");
    if (++b->elements > LB_XML_MAX_ELEMENTS) {
        stop(b, LB_VERDICT_TOO_MUCH, "more than 200000 elements in one message");
        return;
    }

    lb_xml_node *node = take(b, sizeof *node);
    if (node == NULL)
        return;
    *node = (lb_xml_node){.where = bytes_here(b)};
    lb_span prefix, whole = keep_name(b, name, node->where);
    if (whole.len == 0)
        return;
    node->name = strip_prefix(whole, &prefix);
    keep_attributes(b, node, attributes);
    if (b->open != NULL && b->open->child_count >= LB_XML_MAX_CHILDREN) {
        stop(b, LB_VERDICT_TOO_MUCH, "more than 2000 elements side by side");
        return;
    }
    if (b->open != NULL)
        hang_under(b->open, node);
    else
        b->root = node;
    b->open = node;
    b->copy = NULL;
}

static void end_element(void *user, const char *name)
{
    (void)name;
    builder *b = user;
    if (b->fault->text != NULL)
        return;
    b->open->text = lb_span_trim(b->open->text);
    if (b->copy != NULL)
        lb_mark_copy(b->sink, b->open->where, b->open->text);
    b->open = b->open->parent;
    b->depth--;
    b->copy = NULL;
}

/* The text so far and a further piece in memory of the sink; room doubles, so that a text of many
 * pieces costs no more than a few times its length. */
static void gather(builder *b, const char *text, size_t len)
{
    lb_span before = b->open->text;
    if (b->copy == NULL || b->room - before.len < len) {
        size_t room = 2 * (before.len + len);
        char *copy = take(b, room);
        if (copy == NULL)
            return;
        if (before.len > 0)
            memcpy(copy, before.at, before.len);
        b->copy = copy;
        b->room = room;
    }
    memcpy(b->copy + before.len, text, len);
    b->open->text = (lb_span){b->copy, before.len + len};
}

static void characters(void *user, const char *text, int count)
{
    builder *b = user;
    if (b->fault->text != NULL || b->open == NULL || count <= 0)
        return;

    size_t len = (size_t)count;
    lb_span so_far = b->open->text;
    if (b->open->first != NULL)
        return; /* line ends between children: messages have no mixed content */
    if (so_far.len == 0 && lb_span_trim((lb_span){text, len}).len == 0)
        return;

    lb_span raw = bytes_here(b);
    bool is_raw = raw.len == len && memcmp(raw.at, text, len) == 0;
    if (is_raw && so_far.len == 0)
        b->open->text = raw;
    else if (is_raw && b->copy == NULL && so_far.at + so_far.len == raw.at)
        b->open->text.len += len;
    else
        gather(b, text, len);
}

static void start_doctype(void *user, const char *name, const char *system, const char *public,
                          int has_internal)
{
    (void)name, (void)system, (void)public, (void)has_internal;
    stop(user, LB_VERDICT_GARBLED, "DOCTYPE is not allowed: send the message without it");
}

static void explain(builder *b)
{
    enum XML_Error error = XML_GetErrorCode(b->parser);
    bool cut = error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN ||
               error == XML_ERROR_PARTIAL_CHAR || error == XML_ERROR_UNCLOSED_CDATA_SECTION;
    lb_verdict verdict = error == XML_ERROR_NO_MEMORY ? LB_VERDICT_TOO_MUCH
                         : cut                        ? LB_VERDICT_CUT_SHORT
                                                      : LB_VERDICT_GARBLED;
    const char *text = XML_ErrorString(error);
    stop(b, verdict, text != NULL ? text : "not well-formed");
}

static void parse(builder *b)
{
    XML_SetUserData(b->parser, b);
    XML_SetElementHandler(b->parser, start_element, end_element);
    XML_SetCharacterDataHandler(b->parser, characters);
    XML_SetStartDoctypeDeclHandler(b->parser, start_doctype);
    XML_SetParamEntityParsing(b->parser, XML_PARAM_ENTITY_PARSING_NEVER);
    if (XML_Parse(b->parser, b->message.at, (int)b->message.len, XML_TRUE) != XML_STATUS_OK)
        explain(b);
}

/* -- expat's memory -------------------------------------------------------------------------------
 *
 * It comes from the sink too, so that parsing allocates no system memory. Expat passes no context to its allocator:
 * a thread-local variable holds the sink while one message is parsed. Nothing is freed before the sink is reset;
 * each block is preceded by its size. */
static _Thread_local lb_sink *parsing;

enum { PIECE_HEADER = 16 };

static void *piece_alloc(size_t size)
{
    char *piece =
        size > SIZE_MAX - PIECE_HEADER ? NULL : lb_sink_alloc(parsing, size + PIECE_HEADER);
    if (piece == NULL)
        return NULL;
    memcpy(piece, &size, sizeof size);
    return piece + PIECE_HEADER;
}

static void *piece_realloc(void *old, size_t size)
{
    size_t before = 0;
    if (old != NULL)
        memcpy(&before, (char *)old - PIECE_HEADER, sizeof before);
    if (old != NULL && size <= before)
        return old;
    void *piece = piece_alloc(size);
    if (piece != NULL && before > 0)
        memcpy(piece, old, before);
    return piece;
}

static void piece_free(void *piece)
{
    (void)piece;
}

static XML_Parser make_parser(lb_sink *sink)
{
    static const XML_Memory_Handling_Suite memory = {piece_alloc, piece_realloc, piece_free};
    parsing = sink;
    return XML_ParserCreate_MM(NULL, &memory, NULL);
}

static void mark_elements(lb_sink *sink, const lb_xml_node *root)
{
    for (const lb_xml_node *at = root; at != NULL; at = lb_xml_walk(root, at))
        lb_mark(sink, lb_xml_where(at), at->name);
}

const lb_xml_node *lb_xml_read(lb_sink *sink, lb_span message, lb_xml_fault *fault)
{
    builder b = {.sink = sink, .message = message, .fault = fault};

    *fault = (lb_xml_fault){0};
    if (message.len == 0 || message.len > INT32_MAX) {
        *fault = (lb_xml_fault){LB_VERDICT_CUT_SHORT, message, "the message is empty"};
        return NULL;
    }
    b.parser = make_parser(sink);
    if (b.parser == NULL) {
        *fault = (lb_xml_fault){LB_VERDICT_TOO_MUCH, lb_span_first(message, 0),
                                "no more memory for this message"};
        return NULL;
    }
    parse(&b);
    XML_ParserFree(b.parser);
    parsing = NULL;
    if (lb_sink_explains(sink))
        mark_elements(sink, b.root);
    return fault->text == NULL ? b.root : NULL;
}

/* -- finders ---------------------------------------------------------------------------------- */

bool lb_xml_is(const lb_xml_node *node, const char *name)
{
    return node != NULL && lb_span_is(node->name, name);
}

static const lb_xml_node *first_named(const lb_xml_node *node, lb_span name)
{
    while (node != NULL && !lb_span_equal(node->name, name))
        node = node->next;
    return node;
}

const lb_xml_node *lb_xml_child(const lb_xml_node *node, const char *name)
{
    return node == NULL ? NULL : first_named(node->first, lb_span_of(name));
}

const lb_xml_node *lb_xml_next(const lb_xml_node *node, const char *name)
{
    return node == NULL ? NULL : first_named(node->next, lb_span_of(name));
}

size_t lb_xml_count(const lb_xml_node *node, const char *name)
{
    size_t count = 0;
    for (const lb_xml_node *n = lb_xml_child(node, name); n != NULL; n = lb_xml_next(n, name))
        count++;
    return count;
}

const lb_xml_node *lb_xml_find(const lb_xml_node *node, const char *path)
{
    lb_span rest = lb_span_of(path), name;
    while (node != NULL && lb_span_cut(&rest, '/', &name))
        node = first_named(node->first, name);
    return node;
}

const lb_xml_node *lb_xml_walk(const lb_xml_node *top, const lb_xml_node *at)
{
    if (at == NULL || at->first != NULL)
        return at == NULL ? NULL : at->first;
    while (at != top && at->next == NULL)
        at = at->parent;
    return at == top ? NULL : at->next;
}

const lb_xml_node *lb_xml_below(const lb_xml_node *node, const char *name)
{
    const lb_xml_node *at = lb_xml_walk(node, node);
    while (at != NULL && !lb_xml_is(at, name))
        at = lb_xml_walk(node, at);
    return at;
}

lb_span lb_xml_text(const lb_xml_node *node, const char *path)
{
    const lb_xml_node *found = lb_xml_find(node, path);
    return found == NULL ? LB_EMPTY : found->text;
}

lb_span lb_xml_attribute_of(const lb_xml_node *node, const char *name)
{
    for (size_t i = 0; node != NULL && i < node->attribute_count; i++)
        if (lb_span_is(node->attributes[i].name, name))
            return node->attributes[i].value;
    return LB_EMPTY;
}

lb_span lb_xml_where(const lb_xml_node *node)
{
    if (node == NULL)
        return LB_EMPTY;
    return node->text.len > 0 ? node->text : node->where;
}

/* -- looking without parsing ------------------------------------------------------------------ */

static lb_span after_text(lb_span head, const char *end)
{
    const char *found = memmem(head.at, head.len, end, strlen(end));
    return found == NULL ? LB_EMPTY : lb_span_after(head, (size_t)(found - head.at) + strlen(end));
}

static lb_span skip_prolog(lb_span head)
{
    if (lb_span_starts(head, "\xEF\xBB\xBF"))
        head = lb_span_after(head, 3);
    for (;;) {
        head = lb_span_trim(head);
        if (lb_span_starts(head, "<?"))
            head = after_text(head, "?>");
        else if (lb_span_starts(head, "<!--"))
            head = after_text(head, "-->");
        else
            return head;
    }
}

lb_span lb_xml_root_name(lb_span head)
{
    head = skip_prolog(head);
    if (lb_span_starts(head,
                       "<!DOCTYPE ")) /* probed by the name in it; lb_xml_read then refuses it */
        head.at += 9, head.len -= 9;
    if (head.len < 2 || (head.at[0] != '<' && head.at[0] != ' '))
        return LB_EMPTY;

    size_t len = 1;
    while (len < head.len && strchr(" \t\r\n/>[", head.at[len]) == NULL && head.at[len] != '<')
        len++;
    if (len == 1)
        return LB_EMPTY;
    lb_span prefix;
    return strip_prefix(lb_span_between(head.at + 1, head.at + len), &prefix);
}
