/* SPDX-License-Identifier: MIT */
#include "daemon_reload.h"

#include <stdlib.h>

#include "base/mem.h"

#define LOG_MODULE "daemon"
#include "base/log.h"

/* Bytes of the list of options in the warning. */
#define DIFFERENCE_MAX 256

static bool reload_tls(struct daemon *daemon, const struct config *config)
{
    struct tls_context *fresh;
    struct err err;

    if (config_load_tls(config, &fresh, &err) != 0) {
        log_error("certificates not reloaded, the old ones stay reason=%s", err.msg);
        return false;
    }
    tls_context_unref(daemon->tls);
    daemon->tls = fresh;
    return true;
}

static int reload_routes(struct daemon *daemon, const struct config *config, struct err *err)
{
    struct sink_config default_sink;
    const struct engine_options options = {
        .table = config_routing(config), .sinks = config_sinks(config), .default_sink = &default_sink};

    if (config_default_sink(config, &default_sink, err) == 0)
        (void)engine_reload(daemon->engine, &options, err);
    sink_config_fini(&default_sink);
    return err->code;
}

static void warn(const struct daemon *daemon, const struct config *fresh)
{
    char options[DIFFERENCE_MAX];

    if (config_differs(daemon->config, fresh, options, sizeof options))
        log_warning("takes effect with the next start only options=%s", options);
}

static bool apply(struct daemon *daemon, struct config *fresh)
{
    bool complete = true;

    daemon_reload_fini(daemon);
    daemon->reloaded = fresh;
    log_set_level(fresh->log_level);
    /* Changing between TLS and plaintext would change who may connect: that needs a restart. */
    if ((fresh->root_cert != NULL) == (daemon->tls != NULL))
        complete = reload_tls(daemon, fresh);
    log_info("reloaded");
    return complete;
}

static bool reload(struct daemon *daemon)
{
    struct config *fresh = mem_zalloc(sizeof *fresh);
    struct err err = {0};

    if (config_reread(fresh, daemon->config, &err) == 0) {
        warn(daemon, fresh);
        if (reload_routes(daemon, fresh, &err) == 0)
            return apply(daemon, fresh);
        config_fini(fresh);
    }
    log_error("configuration not reloaded, the old one stays reason=%s", err.msg);
    free(fresh);
    return false;
}

void daemon_reload(struct daemon *daemon)
{
    struct web_reloads *reloads = &daemon->reloads;

    reloads->stale = !reload(daemon);
    if (reloads->stale)
        reloads->refused++;
    else
        reloads->taken++;
}

void daemon_reload_fini(struct daemon *daemon)
{
    if (daemon->reloaded == NULL)
        return;
    config_fini(daemon->reloaded);
    free(daemon->reloaded);
    daemon->reloaded = NULL;
}
