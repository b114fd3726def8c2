/* identity.h - identifiers with right check digits, made up.
 *
 * The generator computes check digits independently, so that it tests the hub's ident.c.
 *
 *   container  LBKU2048176     ISO 6346: owner, category, 6 digits, check
 *   wagon      335245680129    UIC: type 2, country 2, kind 4, serial 3, Luhn
 *   AWB        784-30418264    airline, serial 7, serial mod 7
 *   ULD        PMC40217CZ      type, serial, owner; no check
 *   plate      新A40718        province, office letter, 5 letters and digits without I and O */
#ifndef DAY_IDENTITY_H
#define DAY_IDENTITY_H

#include "rng.h"

#define DAY_CONTAINER_ROOM 12
#define DAY_WAGON_ROOM     13
#define DAY_AWB_ROOM       16
#define DAY_ULD_ROOM       16
#define DAY_PLATE_ROOM     12 /* UTF-8 */

void day_identity_container(char out[DAY_CONTAINER_ROOM], const char *owner, int64_t serial);
void day_identity_wagon(char out[DAY_WAGON_ROOM], int type, int country, int kind, int serial);
void day_identity_awb(char out[DAY_AWB_ROOM], int airline, int64_t serial);
void day_identity_uld(char out[DAY_ULD_ROOM], const char *type, int64_t serial, const char *owner);
void day_identity_plate(char out[DAY_PLATE_ROOM], char office, int64_t number);

int day_identity_iso6346_check(const char *ten);
int day_identity_luhn_check(const char *digits); /* the check digit that would follow */

#endif
