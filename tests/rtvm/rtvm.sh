# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The VM: Debian's PREEMPT_RT kernel with 4 virtual CPUs in QEMU, the project installed, one job, then it is switched off.
# A script sources this file and then
#
#     rtvm_prepare JOB [TEST_FILE…]    makes the disks; the job is a line of shell that sets $status, see guest/job
#     rtvm_boot                        runs the VM until it ends; its status is the job's
#
# What it boots is in image.sh, what the machine has in machine.sh. In the VM are guest/init, guest/job and, for tests,
# guest/vm.sh and the lab's check.sh.
set -euo pipefail
shopt -s inherit_errexit # what fails in $(…) has failed
umask 022

LAB_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LAB_BUILD=${RT_BUILD_DIR:-$LAB_SOURCE/build}
LAB_CACHE=$LAB_BUILD/lab
RTVM_CACHE=$LAB_BUILD/rtvm
RTVM_LOGS=$LAB_BUILD/rtvm-logs

# shellcheck source=tests/lab/tree.sh
source "$LAB_SOURCE/tests/lab/tree.sh"
# shellcheck source=tests/lab/project.sh
source "$LAB_SOURCE/tests/lab/project.sh"
# shellcheck source=tests/rtvm/image.sh
source "$LAB_SOURCE/tests/rtvm/image.sh"
# shellcheck source=tests/rtvm/machine.sh
source "$LAB_SOURCE/tests/rtvm/machine.sh"

RTVM_TERMINAL='' RTVM_DIR='' RTVM_BASE='' RTVM_LOCK='' RTVM_PID=0 RTVM_READERS=()

# --- cleaning up ---

# Whatever way the script ends, nothing stays but the cached files.
rtvm_cleanup() {
        local status=$?
        # A second Ctrl-C must not leave half of it behind.
        trap '' INT TERM HUP
        trap - EXIT
        set +e
        rtvm_kill
        [[ -z $RTVM_TERMINAL ]] || stty "$RTVM_TERMINAL"
        [[ -z $RTVM_DIR ]] || rm -rf "$RTVM_DIR"
        remove_unfinished_trees "$RTVM_CACHE"
        remove_unfinished_trees "$LAB_CACHE"
        exit "$status"
}

trap rtvm_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# --- preparing ---

# Prints why there can be no VM on this machine, or nothing.
rtvm_obstacle() {
        local program
        if ((EUID != 0)); then
                echo "the VM's image can be made by root only"
                return
        fi
        if [[ $(uname -m) != x86_64 ]]; then
                echo "the VM is an x86-64 machine, this is none"
                return
        fi
        for program in qemu-system-x86_64 mmdebstrap mke2fs modprobe cpio setpriv; do
                if ! command -v "$program" >/dev/null; then
                        echo "$program is not installed"
                        return
                fi
        done
}

# The folder of this run. Those of runs that were killed outright can be told by their locks.
rtvm_make_folder() {
        local dir guard
        mkdir -p "$RTVM_CACHE/runs" "$RTVM_LOGS"
        exec {guard}>"$RTVM_CACHE/runs/.lock"
        flock "$guard"
        for dir in "$RTVM_CACHE"/runs/run-*; do
                if [[ -d $dir ]] && flock --nonblock "$dir/lock" true; then
                        rm -rf "$dir"
                fi
        done
        RTVM_DIR=$RTVM_CACHE/runs/run-$$
        mkdir "$RTVM_DIR"
        exec {RTVM_LOCK}>"$RTVM_DIR/lock"
        flock "$RTVM_LOCK"
        exec {guard}>&-
}

rtvm_prepare() { # JOB [TEST_FILE…]
        RTVM_BASE=$(rtvm_base "$RTVM_CACHE") || return
        rtvm_make_folder
        rtvm_make_run_disk "$RTVM_DIR" "$@"
}

# --- running ---

# What the VM says comes through pipes, as it says it.
rtvm_listen() {
        mkfifo "$RTVM_DIR/stdout" "$RTVM_DIR/stderr"
        tee "$RTVM_DIR/said" <"$RTVM_DIR/stdout" &
        RTVM_READERS=($!)
        cat "$RTVM_DIR/stderr" >&2 &
        RTVM_READERS+=($!)
}

# Returns the job's status, or 125 if the VM did not get that far.
rtvm_boot() { # [--shell]
        local status accel command=()
        accel=$(rtvm_accelerator) || return
        rtvm_command "$accel" "$@"
        echo "The VM ($(debian_codename)) runs under ${accel%%,*}." >&2
        rtvm_listen
        # Should we be killed outright, so is the VM. Our lock is about us, not about it.
        if [[ ${1:-} == --shell ]]; then
                # Every key goes to the VM. Should it end in disorder, the terminal must not stay so.
                [[ ! -t 0 ]] || RTVM_TERMINAL=$(stty -g)
                setpriv --pdeathsig KILL -- "${command[@]}" {RTVM_LOCK}>&- <&0 &
        else
                setpriv --pdeathsig KILL -- "${command[@]}" {RTVM_LOCK}>&- </dev/null >"$RTVM_DIR/qemu.log" 2>&1 &
        fi
        RTVM_PID=$!
        rtvm_wait_until_gone "${RTVM_TIMEOUT:-2400}" "${1:-}"
        wait "${RTVM_READERS[@]}" 2>/dev/null || true
        RTVM_READERS=()
        rtvm_keep_evidence
        status=$(sed -n 's/^status //p' "$RTVM_DIR/result" 2>/dev/null)
        [[ -n $status ]] || rtvm_tell_console
        return "${status:-125}"
}

# Boot is waited for, too: a VM that hangs before that would take the whole time.
rtvm_wait_until_gone() { # SECONDS [--shell]
        local start=$SECONDS
        while kill -0 "$RTVM_PID" 2>/dev/null; do
                if [[ ${2:-} != --shell ]]; then
                        if ((SECONDS - start > $1)); then
                                echo "The VM did not end within $1 s; it is switched off." >&2
                                break
                        fi
                        if ((SECONDS - start > RTVM_BOOT_TIMEOUT)) && [[ ! -s $RTVM_DIR/result ]]; then
                                echo "The VM did not boot within $RTVM_BOOT_TIMEOUT s; it is switched off." >&2
                                break
                        fi
                fi
                sleep 0.1
        done
        rtvm_kill
}

rtvm_kill() {
        if ((RTVM_PID > 0)); then
                kill -KILL "$RTVM_PID" || true
                wait "$RTVM_PID" || true
                RTVM_PID=0
        fi
} 2>/dev/null

rtvm_keep_evidence() {
        rm -rf "$RTVM_LOGS"
        mkdir -p "$RTVM_LOGS"
        cp "$RTVM_DIR/console" "$RTVM_LOGS" 2>/dev/null || true
        [[ ! -s $RTVM_DIR/evidence ]] || tar -C "$RTVM_LOGS" -xf "$RTVM_DIR/evidence" 2>/dev/null || true
}

rtvm_tell_console() {
        echo "The VM ended without having done its job; its console says:" >&2
        tail -n 40 "$RTVM_DIR/qemu.log" "$RTVM_DIR/console" 2>/dev/null | tr -d '\r' >&2 || true
}
