# SPDX-License-Identifier: LGPL-2.1-or-later
"""Systems for rtctl doctor: one on which all is well, and for each check what makes it say something else."""

CPU = "/sys/devices/system/cpu/"
CLOCKS = "/sys/devices/system/clocksource/clocksource0/"
KERNEL = "/proc/sys/kernel/"
MM = "/sys/kernel/mm/"
FAIR = "/sys/kernel/debug/sched/fair_server/"
PLATFORM = "/etc/rtcontainers/platform.conf"

OVERHEADS = 'overheads = { context_switch = "2us"; release = "100us"; irq = "5us"; };'
RT_LINE = ("BOOT_IMAGE=/vmlinuz ro quiet nohz_full=1-3 rcu_nocbs=1-3 irqaffinity=0 "
           "isolcpus=managed_irq,1-3")
CONFIG = "CONFIG_CGROUP_BPF=y\nCONFIG_HIGH_RES_TIMERS=y\n# CONFIG_RT_GROUP_SCHED is not set\n"
REALTIME = 'rootfs = "/srv/a";\ncommand = [ "/bin/a" ];\ntasks = ( { name = "t"; period = "10ms"; wcet = "1ms"; } );\n'
EXCLUSIVE = REALTIME + "cpus = { exclusive = true; };\n"
DEADLINE = REALTIME.replace('"1ms";', '"1ms"; policy = "deadline";')
FOLDER = None  # as text: a folder
SWAPS = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"

# Debian 12 with PREEMPT_RT on real hardware with four cores, all set up.
WELL = {
    PLATFORM: f'cpus = "0-3"; housekeeping = "0"; {OVERHEADS}\n',
    KERNEL + "osrelease": "6.1.0-18-rt-amd64\n",
    KERNEL + "version": "#1 SMP PREEMPT_RT Debian 6.1.76-1 (2024-02-01)\n",
    "/sys/kernel/realtime": "1\n",
    "/proc/cmdline": RT_LINE + "\n",
    "/boot/config-6.1.0-18-rt-amd64": CONFIG,
    "/proc/timer_list": "Timer List Version: v0.9\n  .resolution: 1 nsecs\n",
    CLOCKS + "current_clocksource": "tsc\n",
    CLOCKS + "available_clocksource": "tsc hpet acpi_pm \n",
    "/proc/cpuinfo": "processor\t: 0\nflags\t\t: fpu vme tsc msr\n",
    CPU + "online": "0-3\n",
    CPU + "present": "0-3\n",
    CPU + "nohz_full": "1-3\n",
    CPU + "intel_pstate/no_turbo": "1\n",
    CPU + "vulnerabilities/meltdown": "Mitigation: PTI\n",
    CPU + "vulnerabilities/l1tf": "Not affected\n",
    "/dev/cpu_dma_latency": "",
    KERNEL + "timer_migration": "0\n",
    KERNEL + "nmi_watchdog": "0\n",
    KERNEL + "sched_rt_runtime_us": "950000\n",
    KERNEL + "sched_rt_period_us": "1000000\n",
    MM + "transparent_hugepage/enabled": "always [madvise] never\n",
    "/proc/swaps": SWAPS,
    MM + "ksm/run": "0\n",
    KERNEL + "numa_balancing": "0\n",
    "/proc/sys/vm/compact_unevictable_allowed": "0\n",
    "/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-252.so": "",
    "/usr/bin/systemd-nspawn": "",
    "/usr/bin/apt-get": "",
    "/usr/sbin/update-grub": "",
    "/etc/default/grub": "",
    "/etc/default/grub.d": FOLDER,
    "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids\n",
    "/proc/sys/user/max_user_namespaces": "63000\n",
    "/proc/1/comm": "systemd\n",
    "/proc/700/comm": "irqbalance2\n",
    "/sys/kernel/btf/vmlinux": "",
}
for cpu in range(4):
    WELL[CPU + f"cpu{cpu}/topology/thread_siblings_list"] = f"{cpu}\n"
    WELL[CPU + f"cpu{cpu}/cpufreq/scaling_governor"] = "performance\n"
    WELL[CPU + f"cpu{cpu}/cpufreq/scaling_available_governors"] = "performance powersave\n"
    WELL[CPU + f"cpu{cpu}/cpuidle/state0/latency"] = "0\n"
    WELL[CPU + f"cpu{cpu}/cpuidle/state0/name"] = "POLL\n"
    WELL[CPU + f"cpu{cpu}/cpuidle/state1/latency"] = "80\n"
    WELL[CPU + f"cpu{cpu}/cpuidle/state1/name"] = "C6\n"

GONE = object()  # as text: the file is not there

# What makes it an ordinary kernel, and a kernel with a fair server.
ORDINARY = {"/sys/kernel/realtime": GONE, KERNEL + "version": "#1 SMP PREEMPT_DYNAMIC Debian\n"}
NEW = {KERNEL + "osrelease": "6.12.9-rt\n", "/boot/config-6.12.9-rt": CONFIG,
       **{FAIR + f"cpu{n}/runtime": "50000000\n" for n in (1, 2, 3)},
       **{FAIR + f"cpu{n}/period": "1000000000\n" for n in (1, 2, 3)}}


def line(text):
    return {"/proc/cmdline": text + "\n"}


def platform(text):
    return {PLATFORM: text + "\n"}


def container(text):
    return {"/etc/rtcontainers/a.container": text}


def everywhere(path, text):
    return {CPU + f"cpu{n}/{path}": text for n in range(4)}


# Check, what is different, the level, a part of what is found, a part of the fix or of what makes it permanent.
CASES = [
    ("preempt-rt", ORDINARY, "warning", "without PREEMPT_RT", "apt-get install linux-image-rt-"),
    ("preempt-rt", {"/sys/kernel/realtime": "0\n"}, "warning", "without PREEMPT_RT", ""),
    ("preempt-rt", {"/sys/kernel/realtime": GONE}, "good", "6.1.0-18-rt-amd64, PREEMPT_RT", ""),
    ("preempt-rt", {"/sys/kernel/realtime": GONE, KERNEL + "version": GONE}, "note", "not known", ""),
    ("preempt-rt", {**ORDINARY, "/usr/bin/apt-get": GONE, "/usr/bin/dnf": ""}, "warning", "", "dnf install kernel-rt"),
    ("preempt-rt", {**ORDINARY, "/etc/os-release": "ID=ubuntu\n"}, "warning", "", "pro enable realtime-kernel"),
    ("preempt-rt", {**ORDINARY, "/usr/bin/apt-get": GONE}, "warning", "", ""),
    ("preemption", ORDINARY, "note", "not known", "preempt=full"),
    ("preemption", {**ORDINARY, "/sys/kernel/debug/sched/preempt": "none (voluntary) full\n"}, "warning",
     "does not preempt", "echo full >/sys/kernel/debug/sched/preempt"),
    ("preemption", {**ORDINARY, "/sys/kernel/debug/sched/preempt": "none voluntary (full)\n"}, "good", "preemptible", ""),
    ("preemption", {**ORDINARY, **line("preempt=full")}, "good", "preemptible", ""),
    ("preemption", {**ORDINARY, **line("preempt=none")}, "warning", "does not preempt", "preempt=full"),
    ("preemption", {**ORDINARY, KERNEL + "version": "#1 SMP PREEMPT x\n"}, "good", "preemptible", ""),
    ("preemption", {**ORDINARY, KERNEL + "version": "#1 SMP x\n"}, "warning", "does not preempt", ""),
    ("threadirqs", ORDINARY, "warning", "do not run in threads", "$GRUB_CMDLINE_LINUX threadirqs"),
    ("threadirqs", {**ORDINARY, **line("a threadirqs")}, "good", "(threadirqs)", ""),
    ("threadirqs", {**ORDINARY, **line("nothreadirqs")}, "warning", "do not run in threads", ""),
    ("timers", {"/proc/timer_list": "  .resolution: 4000250 nsecs\n"}, "error", "tick only", ""),
    ("timers", {"/proc/timer_list": GONE, **line("highres=off")}, "error", "tick only", "highres=[^"),
    ("timers", {"/proc/timer_list": GONE}, "good", "high resolution", ""),
    ("timers", {"/proc/timer_list": GONE, "/boot/config-6.1.0-18-rt-amd64": "CONFIG_X=y\n"}, "error", "tick only", ""),
    ("timers", {"/proc/timer_list": GONE, "/boot/config-6.1.0-18-rt-amd64": GONE}, "note", "not known", ""),
    ("clocksource", {CLOCKS + "current_clocksource": "hpet\n"}, "warning", "is hpet", "echo tsc >"),
    ("clocksource", {CLOCKS + "current_clocksource": "hpet\n", CLOCKS + "available_clocksource": "hpet acpi_pm \n"},
     "warning", "is hpet", ""),
    ("clocksource", {CLOCKS + "current_clocksource": "kvm-clock\n"}, "note", "kvm-clock", "echo tsc >"),
    ("clocksource", {CLOCKS + "current_clocksource": "arch_sys_counter\n"}, "good", "arch_sys_counter", ""),
    ("clocksource", {CLOCKS + "current_clocksource": GONE}, "note", "not known", ""),
    ("hypervisor", {"/proc/cpuinfo": "x\nflags\t\t: fpu hypervisor lahf\n"}, "note", "virtual machine", ""),
    ("hypervisor", {"/sys/class/dmi/id/sys_vendor": "QEMU\n"}, "note", "on QEMU", ""),
    ("hypervisor", {"/proc/cpuinfo": "x\nflags\t: fpu\nother: hypervisor\n"}, "good", "no hypervisor", ""),
    ("cpus-online", {CPU + "online": "0-2\n"}, "error", "CPU 3 of platform.conf is offline",
     f"for c in 3; do echo 1 >{CPU}cpu$c/online; done"),
    ("cpus-online", {CPU + "online": "0-1\n", CPU + "present": "0-1\n"}, "error", "does not have CPUs 2-3", ""),
    ("cpus-online", {CPU + "online": GONE}, "note", "not known", ""),
    ("smt", {CPU + "cpu3/topology/thread_siblings_list": "0,3\n"}, "warning", "with CPU 0", "nosmt"),
    ("smt", {CPU + "cpu3/topology/thread_siblings_list": "3,7\n", CPU + "cpu7/online": "1\n"}, "warning", "with CPU 7",
     f"for c in 7; do echo 0 >{CPU}cpu$c/online; done"),
    ("smt", {CPU + "cpu2/topology/thread_siblings_list": "2-3\n"}, "note", "of CPUs 2-3", "nosmt"),
    ("governor", {CPU + "cpu2/cpufreq/scaling_governor": "powersave\n"}, "warning", "of CPU 2 follows",
     f"for c in 2; do echo performance >{CPU}cpu$c/cpufreq/scaling_governor; done"),
    ("governor", {CPU + "cpu0/cpufreq/scaling_governor": "powersave\n"}, "good", "full frequency", ""),
    ("governor", everywhere("cpufreq/scaling_governor", GONE), "note", "does not set", ""),
    ("turbo", {CPU + "intel_pstate/no_turbo": "0\n"}, "note", "are on", "echo 1 >"),
    ("turbo", {CPU + "intel_pstate/no_turbo": GONE, CPU + "cpufreq/boost": "1\n"}, "note", "are on", "echo 0 >"),
    ("turbo", {CPU + "intel_pstate/no_turbo": GONE, CPU + "cpufreq/boost": "0\n"}, "good", "are off", ""),
    ("turbo", {CPU + "intel_pstate/no_turbo": GONE}, "note", "no switch", ""),
    ("idle-states", {CPU + "cpu2/cpuidle/state1/latency": "133\n"}, "warning", "up to 133 us to wake (C6)",
     '-le 100 ] || echo 1 >$s/disable'),
    ("idle-states", {CPU + "cpu2/cpuidle/state1/latency": "133\n", CPU + "cpu2/cpuidle/state1/disable": "1\n"}, "good",
     "within 80 us", ""),
    ("idle-states", {CPU + "cpu2/cpuidle/state1/latency": "133\n", **container(REALTIME + 'cpu_latency = "100us";\n')}, "good",
     "up to 133 us to wake, but cpu_latency", ""),
    ("idle-states", {CPU + "cpu2/cpuidle/state1/latency": "133\n", **container(REALTIME + 'cpu_latency = "101us";\n')},
     "warning", "up to 133 us", ""),
    ("idle-states", {CPU + "cpu2/cpuidle/state1/latency": "133\n", **container(REALTIME),
                     "/etc/rtcontainers/b.container": REALTIME + 'cpu_latency = "0us";\n'}, "warning", "up to 133 us", ""),
    ("idle-states", {CPU + "cpu0/cpuidle/state1/latency": "133\n"}, "good", "within 80 us", ""),
    ("idle-states", {**everywhere("cpuidle/state1/latency", "133\n"), **line("idle=poll")}, "good", "idle=poll", ""),
    ("idle-states", {**everywhere("cpuidle/state0/latency", GONE), **everywhere("cpuidle/state1/latency", GONE)}, "note",
     "does not choose", ""),
    ("cpu-dma-latency", {"/dev/cpu_dma_latency": GONE}, "note", "no /dev/cpu_dma_latency", ""),
    ("mitigations", {CPU + "vulnerabilities/l1tf": "Vulnerable\n"}, "note", "1 are not", ""),
    ("boot-parameters", line("ro"), "note",
     "nohz_full=1-3 rcu_nocbs=1-3 irqaffinity=0 isolcpus=managed_irq,1-3", "60-rtcontainers-boot-parameters.cfg && update-grub"),
    ("boot-parameters", line("nohz_full=1-3"), "note", "line: irqaffinity=0 isolcpus=managed_irq,1-3", ""),
    ("boot-parameters", {**line("ro"), CPU + "nohz_full": GONE}, "note", "line: rcu_nocbs=1-3 irq", ""),
    ("boot-parameters", {**line("ro"), "/etc/default/grub.d": GONE}, "note", "", "sed -i 's|^GRUB_CMDLINE_LINUX=\"|&nohz_full"),
    ("boot-parameters", {**line("ro"), "/usr/sbin/grubby": ""}, "note", "", 'grubby --update-kernel=ALL --args="nohz_full=1-3 '),
    ("boot-parameters", {**line("ro"), "/etc/default/grub": GONE, "/etc/kernel/cmdline": ""}, "note", "",
     "/etc/kernel/cmdline && kernel-install add"),
    ("boot-parameters", {**line("ro"), "/etc/default/grub": GONE}, "note", "", "# add to the kernel's command line: nohz_full"),
    ("boot-parameters", {"/proc/cmdline": GONE}, "note", "not known", ""),
    ("boot-parameters", platform(f'cpus = "0"; housekeeping = "0"; {OVERHEADS}'), "note", "no CPU is for", ""),
    ("boot-cpus", line("nohz_full=0-3"), "warning", "nohz_full has CPU 0", ""),
    ("boot-cpus", line("isolcpus=0,2 irqaffinity=0-1"), "warning", "isolcpus has CPU 0, irqaffinity has CPU 1", ""),
    ("boot-cpus", line("rcu_nocbs=0"), "warning", "rcu_nocbs has CPU 0", ""),
    ("isolcpus", {**line("isolcpus=1-3"), **container(EXCLUSIVE), KERNEL + "osrelease": "6.7.1\n"}, "warning",
     "keeps CPUs 1-3 out", "isolcpus=[^"),
    ("isolcpus", {**line("isolcpus=domain,managed_irq,1-3"), **container(EXCLUSIVE), KERNEL + "osrelease": "6.12.1\n"},
     "warning", "keeps CPUs 1-3 out", "update-grub"),
    ("isolcpus", {**line("isolcpus=1-3"), **container(EXCLUSIVE)}, "note", "keeps CPUs 1-3 out", ""),
    ("isolcpus", {**line("isolcpus=1-3"), KERNEL + "osrelease": "6.7.1\n"}, "note", "keeps CPUs 1-3 out", ""),
    ("isolcpus", {**line("isolcpus=1-N"), CPU + "isolated": "1-3\n"}, "note", "keeps CPUs 1-3 out", ""),
    ("isolcpus", {**line("isolcpus=1-3"), "/etc/default/grub.d/x.cfg": ""}, "note", "", "/etc/default/grub.d/*.cfg &&"),
    ("isolcpus", line("isolcpus=1-3"), "note", "", "/etc/default/grub && update-grub"),
    ("isolcpus", line("ro"), "good", "not used", ""),
    ("isolcpus", line("isolcpus=nohz,1-3"), "good", "leaves scheduling domains", ""),
    ("tick", {CPU + "nohz_full": GONE}, "note", "cannot stop its tick", ""),
    ("tick", {CPU + "nohz_full": GONE, "/boot/config-6.1.0-18-rt-amd64": GONE}, "note", "not known", ""),
    ("tick", {CPU + "nohz_full": "(null)\n"}, "good", "is not on CPUs 1-3", ""),
    ("timer-migration", {KERNEL + "timer_migration": "1\n", CPU + "nohz_full": "\n"}, "warning", "move from idle",
     "echo 0 >/proc/sys/kernel/timer_migration"),
    ("timer-migration", {KERNEL + "timer_migration": "1\n"}, "good", "not to those with nohz_full", ""),
    ("nmi-watchdog", {KERNEL + "nmi_watchdog": "1\n"}, "warning", "is on", "kernel.nmi_watchdog = 0"),
    ("nmi-watchdog", {KERNEL + "nmi_watchdog": GONE}, "good", "no NMI watchdog", ""),
    ("throttling", {KERNEL + "sched_rt_runtime_us": "900000\n"}, "error", "leaves 0.9 of each CPU",
     "echo 950000 >/proc/sys/kernel/sched_rt_runtime_us"),
    ("throttling", {KERNEL + "sched_rt_runtime_us": "-1\n"}, "good", "leaves 1 of each CPU", ""),
    ("throttling", platform(f'cpus = "0-3"; rt_bandwidth = 1.0; {OVERHEADS}'), "error", "rt_bandwidth is 1", "echo -1 >"),
    ("throttling", {**NEW, KERNEL + "sched_rt_runtime_us": "900000\n"}, "note", "leaves 0.9", "echo 950000"),
    ("throttling", {**NEW, KERNEL + "sched_rt_runtime_us": "900000\n", **container(DEADLINE)}, "error", "leaves 0.9", ""),
    ("throttling", {KERNEL + "sched_rt_runtime_us": "800000\n", KERNEL + "sched_rt_period_us": "900000\n"}, "error", "",
     "echo 855000 >"),
    ("throttling", {KERNEL + "sched_rt_period_us": "0\n"}, "note", "not known", ""),
    ("rt-period", {KERNEL + "sched_rt_runtime_us": "95000\n", KERNEL + "sched_rt_period_us": "100000\n"}, "warning",
     "periods of 100000 us", "echo 1000000 >"),
    # The kernel takes no period below the runtime.
    ("rt-period", {KERNEL + "sched_rt_runtime_us": "9000000\n", KERNEL + "sched_rt_period_us": "10000000\n"}, "warning",
     "by periods of 10000000 us", "echo 900000 >/proc/sys/kernel/sched_rt_runtime_us && echo 1000000 >"),
    ("rt-period", {**NEW, KERNEL + "sched_rt_runtime_us": "95000\n", KERNEL + "sched_rt_period_us": "100000\n"}, "good",
     "100000 us", ""),
    ("fair-server", {**NEW, FAIR + "cpu2/runtime": "100000000\n"}, "warning", "on CPU 2 the fair server", "echo 50000000 >"),
    ("fair-server", {**NEW, FAIR + "cpu3/period": "500000000\n"}, "warning", "on CPU 3 the fair server", ""),
    ("fair-server", NEW, "good", "at most 50 ms", ""),
    ("fair-server", {**NEW, **{FAIR + f"cpu{n}/runtime": "0\n" for n in (1, 2, 3)}}, "good", "is off", ""),
    ("fair-server", {KERNEL + "osrelease": "6.18.1\n"}, "note", "not known", ""),
    ("fair-server", {KERNEL + "osrelease": "next\n"}, "note", "not known", ""),
    ("rt-group-sched", {"/boot/config-6.1.0-18-rt-amd64": "CONFIG_RT_GROUP_SCHED=y\n"}, "error", "refuses",
     "echo -1 >/proc/sys/kernel/sched_rt_runtime_us"),
    ("rt-group-sched", {KERNEL + "osrelease": "6.16.0\n", "/lib/modules/6.16.0/config": "CONFIG_RT_GROUP_SCHED=y\n"},
     "error", "refuses", "rt_group_sched=0"),
    ("rt-group-sched", {"/boot/config-6.1.0-18-rt-amd64": "CONFIG_RT_GROUP_SCHED=y\n", **line("rt_group_sched=0")}, "good",
     "and off", ""),
    ("rt-group-sched", {"/boot/config-6.1.0-18-rt-amd64": "CONFIG_RT_GROUP_SCHED=y\n",
                        KERNEL + "sched_rt_runtime_us": "-1\n"}, "note", "without effect", ""),
    ("rt-group-sched", {"/boot/config-6.1.0-18-rt-amd64": GONE}, "note", "not known", ""),
    ("thp", {MM + "transparent_hugepage/enabled": "[always] madvise never\n"}, "warning", "everywhere",
     "echo madvise >/sys/kernel/mm/transparent_hugepage/enabled"),
    ("thp", {MM + "transparent_hugepage/enabled": "always madvise [never]\n"}, "good", "never", ""),
    ("thp", {MM + "transparent_hugepage/enabled": GONE}, "good", "no huge pages of itself", ""),
    ("swap", {"/proc/swaps": SWAPS + "/dev/sda2 partition 999 0 -2\n"}, "note", "1 swap device is", "swapoff -a"),
    ("swap", {"/proc/swaps": SWAPS + "/dev/sda2 x\n/dev/zram0 x\n", **container(REALTIME)}, "warning", "2 swap devices are",
     "systemctl mask swap.target"),
    ("ksm", {MM + "ksm/run": "1\n"}, "warning", "merges pages", "echo 2 >"),
    ("ksm", {MM + "ksm/run": GONE}, "good", "not there", ""),
    ("numa-balancing", {KERNEL + "numa_balancing": "1\n"}, "warning", "is on", "echo 0 >"),
    ("compaction", {"/proc/sys/vm/compact_unevictable_allowed": "1\n"}, "warning", "may move locked", "echo 0 >"),
    ("hugepages", platform('cpus = "0-3"; hugepages = ( { size = "2M"; count = 64; } );'), "error", "no huge pages of 2M", ""),
    ("hugepages", {**platform('cpus = "0-3"; hugepages = ( { size = "2M"; count = 64; } );'),
                   MM + "hugepages/hugepages-2048kB/nr_hugepages": "63\n"}, "error", "63 are set aside",
     "echo 64 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"),
    ("hugepages", {**platform('cpus = "0-3"; hugepages = ( { size = "2M"; count = 64; } );'),
                   MM + "hugepages/hugepages-2048kB/nr_hugepages": "64\n"}, "good", "64 are declared", ""),
    ("systemd", {"/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-252.so": GONE,
                 "/usr/lib/systemd/libsystemd-shared-247.so": ""}, "warning", "systemd 247 is old", ""),
    ("systemd", {"/usr/lib/systemd/libsystemd-shared-257.4-1.fc42.so": ""}, "good", "systemd 257", ""),
    ("systemd", {"/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-252.so": GONE}, "note", "not known", ""),
    ("nspawn", {"/usr/bin/systemd-nspawn": GONE}, "error", "not installed", "apt-get install systemd-container"),
    ("cgroups", {"/sys/fs/cgroup/cgroup.controllers": GONE, "/sys/fs/cgroup/unified/cgroup.controllers": "\n"}, "warning",
     "hybrid", "systemd.unified_cgroup_hierarchy=1"),
    ("cgroups", {"/sys/fs/cgroup/cgroup.controllers": GONE, "/sys/fs/cgroup/systemd": FOLDER}, "error", "old kind", ""),
    ("cgroups", {"/sys/fs/cgroup/cgroup.controllers": GONE}, "note", "not known", ""),
    ("controllers", {"/sys/fs/cgroup/cgroup.controllers": "cpu io memory\n"}, "warning", '"cpuset"', ""),
    ("controllers", {"/sys/fs/cgroup/cgroup.controllers": "cpuset cpu\n"}, "warning", '"memory"', "cgroup_enable=memory"),
    ("controllers", {"/sys/fs/cgroup/cgroup.controllers": "cpuset memory\n"}, "note", '"cpu"', ""),
    ("device-filter", {"/boot/config-6.1.0-18-rt-amd64": "CONFIG_HIGH_RES_TIMERS=y\n"}, "error", "not limited", ""),
    ("device-filter", {"/boot/config-6.1.0-18-rt-amd64": GONE}, "note", "not known", ""),
    ("device-filter", {"/sys/fs/cgroup/cgroup.controllers": GONE}, "good", "old control groups", ""),
    ("user-namespaces", {"/proc/sys/user/max_user_namespaces": "0\n"}, "error", "forbidden", "echo 4096 >"),
    ("user-namespaces", {"/proc/sys/user/max_user_namespaces": GONE}, "error", "no user namespaces", ""),
    ("irqbalance", {"/proc/701/comm": "irqbalance\n"}, "warning", "irqbalance runs", "systemctl stop irqbalance.service"),
    ("irqbalance", {"/proc/x701/comm": "irqbalance\n"}, "good", "does not run", ""),
    ("btf", {"/sys/kernel/btf/vmlinux": GONE}, "note", "does not describe", ""),
    ("descriptors", container('rootfs = "a";\n'), "error", "2 errors in descriptors", ""),
    ("overheads", platform('cpus = "0-3";'), "note", "does not say all", "rtctl --output=/etc/rtcontainers/platform.conf.d/50-measured.conf measure"),
    ("overheads", {**platform('cpus = "0-3";'), **container(REALTIME)}, "warning", "does not say all", ""),
]
