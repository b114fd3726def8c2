/* command.h - what the subcommands of `landbridge` share: options, exit codes, the hub, printing.
 *
 * stdout is for data, stderr for errors. Every error says what to do. */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include <stdio.h>

#include "landbridge/client/client.h"
#include "landbridge/client/time.h"

/* stable; documented in README.md */
typedef enum exit_code {
    EXIT_FINE = 0,
    EXIT_NOTHING = 1, /* not found, or empty */
    EXIT_USAGE = 2,
    EXIT_CONFIG = 3,
    EXIT_CONNECT = 4, /* no hub there */
    EXIT_TIMEOUT = 6,
    EXIT_REJECTED = 7, /* some of it was refused */
    EXIT_TROUBLE = 9,  /* out of memory, unreadable file */
} exit_code;

/* -- options ----------------------------------------------------------------------------------- */

typedef struct option_row {
    const char *name;  /* "--from" */
    const char *value; /* the value's name, "PLACE"; NULL: a flag */
    const char *words;
    const char **text; /* where the value goes, or */
    bool *flag;        /* where the flag goes */
} option_row;

typedef struct subcommand {
    const char *name;
    const char *words;   /* one line for the list */
    const char *usage;   /* the part behind the name */
    const char *example; /* shown by --help; lines end in \n */
    int (*run)(const struct subcommand *self, int argc, char **argv);
} subcommand;

#define SUBCOMMANDS(X) \
    X(send)            \
    X(inspect)         \
    X(track)           \
    X(find_space)      \
    X(capacity)        \
    X(yard)            \
    X(departures)      \
    X(stream)          \
    X(feeds)           \
    X(quarantine)      \
    X(admin)           \
    X(bench)           \
    X(play)
#define SUBCOMMAND_DECLARE(name) extern const subcommand command_##name;
SUBCOMMANDS(SUBCOMMAND_DECLARE)
#undef SUBCOMMAND_DECLARE

typedef struct common_options { /* the options of every subcommand */
    const char *at;             /* the hub: a data folder or tcp://HOST:PORT */
    const char *key;            /* file with the key; NULL: none */
    const char *zone_name;
    const lb_zone *zone;
    bool json, help;
} common_options;

/* Takes options out of argv, in any position; the rest are words. Prints errors on stderr and
 * returns false; prints the help and returns false with common->help set. */
bool options_read(const subcommand *self, const option_row *rows, size_t count,
                  common_options *common, int argc, char **argv, int *words);

bool option_number(const char *name, const char *text, int64_t least, int64_t most, int64_t *value);
/* A token that a hub gave, or a plain number from `least` on; the position points to `entries`. */
bool option_position(const char *name, const char *text, int64_t least,
                     lb_position_entry entries[LB_POSITION_ENTRIES], lb_position *position);
/* --at-least of a question, NULL: not said. The answer includes all up to that position (read your own write). */
#define AT_LEAST_ROW(text)                                                                \
    {                                                                                     \
        "--at-least", "POSITION", "with all up to this number or position", &(text), NULL \
    }
bool option_at_least(const char *text, lb_position_entry entries[LB_POSITION_ENTRIES],
                     lb_query *query);
/* "2026-03-13", "2026-03-13T08:00:00+08:00", "now", "+3d", "fri" (the next one), in the zone. */
bool option_time(const char *name, const char *text, const common_options *common, bool is_end,
                 int64_t *us);

/* -- the hub ------------------------------------------------------------------------------------- */

/* EXIT_FINE, or an error on stderr: USAGE for an impossible address, CONNECT when no hub is
 * there. Checks at once; waits half a second for a hub that has just been started, 3 s at most
 * for a machine that does not answer. */
int hub_reach(const common_options *common);
/* Call after hub_reach. EXIT_FINE, or the error is on stderr. */
int hub_open(const common_options *common, lb_client **client);
/* Queries the hub; prints an error and returns its exit code. *answer is valid after EXIT_FINE. */
int hub_ask(lb_client *client, const common_options *common, const lb_query *query,
            const lb_answer **answer);
int hub_ask_for(lb_client *client, const common_options *common, const lb_query *query,
                int timeout_ms, const lb_answer **answer);
/* Prints what the error means and what to do. */
int hub_error(const common_options *common, lb_err err);
/* "go on with --from POSITION", on stderr. */
void hub_say_where_to_go_on(const lb_client *client);
/* The same for an error of lb_client_next: with the hub's own words if it has some; after RESET, from where to go on. */
int hub_stream_error(const common_options *common, const char *command, const lb_client *client,
                     lb_err err);

/* -- printing -------------------------------------------------------------------------------------- */

int64_t wall_now_us(void);
bool is_coloured(FILE *out); /* a terminal, and NO_COLOR is not set */
const char *colour(FILE *out, const char *code);
#define BOLD   "\033[1m"
#define DIM    "\033[2m"
#define RED    "\033[31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define PLAIN  "\033[0m"

/* An untrusted text in printable form (landbridge/client/show.h); valid until 31 more were shown. */
const char *show_text(lb_span text);
const char *show_name(const char *name); /* of a file, an option */
/* Several lines, each escaped and indented by `indent`. */
void print_lines(FILE *out, lb_span text, const char *indent);
void print_json_string(lb_span text); /* with its quotes */
/* The output of lb_record_json and lb_record_text, which is escaped already, followed by `end`. */
void print_record_text(lb_span text, const char *end);
/* One line on stderr, whatever its arguments contain. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

typedef struct cell { /* one printed value; memory of the caller's frame */
    char text[64];
} cell;

cell show_time(const common_options *common, int64_t us); /* "Fri 13 Mar 14:20"; "-" unknown */
cell show_time_at(int64_t us, int64_t offset_min);        /* with its own offset */
cell show_number(int64_t value);                          /* "unknown" when it is */
cell show_quantity(lb_unit unit, int64_t value);          /* MILLI_TEU 24000 -> "24 TEU" */
cell show_age(int64_t now_us, int64_t then_us);           /* "6 h 12 min" */
void print_json(const lb_answer *answer);                 /* one object a line, by part */
int print_resources(const common_options *common, const lb_answer *answer); /* exit code */
void print_resource(const common_options *common, const lb_resource *resource);

/* A bar on stderr for long work, when stderr is a terminal. */
typedef struct progress {
    const char *what;
    int64_t total, last_us;
    bool is_on;
} progress;
void progress_start(progress *bar, const char *what, int64_t total);
void progress_show(progress *bar, int64_t done);
void progress_end(progress *bar);

/* The whole of a file, or of stdin for "-"; malloc'ed. Prints errors on stderr. */
bool file_read(const char *path, size_t max_bytes, char **bytes, size_t *len);
/* In place: hex digits, blanks and '#' comments to bytes; false when the text is not hex. */
bool hex_read(char *text, size_t *len);

#endif
