/* party.h - the parts of `landbridge admin` with options of their own: keygen, party, audit, cover (who may come in, what
 * it may, what it did, what today's grants judge otherwise), dump and restore. */
#ifndef COMMAND_PARTY_H
#define COMMAND_PARTY_H

#include "command.h"

extern const subcommand command_keygen, command_party, command_audit, command_cover, command_dump,
    command_restore;

#endif
