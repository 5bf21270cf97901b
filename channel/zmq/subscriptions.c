/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "subscriptions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, size_t a_size, const void *b, size_t b_size)
{
        size_t common = a_size < b_size ? a_size : b_size;
        int order = common > 0 ? memcmp(a, b, common) : 0;
        return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

static bool begins_with(const void *data, size_t size, const RtzPrefix *prefix)
{
        return prefix->size <= size &&
               (prefix->size == 0 || memcmp(data, prefix->data, prefix->size) == 0);
}

/* How many prefixes are not behind the data in lexical order. */
static size_t count_up_to(const RtzSubscriptions *subscriptions, const void *data, size_t size)
{
        size_t low = 0, high = subscriptions->n;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                const RtzPrefix *prefix = &subscriptions->prefixes[middle];
                if (compare(prefix->data, prefix->size, data, size) <= 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* Prefixes that lie within each other follow one another, the shorter ones first. */
static void relate(RtzSubscriptions *subscriptions)
{
        subscriptions->longest = 0;
        for (size_t i = 0; i < subscriptions->n; i++) {
                RtzPrefix *prefix = &subscriptions->prefixes[i];
                int at = (int)i - 1;
                while (at >= 0 &&
                       !begins_with(prefix->data, prefix->size, &subscriptions->prefixes[at]))
                        at = subscriptions->prefixes[at].shorter;
                prefix->shorter = at;
                if (prefix->size > subscriptions->longest)
                        subscriptions->longest = prefix->size;
        }
}

int rtz_subscribe(RtzSubscriptions *subscriptions, const void *data, size_t size)
{
        size_t at = count_up_to(subscriptions, data, size);
        if (at > 0) {
                RtzPrefix *last = &subscriptions->prefixes[at - 1];
                if (compare(last->data, last->size, data, size) == 0) {
                        last->count++;
                        return 0;
                }
        }
        unsigned char *copy = malloc(size + 1);
        RtzPrefix *more = realloc(subscriptions->prefixes, (subscriptions->n + 1) * sizeof *more);
        if (more)
                subscriptions->prefixes = more;
        if (!copy || !more) {
                free(copy);
                return -ENOMEM;
        }
        if (size > 0)
                memcpy(copy, data, size);
        memmove(more + at + 1, more + at, (subscriptions->n - at) * sizeof *more);
        more[at] = (RtzPrefix){ .data = copy, .size = size, .count = 1 };
        subscriptions->n++;
        relate(subscriptions);
        return 0;
}

int rtz_unsubscribe(RtzSubscriptions *subscriptions, const void *data, size_t size)
{
        size_t at = count_up_to(subscriptions, data, size);
        RtzPrefix *prefix = at > 0 ? &subscriptions->prefixes[at - 1] : NULL;
        if (!prefix || compare(prefix->data, prefix->size, data, size) != 0)
                return -EINVAL;
        if (--prefix->count > 0)
                return 0;
        free(prefix->data);
        memmove(prefix, prefix + 1, (subscriptions->n - at) * sizeof *prefix);
        subscriptions->n--;
        relate(subscriptions);
        return 0;
}

void rtz_subscriptions_free(RtzSubscriptions *subscriptions)
{
        for (size_t i = 0; i < subscriptions->n; i++)
                free(subscriptions->prefixes[i].data);
        free(subscriptions->prefixes);
        *subscriptions = (RtzSubscriptions){ 0 };
}

bool rtz_is_subscribed(const RtzSubscriptions *subscriptions, const void *data, size_t size)
{
        /* Whatever the data begin with is before them, and so is the last of these, which itself
         * begins with the others. */
        int at = (int)count_up_to(subscriptions, data, size) - 1;
        while (at >= 0 && !begins_with(data, size, &subscriptions->prefixes[at]))
                at = subscriptions->prefixes[at].shorter;
        return at >= 0;
}
