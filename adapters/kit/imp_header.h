/* imp_header.h - what Cargo-IMP messages have in common: telegram, identifier, air waybill.
 *
 *     QD URCFMCZ                  telegram header, when it came as one
 *     .PVGFFCZ 121652             origin, time in UTC: day, hour, minute
 *     PDM                         perhaps a repetition
 *     FFM/8                       the identifier and edition: the first one in the bytes decides what
 *                                  this is, since an acknowledgement quotes another message
 *
 * Years are never sent: the year is the one nearest to the time of the telegram or of reception. */
#ifndef KIT_IMP_HEADER_H
#define KIT_IMP_HEADER_H

#include "imp.h"
#include "landbridge/adapter/adapter.h"
#include "landbridge/client/time.h"

typedef struct lb_imp_header {
    lb_span smi;          /* "FFM"; empty: no identifier was found */
    lb_span version;      /* "8" */
    lb_span line;         /* the line of the identifier */
    lb_span sender;       /* the signature's line; empty when there is none */
    int64_t reference_us; /* the telegram's time, else the hub's */
    bool is_repeated;     /* PDM stood before it */
} lb_imp_header;

typedef struct lb_imp_waybill {
    lb_span awb, origin, destination; /* the ends may be empty */
    lb_span rest;                     /* behind the first slant */
} lb_imp_waybill;

/* "FSU/14", alone on its line, for every identifier that there is. */
bool lb_imp_smi(lb_span line, lb_span *smi, lb_span *version);
/* True when `smi` is one of the blank-separated `words`, "FSU FSA". */
bool lb_imp_is_one(lb_span smi, const char *words);
/* 95 when the first identifier is one of these, else 0. */
unsigned lb_imp_probe(lb_span head, const char *words);

/* Reads up to the line of the identifier, inclusive, and fills in the sink's lb_message_info;
 * `newest` is the highest edition, 0: editions are not numbered. False: no identifier, or none
 * of `words`. */
bool lb_imp_open(const lb_reading *reading, lb_sink *sink, const char *words, int newest,
                 lb_span *rest, lb_imp_header *header);

/* 784-30418264[PVGURC][/...]; old serials have 7 digits. */
bool lb_imp_waybill_read(lb_span line, lb_imp_waybill *waybill);

/* The date of a day without year: plans lie ahead (30 days back to 335 ahead), facts behind (335
 * back to 2 ahead). */
bool lb_imp_date(const lb_imp_day *day, int64_t reference_us, bool is_plan, lb_civil *civil);

/* CN/EXP/M/26CN5500417A: the number that customs gave, when the note is one. */
bool lb_imp_customs(lb_span note, lb_span *mrn, lb_span *country);

#endif
