/* bench_decode.h - `landbridge bench decode`: measures the speed of the adapters. */
#ifndef COMMAND_BENCH_DECODE_H
#define COMMAND_BENCH_DECODE_H

/* `goldens`: the folder tests/golden, whose messages are read too; NULL: only generated ones. Prints a table;
 * an exit code of command.h. */
int bench_decode(const char *goldens);

#endif
