/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtctl status: what runs, beside what is declared. */

#include <unistd.h>

#include "status.h"

/* The channels that are asked for; -1 after a message if one is not there. */
static int choose(RtStatus *status)
{
        const RtCommand *command = status->command;
        const RtModel *model = &command->pipeline.model;
        for (int i = 0; i < command->n_names; i++) {
                const RtChannel *channel = rt_model_channel(model, command->names[i]);
                if (!channel) {
                        fprintf(stderr, "rtctl: there is no channel \"%s\"; see rtctl list\n",
                                command->names[i]);
                        return -1;
                }
                RT_APPEND(status->arena, &status->channels, (RtChannelStatus){ channel });
        }
        RT_EACH (channel, &model->channels)
                if (command->n_names == 0)
                        RT_APPEND(status->arena, &status->channels, (RtChannelStatus){ *channel });
        return 0;
}

/* One answer, with memory of its own: --watch gives many. */
static int answer(RtCommand *command)
{
        RT_CLEANUP_ARENA RtArena *arena = rt_arena_new();
        RtStatus status = { .command = command, .arena = arena };
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
        int result = answer(command);
        while (command->watch && result != RTCTL_TROUBLE && fflush(stdout) == 0) {
                (void)sleep(1);
                result = answer(command);
        }
        if (command->json == RT_JSON_OFF && result != RTCTL_TROUBLE)
                rt_print_diags(command);
        return result == RTCTL_GOOD ? rt_diags_status(command) : result;
}
