/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A fuzzer is one LLVMFuzzerTestOneInput(); it runs under libFuzzer, or over the files of a corpus
 * with replay.c. */

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process with the message unless `condition` holds. */
#define MUST(condition, ...)                                                                       \
        do {                                                                                       \
                if (!(condition))                                                                  \
                        fuzz_fail(__FILE__, __LINE__, __VA_ARGS__);                                \
        } while (0)
void fuzz_fail(const char *file, int line, const char *format, ...)
        __attribute__((noreturn, format(printf, 3, 4)));
