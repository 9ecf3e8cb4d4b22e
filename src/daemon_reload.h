/* SPDX-License-Identifier: MIT */
/*
 * daemon_reload - SIGHUP: what a running server takes up anew.
 *
 * The configuration file (sinks, routes, log level), the webhook and the certificates. A file that is bad
 * changes nothing and is one error line; so is a certificate that cannot be used. Options that only a start
 * can change are named in a warning.
 */
#ifndef PROCJON_DAEMON_RELOAD_H
#define PROCJON_DAEMON_RELOAD_H

#include "daemon.h"

void daemon_reload(struct daemon *daemon);

/* Frees what was reloaded, at the end. */
void daemon_reload_fini(struct daemon *daemon);

#endif
