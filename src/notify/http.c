/* SPDX-License-Identifier: MIT */
#include "notify/http.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LOG_MODULE "notify"
#include "base/log.h"

/* A socket of libcurl's that the loop watches. libcurl may close it long before libuv lets go of the handle.
 */
struct http_socket {
    struct uvx_owner owner;
    uv_poll_t poll;
    curl_socket_t fd;
    struct http *http;
};

/*
 * Every entry from the loop ends here: libcurl works, then a finished request is reported. The report is
 * last, because the owner may close `http` in it.
 */
static void finish(struct http *http, CURLcode result);

static void work(struct http *http, curl_socket_t fd, int events)
{
    int running;
    int left;
    CURLMcode code = curl_multi_socket_action(http->multi, fd, events, &running);
    CURLMsg *message = curl_multi_info_read(http->multi, &left);

    if (message != NULL && message->msg == CURLMSG_DONE)
        finish(http, message->data.result);
    else if (code != CURLM_OK && http->posting)
        finish(http, CURLE_ABORTED_BY_CALLBACK); /* the whole engine stopped: nobody else would say so */
}

static void on_timer(uv_timer_t *timer)
{
    work(container_of(timer, struct http, timer), CURL_SOCKET_TIMEOUT, 0);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct http_socket *sock = container_of(poll, struct http_socket, poll);
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;

    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    work(sock->http, sock->fd, flags);
}

static void on_socket_gone(struct uvx_owner *owner)
{
    struct http_socket *sock = container_of(owner, struct http_socket, owner);

    uvx_drop(&sock->http->owner);
    free(sock);
}

static struct http_socket *watch(struct http *http, curl_socket_t fd)
{
    struct http_socket *sock = mem_zalloc(sizeof *sock);

    if (uv_poll_init_socket(http->loop, &sock->poll, fd) < 0) {
        free(sock);
        return NULL;
    }
    uvx_own(&sock->owner, (uv_handle_t *)&sock->poll);
    uvx_hold(&http->owner);
    sock->fd = fd;
    sock->http = http;
    (void)curl_multi_assign(http->multi, fd, sock);
    return sock;
}

/* uv_close takes the socket out of epoll at once: the number may belong to another socket on the next line.
 */
static void unwatch(struct http *http, struct http_socket *sock)
{
    (void)curl_multi_assign(http->multi, sock->fd, NULL);
    uvx_shut((uv_handle_t *)&sock->poll);
    uvx_owner_close(&sock->owner, on_socket_gone);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct http *http = arg;
    struct http_socket *sock = known;
    int events = 0;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (sock != NULL)
            unwatch(http, sock);
        return 0;
    }
    if (sock == NULL && (sock = watch(http, fd)) == NULL)
        return -1;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        events |= UV_READABLE;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        events |= UV_WRITABLE;
    return uv_poll_start(&sock->poll, events, on_poll) < 0 ? -1 : 0;
}

static int on_timeout(CURLM *multi, long timeout_ms, void *arg)
{
    struct http *http = arg;

    (void)multi;
    if (http->owner.closing)
        return 0;
    if (timeout_ms < 0) /* means: no timer; there may still be a socket to wait for */
        return uv_timer_stop(&http->timer);
    return uv_timer_start(&http->timer, on_timer, (uint64_t)timeout_ms, 0);
}

/* Taking less than was offered ends the transfer, which is what we want of a reply that is no word. */
static size_t on_body(char *data, size_t unit, size_t size, void *arg)
{
    struct http *http = arg;
    size_t room = HTTP_REPLY_MAX - http->size;
    size_t take = size < room ? size : room;

    (void)unit;
    memcpy(http->body + http->size, data, take);
    http->size += take;
    http->overflow = take < size;
    return take;
}

static uint64_t retry_after_ms(CURL *easy)
{
    const curl_off_t most_s = 86400; /* so that no header overflows the arithmetic; the pace asks for less */
    curl_off_t seconds = 0;

    if (curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds) != CURLE_OK || seconds <= 0)
        return 0;
    return (uint64_t)(seconds < most_s ? seconds : most_s) * 1000;
}

static void finish(struct http *http, CURLcode result)
{
    bool whole = result == CURLE_OK || (result == CURLE_WRITE_ERROR && http->overflow);
    struct http_reply reply = {.body = http->body, .size = http->size, .error = ""};
    curl_off_t written = 0;
    long status = 0;

    http->body[http->size] = '\0';
    if (whole) {
        (void)curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
        reply.status = (int)status;
        reply.retry_after_ms = retry_after_ms(http->easy);
    } else {
        (void)curl_easy_getinfo(http->easy, CURLINFO_SIZE_UPLOAD_T, &written);
        reply.maybe = written >= (curl_off_t)http->posted;
        reply.error = http->error[0] != '\0' ? http->error : curl_easy_strerror(result);
    }
    http->posting = false;
    (void)curl_multi_remove_handle(http->multi, http->easy);
    http->replied(http, &reply);
}

/* `size`: of the body, which the handle has already. */
static int launch(struct http *http, size_t size, struct err *err)
{
    CURLMcode code;

    assert(!http->posting && !http->owner.closing);
    http->size = 0;
    http->overflow = false;
    http->error[0] = '\0';
    http->posted = size;
    code = curl_multi_add_handle(http->multi, http->easy);
    if (code != CURLM_OK)
        return err_set(err, -EIO, "request to %s: %s", http->host, curl_multi_strerror(code));
    http->posting = true;
    return 0;
}

int http_post(struct http *http, const void *body, size_t size, struct err *err)
{
    (void)curl_easy_setopt(http->easy, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(http->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
    if (curl_easy_setopt(http->easy, CURLOPT_COPYPOSTFIELDS, body) != CURLE_OK)
        return err_set(err, -ENOMEM, "request to %s: no memory for %zu bytes", http->host, size);
    return launch(http, size, err);
}

int http_get(struct http *http, struct err *err)
{
    (void)curl_easy_setopt(http->easy, CURLOPT_HTTPGET, 1L);
    return launch(http, 0, err);
}

/* Fills `shown` with what may be shown of the URL, and tells whether whoever listens on the way hears it. */
static int parse(const char *url, char shown[HTTP_HOST_MAX], bool *local, struct err *err)
{
    CURLU *parts = curl_url();
    char *scheme = NULL;
    char *host = NULL;
    char *port = NULL;
    bool parsed = parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
                  curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                  curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                  curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
    bool secure = parsed && strcmp(scheme, "https") == 0;
    bool known = secure || (parsed && strcmp(scheme, "http") == 0);

    if (known) {
        (void)snprintf(shown, HTTP_HOST_MAX, "%s://%s:%s", scheme, host, port);
        *local = secure || strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
                 strcmp(host, "[::1]") == 0;
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
    return known ? 0 : err_set(err, -EINVAL, "webhook: not an http or https URL");
}

int http_check(const char *url, struct err *err)
{
    char shown[HTTP_HOST_MAX];
    bool local;

    return parse(url, shown, &local, err);
}

static void release(struct http *http)
{
    if (http->posting)
        (void)curl_multi_remove_handle(http->multi, http->easy);
    curl_easy_cleanup(http->easy);
    (void)curl_multi_cleanup(http->multi);
    curl_slist_free_all(http->headers);
    curl_global_cleanup();
}

static void configure(struct http *http, const struct http_options *options)
{
    CURL *easy = http->easy;

    (void)curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    (void)curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    (void)curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    (void)curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, 1L);

    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, (struct curl_slist *)http->headers);
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "procjon");
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->deadline_ms);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Otherwise giving up while a name is being resolved joins the resolver's thread: the loop would wait. */
    (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->error);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
}

static int add_content_type(struct http *http, const char *type)
{
    char header[128];

    if (type == NULL)
        return 0;
    (void)snprintf(header, sizeof header, "Content-Type: %s", type);
    http->headers = curl_slist_append(NULL, header);
    return http->headers != NULL ? 0 : -ENOMEM;
}

int http_open(struct http *http, uv_loop_t *loop, const struct http_options *options, struct err *err)
{
    bool local = true;
    int rc;

    static_assert(sizeof http->error >= CURL_ERROR_SIZE, "libcurl writes that much");
    *http = (struct http){.loop = loop, .replied = options->replied};
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) /* counted: one cleanup per init */
        return err_set(err, -ENOMEM, "libcurl does not start");
    http->easy = curl_easy_init();
    http->multi = curl_multi_init();
    rc = parse(options->url, http->host, &local, err);
    if (rc == 0 &&
        (http->easy == NULL || http->multi == NULL || add_content_type(http, options->content_type) < 0 ||
         curl_easy_setopt(http->easy, CURLOPT_URL, options->url) != CURLE_OK))
        rc = err_set(err, -ENOMEM, "request to %s: no memory", http->host);
    if (rc < 0) {
        release(http);
        return rc;
    }
    configure(http, options);
    (void)uv_timer_init(loop, &http->timer);
    uvx_own(&http->owner, (uv_handle_t *)&http->timer);
    if (!local)
        log_warning("requests are not encrypted, whoever sees their URL can use it host=%s", http->host);
    return 0;
}

static void on_gone(struct uvx_owner *owner)
{
    struct http *http = container_of(owner, struct http, owner);

    http->closed(http);
}

void http_close(struct http *http, http_closed_cb closed)
{
    if (http->owner.closing)
        return;
    http->closed = closed;
    uvx_owner_close(&http->owner, on_gone);
    release(http); /* drops the sockets that are still watched, through on_socket */
    uvx_shut((uv_handle_t *)&http->timer);
}
