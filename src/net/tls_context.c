/* SPDX-License-Identifier: MIT */
#include "net/tls_context.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "tls"
#include "base/log.h"
#include "base/mem.h"
#include "net/tls_peer.h"

/* TLS 1.2: RFC 9113, appendix A, prohibits all cipher suites without ECDHE and AEAD. */
#define TLS12_CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL"
/* Bytes of the certificate chain of an unverified peer: a leaf and a few intermediates of RSA-4096. */
#define PEER_CHAIN_MAX 32768

/* The only protocol offered and accepted (RFC 7301 wire form: length, name). */
static const unsigned char alpn_h2[] = {2, 'h', '2'};

struct tls_context {
    SSL_CTX *ssl;
    BIO_METHOD *method; /* reads and writes a struct tls_wire */
    enum tls_role role;
    unsigned refs;
};

/*
 * OpenSSL's memory BIO is not used because it does not free its buffers: up to 64 KiB for each connection
 * that once transferred as much.
 */
static int read_in(BIO *bio, char *out, size_t size, size_t *taken)
{
    struct tls_wire *wire = BIO_get_data(bio);
    size_t length = buf_length(&wire->in);

    BIO_clear_retry_flags(bio);
    if (length == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    *taken = length < size ? length : size;
    memcpy(out, buf_bytes(&wire->in), *taken);
    buf_consume(&wire->in, *taken);
    return 1;
}

static int write_out(BIO *bio, const char *bytes, size_t size, size_t *written)
{
    struct tls_wire *wire = BIO_get_data(bio);

    buf_append(&wire->out, bytes, size);
    *written = size;
    return 1;
}

static long control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static int load_failed(const char *what, const char *path, struct err *err)
{
    unsigned long code = ERR_peek_error();
    int lib = ERR_GET_LIB(code);
    int reason = ERR_GET_REASON(code);

    if (ERR_SYSTEM_ERROR(code))
        return err_errno(err, -reason, "cannot read %s '%s'", what, path);
    if ((lib == ERR_LIB_PEM && reason == PEM_R_NO_START_LINE) || lib == ERR_LIB_OSSL_DECODER)
        return err_set(err, -EINVAL, "cannot read %s '%s': there is none in it, in PEM form", what, path);
    if (reason == ERR_R_INTERRUPTED_OR_CANCELLED) /* by refuse_password */
        return err_set(err, -EINVAL, "cannot read %s '%s': it is encrypted", what, path);
    return err_set(err, -EINVAL, "cannot read %s '%s': %s", what, path, ERR_reason_error_string(code));
}

/* Without this callback OpenSSL asks for the password on the terminal. */
static int refuse_password(char *buffer, int size, int writing, void *user)
{
    if (size > 0)
        buffer[0] = '\0';
    (void)writing;
    (void)user;
    return -1;
}

static void warn_if_out_of_date(SSL_CTX *ssl, const char *path)
{
    X509 *cert = SSL_CTX_get0_certificate(ssl);

    if (X509_cmp_current_time(X509_get0_notAfter(cert)) < 0)
        log_warning("certificate '%s' has expired", path);
    else if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0)
        log_warning("certificate '%s' is not valid yet", path);
}

/*
 * Builds the chain of a certificate file that has only the leaf, once. By default OpenSSL builds it in every
 * handshake and verifies our own certificate for that, which is a fifth of the CPU time of a handshake. An
 * incomplete chain is no error: the peer may have the missing certificates.
 */
static void complete_chain(SSL_CTX *ssl)
{
    STACK_OF(X509) *chain = NULL;

    (void)SSL_CTX_get0_chain_certs(ssl, &chain);
    if (sk_X509_num(chain) <= 0)
        (void)SSL_CTX_build_cert_chain(ssl, SSL_BUILD_CHAIN_FLAG_NO_ROOT | SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR |
                                                SSL_BUILD_CHAIN_FLAG_CLEAR_ERROR);
    (void)SSL_CTX_set_mode(ssl, SSL_MODE_NO_AUTO_CHAIN);
}

static int load_files(SSL_CTX *ssl, const struct tls_files *files, struct err *err)
{
    ERR_clear_error();
    if (SSL_CTX_load_verify_file(ssl, files->root_cert) != 1)
        return load_failed("root certificate", files->root_cert, err);
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(ssl, files->cert) != 1)
        return load_failed("certificate", files->cert, err);
    ERR_clear_error();
    if (SSL_CTX_use_PrivateKey_file(ssl, files->key, SSL_FILETYPE_PEM) != 1 &&
        ERR_GET_LIB(ERR_peek_error()) != ERR_LIB_X509)
        return load_failed("key", files->key, err);
    /* ERR_LIB_X509: the key is readable and does not match; the next call reports that. */
    if (SSL_CTX_check_private_key(ssl) != 1)
        return err_set(err, -EINVAL, "key '%s' does not match certificate '%s'", files->key, files->cert);
    warn_if_out_of_date(ssl, files->cert);
    complete_chain(ssl);
    return 0;
}

/* Records which certificate was refused: the error of OpenSSL does not name it. */
static int on_verify(int accepted, X509_STORE_CTX *store)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_wire *wire = SSL_get_app_data(ssl);
    const X509 *cert = X509_STORE_CTX_get_current_cert(store);
    const char *reason = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
    char *subject;

    if (accepted || wire->cause != NULL || cert == NULL)
        return accepted;
    subject = tls_peer_subject(cert);
    if (asprintf(&wire->cause, "certificate of '%s' refused: %s", subject, reason) < 0)
        wire->cause = NULL;
    free(subject);
    return 0;
}

/* Refuses a client without ALPN: OpenSSL does not call on_alpn for it. */
static int on_hello(SSL *ssl, int *alert, void *user)
{
    struct tls_wire *wire = SSL_get_app_data(ssl);
    const unsigned char *bytes;
    size_t size;

    (void)user;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &bytes, &size) ==
        1)
        return SSL_CLIENT_HELLO_SUCCESS;
    wire->cause = mem_strdup("client did not offer ALPN h2");
    *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
    return SSL_CLIENT_HELLO_ERROR;
}

static int on_alpn(SSL *ssl, const unsigned char **chosen, unsigned char *length, const unsigned char *offer,
                   unsigned int size, void *user)
{
    struct tls_wire *wire = SSL_get_app_data(ssl);
    unsigned char *found;

    (void)user;
    if (SSL_select_next_proto(&found, length, alpn_h2, sizeof alpn_h2, offer, size) ==
        OPENSSL_NPN_NEGOTIATED) {
        *chosen = found;
        return SSL_TLSEXT_ERR_OK;
    }
    wire->cause = mem_strdup("client did not offer ALPN h2");
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void set_rules(SSL_CTX *ssl, enum tls_role role)
{
    bool known = SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) == 1 &&
                 SSL_CTX_set_cipher_list(ssl, TLS12_CIPHERS) == 1;

    assert(known); /* constants that every supported OpenSSL knows */
    SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
    (void)SSL_CTX_set_num_tickets(ssl, 0);
    (void)SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    /* Most connections are idle: OpenSSL frees their record buffers. */
    (void)SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_max_cert_list(ssl, PEER_CHAIN_MAX);
    SSL_CTX_set_default_passwd_cb(ssl, refuse_password);
    /* The extended key usage is checked by default: a client certificate is not accepted from a server. */
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, on_verify);
    /* An intermediate certificate in the root file is a trust anchor too. */
    (void)X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ssl), X509_V_FLAG_PARTIAL_CHAIN);
    if (role == TLS_SERVER) {
        SSL_CTX_set_client_hello_cb(ssl, on_hello, NULL);
        SSL_CTX_set_alpn_select_cb(ssl, on_alpn, NULL);
        return;
    }
    known = SSL_CTX_set_alpn_protos(ssl, alpn_h2, sizeof alpn_h2) ==
            0; /* unlike the others, this call returns 0 for success */
    assert(known);
}

int tls_context_check(const struct tls_files *files, struct err *err)
{
    int given = (files->root_cert != NULL) + (files->cert != NULL) + (files->key != NULL);

    if (given == 0 || given == 3)
        return 0;
    return err_set(err, -EINVAL, "--root-cert, --cert and --key-cert go together: %s is missing",
                   files->root_cert == NULL ? "--root-cert"
                   : files->cert == NULL    ? "--cert"
                                            : "--key-cert");
}

int tls_context_load(struct tls_context **context, enum tls_role role, const struct tls_files *files,
                     struct err *err)
{
    struct tls_context *made = mem_zalloc(sizeof *made);
    int rc;

    /* exit(3) must not free OpenSSL while another thread of the program still uses it. */
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
    made->refs = 1;
    made->role = role;
    made->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "tls_wire");
    made->ssl = SSL_CTX_new(role == TLS_SERVER ? TLS_server_method() : TLS_client_method());
    if (made->method == NULL || made->ssl == NULL) {
        tls_context_unref(made);
        return err_set(err, -ENOMEM, "cannot set up OpenSSL");
    }
    (void)BIO_meth_set_read_ex(made->method, read_in);
    (void)BIO_meth_set_write_ex(made->method, write_out);
    (void)BIO_meth_set_ctrl(made->method, control);
    set_rules(made->ssl, role);
    rc = load_files(made->ssl, files, err);
    ERR_clear_error();
    if (rc != 0) {
        tls_context_unref(made);
        return rc;
    }
    *context = made;
    return 0;
}

struct tls_context *tls_context_ref(struct tls_context *context)
{
    context->refs++;
    return context;
}

void tls_context_unref(struct tls_context *context)
{
    if (context == NULL || --context->refs > 0)
        return;
    SSL_CTX_free(context->ssl);
    BIO_meth_free(context->method);
    free(context);
}

enum tls_role tls_context_role(const struct tls_context *context)
{
    return context->role;
}

struct ssl_st *tls_context_session(struct tls_context *context, struct tls_wire *wire)
{
    SSL *ssl = SSL_new(context->ssl);
    BIO *bio = BIO_new(context->method);

    if (ssl == NULL || bio == NULL) {
        SSL_free(ssl);
        BIO_free(bio);
        return NULL;
    }
    BIO_set_data(bio, wire);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio); /* takes the reference of `bio` for both directions */
    (void)SSL_set_app_data(ssl, wire);
    if (context->role == TLS_SERVER)
        SSL_set_accept_state(ssl);
    else
        SSL_set_connect_state(ssl);
    return ssl;
}
