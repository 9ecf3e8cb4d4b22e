/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/listener.h"

/* One loop with room for two listeners, and a directory for their files. */
struct world {
    uv_loop_t loop;
    struct listener listener, second;
    char directory[64];
    char path[ENDPOINT_PATH_MAX];
    struct err err;
};

static unsigned connections;
static unsigned closings;

static void on_connection(struct listener *listener)
{
    connections++;
    listener_refuse(listener);
}

static void on_closed(struct listener *listener)
{
    (void)listener;
    closings++;
}

static const struct listener_ops ops = {.connection = on_connection, .closed = on_closed};

static int open_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    (void)snprintf(world->directory, sizeof world->directory, "/tmp/listener.XXXXXX");
    assert_non_null(mkdtemp(world->directory));
    (void)snprintf(world->path, sizeof world->path, "%s/socket", world->directory);
    assert_int_equal(uv_loop_init(&world->loop), 0);
    connections = 0;
    closings = 0;
    *state = world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;
    int rc;

    /* Bounded: a handle that a failed test left open makes uv_loop_close fail, instead of hanging here. */
    for (int i = 0; i < 10; i++)
        (void)uv_run(&world->loop, UV_RUN_NOWAIT);
    rc = uv_loop_close(&world->loop);
    (void)unlink(world->path);
    (void)rmdir(world->directory);
    free(world);
    return rc;
}

static int open_unix(struct world *world, struct listener *listener)
{
    return listener_open(listener, &world->loop, ENDPOINT_UNIX, NULL, world->path, &ops, &world->err);
}

static int open_tcp(struct world *world, struct listener *listener, const char *text)
{
    struct sockaddr_storage addresses[ENDPOINT_ADDRESSES_MAX];
    struct endpoint endpoint;
    unsigned count;

    assert_int_equal(endpoint_parse(&endpoint, text, NULL), 0);
    assert_int_equal(endpoint_resolve(&endpoint, addresses, &count, NULL), 0);
    return listener_open(listener, &world->loop, ENDPOINT_TCP, (struct sockaddr *)&addresses[0], NULL, &ops,
                         &world->err);
}

static int connect_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(address.sun_path, path, strlen(path) + 1);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static bool exists(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0;
}

static void port_0_becomes_the_port_that_the_kernel_chose(void **state)
{
    struct world *world = *state;
    struct sockaddr_in address = {.sin_family = AF_INET};
    unsigned port = 0;
    int fd;

    assert_int_equal(open_tcp(world, &world->listener, "127.0.0.1:0"), 0);
    assert_int_equal(sscanf(world->listener.text, "127.0.0.1:%u", &port), 1);
    assert_true(port > 0);
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    while (connections == 0)
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    listener_close(&world->listener);
    (void)close(fd);
}

static void a_v6_wildcard_does_not_take_the_port_of_v4(void **state)
{
    struct world *world = *state;
    char text[ENDPOINT_TEXT_MAX];
    unsigned port = 0;

    assert_int_equal(open_tcp(world, &world->listener, "[::]:0"), 0);
    assert_int_equal(sscanf(world->listener.text, "[::]:%u", &port), 1);
    (void)snprintf(text, sizeof text, "0.0.0.0:%u", port);
    assert_int_equal(open_tcp(world, &world->second, text), 0);
    listener_close(&world->listener);
    listener_close(&world->second);
}

static void a_taken_port_is_reported_with_its_address_and_nothing_stays_open(void **state)
{
    struct world *world = *state;

    assert_int_equal(open_tcp(world, &world->listener, "127.0.0.1:0"), 0);
    assert_int_equal(open_tcp(world, &world->second, world->listener.text), -EADDRINUSE);
    assert_non_null(strstr(world->err.msg, world->listener.text));
    listener_close(&world->second);
    listener_close(&world->listener);
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(closings, 1);
}

static void a_unix_socket_has_mode_0600_and_is_removed_on_close(void **state)
{
    struct world *world = *state;
    mode_t mask = umask(0);
    struct stat info;

    assert_int_equal(open_unix(world, &world->listener), 0);
    assert_int_equal(umask(mask), 0);
    assert_int_equal(lstat(world->path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(strncmp(world->listener.text, "unix:/tmp/", 10), 0);
    listener_close(&world->listener);
    listener_close(&world->listener);
    assert_false(exists(world->path));
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(closings, 1);
}

static void a_refused_connection_is_closed_at_once(void **state)
{
    struct world *world = *state;
    char byte;
    int fd;

    assert_int_equal(open_unix(world, &world->listener), 0);
    fd = connect_unix(world->path);
    while (connections == 0)
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    listener_close(&world->listener);
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(read(fd, &byte, 1), 0);
    (void)close(fd);
}

static void a_stale_socket_is_replaced(void **state)
{
    struct world *world = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(address.sun_path, world->path, strlen(world->path) + 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    (void)close(fd);
    assert_true(exists(world->path));
    assert_int_equal(open_unix(world, &world->listener), 0);
    fd = connect_unix(world->path);
    while (connections == 0)
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    listener_close(&world->listener);
    (void)close(fd);
}

static void a_socket_with_a_listener_is_not_replaced(void **state)
{
    struct world *world = *state;

    assert_int_equal(open_unix(world, &world->listener), 0);
    assert_int_equal(open_unix(world, &world->second), -EADDRINUSE);
    assert_non_null(strstr(world->err.msg, "in use"));
    assert_true(exists(world->path));
    listener_close(&world->listener);
}

static void a_file_that_is_not_a_socket_is_not_removed(void **state)
{
    struct world *world = *state;
    FILE *file = fopen(world->path, "w");

    (void)fclose(file);
    assert_int_equal(open_unix(world, &world->listener), -EEXIST);
    assert_non_null(strstr(world->err.msg, "is not a socket"));
    assert_true(exists(world->path));
}

static void a_missing_directory_is_reported_as_enoent(void **state)
{
    struct world *world = *state;

    assert_int_equal(listener_open(&world->listener, &world->loop, ENDPOINT_UNIX, NULL, "/nonexistent/socket",
                                   &ops, &world->err),
                     -ENOENT);
    assert_non_null(strstr(world->err.msg, "/nonexistent/socket"));
}

static void a_file_that_replaced_our_socket_is_not_removed(void **state)
{
    struct world *world = *state;

    assert_int_equal(open_unix(world, &world->listener), 0);
    assert_int_equal(unlink(world->path), 0);
    assert_int_equal(open_unix(world, &world->second), 0);
    listener_close(&world->listener);
    assert_true(exists(world->path));
    listener_close(&world->second);
    assert_false(exists(world->path));
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(port_0_becomes_the_port_that_the_kernel_chose),
        WORLD_TEST(a_v6_wildcard_does_not_take_the_port_of_v4),
        WORLD_TEST(a_taken_port_is_reported_with_its_address_and_nothing_stays_open),
        WORLD_TEST(a_unix_socket_has_mode_0600_and_is_removed_on_close),
        WORLD_TEST(a_refused_connection_is_closed_at_once),
        WORLD_TEST(a_stale_socket_is_replaced),
        WORLD_TEST(a_socket_with_a_listener_is_not_replaced),
        WORLD_TEST(a_file_that_is_not_a_socket_is_not_removed),
        WORLD_TEST(a_missing_directory_is_reported_as_enoent),
        WORLD_TEST(a_file_that_replaced_our_socket_is_not_removed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
