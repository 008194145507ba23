"""The worker that comes with the portal: there without being asked for, replaced, and gone with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from app.jobs.supervise import Keeper
from tests.jobs.test_workers import until

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_one_of_several_processes_keeps_the_worker(tmp_path: Path) -> None:
    first, second = (Keeper(tmp_path, SLEEP, delay=0) for _n in range(2))
    first.start()
    until(lambda: first.pid)
    second.start()
    time.sleep(0.2)
    assert second.pid is None
    kept = first.pid
    os.kill(kept, signal.SIGKILL)
    until(lambda: first.pid not in (None, kept))
    last = first.pid
    first.stop()
    second.stop()
    until(lambda: not alive(last))


def test_it_ends_when_its_portal_is_killed(tmp_path: Path) -> None:
    """A web process that is killed cannot stop anybody: the worker looks by itself whether it is still there."""
    script = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'app.jobs', str(os.getpid())], start_new_session=True)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    env = os.environ | {"INSTANCE_DIR": str(tmp_path), "SECRET_KEY": "x" * 40}
    portal = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=env)
    worker = int(portal.stdout.readline())
    children = Path(f"/proc/{worker}/task/{worker}/children")
    until(lambda: len(children.read_text().split()) == 2)
    below = [int(pid) for pid in children.read_text().split()]
    portal.kill()
    portal.communicate()
    until(lambda: not any(alive(pid) for pid in below), 30)
