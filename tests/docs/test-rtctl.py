#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""rtctl's verbs, options, answers and completion are documented as they are. Speaks TAP."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from pages import (TAKEN_BY, OPTIONS, PAGES, PROSE, RTCTL, SOURCE, Skip, TABLES, VERBS, entries, examples, members, no, page,
                   plain, prose, rtctl, run, run_tests, section)

# -- rtctl --------------------------------------------------------------------------------------------------------


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


def documented_members(verb):
    entry = re.search(rf"^\.TP\n\.B {verb}\n(.*?)(?=^\.TP|\Z)", section(page("rtctl.1"), "JSON"), re.M | re.S).group(1)
    entry = plain(entry)
    return set(re.findall(r'"(\w+)":', entry)) | set(re.findall(r"^\.IR? (\w+)", entry, re.M))


def the_json_members_are_documented_as_they_are():
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
            documented = documented_members(verb)
            no(members(answers) - documented, f"members of {verb}'s answer that are not documented")
            if verb != "cat":
                no(documented - members(answers), f"documented members that {verb}'s answer does not have")


def the_members_of_an_analysis_are_documented_as_they_are():
    task = 'tasks = ( { name = "%s"; period = "%s"; wcet = "%s"; deadline = "%s"; cpu = 1; } );\n'
    program = 'rootfs = "/x";\ncommand = [ "/x" ];\n'
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "platform.conf").write_text('cpus = "0-2";\n', encoding="utf-8")
        Path(folder, "imu.container").write_text(
            program + 'publishes = [ "a" ];\n' + task % ("sample", "1ms", "240us", "300us"), encoding="utf-8")
        Path(folder, "control.container").write_text(
            program + 'subscribes = [ "a" ];\n' + task % ("law", "2ms", "1ms", "1300us"), encoding="utf-8")
        Path(folder, "a.channel").write_text(
            'pattern = "publish";\nmessage_size = 64;\nmax_latency = "5ms";\n', encoding="utf-8")
        Path(folder, "A.config").write_text(
            'containers = [ "imu", "control" ];\n'
            'chains = ( { name = "loop"; path = [ "imu.sample", "control.law" ]; } );\n', encoding="utf-8")
        for i in range(70):
            Path(folder, f"k{i}.config").write_text('containers = [ "imu" ];\n', encoding="utf-8")
        answers = [json.loads(rtctl("--json=short", "analyze", *names, folder=folder).stdout)
                   for names in ([], ["A", "k0", "k1"])]
        for answer in answers:  # what check answers is documented there
            answer["diagnostics"] = []
        documented = documented_members("analyze")
        no(members(answers) - documented, "members of analyze's answer that are not documented")
        no(documented - members(answers), "documented members that analyze's answer does not have")


class Ends:
    """A publisher and a subscriber, and a process with an end that is none of ours, as if in containers."""

    def __init__(self, folder):
        self.children, program = [], 'rootfs = "/x";\ncommand = [ "/x" ];\n'
        Path(folder, "test.channel").write_text('pattern = "publish";\nmessage_size = 64;\ndepth = 4;\n', encoding="utf-8")
        Path(folder, "a.container").write_text(program + 'publishes = [ "test" ];\n', encoding="utf-8")
        Path(folder, "b.container").write_text(program + 'subscribes = [ "test" ];\n', encoding="utf-8")
        self.group = Path(folder, "cgroup/rtcontainers.slice/rt-a.service")
        self.group.mkdir(parents=True)

    def __enter__(self):
        child = subprocess.Popen([os.environ["CHANNEL_ENDS"], "exchange"], stdout=subprocess.PIPE, text=True)
        self.children.append(child)
        pids = child.stdout.readline()
        self.children += [int(pids.split()[1])]
        Path(self.group, "cgroup.procs").write_text(pids, encoding="utf-8")
        return self

    def __exit__(self, *_):
        self.children[0].kill()
        self.children[0].wait()
        os.kill(self.children[1], signal.SIGKILL)


def the_members_of_a_status_are_documented_as_they_are():
    with tempfile.TemporaryDirectory() as folder, Ends(folder):
        environment = {"PATH": os.environ["PATH"], "RTCONTAINERS_PATH": folder, "RTCONTAINERS_CGROUP": folder + "/cgroup",
                       "RTCONTAINERS_SYSTEMCTL": ""}
        answer = json.loads(run(RTCTL, "--json=short", "status", env=environment).stdout)
    states = [end["state"] for channel in answer["channels"] for end in channel["ends"]]
    assert states == ["open", "stopped"] and answer["foreign"], answer
    answer["diagnostics"] = []
    documented = documented_members("status")
    no(members(answer) - documented, "members of status's answer that are not documented")
    # Which figures there are depends on the kernel.
    code = "".join(path.read_text(encoding="utf-8") for path in (SOURCE / "rtctl").glob("status-*.c"))
    figures = set(re.findall(r'rt_add_figure\(\w+, "(\w+)"|"memory[.a-z]+", "([a-z_]+)"', code))
    figures = {name for pair in figures for name in pair if name}
    assert {"threads", "memory_peak", "oom_kills"} <= figures, figures
    no(documented ^ (members(answer) | figures), "members that are documented, or status's answer has, only")


def the_members_of_a_diagnosis_are_documented_as_they_are():
    answer = json.loads(rtctl("--json=short", "doctor").stdout)
    documented = documented_members("doctor")
    no(members(answer) ^ documented, "members that are in doctor's answer or documented only")


def every_check_of_doctor_is_on_the_page():
    checks = set(re.findall(r'^        \{ "([\w-]+)", rt_checkup_', prose("rtctl/doctor.c"), re.M))
    assert len(checks) > 30, checks
    entry = re.search(r"^The checks are:\n(.*?)^\.RE$", page("rtctl.1"), re.M | re.S).group(1)
    named = {plain(name) for name in re.findall(r"\\fI(.*?)\\fP", entry)}
    no(checks ^ named, "checks that are in the table or on the page only")


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
            # Nothing is measured here.
            more = {"explain": ["x"], "measure": ["--duration=x"]}.get(verb, [])
            said = rtctl(option, verb, *more, folder="/nowhere").stderr
            refused = f"--{name} is for" in said and f"not for {verb};" in said
            assert refused == (verb not in verbs), (option, verb, said)


def completion_offers_the_values_of_options():
    values = OPTIONS["json"].split("|")
    assert complete("--json", "=", "") == values
    assert complete("--json", "=") == values
    assert complete("--json", "") == values
    assert complete("--json=", breaks=" ") == ["--json=" + value for value in values]
    assert complete("--root", "=", str(SOURCE) + "/exam") == [str(SOURCE / "examples")]
    assert complete("plot", "--output", "=", str(SOURCE) + "/READ") == [str(SOURCE / "README.md")]
    assert complete("plot", "--output", str(SOURCE) + "/READ") == [str(SOURCE / "README.md")]
    assert complete("plot", "--output=" + str(SOURCE) + "/READ", breaks=" ") == [f"--output={SOURCE}/README.md"]


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


def completion_offers_configs_to_analyze_and_plot():
    configs = {item["name"] for item in json.loads(rtctl("--json=short", "list").stdout)["objects"]
               if item["kind"] == "config"}
    assert set(complete("analyze", "")) == set(complete("plot", "")) == configs
    assert set(complete("analyze", "drive", "")) == configs


def completion_offers_containers_and_channels_to_status():
    names = {item["name"] for item in json.loads(rtctl("--json=short", "list").stdout)["objects"]
             if item["kind"] in ("channel", "container")}
    assert {"sensor", "samples"} <= names and set(complete("status", "")) == names, complete("status", "")


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
    for name, folders in {"rtctl.1": ["rtctl"], "rtcontainers-generator.8": ["generator", "core"],
                          "rtchannel.3": ["channel"]}.items():
        code = "".join(path.read_text(encoding="utf-8") for folder in folders for path in (SOURCE / folder).glob("*.c"))
        used = set(re.findall(r'\b(?:secure_)?(?:get|set)env\("(\w+)"', code))
        documented = set(entries(section(page(name), "ENVIRONMENT")))
        no(used ^ documented, f"variables that are in the code of {folders[0]} or on {name} only")

run_tests([
    every_verb_and_option_is_on_the_page,
    help_lists_exactly_the_table,
    verbs_and_options_that_the_texts_use_exist,
    the_example_of_a_diagnostic_is_what_rtctl_says,
    the_json_members_are_documented_as_they_are,
    the_members_of_an_analysis_are_documented_as_they_are,
    the_members_of_a_status_are_documented_as_they_are,
    the_members_of_a_diagnosis_are_documented_as_they_are,
    every_check_of_doctor_is_on_the_page,
    completion_offers_exactly_the_verbs,
    completion_offers_exactly_the_options,
    options_are_taken_by_exactly_the_verbs_that_the_table_says,
    completion_offers_the_values_of_options,
    completion_offers_the_objects_that_something_can_be_supposed_of,
    completion_offers_the_objects_there_are,
    completion_offers_configs_to_analyze_and_plot,
    completion_offers_containers_and_channels_to_status,
    completion_offers_only_what_can_be_explained,
    completion_works_beside_the_bash_completion_package,
    shellcheck_has_nothing_to_say_about_the_completion,
    environment_variables_are_documented_as_they_are,
])
