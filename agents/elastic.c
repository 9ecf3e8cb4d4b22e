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
#include "base/mem.h"
#include "base/options.h"
#include "base/stdfd.h"
#include "clock.h"
#include "elastic_client.h"
#include "elastic_health.h"
#include "secret.h"
#include "signals.h"
#include "solo.h"

#define HOST_DEFAULT "http://localhost:9200"
/* A health that took longer to find out is no longer worth waiting for, however long the period is. */
#define LIMIT_MAX_MS 10000
/* There is no verdict yet. */
#define NO_HEALTH (-1)

struct elastic {
    struct agent_options options; /* first: the shared rows write to it */
    char *host, *ca, *user, *password_file, *api_key_file;
    struct elastic_client client;
    struct procjon_agent *agent;
    struct procjon_service *service; /* NULL: no verdict yet */
    uint64_t due_ms;                 /* of the next request */
    int health;                      /* the last verdict, or NO_HEALTH */
    char reason[ELASTIC_REASON_MAX]; /* that the log has */
    bool stopping;
    int status; /* to exit with */
};

static const struct procjon_status statuses[] = {
    {ELASTIC_GREEN, "green"},
    {ELASTIC_YELLOW, "yellow"},
    {ELASTIC_RED, "red"},
    {ELASTIC_UNKNOWN, "unknown"},
};
#define STATUSES (sizeof statuses / sizeof statuses[0])

/* ---- options ---- */

/* Keeps the address of the health itself. */
static int set_host(void *target, const char *value, struct err *err)
{
    struct elastic *elastic = target;
    char *url = elastic_client_url(value, err);

    if (url == NULL)
        return -EINVAL;
    free(elastic->host);
    elastic->host = url;
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
        return err_set(err, -EINVAL, "'%s' is no user: empty, or with a colon", value);
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
    {"host-ca", '\0', "FILE", false, "PEM of the CA whose certificate it must show (the system's)", set_ca},
    {"host-user", '\0', "NAME", false, "who asks, by password", set_user},
    {"host-password-file", '\0', "FILE", false, "holds the password (PROCJON_HOST_PASSWORD)",
     set_password_file},
    {"host-api-key-file", '\0', "FILE", false, "holds an API key instead (PROCJON_HOST_API_KEY)",
     set_api_key_file},
};

static const struct agent_program program = {
    .name = "procjonelastic",
    .usage = "[OPTION]...",
    .about = "Reports the health of an Elasticsearch or OpenSearch cluster to a procjon server.",
    .footer = "A password or an API key itself is given in the environment only, or in a file.",
    .rows = rows,
    .row_count = sizeof rows / sizeof rows[0],
};

/* ---- the agent ---- */

static void stop(struct elastic *elastic)
{
    elastic->stopping = true;
    elastic_client_cancel(&elastic->client);
    procjon_agent_stop(elastic->agent, PROCJON_STOP_MS);
}

static void tell_log(struct elastic *elastic, int health, const char *reason, const char *detail)
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
 * The service is added with the first verdict and not before: the server would count from then on, and a
 * cluster may take its time.
 */
static void on_reply(struct elastic *elastic, const struct elastic_reply *reply)
{
    char reason[ELASTIC_REASON_MAX];
    int health = ELASTIC_UNKNOWN;

    if (reply->status != 0)
        health = (int)elastic_health_read(reply->status, reply->body, reply->size, reason);
    else
        (void)snprintf(reason, sizeof reason, "%s", reply->error);
    tell_log(elastic, health, reason, reply->detail);
    elastic->health = health;
    if (elastic->service == NULL)
        elastic->service = solo_add(elastic->agent, &elastic->options, statuses, STATUSES);
    if (elastic->service != NULL) {
        procjon_service_set(elastic->service, health);
        return;
    }
    elastic->status = AGENT_EXIT_RUNTIME;
    stop(elastic);
}

static void work(struct elastic *elastic, uint64_t now)
{
    struct elastic_reply reply;

    if (elastic_client_step(&elastic->client, &reply))
        on_reply(elastic, &reply);
    if (now < elastic->due_ms)
        return;
    elastic->due_ms = now + (uint64_t)elastic->options.period_s * 1000;
    if (!elastic->client.busy)
        elastic_client_start(&elastic->client);
}

static void loop(struct elastic *elastic, const struct signals *signals)
{
    while (procjon_agent_step(elastic->agent) == 1) {
        const int fds[] = {signals->fd, procjon_agent_fd(elastic->agent)};
        uint64_t due_ms = elastic->stopping ? CLOCK_NEVER : elastic->due_ms;

        elastic_client_wait(&elastic->client, fds, 2, clock_until(due_ms));
        if (signals_end(signals))
            stop(elastic);
        if (!elastic->stopping)
            work(elastic, clock_now());
    }
}

static void serve(struct elastic *elastic, const struct elastic_client_options *client)
{
    struct signals signals;
    struct err err;

    if (signals_init(&signals, &err) != 0 || elastic_client_init(&elastic->client, client, &err) != 0) {
        log_error("%s", err.msg);
        return;
    }
    elastic->agent = solo_open(&elastic->options);
    if (elastic->agent != NULL) {
        elastic->status = 0;
        loop(elastic, &signals);
    }
    procjon_agent_free(elastic->agent);
    elastic_client_fini(&elastic->client);
    signals_fini(&signals);
}

/* What goes together and what does not; NULL: all is well. */
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

static void run(struct elastic *elastic)
{
    long limit_ms = elastic->options.period_s * 750L; /* so that one request is over when the next is due */
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
        serve(elastic, &(struct elastic_client_options){
                           .url = elastic->host,
                           .ca = elastic->ca,
                           .user = elastic->user,
                           .password = password,
                           .api_key = api_key,
                           .limit_ms = limit_ms < LIMIT_MAX_MS ? limit_ms : LIMIT_MAX_MS,
                       });
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
    free(elastic.host);
    free(elastic.ca);
    free(elastic.user);
    free(elastic.password_file);
    free(elastic.api_key_file);
    agent_options_fini(&elastic.options);
    return elastic.status;
}
