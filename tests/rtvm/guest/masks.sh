# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Where interrupts, work queues and threads may run: for tests that compare it before and after. Needs vm.sh.

# The kernel's threads: "thread PID CPUS NAME FLAGS". A stat is cut behind the name, which may hold anything.
kernel_threads() {
        local stat rest pid fields cpus
        for stat in /proc/[0-9]*/stat; do
                { read -r rest <"$stat"; } 2>/dev/null || continue
                pid=${rest%% *}
                read -ra fields <<<"${rest##*) }"
                ((fields[6] & 0x200000)) || continue
                cpus=$(vm_status_field "$pid" Cpus_allowed_list 2>/dev/null) || continue
                rest=${rest#*(}
                printf 'thread %s %s %s %s\n' "$pid" "$cpus" "${rest%)*}" "${fields[6]}"
        done
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
        for file in /proc/irq/[0-9]*/smp_affinity_list; do
                echo "irq $(basename "${file%/*}") $(<"$file")"
        done
        movable_threads
}

# What is different from an earlier all_masks(), of what was there then and still is.
changed_masks() { # FILE
        all_masks | awk 'NR == FNR { before[$1 " " $2] = $3; next }
                ($1 " " $2) in before && before[$1 " " $2] != $3 { print $0 " was " before[$1 " " $2] }' "$1" -
}

# Programs that may use some CPU of a pattern: "PID NAME".
programs_on() { # PATTERN
        local status
        for status in /proc/[0-9]*/status; do
                awk -v pattern="$1" '/^Name:/ { name = $2 } /^Pid:/ { pid = $2 } /^VmSize:/ { program = 1 }
                        /^Cpus_allowed_list:/ && $2 ~ pattern { hit = 1 }
                        END { if (program && hit) print pid, name }' "$status" 2>/dev/null || true
        done
}
