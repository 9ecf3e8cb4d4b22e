/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>

#include "config/config.h"
#include "engine/engine.h"

static void read_it(struct config *config)
{
    static char name[] = "procjon";
    static char *nothing[] = {name, NULL};
    struct err err;

    config_init(config);
    assert_int_equal(config_read(config, 1, nothing, &err), OPTIONS_OK);
}

static void the_defaults_are_those_of_the_manual(void **state)
{
    struct config config;

    (void)state;
    read_it(&config);
    assert_int_equal(config.endpoint_count, 1);
    assert_string_equal(config.endpoint_texts[0], "localhost:8080");
    assert_null(config.root_cert);
    assert_false(config.insecure);
    assert_string_equal(config.data, "procjon-data");
    assert_string_equal(config.http, "127.0.0.1:8081");
    assert_true(config.disconnect_grace_ms == ENGINE_GRACE_DEFAULT);
    assert_int_equal(config.restart_grace_ms, 60000);
    assert_int_equal(config.history_days, 93);
    assert_null(config.heartbeat_url);
    assert_int_equal(config.connection_max, 0);
    assert_int_equal(config.source_max, 0);
    assert_int_equal(config.log_level, LOG_INFO);
    assert_null(config.file_path);
    assert_false(config.only_check);
    config_fini(&config);
}

static void every_option_is_read_from_the_environment(void **state)
{
    static const char *const variables[][2] = {
        {"PROCJON_ENDPOINT", "127.0.0.1:1,[::1]:2,unix:/s"},
        {"PROCJON_ROOT_CERT", "r"},
        {"PROCJON_CERT", "c"},
        {"PROCJON_KEY_CERT", "k"},
        {"PROCJON_INSECURE", "true"},
        {"PROCJON_DATA", "d"},
        {"PROCJON_HTTP", ""},
        {"PROCJON_DISCONNECT_GRACE", "3"},
        {"PROCJON_RESTART_GRACE", "4"},
        {"PROCJON_HISTORY_DAYS", "5"},
        {"PROCJON_HEARTBEAT_URL", "https://h/"},
        {"PROCJON_MAX_CONNECTIONS", "6"},
        {"PROCJON_MAX_CONNECTIONS_PER_ADDRESS", "7"},
        {"PROCJON_CONFIG", "/dev/null"},
        {"PROCJON_CHECK_CONFIG", "true"},
        {"PROCJON_LOGLEVEL", "error"},
    };
    const size_t count = sizeof variables / sizeof variables[0];
    struct config config;

    (void)state;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(setenv(variables[i][0], variables[i][1], 1), 0);
    read_it(&config);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(unsetenv(variables[i][0]), 0);
    assert_int_equal(config.endpoint_count, 3);
    assert_string_equal(config.endpoint_texts[2], "unix:/s");
    assert_string_equal(config.root_cert, "r");
    assert_string_equal(config.cert, "c");
    assert_string_equal(config.key_cert, "k");
    assert_true(config.insecure);
    assert_string_equal(config.data, "d");
    assert_string_equal(config.http, "");
    assert_int_equal(config.disconnect_grace_ms, 3000);
    assert_int_equal(config.restart_grace_ms, 4000);
    assert_int_equal(config.history_days, 5);
    assert_string_equal(config.heartbeat_url, "https://h/");
    assert_int_equal(config.connection_max, 6);
    assert_int_equal(config.source_max, 7);
    assert_string_equal(config.file_path, "/dev/null");
    assert_true(config.only_check);
    assert_int_equal(config.log_level, LOG_ERROR);
    config_fini(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_defaults_are_those_of_the_manual),
        cmocka_unit_test(every_option_is_read_from_the_environment),
    };

    (void)unsetenv("STATE_DIRECTORY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
