#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs the generator on examples/descriptors and on cases/*/in, and compares what it writes with cases/*/out and what it
# says with cases/*/diagnostics, byte for byte. Prints TAP; with --update it writes the expectations anew instead.
#
# cases/NAME/in is a root: descriptors are below etc/rtcontainers, usr/lib/rtcontainers and so on.
# In expectations @UNITDIR@, @PKGLIBEXECDIR@, @ZMQLIBRARY@ and @VERSION@ stand for what differs between builds.
set -euo pipefail

: "${RT_GENERATOR:?}" "${RT_PKGLIBEXECDIR:?}" "${RT_ZMQ_LIBRARY:?}" "${RT_VERSION:?}" "${RT_PRINT_KEYS:?}"
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
readonly EXAMPLES=$HERE/../../examples/descriptors
# shellcheck source=tests/tap.sh
source "$HERE/../tap.sh"

WORK=$(mktemp -d)
readonly WORK
trap 'rm -rf "$WORK"' EXIT
unset RTCONTAINERS_PATH

# The root that the case's descriptors are in.
root_of() { # CASE
        if [[ $1 != examples ]]; then
                echo "$HERE/cases/$1/in"
                return
        fi
        mkdir -p "$WORK/examples/etc"
        [[ -e $WORK/examples/etc/rtcontainers ]] || cp -r "$EXAMPLES" "$WORK/examples/etc/rtcontainers"
        echo "$WORK/examples"
}

generate() { # CASE DIR: units into DIR/units, what it says into DIR/diagnostics; its exit status
        local status=0
        mkdir -p "$2/units"
        "$RT_GENERATOR" --root="$(root_of "$1")" "$2/units" 2>"$2/diagnostics.raw" || status=$?
        sed "s|$(root_of "$1")||g" "$2/diagnostics.raw" >"$2/diagnostics"
        return "$status"
}

# Puts placeholders where builds differ.
normalise() { # DIR
        find "$1/units" -type f -exec sed -i \
                -e "s|$1/units|@UNITDIR@|g" -e "s|$RT_PKGLIBEXECDIR|@PKGLIBEXECDIR@|g" \
                -e "s|$RT_ZMQ_LIBRARY|@ZMQLIBRARY@|g" \
                -e "1s|rtcontainers-generator $RT_VERSION;|rtcontainers-generator @VERSION@;|" {} +
}

update() { # CASE
        local case=$HERE/cases/$1
        mkdir -p "$case"
        rm -rf "$case/out"
        generate "$1" "$WORK/$1"
        normalise "$WORK/$1"
        cp -r --no-dereference "$WORK/$1/units" "$case/out"
        cp "$WORK/$1/diagnostics" "$case/diagnostics"
}

# --- systemd's opinion ---

# A copy of the case's units in which our helpers are found although nothing is installed.
verifiable_copy() { # CASE
        local copy=$WORK/$1/verify helper
        mkdir -p "$copy" "$WORK/helpers"
        cp -r --no-dereference "$WORK/$1/units/." "$copy"
        for helper in bind-threads isolate-cpus steer-irqs stop-payload tidy-up config-proxy rtcontainers-bridge grant-devices await-interfaces without-thp start-again; do
                ln -sf /bin/true "$WORK/helpers/$helper"
        done
        find "$copy" -type f -exec sed -i "s|$RT_PKGLIBEXECDIR/|$WORK/helpers/|g" {} +
        # Slices that exist without a file get one, so that the drop-ins for them are read.
        for slice in "$copy"/*.slice.d; do
                [[ ! -d $slice ]] || printf '[Slice]\n' >"${slice%.d}"
        done
        echo "$copy"
}

units_of() { # DIR
        find "$1" -maxdepth 1 -type f -regex '.*\.\(service\|socket\|target\|slice\|mount\)' | sort
}

verify() { # CASE: what systemd has to say
        local copy
        copy=$(verifiable_copy "$1")
        units_of "$copy" | SYSTEMD_LOG_LEVEL=info SYSTEMD_UNIT_PATH=$copy: \
                xargs --no-run-if-empty --delimiter='\n' systemd-analyze verify --man=no 2>&1 || true
}

# What systemd itself reads in the units of the case, as its debug output shows it.
dump() { # CASE
        local copy
        copy=$(verifiable_copy "$1")
        units_of "$copy" | SYSTEMD_LOG_LEVEL=debug SYSTEMD_UNIT_PATH=$copy: \
                xargs --no-run-if-empty --delimiter='\n' systemd-analyze verify --man=no 2>/dev/null |
                sed -E "s/^\s+//; s/ \(origin-[a-z-]+\)$//; s|$WORK/helpers/|@PKGLIBEXECDIR@/|g"
}

can_verify() {
        command -v systemd-analyze >/dev/null && [[ -x /usr/bin/systemd-nspawn ]]
}

# What nspawn has to say about the settings: it reads them before it sees that the tree is none.
nspawn_verify() { # FILE
        mkdir -p "$WORK/no-tree"
        # shellcheck disable=SC2016 # expanded by the inner shell
        unshare --mount --propagation=private bash -c '
                mkdir -p /run/systemd/nspawn && mount -t tmpfs tmpfs /run/systemd/nspawn &&
                cp "$1" /run/systemd/nspawn/probe.nspawn &&
                systemd-nspawn --quiet --register=no --keep-unit --settings=yes --machine=probe \
                        --directory="$2" 2>&1' - "$1" "$WORK/no-tree" |
                grep -v "^Directory $WORK/no-tree doesn't look like" || true
}

can_nspawn_verify() {
        ((EUID == 0)) && unshare --mount true 2>/dev/null && command -v systemd-nspawn >/dev/null
}

# --- tests ---

test_output() { # CASE
        local status=0
        generate "$1" "$WORK/$1" || status=$?
        is "$status" 0 "$1: exit status"
        rm -rf "$WORK/$1/normalised"
        mkdir -p "$WORK/$1/normalised"
        cp -r --no-dereference "$WORK/$1/units" "$WORK/$1/normalised/units"
        find "$WORK/$1/normalised/units" -type f -exec sed -i "s|$WORK/$1/units|$WORK/$1/normalised/units|g" {} +
        normalise "$WORK/$1/normalised"
        same_output "$1: units and settings are as expected" \
                diff -r --no-dereference "$HERE/cases/$1/out" "$WORK/$1/normalised/units"
        same_output "$1: diagnostics are as expected" \
                diff "$HERE/cases/$1/diagnostics" "$WORK/$1/diagnostics"
}

test_rerun() { # CASE
        cp -r --no-dereference "$WORK/$1/units" "$WORK/$1/first"
        generate "$1" "$WORK/$1" || true
        same_output "$1: a second run writes the same bytes" \
                diff -r --no-dereference "$WORK/$1/first" "$WORK/$1/units"
}

test_verify() { # CASE
        can_verify || { skip "$1: systemd-analyze verify" "systemd-analyze or systemd-nspawn is missing" && return; }
        same_output "$1: systemd-analyze verify has nothing to say" verify "$1"
}

test_settings() { # CASE
        local file name="$1: nspawn has nothing to say about the settings"
        can_nspawn_verify || { skip "$name" "needs root, mount namespaces and systemd-nspawn" && return; }
        same_output "$name" check_settings "$1"
}

check_settings() { # CASE
        find "$WORK/$1/units" -name '*.nspawn' | sort | while read -r file; do
                nspawn_verify "$file"
        done
}

# Whether systemd reads in the unit what the descriptor said: cases/NAME/values has lines of its debug output.
test_values() { # CASE
        local line name="$1: systemd reads the values back"
        can_verify || { skip "$name" "systemd-analyze or systemd-nspawn is missing" && return; }
        dump "$1" >"$WORK/$1/dump"
        while IFS= read -r line; do
                [[ $line != '#'* ]] || continue
                if grep -qxF -- "$line" "$WORK/$1/dump"; then
                        result yes "$1: systemd reads back «$line»"
                else
                        result no "$1: systemd reads back «$line»"
                        comment "$(grep -F -- "${line%%:*}:" "$WORK/$1/dump")"
                fi
        done <"$HERE/cases/$1/values"
}

test_nothing() {
        mkdir -p "$WORK/nothing/root" "$WORK/nothing/units"
        local said status=0
        said=$("$RT_GENERATOR" --root="$WORK/nothing/root" "$WORK/nothing/units" 2>&1) || status=$?
        is "$status" 0 "without descriptors: exit status"
        is "$said" '' "without descriptors: it says nothing"
        is "$(ls -A "$WORK/nothing/units")" '' "without descriptors: it writes nothing"
        mkdir -p "$WORK/nothing/root/etc/rtcontainers"
        said=$("$RT_GENERATOR" --root="$WORK/nothing/root" "$WORK/nothing/units"{,,} 2>&1) || status=$?
        is "$status:$said:$(ls -A "$WORK/nothing/units")" 0:: "with an empty folder and three directories: the same"
}

test_every_key_is_used() {
        local kind path missing=
        while IFS=$'\t' read -r kind path _; do
                grep -qE "\b${path##*.}\b *[=:]" "$HERE/cases/every-key/in/etc/rtcontainers/"*"$kind"* ||
                        missing+="$kind: $path "
        done < <("$RT_PRINT_KEYS")
        is "$missing" '' "every-key: every key of the tables is used"
}

main() {
        local case cases=(examples)
        for case in "$HERE"/cases/*/in; do
                case=${case%/in}
                cases+=("${case##*/}")
        done
        if [[ ${1:-} == --update ]]; then
                for case in "${cases[@]}"; do
                        update "$case"
                done
                return
        fi
        for case in "${cases[@]}"; do
                test_output "$case"
                test_rerun "$case"
                test_verify "$case"
                test_settings "$case"
                [[ ! -e $HERE/cases/$case/values ]] || test_values "$case"
        done
        test_nothing
        test_every_key_is_used
        end_of_tests
}

main "$@"
