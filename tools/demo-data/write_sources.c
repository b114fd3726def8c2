/* write_sources.c - the profile of each feed: sources/<feed>.ini. */
#include "write.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

typedef struct feed {
    const char *id, *party, *zone;
    bool has_stations; /* uses private numbers for places */
} feed;

static const feed feeds[] = {
    {"cr-urumqi", "CNRAIL", "Asia/Shanghai", true},
    {"ktz", "KTZ", "Asia/Almaty", true},
    {"tos-ulz", "TOSULZ", "Asia/Shanghai", false},
    {"hub-ulz", "ULZ", "Asia/Shanghai", false},
    {"ktz-border", "KTZ", "Asia/Almaty", false},
    {"fsu-o3", "O3", NULL, false},
    {"fsu-cz", "CZ", NULL, false},
    {"fsu-mu", "MU", NULL, false},
    {"trucks", "", "Asia/Shanghai", false},
};

static bool write_profile(const char *folder, const feed *f)
{
    char path[4096];

    if (snprintf(path, sizeof path, "%s/%s.ini", folder, f->id) >= (int)sizeof path)
        return false;
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;

    fprintf(file, "[source]\nid = %s\n", f->id);
    if (f->party[0] != '\0')
        fprintf(file, "party = %s\n", f->party);
    if (f->zone != NULL)
        fprintf(file, "zone = %s\n", f->zone);
    if (f->has_stations) {
        fprintf(file, "\n; the railway's own station numbers\n[places]\n");
        for (int i = 0; i < DAY_PLACES; i++)
            fprintf(file, "TAF_PLC:%s%05d = %s\n", day_places[i].country, day_places[i].plc,
                    day_places[i].key);
    }
    return fclose(file) == 0;
}

bool day_write_sources(const char *folder)
{
    bool fine = mkdir(folder, 0777) == 0 || errno == EEXIST;

    for (size_t i = 0; fine && i < sizeof feeds / sizeof *feeds; i++)
        fine = write_profile(folder, &feeds[i]);
    return fine;
}
