/* SPDX-License-Identifier: MIT */
#include "notify/sink_list.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "notify/sink.h"

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
    if (sink->config.kind != SINK_CONFIG_SLACK || address->kind != SINK_CONFIG_SLACK ||
        strcmp(sink->config.url, address->url) != 0)
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
    if (check_address(&sink->config, err) != 0)
        return err_wrap(err, "sinks: '%s'", sink->name);
    for (unsigned i = 0; i < index; i++) {
        if (check_apart(sink, list->sinks[i].name, &list->sinks[i].config, err) != 0)
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
        if (check_apart(&list->sinks[i], SINK_DEFAULT_NAME, default_sink, err) != 0)
            return err->code;
    }
    return 0;
}
