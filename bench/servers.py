"""The servers that are measured: gunicorn with the project's own settings, one worker of eight threads, each a process of its own."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psutil

from bench.client import AGENT
from config import ROOT
from tests.portal import PASSWORD

PORTAL, FLOOR = "run:app", "bench.floor:create()"
USER = "clerk"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; started: seconds from the start of the process to its first answer."""

    port: int
    process: subprocess.Popen[bytes]
    started: float

    @property
    def memory(self) -> float:
        """Resident memory of the worker in MiB."""
        (worker,) = psutil.Process(self.process.pid).children()
        return worker.memory_info().rss / 2**20

    def used(self, database: int | None) -> float:
        """Processor seconds that the worker has used and, where the database is a server (the process of this id), its connections."""
        total = 0.0
        for parent in [psutil.Process(pid) for pid in (self.process.pid, database) if pid]:
            # What has ended since, such as PostgreSQL's helpers of one query, counts with its parent.
            ended = parent.cpu_times()
            total += ended.children_user + ended.children_system
            for process in parent.children():
                with suppress(psutil.NoSuchProcess):
                    spent = process.cpu_times()
                    total += spent.user + spent.system
        return total


@contextmanager
def gunicorn(what: str, environment: Mapping[str, str], log: Path) -> Iterator[Server]:
    """Serve an application as `make serve` does."""
    with _serving([sys.executable, "-m", "gunicorn", "--config", "python:app.gunicorn", what], environment, log) as server:
        yield server


@contextmanager
def run_py(environment: Mapping[str, str], log: Path) -> Iterator[Server]:
    """Serve the portal as `make run` does."""
    with _serving([sys.executable, "run.py"], environment, log) as server:
        yield server


@contextmanager
def _serving(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator[Server]:
    port = _free_port()
    settings = {"PORT": str(port), "WEB_WORKERS": "1", "WEB_THREADS": "8", "PORTAL_DEMO_HOUSEHOLDS": "0"}
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | settings | environment, stdout=output, stderr=output)
        try:
            while not _answers(port):
                if process.poll() is not None or time.perf_counter() - started > 60:
                    raise RuntimeError(f"{' '.join(command)} does not answer:\n{log.read_text()[-3000:]}")
                time.sleep(0.01)
            yield Server(port, process, time.perf_counter() - started)
        finally:
            process.terminate()
            process.wait(30)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False


def sign_in(port: int, user: str = USER) -> dict[str, str]:
    """The headers of a signed-in browser."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/login/", headers={"User-Agent": AGENT})
    page = connection.getresponse()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.read().decode())
    body = urlencode({"username": user, "password": PASSWORD, "csrf_token": token.group(1) if token else ""})
    head = {"User-Agent": AGENT, "Cookie": _cookies(page), "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/login/", body, head)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 302:
        raise RuntimeError(f"signing in was answered with {answer.status}")
    return {"Cookie": _cookies(answer), "Accept": "text/html"}


def _cookies(answer: http.client.HTTPResponse) -> str:
    return "; ".join(value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie")


def token(port: int) -> dict[str, str]:
    """The headers of a program."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = json.dumps({"username": USER, "password": PASSWORD, "provider": "db"})
    connection.request("POST", "/api/v1/security/login", body, {"Content-Type": "application/json"})
    return {"Authorization": f"Bearer {json.loads(connection.getresponse().read())['access_token']}"}
