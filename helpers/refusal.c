/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The second half of binding.h: what the kernel means by its error numbers. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "binding.h"
#include "payload.h"
#include "sched-attr.h"

enum {
        MOST_LOOKED_AT = 32768, /* threads, for those that have bandwidth */
        MOST_NAMED = 4,
};

typedef struct Text {
        char *data;
        size_t n, size;
} Text;

__attribute__((format(printf, 2, 3))) static void add(Text *text, const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        int n = vsnprintf(text->data + text->n, text->size - text->n, format, arguments);
        va_end(arguments);
        if (n > 0)
                text->n = text->n + (size_t)n < text->size ? text->n + (size_t)n : text->size - 1;
}

/* "400us", without a fraction that is none. */
static void add_time(Text *text, int64_t ns)
{
        if (ns % 1000000 == 0)
                add(text, "%lldms", (long long)ns / 1000000);
        else if (ns % 1000 == 0)
                add(text, "%lldus", (long long)ns / 1000);
        else
                add(text, "%lldns", (long long)ns);
}

static void add_cpus(Text *text, const cpu_set_t *cpus)
{
        const char *before = CPU_COUNT(cpus) == 1 ? " on CPU " : " on CPUs ";
        for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
                if (!CPU_ISSET((size_t)cpu, cpus))
                        continue;
                int last = cpu;
                while (last + 1 < CPU_SETSIZE && CPU_ISSET((size_t)last + 1, cpus))
                        last++;
                add(text, last > cpu ? "%s%d-%d" : "%s%d", before, cpu, last);
                before = ",";
                cpu = last;
        }
}

void rt_binding_text(const RtTaskSpec *spec, char *ret, size_t size)
{
        Text text = { ret, 0, size };
        if (spec->policy == SCHED_OTHER) {
                add(&text, "timer slack ");
                add_time(&text, spec->timer_slack);
                return;
        }
        add(&text, "%s ", rt_sched_policy_name(spec->policy));
        if (spec->policy == SCHED_FIFO) {
                add(&text, "%u", spec->priority);
        } else {
                add_time(&text, spec->runtime);
                add(&text, " within ");
                add_time(&text, spec->deadline);
                add(&text, " every ");
                add_time(&text, spec->period);
        }
        add_cpus(&text, &spec->cpus);
}

/* -- who has the bandwidth --------------------------------------------------------------------- */

static void read_line(const char *path, char *ret, size_t size)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, ret, size - 1);
        ret[n > 0 ? n : 0] = '\0';
        ret[strcspn(ret, "\n")] = '\0';
        if (fd >= 0)
                close(fd);
}

static void add_user(Text *text, pid_t tid, const RtSchedAttr *attr, int n)
{
        char path[64], name[64], cgroup[4096];
        snprintf(path, sizeof path, "/proc/%d/comm", tid);
        read_line(path, name, sizeof name);
        char *unit = rt_process_cgroup(tid, cgroup, sizeof cgroup) ? strstr(cgroup, "/rt-") : NULL;
        if (unit)
                unit[1 + strcspn(unit + 1, "/")] = '\0';
        add(text, "%s\"%s\" (%d%s%s) has %.3f of a CPU", n > 0 ? ", " : ", of which thread ", name,
            tid, unit ? " of " : "", unit ? unit + 1 : "",
            attr->period > 0 ? (double)attr->runtime / (double)attr->period : 0.0);
}

/* The number of threads that have bandwidth; some are named. */
static int add_users_of(Text *text, const char *process, int named, int *looked_at)
{
        char path[300];
        snprintf(path, sizeof path, "/proc/%s/task", process);
        DIR *dir = opendir(path);
        for (struct dirent *entry; dir && *looked_at < MOST_LOOKED_AT && (entry = readdir(dir));) {
                RtSchedAttr attr;
                pid_t tid = atoi(entry->d_name);
                ++*looked_at;
                if (tid <= 0 || rt_sched_get(tid, &attr) < 0 || attr.policy != RT_SCHED_DEADLINE)
                        continue;
                if (named < MOST_NAMED)
                        add_user(text, tid, &attr, named);
                named++;
        }
        if (dir)
                closedir(dir);
        return named;
}

static void add_users(Text *text)
{
        int named = 0, looked_at = 0;
        DIR *dir = opendir("/proc");
        for (struct dirent *entry; dir && (entry = readdir(dir));)
                if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
                        named = add_users_of(text, entry->d_name, named, &looked_at);
        if (dir)
                closedir(dir);
        if (named == 0)
                add(text, "; no thread has any, so one that has ended does still, or limits of "
                          "real-time tasks leave none");
        else if (named > MOST_NAMED)
                add(text, ", and %d more have some", named - MOST_NAMED);
}

/* -- why --------------------------------------------------------------------------------------- */

static int64_t read_setting(const char *path, int64_t initial)
{
        char text[32], *end;
        read_line(path, text, sizeof text);
        int64_t value = strtoll(text, &end, 10);
        return end > text ? value : initial;
}

static void add_wrong_value(Text *text, const RtTaskSpec *spec)
{
        const int64_t least =
                1000 * read_setting("/proc/sys/kernel/sched_deadline_period_min_us", 100);
        const int64_t most =
                1000 * read_setting("/proc/sys/kernel/sched_deadline_period_max_us", 4194304);
        if (spec->policy != RT_SCHED_DEADLINE) {
                add(text, "the kernel knows no such priority");
        } else if (spec->runtime < 1024) {
                add(text, "the runtime is shorter than 1024ns");
        } else if (spec->runtime > spec->deadline) {
                add(text, "the runtime is longer than the deadline");
        } else if (spec->deadline > spec->period) {
                add(text, "the deadline is longer than the period");
        } else if (spec->period < least || spec->period > most) {
                add(text, "the period is not from ");
                add_time(text, least);
                add(text, " to ");
                add_time(text, most);
        } else {
                add(text, "the kernel does not take these values");
        }
}

static void add_why_no_policy(Text *text, const RtTaskSpec *spec, int error)
{
        if (error == EBUSY) {
                add(text, "the bandwidth is used up");
                add_users(text);
        } else if (error == EINVAL) {
                add_wrong_value(text, spec);
        } else if (error == EPERM && spec->policy == RT_SCHED_DEADLINE) {
                add(text, "the kernel takes SCHED_DEADLINE only for a thread that may run on all "
                          "CPUs of its partition, and these are not all; the container needs cpus "
                          "= { exclusive = true; count = 1; }, and cgroups with cpusets");
        } else if (error == EPERM) {
                add(text, "not permitted; a kernel with RT_GROUP_SCHED has to give its cgroup "
                          "cpu.rt_runtime_us first");
        } else {
                add(text, "%s", strerror(error));
        }
}

void rt_refusal_text(const RtTaskSpec *spec, RtBindingStep step, int error, char *ret, size_t size)
{
        Text text = { ret, 0, size };
        if (step == RT_BINDING_POLICY)
                add_why_no_policy(&text, spec, error);
        else if (step == RT_BINDING_CPUS && error == EINVAL)
                add(&text, "its cgroup may use none of these CPUs, or they are not online");
        else if (step == RT_BINDING_CPUS && error == EBUSY)
                add(&text, "it has SCHED_DEADLINE, with more bandwidth than these CPUs have left");
        else
                add(&text, "%s", strerror(error));
}
