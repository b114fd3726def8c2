/* taf_envelope.c - the Common Interface around a message (TAF TSI TD-104), and its receipt.
 *
 *     Envelope
 *       Header                         messageIdentifier; compressed, encrypted, signed: true or false
 *       Body/UICMessage
 *         message                      the message: as elements, as text, or as base64 of zlib of text
 *         signature, senderAlias, encoding
 *
 * The form of `message` is recognised from its bytes; the header only tells what cannot be opened, since an
 * adapter has no keys or certificates. Inflated bytes were not sent as such, so doubts about them quote the
 * text and have no offset.
 *
 *     Envelope/Body/UICMessageResponse/return/LI_TechnicalAck    ACK once it is kept, NACK when it is refused */
#include "inflate.h"
#include "taf.h"

enum { INFLATED_MAX = 8 * 1024 * 1024, ANSWER_MEMORY = 64 * 1024 * 1024 };

/* -- opening ---------------------------------------------------------------------------------- */

static bool is_true(lb_span text)
{
    return lb_span_is(text, "true") || lb_span_is(text, "1");
}

/* The reason why it cannot be opened, or NULL. */
static const char *closed_by(const lb_xml_node *header)
{
    if (is_true(lb_xml_text(header, "encrypted")))
        return "the message in the envelope is encrypted: send it unencrypted, over TLS";
    if (is_true(lb_xml_text(header, "signed")))
        return "the message in the envelope is signed: send it unsigned, over TLS";
    return NULL;
}

static lb_verdict refuse_packed(lb_sink *sink, lb_span text, lb_inflated why)
{
    lb_span head = lb_span_first(text, 40);
    if (why == LB_INFLATED_TOO_MUCH)
        return lb_refuse(sink, LB_VERDICT_TOO_MUCH, head,
                         "the compressed message is larger than %d bytes: send several",
                         INFLATED_MAX);
    if (why == LB_INFLATED_CUT_SHORT)
        return lb_refuse(sink, LB_VERDICT_CUT_SHORT, head, "the compressed message ends too early");
    return lb_refuse(sink, LB_VERDICT_GARBLED, head,
                     "the compressed message is damaged: wrong zlib checksum");
}

/* The XML inside base64, inflated when it is zlib. Empty and *verdict when there is none. */
static lb_span unpack(lb_sink *sink, lb_span text, lb_verdict *verdict)
{
    lb_span bytes, plain;
    if (!lb_base64_read(sink, text, &bytes) || bytes.len == 0) {
        *verdict = lb_refuse(sink, LB_VERDICT_GARBLED, lb_span_first(text, 40),
                             "the message in the envelope is neither XML nor base64");
        return LB_EMPTY;
    }
    if (!lb_is_zlib(bytes)) {
        if (lb_xml_root_name(bytes).len > 0)
            return bytes;
        *verdict = lb_refuse(sink, LB_VERDICT_GARBLED, lb_span_first(text, 40),
                             "the base64 in the envelope holds neither zlib nor XML: if it is "
                             "encrypted, send it unencrypted");
        return LB_EMPTY;
    }
    lb_inflated got = lb_inflate(sink, bytes, INFLATED_MAX, &plain);
    if (got == LB_INFLATED_OK) {
        lb_mark_print(sink, text, LB_SPAN("compressed message"), "%zu bytes when inflated",
                      plain.len);
        return plain;
    }
    *verdict = refuse_packed(sink, text, got);
    return LB_EMPTY;
}

static const lb_xml_node *read_text(lb_sink *sink, lb_span text, lb_verdict *verdict)
{
    lb_xml_fault fault = {0};
    bool is_plain = text.at[0] == '<';
    lb_span xml = is_plain ? text : unpack(sink, text, verdict);
    if (xml.len == 0)
        return NULL;
    const lb_xml_node *root = lb_xml_read(sink, xml, &fault);
    if (root != NULL)
        return root;
    if (is_plain)
        *verdict = lb_refuse(sink, fault.verdict, fault.where, "%s", fault.text);
    else
        *verdict = lb_refuse(sink, fault.verdict, lb_span_first(text, 40),
                             "%s, at byte %zu of the unpacked message", fault.text,
                             (size_t)(fault.where.at - xml.at));
    return NULL;
}

const lb_xml_node *lb_taf_open(lb_sink *sink, const lb_xml_node *root, lb_verdict *verdict)
{
    bool is_soap = lb_xml_is(root, "Envelope");
    if (!is_soap && !lb_xml_is(root, "UICMessage"))
        return root;

    const lb_xml_node *body = is_soap ? lb_xml_child(root, "Body") : NULL;
    const lb_xml_node *response = lb_xml_child(body, "UICMessageResponse");
    if (response != NULL)
        return response;
    const lb_xml_node *envelope = is_soap ? lb_xml_child(body, "UICMessage") : root;
    const lb_xml_node *message = lb_xml_child(envelope, "message");
    const char *closed = closed_by(lb_xml_child(root, "Header"));
    if (envelope == NULL) {
        *verdict = LB_VERDICT_NOT_MINE; /* a SOAP message of another protocol */
        return NULL;
    }
    if (closed != NULL) {
        *verdict = lb_refuse(sink, LB_VERDICT_UNKNOWN_KIND, lb_xml_where(message), "%s", closed);
        return NULL;
    }
    if (message != NULL && message->first != NULL)
        return message->first;
    if (message != NULL && message->text.len > 0)
        return read_text(sink, message->text, verdict);
    *verdict = lb_refuse(sink, LB_VERDICT_GARBLED, lb_xml_where(envelope),
                         "the envelope has no message in it");
    return NULL;
}

/* -- the receipt ------------------------------------------------------------------------------ */

static void put(lb_reply *reply, const char *text)
{
    lb_reply_put(reply, lb_span_of(text));
}

static void put_escaped(lb_reply *reply, lb_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '<' || c == '&' || c == '>')
            put(reply, c == '<' ? "&lt;" : c == '&' ? "&amp;" : "&gt;");
        else
            lb_reply_put(reply, (lb_span){&text.at[i], 1});
    }
}

static void put_element(lb_reply *reply, const char *name, const char *prefix, lb_span text)
{
    put(reply, "<");
    put(reply, name);
    put(reply, ">");
    put(reply, prefix);
    put_escaped(reply, text);
    put(reply, "</");
    put(reply, name);
    put(reply, ">");
}

/* MessageType is the name of the element, whatever the message had there. */
static void put_reference(lb_reply *reply, const lb_xml_node *message)
{
    static const char *const names[] = {"MessageTypeVersion", "MessageIdentifier",
                                        "MessageDateTime"};
    const lb_xml_node *reference = lb_xml_find(message, "MessageHeader/MessageReference");
    put(reply, "<MessageReference>");
    put_element(reply, "MessageType", "", message == NULL ? LB_EMPTY : message->name);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        put_element(reply, names[i], "", lb_xml_text(reference, names[i]));
    put(reply, "</MessageReference>");
}

/* Sender and recipient are copied from the message that is acknowledged. */
static void put_ack(lb_reply *reply, const lb_xml_node *root, const lb_xml_node *message,
                    bool is_kept)
{
    lb_span id = lb_xml_text(root, "Header/messageIdentifier");
    if (id.len == 0)
        id = lb_xml_text(message, "MessageHeader/MessageReference/MessageIdentifier");

    put(reply, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
               "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\">"
               "<soapenv:Body><uic:UICMessageResponse xmlns:uic=\"http://uic.cc.org/UICMessage\">"
               "<return><LI_TechnicalAck>");
    put_element(reply, "ResponseStatus", "", is_kept ? LB_SPAN("ACK") : LB_SPAN("NACK"));
    put_element(reply, "AckIndentifier", "ACKID", id); /* spelled so in the schema */
    put_reference(reply, message);
    put_element(reply, "Sender", "", lb_xml_text(message, "MessageHeader/Sender"));
    put_element(reply, "Recipient", "", lb_xml_text(message, "MessageHeader/Recipient"));
    put_element(reply, "RemoteLIName", "", LB_SPAN("landbridge"));
    put_element(reply, "RemoteLIInstanceNumber", "", LB_SPAN("01"));
    put_element(reply, "MessageTransportMechanism", "", LB_SPAN("WEBSERVICE"));
    put(reply, "</LI_TechnicalAck></return></uic:UICMessageResponse></soapenv:Body>"
               "</soapenv:Envelope>\n");
}

/* Bare XML and receipts get no receipt. Reads the message a second time, since the tree of the
 * first reading no longer exists after the commit. */
void lb_taf_answer(const lb_reading *reading, lb_span message, lb_err kept, lb_reply *reply)
{
    (void)reading;
    lb_span name = lb_xml_root_name(lb_span_first(message, 4096));
    lb_sink *sink = NULL;
    lb_xml_fault fault;
    lb_verdict verdict;
    if (!lb_span_is(name, "Envelope") || lb_sink_open(&sink, ANSWER_MEMORY) != LB_OK)
        return;

    const lb_xml_node *root = lb_xml_read(sink, message, &fault);
    if (lb_xml_find(root, "Body/UICMessage") != NULL)
        put_ack(reply, root, lb_taf_open(sink, root, &verdict), kept == LB_OK);
    lb_sink_close(&sink);
}
