#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The example programs, alone and with channels between them, outside of containers. Speaks TAP."""

import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAMS = Path(os.environ["EXAMPLES"])
SAMPLES = "message_size=64 depth=16 full=overwrite spin=0 connections=1"
EVENTS = "message_size=256 depth=64 full=refuse spin=0 connections=1"
# What the generator tells each of its ends; see the descriptors.
ENDS = {
    "sensor": [f"samples role=publishes {SAMPLES} accepts=controller,logger"],
    "controller": [f"samples role=subscribes {SAMPLES} connects=yes", f"events role=pushes {EVENTS} connects=yes"],
    "logger": [f"samples role=subscribes {SAMPLES} connects=yes", f"events role=pulls {EVENTS} accepts=controller"],
}
SOCKETS = {"samples": ["controller", "logger"], "events": ["controller"]}


class Wiring:
    """Sockets as systemd would make them, and for each container the folder that it would see."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="rt-examples-")
        self.sockets = {}
        for channel, peers in SOCKETS.items():
            for peer in peers:
                path = Path(self.folder.name, channel, peer)
                path.parent.mkdir(exist_ok=True)
                listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                listener.bind(str(path))
                listener.listen(16)
                self.sockets[channel, peer] = listener
        for name, lines in ENDS.items():
            view = Path(self.folder.name, name)
            (view / "channels").mkdir(parents=True)
            (view / "channels.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
            for line in lines:
                channel = line.split()[0]
                if "connects=yes" in line:
                    (view / "channels" / channel).symlink_to(f"../../{channel}/{name}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for listener in self.sockets.values():
            listener.close()
        self.folder.cleanup()

    def start(self, name, *arguments):
        """Starts it as its container would; as descriptors from 3 on it gets what it listens at."""
        passed = [listener.fileno() for (channel, _), listener in self.sockets.items()
                  for line in ENDS[name] if line.startswith(channel + " ") and "accepts=" in line]
        environment = {"RTCHANNEL_DIR": str(Path(self.folder.name, name)), "LISTEN_FDS": str(len(passed))}

        def put():
            for i, fd in enumerate(passed):
                os.dup2(fd, 100 + i)
            for i in range(len(passed)):
                os.dup2(100 + i, 3 + i)

        return Running(name, arguments, environment, preexec_fn=put, close_fds=False)


class Running:
    def __init__(self, name, arguments=(), environment=None, **options):
        self.name = name
        self.process = subprocess.Popen(
            [PROGRAMS / f"rt-example-{name}", "--report=200ms", *arguments], env=environment or {},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)

    def stop(self):
        """Ends it; returns what it has said."""
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=10)
        assert self.process.returncode == 0, f"{self.name} ended with {self.process.returncode}: {output}"
        return output


def run_together(seconds, *meanwhile):
    """All three for so long; returns what they have said by their names."""
    with Wiring() as wiring:
        running = [wiring.start("sensor", "--work=0us"), wiring.start("controller", "--work=0us"),
                   wiring.start("logger")]
        time.sleep(seconds)
        for step in meanwhile:
            step(running)
        return {program.name: program.stop() for program in reversed(running)}


def value(text, key):
    """The last that was reported."""
    return int(re.findall(rf"\b{key}=(-?\d+)", text)[-1])


# -- tests --------------------------------------------------------------------------------------------------------


def without_channels_they_say_so_and_run():
    for name in ENDS:
        program = Running(name)
        time.sleep(0.3)
        output = program.stop()
        for line in ENDS[name]:
            assert f"{name}: no channel {line.split()[0]} is declared here; going without\n" in output, output
        assert f"{name}: stopped" in output and "jobs=" in output, output


def a_channel_that_is_declared_but_cannot_be_opened_ends_them():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "channels.conf").write_text("samples role=nonsense\n", encoding="utf-8")
        result = subprocess.run([PROGRAMS / "rt-example-sensor"], env={"RTCHANNEL_DIR": folder}, capture_output=True,
                                text=True, timeout=10, check=False)
    assert result.returncode == 1 and "sensor: channel samples: Invalid argument" in result.stderr, result


def samples_reach_controller_and_logger():
    said = run_together(1.5)
    for name in ("controller", "logger"):
        assert value(said[name], "samples") >= 50, said[name]
    assert value(said["logger"], "newest") > 20, said["logger"]


def the_set_point_follows_the_sensor_and_the_logger_is_told():
    said = run_together(2)
    assert value(said["controller"], "setpoint") in (100, 200), said["controller"]
    for change in ("1000 -> 0", "0 -> 100"):
        assert re.search(rf"logger: event from controller: set point {change}, as of sample \d+\n", said["logger"]), said


def samples_that_stay_away_are_an_event_and_so_is_their_coming_back():
    def pause(running):
        running[0].process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        running[0].process.send_signal(signal.SIGCONT)
        time.sleep(0.5)

    said = run_together(0.7, pause)
    assert re.search(r"event from controller: sample \d+ is late: \d+ ms old, and no newer one\n", said["logger"]), said
    assert re.search(r"event from controller: samples come again: \d+\n", said["logger"]), said


def a_sensor_that_is_started_again_is_found_again():
    with Wiring() as wiring:
        logger, sensor = wiring.start("logger"), wiring.start("sensor", "--work=0us")
        time.sleep(0.5)
        before = sensor.stop()
        sensor = wiring.start("sensor", "--work=0us")
        time.sleep(0.7)
        sensor.stop()
        said = logger.stop()
    assert value(said, "samples") > value(before, "highest") + 20, (before, said)


def samples_are_laid_out_as_is_documented():
    text = Path(os.environ["SOURCE_ROOT"], "examples/src/sample.h").read_text(encoding="utf-8")
    layout, = re.findall(r'struct.unpack\("([^"]+)"', text)
    assert struct.calcsize(layout) == int(re.search(r"sizeof\(RtSample\) == (\d+)", text).group(1))


def main():
    failed = 0
    print(f"1..{len(TESTS)}")
    for i, test in enumerate(TESTS, 1):
        name = test.__name__.replace("_", " ")
        try:
            test()
            print(f"ok {i} - {name}", flush=True)
        except (AssertionError, subprocess.TimeoutExpired, IndexError) as error:
            failed += 1
            print(f"not ok {i} - {name}")
            print("# " + str(error).replace("\\n", "\n").replace("\n", "\n# "), flush=True)
    return failed > 0


TESTS = [without_channels_they_say_so_and_run, a_channel_that_is_declared_but_cannot_be_opened_ends_them,
         samples_reach_controller_and_logger, the_set_point_follows_the_sensor_and_the_logger_is_told,
         samples_that_stay_away_are_an_event_and_so_is_their_coming_back,
         a_sensor_that_is_started_again_is_found_again, samples_are_laid_out_as_is_documented]
sys.exit(main())
