/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtctl status: what runs, beside what is declared. */

#include <string.h>
#include <unistd.h>

#include "status.h"

/* Whether the object is meant: by its name, "imu", or by its descriptor's, "imu.container". */
static bool is_meant(RtStatus *status, const char *name, const RtObject *object)
{
        return strcmp(name, object->name) == 0 ||
               strcmp(name, rt_object_file(status->arena, object)) == 0;
}

static bool has_container(const RtStatus *status, const RtContainer *container)
{
        RT_EACH (one, &status->containers)
                if (one->container == container)
                        return true;
        return false;
}

static bool has_channel(const RtStatus *status, const RtWire *wire)
{
        RT_EACH (one, &status->channels)
                if (one->wire == wire)
                        return true;
        return false;
}

/* All that bears the name. NULL: everything. */
static bool choose(RtStatus *status, const char *name)
{
        bool found = false;
        RT_EACH (it, &status->command->pipeline.model.containers) {
                const RtContainer *container = *it;
                if (name && !is_meant(status, name, &container->object))
                        continue;
                found = true;
                if (!has_container(status, container))
                        RT_APPEND(status->arena, &status->containers,
                                  (RtContainerStatus){ .container = container,
                                                       .is_named = name != NULL });
        }
        for (size_t i = 0; i < status->wiring->n; i++) {
                const RtWire *wire = &status->wiring->wires[i];
                if (name && !is_meant(status, name, &wire->channel->object))
                        continue;
                found = true;
                if (!has_channel(status, wire))
                        RT_APPEND(status->arena, &status->channels, (RtChannelStatus){ wire });
        }
        return found;
}

/* -1 after a message if something is not there. */
static int choose_all(RtStatus *status)
{
        const RtCommand *command = status->command;
        if (command->n_names == 0)
                (void)choose(status, NULL);
        for (int i = 0; i < command->n_names; i++) {
                if (choose(status, command->names[i]))
                        continue;
                fprintf(stderr, "rtctl: there is no container or channel \"%s\"; see rtctl list\n",
                        command->names[i]);
                return -1;
        }
        return 0;
}

static void print(const RtStatus *status)
{
        RtCommand *command = status->command;
        if (command->json != RT_JSON_OFF) {
                rt_status_print_json(status);
                return;
        }
        if (command->watch)
                fputs("\033[H\033[2J", stdout);
        else
                rt_pager_open(command);
        if (status->containers.n > 0 || command->n_names == 0)
                rt_status_print_containers(status);
        if (status->has_channels)
                rt_status_print_channels(status);
        rt_pager_close(); /* the messages come after it, not into it */
}

/* One answer, with memory of its own: --watch gives many. Channels can be looked at by root only,
 * but containers that were asked for are shown to anybody. */
static int answer(RtCommand *command, const RtSystem *system, const RtWiring *wiring)
{
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        RtStatus status = {
                .command = command, .arena = arena, .system = system, .wiring = wiring
        };
        if (choose_all(&status) < 0 || rt_status_collect_containers(&status) < 0)
                return RTCTL_TROUBLE;
        status.wants_channels = status.channels.n > 0 || command->n_names == 0;
        status.has_channels = status.wants_channels && rt_status_collect_channels(&status) == 0;
        print(&status);
        if (status.wants_channels && !status.has_channels)
                return RTCTL_TROUBLE;
        return rt_status_containers_have_findings(&status) ||
                               rt_status_channels_have_findings(&status)
                       ? RTCTL_FINDINGS
                       : RTCTL_GOOD;
}

int rt_verb_status(RtCommand *command)
{
        if (command->watch && (command->json != RT_JSON_OFF || !isatty(STDOUT_FILENO))) {
                fputs("rtctl: --watch is for a terminal; for programs, ask again and again\n",
                      stderr);
                return RTCTL_TROUBLE;
        }
        if (rt_command_run_pipeline(command, RT_GENERATOR_UNIT_DIR) < 0)
                return RTCTL_TROUBLE;
        const RtSystem system = rt_system_running();
        const RtWiring *wiring = rt_wiring_new(&command->pipeline.model, false);
        int result = answer(command, &system, wiring);
        while (command->watch && result != RTCTL_TROUBLE && fflush(stdout) == 0) {
                (void)sleep(1);
                result = answer(command, &system, wiring);
        }
        if (command->json == RT_JSON_OFF && result != RTCTL_TROUBLE)
                rt_print_diags(command);
        return result == RTCTL_GOOD ? rt_diags_status(command) : result;
}
