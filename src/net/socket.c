/* SPDX-License-Identifier: MIT */
#include "net/socket.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

/* TCP_RTO_MAX_MS, since Linux 6.15; missing in the headers of Debian 12. Older kernels refuse the option. */
#define RTO_MAX_MS 44

void socket_init(union socket *uv, uv_loop_t *loop, enum endpoint_kind kind)
{
    int rc = kind == ENDPOINT_TCP ? uv_tcp_init(loop, &uv->tcp) : uv_pipe_init(loop, &uv->pipe, 0);

    assert(rc == 0);
    (void)rc;
}

/* Errors are ignored: the socket works without these options, or fails at the next call. */
void socket_tune(uv_tcp_t *tcp)
{
    const unsigned timeout = SOCKET_USER_TIMEOUT_MS;
    const unsigned longest = SOCKET_RETRANSMIT_MS;
    uv_os_fd_t fd;

    (void)uv_tcp_nodelay(tcp, 1);
    (void)uv_tcp_keepalive(tcp, 1, SOCKET_KEEPALIVE_S);
    if (uv_fileno((const uv_handle_t *)tcp, &fd) != 0)
        return;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
    (void)setsockopt(fd, IPPROTO_TCP, RTO_MAX_MS, &longest, sizeof longest);
}
