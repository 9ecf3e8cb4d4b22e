/* SPDX-License-Identifier: MIT */
#include "config/config_file.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/config_location.h"
#include "config/config_schema.h"
#include "config/config_secret.h"

/* Limit of notify-after and notify-after-reports: a year of seconds, and as many reports. */
#define NOTIFY_AFTER_MAX 31536000

static void on_log(cyaml_log_t level, void *arg, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
static void on_log(cyaml_log_t level, void *arg, const char *format, va_list args)
{
    (void)level;
    config_schema_note(arg, format, args);
}

static cyaml_config_t cyaml_settings(struct config_schema *schema)
{
    return (cyaml_config_t){
        .log_fn = on_log, .log_ctx = schema, .mem_fn = cyaml_mem, .log_level = CYAML_LOG_ERROR};
}

static int read_url(struct named_sink *sink, struct err *err)
{
    int given = (sink->config.url != NULL) + (sink->url_file != NULL) + (sink->url_env != NULL);
    const char *value;

    if (given > 1)
        return err_set(err, -EINVAL, "only one of 'url', 'url-file' and 'url-env' may be given");
    if (sink->url_file != NULL)
        return config_secret_read(sink->url_file, "URL", &sink->config.url, err);
    if (sink->url_env == NULL)
        return 0;
    value = getenv(sink->url_env);
    if (value == NULL || *value == '\0')
        return err_set(err, -EINVAL, "url-env: the environment has no '%s'", sink->url_env);
    sink->config.url = mem_strdup(value);
    return 0;
}

/* libcyaml frees the URL with the file: it uses free(3) too. */
static int read_secrets(struct sink_list *list, struct config_problem *wrong, struct err *err)
{
    for (unsigned i = 0; i < list->sinks_count; i++) {
        struct named_sink *sink = &list->sinks[i];
        int code = read_url(sink, err);

        *wrong = (struct config_problem){"sinks", i, NULL};
        if (code == 0 && sink->password_file != NULL)
            code = config_secret_read(sink->password_file, "password", &sink->config.password, err);
        if (code == 0 && sink->ca_file != NULL)
            code = config_secret_read_ca(sink->ca_file, &sink->config.ca, err);
        if (code != 0)
            return err_wrap(err, "sinks: '%s'", sink->name);
    }
    return 0;
}

static int read_number(const char *field, const char *text, uint32_t *value, struct err *err)
{
    int number = 0;

    if (text != NULL && options_number(text, 0, NOTIFY_AFTER_MAX, &number, err) != 0)
        return err_wrap(err, "routes: %s", field);
    *value = (uint32_t)number;
    return 0;
}

static int read_notify_after(struct routing_table *table, struct config_problem *wrong, struct err *err)
{
    for (unsigned i = 0; i < table->routes_count; i++) {
        struct route *route = &table->routes[i];

        *wrong = (struct config_problem){"routes", i, "notify-after"};
        if (read_number(wrong->field, route->after, &route->notify_after_s, err) != 0)
            return err->code;
        wrong->field = "notify-after-reports";
        if (read_number(wrong->field, route->after_reports, &route->notify_after_reports, err) != 0)
            return err->code;
    }
    return 0;
}

static int parse(struct config_file **file, const char *path, const struct option_table *table,
                 struct err *err)
{
    struct config_schema schema;
    cyaml_config_t settings = cyaml_settings(&schema);
    cyaml_err_t code;

    config_schema_init(&schema, table);
    code = cyaml_load_file(path, &settings, &schema.top, (cyaml_data_t **)file, NULL);
    if (code == CYAML_ERR_FILE_OPEN)
        return err_errno(err, -errno, "cannot read the configuration file '%s'", path);
    if (code != CYAML_OK)
        return config_schema_explain(&schema, path, cyaml_strerror(code), err);
    if (*file == NULL) /* an empty document; config_file_free frees this as libcyaml's */
        *file = mem_zalloc(sizeof **file);
    (*file)->options = table;
    return 0;
}

int config_file_load(struct config_file **file, const char *path, const struct option_table *table,
                     struct err *err)
{
    struct config_problem wrong;

    *file = NULL;
    if (parse(file, path, table, err) != 0)
        return err->code;
    if (read_secrets(&(*file)->sinks, &wrong, err) == 0 &&
        read_notify_after(&(*file)->routing, &wrong, err) == 0 &&
        sink_list_check(&(*file)->sinks, &wrong, err) == 0 &&
        routing_table_check(&(*file)->routing, &(*file)->sinks, &wrong, err) == 0)
        return 0;
    config_file_free(*file);
    *file = NULL;
    return config_location_add(path, &wrong, err);
}

void config_file_free(struct config_file *file)
{
    struct config_schema schema;
    cyaml_config_t settings = cyaml_settings(&schema);

    if (file == NULL)
        return;
    /* These are not keys of the file, so libcyaml does not free them. */
    for (unsigned i = 0; i < file->sinks.sinks_count; i++) {
        free(file->sinks.sinks[i].config.password);
        free(file->sinks.sinks[i].config.ca);
    }
    config_schema_init(&schema, file->options);
    (void)cyaml_free(&settings, &schema.top, file, 0);
}

static int apply_row(const struct config_file *file, size_t row, void *target, struct err *err)
{
    const struct option_row *option = &file->options->rows[row];
    const struct config_file_list *list = &file->lists[row];
    const char *value = file->values[row];
    int code = 0;

    for (unsigned i = 0; code == 0 && i < list->items_count; i++)
        code = options_take(option, target, list->items[i], err);
    if (value == NULL || code != 0)
        return code;
    if (option->argument != NULL)
        return options_take(option, target, value, err);
    if (strcmp(value, "true") == 0)
        return options_take(option, target, "1", err);
    return strcmp(value, "false") == 0
               ? 0
               : err_set(err, -EINVAL, "%s: '%s' is neither true nor false", option->name, value);
}

int config_file_apply(const struct config_file *file, const char *path, const bool given[OPTIONS_MAX],
                      void *target, struct err *err)
{
    for (size_t row = 0; row < file->options->count; row++) {
        const struct config_problem wrong = {"server", 0, file->options->rows[row].name};

        if (given[row] || apply_row(file, row, target, err) == 0)
            continue;
        (void)err_wrap(err, "server");
        return config_location_add(path, &wrong, err);
    }
    return 0;
}
