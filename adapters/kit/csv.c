/* csv.c - rows and cells of tables as spreadsheets write them.
 *
 *     bytes --(UTF-16? then one copy in UTF-8)--> guess charset x delimiter by the header --> rows --> cells
 *
 * Rows are cut from the raw bytes, cells are transcoded one by one, so that a cell keeps its place in the message.
 * That is safe in every charset here: none of them uses the bytes of '"', ',', ';', tab or line end as a part of
 * another character (GB18030 does use '|', so a bar is no delimiter there). */
#include "csv.h"

#include <errno.h>
#include <iconv.h>

static const char delimiters[] = {',', ';', '\t', '|'};

/* -- cutting -------------------------------------------------------------------------------------- */

/* A quoted cell ends at the first quote that is not doubled. */
static const char *end_of_quoted(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at != '"')
            continue;
        if (at + 1 < end && at[1] == '"')
            at++;
        else
            return at + 1;
    }
    return end;
}

static const char *end_of_cell(const char *at, const char *end, char delimiter)
{
    while (at < end && *at == ' ')
        at++;
    if (at < end && *at == '"')
        at = end_of_quoted(at, end);
    while (at < end && *at != delimiter && *at != '\n' && *at != '\r')
        at++;
    return at;
}

/* Cuts one row off `rest` into at most LB_CSV_MAX_COLUMNS cells; more cells are skipped. */
static size_t cut_row(lb_span *rest, char delimiter, lb_span *cells, lb_span *where)
{
    const char *at = rest->at, *end = rest->at + rest->len;
    size_t count = 0;
    for (;;) {
        const char *stop = end_of_cell(at, end, delimiter);
        if (count < LB_CSV_MAX_COLUMNS)
            cells[count++] = lb_span_between(at, stop);
        at = stop;
        if (at >= end || *at != delimiter)
            break;
        at++;
    }
    *where = lb_span_between(rest->at, at);
    if (at < end && *at == '\r')
        at++;
    if (at < end && *at == '\n')
        at++;
    *rest = lb_span_between(at, end);
    return count;
}

static bool is_quoted(lb_span cell)
{
    return cell.len >= 2 && cell.at[0] == '"' && cell.at[cell.len - 1] == '"';
}

/* Without quotes and blanks; "" inside stays "" until the text is read. */
static lb_span bare(lb_span raw)
{
    lb_span cell = lb_span_trim(raw);
    if (is_quoted(cell))
        cell = (lb_span){cell.at + 1, cell.len - 2};
    return cell;
}

/* -- charset and header ---------------------------------------------------------------------------
 *
 * Each charset that may be meant turns the head into UTF-8; each delimiter cuts that; the row with the most known
 * columns wins. Cells are converted from the raw bytes in the same way, so that the detected charset holds for them. */

typedef struct header {
    const char *charset;
    char delimiter;
    int64_t row;
    size_t known;
    int16_t column_of[LB_CSV_MAX_COLUMNS], cell_of[LB_CSV_MAX_COLUMNS];
} header;

/* UTF-16 with its mark, which spreadsheets write as "Unicode text". */
static const char *utf16_of(lb_span message)
{
    if (lb_span_starts(message, "\xFF\xFE"))
        return "UTF-16LE";
    return lb_span_starts(message, "\xFE\xFF") ? "UTF-16BE" : NULL;
}

static lb_span without_mark(lb_span text)
{
    return lb_span_starts(text, "\xEF\xBB\xBF") ? lb_span_after(text, 3) : text;
}

static void close_converter(void *converter)
{
    iconv_close((iconv_t)converter);
}

/* The converter of a charset: kept by the sink, and shared with lb_sink_utf8. */
static iconv_t open_converter(lb_sink *sink, const char *charset, bool *is_ours)
{
    void *kept = sink == NULL ? NULL : lb_sink_tool(sink, charset);
    *is_ours = false;
    if (kept != NULL) {
        iconv((iconv_t)kept, NULL, NULL, NULL, NULL); /* resets the conversion state */
        return (iconv_t)kept;
    }
    iconv_t converter = iconv_open("UTF-8", charset);
    if (converter != (iconv_t)-1)
        *is_ours =
            sink == NULL || !lb_sink_keep_tool(sink, charset, (void *)converter, close_converter);
    return converter;
}

/* The head in UTF-8, as far as `out` has room; false when it is not of this charset. A character
 * cut off at the end of the head is no error. */
static bool convert(lb_sink *sink, const char *charset, lb_span head, char *out, size_t room,
                    lb_span *text)
{
    /* iconv's interface takes a writable pointer but does not write there */
    char *from = (char *)(uintptr_t)head.at, *to = out;
    size_t rest = head.len, left = room;
    bool is_ours;
    iconv_t converter = open_converter(sink, charset, &is_ours);
    if (converter == (iconv_t)-1)
        return false;
    bool is_fine = iconv(converter, &from, &rest, &to, &left) != (size_t)-1 || errno != EILSEQ;
    if (is_ours)
        iconv_close(converter);
    *text = (lb_span){out, (size_t)(to - out)};
    return is_fine;
}

static void name_cells(const lb_span *cells, size_t count, lb_csv_namer namer, header *found)
{
    found->known = 0;
    for (size_t i = 0; i < LB_CSV_MAX_COLUMNS; i++)
        found->column_of[i] = found->cell_of[i] = -1;
    for (size_t i = 0; i < count; i++) {
        int column = namer(lb_span_trim(bare(cells[i])));
        if (column < 0 || column >= LB_CSV_MAX_COLUMNS || found->cell_of[column] >= 0)
            continue;
        found->column_of[i] = (int16_t)column;
        found->cell_of[column] = (int16_t)i;
        found->known++;
    }
}

/* Searches the first rows of `text` for a header with more known columns than `best`. */
static void look_for_header(lb_span text, const char *charset, char delimiter, lb_csv_namer namer,
                            header *best)
{
    lb_span cells[LB_CSV_MAX_COLUMNS], where;
    header one = {.charset = charset, .delimiter = delimiter};
    for (one.row = 1; one.row <= LB_CSV_HEADER_ROWS && text.len > 0; one.row++) {
        name_cells(cells, cut_row(&text, delimiter, cells, &where), namer, &one);
        if (one.known > best->known)
            *best = one;
    }
}

static void look_in_charset(lb_sink *sink, lb_span head, const char *charset, char *room,
                            size_t len, lb_csv_namer namer, header *best)
{
    lb_span text;
    if (!convert(sink, charset, head, room, len, &text))
        return;
    for (size_t i = 0; i < sizeof delimiters; i++)
        if (delimiters[i] != '|' || strcmp(charset, "GB18030") != 0)
            look_for_header(text, charset, delimiters[i], namer, best);
}

/* `room` must be three times the length of `head`. */
static header find_header(lb_sink *sink, lb_span head, const char *own_charset, char *room,
                          lb_csv_namer namer)
{
    const char *const charsets[] = {"UTF-8", own_charset, "GB18030", "CP1251"};
    header best = {.charset = "UTF-8"};
    for (size_t i = 0; i < sizeof charsets / sizeof charsets[0] && best.known < 2; i++)
        if (charsets[i] != NULL)
            look_in_charset(sink, head, charsets[i], room, 3 * head.len, namer, &best);
    return best;
}

bool lb_csv_open(lb_csv *csv, const lb_reading *reading, lb_span message, lb_sink *sink,
                 lb_csv_namer namer, size_t least)
{
    enum { HEAD = 32 * 1024 };
    const char *utf16 = utf16_of(message);
    if (utf16 != NULL)
        message = lb_sink_utf8(sink, NULL, utf16, lb_span_after(message, 2));
    message = without_mark(message);

    lb_span head = lb_span_first(message, HEAD);
    char *room = lb_sink_alloc(sink, 3 * head.len + 1);
    if (room == NULL)
        return false;
    header found = find_header(sink, head, lb_source_charset(reading->source), room, namer);
    if (found.known < least || found.known == 0)
        return false;

    *csv = (lb_csv){
        .sink = sink, .charset = found.charset, .delimiter = found.delimiter, .rest = message};
    while (csv->row < found.row) {
        csv->cells = cut_row(&csv->rest, csv->delimiter, csv->raw, &csv->where);
        csv->row++;
    }
    memcpy(csv->column_of, found.column_of, sizeof csv->column_of);
    memcpy(csv->cell_of, found.cell_of, sizeof csv->cell_of);
    lb_mark(sink, csv->where, LB_SPAN("header"));
    return true;
}

/* A cheap test: does one of the first lines hold two equal delimiters, and does it not look like
 * another format? */
static bool looks_like_table(lb_span head)
{
    static const char *const others[] = {"<", "{", "[", "UNA", "UNB", "ISA", "(:"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (lb_span_starts(head, others[i]))
            return false;
    size_t lines = 0, counts[sizeof delimiters] = {0};
    for (size_t i = 0; i < head.len && lines < LB_CSV_HEADER_ROWS; i++) {
        char c = head.at[i];
        const char *delimiter = memchr(delimiters, c, sizeof delimiters);
        if (delimiter != NULL && ++counts[delimiter - delimiters] >= 2)
            return true;
        if (c == '\n' || c == '\r') {
            memset(counts, 0, sizeof counts);
            lines++;
        } else if ((unsigned char)c < 0x20 && c != '\t') {
            return false;
        }
    }
    return false;
}

size_t lb_csv_probe(lb_span head, lb_csv_namer namer)
{
    enum { HEAD = 4096 };
    char room[3 * HEAD], utf8[3 * HEAD];
    head = lb_span_first(head, HEAD);
    if (utf16_of(head) == NULL && !looks_like_table(without_mark(head)))
        return 0;
    if (utf16_of(head) != NULL &&
        !convert(NULL, utf16_of(head), lb_span_after(head, 2), utf8, sizeof utf8 / 3, &head))
        return 0;
    return find_header(NULL, without_mark(head), NULL, room, namer).known;
}

/* -- reading -------------------------------------------------------------------------------------- */

static bool is_blank_row(const lb_csv *csv)
{
    for (size_t i = 0; i < csv->cells; i++)
        if (bare(csv->raw[i]).len > 0)
            return false;
    return true;
}

bool lb_csv_row(lb_csv *csv)
{
    while (csv->rest.len > 0) {
        csv->cells = cut_row(&csv->rest, csv->delimiter, csv->raw, &csv->where);
        csv->row++;
        if (is_blank_row(csv))
            continue;
        lb_mark_print(csv->sink, csv->where, LB_SPAN("row"), "%lld", (long long)csv->row);
        return true;
    }
    return false;
}

bool lb_csv_has(const lb_csv *csv, int column)
{
    return csv->cell_of[column] >= 0;
}

lb_span lb_csv_where(const lb_csv *csv, int column)
{
    int cell = csv->cell_of[column];
    if (cell < 0 || (size_t)cell >= csv->cells)
        return LB_EMPTY;
    return bare(csv->raw[cell]);
}

static bool has_quotes(const lb_csv *csv, int column)
{
    return is_quoted(lb_span_trim(csv->raw[csv->cell_of[column]]));
}

/* "" inside quotes is one quote. */
static lb_span undouble(lb_sink *sink, lb_span text)
{
    if (memmem(text.at, text.len, "\"\"", 2) == NULL)
        return text;
    char *out = lb_sink_alloc(sink, text.len);
    size_t len = 0;
    for (size_t i = 0; out != NULL && i < text.len; i++) {
        out[len++] = text.at[i];
        if (text.at[i] == '"' && i + 1 < text.len && text.at[i + 1] == '"')
            i++;
    }
    lb_mark_copy(sink, text, (lb_span){out, len});
    return (lb_span){out, len};
}

lb_span lb_csv_cell(lb_csv *csv, lb_event *event, int column)
{
    lb_span raw = lb_csv_where(csv, column);
    if (raw.len == 0)
        return LB_EMPTY;
    if (raw.len > LB_CSV_MAX_CELL) {
        lb_doubt(csv->sink, event, lb_span_first(raw, LB_CSV_MAX_CELL), LB_DOUBT_GRAMMAR_ODD);
        raw = lb_span_first(raw, LB_CSV_MAX_CELL);
    }
    lb_span text = lb_sink_utf8(csv->sink, event, csv->charset, raw);
    if (has_quotes(csv, column))
        text = undouble(csv->sink, text);
    return lb_span_trim(text);
}
