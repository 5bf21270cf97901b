# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# shellcheck disable=SC2054 # the commas are QEMU's
#
# The virtual machine: 4 CPUs on 2 NUMA nodes, and the devices that tests want. Sourced by rtvm.sh.

# Without hardware support this takes a quarter of a minute on an idle machine.
readonly RTVM_BOOT_TIMEOUT=${RTVM_BOOT_TIMEOUT:-240}

# What emulates the CPUs. /dev/kvm alone says neither that guests run nor how: there are machines on which KVM takes a
# microsecond for each instruction, a hundred times as long as QEMU itself. So one tries.
rtvm_accelerator() {
        case ${RTVM_ACCEL:-} in
        kvm) echo kvm ;;
        tcg) echo tcg,thread=multi ;;
        '')
                if [[ -w /dev/kvm ]] && rtvm_kvm_works; then
                        echo kvm
                else
                        echo tcg,thread=multi
                fi
                ;;
        *)
                echo "RTVM_ACCEL is kvm or tcg, not \"$RTVM_ACCEL\"." >&2
                return 2
                ;;
        esac
}

# A boot sector that counts down from 2^25 and then tells QEMU to exit with status 33.
rtvm_kvm_works() {
        local sector=$RTVM_DIR/sector status=0
        # mov ecx,0x2000000; again: dec ecx; jnz again; mov al,16; mov dx,0x501; out dx,al; hlt
        printf '\x66\xb9\x00\x00\x00\x02\x66\x49\x75\xfc\xb0\x10\xba\x01\x05\xee\xf4' >"$sector"
        truncate --size=510 "$sector"
        printf '\x55\xaa' >>"$sector"
        timeout --signal=KILL 3 qemu-system-x86_64 -accel kvm -cpu max -machine pc -nodefaults -display none -no-reboot \
                -device isa-debug-exit,iobase=0x501 -drive file="$sector",format=raw,if=ide >/dev/null 2>&1 || status=$?
        ((status == 33))
} 2>/dev/null

# Sets the caller's "command".
rtvm_command() { # ACCELERATOR [--shell]
        local dir=$RTVM_DIR kernel_command=(
                console=ttyS0 panic=-1 root=none rw net.ifnames=0 systemd.unified_cgroup_hierarchy=1
                systemd.show_status=no hugepages=32 printk.devkmsg=on
                mitigations=off audit=0 apparmor=0 selinux=0
                # Emulated, reading any other clock than this one takes very long.
                tsc=reliable clocksource=tsc no_timer_check
                "${RTVM_KERNEL_ARGUMENTS:-}"
        )
        command=(
                qemu-system-x86_64 -name rtvm -machine pc,graphics=off,usb=off,hpet=off -accel "$1" -cpu max
                -smp 4,sockets=2,cores=2 -m 1536M
                -object memory-backend-ram,id=node0,size=768M -numa node,nodeid=0,cpus=0-1,memdev=node0
                -object memory-backend-ram,id=node1,size=768M -numa node,nodeid=1,cpus=2-3,memdev=node1
                -nodefaults -no-user-config -display none -no-reboot -rtc base=utc
                -kernel "$RTVM_BASE.kernel" -initrd "$RTVM_BASE.initrd"
        )
        rtvm_add_console "${2:-}"
        command+=(-append "${kernel_command[*]}")
        rtvm_add_ports
        rtvm_add_devices
}

# A person has the console and the kernel's silence; a job's goes into a file.
rtvm_add_console() { # [--shell]
        if [[ $1 == --shell ]]; then
                kernel_command+=(quiet loglevel=1)
                command+=(-chardev stdio,id=console,signal=off)
        else
                kernel_command+=(quiet loglevel=4 systemd.log_target=journal)
                command+=(-chardev "file,id=console,path=$dir/console")
        fi
        command+=(-device isa-serial,chardev=console)
}

rtvm_add_ports() {
        local port
        : >"$dir/result"
        # By it the VM asks QEMU for what hands do on real machines: it is a client of a monitor in the same process.
        command+=(
                -device virtio-serial-pci,id=ports,max_ports=16
                -chardev "socket,id=monitor,path=$dir/monitor,server=on,wait=off" -mon chardev=monitor,mode=control
                -chardev "socket,id=monitor-client,path=$dir/monitor"
                -device virtserialport,bus=ports.0,chardev=monitor-client,name=rtvm.monitor
        )
        for port in stdout stderr result evidence; do
                command+=(
                        -chardev "file,id=$port,path=$dir/$port"
                        -device "virtserialport,bus=ports.0,chardev=$port,name=rtvm.$port"
                )
        done
}

rtvm_add_devices() {
        truncate --size=16M "$dir/extra"
        command+=(
                # The base is never written to: what is goes into a file that has no name.
                -drive "id=base,file=$RTVM_BASE.img,format=raw,if=none,cache=unsafe,snapshot=on"
                -device virtio-blk-pci,drive=base,serial=base
                -drive "id=run,file=$dir/disk.img,format=raw,if=none,cache=unsafe"
                -device virtio-blk-pci,drive=run,serial=run
                -blockdev "driver=file,node-name=extra-file,filename=$dir/extra"
                -blockdev driver=raw,node-name=extra,file=extra-file
                -device virtio-blk-pci,id=disk,drive=extra,serial=extra
                -netdev hubport,id=net0,hubid=0 -device virtio-net-pci,netdev=net0,mac=52:54:00:00:00:00,romfile=
                -netdev hubport,id=net1,hubid=1 -device virtio-net-pci,id=net,netdev=net1,mac=52:54:00:00:00:01,romfile=
                # Two ports that are connected to each other, and a serial line to a third one.
                -chardev "socket,id=pair-a,path=$dir/pair,server=on,wait=off"
                -chardev "socket,id=pair-b,path=$dir/pair"
                -device virtserialport,bus=ports.0,chardev=pair-a,name=pair.a
                -device virtserialport,bus=ports.0,chardev=pair-b,name=pair.b
                -chardev "socket,id=line-a,path=$dir/line,server=on,wait=off"
                -chardev "socket,id=line-b,path=$dir/line"
                -device pci-serial,id=serial,chardev=line-a
                -device virtserialport,bus=ports.0,chardev=line-b,name=line
                -device i6300esb,id=watchdog
        )
}
