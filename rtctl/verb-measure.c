/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtctl measure: what this machine adds to tasks' own times, as a drop-in of platform.conf. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "doctor.h"
#include "measure.h"
#include "output-file.h"
#include "quantity.h"
#include "rtctl.h"
#include "status-processes.h"
#include "text.h"

#define SECOND INT64_C(1000000000)

typedef struct Measure {
        RtCommand *command;
        RtDoctor doctor; /* what it has found are the conditions */
        RtMeasurement measurement;
        const char *running; /* our containers that run, "rt-imu.service, rt-log.service"; or "" */
} Measure;

static int refuse(const char *what)
{
        fprintf(stderr, "rtctl: %s\n", what);
        return -1;
}

/* -- what is asked for ------------------------------------------------------------------------- */

static int take_cpus(RtMeasurement *measurement, const RtCommand *command, const RtCpuSet *realtime)
{
        measurement->cpus = *realtime;
        if (command->cpus && rt_cpuset_parse(command->cpus, &measurement->cpus) < 0)
                return refuse("--cpus= takes a list of CPUs such as 1,3-4");
        RtCpuSet foreign = rt_cpuset_minus(&measurement->cpus, realtime);
        if (!rt_cpuset_is_empty(&foreign))
                return refuse(rt_printf(command->arena,
                                        "CPU %s is not one of the platform's real-time CPUs, %s",
                                        rt_cpuset_text(command->arena, &foreign),
                                        rt_cpuset_text(command->arena, realtime)));
        if (rt_cpuset_is_empty(&measurement->cpus))
                return refuse("there is no CPU to measure on");
        return 0;
}

static int take_options(RtMeasurement *measurement, const RtCommand *command,
                        const RtPlatform *platform)
{
        int64_t priority = platform->priorities.max;
        RtCpuSet realtime = rt_platform_realtime_cpus(platform);
        *measurement = (RtMeasurement){ .duration = 30 * SECOND, .margin = 1200000 };
        if (command->duration &&
            (rt_parse_duration(command->duration, &measurement->duration) < 0 ||
             measurement->duration < SECOND || measurement->duration > 24 * 3600 * SECOND))
                return refuse("--duration= takes a time from 1s to 86400s, such as 60s");
        if (command->margin && rt_parse_margin(command->margin, &measurement->margin) < 0)
                return refuse("--margin= takes a factor from 1 to 100, such as 1.5");
        if (command->priority &&
            (rt_parse_integer(command->priority, &priority) < 0 || priority < 1 || priority > 99))
                return refuse("--priority= takes a SCHED_FIFO priority from 1 to 99");
        measurement->priority = (int)priority;
        return take_cpus(measurement, command, &realtime);
}

/* -- who must not be disturbed ----------------------------------------------------------------- */

static const RtInstance *instance_of(const RtCommand *command, const char *unit)
{
        RT_EACH (instance, &command->pipeline.plan.instances)
                if (strcmp((*instance)->unit, unit) == 0)
                        return *instance;
        return NULL;
}

/* Of a unit that no descriptor stands for, anything may be the case. */
static bool is_in_the_way(const Measure *measure, const RtService *service)
{
        const RtInstance *instance = instance_of(measure->command, service->unit);
        if (!instance)
                return true;
        RtCpuSet both = rt_cpuset_and(&instance->cpus, &measure->measurement.cpus);
        return rt_container_is_realtime(instance->container) && !rt_cpuset_is_empty(&both);
}

static void add_unit(RtText *text, const char *unit)
{
        if (!strstr(text->data, unit)) /* several hierarchies have it */
                rt_text_addf(text, "%s%s", text->n > 0 ? ", " : "", unit);
}

static int look_for_containers(Measure *measure)
{
        RtArena *arena = measure->command->arena;
        const char *folder = getenv("RTCONTAINERS_CGROUP");
        const char *const roots[] = { folder && folder[0] ? folder : "/sys/fs/cgroup",
                                      "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd" };
        RtText in_the_way = RT_TEXT(arena), running = RT_TEXT(arena);
        for (size_t i = 0; i < RT_ELEMENTS(roots); i++) {
                RtServices services = { 0 };
                (void)rt_services_find(arena, roots[i], &services); /* of one kind or another */
                RT_EACH (service, &services) {
                        RtPids pids = { 0 };
                        (void)rt_service_pids(arena, service, &pids);
                        if (pids.n == 0)
                                continue;
                        add_unit(&running, service->unit);
                        if (is_in_the_way(measure, service))
                                add_unit(&in_the_way, service->unit);
                }
        }
        measure->running = rt_strdup(arena, running.data);
        if (in_the_way.n == 0 || measure->command->force)
                return 0;
        return refuse(rt_printf(arena,
                                "on these CPUs %s may run, which would miss deadlines; stop the "
                                "config, choose other --cpus=, or accept that with --force",
                                rt_printable(arena, in_the_way.data, 400)));
}

/* -- where it goes ----------------------------------------------------------------------------- */

/* Before anything is measured: afterwards is too late to say that it cannot be written. */
static int look_at_output(const RtCommand *command)
{
        const RtView view = { .arena = command->arena, .root = "", .source = &rt_view_files };
        const char *path = command->output;
        struct stat st;
        if (!path)
                return 0;
        const char *slash = strrchr(path, '/');
        const char *folder = slash ? rt_strndup(command->arena, path, (size_t)(slash - path)) : "";
        if (folder[0] && mkdir(folder, 0755) < 0 && errno != EEXIST)
                return refuse(rt_printf(command->arena, "%s cannot be made: %s", folder,
                                        strerror(errno)));
        if (folder[0] && access(folder, W_OK) < 0)
                return refuse(rt_printf(command->arena, "%s cannot be written to: %s", folder,
                                        strerror(errno)));
        if (command->force || stat(path, &st) < 0 || !S_ISREG(st.st_mode))
                return 0;
        const char *text = rt_view_text(&view, path);
        if (text && rt_measurement_is_ours(text))
                return 0;
        return refuse(rt_printf(command->arena,
                                "%s was not written by rtctl measure; --force replaces it", path));
}

/* -- conditions -------------------------------------------------------------------------------- */

static void add_condition(Measure *measure, const char *line)
{
        RtArena *arena = measure->command->arena;
        RT_APPEND(arena, &measure->measurement.conditions,
                  rt_strdup(arena, rt_printable(arena, line, 400)));
}

static void note_conditions(Measure *measure)
{
        static const char *const checks[] = { "preempt-rt", "clocksource", "hypervisor",
                                              "governor",   "turbo",       "idle-states",
                                              "throttling", "fair-server" };
        RtArena *arena = measure->command->arena;
        const RtMeasurement *measurement = &measure->measurement;
        const char *load = rt_view_text(measure->doctor.view, "/proc/loadavg");
        char date[64];
        time_t now = time(NULL);
        struct tm parts;
        strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S UTC", gmtime_r(&now, &parts));
        add_condition(measure, date);
        add_condition(measure,
                      rt_printf(arena, "CPUs %s, SCHED_FIFO %d, %s",
                                rt_cpuset_text(arena, &measurement->cpus), measurement->priority,
                                rt_duration_text(arena, measurement->duration)));
        for (size_t i = 0; i < RT_ELEMENTS(checks); i++)
                RT_EACH (finding, &measure->doctor.findings)
                        if (strcmp(finding->id, checks[i]) == 0)
                                add_condition(measure, finding->found);
        add_condition(measure, rt_printf(arena, "kernel's command line: %s",
                                         measure->doctor.boot_line ? measure->doctor.boot_line
                                                                   : "not known"));
        add_condition(measure, rt_printf(arena, "load before: %s", load ? load : "not known"));
        add_condition(measure, rt_printf(arena, "containers that ran: %s",
                                         measure->running[0] ? measure->running : "none"));
}

/* -- measuring --------------------------------------------------------------------------------- */

/* Why a probe may not run, in words that help. */
static int explain(const Measure *measure, int error, const char *what, int cpu)
{
        RtArena *arena = measure->command->arena;
        const char *help = "";
        bool group = false;
        RT_EACH (finding, &measure->doctor.findings)
                group |= strcmp(finding->id, "rt-group-sched") == 0 &&
                         finding->level == RT_LEVEL_ERROR;
        if (error == -EPERM && geteuid() != 0)
                help = "; this needs root";
        else if (error == -EPERM && group)
                help = "; the kernel has RT_GROUP_SCHED, see rtctl doctor";
        else if (error == -EINVAL)
                help = "; if the session is kept on other CPUs, run it by systemd-run --pipe "
                       "--wait --slice=rtcontainers.slice rtctl measure";
        return refuse(rt_printf(arena, "CPU %d: %s: %s%s", cpu, what, strerror(-error), help));
}

static int try_probes(const Measure *measure)
{
        const RtMeasurement *measurement = &measure->measurement;
        RtProbeSetup setup = { .cpus = measurement->cpus, .priority = measurement->priority };
        const char *what;
        int cpu = rt_cpuset_next(&setup.cpus, 0);
        int r = rt_probe_try(&setup, &what, &cpu);
        return r < 0 ? explain(measure, r, what, cpu) : 0;
}

static int run_probes(Measure *measure)
{
        RtMeasurement *measurement = &measure->measurement;
        RtArena *arena = measure->command->arena;
        RtProbeSetup setup = { .cpus = measurement->cpus, .priority = measurement->priority };
        const char *what;
        int cpu = rt_cpuset_next(&setup.cpus, 0);
        if (isatty(STDERR_FILENO))
                fprintf(stderr, "Measuring on CPUs %s for %s...\n",
                        rt_cpuset_text(arena, &setup.cpus),
                        rt_duration_text(arena, measurement->duration));
        for (RtOverhead kind = 0; kind < RT_OVERHEAD_KINDS; kind++) {
                measurement->histograms[kind] = rt_alloc_array(arena, rt_cpuset_count(&setup.cpus),
                                                               sizeof **measurement->histograms);
                setup.duration = rt_measurement_share(measurement, kind);
                int r = rt_probe_run(arena, rt_overhead_probes[kind], &setup,
                                     measurement->histograms[kind], &what, &cpu);
                if (r < 0)
                        return explain(measure, r, what, cpu);
        }
        RtOverhead missing;
        if (rt_measurement_is_whole(measurement, &missing, &cpu))
                return 0;
        return refuse(rt_printf(arena,
                                "CPU %d: nothing could be measured of %s; use a longer "
                                "--duration=, or a higher --priority=",
                                cpu, rt_overhead_words[missing]));
}

/* -- answers ----------------------------------------------------------------------------------- */

static json_object *figures_json(const RtHistogram *histogram)
{
        json_object *one = json_object_new_object();
        json_object_object_add(one, "samples", json_object_new_int64((int64_t)histogram->n));
        json_object_object_add(one, "min_ns", json_object_new_int64(histogram->least));
        json_object_object_add(one, "p50_ns",
                               json_object_new_int64(rt_histogram_quantile(histogram, 500000)));
        json_object_object_add(one, "p99_ns",
                               json_object_new_int64(rt_histogram_quantile(histogram, 990000)));
        json_object_object_add(one, "p999_ns",
                               json_object_new_int64(rt_histogram_quantile(histogram, 999000)));
        json_object_object_add(one, "max_ns", json_object_new_int64(histogram->most));
        return one;
}

static void print_json(const RtCommand *command, const RtMeasurement *measurement)
{
        json_object *answer = json_object_new_object(), *cpus = json_object_new_array();
        json_object *overheads = json_object_new_object(), *conditions = json_object_new_array();
        size_t i = 0;
        RT_EACH_CPU (cpu, &measurement->cpus) {
                json_object *one = json_object_new_object();
                json_object_object_add(one, "cpu", json_object_new_int64(cpu));
                for (RtOverhead kind = 0; kind < RT_OVERHEAD_KINDS; kind++)
                        json_object_object_add(one, rt_overhead_words[kind],
                                               figures_json(&measurement->histograms[kind][i]));
                json_object_array_add(cpus, one);
                i++;
        }
        for (RtOverhead kind = 0; kind < RT_OVERHEAD_KINDS; kind++)
                json_object_object_add(
                        overheads, rt_printf(command->arena, "%s_ns", rt_overhead_words[kind]),
                        json_object_new_int64(rt_measurement_value(measurement, kind)));
        RT_EACH (condition, &measurement->conditions)
                json_object_array_add(conditions, rt_json_text(*condition));
        json_object_object_add(answer, "priority", json_object_new_int64(measurement->priority));
        json_object_object_add(answer, "duration_ns", json_object_new_int64(measurement->duration));
        json_object_object_add(answer, "margin",
                               json_object_new_double((double)measurement->margin / 1000000));
        json_object_object_add(answer, "conditions", conditions);
        json_object_object_add(answer, "cpus", cpus);
        json_object_object_add(answer, "overheads", overheads);
        rt_print_json(command, answer);
}

static int print_answer(const RtCommand *command, const RtMeasurement *measurement)
{
        const char *text = rt_measurement_text(command->arena, measurement);
        if (command->output && rt_output_write(command, text) < 0)
                return -1;
        if (command->json != RT_JSON_OFF)
                print_json(command, measurement);
        else
                fputs(text, stdout);
        return 0;
}

int rt_verb_measure(RtCommand *command)
{
        const RtView view = { .arena = command->arena, .root = "", .source = &rt_view_files };
        Measure measure = { .command = command };
        if (rt_command_run_pipeline(command, RT_GENERATOR_UNIT_DIR) < 0)
                return RTCTL_TROUBLE;
        const RtModel *model = &command->pipeline.model;
        rt_doctor_examine(&measure.doctor, command->arena, &view, model,
                          command->pipeline.diags.n_errors);
        if (take_options(&measure.measurement, command, &model->platform) < 0 ||
            look_for_containers(&measure) < 0 || try_probes(&measure) < 0 ||
            look_at_output(command) < 0)
                return RTCTL_TROUBLE;
        note_conditions(&measure);
        if (run_probes(&measure) < 0 || print_answer(command, &measure.measurement) < 0)
                return RTCTL_TROUBLE;
        return RTCTL_GOOD;
}
