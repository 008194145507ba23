"""The worker that comes with the portal: a process beside the web process, started, replaced and stopped with it, so that nobody has to
think of it. Jobs in a thread of the web process would make every page wait for them (docs/adr/0016).

Of several web processes on one machine the one that holds a lock keeps the worker; when it ends, another one takes over."""

from __future__ import annotations

import fcntl
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from flask import Flask

from config import ROOT

log = logging.getLogger(__name__)

_BEFORE_FIRST = 1.0
"""Seconds before the worker is started: the first page comes first."""
_TRY_LOCK_EVERY = 3.0
_LONGEST_PAUSE = 60.0
_STOP_SECONDS = 8


class Keeper:
    """Keeps a worker beside this process as long as the process runs."""

    def __init__(self, instance: Path, command: Sequence[str], delay: float = _BEFORE_FIRST) -> None:
        self._lock_path = instance / "worker.lock"
        self._command = [*command, str(os.getpid())]
        self._delay = delay
        self._stop = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="keeper-of-worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the worker; what it runs may end within seconds, else it is undone and waits for the next worker."""
        self._stop.set()
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._child.kill()
        self._thread.join(1)

    @property
    def pid(self) -> int | None:
        """The worker's process, if this process keeps it."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def _run(self) -> None:
        if self._stop.wait(self._delay):
            return
        with self._lock_path.open("w") as lock:
            while not _locked(lock):
                if self._stop.wait(_TRY_LOCK_EVERY):
                    return
            self._keep()

    def _keep(self) -> None:
        pause = 1.0
        while not self._stop.is_set():
            began = time.monotonic()
            # A session of its own: Ctrl C in a terminal is for the portal, which then stops the worker.
            self._child = subprocess.Popen(self._command, cwd=ROOT, start_new_session=True, stdin=subprocess.DEVNULL)
            self._child.wait()
            if self._stop.is_set():
                return
            # One that does not even start is not tried without end.
            pause = 1.0 if time.monotonic() - began > _LONGEST_PAUSE else min(pause * 2, _LONGEST_PAUSE)
            log.warning("the worker ended with %s; another one starts in %.0f s", self._child.returncode, pause)
            self._stop.wait(pause)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def keep_worker(app: Flask) -> Keeper | None:
    """Start keeping a worker, unless JOB_WORKERS is 0 or the application is none that has jobs (the floor of the benchmark)."""
    if not app.config.get("JOB_WORKERS"):
        return None
    keeper = Keeper(Path(app.config["INSTANCE_DIR"]), (sys.executable, "-m", "app.jobs"))
    keeper.start()
    return keeper
