/* SPDX-License-Identifier: MIT */
/*
 * symbols - which file of a descriptor set declares which name, and what each file imports.
 *
 * Embedded in its owner; symbols_fini gives everything back. It copies what it needs of the set, is built
 * once and then only read. Pure. Full names as in google/protobuf/descriptor.proto: dots between, none in
 * front; a value of an enum is named beside its enum, not inside.
 */
#ifndef PROCJON_GRPC_SYMBOLS_H
#define PROCJON_GRPC_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "descriptor_wire.pb-c.h"

/* A set of files is the bits of a uint64_t. We serve four. */
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

/* From the bytes of a google.protobuf.FileDescriptorSet. -EINVAL: it is none, or has more files than we take.
 */
int symbols_init(struct symbols *symbols, const uint8_t *set, size_t size, struct err *err);
void symbols_fini(struct symbols *symbols);

/* NULL: nobody declares it. */
const struct symbol *symbols_find(const struct symbols *symbols, const void *name, size_t size);

/* The position of the file of that name; -1: there is none. */
int symbols_file(const struct symbols *symbols, const void *name, size_t size);

/* A FileDescriptorProto, as it stood in the set. */
ProtobufCBinaryData symbols_bytes(const struct symbols *symbols, unsigned file);

/*
 * Puts `file` into `order`, then whatever it imports, directly or not, that `known` lacks; returns how many.
 * All of them are known afterwards. An import that the set lacks is passed over.
 */
size_t symbols_closure(const struct symbols *symbols, unsigned file, uint64_t *known,
                       unsigned order[SYMBOLS_FILES_MAX]);

#endif
