/* SPDX-License-Identifier: MIT */
/*
 * options - one table for a program's command line, environment and --help.
 *
 * Each row has a long name, which also names the environment variable (PROCJON_ and the name in capitals,
 * with _ for -), an optional letter, and a function that stores the value in the program's own struct. The
 * command line takes precedence over the environment. Stateless; a value points into argv, the environment or
 * a temporary copy, so `set` must copy it.
 */
#ifndef PROCJON_BASE_OPTIONS_H
#define PROCJON_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

/* Rows of a table; the largest one has about half as many. */
#define OPTIONS_MAX 32

struct option_row {
    const char *name;
    char letter;          /* '\0': none */
    const char *argument; /* its name in --help; NULL: a switch, whose value is "1" */
    bool repeatable;      /* each value is added; in the environment they are separated by commas */
    const char *help;     /* one sentence, with the default in parentheses */
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
 * Reads argv, then the environment for options that are not in argv. *operands is the index of the first
 * operand; options end there, or at "--". OPTIONS_ERROR fills `err` with a sentence that names the option and
 * the value. --help and --version are options of every table. Uses getopt_long(3): one thread at a time.
 */
enum options_result options_read(const struct option_table *table, int argc, char **argv, void *target,
                                 int *operands, struct err *err);

/* The same, and sets in `given`, by row, which options the command line or the environment has. */
enum options_result options_read_given(const struct option_table *table, int argc, char **argv, void *target,
                                       bool given[OPTIONS_MAX], int *operands, struct err *err);

/* Sets one value of another source; `err` names the option. */
int options_take(const struct option_row *row, void *target, const char *value, struct err *err);

void options_help(const struct option_table *table, const char *program, FILE *out);

/* For `set`: replaces *text by a copy of the value. Returns 0. */
int options_text(char **text, const char *value);

/* For `set`: a whole number from `min` to `max`; on error *number is unchanged. */
int options_number(const char *value, int min, int max, int *number, struct err *err);

#endif
