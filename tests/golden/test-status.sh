#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# rtctl status of channels, on real ends, in processes that cgroups of our own making say are containers'. Prints TAP.
set -euo pipefail
: "${RTCTL:?}" "${CHANNEL_ENDS:?}"
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
# shellcheck source=tests/tap.sh
source "$HERE/../tap.sh"

WORK=$(mktemp -d)
readonly WORK D=$WORK/descriptors CGROUPS=$WORK/cgroup
readonly SLICE=$CGROUPS/rtcontainers.slice
STARTED=()
export RTCONTAINERS_PATH=$D RTCONTAINERS_CGROUP=$CGROUPS RTCONTAINERS_SYSTEMCTL=
unset PAGER

clean_up() {
        if ((${#STARTED[@]} > 0)); then kill "${STARTED[@]}" 2>/dev/null || true; fi
        rm -rf "$WORK"
}
trap clean_up EXIT

put() { # FILE TEXT
        mkdir -p "$(dirname "$1")"
        echo "$2" >"$1"
}

# Sets STATUS, OUT and ERR.
run() { # ARGUMENT…
        STATUS=0
        OUT=$("$RTCTL" "$@" 2>"$WORK/err") || STATUS=$?
        ERR=$(cat "$WORK/err")
}

json() { # FILTER: of what the last run printed
        jq --compact-output "$1" <<<"$OUT" 2>&1
}

# Starts processes with ends; sets PIDS to those that it names.
start() { # ARGUMENT…
        local i
        : >"$WORK/pids"
        "$CHANNEL_ENDS" "$@" >"$WORK/pids" &
        STARTED+=("$!")
        for ((i = 0; i < 1000; i++)); do
                [[ ! -s $WORK/pids ]] || break
                sleep 0.01
        done
        read -ra PIDS <"$WORK/pids"
        STARTED+=("${PIDS[@]}")
}

# What runs: the processes are the container's, in a cgroup as nspawn makes it.
runs() { # SERVICE PID…
        local service=$1
        shift
        mkdir -p "$SLICE/$service/payload" "$SLICE/$service/supervisor"
        : >"$SLICE/$service/cgroup.procs"
        : >"$SLICE/$service/supervisor/cgroup.procs"
        printf '%s\n' "$@" >"$SLICE/$service/payload/cgroup.procs"
}

stop_all() {
        rm -rf "$CGROUPS"
        mkdir -p "$SLICE" "$CGROUPS/system.slice/ssh.service"
        put "$CGROUPS/cgroup.procs" ''
}

prepare() {
        local program='rootfs = "/x"; command = [ "/x" ];'
        rm -rf "$D"
        put "$D/platform.conf" 'cpus = "0-1";'
        put "$D/test.channel" 'pattern = "publish"; message_size = 64; depth = 4; full = "overwrite";'
        put "$D/other.channel" 'pattern = "push"; message_size = 64;'
        put "$D/talker.container" "$program publishes = [ \"test\" ];"
        put "$D/hearer.container" "$program subscribes = [ \"test\" ];"
        put "$D/x.config" 'containers = [ "talker", "hearer" ];'
        stop_all
}

# A page of statistics as the library lays it out: magic, version, pid, channel, role, geometry; the numbers are zero.
page() { # FILE MAGIC VERSION CHANNEL ROLE
        python3 - "$@" <<'PY'
import struct, sys
file, magic, version, channel, role = sys.argv[1:]
raw = [text.encode("utf-8", "surrogateescape").decode("unicode_escape").encode("latin-1") for text in (magic, channel, role)]
data = struct.pack("8sII64s16sII", raw[0], int(version), 1, raw[1], raw[2], 64, 4)
open(file, "wb").write(data.ljust(4096, b"\0"))
PY
}

test_nothing_runs() {
        prepare
        run status
        is "$STATUS:$ERR" 0: 'what does not run is no finding'
        is "$(grep -c 'does not run$' <<<"$OUT")" 2 'each declared end has its line'
        run --json=short status test
        is "$(json '[.channels[] | [.name, ([.ends[] | [.container, .role, .state]])]]')" \
                '[["test",[["hearer","subscribes","stopped"],["talker","publishes","stopped"]]]]' 'declared ends in JSON'
        is "$(wc -l <<<"$OUT")" 1 'JSON: short is one line'
}

test_open_ends() {
        prepare
        start exchange
        runs rt-talker.service "${PIDS[0]}"
        runs rt-hearer.service "${PIDS[1]}"
        run --json=short status test other
        is "$STATUS:$ERR" 0: 'all ends are open: exit status'
        is "$(json '.channels[] | select(.name == "test").ends[] | [.container, .role, .state, .pid, .peers, .sent, .received, .lost]')" \
                "[\"hearer\",\"subscribes\",\"open\",${PIDS[1]},1,0,4,6]"$'\n'"[\"talker\",\"publishes\",\"open\",${PIDS[0]},1,10,0,0]" \
                'the numbers are those of what was sent and received'
        is "$(json '.channels[] | select(.name == "test") | [.sent, .received, .lost, .broken]')" '[10,4,6,0]' \
                'the numbers of a channel are the sums of its ends'
        is "$(json '.channels[].ends[] | select(.container == "hearer") | .latency_p50_ns > 0 and .latency_p50_ns <= .latency_p99_ns and .latency_p99_ns <= .latency_max_ns')" \
                true 'latencies are in order'
        is "$(json '.channels[].ends[] | select(.container == "talker") | .high_water')" 4 'the high water is at most the depth'
        is "$(json '.foreign + .crowded')" '[]' 'nothing is foreign'
        run status test
        is "$(awk '$1 == "talker" { print $2, $3, $4, $5, $6, $8 }' <<<"$OUT")" "publishes ${PIDS[0]} 1 10 - 4/4" \
                'the table: who sends'
        is "$(awk '$1 == "hearer" { print $2, $3, $4, $5, $6, $7, $8 }' <<<"$OUT")" "subscribes ${PIDS[1]} 1 - 4 6 -" \
                'the table: who receives'
        is "$(head -n 1 <<<"$OUT")" 'test: publish, 64B x 4, overwrite; sent 10, received 4, lost 6' 'the table: its head'
        put "$D/test.channel" 'pattern = "publish"; message_size = 128; depth = 4; full = "overwrite";'
        run --json=short status test
        is "$(json '[.channels[0].ends[].outdated]')" '[true,true]' 'ends of before the channel was changed'
}

test_where_processes_are() {
        prepare
        start exchange
        mkdir -p "$CGROUPS/machine.slice" "$SLICE/rtcontainers-hearer.slice"
        runs rt-talker.service "${PIDS[0]}" "${PIDS[0]}"
        mv "$SLICE/rt-talker.service" "$CGROUPS/machine.slice"
        runs rt-hearer.service "${PIDS[1]}"
        mkdir -p "$SLICE/rt-hearer.service/payload/system.slice"
        mv "$SLICE/rt-hearer.service/payload/cgroup.procs" "$SLICE/rt-hearer.service/payload/system.slice"
        mv "$SLICE/rt-hearer.service" "$SLICE/rtcontainers-hearer.slice"
        run --json=short status test other
        is "$(json '[.channels[].ends[] | [.container, .state]]')" '[["hearer","open"],["talker","open"]]' \
                'processes are found in any slice, and in cgroups of the container, each once'
        # As a container can make them that has cgroups of its own.
        stop_all
        runs rt-hearer.service "${PIDS[1]}"
        mkdir -p "$SLICE/rt-hearer.service/payload/rt-talker.service" "$SLICE/rt-hearer.service/x.slice/rt-talker.service"
        echo "${PIDS[0]}" | tee "$SLICE/rt-hearer.service/payload/rt-talker.service/cgroup.procs" \
                >"$SLICE/rt-hearer.service/x.slice/rt-talker.service/cgroup.procs"
        run --json=short status test other
        is "$(json '[.channels[].ends[] | select(.container == "talker") | .state]')" '["stopped"]' \
                'no container poses as another by cgroups that it makes'
        is "$STATUS:$(json '[.foreign[] | [.container, .reason]]')" '1:[["hearer","it is not declared"]]' \
                'an end that is not declared in this role is foreign'
}

test_what_is_missing() {
        prepare
        runs rt-talker.service "$$"
        run --json=short status test other
        is "$STATUS:$(json '[.channels[].ends[] | [.container, .state]]')" '1:[["hearer","stopped"],["talker","missing"]]' \
                'a running container that has not opened its end is a finding'
        run status test other
        is "$(awk '$1 == "talker" { print $NF }' <<<"$OUT")" OPEN 'the table says that it is not open'
        run status other
        is "$STATUS" 0 'findings are those of the channels that are asked for'
        start leave
        runs rt-talker.service "${PIDS[0]}"
        run --json=short status test other
        is "$STATUS:$(json '[.channels[].ends[] | select(.container == "talker") | [.state, .pid]]')" \
                "1:[[\"left\",${PIDS[0]}],[\"missing\",null]]" 'an end whose process has ended is not open, whoever has its memory'
        start share
        runs rt-talker.service "${PIDS[@]}"
        run --json=short status test other
        is "$(json '[.channels[].ends[] | select(.container == "talker") | [.state, .pid]]')" "[[\"open\",${PIDS[0]}]]" \
                'an end whose memory a child has as well counts once'
        prepare
        put "$D/talker.container" 'rootfs = 1; command = [ "/x" ]; publishes = [ "test" ];'
        start exchange
        runs rt-talker.service "${PIDS[0]}"
        run --json=short status test other
        is "$STATUS:$(json '[.channels[].ends[] | select(.container == "talker") | .state]')" '1:["open"]' \
                'a container whose descriptor has become wrong runs on, and is shown'
}

test_bridges() {
        prepare
        put "$D/test.channel" 'pattern = "publish"; message_size = 64; depth = 4; bridge = "tcp://*:5000";'
        start exchange
        runs rt-talker.service "${PIDS[0]}"
        runs rt-bridge-test.service "${PIDS[1]}"
        run --json=short status test
        is "$(json '[.channels[0].ends | sort_by(.container)[] | [.container, .role, .state, .pid]]')" \
                "[[\".bridge\",\"subscribes\",\"open\",${PIDS[1]}],[\"hearer\",\"subscribes\",\"stopped\",null],[\"talker\",\"publishes\",\"open\",${PIDS[0]}]]" \
                'a bridge is one more end'
}

# Each hostile page is one process of the talker's; nothing that it says counts.
test_hostile_pages() {
        local name pids=()
        prepare
        page "$WORK/lie" rtchstat 1 other pushes
        page "$WORK/role" rtchstat 1 test subscribes
        page "$WORK/control" rtchstat 1 '\x1b[2Jtest\n\xff"' publishes
        page "$WORK/endless" rtchstat 1 "$(printf 'x%.0s' {1..64})" "$(printf 'y%.0s' {1..16})"
        page "$WORK/magic" rtchfake 1 test publishes
        page "$WORK/version" rtchstat 2 test publishes
        for name in lie role control endless magic version; do
                start page "$WORK/$name"
                pids+=("${PIDS[0]}")
        done
        head -c 4095 "$WORK/lie" >"$WORK/short"
        cp "$WORK/lie" "$WORK/long"
        printf x >>"$WORK/long"
        for name in short long; do
                start page "$WORK/$name"
                pids+=("${PIDS[0]}")
        done
        runs rt-talker.service "${pids[@]}"
        run --json=short status test other
        is "$STATUS:$(json '[.channels[].ends[] | .state]')" '1:["stopped","missing"]' 'what a hostile page says is nobody'\''s end'
        is "$(json '[.foreign[] | .pid] == ['"$(IFS=,; echo "${pids[*]:0:6}")"']')" true \
                'all of them are reported, but not what has another size'
        is "$(json '[.foreign[:2][] | [.channel, .reason]]')" \
                '[["other","it is not declared"],["test","it is not declared"]]' \
                'ends of others, or in another role'
        is "$(jq '.foreign[2].channel | tojson' <<<"$OUT")" '"\"\\\\x1b[2Jtest\\\\x0a\\\\xff\\\"\""' 'control characters are escaped in JSON'
        is "$(json '[.foreign[3].channel | length]')" '[64]' 'a name without an end ends where its field does'
        is "$(json '[.foreign[4:][] | [.channel, .reason]]')" \
                '[[null,"it says nothing that could be understood"],[null,"it is of another version of the library"]]' \
                'neither ours nor of our version'
        run status test other
        is "$(LC_ALL=C tr -d '\n -~' <<<"$OUT" | wc -c)" 0 'nothing but printable characters reaches the terminal'
        is "$(grep -c '^! talker, process ' <<<"$OUT")" 6 'the text names the foreign ones'
}

# Memory of a user that the process's namespace does not have, as it would be if it came from another container.
test_memory_from_elsewhere() {
        local name='memory that another container has passed in is foreign'
        prepare
        page "$WORK/good" rtchstat 1 test publishes
        if ((EUID != 0)) || ! unshare --user true 2>/dev/null; then
                skip "$name" 'needs root and user namespaces'
                return
        fi
        start passed "$WORK/good"
        runs rt-talker.service "${PIDS[0]}"
        run --json=short status test other
        is "$(json '[.foreign[] | [.pid, .channel, .reason]]')" "[[${PIDS[0]},null,\"it was made by somebody else\"]]" "$name"
}

test_what_may_not_be_seen() {
        local other=()
        prepare
        chmod -R a+rX "$WORK"
        runs rt-talker.service 1
        if ((EUID == 0)); then other=(setpriv --reuid=65534 --clear-groups); fi
        STATUS=0
        "${other[@]}" "$RTCTL" status test >"$WORK/out" 2>"$WORK/err" || STATUS=$?
        is "$STATUS:$(cat "$WORK/out")" 2: 'no answer if processes cannot be looked into'
        is "$(grep -c '^rtctl: /proc/1/fd of rt-talker.service: Permission denied; run rtctl status as root' "$WORK/err")" 1 \
                'the message says what would be right'
}

test_usage() {
        prepare
        run status nobody
        is "$STATUS:$OUT:$ERR" '2::rtctl: there is no container or channel "nobody"; see rtctl list' 'a name that is not there'
        run status --watch
        is "$STATUS:$OUT" 2: '--watch is for a terminal'
        run --root=/ status
        is "$STATUS:$(grep -c 'not for status' <<<"$ERR")" 2:1 'only the running system has a state'
        RTCONTAINERS_CGROUP=$WORK/nowhere run status
        is "$STATUS:$OUT:$(grep -c "^rtctl: $WORK/nowhere: No such file or directory; " <<<"$ERR")" 2::1 \
                'no cgroup file system'
        put "$D/bad.channel" 'pattern = "x";'
        run status test
        is "$STATUS:$(grep -c 'bad.channel:1: pattern: error' <<<"$ERR")" 1:1 'mistakes in descriptors are told, too'
}

# As a person sees it: until Ctrl-C.
test_watch() {
        local name='--watch shows it again and again until Ctrl-C'
        prepare
        if ! command -v script >/dev/null; then
                skip "$name" 'there is no script(1)'
                return
        fi
        timeout --signal=INT --kill-after=10 3 script --quiet --return --command "$RTCTL status --watch test" /dev/null \
                >"$WORK/out" 2>&1 </dev/null || true
        is "$(($(grep -c 'does not run' "$WORK/out") >= 4))" 1 "$name"
}

main() {
        test_nothing_runs
        test_open_ends
        test_where_processes_are
        test_what_is_missing
        test_bridges
        test_hostile_pages
        test_memory_from_elsewhere
        test_what_may_not_be_seen
        test_usage
        test_watch
        end_of_tests
}

main "$@"
