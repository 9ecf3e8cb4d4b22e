/* SPDX-License-Identifier: MIT */
#include "standin.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

struct standin_client {
    struct uvx_owner owner;
    struct standin *standin;
    uv_tcp_t tcp;
    uv_timer_t delay;
    struct buf in;
    struct standin_answer answer;
    struct standin_client *next;
};

struct answer_write {
    uv_write_t request;
    char *bytes;
};

static const struct standin_answer ok = {.status = 200, .body = "ok"};

static void on_client_gone(struct uvx_owner *owner)
{
    struct standin_client *client = container_of(owner, struct standin_client, owner);
    struct standin_client **link = &client->standin->clients;

    while (*link != client)
        link = &(*link)->next;
    *link = client->next;
    buf_fini(&client->in);
    uvx_drop(&client->standin->owner);
    free(client);
}

static void close_client(struct standin_client *client)
{
    uvx_owner_close(&client->owner, on_client_gone);
    uvx_shut((uv_handle_t *)&client->tcp);
    uvx_shut((uv_handle_t *)&client->delay);
}

static void on_written(uv_write_t *request, int status)
{
    struct answer_write *write = container_of(request, struct answer_write, request);

    (void)status; /* the peer may have closed the connection */
    free(write->bytes);
    free(write);
}

static void on_delay(uv_timer_t *timer)
{
    struct standin_client *client = container_of(timer, struct standin_client, delay);
    const struct standin_answer *answer = &client->answer;
    size_t length = strlen(answer->body);
    struct answer_write *write = mem_alloc(sizeof *write);
    char head[512];
    int size = snprintf(
        head, sizeof head, "HTTP/1.1 %d Word\r\nContent-Type: text/plain\r\n%sContent-Length: %zu\r\n\r\n",
        answer->status, answer->headers != NULL ? answer->headers : "", length + answer->filler);
    size_t total = (size_t)size + length + answer->filler;
    uv_buf_t out;

    write->bytes = mem_alloc(total);
    memcpy(write->bytes, head, (size_t)size);
    memcpy(write->bytes + size, answer->body, length);
    memset(write->bytes + size + length, 'x', answer->filler);
    out = uv_buf_init(write->bytes, (unsigned)total);
    (void)uv_write(&write->request, (uv_stream_t *)&client->tcp, &out, 1, on_written);
}

static struct standin_answer next_answer(struct standin *standin)
{
    if (standin->script_left == 0)
        return ok;
    standin->script_left--;
    return *standin->script++;
}

/* The buffer begins with a complete request of `head` + `length` bytes. */
static void on_request(struct standin_client *client, size_t head, size_t length)
{
    struct standin *standin = client->standin;
    const char *bytes = (const char *)buf_bytes(&client->in);

    assert(standin->post_count < STANDIN_POSTS_MAX);
    standin->posts[standin->post_count++] = (struct standin_post){
        .head = mem_strndup(bytes, head),
        .body = mem_strndup(bytes + head, length),
        .at_ms = uv_now(standin->loop),
    };
    buf_consume(&client->in, head + length);
    client->answer = next_answer(standin);
    if (client->answer.manner == STANDIN_HANG_UP)
        close_client(client);
    else if (client->answer.manner == STANDIN_ANSWER)
        (void)uv_timer_start(&client->delay, on_delay, client->answer.delay_ms, 0);
}

static void parse(struct standin_client *client)
{
    static const char name[] = "Content-Length: ";
    const char *bytes = (const char *)buf_bytes(&client->in);
    size_t size = buf_length(&client->in);
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    const char *length_at;
    size_t head, length;

    if (end == NULL)
        return;
    head = (size_t)(end - bytes) + 4;
    length_at = memmem(bytes, head, name, strlen(name));
    length = length_at != NULL ? strtoul(length_at + strlen(name), NULL, 10) : 0; /* a GET has none */
    if (size >= head + length)
        on_request(client, head, length);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct standin_client *client = container_of(handle, struct standin_client, tcp);

    *buf = uv_buf_init((char *)buf_reserve(&client->in, suggested), (unsigned)suggested);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
    struct standin_client *client = container_of(stream, struct standin_client, tcp);

    (void)buf;
    if (size < 0) {
        close_client(client);
        return;
    }
    buf_grow(&client->in, (size_t)size);
    parse(client);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct standin *standin = container_of(listener, struct standin, listener);
    struct standin_client *client = mem_zalloc(sizeof *client);

    assert(status == 0);
    client->standin = standin;
    client->next = standin->clients;
    standin->clients = client;
    standin->connection_count++;
    uvx_hold(&standin->owner);
    (void)uv_tcp_init(standin->loop, &client->tcp);
    uvx_own(&client->owner, (uv_handle_t *)&client->tcp);
    (void)uv_timer_init(standin->loop, &client->delay);
    uvx_own(&client->owner, (uv_handle_t *)&client->delay);
    status = uv_accept(listener, (uv_stream_t *)&client->tcp);
    assert(status == 0);
    if (standin->script_left > 0 && standin->script->manner == STANDIN_NO_READ)
        (void)next_answer(standin);
    else
        (void)uv_read_start((uv_stream_t *)&client->tcp, on_alloc, on_read);
}

void standin_open(struct standin *standin, uv_loop_t *loop)
{
    struct sockaddr_in address;
    int length = sizeof address;
    int rc;

    *standin = (struct standin){.loop = loop};
    (void)uv_tcp_init(loop, &standin->listener);
    uvx_own(&standin->owner, (uv_handle_t *)&standin->listener);
    (void)uv_ip4_addr("127.0.0.1", 0, &address);
    rc = uv_tcp_bind(&standin->listener, (const struct sockaddr *)&address, 0);
    assert(rc == 0);
    rc = uv_tcp_getsockname(&standin->listener, (struct sockaddr *)&address, &length);
    assert(rc == 0);
    (void)snprintf(standin->url, sizeof standin->url, "http://127.0.0.1:%d/services/T0/B0/secret",
                   ntohs(address.sin_port));
}

void standin_listen(struct standin *standin)
{
    int rc = uv_listen((uv_stream_t *)&standin->listener, 16, on_connection);

    assert(rc == 0);
}

void standin_script(struct standin *standin, const struct standin_answer *answers, size_t count)
{
    standin->script = answers;
    standin->script_left = count;
}

static void on_gone(struct uvx_owner *owner)
{
    (void)owner; /* standin_fini frees the rest */
}

void standin_close(struct standin *standin)
{
    uvx_owner_close(&standin->owner, on_gone);
    for (struct standin_client *client = standin->clients; client != NULL; client = client->next)
        close_client(client);
    uvx_shut((uv_handle_t *)&standin->listener);
}

void standin_forget(struct standin *standin)
{
    for (size_t i = 0; i < standin->post_count; i++) {
        free(standin->posts[i].head);
        free(standin->posts[i].body);
    }
    standin->post_count = 0;
}

void standin_fini(struct standin *standin)
{
    assert(standin->owner.open == 0);
    standin_forget(standin);
}
