/* profile.h - `landbridge admin check-profile FILE`: what a source's profile says, and what is wrong with it. */
#ifndef COMMAND_PROFILE_H
#define COMMAND_PROFILE_H

int check_profile(const char *path); /* prints; an exit code of command.h */

#endif
