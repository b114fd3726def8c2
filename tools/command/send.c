/* send.c - sends files, folders or stdin to the hub and waits until they are on disk there.
 *
 * One file is one message, unless its format has several in one file (adapters that split). A receipt
 * is printed for each: kept, duplicate or refused, with the reason and the byte. */
#include "command.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { FILE_MAX = 8 * 1024 * 1024, WAIT_MS = 60 * 1000, PUSH_MS = 30 * 1000 };

typedef struct delivery {
    const common_options *common;
    lb_client *client;
    lb_span format;
    bool is_quiet;
    char **names; /* of the pushes, by ticket - 1 */
    size_t count, room;
    int64_t kept, duplicates, refused, failed;
    int code;
} delivery;

static void print_json_member(const char *name, lb_span text)
{
    printf(",\"%s\":", name);
    print_json_string(text);
}

static void print_receipt_json(const char *name, const lb_receipt *receipt)
{
    fputs("{\"file\":", stdout);
    print_json_string(lb_span_of(name));
    printf(",\"result\":\"%s\"", lb_result_name(receipt->result));
    if (receipt->first_seq != LB_UNKNOWN)
        printf(",\"first_seq\":%lld", (long long)receipt->first_seq);
    if (receipt->events != LB_UNKNOWN)
        printf(",\"events\":%lld", (long long)receipt->events);
    if (receipt->error.len > 0)
        print_json_member("error", receipt->error),
            print_json_member("next_step", receipt->next_step);
    if (receipt->offset != LB_UNKNOWN)
        printf(",\"offset\":%lld", (long long)receipt->offset);
    if (receipt->quarantine_id != LB_UNKNOWN)
        printf(",\"quarantine_id\":%lld", (long long)receipt->quarantine_id);
    if (receipt->text.len > 0)
        print_json_member("text", receipt->text);
    if (receipt->answer.len > 0)
        print_json_member("answer", receipt->answer);
    fputs("}\n", stdout);
}

static void print_refusal(const char *name, const lb_receipt *receipt)
{
    printf("%srefused%s    %s: %s", colour(stdout, RED), colour(stdout, PLAIN), show_name(name),
           show_text(receipt->error));
    if (receipt->offset != LB_UNKNOWN)
        printf(" at byte %lld", (long long)receipt->offset);
    if (receipt->text.len > 0)
        printf(": %s", show_text(receipt->text));
    if (receipt->quarantine_id != LB_UNKNOWN)
        printf(" (quarantine %lld)", (long long)receipt->quarantine_id);
    printf("; %s\n", lb_span_is(receipt->next_step, lb_next_step_name(LB_NEXT_STEP_SENDER_FIX))
                         ? "correct it and send it again"
                         : "it may be sent again later");
}

/* The hub's answer in the sender's format: a technical receipt, or the answer to a request. */
static void print_answer(const char *name, lb_span answer)
{
    printf("answer     %s:\n", show_name(name));
    print_lines(stdout, answer, "    ");
}

static void take_receipt(void *whose, uint64_t ticket, const lb_receipt *receipt)
{
    delivery *to = whose;
    const char *name = ticket <= to->count ? to->names[ticket - 1] : "?";
    to->kept += receipt->result == LB_RESULT_KEPT;
    to->duplicates += receipt->result == LB_RESULT_DUPLICATE;
    to->refused += receipt->result == LB_RESULT_REFUSED;
    to->failed += receipt->result == LB_RESULT_FAILED;

    if (to->common->json)
        print_receipt_json(name, receipt);
    else if (receipt->result == LB_RESULT_REFUSED || receipt->result == LB_RESULT_FAILED)
        print_refusal(name, receipt);
    else if (!to->is_quiet)
        printf("%-10s %s: %s events%s\n",
               receipt->result == LB_RESULT_DUPLICATE ? "duplicate" : "kept", show_name(name),
               show_number(receipt->events).text, receipt->doubts > 0 ? ", with doubts" : "");
    if (!to->common->json && receipt->answer.len > 0)
        print_answer(name, receipt->answer);
}

static bool remember_name(delivery *to, const char *name)
{
    if (to->count == to->room) {
        size_t room = to->room == 0 ? 64 : to->room * 2;
        char **names = realloc(to->names, room * sizeof *names);
        if (names == NULL)
            return false;
        to->names = names;
        to->room = room;
    }
    to->names[to->count] = strdup(name);
    return to->names[to->count] != NULL && ++to->count > 0;
}

static void send_file(delivery *to, const char *path)
{
    char *bytes;
    size_t len;
    uint64_t ticket;
    if (!file_read(path, FILE_MAX, &bytes, &len)) {
        to->code = EXIT_TROUBLE;
        return;
    }
    const char *dot = strrchr(path, '.');
    if (dot != NULL && strcmp(dot, ".hex") == 0)
        hex_read(bytes, &len);

    lb_err err = remember_name(to, path) ? lb_client_push(to->client, LB_EMPTY, to->format,
                                                          (lb_span){bytes, len}, PUSH_MS, &ticket)
                                         : LB_ERR_NO_MEMORY;
    if (err != LB_OK)
        to->code = hub_error(to->common, err);
    free(bytes);
}

static void send_folder(delivery *to, const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0) {
        complain("landbridge send: cannot open folder %s: %s\n", path, strerror(errno));
        to->code = EXIT_TROUBLE;
        return;
    }
    progress bar;
    progress_start(&bar, "sending", count);
    for (int i = 0; i < count; i++) {
        char file[4096];
        struct stat about;
        int len = snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        bool is_file = len > 0 && (size_t)len < sizeof file && stat(file, &about) == 0 &&
                       S_ISREG(about.st_mode);
        if (is_file && to->code == EXIT_FINE)
            send_file(to, file);
        progress_show(&bar, i);
        free(entries[i]);
    }
    progress_end(&bar);
    free(entries);
}

static void send_path(delivery *to, const char *path)
{
    struct stat about;
    if (strcmp(path, "-") != 0 && stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        send_folder(to, path);
    else
        send_file(to, path);
}

static int finish(delivery *to)
{
    lb_err err = lb_client_flush(to->client, WAIT_MS);
    if (err != LB_OK && to->code == EXIT_FINE)
        to->code = hub_error(to->common, err);
    if (!to->common->json)
        printf("%lld kept, %lld duplicate, %lld refused, %lld failed\n", (long long)to->kept,
               (long long)to->duplicates, (long long)to->refused,
               (long long)(to->failed + (int64_t)lb_client_outstanding(to->client)));
    if (to->code == EXIT_FINE && to->refused + to->failed > 0)
        to->code = EXIT_REJECTED;
    return to->code;
}

static int run(const subcommand *self, int argc, char **argv)
{
    const char *format = NULL, *source = NULL;
    common_options common = {0};
    delivery to = {.common = &common};
    const option_row rows[] = {
        {"--format", "NAME", "adapter to read it with (chosen by probing)", &format, NULL},
        {"--source", "NAME", "source of the messages (local)", &source, NULL},
        {"--quiet", NULL, "print refusals and the sum only", NULL, &to.is_quiet},
    };
    int words;
    if (!options_read(self, rows, sizeof rows / sizeof rows[0], &common, argc, argv, &words))
        return common.help ? EXIT_FINE : EXIT_USAGE;
    if (words == 0) {
        fputs("landbridge send: name files, folders, or - for stdin\n", stderr);
        return EXIT_USAGE;
    }
    to.format = lb_span_of(format);
    to.code = hub_open(&common, &to.client);
    if (to.code != EXIT_FINE)
        return to.code;

    lb_client_on_receipt(to.client, take_receipt, &to);
    if (source != NULL && lb_client_source(to.client, source) != LB_OK) {
        complain("landbridge send: '%s' is not a valid source name\n", source);
        to.code = EXIT_USAGE;
    }
    for (int i = 0; i < words && to.code == EXIT_FINE; i++)
        send_path(&to, argv[i]);
    int code = to.code == EXIT_USAGE ? to.code : finish(&to);
    for (size_t i = 0; i < to.count; i++)
        free(to.names[i]);
    free(to.names);
    lb_client_close(&to.client);
    return code;
}

const subcommand command_send = {
    .name = "send",
    .words = "send files, folders or stdin to the hub; waits for the receipts",
    .usage = "[OPTIONS] FILE|FOLDER|-...",
    .example = "  landbridge send --source cr-urumqi iftsta/*.edi\n"
               "  landbridge send --format air.fsu - < status.txt\n",
    .run = run,
};
