/* SPDX-License-Identifier: MIT */
#include "http/client.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "http"
#include "base/log.h"
#include "base/mem.h"

/* A component of a URL shorter than this is a common word rather than a secret. */
#define SECRET_MIN 8

/* Returning less than what was offered ends the transfer: the rest of a long reply is not read. */
static size_t on_body(char *data, size_t unit, size_t size, void *arg)
{
    struct http_client *http = arg;
    size_t room = http->reply_max - http->size;
    size_t take = size < room ? size : room;

    (void)unit;
    memcpy(http->body + http->size, data, take);
    http->size += take;
    http->truncated = take < size;
    return take;
}

/*
 * Called before each time that the request is written. When a kept-alive connection ends without a reply,
 * libcurl writes the same request to a new connection and does not report it: whether the server has received
 * the first one is unknown.
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
    /* A day: no header overflows the arithmetic, and the send limiter accepts less. */
    const curl_off_t most_s = 86400;
    curl_off_t seconds = 0;

    if (curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds) != CURLE_OK || seconds <= 0)
        return 0;
    return (uint64_t)(seconds < most_s ? seconds : most_s) * 1000;
}

static void mask(struct http_client *http, const char *piece, size_t size)
{
    char *found = http->body, *end = found + http->size;

    for (; (found = memmem(found, (size_t)(end - found), piece, size)) != NULL; found += size)
        memset(found, '*', size);
}

/* An error page often repeats the URL of the request, which is the secret: its components are masked. */
static void mask_url(struct http_client *http)
{
    static const char delimiters[] = "/?&=#:@";
    const char *piece = NULL;

    (void)curl_easy_getinfo(http->transfer.easy, CURLINFO_EFFECTIVE_URL, &piece);
    for (size_t size; piece != NULL && *piece != '\0'; piece += size + strspn(piece + size, delimiters)) {
        size = strcspn(piece, delimiters);
        if (size >= SECRET_MIN)
            mask(http, piece, size);
    }
}

static void on_done(struct curl_transfer *transfer, int result)
{
    struct http_client *http = container_of(transfer, struct http_client, transfer);
    bool replied = result == CURLE_OK || (result == CURLE_WRITE_ERROR && http->truncated);
    struct http_client_reply reply = {
        .maybe = http->attempts > 1, .body = http->body, .size = http->size, .reason = "", .error = ""};
    curl_off_t written = 0;
    long status = 0;

    http->body[http->size] = '\0';
    if (http->hide_url)
        mask_url(http);
    if (replied) {
        (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
        reply.status = (int)status;
        reply.retry_after_ms = retry_after_ms(transfer->easy);
        reply.truncated = http->truncated;
    } else {
        (void)curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_UPLOAD_T, &written);
        reply.maybe |=
            written >= (curl_off_t)http->posted || (result == CURLE_COULDNT_CONNECT && http->attempts > 0);
        reply.reason = curl_easy_strerror((CURLcode)result);
        reply.error = curl_transfer_error(transfer, result);
    }
    http->busy = false;
    http->replied(http, &reply);
}

/* `size` is that of the request's body, which the easy handle has already. */
static int launch(struct http_client *http, size_t size, struct err *err)
{
    int code;

    assert(!http->busy);
    http->size = 0;
    http->truncated = false;
    http->attempts = 0;
    http->posted = size;
    code = curl_transfer_start(&http->transfer, http->host, err);
    http->busy = code == 0;
    return code;
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

static bool has(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool there = curl_url_get(url, part, &text, 0) == CURLUE_OK;

    curl_free(text);
    return there;
}

static char *append_path(CURLU *url, const char *path)
{
    char *base = NULL;
    char *whole = NULL;
    char *copy = NULL;
    char *joined;
    int length;

    if (curl_url_get(url, CURLUPART_PATH, &base, 0) != CURLUE_OK)
        return NULL;
    for (length = (int)strlen(base); length > 0 && base[length - 1] == '/'; length--)
        continue;
    joined = mem_alloc((size_t)length + strlen(path) + 1);
    (void)sprintf(joined, "%.*s%s", length, base, path);
    if (curl_url_set(url, CURLUPART_PATH, joined, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_URL, &whole, 0) == CURLUE_OK)
        copy = mem_strdup(whole);
    free(joined);
    curl_free(base);
    curl_free(whole);
    return copy;
}

char *http_client_join(const char *base, const char *path, struct err *err)
{
    CURLU *url = curl_url();
    char *joined = NULL;

    if (http_client_check(base, NULL) != 0 || curl_url_set(url, CURLUPART_URL, base, 0) != CURLUE_OK)
        (void)err_set(err, -EINVAL, "'%s' is not an http or https URL", base);
    else if (has(url, CURLUPART_USER) || has(url, CURLUPART_PASSWORD))
        (void)err_set(err, -EINVAL, "a URL with a user in it: every user of this host can read an argument");
    else if (has(url, CURLUPART_QUERY) || has(url, CURLUPART_FRAGMENT))
        (void)err_set(err, -EINVAL, "'%s' has a query or a fragment", base);
    else if ((joined = append_path(url, path)) == NULL)
        (void)err_set(err, -EINVAL, "'%s' cannot be followed by %s", base, path);
    curl_url_cleanup(url);
    return joined;
}

/* The value may be a secret: no copy of it stays on the heap but libcurl's. */
static void add_header(struct http_client *http, const char *name, const char *value)
{
    size_t size = strlen(name) + strlen(value) + sizeof ": ";
    struct curl_slist *longer;
    char *line = mem_alloc(size);

    (void)snprintf(line, size, "%s: %s", name, value);
    longer = curl_slist_append(http->headers, line);
    explicit_bzero(line, size);
    free(line);
    assert(longer != NULL); /* without memory, as in mem.h */
    http->headers = longer;
}

static void set_headers(struct http_client *http, const struct http_client_options *options)
{
    if (options->content_type != NULL)
        add_header(http, "Content-Type", options->content_type);
    if (options->accept != NULL)
        add_header(http, "Accept", options->accept);
    if (options->authorization != NULL)
        add_header(http, "Authorization", options->authorization);
    (void)curl_easy_setopt(http->transfer.easy, CURLOPT_HTTPHEADER, (struct curl_slist *)http->headers);
}

static void set_credentials(CURL *easy, const struct http_client_options *options)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);

    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_USERNAME, options->user);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_PASSWORD, options->password);
    assert(code == CURLE_OK); /* without memory, as in mem.h */
}

static void configure(struct http_client *http, const struct http_client_options *options)
{
    CURL *easy = http->transfer.easy;

    (void)curl_easy_setopt(easy, CURLOPT_URL, options->url);
    curl_transfer_trust(easy, options->ca, options->ca_file);
    set_headers(http, options);
    if (options->user != NULL)
        set_credentials(easy, options);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT,
                           options->user_agent != NULL ? options->user_agent : "procjon");
    (void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_attempt);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, http);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
}

static void warn_plaintext(const struct http_client *http, const struct http_client_options *options)
{
    if (options->user != NULL || options->authorization != NULL)
        log_warning("the credentials are not encrypted host=%s", http->host);
    else if (!options->url_is_public)
        log_warning("the requests are not encrypted, who reads their URL can use it host=%s", http->host);
}

int http_client_open(struct http_client *http, uv_loop_t *loop, const struct http_client_options *options,
                     struct err *err)
{
    bool secure = true;
    int code;

    *http = (struct http_client){
        .hide_url = !options->url_is_public,
        .reply_max = options->reply_max > 0 ? options->reply_max : HTTP_CLIENT_REPLY_MAX,
        .replied = options->replied,
    };
    code = curl_transfer_host(options->url, "http", "https", http->host, &secure, err);
    if (code == 0)
        code = curl_transfer_open(&http->transfer, loop, options->deadline_ms, on_done, err);
    if (code != 0)
        return code;
    http->body = mem_alloc(http->reply_max + 1);
    configure(http, options);
    if (!secure)
        warn_plaintext(http, options);
    return 0;
}

static void on_closed(struct curl_transfer *transfer)
{
    struct http_client *http = container_of(transfer, struct http_client, transfer);

    curl_slist_free_all(http->headers);
    free(http->body);
    http->closed(http);
}

void http_client_close(struct http_client *http, http_client_closed_cb closed)
{
    if (http->closed != NULL)
        return;
    http->closed = closed;
    curl_transfer_close(&http->transfer, on_closed);
}
