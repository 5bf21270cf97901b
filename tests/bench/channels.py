#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Channels beside what else passes messages on one machine, in interleaved rounds.

Both sides are processes (with inproc:// threads), each pinned to a CPU, of policy FIFO and priority 80, the threads of
libraries too. A round trip is timed by who asks; what is reported are percentiles of all rounds together, and ratios as
the median of those that each round gives. Between rounds everybody rests, so that the kernel does not throttle them.
"""

import argparse
import contextlib
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "channels"))
# pylint: disable=wrong-import-position
from sides import PRIORITY, Contender, Group, Machine, Missing, start  # noqa: E402
from tables import Aim, Figures, print_missing, print_table  # noqa: E402

WARM = 50  # round trips before those that count

SPIN = 20000  # ns, the generator's default
LIBRARY, LOANS, SHIM, IPC = "librtchannel", "librtchannel, loans", "shm:// by the shim", "libzmq ipc://"
FUTEX, TIMED, LIMIT = "bare futex", "bare futex, with timeout", "two spinning loops"

OURS = Contender(LIBRARY, "rtchannel", "copy", "channel")
LENT = Contender(LOANS, "rtchannel", "loan", "channel")
SHIMMED = Contender(SHIM, "zmq", "zmq", "shm", shim=True)
OVER_IPC = Contender(IPC, "zmq", "zmq", "ipc")
OVER_TCP = Contender("libzmq tcp://", "zmq", "zmq", "tcp")
INPROC = Contender("libzmq inproc://", "zmq", "zmq", "inproc")
NNG = Contender("nng ipc://", "nng", "nng", "ipc")
ICEORYX = Contender("iceoryx, wait set", "iceoryx", "sleeping", "service")
POLLING = Contender("iceoryx, polling", "iceoryx", "polling", "service")
BARE = Contender(FUTEX, "memory", "futex", "file")
BARE_TIMED = Contender(TIMED, "memory", "futex-timed", "file")
SPINNING = Contender(LIMIT, "memory", "spin", "file")
PYTHON_SHIM = Contender("pyzmq over shm://", "pyzmq.py", "zmq", "shm", shim=True)
PYTHON_IPC = Contender("pyzmq over ipc://", "pyzmq.py", "zmq", "ipc")


@contextlib.contextmanager
def above_all():
    """To get a word in. Not while processes end: threads of theirs of policy "other" could not."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY + 5))
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


class Bench:
    def __init__(self, machine, quick):
        self.machine, self.quick = machine, quick
        self.rounds = 5 if quick else 20
        self.same = machine.cpus[0], machine.cpus[0]
        self.apart = machine.cpus

    def count(self, n):
        return max(n // 4, 20) if self.quick else n

    def groups(self, contenders, missing, *arguments, **options):
        """Those that can be set up."""
        groups = {}
        for contender in contenders:
            try:
                groups[contender.title] = Group(self.machine, contender, *arguments, **options)
            except Missing as why:
                missing[contender.title] = str(why)
        return groups

    def interleave(self, groups, missing, measure):
        """Calls measure(title, group) for each in turn, round by round."""
        for _ in range(self.rounds):
            for title in list(groups):
                begin = time.monotonic()
                try:
                    with above_all():
                        measure(title, groups[title])
                except Missing as why:
                    missing[title] = str(why)
                    groups.pop(title).close()
                time.sleep(max(0.002, min(1, time.monotonic() - begin)))
        for group in groups.values():
            group.close()

    def round_trips(self, title, contenders, cpus, n, size=64, base=IPC, floor=None, aims=(), **geometry):
        n = self.count(n)
        missing, figures = {}, {}
        groups = self.groups(contenders, missing, "answers", size, cpus, **geometry)

        def measure(name, group):
            figures.setdefault(name, Figures()).add(ask(group, n))

        self.interleave(groups, missing, measure)
        figures = {name: found for name, found in figures.items() if name not in missing}
        print_table(f"{title}; {self.rounds} rounds of {n}", figures, missing, base, floor, aims)


def ask(group, n):
    group.binding.say(f"answer {n + WARM}")
    group.connecting[0].say(f"ask {n + WARM}")
    times = group.connecting[0].times()[WARM:]
    group.binding.hear()
    return times


# -- the cases ---------------------------------------------------------------------------------------------------------

SLEEPERS = [OURS, LENT, SHIMMED, OVER_IPC, OVER_TCP, INPROC, NNG, ICEORYX, BARE, BARE_TIMED]


def same_cpu(bench):
    bench.round_trips("Round trips, 64 B, both on one CPU", SLEEPERS, bench.same, 1000, floor=FUTEX, aims=[
        Aim(LIBRARY, IPC, times=5), Aim(SHIM, IPC, times=4.5), Aim(LIBRARY, FUTEX, within=1.15),
        Aim(LIBRARY, TIMED, within=1.15), Aim(SHIM, FUTEX, within=1.3), Aim(SHIM, TIMED, within=1.3)])


def asleep(bench):
    bench.round_trips("Round trips, 64 B, different CPUs, asleep", SLEEPERS, bench.apart, 500, floor=FUTEX, aims=[
        Aim(LIBRARY, IPC, times=1.3), Aim(SHIM, IPC, times=1.3), Aim(LIBRARY, FUTEX, within=1.1),
        Aim(LIBRARY, TIMED, within=1.1)])


def spinning(bench):
    bench.round_trips("Round trips, 64 B, different CPUs, spinning allowed",
                      [OURS, LENT, SHIMMED, OVER_IPC, POLLING, SPINNING], bench.apart, 1000, floor=LIMIT, spin=SPIN,
                      aims=[Aim(LIBRARY, IPC, times=50), Aim(SHIM, IPC, times=50), Aim(LIBRARY, LIMIT, within=3),
                            Aim(SHIM, LIMIT, within=3)])


def sizes(bench):
    for size, text, n, depth, times in ((65536, "64 KiB", 500, 4, 4), (1 << 20, "1 MiB", 60, 2, 1.8)):
        bench.round_trips(f"Round trips, {text} each way, different CPUs, spinning allowed, depth {depth}",
                          [OURS, SHIMMED, OVER_IPC, INPROC, NNG, POLLING], bench.apart, n, size=size,
                          aims=[Aim(LIBRARY, IPC, times=times), Aim(SHIM, IPC, times=times)], depth=depth, spin=SPIN)


def loans(bench):
    small, large = "loan of 64 B", "loan of 1 MiB"
    bench.round_trips("Round trips by loan, different CPUs, spinning allowed, depth 4", [
        Contender(small, "rtchannel", "loan", "channel", message_size=64),
        Contender("loan of 64 KiB", "rtchannel", "loan", "channel", message_size=65536),
        Contender(large, "rtchannel", "loan", "channel", message_size=1 << 20)],
        bench.apart, 1000, base=None, floor=small, aims=[Aim(large, small, within=1.2)], depth=4, spin=SPIN)


def python(bench):
    for text, cpus, n, times, spin in (("both on one CPU", bench.same, 500, 4, 0),
                                       ("different CPUs, spinning allowed", bench.apart, 500, 25, SPIN)):
        bench.round_trips(f"Round trips of pyzmq, 64 B, {text}", [PYTHON_SHIM, PYTHON_IPC], cpus, n,
                          base=PYTHON_IPC.title, aims=[Aim(PYTHON_SHIM.title, PYTHON_IPC.title, times=times)],
                          spin=spin)


def throughput(bench):
    print(f"\nThroughput, one way, different CPUs, spinning allowed; messages/s, median of {bench.rounds} rounds")
    print(f"  {'':24} {'':>8} {'messages/s':>12} {'MiB/s':>9} {'us each':>9}   of ipc://")
    # As deep as ZeroMQ's queue, see zmq.c, but for the largest.
    for size, text, n, depth, times in ((64, "64 B", 100000, 1000, 3), (1024, "1 KiB", 100000, 1000, 5),
                                        (65536, "64 KiB", 2000, 64, 5), (1 << 20, "1 MiB", 200, 16, 5)):
        throughput_of(bench, size, text, bench.count(n), depth, times)


def throughput_of(bench, size, text, n, depth, times):
    missing, rates, groups = {}, {}, {}
    contenders = [(LIBRARY, OURS, depth), (LOANS, LENT, depth), (SHIM, SHIMMED, depth), (IPC, OVER_IPC, depth)]
    if size <= 1024:
        contenders.insert(1, (f"{LIBRARY}, depth 16", OURS, 16))
    for title, contender, slots in contenders:
        more = bench.groups([contender], missing, "pulls", size, bench.apart, depth=slots, spin=SPIN)
        groups.update({title: group for group in more.values()})

    def measure(title, group):
        group.binding.say(f"receive {n}")
        group.connecting[0].say(f"send {n}")
        rates.setdefault(title, []).append((n - 1) * 1e9 / int(group.binding.hear()))
        group.connecting[0].hear()

    bench.interleave(groups, missing, measure)
    for title, found in rates.items():
        rate = sorted(found)[len(found) // 2]
        line = f"  {title:24} {text:>8} {rate:12.0f} {rate * size / (1 << 20):9.0f} {1e6 / rate:9.3f}"
        if IPC in rates:
            of_ipc = sorted(a / b for a, b in zip(found, rates[IPC]))[len(found) // 2]
            line += f"   {of_ipc:.2f} x"
            if title in (LIBRARY, SHIM):
                line += f", aim {times}: {'met' if of_ipc >= times else 'MISSED'}"
        print(line)
    print_missing(missing)
    print(end="", flush=True)


def one_to_many(bench):
    """The publisher alone on its CPU; subscribers asleep on the other one, and in the last rows one stopped. The time is
    that of the call; what threads of the library do for it later is in the CPU time."""
    n, interval = bench.count(200), 500000
    publishers = [Contender(LIBRARY, "rtchannel", "copy", "channel"),
                  Contender(SHIM, "zmq", "zmq", "shm", shim=True), Contender("libzmq PUB", "zmq", "zmq", "ipc")]
    figures, missing, groups, busy = {}, {}, {}, {}
    for subscribers, stopped in ((1, 0), (2, 0), (8, 0), (8, 1)):
        for contender in publishers:
            title = f"{contender.title}, {subscribers}" + (", 1 stopped" if stopped else "")
            found = bench.groups([contender], missing, "publishes", 64, bench.apart, others=subscribers)
            for group in found.values():
                groups[title] = group
                for side in group.connecting:
                    side.say("receive 1000000000")
                if stopped:
                    group.connecting[-1].process.send_signal(signal.SIGSTOP)
    time.sleep(0.5)

    def measure(title, group):
        before = group.binding.cpu_time()
        group.binding.say(f"pace {n} {interval}")
        figures.setdefault(title, Figures()).add(group.binding.times())
        busy.setdefault(title, []).append((group.binding.cpu_time() - before) / n / 1e3)

    bench.interleave(groups, missing, measure)
    base = f"{LIBRARY}, 1"
    print_table(f"One to many, 64 B: what a send costs the publisher; {bench.rounds} rounds of {n}, one each "
                f"{interval // 1000} us", figures, missing, None, base,
                [Aim(f"{LIBRARY}, 2", base, within=2), Aim(f"{LIBRARY}, 8", base, within=8),
                 Aim(f"{LIBRARY}, 8, 1 stopped", f"{LIBRARY}, 8", within=1.15)])
    print("  CPU time of the publishing process for each message, us, with sleeping until the next:")
    for title, found in busy.items():
        print(f"  {title:32} {sorted(found)[len(found) // 2]:6.2f}")
    print(end="", flush=True)


def system_calls(bench):
    """In rounds of their own, as counting takes time."""
    n = bench.count(2000)
    print(f"\nSystem calls of a round trip, 64 B, median of {bench.rounds} rounds of {n}")
    print(f"  {'':24} {'':36} {'asking':>9} {'answering':>9}")
    for text, cpus, spin, contenders, most in (
            ("one CPU", bench.same, 0, [OURS, LENT, SHIMMED, OVER_IPC, NNG, ICEORYX, BARE], 2.5),
            ("different CPUs, asleep", bench.apart, 0, [OURS, LENT, SHIMMED, OVER_IPC, NNG, ICEORYX, BARE], 2.5),
            ("different CPUs, spinning", bench.apart, SPIN, [OURS, LENT, SHIMMED, POLLING], 0.01)):
        missing, counts = {}, {}
        groups = bench.groups(contenders, missing, "answers", 64, cpus, spin=spin, counts=True)

        def measure(title, group):
            before = [counter.read() for counter in group.counters]
            ask(group, n)
            after = [counter.read() for counter in group.counters]
            counts.setdefault(title, []).append([(b - a) / (n + WARM) for a, b in zip(before, after)])

        bench.interleave(groups, missing, measure)
        for title, found in counts.items():
            answering, asking = (sorted(side)[len(found) // 2] for side in zip(*found))
            line = f"  {title:24} {text:36} {asking:9.2f} {answering:9.2f}"
            if title in (LIBRARY, LOANS, SHIM):
                line += f"   aim ≤ {most:g}: {'met' if max(asking, answering) <= most else 'MISSED'}"
            print(line)
        print_missing(missing)
    print(end="", flush=True)


def load(bench):
    """Busy loops on both CPUs while a round lasts, of policy "other" or of a lower priority."""
    n = bench.count(4000)
    figures, missing = {}, {}
    groups = bench.groups([OURS], missing, "answers", 64, bench.apart, spin=SPIN)
    loads = {0: [], PRIORITY // 2: []}
    memory = Contender("load", "memory", "load", "file")
    for priority, sides in loads.items():
        for cpu in bench.apart:
            sides += start(bench.machine, memory, {})
            sides[-1].say(f"open load asks - 8 {cpu} {priority}")
            sides[-1].hear()
    titles = {"unloaded": [], "beside policy other": loads[0], "beside FIFO 40": loads[PRIORITY // 2]}

    def measure(_, group):
        for title, sides in titles.items():
            for side in sides:
                side.say("work 50000000")
            time.sleep(0.005)
            figures.setdefault(title, Figures()).add(ask(group, n))
            for side in sides:
                side.hear()
            time.sleep(0.05)

    bench.interleave(groups, missing, measure)
    for side in (side for sides in loads.values() for side in sides):
        side.connection.close()
        side.process.wait()
    worst = (.999,)
    print_table(f"Round trips, 64 B, different CPUs, spinning, under load; {bench.rounds} rounds of {n}", figures,
                missing, None, "unloaded", [Aim(title, "unloaded", within=2, percentiles=worst)
                                            for title in list(titles)[1:]])


CASES = {"same": same_cpu, "spinning": spinning, "asleep": asleep, "sizes": sizes, "loans": loans,
         "throughput": throughput, "many": one_to_many, "calls": system_calls, "load": load, "python": python}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", required=True, help="folder that was built in")
    parser.add_argument("--shim", help="librtzmq.so")
    parser.add_argument("--quick", action="store_true", help="a quarter of the rounds, of a quarter of the length")
    parser.add_argument("cases", nargs="*", help=f"of {', '.join(CASES)}; none: all")
    args = parser.parse_args()
    unknown = [name for name in args.cases if name not in CASES]
    if unknown:
        parser.error(f"there is no case \"{unknown[0]}\"; there are {', '.join(CASES)}")
    try:
        with above_all():
            pass
    except PermissionError:
        sys.exit("channels: real-time priorities are not permitted here")
    machine = Machine(args.build, args.shim)
    try:
        bench = Bench(machine, args.quick)
        print(f"CPU {machine.cpus[0]}, and where CPUs differ {machine.cpus[1]}; policy FIFO, priority {PRIORITY}")
        for name in args.cases or CASES:
            CASES[name](bench)
    finally:
        machine.close()


if __name__ == "__main__":
    main()
