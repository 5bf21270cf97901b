#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The helpers for devices, memory and power with what they cannot use: each says in one line what is wrong, and leaves
# nothing half done. None of this needs privileges.
#
# shellcheck disable=SC2016 # scripts for other shells are quoted from ours
set -euo pipefail

: "${RT_HELPERS:?}" "${RT_HELPER_SOURCES:?}"
# shellcheck source=tests/tap.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"

WORK=$(mktemp -d)
readonly WORK
trap 'rm -rf "$WORK"' EXIT

# The helper ends with this status, and what it says has this in it and one line.
ends() { # NAME STATUS PART COMMAND…
        local name=$1 status=0 said
        said=$("${@:4}" 2>&1 >/dev/null </dev/null) || status=$?
        if [[ $status == "$2" && $said == *"$3"* && $(wc -l <<<"$said") == 1 ]]; then
                result yes "$name"
        else
                result no "$name"
                comment "expected status $2 and «$3», got $status and «$said»"
        fi
}

test_devices() {
        local grant=$RT_HELPERS/grant-devices long
        long=$(printf 'x%.0s' {1..5000})
        touch "$WORK/file"
        ln -s nowhere "$WORK/dangling"
        ends 'a device that is not there is named' 1 "$WORK/no: there is no such device" \
                "$grant" 70000 "shared:rw:$WORK/no"
        ends 'so is one behind a link' 1 "$WORK/dangling: there is no such device" \
                "$grant" 70000 "shared:rw:$WORK/dangling"
        ends 'a folder is no device' 1 'but a folder; declare the nodes in it' "$grant" 70000 "shared:rw:$WORK"
        ends 'a file is no device' 1 "$WORK/file is no device node" "$grant" 70000 "shared:rw:$WORK/file"
        ends 'a path that climbs out of /dev is what it leads to' 1 'is no device node' \
                "$grant" 70000 'shared:rw:/dev/../etc/passwd'
        ends 'a path may be too long' 1 'File name too long' "$grant" 70000 "shared:r:/dev/$long"
        ends 'blanks, colons and percent signs belong to the path' 1 "$WORK/a b:c%n: there is no" \
                "$grant" 70000 "shared:r:$WORK/a b:c%n"
        ends 'what others have open is in use' 1 '/dev/null is in use by process' \
                bash -c '"$0" 70000 exclusive:m:/dev/null 3</dev/null' "$grant"
        ends 'a request without a path' 2 usage: "$grant" 70000 shared:rw
        ends 'a request of another sort' 2 usage: "$grant" 70000 borrowed:rw:/dev/null
        ends 'a user that is no number' 2 usage: "$grant" root shared:rw:/dev/null
        ends 'a user that is too large' 2 usage: "$grant" 4294967295 shared:rw:/dev/null
        ends 'nothing to do' 2 usage: "$grant"
        same_output 'what is gone has nothing to be revoked' "$grant" --revoke 70000 "shared:rw:$WORK/no"
        same_output 'without reading and writing no list is touched' "$grant" 70000 shared:m:/dev/null
}

test_others() {
        local text
        ends 'without-thp: a program that is not there' 127 "$WORK/no: No such file" "$RT_HELPERS/without-thp" "$WORK/no"
        ends 'without-thp: no program' 2 usage: "$RT_HELPERS/without-thp"
        is "$("$RT_HELPERS/without-thp" /bin/echo 'a b' '')" 'a b ' 'without-thp: arguments stay as they are'
        is "$("$RT_HELPERS/without-thp" /bin/sed -n 's/^THP_enabled:[[:space:]]*//p' /proc/self/status)" 0 \
                'without-thp: what it starts gets no transparent huge pages'
        for text in '' -1 1.5 ' 1' 0x1 7us 2147483648 99999999999999999999; do
                ends "hold-cpu-latency: \"$text\" is no latency" 2 usage: "$RT_HELPERS/hold-cpu-latency" "$text"
        done
        ends 'await-interfaces: one that does not come back is named' 1 'no-such-if is not back' \
                "$RT_HELPERS/await-interfaces" lo no-such-if
        same_output 'await-interfaces: one that is there is not waited for' "$RT_HELPERS/await-interfaces" lo
}

# Nothing that means something in a rule gets into one. If it did, it would not get far: no folder can be made here.
test_rules_of_udev() {
        local path PATH=$WORK/stubs:$PATH
        mkdir "$WORK/stubs"
        printf '#!/bin/sh\nexit 9\n' >"$WORK/stubs/mkdir"
        chmod +x "$WORK/stubs/mkdir"
        for path in /etc/passwd /dev/ dev/x; do
                ends "tag-device: $path is no device" 2 'is not below /dev' "$RT_HELPER_SOURCES/tag-device" "$path" x
        done
        for path in '/dev/a"b' '/dev/a b' '/dev/a*' '/dev/a[1]' '/dev/a?' '/dev/a|b' '/dev/a%n' '/dev/$x' $'/dev/a\nb' \
                '/dev/ü' '/dev/a,b' "/dev/a'b"; do
                ends "tag-device: ${path//$'\n'/ } is in no rule" 2 'cannot be written in a rule' \
                        bash -c '"$0" "$1" x 2>&1 | tr "\n" " " >&2; exit "${PIPESTATUS[0]}"' \
                        "$RT_HELPER_SOURCES/tag-device" "$path"
        done
        ends 'tag-device: an ordinary name gets further' 9 '' bash -c '"$0" "$1" x; status=$?; echo >&2; exit $status' \
                "$RT_HELPER_SOURCES/tag-device" '/dev/serial/by-id/usb-A\x20B_1.0-if00:1@2+3=4#5'
}

# A systemctl of our own says what runs, and notes what is started.
test_start_again() {
        cat >"$WORK/systemctl" <<'EOF'
#!/bin/sh
case $1 in
list-jobs) eval "echo \"$JOBS\"" | grep -F " $4 " || true ;;
is-active) echo "$ACTIVE" | grep -qw "$3" ;;
start) echo "$@" ;;
esac
EOF
        chmod +x "$WORK/systemctl"
        local again=(env "PATH=$WORK:$PATH" "$RT_HELPER_SOURCES/start-again" rt-a.service b.target c.target)
        is "$(JOBS='' ACTIVE='c.target' "${again[@]}")" 'start --no-block rt-a.service' 'start-again: in an active config'
        is "$(JOBS='' ACTIVE='d.target' "${again[@]}")" '' 'start-again: not in another config'
        is "$(JOBS='7 c.target start waiting' ACTIVE='' "${again[@]}")" 'start --no-block rt-a.service' \
                'start-again: in a config that is being started'
        is "$(JOBS='7 b.target stop running' ACTIVE='b.target' "${again[@]}")" '' \
                'start-again: not in a config that is being stopped'
}

test_devices
test_others
test_rules_of_udev
test_start_again
end_of_tests
