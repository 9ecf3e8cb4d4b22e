/* SPDX-License-Identifier: MIT */
/*
 * descriptor_set - a google.protobuf.FileDescriptorSet of every service that this program serves.
 *
 * The bytes that protoc wrote at build time, imports before the files that need them. Constant data.
 */
#ifndef PROCJON_PROTO_DESCRIPTOR_SET_H
#define PROCJON_PROTO_DESCRIPTOR_SET_H

#include <stddef.h>
#include <stdint.h>

extern const uint8_t descriptor_set[];
extern const size_t descriptor_set_size;

#endif
