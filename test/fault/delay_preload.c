/* SPDX-License-Identifier: MIT */
/*
 * delay_preload - a machine that is late at random, and a clock on its wall that is set at random.
 *
 * For LD_PRELOAD. From the environment, when the program starts; what is not set is left as it is:
 *
 *     DELAY_EPOLL_MS=N   each return of epoll_wait is late by 0 to N ms
 *     DELAY_FSYNC_MS=N   each fsync and fdatasync takes 0 to N ms longer
 *     DELAY_CLOCK_S=N    CLOCK_REALTIME jumps every second or so, to at most N s from the truth
 *     DELAY_SEED=TEXT    decides all of that, with the test (PYTEST_CURRENT_TEST) and the program's name
 *
 * CLOCK_MONOTONIC is never touched, nor are time and gettimeofday, by which OpenSSL judges certificates.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum {
    /* One delay in so many is the longest there may be; every second is none; most others are short. */
    LONGEST_IN = 64,
    /* Between two jumps of the clock. */
    CALM_MIN_MS = 200,
    CALM_MAX_MS = 3000,
};

static uint64_t seed, epoll_ms, fsync_ms, clock_s;
static int64_t began_ms, calm_ms;
static _Atomic uint64_t drawn;

static __typeof__(&clock_gettime) real_clock_gettime;

/* The same call of the C library. */
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static uint64_t number(const char *name)
{
    const char *text = getenv(name);

    return text != NULL ? strtoull(text, NULL, 10) : 0;
}

/* FNV-1a. */
static uint64_t told(uint64_t hash, const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

/* SplitMix64: the n-th number of the sequence. */
static uint64_t nth(uint64_t n)
{
    uint64_t z = seed + (n + 1) * UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int64_t monotonic_ms(void)
{
    struct timespec now;

    (void)real_clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

__attribute__((constructor)) static void begin(void)
{
    real_clock_gettime = NEXT(clock_gettime);
    seed = told(UINT64_C(0xcbf29ce484222325), getenv("DELAY_SEED"));
    seed = told(seed, getenv("PYTEST_CURRENT_TEST"));
    seed = told(seed, program_invocation_short_name);
    epoll_ms = number("DELAY_EPOLL_MS");
    fsync_ms = number("DELAY_FSYNC_MS");
    calm_ms = CALM_MIN_MS + (int64_t)(nth(drawn++) % (CALM_MAX_MS - CALM_MIN_MS));
    began_ms = monotonic_ms();
    clock_s = number("DELAY_CLOCK_S");
}

/* Sleeps between nothing and `most_ms`; errno stays. */
static void delay(uint64_t most_ms)
{
    uint64_t chance = nth(atomic_fetch_add(&drawn, 1)), most_us = most_ms * 1000;
    double part = (double)(chance >> 32) / (double)UINT32_MAX;
    uint64_t us = chance % LONGEST_IN == 0 ? most_us
                  : chance % 2 != 0        ? 0
                                           : (uint64_t)((double)most_us * part * part * part * part);
    struct timespec left = {.tv_sec = (time_t)(us / 1000000), .tv_nsec = (long)(us % 1000000) * 1000};
    int saved = errno;

    while (us > 0 && nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
    errno = saved;
}

__attribute__((visibility("default"))) int epoll_wait(int epoll, struct epoll_event *events, int size,
                                                      int timeout)
{
    int result = NEXT(epoll_wait)(epoll, events, size, timeout);

    delay(epoll_ms);
    return result;
}

__attribute__((visibility("default"))) int epoll_pwait(int epoll, struct epoll_event *events, int size,
                                                       int timeout, const sigset_t *mask)
{
    int result = NEXT(epoll_pwait)(epoll, events, size, timeout, mask);

    delay(epoll_ms);
    return result;
}

__attribute__((visibility("default"))) int fsync(int fd)
{
    delay(fsync_ms);
    return NEXT(fsync)(fd);
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    delay(fsync_ms);
    return NEXT(fdatasync)(fd);
}

/* How far the clock on the wall is from the truth: as often some seconds as anything else. */
static int64_t offset_s(void)
{
    uint64_t calm = (uint64_t)((monotonic_ms() - began_ms) / calm_ms), chance = nth(~calm);
    uint64_t most = chance % 2 == 0 && clock_s > 10 ? 10 : clock_s;

    return (int64_t)((chance >> 8) % (2 * most + 1)) - (int64_t)most;
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *now)
{
    /* Other libraries may ask before this one has begun. */
    int result = (real_clock_gettime != NULL ? real_clock_gettime : NEXT(clock_gettime))(clock, now);

    if (result == 0 && clock == CLOCK_REALTIME && clock_s > 0)
        now->tv_sec += offset_s();
    return result;
}
