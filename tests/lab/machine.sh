# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The lab machine: a fresh copy of a Debian tree, booted by systemd-nspawn in a cgroup of its own, entered by nsenter,
# and removed without a trace. Sourced by lab.sh. One lab per process at a time.
#
# State: LAB_NAME   machine name; also names the cgroup and the folder, so that leftovers can be told apart
#        LAB_DIR    folder of this run: root/ and console.log
#        LAB_ROOT   $LAB_DIR/root
#        LAB_TREE   the Debian tree that it is made from
#        LAB_LOCK   open file that holds the lock on LAB_DIR
#        LAB_PID    systemd-nspawn, 0 while nothing runs
#        LAB_INIT   PID 1 of the lab as the host sees it

LAB_NAME='' LAB_DIR='' LAB_ROOT='' LAB_TREE='' LAB_LOCK='' LAB_PID=0 LAB_INIT=0

# What systemd-nspawn leaves below /run/systemd/nspawn depends on its version and on how it ended.
readonly LAB_NSPAWN_STATE=/run/systemd/nspawn

# Makes the folder of this run. A lock on it tells other labs, wherever they look from, that its owner is alive.
lab_make_folder() { # RUNS_DIR
        local guard
        mkdir -p "$1"
        exec {guard}>"$1/.lock"
        flock "$guard"
        lab_sweep "$1"
        LAB_NAME=rtlab-$$
        LAB_DIR=$1/$LAB_NAME
        LAB_ROOT=$LAB_DIR/root
        mkdir "$LAB_DIR"
        exec {LAB_LOCK}>"$LAB_DIR/lock"
        flock "$LAB_LOCK"
        exec {guard}>&-
}

# Removes what labs could not remove themselves, because their owner was killed outright.
lab_sweep() { # RUNS_DIR
        local dir
        for dir in "$1"/rtlab-*; do
                if [[ -d $dir ]] && flock --nonblock "$dir/lock" true; then
                        lab_remove_traces "${dir##*/}" "$dir"
                fi
        done
}

# All of the Debian tree is copied but /usr, the bulk of it: that is an overlay in the lab, with the tree's /usr below and
# the root's /usr, which holds what is installed into the lab, above.
lab_make_root() { # TREE
        LAB_TREE=$1
        mkdir -p "$LAB_ROOT/usr/lib"
        tar -C "$LAB_TREE" --exclude=./usr -c . | tar -C "$LAB_ROOT" -x
        # nspawn looks at it before it mounts anything.
        cp "$LAB_TREE/usr/lib/os-release" "$LAB_ROOT/usr/lib"
}

# --- cgroups ---

host_runs_systemd() {
        [[ -d /run/systemd/system ]]
}

# Prints where cgroups can be made by hand: the unified hierarchy and systemd's named one, whichever are mounted.
lab_cgroup_mounts() {
        awk 'index($2, "/sys/fs/cgroup") == 1 &&
             ($3 == "cgroup2" || ($3 == "cgroup" && $4 ~ /(^|,)name=systemd(,|$)/)) { print $2 }' /proc/self/mounts
}

# Our own cgroup below each of those mounts: where this shell is now, so that a lab inside a lab nests.
lab_cgroup_dirs() { # NAME
        local mount hierarchy
        while read -r mount; do
                hierarchy=''
                [[ $(stat -f -c %T "$mount") == cgroup2fs ]] || hierarchy=name=systemd
                echo "$mount$(own_cgroup "$hierarchy")/$1"
        done < <(lab_cgroup_mounts)
}

# Without a "/" at its end, so empty for the root.
own_cgroup() { # HIERARCHY, as /proc/self/cgroup names it
        local path
        path=$(sed -n "s/^[0-9]*:$1://p" /proc/self/cgroup)
        # A shell that was brought in by nsenter is outside the mounted hierarchy: its path begins with "/..".
        [[ $path != /..* ]] || path=''
        echo "${path%/}"
}

# Where systemd manages the cgroups it is asked for a delegated scope; elsewhere we make a cgroup and step into it.
# Either way the process stays this one: it becomes the command.
exec_in_own_cgroup() { # NAME COMMAND…
        local name=$1 dir
        shift
        if host_runs_systemd; then
                exec systemd-run --quiet --scope --collect --unit="$name" -p Delegate=yes -- "$@"
        fi
        while read -r dir; do
                mkdir -p "$dir"
                echo "$BASHPID" >"$dir/cgroup.procs"
        done < <(lab_cgroup_dirs "$name")
        exec "$@"
}

# Every process of a lab is in its cgroup, but for those that nsenter brought in, and they go with its PID 1.
kill_cgroup() { # NAME
        local dir pid
        if host_runs_systemd; then
                systemctl kill --signal=KILL "$1.scope" 2>/dev/null || true
                systemctl stop "$1.scope" 2>/dev/null || true
                return 0 # said, for in a trap it would be the status before the trap
        fi
        while read -r dir; do
                [[ -d $dir ]] || continue
                while read -r pid; do
                        ((pid <= 1)) || kill -KILL "$pid" 2>/dev/null || true
                done < <(find "$dir" -name cgroup.procs -exec cat {} + 2>/dev/null)
        done < <(lab_cgroup_dirs "$1")
}

remove_cgroups() { # NAME
        local dir
        while read -r dir; do
                remove_cgroup_tree "$dir"
        done < <(lab_cgroup_dirs "$1")
        remove_hidden_cgroup "$1"
}

remove_cgroup_tree() { # DIR
        local tries
        for ((tries = 0; tries < 100; tries++)); do
                [[ -d $1 ]] || return 0
                # Deepest first; a cgroup stays busy for a moment after its last process has been killed.
                find "$1" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.05
        done
}

# Where only version 1 of cgroups is mounted, nspawn makes a cgroup in the unified hierarchy all the same, with the path
# that it has in systemd's. It can be reached through a mount that nobody else sees.
remove_hidden_cgroup() { # NAME
        ! grep -qE '^[^ ]+ [^ ]+ cgroup2 ' /proc/self/mounts || return 0
        # shellcheck disable=SC2016 # for the other shell
        unshare --mount bash -c "$(declare -f remove_cgroup_tree)"'
                mount -t cgroup2 none /sys/fs/cgroup && remove_cgroup_tree "/sys/fs/cgroup$1"' \
                lab "$(own_cgroup name=systemd)/$1" 2>/dev/null || true
}

# --- boot ---

lab_boot() {
        # shellcheck disable=SC2054 # the commas separate capabilities
        local command=(
                systemd-nspawn --quiet --boot --directory="$LAB_ROOT" --machine="$LAB_NAME"
                --overlay="$LAB_TREE/usr:$LAB_ROOT/usr:/usr"
                --register=no --keep-unit --console=read-only --private-network --link-journal=no
                --resolv-conf=off --timezone=off --capability=all --drop-capability=CAP_SYS_MODULE,CAP_SYS_TIME
        )
        # A session of its own keeps the terminal's Ctrl-C away from it: it is we who stop it.
        # Should we be killed outright, the kernel tells it to shut down.
        (
                exec {LAB_LOCK}>&- # it is this script's life that counts, not nspawn's
                # No system-call filter, since a machine has none either: systemd needs bpf() for DevicePolicy=.
                export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_SECCOMP=0 SYSTEMD_LOG_LEVEL=warning
                exec_in_own_cgroup "$LAB_NAME" setsid setpriv --pdeathsig TERM -- "${command[@]}"
        ) </dev/null >"$LAB_DIR/console.log" 2>&1 &
        LAB_PID=$!
        lab_find_init || lab_boot_failed "has no PID 1"
        lab_wait_until_booted || lab_boot_failed "did not finish booting"
}

lab_boot_failed() { # WHAT
        echo "The lab $1; its console says:" >&2
        tail -n 30 "$LAB_DIR/console.log" >&2
        if [[ $LAB_INIT != 0 ]]; then
                lab_run systemctl list-jobs --no-pager >&2 || true
        fi
        return 1
}

# nspawn's payload is the one child of it that is PID 1 of a PID namespace below ours.
lab_find_init() {
        local tries child
        for ((tries = 0; tries < 100; tries++)); do
                [[ -e /proc/$LAB_PID ]] || return 1
                while read -r child; do
                        if awk '$1 == "NSpid:" { exit !(NF > 2 && $NF == 1) }' "/proc/$child/status" 2>/dev/null; then
                                LAB_INIT=$child
                                return 0
                        fi
                done < <(pgrep --parent "$LAB_PID")
                sleep 0.05
        done
        return 1
}

lab_wait_until_booted() {
        local deadline=$((SECONDS + 60)) state
        while ((SECONDS < deadline)) && [[ -e /proc/$LAB_PID ]]; do
                state=$(lab_run systemctl is-system-running 2>/dev/null || true)
                case $state in
                running | degraded) return 0 ;;
                esac
                sleep 0.1
        done
        return 1
}

# --- inside ---

# Runs a command in all of the lab's namespaces, with an environment that does not depend on ours.
lab_run() { # COMMAND…
        nsenter --target "$LAB_INIT" --mount --uts --ipc --net --pid --cgroup -- \
                env --ignore-environment PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
                LANG=C.UTF-8 SYSTEMD_PAGER= SYSTEMD_COLORS="${LAB_COLORS:-0}" TERM="${TERM:-dumb}" HOME=/root "$@"
}

# The same for a script: lab_script 'SCRIPT' ARGUMENT…
lab_script() {
        local script=$1
        shift
        lab_run bash -euc "$script" lab "$@"
}

# --- stop ---

# Shuts the lab down in order: SIGTERM makes nspawn ask its PID 1 for that. The tree stays.
lab_stop() {
        ((LAB_PID > 0)) || return 0
        kill -TERM "$LAB_PID" 2>/dev/null || true
        if ! wait_until_gone "$LAB_PID" 10; then
                echo "The lab does not shut down; killing it." >&2
        fi
        lab_kill
}

# Ends the lab at once: every process dies with PID 1, and nspawn tidies up. Before there is a PID 1, or when nspawn
# does not come back from that, the cgroup tells who else has to go. The shell's own remarks about jobs that were killed
# are of no interest.
lab_kill() {
        ((LAB_PID > 0)) || return 0
        ((LAB_INIT <= 1)) || kill -KILL "$LAB_INIT" 2>/dev/null || true
        if ((LAB_INIT <= 1)) || ! wait_until_gone "$LAB_PID" 5; then
                kill -KILL "$LAB_PID" 2>/dev/null || true
                kill_cgroup "$LAB_NAME"
        fi
        wait "$LAB_PID" || true
        LAB_PID=0 LAB_INIT=0
} 2>/dev/null

wait_until_gone() { # PID SECONDS
        local deadline=$((SECONDS + $2))
        while [[ $(process_state "$1") == [!Z] ]]; do
                ((SECONDS < deadline)) || return 1
                sleep 0.02
        done
}

process_state() { # PID
        sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null || true
}

lab_remove() {
        [[ -n $LAB_NAME ]] || return 0
        lab_kill
        lab_remove_traces "$LAB_NAME" "$LAB_DIR"
        LAB_NAME='' LAB_DIR='' LAB_ROOT='' LAB_TREE=''
}

lab_remove_traces() { # NAME DIR
        local name=$1 dir=$2 mount
        kill_cgroup "$name"
        remove_cgroups "$name"
        # Mounts before files, deepest first: nothing may be deleted through them.
        while read -r mount; do
                umount --lazy "$mount" 2>/dev/null || true
        done < <(awk -v dir="$dir/" -v state="^$LAB_NSPAWN_STATE/[^/]+/$name$" \
                'index($2, dir) == 1 || $2 ~ state { print $2 }' /proc/self/mounts | sort -r)
        # nspawn's lock on the tree is named after the inode.
        rm -f "$LAB_NSPAWN_STATE/locks/inode-$(stat -c %d:%i "$dir/root" 2>/dev/null)"
        rm -rf --one-file-system "$dir" "$LAB_NSPAWN_STATE/"{propagate,unix-export}/"$name"
        host_runs_systemd || rmdir "$LAB_NSPAWN_STATE"/{*,} "${LAB_NSPAWN_STATE%/*}" 2>/dev/null || true
}
