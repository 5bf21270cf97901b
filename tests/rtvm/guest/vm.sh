# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# For test files that run in the VM, as its root. A file sources this one, which brings the runner and the expectations of
# the lab, check.sh, with it:
#
#     source "${RTVM_GUEST:-$(dirname "$0")/guest}/vm.sh"
#     set_up() { vm_examples; vm_reload; vm_switch drive; }
#     test_a_sentence_about_behaviour() { …; expect_equal "the policy" "$policy" FIFO; }
#     run_tests
#
# A file begins without descriptors, with no container running, all of the machine's devices in place. Outside of the VM
# it skips all of its tests.
#
# State that outlives a test belongs into files below $VM_STATE: tests run in subshells.
set -euo pipefail
shopt -s inherit_errexit # what fails in $(…) has failed

readonly VM_DISK=/srv/rtvm              # examples/ has the descriptors of the examples
readonly VM_ETC=/etc/rtcontainers
readonly VM_ROOTFS=/var/lib/rtcontainers/rootfs
readonly VM_EVIDENCE=/run/rtvm          # what is put here, the developer finds in build/rtvm-logs/
# shellcheck disable=SC2034 # for test files
readonly VM_BOOT=/run/rtvm-boot         # what boot was like: state, failed units, active units of ours, kernel-log
readonly VM_STATE=/tmp/state

# --- the runner ---

# The runner's log of the test that runs.
export LAB_BUILD=${VM_BUILD:-/tmp/rtvm}

if [[ -e $VM_DISK/job && -d /dev/virtio-ports ]]; then
        mkdir -p "$VM_STATE"
        # shellcheck source=tests/lab/check.sh
        source "$VM_DISK/check.sh"
else
        # shellcheck source=tests/lab/check.sh
        source "$(dirname "$0")/../lab/check.sh"
fi

# Why tests cannot run here, asked by the runner.
lab_obstacle() {
        if [[ -n ${RTVM_OBSTACLE:-} ]]; then
                echo "$RTVM_OBSTACLE"
        elif [[ ! -d $VM_DISK ]]; then
                echo "this runs in the VM: ./dev rtvm --test"
        fi
}

# Called by the runner when a test has failed.
keep_evidence() {
        journalctl --boot --no-pager --output=short-monotonic >"$VM_EVIDENCE/${0##*/}.journal" 2>&1 || true
        echo "# The VM's journal is in build/rtvm-logs/${0##*/}.journal"
}

# vm_wait SECONDS WHAT COMMAND… tries the command until it succeeds.
vm_wait() {
        local deadline=$((SECONDS + $1)) what=$2
        shift 2
        until "$@"; do
                ((SECONDS < deadline)) || fail "waited in vain until $what"
                sleep 0.1
        done
}

# --- descriptors and configurations ---

# The examples' descriptors, for the 4 CPUs of which 0 is for housekeeping.
vm_examples() {
        cp -r "$VM_DISK/examples/." "$VM_ETC"
}

vm_descriptor() { # NAME, such as imu.container; text on stdin
        mkdir -p "$(dirname "$VM_ETC/$1")"
        cat >"$VM_ETC/$1"
}

# A container "probe" for looking around and trying things, with busybox as its programs: vm_probe 'KEY = VALUE;' …
# In the configuration "probe", alone.
vm_probe() {
        {
                printf '%s\n' "rootfs = \"$VM_ROOTFS/probe\";" 'command = [ "/bin/sleep", "1000000" ];' "$@"
        } | vm_descriptor probe.container
        vm_descriptor probe.config <<<'containers = [ "probe" ];'
}

vm_reload() {
        systemctl daemon-reload
}

vm_switch() { # CONFIG
        systemctl isolate "rt-config-$1.target"
}

# Nothing of ours runs any more. Whoever isolates what is active already does not wait for what stops.
vm_stop_all() {
        systemctl isolate multi-user.target
        vm_wait 60 "nothing is left to stop" vm_has_no_jobs
}

vm_has_no_jobs() {
        [[ $(systemctl list-jobs --no-legend) != *[0-9]* ]]
}

# --- looking ---

vm_is_active() { # UNIT
        [[ $(systemctl is-active "$1") == active ]]
}

vm_have_ended() { # UNIT…
        local unit
        for unit in "$@"; do
                [[ $(systemctl is-active "$unit") =~ ^(inactive|failed)$ ]] || return 1
        done
}

vm_property() { # UNIT PROPERTY
        systemctl show --value --property="$2" "$1"
}

# The folder of a unit's cgroup.
vm_cgroup() { # UNIT
        local path
        path=$(vm_property "$1" ControlGroup)
        [[ -n $path ]] || fail "$1 has no cgroup"
        echo "/sys/fs/cgroup$path"
}

# The program in a container: the oldest process in the payload's part of the cgroup, but for nspawn's own init above
# programs that do not notify.
vm_payload() { # CONTAINER
        local pid
        while read -r pid; do
                if [[ $(<"/proc/$pid/comm") != "(sd-stubinit)" ]]; then
                        echo "$pid"
                        return 0
                fi
        done < <(sort -n "$(vm_cgroup "rt-$1.service")/payload/cgroup.procs")
        fail "rt-$1.service has no payload"
}

vm_status_field() { # PID FIELD
        sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

# The thread of a process that has this name.
vm_thread() { # PID COMM
        local task
        for task in "/proc/$1/task/"*; do
                if [[ $(<"$task/comm") == "$2" ]]; then
                        echo "${task##*/}"
                        return 0
                fi
        done
        fail "process $1 has no thread $2"
}

# Prints "SCHED_FIFO 42"; whether children inherit that is not told.
vm_policy() { # TID
        chrt --pid "$1" | sed -n 's/|SCHED_RESET_ON_FORK//; s/.*scheduling policy: //p; s/.*scheduling priority: //p' |
                paste -sd ' '
}

# Runs a command inside a container, as its root, with none of the capabilities that nsenter would give it.
vm_in() { # CONTAINER COMMAND…
        nsenter --target "$(vm_payload "$1")" --all --setuid 0 --setgid 0 -- "${@:2}"
}

# What has been logged in this boot with an identifier, one message a line.
vm_messages() { # IDENTIFIER
        journalctl --sync
        journalctl --boot --output=cat --no-pager --identifier="$1"
}

# What has been said about a unit in this boot, by systemd and by the unit.
vm_journal() { # UNIT
        journalctl --sync
        journalctl --boot --output=cat --no-pager --unit="$1"
}

vm_has_said() { # UNIT TEXT
        [[ $(vm_journal "$1") == *"$2"* ]]
}

# --- hands ---

# vm_monitor COMMAND… has QEMU's monitor execute a command and prints its answer. Devices that can be pulled out, by id:
# disk (/dev/vdc, /dev/disk/by-id/virtio-extra), net (eth1), serial (a PCI serial port), watchdog.
vm_monitor() {
        local port line answer id=$$-$RANDOM
        exec {port}<>/dev/virtio-ports/rtvm.monitor
        # Whoever says the first more than once is told so, and that is all.
        printf '%s\n' '{"execute":"qmp_capabilities"}' >&"$port"
        jq --null-input --compact-output --arg command "$*" --arg id "$id" \
                '{execute: "human-monitor-command", arguments: {"command-line": $command}, id: $id}' >&"$port"
        while read -r -t 20 line <&"$port"; do
                if [[ $line == *"\"$id\""* ]]; then
                        answer=$(jq --raw-output '.return // .error.desc' <<<"$line" | tr -d '\r')
                        break
                fi
        done
        exec {port}>&-
        [[ -n ${line:-} ]] || fail "the monitor does not answer"
        printf '%s' "${answer:-}"
}

# Pulls a device out, and waits until it is gone.
vm_unplug() { # ID
        expect_empty "the monitor's answer" "$(vm_monitor device_del "$1")"
        vm_wait 20 "device $1 is gone" vm_is_unplugged "$1"
}

vm_is_unplugged() { # ID
        [[ $(vm_monitor info qtree) != *"id \"$1\""* ]]
}

# Puts it in again.
vm_plug() { # ID
        local device
        case $1 in
        disk) device='virtio-blk-pci,id=disk,drive=extra,serial=extra' ;;
        net) device='virtio-net-pci,id=net,netdev=net1,mac=52:54:00:00:00:01,romfile=' ;;
        serial) device='pci-serial,id=serial,chardev=line-a' ;;
        watchdog) device='i6300esb,id=watchdog' ;;
        *) fail "there is no device $1" ;;
        esac
        expect_empty "the monitor's answer" "$(vm_monitor device_add "$device")"
}
