/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which messages a SUB socket wants: those that begin with one of its prefixes. */

#include <stdbool.h>
#include <stddef.h>

typedef struct RtzPrefix {
        unsigned char *data;
        size_t size;
        unsigned count; /* how often it was subscribed to */
        int shorter;    /* index of the longest other prefix that this one begins with; -1: none */
} RtzPrefix;

typedef struct RtzSubscriptions {
        RtzPrefix *prefixes; /* in lexical order */
        size_t n;
        size_t longest; /* bytes */
} RtzSubscriptions;

/* 0 or -ENOMEM. */
int rtz_subscribe(RtzSubscriptions *subscriptions, const void *data, size_t size);
/* One subscription less; -EINVAL: there was none. */
int rtz_unsubscribe(RtzSubscriptions *subscriptions, const void *data, size_t size);
void rtz_subscriptions_free(RtzSubscriptions *subscriptions);

/* Whether anything that begins with these bytes is wanted, of which as many matter as `longest`
 * says. Takes as many steps as the logarithm of the number of prefixes, and as lie within each
 * other. */
bool rtz_is_subscribed(const RtzSubscriptions *subscriptions, const void *data, size_t size);
