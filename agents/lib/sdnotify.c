/* SPDX-License-Identifier: MIT */
#include "sdnotify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* STATUS= with an endpoint and an error message fits. */
#define MESSAGE_MAX 1024

static uint64_t watchdog(void)
{
    const char *usec = getenv("WATCHDOG_USEC");
    const char *pid = getenv("WATCHDOG_PID");

    if (usec == NULL || (pid != NULL && strtol(pid, NULL, 10) != getpid()))
        return 0;
    return strtoull(usec, NULL, 10) / 1000 / 2; /* sd_watchdog_enabled(3) recommends half of the interval */
}

void sdnotify_init(struct sdnotify *notify)
{
    const char *path = getenv("NOTIFY_SOCKET");
    size_t length = path == NULL ? 0 : strlen(path);

    *notify = (struct sdnotify){.address.sun_family = AF_UNIX};
    if (length < 2 || length >= sizeof notify->address.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(notify->address.sun_path, path, length);
    if (path[0] == '@')
        notify->address.sun_path[0] = '\0'; /* an abstract socket */
    notify->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    notify->watchdog_ms = watchdog();
}

void sdnotify_send(const struct sdnotify *notify, const char *format, ...)
{
    char message[MESSAGE_MAX];
    va_list args;
    int length;
    int fd;

    if (notify->size == 0)
        return;
    va_start(args, format);
    length = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (length > 0 && (size_t)length < sizeof message)
        (void)sendto(fd, message, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT,
                     (const struct sockaddr *)&notify->address, notify->size);
    (void)close(fd);
}
