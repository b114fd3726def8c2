/* jt809.h - what the files of road.jt809 share: one vehicle message of a frame. */
#ifndef ROAD_JT809_H
#define ROAD_JT809_H

#include "frame809.h"
#include "landbridge/adapter/adapter.h"

typedef struct lb_809_vehicle {
    const lb_reading *reading;
    lb_sink *sink;
    const lb_809_frame *frame;
    lb_span plate; /* UTF-8, trimmed; empty when it is a placeholder */
    uint8_t colour;
    uint16_t kind; /* sub-type */
    lb_span body;
    bool is_odd; /* the frame is odd: every event gets the doubt */
} lb_809_vehicle;

/* A new event with the truck as its subject; its natural key begins with platform, plate and
 * sub-type. */
lb_event *lb_809_say(const lb_809_vehicle *vehicle, lb_event_type type, lb_span key);

/* 0x1202, 0x1203: positions. `is_late`: reported afterwards. */
void lb_809_position(const lb_809_vehicle *vehicle, lb_span body, bool is_late);
void lb_809_history(const lb_809_vehicle *vehicle);

#endif
