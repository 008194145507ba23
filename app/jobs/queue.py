"""The queue that carries jobs to workers, and what is known of them while they run. Huey keeps both: a file beside the database, or the
Redis that several machines share.

A message only says "look at job 17": what is to be done, and whether it still is, stands in the database, so a message may be lost or
doubled. What moves while a job runs (how far it is, its heartbeat, that it should end) does not stand in the database, because on SQLite
the job itself holds the only right to write there."""

from __future__ import annotations

import json
import logging
import sqlite3
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from flask import Flask, current_app
from werkzeug.utils import import_string

log = logging.getLogger(__name__)

BEAT_SECONDS = 5
LOST_SECONDS = 30
"""A running job without a heartbeat for so long is broken: its worker was killed, or its machine is gone."""

_MAKING = threading.Lock()


@dataclass(slots=True)
class Live:
    """What a running job tells. beat: seconds since 1970; attempt: of the job, so that nobody takes what an earlier one left behind."""

    attempt: int
    beat: float
    done: int = 0
    total: int | None = None
    note: str = ""
    log: str = ""

    @property
    def lost(self) -> bool:
        return time.time() - self.beat > LOST_SECONDS


class Queue:
    """Huey for one application. Every call may raise one of `failures`, when the file or the Redis cannot be reached."""

    def __init__(self, app: Flask) -> None:
        redis_url = app.config.get("REDIS_URL") or ""
        with _spared({"redis": bool(redis_url), "psycopg": False}):
            api = import_string("huey.api")
            signed = import_string("huey.serializer:SignedSerializer")(str(app.config["SECRET_KEY"]), salt="jobs")
            storage: dict[str, Any]
            if redis_url:
                # Asked again and again, as the file is: a message that goes to a blocked reader which was just killed would be lost.
                make, storage = api.RedisHuey, {"url": redis_url, "blocking": False}
                self.failures: tuple[type[Exception], ...] = (import_string("redis.exceptions:RedisError"), OSError)
            else:
                make, storage = api.SqliteHuey, {"filename": str(Path(app.config["INSTANCE_DIR"]) / "jobs.db"), "timeout": 15}
                self.failures = (sqlite3.Error, OSError)
            self.huey = make("portal", results=False, serializer=signed, **storage)
        self._store = self.huey.storage

        def run(job_id: int) -> None:
            with app.app_context():
                import_string("app.jobs.run:run_job")(job_id)

        self._message = self.huey.task(name="run")(run)

    def send(self, job_id: int) -> None:
        """Tell the workers of a job."""
        self._message(job_id)

    def waiting(self) -> set[int]:
        """The jobs that the workers have been told of and none has begun to look at."""
        tasks = (self.huey.deserialize_task(bytes(item)) for item in self._store.enqueued_items())
        return {task.args[0] for task in tasks if task.args}

    def tell(self, job_id: int, live: Live) -> None:
        self._store.put_data(f"job:{job_id}", json.dumps(asdict(live)).encode())

    def live(self, job_ids: Iterable[int]) -> dict[int, Live]:
        """What running jobs tell; one that tells nothing is missing."""
        keys = {f"job:{job_id}": job_id for job_id in job_ids}
        found = self._store.peek_many(list(keys)) if keys else {}
        return {keys[_text(key)]: Live(**json.loads(bytes(value))) for key, value in found.items()}

    def ask_to_end(self, job_id: int, attempt: int) -> None:
        self._store.put_data(f"end:{job_id}", str(attempt).encode())

    def should_end(self, job_id: int, attempt: int) -> bool:
        """Whether somebody asked this attempt of a job to end."""
        found = self._store.peek_many([f"end:{job_id}"])
        return any(bytes(value).decode() == str(attempt) for value in found.values())

    def forget(self, job_id: int) -> None:
        """The job has ended: what it told is in the database now."""
        self._store.delete_data(f"job:{job_id}")
        self._store.delete_data(f"end:{job_id}")

    def sign_in(self) -> None:
        """Some worker is there."""
        self._store.put_data("worker", str(time.time()).encode())

    def attended(self) -> bool:
        """Whether any worker was there a moment ago."""
        found = self._store.peek_many(["worker"])
        return any(time.time() - float(bytes(value)) < 4 * BEAT_SECONDS for value in found.values())


def _text(key: Any) -> str:
    return key.decode() if isinstance(key, bytes) else key


@contextmanager
def _spared(wanted: dict[str, bool]) -> Iterator[None]:
    """Huey imports the driver of every storage that is installed, 15 MiB of it; those that nobody here needs look as if they were not."""
    spared = [name for name, needed in wanted.items() if not needed and name not in sys.modules]
    try:
        sys.modules.update(dict.fromkeys(spared))  # type: ignore[arg-type]  None: an import of it raises ImportError
        yield
    finally:
        for name in spared:
            sys.modules.pop(name, None)


def queue() -> Queue:
    """The queue of the current application, made when it is first needed: after a fork, and never in a process that has no use for it."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  the proxy's own
    with _MAKING:
        if "jobs" not in app.extensions:
            app.extensions["jobs"] = Queue(app)
    return cast(Queue, app.extensions["jobs"])


def live_of(job_ids: Iterable[int]) -> dict[int, Live]:
    """What running jobs tell, for pages: nothing when the queue cannot be reached."""
    ids = list(job_ids)
    if not ids:
        return {}
    jobs = queue()
    try:
        return jobs.live(ids)
    except jobs.failures:
        log.warning("the queue of jobs cannot be read", exc_info=True)
        return {}
