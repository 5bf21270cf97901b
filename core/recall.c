/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A stored plan on the board: everybody sits where they sat, if that holds still. */

#include "placement.h"

/* Where the task sits in that config: in an instance for it alone, or in the shared one. */
static const RtStoredSeat *find_seat(const RtBoard *board, const RtStoredPlan *stored,
                                     const RtPlayer *player, size_t config, const RtPiece *piece)
{
        const char *name = player->container->object.name;
        const RtStoredSeat *own = NULL;
        if (config != board->alone)
                own = rt_stored_plan_find(
                        stored,
                        rt_printf(board->arena, "%s--%s", name,
                                  board->configs.items[config]->config->object.name),
                        piece->task->name);
        return own ? own : rt_stored_plan_find(stored, name, piece->task->name);
}

/* What the analysis does not ask, because no search would try it. */
static bool is_allowed(const RtBoard *board, const RtPlayer *player, const RtPiece *piece,
                       const RtStoredSeat *seat)
{
        const RtPriorities *band = &board->platform->priorities;
        if (piece->fixed >= 0 ? piece->fixed != seat->cpu
                              : !rt_cpuset_has(&player->candidates, (unsigned)seat->cpu))
                return false;
        if (piece->task->policy != RT_POLICY_FIFO)
                return seat->priority == 0;
        return rt_is_set(&piece->task->item, RT_TASK_PRIORITY)
                       ? seat->priority == piece->task->priority
                       : seat->priority >= band->min && seat->priority <= band->max;
}

/* Seats the player in one config; whether that was possible by the rules. */
static bool seat_player(RtBoard *board, const RtStoredPlan *stored, size_t number, size_t config)
{
        const RtScope only = { &config, 1 };
        RtPlayer *player = &board->players.items[number];
        for (size_t i = 0; i < player->n_pieces; i++) {
                RtPiece *piece = &player->pieces[i];
                const RtStoredSeat *seat = find_seat(board, stored, player, config, piece);
                if (!seat || !is_allowed(board, player, piece, seat) ||
                    rt_board_obstacle(board, config, number, seat->cpu))
                        return false;
                if (piece->task->policy == RT_POLICY_FIFO)
                        piece->owned.load.priority = seat->priority;
                *rt_board_priority(board, config, piece) = seat->priority;
                rt_board_force(board, number, i, seat->cpu, only);
        }
        RtCpuSet used = rt_board_used(board, config, player);
        return rt_cpuset_count(&used) <= player->most_cpus;
}

static bool holds(const RtBoard *board, size_t config)
{
        for (size_t c = 0; c < board->n_cpus; c++) {
                const RtCell *cell = rt_board_cell(board, config, board->cpus[c]);
                if (cell &&
                    rt_cpu_verdict(board->effort, cell->loads, cell->n, &board->rules).verdict !=
                            RT_MET)
                        return false;
        }
        return true;
}

bool rt_board_recall(RtBoard *board, const RtStoredPlan *stored)
{
        for (size_t i = 0; i < board->players.n; i++)
                RT_EACH (k, &board->players.items[i].configs) {
                        if (!seat_player(board, stored, i, *k))
                                return false;
                        if (*k != board->alone)
                                continue;
                        if (!holds(board, *k))
                                return false;
                        rt_board_empty_cells(board, *k);
                }
        for (size_t k = 0; k < board->configs.n; k++)
                if (!holds(board, k))
                        return false;
        return true;
}
