/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "board.h"

#include <stdlib.h>
#include <string.h>

/* -- set-up ------------------------------------------------------------------------------------ */

static int compare_pieces(const void *a, const void *b)
{
        const RtPiece *x = a, *y = b;
        if ((x->fixed >= 0) != (y->fixed >= 0))
                return x->fixed >= 0 ? -1 : 1;
        if (x->share != y->share)
                return x->share > y->share ? -1 : 1;
        return (x->task > y->task) - (x->task < y->task);
}

static void add_pieces(RtBoard *board, RtPlayer *player)
{
        const RtContainer *container = player->container;
        player->pieces = rt_alloc_array(board->arena, container->tasks.n, sizeof *player->pieces);
        RT_EACH (task, &container->tasks) {
                if (task->policy == RT_POLICY_OTHER)
                        continue;
                RtPiece *piece = &player->pieces[player->n_pieces++];
                *piece = (RtPiece){
                        .task = task,
                        .owned =
                                rt_task_load(board->platform, container, task, (int)task->priority),
                        .fixed = rt_is_set(&task->item, RT_TASK_CPU) ? (int)task->cpu : -1,
                };
                piece->share = rt_loads_utilisation(&piece->owned.load, 1, 0);
                player->share += piece->share;
                player->has_deadline = player->has_deadline || task->policy == RT_POLICY_DEADLINE;
        }
        qsort(player->pieces, player->n_pieces, sizeof *player->pieces, compare_pieces);
        for (size_t i = 0; i < player->n_pieces; i++) {
                player->pieces[i].owned.load.owner = &player->pieces[i].owned.owner;
                player->pieces[i].seat = board->n_seats++;
        }
        player->riders = rt_interrupt_loads(board->arena, board->platform, container);
        RT_EACH (rider, &player->riders)
                rider->load.owner = &rider->owner;
}

static RtCpuSet candidates_of(const RtPlatform *platform, const RtContainer *container)
{
        RtCpuSet home = rt_container_home(platform, container);
        return rt_is_set(&container->cpus.item, RT_CPUS_ALLOWED)
                       ? rt_cpuset_and(&home, &container->cpus.allowed)
                       : home;
}

static void add_player(RtBoard *board, RtContainer *container)
{
        RtPlayer player = {
                .container = container,
                .candidates = candidates_of(board->platform, container),
        };
        add_pieces(board, &player);
        player.most_cpus = player.has_deadline ? 1 : (size_t)container->cpus.count;
        for (size_t k = 0; k < board->configs.n; k++)
                if (rt_config_has(board->configs.items[k]->config, container->object.name))
                        RT_APPEND(board->arena, &player.configs, k);
        if (player.configs.n == 0)
                RT_APPEND(board->arena, &player.configs, board->alone);
        RT_APPEND(board->arena, &board->players, player);
}

/* Players come in the order of their names. */
static size_t find_player(const RtBoard *board, const char *name)
{
        size_t low = 0, high = board->players.n;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int r = strcmp(board->players.items[middle].container->object.name, name);
                if (r == 0)
                        return middle;
                if (r < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return SIZE_MAX;
}

static void part(RtBoard *board, size_t a, size_t b)
{
        if (a == b)
                return;
        RT_APPEND(board->arena, &board->players.items[a].apart, b);
        RT_APPEND(board->arena, &board->players.items[b].apart, a);
}

static void part_players(RtBoard *board)
{
        for (size_t i = 0; i < board->players.n; i++) {
                const RtTexts *names = &board->players.items[i].container->cpus.separate_from;
                for (size_t k = 0; k < names->n; k++) {
                        size_t other = find_player(board, names->items[k]);
                        if (other != SIZE_MAX)
                                part(board, i, other);
                }
        }
}

void rt_board_init(RtBoard *board, RtPlan *plan, RtEffort *effort)
{
        *board = (RtBoard){
                .arena = plan->arena,
                .platform = &plan->model->platform,
                .effort = effort,
                .rules = rt_platform_rules(&plan->model->platform),
                .alone = plan->configs.n,
        };
        RT_EACH (config, &plan->configs)
                RT_APPEND(board->arena, &board->configs, *config);
        RT_EACH (container, &plan->model->containers)
                if (!(*container)->object.rejected && rt_container_is_realtime(*container))
                        add_player(board, *container);
        part_players(board);
        rt_board_prefer_priorities(board);
        board->cpus = rt_alloc_array(board->arena, RT_CPUS_MAX, sizeof *board->cpus);
        RT_EACH_CPU (cpu, &plan->realtime)
                board->cpus[board->n_cpus++] = cpu;
        board->suspects = rt_alloc_array(board->arena, board->n_cpus + 1, sizeof *board->suspects);
        board->cells = rt_alloc_array(board->arena, board->alone + 1, sizeof *board->cells);
        board->scenarios = rt_alloc_array(board->arena, board->alone + 1, sizeof(RtScenario));
        board->seats = rt_alloc_array(board->arena, (board->alone + 1) * board->n_seats + 1,
                                      sizeof *board->seats);
        board->priorities = rt_alloc_array(board->arena, (board->alone + 1) * board->n_seats + 1,
                                           sizeof *board->priorities);
        rt_board_clear(board);
}

void rt_board_clear(RtBoard *board)
{
        for (size_t i = 0; i < (board->alone + 1) * board->n_seats; i++)
                board->seats[i] = -1;
        for (size_t k = 0; k <= board->alone; k++)
                rt_board_empty_cells(board, k);
}

void rt_board_empty_cells(RtBoard *board, size_t config)
{
        for (size_t c = 0; board->cells[config] && c < board->n_cpus; c++)
                board->cells[config][c].n = board->cells[config][c].n_players = 0;
}

/* -- looking ----------------------------------------------------------------------------------- */

RtScope rt_board_scope(const RtPlayer *player)
{
        return (RtScope){ player->configs.items, player->configs.n };
}

int *rt_board_seat(const RtBoard *board, size_t config, const RtPiece *piece)
{
        return &board->seats[config * board->n_seats + piece->seat];
}

int *rt_board_priority(const RtBoard *board, size_t config, const RtPiece *piece)
{
        return &board->priorities[config * board->n_seats + piece->seat];
}

size_t rt_board_column(const RtBoard *board, int cpu)
{
        size_t low = 0, high = board->n_cpus;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (board->cpus[middle] < cpu)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < board->n_cpus && board->cpus[low] == cpu ? low : board->n_cpus;
}

static RtCell *cell_at(RtBoard *board, size_t config, size_t column)
{
        if (!board->cells[config])
                board->cells[config] =
                        rt_alloc_array(board->arena, board->n_cpus + 1, sizeof(RtCell));
        return &board->cells[config][column];
}

const RtCell *rt_board_cell(const RtBoard *board, size_t config, int cpu)
{
        size_t column = rt_board_column(board, cpu);
        return board->cells[config] && column < board->n_cpus ? &board->cells[config][column]
                                                              : NULL;
}

RtCpuSet rt_board_used(const RtBoard *board, size_t config, const RtPlayer *player)
{
        RtCpuSet used = { 0 };
        const int *seats = rt_board_seat(board, config, player->pieces); /* one after the other */
        int last = -1;                                                   /* mostly the same CPU */
        for (size_t i = 0; i < player->n_pieces; i++)
                if (seats[i] != last && seats[i] >= 0) {
                        last = seats[i];
                        rt_cpuset_add(&used, (unsigned)last);
                }
        return used;
}

static bool is_apart(const RtPlayer *player, size_t other)
{
        RT_EACH (number, &player->apart)
                if (*number == other)
                        return true;
        return false;
}

/* Besides exclusive and separate ones: the kernel takes SCHED_DEADLINE tasks only if they may run
 * on all CPUs of their root domain, so that must be one CPU, and nobody else's reach beyond it. */
const RtPlayer *rt_board_obstacle(const RtBoard *board, size_t config, size_t number, int cpu)
{
        const RtPlayer *player = &board->players.items[number];
        const RtCell *cell = rt_board_cell(board, config, cpu);
        for (size_t i = 0; cell && i < cell->n_players; i++) {
                if (cell->players[i] == number)
                        continue;
                const RtPlayer *other = &board->players.items[cell->players[i]];
                if (player->container->cpus.exclusive || other->container->cpus.exclusive ||
                    is_apart(player, cell->players[i]) ||
                    (player->has_deadline && other->most_cpus > 1) ||
                    (other->has_deadline && player->most_cpus > 1))
                        return other;
        }
        return NULL;
}

/* -- sitting down ------------------------------------------------------------------------------ */

static void insert(RtBoard *board, RtCell *cell, const RtLoad *load)
{
        if (cell->n == cell->room) {
                RtLoad *old = cell->loads;
                cell->room = cell->room ? cell->room * 2 : 8;
                cell->loads = rt_alloc_array(board->arena, cell->room, sizeof *cell->loads);
                if (cell->n > 0)
                        memcpy(cell->loads, old, cell->n * sizeof *old);
        }
        size_t at = cell->n++;
        for (; at > 0 && cell->loads[at - 1].priority < load->priority; at--)
                cell->loads[at] = cell->loads[at - 1];
        cell->loads[at] = *load;
}

static void take_out(RtCell *cell, const void *owner)
{
        size_t left = 0;
        for (size_t i = 0; i < cell->n; i++)
                if (cell->loads[i].owner != owner)
                        cell->loads[left++] = cell->loads[i];
        cell->n = left;
}

static void enter(RtBoard *board, RtCell *cell, size_t number)
{
        if (cell->n_players == cell->players_room) {
                size_t *old = cell->players;
                cell->players_room = cell->players_room ? cell->players_room * 2 : 8;
                cell->players =
                        rt_alloc_array(board->arena, cell->players_room, sizeof *cell->players);
                if (cell->n_players > 0)
                        memcpy(cell->players, old, cell->n_players * sizeof *old);
        }
        cell->players[cell->n_players++] = number;
        RT_EACH (rider, &board->players.items[number].riders)
                insert(board, cell, &rider->load);
}

static void go(RtBoard *board, RtCell *cell, size_t number)
{
        size_t left = 0;
        for (size_t i = 0; i < cell->n_players; i++)
                if (cell->players[i] != number)
                        cell->players[left++] = cell->players[i];
        cell->n_players = left;
        RT_EACH (rider, &board->players.items[number].riders)
                take_out(cell, &rider->owner);
}

static void seat_piece(RtBoard *board, size_t number, size_t piece, int cpu, RtScope scope)
{
        RtPlayer *player = &board->players.items[number];
        size_t column = rt_board_column(board, cpu);
        for (size_t i = 0; i < scope.n; i++) {
                size_t k = scope.configs[i];
                RtCell *cell = cell_at(board, k, column);
                RtCpuSet used = rt_board_used(board, k, player);
                if (!rt_cpuset_has(&used, (unsigned)cpu))
                        enter(board, cell, number);
                insert(board, cell, &player->pieces[piece].owned.load);
                *rt_board_seat(board, k, &player->pieces[piece]) = cpu;
        }
}

void rt_board_force(RtBoard *board, size_t number, size_t piece, int cpu, RtScope scope)
{
        seat_piece(board, number, piece, cpu, scope);
        for (size_t i = 0; i < scope.n; i++)
                cell_at(board, scope.configs[i], rt_board_column(board, cpu))->holds = false;
}

/* Undoes seat_piece(). Windows of cells that did not hold are as they were before. */
static void take_back(RtBoard *board, size_t number, size_t piece, RtScope scope)
{
        RtPlayer *player = &board->players.items[number];
        for (size_t i = 0; i < scope.n; i++) {
                size_t k = scope.configs[i];
                int *seat = rt_board_seat(board, k, &player->pieces[piece]), cpu = *seat;
                if (cpu < 0)
                        continue;
                RtCell *cell = cell_at(board, k, rt_board_column(board, cpu));
                take_out(cell, &player->pieces[piece].owned.owner);
                if (cell->grown)
                        rt_board_cell_shrunk(cell);
                *seat = -1;
                RtCpuSet used = rt_board_used(board, k, player);
                if (!rt_cpuset_has(&used, (unsigned)cpu))
                        go(board, cell, number);
        }
}

void rt_board_leave(RtBoard *board, size_t number, size_t piece, RtScope scope)
{
        RtPlayer *player = &board->players.items[number];
        for (size_t i = 0; i < scope.n; i++) {
                int cpu = *rt_board_seat(board, scope.configs[i], &player->pieces[piece]);
                if (cpu >= 0)
                        cell_at(board, scope.configs[i], rt_board_column(board, cpu))->grown = true;
        }
        take_back(board, number, piece, scope);
}

static bool is_candidate(const RtBoard *board, const RtPlayer *player, size_t piece, int cpu,
                         RtScope scope)
{
        int fixed = player->pieces[piece].fixed;
        if (fixed >= 0 ? fixed != cpu : !rt_cpuset_has(&player->candidates, (unsigned)cpu))
                return false;
        for (size_t s = 0; s < scope.n; s++) {
                RtCpuSet used = rt_board_used(board, scope.configs[s], player);
                if (!rt_cpuset_has(&used, (unsigned)cpu) &&
                    rt_cpuset_count(&used) >= player->most_cpus)
                        return false;
        }
        return true;
}

static bool is_blocked(const RtBoard *board, size_t number, int cpu, RtScope scope)
{
        for (size_t s = 0; s < scope.n; s++)
                if (rt_board_obstacle(board, scope.configs[s], number, cpu))
                        return true;
        return false;
}

/* The most urgent priority that the player's pieces on the CPU hit: their own, unless they have
 * interrupts, which hit all. */
static int reach_of(const RtPlayer *player, size_t first, size_t n)
{
        int level = 0;
        for (size_t i = first; i < first + n; i++) {
                const RtLoad *load = &player->pieces[i].owned.load;
                if (load->interrupt > 0 || player->riders.n > 0)
                        return RT_LEVEL_MACHINE;
                if (load->priority > level)
                        level = load->priority;
        }
        return level;
}

/* Seats `n` pieces from `first` on, if all holds; else nothing changes. */
static bool sit(RtBoard *board, size_t number, size_t first, size_t n, int cpu, RtScope scope)
{
        const RtPlayer *player = &board->players.items[number];
        for (size_t i = first; i < first + n; i++)
                if (!is_candidate(board, player, i, cpu, scope))
                        return false;
        if (is_blocked(board, number, cpu, scope))
                return false;
        for (size_t i = first; i < first + n; i++)
                seat_piece(board, number, i, cpu, scope);
        const size_t column = rt_board_column(board, cpu);
        for (size_t s = 0; s < scope.n; s++) /* coming and going is work, too */
                board->effort->left -= (int64_t)(n + cell_at(board, scope.configs[s], column)->n);
        RtVerdict verdict = rt_board_cpu_holds(board, cpu, scope, reach_of(player, first, n));
        for (size_t s = 0; s < scope.n && verdict == RT_MET; s++) {
                RtCell *cell = cell_at(board, scope.configs[s], column);
                cell->holds = cell->grown;
        }
        if (verdict == RT_MET)
                return true;
        board->undecided = board->undecided || verdict == RT_UNDECIDED;
        for (size_t i = first; i < first + n; i++)
                take_back(board, number, i, scope);
        return false;
}

bool rt_board_sit(RtBoard *board, size_t number, size_t piece, int cpu, RtScope scope)
{
        return sit(board, number, piece, 1, cpu, scope);
}

bool rt_board_sit_all(RtBoard *board, size_t number, int cpu, RtScope scope)
{
        return sit(board, number, 0, board->players.items[number].n_pieces, cpu, scope);
}
