/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Channels as they are used: the ends that running containers have open, each beside its
 * declaration. */

#include <errno.h>
#include <string.h>

#include "status-ends.h"
#include "status.h"

const char *const rt_end_state_words[RT_END_STATES] = {
        [RT_END_OPEN] = "open",
        [RT_END_LEFT] = "left",
        [RT_END_MISSING] = "missing",
        [RT_END_STOPPED] = "stopped",
};

bool rt_status_role_sends(RtRole role)
{
        return role != RT_SUBSCRIBES && role != RT_PULLS;
}

bool rt_status_role_receives(RtRole role)
{
        return role != RT_PUBLISHES && role != RT_PUSHES;
}

/* -- who runs? --------------------------------------------------------------------------------- */

/* A container, or the bridge of a channel. */
typedef struct Party {
        const RtContainer *container;
        const RtWire *bridged; /* if it is none */
        const char *name;
} Party;

/* A container that is rejected now may still run as what it was. */
static bool is_unit_of(const RtStatus *status, const Party *party, const char *unit)
{
        RtArena *arena = status->arena;
        if (!party->container) {
                const char *channel = party->bridged->channel->object.name;
                return strcmp(unit, rt_printf(arena, "rt-bridge-%s.service", channel)) == 0;
        }
        RT_EACH (instance, &status->command->pipeline.plan.instances)
                if (strcmp((*instance)->unit, unit) == 0)
                        return (*instance)->container == party->container;
        return strcmp(unit, rt_printf(arena, "rt-%s.service", party->name)) == 0;
}

static bool is_end_of(const RtEnd *end, const Party *party)
{
        return party->container ? end->container == party->container
                                : !end->container && end->wire == party->bridged;
}

/* -- ends -------------------------------------------------------------------------------------- */

static RtChannelStatus *channel_of(RtStatus *status, const RtWire *wire)
{
        RT_EACH (channel, &status->channels)
                if (channel->wire == wire)
                        return channel;
        return NULL;
}

/* The end that the page says it is, if it is one of the party's; else NULL. */
static const RtEnd *declared_end(const RtStatus *status, const Party *party, const RtEndPage *page)
{
        const RtWire *wire = rt_wiring_wire(status->wiring, page->channel);
        if (!wire)
                return NULL;
        RT_EACH (end, &wire->ends)
                if (is_end_of(end, party) && strcmp(rt_role_word(end->role), page->role) == 0)
                        return end;
        return NULL;
}

/* Why it is none of the party's ends; NULL: it is one. */
static const char *why_foreign(const RtFoundEnd *found, const RtEnd *end)
{
        return !found->is_own                       ? "it was made by somebody else"
               : found->problem == -EPROTONOSUPPORT ? "it is of another version of the library"
               : found->problem < 0                 ? "it says nothing that could be understood"
               : !end                               ? "it is not declared"
                                                    : NULL;
}

static void add_end(RtStatus *status, const Party *party, const RtFoundEnd *found)
{
        const RtEndPage *page = &found->page;
        bool speaks = found->problem == 0 && found->is_own;
        const RtEnd *end = speaks ? declared_end(status, party, page) : NULL;
        const char *reason = why_foreign(found, end);
        if (reason) {
                RT_APPEND(status->arena, &status->foreign,
                          (RtForeignEnd){ .container = party->name,
                                          .pid = found->pid,
                                          .channel = speaks ? page->channel : NULL,
                                          .reason = reason });
                return;
        }
        RtChannelStatus *channel = channel_of(status, end->wire);
        if (!channel)
                return; /* not asked for */
        const RtChannel *declared = end->wire->channel;
        RT_APPEND(status->arena, &channel->ends,
                  (RtEndStatus){ .end = end,
                                 .state = found->is_opener ? RT_END_OPEN : RT_END_LEFT,
                                 .pid = found->pid,
                                 .outdated = page->message_size != declared->message_size ||
                                             page->depth != declared->depth,
                                 .numbers = page->numbers });
}

/* -- what is not open -------------------------------------------------------------------------- */

static bool is_open(const RtChannelStatus *channel, const RtEnd *end)
{
        RT_EACH (one, &channel->ends)
                if (one->end == end && one->state == RT_END_OPEN)
                        return true;
        return false;
}

static void add_closed(RtStatus *status, const Party *party, bool runs)
{
        RT_EACH (channel, &status->channels)
                RT_EACH (end, &channel->wire->ends)
                        if (is_end_of(end, party) && !is_open(channel, end))
                                RT_APPEND(status->arena, &channel->ends,
                                          (RtEndStatus){ .end = end,
                                                         .state = runs ? RT_END_MISSING
                                                                       : RT_END_STOPPED });
}

/* -- sums -------------------------------------------------------------------------------------- */

static void add_to(uint64_t *sum, uint64_t value)
{
        if (__builtin_add_overflow(*sum, value, sum))
                *sum = UINT64_MAX;
}

static void sum_up(RtChannelStatus *channel)
{
        rtchannel_statistics *sums = &channel->sums;
        RT_EACH (end, &channel->ends) {
                const rtchannel_statistics *numbers = &end->numbers;
                add_to(&sums->sent, numbers->sent);
                add_to(&sums->refused, numbers->refused);
                add_to(&sums->unread, numbers->unread);
                add_to(&sums->received, numbers->received);
                add_to(&sums->lost, numbers->lost);
                add_to(&sums->expired, numbers->expired);
                add_to(&sums->stale, numbers->stale);
                add_to(&sums->broken, numbers->broken);
        }
}

/* -- all --------------------------------------------------------------------------------------- */

/* A container has several services if it has several instances. */
static int look_at(RtStatus *status, const RtServices *services, const Party *party)
{
        bool runs = false;
        RT_EACH (service, services) {
                RtFoundEnds found;
                if (!is_unit_of(status, party, service->unit))
                        continue;
                rt_ends_find(status->arena, service, &found);
                if (found.refused) {
                        fprintf(stderr,
                                "rtctl: /proc/%d/fd of %s: %s; run rtctl status as root of the "
                                "system that the containers run on\n",
                                (int)found.refused, service->unit, strerror(found.error));
                        return -1;
                }
                runs = runs || found.runs;
                if (!found.all)
                        RT_APPEND(status->arena, &status->crowded, party->name);
                RT_EACH (end, &found)
                        add_end(status, party, end);
        }
        add_closed(status, party, runs);
        return 0;
}

static int look_at_bridges(RtStatus *status, const RtServices *services)
{
        for (size_t i = 0; i < status->wiring->n; i++) {
                const RtWire *wire = &status->wiring->wires[i];
                const RtEnd *end = rt_wire_end(wire, NULL);
                if (!end)
                        continue;
                Party bridge = { .bridged = wire, .name = rt_end_name(end) };
                if (look_at(status, services, &bridge) < 0)
                        return -1;
        }
        return 0;
}

int rt_status_collect_channels(RtStatus *status)
{
        RtServices services = { 0 };
        if (rt_services_find(status->arena, status->system->cgroups, &services) < 0)
                return -1; /* it has been told with the containers */
        RT_EACH (it, &status->command->pipeline.model.containers) {
                Party container = { .container = *it, .name = (*it)->object.name };
                if (look_at(status, &services, &container) < 0)
                        return -1;
        }
        if (look_at_bridges(status, &services) < 0)
                return -1;
        RT_EACH (channel, &status->channels)
                sum_up(channel);
        return 0;
}

bool rt_status_channels_have_findings(const RtStatus *status)
{
        RT_EACH (channel, &status->channels)
                RT_EACH (end, &channel->ends)
                        if (end->state == RT_END_MISSING || end->state == RT_END_LEFT ||
                            end->numbers.broken > 0)
                                return true;
        return status->foreign.n > 0 || status->crowded.n > 0;
}
