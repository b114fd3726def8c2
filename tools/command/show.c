/* show.c - prints untrusted text safely: messages, answers, names of files, errors.
 *
 *     stdout    printf("%s", show_text(text))     a text of a message or answer
 *               print_lines(stdout, text)         an answer of several lines
 *               print_json_string, print_json     JSON
 *     stderr    complain(...)                     one line
 *
 * tools/checks/shown refuses any other way. */
#include "command.h"

#include <stdarg.h>
#include <stdlib.h>

#include "landbridge/client/show.h"

enum { SHOWN = 32 }; /* texts of one line of output */

const char *show_text(lb_span text)
{
    static _Thread_local struct {
        char *at;
        size_t room;
    } shown[SHOWN];
    static _Thread_local unsigned next;
    unsigned turn = next++ % SHOWN;
    size_t room = LB_SHOW_ROOM * text.len + 1;

    if (shown[turn].room < room) {
        char *wider = realloc(shown[turn].at, room);
        if (wider == NULL)
            return "?";
        shown[turn].at = wider;
        shown[turn].room = room;
    }
    lb_show(shown[turn].at, room, text, LB_SHOW_PLAIN);
    return shown[turn].at;
}

const char *show_name(const char *name)
{
    return show_text(lb_span_of(name));
}

void print_lines(FILE *out, lb_span text, const char *indent)
{
    lb_span line;

    if (text.len > 0 && text.at[text.len - 1] == '\n')
        text.len--;
    while (lb_span_cut(&text, '\n', &line)) {
        if (line.len > 0 && line.at[line.len - 1] == '\r')
            line.len--;
        fprintf(out, "%s%s\n", indent, show_text(line));
    }
}

void complain(const char *format, ...)
{
    char *line = NULL;
    va_list facts;

    va_start(facts, format);
    int len = vasprintf(&line, format, facts);
    va_end(facts);
    if (len < 0)
        return;
    bool ends = len > 0 && line[len - 1] == '\n';
    fputs(show_text((lb_span){line, (size_t)len - ends}), stderr);
    if (ends)
        fputc('\n', stderr);
    free(line);
}

void print_record_text(lb_span text, const char *end)
{
    fwrite(text.at, 1, text.len, stdout);
    fputs(end, stdout);
}

void print_json_string(lb_span text)
{
    char shown[LB_SHOW_ROOM];

    putchar('"');
    while (text.len > 0) {
        size_t len = lb_show_next(&text, LB_SHOW_JSON, shown);
        fwrite(shown, 1, len, stdout);
    }
    putchar('"');
}
