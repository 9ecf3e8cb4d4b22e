/* SPDX-License-Identifier: MIT */
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/config_location.h"
#include "config/config_secret.h"
#include "engine/engine.h"
#include "http/client.h"
#include "notify/sinks/sink_kind.h"

/* After a start of the server no service is called not available for a minute: agents reconnect after waits
 * of at most 60 s. */
#define RESTART_GRACE_DEFAULT_MS 60000
/* Seconds: a year, the longest timeout of a service. */
#define GRACE_MAX 31536000
/* More than the descriptors that Linux allows a process by default (fs.nr_open). */
#define CONNECTIONS_LIMIT 10000000
/* A century. */
#define HISTORY_DAYS_MAX 36525

/* Port 0 is a different port each time. */
static bool same_endpoint(const struct endpoint *a, const struct endpoint *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == ENDPOINT_UNIX)
        return strcmp(a->path, b->path) == 0;
    return a->port == b->port && a->port != 0 && strcmp(a->host, b->host) == 0;
}

static int add_endpoint(struct config *config, const char *value, struct err *err)
{
    struct endpoint *added = &config->endpoints[config->endpoint_count];

    if (config->endpoint_count == CONFIG_ENDPOINTS_MAX)
        return err_set(err, -EINVAL, "'%s' is one more than the %d endpoints that are possible", value,
                       CONFIG_ENDPOINTS_MAX);
    if (endpoint_parse(added, value, err) != 0)
        return err->code;
    for (size_t i = 0; i < config->endpoint_count; i++) {
        if (same_endpoint(&config->endpoints[i], added))
            return err_set(err, -EINVAL, "'%s' is given twice", value);
    }
    config->endpoint_texts[config->endpoint_count++] = mem_strdup(value);
    return 0;
}

static int set_endpoint(void *target, const char *value, struct err *err)
{
    return add_endpoint(target, value, err);
}

static int set_root_cert(void *target, const char *value, struct err *err)
{
    (void)err;
    return options_text(&((struct config *)target)->root_cert, value);
}

static int set_cert(void *target, const char *value, struct err *err)
{
    (void)err;
    return options_text(&((struct config *)target)->cert, value);
}

static int set_key_cert(void *target, const char *value, struct err *err)
{
    (void)err;
    return options_text(&((struct config *)target)->key_cert, value);
}

static int set_insecure(void *target, const char *value, struct err *err)
{
    (void)value;
    (void)err;
    ((struct config *)target)->insecure = true;
    return 0;
}

static int set_data(void *target, const char *value, struct err *err)
{
    if (*value == '\0')
        return err_set(err, -EINVAL, "the directory is empty");
    return options_text(&((struct config *)target)->data, value);
}

static int set_http(void *target, const char *value, struct err *err)
{
    struct endpoint endpoint;

    if (*value != '\0' && endpoint_parse(&endpoint, value, err) != 0)
        return err->code;
    return options_text(&((struct config *)target)->http, value);
}

static int seconds(const char *value, uint64_t *ms, struct err *err)
{
    int number;
    int code = options_number(value, 0, GRACE_MAX, &number, err);

    if (code == 0)
        *ms = (uint64_t)number * 1000;
    return code;
}

static int set_disconnect_grace(void *target, const char *value, struct err *err)
{
    return seconds(value, &((struct config *)target)->disconnect_grace_ms, err);
}

static int set_restart_grace(void *target, const char *value, struct err *err)
{
    return seconds(value, &((struct config *)target)->restart_grace_ms, err);
}

static int set_history_days(void *target, const char *value, struct err *err)
{
    return options_number(value, 0, HISTORY_DAYS_MAX, &((struct config *)target)->history_days, err);
}

/* The error does not show the value: it may be a secret. */
static int set_heartbeat_url(void *target, const char *value, struct err *err)
{
    if (http_client_check(value, err) != 0)
        return err->code;
    return options_text(&((struct config *)target)->heartbeat_url, value);
}

static int set_max_connections(void *target, const char *value, struct err *err)
{
    return options_number(value, 1, CONNECTIONS_LIMIT, &((struct config *)target)->connection_max, err);
}

static int set_max_per_address(void *target, const char *value, struct err *err)
{
    return options_number(value, 1, CONNECTIONS_LIMIT, &((struct config *)target)->source_max, err);
}

static int set_log_level(void *target, const char *value, struct err *err)
{
    if (!log_level_parse(value, &((struct config *)target)->log_level))
        return err_set(err, -EINVAL, "'%s' is none of debug, info, warning, error", value);
    return 0;
}

static int set_config(void *target, const char *value, struct err *err)
{
    (void)err;
    return options_text(&((struct config *)target)->file_path, value);
}

static int set_check_config(void *target, const char *value, struct err *err)
{
    (void)value;
    (void)err;
    ((struct config *)target)->only_check = true;
    return 0;
}

static const struct option_row rows[] = {
    {"endpoint", 'e', "ADDR", true,
     "address to listen on: HOST:PORT, [V6]:PORT or unix:PATH; repeatable\n"
     "                              (localhost:8080)",
     set_endpoint},
    {"root-cert", '\0', "FILE", false, "PEM of the CA that signed the agents' certificates", set_root_cert},
    {"cert", 'c', "FILE", false, "PEM of the server's certificate", set_cert},
    {"key-cert", 'k', "FILE", false, "PEM of its key; the three files go together and enable mutual TLS",
     set_key_cert},
    {"insecure", '\0', NULL, false, "allow plaintext on addresses that are not loopback", set_insecure},
    {"data", 'd', "DIR", false, "directory of the database ($STATE_DIRECTORY, else ./procjon-data)",
     set_data},
    {"http", '\0', "ADDR", false, "address of status page, metrics and health; empty: none (127.0.0.1:8081)",
     set_http},
    {"disconnect-grace", '\0', "S", false,
     "seconds from a lost connection to not available; 0: at once (min(timeout, 5))", set_disconnect_grace},
    {"restart-grace", '\0', "S", false, "seconds after a start before a timeout can end (60)",
     set_restart_grace},
    {"history-days", '\0', "N", false, "days that the history is kept; 0: without a limit (93)",
     set_history_days},
    {"heartbeat-url", '\0', "URL", false,
     "URL to GET every minute while loop, disk and sinks are healthy (none)", set_heartbeat_url},
    {"max-connections", '\0', "N", false, "limit of connections (descriptor limit - 64)",
     set_max_connections},
    {"max-connections-per-address", '\0', "N", false, "limit of connections from one address (half of that)",
     set_max_per_address},
    {"config", '\0', "FILE", false, "YAML with sinks, routes and these options; SIGHUP reads it again (none)",
     set_config},
    {"check-config", '\0', NULL, false, "check the configuration and exit", set_check_config},
    {"loglevel", 'l', "LEVEL", false, "least level to log: debug, info, warning or error (info)",
     set_log_level},
};

static const struct option_table table = {
    .usage = "[OPTION]...",
    .about = "Tells a team in Slack when a service of theirs breaks: agents register services over gRPC and\n"
             "stream status codes; a changed code and a lost agent become messages.",
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .footer = "PROCJON_SLACK_WEBHOOK, or the file that PROCJON_SLACK_WEBHOOK_FILE names, holds the webhook;\n"
              "without it notifications go to the log. SIGHUP reads the certificates, the webhook and the\n"
              "configuration file again.",
};

void config_init(struct config *config)
{
    const char *state = getenv("STATE_DIRECTORY");

    *config = (struct config){
        .data = mem_strdup(state != NULL && *state != '\0' ? state : "procjon-data"),
        .http = mem_strdup("127.0.0.1:8081"),
        .disconnect_grace_ms = ENGINE_GRACE_DEFAULT,
        .restart_grace_ms = RESTART_GRACE_DEFAULT_MS,
        .history_days = CONFIG_HISTORY_DAYS,
        .log_level = LOG_INFO,
    };
}

void config_fini(struct config *config)
{
    for (size_t i = 0; i < config->endpoint_count; i++)
        free(config->endpoint_texts[i]);
    free(config->root_cert);
    free(config->cert);
    free(config->key_cert);
    free(config->data);
    free(config->http);
    free(config->heartbeat_url);
    free(config->file_path);
    config_file_free(config->file);
}

static struct tls_files tls_files(const struct config *config)
{
    return (struct tls_files){.root_cert = config->root_cert, .cert = config->cert, .key = config->key_cert};
}

static int check(struct config *config, struct err *err)
{
    const struct tls_files files = tls_files(config);

    if (tls_context_check(&files, err) != 0)
        return err->code;
    if (config->endpoint_count == 0)
        return add_endpoint(config, "localhost:8080", err);
    return 0;
}

/* The file is read last: it sets only what the command line and the environment do not. */
static enum options_result read_all(struct config *config, int argc, char **argv, struct err *err)
{
    bool given[OPTIONS_MAX];
    int operands;
    enum options_result result = options_read_given(&table, argc, argv, config, given, &operands, err);

    if (result != OPTIONS_OK)
        return result;
    if (operands < argc) {
        (void)err_set(err, -EINVAL, "unexpected argument '%s'", argv[operands]);
        return OPTIONS_ERROR;
    }
    if (config->file_path != NULL) {
        if (config_file_load(&config->file, config->file_path, &table, err) != 0 ||
            config_file_apply(config->file, config->file_path, given, config, err) != 0)
            return OPTIONS_ERROR;
    }
    return check(config, err) == 0 ? OPTIONS_OK : OPTIONS_ERROR;
}

enum options_result config_read(struct config *config, int argc, char **argv, struct err *err)
{
    config->argc = argc;
    config->argv = argv;
    return read_all(config, argc, argv, err);
}

int config_reread(struct config *fresh, const struct config *old, struct err *err)
{
    config_init(fresh);
    if (config_read(fresh, old->argc, old->argv, err) == OPTIONS_OK)
        return 0;
    config_fini(fresh);
    return err->code;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_endpoints(const struct config *a, const struct config *b)
{
    if (a->endpoint_count != b->endpoint_count)
        return false;
    for (size_t i = 0; i < a->endpoint_count; i++) {
        if (strcmp(a->endpoint_texts[i], b->endpoint_texts[i]) != 0)
            return false;
    }
    return true;
}

bool config_differs(const struct config *old, const struct config *fresh, char *text, size_t size)
{
    const struct {
        const char *option;
        bool same;
    } fixed[] = {
        {"endpoint", same_endpoints(old, fresh)},
        {"root-cert", (old->root_cert == NULL) == (fresh->root_cert == NULL)},
        {"insecure", old->insecure == fresh->insecure},
        {"data", same(old->data, fresh->data)},
        {"http", same(old->http, fresh->http)},
        {"disconnect-grace", old->disconnect_grace_ms == fresh->disconnect_grace_ms},
        {"restart-grace", old->restart_grace_ms == fresh->restart_grace_ms},
        {"max-connections", old->connection_max == fresh->connection_max},
        {"max-connections-per-address", old->source_max == fresh->source_max},
        {"history-days", old->history_days == fresh->history_days},
        {"heartbeat-url", same(old->heartbeat_url, fresh->heartbeat_url)},
    };
    size_t used = 0;

    *text = '\0';
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        if (!fixed[i].same && used < size)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? "," : "", fixed[i].option);
    }
    return used > 0;
}

void config_help(const char *program, FILE *out)
{
    options_help(&table, program, out);
}

int config_load_tls(const struct config *config, struct tls_context **tls, struct err *err)
{
    const struct tls_files files = tls_files(config);

    *tls = NULL;
    return config->root_cert != NULL ? tls_context_load(tls, TLS_SERVER, &files, err) : 0;
}

int config_admits(const struct config *config, enum endpoint_kind kind, const struct sockaddr *address,
                  struct err *err)
{
    if (kind == ENDPOINT_UNIX || config->root_cert != NULL || config->insecure ||
        endpoint_is_loopback(address))
        return 0;
    return err_set(err, -EPERM,
                   "refusing to serve plaintext beyond loopback: give --root-cert, --cert and --key-cert, or "
                   "--insecure");
}

const struct routing_table *config_routing(const struct config *config)
{
    static const struct routing_table none;

    return config->file != NULL ? &config->file->routing : &none;
}

const struct sink_list *config_sinks(const struct config *config)
{
    static const struct sink_list none;

    return config->file != NULL ? &config->file->sinks : &none;
}

static int read_default_sink(struct sink_config *default_sink, struct err *err)
{
    const char *value = getenv("PROCJON_SLACK_WEBHOOK");
    const char *path = getenv("PROCJON_SLACK_WEBHOOK_FILE");
    bool given = value != NULL && *value != '\0';
    int code = 0;

    *default_sink = (struct sink_config){0};
    if (given)
        default_sink->url = mem_strdup(value);
    else if (path != NULL && *path != '\0')
        code = config_secret_read(path, "webhook", &default_sink->url, err);
    default_sink->kind = default_sink->url != NULL ? SINK_CONFIG_SLACK : SINK_CONFIG_LOG;
    if (code == 0 && sink_kind_check(default_sink, err) != 0)
        code = err_wrap(err, "PROCJON_SLACK_WEBHOOK%s", given ? "" : "_FILE");
    return code;
}

int config_default_sink(const struct config *config, struct sink_config *default_sink, struct err *err)
{
    struct config_problem wrong;
    int code = read_default_sink(default_sink, err);

    if (code == 0 && sink_list_check_default(config_sinks(config), default_sink, &wrong, err) != 0)
        code = config_location_add(config->file_path, &wrong, err);
    if (code != 0)
        sink_config_fini(default_sink);
    return code;
}
