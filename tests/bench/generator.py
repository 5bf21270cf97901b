#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Times the generator as a whole process, beside two peers, in interleaved rounds.

baked   the generator on an image that these descriptors were baked into: it compares the stamp, verifies the stored plan
        and writes nothing
floor   writes the same bytes to the same files, and does nothing else
fstab   systemd-fstab-generator with as many mounts as there are containers

The containers have three tasks each, which keep the CPUs busy for 60 % in the fullest config.

Reported per number of containers: wall and CPU time (median, p99, max), peak memory, system calls,
and the ratios of the medians. Absolute times mean little on a shared machine; ratios do.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

from descriptors import write_descriptors

FSTAB_GENERATOR = "/usr/lib/systemd/system-generators/systemd-fstab-generator"
CONFIGS, TASKS, PERCENT = 10, 3, 60


def bake(args, image):
    """Bakes /etc/rtcontainers of the image, as rtctl does it."""
    subprocess.run([args.rtctl, f"--root={image}", "bake"], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def write_fstab(path, lines):
    with open(path, "w") as f:
        for i in range(lines):
            f.write(f"/dev/disk/by-label/disk{i} /srv/mount{i:04d} ext4 noatime 0 2\n")


def write_pack(tree, path):
    with open(path, "wb") as pack:
        for folder, _, files in os.walk(tree):
            for name in sorted(files):
                full = os.path.join(folder, name)
                below = os.path.relpath(full, tree)
                if os.path.islink(full):
                    pack.write(f"-1 {below}\n{os.readlink(full)}\n".encode())
                    continue
                with open(full, "rb") as f:
                    data = f.read()
                pack.write(f"{len(data)} {below}\n".encode() + data)


class Peer:
    def __init__(self, name, measure, command, environment, output):
        self.name, self.measure, self.command, self.output = name, measure, command, output
        self.environment = dict(os.environ, **environment)
        self.wall, self.cpu, self.memory = [], [], 0

    def run(self):
        shutil.rmtree(self.output, ignore_errors=True)
        os.makedirs(self.output)
        answer = subprocess.run([self.measure, *self.command], env=self.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=True).stdout
        wall, cpu, memory = map(int, answer.split())
        self.wall.append(wall / 1e3)
        self.cpu.append(cpu / 1e3)
        self.memory = max(self.memory, memory)

    def count_system_calls(self):
        shutil.rmtree(self.output, ignore_errors=True)
        os.makedirs(self.output)
        with tempfile.NamedTemporaryFile("r") as log:
            subprocess.run(["strace", "-f", "-o", log.name, *self.command], env=self.environment,
                           check=True, stderr=subprocess.PIPE)
            return sum(1 for line in log if "(" in line)


def percentile(values, p):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * p))]


def bench(args, work, containers):
    base = f"{work}/{containers}"
    cpus = 1 if containers < 10 else 4 if containers <= 100 else 16
    write_descriptors(f"{base}/etc", containers, TASKS, cpus, PERCENT, CONFIGS, dressed=True)
    shutil.copytree(f"{base}/etc", f"{base}/image/etc/rtcontainers")
    bake(args, f"{base}/image")
    write_fstab(f"{base}/fstab", containers)
    environment = {"RTCONTAINERS_PATH": f"{base}/etc"}
    ours = Peer("generator", args.measure, [args.generator, f"{base}/out"], environment, f"{base}/out")
    ours.run()
    write_pack(f"{base}/out", f"{base}/pack")
    peers = [
        ours,
        Peer("baked", args.measure, [args.generator, f"--root={base}/image", f"{base}/none"], {}, f"{base}/none"),
        Peer("floor", args.measure, [args.floor, f"{base}/pack", f"{base}/floor"], {}, f"{base}/floor"),
    ]
    if os.path.exists(FSTAB_GENERATOR):
        fstab = f"{base}/units"
        peers.append(Peer("fstab", args.measure, [FSTAB_GENERATOR, fstab, fstab, fstab],
                          {"SYSTEMD_FSTAB": f"{base}/fstab", "SYSTEMD_LOG_LEVEL": "err"}, fstab))
    peers[1].run()
    if os.listdir(f"{base}/none"):
        sys.exit("the baked image does not hold")
    for peer in peers[:2]:
        peer.wall.clear(), peer.cpu.clear()
    for _ in range(args.rounds):
        for peer in peers:
            peer.run()
    print(f"\n{containers} containers of {TASKS} tasks, {CONFIGS} configs, {args.rounds} interleaved rounds")
    print(f"  {'':10} {'wall ms':>28} {'CPU ms':>28} {'memory':>9} {'system':>7}  ratio to ours")
    print(f"  {'':10} {'median':>10}{'p99':>9}{'max':>9} {'median':>10}{'p99':>9}{'max':>9} "
          f"{'MiB':>9} {'calls':>7}  wall / CPU")
    for peer in peers:
        wall, cpu = statistics.median(peer.wall), statistics.median(peer.cpu)
        print(f"  {peer.name:10} {wall:10.2f}{percentile(peer.wall, .99):9.2f}{max(peer.wall):9.2f} "
              f"{cpu:10.2f}{percentile(peer.cpu, .99):9.2f}{max(peer.cpu):9.2f} "
              f"{peer.memory / 1024:9.1f} {peer.count_system_calls():7}  "
              f"{statistics.median(ours.wall) / wall:.2f} / {statistics.median(ours.cpu) / max(cpu, .001):.2f}")
    return containers, statistics.median(ours.cpu)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--generator", required=True)
    parser.add_argument("--rtctl", required=True)
    parser.add_argument("--floor", required=True)
    parser.add_argument("--measure", required=True)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("containers", type=int, nargs="*", default=[3, 100, 1000])
    args = parser.parse_args()
    # In memory, as /run is, where generators write.
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as work:
        growth = [bench(args, work, n) for n in args.containers]
    print("\nCPU time per container, us: " +
          ", ".join(f"{cpu / n * 1e3:.0f} at {n}" for n, cpu in growth))


if __name__ == "__main__":
    main()
