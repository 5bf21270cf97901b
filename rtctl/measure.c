/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "measure.h"

#include <errno.h>
#include <string.h>

#include "quantity.h"
#include "text.h"

enum { MILLION = 1000000 };

#define FIRST_LINE "# Written by rtctl measure"

const char *const rt_overhead_words[RT_OVERHEAD_KINDS] = {
        [RT_OVERHEAD_RELEASE] = "release",
        [RT_OVERHEAD_SWITCH] = "context_switch",
        [RT_OVERHEAD_IRQ] = "irq",
};

const RtProbeKind *const rt_overhead_probes[RT_OVERHEAD_KINDS] = {
        [RT_OVERHEAD_RELEASE] = &rt_probe_release,
        [RT_OVERHEAD_SWITCH] = &rt_probe_switch,
        [RT_OVERHEAD_IRQ] = &rt_probe_irq,
};

int64_t rt_measurement_share(const RtMeasurement *measurement, RtOverhead kind)
{
        return measurement->duration / (kind == RT_OVERHEAD_RELEASE ? 2 : 4);
}

int64_t rt_measurement_value(const RtMeasurement *measurement, RtOverhead kind)
{
        int64_t most = 0;
        for (size_t i = 0; i < rt_cpuset_count(&measurement->cpus); i++)
                if (measurement->histograms[kind][i].most > most)
                        most = measurement->histograms[kind][i].most;
        return rt_with_margin(most, measurement->margin);
}

bool rt_measurement_is_whole(const RtMeasurement *measurement, RtOverhead *ret_kind, int *ret_cpu)
{
        for (RtOverhead kind = 0; kind < RT_OVERHEAD_KINDS; kind++) {
                size_t i = 0;
                RT_EACH_CPU (cpu, &measurement->cpus) {
                        if (measurement->histograms[kind][i++].n > 0)
                                continue;
                        *ret_kind = kind;
                        *ret_cpu = cpu;
                        return false;
                }
        }
        return true;
}

/* -- the drop-in ------------------------------------------------------------------------------- */

static void add_figures(RtText *text, const char *what, int cpu, const RtHistogram *histogram)
{
        static const int64_t quantiles[] = { 500000, 990000, 999000 };
        rt_text_addf(text, "#   %-14s  %4d  %9llu  %8.1f", what, cpu,
                     (unsigned long long)histogram->n, (double)histogram->least / 1000);
        for (size_t i = 0; i < RT_ELEMENTS(quantiles); i++)
                rt_text_addf(text, "  %8.1f",
                             (double)rt_histogram_quantile(histogram, quantiles[i]) / 1000);
        rt_text_addf(text, "  %8.1f\n", (double)histogram->most / 1000);
}

const char *rt_measurement_text(RtArena *arena, const RtMeasurement *measurement)
{
        RtText text = RT_TEXT(arena);
        rt_text_add(&text, FIRST_LINE "; its next run replaces this file.\n#\n");
        RT_EACH (condition, &measurement->conditions)
                rt_text_addf(&text, "# %s\n", *condition);
        rt_text_add(&text, "#\n# Microseconds:\n"
                           "#                  CPU    SAMPLES     LEAST       P50       P99     "
                           "P99.9      MOST\n");
        for (RtOverhead kind = 0; kind < RT_OVERHEAD_KINDS; kind++) {
                size_t i = 0;
                RT_EACH_CPU (cpu, &measurement->cpus)
                        add_figures(&text, rt_overhead_words[kind], cpu,
                                    &measurement->histograms[kind][i++]);
        }
        rt_text_addf(&text, "#\n# The most of all CPUs times %g, rounded up:\noverheads = {",
                     (double)measurement->margin / MILLION);
        for (RtOverhead kind = 0; kind < RT_OVERHEAD_KINDS; kind++)
                rt_text_addf(&text, " %s = \"%s\";", rt_overhead_words[kind],
                             rt_duration_text(arena, rt_measurement_value(measurement, kind)));
        rt_text_add(&text, " };\n");
        return text.data;
}

bool rt_measurement_is_ours(const char *text)
{
        return !text[0] || rt_starts_with(text, FIRST_LINE);
}

/* -- options ----------------------------------------------------------------------------------- */

int rt_parse_margin(const char *text, int64_t *ret_ppm)
{
        enum { MOST = 100, DECIMALS = 6 };
        size_t whole = strspn(text, "0123456789");
        size_t part = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
        int64_t ppm = 0;
        if (whole == 0 || whole > 3 || part > DECIMALS || (text[whole] == '.' && part == 0) ||
            text[whole + (part > 0) + part])
                return -EINVAL;
        for (size_t i = 0; i < whole; i++)
                ppm = ppm * 10 + (text[i] - '0');
        for (size_t i = 0; i < DECIMALS; i++)
                ppm = ppm * 10 + (i < part ? text[whole + 1 + i] - '0' : 0);
        if (ppm < MILLION || ppm > (int64_t)MOST * MILLION)
                return -EINVAL;
        *ret_ppm = ppm;
        return 0;
}
