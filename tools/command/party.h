/* party.h - `landbridge admin keygen`, `admin party`, `admin audit`: who may come in, what he may, what he did. */
#ifndef COMMAND_PARTY_H
#define COMMAND_PARTY_H

#include "command.h"

extern const subcommand command_keygen, command_party, command_audit;

#endif
