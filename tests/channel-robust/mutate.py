#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether explore-ring would notice: puts one mistake at a time into the channels' library, as listed in
the file `mutants`, and expects it to find a way that ends badly. Prints TAP.

mutate.py SOURCE_ROOT BUILD_ROOT MUTANTS EXPLORER"""

import concurrent.futures
import json
import os
import shlex
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "analysis"))
from mutate import read_mutants  # the same form of list

AT_ONCE = 2
TIMEOUT = 240  # s; a program that hangs has not noticed anything
FAILED = 1  # the explorer's exit status when it has found something


class Build:
    """How Meson compiles and links the explorer."""

    def __init__(self, source, build, explorer):
        self.source, self.build, self.explorer = source, build, explorer
        with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
            entries = json.load(file)
        self.compiles = {os.path.basename(entry["file"]): entry for entry in entries
                         if "libexplored" in entry.get("output", "")}
        target = os.path.relpath(explorer, build)
        commands = subprocess.run(["ninja", "-C", build, "-t", "commands", "-s", target],
                                  check=True, capture_output=True, text=True).stdout
        self.link_command = shlex.split(commands.strip().split("\n")[-1])

    def compile(self, file, text, folder):
        entry = self.compiles[file]
        path = os.path.join(folder, file)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        words, command = iter(shlex.split(entry["command"])), []
        for word in words:
            if word in ("-MF", "-MQ", "-o", "-c"):
                next(words)
            elif word != "-MD":
                command.append(word)
        made = path + ".o"
        command += ["-I" + os.path.join(self.source, "channel"), "-w", "-c", path, "-o", made]
        done = subprocess.run(command, cwd=entry["directory"], capture_output=True, text=True)
        return made if done.returncode == 0 else None

    def link(self, mutated, folder):
        """The object comes first, so that the library's of the same name is never asked for."""
        command = list(self.link_command)
        made = os.path.join(folder, "explorer")
        command[command.index("-o") + 1] = made
        command.insert(command.index("-o"), mutated)
        subprocess.run(command, cwd=self.build, check=True, capture_output=True)
        return made


def try_mutant(build, mutant):
    """What is wrong with the mutant or the explorer, None if nothing is; and what was found."""
    _, file, old, new = mutant
    with open(os.path.join(build.source, "channel", file), encoding="utf-8") as source:
        text = source.read()
    times = text.count(old) if old else 0
    if times != 1:
        return f"the text to replace occurs {times} times in {file}", None
    with tempfile.TemporaryDirectory(prefix="rt-mutant-") as folder:
        mutated = build.compile(file, text.replace(old, new), folder)
        if not mutated:
            return "it does not compile", None
        program = build.link(mutated, folder)
        try:
            done = subprocess.run([program, "first"], capture_output=True, text=True, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            return "the explorer hangs", None
    found = [line for line in done.stdout.split("\n") if line.startswith(("# ", "not ok"))]
    if done.returncode == FAILED:
        return None, "; ".join(line.removeprefix("# ") for line in found[-3:])
    return f"it is not noticed: status {done.returncode} {done.stderr.strip()}", None


def main():
    build = Build(*sys.argv[1:3], sys.argv[4])
    mutants = list(read_mutants(sys.argv[3]))
    print(f"1..{len(mutants)}")
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        results = [(f"{mutant[1]}: {mutant[0]}", pool.submit(try_mutant, build, mutant))
                   for mutant in mutants]
        for number, (name, result) in enumerate(results, 1):
            wrong, noticed = result.result()
            print(f"{'not ok' if wrong else 'ok'} {number} - {name}", flush=True)
            if wrong or noticed:
                print(f"# {wrong or noticed}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
