#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Rules of the source tree that no compiler checks: which folder may include what, where main()
may be, licence headers, sizes of files and functions. Prints TAP."""

import os
import re
import subprocess
import sys

TOP = os.path.abspath(sys.argv[1])

# What a folder's code may include besides the C library, the kernel's headers and its own headers.
# Tests, benchmarks and examples are free.
ALLOWED = {
    "core": ([], []),
    "generator": (["core"], ["libconfig.h", "xxhash.h"]),
    "helpers": (["core"], []),
    "rtctl": (["core", "generator", "helpers"], ["json-c/json.h", "zlib.h"]),
    "channel": ([], ["zmq.h"]),
    # What a thread in a container asks; the reader of the text that answers is the helpers'.
    "task": ([], []),
    # One end of a channel that can do what the ZeroMQ face can, run by a generated unit.
    "bridge": (["channel", "helpers"], ["zmq.h"]),
}
# Single headers of other folders: rtctl reads the statistics that ends of channels leave in memory, and shares no more
# with the library than their layout. librttask compiles two files of the helpers in.
SINGLE = {"rtctl": {"statistics.h": "channel", "rtchannel.h": "channel"},
          "task": {"task-spec.h": "helpers", "sched-attr.h": "helpers"}}
MADE = "build-config.h"  # made by Meson
C_LIBRARY = """assert ctype dirent dlfcn endian errno fcntl fnmatch ftw getopt glob inttypes limits locale
    math poll pthread sched signal spawn stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib
    stdnoreturn string strings syslog termios time unistd wchar""".split()
SYSTEM = re.compile(r"(sys|linux|netinet|arpa|net)/\w+\.h$|(%s)\.h$" % "|".join(C_LIBRARY))

MOST_LINES = 500
MOST_FUNCTION_LINES = 60
# Data, not code; and texts whose licence is their own.
NO_HEADER = re.compile(
    r"(^|/)(COPYING|README.md|\.gitignore|\.clang-format|\.gitattributes|.*\.md|.*\.json|.*\.svg)$"
    r"|^tests/golden/cases/|^tests/fuzz/corpus/|^tests/.*\.(expected|txt)$|^docs/|^rtctl/completion")

count = 0
failed = 0


def source_files():
    """What git knows, and what it does not know yet but does not ignore; else all files."""
    try:
        listed = subprocess.run(
            ["git", "-C", TOP, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            check=True, capture_output=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = [os.path.relpath(os.path.join(folder, name), TOP)
                  for folder, _, names in os.walk(TOP) for name in names
                  if not re.search(r"/(\.git|build[^/]*)(/|$)", folder)]
    return sorted(f for f in listed if f and os.path.isfile(os.path.join(TOP, f))
                  and not os.path.islink(os.path.join(TOP, f)))


def text_of(path):
    with open(os.path.join(TOP, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def report(name, problems):
    global count, failed
    count += 1
    failed += bool(problems)
    print(("not ok" if problems else "ok"), count, "-", name)
    for problem in problems:
        print("#", problem)


def folder_of(path):
    return path.split("/")[0]


def check_includes(files):
    headers = {}  # name → folders that have it
    for path in files:
        if path.endswith(".h"):
            headers.setdefault(os.path.basename(path), set()).add(folder_of(path))
    for folder, (others, libraries) in ALLOWED.items():
        problems = []
        for path in files:
            if folder_of(path) != folder or not path.endswith((".c", ".h")):
                continue
            for form, name in re.findall(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', text_of(path), re.M):
                if form == "<":
                    fine = SYSTEM.match(name) or name in libraries
                else:
                    homes = headers.get(name, set()) & {folder, *others, SINGLE.get(folder, {}).get(name)}
                    fine = name == MADE or homes
                if not fine:
                    problems.append(f"{path} includes {form}{name}")
        report(f"{folder} includes only the C library, itself"
               + "".join(f", {x}" for x in others + libraries), problems)


def check_analysis(files):
    """The mathematics knows numbers only: of core's headers just the arena's."""
    own = {os.path.basename(f) for f in files if f.startswith("core/analysis/") and f.endswith(".h")}
    problems = [f"{path} includes {name}" for path in files if path.startswith("core/analysis/")
                for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', text_of(path), re.M)
                if name not in own | {"arena.h"}]
    report("core/analysis includes only itself and the arena", problems if own else ["it is not there"])


def check_mains(files):
    """Libraries are linked into tests and fuzzers, so main() is in a file of its own."""
    problems = []
    for path in files:
        if folder_of(path) not in ALLOWED or not path.endswith(".c"):
            continue
        has_main = re.search(r"^int main\(", text_of(path), re.M)
        if path.endswith("/main.c") != bool(has_main) and not is_program(path):
            problems.append(f"{path}: main() {'is here' if has_main else 'is missing'}")
    report("main() is in main.c, or in a program that is one file", problems)


def is_program(path):
    """Helpers are small programs: helpers/NAME.c is the program NAME."""
    return folder_of(path) == "helpers"


def check_headers(files):
    problems = [path for path in files
                if not NO_HEADER.search(path) and "SPDX-License-Identifier:" not in
                "\n".join(text_of(path).split("\n")[:5])]
    report("every source file has its licence in its first lines", problems)


def check_sizes(files):
    problems = []
    for path in files:
        if path.endswith((".c", ".h", ".sh", ".py")) or path == "dev":
            n = text_of(path).count("\n")
            if n > MOST_LINES:
                problems.append(f"{path} has {n} lines")
    report(f"no source file has more than {MOST_LINES} lines", problems)


def functions(text):
    """Name and number of lines of each function of a C file as clang-format lays it out."""
    name, begin = None, None
    for number, line in enumerate(text.split("\n")):
        head = re.match(r"(?:START_TEST|[A-Za-z_].*?\b(\w+))\((\w*)", line)
        if head and not line.endswith(";"):
            name = head.group(1) or head.group(2)
        if line == "{":
            begin = number
        elif line == "}" and begin is not None:
            yield name, number - begin + 1
            begin = None


def shell_functions(text):
    name, begin = None, None
    for number, line in enumerate(text.split("\n")):
        head = re.match(r"(\w+)\(\) \{", line)
        if head:
            name, begin = head.group(1), number
        elif line == "}" and begin is not None:
            yield name, number - begin + 1
            begin = None


def check_functions(files):
    problems, n = [], 0
    for path in files:
        found = []
        if path.endswith(".c"):
            found = functions(text_of(path))
        elif path.endswith(".sh") or path == "dev":
            found = shell_functions(text_of(path))
        for name, lines in found:
            n += 1
            if lines > MOST_FUNCTION_LINES:
                problems.append(f"{path}: {name}() has {lines} lines")
    if n < 100:
        problems.append(f"only {n} functions were found: this test does not see them any more")
    report(f"no function has more than {MOST_FUNCTION_LINES} lines", problems)


def check_test_files(files):
    """thing.c is tested by test-thing.c, one program per module."""
    tested = {os.path.basename(f)[5:-2] for f in files
              if f.startswith("tests/unit/test-") and f.endswith(".c")}
    modules = {os.path.basename(f)[:-2] for f in files
               if folder_of(f) in ALLOWED and f.endswith(".c")}
    report("every unit test is named after a module",
           [f"tests/unit/test-{name}.c" for name in sorted(tested - modules)])


def main():
    files = source_files()
    check_includes(files)
    check_analysis(files)
    check_mains(files)
    check_headers(files)
    check_sizes(files)
    check_functions(files)
    check_test_files(files)
    print(f"1..{count}")
    return 0


sys.exit(main())
