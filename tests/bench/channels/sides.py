# SPDX-License-Identifier: LGPL-2.1-or-later
"""Contenders, and the processes that they are measured in."""

import array
import contextlib
import ctypes
import os
import platform
import shutil
import socket
import struct
import subprocess
import tempfile
import time

PRIORITY = 80
HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"
PATIENCE = 20  # s


class Missing(Exception):
    """A contender cannot run; the text says why."""


class Contender:
    """A library and the way it is used. `program` is bench-side-PROGRAM or a Python script, `name` one of its
    contenders, `kind` how the two sides meet."""

    def __init__(self, title, program, name, kind, shim=False, **geometry):
        self.title, self.program, self.name, self.kind, self.shim = title, program, name, kind, shim
        self.geometry = geometry  # of the channel, over the case's


class Machine:
    """Where programs are, and a folder for all that is made."""

    def __init__(self, build, shim):
        self.build, self.shim = build, shim
        self.folder = tempfile.mkdtemp(prefix="rtb-", dir="/dev/shm")
        cpus = sorted(os.sched_getaffinity(0))
        if len(cpus) < 2:
            raise SystemExit("two CPUs are needed")
        self.cpus = cpus[-1], cpus[-2]
        self.places = 0
        self.roudi = None
        self.event = system_call_event()

    def close(self):
        if self.roudi:
            self.roudi.terminate()
            self.roudi.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_place(self):
        self.places += 1
        return os.path.join(self.folder, str(self.places))

    def command(self, contender):
        if contender.program.endswith(".py"):
            if subprocess.run([PYTHON, "-c", "import zmq"], stderr=subprocess.DEVNULL, check=False).returncode:
                raise Missing(f"{PYTHON} has no zmq; package python3-zmq")
            return [PYTHON, os.path.join(HERE, contender.program)]
        program = f"{self.build}/tests/bench/channels/bench-side-{contender.program}"
        if not os.path.exists(program):
            raise Missing(f"{contender.program} was not there when the benchmark was built")
        if contender.program == "iceoryx":
            self.start_roudi()
        return [program]

    def start_roudi(self):
        """iceoryx's daemon. It makes its memory first, then listens."""
        if self.roudi and self.roudi.poll() is None:
            return
        roudi = shutil.which("iox-roudi")
        if not roudi:
            raise Missing("iox-roudi is missing; package iceoryx")
        with open(f"{self.folder}/roudi.log", "w") as log:
            self.roudi = subprocess.Popen([roudi], stdout=log, stderr=subprocess.STDOUT)
        for _ in range(100):
            time.sleep(0.1)
            with open(f"{self.folder}/roudi.log") as log:
                if "ready for clients" in log.read():
                    return
        raise Missing("iox-roudi does not get ready")


# -- system calls ------------------------------------------------------------------------------------------------------

def system_call_event():
    """Number of the kernel's trace point for system calls, None where it cannot be had."""
    path = "/sys/kernel/tracing/events/raw_syscalls/sys_enter/id"
    script = f"[ -e {path} ] || mount -t tracefs none /sys/kernel/tracing; cat {path}"
    answer = subprocess.run(["unshare", "--mount", "sh", "-c", script], capture_output=True, text=True, check=False)
    return int(answer.stdout) if answer.stdout.strip().isdigit() else None


class Counter:
    """Counts the system calls of a process, with the threads that it will start."""

    def __init__(self, event, pid):
        number = {"x86_64": 298, "aarch64": 241}.get(platform.machine())
        if event is None or number is None:
            raise Missing("this kernel does not count system calls for us")
        tracepoint, size, inherit = 2, 128, 1 << 1
        attributes = struct.pack("IIQQQQQ", tracepoint, size, event, 0, 0, 0, inherit).ljust(size, b"\0")
        self.fd = ctypes.CDLL(None, use_errno=True).syscall(number, attributes, pid, -1, -1, 0)
        if self.fd < 0:
            raise Missing(f"perf_event_open: {os.strerror(ctypes.get_errno())}")

    def read(self):
        return struct.unpack("Q", os.read(self.fd, 8))[0]


# -- one side ----------------------------------------------------------------------------------------------------------

class Side:
    """A process, or a thread of one, that obeys commands."""

    def __init__(self, process, connection, log):
        self.process, self.connection, self.log = process, connection, log
        connection.settimeout(PATIENCE)

    def say(self, command):
        try:
            self.connection.send(command.encode())
        except OSError:
            raise Missing(self.last_words()) from None

    def hear(self):
        try:
            answer = self.connection.recv(1 << 20)
        except TimeoutError:
            raise Missing(f"no answer in {PATIENCE} s; its threads: {', '.join(self.threads())}") from None
        except OSError:
            answer = b""
        if not answer:
            raise Missing(self.last_words())
        return answer

    def times(self):
        return array.array("I", self.hear())

    def cpu_time(self):
        """Of all threads of the process, ns."""
        total = 0
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            with open(f"/proc/{self.process.pid}/task/{task}/schedstat") as schedstat:
                total += int(schedstat.read().split()[0])
        return total

    def threads(self):
        """What each is at."""
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            words = []
            for name in ("comm", "wchan", "syscall"):
                with open(f"/proc/{self.process.pid}/task/{task}/{name}") as file:
                    words.append(file.read().split()[0])
            yield " ".join(words)

    def last_words(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2)
        with open(self.log) as log:
            lines = log.read().split("\n")
        return next((line for line in reversed(lines) if line.strip()), "it has ended without a word")


def start(machine, contender, environment, sides=1, passed=()):
    """Starts a process of so many sides."""
    command = machine.command(contender)
    pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(sides)]
    log = machine.new_place()
    with open(log, "w") as out:
        process = subprocess.Popen(
            command + [str(theirs.fileno()) for _, theirs in pairs], env=dict(os.environ, **environment),
            stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            pass_fds=[theirs.fileno() for _, theirs in pairs] + [s.fileno() for s in passed])
    for _, theirs in pairs:
        theirs.close()
    return [Side(process, ours, log) for ours, _ in pairs]


# -- sides that meet ---------------------------------------------------------------------------------------------------

PARTNERS = {"answers": "asks", "pulls": "pushes", "publishes": "subscribes"}  # who binds: who connects
CHANNEL_ROLES = {"answers": "serves", "asks": "calls"}


class Group:
    """One side that others connect to, and these."""

    def __init__(self, machine, contender, role, size, cpus, others=1, priorities=(PRIORITY, PRIORITY), counts=False,
                 **geometry):
        self.machine, self.contender, self.sides, self.counters = machine, contender, [], []
        self.geometry = {"message_size": size, "depth": 16, "spin": 0, **geometry, **contender.geometry}
        self.place = machine.new_place()
        os.mkdir(self.place)
        try:
            self.start(role, others, counts)
            place = self.meeting_point()
            for i, side in enumerate(self.sides):
                first = i == 0
                side.say(f"open {contender.name} {role if first else PARTNERS[role]} {place} {size} "
                         f"{cpus[0] if first else cpus[1]} {priorities[0] if first else priorities[1]}")
                side.hear()
        except BaseException:
            self.close()
            raise
        self.binding, self.connecting = self.sides[0], self.sides[1:]

    def close(self):
        """All that is left of them are their files, which go with the machine's folder."""
        for side in self.sides:
            side.connection.close()
            side.process.kill()
        for side in self.sides:
            side.process.wait()

    def meeting_point(self):
        kind = self.contender.kind
        if kind == "tcp":
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                return f"tcp://127.0.0.1:{probe.getsockname()[1]}"
        return {"ipc": f"ipc://{self.place}/socket", "inproc": "inproc://bench", "file": f"{self.place}/words",
                "service": os.path.basename(self.place), "channel": "bench", "shm": "shm://bench"}[kind]

    def start(self, role, others, counts):
        machine, contender = self.machine, self.contender
        if contender.kind == "inproc":
            self.sides = start(machine, contender, {}, sides=2)
            return
        environments, passed = [{}] * (others + 1), []
        if contender.kind in ("channel", "shm"):
            environments, passed = self.write_channel(role, others)
        if contender.shim:
            if not machine.shim:
                raise Missing("librtzmq.so is not built, and $RTZMQ names none")
            environments = [dict(e, LD_PRELOAD=machine.shim) for e in environments]
        for i, environment in enumerate(environments):
            self.sides += start(machine, contender, environment, passed=passed if i == 0 else ())
            if counts:
                self.counters.append(Counter(machine.event, self.sides[-1].process.pid))
        for listener in passed:
            listener.close()

    def write_channel(self, role, others):
        """A channel as the generator would make it: a socket for each that connects, and each one's configuration."""
        numbers = dict(self.geometry)
        numbers["full"] = numbers.get("full", "overwrite" if role == "publishes" else "refuse")
        geometry = " ".join(f"{key}={value}" for key, value in numbers.items())
        names = [f"peer{i}" for i in range(others)]
        os.mkdir(f"{self.place}/bench")
        listeners = []
        for name in names:
            listeners.append(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            listeners[-1].bind(f"{self.place}/bench/{name}")
            listeners[-1].listen(16)
        environments = []
        for name in ["binds", *names]:
            folder = f"{self.place}/{name}"
            environments.append({"RTCHANNEL_DIR": folder})
            os.makedirs(f"{folder}/channels")
            kind = role if name == "binds" else PARTNERS[role]
            rest = f"accepts={','.join(names)}" if name == "binds" else "connects=yes"
            if name != "binds":
                os.symlink(f"{self.place}/bench/{name}", f"{folder}/channels/bench")
            with open(f"{folder}/channels.conf", "w") as conf:
                conf.write(f"bench role={CHANNEL_ROLES.get(kind, kind)} {geometry} connections=1 {rest}\n")
        environments[0]["LISTEN_FDS"] = str(max(s.fileno() for s in listeners) - 2)
        return environments, listeners
