# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The lab: a real systemd, booted by systemd-nspawn from a fresh copy of a Debian tree with this project and its
# examples installed. A script sources this file and then, in this order,
#
#     lab_prepare         makes the copy; descriptors can now be changed below $LAB_ETC
#     lab_boot            boots it, and returns when boot has finished
#     lab_run COMMAND…    runs a command in it;  lab_script 'SCRIPT' ARGUMENT…  runs several;  lab_shell  is for people
#     lab_stop            shuts it down; the tree can still be looked at, changed and booted again
#
# Whatever way the script ends, nothing stays: no process, mount, cgroup or file but the cached trees in build/lab/.
#
# What makes the machine is in machine.sh, where the trees come from in tree.sh, what is put into them in project.sh, how
# tests are written in check.sh.
#
# shellcheck disable=SC2016 # scripts for the lab's shell are quoted from ours
set -euo pipefail
shopt -s inherit_errexit # what fails in $(…) has failed
umask 022

LAB_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LAB_BUILD=${RT_BUILD_DIR:-$LAB_SOURCE/build}
LAB_CACHE=$LAB_BUILD/lab

# shellcheck source=tests/lab/tree.sh
source "$LAB_SOURCE/tests/lab/tree.sh"
# shellcheck source=tests/lab/project.sh
source "$LAB_SOURCE/tests/lab/project.sh"
# shellcheck source=tests/lab/machine.sh
source "$LAB_SOURCE/tests/lab/machine.sh"

# What a small real system has. login and util-linux give it a getty; libpam-systemd gives it sessions.
readonly LAB_PACKAGES=(
        systemd systemd-sysv systemd-container dbus libpam-systemd util-linux login passwd procps libconfig9 libjson-c5
        libzmq5
)

# --- cleaning up ---

lab_cleanup() {
        local status=$?
        # A second Ctrl-C must not leave half of it behind.
        trap '' INT TERM HUP
        trap - EXIT
        # Whatever one step meets, the next ones are taken.
        set +e
        lab_remove
        remove_unfinished_trees "$LAB_CACHE"
        exit "$status"
}

trap lab_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# --- preparing ---

# Prints why there can be no lab on this machine, or nothing.
lab_obstacle() {
        local program
        if ((EUID != 0)); then
                echo "the lab needs root"
                return
        fi
        for program in systemd-nspawn mmdebstrap nsenter setpriv; do
                if ! command -v "$program" >/dev/null; then
                        echo "$program is not installed"
                        return
                fi
        done
        if ! unshare --user true 2>/dev/null; then
                echo "user namespaces cannot be made here, as in a chroot or where user.max_user_namespaces is 0"
                return
        fi
        # Containers' trees are shown through idmapped mounts.
        mkdir -p "$LAB_CACHE"
        case $(stat -f -c %T "$LAB_CACHE") in
        overlayfs | nfs | ramfs | v9fs | fuse*)
                echo "the file system of $LAB_CACHE cannot be idmapped; set RT_BUILD_DIR to one that can, such as ext4"
                ;;
        esac
}

# The CPUs that this process may use are the lab's. The first one does the housekeeping; if it is the only one, it does
# everything.
lab_cpus() {
        sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status
}

lab_first_cpu() {
        local cpus
        cpus=$(lab_cpus)
        echo "${cpus%%[-,]*}"
}

# The machine's part of the descriptors: a drop-in, as anyone would write it who runs the examples elsewhere.
lab_write_platform() { # ETC
        mkdir -p "$1/platform.conf.d"
        cat >"$1/platform.conf.d/lab.conf" <<EOF
# The lab's CPUs.
cpus         = "$(lab_cpus)";
housekeeping = "$(lab_first_cpu)";
EOF
}

# cyclictest does not start unless it may use SCHED_FIFO. Where we cannot raise the limits of real-time priorities, as on
# machines that are guests themselves, LimitRTPRIO= is without effect, and the program has to be born with the policy.
lab_lend_priority() { # SYSTEMD_ETC
        ! prlimit --rtprio=99:99 true 2>/dev/null || return 0
        mkdir -p "$1/rt-latency.service.d"
        printf '%s\n' '[Service]' 'CPUSchedulingPolicy=fifo' 'CPUSchedulingPriority=60' \
                >"$1/rt-latency.service.d/lab.conf"
}

# What recorder, ping and pong run in: the tree with Python, which is large and therefore not in every lab, and the
# folder where ping and pong have their socket.
lab_add_zmq() {
        local rootfs
        rootfs=$(lab_rootfs rootfs-zmq zmq)
        cp -a "$rootfs/zmq" "$LAB_ROOT/var/lib/rtcontainers/rootfs/zmq"
        mkdir -p "$LAB_ROOT/var/lib/rtcontainers/ipc"
}

# Makes the tree: Debian, this project, the examples and their root file systems.
lab_prepare() {
        local obstacle tree rootfs
        obstacle=$(lab_obstacle)
        if [[ -n $obstacle ]]; then
                echo "No lab here: $obstacle." >&2
                return 1
        fi
        tree=$(cached_tree "$LAB_CACHE" debian essential "${LAB_PACKAGES[@]}")
        rootfs=$(lab_rootfs rootfs sensor controller logger parking latency)

        lab_make_folder "$LAB_CACHE/runs"
        lab_make_root "$tree"
        lab_install_project "$LAB_ROOT"
        mkdir -p "$LAB_ROOT/var/lib/rtcontainers"
        cp -a "$rootfs" "$LAB_ROOT/var/lib/rtcontainers/rootfs"

        LAB_ETC=$LAB_ROOT/etc/rtcontainers
        mkdir -p "$LAB_ETC"
        cp -r "$LAB_SOURCE/examples/descriptors/." "$LAB_ETC"
        lab_write_platform "$LAB_ETC"
        lab_lend_priority "$LAB_ROOT/etc/systemd/system"
}

# --- looking at containers ---

# The program in a container, as the lab sees it: the oldest process in the payload's part of the unit's cgroup. Above
# programs that do not notify there is an init of nspawn's, which is not meant.
lab_payload() { # CONTAINER
        lab_script '
                path=$(systemctl show --value -p ControlGroup "rt-$1.service")
                for pid in $(sort -n "/sys/fs/cgroup$path/payload/cgroup.procs"); do
                        [[ $(<"/proc/$pid/comm") == "(sd-stubinit)" ]] || { echo "$pid"; exit 0; }
                done
                echo "rt-$1.service has no payload" >&2
                exit 1' "$1"
}

lab_is_active() { # UNIT
        [[ $(lab_run systemctl is-active "$1" 2>/dev/null || true) == active ]]
}

# Messages that have been logged with this identifier in this boot, one a line.
lab_messages() { # IDENTIFIER
        lab_run journalctl --sync
        lab_run journalctl --boot --output=cat --identifier="$1" --no-pager
}

# lab_wait SECONDS WHAT COMMAND… tries the command until it succeeds.
lab_wait() {
        local deadline=$((SECONDS + $1)) what=$2
        shift 2
        until "$@"; do
                if ((SECONDS >= deadline)); then
                        echo "Waited in vain until $what." >&2
                        return 1
                fi
                sleep 0.05
        done
}

# Switches, prints the time it took in milliseconds. A reload that a test has caused must not run into it.
lab_switch() { # CONFIG
        lab_script '
                start=$(date +%s%N)
                systemctl isolate "rt-config-$1.target"
                echo $((($(date +%s%N) - start) / 1000000))' "$1"
}

lab_shell() {
        echo "A shell in the lab; \"exit\" ends both. Try: systemctl list-units 'rt-*'"
        LAB_COLORS=1 lab_run bash --login || true
}
