# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the bad-input tests share. A case is: begin NAME, put …, generate, expect_…, finish. Whatever a case puts wrong,
# the container "good" and its config "ok" must come out as ever.

: "${RT_GENERATOR:?}" "${RTCTL:?}" "${RT_PRINT_KEYS:?}"
# shellcheck source=tests/tap.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"

WORK=$(mktemp -d)
chmod 755 "$WORK"
readonly WORK
trap 'rm -rf "$WORK"' EXIT
unset RTCONTAINERS_PATH

readonly LIMIT=${LIMIT:-10} # seconds that one run may take
CASE=0 NAME='' ROOT='' D='' UNITS='' SAID='' PROBLEMS=()

begin() { # NAME: a new root with one good container in one good config
        CASE=$((CASE + 1))
        NAME=$1 ROOT=$WORK/$CASE/root UNITS=$WORK/$CASE/units SAID=$WORK/$CASE/said PROBLEMS=()
        D=$ROOT/etc/rtcontainers
        mkdir -p "$D" "$UNITS"
        echo 'cpus = "0-3";' >"$D/platform.conf"
        put good.container 'rootfs = "/srv/good"; command = [ "/bin/good" ];
                tasks = ( { name = "t"; period = "1ms"; wcet = "10us"; } );'
        put ok.config 'containers = [ "good" ];'
}

put() { # FILE TEXT
        mkdir -p "$(dirname "$D/$1")"
        printf '%s\n' "$2" >"$D/$1"
}

# A container that is right apart from what `settings` say, from line 2 on.
put_container() { # NAME SETTINGS
        put "$1.container" "rootfs = \"/srv/$1\"; command = [ \"/bin/$1\" ];"$'\n'"$2"
}

problem() { # TEXT
        PROBLEMS+=("$1")
}

# Runs the command with a time limit; its output goes to $SAID. A crash or a timeout is a problem.
bounded() { # COMMAND…: sets STATUS
        STATUS=0
        timeout --kill-after=1 "$LIMIT" "$@" >"$SAID.out" 2>"$SAID" || STATUS=$?
        ((STATUS < 124)) || problem "status $STATUS of: $*"
        if grep -aqE 'Sanitizer|runtime error' "$SAID"; then
                problem "$(grep -aE -m3 'Sanitizer|runtime error' "$SAID")"
        fi
}

# Runs the generator, and rtctl check, which must find the same.
generate() {
        bounded "$RTCTL" --root="$ROOT" check
        mv "$SAID" "$SAID.check"
        local check=$STATUS wanted=0
        bounded "$RT_GENERATOR" --root="$ROOT" "$UNITS"
        ((STATUS == 0)) || problem "the generator's exit status is $STATUS"
        ! grep -aq ': error: ' "$SAID" || wanted=1
        ((check == wanted)) || problem "the exit status of rtctl check is $check, not $wanted"
        cmp -s "$SAID" "$SAID.check" || problem "the generator and rtctl check say different things"
        expect_whole "$UNITS"
}

# No leftovers of a run, and no file that is empty or ends in the middle.
expect_whole() { # DIR
        [[ -z $(find "$1" -name '.rtcontainers*') ]] || problem "a staging folder is left in $1"
        [[ -z $(find "$1" -type f -empty) ]] || problem "there are empty files in $1"
        [[ -z $(find "$1" -type f -exec tail --quiet --bytes=1 {} + | tr -d '\n') ]] ||
                problem "a file in $1 is cut off"
}

expect_error() { # PLACE-AND-KEY [TEXT]: "FILE:LINE: KEY", then the error has the text
        grep -aF -- "$D/$1: error: " "$SAID" | grep -qaF -- "${2:-}" ||
                problem "no error at $1 with «${2:-}»"
}

expect_quiet() {
        [[ ! -s $SAID ]] || problem 'it should say nothing'
}

# One printable line per problem, each in the form of the contract.
expect_form() {
        ! grep -avqE '^.+:[0-9]+: [^ ]+: (error|warning): .+; .+$' "$SAID" ||
                problem "a line is not of the form FILE:LINE: KEY: error: WHAT; FIX"
        ! LC_ALL=C grep -aqP '[\x00-\x08\x0b-\x1f\x7f]' "$SAID" || problem 'a message has control characters'
        iconv -f UTF-8 -t UTF-8 "$SAID" >/dev/null 2>&1 || problem 'a message is no UTF-8'
}

expect_tombstone() { # UNIT…
        local unit
        for unit in "$@"; do
                grep -qs '^Description=REJECTED' "$UNITS/$unit" || problem "$unit is no tombstone"
        done
}

expect_unit() { # UNIT…
        local unit
        for unit in "$@"; do
                [[ -s $UNITS/$unit ]] || problem "$unit is missing"
                ! grep -qs '^Description=REJECTED' "$UNITS/$unit" || problem "$unit is a tombstone"
        done
}

expect_good() {
        expect_unit rt-good.service rtcontainers.nspawn.d/good.nspawn rt-config-ok.target
        expect_form
}

finish() {
        if ((${#PROBLEMS[@]} == 0)); then
                result yes "$NAME"
        else
                result no "$NAME"
                printf '# %s\n' "${PROBLEMS[@]}"
                [[ ! -e $SAID ]] || comment "$(head -c 2000 "$SAID" | cat -v)"
        fi
        chmod -R u+rwX "$WORK/$CASE"
        rm -rf "${WORK:?}/$CASE"
}
