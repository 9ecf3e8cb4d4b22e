/* SPDX-License-Identifier: MIT */
/*
 * symbols - which file of a descriptor set declares which name, and which files each file imports.
 *
 * Pure. Embedded in its owner; built once and then only read; symbols_fini frees everything. Copies what it
 * needs of the set. Names are full names as in google/protobuf/descriptor.proto: separated by dots, without
 * one in front; enum values are siblings of their enum.
 */
#ifndef PROCJON_GRPC_SYMBOLS_H
#define PROCJON_GRPC_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "descriptor_wire.pb-c.h"

/* Sets of files are bits of a uint64_t. We have four files. */
#define SYMBOLS_FILES_MAX 64

enum symbol_kind { SYMBOL_SERVICE, SYMBOL_MESSAGE, SYMBOL_OTHER };

struct symbol {
    char *name;
    size_t size; /* of the name, without its NUL */
    enum symbol_kind kind;
    unsigned file; /* its position in the set */
};

struct symbols {
    DescriptorWire__Set *set;
    DescriptorWire__File *files[SYMBOLS_FILES_MAX]; /* as many as the set has */
    struct symbol *symbols;                         /* sorted by name */
    size_t count, room;
};

/* `set`: a serialised google.protobuf.FileDescriptorSet. -EINVAL: it is malformed, or has too many files. */
int symbols_init(struct symbols *symbols, const uint8_t *set, size_t size, struct err *err);
void symbols_fini(struct symbols *symbols);

/* NULL: no file declares it. */
const struct symbol *symbols_find(const struct symbols *symbols, const void *name, size_t size);

/* The position of the file with that name; -1: there is none. */
int symbols_file(const struct symbols *symbols, const void *name, size_t size);

/* The serialised FileDescriptorProto. */
ProtobufCBinaryData symbols_bytes(const struct symbols *symbols, unsigned file);

/*
 * Puts `file` into `order`, and then all direct and indirect imports that are not in the bit set `known`;
 * adds all of them to `known` and returns their number. Imports that the set does not have are skipped.
 */
size_t symbols_closure(const struct symbols *symbols, unsigned file, uint64_t *known,
                       unsigned order[SYMBOLS_FILES_MAX]);

#endif
