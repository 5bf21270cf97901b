#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Records samples: an ordinary pyzmq program, to which a channel is just another endpoint.

usage: recorder.py [ENDPOINT]     (default shm://samples)
"""

import signal
import struct
import sys
import time

import zmq

SAMPLE = struct.Struct("=QqiI")  # sample.h
REPORT_NS = 1_000_000_000


def record(socket):
    received = missed = last = 0
    newest, oldest_ns, due = None, 0, time.monotonic_ns() + REPORT_NS
    while True:
        try:
            sequence, taken_ns, newest, _ = SAMPLE.unpack(socket.recv())
        except zmq.Again:
            print("recorder: no samples", flush=True)
            continue
        now = time.monotonic_ns()
        received += 1
        # A sensor that was started again begins with 1.
        missed += sequence - last - 1 if 0 < last < sequence else 0
        last = sequence
        oldest_ns = max(oldest_ns, now - taken_ns)
        if now >= due:
            print(f"recorder: samples={received} missed={missed} newest={newest} max_age={oldest_ns // 1000}us",
                  flush=True)
            oldest_ns, due = 0, now + REPORT_NS


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    endpoint = sys.argv[1] if len(sys.argv) > 1 else "shm://samples"
    socket = zmq.Context().socket(zmq.SUB)
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    socket.setsockopt(zmq.RCVTIMEO, 1000)
    socket.setsockopt(zmq.LINGER, 0)
    socket.connect(endpoint)
    print(f"recorder: started: {endpoint}, pyzmq {zmq.pyzmq_version()}, libzmq {zmq.zmq_version()}", flush=True)
    record(socket)


main()
