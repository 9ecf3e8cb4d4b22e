/* SPDX-License-Identifier: MIT */
/*
 * sdnotify - tells systemd how a service process is doing: sd_notify(3), "Standalone Implementations".
 *
 * A value that holds the address of NOTIFY_SOCKET; no descriptor is kept. What cannot be sent is nobody's
 * concern. libsystemd is not used, because it would be the largest part of a small agent.
 */
#ifndef PROCJON_LIB_SDNOTIFY_H
#define PROCJON_LIB_SDNOTIFY_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct sdnotify {
    struct sockaddr_un address;
    socklen_t size;       /* 0: nobody to tell */
    uint64_t watchdog_ms; /* how often WATCHDOG=1 is due; 0: never */
};

/* From the environment: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID. */
void sdnotify_init(struct sdnotify *notify);

/* "READY=1", "STATUS=..."; newline between several. */
void sdnotify_send(const struct sdnotify *notify, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
