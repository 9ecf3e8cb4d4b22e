/* SPDX-License-Identifier: MIT */
/*
 * elastic_client - GET of one URL, one request at a time, in a loop around poll(2).
 *
 * Embedded in its owner. Nothing here waits but elastic_client_wait. Redirects are not followed: the
 * credentials are for this host. TLS is verified; the usual proxy variables of the environment count. The
 * process must not die of SIGPIPE.
 */
#ifndef PROCJON_AGENTS_ELASTIC_CLIENT_H
#define PROCJON_AGENTS_ELASTIC_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* The health of a cluster is half a kilobyte; whatever is longer is something else. */
#define ELASTIC_CLIENT_BODY_MAX 16384

struct elastic_client_options {
    const char *url;
    const char *ca;              /* a PEM file; NULL: the certificates of the system */
    const char *user, *password; /* both or none */
    const char *api_key;         /* as Elasticsearch encodes it; NULL: none */
    long limit_ms;               /* for a whole request, from the name to the last byte */
};

/* Valid until the next request. */
struct elastic_reply {
    int status; /* of HTTP; 0: there was no answer, and `error` says why */
    const char *body;
    size_t size;
    const char *error;  /* the same words for the same trouble */
    const char *detail; /* perhaps more, with numbers that change */
};

struct elastic_client {
    void *multi, *easy, *headers; /* libcurl's */
    bool busy;                    /* a request is on its way */
    bool overflow;
    size_t size;
    char body[ELASTIC_CLIENT_BODY_MAX];
    char error[256]; /* CURL_ERROR_SIZE */
};

/*
 * The address of /_cluster/health below `host`, an http or https URL; NULL if it is none, or holds a user or
 * a query. For free(3).
 */
char *elastic_client_url(const char *host, struct err *err);

int elastic_client_init(struct elastic_client *client, const struct elastic_client_options *options,
                        struct err *err);
void elastic_client_fini(struct elastic_client *client);

/* While none is on its way. */
void elastic_client_start(struct elastic_client *client);

/* Gives up what is on its way. */
void elastic_client_cancel(struct elastic_client *client);

/* Until elastic_client_step has something to do, one of `fds` can be read, or the time is over. */
void elastic_client_wait(struct elastic_client *client, const int *fds, size_t count, int timeout_ms);

/* Goes on; true, once for each request: it has ended, and this is how. */
bool elastic_client_step(struct elastic_client *client, struct elastic_reply *reply);

#endif
