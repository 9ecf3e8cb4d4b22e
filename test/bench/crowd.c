/* SPDX-License-Identifier: MIT */
/*
 * A crowd of agents for scripts/bench: many connections, or many streams, that do nothing but report.
 *
 * Usage: crowd PORT CONNECTIONS STREAMS [CA CERT KEY]. STREAMS on each connection; with the three files it is
 * mTLS. Reads commands, one a line, and answers each with a line when it is done, so that whoever reads the
 * server's clock knows what it stands for:
 *
 *      connect           connects, and exchanges SETTINGS
 *      register PATH     one unary call a stream, each with a service of its own
 *      open PATH         opens the streams, each with a first report of its service
 *      send RATE COUNT   COUNT reports, a DATA frame each, evenly at RATE a second over all streams in turn
 *
 * The frames are made by hand and the sockets block: an HTTP/2 session for each agent would cost this side
 * more than the server that is measured. There is no flow control, so a stream may not say more than its
 * first window holds; what arrives is read only where something is awaited.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define STREAM_WINDOW 65535
/* A fleet that comes back: so many at once. Far below any backlog. */
#define CONNECTIONS_AT_ONCE 100

enum { DATA = 0, HEADERS = 1, SETTINGS = 4 };
enum { ACK = 0x1, END_STREAM = 0x1, END_HEADERS = 0x4 };

struct agent {
    int fd;
    SSL *ssl; /* NULL in the clear */
    uint32_t next_id;
};

struct crowd {
    struct sockaddr_in address;
    SSL_CTX *tls; /* NULL in the clear */
    unsigned agents_size, streams;
    struct agent *agents;
    uint32_t *ids; /* of the streams that `open` opened, agent by agent */
    unsigned next; /* whose turn it is to report */
    size_t said;   /* bytes on each stream, at most */
};

/* One frame, or a few that leave together. */
struct bytes {
    uint8_t data[1024];
    size_t size;
};

static void check(bool good, const char *what)
{
    if (good)
        return;
    perror(what);
    exit(1);
}

static void add(struct bytes *bytes, const void *data, size_t size)
{
    check(size <= sizeof bytes->data - bytes->size, "too long");
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
}

static void add_byte(struct bytes *bytes, unsigned byte)
{
    add(bytes, &(uint8_t){(uint8_t)byte}, 1);
}

/* A length below 127, and the text. */
static void add_text(struct bytes *bytes, const char *text)
{
    add_byte(bytes, (unsigned)strlen(text));
    add(bytes, text, strlen(text));
}

static void add_frame(struct bytes *bytes, unsigned type, unsigned flags, uint32_t id,
                      const struct bytes *payload)
{
    uint32_t stream = htonl(id);

    add_byte(bytes, 0);
    add_byte(bytes, (unsigned)payload->size >> 8);
    add_byte(bytes, (unsigned)payload->size & 0xff);
    add_byte(bytes, type);
    add_byte(bytes, flags);
    add(bytes, &stream, sizeof stream);
    add(bytes, payload->data, payload->size);
}

static void put(const struct agent *agent, const struct bytes *bytes)
{
    if (agent->ssl != NULL)
        check(SSL_write(agent->ssl, bytes->data, (int)bytes->size) == (int)bytes->size, "SSL_write");
    else
        check(send(agent->fd, bytes->data, bytes->size, MSG_NOSIGNAL) == (ssize_t)bytes->size, "send");
}

static void get(const struct agent *agent, uint8_t *out, size_t size)
{
    size_t have = 0;

    while (have < size) {
        ssize_t part = agent->ssl != NULL ? SSL_read(agent->ssl, out + have, (int)(size - have))
                                          : recv(agent->fd, out + have, size - have, 0);

        check(part > 0, "connection ended");
        have += (size_t)part;
    }
}

/* Reads until a frame of that type has these flags. */
static void await(const struct agent *agent, unsigned type, unsigned flags, uint32_t id)
{
    uint8_t header[9], payload[16384];
    uint32_t from;

    do {
        get(agent, header, sizeof header);
        get(agent, payload, (size_t)header[1] << 8 | header[2]);
        memcpy(&from, header + 5, sizeof from);
    } while (header[3] != type || (header[4] & flags) != flags || ntohl(from) != id);
}

/* ---- what agents say ---- */

/*
 * HPACK by hand (RFC 7541): the first request of a connection fills the peer's dynamic table, as a client's
 * does, and a later one is spelled out again.
 */
static void add_request(struct bytes *bytes, const struct agent *agent, const char *path)
{
    unsigned name = agent->next_id == 1 ? 0x40 : 0x00, content = agent->next_id == 1 ? 0x5f : 0x0f;
    struct bytes block = {0};

    add_byte(&block, 0x83);                             /* :method POST */
    add_byte(&block, agent->ssl != NULL ? 0x87 : 0x86); /* :scheme */
    add_byte(&block, 0x04);
    add_text(&block, path);
    add_byte(&block, name | 0x01);
    add_text(&block, "localhost");
    add_byte(&block, name);
    add_text(&block, "te");
    add_text(&block, "trailers");
    add_byte(&block, content);
    if (content == 0x0f)
        add_byte(&block, 0x10);
    add_text(&block, "application/grpc");
    add_frame(bytes, HEADERS, END_HEADERS, agent->next_id, &block);
}

static void add_message(struct bytes *bytes, unsigned flags, uint32_t id, const struct bytes *message)
{
    const uint8_t prefix[] = {0, 0, 0, (uint8_t)(message->size >> 8), (uint8_t)message->size};
    struct bytes body = {0};

    add(&body, prefix, sizeof prefix);
    add(&body, message->data, message->size);
    add_frame(bytes, DATA, flags, id, &body);
}

static void add_name(struct bytes *bytes, unsigned number)
{
    char name[32];

    (void)snprintf(name, sizeof name, "bench-%05u", number);
    add_byte(bytes, 0x0a);
    add_text(bytes, name);
}

/* Service{name, {0: "ok", 1: "warning", 2: "critical"}, 3600} */
static void service(struct bytes *message, unsigned number)
{
    static const char *const texts[] = {"ok", "warning", "critical"};

    *message = (struct bytes){0};
    add_name(message, number);
    for (unsigned i = 0; i < 3; i++) {
        add(message, (const uint8_t[]){0x12, (uint8_t)(strlen(texts[i]) + 4), 0x08, (uint8_t)i, 0x12}, 5);
        add_text(message, texts[i]);
    }
    add(message, (const uint8_t[]){0x18, 0x90, 0x1c}, 3);
}

/* ServiceStatus{name, 0} */
static void report(struct bytes *message, unsigned number)
{
    *message = (struct bytes){0};
    add_name(message, number);
}

/* ---- commands ---- */

static void reach(const struct crowd *crowd, struct agent *agent)
{
    const struct linger reset = {1, 0}; /* the ports are wanted again at once */

    agent->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    agent->next_id = 1;
    check(connect(agent->fd, (const struct sockaddr *)&crowd->address, sizeof crowd->address) == 0,
          "connect");
    (void)setsockopt(agent->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    (void)setsockopt(agent->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (crowd->tls == NULL)
        return;
    agent->ssl = SSL_new(crowd->tls);
    check(SSL_set_fd(agent->ssl, agent->fd) == 1 && SSL_connect(agent->ssl) == 1, "SSL_connect");
}

static unsigned batch_end(const struct crowd *crowd, unsigned first)
{
    unsigned end = first + CONNECTIONS_AT_ONCE;

    return end < crowd->agents_size ? end : crowd->agents_size;
}

static void connect_all(struct crowd *crowd)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    struct bytes hello = {0}, thanks = {0}, none = {0};

    add(&hello, preface, sizeof preface - 1);
    add_frame(&hello, SETTINGS, 0, 0, &none);
    add_frame(&thanks, SETTINGS, ACK, 0, &none);
    for (unsigned first = 0; first < crowd->agents_size; first += CONNECTIONS_AT_ONCE) {
        unsigned end = batch_end(crowd, first);

        for (unsigned i = first; i < end; i++)
            reach(crowd, &crowd->agents[i]);
        for (unsigned i = first; i < end; i++)
            put(&crowd->agents[i], &hello);
        for (unsigned i = first; i < end; i++) {
            await(&crowd->agents[i], SETTINGS, ACK, 0); /* its own came before */
            put(&crowd->agents[i], &thanks);
        }
    }
}

/* Some at once, each on a connection of its own: a server that stores them has more than one to store. */
static void register_some(struct crowd *crowd, const char *path, unsigned first, unsigned end,
                          unsigned stream)
{
    for (unsigned i = first; i < end; i++) {
        struct bytes call = {0}, message;

        service(&message, i * crowd->streams + stream);
        add_request(&call, &crowd->agents[i], path);
        add_message(&call, END_STREAM, crowd->agents[i].next_id, &message);
        put(&crowd->agents[i], &call);
    }
    for (unsigned i = first; i < end; i++) {
        await(&crowd->agents[i], HEADERS, END_STREAM, crowd->agents[i].next_id);
        crowd->agents[i].next_id += 2;
    }
}

static void register_all(struct crowd *crowd, const char *path)
{
    for (unsigned stream = 0; stream < crowd->streams; stream++)
        for (unsigned first = 0; first < crowd->agents_size; first += CONNECTIONS_AT_ONCE)
            register_some(crowd, path, first, batch_end(crowd, first), stream);
}

static void open_all(struct crowd *crowd, const char *path)
{
    for (unsigned i = 0; i < crowd->agents_size * crowd->streams; i++) {
        struct agent *agent = &crowd->agents[i / crowd->streams];
        struct bytes call = {0}, message;

        report(&message, i);
        add_request(&call, agent, path);
        add_message(&call, 0, agent->next_id, &message);
        put(agent, &call);
        crowd->ids[i] = agent->next_id;
        agent->next_id += 2;
    }
}

static void send_all(struct crowd *crowd, unsigned rate, unsigned count)
{
    unsigned streams = crowd->agents_size * crowd->streams;
    struct timespec due;

    crowd->said += (size_t)64 * (count / streams + 1);
    check(crowd->said < STREAM_WINDOW, "more than a window holds");
    (void)clock_gettime(CLOCK_MONOTONIC, &due);
    for (unsigned n = 0; n < count; n++) {
        struct bytes frame = {0}, message;
        unsigned i = crowd->next++ % streams;

        report(&message, i);
        add_message(&frame, 0, crowd->ids[i], &message);
        (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
        put(&crowd->agents[i / crowd->streams], &frame);
        due.tv_nsec += 1000000000L / rate;
        due.tv_sec += due.tv_nsec / 1000000000L;
        due.tv_nsec %= 1000000000L;
    }
}

static bool obey(struct crowd *crowd, const char *line)
{
    unsigned rate, count;
    char path[64];

    if (strcmp(line, "connect\n") == 0)
        connect_all(crowd);
    else if (sscanf(line, "register %63s", path) == 1)
        register_all(crowd, path);
    else if (sscanf(line, "open %63s", path) == 1)
        open_all(crowd, path);
    else if (sscanf(line, "send %u %u", &rate, &count) == 2)
        send_all(crowd, rate, count);
    else
        return false;
    return true;
}

static void load_tls(struct crowd *crowd, char **files)
{
    static const unsigned char h2[] = {2, 'h', '2'};
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

    check(tls != NULL && SSL_CTX_load_verify_file(tls, files[0]) == 1 &&
              SSL_CTX_use_certificate_chain_file(tls, files[1]) == 1 &&
              SSL_CTX_use_PrivateKey_file(tls, files[2], SSL_FILETYPE_PEM) == 1 &&
              SSL_CTX_set_alpn_protos(tls, h2, sizeof h2) == 0,
          "certificates");
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
    (void)SSL_CTX_set_mode(tls, SSL_MODE_NO_AUTO_CHAIN); /* or it would send the root as well */
    crowd->tls = tls;
}

int main(int argc, char **argv)
{
    struct crowd crowd = {0};
    char line[128];

    if (argc != 4 && argc != 7)
        return 2;
    crowd.address.sin_family = AF_INET;
    crowd.address.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
    crowd.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    crowd.agents_size = (unsigned)strtoul(argv[2], NULL, 10);
    crowd.streams = (unsigned)strtoul(argv[3], NULL, 10);
    crowd.agents = calloc(crowd.agents_size, sizeof *crowd.agents);
    crowd.ids = calloc((size_t)crowd.agents_size * crowd.streams, sizeof *crowd.ids);
    check(crowd.agents != NULL && crowd.ids != NULL, "memory");
    if (argc == 7)
        load_tls(&crowd, argv + 4);
    (void)prctl(PR_SET_TIMERSLACK, 1UL);
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (!obey(&crowd, line))
            return 2;
        (void)puts("done");
        (void)fflush(stdout);
    }
    return 0;
}
