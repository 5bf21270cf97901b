#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes random descriptors to plan: usage: descriptors.py FOLDER CONTAINERS TASKS CPUS PERCENT CONFIGS, where PERCENT is
the utilisation of all CPUs together in the fullest config. With more than one config a third of the containers is in all
of them, and each of the others in one."""

import math
import os
import random
import sys


def shares(n, total):
    """UUniFast: Bini and Buttazzo, "Measuring the performance of schedulability tests", Real-Time Systems 30 (2005); and
    as in Davis and Burns, "Priority assignment for global fixed priority pre-emptive scheduling in multiprocessor
    real-time systems", RTSS 2009, what has a task that no CPU could take is discarded."""
    while True:
        rest, drawn = total, []
        for i in range(n - 1, 0, -1):
            following = rest * random.random() ** (1 / i)
            drawn.append(rest - following)
            rest = following
        drawn.append(rest)
        if max(drawn) <= 0.5:
            return drawn


def random_task(number, share):
    """Periods from 1 ms to 1 s, logarithmic, in steps of 10 us."""
    period = round(math.exp(random.uniform(math.log(1e3), math.log(1e6))), -1)
    wcet = max(1, int(share * period))
    return f'{{ name = "t{number}"; period = "{period:.0f}us"; wcet = "{wcet}us"; }}'


def is_member(container, config, configs):
    return configs == 1 or container % 3 == 0 or container % configs == config


def dress(container):
    """What else a container has; every fourth a device with an interrupt."""
    text = (f'description = "container {container}";\nmemory = {{ max = "16M"; locked = "8M"; }};\n'
            'mounts = ( { tmpfs = "/tmp"; size = "1M"; } );\nwatchdog = "500ms";\n')
    if container % 4 == 0:
        text += (f'devices = ( {{ path = "/dev/dev{container}"; irq = "dev{container}"; irq_period = "20ms"; '
                 'irq_wcet = "20us"; } );\n')
    return text


def write_descriptors(folder, containers, tasks, cpus, percent, configs, dressed=False):
    random.seed(containers * 1000 + percent)
    os.makedirs(folder)
    with open(f"{folder}/platform.conf", "w", encoding="utf-8") as file:
        file.write(f'cpus = "0-{cpus}"; housekeeping = "0"; kernel = "6.1";\n'
                   'overheads = { context_switch = "1us"; release = "20us"; irq = "1us"; };\n')
    use = shares(containers * tasks, percent / 100 * cpus)
    members = [[c for c in range(containers) if is_member(c, k, configs)] for k in range(configs)]
    fullest = max(sum(sum(use[c * tasks:(c + 1) * tasks]) for c in config) for config in members)
    factor = percent / 100 * cpus / fullest
    for c in range(containers):
        listed = [random_task(t, min(0.5, use[c * tasks + t] * factor)) for t in range(tasks)]
        with open(f"{folder}/c{c:04}.container", "w", encoding="utf-8") as file:
            file.write(f'rootfs = "/srv/c{c}"; command = [ "/usr/bin/app", "--id={c}" ];\n'
                       f'tasks = ( {", ".join(listed)} );\n{dress(c) if dressed else ""}')
    for k in range(configs):
        names = ", ".join(f'"c{c:04}"' for c in members[k])
        with open(f"{folder}/k{k}.config", "w", encoding="utf-8") as file:
            file.write(f"containers = [ {names} ];\n")


if __name__ == "__main__":
    write_descriptors(sys.argv[1], *map(int, sys.argv[2:]))
