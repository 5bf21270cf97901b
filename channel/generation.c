/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "generation.h"

#include <stddef.h>
#include <sys/mman.h>

#include "layout.h"

const uint32_t *rt_generation(void)
{
        static uint32_t *word, generations;
        if (!word) {
                void *page = mmap(NULL, RT_PAGE, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
                if (page == MAP_FAILED)
                        return NULL;
                if (madvise(page, RT_PAGE, MADV_WIPEONFORK) < 0) {
                        (void)munmap(page, RT_PAGE);
                        return NULL;
                }
                word = page;
        }
        if (*word == 0)
                *word = ++generations; /* never one that ends of the parent have */
        return word;
}
