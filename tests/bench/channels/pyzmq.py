#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An ordinary pyzmq program, which obeys open, ask and answer as the sides in C do; see side.c."""

import array
import os
import socket
import sys
import time

import zmq

connection = socket.socket(fileno=int(sys.argv[1]))


def open_side(_name, role, place, size, cpu, priority):
    os.sched_setaffinity(0, [int(cpu)])
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(int(priority)))
    end = zmq.Context().socket(zmq.REQ if role == "asks" else zmq.REP)
    if role == "asks":
        end.connect(place)
    else:
        end.bind(place)
    return end, bytes(int(size))


def ask(end, message, n):
    now, send, receive = time.monotonic_ns, end.send, end.recv
    times = array.array("I", bytes(4 * n))
    last = now()
    for i in range(n):
        send(message)
        receive()
        t = now()
        times[i] = t - last
        last = t
    return times.tobytes()


def answer(end, n):
    send, receive = end.send, end.recv
    for _ in range(n):
        send(receive())
    return b"ok"


def main():
    end, message = None, None
    while command := connection.recv(256):
        verb, *arguments = command.decode().split()
        reply = b"ok"
        if verb == "open":
            end, message = open_side(*arguments)
        elif verb == "ask":
            reply = ask(end, message, int(arguments[0]))
        else:
            reply = answer(end, int(arguments[0]))
        connection.send(reply)
    os._exit(0)


main()
