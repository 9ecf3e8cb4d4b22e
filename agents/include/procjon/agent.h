/* SPDX-License-Identifier: MIT */
/*
 * procjon/agent.h - report the status of services to a procjon server.
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
 *      procjon_agent_run(agent);                   until procjon_agent_stop is called
 *      procjon_agent_free(agent);
 *
 * An agent has one connection, to the first of its endpoints that answers, and on it one stream for each of
 * its services; the server limits the streams of a connection (procjon: 1000). The agent registers each
 * service on every new connection, sends a changed status at once and repeats the last one every period.
 * While there is no connection only the last status of a service is kept. The agent reconnects without an
 * end, after waits that grow from 1 s to 60 s or a third of the shortest timeout, whichever is less. A longer
 * wait that the server asks for (grpc-retry-pushback-ms, gRFC A6) is kept, up to two minutes.
 *
 * Threads: an agent belongs to the thread that runs or steps it. procjon_service_set,
 * procjon_service_remove, procjon_agent_add and procjon_agent_stop may be called from any thread and from the
 * callbacks, everything else only from the agent's own thread. After fork(2) an agent stays with the parent;
 * the child may make others.
 *
 * Errors: functions return NULL or a negative errno value, and the error, unless NULL, says what failed and
 * why. Strings are UTF-8 and copied. Running out of memory aborts the process. SIGPIPE is left as it is.
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
    /* PEM files for mutual TLS: all three, or none for plaintext. Changed files are read again. */
    const char *root_cert, *cert, *key_cert;
    unsigned period_ms; /* how often a status is repeated; less than the timeout of every service (4 000) */
    int sd_notify;      /* send systemd READY=1 after the first registration, STATUS= and WATCHDOG=1 (0) */
};

PROCJON_API void procjon_agent_defaults(struct procjon_agent_options *options);

/* Reads the TLS files; connects when it runs. Freed with procjon_agent_free. */
PROCJON_API struct procjon_agent *procjon_agent_new(const struct procjon_agent_options *options,
                                                    struct procjon_error *error);

/*
 * Blocks until the agent has stopped after procjon_agent_stop. 0: the last status of every service was
 * delivered; -ETIMEDOUT: at least one was not, in the time that procjon_agent_stop gave.
 */
PROCJON_API int procjon_agent_run(struct procjon_agent *agent);

/*
 * For an event loop of the caller, instead of procjon_agent_run: a descriptor that is readable when
 * procjon_agent_step has something to do, timers included. Call procjon_agent_step once before the first
 * poll. The descriptor belongs to the agent. A negative errno value if it cannot be made.
 */
PROCJON_API int procjon_agent_fd(struct procjon_agent *agent);

/* Does what is due, without blocking. 1: the agent runs; otherwise it has stopped, as procjon_agent_run. */
PROCJON_API int procjon_agent_step(struct procjon_agent *agent);

/* Milliseconds for procjon_agent_stop: enough for a reachable server to answer. */
#define PROCJON_STOP_MS 1000

/*
 * Stops the agent: it half-closes every stream and waits for the server's answer, which confirms that the
 * last status was received; then it closes the connection. A last status that is not delivered yet is retried
 * for at most `wait_ms`. A further call can only shorten that. May also be called from a signal handler.
 */
PROCJON_API void procjon_agent_stop(struct procjon_agent *agent, unsigned wait_ms);

/* Frees the agent and its services; breaks the connection off unless it has stopped. NULL is ignored. */
PROCJON_API void procjon_agent_free(struct procjon_agent *agent);

struct procjon_status {
    int code;
    const char *text; /* 1 to 256 bytes */
};

struct procjon_service_options {
    const char *name; /* 1 to 256 bytes without control characters */
    const struct procjon_status *statuses;
    size_t status_count; /* 0 to 256; 0: the server watches its availability only */
    int timeout;         /* seconds without a report after which the server calls it not available (10) */
    /*
     * Called for the status every period, in the agent's thread; it must not block. NULL: the status is that
     * of the last procjon_service_set. Returns a code, or PROCJON_SILENT for no report in this period.
     */
    int (*ask)(void *arg);
    void *arg;
};

#define PROCJON_SILENT (-2147483647 - 1)

PROCJON_API void procjon_service_defaults(struct procjon_service_options *options);

/* Adds a service. The pointer is valid until procjon_service_remove or procjon_agent_free. */
PROCJON_API struct procjon_service *procjon_agent_add(struct procjon_agent *agent,
                                                      const struct procjon_service_options *options,
                                                      struct procjon_error *error);

/*
 * Sets the status: a changed one is sent at once, and every period again. There are no reports before the
 * first call, and after PROCJON_SILENT none until the next code.
 */
PROCJON_API void procjon_service_set(struct procjon_service *service, int code);

/*
 * Ends the reports of one service: its stream is half-closed, so that the server sees no lost connection, and
 * calls it not available after its timeout. The pointer is invalid afterwards.
 */
PROCJON_API void procjon_service_remove(struct procjon_service *service);

enum procjon_level { PROCJON_DEBUG, PROCJON_INFO, PROCJON_WARNING, PROCJON_ERROR };

/*
 * Where the log lines of all agents of the process go, and the lowest level of them (PROCJON_INFO). `text` is
 * one line without its newline; `log` is called from the agents' threads. NULL: stderr. Call it before the
 * first agent runs.
 */
PROCJON_API void procjon_log(enum procjon_level level,
                             void (*log)(void *arg, enum procjon_level level, const char *text), void *arg);

PROCJON_API const char *procjon_version(void);

#ifdef __cplusplus
}
#endif

#endif
