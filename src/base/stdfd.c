/* SPDX-License-Identifier: MIT */
#include "base/stdfd.h"

#include <fcntl.h>
#include <unistd.h>

/* open(2) returns the lowest free number: a higher one than 2 shows that 0, 1 and 2 are open. */
void stdfd_reserve(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        (void)close(fd);
}
