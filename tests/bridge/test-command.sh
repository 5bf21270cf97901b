#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The bridge's command line, and what it says when it cannot do what it is told.
set -euo pipefail
: "${RT_BRIDGE:?}"
# shellcheck source=tests/tap.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"

WORK=$(mktemp -d)
readonly WORK
trap 'rm -rf "$WORK"' EXIT
export RTCHANNEL_DIR=$WORK
unset NOTIFY_SOCKET
mkdir "$WORK/channels"

declare_end() { # NAME ROLE FULL
        echo "$1 role=$2 message_size=64 depth=4 full=$3 spin=0 connections=1 connects=yes" >>"$WORK/channels.conf"
}
declare_end state subscribes overwrite
declare_end strict subscribes refuse
declare_end own publishes overwrite
declare_end service serves refuse
declare_end sink pulls refuse
declare_end events pushes refuse
echo 'damaged role=pushes' >>"$WORK/channels.conf"

# A case passes if the bridge ends in time with that status, having said that, and on standard error alone if it failed.
expect() { # NAME STATUS TEXT ARGUMENT…
        local name=$1 wanted=$2 text=$3 status=0 why=''
        shift 3
        timeout --kill-after=1 10 "$RT_BRIDGE" "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
        ((status == wanted)) || why="status $status"
        grep -aqF -- "$text" "$WORK/out" "$WORK/err" || why+=" it said: $(cat "$WORK/out" "$WORK/err")"
        ((wanted == 0)) || [[ ! -s $WORK/out ]] || why+=" on standard output: $(cat "$WORK/out")"
        report "$name" "$why"
}

report() { # NAME WHY
        if [[ -z $2 ]]; then
                result yes "$1"
        else
                result no "$1"
                comment "$2"
        fi
}

readonly FREE=ipc://$WORK/outside

expect "--help tells how it is used" 0 'Usage: rtcontainers-bridge' --help
expect "--version tells the version" 0 'rtcontainers-bridge ' --version
expect "an option that is none is refused" 2 'nonsense' --nonsense state "$FREE"
expect "a missing endpoint is refused" 2 'a channel and an endpoint' state
expect "a third argument is refused" 2 'a channel and an endpoint' state "$FREE" more
for timeout in '' 0 -1 5s 3600001 99999999999999999999; do
        expect "a timeout of \"$timeout\" is refused" 2 "\"$timeout\" is no timeout" --timeout="$timeout" state "$FREE"
done
expect "a channel that is not declared is named" 1 "channel nowhere ($WORK/channels.conf): is not declared" nowhere "$FREE"
expect "a declaration that is damaged is named" 1 "channel damaged ($WORK/channels.conf): is damaged" damaged "$FREE"
expect "an end that publishes has no bridge" 1 'no bridge for an end that publishes' own "$FREE"
expect "an end that serves has no bridge" 1 'no bridge for an end that serves' service "$FREE"
expect "an end that pulls has no bridge" 1 'no bridge for an end that pulls' sink "$FREE"
expect "publishing that waits for its subscribers has no bridge" 1 'could hold up who publishes' strict "$FREE"
expect "an endpoint that is none is named" 1 'endpoint nonsense: Invalid argument' state nonsense
expect "a transport that there is not is named" 1 'endpoint smoke://1: Protocol not supported' state smoke://1
expect "a folder that there is not is named" 1 'endpoint ipc:///nowhere/socket' state ipc:///nowhere/socket

# Two bridges at one endpoint: the second one gives up.
port=$((20000 + RANDOM % 10000))
"$RT_BRIDGE" events "tcp://127.0.0.1:$port" 2>"$WORK/first" &
first=$!
for _ in {1..100}; do
        ! (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null || break
        sleep 0.05
done
expect "an endpoint in use is named" 1 "endpoint tcp://127.0.0.1:$port: Address already in use" state \
        "tcp://127.0.0.1:$port"
kill -TERM "$first"
status=0
wait "$first" || status=$?
is "$status $(cut -d' ' -f-4 "$WORK/first")" '0 rtcontainers-bridge: out=0 in=0 dropped=0' \
        'SIGTERM ends it, with what it has counted'

end_of_tests
