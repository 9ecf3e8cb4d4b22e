/* SPDX-License-Identifier: MIT */
/* fuzz - the entry point of every fuzz target. Must return 0 for any bytes; `size` may be 0. */
#ifndef PROCJON_TEST_FUZZ_H
#define PROCJON_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
