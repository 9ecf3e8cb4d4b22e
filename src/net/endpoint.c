/* SPDX-License-Identifier: MIT */
#include "net/endpoint.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define UNIX_PREFIX "unix:"

/* For error messages. */
#define FORMS "must be HOST:PORT, [V6]:PORT or unix:PATH"

/* strtoul would accept a sign, blanks, and text after the number. */
static int parse_port(const char *text, const char *digits, uint16_t *port, struct err *err)
{
    unsigned value = 0;

    if (*digits == '\0')
        return err_set(err, -EINVAL, "endpoint '%s': the port is missing", text);
    for (const char *at = digits; *at != '\0'; at++) {
        if (*at < '0' || *at > '9')
            return err_set(err, -EINVAL, "endpoint '%s': port '%s' is not a number", text, digits);
        value = value * 10 + (unsigned)(*at - '0');
        if (value > UINT16_MAX)
            return err_set(err, -EINVAL, "endpoint '%s': port '%s' is above %d", text, digits, UINT16_MAX);
    }
    *port = (uint16_t)value;
    return 0;
}

static int parse_unix(struct endpoint *endpoint, const char *text, struct err *err)
{
    const char *path = text + strlen(UNIX_PREFIX);
    size_t length = strlen(path);

    if (length == 0)
        return err_set(err, -EINVAL, "endpoint '%s': the path is missing", text);
    if (length >= sizeof endpoint->path)
        return err_set(err, -ENAMETOOLONG, "endpoint '%s': the path is longer than %zu bytes", text,
                       sizeof endpoint->path - 1);
    endpoint->kind = ENDPOINT_UNIX;
    memcpy(endpoint->path, path, length + 1);
    return 0;
}

static int copy_host(struct endpoint *endpoint, const char *text, const char *host, size_t length,
                     struct err *err)
{
    if (length == 0)
        return err_set(err, -EINVAL, "endpoint '%s': the host is missing", text);
    if (length >= sizeof endpoint->host)
        return err_set(err, -ENAMETOOLONG, "endpoint '%s': the host is longer than %zu bytes", text,
                       sizeof endpoint->host - 1);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)host[i] <= ' ' || host[i] == '/')
            return err_set(err, -EINVAL, "endpoint '%s' " FORMS, text);
    memcpy(endpoint->host, host, length);
    return 0;
}

static int parse_v6(struct endpoint *endpoint, const char *text, struct err *err)
{
    const char *end = strchr(text, ']');
    char bare[ENDPOINT_HOST_MAX];
    struct in6_addr address;
    int rc;

    if (end == NULL)
        return err_set(err, -EINVAL, "endpoint '%s': ']' is missing", text);
    rc = copy_host(endpoint, text, text + 1, (size_t)(end - text) - 1, err);
    if (rc != 0)
        return rc;
    memcpy(bare, endpoint->host, sizeof bare);
    bare[strcspn(bare, "%")] = '\0'; /* inet_pton knows no scope (`fe80::1%eth0`), getaddrinfo does */
    if (inet_pton(AF_INET6, bare, &address) != 1)
        return err_set(err, -EINVAL, "endpoint '%s': '%s' is not an IPv6 address", text, endpoint->host);
    if (end[1] != ':')
        return err_set(err, -EINVAL, "endpoint '%s': the port is missing", text);
    return parse_port(text, end + 2, &endpoint->port, err);
}

static int parse_host(struct endpoint *endpoint, const char *text, struct err *err)
{
    const char *colon = strchr(text, ':');
    int rc;

    if (colon == NULL)
        return err_set(err, -EINVAL, "endpoint '%s': the port is missing", text);
    if (strchr(text, '/') != NULL)
        return err_set(err, -EINVAL, "endpoint '%s' " FORMS, text);
    if (strchr(colon + 1, ':') != NULL)
        return err_set(err, -EINVAL, "endpoint '%s': an IPv6 address needs brackets, [V6]:PORT", text);
    rc = copy_host(endpoint, text, text, (size_t)(colon - text), err);
    if (rc != 0)
        return rc;
    return parse_port(text, colon + 1, &endpoint->port, err);
}

int endpoint_parse(struct endpoint *endpoint, const char *text, struct err *err)
{
    *endpoint = (struct endpoint){.kind = ENDPOINT_TCP};
    if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
        return parse_unix(endpoint, text, err);
    if (text[0] == '[')
        return parse_v6(endpoint, text, err);
    return parse_host(endpoint, text, err);
}

static int resolve_failed(const struct endpoint *endpoint, int rc, struct err *err)
{
    if (rc == EAI_SYSTEM)
        return err_errno(err, -errno, "cannot resolve '%s'", endpoint->host);
    return err_set(err, rc == EAI_AGAIN ? -EAGAIN : -EADDRNOTAVAIL, "cannot resolve '%s': %s", endpoint->host,
                   gai_strerror(rc));
}

/* An address that /etc/hosts has twice is used once: the second bind would fail. */
static bool is_known(const struct sockaddr_storage *addresses, unsigned count, const struct addrinfo *info)
{
    for (unsigned i = 0; i < count; i++)
        if (memcmp(&addresses[i], info->ai_addr, info->ai_addrlen) == 0)
            return true;
    return false;
}

int endpoint_resolve(const struct endpoint *endpoint, struct sockaddr_storage *addresses, unsigned *count,
                     struct err *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list;
    char port[sizeof "65535"];
    unsigned found = 0;
    int rc;

    assert(endpoint->kind == ENDPOINT_TCP);
    (void)snprintf(port, sizeof port, "%u", (unsigned)endpoint->port);
    rc = getaddrinfo(endpoint->host, port, &hints, &list);
    if (rc != 0)
        return resolve_failed(endpoint, rc, err);
    for (const struct addrinfo *at = list; at != NULL && found < ENDPOINT_ADDRESSES_MAX; at = at->ai_next) {
        if (is_known(addresses, found, at))
            continue;
        addresses[found] = (struct sockaddr_storage){0};
        memcpy(&addresses[found++], at->ai_addr, at->ai_addrlen);
    }
    freeaddrinfo(list);
    *count = found;
    return 0;
}

bool endpoint_is_loopback(const struct sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    if (address->sa_family != AF_INET6)
        return false;
    memcpy(&v6, address, sizeof v6);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
        return v6.sin6_addr.s6_addr[12] == IN_LOOPBACKNET;
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

void endpoint_format(const struct sockaddr *address, char *text)
{
    socklen_t size =
        address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    char host[NI_MAXHOST];
    char port[NI_MAXSERV];

    /* Numeric: no name is looked up. Unlike inet_ntop it prints the scope. */
    if (getnameinfo(address, size, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) !=
        0)
        (void)snprintf(text, ENDPOINT_TEXT_MAX, "address of family %d", address->sa_family);
    else if (address->sa_family == AF_INET6)
        (void)snprintf(text, ENDPOINT_TEXT_MAX, "[%.*s]:%s", ENDPOINT_HOST_MAX, host, port);
    else
        (void)snprintf(text, ENDPOINT_TEXT_MAX, "%.*s:%s", ENDPOINT_HOST_MAX, host, port);
}
