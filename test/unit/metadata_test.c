/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "grpc/metadata.h"

static enum metadata_content content_type(const char *text)
{
    return metadata_content_type((const uint8_t *)text, strlen(text));
}

static void grpc_is_recognised_in_every_spelling(void **state)
{
    static const struct {
        const char *text;
        enum metadata_content content;
    } cases[] = {
        {"application/grpc", CONTENT_GRPC},
        {"APPLICATION/gRPC", CONTENT_GRPC},
        {"application/grpc;x=1", CONTENT_GRPC},
        {"application/grpc ; x", CONTENT_GRPC},
        {"application/grpc\t", CONTENT_GRPC},
        {"application/grpc+proto", CONTENT_GRPC_PROTO},
        {"application/grpc+PROTO; x", CONTENT_GRPC_PROTO},
        {"application/grpc+protobuf", CONTENT_OTHER},
        {"application/grpc+json", CONTENT_OTHER},
        {"application/grpc+", CONTENT_OTHER},
        {"application/grpc-web", CONTENT_OTHER},
        {"application/grpcfoo", CONTENT_OTHER},
        {"application/grp", CONTENT_OTHER},
        {"application/grpc x", CONTENT_OTHER},
        {"text/plain", CONTENT_OTHER},
        {"", CONTENT_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(content_type(cases[i].text), cases[i].content);
}

static void an_answer_has_one_of_two_types_and_no_text_of_the_client(void **state)
{
    (void)state;
    assert_string_equal(metadata_content_name(content_type("application/grpc;x=1")), "application/grpc");
    assert_string_equal(metadata_content_name(content_type("application/grpc+proto;x=1")),
                        "application/grpc+proto");
}

static enum metadata_encoding encoding(const char *text)
{
    return metadata_encoding((const uint8_t *)text, strlen(text));
}

static void encodings_are_known_by_their_exact_names(void **state)
{
    (void)state;
    assert_int_equal(encoding("identity"), ENCODING_IDENTITY);
    assert_int_equal(encoding("gzip"), ENCODING_GZIP);
    assert_int_equal(encoding("GZIP"), ENCODING_OTHER);
    assert_int_equal(encoding("gzip2"), ENCODING_OTHER);
    assert_int_equal(encoding(""), ENCODING_OTHER);
}

static void a_pushback_is_a_number_of_milliseconds_or_an_end(void **state)
{
    static const struct {
        const char *text;
        int32_t ms;
    } cases[] = {
        {"0", 0},    {"1", 1},     {"1500", 1500}, {"2147483647", INT32_MAX},
        {"-1", -1},  {"", -1},     {"00", -1},     {"0100", -1},
        {"+5", -1},  {" 5", -1},   {"5 ", -1},     {"2147483648", -1},
        {"5.0", -1}, {"5ms", -1},  {"soon", -1},   {"99999999999999999999", -1},
        {"-0", -1},  {"0x10", -1}, {"1,2", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(metadata_pushback((const uint8_t *)cases[i].text, strlen(cases[i].text)),
                         cases[i].ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grpc_is_recognised_in_every_spelling),
        cmocka_unit_test(an_answer_has_one_of_two_types_and_no_text_of_the_client),
        cmocka_unit_test(encodings_are_known_by_their_exact_names),
        cmocka_unit_test(a_pushback_is_a_number_of_milliseconds_or_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
