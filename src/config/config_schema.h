/* SPDX-License-Identifier: MIT */
/*
 * config_schema - the shape of the configuration file, as libcyaml is told it, and its complaints in one
 * sentence.
 *
 * A value on the stack of whoever loads or frees a struct config_file; points into itself, so it is never
 * copied. The shape of `server:` is made of the server's option table: what can be said on the command line
 * can be said in the file.
 */
#ifndef PROCJON_CONFIG_SCHEMA_H
#define PROCJON_CONFIG_SCHEMA_H

#include <cyaml/cyaml.h>
#include <stdarg.h>

#include "base/err.h"
#include "base/options.h"

/* Longest path from the top to a value: routes, an entry, a key. */
#define CONFIG_SCHEMA_DEPTH 8
#define CONFIG_SCHEMA_NOTE_MAX 160

struct config_schema {
    cyaml_schema_value_t top;
    cyaml_schema_field_t top_fields[8];
    cyaml_schema_field_t server_fields[OPTIONS_MAX + 1];
    /* What libcyaml said: its complaint, and where, from the inside out. */
    char notes[CONFIG_SCHEMA_DEPTH][CONFIG_SCHEMA_NOTE_MAX];
    unsigned note_count;
};

void config_schema_init(struct config_schema *schema, const struct option_table *table);

/* One line of libcyaml's log. */
void config_schema_note(struct config_schema *schema, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Fills `err` from the notes; `otherwise`: when there are none. Returns its code. */
int config_schema_explain(const struct config_schema *schema, const char *path, const char *otherwise,
                          struct err *err);

#endif
