#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is documented is there, and what is there is documented. Speaks TAP."""

import json
import os
import re
import shutil
import tempfile
from fractions import Fraction
from pathlib import Path

from pages import (ALIASES, KEYS, LIBRARY_PAGES, MAN, PAGES, PROSE, RTCTL, SOURCE, Skip, TABLES, VERBS, bold_words, entries, examples, no,
                   page, plain, prose, rtctl, run, run_tests, section)

def the_pages_render_without_warnings():
    for name in PAGES:
        result = run("groff", "-man", "-Tutf8", "-ww", "-z", str(MAN / name))
        assert result.returncode == 0 and not result.stderr, result.stderr


def mandoc_has_no_warnings_about_the_pages():
    if not shutil.which("mandoc"):
        raise Skip("mandoc is not installed")
    for name in PAGES:
        result = run("mandoc", "-Tlint", "-Wwarning", str(MAN / name))
        assert not result.stdout + result.stderr, result.stdout + result.stderr


def the_pages_are_ascii_and_have_no_placeholder_left():
    no([n for n in PAGES if not page(n).isascii()], "not ASCII")
    no([n for n in PAGES if re.search(r"@[A-Z]+(:\w+)?@", page(n))], "placeholders in")


def pages_of_ours_that_are_referred_to_exist():
    names = set()
    for name in PAGES:
        names |= {f"{a}.{b}" for a, b in re.findall(r"(rt[\w.\\-]*) ?\((\d)\)", plain(page(name)))}
    no(names - set(PAGES) - ALIASES, "no such pages")


# -- keys ---------------------------------------------------------------------------------------------------------


def every_key_has_a_text():
    no([f"{kind} {name}" for kind, name, doc in TABLES["key"] if not doc.strip()], "keys without a text")
    no([name for name, doc in TABLES["schema"] if not doc.strip()], "schemas without a text")


def every_key_is_on_the_page():
    text = page("rtcontainers.conf.5")
    found = set()
    for kind in ("platform", "container", "channel", "config"):
        found |= {(kind, entry) for entry in entries(section(text, kind.upper()))}
    no([" ".join(key) for key in KEYS - found], "keys that are missing")
    no([" ".join(key) for key in found - KEYS], "entries that are no keys")


def what_looks_like_a_key_is_one():
    known = {name for _, name in KEYS}
    known |= {name.replace("[]", "") for name in known}
    known |= {name.split(".")[-1] for name in known}
    other = VERBS | {"ns", "us", "ms", "s", "rtctl", "rtcontainers", "less", "rttask_apply"}
    words = set()
    for name in sorted(set(PAGES) - set(LIBRARY_PAGES)):
        words |= {w for w in bold_words(page(name)) if re.fullmatch(r"[a-z_]+(\[\])?(\.[a-z_]+(\[\])?)*", w)}
    no(words - known - other, "neither keys nor words of the allow list in this test")


def the_examples_are_valid_descriptors():
    found = examples(page("rtcontainers.conf.5"))
    for ending in ("platform.conf", ".container", ".channel", ".config", ".d/"):
        assert any(ending in name for name, _ in found), f"there is no example of {ending}"
    with tempfile.TemporaryDirectory() as folder:
        for name, body in found:
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(body, encoding="utf-8")
        result = rtctl("--strict", "check", folder=folder)
        assert result.returncode == 0 and not result.stderr, result.stderr


def the_examples_of_devices_are_valid_and_one_for_each_sort():
    folder = SOURCE / "examples/devices"
    result = rtctl("check", folder=folder)
    assert result.returncode == 0 and " 0 errors" in result.stdout, result.stdout + result.stderr
    sorts = {"serial", "spi", "i2c", "gpio", "uio", "vfio", "hugepages", "can"}
    assert {path.stem for path in folder.glob("*.container")} == sorts


# -- the worked example of rtcontainers-analysis(7) ---------------------------------------------------------------


def worked_example():
    """rtctl's analysis of the descriptors of the example; and its text."""
    text = page("rtcontainers-analysis.7")
    with tempfile.TemporaryDirectory() as folder:
        for name, body in examples(text):
            Path(folder, name).write_text(body, encoding="utf-8")
        answer = json.loads(rtctl("--json=short", "analyze", folder=folder).stdout)
    assert answer["diagnostics"] == [], answer["diagnostics"]
    return answer["configs"][0], plain(section(text, "EXAMPLE"))


def the_worked_example_has_the_numbers_that_rtctl_computes():
    config, text = worked_example()
    for task in config["cpus"][0]["tasks"]:
        block = re.search(rf"^{task['container']}\.{task['task']}:  +w = .*?^ +R = .*?= (\d+)$", text, re.M | re.S)
        assert int(block.group(1)) * 1000 == task["response_ns"], (task, block.group(0))
        row = re.search(rf"^{task['container']}\.{task['task']} .*? (\d+)$", text, re.M)
        assert int(row.group(1)) == task["priority"], (task, row.group(0))
    chain = config["chains"][0]
    for word in ("reaction", "age"):
        value = re.search(rf"^{word} += .*= (\d+)$", text, re.M).group(1)
        assert int(value) * 1000 == chain[word + "_ns"], (word, value, chain)
    assert f"= {config['cpus'][0]['utilization']:.4f}." in text, config["cpus"][0]["utilization"]
    assert f"may grow to {config['scaling']:.3f} times" in text, config["scaling"]


def ceil(a, b):
    return -(-a // b)


def example_tasks(text):
    """The rows of the example's table, in microseconds, most urgent first."""
    rows = re.findall(r"^(\w+)\.(\w+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)$", text, re.M)
    assert len(rows) == 3, text
    return [dict(zip("TCJ", map(int, row[2:5])), priority=int(row[6]), name=row[1]) for row in rows]


def responses(tasks, factor):
    """Of jobs of which each is alone in its busy period; the overhead, 9, does not grow with the factor."""
    interrupt = 5
    grown = [9 + factor * (task["C"] - 9) for task in tasks]
    result = []
    for i, own in enumerate(tasks):
        w, last = grown[i], None
        while w != last:
            last = w
            w = grown[i]
            for k, other in enumerate(tasks):
                if k != i:
                    each = grown[k] if other["priority"] > own["priority"] else interrupt
                    w += ceil(last + other["J"], other["T"]) * each
        assert w <= own["T"] - own["J"], "the example has one job per busy period"
        result.append(w + own["J"])
    return result


def reaction_and_age(tasks, times):
    """Of the chain of all tasks, on one CPU, each more urgent than the next."""
    steps = range(len(tasks) - 1)
    reaction = sum(max(times[i], tasks[i + 1]["T"] + tasks[i]["J"]) for i in steps)
    age = sum(tasks[i]["T"] + tasks[i]["J"] for i in steps)
    return [tasks[0]["T"] + times[-1] + reaction, times[-1] + age]


def the_worked_example_has_the_numbers_of_the_formulas_on_the_page():
    config, text = worked_example()
    tasks = example_tasks(text)
    times = responses(tasks, 1)
    computed = {task["task"]: task["response_ns"] for task in config["cpus"][0]["tasks"]}
    assert computed == {task["name"]: time * 1000 for task, time in zip(tasks, times)}, (computed, times)
    chain = config["chains"][0]
    assert [chain["reaction_ns"], chain["age_ns"]] == [t * 1000 for t in reaction_and_age(tasks, times)], chain


def the_worked_example_grows_as_far_as_the_formulas_on_the_page_say():
    config, text = worked_example()
    tasks = example_tasks(text)
    chain = config["chains"][0]
    factor = Fraction(re.search(r"may grow to ([\d.]+) times", text).group(1))
    times = responses(tasks, factor)
    assert times[-1] == int(re.findall(r"^ +R = .*= (\d+)$", text, re.M)[-1]), times
    for step, holds in ((0, True), (1, False)):
        ends = reaction_and_age(tasks, responses(tasks, factor + Fraction(step, 1000)))
        within = [ends[0] * 1000 <= chain["max_reaction_ns"], ends[1] * 1000 <= chain["max_age_ns"]]
        assert within == [holds, holds], (step, ends)


# -- messages ----------------------------------------------------------------------------------------------------


def sections_that_messages_refer_to_exist():
    files = [path for folder in ("core", "generator", "rtctl") for path in (SOURCE / folder).glob("*.c")]
    code = "".join(path.read_text(encoding="utf-8") for path in files)
    found = re.findall(r"see (rt[\w.-]+)\((\d)\), (\w+)", code)
    assert found, "no message refers to a section"
    for name, number, title in found:
        text = page(f"{name}.{number}")
        known = re.findall(r"^\.S[HS] (.*)", text, re.M) + [entry.removesuffix("[]") for entry in entries(text)]
        no({title} - set(known), f"not in {name}({number})")


# -- README and docs ----------------------------------------------------------------------------------------------


def the_first_screen_of_the_readme_has_the_two_commands():
    screen = "\n".join(prose("README.md").splitlines()[:30])
    assert "./dev demo" in screen and "./dev test" in screen, screen


def what_the_tour_shows_of_rtctl_is_what_it_prints():
    tour = re.search(r"^## Tour\n.*?```\n(.*?)^```", prose("README.md"), re.M | re.S).group(1)
    commands = re.findall(r"^# (.*)\n((?:(?!# ).*\n)*)", tour, re.M)
    assert len(commands) >= 5, commands
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(SOURCE / "examples/descriptors", folder, dirs_exist_ok=True)
        environment = {"PATH": f"{os.path.dirname(RTCTL)}:{os.environ['PATH']}", "RTCONTAINERS_PATH": folder}
        for command, shown in commands:
            if re.search("systemctl|rtctl (status|doctor)", command):
                continue  # the business of the lab, or of the machine
            command = command.replace("/etc/rtcontainers", folder)
            result = run("bash", "-c", command, env=environment)
            printed = (result.stdout + result.stderr).replace(folder, "/etc/rtcontainers").splitlines()
            lines = [line.rstrip(" …") for line in shown.splitlines()]
            no([x for x in lines if not any(y.startswith(x) for y in printed)], "not printed by " + command)


def commands_of_dev_that_the_texts_use_exist():
    verbs = set(re.findall(r"^verb_(\w+)\(\)", prose("dev"), re.M))
    used = {verb for name in PROSE for verb in re.findall(r"\./dev (\w+)", prose(name))}
    assert used, "the texts use no command of ./dev"
    no(used - verbs, "no such verbs of ./dev")


def files_that_the_texts_name_exist():
    top = "core|generator|rtctl|helpers|man|tests|tools|examples|docs|units|tmpfiles\\.d"
    for name in PROSE:
        paths = set(re.findall(rf"`((?:{top})/[\w./-]*)`", prose(name)))
        paths |= {link for link in re.findall(r"\]\(([^)#:]+)\)", prose(name)) if "/" in link or "." in link}
        paths = {p for p in paths if not re.search(r"\b[A-Z]+\b(?!\.md)", p)}  # verb-NAME.c stands for many
        base = SOURCE if name == "README.md" else SOURCE / "docs"
        no([p for p in paths if not (SOURCE / p).exists() and not (base / p).exists()], f"{name} names what is not there")


def the_packages_that_the_readme_names_are_those_that_dev_installs():
    named = re.search(r"\bBUILD_PACKAGES=\((.*?)\)", prose("dev"), re.S)
    wanted = set(named.group(1).split())
    line = re.search(r"apt(?:-get)? install ((?:[^\n]*\\\n)*[^\n]*)", prose("README.md")).group(1)
    no(wanted - set(line.replace("\\\n", " ").split()), "packages that the README does not name")

run_tests([
    the_pages_render_without_warnings,
    mandoc_has_no_warnings_about_the_pages,
    the_pages_are_ascii_and_have_no_placeholder_left,
    pages_of_ours_that_are_referred_to_exist,
    every_key_has_a_text,
    every_key_is_on_the_page,
    what_looks_like_a_key_is_one,
    the_examples_are_valid_descriptors,
    the_examples_of_devices_are_valid_and_one_for_each_sort,
    the_worked_example_has_the_numbers_that_rtctl_computes,
    the_worked_example_has_the_numbers_of_the_formulas_on_the_page,
    the_worked_example_grows_as_far_as_the_formulas_on_the_page_say,
    sections_that_messages_refer_to_exist,
    the_first_screen_of_the_readme_has_the_two_commands,
    what_the_tour_shows_of_rtctl_is_what_it_prints,
    commands_of_dev_that_the_texts_use_exist,
    files_that_the_texts_name_exist,
    the_packages_that_the_readme_names_are_those_that_dev_installs,
])
