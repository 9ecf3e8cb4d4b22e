/* SPDX-License-Identifier: MIT */
/*
 * config_schema - the libcyaml schema of the configuration file, and its errors as one sentence.
 *
 * On the stack of the function that loads or frees a struct config_file; it points into itself and must not
 * be copied. The schema of `server:` is built from the server's option table, so that every option of the
 * command line is a key of the file.
 */
#ifndef PROCJON_CONFIG_SCHEMA_H
#define PROCJON_CONFIG_SCHEMA_H

#include <cyaml/cyaml.h>
#include <stdarg.h>

#include "base/err.h"
#include "base/options.h"

/* Depth of the file, with libcyaml's two lines before the positions: routes, an entry, a key. */
#define CONFIG_SCHEMA_DEPTH 8
#define CONFIG_SCHEMA_NOTE_MAX 160

struct config_schema {
    cyaml_schema_value_t top;
    cyaml_schema_field_t top_fields[8];
    cyaml_schema_field_t server_fields[OPTIONS_MAX + 1];
    /* libcyaml's log of an error: the cause, then the positions from the inside out. */
    char notes[CONFIG_SCHEMA_DEPTH][CONFIG_SCHEMA_NOTE_MAX];
    unsigned note_count;
};

void config_schema_init(struct config_schema *schema, const struct option_table *table);

/* Keeps a line of libcyaml's log. */
void config_schema_note(struct config_schema *schema, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Fills `err` from the notes, or with `otherwise` if there are none. Returns its code. */
int config_schema_explain(const struct config_schema *schema, const char *path, const char *otherwise,
                          struct err *err);

#endif
