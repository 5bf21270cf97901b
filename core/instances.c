/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the board to the plan: priorities, and as few instances of each container as will do. */

#include <stdlib.h>
#include <string.h>

#include "placement.h"

typedef struct Seating {
        RtBoard *board;
        RtPlan *plan;
} Seating;

static int *priority_at(const Seating *seating, size_t config, const RtPiece *piece)
{
        return rt_board_priority(seating->board, config, piece);
}

/* -- priorities -------------------------------------------------------------------------------- */

/* Whether there are priorities for the CPU in the scope; if so, they are noted. */
static bool number_cpu(Seating *seating, int cpu, RtScope scope)
{
        RtNumbered *list;
        size_t n;
        if (rt_board_priorities(seating->board, cpu, scope, &list, &n) != RT_MET)
                return false;
        for (size_t s = 0; s < scope.n; s++)
                for (size_t i = 0; i < n; i++)
                        if (*rt_board_seat(seating->board, scope.configs[s], list[i].piece) == cpu)
                                *priority_at(seating, scope.configs[s], list[i].piece) =
                                        list[i].priority;
        return true;
}

static void prefer_in(Seating *seating, size_t config)
{
        RT_EACH (player, &seating->board->players)
                for (size_t i = 0; i < player->n_pieces; i++)
                        *priority_at(seating, config, &player->pieces[i]) =
                                player->pieces[i].owned.load.priority;
}

/* One order for all these configs, else one for each; where nothing holds, the preferred one. */
static void number_all(Seating *seating, RtScope scope)
{
        RtBoard *board = seating->board;
        for (size_t s = 0; s < scope.n; s++)
                prefer_in(seating, scope.configs[s]);
        for (size_t c = 0; c < board->n_cpus; c++) {
                if (number_cpu(seating, board->cpus[c], scope))
                        continue;
                for (size_t s = 0; s < scope.n; s++)
                        number_cpu(seating, board->cpus[c], (RtScope){ &scope.configs[s], 1 });
        }
}

/* What was found on the way must not be lost because the run's work is used up in the end. */
static void number_for_good(Seating *seating)
{
        RtBoard *board = seating->board;
        RtEffort *used_up = board->effort, again = RT_EFFORT(board->arena);
        size_t *configs = rt_alloc_array(board->arena, board->configs.n + 1, sizeof *configs);
        for (size_t k = 0; k < board->configs.n; k++)
                configs[k] = k;
        board->effort = &again;
        prefer_in(seating, board->alone);
        number_all(seating, (RtScope){ configs, board->configs.n });
        board->effort = used_up;
}

/* -- instances --------------------------------------------------------------------------------- */

static RtInstance *new_instance(RtArena *arena, RtContainer *container, const RtConfig *only)
{
        RtInstance *instance = rt_alloc(arena, sizeof *instance);
        const char *name = container->object.name;
        instance->container = container;
        instance->only = only;
        instance->stem = only ? rt_printf(arena, "%s--%s", name, only->object.name) : name;
        instance->unit = rt_printf(arena, "rt-%s.service", instance->stem);
        RT_EACH (task, &container->tasks)
                RT_APPEND(arena, &instance->tasks, (RtTaskPlan){ .task = task, .cpu = -1 });
        return instance;
}

/* The instance of the player as it sits in that config. */
static RtInstance *seated_instance(const Seating *seating, const RtPlayer *player, size_t config,
                                   const RtConfig *only)
{
        RtInstance *instance = new_instance(seating->board->arena, player->container, only);
        instance->cpus = rt_board_used(seating->board, config, player);
        for (size_t i = 0; i < player->n_pieces; i++) {
                const RtPiece *piece = &player->pieces[i];
                RtTaskPlan *task =
                        &instance->tasks.items[piece->task - player->container->tasks.items];
                task->cpu = *rt_board_seat(seating->board, config, piece);
                if (piece->task->policy == RT_POLICY_FIFO)
                        task->priority = *priority_at(seating, config, piece);
        }
        return instance;
}

static void join(const Seating *seating, RtConfigPlan *config, RtInstance *instance,
                 const RtPlayer *player)
{
        RT_APPEND(seating->board->arena, &config->members, instance);
        for (size_t i = 0; player && i < player->n_pieces; i++) {
                int cpu = instance->tasks
                                  .items[player->pieces[i].task - player->container->tasks.items]
                                  .cpu;
                config->load[cpu] += player->pieces[i].share;
        }
}

static bool sits_alike(const Seating *seating, const RtPlayer *player, size_t a, size_t b)
{
        for (size_t i = 0; i < player->n_pieces; i++)
                if (*rt_board_seat(seating->board, a, &player->pieces[i]) !=
                    *rt_board_seat(seating->board, b, &player->pieces[i]))
                        return false;
        return true;
}

static bool is_alike(const Seating *seating, const RtPlayer *player, size_t a, size_t b)
{
        for (size_t i = 0; i < player->n_pieces; i++)
                if (*priority_at(seating, a, &player->pieces[i]) !=
                    *priority_at(seating, b, &player->pieces[i]))
                        return false;
        return sits_alike(seating, player, a, b);
}

/* Of the player's configs the one that most others are like; *ret_like says how many, itself
 * included. */
static size_t most_common(const Seating *seating, const RtPlayer *player, size_t *ret_like)
{
        size_t best = player->configs.items[0];
        *ret_like = 0;
        RT_EACH (a, &player->configs) {
                size_t like = 0;
                RT_EACH (b, &player->configs)
                        like += is_alike(seating, player, *a, *b);
                if (like > *ret_like) {
                        best = *a;
                        *ret_like = like;
                }
        }
        return best;
}

/* Why the player's instance is for that config only. */
static const char *why_only(const Seating *seating, const RtPlayer *player, size_t config)
{
        RT_EACH (other, &player->configs)
                if (!sits_alike(seating, player, config, *other))
                        return "no single placement of its tasks fits all configs that it is in";
        return "no single order of priorities holds in all configs that it is in";
}

/* What most configs have in common is one instance, which is carried over between them; each other
 * config gets its own. */
static void add_instances(const Seating *seating, const RtPlayer *player)
{
        RtBoard *board = seating->board;
        size_t like, common = most_common(seating, player, &like);
        RtInstance *shared = NULL;
        if (like > 1 || player->configs.n == 1) {
                shared = seated_instance(seating, player, common, NULL);
                RT_APPEND(board->arena, &seating->plan->instances, shared);
        }
        RT_EACH (k, &player->configs) {
                if (*k == board->alone)
                        continue;
                RtConfigPlan *config = board->configs.items[*k];
                if (shared && is_alike(seating, player, *k, common)) {
                        join(seating, config, shared, player);
                        continue;
                }
                RtInstance *own = seated_instance(seating, player, *k, config->config);
                own->why_only = why_only(seating, player, *k);
                RT_APPEND(board->arena, &seating->plan->instances, own);
                join(seating, config, own, player);
        }
}

static void add_ordinary(const Seating *seating, RtContainer *container)
{
        RtInstance *instance = new_instance(seating->board->arena, container, NULL);
        instance->cpus = rt_container_home(seating->board->platform, container);
        if (rt_is_set(&container->cpus.item, RT_CPUS_ALLOWED))
                instance->cpus = rt_cpuset_and(&instance->cpus, &container->cpus.allowed);
        RT_APPEND(seating->board->arena, &seating->plan->instances, instance);
        RT_EACH (config, &seating->plan->configs)
                if (rt_config_has((*config)->config, container->object.name))
                        join(seating, *config, instance, NULL);
}

static int compare_instances(const void *a, const void *b)
{
        const RtInstance *x = *(RtInstance *const *)a, *y = *(RtInstance *const *)b;
        int r = strcmp(x->container->object.name, y->container->object.name);
        return r != 0 ? r : strcmp(x->stem, y->stem);
}

static void sort_members(RtConfigPlan *config)
{
        if (config->members.n > 1)
                qsort(config->members.items, config->members.n, sizeof(RtInstance *),
                      compare_instances);
}

void rt_placement_commit(RtBoard *board, RtPlan *plan)
{
        Seating seating = { board, plan };
        if (!plan->recalled)
                number_for_good(&seating);
        RT_EACH (player, &board->players)
                add_instances(&seating, player);
        RT_EACH (container, &plan->model->containers)
                if (!(*container)->object.rejected && !rt_container_is_realtime(*container))
                        add_ordinary(&seating, *container);
        if (plan->instances.n > 1)
                qsort(plan->instances.items, plan->instances.n, sizeof *plan->instances.items,
                      compare_instances);
        RT_EACH (config, &plan->configs)
                sort_members(*config);
}

RtConfigPlan *rt_placement_show(RtBoard *board, RtPlan *plan, size_t number)
{
        Seating seating = { board, plan };
        number_all(&seating, (RtScope){ &number, 1 });
        RtConfigPlan *config = rt_alloc(plan->arena, sizeof *config);
        config->config = board->configs.items[number]->config;
        config->load = rt_alloc_array(plan->arena, RT_CPUS_MAX, sizeof *config->load);
        RT_EACH (player, &board->players)
                RT_EACH (k, &player->configs)
                        if (*k == number)
                                join(&seating, config,
                                     seated_instance(&seating, player, number, config->config),
                                     player);
        sort_members(config);
        return config;
}
