/* jt808_talk.c - the messages of truck terminals and their answers; see jt808_gate.h.
 *
 *     frame --permitted----> heartbeat, authentication, time request   answered at once, not kept
 *        |                   package                                   reassembled, then as a report
 *        |                   report, registration, logout              answered after its receipt
 *        '--not permitted--> rejected
 *
 *     receipt KEPT, DUPLICATE --> "done"     REFUSED --> "wrong", "not supported"
 *     receipt FAILED, or none --> no answer */
#include "jt808_gate.h"

#include "answer808.h"
#include "base/clock.h"
#include "landbridge/client/time.h"
#include "pack.h"
#include "register808.h"

enum { ASSEMBLY_LIFE_S = 60 };

/* messages that the gate handles itself; all others go to the hub */
enum {
    GENERAL_ANSWER = 0x0001,
    HEARTBEAT = 0x0002,
    DEREGISTER = 0x0003,
    ASK_TIME = 0x0004,
    REGISTER = 0x0100,
    AUTHENTICATE = 0x0102,
};

/* -- answers ----------------------------------------------------------------------------------- */

static void say(lb_jt808_gate *gate, lb_808_connection *conn, const lb_808_header *asked,
                lb_808_result result)
{
    char out[LB_808_ANSWER_ROOM];
    if (!lb_808_is_answered(asked->id))
        return;
    lb_808_connection_put(gate, conn, out, lb_808_answer(asked, result, conn->serial++, out));
}

static void say_registered(lb_jt808_gate *gate, lb_808_connection *conn, const lb_808_header *asked,
                           lb_808_result result)
{
    char terminal[LB_808_TERMINAL_ROOM], out[LB_808_ANSWER_ROOM];
    lb_808_terminal(asked, terminal);
    lb_808_session *session =
        result == LB_808_DONE ? lb_808_session_need(gate->sessions, terminal) : NULL;
    if (session != NULL)
        lb_808_session_register(session, conn->generation);
    lb_span code = session != NULL ? lb_span_of(session->code) : LB_EMPTY;
    size_t len = lb_808_answer_register(asked, result, code, conn->serial++, out);
    lb_808_connection_put(gate, conn, out, len);
}

static void say_time(lb_jt808_gate *gate, lb_808_connection *conn, const lb_808_header *asked)
{
    char out[LB_808_ANSWER_ROOM];
    size_t len = lb_808_answer_time(asked, lb_clock_now_us(), conn->serial++, out);
    lb_808_connection_put(gate, conn, out, len);
}

/* Answers all packages of a message, the last package last. */
static void say_packages(lb_jt808_gate *gate, lb_808_connection *conn, const lb_808_header *first,
                         lb_808_result result)
{
    lb_808_header asked = *first;
    if (gate->options.answers_packages) { /* the others were answered when they came */
        asked.serial = (uint16_t)(first->serial + first->packages - 1);
        say(gate, conn, &asked, result);
        return;
    }
    for (uint16_t i = 0; i < first->packages; i++, asked.serial++)
        say(gate, conn, &asked, result);
}

/* -- what a receipt means ---------------------------------------------------------------------- */

static lb_808_assembly *find_pushed(lb_808_connection *conn, const lb_808_header *first)
{
    lb_808_assembly *at = conn->assemblies.at;
    for (size_t i = 0; i < LB_808_ASSEMBLIES; i++)
        if (at[i].progress == LB_808_PUSHED && at[i].first.serial == first->serial &&
            at[i].first.id == first->id &&
            memcmp(at[i].first.terminal, first->terminal, sizeof first->terminal) == 0)
            return &at[i];
    return NULL;
}

/* A logout invalidates the terminal's code. */
static void unregister(lb_jt808_gate *gate, const lb_808_header *asked)
{
    char terminal[LB_808_TERMINAL_ROOM];
    lb_808_terminal(asked, terminal);
    lb_808_session *session = lb_808_session_need(gate->sessions, terminal);
    if (session != NULL)
        lb_808_session_unregister(session);
}

static void answer_kept(lb_jt808_gate *gate, lb_808_connection *conn, const lb_808_header *asked,
                        lb_808_result result)
{
    lb_808_assembly *assembly = asked->packages > 1 ? find_pushed(conn, asked) : NULL;
    if (assembly != NULL)
        assembly->progress = LB_808_KEPT;
    if (asked->id == DEREGISTER && result == LB_808_DONE)
        unregister(gate, asked);
    if (asked->id == REGISTER)
        say_registered(gate, conn, asked, result);
    else if (asked->packages > 1)
        say_packages(gate, conn, asked, result);
    else
        say(gate, conn, asked, result);
}

static void answer_failed(lb_808_connection *conn, const lb_808_header *asked)
{
    lb_808_assembly *assembly = asked->packages > 1 ? find_pushed(conn, asked) : NULL;
    if (assembly != NULL)
        lb_808_assembly_drop(&conn->assemblies, assembly);
}

void lb_808_talk_take_receipt(void *whose, const void *tag, const lb_receipt *receipt)
{
    lb_jt808_gate *gate = whose;
    const lb_808_tag *waiting = tag;
    lb_result result = receipt != NULL ? receipt->result : LB_RESULT_FAILED;
    bool is_kept = result == LB_RESULT_KEPT || result == LB_RESULT_DUPLICATE;
    bool is_refused = result == LB_RESULT_REFUSED;
    lb_808_count_id seen = is_kept      ? LB_808_COUNT_kept
                           : is_refused ? LB_808_COUNT_rejected
                                        : LB_808_COUNT_failed;
    lb_808_count(gate, seen, 1);

    lb_808_connection *conn = lb_808_connection_find(gate, waiting->slot, waiting->generation);
    if (conn == NULL)
        return;
    if (conn->owed > 0) /* 0: the connection is closing */
        conn->owed--;
    lb_808_connection_touch(gate, conn);
    if (is_kept)
        answer_kept(gate, conn, &waiting->asked, LB_808_DONE);
    else if (is_refused)
        answer_kept(gate, conn, &waiting->asked,
                    lb_span_is(receipt->error, "NOT_READ") ? LB_808_NOT_SUPPORTED : LB_808_WRONG);
    else
        answer_failed(conn, &waiting->asked);
}

/* -- which terminal sends ---------------------------------------------------------------------- */

/* Finds or adds the session of a terminal and moves it to its newest connection, since the old one
 * is usually dead. The old connection is closed when no other terminal is on it and its frames are
 * answered. */
static lb_808_session *join_session(lb_jt808_gate *gate, lb_808_connection *conn,
                                    const char *terminal)
{
    lb_808_session *session = lb_808_session_need(gate->sessions, terminal);
    if (session == NULL || session->connection == conn)
        return session;
    lb_808_connection *old = session->connection;
    if (old != NULL && old->generation - conn->generation < UINT32_MAX / 2)
        return session; /* the frame is accepted, but the session stays on the newer connection */
    lb_808_session_join(gate->sessions, session, conn, &conn->sessions);
    if (old != NULL && old->sessions.count == 0) {
        lb_808_count(gate, LB_808_COUNT_replaced, 1);
        old->is_leaving = true;
        lb_808_connection_touch(gate, old);
    }
    return session;
}

/* The code in an authentication (0x0102). 2019: BYTE length, code, IMEI of 15 bytes, software
 * version of 20 bytes. Earlier versions, and terminals that changed only their header to 2019: the
 * code alone. */
static lb_span code_of(const lb_808_header *header, lb_span body)
{
    lb_pack pack = lb_pack_open(body);
    lb_span counted = lb_pack_counted(&pack);
    if (header->is_2019 && !pack.is_short && pack.rest.len >= 35)
        return lb_pack_trim(counted);
    return lb_pack_trim(body);
}

/* True when this is the terminal's code; with a list only on the connection on which it was
 * given. */
static bool has_valid_code(const lb_jt808_gate *gate, const lb_808_connection *conn,
                           const lb_808_session *session, lb_span code)
{
    bool is_bound = lb_808_list_is_strict(gate->list);
    return session != NULL && lb_808_session_has_code(session, code) &&
           (!is_bound || session->code_generation == conn->generation);
}

static void authenticate(lb_jt808_gate *gate, lb_808_connection *conn, lb_808_session *session,
                         const lb_808_header *header, lb_span body)
{
    bool is_strict = lb_808_list_is_strict(gate->list);
    if (!is_strict && (session == NULL || session->code[0] == '\0')) {
        /* without a list, an unregistered terminal is accepted */
        lb_808_count(gate, LB_808_COUNT_unregistered, 1);
        say(gate, conn, header, LB_808_DONE);
        return;
    }
    if (has_valid_code(gate, conn, session, code_of(header, body))) {
        session = join_session(gate, conn, session->terminal);
        bool is_here = session->connection == conn; /* false on an older connection */
        session->is_authenticated |= is_here;
        if (is_here)
            lb_808_connection_know(gate, conn);
        say(gate, conn, header, is_here ? LB_808_DONE : LB_808_FAILED);
        return;
    }
    lb_808_count(gate, LB_808_COUNT_wrong_codes, 1);
    say(gate, conn, header, LB_808_FAILED); /* the terminal then registers again */
}

/* Looked up once per connection, and again when the list has changed. */
static bool is_listed(lb_jt808_gate *gate, const lb_808_connection *conn, lb_808_session *session)
{
    if (session->connection != conn)
        return lb_808_list_has(gate->list, session->terminal, conn->address);
    if (session->list_number != gate->list_number) {
        session->is_listed = lb_808_list_has(gate->list, session->terminal, conn->address);
        session->list_number = gate->list_number;
    }
    return session->is_listed;
}

static bool may_register(lb_jt808_gate *gate, const lb_808_connection *conn, const char *terminal,
                         const lb_808_header *header, lb_span body)
{
    lb_808_register reg;
    return header->packages == 0 && lb_808_register_read(header, body, &reg) &&
           lb_808_list_has_in(gate->list, terminal, reg.plate, conn->address);
}

static bool is_permitted(lb_jt808_gate *gate, const lb_808_connection *conn, const char *terminal,
                         const lb_808_header *header, lb_span body)
{
    if (!lb_808_list_is_strict(gate->list))
        return true;
    if (header->id == REGISTER)
        return may_register(gate, conn, terminal, header, body);
    lb_808_session *session = lb_808_session_find(gate->sessions, terminal);
    if (session == NULL || !is_listed(gate, conn, session))
        return false;
    bool is_handled_here = header->id == GENERAL_ANSWER || header->id == HEARTBEAT ||
                           header->id == ASK_TIME || header->id == AUTHENTICATE;
    return is_handled_here || (session->connection == conn && session->is_authenticated);
}

/* With a list, the number in a header proves nothing: a session moves to a connection only by
 * authentication. */
static lb_808_session *find_session(lb_jt808_gate *gate, lb_808_connection *conn,
                                    const char *terminal)
{
    return lb_808_list_is_strict(gate->list) ? lb_808_session_find(gate->sessions, terminal)
                                             : join_session(gate, conn, terminal);
}

static void reject(lb_jt808_gate *gate, lb_808_connection *conn, const lb_808_header *header)
{
    lb_808_count(gate, LB_808_COUNT_strangers, 1);
    if (header->id == REGISTER)
        say_registered(gate, conn, header, LB_808_NO_SUCH_TERMINAL);
    else
        say(gate, conn, header, LB_808_FAILED);
}

/* -- frames ------------------------------------------------------------------------------------ */

static void push(lb_jt808_gate *gate, lb_808_connection *conn, lb_span frame,
                 const lb_808_header *asked)
{
    const lb_message message = {.format = LB_SPAN("road.jt808"), .body = frame};
    const lb_808_tag tag = {conn->slot, conn->generation, *asked};

    if (frame.len == 0 ||
        lb_submitter_push(gate->intake, &gate->head, &message, &tag, gate->now_us) != LB_OK) {
        lb_808_count(gate, LB_808_COUNT_failed, 1);
        answer_failed(conn, asked);
        return;
    }
    conn->owed++;
}

static void push_joined(lb_jt808_gate *gate, lb_808_connection *conn, lb_808_assembly *assembly)
{
    lb_808_header whole = assembly->first;
    lb_808_assembly_join(&conn->assemblies, assembly, gate->joined);
    whole.packages = 0;
    size_t len = lb_808_write(&whole, (lb_span){gate->joined, assembly->body_len}, gate->frame,
                              sizeof gate->frame);
    push(gate, conn, (lb_span){gate->frame, len}, &assembly->first);
}

static void take_package(lb_jt808_gate *gate, lb_808_connection *conn, const lb_808_header *header,
                         lb_span body)
{
    lb_808_assembly *assembly =
        lb_808_assemblies_take(&conn->assemblies, header, body, gate->now_us);
    if (assembly == NULL) {
        lb_808_count(gate, LB_808_COUNT_bad_frames, 1);
        return;
    }
    bool is_last = assembly->progress == LB_808_WHOLE;
    if (assembly->progress == LB_808_KEPT)
        say(gate, conn, header, LB_808_DONE); /* sent again, so the earlier answer was lost */
    else if (gate->options.answers_packages && !is_last)
        say(gate, conn, header, LB_808_DONE);
    if (is_last)
        push_joined(gate, conn, assembly);
}

void lb_808_talk_hear(lb_jt808_gate *gate, lb_808_connection *conn, lb_span plain)
{
    lb_808_header header;
    char terminal[LB_808_TERMINAL_ROOM];
    if (!lb_808_header_read(plain, &header) || (header.packages == 0 && header.package != 0)) {
        lb_808_count(gate, LB_808_COUNT_bad_frames, 1);
        return;
    }
    lb_808_count(gate, LB_808_COUNT_frames, 1);
    lb_808_terminal(&header, terminal);
    lb_span body = lb_span_after(plain, header.size);
    if (!is_permitted(gate, conn, terminal, &header, body)) {
        reject(gate, conn, &header);
        return;
    }
    lb_808_session *session = find_session(gate, conn, terminal);
    if (!lb_808_list_is_strict(gate->list))
        lb_808_connection_know(gate, conn);

    if (header.packages > 1) {
        take_package(gate, conn, &header, body);
        return;
    }
    switch (header.id) {
    case GENERAL_ANSWER: /* acknowledges a message of the gate */
        break;
    case HEARTBEAT:
        say(gate, conn, &header, LB_808_DONE);
        break;
    case ASK_TIME:
        say_time(gate, conn, &header);
        break;
    case AUTHENTICATE:
        authenticate(gate, conn, session, &header, body);
        break;
    default:
        push(gate, conn,
             (lb_span){gate->frame, lb_808_wrap(plain, gate->frame, sizeof gate->frame)}, &header);
        break;
    }
}

/* -- missing packages -------------------------------------------------------------------------- */

static void ask_missing(lb_jt808_gate *gate, lb_808_connection *conn, lb_808_assembly *assembly)
{
    uint16_t numbers[LB_808_MISSING_MAX];
    char out[LB_808_ANSWER_ROOM];
    size_t missing = lb_808_assembly_missing(assembly, numbers, LB_808_MISSING_MAX);
    size_t len = lb_808_ask_missing(&assembly->first, numbers, missing, conn->serial++, out);
    lb_808_connection_put(gate, conn, out, len);
    assembly->rounds++;
    assembly->heard_us = gate->now_us;
}

static void sweep_assembly(lb_jt808_gate *gate, lb_808_connection *conn, lb_808_assembly *assembly)
{
    bool is_old = gate->now_us - assembly->begun_us > ASSEMBLY_LIFE_S * LB_SECOND_US;
    if (assembly->progress == LB_808_KEPT && is_old)
        lb_808_assembly_drop(&conn->assemblies, assembly);
    if (assembly->progress != LB_808_COLLECTING ||
        (!is_old && gate->now_us - assembly->heard_us < gate->options.package_us))
        return;
    if (is_old || assembly->rounds == LB_808_ROUNDS) {
        lb_808_count(gate, LB_808_COUNT_lost_packages, 1);
        lb_808_assembly_drop(&conn->assemblies, assembly);
    } else if (conn->out_len < LB_808_OUT_PAUSE)
        ask_missing(gate, conn, assembly);
}

void lb_808_talk_ask_missing(lb_jt808_gate *gate, lb_808_connection *conn)
{
    for (size_t i = 0; i < LB_808_ASSEMBLIES && conn->assemblies.count > 0; i++)
        if (conn->assemblies.at[i].progress != LB_808_FREE)
            sweep_assembly(gate, conn, &conn->assemblies.at[i]);
}
