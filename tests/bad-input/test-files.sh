#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Files that are none, and names that are none.
set -euo pipefail
# shellcheck source=tests/bad-input/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The descriptor bad.container is what `make` makes of it.
in_place_of_a_descriptor() { # NAME TEXT MAKE…: $D/bad.container is added
        begin "$1 in place of a descriptor"
        local text=$2
        shift 2
        "$@" "$D/bad.container"
        "$@" "$D/bad.channel"
        "$@" "$D/bad.config"
        put_container dropped ''
        mkdir "$D/dropped.container.d"
        "$@" "$D/dropped.container.d/1.conf"
        generate
        expect_error 'bad.container:0: file' "$text"
        expect_error 'bad.channel:0: file' "$text"
        expect_error 'bad.config:0: file' "$text"
        expect_error 'dropped.container.d/1.conf:0: file' "$text"
        expect_tombstone rt-bad.service rt-channel-bad.socket rt-config-bad.target rt-dropped.service
        expect_good
        finish
}

make_socket() { # PATH
        python3 -c 'import os, socket, sys
os.chdir(os.path.dirname(sys.argv[1]))
socket.socket(socket.AF_UNIX).bind(os.path.basename(sys.argv[1]))' "$1"
}

make_loop() { # PATH
        ln -s "${1##*/}" "$1"
}

make_long_loop() { # PATH
        ln -s "${1##*/}.a" "$1"
        ln -s "${1##*/}" "$1.a"
}

test_odd_files() {
        in_place_of_a_descriptor 'a directory' 'is a directory' mkdir
        in_place_of_a_descriptor 'a FIFO' 'is a FIFO' mkfifo
        in_place_of_a_descriptor 'a socket' 'is a socket' make_socket
        in_place_of_a_descriptor 'a dangling link' 'is a link to nothing' ln -s nowhere
        in_place_of_a_descriptor 'a link to itself' 'leads back to itself' make_loop
        in_place_of_a_descriptor 'links in a circle' 'leads back to itself' make_long_loop
        in_place_of_a_descriptor 'a link to a directory' 'is a directory' ln -s /
        if ((EUID == 0)); then
                in_place_of_a_descriptor 'a device' 'is a device node' make_device
        else
                skip 'a device in place of a descriptor' 'needs root'
        fi
}

make_device() { # PATH
        mknod "$1" c 1 5
}

# Root reads everything, so the programs run as somebody else.
test_unreadable() {
        local -a other=()
        begin 'a file that may not be read'
        if ((EUID == 0)); then
                other=(setpriv --reuid=65534 --regid=65534 --clear-groups)
        fi
        if ! cp "$RT_GENERATOR" "$WORK/generator" || ! "${other[@]}" "$WORK/generator" --version >/dev/null 2>&1; then
                skip "$NAME" 'the generator cannot be run as another user'
                return
        fi
        put_container bad ''
        chmod 000 "$D/bad.container"
        put_container dropped ''
        mkdir -m 000 "$D/dropped.container.d"
        chmod 777 "$UNITS"
        bounded "${other[@]}" "$WORK/generator" --root="$ROOT" "$UNITS"
        ((STATUS == 0)) || problem "exit status $STATUS"
        expect_error 'bad.container:0: file' 'Permission denied'
        expect_error 'dropped.container.d:0: file' 'the folder cannot be read: Permission denied'
        expect_tombstone rt-bad.service
        expect_good
        finish

        begin 'a folder that may not be read'
        mkdir -p "$ROOT/run"
        mkdir -m 000 "$ROOT/run/rtcontainers"
        chmod 777 "$UNITS"
        bounded "${other[@]}" "$WORK/generator" --root="$ROOT" "$UNITS"
        ((STATUS == 0)) || problem "exit status $STATUS"
        grep -q '/run/rtcontainers:0: file: error: the folder cannot be read' "$SAID" || problem 'it is not said'
        expect_good
        finish
}

test_names() {
        local name
        for name in 'a b' 'a/b' '..' 'a..b' $'a\nb' 'a%ib' '%i' "a\$b" "\$HOME" 'a"b' "a'b" $'a\xffb' $'\x80' 'ü' 'a\b' \
                '-a' 'a-' '1a' 'a_b' 'a;b' '*' '~' "$(printf 'a%.0s' {1..49})" $'\e[31m' 'a@b' 'a:b'; do
                begin "a descriptor named «$(printf '%q' "$name")»"
                if [[ $name == */* ]]; then
                        mkdir "$D/${name%%/*}"
                fi
                put "$name.container" 'rootfs = "/srv/x"; command = [ "/bin/x" ];'
                put "$name.config" 'containers = [ ];'
                put "$name.channel" 'pattern = "push"; message_size = 1;'
                generate
                # A folder is no descriptor, and names with a dot first are hidden, as ever.
                if [[ $name != */* && $name != .* ]]; then
                        (($(grep -ac 'is not a name; use 1 to 48 letters' "$SAID") == 3)) || problem 'it is not said'
                fi
                expect_good
                (($(find "$UNITS" -maxdepth 1 -name 'rt-*' | wc -l) == 4)) || problem 'there are other units'
                finish
        done
}

test_names_inside() {
        begin 'names of others that are no names'
        put_container bad 'publishes = [ "../x", "a b", "%i" ]; cpus = { separate_from = [ "a\nb" ]; };'
        put bad.config 'containers = [ "../good" ]; fallback = "a/b"; base = "../x.target";'
        generate
        expect_error 'bad.container:2: publishes[0]' '"../x" is not a name'
        expect_error 'bad.container:2: cpus.separate_from[0]' 'contains a control character'
        expect_error 'bad.config:1: containers[0]' '"../good" is not a name'
        expect_error 'bad.config:1: fallback' '"a/b" is not a name'
        expect_error 'bad.config:1: base' '"../x.target" is no target'
        expect_good
        finish

        begin 'two names that differ in case only'
        put_container Twin ''
        put_container twin ''
        generate
        expect_error 'twin.container:0: file' 'would share the unit name'
        expect_tombstone rt-twin.service
        expect_unit rt-Twin.service
        expect_good
        finish

        begin 'a link out of the root'
        echo 'rootfs = "/secret"; command = [ "/x" ];' >"$WORK/$CASE/secret"
        ln -s "$WORK/$CASE/secret" "$D/bad.container"
        ln -s "../../../../../../../../../../$WORK/$CASE/secret" "$D/worse.container"
        generate
        expect_error 'bad.container:0: file' 'is a link to nothing'
        expect_error 'worse.container:0: file' 'is a link to nothing'
        ! grep -rq secret "$UNITS" || problem 'the link was followed'
        expect_good
        finish
}

main() {
        test_odd_files
        test_unreadable
        test_names
        test_names_inside
        end_of_tests
}

main "$@"
