/* SPDX-License-Identifier: MIT */
/*
 * reflection - gRPC server reflection: tells tools such as grpcurl which services and messages the server
 * has.
 *
 * grpc.reflection.v1.ServerReflection and v1alpha, the same messages under two paths (gRPC
 * doc/server-reflection.md). Every request is answered at once, from descriptors that do not change. A
 * half-close ends the stream with OK, an invalid request ends it with INVALID_ARGUMENT.
 *
 * Embedded in the daemon; must outlive the server that has its methods. Loop thread only.
 */
#ifndef PROCJON_GRPC_REFLECTION_H
#define PROCJON_GRPC_REFLECTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "grpc/server_call.h"
#include "grpc/symbols.h"

/* Bytes of a request, which is one name: legal ones are much shorter. */
#define REFLECTION_REQUEST_MAX 16384u
/* Requests of one stream: a tool sends one for each file and for each symbol that it describes. */
#define REFLECTION_REQUESTS_MAX 1000u
/* Bytes of responses that the client has not taken yet. All descriptors together are below 5 KiB. */
#define REFLECTION_UNSENT_MAX 65536u
/* Open streams: tools of people. With the limit above they take 1 MiB of memory at most. */
#define REFLECTION_STREAMS_MAX 16u

#define REFLECTION_METHODS 2

struct reflection {
    struct symbols symbols;
    unsigned streams;
    struct method methods[REFLECTION_METHODS];
};

/* `set`: a serialised google.protobuf.FileDescriptorSet; its services are listed. -EINVAL: malformed. */
int reflection_init(struct reflection *reflection, const uint8_t *set, size_t size, struct err *err);

/* After its last call has ended. */
void reflection_fini(struct reflection *reflection);

/* For server_add. */
const struct method *reflection_methods(const struct reflection *reflection, size_t *count);

#endif
