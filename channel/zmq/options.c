/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "options.h"

#include <string.h>

#include "real.h"
#include "rtchannel.h"

#define AT(field) offsetof(RtzOptions, field)

static const struct {
        int option;
        size_t at;
        bool is_readable;
} numbers[] = {
        { ZMQ_SNDTIMEO, AT(send_timeout), true },
        { ZMQ_RCVTIMEO, AT(receive_timeout), true },
        { ZMQ_LINGER, AT(linger), true },
        { ZMQ_SNDHWM, AT(send_high_water), true },
        { ZMQ_RCVHWM, AT(receive_high_water), true },
        { ZMQ_IMMEDIATE, AT(immediate), true },
        { ZMQ_CONFLATE, AT(conflate), false },
        { ZMQ_PROBE_ROUTER, AT(probes), false },
        { ZMQ_ROUTER_MANDATORY, AT(mandatory), false },
        { ZMQ_ROUTER_HANDOVER, AT(hands_over), false },
        { ZMQ_ROUTER_RAW, AT(raw), false },
        { ZMQ_REQ_CORRELATE, AT(correlates), false },
        { ZMQ_REQ_RELAXED, AT(relaxed), false },
        { ZMQ_INVERT_MATCHING, AT(inverts), false },
};

static void set(RtzOptions *options, size_t at, int value)
{
        memcpy((unsigned char *)options + at, &value, sizeof value);
}

void rtz_options_init(RtzOptions *options, void *real)
{
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
                int value;
                size_t size = sizeof value;
                if (numbers[i].is_readable &&
                    rtz_real.getsockopt(real, numbers[i].option, &value, &size) == 0)
                        set(options, numbers[i].at, value);
        }
}

/* Security is the channel's: who may connect is declared. */
bool rtz_options_fit(void *real)
{
        static const int texts[] = { ZMQ_ZAP_DOMAIN, ZMQ_SOCKS_PROXY };
        int mechanism = ZMQ_NULL, fd = -1;
        size_t size = sizeof mechanism;
        char text[256];
        if (rtz_real.getsockopt(real, ZMQ_MECHANISM, &mechanism, &size) == 0 &&
            mechanism != ZMQ_NULL)
                return false;
        if (rtz_real.getsockopt(real, ZMQ_USE_FD, &fd, &size) == 0 && fd != -1)
                return false;
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
                size = sizeof text;
                if (rtz_real.getsockopt(real, texts[i], text, &size) == 0 && size > 1)
                        return false;
        }
        return true;
}

static void note_bytes(uint8_t *bytes, size_t *ret_size, const void *value, size_t size)
{
        *ret_size = size <= RTZ_ID_MAX ? size : 0;
        if (*ret_size > 0)
                memcpy(bytes, value, size);
}

void rtz_options_note(RtzOptions *options, int option, const void *value, size_t size)
{
        int number;
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
                if (numbers[i].option == option && size == sizeof number) {
                        memcpy(&number, value, sizeof number);
                        set(options, numbers[i].at, number);
                }
        if (option == ZMQ_ROUTING_ID)
                note_bytes(options->id, &options->id_size, value, size);
        else if (option == ZMQ_CONNECT_ROUTING_ID)
                note_bytes(options->next_peer_id, &options->next_peer_id_size, value, size);
}

int64_t rtz_deadline(int timeout, bool dont_wait)
{
        if (dont_wait || timeout == 0)
                return RTCHANNEL_NOW;
        return timeout < 0 ? RTCHANNEL_FOREVER : rtchannel_in((int64_t)timeout * 1000000);
}
