/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Placement of tasks on CPUs. First all containers for all their configs at once, so that each has
 * one place and is carried over by every switch: by the usual rules of thumb, then by search. Only
 * if there is no such placement, each config by itself. */

#include "placement.h"

#include <stdlib.h>
#include <string.h>

#include "miss.h"
#include "plan-internal.h"

/* -- one container ----------------------------------------------------------------------------- */

/* Load of the fullest cell of the CPU in the scope. */
static int64_t fill(const RtBoard *board, int cpu, RtScope scope)
{
        int64_t most = 0;
        for (size_t s = 0; s < scope.n; s++) {
                const RtCell *cell = rt_board_cell(board, scope.configs[s], cpu);
                int64_t one = cell ? rt_loads_utilisation(cell->loads, cell->n, 0) : 0;
                if (one > most)
                        most = one;
        }
        return most;
}

typedef struct Choice {
        int cpu;
        bool elsewhere; /* the player sits there in another config */
        int64_t fill;
} Choice;

static int compare_choices(const void *a, const void *b)
{
        const Choice *x = a, *y = b;
        if (x->elsewhere != y->elsewhere)
                return x->elsewhere ? -1 : 1;
        if (x->fill != y->fill)
                return x->fill < y->fill ? -1 : 1;
        return (x->cpu > y->cpu) - (x->cpu < y->cpu);
}

/* The CPUs in the order in which they are to be tried: those that the player has in other configs,
 * so that it may be carried over, then as `fit` says. */
static Choice *choices(RtBoard *board, const RtPlayer *player, RtScope scope, RtFit fit)
{
        Choice *list =
                rt_effort_room(board->effort, RT_ROOM_CHOICES, (board->n_cpus + 1) * sizeof *list);
        RtCpuSet elsewhere = { 0 };
        bool any = false;
        RT_EACH (k, &player->configs) {
                RtCpuSet used = rt_board_used(board, *k, player);
                elsewhere = rt_cpuset_or(&elsewhere, &used);
                any = any || !rt_cpuset_is_empty(&used);
        }
        for (size_t c = 0; c < board->n_cpus; c++) {
                int cpu = board->cpus[c];
                list[c] = (Choice){ cpu, rt_cpuset_has(&elsewhere, (unsigned)cpu),
                                    fit == RT_WORST_FIT ? fill(board, cpu, scope) : 0 };
        }
        if (any || fit == RT_WORST_FIT)
                qsort(list, board->n_cpus, sizeof *list, compare_choices);
        return list;
}

static void leave_all(RtBoard *board, size_t number, RtScope scope)
{
        for (size_t i = 0; i < board->players.items[number].n_pieces; i++)
                rt_board_leave(board, number, i, scope);
}

/* A piece on a CPU that the container has already, else on another. */
static bool seat_piece(RtBoard *board, size_t number, size_t piece, RtScope scope, RtFit fit)
{
        const RtPlayer *player = &board->players.items[number];
        RtCpuSet used = rt_board_used(board, scope.configs[0], player);
        RT_EACH_CPU (cpu, &used)
                if (rt_board_sit(board, number, piece, cpu, scope))
                        return true;
        Choice *list = choices(board, player, scope, fit);
        for (size_t c = 0; c < board->n_cpus; c++)
                if (rt_board_sit(board, number, piece, list[c].cpu, scope))
                        return true;
        return false;
}

int rt_placement_seat(RtBoard *board, size_t number, RtScope scope, RtFit fit)
{
        const RtPlayer *player = &board->players.items[number];
        Choice *list = choices(board, player, scope, fit);
        if (player->most_cpus == 1) {
                for (size_t c = 0; c < board->n_cpus; c++)
                        if (rt_board_sit_all(board, number, list[c].cpu, scope))
                                return 0;
                return -1;
        }
        for (size_t i = 0; i < player->n_pieces; i++)
                if (!seat_piece(board, number, i, scope, fit)) {
                        leave_all(board, number, scope);
                        return -1;
                }
        return 0;
}

void rt_placement_seat_anyway(RtBoard *board, size_t number, RtScope scope)
{
        const RtPlayer *player = &board->players.items[number];
        for (size_t i = 0; i < player->n_pieces; i++) {
                RtCpuSet used = rt_board_used(board, scope.configs[0], player);
                bool full = rt_cpuset_count(&used) >= player->most_cpus;
                const RtCpuSet *allowed = full ? &used : &player->candidates;
                int best = player->pieces[i].fixed;
                RT_EACH_CPU (cpu, allowed)
                        if (player->pieces[i].fixed < 0 &&
                            (best < 0 || fill(board, cpu, scope) < fill(board, best, scope)))
                                best = cpu;
                if (best >= 0)
                        rt_board_force(board, number, i, best, scope);
        }
}

/* -- orders ------------------------------------------------------------------------------------ */

typedef enum Order { BY_SHARE, BY_FREEDOM } Order;

static bool is_fixed(const RtPlayer *player)
{
        return player->pieces[0].fixed >= 0; /* fixed pieces come first */
}

static int compare_players(const RtBoard *board, size_t a, size_t b, Order order)
{
        const RtPlayer *x = &board->players.items[a], *y = &board->players.items[b];
        if (is_fixed(x) != is_fixed(y))
                return is_fixed(x) ? -1 : 1;
        if (order == BY_FREEDOM) {
                unsigned nx = rt_cpuset_count(&x->candidates), ny = rt_cpuset_count(&y->candidates);
                if (nx != ny)
                        return nx < ny ? -1 : 1;
                if (x->container->cpus.exclusive != y->container->cpus.exclusive)
                        return x->container->cpus.exclusive ? -1 : 1;
                if (x->apart.n != y->apart.n)
                        return x->apart.n > y->apart.n ? -1 : 1;
        }
        if (x->share != y->share)
                return x->share > y->share ? -1 : 1;
        return (a > b) - (a < b); /* players come by name */
}

static int compare_by_share(const void *a, const void *b, void *board)
{
        return compare_players(board, *(const size_t *)a, *(const size_t *)b, BY_SHARE);
}

static int compare_by_freedom(const void *a, const void *b, void *board)
{
        return compare_players(board, *(const size_t *)a, *(const size_t *)b, BY_FREEDOM);
}

/* All players, or those of one config. */
static RtQueue make_queue(RtBoard *board, const RtScope *only, Order order)
{
        RtQueue queue = { 0 };
        for (size_t i = 0; i < board->players.n; i++) {
                bool wanted = !only;
                RT_EACH (k, &board->players.items[i].configs)
                        wanted = only ? wanted || *k == only->configs[0]
                                      : wanted && *k != board->alone;
                if (wanted)
                        RT_APPEND(board->arena, &queue, i);
        }
        if (queue.n > 1)
                qsort_r(queue.items, queue.n, sizeof *queue.items,
                        order == BY_SHARE ? compare_by_share : compare_by_freedom, board);
        return queue;
}

/* -- all containers ---------------------------------------------------------------------------- */

static void empty_seats(RtBoard *board, const RtQueue *queue, const RtScope *only)
{
        RT_EACH (number, queue)
                leave_all(board, *number,
                          only ? *only : rt_board_scope(&board->players.items[*number]));
}

/* Seats the queue; on failure *ret_player has found no seat. */
static bool seat_queue(RtBoard *board, const RtQueue *queue, const RtScope *only, RtFit fit,
                       size_t *ret_player)
{
        RT_EACH (number, queue) {
                RtScope scope = only ? *only : rt_board_scope(&board->players.items[*number]);
                if (rt_placement_seat(board, *number, scope, fit) < 0) {
                        *ret_player = *number;
                        return false;
                }
        }
        return true;
}

/* The quick ways, then the search. In the end all or none of the players sit. */
static RtVerdict seat_all(RtBoard *board, const RtScope *only)
{
        static const struct {
                Order order;
                RtFit fit;
        } ways[] = {
                { BY_SHARE, RT_FIRST_FIT },
                { BY_FREEDOM, RT_FIRST_FIT },
                { BY_SHARE, RT_WORST_FIT },
                { BY_FREEDOM, RT_WORST_FIT },
        };
        RtQueue queue = { 0 };
        size_t failed;
        for (size_t i = 0; i < RT_ELEMENTS(ways); i++) {
                queue = make_queue(board, only, ways[i].order);
                if (seat_queue(board, &queue, only, ways[i].fit, &failed))
                        return RT_MET;
                empty_seats(board, &queue, only);
        }
        RtVerdict verdict = rt_board_search(board, &queue, only);
        if (verdict != RT_MET)
                empty_seats(board, &queue, only);
        return verdict;
}

/* Everybody sits in the config as well as can be. Returns the first who found no place, SIZE_MAX if
 * all did; `ret_refusal`, if not NULL, says why, as the board stood then. */
static size_t seat_as_can_be(RtBoard *board, size_t config, RtVerdict proof, RtRefusal *ret_refusal)
{
        const RtScope only = { &config, 1 };
        RtQueue queue = make_queue(board, &only, BY_SHARE);
        size_t first = SIZE_MAX;
        RT_EACH (number, &queue) {
                if (rt_placement_seat(board, *number, only, RT_FIRST_FIT) == 0)
                        continue;
                if (first == SIZE_MAX && !board->players.items[*number].is_reported) {
                        first = *number;
                        if (ret_refusal)
                                *ret_refusal = rt_placement_refusal(board, config, *number, proof);
                }
                rt_placement_seat_anyway(board, *number, only);
        }
        return first;
}

/* Reports the config, and keeps for show what can be said of it. */
static void refuse(RtBoard *board, RtPlan *plan, RtDiags *diags, size_t config, RtVerdict proof)
{
        RtRefusal refusal;
        bool is_new = seat_as_can_be(board, config, proof, &refusal) != SIZE_MAX;
        RtConfigPlan *shown = rt_placement_show(board, plan, config);
        if (is_new)
                rt_placement_report(plan, &refusal, rt_plan_timing(plan, shown), diags);
        if (shown->config->object.rejected)
                RT_APPEND(plan->arena, &plan->refused, shown);
}

static bool seat_by_config(RtBoard *board, RtPlan *plan, RtDiags *diags)
{
        const size_t errors = diags->n_errors;
        board->by_config = true;
        for (size_t k = 0; k < board->configs.n; k++) {
                const RtScope only = { &k, 1 };
                RtVerdict verdict = seat_all(board, &only);
                if (verdict != RT_MET)
                        refuse(board, plan, diags, k, verdict);
        }
        return diags->n_errors == errors;
}

/* Its priorities are those that hold for it alone, which are nobody else's. */
static void number_alone(RtBoard *board, RtPlayer *player, RtScope alone)
{
        RtCpuSet used = rt_board_used(board, board->alone, player);
        RT_EACH_CPU (cpu, &used) {
                RtNumbered *list;
                size_t n;
                if (rt_board_priorities(board, cpu, alone, &list, &n) != RT_MET)
                        continue;
                for (size_t i = 0; i < n; i++)
                        player->pieces[list[i].piece - player->pieces].owned.load.priority =
                                list[i].priority;
        }
}

/* Containers that are in no config: each as if it were alone. */
static void seat_alone(RtBoard *board)
{
        const RtScope alone = { &board->alone, 1 };
        for (size_t i = 0; i < board->players.n; i++) {
                RtPlayer *player = &board->players.items[i];
                if (player->configs.items[0] != board->alone)
                        continue;
                if (rt_placement_seat(board, i, alone, RT_FIRST_FIT) == 0)
                        number_alone(board, player, alone);
                else
                        rt_placement_seat_anyway(board, i, alone);
                rt_board_empty_cells(board, board->alone);
        }
}

/* -- rounds ------------------------------------------------------------------------------------ */

/* Takes in the configs that are still accepted. */
static void begin_round(RtPlan *plan, RtModel *model)
{
        plan->instances.n = 0;
        plan->configs.n = 0;
        RT_EACH (config, &model->configs) {
                if ((*config)->object.rejected)
                        continue;
                RtConfigPlan *config_plan = rt_alloc(plan->arena, sizeof *config_plan);
                config_plan->config = *config;
                config_plan->load =
                        rt_alloc_array(plan->arena, RT_CPUS_MAX, sizeof *config_plan->load);
                RT_APPEND(plan->arena, &plan->configs, config_plan);
        }
}

/* One config by itself on the board, for show. */
static RtConfigPlan *show_alone(RtBoard *board, RtPlan *plan, size_t config)
{
        const RtScope only = { &config, 1 };
        RtQueue queue = make_queue(board, &only, BY_SHARE);
        seat_as_can_be(board, config, RT_UNDECIDED, NULL);
        RtConfigPlan *shown = rt_placement_show(board, plan, config);
        empty_seats(board, &queue, &only);
        return shown;
}

static RtVerdict fits_alone(RtBoard *board, size_t number)
{
        const RtScope scope = { board->players.items[number].configs.items, 1 };
        const RtQueue queue = { &number, 1 };
        RtVerdict verdict = rt_placement_seat(board, number, scope, RT_FIRST_FIT) == 0
                                    ? RT_MET
                                    : rt_board_search(board, &queue, &scope);
        leave_all(board, number, scope);
        return verdict;
}

/* Reports containers that do not even fit an empty machine. Whether all do. */
static bool check_alone(RtBoard *board, RtPlan *plan, RtDiags *diags)
{
        const size_t errors = diags->n_errors;
        for (size_t i = 0; i < board->players.n; i++) {
                size_t config = board->players.items[i].configs.items[0];
                RtVerdict verdict = fits_alone(board, i);
                if (verdict == RT_MET)
                        continue;
                const char *repairs = NULL;
                if (config != board->alone)
                        repairs = rt_repairs_text(
                                plan, rt_plan_timing(plan, show_alone(board, plan, config)));
                rt_placement_report_alone(board, i, verdict, repairs, diags);
        }
        for (size_t k = 0; k < board->configs.n; k++)
                if (board->configs.items[k]->config->object.rejected)
                        RT_APPEND(plan->arena, &plan->refused, show_alone(board, plan, k));
        return diags->n_errors == errors;
}

void rt_plan_place(RtPlan *plan, RtModel *model, const RtStoredPlan *stored, RtDiags *diags)
{
        RtBoard board;
        bool done = false;
        if (stored) {
                begin_round(plan, model);
                rt_board_init(&board, plan, &plan->effort);
                plan->recalled = rt_board_recall(&board, stored);
                if (plan->recalled) {
                        rt_placement_commit(&board, plan);
                        return;
                }
        }
        for (bool first = true; !done; first = false) {
                begin_round(plan, model);
                rt_board_init(&board, plan, &plan->effort);
                /* Each round but the last rejects something, so they come to an end. What is
                 * rejected makes room for others. */
                if (first && !check_alone(&board, plan, diags))
                        continue;
                done = seat_all(&board, NULL) == RT_MET || seat_by_config(&board, plan, diags);
        }
        seat_alone(&board);
        rt_placement_commit(&board, plan);
}
