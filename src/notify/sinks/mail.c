/* SPDX-License-Identifier: MIT */
#include "notify/sinks/mail.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/uvx.h"
#include "http/curl_transfer.h"
#include "notify/sinks/mail_message.h"

#define LOG_MODULE "notify"
#include "base/log.h"

/*
 * libcurl blocks while it waits for some replies of a mail server (to the message, and to QUIT), even in the
 * multi interface, and would block the loop. Therefore each message has a thread of its own; a thread of the
 * pool of libuv would be missing in the store. While `sending` is set the thread owns all fields but those
 * that the lock guards.
 */
struct mail {
    struct sink sink;
    struct uvx_owner owner;
    uv_async_t done;
    uv_thread_t thread;
    bool sending;
    uv_mutex_t lock; /* guards the next two fields */
    bool cancelled;
    curl_socket_t fd; /* the open connection, or CURL_SOCKET_BAD */
    CURL *easy;
    CURLcode result;
    char error[CURL_ERROR_SIZE];
    struct sink_config config;
    struct curl_slist *recipients;
    char host[CURL_TRANSFER_HOST_MAX];
    struct buf message; /* what libcurl has not read yet */
    bool written;       /* libcurl has read all of it */
};

/* An address as in an envelope: no display name, and no character that would end it early. */
static bool is_address(const char *text)
{
    const char *at = strchr(text, '@');

    if (at == NULL || at == text || at[1] == '\0')
        return false;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~' || strchr("<>,;:\"()[]\\", *c) != NULL)
            return false;
    }
    return true;
}

int mail_check(const struct sink_config *config, struct err *err)
{
    char host[CURL_TRANSFER_HOST_MAX];
    bool local;

    if (!is_address(config->from))
        return err_set(err, -EINVAL, "from: '%s' is no mail address", config->from);
    for (unsigned i = 0; i < config->to_count; i++) {
        if (!is_address(config->to[i]))
            return err_set(err, -EINVAL, "to: '%s' is no mail address", config->to[i]);
    }
    return curl_transfer_host(config->url, "smtp", "smtps", host, &local, err);
}

static size_t on_read(char *to, size_t unit, size_t room, void *arg)
{
    struct mail *mail = arg;
    size_t left = buf_length(&mail->message);
    size_t take = unit * room < left ? unit * room : left;

    if (take > 0)
        memcpy(to, buf_bytes(&mail->message), take);
    buf_consume(&mail->message, take);
    mail->written = take == left;
    return take;
}

/*
 * A 4yz reply is a temporary error (RFC 5321, section 4.2.1). A 5yz reply to the message is about the
 * message. Before the message it is about the sender or the recipients, and would be the same for the next
 * message.
 */
static enum sink_verdict verdict_of(CURLcode result, long code, bool written)
{
    if (result == CURLE_OK)
        return SINK_DELIVERED;
    if (result == CURLE_LOGIN_DENIED || result == CURLE_USE_SSL_FAILED)
        return SINK_DISABLED;
    if (code >= 400 && code < 500)
        return SINK_RETRY;
    if (code >= 500)
        return written ? SINK_REJECTED : SINK_DISABLED;
    return SINK_UNREACHABLE;
}

static bool is_cancelled(struct mail *mail)
{
    bool cancelled;

    uv_mutex_lock(&mail->lock);
    cancelled = mail->cancelled;
    uv_mutex_unlock(&mail->lock);
    return cancelled;
}

static int on_opened(void *arg, curl_socket_t fd, curlsocktype purpose)
{
    struct mail *mail = arg;

    (void)purpose;
    uv_mutex_lock(&mail->lock);
    mail->fd = fd;
    uv_mutex_unlock(&mail->lock);
    return is_cancelled(mail) ? CURL_SOCKOPT_ERROR : CURL_SOCKOPT_OK;
}

static int on_closing(void *arg, curl_socket_t fd)
{
    struct mail *mail = arg;
    int rc;

    uv_mutex_lock(&mail->lock);
    if (mail->fd == fd)
        mail->fd = CURL_SOCKET_BAD;
    rc = close(fd);
    uv_mutex_unlock(&mail->lock);
    return rc;
}

/* libcurl calls on_progress while it connects, but not while it waits for a reply: the shutdown ends that. */
static void cancel(struct mail *mail)
{
    uv_mutex_lock(&mail->lock);
    mail->cancelled = true;
    if (mail->fd != CURL_SOCKET_BAD)
        (void)shutdown(mail->fd, SHUT_RDWR);
    uv_mutex_unlock(&mail->lock);
}

/* Not 0 cancels the transfer. */
static int on_progress(void *arg, curl_off_t to_get, curl_off_t got, curl_off_t to_put, curl_off_t put)
{
    struct mail *mail = arg;

    (void)to_get;
    (void)got;
    (void)to_put;
    (void)put;
    return is_cancelled(mail) ? 1 : 0;
}

static void run(void *arg)
{
    struct mail *mail = arg;

    mail->result = curl_easy_perform(mail->easy);
    (void)uv_async_send(&mail->done);
}

static void on_done(uv_async_t *async)
{
    struct mail *mail = container_of(async, struct mail, done);
    struct sink_answer answer = {0};
    long code = 0;

    if (!mail->sending)
        return;
    (void)uv_thread_join(&mail->thread);
    mail->sending = false;
    buf_fini(&mail->message);
    if (mail->owner.closing) {
        uvx_shut((uv_handle_t *)&mail->done);
        return;
    }
    (void)curl_easy_getinfo(mail->easy, CURLINFO_RESPONSE_CODE, &code);
    answer.verdict = verdict_of(mail->result, code, mail->written);
    answer.maybe = answer.verdict == SINK_UNREACHABLE && mail->written;
    if (code >= 400)
        (void)snprintf(answer.detail, sizeof answer.detail, "status %ld: %.200s", code, mail->error);
    else
        (void)snprintf(answer.detail, sizeof answer.detail, "%.200s",
                       *mail->error != '\0' ? mail->error : curl_easy_strerror(mail->result));
    mail->sink.events->answered(mail->sink.arg, &answer);
}

static void send_mail(struct sink *sink, const struct digest *digest, int64_t now_ms, bool plain)
{
    struct mail *mail = container_of(sink, struct mail, sink);
    struct sink_answer answer = {.verdict = SINK_UNREACHABLE, .detail = "cannot start a thread"};

    (void)plain; /* there is one form only */
    mail->written = false;
    mail->error[0] = '\0';
    mail_message_write(&mail->config, digest, now_ms, &mail->message);
    mail->sending = uv_thread_create(&mail->thread, run, mail) == 0;
    if (mail->sending)
        return;
    buf_fini(&mail->message);
    sink->events->answered(sink->arg, &answer);
}

static void on_gone(struct uvx_owner *owner)
{
    struct mail *mail = container_of(owner, struct mail, owner);
    struct sink sink = mail->sink;

    curl_easy_cleanup(mail->easy);
    curl_slist_free_all(mail->recipients);
    curl_global_cleanup();
    uv_mutex_destroy(&mail->lock);
    sink_config_fini(&mail->config);
    free(mail);
    sink.events->closed(sink.arg);
}

static void close_mail(struct sink *sink)
{
    struct mail *mail = container_of(sink, struct mail, sink);

    if (mail->owner.closing)
        return;
    cancel(mail);
    uvx_owner_close(&mail->owner, on_gone);
    if (!mail->sending)
        uvx_shut((uv_handle_t *)&mail->done);
}

static const struct sink_ops ops = {.send = send_mail, .close = close_mail};

static void configure(struct mail *mail, uint64_t deadline_ms)
{
    const struct sink_config *config = &mail->config;
    CURL *easy = mail->easy;

    for (unsigned i = 0; i < config->to_count; i++)
        mail->recipients = curl_slist_append(mail->recipients, config->to[i]);
    (void)curl_easy_setopt(easy, CURLOPT_URL, config->url);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_transfer_trust(easy, config->ca, NULL);
    (void)curl_easy_setopt(
        easy, CURLOPT_USE_SSL,
        (long)(config->starttls == SINK_CONFIG_STARTTLS_REQUIRED ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    (void)curl_easy_setopt(easy, CURLOPT_MAIL_FROM, config->from);
    (void)curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, mail->recipients);
    if (config->user != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_USERNAME, config->user);
        (void)curl_easy_setopt(easy, CURLOPT_PASSWORD, config->password);
    }
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)deadline_ms);
    (void)curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)(deadline_ms + 999) / 1000);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE,
                           1L); /* QUIT is sent in the thread, not at the clean-up */
    (void)curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_opened);
    (void)curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, mail);
    (void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_closing);
    (void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, mail);
    (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, mail->error);
    (void)curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    (void)curl_easy_setopt(easy, CURLOPT_READDATA, mail);
    (void)curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(easy, CURLOPT_XFERINFODATA, mail);
}

static int start_curl(struct mail *mail, struct err *err)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) /* counted by libcurl: one cleanup per init */
        return err_set(err, -ENOMEM, "cannot initialise libcurl");
    mail->easy = curl_easy_init();
    mail->fd = CURL_SOCKET_BAD;
    if (mail->easy != NULL && uv_mutex_init(&mail->lock) == 0)
        return 0;
    curl_easy_cleanup(mail->easy);
    curl_global_cleanup();
    return err_set(err, -ENOMEM, "cannot initialise libcurl");
}

int mail_open(struct sink **sink, uv_loop_t *loop, const struct sink_config *config, uint64_t deadline_ms,
              const struct sink_events *events, void *arg, struct err *err)
{
    struct mail *mail = mem_zalloc(sizeof *mail);
    bool local;

    if (curl_transfer_host(config->url, "smtp", "smtps", mail->host, &local, err) != 0 ||
        start_curl(mail, err) != 0) {
        free(mail);
        return err->code;
    }
    mail->sink = (struct sink){.ops = &ops, .events = events, .arg = arg};
    sink_config_copy(&mail->config, config);
    configure(mail, deadline_ms);
    (void)uv_async_init(loop, &mail->done, on_done);
    uvx_own(&mail->owner, (uv_handle_t *)&mail->done);
    if (!local && config->starttls == SINK_CONFIG_STARTTLS_NEVER)
        log_warning("mail is sent in clear host=%s", mail->host);
    log_info("sink opened kind=smtp host=%s", mail->host);
    *sink = &mail->sink;
    return 0;
}
