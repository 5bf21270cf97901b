#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# rtctl's answers: exit statuses, what goes to standard output, JSON. Prints TAP.
set -euo pipefail
: "${RTCTL:?}"
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly HERE
# shellcheck source=tests/tap.sh
source "$HERE/../tap.sh"

WORK=$(mktemp -d)
readonly WORK ROOT=$WORK/root
readonly D=$ROOT/etc/rtcontainers
trap 'rm -rf "$WORK"' EXIT
unset RTCONTAINERS_PATH PAGER

put() { # FILE TEXT
        mkdir -p "$(dirname "$D/$1")"
        echo "$2" >"$D/$1"
}

# Runs rtctl on the root; sets STATUS, OUT and ERR.
run() { # ARGUMENT…
        STATUS=0
        OUT=$("$RTCTL" --root="$ROOT" "$@" 2>"$WORK/err") || STATUS=$?
        ERR=$(cat "$WORK/err")
}

json() { # FILTER: of what the last run printed
        jq --compact-output "$1" <<<"$OUT" 2>&1
}

prepare() {
        rm -rf "$ROOT"
        put platform.conf 'cpus = "0-1";'
        put one.container 'rootfs = "/srv/one"; command = [ "/bin/one" ];'
        put one.container.d/10.conf $'\nuser = "nobody";'
        put x.config 'containers = [ "one" ];'
}

test_check() {
        prepare
        run check
        is "$STATUS:$OUT:$ERR" '0:1 container, 0 channels, 1 config: 0 errors, 0 warnings:' 'check: all is well'
        run check --strict
        is "$STATUS" 0 'check --strict: all is well'
        put x.contianer ''
        echo x >"$D/x.contianer"
        run check
        is "$STATUS:$OUT" '0:1 container, 0 channels, 1 config: 0 errors, 1 warning' 'check: a warning is no finding'
        run check --strict
        is "$STATUS" 1 'check --strict: a warning is a finding'
        put bad.container 'rootfs = 1; command = [ "/x" ];'
        run check
        is "$STATUS:$OUT" '1:2 containers, 0 channels, 1 config: 1 error, 1 warning' 'check: an error is a finding'
        is "$(grep -c "^$D/bad.container:1: rootfs: error: " <<<"$ERR")" 1 'check: errors go to standard error'
        run --json=short check
        is "$STATUS" 1 'check in JSON: exit status'
        is "$(json '[.errors, .warnings, (.diagnostics | length)]')" '[1,1,2]' 'check in JSON: numbers'
        is "$(json '.diagnostics[] | select(.severity == "error") | [.file, .line, .key, .kind, .name]')" \
                '["/etc/rtcontainers/bad.container",1,"rootfs","container","bad"]' 'check in JSON: one error'
        is "$(wc -l <<<"$OUT")" 1 'check in JSON: short is one line'
        run --json=pretty check
        is "$(json '.errors')" 1 'check in JSON: pretty is JSON as well'
}

test_list() {
        prepare
        put bad.container 'rootfs = 1;'
        run list
        is "$(awk '{ print $1, $2, $3 }' <<<"$OUT" | paste -sd,)" \
                'KIND NAME STATE,platform platform ok,container bad rejected,container one ok,config x ok' \
                'list: kinds, names, states'
        run --json=short list
        is "$(json '[.objects[] | [.kind, .name, .accepted]]')" \
                '[["platform","platform",true],["container","bad",false],["container","one",true],["config","x",true]]' \
                'list in JSON'
        is "$(json '.objects[] | select(.name == "one") | .sources')" \
                '["/etc/rtcontainers/one.container","/etc/rtcontainers/one.container.d/10.conf"]' \
                'list in JSON: files in the order of merging'
        is "$(json '.objects[] | select(.name == "bad") | .reason' | grep -c 'rootfs: error: ')" 1 \
                'list in JSON: the reason of a rejected one'
}

test_cat() {
        prepare
        run cat one
        is "$STATUS" 0 'cat: exit status'
        is "$(grep -c '^user = "nobody";  # .*/etc/rtcontainers/one.container.d/10.conf:2$' <<<"$OUT")" 1 \
                'cat: each setting with its place'
        is "$(grep -c 'stop_timeout' <<<"$OUT")" 0 'cat: no defaults'
        run cat one.container x
        is "$(grep -c '^# \(container one\|config x\)$' <<<"$OUT")" 2 'cat: by name and by file'
        run cat nobody
        is "$STATUS:$OUT" 2: 'cat: an object that is not there'
        run --json=short cat one
        is "$(json '.objects[0].settings')" \
                '{"rootfs":"/srv/one","command":["/bin/one"],"user":"nobody"}' 'cat in JSON'
}

# What cat prints is a descriptor with the same meaning.
test_cat_reads_back() {
        local case kind name
        for case in every-key hostile-values; do
                rm -rf "$ROOT"
                cp -r "$HERE/cases/$case/in" "$ROOT"
                run cat
                local all=$OUT
                rm -rf "$ROOT/etc/rtcontainers"
                mkdir -p "$ROOT/etc/rtcontainers"
                while read -r kind name; do
                        name=$([[ $kind == platform ]] && echo platform.conf || echo "$name.$kind")
                        awk -v head="# ${kind} ${name%.*}" '/^# (platform|container|channel|config) [^ ]+$/ { on = $0 == head } on' <<<"$all" >"$D/$name"
                done < <(sed -nE 's/^# (platform|container|channel|config) ([^ ]+)$/\1 \2/p' <<<"$all")
                run cat
                is "$(sed 's/  # .*//; /^# from/d' <<<"$OUT")" "$(sed 's/  # .*//; /^# from/d' <<<"$all")" \
                        "cat: what it prints of $case reads as the same"
        done
}

test_explain() {
        prepare
        run explain one
        is "$STATUS" 0 'explain: exit status'
        is "$(grep -A1 '^ *User=nobody$' <<<"$OUT" | tail -n 1 | sed 's/^ *//')" \
                "# $D/one.container.d/10.conf:2: user" 'explain: the place in a descriptor'
        is "$(grep -A1 '^ *NoNewPrivileges=yes$' <<<"$OUT" | tail -n 1 | grep -c '# rule: ')" 1 'explain: a rule'
        is "$(grep -A1 '^ *ReadOnly=yes$' <<<"$OUT" | tail -n 1 | sed 's/^ *//')" '# default of writable' \
                'explain: a default'
        run explain rt-config-x.target
        is "$(grep -c '^rt-' <<<"$OUT")" 1 'explain: one unit'
        run explain nobody
        is "$STATUS:$OUT" 2: 'explain: nothing of that name'
        run --json=short explain one
        is "$(json '[.artifacts[].lines[] | select(.text | startswith("User=")) | [.file, .line, .key]]')" \
                '[["/etc/rtcontainers/one.container.d/10.conf",2,"user"]]' 'explain in JSON'
}

# Suppositions: --what-if.
test_what_if() {
        prepare
        run check --what-if=one.watchdog=1s --what-if='x.containers=[ "one" ]'
        is "$STATUS:$OUT:$ERR" '0:1 container, 0 channels, 1 config: 0 errors, 0 warnings:' 'what-if: all would be well'
        run check --what-if 'one.rootfs=/srv/two' --what-if 'x.containers=[ "two" ]'
        is "$STATUS:$(grep -c '^--what-if:2: containers\[0\]: error: ' <<<"$ERR")" 1:1 \
                'what-if: a finding has the number of the option as place, without the root'
        run --json=short check --what-if='x.containers=[ "two" ]'
        is "$STATUS:$(json '.diagnostics[0] | [.file, .line, .key]')" '1:["--what-if",1,"containers[0]"]' \
                'what-if in JSON: the place'
        run cat one --what-if=one.user=x
        is "$STATUS:$(grep -c '^user = "x";  # --what-if:1$' <<<"$OUT")" 0:1 'what-if: cat shows it with its place'
        run cat one --what-if=one.memory.max=1M
        is "$(grep -A2 '^memory = {$' <<<"$OUT" | paste -sd,)" 'memory = {,    max = "1M";  # --what-if:1,};' \
                'what-if: cat shows a group that only a supposition has'
        run explain one --what-if=one.user=x
        is "$STATUS:$(grep -A1 '^ *User=x$' <<<"$OUT" | tail -n 1 | sed 's/^ *//')" '0:# --what-if:1: user' \
                'what-if: explain names it as the origin'
        run list --what-if=one.rootfs=/srv/two --what-if='x.containers=[ "two" ]'
        is "$STATUS:$(awk '$1 == "config" { print $3 }' <<<"$OUT")" 1:rejected 'what-if: list shows what would be rejected'
        is "$(cat "$D/one.container.d/10.conf")" $'\nuser = "nobody";' 'what-if: no file is touched'
}

test_wrong_what_if() {
        local verb
        prepare
        for verb in check list cat 'explain one'; do
                # shellcheck disable=SC2086 # one word or two
                run $verb --what-if=one.usr=x --what-if=one.user=y --what-if=two.user=z
                is "$STATUS:$OUT" 2: "what-if: $verb gives no answer to what cannot be supposed"
                is "$(cut -d';' -f1 <<<"$ERR" | paste -sd,)" \
                        '--what-if:1: one.usr: error: "usr" is neither a key nor a task of one,--what-if:3: two.user: error: there is no object "two"' \
                        "what-if: $verb reports all that cannot be supposed"
        done
        run --json=short check --what-if=one.usr=x
        is "$STATUS:$OUT" 2: 'what-if in JSON: no answer to what cannot be supposed'
        run check --what-if='one.cpus.count=2; writable = true'
        is "$STATUS:$(grep -c 'more than one value' <<<"$ERR")" 2:1 'what-if: one value each'
        run bake --what-if=one.user=x
        is "$STATUS:$OUT:$ERR" '2::rtctl: --what-if is for check, analyze, plot, list, cat and explain only, not for bake; see rtctl --help' \
                'what-if: nothing is baked from suppositions'
        is "$(find "$ROOT" -name '*.service' | wc -l)" 0 'what-if: nothing was baked'
        run list --strict
        is "$STATUS:$ERR" '2:rtctl: --strict is for check only, not for list; see rtctl --help' \
                'an option of another verb is refused'
}

test_usage() {
        STATUS=0
        "$RTCTL" chekc >"$WORK/out" 2>"$WORK/err" || STATUS=$?
        is "$STATUS:$(cat "$WORK/out")" 2: 'an unknown verb: exit status'
        is "$(grep -c 'did you mean "check"?' "$WORK/err")" 1 'an unknown verb: the nearest is suggested'
        is "$("$RTCTL" --help | grep -c '^  \(check\|analyze\|plot\|list\|cat\|explain\|status\|bake\) ')" 8 'help names the verbs'
        is "$("$RTCTL" --version | wc -l)" 1 'the version is one line'
        prepare
        run --no-pager check
        is "$STATUS" 0 'options may come before the verb'
        run check --no-pager
        is "$STATUS" 0 'options may come after the verb'
        STATUS=0
        "$RTCTL" --root="$WORK/nowhere" check >/dev/null 2>&1 || STATUS=$?
        is "$STATUS" 2 'a root that is not there: exit status'
}

main() {
        test_check
        test_list
        test_cat
        test_cat_reads_back
        test_explain
        test_what_if
        test_wrong_what_if
        test_usage
        end_of_tests
}

main "$@"
