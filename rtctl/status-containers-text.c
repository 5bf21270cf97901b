/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Containers for people: a line each, below it what has drifted; of those that are named, all that
 * was compared. */

#include <inttypes.h>
#include <string.h>

#include "quantity.h"
#include "status.h"
#include "text.h"

enum { NAME, STATE, PID, AGE, COLUMNS };

static const char *const titles[COLUMNS] = { "CONTAINER", "STATE", "PID", "FOR" };

typedef struct Row {
        const char *cells[COLUMNS];
        const char *note;
        bool is_bad;
} Row;

static void paint(const RtStatus *status, bool is_bad, const char *text)
{
        bool painted = status->command->colour && is_bad;
        printf("%s%s%s\n", painted ? "\033[31m" : "", text, painted ? "\033[0m" : "");
}

/* "3min 20s", the two largest units. */
static const char *age_words(RtArena *arena, uint64_t age)
{
        const uint64_t minute = 60, hour = 60 * minute, day = 24 * hour;
        if (age >= day)
                return rt_printf(arena, "%" PRIu64 "d %" PRIu64 "h", age / day, age % day / hour);
        if (age >= hour)
                return rt_printf(arena, "%" PRIu64 "h %" PRIu64 "min", age / hour,
                                 age % hour / minute);
        if (age >= minute)
                return rt_printf(arena, "%" PRIu64 "min %" PRIu64 "s", age / minute, age % minute);
        return rt_printf(arena, "%" PRIu64 "s", age);
}

/* -- the list ---------------------------------------------------------------------------------- */

static const char *verdict(RtArena *arena, const RtComparisons *comparisons)
{
        const size_t drifts = rt_comparisons_count(comparisons, RT_DRIFT);
        const size_t unknown = rt_comparisons_count(comparisons, RT_UNKNOWN);
        const size_t all = comparisons->n;
        if (drifts > 0)
                return rt_printf(arena, "%zu DRIFT%s", drifts, drifts > 1 ? "S" : "");
        if (all == 0)
                return "";
        if (unknown == all)
                return "not known";
        return unknown > 0 ? rt_printf(arena, "as planned where it is known, %zu of %zu unknown",
                                       unknown, all)
                           : "as planned";
}

static Row row_of(RtArena *arena, const RtContainerStatus *container)
{
        const char *note = verdict(arena, &container->findings.comparisons);
        if (!note[0] && container->container->object.rejected)
                note = "its descriptor is rejected";
        return (Row){
                .cells = { container->container->object.name, rt_run_state_words[container->state],
                           container->pid > 0 ? rt_printf(arena, "%d", (int)container->pid) : "-",
                           container->knows_age ? age_words(arena, container->age) : "-" },
                .note = note,
                .is_bad = rt_comparisons_count(&container->findings.comparisons, RT_DRIFT) > 0,
        };
}

static void print_row(const RtStatus *status, const Row *row, const int *widths)
{
        const char *line =
                rt_printf(status->arena, "  %-*s  %-*s  %*s  %*s  %s", widths[NAME],
                          row->cells[NAME], widths[STATE], row->cells[STATE], widths[PID],
                          row->cells[PID], widths[AGE], row->cells[AGE], row->note);
        size_t n = strlen(line);
        while (n > 0 && line[n - 1] == ' ')
                n--;
        paint(status, row->is_bad, rt_strndup(status->arena, line, n));
}

/* "! task sample, policy: planned fifo 80, is other; …" */
static void print_drift(const RtStatus *status, const RtComparison *comparison)
{
        paint(status, true,
              rt_printf(status->arena, "    ! %s, %s: planned %s, is %s%s%s", comparison->subject,
                        comparison->aspect, comparison->planned ? comparison->planned : "nothing",
                        comparison->actual ? comparison->actual : "not known",
                        comparison->hint ? "; " : "", comparison->hint ? comparison->hint : ""));
}

static void print_config(const RtStatus *status)
{
        const RtConfigStatus *config = &status->config;
        const char *name = config->config ? config->config->object.name : NULL;
        if (config->source == RT_CONFIG_UNKNOWN)
                puts("config: not known, as systemd does not answer, and what runs fits none");
        else if (!name)
                printf("config: none is active%s\n",
                       config->source == RT_CONFIG_BY_PROCESSES ? ", as no container runs" : "");
        else
                printf("config: %s, %s%s\n", name, config->state,
                       config->source == RT_CONFIG_BY_PROCESSES ? " by what runs" : "");
}

static void print_platform(const RtStatus *status)
{
        const RtComparisons *comparisons = &status->platform;
        if (comparisons->n == 0)
                return;
        paint(status, rt_comparisons_count(comparisons, RT_DRIFT) > 0,
              rt_printf(status->arena, "platform: %s", verdict(status->arena, comparisons)));
        RT_EACH (comparison, comparisons)
                if (comparison->agreement == RT_DRIFT)
                        print_drift(status, comparison);
}

/* -- details ----------------------------------------------------------------------------------- */

enum { SUBJECT, ASPECT, DECLARED, PLANNED, ACTUAL, DETAILS };

static const char *const detail_titles[DETAILS] = { "SUBJECT", "ASPECT", "DECLARED", "PLANNED",
                                                    "ACTUAL" };

static int columns_of(const char *text)
{
        int n = 0;
        for (; *text; text++)
                n += ((unsigned char)*text & 0xc0) != 0x80;
        return n;
}

static void print_cells(const RtStatus *status, const char *const *cells, const int *widths,
                        bool is_bad, const char *note)
{
        RtText line = RT_TEXT(status->arena);
        rt_text_add(&line, "   ");
        for (int i = 0; i < DETAILS; i++) {
                bool last = i == DETAILS - 1 && !note[0];
                int padding = last ? 0 : widths[i] - columns_of(cells[i]);
                rt_text_addf(&line, " %s%*s", cells[i], padding + !last, "");
        }
        rt_text_add(&line, note);
        paint(status, is_bad, line.data);
}

static void fill_cells(const RtComparison *comparison, const char **ret)
{
        ret[SUBJECT] = comparison->subject;
        ret[ASPECT] = comparison->aspect;
        ret[DECLARED] = comparison->declared ? comparison->declared : "-";
        ret[PLANNED] = comparison->planned ? comparison->planned : "-";
        ret[ACTUAL] = comparison->actual ? comparison->actual : "?";
}

static void print_comparisons(const RtStatus *status, const RtComparisons *comparisons)
{
        const char *cells[DETAILS];
        int widths[DETAILS];
        if (comparisons->n == 0)
                return;
        for (int i = 0; i < DETAILS; i++)
                widths[i] = columns_of(detail_titles[i]);
        RT_EACH (comparison, comparisons) {
                fill_cells(comparison, cells);
                for (int i = 0; i < DETAILS; i++)
                        if (columns_of(cells[i]) > widths[i])
                                widths[i] = columns_of(cells[i]);
        }
        print_cells(status, detail_titles, widths, false, "");
        RT_EACH (comparison, comparisons) {
                bool drifted = comparison->agreement == RT_DRIFT;
                const char *note = drifted ? "DRIFT" : "";
                if (comparison->agreement == RT_UNKNOWN && comparison->hint)
                        note = rt_printf(status->arena, "unknown: %s", comparison->hint);
                fill_cells(comparison, cells);
                print_cells(status, cells, widths, drifted, note);
        }
}

static void print_figures(const RtStatus *status, const RtContainerStatus *container)
{
        RtText line = RT_TEXT(status->arena);
        RT_EACH (figure, &container->findings.figures) {
                const char *value = figure->is_size && figure->value <= INT64_MAX
                                            ? rt_size_text(status->arena, (int64_t)figure->value)
                                            : rt_printf(status->arena, "%" PRIu64, figure->value);
                rt_text_addf(&line, "%s%s %s", line.n > 0 ? ", " : "", figure->name, value);
        }
        if (line.n > 0)
                printf("    %s\n", line.data);
}

/* -- all --------------------------------------------------------------------------------------- */

void rt_status_print_containers(const RtStatus *status)
{
        Row *rows = rt_alloc_array(status->arena, status->containers.n + 1, sizeof *rows);
        int widths[COLUMNS];
        print_config(status);
        print_platform(status);
        if (status->containers.n > 0) {
                rows[0] = (Row){ .note = "" };
                for (int k = 0; k < COLUMNS; k++) {
                        rows[0].cells[k] = titles[k];
                        widths[k] = (int)strlen(titles[k]);
                }
                for (size_t i = 0; i < status->containers.n; i++) {
                        rows[i + 1] = row_of(status->arena, &status->containers.items[i]);
                        for (int k = 0; k < COLUMNS; k++)
                                if ((int)strlen(rows[i + 1].cells[k]) > widths[k])
                                        widths[k] = (int)strlen(rows[i + 1].cells[k]);
                }
                print_row(status, &rows[0], widths);
        }
        for (size_t i = 0; i < status->containers.n; i++) {
                const RtContainerStatus *container = &status->containers.items[i];
                print_row(status, &rows[i + 1], widths);
                RT_EACH (comparison, &container->findings.comparisons)
                        if (comparison->agreement == RT_DRIFT)
                                print_drift(status, comparison);
                if (container->is_named) {
                        print_comparisons(status, &container->findings.comparisons);
                        print_figures(status, container);
                }
        }
        RT_EACH (unit, &status->undeclared)
                paint(status, true,
                      rt_printf(status->arena,
                                "! %s runs, and no descriptor declares it; systemctl stop %s",
                                *unit, *unit));
        putchar('\n');
}
