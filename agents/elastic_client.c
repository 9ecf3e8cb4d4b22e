/* SPDX-License-Identifier: MIT */
#include "elastic_client.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "elastic"
#include "base/log.h"
#include "base/mem.h"
#include "secret.h"

#define HEALTH "/_cluster/health"
/* Descriptors that the owner may wait for at the same time. */
#define WAIT_MAX 4
/* "Authorization: ApiKey " and a secret of the longest kind. */
#define HEADER_MAX (64 + SECRET_MAX)

/* ---- the address ---- */

static bool has(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool there = curl_url_get(url, part, &text, 0) == CURLUE_OK;

    curl_free(text);
    return there;
}

static bool is_web(CURLU *url)
{
    char *scheme = NULL;
    bool web = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
               (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);

    curl_free(scheme);
    return web;
}

/* The path may be that of a proxy in front of the cluster. */
static char *append_health(CURLU *url)
{
    char *path = NULL;
    char *whole = NULL;
    char *copy = NULL;
    char *longer;
    size_t length;

    if (curl_url_get(url, CURLUPART_PATH, &path, 0) != CURLUE_OK)
        return NULL;
    for (length = strlen(path); length > 0 && path[length - 1] == '/'; length--)
        continue;
    longer = mem_alloc(length + sizeof HEALTH);
    memcpy(longer, path, length);
    memcpy(longer + length, HEALTH, sizeof HEALTH);
    if (curl_url_set(url, CURLUPART_PATH, longer, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_URL, &whole, 0) == CURLUE_OK)
        copy = mem_strdup(whole);
    free(longer);
    curl_free(path);
    curl_free(whole);
    return copy;
}

char *elastic_client_url(const char *host, struct err *err)
{
    CURLU *url = curl_url();
    char *health = NULL;

    if (url == NULL || curl_url_set(url, CURLUPART_URL, host, 0) != CURLUE_OK || !is_web(url))
        (void)err_set(err, -EINVAL, "'%s' is not an http or https URL", host);
    else if (has(url, CURLUPART_USER) || has(url, CURLUPART_PASSWORD))
        (void)err_set(err, -EINVAL, "a URL with a user in it: everybody on this host can see an argument");
    else if (has(url, CURLUPART_QUERY) || has(url, CURLUPART_FRAGMENT))
        (void)err_set(err, -EINVAL, "'%s' has a query or a fragment", host);
    else if ((health = append_health(url)) == NULL)
        (void)err_set(err, -EINVAL, "'%s' cannot be followed by " HEALTH, host);
    curl_url_cleanup(url);
    return health;
}

/* Whether somebody on the way could listen. */
static bool is_open(const char *address)
{
    CURLU *url = curl_url();
    char *scheme = NULL;
    char *host = NULL;
    bool local = url != NULL && curl_url_set(url, CURLUPART_URL, address, 0) == CURLUE_OK &&
                 curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                 curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                 (strcmp(scheme, "https") == 0 || strcmp(host, "localhost") == 0 ||
                  strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0);

    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(url);
    return !local;
}

/* ---- the request ---- */

/* Taking less than was offered ends the transfer. */
static size_t on_body(char *data, size_t unit, size_t size, void *arg)
{
    struct elastic_client *client = arg;
    size_t room = sizeof client->body - client->size;
    size_t take = size < room ? size : room;

    (void)unit;
    memcpy(client->body + client->size, data, take);
    client->size += take;
    client->overflow = take < size;
    return take;
}

static int set_headers(struct elastic_client *client, const struct elastic_client_options *options)
{
    char header[HEADER_MAX];
    struct curl_slist *list = curl_slist_append(NULL, "Accept: application/json");
    struct curl_slist *longer = list;

    client->headers = list;
    if (list != NULL && options->api_key != NULL) {
        int length = snprintf(header, sizeof header, "Authorization: ApiKey %s", options->api_key);

        longer = length < (int)sizeof header ? curl_slist_append(list, header) : NULL;
        explicit_bzero(header, sizeof header);
    }
    return longer != NULL && curl_easy_setopt(client->easy, CURLOPT_HTTPHEADER, longer) == CURLE_OK ? 0 : -1;
}

static int set_credentials(struct elastic_client *client, const struct elastic_client_options *options)
{
    CURL *easy = client->easy;

    if (set_headers(client, options) != 0 || curl_easy_setopt(easy, CURLOPT_URL, options->url) != CURLE_OK)
        return -1;
    if (options->ca != NULL && curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca) != CURLE_OK)
        return -1;
    if (options->user == NULL)
        return 0;
    if (curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_USERNAME, options->user) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_PASSWORD, options->password) != CURLE_OK)
        return -1;
    return 0;
}

static void configure(struct elastic_client *client, const struct elastic_client_options *options)
{
    CURL *easy = client->easy;

    (void)curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "procjonelastic");
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, options->limit_ms);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Otherwise giving up while a name is being resolved joins the resolver's thread: the heartbeat would
     * wait. */
    (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, client->error);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, client);
}

int elastic_client_init(struct elastic_client *client, const struct elastic_client_options *options,
                        struct err *err)
{
    static_assert(sizeof client->error >= CURL_ERROR_SIZE, "libcurl writes that much");
    *client = (struct elastic_client){0};
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(err, -ENOMEM, "libcurl does not start");
    client->easy = curl_easy_init();
    client->multi = curl_multi_init();
    if (client->easy == NULL || client->multi == NULL || set_credentials(client, options) != 0) {
        elastic_client_fini(client);
        return err_set(err, -ENOMEM, "libcurl does not take a request to %s", options->url);
    }
    configure(client, options);
    if ((options->user != NULL || options->api_key != NULL) && is_open(options->url))
        log_warning("the credentials are not encrypted on their way url=%s", options->url);
    return 0;
}

void elastic_client_cancel(struct elastic_client *client)
{
    if (client->busy)
        (void)curl_multi_remove_handle(client->multi, client->easy);
    client->busy = false;
}

void elastic_client_fini(struct elastic_client *client)
{
    elastic_client_cancel(client);
    curl_easy_cleanup(client->easy);
    (void)curl_multi_cleanup(client->multi);
    curl_slist_free_all(client->headers);
    curl_global_cleanup();
}

void elastic_client_start(struct elastic_client *client)
{
    assert(!client->busy);
    client->size = 0;
    client->overflow = false;
    client->error[0] = '\0';
    (void)curl_multi_add_handle(client->multi,
                                client->easy); /* fails for a handle that is in use, and no other */
    client->busy = true;
}

void elastic_client_wait(struct elastic_client *client, const int *fds, size_t count, int timeout_ms)
{
    struct curl_waitfd extra[WAIT_MAX];

    assert(count <= WAIT_MAX);
    for (size_t i = 0; i < count; i++)
        extra[i] = (struct curl_waitfd){.fd = fds[i], .events = CURL_WAIT_POLLIN};
    (void)curl_multi_poll(client->multi, extra, (unsigned)count, timeout_ms, NULL);
}

static void explain(struct elastic_client *client, CURLcode result, struct elastic_reply *reply)
{
    reply->error = client->overflow ? "the answer is too long" : curl_easy_strerror(result);
    reply->detail = client->error;
}

bool elastic_client_step(struct elastic_client *client, struct elastic_reply *reply)
{
    CURLMcode code;
    CURLMsg *message;
    CURLcode result;
    long status = 0;
    int running;
    int left;

    if (!client->busy)
        return false;
    code = curl_multi_perform(client->multi, &running);
    message = curl_multi_info_read(client->multi, &left);
    if (message == NULL && code == CURLM_OK)
        return false;
    result = message != NULL ? message->data.result : CURLE_ABORTED_BY_CALLBACK;
    *reply = (struct elastic_reply){.body = client->body, .size = client->size, .error = "", .detail = ""};
    if (result != CURLE_OK)
        explain(client, result, reply);
    else if (curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK)
        reply->status = (int)status;
    elastic_client_cancel(client);
    return true;
}
