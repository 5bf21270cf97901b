# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# How lab tests are written. A test file has one lab:
#
#     source "$(dirname "$0")/lab.sh"; source "$(dirname "$0")/check.sh"
#     set_up() { lab_prepare; lab_boot; }
#     test_a_sentence_about_behaviour() { …; expect_equal "the PID" "$after" "$before"; }
#     run_tests
#
# The names of the tests are their descriptions. They run in the order of the file, each in a subshell with errexit, so
# that any failing command fails the test. Output is TAP; the last line is "# totals PASSED FAILED SKIPPED".

readonly SKIPPED=77

fail() { # MESSAGE
        echo "failed: $*"
        exit 1
}

skip() { # REASON
        echo "skip: $*"
        exit "$SKIPPED"
}

expect_equal() { # WHAT ACTUAL EXPECTED
        [[ $2 == "$3" ]] || fail "$1 is \"$2\", not \"$3\""
}

expect_different() { # WHAT ACTUAL OTHER
        [[ $2 != "$3" ]] || fail "$1 is still \"$2\""
}

expect_contains() { # WHAT TEXT PART
        [[ $2 == *"$3"* ]] || fail "$1 does not contain \"$3\":"$'\n'"$2"
}

expect_lacks() { # WHAT TEXT PART
        [[ $2 != *"$3"* ]] || fail "$1 contains \"$3\":"$'\n'"$2"
}

expect_empty() { # WHAT TEXT
        [[ -z $2 ]] || fail "$1 is not empty:"$'\n'"$2"
}

expect_failure() { # COMMAND…
        ! "$@" || fail "this should not work: $*"
}

# --- the runner ---

# Only the test's own functions: sorted as they stand in the file.
list_tests() {
        grep -oE '^test_[a-z0-9_]+' "$0"
}

# Which line of the test failed, whatever function it has called.
tell_where() {
        local i
        for ((i = 1; i < ${#FUNCNAME[@]}; i++)); do
                if [[ ${FUNCNAME[i]} == test_* ]]; then
                        echo "failed: line ${BASH_LINENO[i - 1]}: $(sed -n "${BASH_LINENO[i - 1]}p" "$0" | sed 's/^ *//')"
                        return
                fi
        done
}

# Starts a function in a subshell with errexit and its output in a file; the caller waits for $!. In the background, so
# that a signal to this script is not held up until the function has ended; and never called in a condition, where
# errexit would be ignored.
start_logged() { # FUNCTION LOG
        local function=$1
        (
                trap - EXIT INT TERM HUP
                trap 'tell_where' ERR
                set -eE
                "$function"
        ) </dev/null >"$2" 2>&1 &
}

report() { # NUMBER NAME STATUS MILLISECONDS LOG
        local sentence=${2#test_}
        sentence=${sentence//_/ }
        case $3 in
        0)
                echo "ok $1 - $sentence ($4 ms)"
                ;;
        "$SKIPPED")
                echo "ok $1 - $sentence # SKIP $(sed -n 's/^skip: //p' "$5" | tail -n 1)"
                ;;
        *)
                echo "not ok $1 - $sentence ($4 ms)"
                tail -n 40 "$5" | sed 's/^/#   /'
                ;;
        esac
}

run_tests() {
        local log number=0 passed=0 failed=0 skipped=0 test status start
        local tests obstacle
        mapfile -t tests < <(list_tests)
        echo "1..${#tests[@]}"

        obstacle=$(lab_obstacle)
        if [[ -n $obstacle ]]; then
                for test in "${tests[@]}"; do
                        echo "ok $((++number)) - $(tr _ ' ' <<<"${test#test_}") # SKIP $obstacle"
                done
                echo "# totals 0 0 $number"
                return 0
        fi

        # Not in a subshell: it leaves the lab's state to the tests.
        set_up
        log=$LAB_BUILD/lab-logs/${0##*/}.log
        mkdir -p "${log%/*}"
        for test in "${tests[@]}"; do
                start=$(date +%s%N)
                status=0
                start_logged "$test" "$log"
                wait $! || status=$?
                report $((++number)) "$test" "$status" $((($(date +%s%N) - start) / 1000000)) "$log"
                case $status in
                0) ((++passed)) ;;
                "$SKIPPED") ((++skipped)) ;;
                *) ((++failed)) ;;
                esac
        done
        ((failed == 0)) || keep_evidence
        echo "# totals $passed $failed $skipped"
        ((failed == 0))
}

# The lab goes, its journal stays for whoever looks into a failure.
keep_evidence() {
        local file=$LAB_BUILD/lab-logs/${0##*/}.journal
        ((LAB_PID > 0)) || return 0
        lab_run journalctl --boot --no-pager --output=short-monotonic >"$file" 2>&1 || true
        echo "# The lab's journal is in ${file#"$LAB_SOURCE/"}"
}
