#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The machine, and what this project's units do on a PREEMPT_RT kernel with everything that a real one has.
#
# shellcheck source=tests/rtvm/guest/vm.sh
source "${RTVM_GUEST:-$(dirname "$0")/guest}/vm.sh"

# The probe has a real-time task, in its main thread, and a device: a serial line on the PCI bus, as anyone may use it.
set_up() {
        chmod 0666 /dev/ttyS1
        vm_examples
        vm_probe 'tasks = ( { name = "look"; period = "100ms"; wcet = "1ms"; priority = 33; } );' \
                'devices = ( { path = "/dev/ttyS1"; access = "rw"; } );' \
                'memory = { max = "64M"; locked = "1M"; };'
        vm_descriptor drive.config.d/probe.conf <<<'containers = [ "sensor", "controller", "logger", "probe" ];'
        vm_reload
        vm_switch drive
}

# Of a task in the configuration "drive": cpu, priority and whatever else the plan says.
planned() { # CONTAINER FIELD
        rtctl analyze --json=short drive | jq --raw-output --arg container "$1" --arg field "$2" '
                [.configs[] | select(.name == "drive") | .cpus[] | .cpu as $cpu | .tasks[] + {cpu: $cpu}
                 | select(.container == $container)][0][$field]'
}

limit() { # CONTAINER NAME, as in /proc/PID/limits; "SOFT HARD"
        sed -nE "s/^$2 +([^ ]+) +([^ ]+).*/\1 \2/p" "/proc/$(vm_payload "$1")/limits"
}

# As root of the machine, with all capabilities, but in the container's cgroup: what is refused then, the device filter
# has refused.
in_cgroup_of() { # CONTAINER COMMAND…
        local cgroup
        cgroup=$(vm_cgroup "rt-$1.service")/payload
        # shellcheck disable=SC2016 # for the other shell
        bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' bash "$cgroup" "${@:2}"
}

# --- the machine ---

test_the_kernel_is_preempt_rt() {
        expect_equal "/sys/kernel/realtime" "$(cat /sys/kernel/realtime)" 1
        expect_contains "the kernel's version" "$(uname -v)" PREEMPT_RT
}

test_there_are_four_cpus_on_two_nodes() {
        expect_equal "the online CPUs" "$(cat /sys/devices/system/cpu/online)" 0-3
        expect_equal "the CPUs of node 1" "$(cat /sys/devices/system/node/node1/cpulist)" 2-3
}

test_there_is_one_hierarchy_of_cgroups_with_all_controllers() {
        local controller
        expect_equal "the file system of cgroups" "$(stat --file-system --format=%T /sys/fs/cgroup)" cgroup2fs
        expect_empty "the list of other hierarchies" "$(awk '$3 == "cgroup"' /proc/self/mounts)"
        for controller in cpuset cpu memory pids; do
                expect_contains "the list of controllers" " $(cat /sys/fs/cgroup/cgroup.subtree_control) " " $controller "
        done
}

test_the_devices_for_tests_are_there() {
        local path
        for path in /dev/rtc0 /dev/watchdog0 /dev/ttyS1 /dev/vdc /dev/disk/by-id/virtio-extra /sys/class/net/eth1 \
                /dev/virtio-ports/{pair.a,pair.b,line}; do
                [[ -e $path ]] || fail "there is no $path"
        done
        expect_equal "the number of huge pages" "$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages)" 32
}

test_the_serial_line_ends_in_a_port() {
        local line
        stty -F /dev/ttyS1 raw -echo
        exec {line}</dev/ttyS1
        echo 'over the line' >/dev/virtio-ports/line
        expect_equal "what arrived" "$(timeout 10 head --lines=1 <&"$line")" "over the line"
        exec {line}<&-
}

test_a_device_can_be_pulled_out_and_put_in_again() {
        [[ -b /dev/vdc ]]
        vm_unplug disk
        vm_wait 10 "the disk has no node" test ! -e /dev/vdc
        # Another one stays.
        [[ -e /sys/class/net/eth1 ]]
        vm_plug disk
        vm_wait 20 "the disk is back" test -b /dev/disk/by-id/virtio-extra
}

test_the_monitor_says_what_it_cannot_do() {
        expect_contains "the monitor's answer" "$(vm_monitor device_del no-such-device)" "not found"
}

# --- boot ---

test_boot_ended_in_the_default_configuration_without_a_failed_unit() {
        expect_empty "the list of failed units" "$(cat "$VM_BOOT/failed")"
        expect_equal "the state of the system" "$(cat "$VM_BOOT/state")" running
        expect_contains "the list of our active units" "$(cat "$VM_BOOT/active")" rt-config-drive.target
        expect_lacks "the list of our active units" "$(cat "$VM_BOOT/active")" rt-config-safe.target
}

test_the_generator_has_nothing_to_say_about_good_descriptors() {
        expect_contains "the list of our active units" "$(cat "$VM_BOOT/active")" rt-sensor.service
        expect_lacks "the kernel log" "$(cat "$VM_BOOT/kernel-log")" rtcontainers-generator
}

test_the_generator_tells_the_kernel_log_about_a_bad_descriptor() {
        vm_descriptor broken.container <<<'rootfs = "/nowhere"; colour = "red";'
        vm_reload
        rm "$VM_ETC/broken.container"
        expect_contains "the kernel log" "$(dmesg | grep rtcontainers-generator)" colour
        vm_reload
}

# --- what runs ---

test_threads_run_with_policy_and_priority_as_planned() {
        local container
        for container in sensor controller probe; do
                expect_equal "the scheduling of $container" "$(vm_policy "$(vm_payload "$container")")" \
                        "SCHED_FIFO $(planned "$container" priority)"
        done
        expect_equal "the planned priority of the probe" "$(planned probe priority)" 33
}

test_a_task_without_deadline_gets_no_real_time_policy() {
        expect_equal "the logger's scheduling" "$(vm_policy "$(vm_payload logger)")" "SCHED_OTHER 0"
        expect_equal "the sensor's manager's scheduling" \
                "$(vm_policy "$(vm_property rt-sensor.service MainPID)")" "SCHED_OTHER 0"
}

test_threads_run_on_the_planned_cpu() {
        local container
        for container in sensor controller probe; do
                expect_equal "the CPUs of $container" \
                        "$(vm_status_field "$(vm_payload "$container")" Cpus_allowed_list)" "$(planned "$container" cpu)"
        done
        expect_equal "the logger's CPUs" "$(vm_status_field "$(vm_payload logger)" Cpus_allowed_list)" 0
}

test_a_container_cannot_give_itself_other_cpus() {
        local cpu
        cpu=$(planned probe cpu)
        expect_equal "the probe's cpuset" "$(cat "$(vm_cgroup rt-probe.service)/cpuset.cpus.effective")" "$cpu"
        in_cgroup_of probe taskset --cpu-list "$cpu" true
        # Not even root could, and the housekeeping CPU is certainly none of its own.
        expect_failure in_cgroup_of probe taskset --cpu-list 0 true
}

test_limits_arrive() {
        # Those of the sensor and the logger have room for their channels added to what is declared.
        expect_equal "the probe's limit of locked memory" "$(limit probe 'Max locked memory')" "1048576 1048576"
        expect_equal "the sensor's limit of priorities" "$(limit sensor 'Max realtime priority')" \
                "$(planned sensor priority) $(planned sensor priority)"
        expect_equal "the logger's limit of priorities" "$(limit logger 'Max realtime priority')" "0 0"
}

# cyclictest gives its measuring thread a priority by itself. What it says when it may not, it says to the journal. The
# thread that is declared never appears, for whoever has been given a policy from outside may not change it.
test_the_kernel_holds_a_container_to_its_limits() {
        local refused
        vm_descriptor modest.container <<EOF
rootfs  = "$VM_ROOTFS/latency";
command = [ "/usr/bin/cyclictest", "--quiet", "--loops=5", "--policy=fifo", "--priority=60", "--default-system" ];
tasks   = ( { name = "measure"; thread = "nobody"; period = "10ms"; wcet = "50us"; priority = 60; } );
restart = "no";
startup = "30s";
EOF
        sed 's/--priority=60/--priority=61/' "$VM_ETC/modest.container" >"$VM_ETC/greedy.container"
        vm_reload
        systemctl start --no-block rt-modest.service rt-greedy.service
        vm_wait 30 "one of them has measured" vm_has_said rt-modest.service Max:
        vm_wait 30 "both have ended" vm_have_ended rt-modest.service rt-greedy.service
        # It may find out before it measures, or while.
        refused='Unable to change scheduling policy|failed to set priority'
        [[ ! $(vm_journal rt-modest.service) =~ $refused ]] || fail "a permitted priority was refused"
        [[ $(vm_journal rt-greedy.service) =~ $refused ]] || fail "a priority above the limit was not refused"
        systemctl reset-failed rt-greedy.service || true
        rm "$VM_ETC"/{modest,greedy}.container
}

test_declared_memory_is_locked() {
        local locked
        locked=$(vm_status_field "$(vm_payload sensor)" VmLck)
        ((${locked% kB} > 0)) || fail "the sensor has locked $locked"
        expect_equal "the probe's locked memory" "$(vm_status_field "$(vm_payload probe)" VmLck)" "0 kB"
}

test_memory_is_limited() {
        expect_equal "the sensor's limit" "$(cat "$(vm_cgroup rt-sensor.service)/memory.max")" $((16 << 20))
}

test_the_device_filter_holds() {
        in_cgroup_of probe dd if=/dev/zero of=/dev/ttyS1 bs=1 count=1 status=none
        expect_failure in_cgroup_of probe dd if=/dev/vdc of=/dev/null count=1 status=none
        # It is the filter that refuses.
        dd if=/dev/vdc of=/dev/null count=1 status=none
}

test_a_container_sees_the_devices_that_it_declares() {
        vm_in probe test -c /dev/ttyS1
        vm_in probe sh -c 'echo x >/dev/ttyS1'
        expect_failure vm_in probe test -e /dev/vdc
        expect_failure vm_in probe mknod /tmp/vdc b 254 32
}

# cyclictest, which gives up if it may not set its policy.
test_a_program_that_sets_its_policy_itself_runs_though_its_threads_are_bound() {
        vm_switch measure
        sleep 3
        expect_equal "the state of the container" "$(systemctl is-active rt-latency.service)" active
        expect_equal "the number of restarts" "$(vm_property rt-latency.service NRestarts)" 0
        vm_switch drive
}

# --- the end ---

traces() {
        find /sys/fs/cgroup -path '*/rt-*.service*' -type d
        find /run/systemd/nspawn -maxdepth 1 -name '*.nspawn'
        awk '{ print $2 }' /proc/self/mounts | grep -E '^/run/(systemd/nspawn/(unix-export|propagate)/|rtcontainers/)' || true
        pgrep --list-full systemd-nspawn || true
        # That udev knows a device is true until the next boot, whoever has asked for it.
        systemctl list-units --plain --no-legend --state=active 'rt-*' 'rtcontainers-*.service' |
                grep -v '^rtcontainers-device@' || true
}

test_traces_of_what_runs_are_found() {
        expect_contains "the list of traces" "$(traces)" /rt-sensor.service
        expect_contains "the list of traces" "$(traces)" --machine=sensor
}

test_what_has_stopped_leaves_nothing() {
        vm_stop_all
        expect_empty "the list of traces" "$(traces)"
        expect_empty "the list of failed units" "$(systemctl list-units --failed --plain --no-legend)"
}

run_tests
