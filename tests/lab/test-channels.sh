#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Channels between real containers: who sees which socket, what its end is told, and bridges.
#
# shellcheck disable=SC2016 # scripts for the lab's shell are quoted from ours
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/lab/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

# Containers with a shell, so that tests can look around and try things from inside: "reader" subscribes to what the
# sensor publishes, "left" and "right" are a pair, "stranger" declares no channel. All run in "drive", and all but
# "right" in "measure".
add_containers() {
        local tree name
        tree=$(cached_tree "$LAB_CACHE" busybox extract busybox-static)
        mkdir -p "$LAB_ROOT/srv/probe"/{bin,dev,etc,proc,run,sys,tmp,usr,var}
        cp "$tree/bin/busybox" "$LAB_ROOT/srv/probe/bin"
        chroot "$LAB_ROOT/srv/probe" /bin/busybox --install -s /bin
        echo 'pattern = "pair"; message_size = 100; depth = 7;' >"$LAB_ETC/twins.channel"
        add_container reader 'subscribes = [ "samples" ];'
        add_container left 'pairs = [ "twins" ];'
        add_container right 'pairs = [ "twins" ];'
        add_container stranger ''
        for name in drive measure; do
                mkdir -p "$LAB_ETC/$name.config.d"
        done
        echo 'containers = [ "sensor", "controller", "logger", "reader", "left", "right", "stranger" ];' \
                >"$LAB_ETC/drive.config.d/channels.conf"
        echo 'containers = [ "sensor", "logger", "reader", "left", "stranger" ];' >"$LAB_ETC/measure.config.d/channels.conf"
}

add_container() { # NAME SETTINGS
        echo "rootfs = \"/srv/probe\"; command = [ \"/bin/sleep\", \"1000000\" ]; $2" >"$LAB_ETC/$1.container"
}

# Bridges to what the sensor publishes and to what the logger pulls, and a ZeroMQ program for outside.
add_bridges() {
        mkdir -p "$LAB_ETC"/{samples,events}.channel.d
        echo 'bridge = "tcp://*:5556";' >"$LAB_ETC/samples.channel.d/bridge.conf"
        echo 'bridge = "ipc:///run/plant/events";' >"$LAB_ETC/events.channel.d/bridge.conf"
        echo 'd /run/plant 1777 root root -' >"$LAB_ROOT/etc/tmpfiles.d/plant.conf"
        cp "$LAB_BUILD/tests/bridge/outside" "$LAB_ROOT/usr/bin"
}

set_up() {
        lab_prepare
        add_containers
        add_bridges
        lab_boot
}

# Runs a command inside the container, as its root, with none of the capabilities that nsenter would give it.
inside() { # CONTAINER COMMAND…
        lab_run nsenter --target "$(lab_payload "$1")" --all --setuid 0 --setgid 0 -- "${@:2}"
}

bridge_pid() { # [CHANNEL]
        lab_run systemctl show --value -p MainPID "rt-bridge-${1:-samples}.service"
}

readonly CHANNELS=/run/rtcontainers/channels TEXT=/run/rtcontainers/channels.conf

# --- sockets ---

test_there_is_a_socket_for_each_end_that_connects_and_no_other() {
        expect_equal "the list of sockets" "$(lab_script 'cd /run/rtcontainers/channels && find . -type s | sort')" \
                "$(printf '%s\n' ./events/{.bridge,controller} ./samples/.bridge \
                        ./samples/{controller,logger,parking,reader,recorder} ./twins/right)"
}

test_nobody_but_root_gets_to_the_sockets_on_the_host() {
        expect_failure lab_run setpriv --reuid=65534 --clear-groups ls "$CHANNELS"
}

test_a_container_that_connects_finds_its_own_socket_and_no_other() {
        expect_equal "what the reader sees" "$(inside reader find "$CHANNELS" -mindepth 1)" "$CHANNELS/samples"
        expect_equal "the reader's socket" "$(inside reader stat -c %i "$CHANNELS/samples")" \
                "$(lab_run stat -c %i "$CHANNELS/samples/reader")"
        expect_failure inside reader rm "$CHANNELS/samples"
}

test_a_container_that_does_not_declare_a_channel_cannot_see_its_socket() {
        expect_failure inside stranger ls /run/rtcontainers
        expect_failure inside right ls "$CHANNELS/samples"
        expect_equal "mounts of the stranger from there" \
                "$(inside stranger grep -c rtcontainers /proc/self/mountinfo || true)" 0
}

test_who_listens_has_a_descriptor_for_each_that_connects_and_sees_no_socket() {
        local pid
        pid=$(lab_payload sensor)
        expect_contains "the sensor's environment" "$(lab_script 'tr "\0" "\n" <"/proc/$1/environ"' "$pid")" LISTEN_FDS=6
        expect_failure lab_run test -e "/proc/$pid/root$CHANNELS"
        pid=$(lab_payload left)
        expect_contains "the environment of left" "$(lab_script 'tr "\0" "\n" <"/proc/$1/environ"' "$pid")" LISTEN_FDS=1
        expect_lacks "the environment of right" \
                "$(lab_script 'tr "\0" "\n" <"/proc/$1/environ"' "$(lab_payload right)")" LISTEN_FDS
}

# --- what ends are told ---

test_each_end_is_told_its_own_part_of_the_channel() {
        expect_equal "what right knows" "$(inside right grep -v '^#' "$TEXT")" \
                "twins role=pairs message_size=100 depth=7 full=refuse spin=0 connections=1 connects=yes"
        expect_equal "what left knows" "$(inside left grep -v '^#' "$TEXT")" \
                "twins role=pairs message_size=100 depth=7 full=refuse spin=0 connections=1 accepts=right"
        expect_contains "what the sensor knows" "$(lab_run cat "/proc/$(lab_payload sensor)/root$TEXT")" \
                "accepts=controller,logger,parking,reader,recorder,.bridge"
}

test_what_an_end_is_told_cannot_be_changed_from_inside() {
        expect_failure inside right sh -c "echo 'twins role=serves' >>$TEXT"
        expect_failure inside right rm "$TEXT"
        expect_failure inside right mount -o remount,rw "$TEXT"
}

test_what_channels_take_may_be_locked_although_nothing_is_declared() {
        local limit
        limit=$(lab_run systemctl show --value -p LimitMEMLOCK rt-right.service)
        ((limit > 0 && limit < 1024 * 1024)) || fail "the limit of the unit is $limit"
        expect_contains "the limits of right" \
                "$(lab_run prlimit --noheadings --output SOFT,HARD --memlock --pid "$(lab_payload right)")" "$limit"
        expect_contains "the limits of stranger" \
                "$(lab_run prlimit --noheadings --output SOFT,HARD --memlock --pid "$(lab_payload stranger)" | xargs)" "0 0"
}

# --- what goes through ---

logger_has_said() { # TEXT
        [[ $(lab_messages logger) == *"$1"* ]]
}

test_events_reach_who_pulls_them_and_who_pushed_is_known() {
        lab_wait 10 "the controller has told of a set point" logger_has_said "event from controller: set point"
}

test_samples_reach_all_who_subscribe() {
        local container
        for container in controller logger; do
                lab_wait 10 "samples have reached $container" has_counted "$container" samples
        done
}

has_counted() { # CONTAINER WHAT
        lab_messages "$1" | grep -q "$2=[1-9]"
}

# --- bridges ---

test_a_bridge_sees_its_end_of_its_channel_alone() {
        local seen
        lab_wait 10 "the bridge is there" lab_is_active rt-bridge-samples.service
        seen=$(lab_run nsenter --target "$(bridge_pid)" --mount find /run/rtcontainers -type s -o -type f)
        expect_equal "what the bridge sees" "$(sort <<<"$seen")" "$(printf '%s\n' "$TEXT" "$CHANNELS/samples" | sort)"
        expect_contains "what it is told" "$(lab_run nsenter --target "$(bridge_pid)" --mount cat "$TEXT")" \
                "samples role=subscribes"
        lab_run nsenter --target "$(bridge_pid)" --mount setpriv --reuid=65534 --clear-groups cat "$TEXT" >/dev/null
        lab_run nsenter --target "$(bridge_pid)" --mount setpriv --reuid=65534 --clear-groups \
                test -w "$CHANNELS/samples"
}

test_what_is_published_inside_reaches_a_subscriber_outside() {
        expect_equal "the sizes of samples" "$(lab_run outside receive tcp://127.0.0.1:5556 3 | xargs)" "24 24 24"
}

test_what_is_pushed_outside_reaches_who_pulls_inside() {
        lab_run outside send ipc:///run/plant/events "greetings from outside"
        lab_wait 10 "the logger has it" logger_has_said "event from .bridge: greetings from outside"
}

test_a_bridge_tells_what_it_has_passed_on() {
        local status
        status=$(lab_run systemctl show --value -p StatusText rt-bridge-samples.service)
        [[ $status =~ ^out=[1-9] ]] || fail "its status is \"$status\""
}

test_a_bridge_writes_to_the_folder_of_its_endpoint_and_nowhere_else() {
        local events
        events=$(bridge_pid events)
        lab_wait 10 "the bridge is there" lab_is_active rt-bridge-events.service
        lab_run test -S /run/plant/events
        expect_failure lab_run nsenter --target "$(bridge_pid)" --mount touch /run/plant/samples
        expect_equal "its interfaces" "$(lab_run nsenter --target "$events" --net ls /proc/self/net/dev_snmp6)" lo
}

test_a_bridge_is_an_ordinary_process_without_rights_on_the_housekeeping_cpus() {
        local pid
        pid=$(bridge_pid)
        expect_contains "its scheduling" "$(lab_run chrt --pid "$pid")" SCHED_OTHER
        expect_equal "its CPUs" "$(lab_run sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$pid/status")" \
                "$(lab_first_cpu)"
        expect_equal "its capabilities" "$(lab_run sed -n 's/^CapBnd:[[:space:]]*//p' "/proc/$pid/status")" 0000000000000000
        expect_different "its user" "$(lab_run stat -c %u "/proc/$pid")" 0
}

test_a_bridge_goes_on_through_a_switch_if_its_listening_end_does() {
        local before
        before=$(bridge_pid)
        lab_switch measure
        expect_equal "the bridge's PID" "$(bridge_pid)" "$before"
        lab_switch drive
        expect_equal "the bridge's PID" "$(bridge_pid)" "$before"
}

test_a_bridge_ends_with_the_configuration() {
        lab_run systemctl isolate multi-user.target
        lab_wait 10 "the bridge has stopped" expect_failure lab_is_active rt-bridge-samples.service
        expect_equal "the bridge's result" "$(lab_run systemctl show --value -p Result rt-bridge-samples.service)" success
}

run_tests
