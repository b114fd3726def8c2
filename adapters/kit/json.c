/* json.c - a message in JSON as a small tree, safely.
 *
 *     {"a": [1, "x\n"], "b": null}
 *     walk() goes through the bytes once, from value to value; what is open is a chain of parents, no recursion.
 *
 * Strings are located first and unescaped only when they contain escapes. */
#include "json.h"

typedef struct walker {
    lb_sink *sink;
    lb_span message;
    const char *at, *end;
    lb_json_fault *fault;
    lb_json_node *root, *open;
    size_t depth, values;
} walker;

static bool stop(walker *w, lb_verdict verdict, const char *text)
{
    if (w->fault->text == NULL)
        *w->fault = (lb_json_fault){
            .verdict = verdict,
            .where = {w->at, w->at < w->end ? 1 : 0},
            .text = text,
        };
    return false;
}

static bool cut_short(walker *w)
{
    return stop(w, LB_VERDICT_CUT_SHORT, "the message ends inside the JSON");
}

static void skip_blanks(walker *w)
{
    while (w->at < w->end && (*w->at == ' ' || *w->at == '\n' || *w->at == '\r' || *w->at == '\t'))
        w->at++;
}

/* -- strings -------------------------------------------------------------------------------------- */

static bool hex4(const char *at, const char *end, unsigned *code)
{
    unsigned value = 0;
    if (end - at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        unsigned digit;
        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (unsigned)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F')
            digit = (unsigned)(c - 'A') + 10;
        else
            return false;
        value = value << 4 | digit;
    }
    *code = value;
    return true;
}

static size_t put_utf8(char *out, unsigned code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* \uD83D\uDE9A is one character (RFC 8259 section 7); an unpaired surrogate, and \u0000, become
 * U+FFFD. */
static size_t unescape_unicode(const char **at, const char *end, char *out)
{
    unsigned code = 0, low = 0;
    if (!hex4(*at, end, &code))
        return 0;
    *at += 4;
    if (code >= 0xd800 && code < 0xdc00 && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u' &&
        hex4(*at + 2, end, &low) && low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        *at += 6;
    }
    if ((code >= 0xd800 && code < 0xe000) || code == 0)
        code = 0xfffd;
    return put_utf8(out, code);
}

static bool unescape(walker *w, lb_span raw, lb_span *text)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char *out = lb_sink_alloc(w->sink, raw.len);
    const char *at = raw.at, *end = raw.at + raw.len;
    size_t len = 0;
    if (out == NULL)
        return stop(w, LB_VERDICT_TOO_MUCH, "no more memory for this message");

    while (at < end) {
        if (*at != '\\') {
            out[len++] = *at++;
            continue;
        }
        w->at = at++;
        const char *letter = at < end ? memchr(letters, *at, sizeof letters - 1) : NULL;
        if (letter != NULL) {
            out[len++] = meant[letter - letters];
            at++;
            continue;
        }
        size_t added = at < end && *at == 'u' ? (at++, unescape_unicode(&at, end, out + len)) : 0;
        if (added == 0)
            return stop(w, LB_VERDICT_GARBLED, "unknown escape in a string");
        len += added;
    }
    *text = (lb_span){out, len};
    lb_mark_copy(w->sink, raw, *text);
    return true;
}

/* From behind the opening quote to behind the closing one. RFC 8259 forbids control bytes
 * inside, but senders write them: they are kept. */
static bool read_string(walker *w, lb_span *text)
{
    const char *begin = w->at;
    bool has_escape = false;
    while (w->at < w->end && *w->at != '"') {
        bool is_escape = *w->at++ == '\\';
        if (is_escape && w->at < w->end)
            w->at++;
        has_escape |= is_escape;
    }
    if (w->at >= w->end)
        return cut_short(w);
    lb_span raw = lb_span_between(begin, w->at);
    const char *behind = w->at + 1;
    if (has_escape && !unescape(w, raw, text))
        return false;
    if (!has_escape)
        *text = raw;
    lb_span valid = lb_sink_utf8(w->sink, NULL, "UTF-8", *text);
    if (valid.at != text->at)
        lb_doubt(w->sink, NULL, raw, LB_DOUBT_CHARSET_REPAIRED);
    *text = valid;
    w->at = behind;
    return true;
}

/* -- values --------------------------------------------------------------------------------------- */

static lb_json_node *add_node(walker *w, lb_json_kind kind, lb_span name)
{
    _Static_assert(LB_JSON_MAX_VALUES == 1000000, "said below");
    if (++w->values > LB_JSON_MAX_VALUES) {
        stop(w, LB_VERDICT_TOO_MUCH, "more than 1000000 values in one message");
        return NULL;
    }
    lb_json_node *node = lb_sink_alloc(w->sink, sizeof *node), *parent = w->open;
    if (node == NULL) {
        stop(w, LB_VERDICT_TOO_MUCH, "no more memory for this message");
        return NULL;
    }
    *node = (lb_json_node){.kind = kind, .name = name, .parent = parent};
    if (parent == NULL) {
        w->root = node;
        return node;
    }
    if (parent->last == NULL)
        parent->first = node;
    else
        parent->last->next = node;
    parent->last = node;
    node->index = parent->count++;
    return node;
}

static bool read_word(walker *w, lb_span name)
{
    static const struct {
        const char *word;
        lb_json_kind kind;
    } words[] = {{"true", LB_JSON_TRUE}, {"false", LB_JSON_FALSE}, {"null", LB_JSON_NULL}};
    const char *begin = w->at;
    while (w->at < w->end && *w->at >= 'a' && *w->at <= 'z')
        w->at++;
    lb_span word = lb_span_between(begin, w->at);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (lb_span_is(word, words[i].word)) {
            lb_json_node *node = add_node(w, words[i].kind, name);
            if (node == NULL)
                return false;
            node->where = word;
            node->text = node->kind == LB_JSON_NULL ? LB_EMPTY : word;
            return true;
        }
    if (w->at == w->end)
        return cut_short(w);
    w->at = begin;
    return stop(w, LB_VERDICT_GARBLED, "not the beginning of a JSON value");
}

/* The characters of a number; lb_json_number checks them. */
static bool read_number(walker *w, lb_span name)
{
    const char *begin = w->at;
    while (w->at < w->end && memchr("+-.0123456789eE", *w->at, 15) != NULL)
        w->at++;
    lb_json_node *node = add_node(w, LB_JSON_NUMBER, name);
    if (node == NULL)
        return false;
    node->text = node->where = lb_span_between(begin, w->at);
    return true;
}

static bool open_nest(walker *w, lb_json_kind kind, lb_span name)
{
    if (++w->depth > LB_JSON_MAX_DEPTH)
        return stop(w, LB_VERDICT_TOO_MUCH, "values are nested more than 64 deep");
    lb_json_node *node = add_node(w, kind, name);
    if (node == NULL)
        return false;
    node->where = (lb_span){w->at++, 1};
    w->open = node;
    return true;
}

static void close_nest(walker *w)
{
    w->at++;
    w->open->where = lb_span_between(w->open->where.at, w->at);
    w->open = w->open->parent;
    w->depth--;
}

/* One value; of an array or object only its beginning. */
static bool read_value(walker *w, lb_span name)
{
    if (w->at >= w->end)
        return cut_short(w);
    if (*w->at == '{')
        return open_nest(w, LB_JSON_OBJECT, name);
    if (*w->at == '[')
        return open_nest(w, LB_JSON_ARRAY, name);
    if (*w->at == '-' || (*w->at >= '0' && *w->at <= '9'))
        return read_number(w, name);
    if (*w->at != '"')
        return read_word(w, name);

    const char *begin = w->at++;
    lb_span text = LB_EMPTY;
    if (!read_string(w, &text))
        return false;
    lb_json_node *node = add_node(w, LB_JSON_STRING, name);
    if (node == NULL)
        return false;
    node->text = text;
    node->where = lb_span_between(begin, w->at);
    return true;
}

static bool read_name(walker *w, lb_span *name)
{
    if (w->at >= w->end)
        return cut_short(w);
    if (*w->at != '"')
        return stop(w, LB_VERDICT_GARBLED, "expected a name in quotes");
    w->at++;
    if (!read_string(w, name))
        return false;
    skip_blanks(w);
    if (w->at >= w->end)
        return cut_short(w);
    if (*w->at != ':')
        return stop(w, LB_VERDICT_GARBLED, "expected a colon");
    w->at++;
    skip_blanks(w);
    return true;
}

/* Inside an open array or object: the next value, or its end. A comma before the end is tolerated. */
static bool step_inside(walker *w)
{
    lb_json_node *open = w->open;
    char closing = open->kind == LB_JSON_OBJECT ? '}' : ']';
    lb_span name = LB_EMPTY;

    skip_blanks(w);
    if (w->at < w->end && *w->at == ',' && open->count > 0) {
        w->at++;
        skip_blanks(w);
    } else if (w->at < w->end && *w->at != closing && open->count > 0) {
        return stop(w, LB_VERDICT_GARBLED, "expected a comma or the end");
    }
    if (w->at >= w->end)
        return cut_short(w);
    if (*w->at == closing) {
        close_nest(w);
        return true;
    }
    if (open->kind == LB_JSON_OBJECT && !read_name(w, &name))
        return false;
    return read_value(w, name);
}

/* "data/vagons[3]/NOM_VAG" */
static lb_span path_of(lb_sink *sink, const lb_json_node *node)
{
    lb_span path = node->name;
    for (const lb_json_node *at = node; at->parent != NULL; at = at->parent) {
        const lb_json_node *parent = at->parent;
        if (parent->kind == LB_JSON_ARRAY)
            path = lb_sink_print(sink, "%.*s[%zu]%s%.*s", LB_ARG(parent->name), at->index,
                                 path.len > 0 ? "/" : "", LB_ARG(path));
        else if (parent->name.len > 0)
            path = lb_sink_print(sink, "%.*s/%.*s", LB_ARG(parent->name), LB_ARG(path));
    }
    return path;
}

static void mark_values(lb_sink *sink, const lb_json_node *root)
{
    for (const lb_json_node *at = root; at != NULL; at = lb_json_walk(root, at))
        if (at->kind < LB_JSON_ARRAY)
            lb_mark(sink, at->where, path_of(sink, at));
}

const lb_json_node *lb_json_read(lb_sink *sink, lb_span message, lb_json_fault *fault)
{
    walker w = {.sink = sink, .message = message, .fault = fault};

    *fault = (lb_json_fault){0};
    if (lb_span_starts(message, "\xEF\xBB\xBF"))
        message = lb_span_after(message, 3);
    w.at = message.at;
    w.end = message.at + message.len;
    skip_blanks(&w);
    bool is_fine = read_value(&w, LB_EMPTY);
    while (is_fine && w.open != NULL)
        is_fine = step_inside(&w);
    skip_blanks(&w);
    if (is_fine && w.at < w.end)
        is_fine = stop(&w, LB_VERDICT_GARBLED, "extra bytes after the JSON value");
    if (lb_sink_explains(sink))
        mark_values(sink, w.root);
    return is_fine ? w.root : NULL;
}

/* -- finders -------------------------------------------------------------------------------------- */

static const lb_json_node *child_named(const lb_json_node *object, lb_span name)
{
    if (object == NULL || object->kind != LB_JSON_OBJECT)
        return NULL;
    const lb_json_node *node = object->first;
    while (node != NULL && !lb_span_equal(node->name, name))
        node = node->next;
    return node;
}

const lb_json_node *lb_json_child(const lb_json_node *object, const char *name)
{
    return child_named(object, lb_span_of(name));
}

static lb_span local_name(lb_span name)
{
    for (size_t i = name.len; i > 0; i--)
        if (name.at[i - 1] == ':' || name.at[i - 1] == '#' || name.at[i - 1] == '/')
            return lb_span_after(name, i);
    return name;
}

const lb_json_node *lb_json_term(const lb_json_node *object, const char *name)
{
    if (object == NULL || object->kind != LB_JSON_OBJECT)
        return NULL;
    const lb_json_node *node = object->first;
    while (node != NULL && !lb_span_is(local_name(node->name), name))
        node = node->next;
    return node;
}

const lb_json_node *lb_json_find(const lb_json_node *node, const char *path)
{
    lb_span rest = lb_span_of(path), name;
    while (node != NULL && lb_span_cut(&rest, '/', &name))
        node = child_named(node, name);
    return node;
}

const lb_json_node *lb_json_walk(const lb_json_node *top, const lb_json_node *at)
{
    if (at == NULL || at->first != NULL)
        return at == NULL ? NULL : at->first;
    while (at != top && at->next == NULL)
        at = at->parent;
    return at == top ? NULL : at->next;
}

const lb_json_node *lb_json_below(const lb_json_node *top, const char *name)
{
    const lb_json_node *at = lb_json_walk(top, top);
    while (at != NULL && !lb_span_is(at->name, name))
        at = lb_json_walk(top, at);
    return at;
}

lb_span lb_json_own_text(const lb_json_node *node)
{
    return node == NULL ? LB_EMPTY : node->text;
}

lb_span lb_json_text(const lb_json_node *node, const char *path)
{
    return lb_json_own_text(lb_json_find(node, path));
}

bool lb_json_number(const lb_json_node *node, const char *path, int digits, int64_t *scaled)
{
    return lb_span_decimal(lb_json_text(node, path), digits, scaled);
}

const lb_json_node *lb_json_each(const lb_json_node *node)
{
    return node != NULL && node->kind == LB_JSON_ARRAY ? node->first : node;
}

const lb_json_node *lb_json_each_next(const lb_json_node *node, const lb_json_node *at)
{
    return node->kind == LB_JSON_ARRAY ? at->next : NULL;
}

lb_span lb_json_where(const lb_json_node *node)
{
    if (node == NULL)
        return LB_EMPTY;
    if (node->kind != LB_JSON_STRING)
        return node->where;
    return (lb_span){node->where.at + 1, node->where.len - 2};
}

/* -- looking without reading ---------------------------------------------------------------------- */

bool lb_json_looks_like(lb_span head)
{
    if (lb_span_starts(head, "\xEF\xBB\xBF"))
        head = lb_span_after(head, 3);
    head = lb_span_trim(head);
    return head.len > 0 && (head.at[0] == '{' || head.at[0] == '[');
}

bool lb_json_head_names(lb_span head, const char *name)
{
    size_t len = strlen(name);
    const char *at = head.at, *end = head.at + head.len;
    while (at != NULL && (size_t)(end - at) >= len + 2) {
        at = memchr(at, '"', (size_t)(end - at) - len - 1);
        if (at == NULL)
            return false;
        if (memcmp(at + 1, name, len) == 0 && at[len + 1] == '"')
            return true;
        at++;
    }
    return false;
}
