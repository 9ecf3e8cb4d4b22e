/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "http2/slab.h"

static void what_is_taken_is_zeroed_aligned_and_apart(void **state)
{
    struct slab *slab = slab_new();
    uint8_t *first, *second;

    (void)state;
    assert_non_null(slab);
    first = slab_take(slab, 3);
    second = slab_take(slab, 100);
    assert_int_equal((uintptr_t)first % alignof(max_align_t), 0);
    assert_int_equal((uintptr_t)second % alignof(max_align_t), 0);
    assert_true(second - first >= 3);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(second[i], 0);
    memset(second, 0xff, 100);
    assert_int_equal(first[0], 0);
    slab_free(slab);
}

static void a_slab_that_is_full_or_sealed_gives_nothing(void **state)
{
    struct slab *slab = slab_new();

    (void)state;
    assert_null(slab_take(slab, SLAB_SIZE));
    assert_null(slab_take(slab, SIZE_MAX)); /* must not overflow */
    assert_non_null(slab_take(slab, SLAB_SIZE - 4096));
    assert_null(slab_take(slab, 4096));
    assert_non_null(slab_take(slab, 16));
    slab_seal(slab);
    assert_null(slab_take(slab, 16));
    slab_free(slab);
}

/* To the last byte. */
static void a_slab_can_be_filled(void **state)
{
    struct slab *slab = slab_new();
    size_t taken = 0;

    (void)state;
    while (slab_take(slab, 16) != NULL)
        taken += 16;
    assert_true(taken >= SLAB_SIZE - sizeof *slab - alignof(max_align_t));
    assert_null(slab_take(slab, 1));
    slab_free(slab);
}

static void it_knows_its_own(void **state)
{
    struct slab *slab = slab_new();
    uint8_t *memory = slab_take(slab, 16);
    uint8_t other;

    (void)state;
    assert_true(slab_has(slab, memory));
    assert_false(slab_has(slab, &other));
    assert_false(slab_has(slab, NULL));
    assert_false(slab_has(slab, (uint8_t *)slab + SLAB_SIZE));
    assert_true(slab_has(slab, (uint8_t *)slab + SLAB_SIZE - 1));
    assert_int_equal(slab_rest(slab, (uint8_t *)slab + SLAB_SIZE - 1), 1);
    slab_free(slab);
}

/* The purpose of a slab: the unused part of nghttp2's 16 KiB buffer takes no memory. */
static void what_is_not_written_is_not_resident(void **state)
{
    struct slab *slab = slab_new();
    size_t page = (size_t)sysconf(_SC_PAGESIZE), resident = 0;
    unsigned char there[64] = {0};
    uint8_t *memory = slab_take(slab, 16384);

    (void)state;
    memory[0] = 1;
    assert_int_equal(mincore(slab, SLAB_SIZE, there), 0);
    for (size_t i = 0; i < SLAB_SIZE / page; i++)
        resident += there[i] & 1;
    assert_int_equal(resident, 1);
    slab_free(slab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_is_zeroed_aligned_and_apart),
        cmocka_unit_test(a_slab_that_is_full_or_sealed_gives_nothing),
        cmocka_unit_test(a_slab_can_be_filled),
        cmocka_unit_test(it_knows_its_own),
        cmocka_unit_test(what_is_not_written_is_not_resident),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
