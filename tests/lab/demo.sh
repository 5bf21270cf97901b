#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# `./dev demo`: from descriptors to running containers, and from one configuration to another, in the lab.
#
# shellcheck disable=SC2016 # scripts for the lab's shell are quoted from ours
set -euo pipefail
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"

# --- plain output ---

BOLD='' DIM='' PLAIN=''
if [[ -t 1 && ${TERM:-dumb} != dumb && -z ${NO_COLOR:-} ]]; then
        BOLD=$'\e[1m' DIM=$'\e[2m' PLAIN=$'\e[0m'
        LAB_COLORS=1
fi

STEP=0
heading() { # TEXT
        printf '\n%s%d. %s%s\n\n' "$BOLD" $((++STEP)) "$1" "$PLAIN"
}

note() { # TEXT
        printf '%s%s%s\n' "$DIM" "$1" "$PLAIN"
}

# Shows a command as it would be typed in the lab, then its output. An exit status that is part of the show is no
# failure of the demo.
show() { # COMMAND…
        printf '%s# %s%s\n' "$BOLD" "$*" "$PLAIN"
        lab_run "$@" 2>&1 | sed 's/^/  /' || true
}

# A descriptor without its comments.
show_descriptor() { # NAME
        printf '%s# cat /etc/rtcontainers/%s%s\n' "$BOLD" "$1" "$PLAIN"
        sed -E '/^#/d; s/[[:space:]]*#.*$//; /^[[:space:]]*$/d; s/^/  /' "$LAB_ETC/$1"
        echo
}

milliseconds() {
        echo $(($(date +%s%N) / 1000000))
}

# --- the steps ---

# What is said about a running container comes from the kernel, not from us. One line for each thread: a program such as
# cyclictest makes its own, with a policy of its own.
show_containers() {
        printf '  %-11s %6s %6s  %-6s %-12s %8s  %s\n' CONTAINER PID THREAD CPUS POLICY PRIORITY COMMAND
        local container
        for container in $(running_containers); do
                lab_script '
                        for task in /proc/"$2"/task/*; do
                                printf "  %-11s %6d %6d  %-6s %-12s %8d  %s\n" "$1" "$2" "${task##*/}" \
                                        "$(sed -n "s/^Cpus_allowed_list:[[:space:]]*//p" "$task/status")" \
                                        "$(chrt -p "${task##*/}" | sed -n "s/.*policy: //p")" \
                                        "$(chrt -p "${task##*/}" | sed -n "s/.*priority: //p")" \
                                        "$(tr "\0" " " <"$task/cmdline" | cut -c1-45)"
                        done' "$container" "$(lab_payload "$container")"
        done
        if ! grep -qw cpuset "/proc/$LAB_INIT/root/sys/fs/cgroup/cgroup.controllers"; then
                note "  (This machine lends the lab no cpuset controller: here it is CPU affinity alone that confines them.)"
        fi
}

running_containers() {
        lab_script 'systemctl list-units --plain --no-legend --state=active "rt-*.service" |
                sed -nE "s/^rt-([^ ]+)\.service .*/\1/p"'
}

# Switches, then compares the processes of every container that ran before with those that run now.
show_switch() { # CONFIG
        local container took
        local -A before=() after=()
        for container in $(running_containers); do
                before[$container]=$(lab_payload "$container")
        done
        printf '%s# systemctl isolate rt-config-%s.target%s\n' "$BOLD" "$1" "$PLAIN"
        took=$(lab_switch "$1")
        for container in $(running_containers); do
                after[$container]=$(lab_payload "$container")
        done

        printf '  took %d ms\n\n' "$took"
        printf '  %-12s %10s %10s\n' CONTAINER 'PID BEFORE' 'PID AFTER'
        while read -r container; do
                printf '  %-12s %10s %10s  %s\n' "$container" "${before[$container]:--}" "${after[$container]:--}" \
                        "$(what_happened "${before[$container]:-}" "${after[$container]:-}")"
        done < <(printf '%s\n' "${!before[@]}" "${!after[@]}" | sort -u)
}

what_happened() { # BEFORE AFTER
        if [[ -z $1 ]]; then
                echo started
        elif [[ -z $2 ]]; then
                echo stopped
        elif [[ $1 == "$2" ]]; then
                echo 'carried over: the same process'
        else
                echo 'RESTARTED'
        fi
}

show_channels() {
        heading "Containers talk over channels: the logger has heard from the sensor and the controller"
        show journalctl --boot --output=short-monotonic --no-hostname --unit=rt-logger.service --lines=6

        heading "And so does an ordinary ZeroMQ program in Python, by the endpoint shm://samples"
        show_descriptor recorder.container
        show_switch record
        wait_for_message recorder samples=
        show journalctl --boot --output=short-monotonic --no-hostname --unit=rt-recorder.service

        heading "What that is worth: round trips between two containers, by shm:// and by libzmq's own ipc://"
        show_switch compare
        note "  (One program asks, another answers, 3000 times. Both are ordinary ZeroMQ programs; only the endpoint differs.)"
        wait_for_message ping 'ping: done'
        show journalctl --boot --output=cat --unit=rt-ping.service --identifier=ping
}

# Waits a while until the program has said it. What it has said instead is shown in any case.
wait_for_message() { # IDENTIFIER TEXT
        local i
        for ((i = 0; i < 150; i++)); do
                ! lab_messages "$1" | grep -qF -- "$2" || return 0
                sleep 0.1
        done
}

# One mistake, so that there is something to complain about.
break_something() {
        cat >"$LAB_ETC/broken.container" <<'EOF'
rootfs  = "/var/lib/rtcontainers/rootfs/sensor";
command = [ "/usr/bin/rt-example-sensor" ];
tasks   = ( { name = "sample"; period = 10; wcet = "400us"; } );
EOF
}

main() {
        local start
        start=$(milliseconds)
        echo "The lab: a Debian system of its own, booted by systemd-nspawn. Nothing on this machine is touched."
        lab_prepare
        lab_add_zmq

        heading "Descriptors say what there is: eight containers, five configurations"
        (cd "$LAB_ETC" && ls -C --width=80 --tabsize=0 -- *.conf *.container *.channel *.config) | sed 's/^/  /'
        echo
        show_descriptor sensor.container
        show_descriptor drive.config
        show_descriptor measure.config

        heading "At boot, the generator makes units of them, and the default configuration \"drive\" starts"
        local booting
        booting=$(milliseconds)
        lab_boot
        echo "  Booted in $(($(milliseconds) - booting)) ms."
        show rtctl check
        show systemctl list-units --no-legend --plain 'rt-config-*.target'

        heading "What runs, as the kernel sees it"
        show_containers

        heading "Switching to \"measure\": what both configurations share does not stop"
        show_switch measure
        echo
        show_containers

        heading "And back"
        sleep 1 # for cyclictest to have something to tell
        show_switch drive

        heading "The journal of the containers"
        show journalctl --boot --output=short-monotonic --no-hostname --unit=rt-latency.service
        show journalctl --boot --output=short-monotonic --no-hostname --unit=rt-sensor.service --lines=4

        show_channels

        heading "A mistake in a descriptor: the unit is there, and tells what is wrong"
        break_something
        show_descriptor broken.container
        show rtctl check
        lab_run systemctl daemon-reload
        lab_run systemctl start rt-broken.service 2>/dev/null || true
        show systemctl status --no-pager --full rt-broken.service

        heading "Shutting down"
        lab_stop
        echo "  The demo took $((($(milliseconds) - start) / 1000)) s. ./dev lab gives you a shell in such a lab."
}

main "$@"
