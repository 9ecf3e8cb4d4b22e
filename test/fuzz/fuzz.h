/* SPDX-License-Identifier: MIT */
/* fuzz - what a target defines: it must come to its end for any bytes. `size` may be 0; always returns 0. */
#ifndef PROCJON_TEST_FUZZ_H
#define PROCJON_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
