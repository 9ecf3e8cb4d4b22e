/* SPDX-License-Identifier: MIT */
/*
 * reflection - tells tools (grpcurl and its kin) what this server serves.
 *
 * grpc.reflection.v1.ServerReflection and its v1alpha, the same bytes under two paths (gRPC
 * doc/server-reflection.md). Every question is answered in its turn and at once, from descriptors that do not
 * change. A half-close ends the stream with OK, a question that is none with INVALID_ARGUMENT.
 *
 * Embedded in the daemon, outlives the server that has its methods. Loop thread only.
 */
#ifndef PROCJON_GRPC_REFLECTION_H
#define PROCJON_GRPC_REFLECTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "grpc/server_call.h"
#include "grpc/symbols.h"

/* A question is one name; the longest legal one is far below. */
#define REFLECTION_REQUEST_MAX 16384u
/* Questions in one stream: a tool asks once for each file and each symbol it is told to describe. */
#define REFLECTION_REQUESTS_MAX 1000u
/* Bytes of answers not taken yet: our whole set is below 5 KiB, so nobody who reads comes here. */
#define REFLECTION_UNSENT_MAX 65536u
/* Streams at once: people and their tools. With the limit above, what they can make us keep is 1 MiB. */
#define REFLECTION_STREAMS_MAX 16u

#define REFLECTION_METHODS 2

struct reflection {
    struct symbols symbols;
    unsigned streams;
    struct method methods[REFLECTION_METHODS];
};

/* `set`: the bytes of a google.protobuf.FileDescriptorSet; its services are the ones listed. -EINVAL: it is
 * none. */
int reflection_init(struct reflection *reflection, const uint8_t *set, size_t size, struct err *err);

/* After the last of its calls is gone. */
void reflection_fini(struct reflection *reflection);

/* For server_add. */
const struct method *reflection_methods(const struct reflection *reflection, size_t *count);

#endif
