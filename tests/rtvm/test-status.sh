#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# rtctl status on a real kernel: nothing has drifted from what nobody touched; what is changed by hand is shown, and not
# any more when it is put right.
#
# shellcheck source=tests/rtvm/guest/vm.sh
source "${RTVM_GUEST:-$(dirname "${BASH_SOURCE[0]}")/guest}/vm.sh"

readonly TOP=/sys/fs/cgroup/rtcontainers.slice

# "own" has CPU 2 and the interrupt of a network card for itself, memory of node 0, and CPUs that wake up quickly; "budget"
# a deadline task on CPU 3, "shared" CPU 1, and "quiet" no real-time task, but an interface.
set_up() {
        NET=$(basename "$(readlink -f /sys/class/net/eth1/device)")-output.0
        vm_descriptor platform.conf <<<'cpus = "0-3"; housekeeping = "0";'
        vm_descriptor own.container <<END
rootfs  = "$VM_ROOTFS/probe";
command = [ "/bin/sleep", "1000000" ];
tasks   = ( { name = "main"; period = "10ms"; wcet = "1ms"; cpu = 2; priority = 70; } );
cpus    = { exclusive = true; };
memory  = { max = "32M"; high = "24M"; low = "1M"; nodes = "0"; locked = "1M"; };
devices = ( { path = "/dev/ttyS0"; access = "rw"; irq = "$NET"; irq_priority = 85; } );
cpu_latency = "20us";
END
        vm_descriptor shared.container <<END
rootfs  = "$VM_ROOTFS/probe";
command = [ "/bin/sleep", "1000000" ];
tasks   = ( { name = "main"; period = "10ms"; wcet = "1ms"; cpu = 1; } );
restart = "no";
END
        vm_descriptor budget.container <<END
rootfs  = "$VM_ROOTFS/probe";
command = [ "/bin/sleep", "1000000" ];
tasks   = ( { name = "main"; period = "10ms"; wcet = "1ms"; cpu = 3; policy = "deadline"; } );
cpus    = { exclusive = true; };
END
        vm_descriptor quiet.container <<END
rootfs  = "$VM_ROOTFS/probe";
command = [ "/bin/sleep", "1000000" ];
tasks   = ( { name = "main"; period = "10ms"; wcet = "1ms"; policy = "other"; timer_slack = "1us"; } );
network = { interfaces = [ "dummy7" ]; };
END
        vm_descriptor all.config <<<'containers = [ "own", "shared", "budget", "quiet" ];'
        modprobe dummy numdummies=0
        # Another file may have made it.
        ip link show dummy7 >/dev/null 2>&1 || ip link add dummy7 type dummy
        vm_reload
        vm_switch all
        sleep 2 # declared threads may take their time to appear
}

# A partition that is not valid does not become so by being asked for again.
mend_partitions() {
        local slice
        for slice in "$TOP/rtcontainers-own.slice" "$TOP/rtcontainers-budget.slice" "$TOP"; do
                echo member >"$slice/cpuset.cpus.partition"
        done
        echo root >"$TOP/cpuset.cpus.partition"
        echo root >"$TOP/rtcontainers-budget.slice/cpuset.cpus.partition"
        echo isolated >"$TOP/rtcontainers-own.slice/cpuset.cpus.partition"
}

status() { # ARGUMENT…
        rtctl --json=short status "$@" || [[ $? == 1 ]]
}

# Of each drift: CONTAINER|SUBJECT|ASPECT|PLANNED|ACTUAL, the container "platform" for what is nobody's.
drifts() {
        status | jq --raw-output '({name: "platform"} + .platform), .containers[] | .name as $name | .comparisons[]
                | select(.agreement == "drift") | [$name, .subject, .aspect, .planned, .actual] | join("|")'
}

# But for the interrupt, which moves when it comes next: nobody sends anything.
unknowns() {
        status | jq --raw-output '({name: "platform"} + .platform), .containers[] | .name as $name | .comparisons[]
                | select(.agreement == "unknown") | [$name, .subject, .aspect, .hint] | join("|")' |
                grep --invert-match '^own|interrupt .*|CPUs|the controller moves it when it comes next$' || true
}

expect_drift() { # LINE
        expect_contains "what has drifted" $'\n'"$(drifts)"$'\n' $'\n'"$1"$'\n'
        expect_equal "the exit status" "$(rtctl status >/dev/null && echo 0 || echo $?)" 1
}

is_all_right() {
        [[ -z $(drifts) ]]
}

expect_all_right() {
        expect_empty "what has drifted" "$(drifts)"
        expect_equal "the exit status" "$(rtctl status >/dev/null && echo 0 || echo $?)" 0
}

actual() { # CONTAINER SUBJECT ASPECT
        status "$1" | jq --raw-output --arg subject "$2" --arg aspect "$3" '.containers[0].comparisons[]
                | select(.subject == $subject and .aspect == $aspect) | .actual + " " + .agreement'
}

irq_number() {
        awk -v name="$NET" '$NF == name { print int($1) }' /proc/interrupts
}

test_what_nobody_touched_is_as_planned_and_nothing_is_unknown() {
        rtctl --no-pager status own shared budget quiet >"$VM_EVIDENCE/status" || true
        expect_all_right
        expect_empty "what is not known" "$(unknowns)"
}

test_everything_that_is_planned_has_been_read_back() {
        expect_equal "the policy" "$(actual own 'task main' policy)" "fifo 70 as-planned"
        expect_equal "reset on fork" "$(actual budget 'task main' 'reset on fork')" "yes as-planned"
        expect_equal "the CPUs" "$(actual own cgroup 'effective CPUs')" "2 as-planned"
        expect_equal "the partition" "$(actual own rtcontainers-own.slice partition)" "isolated as-planned"
        expect_equal "the partition for a deadline" "$(actual budget rtcontainers-budget.slice partition)" "root as-planned"
        expect_equal "the deadline" "$(actual budget 'task main' policy)" "$(actual budget 'task main' policy | grep '^deadline .* as-planned')"
        expect_equal "the slack" "$(actual quiet 'task main' 'timer slack')" "1us as-planned"
        expect_equal "the interface" "$(actual quiet network interfaces)" "dummy7 as-planned"
        local interrupt
        interrupt=$(actual own "interrupt $NET ($(irq_number))" CPUs)
        [[ $interrupt == "2 as-planned" || $interrupt == "2, but comes to "*" unknown" ]] ||
                fail "the interrupt is \"$interrupt\""
        expect_equal "its thread" "$(actual own "interrupt $NET ($(irq_number))" 'thread priority')" "fifo 85 as-planned"
        expect_equal "the device" "$(actual own 'device /dev/ttyS0' filter)" "rw as-planned"
        expect_equal "other devices" "$(actual own devices filter)" "no others as-planned"
        expect_equal "the limit" "$(actual own memory max)" "32M as-planned"
        expect_equal "the node" "$(actual own memory nodes)" "0 as-planned"
        expect_equal "huge pages" "$(actual own program 'transparent huge pages')" "off as-planned"
        expect_equal "priorities" "$(actual own program 'real-time priority')" "70 as-planned"
        expect_equal "locked memory" "$(actual own program 'lockable memory')" "1M as-planned"
        expect_equal "the latency" "$(actual own power 'CPU latency')" "20us as-planned"
}

test_a_partition_that_is_broken_by_hand_is_shown() {
        echo member >"$TOP/rtcontainers-own.slice/cpuset.cpus.partition"
        expect_drift "own|rtcontainers-own.slice|partition|isolated|member"
        echo isolated >"$TOP/rtcontainers-own.slice/cpuset.cpus.partition"
        expect_all_right
}

test_a_partition_that_the_kernel_takes_back_is_shown_with_its_reason() {
        local cpus
        cpus=$(<"$TOP/cpuset.cpus")
        echo 0-3 >"$TOP/cpuset.cpus"
        if [[ $(<"$TOP/cpuset.cpus.partition") == root ]]; then
                echo "$cpus" >"$TOP/cpuset.cpus"
                skip "this kernel does not take it back"
        fi
        expect_contains "what has drifted" "$(drifts)" "own|rtcontainers.slice|partition|root|root invalid ("
        echo "$cpus" >"$TOP/cpuset.cpus"
        mend_partitions
        expect_all_right
}

test_the_mask_of_an_interrupt_that_is_changed_by_hand_is_shown() {
        local file
        file=/proc/irq/$(irq_number)/smp_affinity_list
        echo 0-1 >"$file"
        expect_drift "own|interrupt $NET ($(irq_number))|CPUs|2|0-1"
        echo 2 >"$file"
        expect_all_right
}

test_the_priority_of_an_interrupts_thread_that_is_changed_by_hand_is_shown() {
        local thread
        thread=$(pgrep "^irq/$(irq_number)-")
        chrt --fifo --pid 50 "$thread"
        expect_drift "own|interrupt $NET ($(irq_number))|thread priority|fifo 85|fifo 50"
        chrt --fifo --pid 85 "$thread"
        expect_all_right
}

test_a_slice_of_the_system_that_is_let_out_is_shown() {
        systemctl set-property --runtime system.slice AllowedCPUs=0-1
        expect_drift "platform|system.slice|allowed CPUs|0|0-1"
        expect_contains "what has drifted" "$(drifts)" "platform|rtcontainers.slice|partition|root|root invalid ("
        systemctl set-property --runtime system.slice AllowedCPUs=0
        mend_partitions
        expect_all_right
}

test_limits_that_are_changed_by_hand_are_shown() {
        systemctl set-property --runtime rt-own.service MemoryMax=40M MemoryHigh=infinity
        expect_drift "own|memory|max|32M|40M"
        expect_drift "own|memory|high|24M|unlimited"
        systemctl set-property --runtime rt-own.service MemoryMax=32M MemoryHigh=24M
        prlimit --pid "$(vm_payload own)" --rtprio=60
        expect_drift "own|program|real-time priority|70|60"
        prlimit --pid "$(vm_payload own)" --rtprio=70
        expect_all_right
}

test_devices_that_are_allowed_by_hand_are_shown() {
        systemctl set-property --runtime rt-own.service 'DeviceAllow=/dev/rtc0 r'
        expect_drift "own|devices|filter|no others|char $(stat -c '%Hr:%Lr' /dev/rtc0) r"
        rm -r /run/systemd/system.control/rt-own.service.d
        vm_reload
        vm_switch all
        systemctl restart rt-own.service
        sleep 2
        expect_all_right
}

test_a_policy_that_was_changed_by_hand_is_shown() {
        local pid
        pid=$(vm_payload shared)
        # With the mark of threads that were bound, which the watcher takes for the thread's own doing.
        chrt --rr --pid 3 "$pid"
        expect_contains "what has drifted" "$(drifts)" "shared|task main|policy|fifo "
        systemctl restart rt-shared.service
        sleep 2
        expect_all_right
}

test_an_interface_that_somebody_adds_is_shown() {
        local pid
        pid=$(vm_payload quiet)
        ip link add dummy8 type dummy
        ip link set dummy8 netns "$pid"
        expect_drift "quiet|network|interfaces|dummy7|dummy7 dummy8"
        nsenter --target "$pid" --net ip link del dummy8
        expect_all_right
}

test_a_latency_that_nobody_holds_is_shown() {
        systemctl stop 'rtcontainers-cpu-latency@20.service'
        expect_drift "own|power|CPU latency|20us|not limited"
        systemctl start 'rtcontainers-cpu-latency@20.service'
        vm_wait 10 "it is held again" is_all_right
        expect_all_right
}

test_a_container_that_has_failed_is_shown() {
        echo 1 >"$(vm_cgroup rt-shared.service)/payload/cgroup.kill"
        vm_wait 10 "it has failed" systemctl --quiet is-failed rt-shared.service
        expect_contains "what has drifted" "$(drifts)" "shared|unit|state|running|failed ("
        systemctl start rt-shared.service
        sleep 2
        expect_all_right
}

run_tests
