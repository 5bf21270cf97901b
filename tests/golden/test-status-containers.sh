#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# rtctl status of containers, as its user sees it: real processes in cgroups of our own making, and a systemd of our own
# making. What is compared, and how, is tested in tests/unit and, with real containers, in tests/lab. Prints TAP.
set -euo pipefail
: "${RTCTL:?}"
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
# shellcheck source=tests/tap.sh
source "$HERE/../tap.sh"

WORK=$(mktemp -d)
readonly WORK D=$WORK/descriptors CGROUPS=$WORK/cgroup
readonly SLICE=$CGROUPS/machine.slice
export RTCONTAINERS_PATH=$D RTCONTAINERS_CGROUP=$CGROUPS RTCONTAINERS_SYSTEMCTL=$WORK/systemctl
unset PAGER
sleep 300 &
readonly PROCESS=$!

clean_up() {
        kill "$PROCESS" 2>/dev/null || true
        rm -rf "$WORK"
}
trap clean_up EXIT

# Sets STATUS, OUT and ERR.
run() { # ARGUMENT…
        STATUS=0
        OUT=$("$RTCTL" "$@" 2>"$WORK/err") || STATUS=$?
        ERR=$(cat "$WORK/err")
}

json() { # FILTER: of what the last run printed
        jq --compact-output "$1" <<<"$OUT" 2>&1
}

line_of() { # CONTAINER
        awk -v name="$1" '$1 == name { $1 = $1; print }' <<<"$OUT"
}

# systemd says that of the units, and nothing of others.
systemd_says() { # UNIT ACTIVE RESULT…
        {
                echo '#!/bin/sh'
                while (($# > 0)); do
                        printf "echo Id=%s\necho ActiveState=%s\necho Result=%s\necho\n" "$1" "$2" "$3"
                        shift 3
                done
        } >"$WORK/systemctl.new"
        chmod +x "$WORK/systemctl.new"
        mv "$WORK/systemctl.new" "$WORK/systemctl"
}

runs() { # SERVICE PID…
        mkdir -p "$SLICE/$1/payload" "$SLICE/$1/supervisor"
        : >"$SLICE/$1/cgroup.procs"
        : >"$SLICE/$1/supervisor/cgroup.procs"
        printf '%s\n' "${@:2}" >"$SLICE/$1/payload/cgroup.procs"
}

prepare() {
        local name
        rm -rf "$D" "$CGROUPS"
        mkdir -p "$D" "$SLICE"
        echo 'cpus = "0-1";' >"$D/platform.conf"
        for name in one two three; do
                echo 'rootfs = "/x"; command = [ "/x" ];' >"$D/$name.container"
        done
        echo 'containers = [ "one", "two" ];' >"$D/left.config"
        echo 'containers = [ "one", "three" ];' >"$D/right.config"
        systemd_says rt-config-left.target inactive '' rt-config-right.target inactive ''
}

test_nothing_is_to_run() {
        prepare
        run status
        is "$STATUS:$ERR" 0: 'no config is active: what does not run is no finding'
        is "$(head -n 1 <<<"$OUT")" 'config: none is active' 'that none is active is said'
        is "$(line_of two)" 'two stopped - -' 'a container that does not run has a line'
        run --json=short status
        is "$(json '.config, [.containers[] | [.name, .unit, .state, .wanted, .pid, .drifts]][0]')" \
                '{"name":null,"state":"inactive","source":"systemd"}'$'\n''["one","rt-one.service","stopped",false,null,0]' \
                'the same in JSON'
}

test_members_that_do_not_run() {
        prepare
        systemd_says rt-config-left.target active '' rt-one.service failed exit-code rt-two.service inactive success \
                rt-three.service failed signal
        run status
        is "$STATUS:$ERR" 1: 'a container of the active config that does not run is a finding'
        is "$(head -n 1 <<<"$OUT")" 'config: left, active' 'the config is named'
        is "$(grep -A 1 '^  one ' <<<"$OUT" | tail -n 1)" \
                '    ! unit, state: planned running, is failed (exit-code); systemctl status rt-one.service says why' \
                'the line says what, planned, actual, and where to look'
        is "$(line_of three)" 'three failed - -' 'one of another config may have failed: its line says so, no more'
        run --json=short status two
        is "$STATUS:$(json '.containers[0] | [.name, .state, .wanted, .drifts, .comparisons[0].actual, .comparisons[0].agreement]')" \
                '1:["two","stopped",true,1,"stopped","drift"]' 'a name asks for that container alone'
        run --json=short status three
        is "$STATUS:$(json '[.containers[].name]')" '0:["three"]' 'findings are those of the containers that are asked for'
        systemd_says rt-config-left.target activating '' rt-one.service activating success rt-two.service inactive success
        run --json=short status
        is "$STATUS:$(json '[.config.state, .containers[0].state]')" '0:["activating","starting"]' \
                'while a config starts, what does not run yet is no finding'
}

test_running() {
        prepare
        systemd_says rt-config-left.target active '' rt-one.service active success rt-two.service active success
        runs rt-one.service "$PROCESS"
        runs rt-two.service "$PROCESS"
        run --json=short status
        is "$STATUS:$(json '[.containers[] | .state]')" '1:["running","stopped","running"]' \
                'processes in the cgroup are what makes it run'
        is "$(json '.containers[0].comparisons[] | select(.subject == "threads" and .aspect == "undeclared") | .agreement')" \
                '"as-planned"' 'what is right is among the comparisons'
        is "$(json '.containers[0].comparisons[] | select(.aspect == "settings") | [.planned, .actual, .agreement]')" \
                '["those of its descriptor","none","drift"]' 'and what is not'
        is "$(json '.containers[0].comparisons[] | select(.subject == "memory" and .aspect == "max") | [.actual, .agreement, .hint]')" \
                '[null,"unknown","its cgroup has no such controller"]' 'what cannot be read is unknown'
        is "$(json '.containers[0] | .drifts == ([.comparisons[] | select(.agreement == "drift")] | length)')" true \
                'drifts are counted'
        run status one
        is "$(awk '$1 == "memory" && $2 == "max" { print $3, $4, $5, $6 }' <<<"$OUT")" '- unlimited ? unknown:' \
                'details in a table: declared, planned, actual'
        is "$(grep -c '^echo:' <<<"$OUT")" 0 'channels are not shown when a container is asked for'
        run status one.container
        is "$(grep -c '^  one' <<<"$OUT")" 1 'a name may be that of the descriptor'
}

test_without_systemd() {
        local start
        prepare
        printf '#!/bin/sh\nsleep 60\n' >"$WORK/systemctl"
        runs rt-one.service "$PROCESS"
        runs rt-three.service "$PROCESS"
        start=$SECONDS
        run --json=short status
        is "$((SECONDS - start < 10))" 1 'a systemd that hangs is not waited for'
        is "$(json '.config')" '{"name":"right","state":"active","source":"processes"}' 'what runs tells which config it is'
        export RTCONTAINERS_SYSTEMCTL=
        run status
        is "$(head -n 1 <<<"$OUT")" 'config: right, active by what runs' 'the text says how that is known'
        rm -r "$SLICE/rt-three.service"
        run --json=short status
        is "$(json '.config, [.containers[] | .wanted]')" '{"name":null,"state":null,"source":"unknown"}'$'\n''[false,false,false]' \
                'what fits no config tells nothing'
        echo 'exit 1' >>"$WORK/systemctl"
        export RTCONTAINERS_SYSTEMCTL=$WORK/nowhere
        run --json=short status
        is "$(json '.config.source')" '"unknown"' 'no systemctl at all'
        export RTCONTAINERS_SYSTEMCTL=$WORK/systemctl
}

test_what_is_not_declared() {
        prepare
        runs rt-ghost.service "$PROCESS"
        runs rt-channel-x.service "$PROCESS"
        run --json=short status
        is "$STATUS:$(json '.undeclared')" '1:["rt-ghost.service"]' 'a container that runs without a descriptor is a finding'
        run status
        is "$(grep '^!' <<<"$OUT")" \
                '! rt-ghost.service runs, and no descriptor declares it; systemctl stop rt-ghost.service' 'the text, too'
        rm -r "$SLICE/rt-ghost.service"
        runs rt-one--left.service "$PROCESS"
        systemd_says rt-config-left.target active '' rt-one--left.service active success rt-two.service inactive success
        run --json=short status one
        is "$(json '.containers[0].comparisons[] | select(.aspect == "name") | [.planned, .actual, .agreement]')" \
                '["rt-one.service","rt-one--left.service","drift"]' 'one that was planned otherwise when it started'
        echo 'rootfs = 1; command = [ "/x" ];' >"$D/one.container"
        run --json=short status one
        is "$(json '.containers[0].comparisons[] | select(.aspect == "name") | [.planned, .agreement]')" '[null,"unknown"]' \
                'if its descriptor is rejected nothing is planned, so nothing is as planned'
}

# Everything that a user without rights may see, and nothing claimed of the rest.
test_without_rights() {
        local other=()
        prepare
        chmod -R a+rX "$WORK"
        runs rt-one.service 1
        chmod -R a+rX "$CGROUPS"
        if ((EUID == 0)); then other=(setpriv --reuid=65534 --clear-groups); fi
        STATUS=0
        OUT=$("${other[@]}" "$RTCTL" --json=short status one 2>&1) || STATUS=$?
        is "$(json '.containers[0] | [.state, .unknown > 0]')" '["running",true]' 'containers are shown to anybody'
        STATUS=0
        OUT=$("${other[@]}" "$RTCTL" --json=short status 2>/dev/null) || STATUS=$?
        is "$STATUS:$(json '[(.containers | length), .channels]')" '2:[3,null]' \
                'channels are not, which is said, and the containers are there all the same'
}

main() {
        test_nothing_is_to_run
        test_members_that_do_not_run
        test_running
        test_without_systemd
        test_what_is_not_declared
        test_without_rights
        end_of_tests
}

main "$@"
