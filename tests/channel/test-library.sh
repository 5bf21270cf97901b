#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# librtchannel as others get it: what it exports, and programs built against it once it is installed.
#
# Arguments: the build folder, the source folder, the shared library, the compiler, and options that a program needs to
# be linked with it, such as -fsanitize=address.
set -euo pipefail
readonly BUILD=$1 TOP=$2 LIBRARY=$3 CC=$4
shift 4
readonly OPTIONS=("$@")
# shellcheck source=tests/tap.sh
source "$TOP/tests/tap.sh"

W=$(mktemp -d)
readonly W
trap 'rm -rf "$W"' EXIT

readonly HEADER=$TOP/channel/rtchannel.h MAP=$TOP/channel/rtchannel.map

# --- symbols ---

exported() {
        nm --dynamic --defined-only "$LIBRARY" | awk '$2 == "T" { print $3 }' | sed 's/@.*//' | sort
}

# A declaration is a line that begins with a type; its function is followed by a parenthesis.
declared() {
        sed -nE 's/^[a-z].*\b(rtchannel_[a-z_]+)\(.*/\1/p' "$HEADER" | sort
}

mapped() {
        sed -n '/global:/,/local:/{s/^ *\(rtchannel_[a-z_]*\);$/\1/p}' "$MAP" | sort
}

is "$(exported | wc -l)" "$(grep -cE '^[a-z].*\brtchannel_[a-z_]+\(' "$HEADER")" \
        'as many functions are exported as declared'
is "$(exported)" "$(declared)" 'exactly what the header declares is exported'
is "$(mapped)" "$(declared)" 'exactly what the header declares has a version'
is "$(nm --dynamic --defined-only "$LIBRARY" | awk '$2 == "T" && $3 !~ /@@RTCHANNEL_0$/')" '' \
        'every function has the version RTCHANNEL_0'
is "$(nm --dynamic --defined-only "$LIBRARY" | awk '$2 != "T" && $2 != "A"')" '' 'no data is exported'
is "$(readelf --dynamic "$LIBRARY" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')" librtchannel.so.0 \
        'the name has the version of the interface'
is "$(readelf --dynamic "$LIBRARY" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' |
        grep -vE '^(libc\.so|ld-linux|lib[a-z]+san\.so)')" '' \
        'it needs nothing but the C library'

# --- the header ---

accepts() { # NAME COMPILER OPTION…
        local name=$1
        shift
        same_output "the header is $name" "$@" -Wall -Wextra -Wpedantic -Werror -fsyntax-only "$HEADER"
}

accepts 'C of 1999' "$CC" -x c -std=c99
accepts 'C of 2017' "$CC" -x c -std=c17
accepts 'C++ of 2011' g++ -x c++ -std=c++11
accepts 'C++ of 2020' g++ -x c++ -std=c++20

# --- installed ---

same_output 'it can be installed elsewhere' \
        meson install -C "$BUILD" --no-rebuild --quiet --tags runtime,devel --destdir "$W/root"

PKG_CONFIG_LIBDIR=$(dirname "$(find "$W/root" -name rtchannel.pc)")
export PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR=$W/root
is "$(pkg-config --modversion rtchannel)" "$(sed -n "s/.*version : '\([0-9.]*\)',/\1/p" "$TOP/meson.build" | head -n 1)" \
        'pkg-config knows its version'

cat >"$W/program.c" <<'EOF'
#include <errno.h>
#include <rtchannel.h>
#include <stdio.h>

int main(void)
{
        rtchannel *end = NULL;
        int r = rtchannel_open("nothing", &end);
        printf("%s\n", r == -ENOENT && !end && rtchannel_in(0) > 0 ? "works" : "does not work");
        return rtchannel_close(end) != NULL;
}
EOF
cp "$W/program.c" "$W/program.cc"

runs() { # NAME SOURCE COMPILER…
        local name=$1 source=$2 said
        shift 2
        # shellcheck disable=SC2046 # several options
        said=$("$@" "${OPTIONS[@]}" -o "$W/program" "$source" $(pkg-config --cflags --libs rtchannel) 2>&1) || true
        is "$said$(RTCHANNEL_DIR=$W LD_LIBRARY_PATH=${PKG_CONFIG_LIBDIR%/pkgconfig} "$W/program" 2>&1)" works "$name"
        rm -f "$W/program"
}

runs 'a C program is built with it by pkg-config, and runs' "$W/program.c" "$CC"
runs 'so is a C++ program' "$W/program.cc" g++

end_of_tests
