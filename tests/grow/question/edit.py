#!/usr/bin/env python3
"""edit.py TREE - a question more: the place of the table that a text means. One row, a request and an answer, and the
function that answers it."""
import pathlib
import sys

tree = pathlib.Path(sys.argv[1])


def behind(name, mark, text):
    """Puts the text behind the first line that begins with the mark."""
    path = tree / name
    lines = path.read_text().splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if line.lstrip().startswith(mark))
    lines.insert(at + 1, text)
    path.write_text("".join(lines))


def before(name, mark, text):
    path = tree / name
    old = path.read_text()
    if mark not in old:
        sys.exit(f"edit.py: {name} has no '{mark}'")
    path.write_text(old.replace(mark, text + mark, 1))


# the row
behind("include/landbridge/asks.def", "LB_ASK(DEPARTURES",
       'LB_ASK(PLACE, 90, place, WORKER, OPERATOR | CARRIER | SHIPPER, ASKED, TEXT(place.text), GET, '
       '"/v1/places/{text}", "place", "the place of the table that a text means")\n')
# request and answer, in C and on the wire
before("include/landbridge/client/capacity.h", "typedef struct lb_yard_query",
       "typedef struct lb_place_query { /* PLACE */\n    lb_span text; /* UN/LOCODE, IATA code or name */\n} lb_place_query;\n\n"
       "typedef struct lb_place_answer {\n    lb_span place; /* its key */\n"
       "} lb_place_answer;\n\n")
behind("include/landbridge/client/answer.h", "lb_yard_query yard;", "    lb_place_query place;\n")
behind("include/landbridge/client/answer.h", "lb_yard yard;", "    lb_place_answer place;\n")
before("proto/landbridge/v1/wire.proto", "// YARD\nmessage YardQuery",
       "// PLACE\nmessage PlaceQuery {\n  optional string text = 1;\n}\n\n"
       "message PlaceAnswer {\n  optional string place = 1;\n}\n\n")
behind("proto/landbridge/v1/wire.proto", "ASK_DEPARTURES = ", "  ASK_PLACE = 90;\n")
behind("proto/landbridge/v1/wire.proto", "optional YardQuery yard", "  optional PlaceQuery place = 190;\n")
behind("proto/landbridge/v1/wire.proto", "optional Yard yard", "  optional PlaceAnswer place = 190;\n")
before("proto/wire/record.c", "#define S lb_yard_query",
       "#define S lb_place_query\nstatic const lb_row place_query_rows[] = {TEXT(text)};\n"
       "static RECORD(place_query, S, place_query);\n#undef S\n#define S lb_place_answer\n"
       "static const lb_row place_answer_rows[] = {TEXT(place)};\nstatic RECORD(place_answer, S, place_answer);\n#undef S\n")
before("proto/wire/record.c", "};\nRECORD(query, S, query);", ", NEST(place, place_query)") # rows stand by number
before("proto/wire/record.c", "};\nRECORD(answer, S, answer);", ", NEST(place, place_answer)")
# the function
before("broker/net/query_worker.c", "/* Where each question of asks.def is answered. */", """\
static lb_err answer_place(lb_query_worker *worker, const lb_query *query, lb_answer *answer)
{
    const lb_place_entry *entry = lb_place_by_any(query->place.text);

    (void)worker;
    if (entry == NULL)
        return LB_ERR_NOT_FOUND;
    answer->place.place = lb_span_of(entry->key);
    return LB_OK;
}

""")
behind("broker/net/query_worker.c", '#include "keep/quarantine.h"', '#include "landbridge/client/place.h"\n')
