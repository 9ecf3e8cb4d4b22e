/* SPDX-License-Identifier: MIT */
/*
 * frame - length-prefixed messages out of a stream of bytes.
 *
 * Length-Prefixed-Message = Compressed-Flag (1 byte, 0 or 1) + Message-Length (4 bytes, big endian) + Message
 * (gRPC over HTTP/2, "Length-Prefixed-Message"). The bytes come in pieces that have nothing to do with
 * messages.
 *
 * Pure. A zeroed struct is a reader between two messages; frame_fini gives back what a half-read one holds. A
 * message that lies whole in one piece is handed out in place; only one that is split is copied, and memory
 * grows with what arrived, never with what was announced.
 */
#ifndef PROCJON_GRPC_FRAME_H
#define PROCJON_GRPC_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define FRAME_PREFIX_SIZE 5

/* Largest message taken. A registration with 256 texts of 240 bytes fits; those of the agents are below 1
 * KiB. */
#define GRPC_MESSAGE_MAX 65536u

struct frame_reader {
    uint8_t prefix[FRAME_PREFIX_SIZE];
    uint8_t have;    /* bytes of the prefix that are there */
    bool handed;     /* `body` was given out by the last call */
    struct buf body; /* of a split message */
};

struct frame {
    uint8_t flag;
    const uint8_t *message; /* valid until the next call with this reader, and as long as the piece */
    uint32_t size;          /* FRAME_TOO_LARGE: as announced */
};

enum frame_result {
    FRAME_NONE,      /* the piece is used up */
    FRAME_MESSAGE,   /* `frame` is filled; call again with the rest of the piece */
    FRAME_TOO_LARGE, /* announces more than `max`: the stream cannot go on */
    FRAME_BAD_FLAG,  /* Compressed-Flag is neither 0 nor 1: the same */
};

/* Takes bytes from the front of the piece (*bytes, *size) until a message is complete. */
enum frame_result frame_next(struct frame_reader *reader, const uint8_t **bytes, size_t *size, uint32_t max,
                             struct frame *frame);

/* Whether the bytes so far end inside a prefix or a message. */
bool frame_partial(const struct frame_reader *reader);

void frame_fini(struct frame_reader *reader);

/* The prefix of an uncompressed message of `size` bytes. */
void frame_prefix(uint8_t prefix[FRAME_PREFIX_SIZE], uint32_t size);

#endif
