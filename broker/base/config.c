/* config.c - the operator's settings, from an INI file. */
#include "base/config.h"

#include <arpa/inet.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>

#include "landbridge/client/event.h"

enum { PORT_MAX = 65535 };

typedef struct config_page {
    lb_config *config;
    char why[160]; /* reason of the first mistake; inih gives the line */
} config_page;

void lb_config_init(lb_config *config)
{
#define X(section, key, no, yes) config->key = true;
    LB_CONFIG_SWITCHES(X)
#undef X
#define X(section, key, standard) memcpy(config->key, standard, sizeof standard);
    LB_CONFIG_ADDRESSES(X)
#undef X
#define X(section, key, standard, least, most) config->key = standard;
    LB_CONFIG_NUMBERS(X)
#undef X
#define LB_GATE_AT(name, sends_as, port) config->name = port;
#include "gate/gates.def"
}

static int complain(config_page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static int complain(config_page *page, const char *format, ...)
{
    va_list facts;

    if (page->why[0] == '\0') {
        va_start(facts, format);
        vsnprintf(page->why, sizeof page->why, format, facts);
        va_end(facts);
    }
    return 0;
}

static int set_switch(config_page *page, bool *is_on, const char *key, const char *value,
                      const char *no, const char *yes)
{
    if (strcmp(value, yes) != 0 && strcmp(value, no) != 0)
        return complain(page, "%s must be %s or %s, not '%.40s'", key, yes, no, value);
    *is_on = strcmp(value, yes) == 0;
    return 1;
}

static bool is_address(const char *value)
{
    uint8_t bytes[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, value, bytes) == 1 || inet_pton(AF_INET6, value, bytes) == 1;
}

static int set_address(config_page *page, char address[LB_ADDRESS_ROOM], const char *key,
                       const char *value)
{
    if (strlen(value) >= LB_ADDRESS_ROOM || !is_address(value))
        return complain(page, "%s must be a numeric IPv4 or IPv6 address, not '%.40s'", key, value);
    memcpy(address, value, strlen(value) + 1);
    return 1;
}

int64_t lb_config_local_share(int64_t all, int64_t party)
{
    return all / 4 > party ? all / 4 : party;
}

bool lb_config_is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static int set_number(config_page *page, int64_t *number, const char *key, const char *value,
                      int64_t least, int64_t most)
{
    int64_t read;

    if (least == LB_PORT_OFF && strcmp(value, "off") == 0) {
        *number = LB_PORT_OFF;
        return 1;
    }
    if (!lb_span_number(lb_span_of(value), &read) || read < least || read > most)
        return complain(page, "%s must be a number from %lld to %lld%s, not '%.40s'", key,
                        (long long)(least < 0 ? 0 : least), (long long)most,
                        least == LB_PORT_OFF ? " or off" : "", value);
    *number = read;
    return 1;
}

static int take_key(void *user, const char *section, const char *key, const char *value)
{
    config_page *page = user;
    lb_config *config = page->config;

#define X(room, name, no, yes)                                  \
    if (strcmp(section, #room) == 0 && strcmp(key, #name) == 0) \
        return set_switch(page, &config->name, key, value, no, yes);
    LB_CONFIG_SWITCHES(X)
#undef X
#define X(room, name, standard)                                 \
    if (strcmp(section, #room) == 0 && strcmp(key, #name) == 0) \
        return set_address(page, config->name, key, value);
    LB_CONFIG_ADDRESSES(X)
#undef X
#define X(room, name, standard, least, most)                    \
    if (strcmp(section, #room) == 0 && strcmp(key, #name) == 0) \
        return set_number(page, &config->name, key, value, least, most);
    LB_CONFIG_NUMBERS(X)
#undef X
#define LB_GATE_AT(name, sends_as, port)                           \
    if (strcmp(section, "listen") == 0 && strcmp(key, #name) == 0) \
        return set_number(page, &config->name, key, value, LB_PORT_OFF, PORT_MAX);
#include "gate/gates.def"
    return complain(page, "unknown key '%.40s' in [%.40s]", key, section);
}

lb_err lb_config_read(lb_config *config, const char *path, char *why, size_t why_room)
{
    lb_config fresh;
    config_page page = {.config = &fresh};

    lb_config_init(&fresh);
    int line = ini_parse(path, take_key, &page);
    if (line < 0) {
        snprintf(why, why_room, "%s cannot be read", path);
        return LB_ERR_IO;
    }
    if (line > 0) {
        snprintf(why, why_room, "line %d: %s", line,
                 page.why[0] == '\0' ? "neither [section] nor key = value" : page.why);
        return LB_ERR_GARBLED;
    }
    *config = fresh;
    return LB_OK;
}
