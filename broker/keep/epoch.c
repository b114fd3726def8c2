/* epoch.c - the identity of the hub and the epochs of its journal: the file hub.id. */
#include "keep/epoch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/folder.h"
#include "base/log.h"
#include "landbridge/client/event.h"

enum {
    CHECK_BYTES = 16,
    CHECK_ROOM = 2 * CHECK_BYTES + 1,
    TEXT_ROOM = LB_SMALL_FILE,
    PATH_ROOM = LB_PATH_ROOM + 64,
};

/* -- the text ---------------------------------------------------------------------------------- */

static void print_check(lb_span text, char out[CHECK_ROOM])
{
    uint8_t hash[CHECK_BYTES];

    crypto_generichash(hash, sizeof hash, (const uint8_t *)text.at, text.len, NULL, 0);
    sodium_bin2hex(out, CHECK_ROOM, hash, sizeof hash);
}

/* TEXT_ROOM is enough for a full table: LB_EPOCHS_MAX lines of at most 42 bytes. */
static lb_span print_text(const lb_epochs *epochs, char out[TEXT_ROOM])
{
    char check[CHECK_ROOM];
    size_t len = (size_t)snprintf(out, TEXT_ROOM, "hub = %014" PRIx64 "\n", (uint64_t)epochs->hub);

    for (size_t i = 0; i < epochs->count; i++)
        len += (size_t)snprintf(out + len, TEXT_ROOM - len, "%" PRId64 " = %" PRId64 "\n",
                                epochs->at[i].began_us, epochs->at[i].first);
    len +=
        (size_t)snprintf(out + len, TEXT_ROOM - len, "copy = %s\n", epochs->is_copy ? "yes" : "no");
    print_check((lb_span){out, len}, check);
    len += (size_t)snprintf(out + len, TEXT_ROOM - len, "check = %s\n", check);
    return (lb_span){out, len};
}

static bool cut_line(lb_span *rest, lb_span *name, lb_span *value)
{
    lb_span line;

    if (!lb_span_cut(rest, '\n', &line) || !lb_span_cut(&line, '=', name))
        return false;
    *name = lb_span_trim(*name);
    *value = lb_span_trim(line);
    return true;
}

static bool take_line(lb_epochs *epochs, lb_span name, lb_span value)
{
    lb_epoch one;

    if (lb_span_is(name, "hub")) {
        char text[LB_HUB_ID_ROOM];
        lb_span_to_text(text, sizeof text, value);
        epochs->hub = (int64_t)strtoull(text, NULL, 16);
        return epochs->hub > 0 && epochs->hub <= LB_HUB_ID_MAX;
    }
    if (lb_span_is(name, "copy")) {
        epochs->is_copy = lb_span_is(value, "yes");
        return true;
    }
    if (!lb_span_number(name, &one.began_us) || !lb_span_number(value, &one.first) ||
        epochs->count == LB_EPOCHS_MAX)
        return false;
    epochs->at[epochs->count++] = one;
    return true;
}

static bool is_check_good(lb_span text, lb_span check)
{
    char again[CHECK_ROOM];

    print_check(text, again);
    return lb_span_is(check, again);
}

/* Stops at the line of the check; what follows it is ignored. */
static bool read_text(lb_epochs *epochs, lb_span text)
{
    lb_span rest = text, name, value;

    memset(epochs, 0, sizeof *epochs);
    for (;;) {
        const char *line = rest.at;
        if (!cut_line(&rest, &name, &value))
            return false;
        if (lb_span_is(name, "check"))
            return epochs->hub > 0 && epochs->count > 0 &&
                   is_check_good(lb_span_between(text.at, line), value);
        if (!take_line(epochs, name, value))
            return false;
    }
}

/* -- the file ---------------------------------------------------------------------------------- */

static lb_err complain(const char *what, const char *path)
{
    int why = errno;

    lb_log(LB_LOG_HUB_FAIL, "what=%s path=%s why=\"%s\"", what, path, strerror(why));
    return lb_err_is_full(why) ? LB_ERR_FULL : LB_ERR_IO;
}

static lb_err read_file(lb_epochs *epochs, const char *path)
{
    char text[TEXT_ROOM];

    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? LB_ERR_NOT_FOUND : complain("hub-id", path);
    ssize_t len = read(fd, text, sizeof text);
    lb_err err = len < 0 ? complain("hub-id", path) : LB_OK;
    close(fd);
    if (err != LB_OK)
        return err;
    return read_text(epochs, (lb_span){text, (size_t)len}) ? LB_OK : LB_ERR_CORRUPT;
}

static bool sync_folder_of(const char *path)
{
    char folder[PATH_ROOM];

    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - path),
             slash == NULL ? "." : path);
    return lb_path_sync(folder) == LB_OK;
}

static bool write_synced(const char *path, lb_span text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    ssize_t len = fd < 0 ? -1 : write(fd, text.at, text.len);
    bool is_written = len == (ssize_t)text.len && fsync(fd) == 0;

    if (len >= 0 && len != (ssize_t)text.len)
        errno = ENOSPC; /* a short write */
    if (fd >= 0 && close(fd) != 0)
        is_written = false;
    return is_written;
}

/* Replaces the file atomically: after a crash it is the old or the new one. Synced before it
 * returns, so that no number of a new epoch is given out before the epoch is on disk. */
static lb_err write_file(const lb_epochs *epochs, const char *path)
{
    char text[TEXT_ROOM], fresh[PATH_ROOM];

    snprintf(fresh, sizeof fresh, "%s.new", path);
    if (write_synced(fresh, print_text(epochs, text)) && rename(fresh, path) == 0 &&
        sync_folder_of(path))
        return LB_OK;
    lb_err err = complain("hub-id", path);
    unlink(fresh);
    return err;
}

/* -- epochs ------------------------------------------------------------------------------------ */

int64_t lb_epochs_present(const lb_epochs *epochs)
{
    return epochs->at[epochs->count - 1].began_us;
}

static void add_epoch(lb_epochs *epochs, int64_t first)
{
    int64_t now_us = lb_clock_now_us();

    if (epochs->count > 0 && now_us <= lb_epochs_present(epochs))
        now_us = lb_epochs_present(epochs) + 1;
    if (epochs->count == LB_EPOCHS_MAX) {
        epochs->count--;
        memmove(epochs->at, epochs->at + 1, epochs->count * sizeof *epochs->at);
    }
    epochs->at[epochs->count++] = (lb_epoch){now_us, first};
}

static int64_t random_id(void)
{
    uint64_t number;

    randombytes_buf(&number, sizeof number);
    return (int64_t)(number % (uint64_t)LB_HUB_ID_MAX) + 1;
}

static lb_err make(lb_epochs *epochs, const char *path)
{
    char id[LB_HUB_ID_ROOM];

    memset(epochs, 0, sizeof *epochs);
    epochs->hub = random_id();
    add_epoch(epochs, 1);
    lb_err err = write_file(epochs, path);
    lb_hub_id_print(id, epochs->hub);
    if (err == LB_OK)
        lb_log(LB_LOG_HUB_ID, "hub=%s", id);
    return err;
}

static lb_err replace_damaged(lb_epochs *epochs, const char *path)
{
    char damaged[PATH_ROOM];

    snprintf(damaged, sizeof damaged, "%s.damaged", path);
    lb_log(LB_LOG_HUB_ID_DAMAGED, "path=%s kept=%s", path, damaged);
    if (rename(path, damaged) != 0)
        return complain("hub-id", path);
    return make(epochs, path);
}

lb_err lb_epochs_open(lb_epochs *epochs, const char *path)
{
    lb_err err = read_file(epochs, path);

    if (err == LB_ERR_NOT_FOUND)
        return make(epochs, path);
    return err == LB_ERR_CORRUPT ? replace_damaged(epochs, path) : err;
}

lb_err lb_epochs_begin(lb_epochs *epochs, const char *path, int64_t first)
{
    lb_epochs next = *epochs;

    next.is_copy = false;
    add_epoch(&next, first);
    lb_err err = write_file(&next, path);
    if (err != LB_OK)
        return err;
    *epochs = next;
    lb_log(LB_LOG_HUB_EPOCH, "epoch=%lld first=%lld", (long long)lb_epochs_present(&next),
           (long long)first);
    return LB_OK;
}

lb_err lb_epochs_copy(const char *from, const char *to)
{
    lb_epochs epochs;

    lb_err err = read_file(&epochs, from);
    epochs.is_copy = true;
    return err == LB_OK ? write_file(&epochs, to) : err;
}

/* -- positions --------------------------------------------------------------------------------- */

lb_position_entry lb_epochs_entry(const lb_epochs *epochs, int64_t number)
{
    return (lb_position_entry){epochs->hub, lb_epochs_present(epochs), number, LB_UNKNOWN};
}

lb_position lb_epochs_position(const lb_epochs *epochs, int64_t number, lb_arena *arena)
{
    lb_position_entry *one = lb_arena_alloc(arena, sizeof *one);

    if (one == NULL)
        return (lb_position){{NULL, 0, 0}};
    *one = lb_epochs_entry(epochs, number);
    return lb_position_of(one);
}

/* Numbers below the result are the same in that epoch and in the present one. It is the lowest
 * first number of the epochs after it, INT64_MAX for the present epoch and 1 for an unknown one. */
static int64_t shared_below(const lb_epochs *epochs, int64_t epoch)
{
    int64_t below = INT64_MAX;
    size_t i = epochs->count;

    while (i > 0 && epochs->at[i - 1].began_us != epoch) {
        i--;
        below = epochs->at[i].first < below ? epochs->at[i].first : below;
    }
    return i == 0 ? 1 : below;
}

static lb_span name_hubs(const lb_epochs *epochs, int64_t other, lb_arena *arena)
{
    char asked[LB_HUB_ID_ROOM], own[LB_HUB_ID_ROOM];

    lb_hub_id_print(asked, other);
    lb_hub_id_print(own, epochs->hub);
    return lb_arena_print(arena, "this position is of hub %s; this hub is %s", asked, own);
}

lb_err lb_epochs_judge(const lb_epochs *epochs, const lb_position *position, lb_position_use use,
                       lb_arena *arena, int64_t *number, lb_span *why)
{
    const lb_position_entry *one = position->entries.at;

    for (size_t i = 0; i < position->entries.count; i++)
        if (one[i].hub != LB_UNKNOWN && one[i].hub != epochs->hub) {
            *why = name_hubs(epochs, one[i].hub, arena);
            return LB_ERR_FOREIGN;
        }
    if (position->entries.count != 1 || one->number < 0) {
        *why = LB_SPAN("a position has one entry for this hub, with a number");
        return LB_ERR_MISUSE;
    }
    bool is_before = use == LB_POSITION_FROM && (one->ordinal == LB_UNKNOWN || one->ordinal == 0);
    int64_t had = is_before ? one->number - 1 : one->number;
    int64_t below = one->epoch == LB_UNKNOWN ? INT64_MAX : shared_below(epochs, one->epoch);
    *number = one->number;
    if (had < below)
        return LB_OK;
    *number = below;
    *why = lb_arena_print(arena,
                          "this journal was restored: its numbers continue at %lld in a new epoch, "
                          "and earlier events with numbers from %lld on are not in it",
                          (long long)below, (long long)below);
    return LB_ERR_RESET;
}
