/* SPDX-License-Identifier: MIT */
/*
 * daemon_reload - SIGHUP: applies the configuration anew to a running server.
 *
 * It reloads the configuration file (sinks, routes, log level), the webhook and the certificates. A file or a
 * certificate that is not valid is logged as an error, and the one in use stays. Options that need a restart
 * are named in a warning.
 */
#ifndef PROCJON_DAEMON_RELOAD_H
#define PROCJON_DAEMON_RELOAD_H

#include "daemon.h"

/* Loop thread. Blocks while it reads the files. */
void daemon_reload(struct daemon *daemon);

/* Frees the configuration of the last reload. Idempotent; the engine must not use it any more. */
void daemon_reload_fini(struct daemon *daemon);

#endif
