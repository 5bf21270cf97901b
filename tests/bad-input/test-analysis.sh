#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Times, numbers and sizes at which an analysis would overflow, run for ever, or say "schedulable" by mistake. Every
# answer comes in bounded time and memory, and is right or a refusal. Prints TAP.
set -euo pipefail
LIMIT=90 # beside other tests, on a slow machine
# shellcheck source=tests/bad-input/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly MEMORY=$((2 * 1024 * 1024)) # KiB of address space

task() { # NAME PERIOD WCET MORE
        echo "{ name = \"$1\"; period = \"$2\"; wcet = \"$3\"; ${4:-} }"
}

# Analyzes config k; sets VERDICT ("true", "false" or what went wrong).
verdict() {
        (
                # A sanitizer wants more address space than there is.
                grep -aq __asan_init "$RTCTL" || ulimit -v "$MEMORY"
                bounded "$RTCTL" --root="$ROOT" --json=short analyze k
                ((${#PROBLEMS[@]} == 0)) || printf '%s ' "${PROBLEMS[@]}"
                jq '.configs[0].schedulable' "$SAID.out"
        ) >"$SAID.verdict" 2>&1 || true
        VERDICT=$(<"$SAID.verdict")
}

expect_verdict() { # EXPECTED
        verdict
        [[ $VERDICT == "$1" ]] || problem "schedulable: $VERDICT, not $1"
}

# One real-time CPU of which tasks may have all.
begin_whole_cpu() { # NAME
        begin "$1"
        put platform.conf 'cpus = "0-1"; housekeeping = "0"; rt_bandwidth = 1.0;'
        put k.config 'containers = [ "c" ];'
}

case_extreme_periods() {
        begin_whole_cpu 'periods from 2 ns to ten years in one set'
        put_container c "tasks = ( $(task a 3ns 1ns), $(task b 1s 1ms), $(task c 315360000s 31536000s) );"
        expect_verdict true
        finish
        begin_whole_cpu 'a period of 1 ns that is full'
        put_container c "tasks = ( $(task a 1ns 1ns), $(task b 1s 1ns) );"
        expect_verdict false
        finish
        begin_whole_cpu 'a hundred years of jitter, deadline and blocking'
        put_container c "tasks = ( $(task a 1ms 1us 'jitter = "3000000000s"; deadline = "3100000000s";'),
                $(task b 3162240000s 1ns 'blocking = "3162000000s"; deadline = "3162240000s";') );"
        verdict
        [[ $VERDICT == true || $VERDICT == false ]] || problem "$VERDICT"
        finish
}

case_utilisation() {
        begin_whole_cpu 'utilisation of exactly 1'
        put_container c "tasks = ( $(task a 2ms 1ms), $(task b 4ms 1ms), $(task c 8ms 2ms) );"
        expect_verdict true
        finish
        begin_whole_cpu 'utilisation of exactly 1 from thirds and sixths'
        put_container c "tasks = ( $(task a 3ms 1ms), $(task b 6ms 4ms) );"
        expect_verdict true
        finish
        begin_whole_cpu 'utilisation of 1 and a million millionth'
        put_container c "tasks = ( $(task a 2s 1s), $(task b 1000s 500000000001ns 'deadline = "4000s";') );"
        expect_verdict false
        finish
        begin_whole_cpu 'the same in deadline tasks'
        put_container c "tasks = ( $(task a 2s 1s 'policy = "deadline";'), $(task b 4s 2000000004ns 'policy = "deadline";') );"
        expect_verdict false
        finish
        begin 'a bandwidth that is reached to the last nanosecond, and exceeded by one'
        put platform.conf 'cpus = "0-1"; housekeeping = "0"; rt_bandwidth = 0.5; kernel = "6.1";'
        put k.config 'containers = [ "c" ];'
        put_container c "tasks = ( $(task a 3s 1s 'deadline = "2s";'), $(task b 6s 1s 'deadline = "6s";') );"
        verdict
        [[ $VERDICT == true || $VERDICT == false ]] || problem "$VERDICT"
        put_container c "tasks = ( $(task a 3s 1s), $(task b 6s 1000000001ns) );"
        expect_verdict false
        finish
}

# Their hyperperiod has some 60 digits.
case_coprime() {
        local period tasks=()
        begin_whole_cpu 'coprime periods, half full'
        for period in 1000003 1000033 1000037 1000039 1000081 1000099 1000117 1000121 1000133 1000151; do
                tasks+=("$(task "t$period" "${period}ns" 50000ns)")
        done
        put_container c "tasks = ( $(IFS=, && echo "${tasks[*]}") );"
        expect_verdict true
        finish
        begin_whole_cpu 'coprime periods, full to one part in a million, and late deadlines'
        tasks=()
        for period in 1000003 1000033 1000037 1000039 1000081 1000099 1000117 1000121 1000133 1000151; do
                tasks+=("$(task "t$period" "${period}ns" "$((period / 10))ns" 'deadline = "100s";')")
        done
        put_container c "tasks = ( $(IFS=, && echo "${tasks[*]}") );"
        verdict
        [[ $VERDICT == true || $VERDICT == false ]] || problem "$VERDICT"
        finish
}

case_many_tasks() {
        local i tasks=()
        begin '10,000 equal tasks on one CPU'
        put platform.conf 'cpus = "0-1"; housekeeping = "0";'
        put k.config 'containers = [ "c" ];'
        for ((i = 0; i < 10000; i++)); do
                tasks+=("{name=\"t$i\";period=\"1s\";wcet=\"80us\";}")
        done
        put_container c "tasks = ( $(IFS=, && echo "${tasks[*]}") );"
        generate
        expect_verdict true
        put c.container.d.conf ''
        put_container c "tasks = ( $(IFS=, && echo "${tasks[*]//80us/101us}") );"
        expect_verdict false
        finish
}

case_infeasible() {
        local i k members
        begin '200 containers of which no two fit a CPU, in 50 configs'
        for ((i = 0; i < 200; i++)); do
                put_container "c$i" "tasks = ( $(task t 10ms 9ms) );"
        done
        for ((k = 0; k < 50; k++)); do
                members=$(for ((i = k % 3; i < 200; i += 3)); do printf '"c%d",' "$i"; done)
                put "k$k.config" "containers = [ ${members%,} ];"
        done
        generate
        finish
}

case_contradictions() {
        local i others
        begin 'containers that all want to be alone'
        others=$(for ((i = 0; i < 40; i++)); do printf '"c%d",' "$i"; done)
        for ((i = 0; i < 40; i++)); do
                put_container "c$i" "tasks = ( $(task t 10ms 1ms) ); cpus = { exclusive = true; separate_from = [ ${others/\"c$i\",/} \"good\" ]; };"
        done
        put k.config "containers = [ ${others%,} ];"
        generate
        expect_verdict false
        finish
        begin 'tasks that are fixed where their deadlines cannot be met'
        put_container c "tasks = ( $(task a 10ms 6ms 'cpu = 1; priority = 20;'), $(task b 10ms 3ms 'cpu = 1; priority = 10; deadline = "4ms";') );"
        put k.config 'containers = [ "c" ];'
        generate
        expect_verdict false
        finish
}

case_hard_packing() {
        local i members
        begin 'a packing that no rule of thumb finds, and searching takes long'
        put platform.conf 'cpus = "0-12"; housekeeping = "0"; kernel = "6.1";'
        for ((i = 0; i < 60; i++)); do
                put_container "c$i" "tasks = ( $(task t "$((10 + i * 7 % 30))ms" "$((1500 + i * 37 % 1100))us" "deadline = \"$((5 + i % 4))ms\";") );"
        done
        members=$(for ((i = 0; i < 60; i++)); do printf '"c%d",' "$i"; done)
        put k.config "containers = [ ${members%,} ];"
        generate
        verdict
        [[ $VERDICT == true || $VERDICT == false ]] || problem "$VERDICT"
        finish
}

case_different_tasks() {
        local i k tasks members
        begin '5,000 tasks of which no two are alike on one CPU'
        put platform.conf 'cpus = "0-1"; housekeeping = "0"; kernel = "6.1";'
        for ((k = 0; k < 10; k++)); do
                tasks=$(for ((i = k * 500; i < k * 500 + 500; i++)); do
                        printf '{name="t%d";period="%dms";wcet="%dus";},' "$i" $((1000 + i)) $(((1000 + i) * 18 / 100))
                done)
                put_container "c$k" "tasks = ( ${tasks%,} );"
        done
        members=$(for ((k = 0; k < 10; k++)); do printf '"c%d",' "$k"; done)
        put k.config "containers = [ ${members%,} ];"
        generate
        expect_verdict false
        finish
}

case_many_configs() {
        local i k members
        begin '300 configs that share 100 containers'
        put platform.conf 'cpus = "0-7"; kernel = "6.1";'
        for ((i = 0; i < 100; i++)); do
                put_container "c$i" "tasks = ( $(task t "$((1 + i % 17))ms" "$(((1 + i % 17) * 40))us") );"
        done
        for ((k = 0; k < 300; k++)); do
                members=$(for ((i = k; i < k + 60; i++)); do printf '"c%d",' $((i % 100)); done)
                put "k$k.config" "containers = [ ${members%,} ];"
        done
        generate
        expect_quiet
        finish
        begin '100 configs for which a search would take long each'
        put platform.conf 'cpus = "0-16"; housekeeping = "0"; rt_bandwidth = 1.0;'
        for ((i = 0; i < 66; i++)); do
                put_container "c$i" "tasks = ( $(for k in 1 2 3 4 5 6; do
                        task "t$k" "$((1000 + (i * 37 + k * 211) % 9000))us" \
                                "$(((1000 + (i * 37 + k * 211) % 9000) * 54 / 1000))us"
                        ((k == 6)) || echo ,
                done) );"
        done
        for ((k = 0; k < 100; k++)); do
                members=$(for ((i = k; i < k + 48; i++)); do printf '"c%d",' $((i % 66)); done)
                put "k$k.config" "containers = [ ${members%,} ];"
        done
        put k.config 'containers = [ "c0" ];'
        generate
        expect_verdict true
        finish
}

case_many_wishes() {
        local i members
        begin '2,000 containers that are separate or exclusive'
        put platform.conf 'cpus = "0-63"; kernel = "6.1";'
        for ((i = 0; i < 2000; i++)); do
                put_container "c$i" "tasks = ( $(task t 1s 1ms) ); cpus = { separate_from = [ \"c$(((i + 1) % 2000))\", \"c$(((i + 700) % 2000))\" ]; };"
        done
        members=$(for ((i = 0; i < 2000; i++)); do printf '"c%d",' "$i"; done)
        put k.config "containers = [ ${members%,} ];"
        generate
        expect_verdict true
        for ((i = 0; i < 70; i++)); do
                put "c$i.container.d/1.conf" 'cpus = { exclusive = true; };'
        done
        rm -r "$UNITS"
        mkdir "$UNITS"
        generate
        expect_verdict false
        finish
}

case_many_cpus() {
        local i members
        begin '1,024 CPUs, and more containers than fit them'
        put platform.conf 'cpus = "0-1023"; kernel = "6.1";'
        for ((i = 0; i < 1100; i++)); do
                put_container "c$i" "tasks = ( $(task t 1ms 600us), $(task u 7ms 100us) );"
        done
        members=$(for ((i = 0; i < 1000; i++)); do printf '"c%d",' "$i"; done)
        put k.config "containers = [ ${members%,} ];"
        generate
        expect_verdict true
        members=$(for ((i = 0; i < 1100; i++)); do printf '"c%d",' "$i"; done)
        put k.config "containers = [ ${members%,} ];"
        rm -r "$UNITS"
        mkdir "$UNITS"
        generate
        expect_verdict false
        finish
}

main() {
        case_extreme_periods
        case_utilisation
        case_coprime
        case_many_tasks
        case_infeasible
        case_contradictions
        case_hard_packing
        case_different_tasks
        case_many_configs
        case_many_wishes
        case_many_cpus
        end_of_tests
}

main "$@"
