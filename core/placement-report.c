/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Why a container finds no place. */

#include <string.h>

#include "miss.h"
#include "placement.h"
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

/* Whose deadline would be missed if the whole container sat on the CPU; NULL if none would. */
static const char *late_task(RtBoard *board, size_t number, size_t config, int cpu)
{
        const RtScope scope = { &config, 1 };
        RtPlayer *player = &board->players.items[number];
        for (size_t i = 0; i < player->n_pieces; i++)
                rt_board_force(board, number, i, cpu, scope);
        const RtCell *cell = rt_board_cell(board, config, cpu);
        RtCpuVerdict verdict = rt_cpu_verdict(board->effort, cell->loads, cell->n, &board->rules);
        const char *label = NULL;
        if (verdict.reason == RT_CPU_RESPONSE)
                label = rt_load_label(board->arena, cell->loads[verdict.index].owner);
        else if (verdict.reason == RT_CPU_DEMAND)
                label = "a \"deadline\" task";
        for (size_t i = 0; i < player->n_pieces; i++)
                rt_board_leave(board, number, i, scope);
        return label;
}

static void add_reason(RtBoard *board, RtText *text, size_t config, size_t number, int cpu)
{
        const RtPlayer *other = rt_board_obstacle(board, config, number, cpu);
        const char *late = other ? NULL : late_task(board, number, config, cpu);
        rt_text_addf(text, "%sCPU %d ", text->n > 0 ? ", " : "", cpu);
        if (other) {
                bool kept = board->players.items[number].container->cpus.exclusive ||
                            other->container->cpus.exclusive ||
                            other->has_deadline == board->players.items[number].has_deadline;
                rt_text_addf(text,
                             kept ? "is kept by \"%s\""
                                  : "cannot be a root domain of its own beside \"%s\"",
                             other->container->object.name);
                return;
        }
        const RtCell *cell = rt_board_cell(board, config, cpu);
        int64_t use = cell ? rt_loads_utilisation(cell->loads, cell->n, 0) : 0;
        if (late)
                rt_text_addf(text, "would make %s late", late);
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
                add_reason(board, &text, config, number, cpu);
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

static const char other_fixes[] = "shorten its WCET, allow other CPUs, raise cpus.count, or take a "
                                  "container out of the config";

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
                                         : "; the search for another placement was cut short"),
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
        const char *repairs = rt_repairs_text(plan, timing);
        rt_diag(diags, severity, refusal->at, refusal->what,
                repairs ? rt_printf(plan->arena, "%s; or %s", repairs, other_fixes) : other_fixes);
}

void rt_placement_refuse_alone(RtBoard *board, RtDiags *diags, size_t number)
{
        RtPlayer *player = &board->players.items[number];
        size_t config = player->configs.items[0];
        const RtScope scope = { &config, 1 };
        const RtPiece *piece = stuck_piece(board, number, scope);
        RtAt at = { &player->container->object, piece->task->item.place, piece->task->item.path };
        rt_diag(diags, severity_of(board), at, no_place(board, config, number, piece, ""),
                other_fixes);
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
