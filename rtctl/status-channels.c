/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Channels as they are used: the ends that running containers have open, each beside its
 * declaration. */

#include <errno.h>
#include <stdlib.h>
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

/* -- which container is it? -------------------------------------------------------------------- */

/* A container that is rejected now may still run as what it was. */
static const RtContainer *container_of(const RtPipeline *pipeline, RtArena *arena, const char *unit)
{
        RT_EACH (instance, &pipeline->plan.instances)
                if (strcmp((*instance)->unit, unit) == 0)
                        return (*instance)->container;
        RT_EACH (container, &pipeline->model.containers)
                if (strcmp(rt_printf(arena, "rt-%s.service", (*container)->object.name), unit) == 0)
                        return *container;
        return NULL;
}

/* -- ends -------------------------------------------------------------------------------------- */

static RtChannelStatus *channel_of(RtStatus *status, const char *name)
{
        RT_EACH (channel, &status->channels)
                if (strcmp(channel->channel->object.name, name) == 0)
                        return channel;
        return NULL;
}

static bool declares(const RtContainer *container, RtRole role, const char *channel)
{
        const RtTexts *names = &container->channels[role];
        for (size_t i = 0; i < names->n; i++)
                if (strcmp(names->items[i], channel) == 0)
                        return true;
        return false;
}

/* The role that the page says, if it is one and declared; else RT_ROLES. */
static RtRole role_of(const RtContainer *container, const RtEndPage *page)
{
        for (RtRole role = 0; role < RT_ROLES; role++)
                if (strcmp(page->role, rt_role_word(role)) == 0 &&
                    declares(container, role, page->channel))
                        return role;
        return RT_ROLES;
}

/* Why it is none of the container's ends; NULL: it is one. */
static const char *why_foreign(const RtFoundEnd *end, RtRole role)
{
        return !end->is_own                       ? "it was made by another container"
               : end->problem == -EPROTONOSUPPORT ? "it is of another version of the library"
               : end->problem < 0                 ? "it says nothing that could be understood"
               : role == RT_ROLES                 ? "the container does not declare it"
                                                  : NULL;
}

static void add_foreign(RtStatus *status, const RtContainer *container, const RtFoundEnd *end,
                        const char *reason)
{
        bool speaks = end->problem == 0 && end->is_own;
        RT_APPEND(status->arena, &status->foreign,
                  (RtForeignEnd){ container, end->pid, speaks ? end->page.channel : NULL, reason });
}

static void add_end(RtStatus *status, const RtContainer *container, const RtFoundEnd *found)
{
        const RtEndPage *page = &found->page;
        RtRole role = found->problem == 0 ? role_of(container, page) : RT_ROLES;
        const char *reason = why_foreign(found, role);
        if (reason) {
                add_foreign(status, container, found, reason);
                return;
        }
        RtChannelStatus *channel = channel_of(status, page->channel);
        if (!channel)
                return; /* not asked for */
        const RtChannel *declared = channel->channel;
        RT_APPEND(status->arena, &channel->ends,
                  (RtEndStatus){ .container = container,
                                 .role = role,
                                 .state = found->is_opener ? RT_END_OPEN : RT_END_LEFT,
                                 .pid = found->pid,
                                 .outdated = page->message_size != declared->message_size ||
                                             page->depth != declared->depth,
                                 .numbers = page->numbers });
}

/* -- what is not open -------------------------------------------------------------------------- */

static bool is_open(const RtChannelStatus *channel, const RtContainer *container, RtRole role)
{
        RT_EACH (end, &channel->ends)
                if (end->container == container && end->role == role && end->state == RT_END_OPEN)
                        return true;
        return false;
}

static void add_closed(RtStatus *status, const RtContainer *container, bool runs)
{
        RT_EACH (channel, &status->channels)
                for (RtRole role = 0; role < RT_ROLES; role++)
                        if (declares(container, role, channel->channel->object.name) &&
                            !is_open(channel, container, role))
                                RT_APPEND(status->arena, &channel->ends,
                                          (RtEndStatus){ .container = container,
                                                         .role = role,
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

static const char *cgroups(void)
{
        const char *folder = getenv("RTCONTAINERS_CGROUP");
        return folder && folder[0] ? folder : "/sys/fs/cgroup";
}

/* The ends of one container, which has several services if it has several instances. */
static int look_at_container(RtStatus *status, const RtServices *services,
                             const RtContainer *container)
{
        bool runs = false;
        RT_EACH (service, services) {
                RtFoundEnds found;
                if (container_of(&status->command->pipeline, status->arena, service->unit) !=
                    container)
                        continue;
                rt_ends_find(status->arena, service, &found);
                if (found.refused) {
                        fprintf(stderr,
                                "rtctl: /proc/%d/fd of container %s: %s; run rtctl status as root "
                                "of the system that the containers run on\n",
                                (int)found.refused, container->object.name, strerror(found.error));
                        return -1;
                }
                runs = runs || found.runs;
                if (!found.all)
                        RT_APPEND(status->arena, &status->crowded, container);
                RT_EACH (end, &found)
                        add_end(status, container, end);
        }
        add_closed(status, container, runs);
        return 0;
}

int rt_status_collect(RtStatus *status)
{
        RtServices services = { 0 };
        int r = rt_services_find(status->arena, cgroups(), &services);
        if (r < 0) {
                fprintf(stderr,
                        "rtctl: %s: %s; the running system's unified cgroup hierarchy is needed\n",
                        cgroups(), strerror(-r));
                return -1;
        }
        RT_EACH (container, &status->command->pipeline.model.containers)
                if (look_at_container(status, &services, *container) < 0)
                        return -1;
        RT_EACH (channel, &status->channels)
                sum_up(channel);
        return 0;
}

bool rt_status_has_findings(const RtStatus *status)
{
        RT_EACH (channel, &status->channels)
                RT_EACH (end, &channel->ends)
                        if (end->state == RT_END_MISSING || end->state == RT_END_LEFT ||
                            end->numbers.broken > 0)
                                return true;
        return status->foreign.n > 0 || status->crowded.n > 0;
}
