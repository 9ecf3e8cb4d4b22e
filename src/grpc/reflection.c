/* SPDX-License-Identifier: MIT */
#include "grpc/reflection.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "reflection_wire.pb-c.h"

/* In the state of a call, zeroed. */
struct stream_state {
    uint64_t sent_files; /* bit set: positions of the files that were sent; none is sent twice */
    unsigned requests;
    bool counted; /* in reflection->streams */
};

static_assert(sizeof(struct stream_state) <= METHOD_STATE_SIZE, "the state must fit into a call");

/* The parts of a response, until it is serialised. */
struct response_parts {
    ReflectionWire__Response response;
    ReflectionWire__Files files;
    ReflectionWire__Numbers numbers;
    ReflectionWire__Services services;
    ReflectionWire__Error error;
    ProtobufCBinaryData file[SYMBOLS_FILES_MAX];
};

static void put_error(struct response_parts *parts, const char *what)
{
    parts->error.error_code = STATUS_NOT_FOUND;
    /* Without the name, which is in the original request and may hold any bytes. */
    parts->error.error_message = (char *)what;
    parts->response.error = &parts->error;
    parts->response.answer_case = REFLECTION_WIRE__RESPONSE__ANSWER_ERROR;
}

static void put_files(struct response_parts *parts, const struct symbols *symbols, unsigned file,
                      struct stream_state *state)
{
    unsigned order[SYMBOLS_FILES_MAX];

    parts->files.n_file = symbols_closure(symbols, file, &state->sent_files, order);
    for (size_t i = 0; i < parts->files.n_file; i++)
        parts->file[i] = symbols_bytes(symbols, order[i]);
    parts->files.file = parts->file;
    parts->response.files = &parts->files;
    parts->response.answer_case = REFLECTION_WIRE__RESPONSE__ANSWER_FILES;
}

static void put_file(struct response_parts *parts, const struct symbols *symbols, ProtobufCBinaryData name,
                     struct stream_state *state)
{
    int file = symbols_file(symbols, name.data, name.len);

    if (file < 0)
        put_error(parts, "no such file");
    else
        put_files(parts, symbols, (unsigned)file, state);
}

static void put_symbol(struct response_parts *parts, const struct symbols *symbols, ProtobufCBinaryData name,
                       struct stream_state *state)
{
    const struct symbol *symbol = symbols_find(symbols, name.data, name.len);

    if (symbol == NULL)
        put_error(parts, "no file declares this symbol");
    else
        put_files(parts, symbols, symbol->file, state);
}

/* Our files declare no extensions (proto3 has only those of options): the list of a message is empty. */
static void put_extension_numbers(struct response_parts *parts, const struct symbols *symbols,
                                  ProtobufCBinaryData type)
{
    const struct symbol *symbol = symbols_find(symbols, type.data, type.len);

    if (symbol == NULL || symbol->kind != SYMBOL_MESSAGE) {
        put_error(parts, "no such message type");
        return;
    }
    parts->numbers.base_type_name = type;
    parts->response.numbers = &parts->numbers;
    parts->response.answer_case = REFLECTION_WIRE__RESPONSE__ANSWER_NUMBERS;
}

static void put_services(struct response_parts *parts, const struct symbols *symbols)
{
    ReflectionWire__Services *services = &parts->services;

    /* An array of pointers. NOLINTNEXTLINE(bugprone-sizeof-expression) */
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
    parts->response.services = services;
    parts->response.answer_case = REFLECTION_WIRE__RESPONSE__ANSWER_SERVICES;
}

static void free_services(ReflectionWire__Services *services)
{
    for (size_t i = 0; i < services->n_service; i++)
        free(services->service[i]);
    free(services->service);
}

/* False: the request is empty. */
static bool put_response(struct response_parts *parts, const struct symbols *symbols,
                         const ReflectionWire__Request *request, struct stream_state *state)
{
    switch (request->question_case) {
    case REFLECTION_WIRE__REQUEST__QUESTION_FILE_BY_FILENAME:
        put_file(parts, symbols, request->file_by_filename, state);
        return true;
    case REFLECTION_WIRE__REQUEST__QUESTION_FILE_CONTAINING_SYMBOL:
        put_symbol(parts, symbols, request->file_containing_symbol, state);
        return true;
    case REFLECTION_WIRE__REQUEST__QUESTION_FILE_CONTAINING_EXTENSION:
        put_error(parts, "no file declares such an extension");
        return true;
    case REFLECTION_WIRE__REQUEST__QUESTION_ALL_EXTENSION_NUMBERS_OF_TYPE:
        put_extension_numbers(parts, symbols, request->all_extension_numbers_of_type);
        return true;
    case REFLECTION_WIRE__REQUEST__QUESTION_LIST_SERVICES:
        put_services(parts, symbols);
        return true;
    default:
        return false;
    }
}

static void send_response(struct server_call *call, const ReflectionWire__Response *response)
{
    size_t size = reflection_wire__response__get_packed_size(response);
    uint8_t *bytes = mem_alloc(size);

    reflection_wire__response__pack(response, bytes);
    server_call_send(call, bytes, size);
    free(bytes);
}

static void respond(struct server_call *call, const ReflectionWire__Request *request, const uint8_t *message,
                    size_t size)
{
    const struct reflection *reflection = server_call_service(call);
    struct response_parts parts = {
        .response = REFLECTION_WIRE__RESPONSE__INIT,
        .files = REFLECTION_WIRE__FILES__INIT,
        .numbers = REFLECTION_WIRE__NUMBERS__INIT,
        .services = REFLECTION_WIRE__SERVICES__INIT,
        .error = REFLECTION_WIRE__ERROR__INIT,
    };

    if (!put_response(&parts, &reflection->symbols, request, server_call_state(call))) {
        server_call_fail(call, STATUS_INVALID_ARGUMENT, "reflection request is empty");
        return;
    }
    parts.response.valid_host = request->host;
    parts.response.original_request.data = (uint8_t *)message;
    parts.response.original_request.len = size;
    send_response(call, &parts.response);
    free_services(&parts.services);
}

static void on_open(struct server_call *call)
{
    struct reflection *reflection = server_call_service(call);
    struct stream_state *state = server_call_state(call);

    if (reflection->streams == REFLECTION_STREAMS_MAX) {
        server_call_fail(call, STATUS_RESOURCE_EXHAUSTED, "%u reflection streams are open, no more are taken",
                         REFLECTION_STREAMS_MAX);
        return;
    }
    state->counted = true;
    reflection->streams++;
}

static void on_message(struct server_call *call, const uint8_t *message, size_t size)
{
    struct stream_state *state = server_call_state(call);
    ReflectionWire__Request *request;

    if (size > REFLECTION_REQUEST_MAX) {
        server_call_fail(call, STATUS_RESOURCE_EXHAUSTED, "reflection request has %zu bytes, at most %u",
                         size, REFLECTION_REQUEST_MAX);
        return;
    }
    if (state->requests++ == REFLECTION_REQUESTS_MAX) {
        server_call_fail(call, STATUS_RESOURCE_EXHAUSTED, "more than %u reflection requests in one stream",
                         REFLECTION_REQUESTS_MAX);
        return;
    }
    if (server_call_unsent(call) > REFLECTION_UNSENT_MAX) {
        server_call_fail(call, STATUS_RESOURCE_EXHAUSTED,
                         "more than %u bytes of reflection responses are not read", REFLECTION_UNSENT_MAX);
        return;
    }
    request = reflection_wire__request__unpack(NULL, size, message);
    if (request == NULL) {
        server_call_fail(call, STATUS_INVALID_ARGUMENT, "malformed reflection request of %zu bytes", size);
        return;
    }
    respond(call, request, message, size);
    reflection_wire__request__free_unpacked(request, NULL);
}

static void on_half_close(struct server_call *call)
{
    server_call_finish(call, &(struct status){.code = STATUS_OK});
}

static void on_gone(struct server_call *call)
{
    struct reflection *reflection = server_call_service(call);
    const struct stream_state *state = server_call_state(call);

    if (state->counted)
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
