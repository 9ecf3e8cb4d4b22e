/* SPDX-License-Identifier: MIT */
#include "config/config_schema.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/config_file.h"

/* Longest string in the file: a URL, a path. */
#define STRING_MAX 4096
/* Bytes of the list of allowed words, so that the sentence around it fits struct err too. */
#define ALLOWED_MAX 240
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define OPTIONAL_STRING (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
#define OPTIONAL_WORD (CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT)
#define OPTIONAL_LIST (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)

/* The words of the enumerations; an error lists them. */
static const cyaml_strval_t kinds[] = {{"slack", SINK_CONFIG_SLACK},
                                       {"webhook", SINK_CONFIG_WEBHOOK},
                                       {"alertmanager", SINK_CONFIG_ALERTMANAGER},
                                       {"smtp", SINK_CONFIG_MAIL},
                                       {"log", SINK_CONFIG_LOG}};
static const cyaml_strval_t starttls[] = {{"required", SINK_CONFIG_STARTTLS_REQUIRED},
                                          {"never", SINK_CONFIG_STARTTLS_NEVER}};
static const cyaml_strval_t severities[] = {
    {"good", EVENT_GOOD}, {"warning", EVENT_WARNING}, {"danger", EVENT_DANGER}};
/* CYAML_BOOL reads every word that is not false as true. */
static const cyaml_strval_t truths[] = {{"true", 1}, {"false", 0}};

static const cyaml_schema_value_t string = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, STRING_MAX)};

static const cyaml_schema_field_t sink_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct named_sink, name, 1, SINK_NAME_MAX),
    CYAML_FIELD_ENUM("kind", CYAML_FLAG_STRICT, struct named_sink, config.kind, kinds, COUNT(kinds)),
    CYAML_FIELD_STRING_PTR("url", OPTIONAL_STRING, struct named_sink, config.url, 1, STRING_MAX),
    CYAML_FIELD_STRING_PTR("url-file", OPTIONAL_STRING, struct named_sink, url_file, 1, STRING_MAX),
    CYAML_FIELD_STRING_PTR("url-env", OPTIONAL_STRING, struct named_sink, url_env, 1, STRING_MAX),
    CYAML_FIELD_STRING_PTR("from", OPTIONAL_STRING, struct named_sink, config.from, 1, STRING_MAX),
    CYAML_FIELD_SEQUENCE("to", OPTIONAL_LIST, struct named_sink, config.to, &string, 1, SINKS_MAX),
    CYAML_FIELD_STRING_PTR("user", OPTIONAL_STRING, struct named_sink, config.user, 1, STRING_MAX),
    CYAML_FIELD_STRING_PTR("password-file", OPTIONAL_STRING, struct named_sink, password_file, 1, STRING_MAX),
    CYAML_FIELD_STRING_PTR("ca-file", OPTIONAL_STRING, struct named_sink, ca_file, 1, STRING_MAX),
    CYAML_FIELD_ENUM("starttls", OPTIONAL_WORD, struct named_sink, config.starttls, starttls,
                     COUNT(starttls)),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t sink = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct named_sink, sink_fields)};

static const cyaml_schema_field_t route_fields[] = {
    CYAML_FIELD_STRING_PTR("match", CYAML_FLAG_POINTER, struct route, match, 1, STRING_MAX),
    CYAML_FIELD_STRING_PTR("sink", CYAML_FLAG_POINTER, struct route, sink, 1, SINK_NAME_MAX),
    CYAML_FIELD_ENUM("continue", OPTIONAL_WORD, struct route, continue_matching, truths, COUNT(truths)),
    CYAML_FIELD_ENUM("reminders", OPTIONAL_WORD, struct route, remind, truths, COUNT(truths)),
    CYAML_FIELD_ENUM("flapping", OPTIONAL_WORD, struct route, flapping, truths, COUNT(truths)),
    /* CYAML_UINT reads 5m as 5, and 010 as 8. */
    CYAML_FIELD_STRING_PTR("notify-after", OPTIONAL_STRING, struct route, after, 0, STRING_MAX),
    CYAML_FIELD_STRING_PTR("notify-after-reports", OPTIONAL_STRING, struct route, after_reports, 0,
                           STRING_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t route = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct route, route_fields)};

static const cyaml_schema_field_t severity_fields[] = {
    CYAML_FIELD_STRING_PTR("match", CYAML_FLAG_POINTER, struct severity_rule, match, 1, STRING_MAX),
    CYAML_FIELD_ENUM("as", CYAML_FLAG_STRICT, struct severity_rule, severity, severities, COUNT(severities)),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t severity = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct severity_rule, severity_fields)};

static const cyaml_schema_field_t routing_fields[] = {
    CYAML_FIELD_SEQUENCE("sinks", OPTIONAL_LIST, struct config_file, sinks.sinks, &sink, 0, SINKS_MAX),
    CYAML_FIELD_SEQUENCE("routes", OPTIONAL_LIST, struct config_file, routing.routes, &route, 0, ROUTES_MAX),
    CYAML_FIELD_SEQUENCE("severity", OPTIONAL_LIST, struct config_file, routing.severities, &severity, 0,
                         ROUTES_MAX),
    CYAML_FIELD_STRING_PTR("fallback", OPTIONAL_STRING, struct config_file, sinks.fallback, 1, SINK_NAME_MAX),
};

/* Whether the option is a key of `server:`: all but the path of the file and --check-config. */
static bool is_for_file(const struct option_row *row)
{
    return strcmp(row->name, "config") != 0 && strcmp(row->name, "check-config") != 0;
}

/* As CYAML_FIELD_STRING_PTR and CYAML_FIELD_SEQUENCE, which accept constants only. */
static cyaml_schema_field_t option_field(const struct option_row *row, size_t index)
{
    const size_t value = offsetof(struct config_file, values) + index * sizeof(char *);
    const size_t list = offsetof(struct config_file, lists) + index * sizeof(struct config_file_list);
    cyaml_schema_field_t field = {.key = row->name};

    if (row->repeatable) {
        field.data_offset = (uint32_t)(list + offsetof(struct config_file_list, items));
        field.count_offset = (uint32_t)(list + offsetof(struct config_file_list, items_count));
        field.count_size = sizeof(unsigned);
        field.value =
            (cyaml_schema_value_t){CYAML_VALUE_SEQUENCE(OPTIONAL_LIST, char *, &string, 1, OPTIONS_MAX)};
    } else {
        field.data_offset = (uint32_t)value;
        field.value = (cyaml_schema_value_t){CYAML_VALUE_STRING(OPTIONAL_STRING, char *, 0, STRING_MAX)};
    }
    return field;
}

void config_schema_init(struct config_schema *schema, const struct option_table *table)
{
    const size_t routing_count = COUNT(routing_fields);
    size_t count = 0;

    *schema = (struct config_schema){0};
    for (size_t i = 0; i < table->count; i++) {
        if (is_for_file(&table->rows[i]))
            schema->server_fields[count++] = option_field(&table->rows[i], i);
    }
    for (size_t i = 0; i < routing_count; i++)
        schema->top_fields[i] = routing_fields[i];
    schema->top_fields[routing_count] = (cyaml_schema_field_t){
        .key = "server",
        .value = {CYAML_VALUE_MAPPING(CYAML_FLAG_OPTIONAL, struct config_file, schema->server_fields)},
    };
    schema->top = (cyaml_schema_value_t){
        CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config_file, schema->top_fields)};
}

void config_schema_note(struct config_schema *schema, const char *format, va_list args)
{
    if (schema->note_count < CONFIG_SCHEMA_DEPTH)
        (void)vsnprintf(schema->notes[schema->note_count++], CONFIG_SCHEMA_NOTE_MAX, format, args);
}

/*
 * libcyaml's notes are "Load: Unexpected key: kid", "Load: Backtrace:", then the positions from the inside
 * out: "  in mapping field 'kind' (line: 3, column: 11)".
 */
static bool name_in(const char *note, char name[CONFIG_SCHEMA_NOTE_MAX])
{
    return sscanf(note, " in mapping field '%159[^']'", name) == 1;
}

static const cyaml_schema_field_t *find(const cyaml_schema_field_t *fields, const char *key)
{
    for (; fields->key != NULL; fields++) {
        if (strcmp(fields->key, key) == 0)
            return fields;
    }
    return NULL;
}

/* Writes what is allowed at the position of the error: the words of an enumeration, or the keys. */
static void put_allowed(const struct config_schema *schema, char *text, size_t size)
{
    const cyaml_schema_field_t *fields = schema->top_fields, *field = NULL;
    char name[CONFIG_SCHEMA_NOTE_MAX];
    size_t used = 0;

    for (unsigned i = schema->note_count; i-- > 2;) {
        if (!name_in(schema->notes[i], name) || (field = find(fields, name)) == NULL)
            continue;
        if (field->value.type == CYAML_SEQUENCE && field->value.sequence.entry->type == CYAML_MAPPING)
            fields = field->value.sequence.entry->mapping.fields;
        else if (field->value.type == CYAML_MAPPING)
            fields = field->value.mapping.fields;
    }
    *text = '\0';
    if (strstr(schema->notes[0], "Unexpected key") != NULL) {
        for (; fields->key != NULL && used < size; fields++)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", fields->key);
    } else if (field != NULL && field->value.type == CYAML_ENUM) {
        for (uint32_t i = 0; i < field->value.enumeration.count && used < size; i++)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "",
                                     field->value.enumeration.strings[i].str);
    }
}

/* Writes ":3:5" for libcyaml's note "... (line: 3, column: 5)", and nothing for a note without a position. */
static void put_place(const char *note, char *place, size_t size)
{
    static const char digits[] = "0123456789";
    const char *line = strstr(note, "(line: "), *column = strstr(note, ", column: ");

    if (line == NULL || column == NULL)
        return;
    line += strlen("(line: ");
    column += strlen(", column: ");
    (void)snprintf(place, size, ":%.*s:%.*s", (int)strspn(line, digits), line, (int)strspn(column, digits),
                   column);
}

int config_schema_explain(const struct config_schema *schema, const char *path, const char *otherwise,
                          struct err *err)
{
    const char *complaint = schema->note_count > 0 ? schema->notes[0] : otherwise;
    const char *prefix = "Load: ";
    char allowed[ALLOWED_MAX], place[32] = "";
    int length;

    if (strncmp(complaint, prefix, strlen(prefix)) == 0)
        complaint += strlen(prefix);
    if (schema->note_count > 2)
        put_place(schema->notes[2], place, sizeof place);
    put_allowed(schema, allowed, sizeof allowed);
    length = (int)strcspn(complaint, "\n");
    return err_set(err, -EINVAL, "%s%s: %c%.*s%s%s%s", path, place, tolower((unsigned char)complaint[0]),
                   length > 0 ? length - 1 : 0, complaint + 1, *allowed != '\0' ? " (allowed: " : "", allowed,
                   *allowed != '\0' ? ")" : "");
}
