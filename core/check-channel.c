/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "check-internal.h"
#include "quantity.h"
#include "wiring.h"

/* Containers are told apart by the sockets that they connect by. */
static void check_files(RtCheck *check, const RtWire *wire)
{
        RtUses files = { 0 };
        RT_EACH (end, &wire->ends)
                if (end->connects && end->container) {
                        RtContainer *container =
                                rt_model_container(check->model, end->container->object.name);
                        rt_use(check, &files, rt_end_file(check->arena, end),
                               rt_at_text(check, &container->object, &container->object.item,
                                          RT_CONTAINER_PUBLISHES + end->role, end->index));
                }
        rt_check_unique(check, &files, "is the socket's name for another container as well",
                        "give one of the containers a name that begins in another way");
}

/* The listening end keeps a place for each. */
static void check_connections(RtCheck *check, RtChannel *channel, const RtWire *wire)
{
        const RtItem *item = &channel->object.item;
        const int64_t each = channel->connections;
        if (channel->pattern == RT_PATTERN_PAIR && each > 1) {
                rt_complain(check, rt_at(check, &channel->object, item, RT_CHANNEL_CONNECTIONS),
                            "take connections away, or let pattern be \"request\" or \"push\"",
                            "a pair (%s) is one end at each side, which cannot have %lld "
                            "connections",
                            rt_there(check, rt_key_place(item, RT_CHANNEL_PATTERN)),
                            (long long)each);
                return;
        }
        RT_EACH (end, &wire->ends) {
                const int64_t all = (int64_t)end->n_accepts * each;
                if (all <= RT_CONNECTIONS_MAX)
                        continue;
                const RtEnd *other = wire->ends.items;
                while (!rt_end_accepts(end, other))
                        other++;
                rt_complain(check, rt_at(check, &channel->object, item, RT_CHANNEL_CONNECTIONS),
                            each > 1 ? "lower connections, or let fewer containers use the channel"
                                     : "let fewer containers use the channel",
                            "%zu ends, such as \"%s\" (%s), may have %lld connections each to "
                            "\"%s\" (%s), which can have %d in all",
                            end->n_accepts, rt_end_name(other),
                            rt_there(check, rt_end_place(other)), (long long)each, rt_end_name(end),
                            rt_there(check, rt_end_place(end)), RT_CONNECTIONS_MAX);
                return;
        }
}

/* The other end of a pair is taken by the bridge. */
static void check_bridged_pair(RtCheck *check, RtChannel *channel, const RtWire *wire, RtAt at)
{
        RT_EACH (config, &check->model->configs) {
                const RtEnd *first = NULL;
                RT_EACH (end, &wire->ends) {
                        if (!end->container || !rt_config_has(*config, end->container->object.name))
                                continue;
                        if (first) {
                                rt_complain(check, at,
                                            "take the bridge away, or one of the containers out of "
                                            "the config",
                                            "the bridge is the other end of channel \"%s\", but "
                                            "config \"%s\" (%s) has two: \"%s\" (%s) and \"%s\" "
                                            "(%s)",
                                            channel->object.name, (*config)->object.name,
                                            rt_there(check, (*config)->object.item.place),
                                            rt_end_name(first),
                                            rt_there(check, rt_end_place(first)), rt_end_name(end),
                                            rt_there(check, rt_end_place(end)));
                                return;
                        }
                        first = end;
                }
        }
}

static void check_bridge(RtCheck *check, RtChannel *channel, const RtWire *wire)
{
        const RtItem *item = &channel->object.item;
        if (!channel->bridge)
                return;
        RtAt at = rt_at(check, &channel->object, item, RT_CHANNEL_BRIDGE);
        if (!rt_wire_end(wire, NULL)) {
                static const RtRole roles[] = {
                        [RT_PATTERN_PUBLISH] = RT_PUBLISHES,
                        [RT_PATTERN_REQUEST] = RT_SERVES,
                        [RT_PATTERN_PUSH] = RT_PULLS,
                        [RT_PATTERN_PAIR] = RT_PAIRS,
                };
                const char *word = rt_role_word(roles[channel->pattern]);
                rt_complain(check, at,
                            rt_printf(check->arena,
                                      "add %s = [ \"%s\" ]; to the container that "
                                      "is to be reached",
                                      word, channel->object.name),
                            "no container %s the channel, so that a bridge leads nowhere", word);
        }
        if (channel->pattern == RT_PATTERN_PUBLISH && channel->full != RT_FULL_OVERWRITE)
                rt_complain(check, at, "let full be \"overwrite\", or take the bridge away",
                            "a bridge that is too slow would make publishing fail, as full is "
                            "\"%s\" (%s)",
                            rt_full_words[channel->full],
                            rt_there(check, rt_key_place(item, RT_CHANNEL_FULL)));
        if (channel->pattern == RT_PATTERN_PAIR)
                check_bridged_pair(check, channel, wire, at);
}

/* What looks that long for messages comes near to taking all that real-time tasks may have. */
static void check_spin(RtCheck *check, RtChannel *channel)
{
        const int64_t most = INT64_C(1000000000);
        if (channel->spin > most)
                rt_complain(check,
                            rt_at(check, &channel->object, &channel->object.item, RT_CHANNEL_SPIN),
                            "write \"1s\" at most; some \"20us\" are what it takes to be woken up",
                            "%s are too long to look for a message",
                            rt_duration_text(check->arena, channel->spin));
}

void rt_check_channel(RtCheck *check, RtChannel *channel)
{
        const RtWire *wire = rt_wiring_wire(check->model->wiring, channel->object.name);
        check_files(check, wire);
        check_connections(check, channel, wire);
        check_bridge(check, channel, wire);
        check_spin(check, channel);
}
