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

enum { WIDTH = 1000, LEFT = 220, RIGHT = 30, LANE = 24, MOST_JOBS = 1000, MOST_LANES = 60 };

/* Bars of response times end here at the latest, in deadlines. */
#define PAST_DEADLINE 1.5

static const char ink[] = "#222222", faint[] = "#cccccc", ground[] = "#f0f0f0", red[] = "#d00000";
static const char grey[] = "#888888"; /* of the kernel's share, and of many together */

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
        return load->owner ? rt_load_label(plot->arena, load->owner) : "kernel's share";
}

static const char *colour_of(const RtLoad *load, size_t index)
{
        return load->owner ? rt_svg_colour(index) : grey;
}

/* At the left of a lane. */
static void draw_name(Plot *plot, double y, const char *name)
{
        rt_svg_text_within(&plot->svg, LEFT - 8, y + 16, 12, RT_END, ink, name, LEFT - 16);
}

static void heading(Plot *plot, double size, const char *colour, const char *text)
{
        plot->y += size * 1.8;
        rt_svg_text_within(&plot->svg, 12, plot->y, size, RT_START, colour, text, WIDTH - 24);
        plot->y += size * 0.7;
}

/* Small print, in as many lines as it takes. */
static void draw_paragraph(Plot *plot, const char *text)
{
        enum { LINE = 130 }; /* characters, of which that many fit */
        while (*text) {
                size_t n = strlen(text);
                if (n > LINE) {
                        for (n = LINE; n > 0 && text[n] != ' ';)
                                n--;
                        n = n > 0 ? n : strcspn(text, " ");
                }
                plot->y += 16;
                rt_svg_text_within(&plot->svg, 12, plot->y, 12, RT_START, ink,
                                   rt_printf(plot->arena, "%.*s", (int)n, text), WIDTH - 24);
                text += n + strspn(text + n, " ");
        }
}

static void draw_legend(Plot *plot)
{
        RtSvg *svg = &plot->svg;
        const double y = 24;
        rt_svg_arrow(svg, 16, y, y - 13, ink);
        rt_svg_text(svg, 24, y - 2, 11, RT_START, ink, "arrival");
        rt_svg_arrow(svg, 84, y - 13, y, ink);
        rt_svg_text(svg, 92, y - 2, 11, RT_START, ink, "deadline");
        rt_svg_box(svg, 156, y - 12, 14, 12, red, NULL);
        rt_svg_text(svg, 176, y - 2, 11, RT_START, ink, "late");
        rt_svg_box(svg, 220, y - 12, 14, 12, "url(#unknown)", NULL);
        rt_svg_text(svg, 240, y - 2, 11, RT_START, ink, "no bound known");
        plot->y = y;
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
                            t == 0 ? "0" : rt_duration_text(plot->arena, t));
        }
        plot->y += 20;
}

static void draw_marks(Plot *plot, const RtLoad *load, double y, int64_t end)
{
        enum { MOST_MARKS = 100 }; /* more would touch */
        const double top = y + 2, ground_line = y + LANE - 2;
        if (end / load->period > MOST_MARKS || load->jitter / load->period > MOST_MARKS)
                return;
        for (__int128 arrival = -load->jitter; arrival <= end; arrival += load->period) {
                __int128 due = arrival + load->deadline;
                /* What has arrived before the beginning is released there. */
                rt_svg_arrow(&plot->svg, across(arrival > 0 ? (int64_t)arrival : 0, end),
                             ground_line, top, ink);
                if (load->deadline > 0 && due >= 0 && due <= end)
                        rt_svg_arrow(&plot->svg, across((int64_t)due, end), top, ground_line, ink);
        }
}

/* Up to the longest deadline, and on to the end of jobs that are late if that is not too far. */
static int64_t horizon_of(const RtCpuTiming *cpu)
{
        enum { MOST_DEADLINES = 10, OVERLOADED = 2 };
        __int128 deadline = 0, end = 0;
        RT_EACH (task, &cpu->tasks)
                if (task->task->task->deadline > deadline)
                        deadline = task->task->task->deadline;
        RT_EACH (task, &cpu->tasks) {
                const RtResponse *response = &task->response;
                if (response->verdict == RT_MET)
                        continue;
                if (response->time == RT_NO_TIME)
                        end = end > OVERLOADED * deadline ? end : OVERLOADED * deadline;
                else if (response->window > end)
                        end = response->window;
        }
        if (end < deadline)
                end = deadline;
        if (end > MOST_DEADLINES * deadline)
                end = MOST_DEADLINES * deadline;
        return rt_time_bounded(end);
}

/* The CPU's loads, and last what the kernel takes: from all tasks, but with SCHED_DEADLINE tasks
 * the fair server is one of them, and throttling, due never, comes after them. */
static RtLoad *lanes_of(const Plot *plot, const RtCpuTiming *cpu, size_t *ret_n)
{
        RtLoad *lanes = rt_alloc_array(plot->arena, cpu->n_loads + 1, sizeof *lanes);
        size_t n = 0;
        bool among_deadlines = false;
        for (; n < cpu->n_loads; n++) {
                lanes[n] = cpu->loads[n];
                among_deadlines |= lanes[n].priority == RT_LEVEL_DEADLINE;
        }
        if (cpu->kernel.wcet > 0) {
                lanes[n] = cpu->kernel;
                if (among_deadlines) {
                        lanes[n].priority = RT_LEVEL_DEADLINE;
                        lanes[n].deadline = plot->plan->rules.serves_fair ? lanes[n].period : 0;
                }
                n++;
        }
        *ret_n = n;
        return lanes;
}

static void draw_segments(Plot *plot, const RtTimeline *line, const RtLoad *lanes, size_t n,
                          double top)
{
        RT_EACH (segment, &line->segments) {
                if (segment->load >= n)
                        continue;
                double x = across(segment->start, line->end);
                double width = across(segment->end, line->end) - x;
                const RtLoad *lane = &lanes[segment->load];
                rt_svg_box(&plot->svg, x, top + (double)segment->load * LANE + 7,
                           width < 0.3 ? 0.3 : width, LANE - 9,
                           segment->late ? red : colour_of(lane, segment->load),
                           rt_printf(plot->arena, "%s%s: %s to %s", label(plot, lane),
                                     segment->late ? ", late" : "",
                                     rt_duration_text(plot->arena, segment->start),
                                     rt_duration_text(plot->arena, segment->end)));
        }
}

/* What the picture does not show; NULL if that is nothing. */
static const char *omission(const Plot *plot, const RtCpuTiming *cpu, const RtTimeline *line,
                            size_t left_out)
{
        RtText text = RT_TEXT(plot->arena);
        if (line->cut)
                rt_text_addf(&text, "cut after %d jobs", MOST_JOBS);
        if (left_out > 0)
                rt_text_addf(&text, "%s%zu less urgent ones left out", text.n > 0 ? ", " : "",
                             left_out);
        for (size_t i = 0; i < cpu->n_loads; i++)
                if (cpu->loads[i].blocking > 0) {
                        rt_text_addf(&text, "%sblocking is not drawn", text.n > 0 ? ", " : "");
                        break;
                }
        return text.n > 0 ? text.data : NULL;
}

static void draw_timeline(Plot *plot, const RtCpuTiming *cpu)
{
        size_t n_lanes;
        const RtLoad *lanes = lanes_of(plot, cpu, &n_lanes);
        size_t n = n_lanes < MOST_LANES ? n_lanes : MOST_LANES;
        RtTimeline line = rt_timeline(plot->arena, lanes, n_lanes, horizon_of(cpu), MOST_JOBS);
        if (line.end <= 0)
                return;
        const char *missing = omission(plot, cpu, &line, n_lanes - n);
        if (missing)
                rt_svg_text(&plot->svg, WIDTH - RIGHT, plot->y - 6, 11, RT_END, ink, missing);
        double top = plot->y;
        for (size_t i = 0; i < n; i++) {
                double y = top + (double)i * LANE;
                draw_name(plot, y, label(plot, &lanes[i]));
                rt_svg_line(&plot->svg, LEFT, y + LANE - 2, WIDTH - RIGHT, y + LANE - 2, faint);
        }
        plot->y = top + (double)n * LANE;
        draw_axis(plot, top, line.end);
        draw_segments(plot, &line, lanes, n, top);
        for (size_t i = 0; i < n; i++)
                draw_marks(plot, &lanes[i], top + (double)i * LANE, line.end);
}

/* -- bars -------------------------------------------------------------------------------------- */

static void draw_use(Plot *plot, const RtCpuTiming *cpu)
{
        const double bandwidth = (double)plot->plan->rules.bandwidth / 1e6;
        double use = (double)cpu->utilisation / 1e9, whole = use > 1 ? use : 1, x = LEFT;
        double scale = (WIDTH - LEFT - RIGHT) / whole;
        draw_name(plot, plot->y, rt_printf(plot->arena, "in use %.4f of %.4f", use, bandwidth));
        rt_svg_box(&plot->svg, LEFT, plot->y + 4, WIDTH - LEFT - RIGHT, LANE - 8, ground, NULL);
        for (size_t i = 0; i < cpu->n_loads && i < MOST_LANES; i++) {
                double share = (double)cpu->loads[i].wcet / (double)cpu->loads[i].period;
                rt_svg_box(&plot->svg, x, plot->y + 4, share * scale, LANE - 8, rt_svg_colour(i),
                           rt_printf(plot->arena, "%s: %.4f", label(plot, &cpu->loads[i]), share));
                x += share * scale;
        }
        if (cpu->n_loads > MOST_LANES)
                rt_svg_box(&plot->svg, x, plot->y + 4, LEFT + use * scale - x, LANE - 8, grey,
                           "all others");
        x = LEFT + bandwidth * scale;
        rt_svg_line(&plot->svg, x, plot->y, x, plot->y + LANE, ink);
        plot->y += LANE;
}

/* "1480us of 1300us, late" */
static const char *response_text(const Plot *plot, const RtTaskTiming *task)
{
        const RtResponse *response = &task->response;
        if (response->verdict == RT_UNDECIDED)
                return "undecided";
        if (response->time == RT_NO_TIME)
                return "no bound";
        return rt_printf(plot->arena, "%s of %s%s", rt_duration_text(plot->arena, response->time),
                         rt_duration_text(plot->arena, task->task->task->deadline),
                         response->verdict == RT_MET ? "" : ", late");
}

/* The text beside a bar that ends at `end`, where no line goes through it; on a late one that
 * leaves no room. */
static void draw_response_text(Plot *plot, const char *text, double end, double deadline, bool met)
{
        const double room = (double)strlen(text) * 7 + 6;
        double x = end + 6;
        const char *colour = ink;
        if (met && x + room > deadline) {
                x = deadline + 6;
        } else if (!met && x + room > WIDTH - RIGHT) {
                x = LEFT + 6;
                colour = "#ffffff";
        }
        rt_svg_text(&plot->svg, x, plot->y + 16, 11, RT_START, colour, text);
}

/* The deadline is at two thirds of the width, so that there is room to be late. */
static void draw_response(Plot *plot, const RtCpuTiming *cpu, const RtTaskTiming *task)
{
        const double most = WIDTH - LEFT - RIGHT, full = most / PAST_DEADLINE;
        const RtResponse *response = &task->response;
        const char *text = response_text(plot, task);
        bool met = response->verdict == RT_MET;
        bool known = rt_response_is_known(response);
        double width = full * (double)response->time / (double)task->task->task->deadline;
        draw_name(plot, plot->y, label(plot, &cpu->loads[task->load]));
        rt_svg_box(&plot->svg, LEFT, plot->y + 4, full, LANE - 8, ground, NULL);
        if (known) {
                width = width < most ? width : most;
                rt_svg_box(&plot->svg, LEFT, plot->y + 4, width, LANE - 8,
                           met ? rt_svg_colour(task->load) : red, text);
                draw_response_text(plot, text, LEFT + width, LEFT + full, met);
        } else {
                rt_svg_box(&plot->svg, LEFT + 80, plot->y + 4, most - 80, LANE - 8, "url(#unknown)",
                           text);
                rt_svg_text(&plot->svg, LEFT + 6, plot->y + 16, 11, RT_START, ink, text);
        }
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
        if (config->object.rejected)
                draw_paragraph(plot, rt_diag_line(plot->arena, plot->command->pipeline.search.root,
                                                  config->object.rejected));
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
        draw_legend(&plot);
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
