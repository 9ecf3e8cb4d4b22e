/* SPDX-License-Identifier: MIT */
#include "base/options.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Values of getopt_long that are no letters. */
enum { HELP = 1000, VERSION, FIRST_ROW };

#define VARIABLE_MAX 64

static void variable(const struct option_row *row, char name[VARIABLE_MAX])
{
    int length = snprintf(name, VARIABLE_MAX, "PROCJON_%s", row->name);

    assert(length < VARIABLE_MAX);
    for (char *c = name; *c != '\0'; c++)
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
}

/* Builds the tables of getopt_long. */
static void build(const struct option_table *table, struct option *longs, char *shorts)
{
    char *letter = shorts;

    *letter++ = '+'; /* stop at the first operand: it may be a command with options of its own */
    *letter++ = ':'; /* distinguish a missing argument from an unknown option */
    for (size_t i = 0; i < table->count; i++) {
        const struct option_row *row = &table->rows[i];

        longs[i] = (struct option){row->name, row->argument != NULL ? required_argument : no_argument, NULL,
                                   FIRST_ROW + (int)i};
        if (row->letter == '\0')
            continue;
        *letter++ = row->letter;
        if (row->argument != NULL)
            *letter++ = ':';
    }
    *letter++ = 'h';
    *letter = '\0';
    longs[table->count] = (struct option){"help", no_argument, NULL, HELP};
    longs[table->count + 1] = (struct option){"version", no_argument, NULL, VERSION};
    longs[table->count + 2] = (struct option){0};
}

static size_t find(const struct option_table *table, int value)
{
    if (value >= FIRST_ROW)
        return (size_t)(value - FIRST_ROW);
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].letter == (char)value)
            return i;
    }
    return table->count;
}

int options_take(const struct option_row *row, void *target, const char *value, struct err *err)
{
    int code = row->set(target, value, err);

    return code == 0 ? 0 : err_wrap(err, "--%s", row->name);
}

static int take_list(const struct option_row *row, void *target, const char *values, struct err *err)
{
    char *copy = mem_strdup(values);
    char *cursor = copy;
    int code = 0;

    for (char *value = strsep(&cursor, ","); value != NULL && code == 0; value = strsep(&cursor, ","))
        code = options_take(row, target, value, err);
    free(copy);
    return code;
}

/* A switch in the environment: setting the variable is not enough, "false" and "0" turn it off. */
static int read_switch(const struct option_row *row, void *target, const char *value, struct err *err)
{
    if (*value == '\0' || strcmp(value, "0") == 0 || strcmp(value, "false") == 0)
        return 0;
    if (strcmp(value, "1") == 0 || strcmp(value, "true") == 0)
        return options_take(row, target, value, err);
    return err_set(err, -EINVAL, "'%s' is neither true nor false", value);
}

static int read_value(const struct option_row *row, void *target, const char *value, struct err *err)
{
    if (row->argument == NULL)
        return read_switch(row, target, value, err);
    return row->repeatable ? take_list(row, target, value, err) : options_take(row, target, value, err);
}

/* optopt is the value of a long option, the letter of a short one, or 0 for an unknown long option. */
static void explain(int value, const char *word, struct err *err)
{
    if (value == ':')
        (void)err_set(err, -EINVAL, "option '%s' needs a value", word);
    else if (optopt >= HELP)
        (void)err_set(err, -EINVAL, "option '%s' takes no value", word);
    else if (optopt != 0)
        (void)err_set(err, -EINVAL, "unknown option '-%c'", optopt);
    else
        (void)err_set(err, -EINVAL, "unknown option '%s'", word);
}

static int read_environment(const struct option_table *table, bool *given, void *target, struct err *err)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct option_row *row = &table->rows[i];
        char name[VARIABLE_MAX];
        const char *value;

        variable(row, name);
        value = getenv(name);
        if (given[i] || value == NULL)
            continue;
        if (read_value(row, target, value, err) != 0)
            return err_wrap(err, "%s", name);
        given[i] = true;
    }
    return 0;
}

enum options_result options_read_given(const struct option_table *table, int argc, char **argv, void *target,
                                       bool given[OPTIONS_MAX], int *operands, struct err *err)
{
    struct option longs[OPTIONS_MAX + 3];
    char shorts[3 + 2 * OPTIONS_MAX];
    int value;

    for (size_t i = 0; i < OPTIONS_MAX; i++)
        given[i] = false;
    assert(table->count <= OPTIONS_MAX);
    build(table, longs, shorts);
    opterr = 0;
    optind = 0; /* GNU: reset */
    while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        size_t row;

        if (value == HELP || value == 'h')
            return OPTIONS_HELP;
        if (value == VERSION)
            return OPTIONS_VERSION;
        if (value == '?' || value == ':') {
            explain(value, argv[optind - 1], err);
            return OPTIONS_ERROR;
        }
        row = find(table, value);
        given[row] = true;
        if (options_take(&table->rows[row], target, optarg != NULL ? optarg : "1", err) != 0)
            return OPTIONS_ERROR;
    }
    *operands = optind;
    return read_environment(table, given, target, err) == 0 ? OPTIONS_OK : OPTIONS_ERROR;
}

enum options_result options_read(const struct option_table *table, int argc, char **argv, void *target,
                                 int *operands, struct err *err)
{
    bool given[OPTIONS_MAX];

    return options_read_given(table, argc, argv, target, given, operands, err);
}

/* Column where the descriptions start. */
#define HELP_COLUMN 30

static void help_row(char letter, const char *name, const char *argument, const char *help, FILE *out)
{
    int width = letter != '\0' ? fprintf(out, "  -%c, ", letter) : fprintf(out, "      ");

    width += fprintf(out, "--%s%s%s", name, argument != NULL ? "=" : "", argument != NULL ? argument : "");
    if (width > HELP_COLUMN - 2) {
        (void)fputc('\n', out);
        width = 0;
    }
    (void)fprintf(out, "%*s%s\n", HELP_COLUMN - width, "", help);
}

void options_help(const struct option_table *table, const char *program, FILE *out)
{
    (void)fprintf(out, "usage: %s %s\n\n%s\n\noptions:\n", program, table->usage, table->about);
    for (size_t i = 0; i < table->count; i++) {
        const struct option_row *row = &table->rows[i];

        help_row(row->letter, row->name, row->argument, row->help, out);
    }
    help_row('h', "help", NULL, "show this and exit", out);
    help_row('\0', "version", NULL, "show the version and exit", out);
    (void)fprintf(
        out, "\nEvery option is also read from the environment: PROCJON_ and the long name in capitals,\n"
             "with _ for -; a repeatable option as a list with commas. The command line takes precedence.\n");
    if (table->footer != NULL)
        (void)fprintf(out, "\n%s\n", table->footer);
}

int options_text(char **text, const char *value)
{
    mem_replace(text, value);
    return 0;
}

int options_number(const char *value, int min, int max, int *number, struct err *err)
{
    char *end;
    long parsed;

    errno = 0;
    parsed = strtol(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0 || parsed < min || parsed > max)
        return err_set(err, -EINVAL, "'%s' is not a whole number from %d to %d", value, min, max);
    *number = (int)parsed;
    return 0;
}
