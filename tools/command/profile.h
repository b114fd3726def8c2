/* profile.h - `landbridge admin check-profile FILE`: prints a source's profile, or its errors. */
#ifndef COMMAND_PROFILE_H
#define COMMAND_PROFILE_H

int check_profile(const char *path); /* prints; an exit code of command.h */

#endif
