/* SPDX-License-Identifier: MIT */
#include "net/tls.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct tls {
    struct tls_context *context;
    SSL *ssl;
    struct tls_wire wire;
    enum tls_state state;
    struct tls_peer peer;
};

/* An address is compared with the IP SANs, and is not sent as SNI (RFC 6066 §3). */
static int demand_host(SSL *ssl, const char *host, struct err *err)
{
    X509_VERIFY_PARAM *rules = SSL_get0_param(ssl);

    if (host == NULL || *host == '\0')
        return err_set(err, -EINVAL, "no host name to verify the server's certificate against");
    if (X509_VERIFY_PARAM_set1_ip_asc(rules, host) == 1)
        return 0;
    ERR_clear_error();
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1)
        return 0;
    ERR_clear_error();
    return err_set(err, -EINVAL, "'%s' cannot be the name of a certificate", host);
}

int tls_new(struct tls **tls, struct tls_context *context, const char *host, struct err *err)
{
    struct tls *made = mem_zalloc(sizeof *made);
    int rc = 0;

    ERR_clear_error();
    made->context = tls_context_ref(context);
    made->ssl = tls_context_session(context, &made->wire);
    if (made->ssl == NULL)
        rc = err_set(err, -ENOMEM, "cannot set up a TLS session");
    else if (tls_context_role(context) == TLS_CLIENT)
        rc = demand_host(made->ssl, host, err);
    if (rc != 0) {
        tls_free(made);
        return rc;
    }
    *tls = made;
    return 0;
}

void tls_free(struct tls *tls)
{
    if (tls == NULL)
        return;
    SSL_free(tls->ssl);
    buf_fini(&tls->wire.in);
    buf_fini(&tls->wire.out);
    free(tls->wire.cause);
    tls_peer_fini(&tls->peer);
    tls_context_unref(tls->context);
    free(tls);
}

/* Reports, in this order: the result of our own checks, the alert of the peer, the first error of OpenSSL. */
static enum tls_state fail(struct tls *tls, struct err *err)
{
    unsigned long code = ERR_peek_error();
    int reason = ERR_GET_REASON(code);
    const char *text = ERR_reason_error_string(code);

    tls->state = TLS_FAILED;
    if (tls->wire.cause != NULL)
        err_set(err, -EPROTO, "TLS: %s", tls->wire.cause);
    else if (ERR_GET_LIB(code) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET)
        err_set(err, -EPROTO, "TLS: the peer sent alert '%s'",
                SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET));
    else
        err_set(err, -EPROTO, "TLS: %s", text != NULL ? text : "protocol error");
    ERR_clear_error();
    return TLS_FAILED;
}

/* A server has checked this in on_alpn; a client learns the choice of the server after the handshake. */
static bool has_alpn_h2(const SSL *ssl)
{
    const unsigned char *name;
    unsigned int size;

    SSL_get0_alpn_selected(ssl, &name, &size);
    return size == 2 && memcmp(name, "h2", 2) == 0;
}

static enum tls_state finish(struct tls *tls, struct err *err)
{
    const X509 *cert = SSL_get0_peer_certificate(tls->ssl);

    assert(cert != NULL); /* SSL_VERIFY_FAIL_IF_NO_PEER_CERT */
    if (!has_alpn_h2(tls->ssl)) {
        tls->wire.cause = mem_strdup("server did not choose ALPN h2");
        (void)SSL_shutdown(tls->ssl);
        return fail(tls, err);
    }
    tls_peer_init(&tls->peer, cert);
    tls->state = TLS_READY;
    return TLS_READY;
}

enum tls_state tls_feed(struct tls *tls, const uint8_t *in, size_t size, struct err *err)
{
    int rc;

    buf_append(&tls->wire.in, in, size);
    if (tls->state != TLS_HANDSHAKING)
        return tls->state;
    ERR_clear_error();
    rc = SSL_do_handshake(tls->ssl);
    if (rc == 1)
        return finish(tls, err);
    if (SSL_get_error(tls->ssl, rc) == SSL_ERROR_WANT_READ)
        return TLS_HANDSHAKING;
    return fail(tls, err);
}

enum tls_state tls_read(struct tls *tls, uint8_t *out, size_t size, size_t *length, struct err *err)
{
    *length = 0;
    if (tls->state != TLS_READY) {
        err_set(err, -EPROTO, "TLS: read after an error or the end of the connection");
        return tls->state;
    }
    ERR_clear_error();
    if (SSL_read_ex(tls->ssl, out, size, length) == 1)
        return TLS_READY;
    switch (SSL_get_error(tls->ssl, 0)) {
    case SSL_ERROR_WANT_READ:
        buf_fini(&tls->wire.in); /* empty: not kept allocated until the next read */
        return TLS_READY;
    case SSL_ERROR_ZERO_RETURN:
        tls->state = TLS_ENDED;
        return TLS_ENDED;
    default:
        return fail(tls, err);
    }
}

int tls_write(struct tls *tls, const uint8_t *in, size_t size, struct err *err)
{
    size_t written;

    assert(tls->state == TLS_READY);
    if (size == 0)
        return 0;
    ERR_clear_error();
    /* Never partial: the output buffer grows, and SSL_MODE_ENABLE_PARTIAL_WRITE is off. */
    if (SSL_write_ex(tls->ssl, in, size, &written) == 1)
        return 0;
    (void)fail(tls, err);
    return -EPROTO;
}

size_t tls_output(const struct tls *tls, const uint8_t **out)
{
    size_t size = buf_length(&tls->wire.out);

    if (size > 0)
        *out = buf_bytes(&tls->wire.out);
    return size;
}

void tls_output_done(struct tls *tls)
{
    buf_fini(&tls->wire.out);
}

void tls_close_notify(struct tls *tls)
{
    if (tls->state != TLS_READY && tls->state != TLS_ENDED)
        return;
    ERR_clear_error();
    (void)SSL_shutdown(tls->ssl); /* 0: the close_notify of the peer is missing, and is not waited for */
    ERR_clear_error();
}

const struct tls_peer *tls_peer(const struct tls *tls)
{
    return tls->peer.subject != NULL ? &tls->peer : NULL;
}
