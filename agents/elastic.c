/* SPDX-License-Identifier: MIT */
/*
 * procjonelastic - an agent that reports the health of an Elasticsearch or OpenSearch cluster.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "elastic"
#include "base/log.h"
#include "base/options.h"
#include "base/stdfd.h"
#include "elastic_health.h"
#include "http/client.h"
#include "secret.h"
#include "signal_fd.h"
#include "single_service.h"

#define HOST_DEFAULT "http://localhost:9200"
#define HEALTH_PATH "/_cluster/health"
/* A reply to GET /_cluster/health has half a kilobyte; a longer one comes from something else. */
#define REPLY_MAX 16384
/* A reply that takes longer is out of date, however long the period is. */
#define REQUEST_MAX_MS 10000
/* The Authorization header of an API key. */
#define API_KEY_PREFIX "ApiKey "
/* No request has ended yet. */
#define NO_HEALTH (-1)

struct elastic {
    struct agent_options options; /* first: the shared rows write to it */
    char *url, *ca, *user, *password_file, *api_key_file;
    uv_loop_t loop;
    uv_poll_t signal_poll, agent_poll;
    uv_timer_t period;
    struct signal_fd signals;
    struct http_client http;
    struct procjon_agent *agent;
    struct procjon_service *service; /* NULL: no request has ended yet */
    int health;                      /* of the last request, or NO_HEALTH */
    char reason[ELASTIC_REASON_MAX]; /* the one that was logged last */
    int status;                      /* to exit with */
};

static const struct procjon_status statuses[] = {
    {ELASTIC_GREEN, "green"},
    {ELASTIC_YELLOW, "yellow"},
    {ELASTIC_RED, "red"},
    {ELASTIC_UNKNOWN, "unknown"},
};
#define STATUSES (sizeof statuses / sizeof statuses[0])

/* ---- options ---- */

static int set_host(void *target, const char *value, struct err *err)
{
    struct elastic *elastic = target;
    char *url = http_client_join(value, HEALTH_PATH, err);

    if (url == NULL)
        return -EINVAL;
    free(elastic->url);
    elastic->url = url;
    return 0;
}

static int set_ca(void *target, const char *value, struct err *err)
{
    (void)err;
    return options_text(&((struct elastic *)target)->ca, value);
}

static int set_user(void *target, const char *value, struct err *err)
{
    if (*value == '\0' || strchr(value, ':') != NULL)
        return err_set(err, -EINVAL, "'%s' is not a user name: it is empty or has a colon", value);
    return options_text(&((struct elastic *)target)->user, value);
}

static int set_password_file(void *target, const char *value, struct err *err)
{
    (void)err;
    return options_text(&((struct elastic *)target)->password_file, value);
}

static int set_api_key_file(void *target, const char *value, struct err *err)
{
    (void)err;
    return options_text(&((struct elastic *)target)->api_key_file, value);
}

static const struct option_row rows[] = {
    {"host", '\0', "URL", false, "the cluster, or one of its nodes (" HOST_DEFAULT ")", set_host},
    {"host-ca", '\0', "FILE", false, "PEM of the CA that signed the cluster's certificate (the system's CAs)",
     set_ca},
    {"host-user", '\0', "NAME", false, "user for HTTP Basic authentication (none)", set_user},
    {"host-password-file", '\0', "FILE", false, "file with the password (PROCJON_HOST_PASSWORD)",
     set_password_file},
    {"host-api-key-file", '\0', "FILE", false, "file with an API key, instead (PROCJON_HOST_API_KEY)",
     set_api_key_file},
};

static const struct agent_program program = {
    .name = "procjonelastic",
    .usage = "[OPTION]...",
    .about = "Reports the health of an Elasticsearch or OpenSearch cluster to a procjon server.",
    .footer = "A password or an API key is read from a file or from the environment, never from an option.",
    .rows = rows,
    .row_count = sizeof rows / sizeof rows[0],
};

/* ---- the loop ---- */

static void on_http_closed(struct http_client *http)
{
    (void)http;
}

/* The agent half-closes its stream first; the loop ends when that is answered, or its time is over. */
static void stop(struct elastic *elastic)
{
    (void)uv_timer_stop(&elastic->period);
    http_client_close(&elastic->http, on_http_closed);
    procjon_agent_stop(elastic->agent, PROCJON_STOP_MS);
}

static void close_all(struct elastic *elastic)
{
    http_client_close(&elastic->http, on_http_closed);
    uv_close((uv_handle_t *)&elastic->signal_poll, NULL);
    uv_close((uv_handle_t *)&elastic->agent_poll, NULL);
    uv_close((uv_handle_t *)&elastic->period, NULL);
}

static void log_change(struct elastic *elastic, int health, const char *reason, const char *detail)
{
    if (health == elastic->health && strcmp(reason, elastic->reason) == 0)
        return;
    if (health == ELASTIC_UNKNOWN)
        log_warning("health is not known reason='%s' detail='%s'", reason, detail);
    else
        log_info("health changed status=%s", elastic_health_name((enum elastic_health)health));
    (void)snprintf(elastic->reason, sizeof elastic->reason, "%s", reason);
}

/*
 * The service is added after the first request: the server measures its timeout from the registration, and a
 * cluster may need longer than that for the first reply.
 */
static void report(struct elastic *elastic, int health)
{
    elastic->health = health;
    if (elastic->service == NULL)
        elastic->service = single_service_add(elastic->agent, &elastic->options, statuses, STATUSES);
    if (elastic->service != NULL) {
        procjon_service_set(elastic->service, health);
        return;
    }
    elastic->status = AGENT_EXIT_RUNTIME;
    stop(elastic);
}

static void on_reply(struct http_client *http, const struct http_client_reply *reply)
{
    struct elastic *elastic = container_of(http, struct elastic, http);
    char reason[ELASTIC_REASON_MAX];
    int health = ELASTIC_UNKNOWN;

    if (reply->status != 0 && !reply->truncated)
        health = (int)elastic_health_read(reply->status, reply->body, reply->size, reason);
    else
        (void)snprintf(reason, sizeof reason, "%s",
                       reply->truncated ? "the reply is too long" : reply->reason);
    log_change(elastic, health, reason, reply->error);
    report(elastic, health);
}

static void on_period(uv_timer_t *timer)
{
    struct elastic *elastic = container_of(timer, struct elastic, period);
    struct err err;

    if (!elastic->http.busy && http_client_get(&elastic->http, &err) != 0) {
        log_change(elastic, ELASTIC_UNKNOWN, "the request could not be made", err.msg);
        report(elastic, ELASTIC_UNKNOWN);
    }
}

static void step(struct elastic *elastic)
{
    if (procjon_agent_step(elastic->agent) != 1)
        close_all(elastic);
}

static void on_agent(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    step(container_of(poll, struct elastic, agent_poll));
}

static void on_signal(uv_poll_t *poll, int status, int events)
{
    struct elastic *elastic = container_of(poll, struct elastic, signal_poll);

    (void)status;
    (void)events;
    if (signal_fd_stop_requested(&elastic->signals))
        stop(elastic);
}

static void run_loop(struct elastic *elastic, int agent_fd)
{
    (void)uv_poll_init(&elastic->loop, &elastic->signal_poll, elastic->signals.fd);
    (void)uv_poll_start(&elastic->signal_poll, UV_READABLE, on_signal);
    (void)uv_poll_init(&elastic->loop, &elastic->agent_poll, agent_fd);
    (void)uv_poll_start(&elastic->agent_poll, UV_READABLE, on_agent);
    (void)uv_timer_init(&elastic->loop, &elastic->period);
    (void)uv_timer_start(&elastic->period, on_period, 0, (uint64_t)elastic->options.period_s * 1000);
    elastic->status = 0;
    step(elastic);
    (void)uv_run(&elastic->loop, UV_RUN_DEFAULT);
}

/* The agent has a loop of its own; its descriptor is polled on this one (procjon_agent_fd). */
static int open_loop(struct elastic *elastic, const struct http_client_options *options, struct err *err)
{
    int agent_fd = procjon_agent_fd(elastic->agent);
    int code = agent_fd < 0 ? agent_fd : uv_loop_init(&elastic->loop);

    if (code != 0)
        return err_errno(err, code, "cannot make an event loop");
    code = http_client_open(&elastic->http, &elastic->loop, options, err);
    if (code == 0)
        run_loop(elastic, agent_fd);
    return uv_loop_close(&elastic->loop) == 0 ? code
                                              : err_set(err, -EBUSY, "the event loop has open handles");
}

static void serve(struct elastic *elastic, const struct http_client_options *options)
{
    struct err err;

    if (signal_fd_init(&elastic->signals, &err) != 0) {
        log_error("%s", err.msg);
        return;
    }
    elastic->agent = single_service_open(&elastic->options);
    if (elastic->agent != NULL && open_loop(elastic, options, &err) != 0)
        log_error("%s", err.msg);
    procjon_agent_free(elastic->agent);
    signal_fd_fini(&elastic->signals);
}

/* ---- the start ---- */

/* What the options and secrets contradict each other in; NULL: nothing. */
static const char *contradiction(const struct elastic *elastic, const char *password, const char *api_key)
{
    if (elastic->user != NULL && password == NULL)
        return "--host-user without --host-password-file or PROCJON_HOST_PASSWORD";
    if (elastic->user == NULL && password != NULL)
        return "a password without --host-user";
    if (elastic->user != NULL && api_key != NULL)
        return "both a password and an API key";
    return NULL;
}

static void run_with(struct elastic *elastic, const char *password, const char *api_key)
{
    uint64_t limit_ms = (uint64_t)elastic->options.period_s * 750; /* a request ends before the next is due */
    char authorization[sizeof API_KEY_PREFIX + SECRET_MAX];
    struct http_client_options options = {
        .url = elastic->url,
        .url_is_public = true,
        .ca_file = elastic->ca,
        .user = elastic->user,
        .password = password,
        .accept = "application/json",
        .user_agent = "procjonelastic",
        .reply_max = REPLY_MAX,
        .deadline_ms = limit_ms < REQUEST_MAX_MS ? limit_ms : REQUEST_MAX_MS,
        .replied = on_reply,
    };

    if (api_key != NULL) {
        (void)snprintf(authorization, sizeof authorization, API_KEY_PREFIX "%s", api_key);
        options.authorization = authorization;
    }
    serve(elastic, &options);
    explicit_bzero(authorization, sizeof authorization);
}

static void run(struct elastic *elastic)
{
    char *password = NULL;
    char *api_key = NULL;
    const char *mistake;
    struct err err;

    if (secret_read(&password, elastic->password_file, "PROCJON_HOST_PASSWORD", &err) != 0 ||
        secret_read(&api_key, elastic->api_key_file, "PROCJON_HOST_API_KEY", &err) != 0) {
        log_error("%s", err.msg);
    } else if ((mistake = contradiction(elastic, password, api_key)) != NULL) {
        (void)fprintf(stderr, "%s: %s\nTry '%s --help'.\n", program.name, mistake, program.name);
        elastic->status = AGENT_EXIT_USAGE;
    } else {
        run_with(elastic, password, api_key);
    }
    secret_free(password);
    secret_free(api_key);
}

int main(int argc, char **argv)
{
    struct elastic elastic = {.health = NO_HEALTH, .status = AGENT_EXIT_RUNTIME};
    int operands;
    int status;

    stdfd_reserve();
    agent_options_init(&elastic.options);
    (void)set_host(&elastic, HOST_DEFAULT, NULL);
    status = agent_options_read(&elastic.options, &program, argc, argv, &operands);
    if (status < 0)
        run(&elastic);
    else
        elastic.status = status;
    free(elastic.url);
    free(elastic.ca);
    free(elastic.user);
    free(elastic.password_file);
    free(elastic.api_key_file);
    agent_options_fini(&elastic.options);
    return elastic.status;
}
