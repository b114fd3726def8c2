/* imp.h - the building blocks of Cargo-IMP: lines, and the fields between slants.
 *
 *     T24K812.5MC4.6T40  quantity: 24 pieces, 812.5 kg, 4.6 cubic metres, of 40
 *     12MAR2148-N      day, local time, one day later
 *     A1652            actual at 16:52        S, E, A with an optional -N and the like
 *     CZ5417D          flight
 *     MC4.60           volume
 *
 * Pure functions; all return false, and leave their result unset, for any other text. */
#ifndef KIT_IMP_H
#define KIT_IMP_H

#include "landbridge/client/event.h"

typedef struct lb_imp_quantity {
    char kind; /* T, P, S, D, M */
    int64_t pieces;
    int64_t gross_g;   /* LB_UNKNOWN: absent */
    int64_t volume_ml; /* LB_UNKNOWN: absent */
    int64_t total;     /* LB_UNKNOWN: absent */
} lb_imp_quantity;

typedef struct lb_imp_day {
    int day, month, hour, minute;
    bool has_time;
    int shift; /* days, by the indicator at its end */
} lb_imp_day;

typedef struct lb_imp_slot {
    char kind; /* S, E, A */
    int hour, minute, shift;
} lb_imp_slot;

typedef struct lb_imp_flight {
    lb_span carrier, number;
    bool is_icao; /* three letters: an ICAO code, against the standard */
} lb_imp_flight;

/* The next line without its end (CR LF, LF or CR) and without blanks and controls around it. */
bool lb_imp_line(lb_span *rest, lb_span *line);
bool lb_imp_quantity_read(lb_span text, lb_imp_quantity *quantity);
bool lb_imp_day_read(lb_span text, lb_imp_day *day);
bool lb_imp_slot_read(lb_span text, lb_imp_slot *slot);
bool lb_imp_flight_read(lb_span text, lb_imp_flight *flight);
bool lb_imp_volume_read(lb_span text, int64_t *ml);
/* "K1500.0MC9.5" or either part alone; absent parts are LB_UNKNOWN. */
bool lb_imp_measures_read(lb_span text, int64_t *gross_g, int64_t *volume_ml);
bool lb_imp_is_letters(lb_span text, size_t len); /* exactly so many, A to Z */

#endif
