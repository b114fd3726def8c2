/* 1520.c - railways of the 1520 mm gauge: tables of wagon and container operations, and telegrams of ASOUP.
 *
 *     [{"NOM_VAG":"94120862","DATE_OP":"2026-03-12 18:40","KOP_VMD":2,"STAN_OP":"708507", ...}, ...]
 *     {"count":"41","timestamp":"...","wagons":[...]}       {"data":{...{"vagons":[...]}}}
 *     {"data":{"data":{"head":["NOM_VAG",...],"body":[["94120862",...],...]}}}
 *     NOM_VAG;DATE_OP;KOP_VMD;...                            the same as CSV, in windows-1251 or UTF-8
 *     (: 200 70850 2417 7085 041 7084 70840 12 03 18 40 :)   a telegram
 *
 * A table has the last operation of each wagon, and each new table repeats it; report 601 has all operations of a
 * wagon, in the same columns. Every row gives its events each time; the journal drops known ones by their natural
 * key (wagon, time, operation, station). A count that does not agree with the rows means a truncated file, in
 * which wagons would seem to be gone: it is refused.
 *
 * Times have no zone. The railway's is often Moscow's; the profile of the source must give it. */
#include "1520.h"

#include "csv.h"
#include "json.h"

int lb_1520_name_column(lb_span name)
{
    static const struct {
        const char *code, *heading;
    } columns[LB_1520_COLUMNS] = {
#define COLUMN(name, code, heading) {code, heading},
#include "1520_columns.def"
#undef COLUMN
    };
    for (int i = 0; i < LB_1520_COLUMNS; i++)
        if (lb_span_is(name, columns[i].code) || lb_span_is(name, columns[i].heading))
            return i;
    return -1;
}

/* "None" and the like stand for an absent value. */
static lb_span said(lb_span text)
{
    text = lb_span_trim(text);
    bool is_nothing = lb_span_is(text, "None") || lb_span_is(text, "null") || lb_span_is(text, "-");
    return is_nothing ? LB_EMPTY : text;
}

/* -- JSON ----------------------------------------------------------------------------------------- */

static lb_span value_of(const lb_json_node *node)
{
    if (node->kind == LB_JSON_ARRAY)
        return node->where; /* COORDS: [lat, lon] */
    return said(lb_json_own_text(node));
}

static void read_object(const lb_reading *reading, lb_sink *sink, const lb_json_node *object)
{
    lb_1520_row row = {.reading = reading, .sink = sink, .where = object->where};
    for (const lb_json_node *member = object->first; member != NULL; member = member->next) {
        int column = lb_1520_name_column(member->name);
        if (column >= 0)
            row.value[column] = value_of(member);
    }
    lb_1520_read_row(&row);
}

static void read_cells(const lb_reading *reading, lb_sink *sink, const lb_json_node *head,
                       const lb_json_node *cells)
{
    lb_1520_row row = {.reading = reading, .sink = sink, .where = cells->where};
    const lb_json_node *name = head->first, *cell = cells->first;
    for (; name != NULL && cell != NULL; name = name->next, cell = cell->next) {
        int column = lb_1520_name_column(name->text);
        if (column >= 0)
            row.value[column] = value_of(cell);
    }
    if (head->count != cells->count)
        lb_doubt(sink, NULL, lb_span_first(cells->where, 40), LB_DOUBT_COUNT_MISMATCH);
    lb_1520_read_row(&row);
}

static bool is_row(const lb_json_node *node)
{
    return node != NULL && node->kind == LB_JSON_OBJECT &&
           (lb_json_child(node, "NOM_VAG") != NULL || lb_json_child(node, "NOM_KON") != NULL);
}

/* The list of rows, at any depth; an array of objects, or one with a sibling called "head". */
static const lb_json_node *find_rows(const lb_json_node *root)
{
    for (const lb_json_node *at = root; at != NULL; at = lb_json_walk(root, at)) {
        if (at->kind == LB_JSON_ARRAY && is_row(at->first))
            return at;
        if (is_row(at))
            return at;
        if (at->kind == LB_JSON_ARRAY && lb_span_is(at->name, "body") && at->parent != NULL &&
            lb_json_child(at->parent, "head") != NULL)
            return at;
    }
    return NULL;
}

/* "count" stands beside the list. */
static bool is_count_right(const lb_json_node *rows, int64_t *count, lb_span *where)
{
    const lb_json_node *node = lb_json_child(rows->parent, "count");
    *where = lb_json_where(node);
    return node == NULL || !lb_span_number(lb_json_own_text(node), count) ||
           *count == (int64_t)rows->count;
}

static lb_verdict read_json(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    lb_json_fault fault;
    int64_t count = 0;
    lb_span where;
    const lb_json_node *root = lb_json_read(sink, message, &fault);
    if (root == NULL)
        return lb_refuse(sink, fault.verdict, fault.where, "%s", fault.text);
    const lb_json_node *rows = find_rows(root);
    if (rows == NULL)
        return LB_VERDICT_NOT_MINE;
    if (rows->kind == LB_JSON_ARRAY && !is_count_right(rows, &count, &where))
        return lb_refuse(sink, LB_VERDICT_GARBLED, where,
                         "count is %lld, but there are %zu rows: send the whole table",
                         (long long)count, rows->count);
    const lb_json_node *head = lb_json_child(rows->parent, "head");
    size_t number = 0;
    for (const lb_json_node *at = lb_json_each(rows); at != NULL;
         at = lb_json_each_next(rows, at)) {
        lb_part(sink, lb_span_first(at->where, 40), "row", ++number);
        if (at->kind == LB_JSON_OBJECT)
            read_object(reading, sink, at);
        else if (at->kind == LB_JSON_ARRAY && head != NULL)
            read_cells(reading, sink, head, at);
        else
            lb_doubt(sink, NULL, lb_span_first(at->where, 40), LB_DOUBT_GRAMMAR_ODD);
        lb_said(sink);
    }
    return LB_VERDICT_READ;
}

/* -- CSV ------------------------------------------------------------------------------------------ */

static lb_verdict read_csv(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    lb_csv table;
    if (!lb_csv_open(&table, reading, message, sink, lb_1520_name_column, 3))
        return LB_VERDICT_NOT_MINE;
    while (lb_csv_row(&table)) {
        lb_1520_row row = {.reading = reading, .sink = sink, .where = table.where};
        for (int column = 0; column < LB_1520_COLUMNS; column++)
            row.value[column] = said(lb_csv_cell(&table, NULL, column));
        lb_part(sink, table.where, "row", (size_t)table.row);
        lb_1520_read_row(&row);
        lb_said(sink);
    }
    return LB_VERDICT_READ;
}

/* -- the adapter ------------------------------------------------------------------------------- */

static lb_verdict read_message(const lb_reading *reading, lb_span message, lb_sink *sink)
{
    *lb_sink_message_info(sink) =
        (lb_message_info){.format = LB_SPAN("SPV4664"), .reported_at_us = LB_UNKNOWN};
    if (lb_span_starts(lb_span_trim(message), "(:"))
        return lb_1520_read_telegram(reading, message, sink);
    return lb_json_looks_like(message) ? read_json(reading, message, sink)
                                       : read_csv(reading, message, sink);
}

/* Telegrams stand one behind the other in a file; a table is one message. */
static lb_err split(lb_span *rest, lb_span *message)
{
    lb_span text = lb_span_trim(*rest);
    const char *end = lb_span_starts(text, "(:") ? memmem(text.at, text.len, ":)", 2) : NULL;
    if (end == NULL) {
        *message = *rest;
        *rest = LB_EMPTY;
        return LB_OK;
    }
    const char *whole = rest->at + rest->len;
    *message = lb_span_between(text.at, end + 2);
    *rest = lb_span_trim(lb_span_between(end + 2, whole));
    return LB_OK;
}

static unsigned probe(lb_span head)
{
    lb_span text = lb_span_trim(head);
    if (lb_span_starts(text, "(:"))
        return 90;
    if (lb_json_looks_like(head))
        return lb_json_head_names(head, "NOM_VAG") || lb_json_head_names(head, "NOM_KON") ? 92 : 0;
    if (text.len == 0 || memchr(text.at, '\n', text.len) == NULL)
        return 0;
    return lb_csv_probe(head, lb_1520_name_column) >= 3 ? 90 : 0;
}

const lb_adapter lb_rail_1520 = {
    .name = "rail.1520",
    .title = "1520 mm railways: dislocation tables, report 601, ASOUP telegrams",
    .revision = 1,
    .mode = LB_MODE_RAIL,
    .max_message = (size_t)32 * 1024 * 1024,
    .max_events = 100000,
    .probe = probe,
    .split = split,
    .read = read_message,
};
