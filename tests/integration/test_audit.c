/* test_audit.c - the audit log, and the log that names no cargo. */
#include "parties.h"
#include "party_words.h"

#include <sqlite3.h>

static void audit(test_hub *hub, const char *party, lb_audit_note_list *notes)
{
    lb_query query;

    lb_query_init(&query, LB_ASK_AUDIT_LIST);
    query.audit_list.party = lb_span_of(party);
    *notes = ask_as(hub->who[AUDITOR].client, &query)->audit.notes;
}

static bool has_note(const lb_audit_note_list *notes, const char *action, const char *about,
                     const char *outcome)
{
    for (size_t i = 0; i < notes->count; i++)
        if (note_is(&notes->at[i], action) && lb_span_is(notes->at[i].about, about) &&
            strcmp(lb_outcome_name(notes->at[i].outcome), outcome) == 0)
            return true;
    return false;
}

static void test_actions_are_in_the_audit_log(void **state)
{
    test_hub *hub = *state;
    lb_audit_note_list notes;
    lb_query query;

    track_of(hub, hub->who[SHIPPER].client, OWN);
    fill_question(hub, LB_ASK_TRACK, FOREIGN, &query);
    ask_as(hub->who[SHIPPER].client, &query);
    fill_question(hub, LB_ASK_YARD, NULL, &query);
    ask_as(hub->who[SHIPPER].client, &query);
    say(hub, hub->who[CARRIER].client,
        "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nNFD/12MAR1030/URC/T24K812.5\r\n");
    audit(hub, "lianhe", &notes);
    assert_true(has_note(&notes, "CONNECT", "127.0.0.1", "OK"));
    assert_true(has_note(&notes, "ASK_TRACK", OWN, "OK"));
    assert_true(has_note(&notes, "ASK_TRACK", FOREIGN, "NOT_FOUND"));
    assert_true(has_note(&notes, "ASK_YARD", "CNULZ", NO));
    audit(hub, "cz-cargo", &notes);
    assert_true(has_note(&notes, "SEND", "cz-cargo", "OK"));
    audit(hub, "local", &notes);
    assert_true(has_note(&notes, "PARTY_ADD", "lianhe SHIPPER see:awb:784-30418264", "OK"));
}

/* A party that has the disk takes out a question that it asked. */
/* Kept, refused, foreign and queried: the audit log has the references, the hub's log never
 * does. */
static void test_no_cargo_stands_in_the_log(void **state)
{
    static const char *const names[] = {OWN, FOREIGN, ABSENT, "30418264", "12345675", "SOMEBODY"};
    test_hub *hub = *state;
    lb_query query;
    char line[TEXT_ROOM];
    long lines = 0;

    say(hub, hub->who[CARRIER].client, "FSU/14\r\n" FOREIGN "PVGURC/T24K812.5\r\nDLV/SOMEBODY\r\n");
    say(hub, hub->who[CARRIER].client, "no language of ours, " OWN " for SOMEBODY");
    say(hub, hub->who[SHIPPER].client, "FSU/14\r\n" OWN "PVGURC/T24K812.5\r\nDLV/SOMEBODY\r\n");
    assert_string_equal(hub->error, NO);
    for (size_t i = 0; i < IDENTITIES; i++)
        for (size_t n = 0; n < 3; n++) {
            fill_question(hub, LB_ASK_TRACK, names[n], &query);
            ask_as(hub->who[i].client, &query);
        }
    FILE *log = fopen(scratch_path(&hub->folder, "log"), "r");
    assert_non_null(log);
    for (; fgets(line, sizeof line, log) != NULL; lines++)
        for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
            if (strstr(line, names[n]) != NULL)
                fail_msg("the log names %s: %s", names[n], line);
    fclose(log);
    assert_true(lines > 5);
}

static void test_a_record_that_was_touched_is_found(void **state)
{
    test_hub *hub = *state;
    char path[SCRATCH_PATH_ROOM + 16];
    sqlite3 *db;
    lb_query query;

    track_of(hub, hub->who[SHIPPER].client, OWN);
    lb_query_init(&query, LB_ASK_AUDIT_VERIFY);
    assert_string_equal(error_of(ask_as(hub->who[AUDITOR].client, &query)), "OK");
    stop(hub);
    snprintf(path, sizeof path, "%s/party.db", hub->data);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "DELETE FROM audit WHERE ask = 'TRACK'", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_true(sqlite3_changes(db) > 0);
    sqlite3_close(db);
    start(hub);
    assert_string_equal(error_of(ask_as(hub->who[AUDITOR].client, &query)), "CORRUPT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HUB(test_actions_are_in_the_audit_log),
        WITH_HUB(test_no_cargo_stands_in_the_log),
        WITH_HUB(test_a_record_that_was_touched_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
