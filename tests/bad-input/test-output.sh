#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Full disks, read-only folders, several generators at once, standard output that takes nothing.
set -euo pipefail
# shellcheck source=tests/bad-input/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

can_mount() {
        ((EUID == 0)) && unshare --mount --propagation=private mount -t tmpfs tmpfs /mnt 2>/dev/null
}

# Runs the shell text in a mount namespace of its own, with our variables.
in_namespace() { # TEXT
        export RT_GENERATOR RTCTL ROOT UNITS SAID
        unshare --mount --propagation=private bash -euc "$1" 2>"$SAID.namespace" ||
                problem "$(cat "$SAID.namespace")"
}

many_containers() {
        local i
        for i in {1..40}; do
                put_container "c$i" 'tasks = ( { name = "t"; period = "1s"; wcet = "1ms"; } );'
        done
}

without_mounts() { # NAME
        can_mount || { skip "$1" 'needs root and mount namespaces' && return 0; }
        return 1
}

test_full_disk() { # WHAT MOUNT-OPTIONS
        local name="the generator on a disk without $1"
        without_mounts "$name" && return
        begin "$name"
        # shellcheck disable=SC2016 # expanded in the namespace
        local text='
                mount -t tmpfs -o OPTIONS tmpfs "$UNITS"
                "$RT_GENERATOR" --root="$ROOT" "$UNITS"
                find "$UNITS" -printf "%P %y %s %l\n" | sort >"$SAID.before"
                cat "$UNITS"/rt-good.service >"$SAID.unit"
                for i in {1..40}; do
                        cp "$ROOT/etc/rtcontainers/good.container" "$ROOT/etc/rtcontainers/c$i.container"
                done
                status=0
                timeout 10 "$RT_GENERATOR" --root="$ROOT" "$UNITS" 2>"$SAID" || status=$?
                echo "$status" >"$SAID.status"
                find "$UNITS" -printf "%P %y %s %l\n" | sort >"$SAID.after"
                cmp "$UNITS"/rt-good.service "$SAID.unit"'
        in_namespace "${text/OPTIONS/$2}"
        [[ $(cat "$SAID.status") == 1 ]] || problem "exit status $(cat "$SAID.status")"
        cmp -s "$SAID.before" "$SAID.after" || problem "$(diff "$SAID.before" "$SAID.after")"
        grep -q ': error: cannot be written: No space left on device; ' "$SAID" || problem 'it is not said'
        expect_form
        finish
}

test_full_disk_from_the_start() {
        local name='the generator on a disk that is full from the start'
        without_mounts "$name" && return
        begin "$name"
        many_containers
        # shellcheck disable=SC2016 # expanded in the namespace
        in_namespace '
                mount -t tmpfs -o size=64k tmpfs "$UNITS"
                status=0
                timeout 10 "$RT_GENERATOR" --root="$ROOT" "$UNITS" 2>"$SAID" || status=$?
                echo "$status" >"$SAID.status"
                find "$UNITS" -mindepth 1 >"$SAID.after"'
        [[ $(cat "$SAID.status") == 1 ]] || problem "exit status $(cat "$SAID.status")"
        [[ ! -s $SAID.after ]] || problem "left behind: $(cat "$SAID.after")"
        finish
}

test_read_only() {
        local name='the generator with a read-only folder'
        without_mounts "$name" && return
        begin "$name"
        # shellcheck disable=SC2016 # expanded in the namespace
        in_namespace '
                mount -t tmpfs -o ro tmpfs "$UNITS"
                status=0
                timeout 10 "$RT_GENERATOR" --root="$ROOT" "$UNITS" 2>"$SAID" || status=$?
                echo "$status" >"$SAID.status"'
        [[ $(cat "$SAID.status") == 1 ]] || problem "exit status $(cat "$SAID.status")"
        grep -q ': error: cannot be written: Read-only file system; ' "$SAID" || problem 'it is not said'
        expect_form
        finish
}

test_no_folder() {
        begin 'the generator without its folder'
        rmdir "$UNITS"
        bounded "$RT_GENERATOR" --root="$ROOT" "$UNITS"
        ((STATUS == 1)) || problem "exit status $STATUS"
        grep -q ': error: cannot be written: No such file or directory; ' "$SAID" || problem 'it is not said'
        mkdir "$UNITS"
        finish

        begin 'the generator with a file in place of its folder'
        rmdir "$UNITS"
        echo >"$UNITS"
        bounded "$RT_GENERATOR" --root="$ROOT" "$UNITS"
        ((STATUS == 1)) || problem "exit status $STATUS"
        finish
}

test_usage() {
        begin 'a wrong command line'
        local arguments
        for arguments in '' 'a b' 'a b c d' '--bogus a' '--root a b'; do
                # shellcheck disable=SC2086 # several arguments
                bounded "$RT_GENERATOR" $arguments
                ((STATUS == 2)) || problem "generator $arguments: exit status $STATUS"
        done
        for arguments in '' frobnicate 'check extra' '--json=maybe check' '--bogus check' explain bake '--strict list'; do
                # shellcheck disable=SC2086 # several arguments
                bounded "$RTCTL" $arguments
                ((STATUS == 2)) || problem "rtctl $arguments: exit status $STATUS"
                [[ -s $SAID ]] || problem "rtctl $arguments: it says nothing"
        done
        finish
}

# --- bake ---

test_bake_full_disk() {
        local name='bake on a full disk'
        without_mounts "$name" && return
        begin "$name"
        # shellcheck disable=SC2016 # expanded in the namespace
        in_namespace '
                mkdir -p "$ROOT/usr/local"
                mount -t tmpfs -o size=128k tmpfs "$ROOT/usr/local"
                "$RTCTL" --root="$ROOT" bake >/dev/null
                find "$ROOT/usr/local" -printf "%P %y %s %l\n" | sort >"$SAID.before"
                for i in {1..80}; do
                        cp "$ROOT/etc/rtcontainers/good.container" "$ROOT/etc/rtcontainers/c$i.container"
                done
                status=0
                timeout 10 "$RTCTL" --root="$ROOT" bake >/dev/null 2>"$SAID" || status=$?
                echo "$status" >"$SAID.status"
                find "$ROOT/usr/local" -printf "%P %y %s %l\n" | sort >"$SAID.after"
                "$RT_GENERATOR" --root="$ROOT" "$UNITS" 2>"$SAID.generator"
                test -e "$UNITS/rt-c80.service"
                grep -q "have changed since the image was baked" "$SAID.generator"'
        [[ $(cat "$SAID.status") == 2 ]] || problem "exit status $(cat "$SAID.status")"
        cmp -s "$SAID.before" "$SAID.after" || problem "$(diff "$SAID.before" "$SAID.after")"
        grep -q ': error: cannot be written: No space left on device; ' "$SAID" || problem 'it is not said'
        expect_form
        finish
}

test_bake_read_only() {
        local name='bake into a read-only image'
        without_mounts "$name" && return
        begin "$name"
        # shellcheck disable=SC2016 # expanded in the namespace
        in_namespace '
                mount --bind "$ROOT" "$ROOT"
                mount -o remount,ro,bind "$ROOT"
                status=0
                timeout 10 "$RTCTL" --root="$ROOT" bake >/dev/null 2>"$SAID" || status=$?
                echo "$status" >"$SAID.status"'
        [[ $(cat "$SAID.status") == 2 ]] || problem "exit status $(cat "$SAID.status")"
        grep -q ': error: cannot be written: Read-only file system; ' "$SAID" || problem 'it is not said'
        [[ ! -e $ROOT/usr ]] || problem 'it was not read-only'
        finish
}

test_bake_hostile_stamp() {
        local baked line
        for line in '1 /etc/passwd' 'link ../../../../../../etc/victim' 'link ..' 'link a/../..' '1' 'x y' $'1 a\x01'; do
                begin "a stamp with the line «$(printf '%q' "$line")»"
                baked=$ROOT/usr/local/lib/systemd/system
                mkdir -p "$baked"
                echo keep >"$ROOT/etc/victim"
                printf 'rtcontainers-stamp 1\ninputs 0\n%s\n' "$line" >"$baked/rtcontainers.stamp"
                bounded "$RT_GENERATOR" --root="$ROOT" "$UNITS"
                ((STATUS == 0)) || problem "the generator's exit status is $STATUS"
                expect_unit rt-good.service
                bounded "$RTCTL" --root="$ROOT" bake
                ((STATUS == 0)) || problem "the exit status of bake is $STATUS"
                [[ $(cat "$ROOT/etc/victim") == keep ]] || problem 'a file outside was touched'
                finish
        done
}

# --- several at once ---

test_at_once() {
        begin 'four generators at once into one folder'
        local i n
        many_containers
        put all.config "containers = [ $(printf '"c%d", ' {1..39}) \"c40\" ];"
        mkdir "$WORK/$CASE/alone"
        "$RT_GENERATOR" --root="$ROOT" "$WORK/$CASE/alone"
        for i in {1..10}; do
                for n in 1 2 3 4; do
                        timeout 10 "$RT_GENERATOR" --root="$ROOT" "$UNITS" 2>"$SAID.$n" || echo "$n: $?" >>"$SAID" &
                done
                wait
                cat "$SAID".[1-4] >>"$SAID"
        done
        expect_quiet
        find "$WORK/$CASE/alone" -type f -exec sed -i "s|$WORK/$CASE/alone|$UNITS|g" {} +
        diff -r --no-dereference "$WORK/$CASE/alone" "$UNITS" >"$SAID" || problem 'the units differ'
        expect_whole "$UNITS"
        finish
}

# --- standard output ---

test_full_output() {
        begin 'rtctl with a standard output that takes nothing'
        local verb
        for verb in check list cat 'explain good' '--json=short list' '--json=pretty check' --help --version; do
                STATUS=0
                # shellcheck disable=SC2086 # several arguments
                timeout 10 "$RTCTL" --root="$ROOT" $verb >/dev/full 2>"$SAID" || STATUS=$?
                ((STATUS == 2)) || problem "rtctl $verb: exit status $STATUS"
        done
        finish
}

main() {
        test_full_disk space size=100k
        test_full_disk inodes nr_inodes=30
        test_full_disk_from_the_start
        test_read_only
        test_no_folder
        test_usage
        test_bake_full_disk
        test_bake_read_only
        test_bake_hostile_stamp
        test_at_once
        test_full_output
        end_of_tests
}

main "$@"
