/* SPDX-License-Identifier: MIT */
#include "notify/sink_list.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "notify/sinks/sink_kind.h"

bool sink_list_has(const struct sink_list *list, const char *name)
{
    if (strcmp(name, SINK_DEFAULT_NAME) == 0)
        return true;
    for (unsigned i = 0; i < list->sinks_count; i++) {
        if (strcmp(list->sinks[i].name, name) == 0)
            return true;
    }
    return false;
}

static int check_mail(const struct sink_config *config, struct err *err)
{
    if (config->from == NULL || config->to_count == 0)
        return err_set(err, -EINVAL, "a sink of kind smtp needs 'from' and 'to'");
    if ((config->user == NULL) != (config->password == NULL))
        return err_set(err, -EINVAL, "'user' and 'password-file' go together");
    if (config->user != NULL && config->starttls == SINK_CONFIG_STARTTLS_NEVER)
        return err_set(err, -EINVAL, "'starttls: never' would send the password in clear");
    return 0;
}

/* Whether TLS is used, so that a CA is of use. */
static bool is_encrypted(const struct sink_config *config)
{
    if (config->url == NULL)
        return false;
    return strncasecmp(config->url, "https:", strlen("https:")) == 0 ||
           strncasecmp(config->url, "smtps:", strlen("smtps:")) == 0 ||
           (config->kind == SINK_CONFIG_MAIL && config->starttls == SINK_CONFIG_STARTTLS_REQUIRED);
}

static int check_kind(const struct sink_config *config, struct err *err)
{
    bool mail = config->kind == SINK_CONFIG_MAIL;

    if (!mail && (config->from != NULL || config->to_count > 0 || config->user != NULL ||
                  config->password != NULL || config->starttls != SINK_CONFIG_STARTTLS_REQUIRED))
        return err_set(err, -EINVAL,
                       "'from', 'to', 'user', 'password-file' and 'starttls' belong to kind smtp");
    if (config->ca != NULL && !is_encrypted(config))
        return err_set(err, -EINVAL, "'ca-file' belongs to https, smtps and STARTTLS");
    if (config->kind == SINK_CONFIG_LOG)
        return config->url == NULL ? 0 : err_set(err, -EINVAL, "the log has no URL");
    if (config->url == NULL)
        return err_set(err, -EINVAL, "one of 'url', 'url-file' and 'url-env' is missing");
    if (mail && check_mail(config, err) != 0)
        return err->code;
    return sink_kind_check(config, err);
}

/* A name is part of log lines, metrics labels and comma-separated lists: it must need no quoting. */
static bool is_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    return *name != '\0' && name[strspn(name, letters)] == '\0' && strlen(name) <= SINK_NAME_MAX;
}

/*
 * Slack's rate limit is per webhook: two queues would send at twice the rate, with two requests in flight.
 * Other receivers have no limit that is known, and may be the receivers of several independent queues.
 */
static int check_distinct(const struct named_sink *sink, const char *name, const struct sink_config *config,
                          struct err *err)
{
    if (sink->config.kind != SINK_CONFIG_SLACK || config->kind != SINK_CONFIG_SLACK ||
        strcmp(sink->config.url, config->url) != 0)
        return 0;
    return err_set(
        err, -EINVAL,
        "sinks: '%s' has the Slack webhook that '%s' has: keep one of them, and name it in the routes "
        "of both",
        sink->name, name);
}

static int check_sink(const struct sink_list *list, unsigned index, struct err *err)
{
    const struct named_sink *sink = &list->sinks[index];

    if (!is_name(sink->name))
        return err_set(err, -EINVAL, "sinks: '%s' is no name: letters, digits, '.', '_' and '-' only",
                       sink->name);
    if (strcmp(sink->name, SINK_DEFAULT_NAME) == 0)
        return err_set(err, -EINVAL, "sinks: '%s' is the name of the sink that is always there", sink->name);
    for (unsigned i = 0; i < index; i++) {
        if (strcmp(list->sinks[i].name, sink->name) == 0)
            return err_set(err, -EINVAL, "sinks: two are named '%s'", sink->name);
    }
    if (check_kind(&sink->config, err) != 0)
        return err_wrap(err, "sinks: '%s'", sink->name);
    for (unsigned i = 0; i < index; i++) {
        if (check_distinct(sink, list->sinks[i].name, &list->sinks[i].config, err) != 0)
            return err->code;
    }
    return 0;
}

int sink_list_check(const struct sink_list *list, struct config_problem *problem, struct err *err)
{
    for (unsigned i = 0; i < list->sinks_count; i++) {
        *problem = (struct config_problem){"sinks", i, NULL};
        if (check_sink(list, i, err) != 0)
            return err->code;
    }
    *problem = (struct config_problem){"fallback", 0, NULL};
    if (list->fallback != NULL && !sink_list_has(list, list->fallback))
        return err_set(err, -EINVAL, "fallback: '%s' is no sink", list->fallback);
    return 0;
}

int sink_list_check_default(const struct sink_list *list, const struct sink_config *default_sink,
                            struct config_problem *problem, struct err *err)
{
    for (unsigned i = 0; i < list->sinks_count; i++) {
        *problem = (struct config_problem){"sinks", i, NULL};
        if (check_distinct(&list->sinks[i], SINK_DEFAULT_NAME, default_sink, err) != 0)
            return err->code;
    }
    return 0;
}
