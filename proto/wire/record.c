/* record.c - the tables that map members of plain structs to fields of the .proto.
 *
 * A new field of the .proto needs a member in its plain struct and a row here, in the order of the field
 * numbers; tests/unit/test_record.c fails when one is missing. Bytes: record_wire.c. JSON and text:
 * record_text.c. */
#include "record_rows.h"

#include <stdlib.h>

#include "landbridge/v1/common.pb-c.h"
#include "landbridge/v1/event.pb-c.h"
#include "landbridge/v1/journal.pb-c.h"
#include "landbridge/v1/report.pb-c.h"
#include "landbridge/v1/wire.pb-c.h"

/* clang-format off */
#define TEXT(m)     {#m, FIELD_TEXT, offsetof(S, m), NULL, NULL, NULL}
#define BYTES(m)    {#m, FIELD_BYTES, offsetof(S, m), NULL, NULL, NULL}
#define INT(m)      {#m, FIELD_INT, offsetof(S, m), NULL, NULL, NULL}
#define INT32(m)    {#m, FIELD_INT32, offsetof(S, m), NULL, NULL, NULL}
#define BOOL(m)     {#m, FIELD_BOOL, offsetof(S, m), NULL, NULL, NULL}
#define ENUM(m, e, prefix) {#m, FIELD_ENUM, offsetof(S, m), NULL, &landbridge__v1__##e##__descriptor, prefix}
#define NEST(m, r)   {#m, FIELD_NEST, offsetof(S, m), &lb_record_##r, NULL, NULL}
#define TEXTS(m)     {#m, FIELD_TEXTS, offsetof(S, m), NULL, NULL, NULL}
#define BLOBS(m)     {#m, FIELD_BLOBS, offsetof(S, m), NULL, NULL, NULL}
#define ENUMS(m, e, prefix) {#m, FIELD_ENUMS, offsetof(S, m), NULL, &landbridge__v1__##e##__descriptor, prefix}
#define LIST(m, r)   {#m, FIELD_LIST, offsetof(S, m), &lb_record_##r, NULL, NULL}
#define RECORD(name, type, descriptor_name)                                                        \
    const lb_record lb_record_##name = {#name, sizeof(type), name##_rows,                          \
        sizeof name##_rows / sizeof name##_rows[0], &landbridge__v1__##descriptor_name##__descriptor, \
        &(lb_unknown){NULL}}

#define S lb_raw_status
static const lb_row raw_status_rows[] = {TEXT(scheme), TEXT(code), TEXT(text), TEXTS(reasons), TEXT(agency)};
static RECORD(raw_status, S, raw_status);
#undef S
#define S lb_when
static const lb_row when_rows[] = {INT(utc_us), INT(offset_min), ENUM(tz, tz, "TZ_"),
    ENUM(prec, precision, "PRECISION_"), TEXT(local_text), INT(until_us)};
static RECORD(when, S, event_time);
#undef S
#define S lb_provenance
static const lb_row provenance_rows[] = {TEXT(source_id), TEXT(party), TEXTS(via), TEXT(format),
    TEXT(format_version), TEXT(profile), TEXT(interchange_ref), TEXT(message_ref), INT(segment_no),
    BYTES(raw_sha256), TEXT(adapter), INT(adapter_revision), BOOL(test)};
static RECORD(provenance, S, provenance);
#undef S
#define S lb_object
static const lb_row object_rows[] = {ENUM(kind, kind, "KIND_"), TEXT(id), TEXT(id_raw),
    ENUM(scheme, scheme, "SCHEME_"), ENUM(check, check, "CHECK_"), ENUM(role, role, "ROLE_"),
    TEXT(size_type), INT(milli_teu)};
static RECORD(object, S, object_ref);
#undef S
#define S lb_reference
static const lb_row reference_rows[] = {ENUM(scheme, scheme, "SCHEME_"), TEXT(value), TEXT(issuer), TEXT(value_raw)};
static RECORD(reference, S, reference);
#undef S
#define S lb_assoc
static const lb_row assoc_rows[] = {NEST(parent, object), NEST(child, object), ENUM(action, assoc_action, "ASSOC_"),
    BOOL(closed_world), BOOL(implied), INT(position)};
static RECORD(assoc, S, association);
#undef S
#define S lb_place
static const lb_row place_rows[] = {TEXT(locode), TEXT(facility), TEXT(facility_scheme), TEXT(station),
    TEXT(station_scheme), TEXT(iata), TEXT(name), TEXT(country), INT(lat_e7), INT(lon_e7),
    ENUM(ftype, facility, "FACILITY_"), TEXT(sub), ENUM(role, place_role, "PLACE_ROLE_")};
static RECORD(place, S, place);
#undef S
#define S lb_movement
static const lb_row movement_rows[] = {TEXT(carrier), TEXT(service), TEXT(number), TEXT(service_date),
    TEXT(departure_id), INT(call_seq), NEST(from, place), NEST(to, place), ENUM(stage, stage, "STAGE_")};
static RECORD(movement, S, movement);
#undef S
#define S lb_quantity
static const lb_row quantity_rows[] = {INT(pieces), INT(pieces_total), BOOL(partial), INT(gross_g), INT(volume_ml),
    INT(milli_teu), INT(units)};
static RECORD(quantity, S, quantity);
#undef S
#define S lb_condition
static const lb_row condition_rows[] = {ENUM(fill, fill, "FILL_"), TEXTS(seals), TEXTS(damage),
    INT(temperature_mc), INT(mileage_m), INT(fuel_ml)};
static RECORD(condition, S, condition);
#undef S
#define S lb_exception
static const lb_row exception_rows[] = {TEXT(rule), TEXT(cause), TEXT(text), INT(delay_s)};
static RECORD(exception, S, exception_info);
#undef S
#define S lb_geo_position
static const lb_row geo_position_rows[] = {INT(lat_e7), INT(lon_e7), INT(altitude_m), INT(speed_dkmh),
    INT(course_deg), INT(satellites), BOOL(last_known)};
static RECORD(geo_position, S, geo_position);
#undef S
#define S lb_capacity_line
static const lb_row capacity_line_rows[] = {ENUM(unit, unit, "UNIT_"), ENUM(state, cap_state, "CAP_"), INT(quantity)};
static RECORD(capacity_line, S, capacity_line);
#undef S
#define S lb_capacity_info
static const lb_row capacity_info_rows[] = {ENUM(kind, resource_kind, "RESOURCE_"), TEXT(id), TEXT(name), TEXT(holder),
    TEXT(booking), TEXT(reason), ENUM(mode, mode, "MODE_"), NEST(from, place), NEST(to, place),
    INT(window_from_us), INT(window_until_us), INT(departs_us), INT(arrives_us), INT(cutoff_us),
    INT(expires_us), LIST(lines, capacity_line)};
static RECORD(capacity_info, S, capacity_info);
#undef S
#define S lb_sheet
static const lb_row sheet_rows[] = {TEXT(list), INT(number), BOOL(is_last)};
static RECORD(sheet, S, sheet);
#undef S
#define S lb_cover
static const lb_row cover_rows[] = {TEXT(party), BYTES(things)};
RECORD(cover, S, cover);
#undef S
#define S lb_event
static const lb_row event_rows[] = {BYTES(event_id), INT(hub_seq), TEXT(source_event_key), INT(revision),
    ENUM(correction, correction, "CORRECTION_"), INT(hub_epoch), ENUM(family, family, "FAMILY_"),
    ENUM(type, event_type, "EVENT_TYPE_"), ENUM(classifier, classifier, "CLASSIFIER_"),
    ENUM(mode, mode, "MODE_"), NEST(raw, raw_status), NEST(occurred, when), INT(reported_at_us),
    INT(received_at_us), INT(recorded_at_us), NEST(prov, provenance), LIST(objects, object),
    LIST(refs, reference), LIST(assoc, assoc), NEST(movement, movement), NEST(place, place),
    NEST(counter_place, place), NEST(qty, quantity), NEST(cond, condition), NEST(exc, exception),
    NEST(pos, geo_position), NEST(cap, capacity_info), TEXT(remark), NEST(sheet, sheet), INT(quality_flags), INT(confidence),
    NEST(cover, cover)};
RECORD(event, S, cargo_event);
#undef S
#define S lb_report
static const lb_row report_rows[] = {TEXT(magic), TEXT(party), TEXT(report_id), INT(reported_at_us), LIST(events, event)};
RECORD(report, S, report);
#undef S
#define S lb_message
static const lb_row message_rows[] = {TEXT(message_id), TEXT(format), BYTES(body)};
RECORD(message, S, message);
#undef S
#define S lb_submit
static const lb_row submit_rows[] = {INT32(schema_rev), TEXT(source), INT(correlation), LIST(messages, message),
    TEXT(on_behalf_of), TEXT(client_address)};
RECORD(submit, S, submit);
#undef S
#define S lb_receipt
static const lb_row receipt_rows[] = {ENUM(result, receipt__result, "RESULT_"), TEXT(message_id), INT(first_seq),
    INT(events), INT(doubts), TEXT(error), TEXT(next_step), INT(offset), TEXT(text), INT(quarantine_id), BYTES(answer), INT(retry_ms)};
RECORD(receipt, S, receipt);
#undef S
#define S lb_receipts
static const lb_row receipts_rows[] = {INT(correlation), LIST(receipts, receipt), NEST(newest, position)};
RECORD(receipts, S, receipts);
#undef S
#define S lb_position_entry
static const lb_row position_entry_rows[] = {INT(hub), INT(epoch), INT(number), INT(ordinal)};
static RECORD(position_entry, S, position_entry);
#undef S
#define S lb_position
static const lb_row position_rows[] = {LIST(entries, position_entry)};
RECORD(position, S, position);
#undef S
#define S lb_replay_request
static const lb_row replay_request_rows[] = {INT32(schema_rev), NEST(from, position), INT(credit)};
RECORD(replay_request, S, replay_request);
#undef S
#define S lb_regained
static const lb_row regained_rows[] = {INT(lost_seq), INT(events), INT(seq)};
RECORD(regained, S, regained);
#undef S
#define S lb_lost
static const lb_row lost_rows[] = {ENUM(kind, entry_kind, "ENTRY_"), INT(from_seq), INT(to_seq), INT(since_us),
    INT(found_us), INT(known_seq), INT(messages), TEXT(text), TEXT(set_aside), LIST(regained, regained), INT(from_block)};
RECORD(lost, S, lost);
#undef S
#define S lb_stream_record
static const lb_row stream_record_rows[] = {ENUM(kind, entry_kind, "ENTRY_"), INT(first_seq), INT(last_seq), INT(recorded_at_us),
    LIST(lost, lost), BYTES(body), INT(hub_epoch)};
RECORD(stream_record, S, stream_record);
#undef S
#define S lb_replay_batch
static const lb_row replay_batch_rows[] = {NEST(from, position), NEST(next, position), NEST(head, position), BLOBS(events), TEXT(error), TEXT(text),
    INT(retry_ms), LIST(records, stream_record), NEST(reset, position)};
RECORD(replay_batch, S, replay_batch);
#undef S
#define S lb_need
static const lb_row need_rows[] = {ENUM(unit, unit, "UNIT_"), INT(quantity)};
static RECORD(need, S, need);
#undef S
#define S lb_party_key
static const lb_row party_key_rows[] = {TEXT(key), INT(added_us), INT(ends_us)};
RECORD(party_key, S, party_key);
#undef S
#define S lb_party
static const lb_row party_rows[] = {TEXT(name), ENUMS(roles, party_role, "PARTY_"), TEXTS(rights), LIST(keys, party_key), INT(messages_per_s),
    INT(bytes_per_s), INT(questions_per_s), INT(added_us)};
RECORD(party, S, party);
#undef S
#define S lb_audit_note
static const lb_row audit_note_rows[] = {INT(number), INT(at_us), TEXT(party), ENUM(action, audit_action, "ACTION_"),
    TEXT(about), ENUM(outcome, outcome, "OUTCOME_"), INT(times), BYTES(check), TEXT(gate), ENUM(ask, query__ask, "ASK_")};
RECORD(audit_note, S, audit_note);
#undef S
#define S lb_loss
static const lb_row loss_rows[] = {ENUM(classifier, classifier, "CLASSIFIER_"), INT(occurred_us), TEXT(source), INT(seq)};
RECORD(loss, S, loss);
#undef S
#define S lb_milestone
static const lb_row milestone_rows[] = {ENUM(type, event_type, "EVENT_TYPE_"), ENUM(classifier, classifier, "CLASSIFIER_"),
    INT(occurred_us), INT(offset_min), ENUM(prec, precision, "PRECISION_"), TEXT(place), TEXT(place_name), TEXT(object),
    ENUM(mode, mode, "MODE_"), TEXT(source), TEXT(party), TEXT(raw_scheme), TEXT(raw_code), TEXT(raw_text),
    INT(quality_flags), INT(confidence), INT(seq), INT(pieces), INT(pieces_total), LIST(losers, loss)};
RECORD(milestone, S, milestone);
#undef S
#define S lb_times
static const lb_row times_rows[] = {INT(planned_us), INT(estimated_us), INT(actual_us)};
static RECORD(times, S, times);
#undef S
#define S lb_leg
static const lb_row leg_rows[] = {ENUM(mode, mode, "MODE_"), TEXT(conveyance), TEXT(from), TEXT(from_name), TEXT(to),
    TEXT(to_name), NEST(departure, times), NEST(arrival, times), TEXTS(units)};
RECORD(leg, S, leg);
#undef S
#define S lb_stay
static const lb_row stay_rows[] = {TEXT(parent), TEXT(child), INT(from_us), INT(until_us), TEXT(source)};
RECORD(stay, S, stay);
#undef S
#define S lb_track_exception
static const lb_row track_exception_rows[] = {ENUM(type, event_type, "EVENT_TYPE_"), TEXT(rule), TEXT(text), INT(since_us),
    INT(until_us), TEXT(object), TEXT(source)};
RECORD(track_exception, S, track_exception);
#undef S
#define S lb_omitted
static const lb_row omitted_rows[] = {TEXT(party), INT(count)};
RECORD(omitted, S, omitted);
#undef S
#define S lb_track
static const lb_row track_rows[] = {TEXT(object), TEXT(asked), ENUM(status, cargo_status, "CARGO_STATUS_"), TEXT(last_place), TEXT(last_place_name),
    ENUM(last_type, event_type, "EVENT_TYPE_"), INT(last_occurred_us), INT(last_heard_us), TEXT(last_source),
    INT(lat_e7), INT(lon_e7), INT(position_us), TEXT(position_object), INT(eta_us), TEXT(eta_place),
    ENUM(fill, fill, "FILL_"), TEXTS(seals), LIST(refs, reference), LIST(legs, leg), LIST(milestones, milestone),
    LIST(stays, stay), LIST(exceptions, track_exception), INT(pieces), INT(pieces_total), INT(cycle), INT(cycles),
    TEXTS(carries), LIST(reports, milestone), LIST(omitted, omitted)};
RECORD(track, S, track);
#undef S
#define S lb_unit_figures
static const lb_row unit_figures_rows[] = {ENUM(unit, unit, "UNIT_"), INT(nominal), INT(effective), INT(held), INT(booked),
    INT(used), INT(free), INT(waitlisted), INT(as_of_us), TEXT(source)};
RECORD(unit_figures, S, unit_figures);
#undef S
#define S lb_resource
static const lb_row resource_rows[] = {TEXT(id), ENUM(kind, resource_kind, "RESOURCE_"), TEXT(name),
    ENUM(mode, mode, "MODE_"), TEXT(from), TEXT(from_name), TEXT(to), TEXT(to_name), NEST(departure, times),
    NEST(arrival, times), INT(cutoff_us), INT(window_from_us), INT(window_until_us), TEXT(reason),
    LIST(units, unit_figures), BOOL(fits), ENUM(binding, binding, "BINDING_"), TEXTS(load), TEXTS(bans), ENUM(binding_unit, unit, "UNIT_")};
RECORD(resource, S, resource);
#undef S
#define S lb_yard_item
static const lb_row yard_item_rows[] = {TEXT(object), TEXT(place), TEXT(block), INT(since_us), INT(milli_teu),
    ENUM(fill, fill, "FILL_"), TEXT(source)};
RECORD(yard_item, S, yard_item);
#undef S
#define S lb_yard
static const lb_row yard_rows[] = {TEXT(place), TEXT(place_name), INT(containers), INT(milli_teu), INT(unknown_size),
    LIST(blocks, resource), LIST(items, yard_item), INT(as_of_us)};
RECORD(yard, S, yard);
#undef S
#define S lb_unresolved
static const lb_row unresolved_rows[] = {TEXT(place), INT(count)};
RECORD(unresolved, S, unresolved_place);
#undef S
#define S lb_feed
static const lb_row feed_rows[] = {TEXT(source), INT(messages), INT(events), INT(duplicates), INT(refused), INT(doubts),
    INT(quarantined), INT(first_heard_us), INT(last_heard_us), INT(usual_gap_us), BOOL(silent), TEXT(formats),
    LIST(unresolved, unresolved)};
RECORD(feed, S, feed);
#undef S
#define S lb_share
static const lb_row share_rows[] = {TEXT(owner), INT(sources), INT(sources_max), INT(unheard), INT(refused),
    INT(refused_us), TEXT(error), INT(quarantined), INT(quarantined_max), INT(quarantined_bytes),
    INT(quarantined_bytes_max)};
RECORD(share, S, share);
#undef S
#define S lb_counter
static const lb_row counter_rows[] = {TEXT(name), INT(value)};
static RECORD(counter, S, counter);
#undef S
#define S lb_counter_set
static const lb_row counter_set_rows[] = {TEXT(kind), TEXT(name), LIST(counters, counter)};
static RECORD(counter_set, S, counter_set);
#undef S
#define S lb_quarantined
static const lb_row quarantined_rows[] = {INT(id), TEXT(source), INT(received_us), TEXT(format), TEXT(error), INT(offset),
    TEXT(text), INT(size), ENUM(state, quarantine_state, "QUARANTINE_"), BYTES(body)};
RECORD(quarantined, S, quarantined);
#undef S
#define S lb_endpoint
static const lb_row endpoint_rows[] = {TEXT(door), TEXT(address)};
static RECORD(endpoint, S, endpoint);
#undef S
#define S lb_status
static const lb_row status_rows[] = {TEXT(version), NEST(head, position), NEST(view, position), INT(messages), INT(quarantined),
    INT(journal_bytes), INT(view_bytes), INT(started_us), INT(objects), LIST(endpoints, endpoint), TEXT(text),
    LIST(lost, lost), ENUMS(findings, start_finding, "FINDING_"), TEXT(found), BOOL(journal_damaged), BOOL(follower_ahead),
    BOOL(fenced)};
RECORD(status, S, status);
#undef S
#define S lb_cover_change
static const lb_row cover_change_rows[] = {INT(seq), TEXT(source), TEXT(party), ENUM(effect, effect_kind, "EFFECT_"), TEXT(thing), ENUM(kept, coverage, "COVERAGE_"), ENUM(now, coverage, "COVERAGE_")};
RECORD(cover_change, S, cover_change);
#undef S
#define S lb_track_query
static const lb_row track_query_rows[] = {TEXT(reference), BOOL(all_cycles), BOOL(with_reports)};
static RECORD(track_query, S, track_query);
#undef S
#define S lb_find_space_query
static const lb_row find_space_query_rows[] = {TEXT(from), TEXT(to), INT(after_us), INT(before_us), LIST(need, need)};
static RECORD(find_space_query, S, find_space_query);
#undef S
#define S lb_capacity_query
static const lb_row capacity_query_rows[] = {TEXT(resource), ENUM(kind, resource_kind, "RESOURCE_"), TEXT(trucks_near)};
static RECORD(capacity_query, S, capacity_query);
#undef S
#define S lb_yard_query
static const lb_row yard_query_rows[] = {TEXT(place), INT(at_us)};
static RECORD(yard_query, S, yard_query);
#undef S
#define S lb_departures_query
static const lb_row departures_query_rows[] = {TEXT(from), TEXT(to), INT(after_us), INT(before_us)};
static RECORD(departures_query, S, departures_query);
#undef S
#define S lb_quarantine_list_query
static const lb_row quarantine_list_query_rows[] = {BOOL(all), INT(limit)};
static RECORD(quarantine_list_query, S, quarantine_list_query);
#undef S
#define S lb_quarantined_query
static const lb_row quarantined_query_rows[] = {INT(id)};
static RECORD(quarantined_query, S, quarantined_query);
#undef S
#define S lb_quarantine_release_query
static const lb_row quarantine_release_query_rows[] = {INT(id), TEXT(format)};
static RECORD(quarantine_release_query, S, quarantine_release_query);
#undef S
#define S lb_backup_query
static const lb_row backup_query_rows[] = {TEXT(folder)};
static RECORD(backup_query, S, backup_query);
#undef S
#define S lb_salvage_query
static const lb_row salvage_query_rows[] = {TEXT(folder)};
static RECORD(salvage_query, S, salvage_query);
#undef S
#define S lb_regained_query
static const lb_row regained_query_rows[] = {LIST(regained, regained)};
static RECORD(regained_query, S, regained_query);
#undef S
#define S lb_over_budget_query
static const lb_row over_budget_query_rows[] = {TEXT(party)};
static RECORD(over_budget_query, S, over_budget_query);
#undef S
#define S lb_party_list_query
static const lb_row party_list_query_rows[] = {TEXT(name)};
static RECORD(party_list_query, S, party_list_query);
#undef S
#define S lb_party_rotate_query
static const lb_row party_rotate_query_rows[] = {TEXT(name), TEXT(key), INT(old_until_us)};
static RECORD(party_rotate_query, S, party_rotate_query);
#undef S
#define S lb_party_revoke_query
static const lb_row party_revoke_query_rows[] = {TEXT(name), TEXT(key)};
static RECORD(party_revoke_query, S, party_revoke_query);
#undef S
#define S lb_party_rights_query
static const lb_row party_rights_query_rows[] = {TEXT(name), TEXTS(rights)};
static RECORD(party_rights_query, S, party_rights_query);
#undef S
#define S lb_audit_list_query
static const lb_row audit_list_query_rows[] = {TEXT(party), INT(after_us), INT(before_us), INT(from_number), INT(limit)};
static RECORD(audit_list_query, S, audit_list_query);
#undef S
#define S lb_cover_query
static const lb_row cover_query_rows[] = {TEXT(party), TEXT(source), NEST(from, position), INT(after_us), INT(limit)};
static RECORD(cover_query, S, cover_query);
#undef S
#define S lb_query
static const lb_row query_rows[] = {INT32(schema_rev), INT(correlation), ENUM(ask, query__ask, "ASK_"),
    NEST(at_least, position), TEXT(page), TEXT(asked_by), TEXT(on_behalf_of), TEXT(client_address), NEST(track, track_query), NEST(find_space, find_space_query),
    NEST(capacity, capacity_query), NEST(yard, yard_query), NEST(departures, departures_query),
    NEST(quarantine_list, quarantine_list_query), NEST(quarantine_show, quarantined_query),
    NEST(quarantine_release, quarantine_release_query), NEST(quarantine_drop, quarantined_query),
    NEST(backup, backup_query), NEST(regained, regained_query), NEST(salvage, salvage_query),
    NEST(party_list, party_list_query), NEST(party_add, party), NEST(party_rotate, party_rotate_query),
    NEST(party_revoke, party_revoke_query), NEST(party_grant, party_rights_query),
    NEST(party_withdraw, party_rights_query), NEST(audit_list, audit_list_query), NEST(cover, cover_query),
    NEST(over_budget, over_budget_query)};
RECORD(query, S, query);
#undef S
#define S lb_track_answer
static const lb_row track_answer_rows[] = {LIST(tracks, track)};
static RECORD(track_answer, S, track_answer);
#undef S
#define S lb_capacity_answer
static const lb_row capacity_answer_rows[] = {LIST(resources, resource)};
static RECORD(capacity_answer, S, capacity_answer);
#undef S
#define S lb_feeds_answer
static const lb_row feeds_answer_rows[] = {LIST(feeds, feed), LIST(shares, share), LIST(counter_sets, counter_set)};
static RECORD(feeds_answer, S, feeds_answer);
#undef S
#define S lb_quarantine_answer
static const lb_row quarantine_answer_rows[] = {LIST(messages, quarantined)};
static RECORD(quarantine_answer, S, quarantine_answer);
#undef S
#define S lb_salvage_answer
static const lb_row salvage_answer_rows[] = {INT(turns), INT(kept), INT(known), INT(refused), TEXT(facts)};
static RECORD(salvage_answer, S, salvage_answer);
#undef S
#define S lb_parties_answer
static const lb_row parties_answer_rows[] = {LIST(parties, party)};
static RECORD(parties_answer, S, parties_answer);
#undef S
#define S lb_audit_answer
static const lb_row audit_answer_rows[] = {LIST(notes, audit_note)};
static RECORD(audit_answer, S, audit_answer);
#undef S
#define S lb_cover_answer
static const lb_row cover_answer_rows[] = {LIST(changes, cover_change), NEST(next, position)};
static RECORD(cover_answer, S, cover_answer);
#undef S
#define S lb_answer
static const lb_row answer_rows[] = {INT(correlation), TEXT(error), TEXT(text), NEST(as_of, position), INT(as_of_us),
    NEST(reset, position), BYTES(page), TEXT(next_page), INT(retry_ms), NEST(track, track_answer), NEST(capacity, capacity_answer),
    NEST(yard, yard), NEST(feeds, feeds_answer), NEST(quarantine, quarantine_answer), NEST(status, status),
    NEST(receipt, receipt), NEST(salvage, salvage_answer), NEST(parties, parties_answer), NEST(audit, audit_answer),
    NEST(cover, cover_answer)};
RECORD(answer, S, answer);
#undef S
#define S lb_entry
static const lb_row entry_rows[] = {BYTES(token), TEXT(source), TEXT(message_id), INT(received_us), TEXT(adapter),
    INT(adapter_revision), INT(doubts), BLOBS(events), ENUM(kind, entry_kind, "ENTRY_"), LIST(lost, lost), BYTES(body)};
RECORD(entry, S, entry);
#undef S
#define S lb_block
static const lb_row block_rows[] = {LIST(entries, entry)};
RECORD(block, S, block);
#undef S
#define S lb_raw_block
static const lb_row raw_block_rows[] = {BLOBS(bodies)};
RECORD(raw_block, S, raw_block);
#undef S
/* clang-format on */

/* -- everything unknown ------------------------------------------------------------------------------ */

static void set_unknown(const lb_record *record, char *value)
{
    for (size_t i = 0; i < record->count; i++) {
        const lb_row *row = &record->rows[i];
        if (row->kind == FIELD_INT || row->kind == FIELD_INT32)
            *(int64_t *)(void *)(value + row->ours) = LB_UNKNOWN;
        else if (row->kind == FIELD_NEST)
            set_unknown(row->nested, value + row->ours);
    }
}

/* The struct with all members unknown, made at the first use and kept; NULL: no memory. When two
 * threads make it at once, one frees its copy. */
static const void *image_of(const lb_record *record)
{
    void *kept = atomic_load_explicit(&record->unknown->image, memory_order_acquire);
    if (kept != NULL)
        return kept;
    void *made = calloc(1, record->size);
    if (made == NULL)
        return NULL;
    set_unknown(record, made);
    if (atomic_compare_exchange_strong(&record->unknown->image, &kept, made))
        return made;
    free(made);
    return kept;
}

void lb_record_init(const lb_record *record, void *value)
{
    const void *image = image_of(record);

    if (image != NULL) {
        memcpy(value, image, record->size);
        return;
    }
    memset(value, 0, record->size);
    set_unknown(record, value);
}

bool lb_record_is_untouched(const lb_record *record, const void *value)
{
    const void *image = image_of(record);

    return image != NULL && memcmp(value, image, record->size) == 0;
}

bool lb_record_is_unknown(const lb_record *record, const void *value)
{
    for (size_t i = 0; i < record->count; i++) {
        const lb_row *row = &record->rows[i];
        const char *member = (const char *)value + row->ours;
        switch (row->kind) {
        case FIELD_TEXT:
        case FIELD_BYTES:
            if (((const lb_span *)(const void *)member)->len > 0)
                return false;
            break;
        case FIELD_INT:
        case FIELD_INT32:
            if (*(const int64_t *)(const void *)member != LB_UNKNOWN)
                return false;
            break;
        case FIELD_ENUM:
            if (*(const int *)(const void *)member != 0)
                return false;
            break;
        case FIELD_BOOL:
            if (*(const bool *)member)
                return false;
            break;
        case FIELD_NEST:
            if (!lb_record_is_unknown(row->nested, member))
                return false;
            break;
        case FIELD_TEXTS:
        case FIELD_BLOBS:
        case FIELD_ENUMS:
        case FIELD_LIST:
            if (((const lb_any_list *)(const void *)member)->count > 0)
                return false;
            break;
        }
    }
    return true;
}
