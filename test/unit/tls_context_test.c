/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certs.h"
#include "net/tls_context.h"

static void unusable(enum tls_role role, const struct tls_files *files, const char *path, const char *why)
{
    struct tls_context *context = NULL;
    struct err err = {0};

    assert_true(tls_context_load(&context, role, files, &err) < 0);
    assert_null(context);
    if (strstr(err.msg, path) == NULL || strstr(err.msg, why) == NULL)
        fail_msg("'%s' does not name '%s' and '%s'", err.msg, path, why);
}

static void a_file_that_cannot_be_used_is_named_with_the_reason(void **state)
{
    struct certs_files good;
    struct certs_files other;
    struct tls_files files = *certs_files(&good, "main", "main", "server");

    (void)state;
    certs_files(&other, "other", "other", "db1");
    files.root_cert = "/nonexistent/ca.pem";
    unusable(TLS_SERVER, &files, "root certificate '/nonexistent/ca.pem'", "No such file");
    files.root_cert = good.key;
    unusable(TLS_SERVER, &files, good.key, "cannot read root certificate");
    files.root_cert = good.root_cert;
    files.cert = "/nonexistent/cert.pem";
    unusable(TLS_SERVER, &files, "certificate '/nonexistent/cert.pem'", "No such file");
    files.cert = good.key;
    unusable(TLS_CLIENT, &files, good.key, "there is none in it");
    files.cert = good.cert;
    files.key = "/nonexistent/key.pem";
    unusable(TLS_CLIENT, &files, "key '/nonexistent/key.pem'", "No such file");
    files.key = good.cert;
    unusable(TLS_CLIENT, &files, good.cert, "there is none in it");
    files.key = other.key;
    unusable(TLS_CLIENT, &files, other.key, "does not match certificate");
}

static void an_encrypted_key_is_refused_without_asking_for_a_password(void **state)
{
    char command[4 * CERTS_PATH_MAX];
    char locked[CERTS_PATH_MAX + sizeof ".locked"];
    struct certs_files good;
    struct tls_files files = *certs_files(&good, "main", "main", "server");

    (void)state;
    (void)snprintf(locked, sizeof locked, "%s.locked", good.key);
    (void)snprintf(command, sizeof command, "openssl pkey -in '%s' -aes128 -passout pass:secret -out '%s'",
                   good.key, locked);
    assert_int_equal(system(command), 0);
    files.key = locked;
    unusable(TLS_SERVER, &files, locked, "it is encrypted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_cannot_be_used_is_named_with_the_reason),
        cmocka_unit_test(an_encrypted_key_is_refused_without_asking_for_a_password),
    };

    return cmocka_run_group_tests(tests, certs_make, certs_remove);
}
