/* fsr_tell.c - writes a track as a Cargo-IMP FSA, the answer to an FSR.
 *
 *     QD PVGFFCZ                         sender and recipient swapped, when the request was a telegram
 *     .URCFMCZ 121705
 *     FSA/15
 *     784-30418264PVGURC/T24
 *     DEP/CZ5417/12MAR/PVGURC/P15K507.5/A1652
 *     RCF/CZ5417/12MAR2148/URC/P15K507.5
 *
 * A status that came as a Cargo-IMP line goes out as that line. What the hub knows from elsewhere is written
 * in the local time of its airport; milestones without airport or status code are left out. When nothing is
 * known the waybill has no quantity, as Cargo-IMP requires, and a remark (OSI) says so. */
#include "fsr.h"
#include "fsu.h"
#include "landbridge/client/place.h"

enum { STATUSES_MAX = 40, ADDRESS_LEN = 7 };

static void put(lb_reply *reply, const char *text)
{
    lb_reply_put(reply, lb_span_of(text));
}

static void put_number(lb_reply *reply, int64_t number)
{
    char digits[LB_NUMBER_ROOM];
    lb_reply_put(reply, lb_span_print_number(digits, number));
}

static void put_two(lb_reply *reply, int number)
{
    char two[2] = {(char)('0' + number / 10 % 10), (char)('0' + number % 10)};
    lb_reply_put(reply, (lb_span){two, 2});
}

static void end_line(lb_reply *reply)
{
    put(reply, "\r\n");
}

/* -- the telegram header, sender and recipient swapped ----------------------------------------- */

/* The first address of "QD URCFMCZ URCKOXX", and the priority before it. */
static lb_span first_address(lb_span line, lb_span *priority)
{
    lb_span word;
    *priority = LB_EMPTY;
    while (lb_span_cut(&line, ' ', &word)) {
        if (word.len == 2)
            *priority = word;
        if (word.len == ADDRESS_LEN)
            return word;
    }
    return LB_EMPTY;
}

static void put_envelope(const lb_reading *reading, const lb_fsr *fsr, lb_reply *reply)
{
    lb_span priority, sender = LB_EMPTY, rest = lb_span_after(fsr->signature, 1);
    lb_span own = first_address(fsr->addresses, &priority);
    lb_civil now;
    lb_span_cut(&rest, ' ', &sender);
    if (sender.len != ADDRESS_LEN || own.len == 0)
        return;
    lb_reply_put(reply, priority);
    put(reply, priority.len > 0 ? " " : "");
    lb_reply_put(reply, sender);
    end_line(reply);
    put(reply, ".");
    lb_reply_put(reply, own);
    put(reply, " ");
    lb_utc_to_civil(reading->received_us, 0, &now);
    put_two(reply, now.day);
    put_two(reply, now.hour);
    put_two(reply, now.minute);
    end_line(reply);
}

/* -- one status ------------------------------------------------------------------------------- */

/* T means all pieces of the consignment line; a part whose message said T becomes P here. */
static void put_line_as_sent(const lb_milestone *milestone, int64_t total, lb_reply *reply)
{
    lb_span rest = milestone->raw_text, field;
    bool is_first = true;
    while (lb_span_cut(&rest, '/', &field)) {
        lb_imp_quantity q;
        bool is_part = !is_first && lb_imp_quantity_read(field, &q) && q.kind == 'T' &&
                       total != LB_UNKNOWN && q.pieces < total;
        put(reply, is_first ? "" : "/");
        put(reply, is_part ? "P" : "");
        lb_reply_put(reply, is_part ? lb_span_after(field, 1) : field);
        is_first = false;
    }
    end_line(reply);
}

static void put_quantity(const lb_milestone *milestone, int64_t total, lb_reply *reply)
{
    int64_t pieces = milestone->pieces == LB_UNKNOWN ? total : milestone->pieces;
    if (pieces == LB_UNKNOWN)
        return;
    put(reply, total != LB_UNKNOWN && pieces < total ? "/P" : "/T");
    put_number(reply, pieces);
}

static bool local_time(const lb_milestone *milestone, const lb_place_entry *place, lb_civil *civil)
{
    const lb_zone *zone = place == NULL ? NULL : lb_zone_find(lb_span_of(place->zone));
    if (milestone->occurred_us == LB_UNKNOWN || milestone->prec == LB_PRECISION_UNKNOWN ||
        (zone == NULL && milestone->offset_min == LB_UNKNOWN))
        return false;
    lb_utc_to_civil(milestone->occurred_us,
                    zone != NULL ? lb_zone_offset_at(zone, milestone->occurred_us)
                                 : (int)milestone->offset_min,
                    civil);
    return true;
}

static void put_day(const lb_civil *civil, lb_reply *reply)
{
    static const char months[] = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
    put_two(reply, civil->day);
    lb_reply_put(reply, (lb_span){months + (size_t)(civil->month - 1) * 3, 3});
}

static void put_clock(const lb_milestone *milestone, const lb_civil *civil, lb_reply *reply)
{
    if (milestone->prec == LB_PRECISION_DAY)
        return;
    put_two(reply, civil->hour);
    put_two(reply, civil->minute);
}

/* The flight that departed or arrived there: "flight:CZ5417@2026-03-12" without its ends. */
static const lb_leg *leg_at(const lb_track *track, lb_span place, bool is_departure)
{
    for (size_t i = 0; i < track->legs.count; i++) {
        const lb_leg *leg = &track->legs.at[i];
        if (leg->mode == LB_MODE_AIR && lb_span_equal(is_departure ? leg->from : leg->to, place))
            return leg;
    }
    return NULL;
}

static void put_flight(const lb_leg *leg, lb_reply *reply)
{
    lb_span rest = leg == NULL ? LB_EMPTY : leg->conveyance, kind, number = LB_EMPTY;
    put(reply, "/");
    if (!lb_span_starts(rest, "flight:"))
        return;
    lb_span_cut(&rest, ':', &kind);
    lb_span_cut(&rest, '@', &number);
    lb_reply_put(reply, number);
}

static lb_span airport(lb_span key)
{
    const lb_place_entry *entry = lb_place_by_key(key);
    return entry == NULL ? LB_EMPTY : lb_span_of(entry->iata);
}

/* a status that was received in another format */
typedef struct line {
    const lb_track *track;
    const lb_milestone *milestone;
    lb_span code, place;
    lb_civil civil;
    int64_t total;
} line;

static void write_departure(const line *l, lb_reply *reply)
{
    const lb_leg *leg = leg_at(l->track, l->milestone->place, true);
    lb_span to = leg == NULL ? LB_EMPTY : airport(leg->to);
    put_flight(leg, reply);
    put(reply, "/");
    put_day(&l->civil, reply);
    put(reply, "/");
    lb_reply_put(reply, l->place);
    lb_reply_put(reply, to.len > 0 ? to : LB_SPAN("XXX"));
    put_quantity(l->milestone, l->total, reply);
    if (lb_span_is(l->code, "DEP") && l->milestone->prec != LB_PRECISION_DAY) {
        put(reply, "/A");
        put_clock(l->milestone, &l->civil, reply);
    }
}

static void write_day_and_place(const line *l, lb_reply *reply)
{
    put(reply, "/");
    put_day(&l->civil, reply);
    put_clock(l->milestone, &l->civil, reply);
    put(reply, "/");
    lb_reply_put(reply, l->place);
    put_quantity(l->milestone, l->total, reply);
}

/* False: no line of an FSA states this status correctly. */
static bool put_line(const lb_track *track, const lb_milestone *milestone, int64_t total,
                     lb_reply *reply)
{
    line l = {.track = track, .milestone = milestone, .total = total};
    const lb_place_entry *entry = lb_place_by_key(milestone->place);
    l.code = lb_fsu_code_of(milestone->type, milestone->classifier);
    l.place = entry == NULL ? LB_EMPTY : lb_span_of(entry->iata);
    lb_fsu_shape shape = l.code.len == 0 ? LB_FSU_UNKNOWN : lb_fsu_shape_of(l.code);
    bool flies = shape == LB_FSU_OUT || shape == LB_FSU_IN;
    if ((!flies && shape != LB_FSU_GROUND) || (flies && milestone->mode != LB_MODE_AIR) ||
        l.place.len == 0 || !local_time(milestone, entry, &l.civil))
        return false;
    lb_reply_put(reply, l.code);
    if (shape == LB_FSU_IN)
        put_flight(leg_at(track, milestone->place, false), reply);
    if (shape == LB_FSU_OUT)
        write_departure(&l, reply);
    else
        write_day_and_place(&l, reply);
    end_line(reply);
    return true;
}

/* -- the track -------------------------------------------------------------------------------- */

static bool is_from_air(const lb_milestone *milestone)
{
    return lb_span_is(milestone->raw_scheme, "FSU") && milestone->raw_text.len > 4 &&
           milestone->raw_text.at[3] == '/';
}

/* One line may have given several events; it is written once, for the fact itself. */
static bool is_told(const lb_track *track, size_t i)
{
    const lb_milestone *milestone = &track->milestones.at[i];
    for (size_t k = 0; is_from_air(milestone) && k < i; k++)
        if (is_from_air(&track->milestones.at[k]) &&
            lb_span_equal(track->milestones.at[k].raw_text, milestone->raw_text))
            return true;
    return false;
}

static int64_t total_of(const lb_track *track)
{
    if (track->pieces_total != LB_UNKNOWN)
        return track->pieces_total;
    for (size_t i = 0; i < track->milestones.count; i++)
        if (track->milestones.at[i].pieces_total != LB_UNKNOWN)
            return track->milestones.at[i].pieces_total;
    return LB_UNKNOWN;
}

static size_t put_statuses(const lb_track *track, int64_t total, lb_reply *reply)
{
    size_t count = track->milestones.count, told = 0;
    for (size_t i = count > STATUSES_MAX ? count - STATUSES_MAX : 0; i < count; i++) {
        const lb_milestone *milestone = &track->milestones.at[i];
        if (is_from_air(milestone) && !is_told(track, i)) {
            put_line_as_sent(milestone, total, reply);
            told++;
        } else if (!is_from_air(milestone)) {
            told += put_line(track, milestone, total, reply);
        }
    }
    return told;
}

static void put_waybill(const lb_fsr *fsr, int64_t total, lb_reply *reply)
{
    lb_reply_put(reply, fsr->waybill.awb);
    lb_reply_put(reply, fsr->waybill.origin);
    lb_reply_put(reply, fsr->waybill.destination);
    if (total != LB_UNKNOWN) {
        put(reply, "/T");
        put_number(reply, total);
    }
    end_line(reply);
}

void lb_fsr_tell(const lb_reading *reading, lb_span message, const lb_answer *answer,
                 lb_reply *reply)
{
    lb_fsr fsr;
    if (!lb_fsr_open(message, &fsr) || fsr.waybill.awb.len == 0)
        return;
    const lb_track *track = answer->track.tracks.count == 0 ? NULL : &answer->track.tracks.at[0];
    int64_t total = track == NULL ? LB_UNKNOWN : total_of(track);
    put_envelope(reading, &fsr, reply);
    put(reply, "FSA/15\r\n");
    put_waybill(&fsr, total, reply);
    if (track == NULL)
        put(reply, "OSI/NO RECORD FOUND\r\n");
    else if (put_statuses(track, total, reply) == 0)
        put(reply, "OSI/NO AIR STATUS YET\r\n");
}
