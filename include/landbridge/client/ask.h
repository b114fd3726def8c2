/* ask.h - the questions that the hub answers, by number and name: what stands in asks.def of each. */
#ifndef LANDBRIDGE_CLIENT_ASK_H
#define LANDBRIDGE_CLIENT_ASK_H

#include "landbridge/client/span.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum lb_ask {
    LB_ASK_UNSPECIFIED = 0,
#define LB_ASK(NAME, number, ...) LB_ASK_##NAME = number,
#include "landbridge/asks.def"
} lb_ask;

/* the thread that answers it, see asks.def */
typedef enum lb_ask_where {
    LB_WHERE_NOWHERE,
    LB_WHERE_VIEW,
    LB_WHERE_WORKER,
    LB_WHERE_HUB,
    LB_WHERE_ACCESS,
    LB_WHERE_ADMIN,
    LB_WHERE_INSIDE,
} lb_ask_where;

/* when it is written to the audit log, see asks.def */
typedef enum lb_ask_audit {
    LB_AUDIT_NEVER,
    LB_AUDIT_ASKED,
    LB_AUDIT_CHANGED,
} lb_ask_audit;

typedef struct lb_ask_info {
    lb_ask ask;
    const char *name; /* "QUARANTINE_LIST" */
    lb_ask_where where;
    lb_ask_audit audit;
    const char *method;  /* of HTTP: "GET"; "NONE" has no route */
    const char *path;    /* "/v1/quarantine/{id}" */
    const char *command; /* of the command line: "quarantine list"; empty: none */
    const char *words;   /* one line for people */
} lb_ask_info;

/* Of a number that is in no row: the entry of LB_ASK_UNSPECIFIED. Never NULL; constant. */
const lb_ask_info *lb_ask_about(lb_ask ask);
const char *lb_ask_name(lb_ask ask);
bool lb_ask_from_name(lb_span name, lb_ask *ask); /* false: there is none of that name */
/* The question of a command, "quarantine" and "list"; `word` may be NULL. UNSPECIFIED: there is none. */
lb_ask lb_ask_of_command(const char *command, const char *word);

#ifdef __cplusplus
}
#endif

#endif
