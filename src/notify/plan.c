/* SPDX-License-Identifier: MIT */
#include "notify/plan.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "notify/sink.h"

static bool matches(const char *glob, const char *text)
{
    return fnmatch(glob, text, 0) == 0;
}

bool plan_has(const struct plan *plan, const char *name)
{
    if (strcmp(name, PLAN_DEFAULT) == 0)
        return true;
    for (unsigned i = 0; i < plan->sinks_count; i++) {
        if (strcmp(plan->sinks[i].name, name) == 0)
            return true;
    }
    return false;
}

static int check_mail(const struct address *address, struct err *err)
{
    if (address->from == NULL || address->to_count == 0)
        return err_set(err, -EINVAL, "a sink of kind smtp needs 'from' and 'to'");
    if ((address->user == NULL) != (address->password == NULL))
        return err_set(err, -EINVAL, "'user' and 'password-file' go together");
    if (address->user != NULL && address->starttls == ADDRESS_STARTTLS_NEVER)
        return err_set(err, -EINVAL, "'starttls: never' would send the password in clear");
    return 0;
}

/* Whether there is a certificate to be checked. */
static bool is_encrypted(const struct address *address)
{
    if (address->url == NULL)
        return false;
    return strncasecmp(address->url, "https:", strlen("https:")) == 0 ||
           strncasecmp(address->url, "smtps:", strlen("smtps:")) == 0 ||
           (address->kind == ADDRESS_MAIL && address->starttls == ADDRESS_STARTTLS_REQUIRED);
}

static int check_address(const struct address *address, struct err *err)
{
    bool mail = address->kind == ADDRESS_MAIL;

    if (!mail && (address->from != NULL || address->to_count > 0 || address->user != NULL ||
                  address->password != NULL || address->starttls != ADDRESS_STARTTLS_REQUIRED))
        return err_set(err, -EINVAL,
                       "'from', 'to', 'user', 'password-file' and 'starttls' belong to kind smtp");
    if (address->ca != NULL && !is_encrypted(address))
        return err_set(err, -EINVAL, "'ca-file' belongs to https, smtps and STARTTLS");
    if (address->kind == ADDRESS_LOG)
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

    return *name != '\0' && name[strspn(name, letters)] == '\0' && strlen(name) <= PLAN_NAME_MAX;
}

/*
 * Slack counts by webhook: two queues would ask twice as much of it as it takes, with two requests at once.
 * Other receivers have no such limit that we know of, and may well be told by two queues that do not wait for
 * each other.
 */
static int check_apart(const struct plan_sink *sink, const char *name, const struct address *address,
                       struct err *err)
{
    if (sink->address.kind != ADDRESS_SLACK || address->kind != ADDRESS_SLACK ||
        strcmp(sink->address.url, address->url) != 0)
        return 0;
    return err_set(
        err, -EINVAL,
        "sinks: '%s' has the Slack webhook that '%s' has: keep one of them, and name it in the routes "
        "of both",
        sink->name, name);
}

static int check_sink(const struct plan *plan, unsigned index, struct err *err)
{
    const struct plan_sink *sink = &plan->sinks[index];

    if (!is_name(sink->name))
        return err_set(err, -EINVAL, "sinks: '%s' is no name: letters, digits, '.', '_' and '-' only",
                       sink->name);
    if (strcmp(sink->name, PLAN_DEFAULT) == 0)
        return err_set(err, -EINVAL, "sinks: '%s' is the name of the sink that is always there", sink->name);
    for (unsigned i = 0; i < index; i++) {
        if (strcmp(plan->sinks[i].name, sink->name) == 0)
            return err_set(err, -EINVAL, "sinks: two are named '%s'", sink->name);
    }
    if (check_address(&sink->address, err) != 0)
        return err_wrap(err, "sinks: '%s'", sink->name);
    for (unsigned i = 0; i < index; i++) {
        if (check_apart(sink, plan->sinks[i].name, &plan->sinks[i].address, err) != 0)
            return err->code;
    }
    return 0;
}

int plan_check(const struct plan *plan, struct plan_place *wrong, struct err *err)
{
    for (unsigned i = 0; i < plan->sinks_count; i++) {
        *wrong = (struct plan_place){"sinks", i, NULL};
        if (check_sink(plan, i, err) != 0)
            return err->code;
    }
    for (unsigned i = 0; i < plan->routes_count; i++) {
        *wrong = (struct plan_place){"routes", i, NULL};
        if (!plan_has(plan, plan->routes[i].sink))
            return err_set(err, -EINVAL, "routes: entry %u (match '%s') leads to '%s', which is no sink",
                           i + 1, plan->routes[i].match, plan->routes[i].sink);
    }
    *wrong = (struct plan_place){"fallback", 0, NULL};
    if (plan->fallback != NULL && !plan_has(plan, plan->fallback))
        return err_set(err, -EINVAL, "fallback: '%s' is no sink", plan->fallback);
    return 0;
}

int plan_check_home(const struct plan *plan, const struct address *home, struct plan_place *wrong,
                    struct err *err)
{
    for (unsigned i = 0; i < plan->sinks_count; i++) {
        *wrong = (struct plan_place){"sinks", i, NULL};
        if (check_apart(&plan->sinks[i], PLAN_DEFAULT, home, err) != 0)
            return err->code;
    }
    return 0;
}

static bool is_among(const struct plan_way *ways, size_t count, const char *sink)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(ways[i].sink, sink) == 0)
            return true;
    }
    return false;
}

size_t plan_ways(const struct plan *plan, const char *service, struct plan_way ways[PLAN_WAYS_MAX])
{
    size_t count = 0;

    for (unsigned i = 0; i < plan->routes_count; i++) {
        const struct plan_route *route = &plan->routes[i];

        if (!matches(route->match, service))
            continue;
        if (!is_among(ways, count, route->sink))
            ways[count++] = (struct plan_way){route->sink, route};
        if (!route->goes_on)
            break;
    }
    if (count == 0)
        ways[count++] = (struct plan_way){PLAN_DEFAULT, NULL};
    return count;
}

/* Code 0 is well; of the others these words say that it may pass, in every table of our own agents. */
enum event_severity plan_severity(const struct plan *plan, int32_t code, const char *text)
{
    static const char *const passing[] = {"warning",    "unknown",      "yellow",      "reloading",
                                          "activating", "deactivating", "maintenance", "running"};

    for (unsigned i = 0; i < plan->severities_count; i++) {
        if (matches(plan->severities[i].match, text))
            return plan->severities[i].severity;
    }
    if (code == 0)
        return EVENT_GOOD;
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        if (strcasecmp(text, passing[i]) == 0)
            return EVENT_WARNING;
    }
    return EVENT_DANGER;
}
