#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# rtctl measure without privileges: what is wrong is said before anything is measured, and nothing is left behind. What
# it measures is the business of the lab. Prints TAP.
set -euo pipefail
: "${RTCTL:?}"
# shellcheck source=tests/tap.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"

WORK=$(mktemp -d)
readonly WORK
trap 'rm -rf "$WORK"' EXIT
chmod 777 "$WORK"
mkdir "$WORK/etc"
export RTCONTAINERS_PATH=$WORK/etc RTCONTAINERS_CGROUP=$WORK/cgroup
cp "$RTCTL" "$WORK/rtctl" # where others may run it

# Without any privilege.
measure() { # OPTION…: sets STATUS and SAID
        local command=("$WORK/rtctl" "$@" measure)
        STATUS=0
        if ((EUID == 0)); then command=(setpriv --reuid=65534 --regid=65534 --clear-groups "${command[@]}"); fi
        SAID=$(timeout 20 "${command[@]}" 2>&1) || STATUS=$?
}

refused() { # TEXT NAME OPTION…
        local text=$1 name=$2
        shift 2
        measure "$@"
        if [[ $STATUS == 2 && $SAID == "rtctl: "*"$text"* && $(wc -l <<<"$SAID") == 1 ]]; then
                result yes "$name"
        else
                result no "$name"
                comment "status $STATUS, $SAID"
        fi
}

for value in 0s 999ms 86401s 5 '' 1m x -1s; do
        refused '--duration= takes a time' "no duration: «$value»" --duration="$value"
done
for value in 0 100 -1 '' x 5.5 99999999999999999999; do
        refused '--priority= takes a SCHED_FIFO priority' "no priority: «$value»" --priority="$value"
done
for value in 0.9 101 '' x 1,5 -2; do
        refused '--margin= takes a factor' "no margin: «$value»" --margin="$value"
done
for value in x '' 1- 99999; do
        refused '--cpus= takes a list' "no CPUs: «$value»" --cpus="$value"
done

echo 'cpus = "0-3"; housekeeping = "0";' >"$WORK/etc/platform.conf"
refused 'CPU 0 is not one of the platform' 'a housekeeping CPU is refused' --cpus=0-1
refused 'CPU 7 is not one of the platform' 'a CPU that the platform does not have is refused' --cpus=7
refused 'CPU 1: ' 'without privileges it says so' --cpus=1

# A container that runs as far as anybody can see.
mkdir -p "$WORK/cgroup/rtcontainers.slice/rt-a.service"
echo $$ >"$WORK/cgroup/rtcontainers.slice/rt-a.service/cgroup.procs"
container() { # SETTINGS
        echo "rootfs = \"/srv/a\"; command = [ \"/bin/a\" ]; $1" >"$WORK/etc/a.container"
        echo 'containers = [ "a" ];' >"$WORK/etc/A.config"
}
container 'tasks = ( { name = "t"; period = "10ms"; wcet = "1ms"; cpu = 2; } );'
refused 'on these CPUs rt-a.service may run' 'a real-time container that runs on its CPU is in the way' --cpus=1-3
refused 'CPU 1: ' 'one on another CPU is not' --cpus=1
refused 'CPU 1: ' 'with --force it is not' --cpus=1-3 --force
container ''
refused 'CPU 1: ' 'a container without real-time tasks is not' --cpus=1-3
echo 'cpus = "1"; housekeeping = "1";' >"$WORK/etc/platform.conf"
refused 'CPU 1: ' 'nor where all containers share the CPUs' --cpus=1
echo 'cpus = "0-3"; housekeeping = "0";' >"$WORK/etc/platform.conf"
rm "$WORK/etc/a.container" "$WORK/etc/A.config"
refused 'on these CPUs rt-a.service may run' 'a container without a descriptor is' --cpus=1
: >"$WORK/cgroup/rtcontainers.slice/rt-a.service/cgroup.procs"
refused 'CPU 1: ' 'one without processes is not' --cpus=1

measure --cpus=1 --output="$WORK/made/50-measured.conf"
is "$STATUS:$(ls -A "$WORK")" "2:$(printf 'cgroup\netc\nrtctl')" 'nothing is made if nothing can be measured'
end_of_tests
