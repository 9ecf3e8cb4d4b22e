/* SPDX-License-Identifier: MIT */
/*
 * procjon/agent.h - tell a procjon server how services are doing.
 *
 *      struct procjon_agent_options options;
 *      struct procjon_service_options db;
 *      ...
 *      procjon_agent_defaults(&options);
 *      agent = procjon_agent_new(&options, &error);
 *      procjon_service_defaults(&db);
 *      db.name = "db", db.statuses = statuses, db.status_count = 2;
 *      service = procjon_agent_add(agent, &db, &error);
 *      procjon_service_set(service, 0);
 *      procjon_agent_run(agent);                   until somebody calls procjon_agent_stop
 *      procjon_agent_free(agent);
 *
 * One agent has one connection, to the first of its endpoints that answers, and on it a stream for each of
 * its services, of which the server takes so many: procjon a thousand. It registers each one on every new
 * connection, sends a changed status at once and repeats the last one every period. While the server is away
 * only the last status of a service is kept, and the agent tries to come back for ever, after waits that grow
 * from 1 s to at most 60 s or a third of the shortest timeout. A server that asks to be spared for so long
 * (grpc-retry-pushback-ms) is, but for no more than two minutes.
 *
 * Threads: an agent lives in the thread that runs or steps it. procjon_service_set, _remove,
 * procjon_agent_add and _stop may be called from any thread and from the callbacks; the rest is for the
 * agent's own thread. After fork(2) an agent stays with the parent; the child may make others. Errors:
 * pointers are NULL and ints negative errno values, and the error, unless NULL, says what and why. All
 * strings are UTF-8 and copied. Running out of memory aborts the process. SIGPIPE is left as it is.
 */
#ifndef PROCJON_AGENT_H
#define PROCJON_AGENT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PROCJON_API __attribute__((visibility("default")))

struct procjon_agent;
struct procjon_service;

struct procjon_error {
    char message[320];
};

struct procjon_agent_options {
    /* HOST:PORT, [V6]:PORT or unix:PATH, tried in turn; count 0: localhost:8080 */
    const char *const *endpoints;
    size_t endpoint_count;
    /* PEM files for mutual TLS: all three, or none for plaintext. Read again once they have changed. */
    const char *root_cert, *cert, *key_cert;
    unsigned period_ms; /* how often a status is repeated; below the timeout of every service (4 000) */
    int sd_notify;      /* tell systemd READY=1 after the first registration, STATUS= and WATCHDOG=1 (0) */
};

PROCJON_API void procjon_agent_defaults(struct procjon_agent_options *options);

/* Reads the TLS files, and connects once it runs. Freed with procjon_agent_free. */
PROCJON_API struct procjon_agent *procjon_agent_new(const struct procjon_agent_options *options,
                                                    struct procjon_error *error);

/*
 * Blocks until procjon_agent_stop. 0: the last status of every service was delivered; -ETIMEDOUT: not all of
 * them, in the time that procjon_agent_stop gave.
 */
PROCJON_API int procjon_agent_run(struct procjon_agent *agent);

/*
 * Instead of procjon_agent_run, on a loop of your own: call procjon_agent_step once, and then whenever this
 * descriptor is readable. Timers are included. It stays the agent's. A negative errno value if there is none.
 */
PROCJON_API int procjon_agent_fd(struct procjon_agent *agent);

/* Does what there is to do, and never waits. 1: goes on; otherwise it has stopped, as procjon_agent_run. */
PROCJON_API int procjon_agent_step(struct procjon_agent *agent);

/* Enough for a good-bye to a server that is there. */
#define PROCJON_STOP_MS 1000

/*
 * Ends the agent: every stream is half-closed and its answer waited for, which says that the last status is
 * with the server; then the connection is closed. A service whose last status is not there yet is still
 * tried, as usual, for at most `wait_ms`. A second call can only make it shorter. May be called from a signal
 * handler too.
 */
PROCJON_API void procjon_agent_stop(struct procjon_agent *agent, unsigned wait_ms);

/* Frees the services too. Without a stop before, nobody is told good-bye. NULL is passed over. */
PROCJON_API void procjon_agent_free(struct procjon_agent *agent);

struct procjon_status {
    int code;
    const char *text; /* 1 to 256 bytes */
};

struct procjon_service_options {
    const char *name; /* 1 to 256 bytes without control characters */
    const struct procjon_status *statuses;
    size_t status_count; /* 0 to 256; 0: only its being alive is watched */
    int timeout;         /* seconds of silence after which the server calls it not available (10) */
    /*
     * Asked for the status every period, in the agent's thread; it must not wait. NULL: the status is what
     * procjon_service_set said last. Returns a code, or PROCJON_SILENT for no sign of life this time.
     */
    int (*ask)(void *arg);
    void *arg;
};

#define PROCJON_SILENT (-2147483647 - 1)

PROCJON_API void procjon_service_defaults(struct procjon_service_options *options);

/* One more service. The pointer is valid until procjon_service_remove or procjon_agent_free. */
PROCJON_API struct procjon_service *procjon_agent_add(struct procjon_agent *agent,
                                                      const struct procjon_service_options *options,
                                                      struct procjon_error *error);

/*
 * The status is now `code`: sent at once if it changed, and as heartbeat from now on. Nothing is sent for a
 * service before its first call. PROCJON_SILENT: no heartbeats any more, until the next code.
 */
PROCJON_API void procjon_service_set(struct procjon_service *service, int code);

/*
 * Ends the reports of one service, without an alarm as long as nobody misses it: after its timeout the server
 * calls it not available. The pointer is dead afterwards.
 */
PROCJON_API void procjon_service_remove(struct procjon_service *service);

enum procjon_level { PROCJON_DEBUG, PROCJON_INFO, PROCJON_WARNING, PROCJON_ERROR };

/*
 * Where log lines of all agents of the process go, and from which level on (PROCJON_INFO). `text` is one line
 * without its end; called from the agents' threads. NULL: stderr. Call it before the first agent runs.
 */
PROCJON_API void procjon_log(enum procjon_level level,
                             void (*log)(void *arg, enum procjon_level level, const char *text), void *arg);

PROCJON_API const char *procjon_version(void);

#ifdef __cplusplus
}
#endif

#endif
