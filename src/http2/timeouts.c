/* SPDX-License-Identifier: MIT */
#include "http2/timeouts.h"

const struct timeouts timeouts_default = {
    .handshake = 10000,
    .settings_ack = 10000,
    .frame = 10000,
    .request = 30000,
    .half_close = 1000,
    .refuse = 5000,
    .ping = 60000,
    .ping_ack = 20000,
    .write_stall = 20000,
    /* The process ends within 10 s, and closing the store needs its part of them. */
    .drain_notice = 1000,
    .drain = 3000,
};
