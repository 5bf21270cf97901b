#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# rtctl doctor on a real PREEMPT_RT machine: it finds what the machine is, and a finding is gone when the commands that it
# prints have been run, those for now and those for each boot.
#
# shellcheck source=tests/rtvm/guest/vm.sh
source "${RTVM_GUEST:-$(dirname "$0")/guest}/vm.sh"

set_up() {
        vm_examples
        vm_reload
        doctor >"$VM_EVIDENCE/doctor.json" || true
        rtctl doctor >"$VM_EVIDENCE/doctor.txt" || true
}

doctor() {
        rtctl --json=short doctor || (($? == 1))
}

# "LEVEL FOUND" of each finding of a check.
found() { # CHECK
        doctor | jq --raw-output --arg id "$1" '.findings[] | select(.id == $id) | .level + " " + .found'
}

command_of() { # CHECK fix|permanent
        doctor | jq --raw-output --arg id "$1" --arg what "$2" '.findings[] | select(.id == $id) | .[$what] // empty'
}

expect_found() { # CHECK TEXT
        expect_contains "$1" "$(found "$1")" "$2"
}

# The finding is there, and is not when the command has been run that doctor prints.
expect_fixed() { # CHECK BEFORE
        local fix
        expect_found "$1" "$2"
        fix=$(command_of "$1" fix)
        [[ -n $fix ]] || fail "$1 has no fix"
        bash -euc "$fix" || fail "this fails: $fix"
        expect_lacks "$1 after \"$fix\"" "$(found "$1")" "${2%% *}"
}

# The same with what it prints for each boot, which the machine is made to do as at boot.
expect_kept() { # CHECK BEFORE
        local keep
        expect_found "$1" "$2"
        keep=$(command_of "$1" permanent)
        bash -euc "$keep" || fail "this fails: $keep"
        systemd-tmpfiles --create --boot --prefix=/sys /etc/tmpfiles.d/rtcontainers-*.conf 2>/dev/null || true
        /usr/lib/systemd/systemd-sysctl /etc/sysctl.d/60-rtcontainers-*.conf 2>/dev/null || true
        rm -f /etc/tmpfiles.d/rtcontainers-*.conf /etc/sysctl.d/60-rtcontainers-*.conf
        expect_lacks "$1 after \"$keep\"" "$(found "$1")" "${2%% *}"
}

# Where a fair server takes the place of throttling, only SCHED_DEADLINE needs the bandwidth, and no example has it.
has_fair_server() {
        [[ $(found fair-server) != *"no fair server"* ]]
}

throttling_level() {
        if has_fair_server; then echo note; else echo error; fi
}

write() { # FILE VALUE
        [[ -w $1 ]] || skip "there is no $1"
        echo "$2" >"$1" || skip "$1 cannot be $2"
}

test_it_finds_what_the_machine_is() {
        expect_found preempt-rt "good Linux $(uname -r), PREEMPT_RT"
        expect_found preemption good
        expect_found threadirqs good
        expect_found timers "good timers have high resolution"
        expect_found hypervisor "note this is a virtual machine"
        expect_found cpus-online "good online: CPUs 0-3; real-time: CPUs 1-3"
        expect_found clocksource "the clock is $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
        expect_found cgroups "good control groups are unified"
        expect_found controllers "good controllers cpuset, cpu and memory are there"
        expect_found systemd "good systemd $(systemctl --version | awk '{ print $2; exit }')"
        expect_found nspawn "good"
        expect_found user-namespaces "good"
        expect_found descriptors "good"
        expect_found boot-parameters "rcu_nocbs=1-3 irqaffinity=0"
        expect_found fair-server ""
}

test_everything_it_prints_agrees_with_its_exit_status() {
        local status=0 levels
        levels=$(doctor | jq '[.findings[].level | select(. == "error" or . == "warning")] | length')
        rtctl --json=short doctor >/dev/null || status=$?
        expect_equal "the exit status" "$status" "$((levels > 0))"
}

test_throttling_is_mended() {
        write /proc/sys/kernel/sched_rt_runtime_us 800000
        expect_fixed throttling "$(throttling_level) the kernel leaves 0.8"
        write /proc/sys/kernel/sched_rt_runtime_us 800000
        expect_kept throttling "$(throttling_level) the kernel leaves 0.8"
        expect_equal "sched_rt_runtime_us" "$(cat /proc/sys/kernel/sched_rt_runtime_us)" 950000
}

test_the_whole_bandwidth_needs_throttling_off() {
        vm_descriptor platform.conf.d/90-all.conf <<<'rt_bandwidth = 1.0;'
        expect_fixed throttling "$(throttling_level) the kernel leaves 0.95"
        expect_equal "sched_rt_runtime_us" "$(cat /proc/sys/kernel/sched_rt_runtime_us)" -1
        rm "$VM_ETC/platform.conf.d/90-all.conf"
        echo 950000 >/proc/sys/kernel/sched_rt_runtime_us
}

test_the_period_of_throttling_is_mended() {
        ! has_fair_server || skip "this kernel has a fair server"
        echo 95000 >/proc/sys/kernel/sched_rt_runtime_us
        write /proc/sys/kernel/sched_rt_period_us 100000
        expect_fixed rt-period "warning real-time tasks are throttled"
        expect_equal "sched_rt_period_us" "$(cat /proc/sys/kernel/sched_rt_period_us)" 1000000
        expect_equal "sched_rt_runtime_us" "$(cat /proc/sys/kernel/sched_rt_runtime_us)" 950000
}

test_transparent_huge_pages_are_mended() {
        write /sys/kernel/mm/transparent_hugepage/enabled always
        expect_fixed thp "warning transparent huge pages"
        write /sys/kernel/mm/transparent_hugepage/enabled always
        expect_kept thp "warning transparent huge pages"
        expect_contains "the mode" "$(cat /sys/kernel/mm/transparent_hugepage/enabled)" "[madvise]"
}

test_swap_is_mended() {
        [[ -e /proc/swaps ]] || skip "the kernel has no swap"
        dd if=/dev/zero of=/root/swap bs=1M count=8 status=none
        chmod 600 /root/swap
        mkswap /root/swap >/dev/null
        swapon /root/swap || skip "nothing can be swapped to"
        expect_fixed swap "warning 1 swap device is in use"
        rm /root/swap
}

test_what_the_kernel_does_on_its_own_is_mended() {
        local check file
        while read -r check file; do
                if [[ ! -w $file ]] || ! echo 1 >"$file"; then
                        echo "there is no $file"
                        continue
                fi
                [[ $(<"$file") == 1 ]] || continue # it does not take it, as a watchdog without a counter
                expect_fixed "$check" "warning "
                echo 1 >"$file"
                if [[ $(<"$file") == 1 ]]; then expect_kept "$check" "warning "; fi
        done <<<'timer-migration /proc/sys/kernel/timer_migration
nmi-watchdog /proc/sys/kernel/nmi_watchdog
numa-balancing /proc/sys/kernel/numa_balancing
compaction /proc/sys/vm/compact_unevictable_allowed
ksm /sys/kernel/mm/ksm/run'
}

test_user_namespaces_are_mended() {
        write /proc/sys/user/max_user_namespaces 0
        expect_fixed user-namespaces "error user namespaces are forbidden"
}

test_a_cpu_that_is_offline_is_mended() {
        vm_descriptor platform.conf.d/90-cpus.conf <<<'cpus = "0-3";'
        write /sys/devices/system/cpu/cpu3/online 0
        expect_fixed cpus-online "error CPU 3 of platform.conf is offline"
        expect_equal "CPU 3" "$(cat /sys/devices/system/cpu/cpu3/online)" 1
        rm "$VM_ETC/platform.conf.d/90-cpus.conf"
}

test_huge_pages_that_are_missing_are_mended() {
        local file=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
        vm_descriptor platform.conf.d/90-pages.conf <<<'hugepages = ( { size = "2M"; count = 8; } );'
        write "$file" 2
        expect_fixed hugepages "error of 8 huge pages of 2M, 2 are set aside"
        expect_equal "pages" "$(cat "$file")" 8
        rm "$VM_ETC/platform.conf.d/90-pages.conf"
}

test_irqbalance_is_stopped() {
        cp /bin/sleep /run/irqbalance
        systemd-run --quiet --unit=irqbalance.service /run/irqbalance 1000
        vm_wait 10 "it runs" pgrep -x irqbalance
        expect_fixed irqbalance "warning irqbalance runs"
        rm /run/irqbalance
}

test_after_all_fixes_nothing_is_left_that_can_be_fixed() {
        local fix
        doctor | jq --raw-output '.findings[].fix // empty' | while read -r fix; do
                bash -euc "$fix" || echo "this fails: $fix"
        done
        expect_empty "what is left" \
                "$(doctor | jq --raw-output '.findings[] | select(.fix and (.level == "error" or .level == "warning")) | .id')"
}

# As rtctl(1) says how.
test_a_copy_of_the_machine_gets_the_same_answer() {
        cd /
        mkdir -p /run/copy
        cp -r --parents etc/rtcontainers etc/os-release boot/config-* \
                proc/{cmdline,cpuinfo,swaps,timer_list,config.gz} proc/[1-9]*/comm \
                proc/sys/kernel/{osrelease,version,timer_migration,nmi_watchdog} \
                proc/sys/kernel/{sched_rt_*_us,numa_balancing} \
                proc/sys/vm/compact_unevictable_allowed \
                proc/sys/user/max_user_namespaces sys/kernel/realtime \
                sys/kernel/debug/sched/{preempt,fair_server} \
                sys/kernel/mm/{ksm,transparent_hugepage,hugepages} \
                sys/kernel/btf sys/fs/cgroup/cgroup.controllers \
                sys/devices/system/clocksource/clocksource0/*_clocksource \
                sys/devices/system/cpu/{online,present,isolated,nohz_full} \
                sys/devices/system/cpu/{vulnerabilities,intel_pstate,cpufreq} \
                sys/devices/system/cpu/cpu*/{topology,cpufreq,cpuidle} \
                usr/bin/systemd-nspawn usr/lib/*/systemd/libsystemd-shared* /run/copy 2>/dev/null || true
        # Devices and boot loaders are not copied.
        local filter='[.findings[] | select(.id != "cpu-dma-latency" and .id != "hypervisor") | [.id, .level, .found]]'
        expect_equal "the copy's answer" \
                "$( { rtctl --root=/run/copy --json=short doctor || true; } | jq --compact-output "$filter")" \
                "$(doctor | jq --compact-output "$filter")"
}

# The last one, for it cannot always be undone: Linux 6.12 forgets what fair servers have of SCHED_DEADLINE's bandwidth
# when scheduling domains are made anew (dl_bw->total_bw in debugfs is 0 then), and refuses to give them less.
test_a_fair_server_that_takes_more_is_mended() {
        has_fair_server || skip "this kernel has no fair server"
        expect_found fair-server "good the fair server takes at most 50 ms"
        local file=/sys/kernel/debug/sched/fair_server/cpu2/runtime said
        write "$file" 100000000
        expect_found fair-server "warning on CPU 2 the fair server takes more"
        said=$(bash -euc "$(command_of fair-server fix)" 2>&1) || true
        [[ $said != *"busy"* ]] || skip "the kernel refuses to give a fair server less"
        expect_empty "what the fix says" "$said"
        expect_found fair-server "good the fair server takes at most 50 ms"
        expect_equal "the runtime" "$(cat "$file")" 50000000
}

run_tests
