/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtctl status: what runs, beside what is declared. */

#include <unistd.h>

#include "status.h"

/* The channels that are asked for; -1 after a message if one is not there. */
static int choose(RtStatus *status)
{
        const RtCommand *command = status->command;
        for (int i = 0; i < command->n_names; i++) {
                const RtWire *wire = rt_wiring_wire(status->wiring, command->names[i]);
                if (!wire) {
                        fprintf(stderr, "rtctl: there is no channel \"%s\"; see rtctl list\n",
                                command->names[i]);
                        return -1;
                }
                RT_APPEND(status->arena, &status->channels, (RtChannelStatus){ wire });
        }
        for (size_t i = 0; i < status->wiring->n && command->n_names == 0; i++)
                RT_APPEND(status->arena, &status->channels,
                          (RtChannelStatus){ &status->wiring->wires[i] });
        return 0;
}

/* One answer, with memory of its own: --watch gives many. */
static int answer(RtCommand *command, const RtWiring *wiring)
{
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        RtStatus status = { .command = command, .arena = arena, .wiring = wiring };
        if (choose(&status) < 0 || rt_status_collect(&status) < 0)
                return RTCTL_TROUBLE;
        if (command->json != RT_JSON_OFF) {
                rt_status_print_json(&status);
        } else {
                if (command->watch)
                        fputs("\033[H\033[2J", stdout);
                else
                        rt_pager_open(command);
                rt_status_print_text(&status);
                rt_pager_close(); /* the messages come after it, not into it */
        }
        return rt_status_has_findings(&status) ? RTCTL_FINDINGS : RTCTL_GOOD;
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
        const RtWiring *wiring = rt_wiring_new(&command->pipeline.model, false);
        int result = answer(command, wiring);
        while (command->watch && result != RTCTL_TROUBLE && fflush(stdout) == 0) {
                (void)sleep(1);
                result = answer(command, wiring);
        }
        if (command->json == RT_JSON_OFF && result != RTCTL_TROUBLE)
                rt_print_diags(command);
        return result == RTCTL_GOOD ? rt_diags_status(command) : result;
}
