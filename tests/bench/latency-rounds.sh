#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs in the lab or the VM, as root, where the example root file systems are: cyclictest in a generated container beside
# the same program outside of containers, at the same priority on the same CPU, in turns. Another real-time container
# runs all the time, so that the machine is set up for real time during both.
#
#     latency-rounds.sh ROUNDS LOOPS CPUS HOUSEKEEPING CPU
set -euo pipefail

readonly ROUNDS=$1 LOOPS=$2 CPUS=$3 HOUSEKEEPING=$4 CPU=$5
readonly ROOTFS=/var/lib/rtcontainers/rootfs
readonly CYCLICTEST=(/usr/bin/cyclictest --mlockall --quiet --threads=1 --interval=1000 --loops="$LOOPS" --policy=fifo
        --priority=80 --histogram=5000 --default-system)

write_descriptors() {
        local etc=/etc/rtcontainers arguments
        find "$etc" -mindepth 1 -delete
        printf -v arguments '"%s", ' "${CYCLICTEST[@]}"
        cat >"$etc/platform.conf" <<EOF
cpus = "$CPUS"; housekeeping = "$HOUSEKEEPING";
EOF
        cat >"$etc/latency.container" <<EOF
rootfs  = "$ROOTFS/latency";
command = [ ${arguments%, } ];
tasks   = ( { name = "measure"; thread = "cyclictest"; period = "1ms"; wcet = "20us"; priority = 80; cpu = $CPU; } );
memory  = { locked = "64M"; };
mounts  = ( { tmpfs = "/tmp"; size = "1M"; } );
restart = "no";
EOF
        cat >"$etc/sensor.container" <<EOF
rootfs  = "$ROOTFS/sensor";
command = [ "/usr/bin/rt-example-sensor", "--period=1s" ];
tasks   = ( { name = "sample"; period = "1s"; wcet = "100us"; priority = 10; cpu = $CPU; } );
memory  = { locked = "4M"; };
notify  = true;
EOF
        echo 'containers = [ "latency", "sensor" ];' >"$etc/bench.config"
        rtctl check
        systemctl daemon-reload
}

# Lines "MICROSECONDS COUNT" of a histogram of cyclictest.
buckets() {
        awk '/^[0-9]+ [0-9]+$/ && $2 > 0 { print $1 + 0, $2 + 0 } /^# Histogram Overflows:/ { over += $4 }
             END { if (over > 0) print 5000, over }'
}

# Nothing but the program runs meanwhile.
run_contained() {
        local since
        since=$(date +%s)
        systemctl start --wait rt-latency.service
        journalctl --sync
        journalctl --output=cat --no-pager --since="@$since" --unit=rt-latency.service | buckets
}

# Outside of every slice that has CPUs of its own.
run_bare() {
        local libraries=("$ROOTFS"/latency/usr/lib/*-linux-gnu)
        systemd-run --quiet --scope --slice=bare.slice env LD_LIBRARY_PATH="${libraries[0]}" \
                taskset --cpu-list "$CPU" "$ROOTFS/latency${CYCLICTEST[0]}" "${CYCLICTEST[@]:1}" | buckets
}

main() {
        local round
        write_descriptors >&2
        systemctl start rt-sensor.service
        for ((round = 1; round <= ROUNDS; round++)); do
                run_contained | sed "s/^/contained $round /"
                run_bare | sed "s/^/bare $round /"
        done
        systemctl stop rt-sensor.service
}

main
