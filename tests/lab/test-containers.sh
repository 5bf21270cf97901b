#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What boot brings up, and what a container gets and does not get.
#
# shellcheck disable=SC2016 # scripts for the lab's shell are quoted from ours
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/lab/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

# "probe" is a container with a shell, so that tests can look around and try things from inside.
add_probe() {
        local tree
        tree=$(cached_tree "$LAB_CACHE" busybox extract busybox-static)
        mkdir -p "$LAB_ROOT/srv/probe"/{bin,dev,etc,mnt,proc,run,sys,tmp,usr,var} "$LAB_ROOT/srv/data"
        cp "$tree/bin/busybox" "$LAB_ROOT/srv/probe/bin"
        chroot "$LAB_ROOT/srv/probe" /bin/busybox --install -s /bin
        echo data >"$LAB_ROOT/srv/data/file"

        cat >"$LAB_ETC/probe.container" <<'EOF'
rootfs  = "/srv/probe";
command = [ "/bin/sleep", "1000000" ];
tasks   = ( { name = "look"; policy = "other"; } );
memory  = { max = "64M"; };
devices = ( { path = "/dev/rt-device"; access = "w"; } );
mounts  = ( { tmpfs = "/tmp"; size = "1M"; }, { source = "/srv/data"; target = "/mnt"; options = "ro"; } );
EOF
        mkdir -p "$LAB_ETC/drive.config.d"
        echo 'containers = [ "sensor", "controller", "logger", "probe" ];' >"$LAB_ETC/drive.config.d/probe.conf"

        # The device is the kernel log under another name: every kernel has it, anyone may open it for writing, and
        # containers do not get it unless they ask for it.
        echo 'c /dev/rt-device 0666 root root - 1:11' >"$LAB_ROOT/etc/tmpfiles.d/rt-device.conf"
}

set_up() {
        lab_prepare
        add_probe
        TREE_BEFORE=$(list_tree)
        lab_boot
}

# Everything in the example root file systems that a careless container manager changes. Beside them, nspawn puts a lock
# file for each.
list_tree() {
        find "$LAB_ROOT/var/lib/rtcontainers/rootfs" ! -name '.#*.lck' -printf '%P %y %m %U %G %s %l\n' | sort
}

status_field() { # PID FIELD
        lab_run sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

# Runs a command inside the container, as its root, with none of the capabilities that nsenter would give it.
in_probe() { # COMMAND…
        lab_run nsenter --target "$(lab_payload probe)" --all --setuid 0 --setgid 0 -- "$@"
}

test_boot_ends_in_the_default_configuration() {
        lab_is_active rt-config-drive.target || fail "rt-config-drive.target is not active"
        expect_equal "the default target" "$(lab_run systemctl get-default)" rt-config-drive.target
        for unit in rt-sensor rt-controller rt-logger; do
                lab_is_active "$unit.service" || fail "$unit.service is not active"
        done
        ! lab_is_active rt-latency.service || fail "rt-latency.service is active, but not part of drive"
}

test_boot_leaves_no_failed_unit() {
        expect_empty "the list of failed units" "$(lab_run systemctl list-units --failed --plain --no-legend)"
}

test_tasks_run_with_policy_and_priority_as_declared() {
        local sensor logger priority
        sensor=$(lab_run chrt --pid "$(lab_payload sensor)")
        logger=$(lab_run chrt --pid "$(lab_payload logger)")
        expect_contains "the sensor's policy" "$sensor" SCHED_FIFO
        expect_contains "the logger's policy" "$logger" SCHED_OTHER
        priority=${sensor##*: }
        ((priority >= 10 && priority <= 80)) || fail "priority $priority is outside the platform's band"
}

test_the_container_manager_itself_is_not_real_time() {
        local manager
        manager=$(lab_run systemctl show --value -p MainPID rt-sensor.service)
        expect_contains "the manager's scheduling" "$(lab_run chrt -p "$manager")" SCHED_OTHER
}

test_a_shorter_deadline_gets_a_higher_priority() {
        local sensor controller
        sensor=$(lab_run chrt --pid "$(lab_payload sensor)")
        controller=$(lab_run chrt --pid "$(lab_payload controller)")
        # Both have 10 ms, but the sensor's releases may lag behind: it has less time left.
        ((${sensor##*: } >= ${controller##*: })) || fail "sensor: ${sensor##*: }, controller: ${controller##*: }"
}

test_real_time_containers_get_no_transparent_huge_pages_and_others_do() {
        [[ $(sed -n 's/^THP_enabled:[[:space:]]*//p' /proc/self/status) == 1 ]] || skip "this kernel has none"
        expect_equal "the sensor's" "$(status_field "$(lab_payload sensor)" THP_enabled)" 0
        expect_equal "the probe's" "$(status_field "$(lab_payload probe)" THP_enabled)" 1
        # The helper that sets it is gone: the main process is the container manager.
        expect_equal "the manager" "$(lab_run cat "/proc/$(lab_run systemctl show --value -p MainPID rt-sensor.service)/comm")" \
                systemd-nspawn
}

test_real_time_containers_are_kept_off_the_housekeeping_cpus() {
        local allowed
        [[ $(lab_cpus) == *[-,]* ]] || skip "this machine has one CPU"
        allowed=$(lab_run systemctl show --value -p AllowedCPUs rt-sensor.service)
        [[ -n $allowed ]] || fail "rt-sensor.service has no AllowedCPUs"
        expect_different "the first of the sensor's CPUs" "${allowed%%[-, ]*}" "$(lab_first_cpu)"
        expect_equal "AllowedCPUs of system.slice" \
                "$(lab_run systemctl show --value -p AllowedCPUs system.slice)" "$(lab_first_cpu)"
}

test_the_kernel_confines_containers_to_their_cpus() {
        expect_equal "the sensor's CPUs" "$(status_field "$(lab_payload sensor)" Cpus_allowed_list)" \
                "$(lab_run systemctl show --value -p AllowedCPUs rt-sensor.service)"
}

test_each_container_has_a_range_of_user_ids_of_its_own() {
        local container first ranges=()
        for container in sensor controller logger; do
                read -r _ first _ < <(lab_run cat "/proc/$(lab_payload "$container")/uid_map")
                ((first >= 655360 && first % 65536 == 0)) || fail "the range of $container begins at $first"
                ranges+=("$first")
        done
        expect_equal "the number of different ranges" "$(printf '%s\n' "${ranges[@]}" | sort -u | wc -l)" 3
        expect_equal "the sensor's user on the host" \
                "$(status_field "$(lab_payload sensor)" Uid | cut -f1)" "${ranges[0]}"
}

test_the_trees_on_disk_are_not_touched() {
        expect_empty "the difference" "$(diff <(echo "$TREE_BEFORE") <(list_tree))"
}

test_a_container_sees_its_files_as_its_own() {
        expect_equal "the owner inside" "$(in_probe stat -c %u /bin/busybox)" 0
}

test_the_root_file_system_is_read_only() {
        local container
        for container in sensor logger probe; do
                lab_run awk '$5 == "/" { exit $6 !~ /(^|,)ro(,|$)/ }' "/proc/$(lab_payload "$container")/mountinfo" ||
                        fail "the root of $container is writable"
        done
        expect_failure in_probe touch /forbidden
        expect_failure in_probe touch /bin/forbidden
}

test_a_declared_tmpfs_is_writable_and_as_small_as_declared() {
        in_probe sh -c 'echo yes >/tmp/allowed'
        expect_failure in_probe dd if=/dev/zero of=/tmp/large bs=64k count=32 status=none
}

test_a_declared_mount_is_there_and_read_only() {
        expect_equal "the mounted file" "$(in_probe cat /mnt/file)" data
        expect_failure in_probe touch /mnt/file
}

# A program that does not notify is started below a small init of nspawn, which ends the container by reboot(2): in a
# PID namespace that is all that CAP_SYS_BOOT, bit 22, allows.
test_a_container_has_no_capabilities_and_gets_no_new_ones() {
        local container pid set
        for container in sensor controller logger probe; do
                pid=$(lab_payload "$container")
                for set in CapInh CapPrm CapEff CapBnd CapAmb; do
                        expect_no_capability_but "$([[ $container == probe ]] && echo $((1 << 22)) || echo 0)" \
                                "$container" "$set" "$(status_field "$pid" "$set")"
                done
                expect_equal "NoNewPrivs of $container" "$(status_field "$pid" NoNewPrivs)" 1
        done
}

expect_no_capability_but() { # ALLOWED CONTAINER SET VALUE
        (((16#$4 & ~$1) == 0)) || fail "$3 of $2 is $4"
}

test_a_system_call_filter_is_in_force() {
        expect_equal "the sensor's seccomp mode" "$(status_field "$(lab_payload sensor)" Seccomp)" 2
}

test_a_container_has_no_network_but_loopback() {
        expect_equal "the interfaces" "$(in_probe sh -c 'ls /sys/class/net')" lo
}

test_a_container_sees_no_processes_but_its_own() {
        local processes
        processes=$(in_probe ps)
        expect_contains "the list of processes" "$processes" sleep
        expect_lacks "the list of processes" "$processes" systemd
}

test_a_declared_device_can_be_opened() {
        in_probe sh -c 'exec 3>/dev/rt-device'
}

test_an_undeclared_device_is_not_there_and_cannot_be_made() {
        expect_failure lab_run test -e "/proc/$(lab_payload logger)/root/dev/rt-device"
        expect_failure in_probe mknod /tmp/device c 1 11
}

# Opens the lab's node of the device as a member of a container's cgroup: so it is nothing but the unit's device policy
# that refuses.
open_device_in_cgroup_of() { # CONTAINER REDIRECTION
        lab_script '
                path=$(systemctl show --value -p ControlGroup "rt-$1.service")
                [[ ! -d /sys/fs/cgroup$path/payload ]] || path=$path/payload
                echo $$ >"/sys/fs/cgroup$path/cgroup.procs"
                eval "exec 3$2/dev/rt-device"' "$1" "$2"
}

test_the_device_policy_admits_what_is_declared_and_nothing_else() {
        open_device_in_cgroup_of probe '>'
        expect_failure open_device_in_cgroup_of probe '<'
        expect_failure open_device_in_cgroup_of logger '>'
}

test_locked_memory_is_limited_as_declared() {
        local pid limit
        pid=$(lab_payload sensor)
        # Its channel may lock some as well.
        limit=$(lab_run prlimit --noheadings --raw --output SOFT --memlock --pid "$pid")
        ((limit >= 4 * 1024 * 1024 && limit < 5 * 1024 * 1024)) || fail "the sensor's limit is $limit"
        expect_equal "LimitMEMLOCK of the sensor" \
                "$(lab_run systemctl show --value -p LimitMEMLOCK rt-sensor.service)" "$limit"
        (($(status_field "$pid" VmLck | tr -dc 0-9) > 0)) || fail "the sensor has locked no memory"
        expect_equal "MemoryMax of the sensor" "$(lab_run systemctl show --value -p MemoryMax rt-sensor.service)" \
                $((16 * 1024 * 1024))
}

test_a_container_stopped_by_systemd_ends_cleanly() {
        lab_run systemctl stop rt-probe.service rt-logger.service
        expect_equal "the logger's result" "$(lab_run systemctl show --value -p Result rt-logger.service)" success
        expect_contains "the logger's messages" "$(lab_messages logger)" "logger: stopped"
}

run_tests
