/* csv.h - tables as text (RFC 4180 and what spreadsheets make of it).
 *
 *     "Container";Vorgang;Zeit          the header: the first row with known column names
 *     LBKU2048176;GTIN;12.03.2026 10:05
 *
 * Delimiter: comma, semicolon, tab or bar, whichever cuts the header into the most known columns. Charset:
 * UTF-16 by its mark, else the first of UTF-8, the source's charset, GB18030, windows-1251 that makes two column
 * names known. A quoted cell may hold delimiters, line ends and "" for a quote.
 * Rows are counted from 1 as a spreadsheet shows them (lines inside quotes count as one row).
 *
 * Cells point into the message where they need no transcoding, so that a doubt knows its offset; `where` always
 * does, except when the file is UTF-16. */
#ifndef KIT_CSV_H
#define KIT_CSV_H

#include "landbridge/adapter/adapter.h"

enum {
    LB_CSV_MAX_COLUMNS = 256,
    LB_CSV_MAX_CELL = 64 * 1024,
    LB_CSV_HEADER_ROWS = 10 /* the header is searched for in this many rows */
};

/* The number, from 0, of the column that this header cell (UTF-8, trimmed) names; -1: unknown. */
typedef int (*lb_csv_namer)(lb_span name);

typedef struct lb_csv {
    lb_sink *sink;
    const char *charset; /* of the cells, for iconv */
    char delimiter;
    lb_span rest;
    int64_t row; /* the number of the row that was read last */
    size_t cells;
    lb_span raw[LB_CSV_MAX_COLUMNS];       /* of the row, with quotes */
    int16_t column_of[LB_CSV_MAX_COLUMNS]; /* cell -> column, -1: not known */
    int16_t cell_of[LB_CSV_MAX_COLUMNS];   /* column -> cell, -1: not in the table */
    lb_span where;                         /* the row */
} lb_csv;

/* Detects charset, delimiter and header; false when no row names at least `least` known columns.
 * The next lb_csv_row gives the row behind the header. `csv` is memory of the caller (8 KiB). */
bool lb_csv_open(lb_csv *csv, const lb_reading *reading, lb_span message, lb_sink *sink,
                 lb_csv_namer namer, size_t least);
/* For probes, without a sink: how many columns of the head of a message are known. Not cheap:
 * only for bytes that no other test identifies. */
size_t lb_csv_probe(lb_span head, lb_csv_namer namer);

bool lb_csv_row(lb_csv *csv); /* the next row that is not blank; false at the end */
bool lb_csv_has(const lb_csv *csv, int column);
lb_span lb_csv_cell(lb_csv *csv, lb_event *event,
                    int column);                     /* UTF-8, unquoted, trimmed; may be empty */
lb_span lb_csv_where(const lb_csv *csv, int column); /* its bytes in the message */

#endif
