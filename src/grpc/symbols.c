/* SPDX-License-Identifier: MIT */
#include "grpc/symbols.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Returns the full name, which is valid until symbols_fini. */
static const char *add(struct symbols *symbols, const char *scope, const char *name, enum symbol_kind kind,
                       unsigned file)
{
    const char *dot = *scope != '\0' ? "." : "";
    size_t size = strlen(scope) + strlen(dot) + strlen(name);
    char *full = mem_alloc(size + 1);

    (void)snprintf(full, size + 1, "%s%s%s", scope, dot, name);
    if (symbols->count == symbols->room) {
        symbols->room = symbols->room == 0 ? 64 : 2 * symbols->room;
        symbols->symbols = mem_realloc(symbols->symbols, symbols->room * sizeof *symbols->symbols);
    }
    symbols->symbols[symbols->count++] = (struct symbol){
        .name = full,
        .size = size,
        .kind = kind,
        .file = file,
    };
    return full;
}

static void add_all(struct symbols *symbols, const char *scope, DescriptorWire__Named **named, size_t count,
                    unsigned file)
{
    for (size_t i = 0; i < count; i++)
        add(symbols, scope, named[i]->name, SYMBOL_OTHER, file);
}

static void add_enum(struct symbols *symbols, const char *scope, const DescriptorWire__Enum *declared,
                     unsigned file)
{
    add(symbols, scope, declared->name, SYMBOL_OTHER, file);
    /* As in C++: values are siblings of their type (descriptor.proto, EnumValueDescriptorProto). */
    add_all(symbols, scope, declared->value, declared->n_value, file);
}

static void add_service(struct symbols *symbols, const char *scope, const DescriptorWire__Service *declared,
                        unsigned file)
{
    const char *full = add(symbols, scope, declared->name, SYMBOL_SERVICE, file);

    add_all(symbols, full, declared->method, declared->n_method, file);
}

static void add_message(struct symbols *symbols, const char *scope, const DescriptorWire__Message *declared,
                        unsigned file)
{
    const char *full = add(symbols, scope, declared->name, SYMBOL_MESSAGE, file);

    add_all(symbols, full, declared->field, declared->n_field, file);
    add_all(symbols, full, declared->oneof_decl, declared->n_oneof_decl, file);
    add_all(symbols, full, declared->extension, declared->n_extension, file);
    for (size_t i = 0; i < declared->n_enum_type; i++)
        add_enum(symbols, full, declared->enum_type[i], file);
    for (size_t i = 0; i < declared->n_nested_type; i++)
        add_message(symbols, full, declared->nested_type[i], file);
}

static void add_file(struct symbols *symbols, unsigned file)
{
    const DescriptorWire__File *declared = symbols->files[file];

    for (size_t i = 0; i < declared->n_service; i++)
        add_service(symbols, declared->package, declared->service[i], file);
    for (size_t i = 0; i < declared->n_message_type; i++)
        add_message(symbols, declared->package, declared->message_type[i], file);
    for (size_t i = 0; i < declared->n_enum_type; i++)
        add_enum(symbols, declared->package, declared->enum_type[i], file);
    add_all(symbols, declared->package, declared->extension, declared->n_extension, file);
}

/* The name that a client asks for may contain NUL: lengths are compared, not terminators. */
static int compare(const void *a, const void *b)
{
    const struct symbol *left = a, *right = b;
    int order = memcmp(left->name, right->name, left->size < right->size ? left->size : right->size);

    return order != 0 ? order : (left->size > right->size) - (left->size < right->size);
}

int symbols_init(struct symbols *symbols, const uint8_t *set, size_t size, struct err *err)
{
    int rc = 0;

    *symbols = (struct symbols){.set = descriptor_wire__set__unpack(NULL, size, set)};
    if (symbols->set == NULL)
        return err_set(err, -EINVAL, "descriptor set of %zu bytes: malformed", size);
    if (symbols->set->n_file > SYMBOLS_FILES_MAX)
        rc = err_set(err, -EINVAL, "descriptor set: %zu files, at most %d", symbols->set->n_file,
                     SYMBOLS_FILES_MAX);
    for (unsigned i = 0; rc == 0 && i < symbols->set->n_file; i++) {
        ProtobufCBinaryData bytes = symbols_bytes(symbols, i);

        symbols->files[i] = descriptor_wire__file__unpack(NULL, bytes.len, bytes.data);
        if (symbols->files[i] != NULL)
            add_file(symbols, i);
        else
            rc = err_set(err, -EINVAL, "descriptor set: file %u of %zu bytes is malformed", i, bytes.len);
    }
    if (rc != 0)
        symbols_fini(symbols);
    else if (symbols->count > 0)
        qsort(symbols->symbols, symbols->count, sizeof *symbols->symbols, compare);
    return rc;
}

void symbols_fini(struct symbols *symbols)
{
    for (size_t i = 0; i < symbols->count; i++)
        free(symbols->symbols[i].name);
    free(symbols->symbols);
    for (size_t i = 0; i < SYMBOLS_FILES_MAX; i++)
        descriptor_wire__file__free_unpacked(symbols->files[i], NULL);
    descriptor_wire__set__free_unpacked(symbols->set, NULL);
    *symbols = (struct symbols){0};
}

const struct symbol *symbols_find(const struct symbols *symbols, const void *name, size_t size)
{
    const struct symbol key = {.name = (char *)name, .size = size};

    if (size == 0 || symbols->count == 0)
        return NULL;
    return bsearch(&key, symbols->symbols, symbols->count, sizeof key, compare);
}

int symbols_file(const struct symbols *symbols, const void *name, size_t size)
{
    for (size_t i = 0; i < symbols->set->n_file; i++) {
        const char *candidate = symbols->files[i]->name;

        if (strlen(candidate) == size && size > 0 && memcmp(candidate, name, size) == 0)
            return (int)i;
    }
    return -1;
}

ProtobufCBinaryData symbols_bytes(const struct symbols *symbols, unsigned file)
{
    return symbols->set->file[file];
}

size_t symbols_closure(const struct symbols *symbols, unsigned file, uint64_t *known,
                       unsigned order[SYMBOLS_FILES_MAX])
{
    size_t count = 0;

    order[count++] = file;
    *known |= UINT64_C(1) << file;
    /* `order` is also the queue of a breadth-first search: each file enters it once. */
    for (size_t next = 0; next < count; next++) {
        const DescriptorWire__File *from = symbols->files[order[next]];

        for (size_t i = 0; i < from->n_dependency; i++) {
            int import = symbols_file(symbols, from->dependency[i], strlen(from->dependency[i]));

            if (import < 0 || *known & UINT64_C(1) << import)
                continue;
            *known |= UINT64_C(1) << import;
            order[count++] = (unsigned)import;
        }
    }
    return count;
}
