# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# This project as the lab and the VM have it: what is installed, and the root file systems of its examples. Sourced by
# lab.sh and by tests/rtvm/rtvm.sh; reads LAB_SOURCE, LAB_BUILD and LAB_CACHE.

lab_install_project() { # ROOT
        DESTDIR=$1 meson install -C "$LAB_BUILD" --no-rebuild --quiet >/dev/null
}

# Some of the example root file systems, built once for all labs; rebuilt when one of their programs is. A lab and the VM
# may want them at once.
lab_rootfs() { # FOLDER NAME…
        local rootfs=$LAB_CACHE/$1 stamp=$LAB_CACHE/$1.stamp key lock
        mkdir -p "$LAB_CACHE"
        exec {lock}>"$LAB_CACHE/.$1.lock"
        flock "$lock"
        key=$(sha256sum "$LAB_BUILD"/examples/rt-example-{sensor,controller,logger,ping,pong} \
                "$LAB_SOURCE"/examples/src/*.py "$LAB_SOURCE/examples/build-rootfs")
        if [[ ! -d $rootfs || ! -e $stamp || $(<"$stamp") != "$key" ]]; then
                rm -f "$stamp"
                "$LAB_SOURCE/examples/build-rootfs" "$rootfs" "$LAB_BUILD" "${@:2}" >&2
                echo "$key" >"$stamp"
        fi
        exec {lock}>&-
        echo "$rootfs"
}
