/* SPDX-License-Identifier: MIT */
#include "http/curl_transfer.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"

/* A socket of libcurl's that the loop watches. libcurl may close the socket before libuv has closed the
 * handle. */
struct curl_transfer_socket {
    struct uvx_owner owner;
    uv_poll_t poll;
    curl_socket_t fd;
    struct curl_transfer *transfer;
};

static void finish(struct curl_transfer *transfer, CURLcode result)
{
    transfer->running = false;
    if (curl_easy_getinfo(transfer->easy, CURLINFO_ACTIVESOCKET, &transfer->kept) != CURLE_OK)
        transfer->kept = CURL_SOCKET_BAD;
    (void)curl_multi_remove_handle(transfer->multi, transfer->easy);
    transfer->done(transfer, (int)result);
}

/*
 * Every callback of the loop ends here: libcurl handles the event, then a finished transfer is reported. The
 * report is last, because the owner may close `transfer` in it.
 */
static void work(struct curl_transfer *transfer, curl_socket_t fd, int events)
{
    int running;
    int left;
    CURLMcode code = curl_multi_socket_action(transfer->multi, fd, events, &running);
    CURLMsg *message = curl_multi_info_read(transfer->multi, &left);

    if (message != NULL && message->msg == CURLMSG_DONE)
        finish(transfer, message->data.result);
    else if (code != CURLM_OK && transfer->running)
        finish(transfer, CURLE_ABORTED_BY_CALLBACK); /* the multi handle failed: no message follows */
}

static void on_timer(uv_timer_t *timer)
{
    work(container_of(timer, struct curl_transfer, timer), CURL_SOCKET_TIMEOUT, 0);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct curl_transfer_socket *sock = container_of(poll, struct curl_transfer_socket, poll);
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;

    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    work(sock->transfer, sock->fd, flags);
}

static void on_socket_gone(struct uvx_owner *owner)
{
    struct curl_transfer_socket *sock = container_of(owner, struct curl_transfer_socket, owner);

    uvx_drop(&sock->transfer->owner);
    free(sock);
}

static struct curl_transfer_socket *watch(struct curl_transfer *transfer, curl_socket_t fd)
{
    struct curl_transfer_socket *sock = mem_zalloc(sizeof *sock);

    if (uv_poll_init_socket(transfer->loop, &sock->poll, fd) < 0) {
        free(sock);
        return NULL;
    }
    uvx_own(&sock->owner, (uv_handle_t *)&sock->poll);
    uvx_hold(&transfer->owner);
    sock->fd = fd;
    sock->transfer = transfer;
    (void)curl_multi_assign(transfer->multi, fd, sock);
    return sock;
}

/* uv_close removes the socket from epoll at once: libcurl may close it next, and its number be used again. */
static void unwatch(struct curl_transfer *transfer, struct curl_transfer_socket *sock)
{
    (void)curl_multi_assign(transfer->multi, sock->fd, NULL);
    uvx_shut((uv_handle_t *)&sock->poll);
    uvx_owner_close(&sock->owner, on_socket_gone);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct curl_transfer *transfer = arg;
    struct curl_transfer_socket *sock = known;
    int events = 0;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (sock != NULL)
            unwatch(transfer, sock);
        return 0;
    }
    if (sock == NULL && (sock = watch(transfer, fd)) == NULL)
        return -1;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        events |= UV_READABLE;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        events |= UV_WRITABLE;
    return uv_poll_start(&sock->poll, events, on_poll) < 0 ? -1 : 0;
}

static int on_timeout(CURLM *multi, long timeout_ms, void *arg)
{
    struct curl_transfer *transfer = arg;

    (void)multi;
    if (transfer->owner.closing)
        return 0;
    if (timeout_ms < 0) /* no timer: the transfer may still wait for a socket */
        return uv_timer_stop(&transfer->timer);
    return uv_timer_start(&transfer->timer, on_timer, (uint64_t)timeout_ms, 0);
}

/* Bytes on an idle connection are no reply to the next request, which would take them for its own. */
static bool has_unread(curl_socket_t kept)
{
    char byte;

    return kept != CURL_SOCKET_BAD && recv(kept, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

int curl_transfer_start(struct curl_transfer *transfer, const char *host, struct err *err)
{
    CURLMcode code;

    assert(!transfer->running && !transfer->owner.closing);
    transfer->error[0] = '\0';
    (void)curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, has_unread(transfer->kept) ? 1L : 0L);
    code = curl_multi_add_handle(transfer->multi, transfer->easy);
    if (code != CURLM_OK)
        return err_set(err, -EIO, "request to %s: %s", host, curl_multi_strerror(code));
    transfer->running = true;
    return 0;
}

const char *curl_transfer_error(const struct curl_transfer *transfer, int result)
{
    return transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror((CURLcode)result);
}

int curl_transfer_host(const char *url, const char *plain_scheme, const char *tls_scheme,
                       char shown[CURL_TRANSFER_HOST_MAX], bool *secure, struct err *err)
{
    CURLU *parts = curl_url();
    char *scheme = NULL;
    char *host = NULL;
    char *port = NULL;
    bool parsed = parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
                  curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                  curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                  curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
    bool tls = parsed && strcmp(scheme, tls_scheme) == 0;
    bool known = tls || (parsed && strcmp(scheme, plain_scheme) == 0);

    if (known) {
        (void)snprintf(shown, CURL_TRANSFER_HOST_MAX, "%s://%s:%s", scheme, host, port);
        *secure = tls || strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
                  strcmp(host, "[::1]") == 0;
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
    return known ? 0 : err_set(err, -EINVAL, "not an %s or %s URL", plain_scheme, tls_scheme);
}

void curl_transfer_trust(void *easy, const char *ca, const char *ca_file)
{
    struct curl_blob blob = {.data = (char *)ca, .flags = CURL_BLOB_COPY};

    if (ca == NULL && ca_file == NULL)
        return;
    if (ca != NULL) {
        blob.len = strlen(ca);
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
    } else {
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    }
    (void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL); /* libcurl's default: the system's CAs in addition */
}

static void release(struct curl_transfer *transfer)
{
    if (transfer->running)
        (void)curl_multi_remove_handle(transfer->multi, transfer->easy);
    curl_easy_cleanup(transfer->easy);
    (void)curl_multi_cleanup(transfer->multi);
    curl_global_cleanup();
}

static void configure(struct curl_transfer *transfer, uint64_t deadline_ms)
{
    CURL *easy = transfer->easy;

    (void)curl_multi_setopt(transfer->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(transfer->multi, CURLMOPT_SOCKETDATA, transfer);
    (void)curl_multi_setopt(transfer->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    (void)curl_multi_setopt(transfer->multi, CURLMOPT_TIMERDATA, transfer);
    (void)curl_multi_setopt(transfer->multi, CURLMOPT_MAXCONNECTS, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)deadline_ms);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Without it, ending a transfer during a name look-up joins the resolver's thread and blocks the loop. */
    (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
}

int curl_transfer_open(struct curl_transfer *transfer, uv_loop_t *loop, uint64_t deadline_ms,
                       curl_transfer_done_cb done, struct err *err)
{
    static_assert(sizeof transfer->error >= CURL_ERROR_SIZE, "libcurl writes that much");
    *transfer = (struct curl_transfer){.loop = loop, .done = done, .kept = CURL_SOCKET_BAD};
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) /* reference counted: one cleanup for each init */
        return err_set(err, -ENOMEM, "libcurl does not start");
    transfer->easy = curl_easy_init();
    transfer->multi = curl_multi_init();
    if (transfer->easy == NULL || transfer->multi == NULL) {
        release(transfer);
        return err_set(err, -ENOMEM, "libcurl does not start");
    }
    configure(transfer, deadline_ms);
    (void)uv_timer_init(loop, &transfer->timer);
    uvx_own(&transfer->owner, (uv_handle_t *)&transfer->timer);
    return 0;
}

static void on_gone(struct uvx_owner *owner)
{
    struct curl_transfer *transfer = container_of(owner, struct curl_transfer, owner);

    transfer->closed(transfer);
}

void curl_transfer_close(struct curl_transfer *transfer, curl_transfer_closed_cb closed)
{
    if (transfer->owner.closing)
        return;
    transfer->closed = closed;
    uvx_owner_close(&transfer->owner, on_gone);
    release(transfer); /* libcurl calls on_socket for each socket that is still watched */
    uvx_shut((uv_handle_t *)&transfer->timer);
}
