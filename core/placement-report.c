/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Why a container finds no place. */

#include <string.h>

#include "miss.h"
#include "placement.h"
#include "quantity.h"
#include "text.h"

static RtSeverity severity_of(const RtBoard *board)
{
        return board->platform->admission == RT_ADMISSION_ENFORCE ? RT_ERROR : RT_WARNING;
}

/* Where the config names the container. */
static RtAt membership(const RtBoard *board, RtConfig *config, const RtContainer *container)
{
        size_t index = 0;
        while (index + 1 < config->containers.n &&
               strcmp(config->containers.items[index], container->object.name) != 0)
                index++;
        return (RtAt){ &config->object, config->containers.places[index],
                       rt_printf(board->arena, "containers[%zu]", index) };
}

/* The first piece of the player that finds no seat, and what it leaves behind on its way: nothing.
 */
static const RtPiece *stuck_piece(RtBoard *board, size_t number, RtScope scope)
{
        RtPlayer *player = &board->players.items[number];
        const RtPiece *stuck = &player->pieces[0];
        size_t most = 0;
        for (size_t c = 0; c < board->n_cpus; c++) {
                size_t n = 0;
                while (n < player->n_pieces &&
                       rt_board_sit(board, number, n, board->cpus[c], scope))
                        n++;
                for (size_t i = 0; i < n; i++)
                        rt_board_leave(board, number, i, scope);
                if (n > most && n < player->n_pieces) {
                        most = n;
                        stuck = &player->pieces[n];
                }
        }
        return stuck;
}

/* What the CPU says if the whole container sits there: a task that would be late, or NULL; the use
 * that others and its other tasks make of it. */
static const char *late_task(RtBoard *board, size_t number, size_t config, int cpu,
                             const RtPiece *piece, int64_t *ret_use)
{
        const RtScope scope = { &config, 1 };
        RtPlayer *player = &board->players.items[number];
        for (size_t i = 0; i < player->n_pieces; i++)
                rt_board_force(board, number, i, cpu, scope);
        const RtCell *cell = rt_board_cell(board, config, cpu);
        RtResponse *responses = rt_alloc_array(board->arena, cell->n, sizeof *responses);
        RtCpuVerdict verdict =
                rt_cpu_responses(board->effort, cell->loads, cell->n, &board->rules, responses);
        const RtLoad *late = &cell->loads[verdict.index];
        const char *text = NULL;
        if (verdict.reason == RT_CPU_RESPONSE && responses[verdict.index].time == RT_NO_TIME)
                text = rt_printf(board->arena, "would make %s late",
                                 rt_load_label(board->arena, late->owner));
        else if (verdict.reason == RT_CPU_RESPONSE)
                text = rt_printf(board->arena, "would make %s late, which may end after %s, not %s",
                                 rt_load_label(board->arena, late->owner),
                                 rt_duration_text(board->arena, responses[verdict.index].time),
                                 rt_duration_text(board->arena, late->deadline));
        else if (verdict.reason == RT_CPU_DEMAND)
                text = "would make a \"deadline\" task late";
        *ret_use = rt_loads_utilisation(cell->loads, cell->n, 0) - piece->share;
        for (size_t i = 0; i < player->n_pieces; i++)
                rt_board_leave(board, number, i, scope);
        return text;
}

static void add_reason(RtBoard *board, RtText *text, size_t config, size_t number, int cpu,
                       const RtPiece *piece)
{
        const RtPlayer *player = &board->players.items[number];
        const RtPlayer *other = rt_board_obstacle(board, config, number, cpu);
        rt_text_addf(text, "%sCPU %d ", text->n > 0 ? ", " : "", cpu);
        if (other) {
                bool kept = player->container->cpus.exclusive || other->container->cpus.exclusive ||
                            other->has_deadline == player->has_deadline;
                rt_text_addf(text,
                             kept ? "is kept by \"%s\""
                                  : "cannot be a root domain of its own beside \"%s\"",
                             other->container->object.name);
                return;
        }
        int64_t use;
        const char *late = late_task(board, number, config, cpu, piece, &use);
        if (late)
                rt_text_add(text, late);
        else
                rt_text_addf(text, "has %.4f of %.4f in use", (double)use / 1e9,
                             (double)board->rules.bandwidth / 1e6);
}

/* Why the piece fits no CPU, CPU by CPU. */
static const char *why_not(RtBoard *board, size_t config, size_t number, const RtPiece *piece)
{
        enum { MOST_NAMED = 8 };
        RtText text = RT_TEXT(board->arena);
        int named = 0;
        for (size_t c = 0; c < board->n_cpus; c++) {
                int cpu = board->cpus[c];
                const RtPlayer *player = &board->players.items[number];
                if (piece->fixed >= 0 ? piece->fixed != cpu
                                      : !rt_cpuset_has(&player->candidates, (unsigned)cpu))
                        continue;
                if (named++ == MOST_NAMED) {
                        rt_text_add(&text, ", …");
                        break;
                }
                add_reason(board, &text, config, number, cpu, piece);
        }
        return text.data;
}

static const char *no_place(RtBoard *board, size_t config, size_t number, const RtPiece *piece,
                            const char *proof)
{
        const RtPlayer *player = &board->players.items[number];
        return rt_printf(board->arena,
                         "task \"%s\" of container \"%s\" (%s), which needs %.4f of a CPU, has no "
                         "place on at most %zu CPU(s): %s%s",
                         piece->task->name, player->container->object.name,
                         rt_place_text(board->arena, piece->task->item.place),
                         (double)piece->share / 1e9, player->most_cpus,
                         why_not(board, config, number, piece), proof);
}

static const char cut_short[] = "; the search for another placement was cut short";
static const char other_fixes[] = "shorten its WCET, allow other CPUs, raise cpus.count, or take a "
                                  "container out of the config";

static const char *with_repairs(RtArena *arena, const char *repairs)
{
        return repairs ? rt_printf(arena, "%s; or %s", repairs, other_fixes) : other_fixes;
}

RtRefusal rt_placement_refusal(RtBoard *board, size_t config, size_t number, RtVerdict proof)
{
        const RtScope scope = { &config, 1 };
        const RtPlayer *player = &board->players.items[number];
        const RtPiece *piece = stuck_piece(board, number, scope);
        bool one_cpu = piece->fixed >= 0 || rt_cpuset_count(&player->candidates) == 1;
        return (RtRefusal){
                .at = membership(board, board->configs.items[config]->config, player->container),
                .what = no_place(board, config, number, piece,
                                 one_cpu ? ""
                                 : proof == RT_MISSED
                                         ? "; no other placement of the config's containers holds"
                                         : cut_short),
                .one_cpu = one_cpu,
        };
}

static bool is_overloaded(const RtConfigTiming *timing)
{
        RT_EACH (cpu, &timing->cpus)
                if (cpu->verdict.reason == RT_CPU_BANDWIDTH)
                        return true;
        return false;
}

/* A task that is late where it has to be says more than that there is no other place for it. */
void rt_placement_report(RtPlan *plan, const RtRefusal *refusal, const RtConfigTiming *timing,
                         RtDiags *diags)
{
        RtSeverity severity =
                plan->model->platform.admission == RT_ADMISSION_ENFORCE ? RT_ERROR : RT_WARNING;
        if (refusal->one_cpu && !is_overloaded(timing) &&
            rt_report_misses(plan, timing, severity, diags) > 0)
                return;
        rt_diag(diags, severity, refusal->at, refusal->what,
                with_repairs(plan->arena, rt_repairs_text(plan, timing)));
}

void rt_placement_report_alone(RtBoard *board, size_t number, RtVerdict proof, const char *repairs,
                               RtDiags *diags)
{
        RtPlayer *player = &board->players.items[number];
        size_t config = player->configs.items[0];
        const RtScope scope = { &config, 1 };
        const RtPiece *piece = stuck_piece(board, number, scope);
        RtAt at = { &player->container->object, piece->task->item.place, piece->task->item.path };
        rt_diag(diags, severity_of(board), at,
                no_place(board, config, number, piece, proof == RT_UNDECIDED ? cut_short : ""),
                with_repairs(board->arena, repairs));
        player->is_reported = true;
        if (severity_of(board) != RT_ERROR)
                return;
        RT_EACH (k, &player->configs) {
                if (*k == board->alone)
                        continue;
                RtConfig *one = board->configs.items[*k]->config;
                rt_diag(diags, RT_ERROR, membership(board, one, player->container),
                        rt_printf(board->arena, "container \"%s\" has no place (%s)",
                                  player->container->object.name,
                                  rt_place_text(board->arena, piece->task->item.place)),
                        "mend the container, or take it out of the config");
        }
}
