# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For tests of CPU isolation, which source this after vm.sh: containers, partitions; where interrupts, work queues and
# threads may run, to compare it before and after.

readonly TOP=/sys/fs/cgroup/rtcontainers.slice

add_container() { # NAME CPU POLICY KEYS…
        local policy='policy = "fifo";'
        [[ $3 == fifo ]] || policy="policy = \"$3\";"
        vm_descriptor "$1.container" <<END
rootfs  = "$VM_ROOTFS/probe";
command = [ "/bin/sleep", "1000000" ];
tasks   = ( { name = "main"; period = "10ms"; wcet = "1ms"; cpu = $2; $policy } );
${*:4}
END
}

add_config() { # NAME CONTAINER…
        printf 'containers = [ %s ];\n' "$(printf '"%s", ' "${@:2}" | sed 's/, $//')" | vm_descriptor "$1.config"
}

# CPU 2 is taken by "own" in "one" and "two", by "rival" in "three".
set_up_cpus() {
        vm_descriptor platform.conf <<<'cpus = "0-3"; housekeeping = "0";'
        add_container own 2 fifo 'cpus = { exclusive = true; };'
        add_container rival 2 fifo 'cpus = { exclusive = true; };'
        add_container second 3 fifo 'cpus = { exclusive = true; };'
        add_container budget 3 deadline 'cpus = { exclusive = true; };'
        add_container shared 1 fifo
        add_config one own shared
        add_config two own second
        add_config three rival shared
        add_config four own budget
        add_config plain shared
        vm_reload
        all_masks >"$VM_STATE/before"
        vm_switch one
}

partition() { # SLICE
        cat "$TOP/$1/cpuset.cpus.partition" 2>&1
}

is_gone() { # PATH
        [[ ! -e $1 ]]
}

# --- what may run where ---

# The kernel's threads: "thread PID CPUS NAME FLAGS". In few processes, as the VM takes its time for each. A name may hold
# anything, so what follows it begins at the last parenthesis.
kernel_threads() {
        {
                grep -H '^Cpus_allowed_list:' /proc/[0-9]*/status || true
                cat /proc/[0-9]*/stat || true
        } 2>/dev/null | awk '
                /^\/proc\// { split($1, path, "/"); cpus[path[3]] = $2; next }
                {
                        name = $0
                        sub(/^[0-9]+ \(/, "", name)
                        sub(/\) [A-Z] .*$/, "", name)
                        rest = $0
                        sub(/^.*\) /, "", rest)
                        split(rest, field, " ")
                        if (int(field[7] / 2097152) % 2 == 1 && $1 in cpus)
                                print "thread", $1, cpus[$1], name, field[7]
                }'
}

# Those that may be moved. Threads of interrupts follow those; workers of work queues come and go.
movable_threads() {
        kernel_threads | awk '$4 !~ /^(irq\/|kworker)/ && int($5 / 67108864) % 2 == 0'
}

# One line for each thing: "irq 24 0-3", "mask /proc/irq/default_smp_affinity f", "thread 2 0-3 kthreadd …".
all_masks() {
        local file
        for file in /proc/irq/default_smp_affinity /sys/devices/virtual/workqueue/cpumask; do
                echo "mask $file $(<"$file")"
        done
        grep -H . /proc/irq/[0-9]*/smp_affinity_list | sed 's|^/proc/irq/\([0-9]*\)/[^:]*:|irq \1 |'
        movable_threads
}

# What is different from an earlier all_masks(), of what was there then and still is.
changed_masks() { # FILE
        all_masks | awk 'NR == FNR { before[$1 " " $2] = $3; next }
                ($1 " " $2) in before && before[$1 " " $2] != $3 { print $0 " was " before[$1 " " $2] }' "$1" -
}

# Programs outside of real-time containers that may use some CPU of a pattern: "PID NAME".
programs_on() { # PATTERN
        local status pid
        grep -lE "^Cpus_allowed_list:.*$1" /proc/[0-9]*/status | while read -r status; do
                pid=${status#/proc/}
                pid=${pid%/status}
                if grep -q '^VmSize:' "$status" && ! grep -q '^0::/rtcontainers.slice/' "/proc/$pid/cgroup"; then
                        echo "$pid $(<"/proc/$pid/comm")"
                fi
        done 2>/dev/null
}
