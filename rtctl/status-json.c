/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The answer of rtctl status for programs. */

#include "status.h"

static void add_text(json_object *object, const char *name, const char *text)
{
        json_object_object_add(object, name, rt_json_text(text));
}

static void add_number(json_object *object, const char *name, uint64_t number)
{
        json_object_object_add(object, name, json_object_new_uint64(number));
}

static void add_counts(json_object *object, const rtchannel_statistics *numbers)
{
        add_number(object, "sent", numbers->sent);
        add_number(object, "received", numbers->received);
        add_number(object, "lost", numbers->lost);
        add_number(object, "refused", numbers->refused);
        add_number(object, "unread", numbers->unread);
        add_number(object, "expired", numbers->expired);
        add_number(object, "stale", numbers->stale);
        add_number(object, "broken", numbers->broken);
}

static json_object *end_json(const RtEndStatus *end)
{
        const rtchannel_statistics *numbers = &end->numbers;
        json_object *object = json_object_new_object();
        add_text(object, "container", rt_end_name(end->end));
        add_text(object, "role", rt_role_word(end->end->role));
        add_text(object, "state", rt_end_state_words[end->state]);
        if (end->pid == 0)
                return object;
        add_number(object, "pid", (uint64_t)end->pid);
        add_number(object, "peers", numbers->peers);
        add_counts(object, numbers);
        add_number(object, "connects", numbers->connects);
        add_number(object, "disconnects", numbers->disconnects);
        add_number(object, "high_water", numbers->high_water);
        add_number(object, "latency_p50_ns", rt_latency_percentile(numbers, 50));
        add_number(object, "latency_p99_ns", rt_latency_percentile(numbers, 99));
        add_number(object, "latency_max_ns", numbers->latency_max);
        json_object_object_add(object, "locked", json_object_new_boolean(numbers->locked != 0));
        json_object_object_add(object, "outdated", json_object_new_boolean(end->outdated));
        return object;
}

static json_object *channel_json(const RtChannelStatus *status)
{
        const RtChannel *channel = status->wire->channel;
        json_object *object = json_object_new_object(), *ends = json_object_new_array();
        add_text(object, "name", channel->object.name);
        add_text(object, "pattern", rt_pattern_words[channel->pattern]);
        add_number(object, "message_size", (uint64_t)channel->message_size);
        add_number(object, "depth", (uint64_t)channel->depth);
        add_text(object, "full", channel->full == RT_FULL_OVERWRITE ? "overwrite" : "refuse");
        add_counts(object, &status->sums);
        RT_EACH (end, &status->ends)
                json_object_array_add(ends, end_json(end));
        json_object_object_add(object, "ends", ends);
        return object;
}

static json_object *foreign_json(const RtForeignEnd *end)
{
        json_object *object = json_object_new_object();
        add_text(object, "container", end->container);
        add_number(object, "pid", (uint64_t)end->pid);
        add_text(object, "channel", end->channel);
        add_text(object, "reason", end->reason);
        return object;
}

void rt_status_print_json(const RtStatus *status)
{
        json_object *answer = json_object_new_object(), *channels = json_object_new_array();
        json_object *foreign = json_object_new_array(), *crowded = json_object_new_array();
        RT_EACH (channel, &status->channels)
                json_object_array_add(channels, channel_json(channel));
        RT_EACH (end, &status->foreign)
                json_object_array_add(foreign, foreign_json(end));
        RT_EACH (container, &status->crowded)
                json_object_array_add(crowded, rt_json_text(*container));
        rt_status_add_containers(status, answer);
        if (status->wants_channels && !status->has_channels) { /* none of them could be looked at,
                                                                  which is not the same as none */
                json_object_put(channels);
                channels = NULL;
        }
        json_object_object_add(answer, "channels", channels);
        json_object_object_add(answer, "foreign", foreign);
        json_object_object_add(answer, "crowded", crowded);
        json_object_object_add(answer, "diagnostics", rt_json_diags(status->command));
        rt_print_json(status->command, answer);
}
