/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How fast CPUs run, and how deep they sleep. */

#include <string.h>

#include "doctor.h"
#include "quantity.h"
#include "text.h"

#define CPU "/sys/devices/system/cpu/"

void rt_checkup_governor(RtDoctor *doctor)
{
        RtCpuSet others = { 0 };
        bool known = false, offered = true;
        const char *governor = NULL;
        RT_EACH_CPU (cpu, &doctor->realtime) {
                const char *folder = rt_say(CPU "cpu%d/cpufreq", cpu);
                const char *now = rt_view_text(doctor->view, rt_say("%s/scaling_governor", folder));
                const char *all = rt_view_text(doctor->view,
                                               rt_say("%s/scaling_available_governors", folder));
                known |= now != NULL;
                if (!now || strcmp(now, "performance") == 0)
                        continue;
                rt_cpuset_add(&others, (unsigned)cpu);
                governor = rt_printable(doctor->arena, now, 40);
                offered = offered && (!all || rt_has_word(all, "performance"));
        }
        if (!known)
                rt_found(doctor, RT_LEVEL_NOTE, "the kernel does not set the CPUs' frequency",
                         "Firmware or a hypervisor may; what they do cannot be seen here.", NULL,
                         NULL);
        else if (rt_cpuset_is_empty(&others))
                rt_fine(doctor, "real-time CPUs run at full frequency (performance)");
        else
                rt_found(doctor, RT_LEVEL_WARNING,
                         rt_say("the frequency of %s follows the load (%s)",
                                rt_cpus_said(doctor, &others), governor),
                         "After idling a task runs several times slower until the frequency has "
                         "come up, so its execution time is not what was measured under load.",
                         !offered ? NULL
                                  : rt_fix_write_cpus(doctor, &others,
                                                      CPU "cpu$c/cpufreq/scaling_governor",
                                                      "performance"),
                         !offered ? NULL
                                  : rt_keep_write_cpus(doctor, &others,
                                                       CPU "cpu$c/cpufreq/scaling_governor",
                                                       "performance"));
}

void rt_checkup_turbo(RtDoctor *doctor)
{
        static const char intel[] = CPU "intel_pstate/no_turbo", other[] = CPU "cpufreq/boost";
        int64_t value = 0;
        bool is_intel = rt_view_integer(doctor->view, intel, &value);
        const char *file = is_intel ? intel : other;
        const char *off = is_intel ? "1" : "0";
        if (!is_intel && !rt_view_integer(doctor->view, other, &value))
                rt_found(doctor, RT_LEVEL_NOTE, "the kernel has no switch for turbo frequencies",
                         NULL, NULL, NULL);
        else if ((value != 0) == is_intel)
                rt_fine(doctor, "turbo frequencies are off");
        else
                rt_found(doctor, RT_LEVEL_NOTE, "turbo frequencies are on",
                         "How fast a CPU then is depends on its temperature and on what the others "
                         "do; execution times that were measured cool and alone are too short.",
                         rt_fix_write(doctor, file, off), rt_keep_write(doctor, file, off));
}

/* -- idle states ------------------------------------------------------------------------------- */

typedef struct Deepest {
        bool known;
        int64_t latency; /* microseconds to leave the deepest state that is allowed */
        const char *name;
} Deepest;

static void look_at_state(const RtDoctor *doctor, const char *folder, Deepest *deepest)
{
        int64_t latency, disabled = 0;
        if (!rt_view_integer(doctor->view, rt_say("%s/latency", folder), &latency) || latency < 0)
                return;
        (void)rt_view_integer(doctor->view, rt_say("%s/disable", folder), &disabled);
        deepest->known = true;
        if (disabled != 0 || latency <= deepest->latency || latency > INT32_MAX)
                return;
        const char *name = rt_view_text(doctor->view, rt_say("%s/name", folder));
        deepest->latency = latency;
        deepest->name = name ? rt_printable(doctor->arena, name, 30) : "?";
}

static Deepest deepest_state(const RtDoctor *doctor)
{
        enum { MOST_STATES = 32 };
        Deepest deepest = { 0 };
        RT_EACH_CPU (cpu, &doctor->realtime)
                for (int i = 0; i < MOST_STATES; i++)
                        look_at_state(doctor, rt_say(CPU "cpu%d/cpuidle/state%d", cpu, i),
                                      &deepest);
        return deepest;
}

/* Whether each container with real-time tasks keeps idle CPUs from sleeping deeper than that. */
static bool containers_ask_for(const RtDoctor *doctor, int64_t us)
{
        RT_EACH (it, &doctor->model->containers) {
                const RtContainer *container = *it;
                if (container->object.rejected || !rt_container_is_realtime(container))
                        continue;
                if (!rt_is_set(&container->object.item, RT_CONTAINER_CPU_LATENCY) ||
                    container->cpu_latency > us * 1000)
                        return false;
        }
        return doctor->has_realtime;
}

void rt_checkup_idle_states(RtDoctor *doctor)
{
        Deepest deepest = deepest_state(doctor);
        int64_t release = doctor->model->platform.overheads.release;
        const char *idle = rt_boot_parameter(doctor, "idle");
        if (idle && strcmp(idle, "poll") == 0) {
                rt_fine(doctor, "idle CPUs do not sleep (idle=poll)");
                return;
        }
        if (!deepest.known) {
                rt_found(doctor, RT_LEVEL_NOTE, "the kernel does not choose among idle states",
                         "Firmware or a hypervisor may; what they do cannot be seen here.", NULL,
                         NULL);
                return;
        }
        int64_t most = release / 1000 > 2 ? release / 1000 : 2;
        if (deepest.latency <= most) {
                rt_fine(doctor, rt_say("idle real-time CPUs wake within %lld us",
                                       (long long)deepest.latency));
                return;
        }
        if (containers_ask_for(doctor, most)) {
                rt_fine(doctor, rt_say("idle CPUs take up to %lld us to wake, but cpu_latency "
                                       "keeps them from it while containers run",
                                       (long long)deepest.latency));
                return;
        }
        const char *states = rt_say("for c in %s; do for s in " CPU "cpu$c/cpuidle/state*; "
                                    "do [ \"$(cat $s/latency)\" -le %lld ] || ",
                                    rt_cpus_words(doctor, &doctor->realtime), (long long)most);
        rt_found(doctor, RT_LEVEL_WARNING,
                 rt_say("idle real-time CPUs take up to %lld us to wake (%s)",
                        (long long)deepest.latency, deepest.name),
                 rt_say("That comes on top of what a busy CPU needs, and overheads.release is %s; "
                        "containers can ask for less while they run, by cpu_latency.",
                        rt_duration_text(doctor->arena, release)),
                 rt_say("%secho 1 >$s/disable; done; done", states),
                 rt_say("%secho \"w $s/disable - - - - 1\"; done; done "
                        ">/etc/tmpfiles.d/rtcontainers-idle-states.conf",
                        states));
}

void rt_checkup_cpu_dma_latency(RtDoctor *doctor)
{
        if (rt_view_has(doctor->view, "/dev/cpu_dma_latency"))
                rt_fine(doctor, "a bound on wake-up latency can be asked for (cpu_dma_latency)");
        else
                rt_found(doctor, RT_LEVEL_NOTE, "there is no /dev/cpu_dma_latency",
                         "Nothing can keep CPUs from deep idle states for as long as it runs.",
                         NULL, NULL);
}
