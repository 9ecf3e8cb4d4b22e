/* SPDX-License-Identifier: MIT */
#include "http/client.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define LOG_MODULE "notify"
#include "base/log.h"

/* Shorter pieces of a URL are words. */
#define SECRET_MIN 8

/* Taking less than was offered ends the transfer, which is what we want of a reply that is no word. */
static size_t on_body(char *data, size_t unit, size_t size, void *arg)
{
    struct http_client *http = arg;
    size_t room = HTTP_CLIENT_REPLY_MAX - http->size;
    size_t take = size < room ? size : room;

    (void)unit;
    memcpy(http->body + http->size, data, take);
    http->size += take;
    http->overflow = take < size;
    return take;
}

/*
 * Called before each request that is written. A kept connection that ends without an answer makes libcurl
 * write the same request to a new one, and says nothing of it: what the first one did nobody knows.
 */
static int on_attempt(void *arg, char *peer, char *self, int peer_port, int self_port)
{
    struct http_client *http = arg;

    (void)peer;
    (void)self;
    (void)peer_port;
    (void)self_port;
    http->attempts++;
    return CURL_PREREQFUNC_OK;
}

static uint64_t retry_after_ms(CURL *easy)
{
    const curl_off_t most_s =
        86400; /* so that no header overflows the arithmetic; the limiter asks for less */
    curl_off_t seconds = 0;

    if (curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds) != CURLE_OK || seconds <= 0)
        return 0;
    return (uint64_t)(seconds < most_s ? seconds : most_s) * 1000;
}

static void hide(struct http_client *http, const char *piece, size_t size)
{
    char *found = http->body, *end = found + http->size;

    for (; (found = memmem(found, (size_t)(end - found), piece, size)) != NULL; found += size)
        memset(found, '*', size);
}

/*
 * An error page likes to repeat the address that was asked for, which is the secret: no piece of it gets any
 * further.
 */
static void hide_url(struct http_client *http)
{
    static const char between[] = "/?&=#:@";
    const char *piece = NULL;

    (void)curl_easy_getinfo(http->transfer.easy, CURLINFO_EFFECTIVE_URL, &piece);
    for (size_t size; piece != NULL && *piece != '\0'; piece += size + strspn(piece + size, between)) {
        size = strcspn(piece, between);
        if (size >= SECRET_MIN)
            hide(http, piece, size);
    }
}

static void on_done(struct curl_transfer *transfer, int result)
{
    struct http_client *http = container_of(transfer, struct http_client, transfer);
    bool whole = result == CURLE_OK || (result == CURLE_WRITE_ERROR && http->overflow);
    struct http_client_reply reply = {.body = http->body, .size = http->size, .error = ""};
    curl_off_t written = 0;
    long status = 0;

    http->body[http->size] = '\0';
    hide_url(http);
    reply.maybe = http->attempts > 1;
    if (whole) {
        (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
        reply.status = (int)status;
        reply.retry_after_ms = retry_after_ms(transfer->easy);
    } else {
        (void)curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_UPLOAD_T, &written);
        reply.maybe |=
            written >= (curl_off_t)http->posted || (result == CURLE_COULDNT_CONNECT && http->attempts > 0);
        reply.error = curl_transfer_error(transfer, result);
    }
    http->posting = false;
    http->replied(http, &reply);
}

/* `size`: of the body, which the handle has already. */
static int launch(struct http_client *http, size_t size, struct err *err)
{
    assert(!http->posting);
    http->size = 0;
    http->overflow = false;
    http->attempts = 0;
    http->posted = size;
    if (curl_transfer_start(&http->transfer, http->host, err) != 0)
        return err->code;
    http->posting = true;
    return 0;
}

int http_client_post(struct http_client *http, const void *body, size_t size, struct err *err)
{
    CURL *easy = http->transfer.easy;

    (void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
    if (curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body) != CURLE_OK)
        return err_set(err, -ENOMEM, "request to %s: no memory for %zu bytes", http->host, size);
    return launch(http, size, err);
}

int http_client_get(struct http_client *http, struct err *err)
{
    (void)curl_easy_setopt(http->transfer.easy, CURLOPT_HTTPGET, 1L);
    return launch(http, 0, err);
}

int http_client_check(const char *url, struct err *err)
{
    char host[CURL_TRANSFER_HOST_MAX];
    bool local;

    return curl_transfer_host(url, "http", "https", host, &local, err);
}

static void configure(struct http_client *http, const struct http_client_options *options)
{
    CURL *easy = http->transfer.easy;

    (void)curl_easy_setopt(easy, CURLOPT_URL, options->url);
    curl_transfer_trust(easy, options->ca);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, (struct curl_slist *)http->headers);
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "procjon");
    (void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_attempt);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, http);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
}

int http_client_open(struct http_client *http, uv_loop_t *loop, const struct http_client_options *options,
                     struct err *err)
{
    char header[128];
    bool local = true;

    *http = (struct http_client){.replied = options->replied};
    if (curl_transfer_host(options->url, "http", "https", http->host, &local, err) != 0)
        return err->code;
    if (curl_transfer_open(&http->transfer, loop, options->deadline_ms, on_done, err) != 0)
        return err->code;
    if (options->content_type != NULL) {
        (void)snprintf(header, sizeof header, "Content-Type: %s", options->content_type);
        http->headers = curl_slist_append(NULL, header);
    }
    configure(http, options);
    if (!local)
        log_warning("requests are not encrypted, whoever sees their URL can use it host=%s", http->host);
    return 0;
}

static void on_closed(struct curl_transfer *transfer)
{
    struct http_client *http = container_of(transfer, struct http_client, transfer);

    curl_slist_free_all(http->headers);
    http->closed(http);
}

void http_client_close(struct http_client *http, http_client_closed_cb closed)
{
    if (http->closed != NULL)
        return;
    http->closed = closed;
    curl_transfer_close(&http->transfer, on_closed);
}
