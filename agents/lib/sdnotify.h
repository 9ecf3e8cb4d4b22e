/* SPDX-License-Identifier: MIT */
/*
 * sdnotify - the notification protocol of systemd, sd_notify(3), "Standalone Implementations".
 *
 * A value that holds the address of NOTIFY_SOCKET; no descriptor is kept. A notification that cannot be sent
 * is dropped. libsystemd is not used: it would be the largest part of a small agent. Any thread.
 */
#ifndef PROCJON_LIB_SDNOTIFY_H
#define PROCJON_LIB_SDNOTIFY_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct sdnotify {
    struct sockaddr_un address;
    socklen_t size;       /* 0: NOTIFY_SOCKET is not set */
    uint64_t watchdog_ms; /* how often WATCHDOG=1 is due; 0: never */
};

/* From the environment: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID. */
void sdnotify_init(struct sdnotify *notify);

/* Assignments as in sd_notify(3), "READY=1", with newlines between them. Does not block. */
void sdnotify_send(const struct sdnotify *notify, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
