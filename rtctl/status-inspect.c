/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status-inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

const char *const rt_agreement_words[RT_AGREEMENTS] = {
        [RT_AS_PLANNED] = "as-planned",
        [RT_UNKNOWN] = "unknown",
        [RT_DRIFT] = "drift",
};

/* -- comparisons ------------------------------------------------------------------------------- */

void rt_compare(RtInspection *inspection, RtComparison comparison)
{
        if (comparison.agreement == RT_AS_PLANNED)
                comparison.hint = NULL;
        RT_APPEND(inspection->arena, &inspection->findings.comparisons, comparison);
}

void rt_compare_texts(RtInspection *inspection, RtComparison comparison)
{
        bool same = strcmp(comparison.planned, comparison.actual) == 0;
        comparison.agreement = same ? RT_AS_PLANNED : RT_DRIFT;
        rt_compare(inspection, comparison);
}

const char *rt_why_unread(int error)
{
        switch (-error) {
        case EACCES:
        case EPERM:
                return "root may read it";
        case ENOENT:
                return "this system does not have it";
        case ENODEV:
                return "its cgroup has no such controller";
        case ESRCH:
                return "it has ended, or cannot be told";
        case ENODATA:
        case EBADMSG:
                return "the kernel does not say";
        default:
                return strerror(-error);
        }
}

void rt_compare_unread(RtInspection *inspection, RtComparison comparison, int error)
{
        comparison.actual = NULL;
        comparison.agreement = RT_UNKNOWN;
        comparison.hint = rt_why_unread(error);
        rt_compare(inspection, comparison);
}

void rt_add_figure(RtInspection *inspection, const char *name, uint64_t value, bool is_size)
{
        RT_APPEND(inspection->arena, &inspection->findings.figures,
                  (RtFigure){ name, value, is_size });
}

/* -- what is planned --------------------------------------------------------------------------- */

/* The last line of that key, and its value. */
static const RtLine *line_in(const RtInspection *inspection, const char *path, const char *key,
                             const char **ret_value)
{
        const RtArtifact *file = rt_artifacts_find(&inspection->pipeline->artifacts, path);
        const RtLine *found = NULL;
        const size_t n = strlen(key);
        if (!file)
                return NULL;
        RT_EACH_LINE (line, file)
                if (strncmp(line->text, key, n) == 0 && line->text[n] == '=') {
                        found = line;
                        *ret_value = line->text + n + 1;
                }
        return found;
}

const char *rt_planned_in_unit(const RtInspection *inspection, const char *key)
{
        const char *value = NULL;
        (void)line_in(inspection, inspection->instance->unit, key, &value);
        return value;
}

const char *rt_planned_in_settings(const RtInspection *inspection, const char *key)
{
        const char *value = NULL;
        const char *path = rt_instance_file(inspection->arena, inspection->instance, "nspawn");
        (void)line_in(inspection, path, key, &value);
        return value;
}

const char *rt_declared_in_unit(const RtInspection *inspection, const char *key)
{
        const char *value;
        const RtLine *line = line_in(inspection, inspection->instance->unit, key, &value);
        const RtItem *item = line ? line->origin.item : NULL;
        const RtKey *from = item ? rt_schema_find(item->schema, line->origin.key) : NULL;
        if (!from || !rt_is_set(item, (size_t)(from - item->schema->keys)))
                return NULL;
        const char *text = rt_key_written(inspection->arena, item, from);
        const size_t n = strlen(text);
        bool is_quoted = n > 2 && text[0] == '"' && text[n - 1] == '"';
        return is_quoted ? rt_strndup(inspection->arena, text + 1, n - 2) : text;
}

const char *rt_planned_arguments(const RtInspection *inspection, const char *key,
                                 const char *command)
{
        const RtArtifact *file =
                rt_artifacts_find(&inspection->pipeline->artifacts, inspection->instance->unit);
        const char *start = rt_printf(inspection->arena, "%s=", key);
        const char *call = rt_printf(inspection->arena, "%s ", command);
        if (!file)
                return NULL;
        RT_EACH_LINE (line, file) {
                const char *found = strstr(line->text, call);
                if (found && rt_starts_with(line->text, start))
                        return found + strlen(call);
        }
        return NULL;
}

/* -- where it is read -------------------------------------------------------------------------- */

int rt_read_group(const RtInspection *inspection, const char *name, const char **ret)
{
        int r = rt_system_read(inspection->arena, AT_FDCWD,
                               rt_printf(inspection->arena, "%s/%s", inspection->group, name), ret);
        return r == -ENOENT ? -ENODEV : r;
}

int rt_read_program(const RtInspection *inspection, const char *name, const char **ret)
{
        if (inspection->folder < 0)
                return -ESRCH;
        return rt_system_read(inspection->arena, inspection->folder, name, ret);
}

/* -- the program ------------------------------------------------------------------------------- */

static bool read_status(const RtInspection *inspection, pid_t pid, RtProcStatus *ret)
{
        const char *text;
        const char *path =
                rt_system_path(inspection->arena, inspection->system, "/proc/%d/status", (int)pid);
        if (rt_system_read(inspection->arena, AT_FDCWD, path, &text) < 0)
                return false;
        rt_parse_status(inspection->arena, text, ret);
        return ret->depth > 0;
}

/* The stub is nspawn itself, going on in the container: by its executable file, or if we may not
 * look at that, by its name. */
static bool is_stub(const RtInspection *inspection, pid_t pid, const RtProcStatus *status,
                    pid_t nspawn)
{
        RtArena *arena = inspection->arena;
        struct stat of_pid, of_nspawn;
        if (stat(rt_system_path(arena, inspection->system, "/proc/%d/exe", (int)pid), &of_pid) ==
                    0 &&
            stat(rt_system_path(arena, inspection->system, "/proc/%d/exe", (int)nspawn),
                 &of_nspawn) == 0)
                return of_pid.st_dev == of_nspawn.st_dev && of_pid.st_ino == of_nspawn.st_ino;
        return strcmp(status->name, "(sd-stubinit)") == 0;
}

/* The process with the lowest PID in namespaces of that depth; a child of `parent` unless that is
 * 0. */
static pid_t first_process(const RtInspection *inspection, unsigned depth, pid_t parent,
                           RtProcStatus *ret)
{
        pid_t first = 0;
        RT_EACH (pid, &inspection->pids) {
                RtProcStatus status;
                if (!read_status(inspection, *pid, &status) || status.depth != depth ||
                    (parent > 0 && status.parent != parent) ||
                    (first && status.inner >= ret->inner))
                        continue;
                first = *pid;
                *ret = status;
                if (ret->inner == 1)
                        break;
        }
        return first;
}

/* PID 1 of the container, or what nspawn's stub init has started: its first child, since later ones
 * are orphans that it was given. */
static pid_t find_program(RtInspection *inspection, RtProcStatus *ret)
{
        RtProcStatus of_nspawn, of_init;
        RtPids pids = { 0 };
        const RtService supervisor = { .group = rt_printf(inspection->arena, "%s/supervisor",
                                                          inspection->group) };
        (void)rt_service_pids(inspection->arena, &supervisor, &pids);
        if (pids.n == 0 || !read_status(inspection, pids.items[0], &of_nspawn))
                return 0;
        const unsigned depth = of_nspawn.depth + 1;
        pid_t init = first_process(inspection, depth, 0, &of_init);
        if (!init || of_init.inner != 1)
                return 0;
        if (is_stub(inspection, init, &of_init, pids.items[0]))
                return first_process(inspection, depth, init, ret);
        *ret = of_init;
        return init;
}

static void find_age(RtInspection *inspection)
{
        const char *text;
        uint64_t start, uptime = 0;
        const long ticks = sysconf(_SC_CLK_TCK);
        if (rt_read_program(inspection, "stat", &text) < 0 || rt_parse_start(text, &start) < 0 ||
            ticks <= 0)
                return;
        const char *path = rt_system_path(inspection->arena, inspection->system, "/proc/uptime");
        if (rt_system_read(inspection->arena, AT_FDCWD, path, &text) < 0)
                return;
        for (; *text >= '0' && *text <= '9' && uptime < UINT32_MAX; text++)
                uptime = uptime * 10 + (uint64_t)(*text - '0');
        start /= (uint64_t)ticks;
        inspection->knows_age = uptime >= start;
        inspection->age = uptime - start;
}

void rt_inspection_open(RtInspection *inspection)
{
        const RtService payload = { .group = rt_printf(inspection->arena, "%s/payload",
                                                       inspection->group) };
        inspection->folder = -1;
        inspection->all = rt_service_pids(inspection->arena, &payload, &inspection->pids);
        inspection->program = find_program(inspection, &inspection->program_status);
        if (inspection->program > 0)
                inspection->folder = rt_system_open_process(inspection->arena, inspection->system,
                                                            inspection->program);
        find_age(inspection);
}

void rt_inspection_close(RtInspection *inspection)
{
        if (inspection->folder >= 0)
                (void)close(inspection->folder);
        inspection->folder = -1;
}

void rt_inspect(RtInspection *inspection)
{
        rt_inspect_threads(inspection);
        rt_inspect_cpus(inspection);
        rt_inspect_devices(inspection);
        rt_inspect_device_filter(inspection);
        rt_inspect_interrupts(inspection);
        rt_inspect_memory(inspection);
        rt_inspect_power(inspection);
        rt_inspect_settings(inspection);
}
