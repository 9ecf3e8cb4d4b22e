/* SPDX-License-Identifier: MIT */
#include "config/config_location.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

static const yaml_node_t *value_of(yaml_document_t *document, const yaml_node_t *mapping, const char *key)
{
    if (mapping == NULL || mapping->type != YAML_MAPPING_NODE)
        return NULL;
    for (const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
         pair < mapping->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = yaml_document_get_node(document, pair->key);

        if (name->type == YAML_SCALAR_NODE && strcmp((const char *)name->data.scalar.value, key) == 0)
            return yaml_document_get_node(document, pair->value);
    }
    return NULL;
}

/* The entry of the list, or the value of the key if that is no list; or the field in it. */
static const yaml_node_t *find(yaml_document_t *document, const struct config_problem *place)
{
    const yaml_node_t *value = value_of(document, yaml_document_get_root_node(document), place->key);

    if (value != NULL && value->type == YAML_SEQUENCE_NODE) {
        if (place->index >= value->data.sequence.items.top - value->data.sequence.items.start)
            return NULL; /* the file has changed meanwhile */
        value = yaml_document_get_node(document, value->data.sequence.items.start[place->index]);
    }
    return place->field != NULL ? value_of(document, value, place->field) : value;
}

static bool look_up(FILE *file, const struct config_problem *place, yaml_mark_t *mark)
{
    const yaml_node_t *node = NULL;
    yaml_document_t document;
    yaml_parser_t parser;

    if (yaml_parser_initialize(&parser) == 0)
        return false;
    yaml_parser_set_input_file(&parser, file);
    if (yaml_parser_load(&parser, &document) != 0) {
        node = find(&document, place);
        if (node != NULL)
            *mark = node->start_mark;
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    return node != NULL;
}

/* NULL: it does not exist, or is no regular file: a pipe can be read once only. */
static FILE *open_again(const char *path)
{
    struct stat kind;

    return stat(path, &kind) == 0 && S_ISREG(kind.st_mode) ? fopen(path, "re") : NULL;
}

int config_location_add(const char *path, const struct config_problem *place, struct err *err)
{
    FILE *file = open_again(path);
    yaml_mark_t mark;
    bool found = file != NULL && look_up(file, place, &mark);

    if (file != NULL)
        (void)fclose(file);
    return found ? err_wrap(err, "%s:%zu:%zu", path, mark.line + 1, mark.column + 1)
                 : err_wrap(err, "%s", path);
}
