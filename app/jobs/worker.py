"""A worker: a process that does nothing but run jobs, one at a time in a child of its own, so that a killed or bloated child is replaced
and memory comes back. Loaded only where jobs are run.

Of Huey it has the consumer: the parent that forks, replaces and stops. What Huey calls its scheduler is here the ticker: it needs no
place in the queue, so it goes on while every worker is busy."""

from __future__ import annotations

import gc
import logging
import os
import time
from typing import Any

from flask import Flask
from huey.consumer import Consumer, Scheduler, Worker
from sqlalchemy.exc import DBAPIError

from app.database import db
from app.jobs.queue import BEAT_SECONDS, Queue, queue
from app.jobs.ticker import TICK_SECONDS, tick

log = logging.getLogger(__name__)

_JOBS_PER_CHILD = 20
_NICE = 10  # where processors are few, pages come before jobs
_GRACE_SECONDS = 5
"""What runs may end within this time when the worker is told to stop; then it is undone and waits for another worker."""


class _Child(Worker):
    """Looks for messages and runs them; ends when its parent is gone, for then nobody would replace or stop it."""

    def initialize(self) -> None:
        self._parent = os.getppid()
        os.nice(_NICE)
        super().initialize()

    def loop(self, now: Any = None) -> None:
        if os.getppid() != self._parent:
            raise KeyboardInterrupt
        super().loop(now)


class _Ticker(Scheduler):
    """Says that a worker is there, and from time to time looks after jobs and schedules."""

    def initialize(self) -> None:
        self._parent = os.getppid()
        self._due = 0.0

    def loop(self, now: Any = None) -> None:
        if os.getppid() != self._parent:
            raise KeyboardInterrupt
        app, jobs = self.huey.portal_app, self.huey.portal_queue
        try:
            jobs.sign_in()
            if time.monotonic() >= self._due:
                self._due = time.monotonic() + TICK_SECONDS
                with app.app_context():
                    tick()
        except (DBAPIError, *jobs.failures):
            log.warning("looking after the jobs failed; it is tried again", exc_info=True)
        self.stop_flag.wait(BEAT_SECONDS)


class _Consumer(Consumer):
    worker_class = _Child
    scheduler_class = _Ticker
    parent = 0
    """The process that this worker must not survive; 0: none."""

    def loop(self, health_check_ts: float | None = None) -> float | None:
        if self.parent and os.getppid() != self.parent and not self.stop_flag.is_set():
            log.info("the portal that this worker belongs to is gone")
            self.stop(graceful=True)
        return super().loop(health_check_ts)


def serve(app: Flask, workers: int, parent: int = 0) -> None:
    """Run jobs until told to stop (SIGTERM: what runs may end; SIGINT: at once; either way nothing is lost), or until the process
    `parent` is gone."""
    with app.app_context():
        jobs: Queue = queue()
        db.engine.dispose()  # a child must not share a connection
    jobs.huey.portal_app, jobs.huey.portal_queue = app, jobs
    consumer = _Consumer(
        jobs.huey,
        workers=workers,
        worker_type="process",
        periodic=False,
        initial_delay=0.1,
        backoff=1.3,
        max_delay=0.5,
        health_check_interval=1,
        max_tasks=_JOBS_PER_CHILD,
        shutdown_timeout=_GRACE_SECONDS,
        graceful_signal="TERM",
    )
    consumer.parent = parent
    gc.collect()
    gc.freeze()  # so that a child's collector does not touch, and thereby copy, what it shares with its parent
    consumer.run()
