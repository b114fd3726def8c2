/* jt808_assembly.c - reassembles messages that come in several packages; see jt808_assembly.h. */
#include "jt808_assembly.h"

#include <stdlib.h>

void lb_808_assemblies_init(lb_808_assemblies *all, lb_808_budget *budget)
{
    memset(all, 0, sizeof *all);
    all->budget = budget;
}

static void charge(lb_808_assemblies *all, lb_808_assembly *assembly, size_t bytes)
{
    assembly->bytes += bytes;
    all->bytes += bytes;
    all->budget->used += bytes;
}

static bool has_room(const lb_808_assemblies *all, size_t bytes)
{
    return all->bytes + bytes <= LB_808_ASSEMBLY_BYTES &&
           all->budget->used + bytes <= all->budget->most;
}

static void free_parts(lb_808_assemblies *all, lb_808_assembly *assembly)
{
    if (assembly->parts == NULL)
        return;
    for (size_t i = 0; i < assembly->first.packages; i++)
        free((void *)(uintptr_t)assembly->parts[i].at);
    free(assembly->parts);
    assembly->parts = NULL;
    all->bytes -= assembly->bytes;
    all->budget->used -= assembly->bytes;
    assembly->bytes = 0;
}

void lb_808_assembly_drop(lb_808_assemblies *all, lb_808_assembly *assembly)
{
    free_parts(all, assembly);
    assembly->progress = LB_808_FREE;
    all->count--;
}

void lb_808_assemblies_fini(lb_808_assemblies *all)
{
    for (size_t i = 0; i < LB_808_ASSEMBLIES; i++)
        if (all->at[i].progress != LB_808_FREE)
            lb_808_assembly_drop(all, &all->at[i]);
}

static uint16_t first_serial(const lb_808_header *header)
{
    return (uint16_t)(header->serial - (header->package - 1)); /* modulo 65536 */
}

static bool is_same(const lb_808_assembly *assembly, const lb_808_header *header)
{
    return assembly->progress != LB_808_FREE && assembly->first.id == header->id &&
           assembly->first.serial == first_serial(header) &&
           assembly->first.is_2019 == header->is_2019 &&
           memcmp(assembly->first.terminal, header->terminal, sizeof header->terminal) == 0;
}

static lb_808_assembly *find(lb_808_assemblies *all, const lb_808_header *header)
{
    for (size_t i = 0; i < LB_808_ASSEMBLIES && all->count > 0; i++)
        if (is_same(&all->at[i], header))
            return &all->at[i];
    return NULL;
}

static lb_808_assembly *begin(lb_808_assemblies *all, const lb_808_header *header, int64_t now_us)
{
    size_t bytes = header->packages * sizeof(lb_span);
    lb_808_assembly *assembly = NULL;
    for (size_t i = 0; i < LB_808_ASSEMBLIES && assembly == NULL; i++)
        if (all->at[i].progress == LB_808_FREE)
            assembly = &all->at[i];
    if (assembly == NULL || !has_room(all, bytes))
        return NULL;

    lb_span *parts = calloc(header->packages, sizeof *parts);
    if (parts == NULL)
        return NULL;
    *assembly = (lb_808_assembly){.progress = LB_808_COLLECTING, .first = *header, .parts = parts};
    assembly->first.serial = first_serial(header);
    assembly->first.package = 1;
    assembly->begun_us = now_us;
    all->count++;
    charge(all, assembly, bytes);
    return assembly;
}

static bool keep_part(lb_808_assemblies *all, lb_808_assembly *assembly, size_t i, lb_span body)
{
    if (assembly->parts[i].at != NULL)
        return true; /* repeated */
    if (!has_room(all, body.len) || assembly->body_len + body.len > LB_808_BODY_WHOLE)
        return false;
    char *copy = malloc(body.len + 1); /* + 1: an empty package is valid, too */
    if (copy == NULL)
        return false;
    memcpy(copy, body.at, body.len);
    assembly->parts[i] = (lb_span){copy, body.len};
    assembly->body_len += body.len;
    assembly->got++;
    charge(all, assembly, body.len);
    return true; /* cppcheck-suppress memleak ; owned by the assembly now */
}

lb_808_assembly *lb_808_assemblies_take(lb_808_assemblies *all, const lb_808_header *header,
                                        lb_span body, int64_t now_us)
{
    if (header->package < 1 || header->package > header->packages ||
        header->packages > LB_808_PACKAGES)
        return NULL;

    lb_808_assembly *assembly = find(all, header);
    if (assembly == NULL)
        assembly = begin(all, header, now_us);
    if (assembly == NULL || assembly->first.packages != header->packages)
        return NULL;
    if (assembly->progress != LB_808_COLLECTING)
        return assembly;
    if (!keep_part(all, assembly, header->package - 1u, body))
        return NULL;
    assembly->heard_us = now_us;
    if (assembly->got == assembly->first.packages)
        assembly->progress = LB_808_WHOLE;
    return assembly;
}

void lb_808_assembly_join(lb_808_assemblies *all, lb_808_assembly *assembly, char *body)
{
    for (size_t i = 0; i < assembly->first.packages; i++) {
        memcpy(body, assembly->parts[i].at, assembly->parts[i].len);
        body += assembly->parts[i].len;
    }
    free_parts(all, assembly);
    assembly->progress = LB_808_PUSHED;
}

size_t lb_808_assembly_missing(const lb_808_assembly *assembly, uint16_t *numbers, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < assembly->first.packages && count < room; i++)
        if (assembly->parts[i].at == NULL)
            numbers[count++] = (uint16_t)(i + 1);
    return count;
}
