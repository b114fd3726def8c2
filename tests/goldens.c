/* goldens.c - reads the goldens of an adapter. */
#include "goldens.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "landbridge/client/time.h"

static char *slurp(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *bytes = malloc((size_t)size + 1);
    *len = fread(bytes, 1, (size_t)size, file);
    bytes[*len] = '\0';
    fclose(file);
    return bytes;
}

static void decode_hex(char *text, size_t *len)
{
    size_t out = 0, digits = 0;
    int in_comment = 0;
    for (size_t i = 0; i < *len; i++) {
        char c = text[i];
        in_comment = c == '#' ? 1 : c == '\n' ? 0 : in_comment;
        const char *hex = "0123456789abcdef";
        const char *at = c == '\0' || in_comment ? NULL : strchr(hex, c | 0x20);
        if (at == NULL)
            continue;
        int value = (int)(at - hex);
        if (digits++ % 2 == 0)
            text[out] = (char)(value << 4);
        else
            text[out++] |= (char)value;
    }
    *len = out;
}

static void read_about(golden *one)
{
    char folder[512], path[600], why[200];
    size_t len;
    snprintf(folder, sizeof folder, "%s", one->path);
    *strrchr(folder, '/') = '\0';
    snprintf(path, sizeof path, "%s/about.txt", folder);
    one->received_us = INT64_C(1773316800000000); /* 2026-03-12T12:00:00Z */
    char *about = slurp(path, &len);
    if (about == NULL)
        return;

    char value[128];
    const char *received = strstr(about, "\nreceived =");
    if (received != NULL && sscanf(received, "\nreceived = %127s", value) == 1)
        lb_time_read(lb_span_of(value), &one->received_us);
    const char *profile = strstr(about, "\nprofile =");
    if (profile != NULL && sscanf(profile, "\nprofile = %127s", value) == 1) {
        snprintf(path, sizeof path, "%s/%s", folder, value);
        if (lb_source_open(&one->source, path, why, sizeof why) != LB_OK) {
            fprintf(stderr, "%s: %s\n", path, why);
            exit(1);
        }
    }
    free(about);
}

goldens goldens_load(const char *adapter)
{
    char pattern[512];
    glob_t found;
    goldens out = {0};
    snprintf(pattern, sizeof pattern, "%s/tests/golden/%s/*/input.*", LB_SOURCE_DIR, adapter);
    if (glob(pattern, 0, NULL, &found) != 0 || found.gl_pathc == 0) {
        fprintf(stderr, "no captures: %s\n", pattern);
        exit(1);
    }
    out.at = calloc(found.gl_pathc, sizeof *out.at);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        golden *one = &out.at[out.count++];
        snprintf(one->path, sizeof one->path, "%s", found.gl_pathv[i]);
        one->bytes = slurp(one->path, &one->len);
        if (strstr(one->path, ".hex") != NULL)
            decode_hex(one->bytes, &one->len);
        read_about(one);
    }
    globfree(&found);
    return out;
}

void goldens_free(goldens *all)
{
    for (size_t i = 0; i < all->count; i++) {
        free(all->at[i].bytes);
        lb_source_close(&all->at[i].source);
    }
    free(all->at);
    *all = (struct goldens){0};
}
