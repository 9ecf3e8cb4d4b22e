/* SPDX-License-Identifier: MIT */
/*
 * frame - splits a stream of bytes into length-prefixed messages.
 *
 * Length-Prefixed-Message = Compressed-Flag (1 byte, 0 or 1) + Message-Length (4 bytes, big endian) + Message
 * (gRPC over HTTP/2, "Length-Prefixed-Message"). The boundaries of DATA frames have nothing to do with those
 * of messages.
 *
 * Pure; embedded in the call. A zeroed struct is a reader between two messages; frame_fini frees what it
 * buffers. A message that lies in one piece is returned in place; only a split one is copied, and the buffer
 * grows with the bytes that arrive, never with the length that is announced.
 */
#ifndef PROCJON_GRPC_FRAME_H
#define PROCJON_GRPC_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define FRAME_PREFIX_SIZE 5

/* The largest message. A registration with 256 texts of 240 bytes fits; our agents need less than 1 KiB. */
#define GRPC_MESSAGE_MAX 65536u

struct frame_reader {
    uint8_t prefix[FRAME_PREFIX_SIZE];
    uint8_t have;    /* bytes of the prefix that have arrived */
    bool handed;     /* `body` was returned by the last call */
    struct buf body; /* of a split message */
};

struct frame {
    uint8_t flag;
    const uint8_t *message; /* valid until the next call with this reader, and as long as the piece */
    uint32_t size;          /* FRAME_TOO_LARGE: the announced size */
};

enum frame_result {
    FRAME_NONE,      /* the piece is used up */
    FRAME_MESSAGE,   /* `frame` is filled; call again with the rest of the piece */
    FRAME_TOO_LARGE, /* the announced size is above `max`: the stream cannot be read any further */
    FRAME_BAD_FLAG,  /* Compressed-Flag is neither 0 nor 1: the same */
};

/* Consumes bytes of the piece (*bytes, *size) until a message is complete. */
enum frame_result frame_next(struct frame_reader *reader, const uint8_t **bytes, size_t *size, uint32_t max,
                             struct frame *frame);

/* Whether the bytes so far end inside a prefix or a message. */
bool frame_partial(const struct frame_reader *reader);

void frame_fini(struct frame_reader *reader);

/* The prefix of an uncompressed message of `size` bytes. */
void frame_prefix(uint8_t prefix[FRAME_PREFIX_SIZE], uint32_t size);

#endif
