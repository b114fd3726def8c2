/* door_crowd.c - limits the connections of one address and of one party at a door. */
#include "net/door_crowd.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/permission.h"

static bool need_place(lb_door_crowd *crowd, int file)
{
    size_t room = crowd->room == 0 ? 64 : crowd->room;

    while (room <= (size_t)file)
        room *= 2;
    if (room == crowd->room)
        return true;
    lb_crowd_place *wider = realloc(crowd->at, room * sizeof *wider);
    if (wider == NULL)
        return false;
    memset(wider + crowd->room, 0, (room - crowd->room) * sizeof *wider);
    crowd->at = wider;
    crowd->room = room;
    return true;
}

static lb_crowd_place *find_place(lb_door_crowd *crowd, int file)
{
    return file >= 0 && (size_t)file < crowd->room && crowd->at[file].heard > 0 ? &crowd->at[file]
                                                                                : NULL;
}

static bool is_older(const lb_door_crowd *crowd, size_t file, int than)
{
    return than == LB_CROWD_NONE || crowd->at[file].heard < crowd->at[than].heard;
}

int lb_door_crowd_came(lb_door_crowd *crowd, int file, uint64_t address)
{
    int64_t count = 0;
    int oldest = LB_CROWD_NONE;

    if (file < 0 || !need_place(crowd, file))
        return LB_CROWD_NONE;
    crowd->at[file] = (lb_crowd_place){.address = address, .heard = ++crowd->now};
    if (address == 0 || crowd->address_most == 0)
        return LB_CROWD_NONE;
    for (size_t i = 0; i < crowd->room; i++) {
        if (crowd->at[i].heard == 0 || crowd->at[i].address != address)
            continue;
        count++;
        if (!crowd->at[i].has_spoken && is_older(crowd, i, oldest))
            oldest = (int)i;
    }
    return count > crowd->address_most ? oldest : LB_CROWD_NONE;
}

/* Never 0 for a name. */
static uint64_t party_of(lb_span user)
{
    return user.len == 0 ? 0 : lb_span_hash(lb_permission_user_party(user)) | 1;
}

int lb_door_crowd_spoke(lb_door_crowd *crowd, int file, lb_span user)
{
    lb_crowd_place *place = find_place(crowd, file);
    int64_t count = 0;
    int oldest = LB_CROWD_NONE;

    if (place == NULL)
        return LB_CROWD_NONE;
    bool is_first = !place->has_spoken;
    place->heard = ++crowd->now;
    place->has_spoken = true;
    if (!is_first)
        return LB_CROWD_NONE;
    place->party = party_of(user);
    if (place->party == 0 || crowd->party_most == 0)
        return LB_CROWD_NONE;
    for (size_t i = 0; i < crowd->room; i++) {
        if (crowd->at[i].heard == 0 || crowd->at[i].party != place->party)
            continue;
        count++;
        if (is_older(crowd, i, oldest))
            oldest = (int)i;
    }
    return count > crowd->party_most ? oldest : LB_CROWD_NONE;
}

void lb_door_crowd_ended(lb_door_crowd *crowd, int file)
{
    lb_crowd_place *place = find_place(crowd, file);

    if (place != NULL)
        *place = (lb_crowd_place){0};
}

void lb_door_crowd_fini(lb_door_crowd *crowd)
{
    free(crowd->at);
    *crowd = (lb_door_crowd){0};
}

uint64_t lb_door_address_of(int file)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage room;
    } at = {.room = {.ss_family = AF_UNSPEC}};
    socklen_t len = sizeof at;
    uint64_t key = 0;

    if (getpeername(file, &at.any, &len) != 0)
        return 0;
    if (at.any.sa_family == AF_INET)
        return UINT64_C(1) << 32 | at.v4.sin_addr.s_addr;
    if (at.any.sa_family == AF_INET6)
        memcpy(&key, &at.v6.sin6_addr, sizeof key); /* the /64: one owner has all of it */
    return key;
}
