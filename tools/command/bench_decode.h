/* bench_decode.h - `landbridge bench decode`: how fast the adapters read. */
#ifndef COMMAND_BENCH_DECODE_H
#define COMMAND_BENCH_DECODE_H

/* `goldens`: the folder tests/golden, whose messages are read too; NULL: only those made here. Prints a table;
 * an exit code of command.h. */
int bench_decode(const char *goldens);

#endif
