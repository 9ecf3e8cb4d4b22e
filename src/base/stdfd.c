/* SPDX-License-Identifier: MIT */
#include "base/stdfd.h"

#include <fcntl.h>
#include <unistd.h>

/* The kernel gives the lowest number that is free: the first one beyond the three says that none of them is.
 */
void stdfd_reserve(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        (void)close(fd);
}
