/* identity.c - see identity.h. */
#include "identity.h"

#include <stdio.h>
#include <string.h>

/* Letters count from 10 and step over 11, 22 and 33: A=10, B=12, K=21, L=23, U=32, V=34. */
static int letter_value(char letter)
{
    int value = 10 + (letter - 'A');

    value += value > 10 ? 1 : 0;
    value += value > 21 ? 1 : 0;
    value += value > 32 ? 1 : 0;
    return value;
}

int day_identity_iso6346_check(const char *ten)
{
    int sum = 0;

    for (int i = 0; i < 10; i++) {
        int value = ten[i] >= 'A' ? letter_value(ten[i]) : ten[i] - '0';
        sum += value * (1 << i);
    }
    return sum % 11 % 10;
}

int day_identity_luhn_check(const char *digits)
{
    int sum = 0;
    size_t count = strlen(digits);

    for (size_t i = 0; i < count; i++) {
        int digit = digits[count - 1 - i] - '0';
        int weighted = i % 2 == 0 ? digit * 2 : digit;
        sum += weighted / 10 + weighted % 10;
    }
    return (10 - sum % 10) % 10;
}

void day_identity_container(char out[DAY_CONTAINER_ROOM], const char *owner, int64_t serial)
{
    char ten[16];

    snprintf(ten, sizeof ten, "%.4s%06d", owner, (int)(serial % 1000000));
    snprintf(out, DAY_CONTAINER_ROOM, "%.10s%d", ten, day_identity_iso6346_check(ten));
}

void day_identity_wagon(char out[DAY_WAGON_ROOM], int type, int country, int kind, int serial)
{
    char eleven[32];

    snprintf(eleven, sizeof eleven, "%02d%02d%04d%03d", type % 100, country % 100, kind % 10000,
             serial % 1000);
    snprintf(out, DAY_WAGON_ROOM, "%.11s%d", eleven, day_identity_luhn_check(eleven));
}

void day_identity_awb(char out[DAY_AWB_ROOM], int airline, int64_t serial)
{
    unsigned seven = (unsigned)(serial % 10000000);

    snprintf(out, DAY_AWB_ROOM, "%03u-%07u%u", (unsigned)airline % 1000, seven, seven % 7);
}

void day_identity_uld(char out[DAY_ULD_ROOM], const char *type, int64_t serial, const char *owner)
{
    snprintf(out, DAY_ULD_ROOM, "%.3s%05u%.2s", type, (unsigned)(serial % 100000), owner);
}

void day_identity_plate(char out[DAY_PLATE_ROOM], char office, int64_t number)
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ"; /* no I, no O */
    int64_t serial = number % 10000;

    snprintf(out, DAY_PLATE_ROOM, "\xe6\x96\xb0%c%c%04d", office, letters[number / 10000 % 24],
             (int)serial);
}
