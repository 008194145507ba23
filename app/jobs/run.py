"""Running one job: claimed once, done whole or not at all.

The claim is a conditional UPDATE, so of many messages for one job a single one begins it. What the job writes and its state "done" are
committed together, on condition that this attempt still holds the job: a worker that was given up for lost and comes back writes
nothing."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa
from flask import current_app, g
from flask_appbuilder.security.sqla.models import User
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.utils import import_string

from app import file_changes
from app.database import reading
from app.extension import portal
from app.jobs.kinds import Cancelled, JobFailed, JobKind
from app.jobs.queue import BEAT_SECONDS, Live, Queue, queue
from app.security.actor import Actor, Denied
from models.base import utcnow
from models.platform.jobs import Job, JobState

log = logging.getLogger(__name__)

_TELL_SECONDS = 0.5
_LOG_CHARACTERS = 20_000


class _Lost(Exception):
    """The job was taken from this worker: it was declared broken, and perhaps begun anew."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A job as it was when this worker got hold of it."""

    job_id: int
    kind: str
    args: dict[str, Any]
    attempt: int
    owner_id: int | None
    as_system: bool
    locale: str


class Run:
    """A running job (app.jobs.kinds.JobRun), and the heartbeat that tells of it."""

    def __init__(self, claim: _Claim, jobs: Queue, folder: Path) -> None:
        self.session: Session = portal().session()
        self.actor = Actor(None, "")
        self.args = claim.args
        self.job_id = claim.job_id
        self.folder = folder
        self.file: tuple[Path, str, str] | None = None
        self.address: str | None = None
        self.live = Live(claim.attempt, time.time())
        self._queue = jobs
        self._changed = threading.Event()
        self._end = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"job-{claim.job_id}", daemon=True)

    def progress(self, done: int, total: int | None = None, note: str = "") -> None:
        live = self.live
        live.done, live.total, live.note = done, total, note[:300]
        self._changed.set()
        if self._end.is_set():
            raise Cancelled

    def log(self, text: str) -> None:
        line = f"{utcnow().isoformat().replace('+00:00', 'Z')} {text}\n"
        kept = self.live.log + line
        self.live.log = kept if len(kept) <= _LOG_CHARACTERS else "…\n" + kept[-_LOG_CHARACTERS:].partition("\n")[2]
        self._changed.set()

    def result(self, path: Path, name: str, media: str) -> None:
        self.file = path, name[:255], media

    def url(self, address: str) -> None:
        self.address = address

    def __enter__(self) -> Self:
        self._tell()
        if self._queue.should_end(self.job_id, self.live.attempt):
            self._end.set()
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        """Tell how far the job is, at most twice a second, and that it lives; hear whether it should end."""
        told = time.monotonic()
        while not self._over.wait(_TELL_SECONDS):
            try:
                if self._changed.is_set() or time.monotonic() - told >= BEAT_SECONDS:
                    self._changed.clear()
                    self._tell()
                    told = time.monotonic()
                if self._queue.should_end(self.job_id, self.live.attempt):
                    self._end.set()
            except self._queue.failures:
                log.warning("job %s cannot tell how far it is", self.job_id, exc_info=True)

    def _tell(self) -> None:
        self.live.beat = time.time()
        self._queue.tell(self.job_id, self.live)


def worker_name() -> str:
    """This worker, for whoever looks at a job: machine and process."""
    return f"{socket.gethostname()}:{os.getpid()}"[:100]


def run_job(job_id: int) -> None:
    """Run a job that waits, from the claim to its end; nothing happens when it does not wait any more. Runs in an application context
    of its own."""
    session = portal().session()
    claim = _claim(session, job_id)
    if claim is None:
        return
    jobs = queue()
    work = Path(current_app.config["INSTANCE_DIR"]) / "work"
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work, prefix=f"job-{job_id}-") as folder:
        run = Run(claim, jobs, Path(folder))
        with run, _Ending(claim, run):  # the heartbeat goes on until the end is written
            _work(claim, run)
    try:
        jobs.forget(job_id)
    except jobs.failures:
        log.warning("what job %s told could not be removed", job_id, exc_info=True)


def _claim(session: Session, job_id: int) -> _Claim | None:
    mine = {
        "state": JobState.RUNNING,
        "attempt": Job.attempt + 1,
        "worker": worker_name(),
        "started_at": utcnow(),
        "finished_at": None,
        "error": "",
        "log": "",
    }
    won = session.execute(sa.update(Job).where(Job.id == job_id, Job.state == JobState.QUEUED).values(mine)).rowcount
    columns = (Job.id, Job.kind, Job.args, Job.attempt, Job.owner_id, Job.as_system, Job.locale)
    row = session.execute(sa.select(*columns).where(Job.id == job_id)).one() if won else None
    session.commit()
    return _Claim(*row) if row is not None else None


def _work(claim: _Claim, run: Run) -> None:
    """Do the work and commit it together with the end of the job."""
    session = run.session
    run.progress(0)  # somebody may have cancelled it while it waited
    run.actor = _owner(session, claim)
    kind = portal().registry.jobs.get(claim.kind)
    if kind is None:
        raise JobFailed(_("This version of the portal does not know this kind of job."))
    if kind.schedule is not None and not run.actor.almighty and not kind.schedule.may(run.actor):
        raise JobFailed(_("You may not do this: your roles do not include this right."))  # any more: it was asked for with it
    function = import_string(kind.run) if isinstance(kind.run, str) else kind.run
    if kind.writes:
        function(run)
    else:
        with reading():
            function(run)
        session.rollback()
    run.progress(run.live.done, run.live.total, run.live.note)  # the last moment to end it
    _finish(run, claim, kind)
    session.commit()


def _owner(session: Session, claim: _Claim) -> Actor:
    """Who the job acts for, with the rights of this moment."""
    if claim.as_system:
        g.actor = Actor.system()
        return g.actor
    with reading():
        user = session.get(User, claim.owner_id) if claim.owner_id is not None else None
        if user is None or not user.is_active:
            raise JobFailed(_("The account that asked for this job is no longer active, so it was not run."))
        g.user, g.actor = user, current_app.appbuilder.sm.actor_of(user)
        session.rollback()
    return g.actor


def _finish(run: Run, claim: _Claim, kind: JobKind) -> None:
    values: dict[str, Any] = {"error": ""}
    if run.file is not None:
        path, name, media = run.file
        key, size = file_changes.take(run.session, path.suffix, path)
        values |= {"result_key": key, "result_name": name, "result_media": media, "result_size": size}
    if run.address is not None:
        values["url"] = run.address[:500]
    if not _end_as(run.session, claim, run, JobState.DONE, values):
        raise _Lost


def _end_as(session: Session, claim: _Claim, run: Run, state: JobState, values: dict[str, Any]) -> bool:
    """Write how a job ended, if this attempt still holds it."""
    live = run.live
    told = {"done": live.done, "total": live.total, "note": live.note, "log": live.log, "state": state}
    if state is not JobState.QUEUED:
        told["finished_at"] = utcnow()
    held = sa.and_(Job.id == claim.job_id, Job.attempt == claim.attempt, Job.state == JobState.RUNNING)
    statement = sa.update(Job).where(held).values(told | values).execution_options(synchronize_session=False)
    return bool(session.execute(statement).rowcount)


class _Ending:
    """However the work goes, the job comes to an end: told to its owner in words, or as a number that stands in the server's log."""

    def __init__(self, claim: _Claim, run: Run) -> None:
        self._claim, self._run = claim, run
        self._locale = force_locale(claim.locale or current_app.config["BABEL_DEFAULT_LOCALE"])

    def __enter__(self) -> None:
        self._locale.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        if error is not None:
            # What the work left behind is undone first; a session that lost its connection needs that too.
            self._run.session.rollback()
            state, message = self._verdict(error)
            if state is not None:
                _end_as(self._run.session, self._claim, self._run, state, {"error": message})
                self._run.session.commit()
            if state is JobState.QUEUED:
                queue().send(self._claim.job_id)
        self._locale.__exit__(None, None, None)
        return error is None or isinstance(error, Exception)

    def _verdict(self, error: BaseException) -> tuple[JobState | None, str]:
        if isinstance(error, Cancelled):
            return JobState.CANCELLED, ""
        if isinstance(error, JobFailed):
            return JobState.FAILED, str(error)
        if isinstance(error, Denied):
            return JobState.FAILED, _("You may not do this: your roles do not include this right.")
        if isinstance(error, _Lost):
            log.warning("job %s, attempt %s: taken from this worker; nothing was written", self._claim.job_id, self._claim.attempt)
            return None, ""
        if not isinstance(error, Exception):  # the worker was told to stop now: another one does the job
            return JobState.QUEUED, ""
        number = secrets.token_hex(4)
        log.error("job %s failed, number %s", self._claim.job_id, number, exc_info=error)
        text = _("The portal made a mistake; nothing was written. Tell the administrator the number %(number)s.", number=number)
        return JobState.FAILED, text
