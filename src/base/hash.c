/* SPDX-License-Identifier: MIT */
#include "base/hash.h"

#include <assert.h>
#include <stdatomic.h>
#include <sys/auxv.h>

#include "base/siphash.h"

/*
 * The address of 16 random bytes that the kernel gives each process at its start (getauxval(3), AT_RANDOM):
 * they need no system call and no order of initialisation. glibc derives its stack protector from the same
 * bytes; SipHash does not reveal them. The address is constant, so two threads may both look it up.
 */
static const uint8_t *process_key(void)
{
    static const uint8_t *_Atomic key;
    const uint8_t *known = atomic_load_explicit(&key, memory_order_relaxed);

    if (known != NULL)
        return known;
    /* The auxiliary vector holds an address as a number. NOLINTNEXTLINE(performance-no-int-to-ptr) */
    known = (const uint8_t *)getauxval(AT_RANDOM);
    assert(known != NULL); /* Linux since 2.6.29 */
    atomic_store_explicit(&key, known, memory_order_relaxed);
    return known;
}

unsigned hash_bytes(const void *bytes, size_t size)
{
    return (unsigned)siphash(process_key(), bytes, size, 1, 3);
}
