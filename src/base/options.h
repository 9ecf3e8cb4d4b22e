/* SPDX-License-Identifier: MIT */
/*
 * options - one table from which a program's command line, environment and --help are made.
 *
 * Each row has a long name (which also names the environment variable: PROCJON_ and the name in capitals,
 * with _ for -), perhaps a letter, and a function that takes the value into the program's own struct. The
 * command line wins over the environment. Stateless; values point into argv, the environment or a short-lived
 * copy, so `set` copies what it keeps.
 */
#ifndef PROCJON_BASE_OPTIONS_H
#define PROCJON_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

/* Rows a table may have; the largest program has about half as many. */
#define OPTIONS_MAX 32

struct option_row {
    const char *name;
    char letter;          /* '\0': none */
    const char *argument; /* its name in --help; NULL: a switch, `set` gets "1" */
    bool repeatable;      /* each value is one more; in the environment they are separated by commas */
    const char *help;     /* one sentence, with the default */
    int (*set)(void *target, const char *value, struct err *err);
};

struct option_table {
    const char *usage; /* what follows the program's name */
    const char *about; /* a paragraph */
    const struct option_row *rows;
    size_t count;
    const char *footer; /* NULL: none */
};

enum options_result { OPTIONS_OK, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_ERROR };

/*
 * Reads argv, then the environment for what argv does not say. *operands is the index of the first argument
 * that is no option; options end there, or at "--". OPTIONS_ERROR fills `err` with a sentence that names the
 * option and the value. --help and --version are known to every program.
 */
enum options_result options_read(const struct option_table *table, int argc, char **argv, void *target,
                                 int *operands, struct err *err);

/* The same, and notes in `given`, by row, what the command line or the environment said. */
enum options_result options_read_given(const struct option_table *table, int argc, char **argv, void *target,
                                       bool given[OPTIONS_MAX], int *operands, struct err *err);

/* One value from elsewhere; `err` names the option. */
int options_take(const struct option_row *row, void *target, const char *value, struct err *err);

void options_help(const struct option_table *table, const char *program, FILE *out);

/* For `set`: a copy that replaces the last one. Returns 0. */
int options_text(char **text, const char *value);

/* For `set`: a whole number in a range; on error *number stays. */
int options_number(const char *value, int min, int max, int *number, struct err *err);

#endif
