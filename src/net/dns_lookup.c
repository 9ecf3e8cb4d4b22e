/* SPDX-License-Identifier: MIT */
#include "net/dns_lookup.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct dns_lookup {
    pthread_mutex_t mutex;
    uv_async_t *answered; /* under the mutex; NULL: abandoned */
    bool is_answered;     /* under the mutex */
    struct endpoint endpoint;
    /* The result: written by the thread before `is_answered` is set. */
    struct sockaddr_storage addresses[ENDPOINT_ADDRESSES_MAX];
    unsigned count;
    struct err err; /* code 0: none */
};

static void release(struct dns_lookup *lookup)
{
    (void)pthread_mutex_destroy(&lookup->mutex);
    free(lookup);
}

/* The lookup is freed by the loop, or by the thread if the loop has abandoned it before. */
static void *resolve(void *arg)
{
    struct dns_lookup *lookup = arg;
    bool abandoned;

    (void)endpoint_resolve(&lookup->endpoint, lookup->addresses, &lookup->count, &lookup->err);
    (void)pthread_mutex_lock(&lookup->mutex);
    lookup->is_answered = true;
    abandoned = lookup->answered == NULL;
    if (!abandoned)
        (void)uv_async_send(lookup->answered);
    (void)pthread_mutex_unlock(&lookup->mutex);
    if (abandoned)
        release(lookup);
    return NULL;
}

/* Signals are handled by the loop thread: this one blocks them all. */
static int start_thread(struct dns_lookup *lookup)
{
    sigset_t all, before;
    pthread_t thread;
    int code;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before);
    code = pthread_create(&thread, NULL, resolve, lookup);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code == 0)
        (void)pthread_detach(thread);
    return code;
}

struct dns_lookup *dns_lookup_start(const struct endpoint *endpoint, uv_async_t *answered, struct err *err)
{
    struct dns_lookup *lookup = mem_zalloc(sizeof *lookup);
    int code;

    (void)pthread_mutex_init(&lookup->mutex, NULL);
    lookup->answered = answered;
    lookup->endpoint = *endpoint;
    code = start_thread(lookup);
    if (code == 0)
        return lookup;
    (void)err_errno(err, -code, "cannot start a thread to resolve '%s'", endpoint->host);
    release(lookup);
    return NULL;
}

/* Detaches the thread from `answered`. True: the result is there. False: the thread frees the lookup. */
static bool detach(struct dns_lookup *lookup)
{
    bool answered;

    (void)pthread_mutex_lock(&lookup->mutex);
    answered = lookup->is_answered;
    lookup->answered = NULL;
    (void)pthread_mutex_unlock(&lookup->mutex);
    return answered;
}

int dns_lookup_take(struct dns_lookup *lookup, struct sockaddr_storage *addresses, unsigned *count,
                    struct err *err)
{
    int code;

    (void)detach(lookup);
    code = lookup->err.code;
    *err = lookup->err;
    *count = lookup->count;
    memcpy(addresses, lookup->addresses, sizeof lookup->addresses);
    release(lookup);
    return code;
}

void dns_lookup_abandon(struct dns_lookup *lookup)
{
    if (detach(lookup))
        release(lookup);
}
