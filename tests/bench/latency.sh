#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a container costs in wake-up latency: latency-rounds.sh, in the lab or (latency.sh rtvm) in the PREEMPT_RT VM.

set -euo pipefail
HERE=$(dirname "${BASH_SOURCE[0]}")
readonly ROUNDS=${RT_BENCH_ROUNDS:-10} LOOPS=${RT_BENCH_LOOPS:-5000}

# Of each round and of all of them: where the given parts of all wake-ups lie.
report() { # LINES "WAY ROUND MICROSECONDS COUNT"
        sort -k1,1 -k3,3n <<<"$1" | awk '
                { way = $1; total[way] += $4; at[way, ++n[way]] = $3; count[way, n[way]] = $4 }
                function part(way, share,   i, sum) {
                        for (i = 1; i <= n[way]; i++) {
                                sum += count[way, i]
                                if (sum >= total[way] * share) return at[way, i]
                        }
                }
                END {
                        printf "  %-10s %8s %6s %6s %6s %6s\n", "", "wake-ups", "p50", "p99", "p99.9", "max"
                        for (way in total)
                                printf "  %-10s %8d %6d %6d %6d %6d\n", way, total[way], part(way, 0.5), part(way, 0.99),
                                        part(way, 0.999), at[way, n[way]]
                        printf "  contained / bare: p50 %.2f, p99 %.2f, max %.2f\n", part("contained", 0.5) / part("bare", 0.5),
                                part("contained", 0.99) / part("bare", 0.99),
                                at["contained", n["contained"]] / at["bare", n["bare"]]
                }'
}

in_lab() {
        # shellcheck source=tests/lab/lab.sh
        source "$HERE/../lab/lab.sh"
        local cpus first
        lab_prepare
        # Where limits cannot be raised the program is born with its priority: then with that of this benchmark.
        find "$LAB_ROOT/etc/systemd/system/rt-latency.service.d" -name '*.conf' \
                -exec sed -i 's/^CPUSchedulingPriority=.*/CPUSchedulingPriority=80/' {} + 2>/dev/null || true
        lab_boot
        cpus=$(lab_cpus) first=$(lab_first_cpu)
        cp "$LAB_SOURCE/tests/bench/latency-rounds.sh" "$LAB_ROOT/root/"
        lab_run bash /root/latency-rounds.sh "$ROUNDS" "$LOOPS" "$cpus" "$first" "${cpus##*[-,]}"
}

in_rtvm() {
        # shellcheck source=tests/rtvm/rtvm.sh
        source "$HERE/../rtvm/rtvm.sh"
        rtvm_prepare "bash \$DISK/tests/latency-rounds.sh $ROUNDS $LOOPS 0-3 0 2 || status=\$?" "$HERE/latency-rounds.sh"
        rtvm_boot ""
}

main() {
        local lines
        case ${1:-lab} in
        lab) lines=$(in_lab) ;;
        rtvm) lines=$(in_rtvm) ;;
        *)
                echo "The latency is measured in the lab or the rtvm." >&2
                return 2
                ;;
        esac
        echo "Wake-up latency of cyclictest at FIFO 80, us, $ROUNDS interleaved rounds of $LOOPS wake-ups"
        report "$lines"
}

main "$@"
