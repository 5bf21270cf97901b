/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "open.h"

bool rt_example_open(const char *program, const char *channel, rtchannel **ret)
{
        int r = rtchannel_open(channel, ret);
        if (r == -ENOENT) {
                printf("%s: no channel %s is declared here; going without\n", program, channel);
                *ret = NULL;
                return true;
        }
        if (r < 0)
                fprintf(stderr, "%s: channel %s: %s\n", program, channel, strerror(-r));
        return r == 0;
}
