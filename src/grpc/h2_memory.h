/* SPDX-License-Identifier: MIT */
/*
 * h2_memory - where the library's memory of one connection lies. Private to h2_session.
 *
 * What is made with the session lies in the connection's slab, until that is sealed; the rest on the heap.
 */
#ifndef PROCJON_GRPC_H2_MEMORY_H
#define PROCJON_GRPC_H2_MEMORY_H

#include <nghttp2/nghttp2.h>

#include "grpc/slab.h"

/* The session copies it; the slab must outlive the session. */
nghttp2_mem h2_memory(struct slab *slab);

#endif
