/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* uthash compares the keys of items whose hashes are equal: a look-up in a table without collisions compares
 * once. */
static size_t comparisons;

static int compare(const void *a, const void *b, size_t size)
{
    comparisons++;
    return memcmp(a, b, size);
}

#define HASH_KEYCMP(a, b, size) compare(a, b, size)
#include "base/hash.h"
#include "base/mem.h"
#include "base/siphash.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- SipHash ---- */

struct vector {
    size_t size; /* of the input 00 01 02 ..., the key being 00 01 ... 0f */
    uint64_t hash;
};

static void check(const struct vector *vectors, size_t count, int c, int d)
{
    uint8_t key[SIPHASH_KEY_SIZE];
    uint8_t input[64];

    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof input; i++)
        input[i] = (uint8_t)i;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(siphash(key, input, vectors[i].size, c, d), vectors[i].hash);
}

/* The paper's appendix A (15 bytes), and the reference implementation's vectors.h. */
static void siphash_2_4_is_that_of_the_paper(void **state)
{
    static const struct vector vectors[] = {
        {0, 0x726fdb47dd0e0e31u},  {1, 0x74f839c593dc67fdu},  {7, 0xab0200f58b01d137u},
        {8, 0x93f5f5799a932462u},  {9, 0x9e0082df0ba9e4b0u},  {15, 0xa129ca6149be45e5u},
        {16, 0x3f2acc7f57c29bdbu}, {63, 0x958a324ceb064572u},
    };

    (void)state;
    check(vectors, COUNT(vectors), 2, 4);
}

/* From OpenSSL: openssl mac -macopt size:8 -macopt c-rounds:1 -macopt d-rounds:3 ... SIPHASH. */
static void siphash_1_3_is_that_of_openssl(void **state)
{
    static const struct vector vectors[] = {
        {0, 0xabac0158050fc4dcu},  {1, 0xc9f49bf37d57ca93u},  {7, 0xd3927d989bb11140u},
        {8, 0x369095118d299a8eu},  {9, 0x25a48eb36c063de4u},  {15, 0xd320d86d2a519956u},
        {16, 0xcc4fdd1a7d908b66u}, {63, 0x9d199062b7bbb3a8u},
    };

    (void)state;
    check(vectors, COUNT(vectors), 1, 3);
}

/* ---- identifiers that collide ---- */

/*
 * Jenkins' one-at-a-time hash (uthash's HASH_OAT) has a state of 32 bits and no key. Two blocks of eight
 * letters that lead from one state to the same next one are found after some 2^16 tries; of 16 such pairs in
 * a row any choice has the same hash (Joux, "Multicollisions in iterated hash functions", 2004).
 */
#define PAIRS 16
#define BLOCK 8
#define IDENTIFIER (PAIRS * BLOCK)
#define IDENTIFIERS 40000
/* Blocks that are tried for one pair, at most: the first one takes some 80 000. */
#define TRIED ((size_t)1 << 18)

struct item {
    char identifier[IDENTIFIER];
    UT_hash_handle hh;
};

static uint32_t one_at_a_time(uint32_t state, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        state += (uint8_t)text[i];
        state += state << 10;
        state ^= state >> 6;
    }
    return state;
}

/* Letters that look random: those of blocks which count up hardly ever collide. */
static void make_block(char block[BLOCK], unsigned number)
{
    uint64_t bits = number * 0x9e3779b97f4a7c15u;

    for (int i = 0; i < BLOCK; i++, bits >>= 6)
        block[i] = (char)('0' + (bits >> 10 & 63));
}

/* Two blocks after which `from` has become the same state, which is returned. */
static uint32_t find_pair(uint32_t from, unsigned *tried, char pair[2][BLOCK])
{
    memset(tried, 0, TRIED * sizeof *tried);
    for (unsigned number = 1;; number++) {
        char block[BLOCK];
        uint32_t state;
        size_t slot;

        assert_true(number < TRIED);
        make_block(block, number);
        state = one_at_a_time(from, block, BLOCK);
        for (slot = state % TRIED; tried[slot] != 0; slot = (slot + 1) % TRIED) {
            make_block(pair[0], tried[slot]);
            memcpy(pair[1], block, BLOCK);
            if (one_at_a_time(from, pair[0], BLOCK) == state)
                return state;
        }
        tried[slot] = number;
    }
}

static struct item *colliding_items(void)
{
    struct item *items = mem_zalloc(IDENTIFIERS * sizeof *items);
    unsigned *tried = mem_alloc(TRIED * sizeof *tried);
    char pairs[PAIRS][2][BLOCK];
    uint32_t state = 0;

    for (size_t i = 0; i < PAIRS; i++)
        state = find_pair(state, tried, pairs[i]);
    for (unsigned number = 0; number < IDENTIFIERS; number++) {
        for (size_t i = 0; i < PAIRS; i++)
            memcpy(items[number].identifier + i * BLOCK, pairs[i][number >> i & 1], BLOCK);
        assert_int_equal(one_at_a_time(0, items[number].identifier, IDENTIFIER), state);
    }
    free(tried);
    return items;
}

static unsigned longest_chain(const struct item *table)
{
    const UT_hash_table *hashes = table->hh.tbl;
    unsigned longest = 0;

    for (unsigned i = 0; i < hashes->num_buckets; i++) {
        if (hashes->buckets[i].count > longest)
            longest = hashes->buckets[i].count;
    }
    return longest;
}

/*
 * uthash doubles the buckets when one has 10 items, so that a bucket has some 5 of them in the mean: that one
 * has 50 by chance does not happen. Two hashes of 32 bits are equal by chance in one run of ten.
 */
static void identifiers_made_to_collide_do_not(void **state)
{
    struct item *items = colliding_items();
    struct item *table = NULL;

    (void)state;
    for (size_t i = 0; i < IDENTIFIERS; i++)
        HASH_ADD(hh, table, identifier, IDENTIFIER, &items[i]);
    assert_in_range(longest_chain(table), 1, 50);
    comparisons = 0;
    for (size_t i = 0; i < IDENTIFIERS; i++) {
        struct item *found;

        HASH_FIND(hh, table, items[i].identifier, IDENTIFIER, found);
        assert_ptr_equal(found, &items[i]);
    }
    assert_in_range(comparisons, IDENTIFIERS, IDENTIFIERS + 50);
    HASH_CLEAR(hh, table);
    free(items);
}

static void a_hash_is_that_of_all_bytes_and_of_the_key(void **state)
{
    const uint8_t zero[SIPHASH_KEY_SIZE] = {0};

    (void)state;
    assert_int_equal(hash_bytes("service", 7), hash_bytes("service", 7));
    assert_int_not_equal(hash_bytes("service", 7), hash_bytes("service", 6));
    assert_int_not_equal(hash_bytes("service", 7),
                         (unsigned)siphash(zero, (const uint8_t *)"service", 7, 1, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siphash_2_4_is_that_of_the_paper),
        cmocka_unit_test(siphash_1_3_is_that_of_openssl),
        cmocka_unit_test(identifiers_made_to_collide_do_not),
        cmocka_unit_test(a_hash_is_that_of_all_bytes_and_of_the_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
