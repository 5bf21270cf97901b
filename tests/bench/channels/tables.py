# SPDX-License-Identifier: LGPL-2.1-or-later
"""What was measured, and how it is printed."""

import statistics


def percentile(ordered, p):
    return ordered[min(len(ordered) - 1, int(len(ordered) * p))]


class Figures:
    """Times of interleaved rounds, in ns."""

    def __init__(self):
        self.rounds, self.all = [], []

    def add(self, times):
        ordered = sorted(times)
        self.rounds.append({p: percentile(ordered, p) for p in (.5, .99, .999)})
        self.all += ordered

    def us(self, p):
        """Of all rounds together, microseconds."""
        return percentile(self.ordered(), p) / 1e3

    def ordered(self):
        self.all.sort()
        return self.all


def ratio(one, other, p):
    """How many times as long one takes as the other: the median of what each round says."""
    return statistics.median(a[p] / max(b[p], 1) for a, b in zip(one.rounds, other.rounds))


class Aim:
    """`what` is to be so many times as fast as `peer`, or to take no more than so many times as long."""

    def __init__(self, what, peer, times=None, within=None, percentiles=(.5, .99)):
        self.what, self.peer, self.times, self.within, self.percentiles = what, peer, times, within, percentiles

    def verdict(self, figures):
        missing = [title for title in (self.what, self.peer) if title not in figures]
        if missing:
            return f"  aim: {self.what} beside {self.peer}: not measured, {missing[0]} did not run"
        one, other = figures[self.what], figures[self.peer]
        if self.times:
            found = [ratio(other, one, p) for p in self.percentiles]
            met = all(x >= self.times for x in found)
            text = f"≥ {self.times:g} × as fast as {self.peer}"
        else:
            found = [ratio(one, other, p) for p in self.percentiles]
            met = all(x <= self.within for x in found)
            text = f"≤ {self.within:g} × as long as {self.peer}"
        shown = ", ".join(f"{x:.2f} at p{100 * p:g}" for x, p in zip(found, self.percentiles))
        return f"  aim: {self.what} {text}: {shown}: {'met' if met else 'MISSED'}"


def print_missing(missing):
    for title, why in missing.items():
        print(f"  {title:32} did not run: {why}")


def print_table(title, figures, missing, base, floor, aims):
    """Microseconds; how many times as long as each the base takes, and each as the floor."""
    print(f"\n{title}")
    head = f"  {'us':32} {'p50':>9} {'p99':>9} {'p99.9':>9} {'max':>9}"
    head += f"   {base + ' takes':>22}" if base else ""
    head += f"   {'as long as ' + floor:>22}" if floor else ""
    print(head)
    for name, found in figures.items():
        line = f"  {name:32} " + " ".join(f"{found.us(p):9.2f}" for p in (.5, .99, .999, 1))
        for peer, turned in ((base, True), (floor, False)):
            if peer and peer in figures:
                pairs = [(figures[peer], found) if turned else (found, figures[peer])] * 2
                shown = " / ".join(f"{ratio(*pair, p):.2f}" for pair, p in zip(pairs, (.5, .99)))
                line += f"   {shown + ' x':>22}"
        print(line)
    print_missing(missing)
    for aim in aims:
        print(aim.verdict(figures))
    print(end="", flush=True)
