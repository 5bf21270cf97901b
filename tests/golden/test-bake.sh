#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Images that are baked ahead of time, and what the generator makes of them at boot. Prints TAP.
set -euo pipefail
: "${RT_GENERATOR:?}" "${RTCTL:?}"
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
# shellcheck source=tests/tap.sh
source "$HERE/../tap.sh"

WORK=$(mktemp -d)
readonly WORK IMAGE=$WORK/image UNITS=$WORK/units
readonly BAKED=$IMAGE/usr/local/lib/systemd/system DESCRIPTORS=$IMAGE/etc/rtcontainers
trap 'rm -rf "$WORK"' EXIT
unset RTCONTAINERS_PATH SYSTEMD_IN_INITRD

put() { # FILE TEXT
        mkdir -p "$DESCRIPTORS"
        echo "$2" >"$DESCRIPTORS/$1"
}

new_image() {
        rm -rf "$IMAGE" "$UNITS"
        mkdir -p "$UNITS"
        put platform.conf 'cpus = "0-1"; default_config = "all";'
        put one.container 'rootfs = "/srv/one"; command = [ "/bin/one" ];'
        put two.container 'rootfs = "/srv/two"; command = [ "/bin/two" ];
                tasks = ( { name = "t"; period = "1ms"; wcet = "10us"; } );'
        put all.config 'containers = [ "one", "two" ];'
}

bake() { # sets STATUS, SAID
        STATUS=0
        SAID=$("$RTCTL" --root="$IMAGE" bake 2>&1) || STATUS=$?
}

generate() { # sets STATUS, SAID; units go to an empty $UNITS
        rm -rf "$UNITS"
        mkdir "$UNITS"
        STATUS=0
        SAID=$("$RT_GENERATOR" --root="$IMAGE" "$UNITS" 2>&1) || STATUS=$?
}

tree() { # DIR: names, targets and sums
        (cd "$1" && find . -type l -printf '%p -> %l\n' -o -type f -exec sha256sum {} + | sort)
}

test_bake_is_what_the_generator_would_do() {
        new_image
        bake
        is "$STATUS" 0 'bake: exit status'
        is "$SAID" "$(find "$BAKED" ! -type d ! -name rtcontainers.stamp | wc -l) files written below $BAKED" \
                'bake: it says how many files there are'
        mv "$BAKED/rtcontainers.stamp" "$WORK/stamp"
        generate
        cp -r "$BAKED" "$WORK/copy"
        rm "$WORK/copy/rtcontainers.plan" # the stamp's companion; the generator has none
        find "$WORK/copy" -type f -exec sed -i "s|/usr/local/lib/systemd/system/|$UNITS/|g" {} +
        same_output 'bake: the same artifacts that the generator makes' diff -r --no-dereference "$WORK/copy" "$UNITS"
        mv "$WORK/stamp" "$BAKED/rtcontainers.stamp"
}

test_valid_stamp() {
        new_image
        bake
        generate
        is "$STATUS:$SAID:$(ls -A "$UNITS")" 0:: 'a stamp that holds: the generator says and writes nothing'
        tree "$BAKED" >"$WORK/before"
        bake
        tree "$BAKED" >"$WORK/after"
        same_output 'baked again: the same bytes' cmp "$WORK/before" "$WORK/after"
}

expect_stale() { # REASON NAME
        generate
        is "$STATUS" 0 "$2: exit status"
        if [[ $SAID == *"rtcontainers.stamp:0: file: warning: $1; units are generated afresh"* ]]; then
                result yes "$2: it is said"
        else
                result no "$2: it is said"
                comment "$SAID"
        fi
}

test_changed_descriptors() {
        new_image
        bake
        put one.container 'rootfs = "/srv/other"; command = [ "/bin/one" ];'
        expect_stale 'the descriptors have changed since the image was baked' 'a changed descriptor'
        is "$(grep -c /srv/other "$UNITS/rt-one.service")" 2 'a changed descriptor: the new unit is there'

        new_image
        bake
        put more.container 'rootfs = "/srv/more"; command = [ "/bin/more" ];'
        expect_stale 'the descriptors have changed since the image was baked' 'a new descriptor'
        is "$(find "$UNITS" -name 'rt-*.service' ! -type l | wc -l)" 4 'a new descriptor: all units are there'
}

# The plan goes with the image, and is verified instead of searched for.
test_stored_plan() {
        new_image
        bake
        is "$(<"$BAKED/rtcontainers.plan")" $'rtcontainers-plan 1\ntwo t 1 80' 'the plan is baked as well'
        sed -i 's/^two t 1 80$/two t 1 33/' "$BAKED/rtcontainers.plan"
        generate
        is "$STATUS:$SAID:$(ls -A "$UNITS")" 0:: 'a plan that holds: the generator says and writes nothing'
        put one.container 'rootfs = "/srv/other"; command = [ "/bin/one" ];'
        generate
        is "$(grep -c 'policy=fifo priority=33 cpus=1$' "$UNITS/rtcontainers.nspawn.d/two.tasks")" 1 'a changed descriptor: the baked plan is kept if it holds'
        put two.container 'rootfs = "/srv/two"; command = [ "/bin/two" ];
                tasks = ( { name = "t"; period = "1ms"; wcet = "10us"; priority = 44; } );'
        generate
        is "$(grep -c 'policy=fifo priority=44 cpus=1$' "$UNITS/rtcontainers.nspawn.d/two.tasks")" 1 'a changed descriptor: a plan that does not hold gives way'

        new_image
        bake
        sed -i 's/^two t 1 80$/two t 0 80/' "$BAKED/rtcontainers.plan"
        expect_stale 'the baked plan is missing, or does not hold on this machine' 'a plan that does not hold'
        is "$(grep -c 'policy=fifo priority=80 cpus=1$' "$UNITS/rtcontainers.nspawn.d/two.tasks")" 1 'a plan that does not hold: another is searched for'
        is "$(find "$UNITS" -name rtcontainers.plan)" '' 'a plan that does not hold: it is no unit, and is not masked'
        echo 'rtcontainers-plan 1 damaged' >"$BAKED/rtcontainers.plan"
        expect_stale 'baked units are missing or were changed' 'a plan that was cut'
}

test_removed_descriptors() {
        new_image
        bake
        rm "$DESCRIPTORS"/{two.container,all.config}
        put platform.conf 'cpus = "0-1";'
        expect_stale 'the descriptors have changed since the image was baked' 'removed descriptors'
        is "$(readlink "$UNITS/rt-two.service" "$UNITS/rt-config-all.target" "$UNITS/rtcontainers.slice" | sort -u)" \
                /dev/null 'removed descriptors: their baked units are masked'
        is "$(readlink "$UNITS/system.slice.d/50-rtcontainers.conf")" /dev/null \
                'removed descriptors: their baked drop-ins are masked'
        is "$(readlink "$UNITS/default.target")" multi-user.target \
                'removed descriptors: boot goes where it would without us'
        is "$([[ -f $UNITS/rt-one.service ]] && echo there)" there 'removed descriptors: the others are generated'
        is "$(find "$UNITS" -name '*two*.nspawn' | wc -l)" 0 'removed descriptors: their settings are not masked'

        rm "$DESCRIPTORS"/*
        expect_stale 'the descriptors have changed since the image was baked' 'no descriptor any more'
        is "$(find "$UNITS" -type f | wc -l)" 0 'no descriptor any more: only masks'
}

test_distribution_default() {
        new_image
        mkdir -p "$IMAGE/usr/lib/systemd/system"
        ln -s graphical.target "$IMAGE/usr/lib/systemd/system/default.target"
        bake
        rm "$DESCRIPTORS"/*
        generate
        is "$(readlink "$UNITS/default.target")" graphical.target "the image's own default target comes back"
}

test_damaged_units() {
        local damage
        for damage in 'rm rt-one.service' 'ln -sf /dev/null rt-one.service' 'truncate --size=9 rt-one.service' \
                'rm default.target' 'rm -r rtcontainers.nspawn.d'; do
                new_image
                bake
                (cd "$BAKED" && $damage)
                expect_stale 'baked units are missing or were changed' "after $damage"
                [[ -s $UNITS/rt-one.service && -s $UNITS/rtcontainers.nspawn.d/one.nspawn ]] && damage=
                is "$damage" '' "after $damage: all units are there"
        done
}

test_broken_stamp() {
        new_image
        bake
        echo broken >"$BAKED/rtcontainers.stamp"
        expect_stale 'the stamp of the baked image cannot be read' 'a broken stamp'
        bake
        generate
        is "$STATUS:$SAID" 0: 'a broken stamp: baking again mends it'
}

test_rebake() {
        new_image
        bake
        rm "$DESCRIPTORS/two.container"
        put all.config 'containers = [ "one" ];'
        echo foreign >"$BAKED/foreign.service"
        bake
        is "$STATUS" 0 'baked anew: exit status'
        is "$(find "$BAKED" -name '*two*' -o -name '*.slice*' -o -name '*.scope*')" '' \
                'baked anew: nothing is left of what is gone'
        is "$(cat "$BAKED/foreign.service")" foreign 'baked anew: files of others stay'
        generate
        is "$STATUS:$SAID:$(ls -A "$UNITS")" 0:: 'baked anew: the stamp holds'
}

test_errors() {
        new_image
        put bad.container 'rootfs = 1;'
        bake
        is "$STATUS" 1 'bake with mistakes: exit status'
        is "$([[ -e $BAKED ]] && echo there)" '' 'bake with mistakes: nothing is written'

        new_image
        rm "$DESCRIPTORS/platform.conf"
        bake
        is "$STATUS" 1 'bake without known CPUs: exit status'

        STATUS=0
        "$RTCTL" bake >/dev/null 2>&1 || STATUS=$?
        is "$STATUS" 2 'bake without an image: exit status'
        STATUS=0
        "$RTCTL" --root="$WORK/nowhere" bake >/dev/null 2>&1 || STATUS=$?
        is "$STATUS" 2 'bake into an image that is not there: exit status'
}

test_initrd() {
        new_image
        rm -rf "$UNITS"
        mkdir "$UNITS"
        SAID=$(SYSTEMD_IN_INITRD=1 "$RT_GENERATOR" --root="$IMAGE" "$UNITS" 2>&1)
        is "$SAID:$(ls -A "$UNITS")" : 'in an initrd: the generator says and writes nothing'
}

main() {
        test_bake_is_what_the_generator_would_do
        test_valid_stamp
        test_changed_descriptors
        test_stored_plan
        test_removed_descriptors
        test_distribution_default
        test_damaged_units
        test_broken_stamp
        test_rebake
        test_errors
        test_initrd
        end_of_tests
}

main "$@"
