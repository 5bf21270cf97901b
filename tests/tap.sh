# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Test results in TAP; for scripts that source it.

TAP_N=0

result() { # OK NAME [DIRECTIVE]
        local name=${2//#/\\#}
        TAP_N=$((TAP_N + 1))
        if [[ $1 == yes ]]; then
                echo "ok $TAP_N - $name${3:+ # $3}"
        else
                echo "not ok $TAP_N - $name"
        fi
}

comment() { # TEXT
        printf '# %s\n' "${1//$'\n'/$'\n# '}"
}

is() { # ACTUAL EXPECTED NAME
        if [[ $1 == "$2" ]]; then
                result yes "$3"
        else
                result no "$3"
                comment "expected «$2», got «$1»"
        fi
}

# The command succeeds and says nothing.
same_output() { # NAME COMMAND…
        local name=$1 said status=0
        shift
        said=$("$@" 2>&1) || status=$?
        if ((status == 0)) && [[ -z $said ]]; then
                result yes "$name"
        else
                result no "$name"
                comment "exit status $status"
                comment "${said:0:4000}"
        fi
}

skip() { # NAME REASON
        result yes "$1" "SKIP $2"
}

end_of_tests() {
        echo "1..$TAP_N"
}
