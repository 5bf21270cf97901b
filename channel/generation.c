/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "generation.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

#include "layout.h"

static uint32_t *_Atomic page_word;
static _Atomic uint32_t generations;

static uint32_t *make_word(void)
{
        void *page = mmap(NULL, RT_PAGE, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (page == MAP_FAILED)
                return NULL;
        uint32_t *none = NULL;
        if (madvise(page, RT_PAGE, MADV_WIPEONFORK) == 0 &&
            atomic_compare_exchange_strong(&page_word, &none, (uint32_t *)page))
                return page;
        (void)munmap(page, RT_PAGE);
        return none; /* that of another thread, which was faster */
}

const uint32_t *rt_generation(void)
{
        uint32_t *word = atomic_load(&page_word);
        if (!word)
                word = make_word();
        if (!word)
                return NULL;
        /* Never a number that ends of the parent have. */
        if (__atomic_load_n(word, __ATOMIC_ACQUIRE) != 0)
                return word;
        uint32_t none = 0, next = atomic_fetch_add(&generations, 1) + 1;
        (void)__atomic_compare_exchange_n(word, &none, next, false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_ACQUIRE);
        return word;
}
