#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How long a switch takes in the lab, from the call to the last new container's READY: measure → drive, which stops one
# container and starts another. Beside it the same stop and the same nspawn command line by hand, in transient units
# without anything of ours. Rounds are interleaved.
#
# shellcheck disable=SC2016 # scripts for the lab's shell are quoted from ours
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lab/lab.sh"

readonly ROUNDS=${RT_BENCH_ROUNDS:-20}

# Prints "NAME MICROSECONDS" for each of the three ways, ROUNDS times. Runs in the lab.
readonly MEASURE='
timed() { # NAME COMMAND…
        local name=$1 start
        shift
        start=$(date +%s%N)
        "$@"
        echo "$name $((($(date +%s%N) - start) / 1000))"
}

# The limits that nspawn needs, and time for the program to stop: nothing else of the generated unit.
run_by_hand() { # CONTAINER PROPERTY…
        local name=$1
        shift
        systemd-run --quiet --collect --unit="hand-$name" --service-type=notify --slice=machine.slice \
                -p NotifyAccess=all -p Delegate=yes -p KillMode=mixed -p LimitRTPRIO=99 -p LimitMEMLOCK=infinity \
                -p UnsetEnvironment="WATCHDOG_USEC WATCHDOG_PID" -p ExecStop="$HELPERS/stop-payload 5000000" \
                "$@" systemd-nspawn --quiet --keep-unit --register=no --console=pipe --settings=yes \
                --machine="$name" --directory="/var/lib/rtcontainers/rootfs/$name"
}

switch_by_hand() {
        systemctl stop hand-latency.service
        run_by_hand controller
}

HELPERS=/usr/lib/rtcontainers
settings=/run/systemd/generator/rtcontainers.nspawn.d
for ((round = 0; round < $1; round++)); do
        systemctl isolate rt-config-measure.target
        timed isolate systemctl isolate rt-config-drive.target
        systemctl isolate rt-config-measure.target
        timed start systemctl start rt-config-drive.target

        systemctl isolate multi-user.target
        # isolate does not wait for what it stops.
        while systemctl list-jobs --no-legend | grep -q .; do sleep 0.02; done
        systemctl start rt-channel-samples.socket rt-channel-events.socket
        for name in latency controller; do
                install -D -m 0644 -t /run/systemd/nspawn "$settings/$name".*
        done
        run_by_hand latency -p CPUSchedulingPolicy=fifo -p CPUSchedulingPriority=60 # or cyclictest does not start
        timed by-hand switch_by_hand
        systemctl stop hand-controller.service
done'

report() { # TIMES
        awk '
                { n[$1]++; v[$1, n[$1]] = $2 }
                function sort_of(name,   i, k, t) {
                        for (i = 2; i <= n[name]; i++)
                                for (k = i; k > 1 && v[name, k] < v[name, k - 1]; k--) {
                                        t = v[name, k]; v[name, k] = v[name, k - 1]; v[name, k - 1] = t
                                }
                }
                function at(name, part) { return v[name, int((n[name] - 1) * part) + 1] }
                END {
                        printf "  %-10s %9s %9s %9s   ratio to by hand\n", "", "median", "p99", "max"
                        sort_of("by-hand")
                        split("isolate start by-hand", names, " ")
                        for (i = 1; i <= 3; i++) {
                                name = names[i]
                                if (name != "by-hand") sort_of(name)
                                printf "  %-10s %9.1f %9.1f %9.1f   %.2f\n", name, at(name, 0.5) / 1000, at(name, 0.99) / 1000,
                                        v[name, n[name]] / 1000, at(name, 0.5) / at("by-hand", 0.5)
                        }
                }' <<<"$1"
}

main() {
        local times
        lab_prepare
        lab_boot
        times=$(lab_script "$MEASURE" "$ROUNDS")
        echo "Switch measure → drive in the lab, ms, $ROUNDS interleaved rounds"
        report "$times"
}

main
