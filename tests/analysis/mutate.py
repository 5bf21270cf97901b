#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether the tests of the analysis would notice: puts one mistake at a time into core/analysis, as
listed in the file `mutants`, links the tests with it and expects one of them to fail. Prints TAP.

mutate.py SOURCE_ROOT BUILD_ROOT MUTANTS PROGRAM…"""

import concurrent.futures
import json
import os
import shlex
import subprocess
import sys
import tempfile

SETS = "700"  # of the simulations' task sets, to be quick
HANGS = "0.2"  # of the minute that a test may take; one that hangs has noticed the mutant
TIMEOUT = 300  # s, if Check does not end it
AT_ONCE = 2


def read_mutants(path):
    """Yields (name, file, old text, new text). Of each mutant: "@ FILE NAME", the lines to replace
    after "-", those that replace them after "+"."""
    name, file, old, new = None, None, [], []
    with open(path, encoding="utf-8") as lines:
        for line in [*lines, "@ end of file\n"]:
            line = line.rstrip("\n")
            if line.startswith("@ "):
                if name:
                    yield name, file, "\n".join(old), "\n".join(new)
                file, name = line[2:].split(" ", 1)
                old, new = [], []
            elif line.startswith("-"):
                old.append(line[1:])
            elif line.startswith("+"):
                new.append(line[1:])


class Build:
    """How Meson compiles and links what is mutated."""

    def __init__(self, source, build, programs):
        self.source, self.build = source, build
        self.programs = programs
        with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
            entries = json.load(file)
        self.compiles = {os.path.basename(entry["file"]): entry for entry in entries
                         if os.path.dirname(entry["file"]).endswith("core/analysis")}
        self.links = {program: self.link_command(program) for program in programs}

    def link_command(self, program):
        target = os.path.relpath(program, self.build)
        output = subprocess.run(["ninja", "-C", self.build, "-t", "commands", "-s", target],
                                check=True, capture_output=True, text=True).stdout
        return shlex.split(output.strip().split("\n")[-1])

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
        command += ["-O1", "-g0", "-w", "-c", path, "-o", made]
        done = subprocess.run(command, cwd=entry["directory"], capture_output=True, text=True)
        return made if done.returncode == 0 else None

    def link(self, program, mutated, folder):
        """The object comes first, so that the library's of the same name is never asked for."""
        command = list(self.links[program])
        made = os.path.join(folder, os.path.basename(program))
        command[command.index("-o") + 1] = made
        if mutated:
            command.insert(command.index("-o"), mutated)
        subprocess.run(command, cwd=self.build, check=True, capture_output=True)
        return made

    def order(self, file):
        """The module's own tests first: they are the likeliest to fail."""
        own = {"response": "fixed", "cpu": "fixed", "demand": "deadline"}.get(file[:-2], file[:-2])
        return sorted(self.programs, key=lambda p: os.path.basename(p) not in
                      ("test-" + file[:-2], "simulate-" + own))

    def failing(self, file, mutated, folder, patience=HANGS):
        """The first test program that fails with the object linked in, None if none does."""
        for program in self.order(file):
            path = self.link(program, mutated, folder)
            try:
                done = subprocess.run([path], capture_output=True, timeout=TIMEOUT,
                                      env={**os.environ, "RT_ANALYSIS_SETS": SETS,
                                           "CK_TIMEOUT_MULTIPLIER": patience})
            except subprocess.TimeoutExpired:
                return os.path.basename(program)
            os.remove(path)
            if done.returncode != 0:
                return os.path.basename(program)
        return None


def try_mutant(build, mutant):
    """What is wrong with the mutant or the tests, None if nothing is; and who noticed it."""
    name, file, old, new = mutant
    with open(os.path.join(build.source, "core/analysis", file), encoding="utf-8") as source:
        text = source.read()
    times = text.count(old) if old else 0
    if times != 1:
        return f"the text to replace occurs {times} times in {file}", None
    with tempfile.TemporaryDirectory(prefix="rt-mutant-") as folder:
        mutated = build.compile(file, text.replace(old, new), folder)
        if not mutated:
            return "it does not compile", None
        noticed = build.failing(file, mutated, folder)
        return (None if noticed else "no test notices"), noticed


def try_original(build):
    with tempfile.TemporaryDirectory(prefix="rt-mutant-") as folder:
        failing = build.failing("load.c", None, folder, patience="2")
        return (f"{failing} fails" if failing else None), None


def main():
    build = Build(*sys.argv[1:3], sys.argv[4:])
    mutants = list(read_mutants(sys.argv[3]))
    print(f"1..{len(mutants) + 1}")
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        results = [("the tests pass without a mutant", pool.submit(try_original, build))]
        results += [(f"{mutant[1]}: {mutant[0]}", pool.submit(try_mutant, build, mutant))
                    for mutant in mutants]
        for number, (name, result) in enumerate(results, 1):
            wrong, noticed = result.result()
            print(f"{'not ok' if wrong else 'ok'} {number} - {name}", flush=True)
            if wrong or noticed:
                print(f"# {wrong or noticed}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
