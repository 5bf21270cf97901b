# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Records what the scheduler does, in a trace instance of its own, so that no other tracing is disturbed. Sourced; the
# kernel's tracefs is mounted where nobody else sees it.
#
#     record_trace SECONDS FILE

# Prints why nothing can be recorded, or nothing.
trace_obstacle() {
        if ! with_tracefs true 2>/dev/null; then
                echo "the kernel has no tracefs"
        elif ! with_tracefs test -e /sys/kernel/tracing/events/sched/sched_switch; then
                echo "the kernel cannot trace the scheduler"
        fi
}

with_tracefs() { # COMMAND…
        # shellcheck disable=SC2016 # for the other shell
        unshare --mount bash -euc '
                test -d /sys/kernel/tracing/instances || mount -t tracefs none /sys/kernel/tracing
                "$@"' tracefs "$@"
}

# The clock is one for all CPUs, so that the events of different CPUs are in order.
record_trace() {
        # shellcheck disable=SC2016 # for the other shell
        with_tracefs bash -euc '
                instance=/sys/kernel/tracing/instances/rtcontainers-$$
                mkdir "$instance"
                trap "echo 0 >$instance/tracing_on; rmdir $instance" EXIT
                echo 0 >"$instance/tracing_on"
                echo mono >"$instance/trace_clock"
                echo 8192 >"$instance/buffer_size_kb"
                for event in switch wakeup wakeup_new migrate_task; do
                        echo 1 >"$instance/events/sched/sched_$event/enable"
                done
                echo 1 >"$instance/tracing_on"
                sleep "$1"
                echo 0 >"$instance/tracing_on"
                cat "$instance/trace" >"$2"' record "$@"
}

# The IDs of all kernel threads, a line each: they alone have no memory of their own.
kernel_threads() {
        grep -L '^VmSize' /proc/[0-9]*/status 2>/dev/null | tr -dc '0-9\n' || true
}
