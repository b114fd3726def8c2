/* jt808_message.h - one opened message of JT/T 808, and what its readers share.
 *
 * Everything here writes into the sink of the message; see adapter.h for its guarantees. */
#ifndef ROAD_JT808_MESSAGE_H
#define ROAD_JT808_MESSAGE_H

#include "frame808.h"
#include "landbridge/adapter/adapter.h"

typedef struct lb_808_message {
    const lb_reading *reading;
    lb_sink *sink;
    lb_span inner; /* as sent, between the flags */
    lb_span plain; /* without escapes; the same bytes when there are none */
    /* of each LB_808_TRAIL-th byte of plain, where it is in inner; NULL: short */
    const uint32_t *trail;
    lb_808_header header;
    lb_span body; /* of plain */
    bool is_odd;  /* the frame is odd: every event gets the doubt */
    lb_span terminal;
} lb_808_message;

/* A new event, ACTUAL and ROAD, with the terminal in that role. `code` ("0200") is the message
 * id and becomes the raw scheme "JT808.0200". */
lb_event *lb_808_say(const lb_808_message *message, lb_event_type type, const char *code,
                     lb_role role);
/* The terminal as an object, for associations. */
lb_object lb_808_device(const lb_808_message *message, lb_event *event);
/* Text of the terminal, GBK by default, without padding. */
lb_span lb_808_text(const lb_808_message *message, lb_event *event, lb_span bytes);
/* Test plates, factory settings and blanks are on many trucks at once; a plate that is cut
 * inside a character is unknown. */
bool lb_808_is_nobodys_plate(lb_span plate);

enum { LB_808_TRAIL = 256 };
/* Needed for long messages with escapes; false when out of memory. */
bool lb_808_trail(lb_808_message *message);
/* As lb_doubt, for a part of `plain`: points at the bytes of the message that it came from. */
void lb_808_doubt(const lb_808_message *message, lb_event *event, lb_span part, lb_doubt_code code);
lb_span lb_808_where(const lb_808_message *message, lb_span part);

/* BCD YYMMDDhhmmss. The clock of a terminal is UTC+8 by the standard, in Urumqi too; export
 * firmware differs, so the source's zone comes first. Years before 2010 mean a clock that was
 * never set. */
void lb_808_time(const lb_808_message *message, lb_event *event, lb_span six);
/* The message has no time of its own: the time of reception is used. */
void lb_808_time_heard(const lb_808_message *message, lb_event *event);

/* A location body (0x0200, a record of 0x0704, the end of 0x0201) as PING: at least LB_808_BASE bytes. */
enum { LB_808_BASE = 28 };
lb_event *lb_808_position(const lb_808_message *message, lb_span body);

/* The names of the alarm bits that are set, "sos,overspeed"; bits 15 to 17 only when they are those of 2019. */
lb_span lb_808_alarm_names(lb_sink *sink, uint32_t alarms, bool is_2019);
const char *lb_808_colour(uint8_t code); /* of a plate: "yellow" */
lb_span lb_808_ascii(lb_span field); /* without padding; empty when it is not all printable ASCII */
/* Names and full numbers of persons are not kept: "driver:****0417" of a licence; empty when it
 * is too short. */
lb_span lb_808_driver(lb_sink *sink, lb_span licence);

/* 0x0701: a waybill of any form, as RECE; and ASSO when it names its cargo. */
void lb_808_waybill(const lb_808_message *message);

#endif
