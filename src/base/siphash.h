/* SPDX-License-Identifier: MIT */
/*
 * siphash - SipHash-c-d, a keyed hash of bytes to 64 bits.
 *
 * Aumasson, Bernstein, "SipHash: a fast short-input PRF" (2012), section 2; the names are the paper's. An
 * attacker who does not know the key cannot compute inputs whose hashes collide. c is the number of rounds
 * for each word of the input, d that at the end: the paper uses 2 and 4, hash tables use 1 and 3 (Python,
 * Ruby, Rust).
 *
 * Pure, any thread. Inline, so that constant c and d make straight code.
 */
#ifndef PROCJON_BASE_SIPHASH_H
#define PROCJON_BASE_SIPHASH_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SIPHASH_KEY_SIZE 16
#define SIPHASH_WORD 8

struct siphash_state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t siphash_rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static inline uint64_t siphash_load(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return le64toh(word);
}

static inline void siphash_rounds(struct siphash_state *s, int count)
{
    for (int i = 0; i < count; i++) {
        s->v0 += s->v1;
        s->v2 += s->v3;
        s->v1 = siphash_rotate(s->v1, 13) ^ s->v0;
        s->v3 = siphash_rotate(s->v3, 16) ^ s->v2;
        s->v0 = siphash_rotate(s->v0, 32) + s->v3;
        s->v2 += s->v1;
        s->v1 = siphash_rotate(s->v1, 17) ^ s->v2;
        s->v3 = siphash_rotate(s->v3, 21) ^ s->v0;
        s->v2 = siphash_rotate(s->v2, 32);
    }
}

static inline void siphash_word(struct siphash_state *s, uint64_t word, int c)
{
    s->v3 ^= word;
    siphash_rounds(s, c);
    s->v0 ^= word;
}

/* The key and the input need no alignment. */
static inline uint64_t siphash(const uint8_t key[SIPHASH_KEY_SIZE], const uint8_t *bytes, size_t size, int c,
                               int d)
{
    const uint64_t k0 = siphash_load(key);
    const uint64_t k1 = siphash_load(key + SIPHASH_WORD);
    const uint8_t *end = bytes + size / SIPHASH_WORD * SIPHASH_WORD;
    uint64_t last = (uint64_t)size << 56;
    /* "somepseudorandomlygeneratedbytes" */
    struct siphash_state s = {
        .v0 = k0 ^ 0x736f6d6570736575u,
        .v1 = k1 ^ 0x646f72616e646f6du,
        .v2 = k0 ^ 0x6c7967656e657261u,
        .v3 = k1 ^ 0x7465646279746573u,
    };

    for (; bytes < end; bytes += SIPHASH_WORD)
        siphash_word(&s, siphash_load(bytes), c);
    for (size_t i = 0; i < size % SIPHASH_WORD; i++)
        last |= (uint64_t)end[i] << 8 * i;
    siphash_word(&s, last, c);
    s.v2 ^= 0xff;
    siphash_rounds(&s, d);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

#endif
