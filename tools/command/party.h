/* party.h - the parts of `landbridge admin` with options of their own: keygen, party (access and rights), audit (the
 * audit log), cover (effects that today's grants judge differently), dump and restore. */
#ifndef COMMAND_PARTY_H
#define COMMAND_PARTY_H

#include "command.h"

extern const subcommand command_keygen, command_party, command_audit, command_cover, command_dump,
    command_restore;

#endif
