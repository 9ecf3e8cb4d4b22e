/* SPDX-License-Identifier: MIT */
#include "tls_side.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdbool.h>

#include "certs.h"

struct tls_context *side_load(enum tls_role role, const char *trusted, const char *authority,
                              const char *name)
{
    struct tls_context *context = NULL;
    struct certs_files files;
    struct err err;

    if (tls_context_load(&context, role, certs_files(&files, trusted, authority, name), &err) != 0)
        fail_msg("%s", err.msg);
    return context;
}

struct side *side_new(struct tls_context *context, const char *host)
{
    struct side *side = test_calloc(1, sizeof *side);

    assert_int_equal(tls_new(&side->tls, context, host, &side->err), 0);
    tls_context_unref(context);
    return side;
}

struct side *side_server(void)
{
    return side_new(side_load(TLS_SERVER, "main", "main", "server"), NULL);
}

struct side *side_client(void)
{
    return side_new(side_load(TLS_CLIENT, "main", "main", "db1"), "localhost");
}

void side_free(struct side *side)
{
    tls_free(side->tls);
    test_free(side);
}

void side_take(struct side *side, const uint8_t *bytes, size_t size)
{
    size_t length = 1;

    if (side->state == TLS_FAILED || side->state == TLS_ENDED)
        return;
    side->state = tls_feed(side->tls, bytes, size, &side->err);
    while (side->state == TLS_READY && length > 0) {
        side->state =
            tls_read(side->tls, side->got + side->size, sizeof side->got - side->size, &length, &side->err);
        side->size += length;
    }
}

static bool carry(struct side *from, struct side *to)
{
    const uint8_t *bytes;
    size_t size = tls_output(from->tls, &bytes);

    if (size == 0)
        return false;
    side_take(to, bytes, size);
    tls_output_done(from->tls);
    return true;
}

void side_settle(struct side *client, struct side *server)
{
    while (carry(client, server) || carry(server, client))
        ;
}

void side_shake(struct side *client, struct side *server)
{
    side_take(client, NULL, 0);
    side_settle(client, server);
}
