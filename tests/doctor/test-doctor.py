#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""rtctl doctor on systems that are files: each check on a system that is well and on one that is not; what the files
hold cannot hurt it. Speaks TAP."""

import functools
import gzip
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from cases import CASES, CONFIG, CPU, FOLDER, GONE, KERNEL, ORDINARY, PLATFORM, WELL, line

RTCTL = os.environ["RTCTL"]
IDS = re.findall(r'^        \{ "([\w-]+)", rt_checkup_',
                 Path(os.environ["SOURCE_ROOT"], "rtctl/doctor.c").read_text(encoding="utf-8"), re.M)
ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in ("RTCONTAINERS_PATH", "NO_COLOR")}


class System:
    """A folder with the files of a system."""

    def __init__(self, different=None):
        self.root = tempfile.mkdtemp()
        for path, text in {**WELL, **(different or {})}.items():
            self.put(path, text)

    def put(self, path, text):
        file = Path(self.root + path)
        if file.is_dir() and not file.is_symlink():
            shutil.rmtree(file)
        else:
            file.unlink(missing_ok=True)
        if text is GONE:
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        if text is FOLDER:
            file.mkdir()
        elif isinstance(text, bytes):
            file.write_bytes(text)
        else:
            file.write_text(text, encoding="utf-8")

    def run(self, *options, user=None):
        command = [RTCTL, f"--root={self.root}", *options, "doctor"]
        if user:
            command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20, env=ENVIRONMENT)

    def findings(self, user=None):
        result = self.run("--json=short", user=user)
        assert result.returncode in (0, 1), (result.returncode, result.stderr)
        answer = json.loads(result.stdout)
        levels = [finding["level"] for finding in answer["findings"]]
        assert answer["errors"] == levels.count("error") and answer["warnings"] == levels.count("warning"), answer
        assert (result.returncode == 0) == (answer["errors"] + answer["warnings"] == 0), answer
        return answer["findings"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.root)


def of(findings, check):
    return [finding for finding in findings if finding["id"] == check]


# -- one check each -----------------------------------------------------------------------------------------------


def on_a_system_that_is_well_all_is_good():
    with System() as system:
        findings = system.findings()
        assert [f["id"] for f in findings] == IDS, findings
        assert [f for f in findings if f["level"] != "good" or f["why"] or f["fix"] or f["permanent"]] == []
        result = system.run()
        assert result.returncode == 0 and result.stdout.splitlines()[-1] == \
            f"0 errors, 0 warnings, 0 notes, {len(IDS)} good", result.stdout


def every_check_has_a_case_in_which_it_finds_something():
    found = {check for check, _, level, _, _ in CASES if level != "good"}
    assert set(IDS) == found, set(IDS) ^ found


@functools.cache
def examined(index):
    with System(CASES[index][1]) as system:
        return system.findings()


def holds(index):
    check, _, level, found, fix = CASES[index]
    findings = of(examined(index), check)
    assert any(f["level"] == level and found in f["found"] and
               fix in (f["fix"] or "") + "\n" + (f["permanent"] or "") for f in findings), findings
    assert level == "good" or all(f["why"] or "not known" in f["found"] or "no switch" in f["found"]
                                  for f in findings), findings


def every_case_is_found_as_it_is():
    problems = []
    for index, case in enumerate(CASES):
        try:
            holds(index)
        except AssertionError as error:
            problems.append(f"{case[0]} {case[2]} {case[3]}: {error}")
    assert not problems, "\n".join(problems)


def findings_change_nothing_about_other_checks():
    """A file that one check reads says nothing to those that do not read it."""
    with System({"/proc/701/comm": "irqbalance\n"}) as system:
        assert {f["id"] for f in system.findings() if f["level"] != "good"} == {"irqbalance"}


# -- commands -----------------------------------------------------------------------------------------------------


def commands_are_right_for_a_shell():
    commands = set()
    for index in range(len(CASES)):
        commands |= {command for f in examined(index) for command in (f["fix"], f["permanent"]) if command}
    assert len(commands) > 50 and not any("\n" in command for command in commands), commands
    for command in [sorted(commands), "echo '"]:  # the second shows that the shell would say so
        text = command if isinstance(command, str) else "\n".join(command)
        result = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True, check=False)
        assert (result.returncode == 0 and not result.stderr) == (text != "echo '"), result.stderr


def huge_pages_of_all_sizes_get_to_the_boot_line():
    pages = "/sys/kernel/mm/hugepages/hugepages-{}kB/nr_hugepages"
    with System({PLATFORM: 'cpus = "0-3"; hugepages = ( { size = "2M"; count = 64; }, { size = "1G"; count = 2; } );\n',
                 pages.format(2048): "0\n", pages.format(1048576): "0\n"}) as system:
        findings = of(system.findings(), "hugepages")
        commands = {f["permanent"] for f in findings} - {None}
        assert len(findings) == 2 and all(f["fix"] for f in findings), findings
        assert len(commands) == 1 and "hugepagesz=2M hugepages=64 hugepagesz=1G hugepages=2" in commands.pop(), findings


def commands_of_one_system_do_not_replace_each_others_files():
    written = re.compile(r">(/etc/\S+)")
    for index in range(len(CASES)):
        commands = [f["permanent"] for f in examined(index) if f["permanent"]]
        files = [file for command in set(commands) for file in written.findall(command)]
        assert len(files) == len(set(files)), (CASES[index][0], commands)


# Files that hold one word when it is written, and all when the kernel has it.
SHOWS_CHOICES = {"preemption": "/sys/kernel/debug/sched/preempt", "thp": "/sys/kernel/mm/transparent_hugepage/enabled"}


def a_fix_that_is_run_inside_the_files_ends_its_finding():
    """Fixes write files of /proc and /sys: run on the copy, the finding is gone. Those that need a running system are
    tested in the virtual machine."""
    tried = set()
    for index, (check, different, level, _, _) in enumerate(CASES):
        for finding in of(examined(index), check):
            with System(different) as system:
                if level not in ("warning", "error") or not finding["fix"] or not re.search(r">\S*/(proc|sys)/|disable",
                                                                                            finding["fix"]):
                    continue
                command = re.sub(r"(?<![\w$])/(?=sys/|proc/)", system.root + "/", finding["fix"])
                result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
                assert result.returncode == 0, (command, result.stderr)
                if check in SHOWS_CHOICES:
                    path = Path(system.root + SHOWS_CHOICES[check])
                    text = path.read_text(encoding="utf-8").strip()
                    path.write_text(f"[{text}] ({text})\n", encoding="utf-8")
                if check == "cpus-online":
                    system.put(CPU + "online", "0-3\n")
                if check == "smt":
                    system.put(CPU + "cpu3/topology/thread_siblings_list", "3\n")
                after = of(system.findings(), check)
                assert not [f for f in after if f["found"] == finding["found"]], (command, after)
                assert not [f for f in after if f["level"] in ("warning", "error")], (command, after)
                tried.add(check)
    assert len(tried) >= 14, tried


# -- the system below a root --------------------------------------------------------------------------------------


def cpus_of_the_copied_system_are_used_when_none_are_declared():
    with System({PLATFORM: GONE, CPU + "online": "0-5\n", CPU + "present": "0-5\n"}) as system:
        findings = system.findings()
        assert of(findings, "cpus-online")[0]["found"] == "online: CPUs 0-5; real-time: CPUs 1-5", findings
        assert of(findings, "descriptors")[0]["level"] == "good", findings


def a_root_without_a_running_system_is_refused():
    with tempfile.TemporaryDirectory() as root:
        Path(root, "etc/rtcontainers").mkdir(parents=True)
        Path(root, "etc/rtcontainers/platform.conf").write_text('cpus = "0-3";\n', encoding="utf-8")
        result = subprocess.run([RTCTL, f"--root={root}", "doctor"], capture_output=True, text=True, check=False)
        assert result.returncode == 2 and "there is no" in result.stderr and not result.stdout, result


def links_lead_nowhere_outside_of_the_root():
    with tempfile.NamedTemporaryFile("w") as outside, System() as system:
        outside.write("hpet\n")
        outside.flush()
        path = system.root + "/sys/devices/system/clocksource/clocksource0/current_clocksource"
        os.unlink(path)
        os.symlink(outside.name, path)
        assert "not known" in of(system.findings(), "clocksource")[0]["found"]


def the_configuration_is_read_from_proc_as_well():
    broken = gzip.compress(CONFIG.encode())[:-20]
    for packed, level in ((gzip.compress(b"CONFIG_RT_GROUP_SCHED=y\n"), "error"), (gzip.compress(CONFIG.encode()), "good"),
                          (broken, "note"), (b"", "note"), (gzip.compress(bytes(64 * 1024 * 1024)), "note")):
        with System({"/proc/config.gz": packed, "/boot/config-6.1.0-18-rt-amd64": GONE}) as system:
            assert of(system.findings(), "rt-group-sched")[0]["level"] == level, (len(packed), level)


# -- text ---------------------------------------------------------------------------------------------------------


def the_text_has_the_worst_first_and_commands_in_one_line():
    with System({**ORDINARY, KERNEL + "sched_rt_runtime_us": "900000\n", **line("ro")}) as system:
        lines = system.run().stdout.splitlines()
    heads = [text.split()[0] for text in lines if text and text[0] != " " and not text[0].isdigit()]
    order = ["error", "warning", "note", "good"]
    assert heads == sorted(heads, key=order.index) and set(heads) == set(order), heads
    start = lines.index(next(text for text in lines if text.startswith("error")))
    assert lines[start:start + 5] == [
        "error     throttling: the kernel leaves 0.9 of each CPU to real-time tasks, rt_bandwidth is 0.95",
        "          The kernel stops tasks for the rest of each period that the analysis has proven to be in",
        "          time.",
        "    now   echo 950000 >/proc/sys/kernel/sched_rt_runtime_us",
        "    boot  echo 'kernel.sched_rt_runtime_us = 950000' >/etc/sysctl.d/60-rtcontainers-throttling.conf",
    ], lines[start:start + 5]
    assert [text for text in lines if len(text) > 100 and text[:10] not in ("    now   ", "    boot  ")] == []


def colours_are_for_terminals():
    with System({"/proc/701/comm": "irqbalance\n"}) as system:
        assert "\033" not in system.run().stdout
        if not shutil.which("script"):
            return
        shown = subprocess.run(["script", "-qec", f"{RTCTL} --no-pager --root={system.root} doctor", "/dev/null"],
                               capture_output=True, text=True, check=False, env=ENVIRONMENT).stdout
        assert "\033[33mwarning" in shown, shown[:400]


# -- bad input ----------------------------------------------------------------------------------------------------

MARK = "';touch x;$(touch x)`touch x`\""
HOSTILE = [
    b"", b"\n\n\n", b"\0" * 5000, bytes(range(256)) * 40, b"9" * 3000, b"-1", b"99999999999999999999", b"0-1023\n",
    b"0-99999999\n", b"[", b"[[[]", MARK.encode() + b"\n", (MARK + "\n").encode() * 20, b"x" * (1200 * 1024),
    b"\xff\xfe\x1b[31m\x07", b"1\n" * 500000, b" " * 100000, b"a=" * 50000, b"\n/" * 30000,
]


def examine_hostile(system, what):
    result = system.run("--json=short")
    assert result.returncode in (0, 1), (what, result.returncode, result.stderr[:300])
    assert "Sanitizer" not in result.stderr and "runtime error" not in result.stderr, (what, result.stderr)
    for finding in json.loads(result.stdout)["findings"]:
        texts = [text for text in finding.values() if text]
        assert all(text.isprintable() for text in texts), (what, finding)
        assert not any("touch x" in (finding[key] or "") for key in ("fix", "permanent")), (what, finding)
        assert len(finding["found"]) < 5000, (what, len(finding["found"]))


def no_content_of_any_file_hurts():
    paths = [path for path in WELL if not path.startswith("/etc") and WELL[path] is not FOLDER]
    generator = random.Random(7)
    paths += ["/proc/config.gz", "/etc/os-release", "/proc/701/comm", "/sys/hypervisor/type",
              "/sys/kernel/debug/sched/preempt", CPU + "isolated"]
    with System(ORDINARY) as system:
        for path in paths:
            for number, text in generator.sample(list(enumerate(HOSTILE)), 6):
                system.put(path, text)
                examine_hostile(system, (path, number))
            system.put(path, {**WELL, **ORDINARY}.get(path, GONE))


def all_files_may_be_hostile_at_once():
    generator = random.Random(5)
    for number in range(24):
        with System() as system:
            for path in WELL:
                if not path.startswith("/etc"):
                    choice = HOSTILE[number] if number < len(HOSTILE) else generator.choice(HOSTILE)
                    system.put(path, choice)
            examine_hostile(system, number)


def what_is_no_file_is_not_read():
    makers = (os.mkfifo, os.mkdir, lambda path: os.symlink("/nowhere", path),
              lambda path: os.symlink(os.path.basename(path), path))
    with System() as system:
        for number, path in enumerate(WELL):
            if path.startswith("/etc") or WELL[path] is FOLDER:
                continue
            for make in makers[number % 2::2]:
                system.put(path, GONE)
                make(system.root + path)
                examine_hostile(system, (path, make))
            system.put(path, WELL[path])


def files_that_may_not_be_read_are_named():
    with System() as system:
        os.chmod(system.root, 0o755)
        os.chmod(system.root + "/proc/timer_list", 0)
        os.chmod(system.root + "/boot/config-6.1.0-18-rt-amd64", 0)
        os.chmod(system.root + "/sys/kernel/mm/transparent_hugepage/enabled", 0)
        user = 65534 if os.geteuid() == 0 else None
        if user and (not shutil.which("setpriv") or subprocess.run(
                ["setpriv", f"--reuid={user}", "--clear-groups", RTCTL, "--version"],
                capture_output=True, check=False).returncode != 0):
            return  # it cannot be run by others where it lies
        findings = system.findings(user=user)
        assert of(findings, "timers")[0]["found"] == "resolution of timers: not known, /proc/timer_list cannot be read", findings


def systems_with_thousands_of_cpus_and_processes_are_no_matter():
    many = {f"/proc/{n}/comm": "x\n" for n in range(2, 1500)}
    many |= {PLATFORM: 'cpus = "0-1023"; housekeeping = "0";\n', CPU + "online": "0-1023\n", CPU + "present": "0-1023\n"}
    many |= {CPU + f"cpu{n}/cpufreq/scaling_governor": "powersave\n" for n in range(0, 1024, 8)}
    with System(many) as system:
        examine_hostile(system, "many")


TESTS = [
    on_a_system_that_is_well_all_is_good,
    every_check_has_a_case_in_which_it_finds_something,
    every_case_is_found_as_it_is,
    findings_change_nothing_about_other_checks,
    commands_are_right_for_a_shell,
    huge_pages_of_all_sizes_get_to_the_boot_line,
    commands_of_one_system_do_not_replace_each_others_files,
    a_fix_that_is_run_inside_the_files_ends_its_finding,
    cpus_of_the_copied_system_are_used_when_none_are_declared,
    a_root_without_a_running_system_is_refused,
    links_lead_nowhere_outside_of_the_root,
    the_configuration_is_read_from_proc_as_well,
    the_text_has_the_worst_first_and_commands_in_one_line,
    colours_are_for_terminals,
    no_content_of_any_file_hurts,
    all_files_may_be_hostile_at_once,
    what_is_no_file_is_not_read,
    files_that_may_not_be_read_are_named,
    systems_with_thousands_of_cpus_and_processes_are_no_matter,
]

print(f"1..{len(TESTS)}")
for position, test in enumerate(TESTS, 1):
    name = test.__name__.replace("_", " ")
    try:
        test()
        print(f"ok {position} - {name}", flush=True)
    except Exception as error:  # pylint: disable=broad-except
        print(f"not ok {position} - {name}")
        for text_line in (str(error) or repr(error)).splitlines()[:40]:
            print(f"# {text_line[:1000]}", flush=True)
