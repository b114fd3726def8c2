/* profile.c - checks the profile of a source without a hub: reads it as the hub does, and prints
 * it. */
#include "profile.h"

#include <iconv.h>
#include <stdio.h>

#include "command.h"
#include "landbridge/adapter/adapter.h"

static int trouble(const char *path, const char *text)
{
    complain("landbridge admin: %s: %s\n", path, text);
    return EXIT_CONFIG;
}

static bool is_charset(const char *name)
{
    iconv_t way = iconv_open("UTF-8", name);
    if (way == (iconv_t)-1)
        return false;
    iconv_close(way);
    return true;
}

/* The formats one by one; false, with a line on stderr, for one that no adapter has. */
static bool are_formats_known(const char *path, const lb_source *source)
{
    lb_span format;
    for (size_t i = 0; (format = lb_source_format(source, i)).len > 0; i++)
        if (lb_adapter_find(format) == NULL) {
            complain("landbridge admin: %s: there is no format '%s'; `landbridge inspect --format "
                     "? -` lists them\n",
                     path, show_text(format));
            return false;
        }
    return true;
}

static void print_formats(const lb_source *source)
{
    lb_span format = lb_source_format(source, 0);
    if (format.len == 0) {
        puts("formats  any: chosen by probing");
        return;
    }
    fputs("formats ", stdout);
    for (size_t i = 0; (format = lb_source_format(source, i)).len > 0; i++)
        printf(" %s", show_text(format));
    putchar('\n');
}

static void print_profile(const lb_source *source)
{
    const lb_zone *zone = lb_source_zone(source);
    const char *charset = lb_source_charset(source), *party = lb_source_party(source);
    printf("source   %s\n", show_name(lb_source_id(source)));
    printf("party    %s\n", party[0] != '\0' ? show_name(party) : "as its messages name it");
    printf("zone     %s\n", zone != NULL
                                ? lb_zone_name(zone)
                                : "of the place; without one, times stay local and are flagged");
    printf("charset  %s\n",
           charset != NULL ? show_name(charset) : "as declared, else that of the format");
    print_formats(source);
    printf("codes    %zu of its own\n", lb_source_code_count(source));
    printf("places   %zu of its own\n", lb_source_place_count(source));
}

int check_profile(const char *path)
{
    char why[200] = "";
    lb_source *source = NULL;
    if (lb_source_open(&source, path, why, sizeof why) != LB_OK)
        return trouble(path, why);
    int code = EXIT_FINE;
    if (lb_source_charset(source) != NULL && !is_charset(lb_source_charset(source)))
        code = trouble(path,
                       "the charset is not known: use a name of iconv, such as GB18030 or CP1251");
    else if (!are_formats_known(path, source))
        code = EXIT_CONFIG;
    else
        print_profile(source);
    lb_source_close(&source);
    return code;
}
