#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Devices and network interfaces: what is declared works, nothing else does, and what happens when one is missing, in use,
# unplugged and plugged in again.
#
# shellcheck disable=SC2016 # scripts for the container's shell are quoted from ours
# shellcheck source=tests/rtvm/guest/vm.sh
source "${RTVM_GUEST:-$(dirname "$0")/guest}/vm.sh"

readonly DISK_LINK=/dev/disk/by-id/virtio-extra

# A container that sleeps, with more settings: container NAME TEXT…
container() {
        printf '%s\n' "rootfs = \"$VM_ROOTFS/probe\";" 'command = [ "/bin/sleep", "1000000" ];' "${@:2}" |
                vm_descriptor "$1.container"
}

config() { # NAME CONTAINER…
        local name=$1
        shift
        vm_descriptor "$name.config" <<<"containers = [ $(printf '"%s", ' "$@" | sed 's/, $//') ];"
}

# Of a kernel's own making: an I2C adapter, which neither udev's rules nor systemd know. It comes and goes as a module.
i2c_path() {
        local folder
        for folder in /sys/class/i2c-adapter/i2c-*; do
                if grep -q 'SMBus stub' "$folder/name"; then
                        echo "/dev/${folder##*/}"
                        return
                fi
        done
        fail 'there is no stub of an I2C adapter'
}

plug_i2c() {
        modprobe i2c-stub chip_addr=0x50
        udevadm settle
}

unplug_i2c() {
        modprobe --remove i2c-stub
}

serial_path() {
        local folder
        for folder in /sys/class/tty/ttyS*; do
                if [[ $(readlink -f "$folder/device") == *pci* ]]; then
                        echo "/dev/${folder##*/}"
                        return
                fi
        done
        fail 'there is no PCI serial port'
}

# The one that can be pulled out. Serial ports below the number of those that every PC may have leave a node behind.
watchdog_path() {
        local file
        for file in /sys/class/watchdog/*/identity; do
                if grep -qi i6300 "$file"; then
                        basename "$(dirname "$file")" | sed 's|^|/dev/|'
                        return
                fi
        done
        fail 'there is no PCI watchdog'
}

set_up() {
        modprobe --all i6300esb i2c-dev softdog dummy vcan loop
        plug_i2c
        I2C=$(i2c_path)
        SERIAL=$(serial_path)
        WATCHDOG=$(watchdog_path)
        ip link add dummy7 type dummy
        ip link add vcan7 type vcan
        container allowed "devices = ( { path = \"/dev/rtc0\"; access = \"r\"; }, { path = \"$DISK_LINK\"; access = \"r\"; }," \
                "{ path = \"$SERIAL\"; exclusive = true; }, { path = \"/dev/watchdog0\"; access = \"w\"; }, { path = \"$I2C\"; } );"
        container none
        container stopper "devices = ( { path = \"$I2C\"; unplug = \"stop\"; } );"
        container ignorer "devices = ( { path = \"$I2C\"; } );"
        container again "devices = ( { path = \"$DISK_LINK\"; unplug = \"restart\"; } );" \
                'tasks = ( { name = "t"; period = "10ms"; wcet = "1ms"; } );'
        container both "devices = ( { path = \"$DISK_LINK\"; unplug = \"restart\"; }, { path = \"$WATCHDOG\"; unplug = \"restart\"; } );"
        container missing 'devices = ( { path = "/dev/not-there"; } );'
        container folder 'devices = ( { path = "/dev/disk"; } );' 'restart = "no";'
        container file 'devices = ( { path = "/dev/shm/file"; } );' 'restart = "no";'
        container mine "devices = ( { path = \"$SERIAL\"; exclusive = true; } );" 'restart = "no";'
        container ours "devices = ( { path = \"$SERIAL\"; } );" 'restart = "no";'
        container swap "devices = ( { path = \"$DISK_LINK\"; exclusive = true; } );" 'restart = "no";'
        container net 'network = { interfaces = [ "eth1", "dummy7", "vcan7" ]; };' 'capabilities = [ "CAP_NET_ADMIN" ];'
        container card 'network = { interfaces = [ "eth1" ]; };'
        container nocard 'network = { interfaces = [ "can7" ]; };'
        config allowed allowed none
        config stop stopper
        config ignore ignorer
        config again again
        config more again none
        config both both
        config empty none
        vm_reload
}

# What systemctl status says of a unit that is not active.
status_of() { # UNIT
        systemctl status --no-pager --full --lines=20 "$1" || true
}

# Opens a node of the host as a member of a container's cgroup: so nothing but the unit's device policy refuses.
open_in_cgroup_of() { # CONTAINER REDIRECTION PATH
        bash -c 'echo $$ >"$1/payload/cgroup.procs" && eval "exec 3$2$3"' - "$(vm_cgroup "rt-$1.service")" "$2" "$3"
}

test_declared_devices_work_in_the_container() {
        vm_switch allowed
        vm_in allowed hwclock -r -f /dev/rtc0
        vm_in allowed dd if="$DISK_LINK" of=/dev/null bs=4k count=1 status=none
        vm_in allowed sh -c "exec 3<>$SERIAL && exec 4>/dev/watchdog0 && echo -n V >&4"
        vm_in allowed sh -c "exec 3<>$I2C"
}

test_a_device_is_opened_only_as_declared() {
        expect_failure vm_in allowed sh -c "exec 3>/dev/rtc0"
        expect_failure vm_in allowed sh -c "exec 3>$DISK_LINK"
        expect_failure vm_in allowed sh -c "exec 3</dev/watchdog0"
        # Root of the host is no better off in there.
        open_in_cgroup_of allowed '<' "$DISK_LINK"
        expect_failure open_in_cgroup_of allowed '>' "$DISK_LINK"
}

test_all_other_devices_are_refused_even_if_there_is_a_node() {
        local name type major minor
        for name in vda rtc0 "${SERIAL##*/}" watchdog0 kmsg mem "${I2C##*/}" cpu_dma_latency; do
                [[ -e /dev/$name ]] || fail "there is no /dev/$name to be refused"
                expect_failure vm_in none test -e "/dev/$name"
                expect_failure open_in_cgroup_of none '<' "/dev/$name"
                type=c
                [[ ! -b /dev/$name ]] || type=b
                read -r major minor < <(stat -c '%Hr %Lr' "/dev/$name")
                expect_failure vm_in none mknod "/dev/mine-$name" "$type" "$major" "$minor"
        done
        # The twin: what every container has.
        open_in_cgroup_of none '<' /dev/null
        vm_in none sh -c 'exec 3<>/dev/null'
}

test_a_node_is_open_to_the_container_while_it_runs_and_no_longer() {
        local user
        user=$(awk '{ print $2 }' "/proc/$(vm_payload allowed)/uid_map")
        expect_contains "the access list" "$(getfacl --absolute-names --numeric "$SERIAL")" "user:$user:rw-"
        expect_contains "the list behind the link" "$(getfacl --absolute-names --numeric /dev/vdc)" "user:$user:r--"
        systemctl stop rt-allowed.service
        expect_lacks "the access list" "$(getfacl --absolute-names --numeric "$SERIAL")" "user:$user"
        expect_lacks "the list behind the link" "$(getfacl --absolute-names --numeric /dev/vdc)" "user:$user"
}

test_a_missing_device_is_named_and_asked_for_once() {
        expect_failure systemctl start rt-missing.service
        expect_contains "the status" "$(status_of rt-missing.service)" "AssertPathExists=/dev/not-there was not met"
        sleep 2
        expect_equal "the number of failures" \
                "$(vm_journal rt-missing.service | grep -c 'Assertion failed for')" 1
        ! vm_is_active rt-missing.service || fail "the container runs"
}

test_a_folder_or_file_below_dev_is_no_device() {
        expect_failure systemctl start rt-folder.service
        expect_contains "the journal" "$(vm_journal rt-folder.service)" \
                "/dev/disk is no device node but a folder; declare the nodes in it"
        touch /dev/shm/file
        expect_failure systemctl start rt-file.service
        expect_contains "the journal" "$(vm_journal rt-file.service)" "/dev/shm/file is no device node"
        expect_lacks "the access list" "$(getfacl --absolute-names /dev/shm/file)" "user:6"
}

test_an_exclusive_device_that_is_in_use_is_refused_with_the_process() {
        local user
        tail -f /dev/null <"$SERIAL" &
        user=$!
        expect_failure systemctl start rt-mine.service
        expect_contains "the journal" "$(vm_journal rt-mine.service)" \
                "$SERIAL is in use by process $user (tail), and declared exclusive"
        # The twins: shared, and free.
        systemctl start rt-ours.service
        systemctl stop rt-ours.service
        kill "$user"
        wait "$user" || true
        systemctl start rt-mine.service
        systemctl stop rt-mine.service
}

test_an_exclusive_disk_that_the_kernel_uses_is_refused() {
        mkswap --quiet "$DISK_LINK"
        swapon "$DISK_LINK"
        expect_failure systemctl start rt-swap.service
        expect_contains "the journal" "$(vm_journal rt-swap.service)" "$DISK_LINK is in use by the kernel"
        swapoff "$DISK_LINK"
        systemctl start rt-swap.service
        systemctl stop rt-swap.service
}

test_unplugging_stops_the_container_in_order_and_it_stays_stopped() {
        vm_switch stop
        expect_contains "udev's tags" "$(udevadm info --query=property --property=TAGS "$I2C")" systemd
        unplug_i2c
        vm_wait 10 "the container has stopped" not_active rt-stopper.service
        expect_equal "its result" "$(vm_property rt-stopper.service Result)" success
        plug_i2c
        sleep 3
        expect_stopped rt-stopper.service
        vm_switch stop
        vm_is_active rt-stopper.service || fail "it does not start by hand"
}

expect_stopped() { # UNIT
        expect_equal "the state of $1" "$(systemctl is-active "$1" || true)" inactive
}

test_what_is_ignored_runs_on() {
        vm_switch ignore
        unplug_i2c
        sleep 3
        vm_is_active rt-ignorer.service || fail "the container has stopped"
        plug_i2c
}

test_a_required_device_that_does_not_come_fails_the_config_within_seconds() {
        local start=$SECONDS
        vm_switch empty
        unplug_i2c
        expect_failure vm_switch stop
        ((SECONDS - start < 30)) || fail "it took $((SECONDS - start)) s"
        expect_contains "the status" "$(status_of rt-stopper.service)" "AssertPathExists=$I2C was not met"
        # The twin: it comes while the start waits.
        (sleep 2 && plug_i2c) &
        vm_switch stop
        vm_is_active rt-stopper.service || fail "the container does not run"
        wait
}

test_replugging_starts_the_container_again() {
        local before after
        vm_switch again
        before=$(vm_payload again)
        vm_unplug disk
        vm_wait 10 "the container has stopped" not_active rt-again.service
        expect_equal "its result" "$(vm_property rt-again.service Result)" success
        vm_is_active rt-config-again.target || fail "the config ended with its container"
        vm_plug disk
        vm_wait 20 "the container runs again" vm_is_active rt-again.service
        after=$(vm_payload again)
        expect_different "the program" "$after" "$before"
        vm_in again dd if="$DISK_LINK" of=/dev/null bs=4k count=1 status=none
}

not_active() { # UNIT
        ! vm_is_active "$1"
}

test_a_container_with_such_a_device_is_carried_over() {
        local before
        before=$(vm_payload again)
        vm_switch more
        expect_equal "the program" "$(vm_payload again)" "$before"
        vm_switch again
        expect_equal "the program" "$(vm_payload again)" "$before"
}

test_without_a_config_that_wants_it_nothing_starts_again() {
        vm_unplug disk
        vm_wait 10 "the container has stopped" not_active rt-again.service
        vm_switch empty
        vm_plug disk
        vm_wait 10 "the disk is back" test -b "$DISK_LINK"
        sleep 5
        not_active rt-again.service || fail "the container runs"
        vm_is_active rt-config-empty.target || fail "the config has ended"
}

test_a_config_starts_without_a_device_that_may_come_later() {
        vm_unplug disk
        vm_switch more
        vm_is_active rt-config-more.target || fail "the config does not run"
        vm_is_active rt-none.service || fail "the other container does not run"
        not_active rt-again.service || fail "the container runs without its device"
        expect_contains "the status" "$(status_of rt-again.service)" "AssertPathExists=$DISK_LINK was not met"
        vm_plug disk
        vm_wait 20 "the container runs" vm_is_active rt-again.service
}

test_of_two_devices_the_last_one_starts_the_container() {
        vm_switch both
        vm_unplug disk
        vm_wait 10 "the container has stopped" not_active rt-both.service
        vm_unplug watchdog
        vm_plug disk
        vm_wait 10 "the disk is back" test -b "$DISK_LINK"
        sleep 3
        not_active rt-both.service || fail "the container runs with half of its devices"
        vm_plug watchdog
        vm_wait 20 "the container runs" vm_is_active rt-both.service
}

test_interfaces_are_moved_in_and_come_back() {
        local name
        systemctl start rt-net.service
        for name in eth1 dummy7 vcan7; do
                [[ ! -e /sys/class/net/$name ]] || fail "$name is still on the host"
                vm_in net ip link show "$name"
        done
        expect_failure vm_in none ip link show eth1
        systemctl stop rt-net.service
        for name in eth1 dummy7 vcan7; do
                [[ -e /sys/class/net/$name ]] || fail "$name is not back"
        done
}

test_an_interface_that_is_elsewhere_or_nowhere_is_named() {
        systemctl start rt-net.service
        expect_failure systemctl start rt-card.service
        expect_contains "the status" "$(status_of rt-card.service)" "AssertPathExists=/sys/class/net/eth1 was not met"
        systemctl stop rt-net.service
        systemctl start rt-card.service
        expect_failure systemctl start rt-nocard.service
        expect_contains "the status" "$(status_of rt-nocard.service)" "AssertPathExists=/sys/class/net/can7 was not met"
}

test_a_physical_interface_survives_that_its_container_is_killed() {
        local before
        before=$(vm_payload card)
        systemctl kill --signal=KILL rt-card.service
        vm_wait 20 "the container is restarted" is_another_program card "$before"
        vm_in card ip link show eth1
        systemctl stop rt-card.service
        [[ -e /sys/class/net/eth1 ]] || fail "eth1 is not back"
}

is_another_program() { # CONTAINER PID
        vm_is_active "rt-$1.service" && [[ $(vm_payload "$1") != "$2" ]]
}

run_tests
