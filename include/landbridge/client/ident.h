/* ident.h - identifiers of freight transport: normal forms and check digits.
 *
 *   ISO6346  container, BIC code        CSQU3054383           ISO 6346:2022 annex A
 *   ILU      swap body, semi-trailer    same rule             EN 13044-1
 *   UIC12    wagon, 12 digits           355108014406          UIC 438-2; Luhn
 *   OSJD8    wagon of the 1520 network  61204574              Luhn
 *   AWB      air waybill                784-30418264          IATA Resolution 600a; serial mod 7
 *   SSCC     logistic unit              GS1, mod 10
 *   VIN      vehicle                    ISO 3779; the check digit is only law in some regions
 *   PLATE    road vehicle               GA 36; full-width folded, '·', '-' and blanks stripped
 *   SMGS     waybill of the 1520 mm      two Cyrillic letters, six digits; Latin twins become Cyrillic
 *   TRAIN_NO_DATE, FLIGHT_DATE          number@date-at-origin "X8173@2026-03-12"
 *
 * A wrong check digit is a flag, never a refusal and never repaired. Pure, thread-safe. */
#ifndef LANDBRIDGE_CLIENT_IDENT_H
#define LANDBRIDGE_CLIENT_IDENT_H

#include "landbridge/client/event.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Check state of a normalised identifier. MISSING: the digit is not there; NOT_APPLICABLE: the scheme
 * has none; FAILED also for a wrong shape. */
lb_check lb_ident_check(lb_scheme scheme, lb_span normal);

/* Kind and scheme by shape: 4 letters + 7 digits = container; 12 digits = wagon UIC12; 8 digits = wagon
 * OSJD8; nnn-nnnnnnnn = AWB; province character + letter = plate; a word with '@' = run; else ADHOC with
 * kind UNSPECIFIED. */
void lb_ident_guess(lb_span raw, lb_kind *kind, lb_scheme *scheme);

/* 1/1000 TEU from an ISO 6346 size type ("45G1" -> 2000, "L5G1" -> 2250, "2210" -> 1000); LB_UNKNOWN */
int64_t lb_ident_milli_teu(lb_span size_type);

/* "container:LBKU2048176": kind, colon, normalised id; the key of an object in the view, in
 * queries and in dumps. The kind is in lower case with '-' ("train", "swap-body", ...);
 * consignments use their scheme: "awb:784-30418264", "smgs:...", "bkg:...". */
size_t lb_object_key_print(char *out, size_t room, const lb_object *object);
#define LB_KEY_ROOM 160 /* longer keys are cut */

#ifdef __cplusplus
}
#endif

#endif
