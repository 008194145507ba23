"""What must be looked after from time to time, by whichever worker comes first: jobs whose worker is gone, messages that were lost,
schedules that are due. Several machines may do it at the same moment."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.database import reading
from app.extension import portal
from app.jobs.queue import LOST_SECONDS, Live, Queue, queue
from app.jobs.schedules import start_due
from models.base import utcnow
from models.platform.jobs import Job, JobState

log = logging.getLogger(__name__)

TICK_SECONDS = 20
_UNSENT_SECONDS = 15
_AT_MOST = 500


def tick() -> None:
    """Look after everything once, in an application context of its own."""
    session, jobs = portal().session(), queue()
    mark_broken(session, jobs)
    send_again(session, jobs)
    start_due(session)


def mark_broken(session: Session, jobs: Queue) -> int:
    """Jobs whose worker gives no sign of life any more: none of their work was committed, and none will be. Returns how many."""
    with reading():
        query = sa.select(Job.id, Job.attempt, Job.started_at).where(Job.state == JobState.RUNNING).limit(_AT_MOST)
        running = session.execute(query).all()
        session.rollback()
    live = jobs.live([row.id for row in running])
    lost = [row for row in running if is_lost(row, live.get(row.id))]
    for row in lost:
        held = sa.and_(Job.id == row.id, Job.attempt == row.attempt, Job.state == JobState.RUNNING)
        session.execute(sa.update(Job).where(held).values({"state": JobState.BROKEN, "finished_at": utcnow()} | _told(live.get(row.id))))
    session.commit()
    for row in lost:
        log.warning("job %s: its worker is gone", row.id)
        jobs.forget(row.id)
    return len(lost)


def is_lost(job: Any, live: Live | None) -> bool:
    """Whether a running job (its attempt and started_at) has no worker any more."""
    if live is not None and live.attempt == job.attempt:
        return live.lost
    return utcnow() - job.started_at > timedelta(seconds=LOST_SECONDS)


def _told(live: Live | None) -> dict[str, Any]:
    return {"done": live.done, "total": live.total, "note": live.note, "log": live.log} if live is not None else {}


def send_again(session: Session, jobs: Queue) -> int:
    """Tell the workers once more of jobs that wait without a message: the queue could not be reached, or a worker was killed between
    taking the message and beginning the job. Returns how many."""
    with reading():
        query = sa.select(Job.id).where(Job.state == JobState.QUEUED, Job.created_at < utcnow() - timedelta(seconds=_UNSENT_SECONDS))
        waiting = list(session.scalars(query.order_by(Job.id).limit(_AT_MOST)))
        session.rollback()
    unsent = sorted(set(waiting) - jobs.waiting()) if waiting else []
    for job_id in unsent:
        jobs.send(job_id)
    return len(unsent)
