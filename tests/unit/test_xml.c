/* test_xml.c - untrusted XML becomes a small tree, or is refused before it can do harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "xml.h"

enum { SINK_BYTES = 64 * 1024 * 1024 };

static int open_sink(void **state)
{
    lb_sink *sink = NULL;
    if (lb_sink_open(&sink, SINK_BYTES) != LB_OK)
        return -1;
    *state = sink;
    return 0;
}

static int close_sink(void **state)
{
    lb_sink *sink = *state;
    lb_sink_close(&sink);
    return 0;
}

static const lb_xml_node *read_text(void **state, const char *text)
{
    lb_xml_fault fault;
    const lb_xml_node *root = lb_xml_read(*state, lb_span_of(text), &fault);
    assert_non_null(root);
    return root;
}

static lb_verdict refused(void **state, lb_span message)
{
    lb_xml_fault fault;
    assert_null(lb_xml_read(*state, message, &fault));
    assert_non_null(fault.text);
    assert_true(fault.where.at >= message.at);
    assert_true(fault.where.at + fault.where.len <= message.at + message.len);
    return fault.verdict;
}

static void assert_text(lb_span got, const char *expected)
{
    assert_int_equal(got.len, strlen(expected));
    assert_memory_equal(got.at, expected, got.len);
}

static void test_names_lose_their_prefix(void **state)
{
    const lb_xml_node *root =
        read_text(state, "<t:A xmlns:t='urn:x'><t:B t:n='1'>two</t:B><B n='2'/></t:A>");

    assert_true(lb_xml_is(root, "A"));
    assert_text(lb_xml_text(root, "B"), "two");
    assert_text(lb_xml_attribute_of(lb_xml_child(root, "B"), "n"), "1");
    assert_int_equal(lb_xml_count(root, "B"), 2);
    assert_text(root->attributes[0].prefix, "xmlns");
}

static void test_an_undeclared_prefix_is_no_error(void **state)
{
    assert_true(lb_xml_is(read_text(state, "<nobody:A/>"), "A"));
}

static void test_texts_point_into_the_message(void **state)
{
    const char *message = "<?xml version='1.0'?>\n<A>\n <B> 17 </B>\n</A>\n";
    const lb_xml_node *b = lb_xml_child(read_text(state, message), "B");

    assert_text(b->text, "17");
    assert_ptr_equal(b->text.at, strstr(message, "17"));
    assert_ptr_equal(b->where.at, strstr(message, "<B>"));
    assert_int_equal(b->where.len, 3);
    assert_ptr_equal(lb_xml_where(b).at, b->text.at);
}

static void test_texts_with_entities_are_copied_whole(void **state)
{
    const lb_xml_node *root =
        read_text(state, "<A><B>a &amp; b\n&#x4E2D;&lt;<![CDATA[<c>]]> d</B><B>x\ny</B></A>");

    assert_text(lb_xml_text(root, "B"), "a & b\n\xE4\xB8\xAD<<c> d");
    assert_text(lb_xml_next(lb_xml_child(root, "B"), "B")->text, "x\ny");
}

static void test_empty_and_blank_elements_have_no_text(void **state)
{
    const lb_xml_node *root = read_text(state, "<A><B/><C> \n </C></A>");

    assert_int_equal(lb_xml_text(root, "B").len, 0);
    assert_int_equal(lb_xml_text(root, "C").len, 0);
    assert_int_equal(lb_xml_text(root, "D").len, 0);
}

static void test_a_path_takes_the_first_child_of_each_name(void **state)
{
    const lb_xml_node *root =
        read_text(state, "<A><B/><B><C>no</C></B><D><C><E>yes</E></C></D></A>");

    assert_null(lb_xml_find(root, "B/C"));
    assert_text(lb_xml_text(root, "D/C/E"), "yes");
    assert_text(lb_xml_below(root, "E")->text, "yes");
    assert_null(lb_xml_below(root, "A"));
    assert_null(lb_xml_below(lb_xml_child(root, "B"), "E"));
}

static void test_finders_find_nothing_in_nothing(void **state)
{
    (void)state;
    assert_null(lb_xml_child(NULL, "A"));
    assert_null(lb_xml_next(NULL, "A"));
    assert_null(lb_xml_below(NULL, "A"));
    assert_null(lb_xml_find(NULL, "A/B"));
    assert_int_equal(lb_xml_text(NULL, "A").len, 0);
    assert_int_equal(lb_xml_where(NULL).len, 0);
}

static void test_utf_16_becomes_utf_8(void **state)
{
    static const char message[] = "\xFF\xFE<\0A\0>\0\xFC\0<\0/\0A\0>\0";
    lb_xml_fault fault;
    const lb_xml_node *root = lb_xml_read(*state, (lb_span){message, sizeof message - 1}, &fault);

    assert_non_null(root);
    assert_text(root->text, "\xC3\xBC");
}

static void test_a_document_type_is_refused(void **state)
{
    assert_int_equal(refused(state, LB_SPAN("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")),
                     LB_VERDICT_GARBLED);
    assert_int_equal(refused(state, LB_SPAN("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>")),
                     LB_VERDICT_GARBLED);
    assert_int_equal(refused(state, LB_SPAN("<a>&b;</a>")), LB_VERDICT_GARBLED);
}

static void test_what_ends_early_is_cut_short(void **state)
{
    static const char message[] = "<A><B x='1'>text</B><C><![CDATA[d]]></C></A>";

    for (size_t len = 0; len < sizeof message - 1; len++) {
        char *exact = malloc(len == 0 ? 1 : len);
        assert_non_null(exact);
        memcpy(exact, message, len);
        assert_int_equal(refused(state, (lb_span){exact, len}), LB_VERDICT_CUT_SHORT);
        free(exact);
        lb_sink_reset(*state);
    }
}

static void test_what_is_no_xml_is_garbled(void **state)
{
    assert_int_equal(refused(state, LB_SPAN("<A></B>")), LB_VERDICT_GARBLED);
    assert_int_equal(refused(state, LB_SPAN("UNB+UNOA:1'")), LB_VERDICT_GARBLED);
    assert_int_equal(refused(state, LB_SPAN("<A/><A/>")), LB_VERDICT_GARBLED);
    assert_int_equal(refused(state, LB_SPAN("<A>\xFF</A>")), LB_VERDICT_GARBLED);
}

/* `count` times `piece` in one heap copy, closed by `count` times `end` between `before` and `after`. */
static lb_span repeated(const char *before, const char *piece, const char *end, const char *after,
                        size_t count)
{
    size_t lens[] = {strlen(before), strlen(piece), strlen(end), strlen(after)};
    size_t len = lens[0] + lens[3] + count * (lens[1] + lens[2]);
    char *text = malloc(len), *at = text;
    assert_non_null(text);
    memcpy(at, before, lens[0]), at += lens[0];
    for (size_t i = 0; i < count; i++, at += lens[1])
        memcpy(at, piece, lens[1]);
    for (size_t i = 0; i < count; i++, at += lens[2])
        memcpy(at, end, lens[2]);
    memcpy(at, after, lens[3]);
    return (lb_span){text, len};
}

static bool reads(void **state, lb_span message)
{
    lb_xml_fault fault;
    bool is_read = lb_xml_read(*state, message, &fault) != NULL;
    if (!is_read)
        assert_int_equal(fault.verdict, LB_VERDICT_TOO_MUCH);
    free((void *)(uintptr_t)message.at);
    lb_sink_reset(*state);
    return is_read;
}

static void test_depth_has_a_limit(void **state)
{
    assert_true(reads(state, repeated("", "<a>", "</a>", "", LB_XML_MAX_DEPTH - 1)));
    assert_true(reads(state, repeated("", "<a>", "</a>", "", LB_XML_MAX_DEPTH)));
    assert_false(reads(state, repeated("", "<a>", "</a>", "", LB_XML_MAX_DEPTH + 1)));
}

/* A root with so many elements, itself among them, in groups of a thousand. */
static lb_span grouped(size_t elements)
{
    char *text = malloc(8 * elements + 64), *at = text;
    assert_non_null(text);
    at = stpcpy(at, "<r><g>");
    for (size_t i = 2; i < elements; i++)
        at = stpcpy(at, i % 1000 == 0 ? "</g><g>" : "<a/>");
    at = stpcpy(at, "</g></r>");
    return lb_span_between(text, at);
}

static void test_elements_have_a_limit(void **state)
{
    assert_true(reads(state, grouped(LB_XML_MAX_ELEMENTS - 1)));
    assert_true(reads(state, grouped(LB_XML_MAX_ELEMENTS)));
    assert_false(reads(state, grouped(LB_XML_MAX_ELEMENTS + 1)));
}

static void test_children_have_a_limit(void **state)
{
    assert_true(reads(state, repeated("<r>", "<a/>", "", "</r>", LB_XML_MAX_CHILDREN - 1)));
    assert_true(reads(state, repeated("<r>", "<a/>", "", "</r>", LB_XML_MAX_CHILDREN)));
    assert_false(reads(state, repeated("<r>", "<a/>", "", "</r>", LB_XML_MAX_CHILDREN + 1)));
}

static lb_span with_attributes(int count)
{
    char *text = malloc(4096);
    assert_non_null(text);
    size_t len = (size_t)snprintf(text, 4096, "<a");
    for (int i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, 4096 - len, " n%d='%d'", i, i);
    len += (size_t)snprintf(text + len, 4096 - len, "/>");
    return (lb_span){text, len};
}

static void test_attributes_have_a_limit(void **state)
{
    assert_true(reads(state, with_attributes(LB_XML_MAX_ATTRIBUTES - 1)));
    assert_true(reads(state, with_attributes(LB_XML_MAX_ATTRIBUTES)));
    assert_false(reads(state, with_attributes(LB_XML_MAX_ATTRIBUTES + 1)));
    assert_true(reads(state, repeated("<a b='", "x", "", "'/>", LB_XML_MAX_ATTRIBUTE)));
    assert_false(reads(state, repeated("<a b='", "x", "", "'/>", LB_XML_MAX_ATTRIBUTE + 1)));
}

static void test_a_text_of_many_pieces_stays_small(void **state)
{
    assert_true(reads(state, repeated("<a>", "&amp;", "", "</a>", 1000000)));
}

static void test_memory_has_a_limit(void **state)
{
    (void)state;
    lb_sink *small = NULL;
    lb_xml_fault fault;
    assert_int_equal(lb_sink_open(&small, 8 * 1024), LB_OK);
    lb_span message = repeated("<r>", "<a/>", "", "</r>", 1000);

    assert_null(lb_xml_read(small, message, &fault));
    assert_int_equal(fault.verdict, LB_VERDICT_TOO_MUCH);
    free((void *)(uintptr_t)message.at);
    lb_sink_close(&small);
}

static void test_the_root_is_seen_without_parsing(void **state)
{
    (void)state;
    assert_text(lb_xml_root_name(LB_SPAN("<a/>")), "a");
    assert_text(
        lb_xml_root_name(LB_SPAN("\xEF\xBB\xBF <?xml version='1.0'?>\n<!-- <b> -->\n<n:c d='e'>")),
        "c");
    assert_text(lb_xml_root_name(LB_SPAN("<cut")), "cut");
    assert_text(lb_xml_root_name(LB_SPAN("<!DOCTYPE d [<!ENTITY")), "d");
    assert_int_equal(lb_xml_root_name(LB_SPAN("{\"a\":1}")).len, 0);
    assert_int_equal(lb_xml_root_name(LB_SPAN("<?xml version='1.0'")).len, 0);
    assert_int_equal(lb_xml_root_name(LB_SPAN("<")).len, 0);
    assert_int_equal(lb_xml_root_name(LB_SPAN("< a>")).len, 0);
    assert_int_equal(lb_xml_root_name(LB_EMPTY).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_lose_their_prefix),
        cmocka_unit_test(test_an_undeclared_prefix_is_no_error),
        cmocka_unit_test(test_texts_point_into_the_message),
        cmocka_unit_test(test_texts_with_entities_are_copied_whole),
        cmocka_unit_test(test_empty_and_blank_elements_have_no_text),
        cmocka_unit_test(test_a_path_takes_the_first_child_of_each_name),
        cmocka_unit_test(test_finders_find_nothing_in_nothing),
        cmocka_unit_test(test_utf_16_becomes_utf_8),
        cmocka_unit_test(test_a_document_type_is_refused),
        cmocka_unit_test(test_what_ends_early_is_cut_short),
        cmocka_unit_test(test_what_is_no_xml_is_garbled),
        cmocka_unit_test(test_depth_has_a_limit),
        cmocka_unit_test(test_elements_have_a_limit),
        cmocka_unit_test(test_children_have_a_limit),
        cmocka_unit_test(test_attributes_have_a_limit),
        cmocka_unit_test(test_a_text_of_many_pieces_stays_small),
        cmocka_unit_test(test_memory_has_a_limit),
        cmocka_unit_test(test_the_root_is_seen_without_parsing),
    };
    return cmocka_run_group_tests(tests, open_sink, close_sink);
}
