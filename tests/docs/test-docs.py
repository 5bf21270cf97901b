#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is documented is there, and what is there is documented. Speaks TAP; see meson.build for the environment."""

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
PAGES = ["rtctl.1", "rtcontainers.conf.5", "rtcontainers.7", "rtcontainers-generator.8"]
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
    no(names - set(PAGES), "no such pages")


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
    other = VERBS | {"ns", "us", "ms", "s", "rtctl", "rtcontainers", "less"}
    words = set()
    for name in PAGES:
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


# -- rtctl --------------------------------------------------------------------------------------------------------


def rtctl(*arguments, folder=SOURCE / "examples/descriptors"):
    return run(RTCTL, *arguments, env={"PATH": os.environ["PATH"], "RTCONTAINERS_PATH": str(folder)})


def first_word(text):
    return text.split()[0].split("=")[0]


def every_verb_and_option_is_on_the_page():
    text = page("rtctl.1")
    verbs = {first_word(entry) for entry in entries(section(text, "VERBS"))}
    options = {first_word(entry).removeprefix("--") for entry in entries(section(text, "OPTIONS"))}
    no(VERBS ^ verbs, "verbs that are in the table or on the page only")
    no(set(OPTIONS) ^ options, "options that are in the table or on the page only")
    no([row[0] for row in TABLES["verb"] + TABLES["option"] if not row[-1].strip()], "without a summary")
    synopsis = plain(section(text, "SYNOPSIS"))
    no([v for v in VERBS if not re.search(rf"rtctl \[OPTION\.\.\.\] {v}\b", synopsis)], "not in the synopsis")


def help_lists_exactly_the_table():
    text = rtctl("--help").stdout
    verbs, options = re.search(r"Verbs:\n(.*?)\n\n.*?Options:\n(.*?)\n\n", text, re.S).groups()
    assert [first_word(line) for line in verbs.splitlines()] == [row[0] for row in TABLES["verb"]], verbs
    assert [first_word(line) for line in options.splitlines()] == ["--" + row[0] for row in TABLES["option"]], options
    for row in TABLES["verb"] + TABLES["option"]:
        assert row[1] in text and row[-1] in text, row


def verbs_and_options_that_the_texts_use_exist():
    texts = [plain(page(name)) for name in PAGES] + [prose(name) for name in PROSE]
    for text in texts:
        pattern = r"(?:^|[`#$] |=\S+ |[`(.])(?:\./|\S*/)?rtctl ((?:--[\w=./-]+ )*)([a-z][a-z-]*)"
        for options, verb in re.findall(pattern, text, re.M):
            no({verb} - VERBS, "no such verb")
            no(set(re.findall(r"--([\w-]+)", options)) - set(OPTIONS), "no such option")
    options = set(re.findall(r"--([a-z][\w-]*)", re.sub(r"\.EX\n.*?\.EE", "", plain(page("rtctl.1")), flags=re.S)))
    no(options - set(OPTIONS), "no such options on rtctl(1)")


def the_example_of_a_diagnostic_is_what_rtctl_says():
    example = re.search(r"^/etc/rtcontainers/imu.container:4.*?(?=^\.EE)", plain(page("rtctl.1")), re.M | re.S)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "imu.container").write_text('\n\n\ntasks = ( { name = "a"; period = 10; } );\n', encoding="utf-8")
        said = rtctl("check", folder=folder).stderr.replace(folder, "/etc/rtcontainers")
    assert " ".join(example.group(0).split()) in said.splitlines(), said


def members(value):
    if isinstance(value, dict):
        return set(value) | set().union(*map(members, value.values()))
    if isinstance(value, list):
        return set().union(*map(members, value))
    return set()


def the_json_members_are_documented_as_they_are():
    text = section(page("rtctl.1"), "JSON")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "platform.conf").write_text('cpus = "0-3";\ndefault_config = "A";\n', encoding="utf-8")
        Path(folder, "imu.container").write_text('rootfs = "/imu";\ncommand = [ "/imu" ];\n', encoding="utf-8")
        Path(folder, "bad.container").write_text('rootfs = "imu";\n', encoding="utf-8")
        Path(folder, "A.config").write_text('containers = [ "imu" ];\n', encoding="utf-8")
        for verb, arguments in {"check": [], "list": [], "cat": ["imu"], "explain": ["platform"]}.items():
            answers = [json.loads(rtctl("--json=short", verb, *arguments, folder=folder).stdout)]
            if verb == "explain":
                answers.append(json.loads(rtctl("--json=short", verb, "imu", folder=folder).stdout))
            if verb == "cat":  # members of settings are keys
                for item in answers[0]["objects"]:
                    item["settings"] = None
            entry = plain(re.search(rf"^\.TP\n\.B {verb}\n(.*?)(?=^\.TP|\Z)", text, re.M | re.S).group(1))
            documented = set(re.findall(r'"(\w+)":', entry)) | set(re.findall(r"^\.IR? (\w+)", entry, re.M))
            no(members(answers) - documented, f"members of {verb}'s answer that are not documented")
            if verb != "cat":
                no(documented - members(answers), f"documented members that {verb}'s answer does not have")


# -- completion ---------------------------------------------------------------------------------------------------

COMPLETION = SOURCE / "rtctl/completion.bash"
LIBRARY = "/usr/share/bash-completion/bash_completion"


def complete(*words, library=False, breaks=None):
    """What the completion offers for the last word."""
    script = [f'PATH={shlex.quote(os.path.dirname(RTCTL))}:"$PATH"']
    if library:
        script.append(f"source {LIBRARY}")
    if breaks:
        script.append(f"COMP_WORDBREAKS={shlex.quote(breaks)}")
    script += [
        "compopt() { :; }",  # there is no completion under way
        f"source {shlex.quote(str(COMPLETION))}",
        "COMP_WORDS=(" + " ".join(map(shlex.quote, ("rtctl",) + words)) + ")",
        f"COMP_CWORD={len(words)}",
        "_rtctl",
        r'((${#COMPREPLY[@]} == 0)) || printf "%s\n" "${COMPREPLY[@]}"',
    ]
    environment = {"PATH": os.environ["PATH"], "RTCONTAINERS_PATH": str(SOURCE / "examples/descriptors")}
    result = run("bash", "--norc", "-c", "\n".join(script), env=environment)
    assert result.returncode == 0 and not result.stderr, result.stderr
    return result.stdout.split()


def completion_offers_exactly_the_verbs():
    assert set(complete("")) == VERBS, complete("")
    assert set(complete("--no-pager", "")) == VERBS, complete("--no-pager", "")


def completion_offers_exactly_the_options():
    forms = {f"--{name}{'=' if argument else ''}": TAKEN_BY[name] for name, argument in OPTIONS.items()}
    assert set(complete("--")) == set(forms), complete("--")
    for verb in VERBS:
        fitting = {form for form, verbs in forms.items() if verb in verbs}
        assert set(complete(verb, "--")) == fitting, (verb, complete(verb, "--"))


def options_are_taken_by_exactly_the_verbs_that_the_table_says():
    no(set().union(*TAKEN_BY.values()) - VERBS, "no such verbs")
    for name, verbs in TAKEN_BY.items():
        if name in ("help", "version"):
            continue
        option = f"--{name}=x" if OPTIONS[name] else f"--{name}"
        option = option.replace("--json=x", "--json=off")
        for verb in VERBS:
            said = rtctl(option, verb, *(["x"] if verb == "explain" else []), folder="/nowhere").stderr
            refused = f"--{name} is for" in said and f"not for {verb};" in said
            assert refused == (verb not in verbs), (option, verb, said)


def completion_offers_the_values_of_options():
    values = OPTIONS["json"].split("|")
    assert complete("--json", "=", "") == values
    assert complete("--json", "=") == values
    assert complete("--json", "") == values
    assert complete("--json=", breaks=" ") == ["--json=" + value for value in values]
    assert complete("--root", "=", str(SOURCE) + "/exam") == [str(SOURCE / "examples")]


def completion_offers_the_objects_that_something_can_be_supposed_of():
    names = {item["name"] + "." for item in json.loads(rtctl("--json=short", "list").stdout)["objects"]}
    assert set(complete("--what-if", "=", "")) == names
    assert set(complete("--what-if", "")) == names
    assert complete("--what-if", "=", "sens") == ["sensor."]
    assert complete("--what-if=sens", breaks=" ") == ["--what-if=sensor."]
    assert complete("--what-if", "=", "sensor.user", "=", "") == []
    # The value is no verb, whether the shell splits it or not.
    for words in (["--what-if", "=", "sensor.user", "=", "x"], ["--what-if", "sensor.user", "=", "x"]):
        assert set(complete(*words, "")) == VERBS, complete(*words, "")
    assert set(complete("--what-if", "sensor.user=x", "", breaks=" ")) == VERBS


def completion_offers_the_objects_there_are():
    names = {item["name"] for item in json.loads(rtctl("--json=short", "list").stdout)["objects"]}
    assert set(complete("cat", "")) == names
    assert set(complete("--json", "=", "short", "cat", "sensor", "")) == names
    assert complete("cat", "sensor.") == ["sensor.container"]
    assert complete("check", "") == []


def completion_offers_only_what_can_be_explained():
    offered = complete("explain", "")
    assert {"sensor", "rt-sensor.service", "rt-config-drive.target"} <= set(offered), offered
    no([name for name in offered if rtctl("explain", name).returncode != 0], "nothing to explain")
    assert complete("explain", "sensor", "") == []


def completion_works_beside_the_bash_completion_package():
    if not os.path.exists(LIBRARY):
        raise Skip("bash-completion is not installed")
    assert complete("", library=True) == complete("")
    assert complete("--json", "=", "s", library=True) == ["short"]


def shellcheck_has_nothing_to_say_about_the_completion():
    if not shutil.which("shellcheck"):
        raise Skip("shellcheck is not installed")
    result = run("shellcheck", str(COMPLETION))
    assert result.returncode == 0, result.stdout


# -- environment --------------------------------------------------------------------------------------------------


def environment_variables_are_documented_as_they_are():
    for name, folders in {"rtctl.1": ["rtctl"], "rtcontainers-generator.8": ["generator", "core"]}.items():
        code = "".join(path.read_text(encoding="utf-8") for folder in folders for path in (SOURCE / folder).glob("*.c"))
        used = set(re.findall(r'\b(?:secure_)?(?:get|set)env\("(\w+)"', code))
        documented = set(entries(section(page(name), "ENVIRONMENT")))
        no(used ^ documented, f"variables that are in the code of {folders[0]} or on {name} only")


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


def prose(name):
    return (SOURCE / name).read_text(encoding="utf-8")


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
            if "systemctl" in command:
                continue  # the lab's business
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
    top = "core|generator|rtctl|helpers|man|tests|tools|examples|docs|tmpfiles\\.d"
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


# -- TAP ----------------------------------------------------------------------------------------------------------

TESTS = [
    the_pages_render_without_warnings,
    mandoc_has_no_warnings_about_the_pages,
    the_pages_are_ascii_and_have_no_placeholder_left,
    pages_of_ours_that_are_referred_to_exist,
    every_key_has_a_text,
    every_key_is_on_the_page,
    what_looks_like_a_key_is_one,
    the_examples_are_valid_descriptors,
    every_verb_and_option_is_on_the_page,
    help_lists_exactly_the_table,
    verbs_and_options_that_the_texts_use_exist,
    the_example_of_a_diagnostic_is_what_rtctl_says,
    the_json_members_are_documented_as_they_are,
    completion_offers_exactly_the_verbs,
    completion_offers_exactly_the_options,
    options_are_taken_by_exactly_the_verbs_that_the_table_says,
    completion_offers_the_values_of_options,
    completion_offers_the_objects_that_something_can_be_supposed_of,
    completion_offers_the_objects_there_are,
    completion_offers_only_what_can_be_explained,
    completion_works_beside_the_bash_completion_package,
    shellcheck_has_nothing_to_say_about_the_completion,
    environment_variables_are_documented_as_they_are,
    sections_that_messages_refer_to_exist,
    the_first_screen_of_the_readme_has_the_two_commands,
    what_the_tour_shows_of_rtctl_is_what_it_prints,
    commands_of_dev_that_the_texts_use_exist,
    files_that_the_texts_name_exist,
    the_packages_that_the_readme_names_are_those_that_dev_installs,
]


def main():
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
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


if __name__ == "__main__":
    main()
