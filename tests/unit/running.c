/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "running.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "text.h"

/* An exclusive container has a slice of its own. */
static const char *group(void)
{
        const char *own = strstr(artifact("rt-imu.service"), "Slice=rtcontainers-imu.slice");
        return own ? "/sys/fs/cgroup/rtcontainers.slice/rtcontainers-imu.slice/rt-imu.service"
                   : "/sys/fs/cgroup/rtcontainers.slice/rt-imu.service";
}

/* -- files ------------------------------------------------------------------------------------- */

#define PUT(text, ...) put(rt_printf(fx.arena, __VA_ARGS__), (text))

void put_group(const char *name, const char *text)
{
        PUT(text, "%s/%s", group(), name);
}

void put_program(const char *name, const char *text)
{
        PUT(text, "/proc/%d/%s", PROGRAM_PID, name);
}

void remove_file(const char *path)
{
        ck_assert_int_eq(unlink(path_of(path)), 0);
}

bool put_device(const char *path, unsigned major, unsigned minor)
{
        PUT("", "%s", path); /* its folder */
        remove_file(path);
        return mknod(path_of(path), S_IFCHR | 0600, makedev(major, minor)) == 0;
}

const char *group_of(const char *name)
{
        return rt_printf(fx.arena, "%s/%s", group(), name);
}

static const char *status_text(const char *name, pid_t parent, pid_t pid, pid_t inside,
                               const char *cpus)
{
        const char *namespaces = inside > 0 ? rt_printf(fx.arena, "%d\t%d", pid, inside)
                                            : rt_printf(fx.arena, "%d", pid);
        return rt_printf(fx.arena,
                         "Name:\t%s\nUmask:\t0022\nState:\tS (sleeping)\nPPid:\t%d\nNSpid:\t%s\n"
                         "THP_enabled:\t0\nCpus_allowed:\t2\nCpus_allowed_list:\t%s\n",
                         name, parent, namespaces, cpus);
}

void put_thread(pid_t pid, pid_t tid, const char *name, const char *scheduling, const char *cpus)
{
        PUT(rt_printf(fx.arena, "%s\n", name), "/proc/%d/task/%d/comm", pid, tid);
        PUT(status_text("thread", 1, tid, 0, cpus), "/proc/%d/task/%d/status", pid, tid);
        PUT(scheduling, "/proc/scheduling/%d", tid);
}

void put_process(pid_t pid, pid_t parent, pid_t inside, const char *name)
{
        PUT(status_text(name, parent, pid, inside, "1"), "/proc/%d/status", pid);
        PUT(rt_printf(fx.arena, "%d (%s) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 %d 999 1\n",
                      pid, name, 900 * (int)sysconf(_SC_CLK_TCK)),
            "/proc/%d/stat", pid);
        put_thread(pid, pid, name, "0 0 0 0 0 0", "1");
}

/* -- a container that runs as planned ---------------------------------------------------------- */

void put_imu(const char *more)
{
        put("platform.conf", "cpus = \"0-3\"; housekeeping = \"0\";");
        put_container(
                "imu",
                rt_printf(fx.arena,
                          "tasks = ( { name = \"main\"; thread = \"run\"; period = \"10ms\";\n"
                          "            wcet = \"1ms\"; priority = 50; cpu = 1; },\n"
                          "          { name = \"io\"; thread = \"imu-io\"; period = \"10ms\";\n"
                          "            wcet = \"1ms\"; policy = \"other\"; } );\n"
                          "memory = { max = \"64M\"; locked = \"4M\"; };\n%s",
                          more));
        put_config("A", "imu", "");
        run();
        ck_assert_ptr_nonnull(container("imu"));
}

static void put_processes(void)
{
        put_process(NSPAWN_PID, 1, 0, "systemd-nspawn");
        put_process(INIT_PID, NSPAWN_PID, 1, "(sd-stubinit)");
        put_process(PROGRAM_PID, INIT_PID, 2, "run");
        put("/proc/100/exe", "nspawn");
        put_link("/proc/101/exe", path_of("/proc/100/exe"));
        put("/proc/102/exe", "program");
        put_thread(PROGRAM_PID, PROGRAM_PID, "run", "1 50 0 0 0 1", "1");
        put_thread(PROGRAM_PID, 103, "imu-io", "0 0 0 0 0 0", "1");
        put("/proc/uptime", rt_printf(fx.arena, "%d.25 3999.99\n", UPTIME));
        put_group("supervisor/cgroup.procs", "100\n");
        put_group("payload/cgroup.procs", "101\n102\n");
        put_group("cgroup.procs", "");
}

static void put_limits(void)
{
        const char *unit = "rt-imu.service";
        put_group("cpuset.cpus", "1\n");
        put_group("payload/cpuset.cpus.effective", "1\n");
        put_group("memory.max", "67108864\n");
        put_group("memory.high", "max\n");
        put_group("memory.low", "0\n");
        put_group("memory.swap.max", "0\n");
        put_group("memory.current", "1048576\n");
        put_group("memory.peak", "2097152\n");
        put_group("memory.events", "low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\n");
        put_program("limits",
                    "Limit                     Soft Limit           Hard Limit           Units\n"
                    "Max cpu time              unlimited            unlimited            seconds\n"
                    "Max locked memory         4194304              4194304              bytes\n"
                    "Max realtime priority     50                   50                   \n");
        ck_assert(has_artifact(unit));
}

static void put_settings(void)
{
        const RtInstance *imu = instance("imu");
        put_program("uid_map",
                    rt_printf(fx.arena, "         0 %10" PRId64 "      65536\n", imu->uid));
        put_program("net/dev", "Inter-|   Receive  |  Transmit\n face |bytes    packets\n"
                               "    lo:       0       0\n");
        put_link("/proc/102/ns/net", "net:[4026532000]");
        put_link("/proc/self/ns/net", "net:[4026531840]");
        put("/run/systemd/nspawn/imu.nspawn", artifact("rtcontainers.nspawn.d/imu.nspawn"));
        put_program("mountinfo", "40 30 0:30 / / ro,relatime shared:1 - ext4 /dev/root ro\n"
                                 "41 40 0:31 / /dev rw,nosuid - tmpfs tmpfs rw,size=4096k\n");
        put_link("/proc/102/root", path_of("/inside"));
        put("/inside/dev/shm/file", "");
}

void running_as_planned(void)
{
        put_processes();
        put_limits();
        put_settings();
}

/* -- questions --------------------------------------------------------------------------------- */

static int fake_scheduling(pid_t tid, RtSchedAttr *ret)
{
        RtSchedAttr found = { .size = sizeof found };
        FILE *file = fopen(path_of(rt_printf(fx.arena, "/proc/scheduling/%d", tid)), "re");
        if (!file)
                return -errno;
        int n = fscanf(file, "%" SCNu32 " %" SCNu32 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
                       &found.policy, &found.priority, &found.runtime, &found.deadline,
                       &found.period, &found.flags);
        (void)fclose(file);
        if (n != 6)
                return -EPERM;
        *ret = found;
        return 0;
}

static int no_programs(RtArena *arena, const char *cgroup, RtDevicePrograms *ret)
{
        (void)arena;
        (void)cgroup;
        (void)ret;
        return -EPERM;
}

RtFindings inspected(Aspect *aspect)
{
        return inspected_with(aspect, no_programs);
}

RtFindings inspected_with(Aspect *aspect, DevicePrograms *programs)
{
        static RtSystem system;
        system = (RtSystem){ .root = fx.root,
                             .cgroups = path_of("/sys/fs/cgroup"),
                             .systemctl = "",
                             .scheduling = fake_scheduling,
                             .device_programs = programs };
        RtInspection inspection = { .arena = fx.arena,
                                    .system = &system,
                                    .pipeline = &fx.pipeline,
                                    .instance = instance("imu"),
                                    .group = path_of(group()) };
        rt_inspection_open(&inspection);
        aspect(&inspection);
        rt_inspection_close(&inspection);
        return inspection.findings;
}

static const RtComparison *find(const RtFindings *findings, const char *subject, const char *aspect)
{
        RT_EACH (one, &findings->comparisons)
                if (strcmp(one->subject, subject) == 0 && strcmp(one->aspect, aspect) == 0)
                        return one;
        return NULL;
}

bool has_comparison(const RtFindings *findings, const char *subject, const char *aspect)
{
        return find(findings, subject, aspect) != NULL;
}

const RtComparison *comparison(const RtFindings *findings, const char *subject, const char *aspect)
{
        const RtComparison *one = find(findings, subject, aspect);
        ck_assert_msg(one, "there is no comparison of %s, %s", subject, aspect);
        return one;
}

static void expect(const RtComparison *one, RtAgreement agreement, const char *planned,
                   const char *actual)
{
        const char *is = one->actual ? one->actual : "not known";
        ck_assert_msg(one->agreement == agreement, "%s, %s is %s: planned %s, is %s (%s)",
                      one->subject, one->aspect, rt_agreement_words[one->agreement],
                      one->planned ? one->planned : "nothing", is, one->hint ? one->hint : "");
        ck_assert_pstr_eq(one->planned, planned);
        ck_assert_pstr_eq(one->actual, actual);
}

void expect_as_planned(const RtFindings *findings, const char *subject, const char *aspect,
                       const char *text)
{
        const RtComparison *one = comparison(findings, subject, aspect);
        expect(one, RT_AS_PLANNED, text, text);
        ck_assert_ptr_null(one->hint);
}

void expect_drift(const RtFindings *findings, const char *subject, const char *aspect,
                  const char *planned, const char *actual)
{
        const RtComparison *one = comparison(findings, subject, aspect);
        expect(one, RT_DRIFT, planned, actual);
        ck_assert_ptr_nonnull(one->hint);
}

void expect_unknown(const RtFindings *findings, const char *subject, const char *aspect,
                    const char *why)
{
        const RtComparison *one = comparison(findings, subject, aspect);
        ck_assert_msg(one->agreement == RT_UNKNOWN, "%s, %s is %s", subject, aspect,
                      rt_agreement_words[one->agreement]);
        ck_assert_ptr_nonnull(one->hint);
        expect_contains(one->hint, why);
}

void expect_all_as_planned(const RtFindings *findings)
{
        ck_assert_uint_gt(findings->comparisons.n, 0);
        RT_EACH (one, &findings->comparisons)
                ck_assert_msg(one->agreement == RT_AS_PLANNED,
                              "%s, %s is %s: planned %s, is %s (%s)", one->subject, one->aspect,
                              rt_agreement_words[one->agreement],
                              one->planned ? one->planned : "nothing",
                              one->actual ? one->actual : "not known", one->hint ? one->hint : "");
}
