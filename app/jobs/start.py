"""Asking for a job: a row in the caller's transaction, and word to the workers once that is committed."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask import g, has_request_context
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, scoped_session

from app.database import waiting_at_most
from app.extension import portal
from app.jobs.queue import queue
from app.security.actor import Actor
from models import search_index
from models.base import utcnow
from models.platform.jobs import Job, JobState

log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 2
_TO_SEND = "jobs_to_send"


class NotPossible(ValueError):
    """A job is in no state for this; the text says so to the user."""


def start(session: Session, kind: str, args: dict[str, Any], title: str, actor: Actor, url: str = "") -> Job:
    """Ask for a job of a kind (its name). It begins after the caller's commit, and never when that does not come.

    args: what its function needs, as JSON; title: what people call it, such as 导出：房屋; url: where to look at what comes of it. Flushes,
    never commits. Raises KeyError for a kind that does not exist."""
    session = _real(session)
    portal().registry.jobs[kind]
    job = Job(
        kind=kind,
        args=args,
        title=title[:200],
        url=url,
        owner_id=actor.user_id,
        owner_name="" if actor.user_id is None else actor.name[:130],
        as_system=actor.user_id is None and actor.almighty,
        locale=str(get_locale() or ""),
    )
    session.add(job)
    session.flush()
    search_index.write(session, Job, [job])
    _send_after_commit(session, [job.id])
    if has_request_context():
        g.jobs_started = True  # pages look at the tray from now on: app/jobs/pages.py
    return job


def run_again(session: Session, job: Job) -> None:
    """Ask once more for a job that ended without success. Flushes, never commits. Raises NotPossible."""
    session = _real(session)
    again = (JobState.FAILED, JobState.CANCELLED, JobState.BROKEN)
    reset = {"state": JobState.QUEUED, "error": "", "started_at": None, "finished_at": None, "done": 0, "total": None, "note": ""}
    changed = session.execute(sa.update(Job).where(Job.id == job.id, Job.state.in_(again)).values(reset))
    if not changed.rowcount:
        raise NotPossible(_("This job cannot be run again: it is waiting, running or done already."))
    session.expire(job)
    _send_after_commit(session, [job.id])


def cancel(session: Session, job: Job) -> bool:
    """End a job: at once when it still waits (True), at its next step when it runs (False). For a caller that has only read so far: on
    SQLite the job itself may hold the lock for writing, so a running one is told without it. Raises NotPossible."""
    session = _real(session)
    job_id, state, attempt = job.id, job.state, job.attempt
    if state is JobState.RUNNING:
        queue().ask_to_end(job_id, attempt)
        return False
    if state is not JobState.QUEUED:
        raise NotPossible(_("This job has ended already."))
    queue().ask_to_end(job_id, attempt + 1)  # in case it begins at this moment
    session.rollback()  # what was read is no basis for writing on SQLite
    values = {"state": JobState.CANCELLED, "finished_at": utcnow()}
    waiting = sa.and_(Job.id == job_id, Job.state == JobState.QUEUED)
    try:
        with waiting_at_most(session, _PATIENCE_SECONDS):
            ended = session.execute(sa.update(Job).where(waiting).values(values)).rowcount
            session.commit()
    except OperationalError:
        session.rollback()
        log.info("job %s: the database is held, so it ends when its turn comes", job_id)
        return False
    if ended:
        queue().forget(job_id)  # or it would end at once when it is run again
    return bool(ended)


def _real(session: Session) -> Session:
    return session() if isinstance(session, scoped_session) else session


def _send_after_commit(session: Session, job_ids: Iterable[int]) -> None:
    session.info.setdefault(_TO_SEND, []).extend(job_ids)


@event.listens_for(Session, "after_commit")
def _committed(session: Session) -> None:
    if session.in_nested_transaction():
        return  # a savepoint was released, nothing is certain yet
    job_ids = session.info.pop(_TO_SEND, ())
    if not job_ids:
        return
    jobs = queue()
    try:
        for job_id in job_ids:
            jobs.send(job_id)
    except jobs.failures:
        # The job stands in the database: the ticker of a worker sends it again.
        log.warning("the workers could not be told of jobs %s", job_ids, exc_info=True)


@event.listens_for(Session, "after_soft_rollback")
def _undone(session: Session, transaction: Any) -> None:
    if not transaction.nested:
        session.info.pop(_TO_SEND, None)
