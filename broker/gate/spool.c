/* spool.c - the gate for files: a watched folder.
 *
 *     look ──> next file ──> its messages ──> submitter ──receipts──> done/ or rejected/
 *
 * One thread, one file at a time. If the hub stops between receipts and rename, the file is found
 * and sent again at the next start, and the delivery keys make its messages duplicates: nothing is
 * lost or doubled. */
#include "gate/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "gate/gate.h"
#include "landbridge/adapter/adapter.h"
#include "landbridge/client/show.h"
#include "submitter.h"

enum {
    LOOK_MS = 300,
    WAIT_MS = 100, /* between two attempts to send while the intake is busy */
    RECEIPT_MS = 30000,
    PATH_ROOM = 4096,
    NAME_ROOM = 256,
    ROUND = 500, /* messages of one file without receipt at a time */
};

struct lb_spool {
    lb_submitter *intake;
    int stop; /* readable: the thread ends */
    char root[PATH_ROOM];
    size_t message_bytes;
    lb_thread thread;
    int64_t files; /* number of files sent so far */
};

typedef struct spool_tag { /* identifies a message at the submitter */
    int64_t file;          /* spool_file.number */
    size_t message;        /* its position in the file, from 1 */
} spool_tag;

typedef struct spool_file {
    const lb_spool *spool;
    int64_t number; /* unique in this process */
    char source[NAME_ROOM], name[NAME_ROOM];
    char path[PATH_ROOM];
    lb_span bytes;
    char *report; /* reasons of refusals, a line each; owned */
    size_t report_len;
    size_t sent, refused;
    lb_err err; /* not OK: the hub could not keep a message of it */
} spool_file;

/* -- the receipt of one message ---------------------------------------------------------------- */

static void report(spool_file *file, const char *line, size_t len)
{
    char *longer = realloc(file->report, file->report_len + len + 1);

    if (longer == NULL)
        return;
    memcpy(longer + file->report_len, line, len);
    file->report = longer;
    file->report_len += len;
    file->report[file->report_len] = '\0';
}

static void report_refusal(spool_file *file, size_t number, lb_span error, lb_span next_step,
                           int64_t offset, lb_span text, int64_t quarantine_id)
{
    char line[512], place[32] = "", stored[48] = "", shown[300];

    file->refused++;
    if (offset != LB_UNKNOWN)
        snprintf(place, sizeof place, " at byte %lld", (long long)offset);
    if (quarantine_id != LB_UNKNOWN)
        snprintf(stored, sizeof stored, " [quarantine %lld]", (long long)quarantine_id);
    lb_show(shown, sizeof shown, text, LB_SHOW_PLAIN); /* escaped, since it is read in a terminal */
    int len = snprintf(line, sizeof line, "message %zu: %.*s (%.*s)%s: %s%s\n", number,
                       LB_ARG(error), LB_ARG(next_step), place, shown, stored);
    if (len > 0)
        report(file, line, (size_t)len < sizeof line ? (size_t)len : sizeof line - 1);
}

/* Writes the answer in the carrier's own format (a receipt, or the answer to a query) to
 * answers/SOURCE-FILE.NUMBER, written as .part and renamed when complete. A file that is sent again
 * after a crash overwrites the same name. */
static void write_answer(const lb_spool *spool, const spool_file *file, size_t number,
                         lb_span answer)
{
    char path[PATH_ROOM], part[PATH_ROOM + 8];
    int len = snprintf(path, sizeof path, "%s/answers/%s-%s.%zu", spool->root, file->source,
                       file->name, number);
    if (answer.len == 0 || len < 0 || (size_t)len >= sizeof path)
        return;
    snprintf(part, sizeof part, "%s.part", path);
    FILE *out = fopen(part, "we");
    bool is_fine = out != NULL && fwrite(answer.at, 1, answer.len, out) == answer.len;
    if (out != NULL)
        is_fine = fclose(out) == 0 && is_fine;
    if (!is_fine || rename(part, path) != 0)
        lb_log(LB_LOG_SPL_FAIL, "file=%s err=%s", path, lb_err_name(LB_ERR_IO));
}

/* After FAILED or without a receipt (NULL) the error is the hub's, so the file stays and is tried
 * again. */
static void take_receipt(void *whose, const void *tag, const lb_receipt *receipt)
{
    spool_file *file = whose;
    const spool_tag *of = tag;

    if (of->file != file->number) /* of an earlier file, which was given up */
        return;
    if (receipt == NULL || receipt->result == LB_RESULT_FAILED) {
        file->err = LB_ERR_BUSY;
        return;
    }
    if (receipt->result == LB_RESULT_REFUSED)
        report_refusal(file, of->message, receipt->error, receipt->next_step, receipt->offset,
                       receipt->text, receipt->quarantine_id);
    write_answer(file->spool, file, of->message, receipt->answer);
}

/* -- one file ---------------------------------------------------------------------------------- */

/* Cuts the next message off the file with the adapter's split, or takes all the rest without
 * one. */
static lb_span next_message(const lb_adapter *adapter, lb_span *rest)
{
    lb_span message = *rest;

    if (adapter == NULL || adapter->split == NULL || adapter->split(rest, &message) != LB_OK ||
        message.len == 0) {
        message = *rest;
        *rest = LB_EMPTY;
    }
    return message;
}

/* Waits until every message sent has its receipt. TIMEOUT: RECEIPT_MS passed. CLOSED: the gate is
 * closing. */
static lb_err await_receipts(lb_spool *spool, spool_file *file)
{
    int64_t until_us = lb_clock_monotonic_us() + RECEIPT_MS * INT64_C(1000);

    while (lb_submitter_waiting(spool->intake) > 0) {
        int64_t now_us = lb_clock_monotonic_us();
        if (now_us >= until_us) {
            lb_submitter_expire(spool->intake, now_us, take_receipt, file);
            return LB_ERR_TIMEOUT;
        }
        lb_submitter_flush(spool->intake, now_us);
        if (lb_submitter_wait(spool->intake, spool->stop, WAIT_MS) == LB_ERR_CLOSED)
            return LB_ERR_CLOSED;
        lb_submitter_take(spool->intake, take_receipt, file);
    }
    return file->err;
}

static lb_err push(lb_spool *spool, spool_file *file, lb_span body)
{
    const lb_submit_head head = {.source = lb_span_of(file->source)};
    const lb_message message = {.body = body};
    const spool_tag tag = {file->number, ++file->sent};

    lb_err err = lb_submitter_push(spool->intake, &head, &message, &tag, lb_clock_monotonic_us());
    if (err == LB_ERR_BUSY)
        err = await_receipts(spool, file);
    else
        return err;
    return err == LB_OK
               ? lb_submitter_push(spool->intake, &head, &message, &tag, lb_clock_monotonic_us())
               : err;
}

static lb_err send_messages(lb_spool *spool, spool_file *file)
{
    const lb_adapter *adapter = lb_adapter_probe(file->bytes);
    lb_span rest = file->bytes;
    lb_err err = LB_OK;

    file->number = ++spool->files;
    while (err == LB_OK && rest.len > 0) {
        for (int i = 0; err == LB_OK && rest.len > 0 && i < ROUND; i++)
            err = push(spool, file, next_message(adapter, &rest));
        if (err == LB_OK)
            err = await_receipts(spool, file);
    }
    return err;
}

static lb_err read_bytes(spool_file *file, size_t size)
{
    int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    char *at = malloc(size + 1);
    size_t have = 0;
    lb_err err = fd < 0 || at == NULL ? LB_ERR_IO : LB_OK;

    while (err == LB_OK && have < size) {
        ssize_t got = read(fd, at + have, size - have);
        if (got <= 0)
            err = LB_ERR_IO;
        else
            have += (size_t)got;
    }
    if (fd >= 0)
        close(fd);
    if (err != LB_OK) {
        free(at);
        return err;
    }
    file->bytes = (lb_span){at, have};
    return LB_OK;
}

/* Moves the file to done/ or rejected/. If the name exists there a number is appended: nothing is
 * overwritten. */
static lb_err put_away(const lb_spool *spool, const spool_file *file, const char *folder,
                       char *away, size_t away_room)
{
    for (int number = 0; number < 10000; number++) {
        char suffix[16] = "";
        if (number > 0)
            snprintf(suffix, sizeof suffix, ".%d", number);
        int len = snprintf(away, away_room, "%s/%s/%s%s%s%s", spool->root, folder,
                           strcmp(file->source, "local") == 0 ? "" : file->source,
                           strcmp(file->source, "local") == 0 ? "" : "-", file->name, suffix);
        if (len < 0 || (size_t)len >= away_room)
            return LB_ERR_TOO_BIG;
        if (renameat2(AT_FDCWD, file->path, AT_FDCWD, away, RENAME_NOREPLACE) == 0)
            return LB_OK;
        if (errno != EEXIST)
            return LB_ERR_IO;
    }
    return LB_ERR_FULL;
}

static void write_reason(const char *away, const spool_file *file)
{
    char path[PATH_ROOM + 8];

    snprintf(path, sizeof path, "%s.txt", away);
    FILE *reason = fopen(path, "we");
    if (reason == NULL)
        return;
    fwrite(file->report, 1, file->report_len, reason);
    fclose(reason);
}

static void finish_file(const lb_spool *spool, const spool_file *file)
{
    char away[PATH_ROOM];
    const char *folder = file->refused > 0 ? "rejected" : "done";

    lb_err err = put_away(spool, file, folder, away, sizeof away);
    if (err != LB_OK)
        lb_log(LB_LOG_SPL_FAIL, "file=%s err=%s", file->path, lb_err_name(err));
    else if (file->refused > 0 && file->report != NULL)
        write_reason(away, file);
}

static void handle_file(lb_spool *spool, spool_file *file)
{
    struct stat facts;
    lb_err err = LB_OK;

    if (lstat(file->path, &facts) != 0 || !S_ISREG(facts.st_mode))
        return;
    if ((size_t)facts.st_size > spool->message_bytes)
        report_refusal(file, 1, LB_SPAN("TOO_BIG"), LB_SPAN("SENDER_FIX"), LB_UNKNOWN,
                       LB_SPAN("the file is over the hub's limit for a message"), LB_UNKNOWN);
    else if (facts.st_size == 0)
        report_refusal(file, 1, LB_SPAN("CUT_SHORT"), LB_SPAN("SENDER_FIX"), 0,
                       LB_SPAN("the file is empty"), LB_UNKNOWN);
    else
        err = read_bytes(file, (size_t)facts.st_size);
    if (err == LB_OK && file->bytes.len > 0)
        err = send_messages(spool, file);
    if (err == LB_OK)
        finish_file(spool, file);
    else if (err != LB_ERR_CLOSED)
        lb_log(LB_LOG_SPL_FAIL, "file=%s err=%s", file->path, lb_err_name(err));
    free((void *)(uintptr_t)file->bytes.at);
    free(file->report);
}

/* -- looking ----------------------------------------------------------------------------------- */

static bool ends_in(const char *name, const char *ending)
{
    size_t len = strlen(name), end = strlen(ending);

    return len >= end && strcmp(name + len - end, ending) == 0;
}

static bool is_ready(const char *name)
{
    return name[0] != '.' && !ends_in(name, ".part") && !ends_in(name, ".tmp") &&
           strlen(name) < NAME_ROOM;
}

static void look_into(lb_spool *spool, const char *folder, const char *source)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;

    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        spool_file file = {.spool = spool};
        if (!is_ready(entry->d_name))
            continue;
        snprintf(file.source, sizeof file.source, "%s", source);
        snprintf(file.name, sizeof file.name, "%s", entry->d_name);
        int len = snprintf(file.path, sizeof file.path, "%s/%s", folder, entry->d_name);
        if (len > 0 && (size_t)len < sizeof file.path)
            handle_file(spool, &file);
    }
    closedir(dir);
}

static void look_into_sources(lb_spool *spool)
{
    DIR *root = opendir(spool->root);
    const struct dirent *entry;

    if (root == NULL)
        return;
    while ((entry = readdir(root)) != NULL) {
        char folder[PATH_ROOM];
        struct stat facts;
        int len = snprintf(folder, sizeof folder, "%s/%s", spool->root, entry->d_name);
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "done") == 0 ||
            strcmp(entry->d_name, "rejected") == 0 || strcmp(entry->d_name, "answers") == 0 ||
            len < 0 || (size_t)len >= sizeof folder)
            continue;
        if (lstat(folder, &facts) == 0 && S_ISDIR(facts.st_mode))
            look_into(spool, folder, entry->d_name);
    }
    closedir(root);
}

/* The thread. Receipts that come between two rounds are of a file that was given up. */
static void *run(void *argument)
{
    lb_spool *spool = argument;
    spool_file none = {.spool = spool};

    do {
        look_into(spool, spool->root, "local");
        look_into_sources(spool);
        lb_submitter_take(spool->intake, take_receipt, &none);
    } while (lb_submitter_wait(spool->intake, spool->stop, LOOK_MS) != LB_ERR_CLOSED);
    return NULL;
}

/* -- open and close ---------------------------------------------------------------------------- */

static lb_err open_submitter(lb_spool *spool, const lb_spool_options *options)
{
    const lb_submitter_options submitter = {.zmq = options->zmq,
                                            .endpoint = options->intake,
                                            .gate = "spool",
                                            .tag_bytes = sizeof(spool_tag),
                                            .message_bytes = spool->message_bytes};

    return lb_submitter_open(&spool->intake, &submitter);
}

lb_err lb_spool_open(lb_spool **out, const lb_spool_options *options)
{
    lb_spool *spool = calloc(1, sizeof *spool);
    if (spool == NULL)
        return LB_ERR_NO_MEMORY;
    spool->message_bytes = (size_t)options->message_bytes;
    int len = snprintf(spool->root, sizeof spool->root, "%s/spool", options->folder);
    spool->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    lb_err err = len < 0 || (size_t)len >= sizeof spool->root ? LB_ERR_TOO_BIG
                 : spool->stop < 0                            ? LB_ERR_IO
                                                              : open_submitter(spool, options);
    if (err == LB_OK)
        err = lb_thread_start(&spool->thread, LB_THREAD_spool, run, spool);
    if (err != LB_OK)
        lb_spool_close(&spool);
    else
        *out = spool;
    return err;
}

void lb_spool_close(lb_spool **out)
{
    lb_spool *spool = *out;

    if (spool == NULL)
        return;
    if (spool->thread.is_running) {
        eventfd_write(spool->stop, 1);
        lb_thread_join(&spool->thread);
    }
    lb_submitter_close(&spool->intake);
    if (spool->stop >= 0)
        close(spool->stop);
    free(spool);
    *out = NULL;
}

/* -- operations of the gate -------------------------------------------------------------------- */

static lb_err open_gate(void **gate, const lb_gate_site *site)
{
    const lb_spool_options options = {.zmq = site->zmq,
                                      .intake = site->intake,
                                      .folder = site->folder,
                                      .message_bytes = site->config->message_bytes};
    lb_spool *spool = NULL;
    lb_err err = lb_spool_open(&spool, &options);

    *gate = spool;
    return err;
}

static void close_gate(void **gate)
{
    lb_spool *spool = *gate;

    lb_spool_close(&spool);
    *gate = NULL;
}

const lb_gate_kind lb_gate_spool = {.name = "spool", .open = open_gate, .close = close_gate};
