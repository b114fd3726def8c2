/* test_taf_answer.c - the receipt of the Common Interface: ACK when a message is kept, NACK when it is not. */
#include "landbridge/adapter/adapter.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HEAD                                                                    \
    "<MessageHeader><MessageReference><MessageType>4005</MessageType>"          \
    "<MessageTypeVersion>3.5.2</MessageTypeVersion>"                            \
    "<MessageIdentifier>a&amp;b</MessageIdentifier>"                            \
    "<MessageDateTime>2026-03-12T02:41:05</MessageDateTime></MessageReference>" \
    "<Sender>0080</Sender><Recipient>2180</Recipient></MessageHeader>"
#define BARE "<TrainRunningInformationMessage>" HEAD "</TrainRunningInformationMessage>"
#define MESSAGE(header, message)                                                                \
    "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header>" header         \
    "</s:Header><s:Body><u:UICMessage xmlns:u='http://uic.cc.org/UICMessage'><message>" message \
    "</message></u:UICMessage></s:Body></s:Envelope>"
#define ID "<h:messageIdentifier xmlns:h='h'>0b7c1a52</h:messageIdentifier>"

static char room[4096];

static const char *answer(const char *message, lb_err kept)
{
    const lb_adapter *taf = lb_adapter_find(LB_SPAN("rail.taf"));
    lb_reading reading = {.source = lb_source_default()};
    lb_reply reply = {.at = room, .room = sizeof room - 1};
    taf->answer(&reading, lb_span_of(message), kept, &reply);
    room[reply.len] = '\0';
    return room;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no %s in %s", part, text);
}

static void test_a_kept_message_is_acknowledged_by_its_name(void **state)
{
    (void)state;
    const char *got = answer(MESSAGE(ID, BARE), LB_OK);
    assert_has(got, "<return><LI_TechnicalAck><ResponseStatus>ACK</ResponseStatus>");
    assert_has(got, "<AckIndentifier>ACKID0b7c1a52</AckIndentifier>");
    assert_has(got, "<MessageType>TrainRunningInformationMessage</MessageType>");
    assert_has(got, "<MessageIdentifier>a&amp;b</MessageIdentifier>");
    assert_has(got, "<Sender>0080</Sender><Recipient>2180</Recipient>");
    assert_has(got, "<MessageTransportMechanism>WEBSERVICE</MessageTransportMechanism>");
}

static void test_a_refused_message_is_not_acknowledged(void **state)
{
    (void)state;
    assert_has(answer(MESSAGE(ID, BARE), LB_ERR_NOT_READ), "<ResponseStatus>NACK</ResponseStatus>");
}

static void test_without_an_identifier_the_message_has_one(void **state)
{
    (void)state;
    assert_has(answer(MESSAGE("", BARE), LB_OK), "ACKIDa&amp;b</AckIndentifier>");
}

static void test_what_could_not_be_opened_is_refused_by_its_envelope(void **state)
{
    (void)state;
    const char *got = answer(MESSAGE(ID "<encrypted>true</encrypted>", "AAAA"), LB_ERR_NOT_READ);
    assert_has(got, "<ResponseStatus>NACK</ResponseStatus><AckIndentifier>ACKID0b7c1a52<");
    assert_has(got, "<MessageIdentifier></MessageIdentifier>");
}

static void test_bare_xml_and_receipts_get_no_receipt(void **state)
{
    (void)state;
    assert_string_equal(answer(BARE, LB_OK), "");
    assert_string_equal(answer("<Envelope><Body><UICMessageResponse/></Body></Envelope>", LB_OK),
                        "");
    assert_string_equal(answer("<Envelope><Body><UICMessage>", LB_ERR_CUT_SHORT), "");
}

static void test_an_answer_over_its_room_is_cut_and_sets_is_full(void **state)
{
    (void)state;
    const lb_adapter *taf = lb_adapter_find(LB_SPAN("rail.taf"));
    lb_reading reading = {.source = lb_source_default()};
    char few[100];
    lb_reply reply = {.at = few, .room = sizeof few};
    taf->answer(&reading, LB_SPAN(MESSAGE(ID, BARE)), LB_OK, &reply);
    assert_true(reply.is_full);
    assert_true(reply.len <= sizeof few);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_kept_message_is_acknowledged_by_its_name),
        cmocka_unit_test(test_a_refused_message_is_not_acknowledged),
        cmocka_unit_test(test_without_an_identifier_the_message_has_one),
        cmocka_unit_test(test_what_could_not_be_opened_is_refused_by_its_envelope),
        cmocka_unit_test(test_bare_xml_and_receipts_get_no_receipt),
        cmocka_unit_test(test_an_answer_over_its_room_is_cut_and_sets_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
