#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes random descriptors to plan: usage: descriptors.py FOLDER CONTAINERS TASKS CPUS PERCENT CONFIGS, where PERCENT is
the utilisation of all CPUs together by all containers, of which with more than one config a third is in all of them."""

import math
import os
import random
import sys


def shares(n, total):
    """UUniFast: Bini and Buttazzo, "Measuring the performance of schedulability tests", Real-Time Systems 30 (2005)."""
    for i in range(n, 1, -1):
        rest = total * random.random() ** (1 / (i - 1))
        yield total - rest
        total = rest
    yield total


def main():
    folder, (containers, tasks, cpus, percent, configs) = sys.argv[1], map(int, sys.argv[2:])
    random.seed(int(containers * 1000 + percent))
    os.makedirs(folder)
    with open(f"{folder}/platform.conf", "w", encoding="utf-8") as file:
        file.write(f'cpus = "0-{cpus}"; housekeeping = "0"; kernel = "6.1";\n'
                   'overheads = { context_switch = "1us"; release = "20us"; irq = "1us"; };\n')
    use = list(shares(containers * tasks, percent / 100 * cpus))
    for c in range(containers):
        listed = []
        for t in range(tasks):
            period = round(math.exp(random.uniform(math.log(1e3), math.log(1e6))), -1)
            wcet = max(1, int(min(use[c * tasks + t], 0.5) * period))
            listed.append(f'{{ name = "t{t}"; period = "{period:.0f}us"; wcet = "{wcet}us"; }}')
        with open(f"{folder}/c{c:03}.container", "w", encoding="utf-8") as file:
            file.write(f'rootfs = "/srv/c{c}"; command = [ "/bin/app" ];\ntasks = ( {", ".join(listed)} );\n')
    for k in range(configs):
        members = [f'"c{c:03}"' for c in range(containers) if configs == 1 or c % 3 == 0 or c % configs == k]
        with open(f"{folder}/k{k}.config", "w", encoding="utf-8") as file:
            file.write(f'containers = [ {", ".join(members)} ];\n')


main()
