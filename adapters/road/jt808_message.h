/* jt808_message.h - one message of JT/T 808, opened, and what its parts have in common.
 *
 * Everything here writes into the sink of the message; see adapter.h for what it promises. */
#ifndef ROAD_JT808_MESSAGE_H
#define ROAD_JT808_MESSAGE_H

#include "frame808.h"
#include "landbridge/adapter/adapter.h"

typedef struct lb_808_message {
    const lb_reading *reading;
    lb_sink *sink;
    lb_span inner; /* as sent, between the flags                          */
    lb_span plain; /* without escapes; the same bytes when there are none */
    const uint32_t
        *trail; /* of each LB_808_TRAIL-th byte of plain, where it is in inner; NULL: short */
    lb_808_header header;
    lb_span body; /* of plain */
    bool is_odd;  /* the frame was: every event says so */
    lb_span terminal;
} lb_808_message;

/* A new event, ACTUAL and ROAD, with the terminal in that role. `code` ("0200") says which message it is
 * from, and becomes the raw scheme "JT808.0200". */
lb_event *lb_808_say(const lb_808_message *message, lb_event_type type, const char *code,
                     lb_role role);
/* The terminal as an object, for associations. */
lb_object lb_808_device(const lb_808_message *message, lb_event *event);
/* Text of the terminal, by default in the GBK family, padding off both ends. */
lb_span lb_808_text(const lb_808_message *message, lb_event *event, lb_span bytes);
/* Test plates, factory settings and blanks are on many trucks at once; and a plate that is cut within a
 * character is not known. */
bool lb_808_is_nobodys_plate(lb_span plate);

enum { LB_808_TRAIL = 256 };
/* Of a long message with escapes: false when there is no memory. */
bool lb_808_trail(lb_808_message *message);
/* As lb_doubt, for a part of `plain`: points at the bytes of the message that it came from. */
void lb_808_doubt(const lb_808_message *message, lb_event *event, lb_span part, lb_doubt_code code);
lb_span lb_808_where(const lb_808_message *message, lb_span part);

/* BCD YYMMDDhhmmss. The clock of a terminal is UTC+8 by definition, in Urumqi too; export firmware
 * differs, so the source's zone comes first. Years before 2010 are clocks that were never set. */
void lb_808_time(const lb_808_message *message, lb_event *event, lb_span six);
/* The message has no time of its own: it happened when it was heard, more or less. */
void lb_808_time_heard(const lb_808_message *message, lb_event *event);

/* A location body (0x0200, a record of 0x0704, the end of 0x0201) as PING: at least LB_808_BASE bytes. */
enum { LB_808_BASE = 28 };
lb_event *lb_808_position(const lb_808_message *message, lb_span body);

/* The names of the alarm bits that are set, "sos,overspeed"; bits 15 to 17 only when they are those of 2019. */
lb_span lb_808_alarm_names(lb_sink *sink, uint32_t alarms, bool is_2019);
const char *lb_808_colour(uint8_t code); /* of a plate: "yellow" */
lb_span lb_808_ascii(lb_span field); /* without padding; empty when it is not all printable ASCII */
/* Names and numbers of people are not kept: "driver:****0417" of a licence, empty when it is too short. */
lb_span lb_808_driver(lb_sink *sink, lb_span licence);

/* 0x0701: a waybill of whatever form, as RECE; and ASSO when it names its cargo. */
void lb_808_waybill(const lb_808_message *message);

#endif
