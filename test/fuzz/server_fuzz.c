/* SPDX-License-Identifier: MIT */
/* Any bytes to a server: it responds or closes the connection, and every resource is freed at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sys/socket.h>

#include "base/log.h"
#include "fuzz.h"
#include "server_bed.h"

/* Fits into the socket buffer without being read. */
#define INPUT_MAX 65536
/* Loop iterations: accept, read, respond, and what follows. */
#define TURNS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bed bed;

    if (size > INPUT_MAX)
        return 0;
    log_set_level(LOG_ERROR);
    bed_open(&bed, 0, 0);
    bed.deaf = true; /* its decoder is not what is tested */
    bed_dial(&bed);
    bed_turn(&bed);
    buf_append(&bed.request, data, size);
    if (size > 0)
        bed_send(&bed);
    for (int i = 0; i < TURNS; i++)
        bed_turn(&bed);
    bed_close(&bed);
    return 0;
}
