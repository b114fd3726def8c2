/* rec24.c - rec24.def as a table. */
#include "rec24.h"

#define LB_EVENT_NONE LB_EVENT_UNSPECIFIED

static const lb_rec24 codes[] = {
#define LB_REC24(code, type, also, classifier, words)                                           \
    {code, LB_EVENT_##type, LB_EVENT_##also, LB_CLASSIFIER_##classifier, LB_FAMILY_UNSPECIFIED, \
     words},
#define LB_REC24_NOTE(code, family, words) \
    {code, LB_EVENT_NONE, LB_EVENT_NONE, LB_CLASSIFIER_ACTUAL, LB_FAMILY_##family, words},
#include "rec24.def"
#undef LB_REC24
#undef LB_REC24_NOTE
};

const lb_rec24 *lb_rec24_find(int64_t code)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].code == code)
            return &codes[i];
    return NULL;
}

static const lb_rec24_reason reasons[] = {
    {2, LB_EVENT_MCON, "after the transport departed"},
    {13, LB_EVENT_NONE, "customs"},
    {17, LB_EVENT_DLAY, "departure delay"},
    {18, LB_EVENT_DERL, "derailment"},
    {20, LB_EVENT_STRK, "strike"},
    {24, LB_EVENT_NONE, "customs"},
    {25, LB_EVENT_NONE, "customs"},
    {28, LB_EVENT_NONE, "customs"},
    {31, LB_EVENT_STRK, "strike"},
    {35, LB_EVENT_BRKD, "breakdown"},
    {51, LB_EVENT_STOP, "shunted to a siding"},
    {58, LB_EVENT_DLAY, "transit delay"},
    {63, LB_EVENT_WEAT, "weather"},
};

const lb_rec24_reason *lb_rec24_reason_find(int64_t code)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].code == code)
            return &reasons[i];
    return NULL;
}
