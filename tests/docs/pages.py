# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of texts share: the tables, the manual pages, rtctl, and TAP. See meson.build for the environment."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(os.environ["SOURCE_ROOT"])
MAN = Path(os.environ["MAN_DIR"])
RTCTL = os.environ["RTCTL"]
# Those of the library; each describes a group of functions, whose names lead to it.
LIBRARY_PAGES = sorted(path.name.removesuffix(".in") for path in (SOURCE / "man").glob("rtchannel*.3.in"))
PAGES = ["rtctl.1", *LIBRARY_PAGES, "rtcontainers.conf.5", "rtcontainers.7", "rtcontainers-analysis.7",
         "rtcontainers-generator.8", "rtcontainers-bridge.8", "rttask_apply.3"]
PROSE = ["README.md", "docs/ARCHITECTURE.md", "docs/HACKING.md"]


class Skip(Exception):
    pass


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)


def no(problems, what):
    problems = sorted(set(problems))
    assert not problems, what + ": " + ", ".join(problems)


# -- the tables ---------------------------------------------------------------------------------------------------


def read_tables():
    """Rows of `docgen --list` by their first field."""
    tables = {"schema": [], "key": [], "verb": [], "option": []}
    for line in run(os.environ["DOCGEN"], "--list").stdout.splitlines():
        name, *fields = line.split("\t")
        tables[name].append(fields)
    return tables


TABLES = read_tables()
KEYS = {(kind, name) for kind, name, _ in TABLES["key"]}
VERBS = {name for name, _, _ in TABLES["verb"]}
OPTIONS = {name: argument for name, argument, _, _ in TABLES["option"]}
# The verbs that take an option; all if it does not say.
TAKEN_BY = {name: set(verbs.split()) or VERBS for name, _, verbs, _ in TABLES["option"]}


# -- pages --------------------------------------------------------------------------------------------------------


def page(name):
    return (MAN / name).read_text(encoding="utf-8")


# Names under which man finds a page of the library, apart from the page's own.
ALIASES = {path.name for path in MAN.glob("rtchannel_*.3")} - set(LIBRARY_PAGES)


def plain(text):
    """Roff text as it reads: without font changes and escapes."""
    text = re.sub(r"\\f.", "", text)
    return text.replace(r"\-", "-").replace(r"\&", "").replace(r"\(aq", "'").replace(r"\e", "\\")


def section(text, title):
    """The lines between that .SH and the next."""
    found = re.search(rf"^\.SH {re.escape(title)}\n(.*?)(?=^\.SH |\Z)", text, re.M | re.S)
    assert found, f"there is no section {title}"
    return found.group(1)


def entries(text):
    """The headings of all .TP paragraphs."""
    return [plain(re.sub(r"^\.[A-Z]+ ", "", line)) for line in re.findall(r"^\.TP\n(.*)", text, re.M)]


def bold_words(text):
    for line in text.splitlines():
        yield from (plain(word) for word in re.findall(r"\\fB(.*?)\\f[RIP]", line))
        macro = re.match(r"\.(B|BR|RB|BI|IB) (.*)", line)
        if not macro:
            continue
        if macro.group(1) == "B":
            yield plain(macro.group(2))
            continue
        words = shlex.split(macro.group(2).replace("\\", "\\\\"))
        first = 0 if macro.group(1)[0] == "B" else 1
        for i in range(first, len(words), 2):
            if not (i + 1 < len(words) and words[i + 1].startswith("(")):  # reference to a page
                yield plain(words[i])


def examples(text):
    """(name of the descriptor, its text) of all examples that are marked as descriptors."""
    pattern = r'^\.\\" descriptor: ([^\n]*)\n\.EX\n(.*?)^\.EE$'
    return [(plain(name), plain(body)) for name, body in re.findall(pattern, text, re.M | re.S)]


# -- texts and rtctl ----------------------------------------------------------------------------------------------


def prose(name):
    return (SOURCE / name).read_text(encoding="utf-8")


def rtctl(*arguments, folder=SOURCE / "examples/descriptors"):
    return run(RTCTL, *arguments, env={"PATH": os.environ["PATH"], "RTCONTAINERS_PATH": str(folder)})


def members(value):
    if isinstance(value, dict):
        return set(value) | set().union(*map(members, value.values()))
    if isinstance(value, list):
        return set().union(*map(members, value))
    return set()


# -- TAP ----------------------------------------------------------------------------------------------------------


def run_tests(tests):
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        name = test.__name__.replace("_", " ")
        try:
            test()
            print(f"ok {number} - {name}")
        except Skip as reason:
            print(f"ok {number} - {name} # SKIP {reason}")
        except Exception as error:  # pylint: disable=broad-except
            print(f"not ok {number} - {name}")
            for line in (str(error) or repr(error)).splitlines():
                print(f"# {line}")
        sys.stdout.flush()
