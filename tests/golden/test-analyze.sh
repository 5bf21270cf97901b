#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# rtctl analyze: the contract's JSON, the table, exit statuses, and what they say of sets whose times are known.
# Prints TAP.
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
        mkdir -p "$D"
        echo "$2" >"$D/$1"
}

task() { # NAME PERIOD WCET MORE: one of a list of tasks
        echo "{ name = \"$1\"; period = \"$2\"; wcet = \"$3\"; ${4:-} }"
}

container() { # NAME TASKS MORE
        put "$1.container" "rootfs = \"/srv/$1\"; command = [ \"/bin/$1\" ]; ${3:-}
                tasks = ( $2 );"
}

analyze() { # ARGUMENT…: sets STATUS, OUT and ERR
        STATUS=0
        OUT=$("$RTCTL" --root="$ROOT" analyze "$@" 2>"$WORK/err") || STATUS=$?
        ERR=$(cat "$WORK/err")
}

json() { # FILTER
        jq --compact-output "$1" <<<"$OUT" 2>&1
}

# Of one task of one config, from the last answer.
of_task() { # CONTAINER TASK MEMBERS
        json "[.configs[0].cpus[].tasks[] | select(.container == \"$1\" and .task == \"$2\")][0] | [$3]"
}

# The members of an object of the last answer, with their types.
types() { # FILTER
        json "$1 | to_entries | map(\"\(.key):\(.value | type)\") | sort | join(\" \")" | tr -d '"'
}

new_root() { # PLATFORM
        rm -rf "$ROOT"
        put platform.conf "cpus = \"0-2\"; housekeeping = \"0\"; $1"
}

# The descriptors of the example in rtctl(1).
example() {
        new_root 'kernel = "6.1";'
        put imu.container 'rootfs = "/srv/imu"; command = [ "/bin/imu" ];
publishes = [ "attitude" ]; memory = { max = "32M"; };

tasks = ( { name = "sample"; period = "1ms"; wcet = "240us"; deadline = "300us"; cpu = 1; } );'
        put control.container 'rootfs = "/srv/control"; command = [ "/bin/control" ];
subscribes = [ "attitude" ]; memory = { max = "32M"; };

tasks = ( { name = "law"; period = "2ms"; wcet = "1ms"; deadline = "1300us"; cpu = 1; } );'
        put attitude.channel 'pattern = "publish"; message_size = 64; max_latency = "5ms";'
        put normal.config 'containers = [ "imu", "control" ];
                chains = ( { name = "loop"; path = [ "imu.sample", "control.law" ]; max_reaction = "5ms"; } );'
        put safe.config 'containers = [ "imu" ];'
}

# Liu and Layland, "Scheduling algorithms for multiprogramming in a hard-real-time environment", Journal of the ACM 20
# (1973), and Lehoczky, Sha, Ding, RTSS 1989: three tasks, the last ends at 300 ms.
test_textbook_set() {
        new_root 'rt_bandwidth = 1.0;'
        container ll "$(task a 100ms 40ms), $(task b 150ms 40ms), $(task c 350ms 100ms)"
        put k.config 'containers = [ "ll" ];'
        analyze --json=short
        is "$STATUS:$(json '.configs[0] | [.schedulable, .reason]')" '0:[true,null]' 'a textbook set is schedulable'
        is "$(of_task ll a '.response_ns, .slack_ns, .schedulable, .culprit')" '[40000000,60000000,true,null]' \
                'a textbook set: the first response'
        is "$(of_task ll b '.response_ns')" '[80000000]' 'a textbook set: the second response'
        is "$(of_task ll c '.response_ns, .slack_ns')" '[300000000,50000000]' 'a textbook set: the third response'
        is "$(json '.configs[0].cpus[0] | [.cpu, .utilization, .schedulable]')" '[1,0.9524,true]' \
                'a textbook set: utilisation'
        # At 1.0 the third task ends exactly at 300, where both others have just arrived again.
        is "$(json '.configs[0].scaling')" '1' 'a textbook set: nothing may grow'
}

# Lehoczky, "Fixed priority scheduling of periodic task sets with arbitrary deadlines", RTSS 1990: the worst of seven
# jobs is the fifth.
test_deadlines_beyond_periods() {
        new_root 'rt_bandwidth = 1.0;'
        container le "$(task a 70ms 26ms 'priority = 60;'), $(task b 100ms 62ms 'priority = 50; deadline = "118ms";')"
        put k.config 'containers = [ "le" ];'
        analyze --json=short
        is "$(of_task le b '.response_ns, .schedulable')" '[118000000,true]' 'deadlines beyond periods: the worst job'
        analyze --json=short --what-if=le.b.deadline=117ms
        is "$STATUS:$(of_task le b '.response_ns, .schedulable, .culprit, .verdict')" \
                '1:[118000000,false,"le.a","missed"]' 'deadlines beyond periods: late by 1 ms, and because of whom'
}

test_what_is_added() {
        new_root 'rt_bandwidth = 1.0; overheads = { context_switch = "2us"; release = "30us"; irq = "5us"; };'
        container one "$(task a 1ms 100us 'jitter = "10us"; blocking = "7us"; priority = 50;'), $(task b 2ms 200us 'priority = 40;')"
        put k.config 'containers = [ "one" ];'
        analyze --json=short
        # 100 + 2 x 2 + 5 and one interrupt of b, blocking 7, release 30 and jitter 10
        is "$(of_task one a '.response_ns, .wcet_ns')" '[161000,100000]' 'overheads are in the response, not in the WCET'
        # 209 and one job of a, 109, and the release 30
        is "$(of_task one b '.response_ns')" '[348000]' 'overheads of tasks above are in the response'
        analyze --json=short --what-if='platform.conf.overheads={ context_switch = "0us"; release = "0us"; irq = "0us"; }'
        is "$(of_task one b '.response_ns')" '[300000]' 'without overheads the numbers are the textbook ones'
}

test_deadline_policy() {
        new_root 'kernel = "6.1";'
        container d "$(task a 10ms 4ms 'policy = "deadline";'), $(task b 20ms 5ms 'policy = "deadline"; deadline = "12ms";')"
        container f "$(task c 100ms 9ms)" 'cpus = { allowed = "1"; };'
        put k.config 'containers = [ "d", "f" ];'
        analyze --json=short --what-if=d.cpus.allowed=1
        is "$(of_task d a '.policy, .priority, .schedulable')" '["deadline",null,true]' 'deadline tasks have no priority'
        is "$(of_task d b '.response_ns <= 12000000')" '[true]' 'deadline tasks have a response'
        is "$(of_task f c '.response_ns')" '[35000000]' 'fifo tasks run below deadline tasks'
        analyze --json=short --what-if=d.a.wcet=7500us
        is "$STATUS:$(json '.configs[0].schedulable')" '1:false' 'deadline tasks beyond what the kernel admits are refused'
}

test_contract() {
        example
        analyze --json=short
        is "$(wc -l <<<"$OUT")" 1 'short JSON is one line'
        is "$(json '.platform | [.cpus, .housekeeping]')" '["0-2","0"]' 'contract: platform'
        is "$(json '[.configs[].name]')" '["normal","safe"]' 'contract: configs'
        is "$(json '["schedulable", "reason", "cpus", "chains", "scaling"] - (.configs[0] | keys)')" '[]' \
                'contract: members of a config'
        is "$(json '["container", "task", "policy", "priority", "period_ns", "wcet_ns", "deadline_ns", "jitter_ns",
                "blocking_ns", "response_ns", "slack_ns", "schedulable", "culprit"] - (.configs[0].cpus[0].tasks[0] | keys)')" \
                '[]' 'contract: members of a task'
        is "$(json '.configs[0].chains[0] | [.name, .reaction_ns, .age_ns, .ok]')" '["loop",4480000,2480000,true]' \
                'contract: a chain'
        is "$(types .)" 'configs:array diagnostics:array platform:object transitions:array' 'contract: types of the answer'
        is "$(types .platform)" 'admission:string cpus:string housekeeping:string kernel:string rt_bandwidth:number' \
                'contract: types of the platform'
        is "$(types .configs[0])" \
                'chains:array cpus:array latencies:array name:string reason:string resources:array scaling:number schedulable:boolean' \
                'contract: types of a config'
        is "$(types .configs[0].cpus[0])" \
                'cpu:number reason:null repairs:array schedulable:boolean tasks:array utilization:number' 'contract: types of a CPU'
        is "$(types '.configs[0].cpus[0].tasks[] | select(.task == "law")')" \
                'blocking_ns:number breakdown:object container:string culprit:string deadline_ns:number jitter_ns:number period_ns:number policy:string priority:number response_ns:number schedulable:boolean slack_ns:number task:string verdict:string wcet_max_ns:number wcet_ns:number' \
                'contract: types of a task'
        is "$(types '.configs[0].chains[0]')" \
                'age_ns:number davare_ns:number max_age_ns:null max_reaction_ns:number name:string ok:boolean reaction_ns:number' \
                'contract: types of a chain'
        is "$(types '.configs[0].latencies[0]')" \
                'channel:string from:string max_latency_ns:number ok:boolean polling_ns:number to:string waiting_ns:number' \
                'contract: types of a latency'
        is "$(types '.configs[0].resources[0]')" 'largest:string limit:null name:string used:number' 'contract: types of a resource'
        analyze --json=short --what-if=control.law.deadline=1500us
        is "$STATUS:$(json '.transitions')" \
                '0:[{"from":"normal","to":"safe","keep":["imu"],"stop":["control"],"start":[],"restart":[],"safe":true,"reason":null,"deadline_wait_ns":0,"memory_peak":67108864,"devices":[]},{"from":"safe","to":"normal","keep":["imu"],"stop":[],"start":["control"],"restart":[],"safe":true,"reason":null,"deadline_wait_ns":0,"memory_peak":67108864,"devices":[]}]' \
                'contract: transitions'
}

# A deadline that is missed: taken apart, with the culprit and repairs that are enough.
test_missed_deadline() {
        local repair
        example
        analyze --json=short
        is "$STATUS:$(json '.configs[0] | [.schedulable, .cpus[0].schedulable]')" '1:[false,false]' 'a missed deadline is a finding'
        is "$(of_task control law '.response_ns, .slack_ns, .schedulable, .culprit, .wcet_max_ns')" \
                '[1480000,-180000,false,"imu.sample",820000]' 'a missed deadline: the task'
        is "$(of_task control law '.breakdown | .own_ns, .interference')" \
                '[1000000,[{"by":"imu.sample","jobs":2,"time_ns":480000}]]' 'a missed deadline: taken apart'
        is "$(of_task imu sample '.schedulable')" '[true]' 'a missed deadline: the others'
        is "$(json '[.configs[0].cpus[0].repairs[] | [.kind, .container, .task, .wcet_ns // .deadline_ns // .cpu]]')" \
                '[["shorten","control","law",820000],["relax","control","law",1480000],["move","imu",null,2]]' \
                'a missed deadline: the smallest repairs'
        for repair in control.law.wcet=820us control.law.deadline=1480us 'imu.sample.cpu=2'; do
                analyze --json=short --what-if="$repair"
                is "$STATUS:$(json '.configs[0].schedulable')" 0:true "a missed deadline: $repair is enough"
        done
        analyze --json=short --what-if=control.law.wcet=820001ns
        is "$STATUS" 1 'a missed deadline: one nanosecond more is not'
        analyze
        is "$(grep -c '/control.container:4: tasks\[0\].deadline: error: in config "normal", on CPU 1, task "law"' <<<"$ERR")" 1 \
                'a missed deadline: the message points at the deadline'
        is "$("$RTCTL" --root="$ROOT" list 2>/dev/null | awk '$1 == "config" { print $2, $3 }' | paste -sd,)" \
                'normal rejected,safe ok' 'a missed deadline costs no other config'
}

# The text and the numbers of the example in rtctl(1) are what is printed.
test_table() {
        example
        analyze normal
        is "$STATUS:$(head -n 1 <<<"$OUT")" '1:normal: not schedulable; it would be with all execution times at 0.878 x' \
                'table: the headline'
        is "$(grep -E '^ +(TASK|imu|control)' <<<"$OUT" | tr -s ' ')" \
                $' TASK POLICY PERIOD WCET WCET MAX DEADLINE RESPONSE SLACK us\n imu.sample fifo 80 1000.0 240.0 150.0 300.0 240.0 60.0\n control.law fifo 79 2000.0 1000.0 820.0 1300.0 1480.0 -180.0 LATE' \
                'table: tasks, the most urgent first'
        is "$(grep -c '^      ! in config "normal"' <<<"$OUT"):$(grep -c '^      > ' <<<"$OUT")" 1:3 \
                'table: the reason and the repairs'
        is "$(tr -dc '\033' <<<"$OUT" | wc -c)" 0 'table: no colour in a pipe'
        is "$(grep -c 'safe ->\|-> safe' <<<"$OUT")" 0 'table: only what is asked for'
        analyze normal --what-if=control.law.deadline=1480us
        is "$STATUS:$(head -n 1 <<<"$OUT")" '0:normal: schedulable; all execution times may grow to 1.000 x' \
                'table: schedulable, but only just'
        is "$(grep '  chain ' <<<"$OUT")" '  chain loop: reaction 4480us of 5ms, data age 2480us' 'table: chains'
        analyze --what-if=control.law.deadline=1480us
        is "$(grep ' -> ' <<<"$OUT")" $'normal -> safe: safe; keeps imu; stops control; memory up to 64M\nsafe -> normal: safe; keeps imu; starts control; memory up to 64M' \
                'table: switches'
}

# Names as long as they may be, and longer numbers than usual.
test_long_names() {
        local name=a-name-of-all-the-48-bytes-that-the-rules-allowx
        new_root 'kernel = "6.12"; admission = "warn"; overheads = { irq = "1us"; };'
        container "$name" "$(task a-name-of-some-k 1000ms 10ms 'thread = "a";'), $(task b 2s 900ms 'deadline = "1s";')" \
                'devices = ( { path = "/dev/x"; irq = "spi <0> & \"1\""; irq_period = "1s"; irq_wcet = "950ms"; irq_priority = 90; } );'
        put k.config "containers = [ \"$name\" ];"
        analyze
        is "$(awk 'length($0) > 100' <<<"$OUT")" '' 'long names: no line is longer than 100 columns'
        is "$(grep -A 1 "^    $name.a-name-of-some-k\$" <<<"$OUT" | sed -n '2s/ *fifo [0-9]* .*/numbers/p')" numbers \
                'long names: the numbers are in a line of their own'
        "$RTCTL" --root="$ROOT" plot >"$WORK/long.svg" 2>/dev/null || true
        same_output 'plot: hostile names of interrupts' python3 -c \
                'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$WORK/long.svg"
        is "$(grep -c '<title>interrupt thread spi &lt;0&gt; &amp; &quot;1&quot; of' "$WORK/long.svg" | sed 's/[1-9][0-9]*/some/')" some \
                'plot: names of interrupts are escaped'
        is "$(grep "<text.*<title>$name.b</title>" "$WORK/long.svg" | grep -c '…')" 2 'plot: long names are cut, and whole for who points at them'
        is "$(grep -c "<title>kernel's share: " "$WORK/long.svg" | sed 's/[1-9][0-9]*/some/')" some 'plot: what the kernel takes'
}

test_many_late() {
        local tasks='' i
        new_root 'admission = "warn";'
        for i in {10..39}; do tasks+="${tasks:+, }$(task "t$i" 10ms 1ms)"; done
        container many "$tasks"
        put k.config 'containers = [ "many" ];'
        analyze
        is "$(($(grep -c ' LATE$' <<<"$OUT") - $(grep -c '^      ! in config' <<<"$OUT")))" \
                "$(sed -n 's/^      ! and \([0-9]*\) more$/\1/p' <<<"$OUT")" 'many late tasks: the first twenty are explained'
}

test_terminal() {
        local on_terminal='import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))'
        example
        is "$(python3 -c "$on_terminal" "$RTCTL" --root="$ROOT" --no-pager analyze </dev/null 2>&1 | grep -c $'\033\[31m.*control.law.*\033\[31m  LATE')" 1 \
                'terminal: what is late is red'
        is "$(python3 -c "$on_terminal" "$RTCTL" --root="$ROOT" --no-pager analyze </dev/null 2>&1 | grep -c $'^safe: \033\[32mschedulable')" 1 \
                'terminal: what holds is green'
        is "$(NO_COLOR=1 python3 -c "$on_terminal" "$RTCTL" --root="$ROOT" --no-pager analyze </dev/null 2>&1 | tr -dc '\033' | wc -c)" 0 \
                'terminal: no colour if it is not wanted'
}

test_paths() {
        example
        analyze --what-if=control.law.deadline=2ms --what-if=normal.loop.max_reaction=4300us
        is "$STATUS:$(grep -c 'reaction 4480us of 4300us, LATE, data age' <<<"$OUT")" 1:1 'a chain that is too slow'
}

test_examples() {
        rm -rf "$ROOT"
        mkdir -p "$D"
        cp "$HERE"/../../examples/descriptors/*.* "$D"
        analyze
        is "$STATUS:$(grep -c '^[a-z]*: schedulable; all execution times may grow to ' <<<"$OUT")" 0:5 'the examples are schedulable'
        is "$(grep -c -- '^[a-z]* -> [a-z]*: safe; keeps .*sensor' <<<"$OUT")" 12 'the examples: each switch is one line'
        analyze --json=short drive
        is "$(json '.configs[0].cpus[].tasks[] | [.container, .task, .priority, .response_ns]')" \
                $'["sensor","sample",80,500000]\n["controller","law",79,1400000]' 'the examples: responses'
}

# Three containers of which any two are too much for one CPU, and two CPUs.
test_no_place() {
        local name
        new_root ''
        for name in a b c; do container "$name" "$(task t 10ms 6ms)"; done
        put k.config 'containers = [ "a", "b", "c" ];'
        put two.config 'containers = [ "a", "b" ];'
        analyze --json=short
        is "$STATUS:$(json '[.configs[] | [.name, .schedulable]]')" '1:[["k",false],["two",true]]' 'no place: only in the config of three'
        is "$(json '.configs[0] | (.reason | contains("has no place")), [.cpus[] | [.cpu, .schedulable, .utilization]]' | paste -sd:)" \
                'true:[[1,false,1.2],[2,true,0.6]]' 'no place: seated as well as could be'
        is "$(json '.configs[0].cpus[0].reason | startswith("CPU 1 is asked for 1.2000 of its time")')" true 'no place: what the CPU is asked for'
        is "$(json '[.transitions[] | .from, .to] | length')" 0 'no place: no switch to what is rejected'
        analyze --json=short two
        is "$STATUS:$(json '[.configs[].name]')" '1:["two"]' 'no place: errors are findings whatever is asked for'
}

test_warn() {
        example
        analyze --json=short --what-if='platform.conf.admission=warn'
        is "$STATUS:$(json '.configs[0] | [.schedulable, (.reason | startswith("in config \"normal\", on CPU 1"))]')" \
                '1:[false,true]' 'admission "warn": accepted is not schedulable'
        is "$(json '.transitions | length')" 2 'admission "warn": it can be switched to'
        is "$(json '.transitions[0] | [.safe, .reason]')" '[false,"config \"normal\" does not hold by itself"]' \
                'admission "warn": but that is not safe'
        is "$(json '[.diagnostics[].severity] | unique')" '["warning"]' 'admission "warn": it warns'
}

test_rejected() {
        example
        put bad.container 'rootfs = 1;'
        put broken.config 'containers = [ "bad" ];'
        analyze --json=short broken
        is "$STATUS:$(json '.configs | length')" 1:1 'a rejected config is answered for'
        is "$(json '.configs[0] | [.name, .schedulable, .cpus, (.reason | contains("container \"bad\" is rejected"))]')" \
                '["broken",false,[],true]' 'a rejected config has a reason'
        is "$(json '[.diagnostics[] | select(.severity == "error")] | length > 0')" true 'a rejected config: diagnostics are in the answer'
        is "$ERR" '' 'in JSON standard error is empty'
        analyze nobody
        is "$STATUS:$OUT:$ERR" '2::rtctl: there is no config "nobody"; see rtctl list' 'a config that is not there'
        rm -rf "$D"
        mkdir -p "$D"
        analyze --json=short
        is "$STATUS:$(json '[.configs, .transitions]')" '0:[[],[]]' 'without descriptors there is nothing to say'
}

test_too_large() {
        new_root ''
        container big "$(task a 1ms 600us), $(task b 1ms 600us)"
        put k.config 'containers = [ "big" ];'
        analyze --json=short
        is "$STATUS:$(json '.configs[0].cpus[0] | [.utilization, .schedulable]')" '1:[1.2,false]' \
                'a container that fits no machine is shown all the same'
        is "$(json '[.configs[0].cpus[0].tasks[].response_ns]')" '[null,null]' 'overload has no response time'
        analyze --json=short --what-if=big.cpus.count=2
        is "$STATUS:$(json '[.configs[0].cpus[].cpu]')" '0:[1,2]' 'it fits if it may spread'
}

# What was once promised and did not hold.
test_what_once_was_too_good() {
        new_root 'kernel = "6.12";'
        container a "$(task urgent 951ms 60ms 'deadline = "65ms";'), $(task hog 2s 842ms)"
        put k.config 'containers = [ "a" ];'
        analyze --json=short
        is "$STATUS:$(of_task a urgent '.response_ns, .culprit')" \
                $'1:[110000000,"the kernel\'s share for ordinary tasks"]' 'the fair server may use all of its time'
        analyze --json=short --what-if=platform.conf.rt_bandwidth=1.0
        is "$STATUS:$(of_task a urgent '.response_ns')" '0:[60000000]' 'it is counted unless it is said to be off'

        new_root 'kernel = "6.1"; overheads = { release = "100us"; };'
        container a "$(task t 2ms 550us 'deadline = "1100us"; priority = 40;')" \
                'devices = ( { path = "/dev/x"; irq = "x"; irq_period = "1ms"; irq_wcet = "400us"; } );'
        put k.config 'containers = [ "a" ];'
        analyze --json=short
        is "$(of_task a t '.response_ns, .culprit')" '[1450000,"interrupt thread x of a"]' \
                'an interrupt thread may be late, and its next run then near'

        new_root 'kernel = "6.1";'
        container kept "$(task k 1s 300ms 'deadline = "800ms"; cpu = 1; priority = 20;')"
        container old "$(task t 1s 400ms 'cpu = 1; priority = 30;'), $(task u 1s 1ms 'cpu = 2;')" 'cpus = { count = 2; };'
        container new "$(task t 1s 400ms 'cpu = 1; priority = 30;'), $(task u 1s 1ms 'cpu = 2;')" 'cpus = { count = 2; };'
        put A.config 'containers = [ "kept", "old" ];'
        put B.config 'containers = [ "kept", "new" ];'
        analyze --json=short
        is "$STATUS:$(json '.transitions[0] | [.safe, (.reason | startswith("on CPU 1 the last jobs"))]')" '0:[false,true]' \
                'a switch is not safe if what stops and what starts may meet'
        analyze --json=short --what-if=kept.k.deadline=1s --what-if=old.t.wcet=100ms --what-if=new.t.wcet=100ms
        is "$(json '.transitions[0].safe')" true 'a switch is safe if both may run beside what is kept'
        analyze --json=short --what-if='old.tasks=( { name = "t"; period = "1s"; wcet = "400ms"; cpu = 1; priority = 30; } )'
        is "$(json '.transitions[0].safe')" true 'a switch is safe if one of them has to leave the CPU to ordinary processes'

        example
        analyze --json=short --what-if=control.law.deadline=2ms --what-if=normal.loop.max_reaction=4s
        is "$(json '.configs[0].scaling > 1')" true 'scaling: all that holds'
        analyze --json=short --what-if=control.law.deadline=2ms --what-if=normal.loop.max_reaction=4300us
        is "$STATUS:$(json '.configs[0] | [.schedulable, (.scaling > 0.8), (.scaling < 1)]')" '1:[false,true,true]' \
                'scaling: down to where a chain would hold as well'

        new_root 'kernel = "6.1";'
        put q.channel 'pattern = "push"; message_size = 8; depth = 4; max_latency = "20ms";'
        container s "$(task send 10ms 1ms 'cpu = 1; priority = 20;')" 'pushes = [ "q" ];'
        container h "$(task hp 100ms 8ms 'cpu = 1; priority = 30;')"
        container r "$(task recv 10ms 5ms 'cpu = 2;')" 'pulls = [ "q" ];'
        put k.config 'containers = [ "s", "h", "r" ];'
        analyze --json=short
        is "$STATUS:$(json '.configs[0].latencies[0].waiting_ns')" 1:55000000 \
                'a receiver that waits is not as regular as it says if its sender is not'
        analyze --json=short --what-if=r.recv.jitter=9ms --what-if=r.recv.deadline=20ms
        is "$STATUS:$(json '.configs[0].latencies[0] | [.waiting_ns, .polling_ns]')" '0:[14000000,64000000]' \
                'a receiver that waits, with the jitter that its sender gives it'
}

# The picture: whole, the same each time, and with all texts escaped.
test_plot() {
        local hostile='a <b> & \"c\"'
        example
        put safe.config "containers = [ \"imu\" ]; description = \"$hostile\";"
        STATUS=0
        "$RTCTL" --root="$ROOT" plot >"$WORK/one.svg" 2>/dev/null || STATUS=$?
        is "$STATUS" 1 'plot: a missed deadline is a finding'
        "$RTCTL" --root="$ROOT" plot >"$WORK/two.svg" 2>/dev/null || true
        same_output 'plot: the same bytes each time' cmp "$WORK/one.svg" "$WORK/two.svg"
        same_output 'plot: it is well-formed' python3 -c \
                'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$WORK/one.svg"
        is "$(grep -c 'safe: a &lt;b&gt; &amp; &quot;c&quot;' "$WORK/one.svg")" 1 'plot: texts are escaped'
        is "$(grep -c '>CPU 1 does not hold<' "$WORK/one.svg")" 1 'plot: what does not hold is marked'
        is "$(grep -c '<title>control.law, late: 1300us to 1480us</title>' "$WORK/one.svg")" 1 'plot: late jobs are red from the deadline on'
        is "$(grep -c '<title>imu.sample: 1ms to 1240us</title>' "$WORK/one.svg")" 1 'plot: what runs when'
        is "$(grep -c '<text.*>1480us of 1300us, late<' "$WORK/one.svg")" 1 'plot: response times against deadlines'
        is "$("$RTCTL" --root="$ROOT" plot safe 2>/dev/null | grep -c 'normal')" 0 'plot: only what is asked for'
        mkfifo "$WORK/pipe.svg"
        timeout 20 cat "$WORK/pipe.svg" >"$WORK/piped.svg" &
        "$RTCTL" --root="$ROOT" plot --output="$WORK/pipe.svg" 2>/dev/null || true
        wait $! || true
        same_output 'plot into a pipe: the same picture' cmp "$WORK/one.svg" "$WORK/piped.svg"
        same_output 'plot into a pipe: it stays' test -p "$WORK/pipe.svg"
        echo old >"$WORK/target.svg"
        ln -s target.svg "$WORK/link.svg"
        "$RTCTL" --root="$ROOT" plot --output="$WORK/link.svg" 2>/dev/null || true
        is "$(readlink "$WORK/link.svg")" target.svg 'plot into a link: it stays'
        same_output 'plot into a link: its target is replaced' cmp "$WORK/one.svg" "$WORK/target.svg"
        STATUS=0
        OUT=$("$RTCTL" --root="$ROOT" plot --output="$WORK/three.svg" 2>/dev/null) || STATUS=$?
        is "$STATUS:$OUT" 1: 'plot into a file: nothing on standard output'
        same_output 'plot into a file: the same picture' cmp "$WORK/one.svg" "$WORK/three.svg"
        is "$(find "$WORK" -name 'three.svg*' | wc -l)" 1 'plot into a file: no draft is left'
        STATUS=0
        "$RTCTL" --root="$ROOT" plot --output="$WORK/nowhere/x.svg" >/dev/null 2>&1 || STATUS=$?
        is "$STATUS" 2 'plot into a folder that is not there'
        STATUS=0
        "$RTCTL" --root="$ROOT" plot nobody >/dev/null 2>&1 || STATUS=$?
        is "$STATUS" 2 'plot: a config that is not there'
}

# The fifth job is late, long after the longest deadline.
test_plot_of_a_busy_period() {
        local name
        new_root 'rt_bandwidth = 1.0; admission = "warn";'
        container le "$(task a 70ms 26ms 'priority = 60;'), $(task b 100ms 62ms 'priority = 50; deadline = "117ms";')"
        put k.config 'containers = [ "le" ];'
        put broken.config 'containers = [ "le", "nobody" ];'
        "$RTCTL" --root="$ROOT" plot >"$WORK/busy.svg" 2>/dev/null || true
        is "$(grep -o '<title>le.b, late: [^<]*' "$WORK/busy.svg")" '<title>le.b, late: 517ms to 518ms' 'plot: on to where the late job ends'
        is "$(grep -c '<text.*there is no container &quot;nobody&quot;; add' "$WORK/busy.svg")" 1 'plot: a rejected config has its reason'
        is "$(grep -c '<text.*fill="#d00000">broken (rejected)<' "$WORK/busy.svg")" 1 'plot: a rejected config is red'
        # Some of these make a line as long as it can be.
        for name in n nobody-at-a{,ll}{,-in-there}{,-or-here}{,-or-anywhere}; do
                put broken.config "containers = [ \"le\", \"$name\" ];"
                "$RTCTL" --root="$ROOT" plot broken 2>/dev/null || true
        done >"$WORK/broken.svg"
        is "$(grep -c '<text.*…' "$WORK/broken.svg")" 0 'plot: reasons are not cut but wrapped'
}

test_plot_of_throttling() {
        new_root 'kernel = "6.1"; admission = "warn";'
        container d "$(task a 10ms 4ms 'policy = "deadline"; cpu = 1;')"
        container f "$(task b 100ms 60ms 'cpu = 1;')"
        put k.config 'containers = [ "d", "f" ];'
        "$RTCTL" --root="$ROOT" plot k >"$WORK/throttled.svg" 2>/dev/null || true
        is "$(grep -o "<title>kernel's share: [^<]*" "$WORK/throttled.svg" | head -n 1)" "<title>kernel's share: 4ms to 10ms" \
                'plot: throttling takes what SCHED_DEADLINE tasks leave'
        is "$(grep -c '<title>d.a, late' "$WORK/throttled.svg")" 0 'plot: throttling makes no SCHED_DEADLINE task late'
}

main() {
        test_textbook_set
        test_deadlines_beyond_periods
        test_what_is_added
        test_deadline_policy
        test_contract
        test_missed_deadline
        test_table
        test_long_names
        test_many_late
        test_terminal
        test_paths
        test_examples
        test_warn
        test_rejected
        test_no_place
        test_too_large
        test_what_once_was_too_good
        test_plot
        test_plot_of_a_busy_period
        test_plot_of_throttling
        end_of_tests
}

main "$@"
