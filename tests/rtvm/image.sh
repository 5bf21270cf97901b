# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the VM boots: the kernel of Debian's linux-image-rt-amd64, an initramfs of our own, a base image with Debian, and a
# second disk with what changes from run to run. The first three are made once and cached in build/rtvm/; all of them
# without mounts and loop devices. Sourced by rtvm.sh.

# What a small real system has, and what tests of real-time settings and devices need.
rtvm_packages() {
        printf '%s\n' systemd systemd-sysv systemd-container udev dbus libpam-systemd util-linux login passwd procps kmod \
                iproute2 libjson-c5 libzmq5 libxxhash0 acl can-utils jq rt-tests strace stress-ng trace-cmd
        case $(debian_codename) in
        bookworm) echo libconfig9 ;;
        *) echo libconfig11 ;;
        esac
}

# Of the kernel's modules, those for hardware that no VM has are left out: they are most of its 400 MB.
readonly RTVM_NO_MODULES=(
        sound 'arch/x86/'{crypto,kvm} 'drivers/'{accel,ata,block/floppy.ko,bluetooth,comedi,cpufreq,crypto,edac,firewire}
        'drivers/'{gpu,hid,hwmon,i2c/busses,iio,infiniband,input,isdn,leds,mfd,md,media,message,misc,mmc,mtd,net/ethernet,net/wireless,nfc}
        'drivers/'{nvdimm,nvme,parport,pcmcia,platform,power,scsi,spi,ssb,staging,target,thunderbolt,usb,video} 'net/'{bluetooth,ceph,mac80211,nfc,sctp,wireless}
        'fs/'{afs,bcachefs,btrfs,ceph,cifs,f2fs,gfs2,jfs,nfs,nfsd,ntfs3,ocfs2,orangefs,reiserfs,smb,ubifs,xfs}
)

# In the order in which they are loaded; modprobe adds what they depend on but the checksum, which ext4 asks for by name.
readonly RTVM_BOOT_MODULES=(virtio_pci virtio_blk crc32c_generic ext4)

# The three files of the base have one name and three endings, .img, .kernel and .initrd. Prints the name.
rtvm_base() { # CACHE
        local packages key base kernel
        mapfile -t packages < <(rtvm_packages)
        # What the image is made of and how.
        key=$({
                debian_codename
                printf '%s\n' "${packages[@]}"
                cat "$LAB_SOURCE/tests/rtvm/image.sh" "$LAB_SOURCE/tests/rtvm/guest/"{init,rtvm-job.service}
        } | sha256sum | cut -c1-12)
        base=$1/$(debian_codename)-$key
        if [[ ! -e $base.img ]]; then
                local tree busybox new
                tree=$(cached_tree "$1" user essential "${packages[@]}")
                # Extracted only: to configure it would make an initramfs of thousands of files.
                kernel=$(cached_tree "$1" kernel extract linux-image-rt-amd64)
                busybox=$(rtvm_busybox)
                echo "Making the VM's image (once, then cached)…" >&2
                new=$base.unfinished.$$
                # Those of other packages are of no use any more.
                rm -f "$1/$(debian_codename)"-*.{img,kernel,initrd}
                rtvm_make_root "$tree" "$kernel" "$new"
                rtvm_make_initrd "$busybox" "$new" "$base.initrd"
                cp "$kernel"/boot/vmlinuz-* "$base.kernel"
                rtvm_make_disk "$new" "$base.img.unfinished.$$" 192
                rm -rf "$new"
                mv "$base.img.unfinished.$$" "$base.img"
        fi
        echo "$base"
}

# Neither the initramfs nor what runs in containers depends on the suite.
rtvm_busybox() {
        DEBIAN_SUITE='' cached_tree "$LAB_CACHE" busybox extract busybox-static
}

# rtvm_make_disk FOLDER FILE MEGABYTES makes a file system of the folder, with so much room left in it.
rtvm_make_disk() {
        local used inodes
        used=$(du --summarize --block-size=1M "$1" | cut -f1)
        inodes=$(find "$1" | wc -l)
        # A journal would be for a machine that is switched on again.
        truncate --size="$((used + used / 16 + $3))M" "$2"
        mke2fs -q -F -t ext4 -O ^has_journal -m 0 -E lazy_itable_init=1 -N "$((inodes + 4000))" -d "$1" "$2"
}

rtvm_make_root() { # USER_TREE KERNEL_TREE ROOT
        local version modules=$2/lib/modules exclude=()
        # Newer packages know one place only, and nobody has made the link to it.
        [[ -d $modules ]] || modules=$2/usr/lib/modules
        version=$(basename "$modules"/*)
        rm -rf "$3"
        mkdir -p "$3"
        tar -C "$1" --exclude=./var/cache --exclude=./var/lib/apt -c . | tar -C "$3" -x
        mapfile -t exclude < <(printf -- "--exclude=./$version/kernel/%s\n" "${RTVM_NO_MODULES[@]}")
        mkdir -p "$3/usr/lib/modules"
        tar -C "$modules" "${exclude[@]}" -c "./$version" | tar -C "$3/usr/lib/modules" -x
        # Unpacking them at each boot costs more than their place.
        find "$3/usr/lib/modules" -name '*.ko.xz' -exec xz --decompress {} +
        depmod --basedir "$3" "$version"
        rtvm_configure "$3"
}

# A system that has nothing to do at boot but what tests look at.
rtvm_configure() { # ROOT
        local root=$1 unit
        mkdir -p "$root"/srv/rtvm "$root"/var/lib/rtcontainers "$root"/etc/systemd/{journald,system}.conf.d \
                "$root"/etc/systemd/system/multi-user.target.wants
        echo rtvm >"$root/etc/hostname"
        # Anything constant: a machine without one would be on its first boot.
        echo 7274636f6e7461696e657273766d0001 >"$root/etc/machine-id"
        : >"$root/etc/fstab"
        passwd --root "$root" --quiet --delete root
        for unit in getty.target {cron,networking,rsyslog,e2scrub_reap}.service systemd-tmpfiles-clean.timer \
                systemd-{binfmt,hwdb-update,logind,pstore,random-seed,update-utmp,update-utmp-runlevel}.service \
                {apt-daily,apt-daily-upgrade,dpkg-db-backup,e2scrub_all,fstrim}.timer proc-sys-fs-binfmt_misc.automount \
                modprobe@{configfs,dm_mod,drm,fuse,loop}.service sys-{fs-fuse-connections,kernel-config}.mount; do
                ln -sf /dev/null "$root/etc/systemd/system/$unit"
        done
        printf '%s\n' '[Journal]' Storage=volatile RuntimeMaxUse=32M RateLimitBurst=0 \
                >"$root/etc/systemd/journald.conf.d/rtvm.conf"
        printf '%s\n' '[Manager]' DefaultTimeoutStopSec=20s >"$root/etc/systemd/system.conf.d/rtvm.conf"
        cp "$LAB_SOURCE/tests/rtvm/guest/rtvm-job.service" "$root/etc/systemd/system"
        ln -s ../rtvm-job.service "$root/etc/systemd/system/multi-user.target.wants"
        # Nothing is older than that, so nothing is brought up to date at boot.
        touch --date='2100-01-01' "$root/etc/.updated" "$root/var/.updated"
}

rtvm_make_initrd() { # BUSYBOX_TREE ROOT FILE
        local new=$2.initrd version number=100 module file
        version=$(basename "$2"/usr/lib/modules/*)
        rm -rf "$new"
        mkdir -p "$new"/{bin,dev,modules,root}
        cp "$1/bin/busybox" "$new/bin"
        cp "$LAB_SOURCE/tests/rtvm/guest/init" "$new/init"
        for module in "${RTVM_BOOT_MODULES[@]}"; do
                while read -r file; do
                        compgen -G "$new/modules/*-${file##*/}" >/dev/null || cp "$file" "$new/modules/$((number++))-${file##*/}"
                done < <(modprobe --dirname "$2" --set-version "$version" --show-depends "$module" |
                        sed -n 's/^insmod \([^ ]*\).*/\1/p')
        done
        (cd "$new" && find . | cpio --quiet --create --format=newc --owner=0:0) >"$3.new"
        rm -rf "$new"
        mv "$3.new" "$3"
}

# --- the second disk ---

# The project as it is installed, its examples, and what this run is for: a job and maybe test files.
rtvm_make_run_disk() { # DIR JOB TEST_FILE…
        local disk=$1/disk job=$2 rootfs
        shift 2
        mkdir -p "$disk"/{install/etc/rtcontainers,rtcontainers,tests}
        lab_install_project "$disk/install"
        # Where Debian has a link, nothing must try to make a folder.
        if [[ -d $disk/install/lib ]]; then
                cp -a "$disk/install/lib/." "$disk/install/usr/lib"
                rm -r "$disk/install/lib"
        fi
        rtvm_add_libraries "$disk/install"
        rootfs=$(DEBIAN_SUITE='' lab_rootfs rootfs sensor controller logger parking latency)
        cp -a "$rootfs" "$disk/rtcontainers/rootfs"
        rtvm_make_probe "$disk/rtcontainers/rootfs/probe"
        cp -r "$LAB_SOURCE/examples/descriptors" "$disk/examples"
        rtvm_give_time "$disk/examples"
        cp -r "$disk/examples/." "$disk/install/etc/rtcontainers"
        cp "$LAB_SOURCE/tests/rtvm/guest/"{job,*.sh} "$LAB_SOURCE/tests/lab/check.sh" "$disk"
        echo "$job" >"$disk/job.sh"
        cp "$LAB_SOURCE/tests/trace/record.sh" "$LAB_BUILD/tests/trace/judge-trace" "$disk"
        (($# == 0)) || cp "$@" "$disk/tests"
        rtvm_make_disk "$disk" "$disk.img" 32
        rm -rf "$disk"
}

# The programs have been built with this machine's libraries, which another suite may not have any more.
rtvm_add_libraries() { # ROOT
        local packages tree name path
        mapfile -t packages < <(rtvm_packages)
        tree=$(cached_tree "$RTVM_CACHE" user essential "${packages[@]}")
        while read -r name path; do
                if [[ ! -e $tree$path && ! -e $1$path && ! -e $tree/usr$path ]]; then
                        mkdir -p "$1/usr/lib/$(uname -m)-linux-gnu"
                        cp "$path" "$1/usr/lib/$(uname -m)-linux-gnu/$name"
                fi
        done < <(ldd "$LAB_BUILD/rtctl/rtctl" "$LAB_BUILD/generator/rtcontainers-generator" |
                sed -n 's/^\t\([^ ]*\) => \(\/[^ ]*\) .*/\1 \2/p' | sort -u)
}

# An emulated CPU that others use as well can be silent for a second: no reason to restart a container.
rtvm_give_time() { # ETC
        local container
        for container in sensor controller parking; do
                mkdir -p "$1/$container.container.d"
                printf '%s\n' '# For emulated CPUs.' 'watchdog = "30s";' 'startup  = "30s";' \
                        >"$1/$container.container.d/rtvm.conf"
        done
}

# The root file system of the container in which tests look around.
rtvm_make_probe() { # ROOT
        local busybox
        busybox=$(rtvm_busybox)
        mkdir -p "$1"/{bin,dev,etc,mnt,proc,run,srv,sys,tmp,usr,var}
        cp "$busybox/bin/busybox" "$1/bin"
        chroot "$1" /bin/busybox --install -s /bin
}
