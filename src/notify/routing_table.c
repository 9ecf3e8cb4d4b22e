/* SPDX-License-Identifier: MIT */
#include "notify/routing_table.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "notify/sink.h"

static bool fits(const char *glob, const char *text)
{
    return fnmatch(glob, text, 0) == 0;
}

bool routing_table_has(const struct routing_table *table, const char *name)
{
    if (strcmp(name, SINK_DEFAULT_NAME) == 0)
        return true;
    for (unsigned i = 0; i < table->sinks_count; i++) {
        if (strcmp(table->sinks[i].name, name) == 0)
            return true;
    }
    return false;
}

static int check_mail(const struct sink_config *address, struct err *err)
{
    if (address->from == NULL || address->to_count == 0)
        return err_set(err, -EINVAL, "a sink of kind smtp needs 'from' and 'to'");
    if ((address->user == NULL) != (address->password == NULL))
        return err_set(err, -EINVAL, "'user' and 'password-file' go together");
    if (address->user != NULL && address->starttls == SINK_CONFIG_STARTTLS_NEVER)
        return err_set(err, -EINVAL, "'starttls: never' would send the password in clear");
    return 0;
}

/* Whether there is a certificate to be checked. */
static bool is_encrypted(const struct sink_config *address)
{
    if (address->url == NULL)
        return false;
    return strncasecmp(address->url, "https:", strlen("https:")) == 0 ||
           strncasecmp(address->url, "smtps:", strlen("smtps:")) == 0 ||
           (address->kind == SINK_CONFIG_MAIL && address->starttls == SINK_CONFIG_STARTTLS_REQUIRED);
}

static int check_address(const struct sink_config *address, struct err *err)
{
    bool mail = address->kind == SINK_CONFIG_MAIL;

    if (!mail && (address->from != NULL || address->to_count > 0 || address->user != NULL ||
                  address->password != NULL || address->starttls != SINK_CONFIG_STARTTLS_REQUIRED))
        return err_set(err, -EINVAL,
                       "'from', 'to', 'user', 'password-file' and 'starttls' belong to kind smtp");
    if (address->ca != NULL && !is_encrypted(address))
        return err_set(err, -EINVAL, "'ca-file' belongs to https, smtps and STARTTLS");
    if (address->kind == SINK_CONFIG_LOG)
        return address->url == NULL ? 0 : err_set(err, -EINVAL, "the log has no URL");
    if (address->url == NULL)
        return err_set(err, -EINVAL, "one of 'url', 'url-file' and 'url-env' is missing");
    if (mail && check_mail(address, err) != 0)
        return err->code;
    return sink_check(address, err);
}

/* Names stand in lists with commas between, in log lines and in labels. */
static bool is_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    return *name != '\0' && name[strspn(name, letters)] == '\0' && strlen(name) <= SINK_NAME_MAX;
}

/*
 * Slack counts by webhook: two queues would ask twice as much of it as it takes, with two requests at once.
 * Other receivers have no such limit that we know of, and may well be told by two queues that do not wait for
 * each other.
 */
static int check_apart(const struct named_sink *sink, const char *name, const struct sink_config *address,
                       struct err *err)
{
    if (sink->address.kind != SINK_CONFIG_SLACK || address->kind != SINK_CONFIG_SLACK ||
        strcmp(sink->address.url, address->url) != 0)
        return 0;
    return err_set(
        err, -EINVAL,
        "sinks: '%s' has the Slack webhook that '%s' has: keep one of them, and name it in the routes "
        "of both",
        sink->name, name);
}

static int check_sink(const struct routing_table *table, unsigned index, struct err *err)
{
    const struct named_sink *sink = &table->sinks[index];

    if (!is_name(sink->name))
        return err_set(err, -EINVAL, "sinks: '%s' is no name: letters, digits, '.', '_' and '-' only",
                       sink->name);
    if (strcmp(sink->name, SINK_DEFAULT_NAME) == 0)
        return err_set(err, -EINVAL, "sinks: '%s' is the name of the sink that is always there", sink->name);
    for (unsigned i = 0; i < index; i++) {
        if (strcmp(table->sinks[i].name, sink->name) == 0)
            return err_set(err, -EINVAL, "sinks: two are named '%s'", sink->name);
    }
    if (check_address(&sink->address, err) != 0)
        return err_wrap(err, "sinks: '%s'", sink->name);
    for (unsigned i = 0; i < index; i++) {
        if (check_apart(sink, table->sinks[i].name, &table->sinks[i].address, err) != 0)
            return err->code;
    }
    return 0;
}

int routing_table_check(const struct routing_table *table, struct config_problem *wrong, struct err *err)
{
    for (unsigned i = 0; i < table->sinks_count; i++) {
        *wrong = (struct config_problem){"sinks", i, NULL};
        if (check_sink(table, i, err) != 0)
            return err->code;
    }
    for (unsigned i = 0; i < table->routes_count; i++) {
        *wrong = (struct config_problem){"routes", i, NULL};
        if (!routing_table_has(table, table->routes[i].sink))
            return err_set(err, -EINVAL, "routes: entry %u (match '%s') leads to '%s', which is no sink",
                           i + 1, table->routes[i].match, table->routes[i].sink);
    }
    *wrong = (struct config_problem){"fallback", 0, NULL};
    if (table->fallback != NULL && !routing_table_has(table, table->fallback))
        return err_set(err, -EINVAL, "fallback: '%s' is no sink", table->fallback);
    return 0;
}

int routing_table_check_default(const struct routing_table *table, const struct sink_config *default_sink,
                                struct config_problem *wrong, struct err *err)
{
    for (unsigned i = 0; i < table->sinks_count; i++) {
        *wrong = (struct config_problem){"sinks", i, NULL};
        if (check_apart(&table->sinks[i], SINK_DEFAULT_NAME, default_sink, err) != 0)
            return err->code;
    }
    return 0;
}

static bool is_among(const struct route_match *matches, size_t count, const char *sink)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(matches[i].sink, sink) == 0)
            return true;
    }
    return false;
}

size_t routing_table_match(const struct routing_table *table, const char *service,
                           struct route_match matches[ROUTE_MATCHES_MAX])
{
    size_t count = 0;

    for (unsigned i = 0; i < table->routes_count; i++) {
        const struct route *route = &table->routes[i];

        if (!fits(route->match, service))
            continue;
        if (!is_among(matches, count, route->sink))
            matches[count++] = (struct route_match){route->sink, route};
        if (!route->continue_matching)
            break;
    }
    if (count == 0)
        matches[count++] = (struct route_match){SINK_DEFAULT_NAME, NULL};
    return count;
}

/* Code 0 is well; of the others these words say that it may pass, in every table of our own agents. */
enum event_severity routing_table_severity(const struct routing_table *table, int32_t code, const char *text)
{
    static const char *const passing[] = {"warning",    "unknown",      "yellow",      "reloading",
                                          "activating", "deactivating", "maintenance", "running"};

    for (unsigned i = 0; i < table->severities_count; i++) {
        if (fits(table->severities[i].match, text))
            return table->severities[i].severity;
    }
    if (code == 0)
        return EVENT_GOOD;
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        if (strcasecmp(text, passing[i]) == 0)
            return EVENT_WARNING;
    }
    return EVENT_DANGER;
}
