/* SPDX-License-Identifier: MIT */
#include "agent_options.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "message.h"
#include "net/endpoint.h"
#include "net/tls_context.h"

/* POSIX HOST_NAME_MAX, with its NUL. */
#define HOST_MAX 256
/* Seconds, so that the milliseconds fit procjon_agent_options.period_ms: seven weeks. */
#define PERIOD_MAX ((int)(UINT_MAX / 1000))

static int set_service(void *target, const char *value, struct err *err)
{
    if (message_check_name(value, err) != 0)
        return err->code;
    return options_text(&((struct agent_options *)target)->service, value);
}

static int set_timeout(void *target, const char *value, struct err *err)
{
    return options_number(value, 1, MESSAGE_TIMEOUT_MAX, &((struct agent_options *)target)->timeout_s, err);
}

static int set_period(void *target, const char *value, struct err *err)
{
    return options_number(value, 1, PERIOD_MAX, &((struct agent_options *)target)->period_s, err);
}

static int set_endpoint(void *target, const char *value, struct err *err)
{
    struct agent_options *options = target;
    struct endpoint endpoint;

    if (options->endpoint_count == AGENT_OPTIONS_ENDPOINTS_MAX)
        return err_set(err, -EINVAL, "'%s' is one more than the %d endpoints that are possible", value,
                       AGENT_OPTIONS_ENDPOINTS_MAX);
    if (endpoint_parse(&endpoint, value, err) != 0)
        return err->code;
    options->endpoints[options->endpoint_count++] = mem_strdup(value);
    return 0;
}

static int set_root_cert(void *target, const char *value, struct err *err)
{
    (void)err;
    return options_text(&((struct agent_options *)target)->root_cert, value);
}

static int set_cert(void *target, const char *value, struct err *err)
{
    (void)err;
    return options_text(&((struct agent_options *)target)->cert, value);
}

static int set_key_cert(void *target, const char *value, struct err *err)
{
    (void)err;
    return options_text(&((struct agent_options *)target)->key_cert, value);
}

static int set_log_level(void *target, const char *value, struct err *err)
{
    enum log_level level;

    (void)target;
    if (!log_level_parse(value, &level))
        return err_set(err, -EINVAL, "'%s' is none of debug, info, warning, error", value);
    log_set_level(level);
    return 0;
}

static const struct option_row shared[] = {
    {"service", 's', "NAME", false, "name of the service (the host's name)", set_service},
    {"timeout", 't', "S", false, "seconds without a report after which it is not available (10)",
     set_timeout},
    {"period", 'p', "S", false, "seconds between two reports, less than the timeout (4)", set_period},
    {"endpoint", 'e', "ADDR", true,
     "a server: HOST:PORT, [V6]:PORT or unix:PATH; repeatable, tried in turn\n"
     "                              (localhost:8080)",
     set_endpoint},
    {"root-cert", '\0', "FILE", false, "PEM of the CA that signed the server's certificate", set_root_cert},
    {"cert", 'c', "FILE", false, "PEM of the agent's certificate", set_cert},
    {"key-cert", 'k', "FILE", false, "PEM of its key; the three files go together and enable mutual TLS",
     set_key_cert},
    {"loglevel", 'l', "LEVEL", false, "least level to log: debug, info, warning or error (info)",
     set_log_level},
};
#define SHARED (sizeof shared / sizeof shared[0])

void agent_options_init(struct agent_options *options)
{
    char host[HOST_MAX];

    if (gethostname(host, sizeof host) != 0)
        host[0] = '\0';
    host[sizeof host - 1] = '\0';
    *options = (struct agent_options){
        .service = mem_strdup(host[0] != '\0' ? host : "localhost"),
        .timeout_s = 10,
        .period_s = 4,
    };
}

void agent_options_fini(struct agent_options *options)
{
    for (size_t i = 0; i < options->endpoint_count; i++)
        free(options->endpoints[i]);
    free(options->service);
    free(options->root_cert);
    free(options->cert);
    free(options->key_cert);
    *options = (struct agent_options){0};
}

static int check(const struct agent_options *options, struct err *err)
{
    const struct tls_files files = {options->root_cert, options->cert, options->key_cert};

    if (tls_context_check(&files, err) != 0)
        return err->code;
    if (options->period_s >= options->timeout_s)
        return err_set(err, -EINVAL, "--period '%d' is not less than --timeout '%d'", options->period_s,
                       options->timeout_s);
    return 0;
}

static int fail(const struct agent_program *program, const struct err *err)
{
    (void)fprintf(stderr, "%s: %s\nTry '%s --help'.\n", program->name, err->msg, program->name);
    return AGENT_EXIT_USAGE;
}

int agent_options_read(struct agent_options *options, const struct agent_program *program, int argc,
                       char **argv, int *operands)
{
    struct option_row rows[OPTIONS_MAX];
    const struct option_table table = {
        .usage = program->usage,
        .about = program->about,
        .footer = program->footer,
        .rows = rows,
        .count = SHARED + program->row_count,
    };
    enum options_result result;
    struct err err;

    assert(table.count <= OPTIONS_MAX);
    memcpy(rows, shared, sizeof shared);
    if (program->row_count > 0)
        memcpy(rows + SHARED, program->rows, program->row_count * sizeof *rows);
    result = options_read(&table, argc, argv, options, operands, &err);
    if (result == OPTIONS_HELP) {
        options_help(&table, program->name, stdout);
        return 0;
    }
    if (result == OPTIONS_VERSION) {
        (void)printf("%s %s\n", program->name, procjon_version());
        return 0;
    }
    if (result == OPTIONS_OK && !program->operands && *operands < argc) {
        (void)err_set(&err, -EINVAL, "unexpected argument '%s'", argv[*operands]);
        result = OPTIONS_ERROR;
    }
    return result != OPTIONS_OK || check(options, &err) != 0 ? fail(program, &err) : -1;
}

struct procjon_agent *agent_options_open(const struct agent_options *options, struct procjon_error *error)
{
    struct procjon_agent_options agent;

    procjon_agent_defaults(&agent);
    agent.endpoints = (const char *const *)options->endpoints;
    agent.endpoint_count = options->endpoint_count;
    agent.root_cert = options->root_cert;
    agent.cert = options->cert;
    agent.key_cert = options->key_cert;
    agent.period_ms = (unsigned)options->period_s * 1000;
    agent.sd_notify = 1;
    return procjon_agent_new(&agent, error);
}
