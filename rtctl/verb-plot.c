/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtctl plot: configs as a picture. Per CPU what happens from the critical instant on, how much of
 * it is in use by whom, and how near each task comes to its deadline. */

#include <string.h>

#include "miss.h"
#include "output-file.h"
#include "quantity.h"
#include "rtctl.h"
#include "svg.h"
#include "timeline.h"

enum { WIDTH = 1000, LEFT = 210, RIGHT = 30, LANE = 22, MOST_JOBS = 600, MOST_LANES = 60 };

/* Bars of response times end here at the latest, in deadlines. */
#define PAST_DEADLINE 1.5

static const char ink[] = "#222222", faint[] = "#cccccc", red[] = "#d00000";

typedef struct Plot {
        RtCommand *command;
        RtArena *arena;
        RtPlan *plan;
        RtSvg svg;
        double y; /* where the next thing goes */
} Plot;

static double across(int64_t time, int64_t whole)
{
        return LEFT + (double)time / (double)whole * (WIDTH - LEFT - RIGHT);
}

static const char *label(const Plot *plot, const RtLoad *load)
{
        return rt_load_label(plot->arena, load->owner);
}

static void heading(Plot *plot, double size, const char *colour, const char *text)
{
        plot->y += size * 1.8;
        rt_svg_text(&plot->svg, 12, plot->y, size, RT_START, colour, text);
        plot->y += size * 0.7;
}

/* -- the critical instant ---------------------------------------------------------------------- */

/* A round step, 1, 2 or 5 times a power of ten, of which the axis has at most ten. */
static int64_t tick_step(int64_t whole)
{
        for (int64_t power = 1;; power *= 10) {
                const int64_t steps[] = { power, 2 * power, 5 * power };
                for (size_t i = 0; i < RT_ELEMENTS(steps); i++)
                        if (whole / steps[i] <= 10 || power >= INT64_C(1000000000000000000) / 10)
                                return steps[i];
        }
}

static void draw_axis(Plot *plot, double top, int64_t end)
{
        int64_t step = tick_step(end);
        for (int64_t t = 0; t <= end; t += step) {
                double x = across(t, end);
                rt_svg_line(&plot->svg, x, top, x, plot->y + 4, faint);
                rt_svg_text(&plot->svg, x, plot->y + 16, 11, RT_MIDDLE, ink,
                            rt_duration_text(plot->arena, t));
        }
        plot->y += 20;
}

/* Arrivals as marks above the lane, deadlines as marks below it. */
static void draw_marks(Plot *plot, const RtLoad *load, double y, int64_t end)
{
        enum { MOST_MARKS = 120 };
        if (end / load->period > MOST_MARKS)
                return;
        for (__int128 arrival = -load->jitter; arrival <= end; arrival += load->period) {
                double x = across(arrival > 0 ? (int64_t)arrival : 0, end);
                rt_svg_line(&plot->svg, x, y, x, y + 6, ink);
                __int128 due = arrival + load->deadline;
                if (load->deadline > 0 && due >= 0 && due <= end) {
                        x = across((int64_t)due, end);
                        rt_svg_line(&plot->svg, x, y + LANE - 8, x, y + LANE - 2, red);
                }
        }
}

/* Up to the longest deadline, and on to the end of late jobs if that is not too far. */
static int64_t horizon_of(const RtCpuTiming *cpu)
{
        int64_t deadline = 0, response = 0;
        RT_EACH (task, &cpu->tasks) {
                if (task->task->task->deadline > deadline)
                        deadline = task->task->task->deadline;
                if (task->response.time > response)
                        response = task->response.time;
        }
        return response <= deadline ? deadline : response / 3 < deadline ? response : deadline;
}

static void draw_timeline(Plot *plot, const RtCpuTiming *cpu)
{
        size_t n = cpu->n_loads < MOST_LANES ? cpu->n_loads : MOST_LANES;
        RtTimeline line =
                rt_timeline(plot->arena, cpu->loads, cpu->n_loads, horizon_of(cpu), MOST_JOBS);
        if (line.end <= 0)
                return;
        double top = plot->y;
        for (size_t i = 0; i < n; i++) {
                double y = top + (double)i * LANE;
                rt_svg_text(&plot->svg, LEFT - 8, y + 15, 12, RT_END, ink,
                            label(plot, &cpu->loads[i]));
                rt_svg_line(&plot->svg, LEFT, y + LANE - 2, WIDTH - RIGHT, y + LANE - 2, faint);
        }
        plot->y = top + (double)n * LANE;
        draw_axis(plot, top, line.end);
        RT_EACH (segment, &line.segments) {
                if (segment->load >= n)
                        continue;
                double x = across(segment->start, line.end);
                double width = across(segment->end, line.end) - x;
                rt_svg_box(&plot->svg, x, top + (double)segment->load * LANE + 5,
                           width < 0.3 ? 0.3 : width, LANE - 10,
                           segment->late ? red : rt_svg_colour(segment->load),
                           rt_printf(plot->arena, "%s%s: %s to %s",
                                     label(plot, &cpu->loads[segment->load]),
                                     segment->late ? ", late" : "",
                                     rt_duration_text(plot->arena, segment->start),
                                     rt_duration_text(plot->arena, segment->end)));
        }
        for (size_t i = 0; i < n; i++)
                draw_marks(plot, &cpu->loads[i], top + (double)i * LANE, line.end);
        if (line.cut || n < cpu->n_loads)
                rt_svg_text(&plot->svg, WIDTH - RIGHT, top - 6, 11, RT_END, ink,
                            n < cpu->n_loads ? "the most urgent only" : "only the beginning");
}

/* -- bars -------------------------------------------------------------------------------------- */

static void draw_use(Plot *plot, const RtCpuTiming *cpu)
{
        const double bandwidth = (double)plot->plan->rules.bandwidth / 1e6;
        double use = (double)cpu->utilisation / 1e9, whole = use > 1 ? use : 1, x = LEFT;
        double scale = (WIDTH - LEFT - RIGHT) / whole;
        rt_svg_text(&plot->svg, LEFT - 8, plot->y + 15, 12, RT_END, ink, "in use");
        rt_svg_box(&plot->svg, LEFT, plot->y + 4, WIDTH - LEFT - RIGHT, LANE - 8, "#f2f2f2", NULL);
        for (size_t i = 0; i < cpu->n_loads; i++) {
                double share = (double)cpu->loads[i].wcet / (double)cpu->loads[i].period;
                rt_svg_box(&plot->svg, x, plot->y + 4, share * scale, LANE - 8, rt_svg_colour(i),
                           rt_printf(plot->arena, "%s: %.4f", label(plot, &cpu->loads[i]), share));
                x += share * scale;
        }
        bool beside = x < WIDTH - RIGHT - 180;
        rt_svg_text(&plot->svg, x + (beside ? 6 : -6), plot->y + 15, 11, beside ? RT_START : RT_END,
                    beside ? ink : "#ffffff",
                    rt_printf(plot->arena, "%.4f of %.4f", use, bandwidth));
        x = LEFT + bandwidth * scale;
        rt_svg_line(&plot->svg, x, plot->y, x, plot->y + LANE, red);
        plot->y += LANE;
}

/* The deadline is at two thirds of the width, so that there is room to be late. */
static void draw_response(Plot *plot, const RtCpuTiming *cpu, const RtTaskTiming *task)
{
        const double most = PAST_DEADLINE, full = (WIDTH - LEFT - RIGHT) / most;
        const RtTask *declared = task->task->task;
        const RtResponse *response = &task->response;
        double ratio = (double)response->time / (double)declared->deadline;
        bool known = response->time != RT_NO_TIME && response->verdict != RT_UNDECIDED;
        const char *text = "no bound";
        if (response->verdict == RT_UNDECIDED)
                text = "undecided";
        else if (known)
                text = rt_printf(plot->arena, "%s of %s",
                                 rt_duration_text(plot->arena, response->time),
                                 rt_duration_text(plot->arena, declared->deadline));
        const char *fill = !known                        ? "url(#unknown)"
                           : response->verdict == RT_MET ? rt_svg_colour(task->load)
                                                         : red;
        rt_svg_text(&plot->svg, LEFT - 8, plot->y + 15, 12, RT_END, ink,
                    label(plot, &cpu->loads[task->load]));
        double width = full * (!known || ratio > most ? most : ratio);
        rt_svg_box(&plot->svg, LEFT, plot->y + 4, width, LANE - 8, fill, text);
        /* Beside the bar if there is room, else on it. */
        bool beside = width < full * most - 180;
        rt_svg_text(&plot->svg, LEFT + (beside ? width + 6 : width - 6), plot->y + 15, 11,
                    beside ? RT_START : RT_END, beside || !known ? ink : "#ffffff", text);
        rt_svg_line(&plot->svg, LEFT + full, plot->y, LEFT + full, plot->y + LANE, ink);
        plot->y += LANE;
}

static void draw_cpu(Plot *plot, const RtCpuTiming *cpu)
{
        bool holds = cpu->verdict.verdict == RT_MET;
        heading(plot, 15, holds ? ink : red,
                rt_printf(plot->arena, "CPU %d%s", cpu->cpu, holds ? "" : " does not hold"));
        draw_timeline(plot, cpu);
        plot->y += 6;
        draw_use(plot, cpu);
        heading(plot, 12, ink, "response times");
        rt_svg_text(&plot->svg, LEFT + (WIDTH - LEFT - RIGHT) / PAST_DEADLINE, plot->y - 6, 11,
                    RT_MIDDLE, ink, "deadline");
        for (size_t i = 0; i < cpu->tasks.n && i < MOST_LANES; i++)
                draw_response(plot, cpu, &cpu->tasks.items[i]);
}

/* -- configs ----------------------------------------------------------------------------------- */

static void draw_config(Plot *plot, const RtConfig *config)
{
        RtConfigPlan *planned = rt_plan_shown(plot->plan, config->object.name);
        heading(plot, 20, config->object.rejected ? red : ink,
                rt_printf(plot->arena, "%s%s%s%s", config->object.name,
                          config->description ? ": " : "",
                          config->description ? config->description : "",
                          config->object.rejected ? " (rejected)" : ""));
        if (!planned)
                return;
        const RtConfigTiming *timing = rt_plan_timing(plot->plan, planned);
        if (timing->cpus.n == 0)
                heading(plot, 12, ink, "no real-time tasks");
        RT_EACH (cpu, &timing->cpus)
                draw_cpu(plot, cpu);
        plot->y += 12;
}

int rt_verb_plot(RtCommand *command)
{
        if (rt_command_run_pipeline(command, RT_GENERATOR_UNIT_DIR) < 0)
                return RTCTL_TROUBLE;
        const RtModel *model = &command->pipeline.model;
        Plot plot = { command, command->arena, &command->pipeline.plan, { { 0 } }, 0 };
        rt_svg_init(&plot.svg, command->arena, WIDTH);
        for (int i = 0; i < command->n_names; i++) {
                const RtConfig *config = rt_model_config(model, command->names[i]);
                if (!config) {
                        fprintf(stderr, "rtctl: there is no config \"%s\"; see rtctl list\n",
                                command->names[i]);
                        return RTCTL_TROUBLE;
                }
                draw_config(&plot, config);
        }
        RT_EACH (config, &model->configs)
                if (command->n_names == 0)
                        draw_config(&plot, *config);
        rt_print_diags(command);
        if (rt_output_write(command, rt_svg_document(&plot.svg)) < 0)
                return RTCTL_TROUBLE;
        return rt_diags_status(command);
}
