/* child.h - a temporary hub: landbridged on an empty folder, for bench and for tests. */
#ifndef COMMAND_CHILD_H
#define COMMAND_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct child_hub {
    pid_t pid;
    char folder[200]; /* made under TMPDIR, removed by child_stop */
} child_hub;

/* The landbridged beside this program; false, with an error on stderr, when there is none. */
bool child_program(char *path, size_t room);
/* Starts the landbridged beside this program, on ipc and with its intake on two free ports of
 * the loopback, and waits until it answers. Prints errors on stderr. */
bool child_start(child_hub *hub);
/* The value of "name = value" in its file `endpoints`, if it begins with `prefix`; false when
 * there is none. */
bool child_endpoint(const child_hub *hub, const char *name, const char *head, char *value,
                    size_t room);
void child_stop(child_hub *hub);

#endif
