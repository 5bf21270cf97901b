#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Interrupts of declared devices come to the CPUs of their container, their threads have the declared priority, and
# everything goes back.
#
# shellcheck disable=SC2016 # a script for another shell is quoted
# shellcheck source=tests/rtvm/guest/vm.sh
source "${RTVM_GUEST:-$(dirname "${BASH_SOURCE[0]}")/guest}/vm.sh"
# shellcheck source=tests/rtvm/guest/cpus.sh
source "${RTVM_GUEST:-$(dirname "${BASH_SOURCE[0]}")/guest}/cpus.sh"

# The name that the driver of a virtio device gives its first queue's interrupt.
virtio_of() { # PATH IN /sys
        basename "$(readlink -f "/sys/$1/device")"
}

# The serial port on the PCI bus, whose driver requests the interrupt when it is opened.
serial_port() {
        local port
        for port in /sys/class/tty/ttyS*; do
                if [[ $(readlink -f "$port/device") == /sys/devices/pci* ]]; then
                        basename "$port"
                fi
        done
}

add_irq_container() { # NAME CPU IRQ [PRIORITY]
        vm_descriptor "$1.container" <<END
rootfs  = "$VM_ROOTFS/probe";
command = [ "/bin/sleep", "1000000" ];
tasks   = ( { name = "main"; period = "10ms"; wcet = "1ms"; cpu = $2; } );
cpus    = { exclusive = true; };
devices = ( { path = "/dev/ttyS0"; irq = "$3"; ${4:+irq_priority = $4;} } );
END
        vm_descriptor "$1.config" <<<"containers = [ \"$1\" ];"
}

set_up() {
        NET=$(virtio_of class/net/eth1)-output.0
        DISK=$(virtio_of class/block/vdc)-req.0
        vm_descriptor platform.conf <<<'cpus = "0-3"; housekeeping = "0";'
        add_irq_container net 2 "$NET" 85
        add_irq_container plain 3 "$NET"
        add_irq_container disk 2 "$DISK" 85
        add_irq_container unknown 2 no-such-interrupt 85
        SERIAL=$(serial_port)
        add_irq_container serial 2 "$SERIAL" 71
        vm_reload
        all_masks >"$VM_STATE/before"
        threads_of "$NET" >"$VM_STATE/threads"
}

numbers_of() { # NAME
        awk -v name="$1" '{ for (i = 2; i <= NF; i++) { sub(/,$/, "", $i); if ($i == name) print int($1) } }' /proc/interrupts
}

number_of() { # NAME: the only one
        local numbers
        numbers=$(numbers_of "$1")
        [[ $numbers =~ ^[0-9]+$ ]] || fail "the interrupts $1 have the numbers \"$numbers\""
        echo "$numbers"
}

# The threads of an interrupt with their priorities: "PID PRIORITY".
threads_of() { # NAME
        local number pid
        number=$(number_of "$1")
        while read -r pid; do
                echo "$pid $(vm_policy "$pid")"
        done < <(kernel_threads | awk -v prefix="irq/$number-" 'index($4, prefix) == 1 { print $2 }')
}

cpus_of() { # NAME
        cat "/proc/irq/$(number_of "$1")/smp_affinity_list"
}

test_the_interrupt_comes_to_the_containers_cpu_and_its_thread_has_the_priority() {
        vm_switch net
        expect_equal "the CPUs of $NET" "$(cpus_of "$NET")" 2
        expect_contains "its thread" "$(threads_of "$NET")" "SCHED_FIFO 85"
        expect_lacks "what is said of the container" "$(vm_journal rt-net.service)" steer-irqs
}

test_others_interrupts_stay_on_housekeeping_cpus() {
        local other
        other=$(virtio_of class/net/eth0)-output.0
        expect_equal "the CPUs of $other" "$(cpus_of "$other")" 0
        expect_contains "its thread" "$(threads_of "$other")" "SCHED_FIFO 50"
}

test_a_container_without_a_priority_leaves_the_threads_theirs() {
        vm_switch plain
        expect_equal "the CPUs of $NET" "$(cpus_of "$NET")" 3
        expect_equal "its thread" "$(threads_of "$NET")" "$(<"$VM_STATE/threads")"
}

test_a_restart_leads_it_there_again() {
        vm_switch net
        systemctl restart rt-net.service
        expect_equal "the CPUs of $NET" "$(cpus_of "$NET")" 2
        expect_contains "its thread" "$(threads_of "$NET")" "SCHED_FIFO 85"
}

test_everything_goes_back_when_the_container_stops() {
        systemctl stop rt-net.service
        expect_equal "the thread of $NET" "$(threads_of "$NET")" "$(<"$VM_STATE/threads")"
        vm_stop_all
        vm_wait 5 "the service has ended" is_inactive rtcontainers-cpus.service
        expect_empty "what is not as it was" "$(changed_masks "$VM_STATE/before")"
        expect_empty "what is noted of interrupts" "$(ls /run/rtcontainers/irqs)"
}

is_inactive() { # UNIT
        [[ $(systemctl is-active "$1") == inactive ]]
}

test_an_interrupt_that_is_requested_later_is_waited_for() {
        local number
        expect_empty "the interrupt of the serial port before" "$(numbers_of "$SERIAL")"
        (
                sleep 0.5
                exec 5<>"/dev/$SERIAL"
                sleep 20
        ) >/dev/null 2>&1 &
        vm_switch serial
        number=$(number_of "$SERIAL")
        expect_equal "its CPUs" "$(cat "/proc/irq/$number/smp_affinity_list")" 2
        expect_contains "its thread" "$(threads_of "$SERIAL")" "SCHED_FIFO 71"
        # That it is to go elsewhere takes effect when an interrupt comes, also for its thread.
        vm_wait 10 "an interrupt has come to CPU 2" sends_and_comes_to "$number" 2
        expect_equal "the CPUs of its thread" "$(vm_status_field "$(threads_of "$SERIAL" | cut -d' ' -f1)" Cpus_allowed_list)" 2
        kill %% 2>/dev/null || true
        vm_stop_all
}

# What is sent is an interrupt. The count of the CPU is that column of its line.
sends_and_comes_to() { # NUMBER CPU
        timeout 1 bash -c 'printf x >"$1"' - "/dev/$SERIAL" || true
        (($(awk -v number="$1:" -v column="$(($2 + 2))" '$1 == number { print $column }' /proc/interrupts) > 0))
}

test_a_name_that_nobody_has_costs_a_warning() {
        vm_switch unknown
        vm_is_active rt-unknown.service || fail "the container does not run"
        expect_contains "what is said" "$(vm_journal rt-unknown.service)" \
                'steer-irqs: there is no interrupt "no-such-interrupt" in /proc/interrupts'
        vm_stop_all
}

test_an_interrupt_that_the_kernel_manages_costs_a_warning() {
        local said
        vm_switch disk
        vm_is_active rt-disk.service || fail "the container does not run"
        said=$(vm_journal rt-disk.service)
        expect_contains "what is said" "$said" "interrupt \"$DISK\""
        expect_contains "what is said" "$said" "cannot be moved to CPUs 2: Input/output error"
        expect_contains "its thread" "$(threads_of "$DISK")" "SCHED_FIFO 85"
        vm_stop_all
        expect_contains "its thread afterwards" "$(threads_of "$DISK")" "SCHED_FIFO 50"
}

run_tests
