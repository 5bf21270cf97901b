#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Values of descriptors arrive in the container as they were written, whatever characters they hold, and do nothing else.
#
# shellcheck disable=SC2016 # scripts for the lab's shell are quoted from ours
# shellcheck disable=SC1003 # backslashes before quotes are meant
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/lab/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

# What has a meaning to some reader on the way: libconfig, unit files, .nspawn files, nspawn, the shell.
readonly VALUES=(
        '' ' leading' 'trailing ' 'two  blanks' "it's" 'say "hello"' 'back\slash' 'trailing\' '\\' '\"' "\\'" '\x41\n'
        '%n %i %% %' '$HOME ${HOME} $$ $' '; # : = ,' '# comment' '[Service]' 'ExecStartPre=/bin/false' '-dash' '--help'
        '!' '@' '*?[a]{b,c}~' 'ünïcödé ✓' '&& false || <>|'
)
readonly DESCRIPTION="100 % \"quoted\" it's \$HOME \\ %n ; [Service] \\"
readonly ODD_SOURCE='/srv/so urce:100%n'\''"\$;#' ODD_TARGET='/odd ta:rget %i'\''"\;#,'

# A string of libconfig.
literal() { # TEXT
        local text=${1//\\/\\\\}
        printf '"%s"' "${text//\"/\\\"}"
}

# The values as a list of strings; with a name before each of them: NAME0=…, NAME1=…
literals() { # [NAME]
        local i separator='' prefix=''
        for i in "${!VALUES[@]}"; do
                [[ -z ${1:-} ]] || prefix=$1$i=
                printf '%s%s' "$separator" "$(literal "$prefix${VALUES[i]}")"
                separator=', '
        done
}

# A container with a shell that tells what it was given, in brackets, and stays.
readonly TELL='for a; do echo "argument [$a]"; done; i=0;
while eval "[ -n \"\${RT_VALUE_$i+x}\" ]"; do eval "echo \"variable [\$RT_VALUE_$i]\""; i=$((i + 1)); done;
echo told; exec sleep 1000000'

add_teller() {
        local tree root=$LAB_ROOT/srv/teller
        tree=$(cached_tree "$LAB_CACHE" busybox extract busybox-static)
        mkdir -p "$root"/{bin,dev,etc,options,proc,run,sys,tmp,usr,var} "$root$ODD_TARGET" "$LAB_ROOT$ODD_SOURCE"
        cp "$tree/bin/busybox" "$root/bin"
        chroot "$root" /bin/busybox --install -s /bin
        echo found >"$LAB_ROOT$ODD_SOURCE/file"
        cat >"$LAB_ETC/teller.container" <<EOF
description = $(literal "$DESCRIPTION");
rootfs      = "/srv/teller";
command     = [ "/bin/sh", "-c", $(literal "${TELL//$'\n'/ }"), "teller", $(literals) ];
environment = [ $(literals RT_VALUE_) ];
mounts      = (
  { source = $(literal "$ODD_SOURCE"); target = $(literal "$ODD_TARGET"); },
  { source = $(literal "$ODD_SOURCE"); target = "/options"; options = "ro,noatime,nosuid,nodev,noexec"; }
);
EOF
}

set_up() {
        lab_prepare
        add_teller
        lab_boot
        lab_run systemctl start rt-teller.service
        lab_wait 5 "the teller has told" has_told
}

has_told() {
        lab_messages teller | grep -q '^told$'
}

# Runs a command inside the container.
in_teller() { # COMMAND…
        lab_run nsenter --target "$(lab_payload teller)" --all -- "$@"
}

expect_told() { # WORD
        local expected
        expected=$(printf "$1 [%s]\n" "${VALUES[@]}")
        expect_equal "what the program was given" "$(lab_messages teller | grep "^$1 \[")" "$expected"
}

test_rtctl_check_accepts_every_value() {
        lab_run rtctl check
}

test_every_argument_arrives_as_it_was_written() {
        expect_told argument
}

test_every_environment_variable_arrives_as_it_was_written() {
        expect_told variable
}

test_the_description_is_shown_as_it_was_written() {
        expect_equal "the description" "$(lab_run systemctl show --value -p Description rt-teller.service)" \
                "Container teller: $DESCRIPTION"
}

test_a_mount_with_an_odd_path_is_where_it_should_be() {
        expect_equal "the file" "$(in_teller /bin/cat "$ODD_TARGET/file")" found
}

test_mount_options_that_nspawn_does_not_know_are_in_force() {
        local options
        options=$(in_teller /bin/awk '$5 == "/options" { print $6 }' /proc/self/mountinfo)
        for option in ro noatime nosuid nodev noexec; do
                expect_contains "the options of /options" ",$options," ",$option,"
        done
        expect_equal "the file" "$(in_teller /bin/cat /options/file)" found
}

test_systemd_analyze_verify_has_nothing_to_say() {
        local said
        said=$(lab_script 'cd /run/systemd/generator; systemd-analyze verify --man=no rt-*.service *.mount 2>&1' || true)
        expect_empty "what systemd-analyze verify says" "$said"
}

test_the_mounts_go_with_the_container() {
        lab_run systemctl stop rt-teller.service
        lab_wait 5 "the mount is gone" no_mounts
}

no_mounts() {
        ! lab_run grep -q /run/rtcontainers/mounts /proc/self/mountinfo
}

run_tests
