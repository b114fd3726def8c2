/* source.h - the profile of a feed: zone, charset, partner tables.
 *
 * A profile is a small INI file. Without one the defaults are safe and every assumption is flagged on
 * the event (TIME_NO_ZONE, CODE_UNMAPPED, PLACE_UNKNOWN). All keys are optional.
 *
 *     [source]
 *     id      = cr-urumqi          ; the feed
 *     party   = CNRAIL             ; the sender, when the message does not name one
 *     zone    = Asia/Shanghai      ; of times without zone; place decides when this is missing
 *     charset = GB18030            ; of text without a declared charset
 *     formats = hub.iftsta rail.taf; what it may send; empty = anything
 *     senders = CNRAIL 0081        ; sender names that its messages may have; others are flagged
 *     newline_terminator = yes     ; EDIFACT with line ends for terminators
 *     jt809_cipher = 30000000 20000000 20000000 ; M1 IA1 IC1 of an encrypted JT/T 809 link
 *     [codes]                      ; scheme:code = TYPE [CLASSIFIER]
 *     HS:P    = DEPA ACTUAL
 *     [places]                     ; scheme:value = place key of place.h
 *     TAF_PLC:KZ00017 = KZ-ALTYNKOL
 *
 * Read once, constant afterwards, may be shared by threads. */
#ifndef LANDBRIDGE_ADAPTER_SOURCE_H
#define LANDBRIDGE_ADAPTER_SOURCE_H

#include "landbridge/client/event.h"
#include "landbridge/client/place.h"
#include "landbridge/client/time.h"

typedef struct lb_source lb_source;

typedef struct lb_source_code {
    lb_event_type type;
    lb_classifier classifier; /* UNSPECIFIED: the adapter decides */
} lb_source_code;

const lb_source *lb_source_default(void); /* id "local", nothing known */
/* Reads a regular file of at most 1 MiB; others are refused without waiting. `why` (may be NULL)
 * gets "line 7: unknown key 'zome'" and the like; at most why_room bytes. */
lb_err lb_source_open(lb_source **source, const char *path, char *why, size_t why_room);
/* The default profile under the given id. */
lb_err lb_source_named(lb_source **source, lb_span id);
void lb_source_close(lb_source **source);
/* Adds an owner, which closes the source too; the last close frees it. For a thread that reads
 * while profiles may be reloaded. */
lb_source *lb_source_share(const lb_source *source);

const char *lb_source_id(const lb_source *source);
const char *lb_source_party(const lb_source *source);   /* "" when absent */
const lb_zone *lb_source_zone(const lb_source *source); /* NULL when absent */
const char *lb_source_charset(const lb_source *source); /* NULL when absent */
bool lb_source_newline_terminator(const lb_source *source);
bool lb_source_jt809_cipher(const lb_source *source, uint32_t constants[3]); /* false: absent */
/* For checking a profile: the number-th of its formats (empty behind the last), and counts. */
lb_span lb_source_format(const lb_source *source, size_t number);
size_t lb_source_code_count(const lb_source *source);
size_t lb_source_place_count(const lb_source *source);
/* True when a message of this source may name this sender, or when the profile names none. */
bool lb_source_is_sender(const lb_source *source, lb_span party);
bool lb_source_may_send(const lb_source *source, const char *adapter);
bool lb_source_find_code(const lb_source *source, lb_span scheme, lb_span code,
                         lb_source_code *out);
/* key or empty */
lb_span lb_source_find_place(const lb_source *source, lb_span scheme, lb_span value);

#endif
