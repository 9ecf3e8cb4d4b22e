/* SPDX-License-Identifier: MIT */
#include "config/config_check.h"

#include <errno.h>

static int check_tls(const struct config *config, struct err *err)
{
    struct tls_context *tls;

    if (config_load_tls(config, &tls, err) != 0)
        return err->code;
    tls_context_unref(tls);
    return 0;
}

static int check_default_sink(const struct config *config, struct err *err)
{
    struct sink_config default_sink;

    if (config_default_sink(config, &default_sink, err) != 0)
        return err->code;
    sink_config_fini(&default_sink);
    return 0;
}

static int check_endpoint(const struct config *config, const struct endpoint *endpoint, struct err *err)
{
    struct sockaddr_storage addresses[ENDPOINT_ADDRESSES_MAX];
    unsigned count = 0;

    if (endpoint->kind == ENDPOINT_UNIX)
        return 0;
    if (endpoint_resolve(endpoint, addresses, &count, err) != 0)
        return err->code;
    for (unsigned i = 0; i < count; i++) {
        if (config_admits(config, ENDPOINT_TCP, (struct sockaddr *)&addresses[i], err) != 0)
            return err->code;
    }
    return 0;
}

/* The page is always plaintext: the certificates are for agents. */
static int check_page(const struct config *config, struct err *err)
{
    struct sockaddr_storage addresses[ENDPOINT_ADDRESSES_MAX];
    struct endpoint endpoint;
    unsigned count = 0;

    if (*config->http == '\0')
        return 0;
    if (endpoint_parse(&endpoint, config->http, err) != 0)
        return err->code;
    if (endpoint.kind == ENDPOINT_TCP && endpoint_resolve(&endpoint, addresses, &count, err) != 0)
        return err->code;
    for (unsigned i = 0; i < count; i++) {
        if (!config->insecure && !endpoint_is_loopback((struct sockaddr *)&addresses[i]))
            return err_set(err, -EPERM,
                           "refusing to serve the status page beyond loopback without --insecure");
    }
    return 0;
}

int config_check(const struct config *config, struct err *err)
{
    if (check_tls(config, err) != 0 || check_default_sink(config, err) != 0)
        return err->code;
    for (size_t i = 0; i < config->endpoint_count; i++) {
        if (check_endpoint(config, &config->endpoints[i], err) != 0)
            return err_wrap(err, "endpoint '%s'", config->endpoint_texts[i]);
    }
    return check_page(config, err) == 0 ? 0 : err_wrap(err, "http '%s'", config->http);
}
