/* SPDX-License-Identifier: MIT */
#include "grpc/reflection.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "reflection_wire.pb-c.h"

/* What a call remembers: lives in its state, zeroed at first. */
struct conversation {
    uint64_t told; /* files that the client has been sent, by position */
    unsigned questions;
    bool counted; /* among reflection->streams */
};

static_assert(sizeof(struct conversation) <= SERVER_CALL_STATE_SIZE, "a conversation must fit into a call");

/* The parts of an answer, until it is packed. */
struct http_response {
    ReflectionWire__Response response;
    ReflectionWire__Files files;
    ReflectionWire__Numbers numbers;
    ReflectionWire__Services services;
    ReflectionWire__Error error;
    ProtobufCBinaryData file[SYMBOLS_FILES_MAX];
};

static void say_not_found(struct http_response *answer, const char *what)
{
    answer->error.error_code = STATUS_NOT_FOUND;
    /* Without the name: it stands in the original request, and may be anything. */
    answer->error.error_message = (char *)what;
    answer->response.error = &answer->error;
    answer->response.answer_case = REFLECTION_WIRE__RESPONSE__ANSWER_ERROR;
}

static void say_files(struct http_response *answer, const struct symbols *symbols, unsigned file,
                      struct conversation *conversation)
{
    unsigned order[SYMBOLS_FILES_MAX];

    answer->files.n_file = symbols_closure(symbols, file, &conversation->told, order);
    for (size_t i = 0; i < answer->files.n_file; i++)
        answer->file[i] = symbols_bytes(symbols, order[i]);
    answer->files.file = answer->file;
    answer->response.files = &answer->files;
    answer->response.answer_case = REFLECTION_WIRE__RESPONSE__ANSWER_FILES;
}

static void say_file(struct http_response *answer, const struct symbols *symbols, ProtobufCBinaryData name,
                     struct conversation *conversation)
{
    int file = symbols_file(symbols, name.data, name.len);

    if (file < 0)
        say_not_found(answer, "no such file");
    else
        say_files(answer, symbols, (unsigned)file, conversation);
}

static void say_symbol(struct http_response *answer, const struct symbols *symbols, ProtobufCBinaryData name,
                       struct conversation *conversation)
{
    const struct symbol *symbol = symbols_find(symbols, name.data, name.len);

    if (symbol == NULL)
        say_not_found(answer, "no file declares this symbol");
    else
        say_files(answer, symbols, symbol->file, conversation);
}

/* proto3 has no extensions but those of options, and we declare none: a message that exists has an empty
 * list. */
static void say_numbers(struct http_response *answer, const struct symbols *symbols, ProtobufCBinaryData type)
{
    const struct symbol *symbol = symbols_find(symbols, type.data, type.len);

    if (symbol == NULL || symbol->kind != SYMBOL_MESSAGE) {
        say_not_found(answer, "no such message type");
        return;
    }
    answer->numbers.base_type_name = type;
    answer->response.numbers = &answer->numbers;
    answer->response.answer_case = REFLECTION_WIRE__RESPONSE__ANSWER_NUMBERS;
}

static void say_services(struct http_response *answer, const struct symbols *symbols)
{
    ReflectionWire__Services *services = &answer->services;

    /* An array of pointers, as it should be. NOLINTNEXTLINE(bugprone-sizeof-expression) */
    services->service = mem_alloc(symbols->count * sizeof *services->service);
    for (size_t i = 0; i < symbols->count; i++) {
        ReflectionWire__Service *service;

        if (symbols->symbols[i].kind != SYMBOL_SERVICE)
            continue;
        service = mem_alloc(sizeof *service);
        reflection_wire__service__init(service);
        service->name = symbols->symbols[i].name;
        services->service[services->n_service++] = service;
    }
    answer->response.services = services;
    answer->response.answer_case = REFLECTION_WIRE__RESPONSE__ANSWER_SERVICES;
}

static void forget_services(ReflectionWire__Services *services)
{
    for (size_t i = 0; i < services->n_service; i++)
        free(services->service[i]);
    free(services->service);
}

/* False: it asks nothing. */
static bool say(struct http_response *answer, const struct symbols *symbols,
                const ReflectionWire__Request *request, struct conversation *conversation)
{
    switch (request->question_case) {
    case REFLECTION_WIRE__REQUEST__QUESTION_FILE_BY_FILENAME:
        say_file(answer, symbols, request->file_by_filename, conversation);
        return true;
    case REFLECTION_WIRE__REQUEST__QUESTION_FILE_CONTAINING_SYMBOL:
        say_symbol(answer, symbols, request->file_containing_symbol, conversation);
        return true;
    case REFLECTION_WIRE__REQUEST__QUESTION_FILE_CONTAINING_EXTENSION:
        say_not_found(answer, "no file declares such an extension");
        return true;
    case REFLECTION_WIRE__REQUEST__QUESTION_ALL_EXTENSION_NUMBERS_OF_TYPE:
        say_numbers(answer, symbols, request->all_extension_numbers_of_type);
        return true;
    case REFLECTION_WIRE__REQUEST__QUESTION_LIST_SERVICES:
        say_services(answer, symbols);
        return true;
    default:
        return false;
    }
}

static void reply(struct server_call *call, const ReflectionWire__Response *response)
{
    size_t size = reflection_wire__response__get_packed_size(response);
    uint8_t *bytes = mem_alloc(size);

    reflection_wire__response__pack(response, bytes);
    server_call_send(call, bytes, size);
    free(bytes);
}

static void answer_to(struct server_call *call, const ReflectionWire__Request *request,
                      const uint8_t *message, size_t size)
{
    const struct reflection *reflection = server_call_service(call);
    struct http_response answer = {
        .response = REFLECTION_WIRE__RESPONSE__INIT,
        .files = REFLECTION_WIRE__FILES__INIT,
        .numbers = REFLECTION_WIRE__NUMBERS__INIT,
        .services = REFLECTION_WIRE__SERVICES__INIT,
        .error = REFLECTION_WIRE__ERROR__INIT,
    };

    if (!say(&answer, &reflection->symbols, request, server_call_state(call))) {
        server_call_fail(call, STATUS_INVALID_ARGUMENT, "reflection request asks nothing");
        return;
    }
    answer.response.valid_host = request->host;
    answer.response.original_request.data = (uint8_t *)message;
    answer.response.original_request.len = size;
    reply(call, &answer.response);
    forget_services(&answer.services);
}

static void on_open(struct server_call *call)
{
    struct reflection *reflection = server_call_service(call);
    struct conversation *conversation = server_call_state(call);

    if (reflection->streams == REFLECTION_STREAMS_MAX) {
        server_call_fail(call, STATUS_RESOURCE_EXHAUSTED, "%u reflection streams are open, no more are taken",
                         REFLECTION_STREAMS_MAX);
        return;
    }
    conversation->counted = true;
    reflection->streams++;
}

static void on_message(struct server_call *call, const uint8_t *message, size_t size)
{
    struct conversation *conversation = server_call_state(call);
    ReflectionWire__Request *request;

    if (size > REFLECTION_REQUEST_MAX) {
        server_call_fail(call, STATUS_RESOURCE_EXHAUSTED, "reflection request has %zu bytes, at most %u",
                         size, REFLECTION_REQUEST_MAX);
        return;
    }
    if (conversation->questions++ == REFLECTION_REQUESTS_MAX) {
        server_call_fail(call, STATUS_RESOURCE_EXHAUSTED, "more than %u reflection requests in one stream",
                         REFLECTION_REQUESTS_MAX);
        return;
    }
    if (server_call_unsent(call) > REFLECTION_UNSENT_MAX) {
        server_call_fail(call, STATUS_RESOURCE_EXHAUSTED,
                         "more than %u bytes of reflection answers wait to be read", REFLECTION_UNSENT_MAX);
        return;
    }
    request = reflection_wire__request__unpack(NULL, size, message);
    if (request == NULL) {
        server_call_fail(call, STATUS_INVALID_ARGUMENT, "malformed reflection request of %zu bytes", size);
        return;
    }
    answer_to(call, request, message, size);
    reflection_wire__request__free_unpacked(request, NULL);
}

static void on_half_close(struct server_call *call)
{
    server_call_finish(call, &(struct status){.code = STATUS_OK});
}

static void on_gone(struct server_call *call)
{
    struct reflection *reflection = server_call_service(call);
    const struct conversation *conversation = server_call_state(call);

    if (conversation->counted)
        reflection->streams--;
}

int reflection_init(struct reflection *reflection, const uint8_t *set, size_t size, struct err *err)
{
    static const char *const paths[REFLECTION_METHODS] = {
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    };

    *reflection = (struct reflection){0};
    for (size_t i = 0; i < REFLECTION_METHODS; i++) {
        reflection->methods[i] = (struct method){
            .path = paths[i],
            .stream = true,
            .service = reflection,
            .open = on_open,
            .message = on_message,
            .half_close = on_half_close,
            .gone = on_gone,
        };
    }
    return symbols_init(&reflection->symbols, set, size, err);
}

void reflection_fini(struct reflection *reflection)
{
    assert(reflection->streams == 0);
    symbols_fini(&reflection->symbols);
}

const struct method *reflection_methods(const struct reflection *reflection, size_t *count)
{
    *count = REFLECTION_METHODS;
    return reflection->methods;
}
