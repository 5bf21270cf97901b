#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs of pyzmq as they are, over channels: the library is preloaded, the addresses are shm://.
Prints TAP. Arguments: the library, the Python that has pyzmq."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile

LIBRARY, PYTHON = os.path.abspath(sys.argv[1]), sys.argv[2]
PATIENCE = 60

# What the library stands before; each of them is also in channel/zmq/rtzmq.map.
SYMBOLS = """bind close connect ctx_destroy ctx_shutdown ctx_term device disconnect getsockopt
    msg_recv msg_send poll proxy proxy_steerable recv recviov recvmsg send send_const sendiov sendmsg
    setsockopt socket socket_monitor term unbind""".split()

GEOMETRY = "message_size=256 depth=16 full=%s spin=0 connections=4"

SERVER = """
import zmq
socket = zmq.Context().socket(zmq.REP)
socket.bind("shm://ask")
while True:
    parts = socket.recv_multipart()
    socket.send_multipart([b"re"] + parts)
    if parts == [b"end"]:
        break
"""

CLIENT = """
import zmq
context = zmq.Context()
socket = context.socket(zmq.REQ)
socket.connect("shm://ask")
for text in b"a", b"b" * 200, b"":
    socket.send(text)
    assert socket.recv_multipart() == [b"re", text]
socket.send_json({"key": [1, 2]})
assert socket.recv_multipart()[1] == b'{"key": [1, 2]}'
assert socket.get(zmq.LAST_ENDPOINT) == b"shm://ask\\0" or socket.LAST_ENDPOINT == b"shm://ask"
try:
    socket.send(bytes(257))
    raise SystemExit("too long, but sent")
except zmq.ZMQError as error:
    assert error.errno == zmq.EMSGSIZE
socket.send(b"end")
poller = zmq.Poller()
poller.register(socket, zmq.POLLIN)
assert dict(poller.poll(20000)) == {socket: zmq.POLLIN}
assert socket.recv_multipart() == [b"re", b"end"]
socket.close()
context.term()
"""

ASYNC_SERVER = """
import asyncio, zmq, zmq.asyncio
async def main():
    socket = zmq.asyncio.Context().socket(zmq.ROUTER)
    socket.bind("shm://ask")
    for i in range(200):
        name, empty, text = await socket.recv_multipart()
        await socket.send_multipart([name, empty, text + b"!"])
    await asyncio.sleep(0.2)
asyncio.run(main())
"""

ASYNC_CLIENT = """
import asyncio, zmq, zmq.asyncio
async def ask(context, i):
    socket = context.socket(zmq.REQ)
    socket.connect("shm://ask")
    for k in range(100):
        text = b"%d.%d" % (i, k)
        await socket.send(text)
        assert await asyncio.wait_for(socket.recv(), 30) == text + b"!"
    socket.close()
async def main():
    context = zmq.asyncio.Context()
    await asyncio.gather(ask(context, 1), ask(context, 2))
asyncio.run(main())
"""

PUBLISHER = """
import sys, zmq
socket = zmq.Context().socket(zmq.PUB)
socket.bind("shm://news")
while True:
    socket.send_multipart([b"weather", b"rain"])
    socket.send_multipart([b"sports", b"nil"])
    if sys.stdin.readline() == "":
        break
socket.send_multipart([b"weather", b"end"])
"""

SUBSCRIBER = """
import os, zmq
socket = zmq.Context().socket(zmq.SUB)
socket.connect("shm://news")
socket.subscribe("wea")
while not socket.poll(50):
    print("more", flush=True)
os.close(1)
parts = []
while parts != [b"weather", b"end"]:
    assert parts in ([], [b"weather", b"rain"])
    assert socket.poll(20000)
    parts = socket.recv_multipart()
assert not socket.poll(0)
"""

ORDINARY = """
import zmq
context = zmq.Context()
for address in "tcp://127.0.0.1:*", "ipc://*", "inproc://x":
    one, two = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    one.bind(address)
    two.connect(one.LAST_ENDPOINT)
    two.send_multipart([b"a", b"b"])
    assert one.recv_multipart() == [b"a", b"b"]
    one.close(); two.close()
context.term()
"""

count = 0


def report(name, problem):
    global count
    count += 1
    print("not ok" if problem else "ok", count, "-", name)
    for line in str(problem).split("\n") if problem else []:
        print("#", line)


class House:
    """Two containers: files, sockets, environment."""

    def __init__(self, name, listening, connecting, full="refuse"):
        self.folder = tempfile.mkdtemp(prefix="rtzmq-")
        for folder in "l", "c", "c/channels", f"s/{name}":
            os.makedirs(f"{self.folder}/{folder}")
        self.write("l", f"{name} role={listening} {GEOMETRY % full} accepts=peer\n")
        self.write("c", f"{name} role={connecting} {GEOMETRY % full} connects=yes\n")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.bind(f"{self.folder}/s/{name}/peer")
        self.socket.listen(16)
        os.symlink(f"{self.folder}/s/{name}/peer", f"{self.folder}/c/channels/{name}")
        self.programs = []

    def write(self, container, line):
        with open(f"{self.folder}/{container}/channels.conf", "w", encoding="ascii") as file:
            file.write(line)

    def start(self, container, program, **more):
        env = dict(os.environ, LD_PRELOAD=LIBRARY, RTCHANNEL_DIR=f"{self.folder}/{container}",
                   LISTEN_FDS=str(self.socket.fileno() - 2), RTZMQ_REPORT="1")
        child = subprocess.Popen([PYTHON, "-c", program], env=env, pass_fds=[self.socket.fileno()],
                                 stderr=subprocess.PIPE, text=True, **more)
        self.programs.append(child)
        return child

    def end(self):
        """What went wrong, in words."""
        problems = []
        for child in self.programs:
            try:
                errors = child.communicate(timeout=PATIENCE)[1]
            except subprocess.TimeoutExpired:
                child.kill()
                errors = child.communicate()[1] + "did not end"
            if child.returncode != 0:
                problems.append(errors)
            elif "0 sockets over channels" in errors or "sockets over channels" not in errors:
                problems.append("its sockets were not over channels: " + errors)
        self.socket.close()
        shutil.rmtree(self.folder)
        return "\n".join(problems)


def test_symbols():
    listed = subprocess.run(["nm", "-D", "--defined-only", LIBRARY], check=True, text=True,
                            capture_output=True).stdout.split("\n")
    found = sorted(line.split()[2] for line in listed if line)
    meant = sorted("zmq_" + name for name in SYMBOLS)
    report("the library has the functions that it stands before and no other symbol",
           "" if found == meant else f"{set(found) ^ set(meant)}")


def test_pair(name, channel, roles, listener, connector):
    house = House(channel, *roles)
    house.start("l", listener)
    house.start("c", connector)
    report(name, house.end())


def test_publish():
    house = House("news", "publishes", "subscribes", "overwrite")
    subscriber = house.start("c", SUBSCRIBER, stdout=subprocess.PIPE)
    publisher = house.start("l", PUBLISHER, stdin=subscriber.stdout)
    subscriber.stdout.close()
    subscriber.stdout = None
    del publisher
    report("a subscriber with a poller gets what it wants", house.end())


def test_ordinary():
    result = subprocess.run([PYTHON, "-c", ORDINARY], env=dict(os.environ, LD_PRELOAD=LIBRARY),
                            capture_output=True, text=True, timeout=PATIENCE, check=False)
    report("ordinary addresses work as ever", result.stderr if result.returncode else "")


def main():
    test_symbols()
    if subprocess.run([PYTHON, "-c", "import zmq"], capture_output=True, check=False).returncode:
        print(f"ok {count + 1} - pyzmq # SKIP {PYTHON} has none")
        print(f"1..{count + 1}")
        return
    test_ordinary()
    roles = ("serves", "calls")
    test_pair("a server and a client talk in parts and wait in a poller", "ask", roles, SERVER, CLIENT)
    test_pair("coroutines wait for many requests at once", "ask", roles, ASYNC_SERVER, ASYNC_CLIENT)
    test_publish()
    print(f"1..{count}")


main()
