"""The client of the measurements: a process of its own, so that its work does not slow down what is measured by more than it must.

It keeps some connections busy for a while, each with one request at a time, and reports how long every answer took. One thread and plain
sockets: what the client itself costs stands in both figures of a ratio and would make it look better than it is."""

from __future__ import annotations

import json
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config import ROOT

AGENT = "bench"


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one turn: milliseconds of each answer, answers per second, bytes of an answer's body."""

    times: list[float]
    rate: float
    size: int


class Client:
    """The client process; `turn` runs one measurement in it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.client"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def turn(self, port: int, path: str, headers: Mapping[str, str], connections: int, seconds: float, least: int = 3) -> Turn:
        """Ask for a path for some seconds, at least so many times on each connection. Raises RuntimeError for anything but 200."""
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"User-Agent: {AGENT}", *(f"{n}: {v}" for n, v in headers.items())]
        job = {"port": port, "request": "\r\n".join([*lines, "", ""]), "connections": connections, "seconds": seconds, "least": least}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(f"{path}: {answer['error']}")
        return Turn(**answer)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


class _Connection:
    """One connection: sends the request, gathers the answer."""

    def __init__(self, port: int, request: bytes, selector: selectors.BaseSelector) -> None:
        self.port, self.request, self.selector = port, request, selector
        self.open()

    def open(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.selector.register(self.socket, selectors.EVENT_READ, self)

    def close(self) -> None:
        self.selector.unregister(self.socket)
        self.socket.close()

    def send(self) -> None:
        self.parts: list[bytes] = []
        self.left = -1  # bytes of the body that are still to come; -1: its head is not complete
        self.size = 0
        self.begun = time.perf_counter()
        try:
            self.socket.sendall(self.request)
        except (BrokenPipeError, ConnectionResetError):
            self.again()

    def again(self) -> None:
        """Ask on a new connection: a server may end one just when the next request is on its way, and browsers do the same."""
        self.close()
        self.open()
        self.socket.sendall(self.request)

    def receive(self) -> bool:
        """Take what has come; whether the answer is complete."""
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionResetError:
            data = b""
        if not data and self.parts:
            raise ConnectionError("the server closed the connection")
        if not data:
            self.again()
            return False
        if self.left < 0:
            self.parts.append(data)
            head, found, body = b"".join(self.parts).partition(b"\r\n\r\n")
            if not found:
                return False
            if not head.startswith(b"HTTP/1.1 200"):
                raise ConnectionError(head.split(b"\r\n", 1)[0].decode())
            length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            self.size = int(length.split(b":")[1])
            self.left, data = self.size, body
        self.left -= len(data)
        return self.left <= 0


def _run(job: dict[str, Any]) -> dict[str, Any]:
    selector = selectors.DefaultSelector()
    connections = [_Connection(job["port"], job["request"].encode(), selector) for _n in range(job["connections"])]
    times: list[float] = []
    started = now = time.perf_counter()
    asked = len(connections)
    least = job["least"] * len(connections)
    for connection in connections:
        connection.send()
    while len(times) < asked:
        for key, _events in selector.select():
            connection = key.data
            if not connection.receive():
                continue
            now = time.perf_counter()
            times.append((now - connection.begun) * 1000)
            if asked < least or now - started < job["seconds"]:
                asked += 1
                connection.send()
            else:
                connection.close()  # or else the server does, while others still wait for slow answers
    return {"times": times, "rate": len(times) / (now - started), "size": connections[0].size}


def main() -> None:
    for line in sys.stdin:
        try:
            answer = _run(json.loads(line))
        except (OSError, StopIteration) as error:
            answer = {"error": str(error) or type(error).__name__}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
