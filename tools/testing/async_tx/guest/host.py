#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Do what a guest asks of its host: see to the faults of our device models.

usage: host.py PORT QMP

Listens on the sockets PORT, which QEMU has as a serial port of the guest's, and
QMP, its monitor. A request is a line, and is answered by one:
  DEVICE inject FAULT   arm it
  DEVICE fired          the number of faults that have struck
  DEVICE unplug         pull the device out
  DEVICE plug KIND KEY=VALUE...  put it in again
  machine wake          when it sleeps, which it does not yet
The answer is "ok", the number, or "error" and what is wrong. Ends with QEMU.
"""

import json
import os
import socket
import sys


def listen(path):
    if os.path.exists(path):
        os.unlink(path)
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(1)
    return server


class Qmp:
    """QEMU's monitor."""

    def __init__(self, server):
        self.file = server.accept()[0].makefile("rw")
        self.file.readline()
        self.call("qmp_capabilities")
        self.sleepy = False

    def call(self, command, **arguments):
        """Return the answer; raise ValueError if it is an error."""
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline() or '{"error": {"desc": "QEMU has ended"}}')
            if "error" in answer:
                raise ValueError(answer["error"]["desc"])
            if "return" in answer:
                return answer["return"]

    def wake(self):
        """Wait until the machine sleeps, if it is about to, and wake it up."""
        if not self.sleepy:
            return
        self.sleepy = False
        for line in self.file:
            if json.loads(line).get("event") == "SUSPEND":
                self.call("system_wakeup")
                return

    def request(self, device, what, *words):
        path = f"/machine/peripheral/{device}"
        if what == "inject":
            self.call("qom-set", path=path, property="inject", value=" ".join(words))
        elif what == "fired":
            return self.call("qom-get", path=path, property="faults-fired")
        elif what == "unplug":
            self.call("device_del", id=device)
        elif what == "plug":
            settings = dict(word.split("=") for word in words[1:])
            for key in settings:
                if settings[key].isdigit():
                    settings[key] = int(settings[key])
            self.call("device_add", driver=words[0], id=device, **settings)
        elif what == "wake":
            self.sleepy = True
        else:
            raise ValueError(f"nobody knows how to {what}")
        return "ok"


def main():
    port, monitor = [listen(path) for path in sys.argv[1:]]
    qmp = Qmp(monitor)
    with port.accept()[0].makefile("rw", errors="replace") as guest:
        for line in guest:
            try:
                answer = qmp.request(*line.split())
            except (TypeError, ValueError) as error:
                answer = f"error: {error}"
            print(answer, file=guest, flush=True)
            qmp.wake()


if __name__ == "__main__":
    try:
        main()
    except ConnectionError:
        pass  # QEMU has ended
