"""Gunicorn's settings, from the same environment as everything else."""

import ctypes
import sys
from typing import Any

from app.jobs.supervise import keep_worker
from config import environment

# Every thread would get a heap of its own, which keeps what its largest page ever took: 20 MiB more for eight of them.
_M_ARENA_MAX = -8
if sys.platform == "linux":
    _libc = ctypes.CDLL(None)
    if hasattr(_libc, "mallopt"):  # not in musl
        _libc.mallopt(_M_ARENA_MAX, 2)

_env = environment()
bind = f"{_env['HOST']}:{_env['PORT']}"
worker_class = "gthread"
workers = int(_env["WEB_WORKERS"])
threads = int(_env["WEB_THREADS"])
timeout = 600
accesslog = "-"
# Without what stands behind the question mark, nor where somebody came from: names and telephones that people looked for are there.
access_log_format = '%(h)s %(l)s %(u)s %(t)s "%(m)s %(U)s %(H)s" %(s)s %(b)s "%(a)s"'
preload_app = False


def post_worker_init(worker: Any) -> None:
    """After the fork: one of the web processes keeps the worker that runs jobs."""
    worker.keeper = keep_worker(worker.wsgi)


def worker_exit(server: Any, worker: Any) -> None:
    """The worker ends with the web process that keeps it."""
    keeper = getattr(worker, "keeper", None)
    if keeper is not None:
        keeper.stop()
