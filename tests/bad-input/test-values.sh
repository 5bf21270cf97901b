#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Line breaks, specifiers and other hostile texts in every key that takes a string, from the key tables. Each key is set
# by a drop-in on line 3, in an object of its own that is right otherwise.
set -euo pipefail
# shellcheck source=tests/bad-input/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# "memory.hugepages[0].size" and a value make "memory = { hugepages = ( { size = VALUE; } ); };"
nest() { # PATH VALUE
        local head=${1%%.*} rest=
        [[ $1 != *.* ]] || rest=${1#*.}
        if [[ -z $rest ]]; then
                echo "$1 = $2;"
        elif [[ $head == *'[0]' ]]; then
                echo "${head%'[0]'} = ( { $(nest "$rest" "$2") } );"
        else
                echo "$head = { $(nest "$rest" "$2") };"
        fi
}

# Sets the key to the text, which is written as in a descriptor, with escapes.
put_key() { # OBJECT KIND KEY TYPE TEXT
        local value="\"$5\"" file=$1.$2
        [[ $4 != texts ]] || value="[ \"$5\" ]"
        case $2 in
        container) put_container "$1" '' ;;
        channel) put "$file" 'pattern = "push"; message_size = 8;' ;;
        config) put "$file" 'containers = [ ];' ;;
        platform) file=platform.conf ;;
        esac
        put "$file.d/1.conf" $'\n\n'"$(nest "$3" "$value")"
}

# Sets every string key of all objects but the platform at once, and generates; then each of the platform's. Runs the
# check after each run, with the number of the first and of the last key that it was for.
each_key() { # TEXT CHECK
        local i
        for i in "${!KINDS[@]}"; do
                [[ ${KINDS[i]} == platform ]] || put_key "k$i" "${KINDS[i]}" "${KEYS[i]}" "${TYPES[i]}" "$1"
        done
        generate
        "$2" $((N_PLATFORM)) $((${#KINDS[@]} - 1))
        find "$D" -mindepth 1 -name 'k[0-9]*' -exec rm -r {} +
        rm -rf "$UNITS"
        for ((i = 0; i < N_PLATFORM; i++)); do
                mkdir "$UNITS"
                put_key '' platform "${KEYS[i]}" "${TYPES[i]}" "$1"
                generate
                "$2" "$i" "$i"
                rm -r "$UNITS"
        done
}

# The keys of the tables that take strings; those of the platform come first.
KINDS=() KEYS=() TYPES=() N_PLATFORM=0
read_keys() {
        local kind key type
        while IFS=$'\t' read -r kind key type; do
                case $type in
                text | texts | word | duration | size | cpus | nodes)
                        KINDS+=("$kind") KEYS+=("$key") TYPES+=("$type")
                        [[ $kind != platform ]] || N_PLATFORM=$((N_PLATFORM + 1)) ;;
                esac
        done < <("$RT_PRINT_KEYS")
}

# An element of a list is where its text ends, any other value where its key is.
expect_refused() { # FIRST LAST
        local i file key line
        for ((i = $1; i <= $2; i++)); do
                file=k$i.${KINDS[i]} key=${KEYS[i]} line=3
                [[ ${KINDS[i]} != platform ]] || file=platform.conf
                [[ ${TYPES[i]} != texts ]] || key+='[0]' line=$LINE_OF_ELEMENT
                grep -qF "$D/$file.d/1.conf:$line: $key: error: " "$SAID" || problem "$file: $key is taken"
                case ${KINDS[i]} in
                container) expect_tombstone "rt-k$i.service" ;;
                channel) expect_tombstone "rt-channel-k$i.socket" ;;
                config) expect_tombstone "rt-config-k$i.target" ;;
                esac
        done
        (($(grep -c 'contains a control character' "$SAID") >= $2 - $1 + 1)) || problem 'something else is wrong'
}

# Whatever was taken: no line that a value began, and every "%" of a unit doubled, every "$" of a command.
expect_harmless() { # FIRST LAST
        local -a units
        mapfile -t units < <(find "$UNITS" -type f ! -name '*.nspawn')
        ! grep -rqE '^ *Evil' "$UNITS" || problem 'a value began a line'
        ! grep -hv '^#' "${units[@]}" /dev/null | sed 's/%%//g' | grep % || problem 'a specifier'
        ! grep -hE '^Exec' "${units[@]}" /dev/null | sed 's/[$][$]//g' | grep '[$]' || problem 'a variable'
        ! grep -rE '[\]$' "$UNITS" || problem 'a line that joins the next'
}

test_refused() { # NAME TEXT
        begin "$1 in every string value"
        each_key "$2" expect_refused
        expect_form
        finish
}

test_harmless() { # NAME TEXT
        begin "$1 in every string value"
        each_key "$2" expect_harmless
        expect_form
        finish
}

# The texts are as in a descriptor, with its escapes.
# shellcheck disable=SC1003,SC2016
main() {
        read_keys
        LINE_OF_ELEMENT=4 test_refused 'a line break' $'a\nEvil=1'
        LINE_OF_ELEMENT=3
        test_refused 'a line break by escape' 'a\nEvil=1'
        test_refused 'a carriage return by escape' '/a\rEvil=1'
        test_refused 'a line break at the end' '/dev/x\n'
        test_harmless 'a specifier' '%n'
        test_harmless 'a path with specifiers and variables' '/dev/%n%% $HOME ${HOME} %'
        test_harmless 'an assignment with specifiers and variables' 'A=%n $HOME ${HOME}'
        test_harmless 'a path with quotes and backslashes' '/dev/\"'"'"'\\'
        test_harmless 'a final backslash' '/dev/a\\'
        test_harmless 'nothing' ''
        test_harmless 'blanks' '   '
        test_harmless 'a line separator of Unicode' $'/dev/a\u2028Evil=1'
        end_of_tests
}

main "$@"
