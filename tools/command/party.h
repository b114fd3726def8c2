/* party.h - the parts of `landbridge admin` with options of their own: keygen, party, audit (who may come in, what he
 * may, what he did) and restore. */
#ifndef COMMAND_PARTY_H
#define COMMAND_PARTY_H

#include "command.h"

extern const subcommand command_keygen, command_party, command_audit, command_restore;

#endif
