/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* SCHED_FIFO priorities: one order for all configs wherever there is one, so that no container has
 * to restart for its priority's sake. */

#include <stdlib.h>
#include <string.h>

#include "board.h"

/* -- the preferred ones ------------------------------------------------------------------------ */

/* Free SCHED_FIFO tasks by D - J over all CPUs: the most urgent gets the top of the band, equal
 * ones share a level, and with more of them than levels neighbours do. */
static int compare_free(const void *a, const void *b)
{
        int64_t x = rt_urgency(&(*(RtPiece *const *)a)->owned.load);
        int64_t y = rt_urgency(&(*(RtPiece *const *)b)->owned.load);
        return (x > y) - (x < y);
}

void rt_board_prefer_priorities(RtBoard *board)
{
        RT_LIST(RtPiece *) open = { 0 };
        RT_EACH (player, &board->players)
                for (size_t i = 0; i < player->n_pieces; i++) {
                        RtPiece *piece = &player->pieces[i];
                        if (piece->task->policy == RT_POLICY_FIFO &&
                            !rt_is_set(&piece->task->item, RT_TASK_PRIORITY))
                                RT_APPEND(board->arena, &open, piece);
                }
        if (open.n == 0)
                return;
        qsort(open.items, open.n, sizeof *open.items, compare_free);
        size_t ranks = 1, rank = 0;
        for (size_t i = 1; i < open.n; i++)
                ranks += compare_free(&open.items[i - 1], &open.items[i]) != 0;
        const RtPriorities *band = &board->platform->priorities;
        size_t levels = band->max >= band->min ? (size_t)(band->max - band->min) + 1 : 1;
        for (size_t i = 0; i < open.n; i++) {
                if (i > 0 && compare_free(&open.items[i - 1], &open.items[i]) != 0)
                        rank++;
                size_t down = ranks <= levels ? rank : rank * levels / ranks;
                open.items[i]->owned.load.priority = (int)(band->max - (int64_t)down);
        }
}

/* -- those of one CPU -------------------------------------------------------------------------- */

/* The owners are the board's own, so they may be marked. */
static RtLoadOwner *owner_of(const RtLoad *load)
{
        return (RtLoadOwner *)load->owner;
}

/* The piece whose load it is. */
static const RtPiece *piece_of(const RtLoad *load)
{
        return (const RtPiece *)(const void *)((const char *)load->owner -
                                               offsetof(RtPiece, owned.owner));
}

static bool is_free(const RtLoad *load)
{
        const RtLoadOwner *owner = load->owner;
        return owner->kind == RT_LOAD_TASK && owner->task->policy == RT_POLICY_FIFO &&
               !rt_is_set(&owner->task->item, RT_TASK_PRIORITY);
}

static int compare_indexes(const void *a, const void *b)
{
        size_t x = *(const size_t *)a, y = *(const size_t *)b;
        return (x > y) - (x < y);
}

/* Scratch memory of the board grows by doubling. */
static void *grown(RtBoard *board, void *old, size_t *room, size_t n, size_t size)
{
        if (n <= *room)
                return old;
        *room = n * 2;
        return rt_alloc_array(board->arena, *room, size);
}

/* Counts what sits on the CPU in the scope, and marks it as not seen yet. */
static size_t unmark(const RtBoard *board, int cpu, RtScope scope)
{
        size_t n = 0;
        for (size_t s = 0; s < scope.n; s++) {
                const RtCell *cell = rt_board_cell(board, scope.configs[s], cpu);
                for (size_t i = 0; cell && i < cell->n; i++)
                        owner_of(&cell->loads[i])->mark = SIZE_MAX;
                n += cell ? cell->n : 0;
        }
        return n;
}

/* The tasks of all configs of the scope on that CPU, each once, and who runs together. The kernel's
 * part of a config, which no task of its own stands for, is one more contender. */
static RtAssignment gather(RtBoard *board, int cpu, RtScope scope)
{
        size_t total = unmark(board, cpu, scope) + scope.n, used = 0;
        board->contenders = grown(board, board->contenders, &board->contenders_room, total,
                                  sizeof *board->contenders);
        board->members =
                grown(board, board->members, &board->members_room, total, sizeof *board->members);
        RtAssignment assignment = {
                .contenders = board->contenders,
                .scenarios = board->scenarios,
                .min = (int)board->platform->priorities.min,
                .max = (int)board->platform->priorities.max,
        };
        for (size_t s = 0; s < scope.n; s++) {
                const RtCell *cell = rt_board_cell(board, scope.configs[s], cpu);
                size_t *members = &board->members[used], n = 0;
                bool in_order = true;
                for (size_t i = 0; cell && i < cell->n; i++) {
                        RtLoadOwner *owner = owner_of(&cell->loads[i]);
                        if (owner->mark == SIZE_MAX) {
                                owner->mark = assignment.n;
                                board->contenders[assignment.n++] = (RtContender){
                                        .load = cell->loads[i],
                                        .fixed = !is_free(&cell->loads[i]),
                                };
                        }
                        in_order = in_order && (n == 0 || members[n - 1] < owner->mark);
                        members[n++] = owner->mark;
                }
                RtLoad kernel;
                if (cell && rt_kernel_load(cell->loads, cell->n, &board->rules, &kernel)) {
                        members[n++] = assignment.n;
                        board->contenders[assignment.n++] =
                                (RtContender){ .load = kernel, .fixed = true };
                }
                if (!in_order)
                        qsort(members, n, sizeof *members, compare_indexes);
                if (n > 0)
                        board->scenarios[assignment.n_scenarios++] = (RtScenario){ members, n };
                used += n;
        }
        return assignment;
}

void rt_board_cell_shrunk(RtCell *cell)
{
        for (size_t i = 0; i < cell->n; i++)
                cell->loads[i].window = 0;
        cell->grown = false;
}

/* Whether the preferred priorities do; *ret_else if not: whether others might. */
static RtVerdict preferred_hold(RtBoard *board, int cpu, RtScope scope, int level, bool *ret_else)
{
        *ret_else = false;
        for (size_t s = 0; s < scope.n; s++) {
                RtCell *cell = (RtCell *)rt_board_cell(board, scope.configs[s], cpu);
                if (!cell || cell->n == 0)
                        continue;
                RtCpuVerdict one =
                        rt_cpu_verdict_grown(board->effort, cell->loads, cell->n, &board->rules,
                                             cell->holds ? level : RT_LEVEL_MACHINE);
                cell->grown = one.verdict == RT_MET;
                if (one.verdict == RT_MET)
                        continue;
                if (one.reason != RT_CPU_RESPONSE) {
                        *ret_else = false;
                        return one.verdict;
                }
                *ret_else = true; /* unless another config has a reason that none can mend */
        }
        return *ret_else ? RT_MISSED : RT_MET;
}

RtVerdict rt_board_cpu_holds(RtBoard *board, int cpu, RtScope scope, int level)
{
        bool others;
        RtVerdict verdict = preferred_hold(board, cpu, scope, level, &others);
        if (!others)
                return verdict;
        /* One order for all configs, also for those that the move leaves as they are. */
        size_t *all =
                rt_effort_room(board->effort, RT_ROOM_SCOPE, (board->alone + 1) * sizeof *all);
        RtScope whole = { all, 0 };
        for (size_t k = 0; k <= board->alone; k++)
                if (board->cells[k])
                        all[whole.n++] = k;
        RtAssignment assignment = gather(board, cpu, board->by_config ? scope : whole);
        const void **suspect = &board->suspects[rt_board_column(board, cpu)];
        assignment.suspect = *suspect;
        verdict = rt_assign_priorities(board->effort, &assignment);
        *suspect = assignment.suspect;
        return verdict;
}

RtVerdict rt_board_priorities(RtBoard *board, int cpu, RtScope scope, RtNumbered **ret,
                              size_t *ret_n)
{
        bool others;
        RtVerdict verdict = preferred_hold(board, cpu, scope, RT_LEVEL_MACHINE, &others);
        RtAssignment assignment = gather(board, cpu, scope);
        if (others)
                verdict = rt_assign_priorities(board->effort, &assignment);
        RT_LIST(RtNumbered) list = { 0 };
        for (size_t i = 0; i < assignment.n; i++) {
                const RtLoad *load = &assignment.contenders[i].load;
                if (load->owner && ((const RtLoadOwner *)load->owner)->kind == RT_LOAD_TASK)
                        RT_APPEND(board->arena, &list,
                                  (RtNumbered){ piece_of(load), load->priority });
        }
        *ret = list.items;
        *ret_n = list.n;
        return verdict;
}
