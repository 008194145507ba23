"""Jobs by the clock: who may have them, what is due, and that each time is asked for once."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_appbuilder.security.sqla.models import User
from flask_babel import force_locale
from sqlalchemy.orm import Session

from app.database import reading
from app.extension import portal
from app.jobs.cron import next_time
from app.jobs.kinds import JobKind
from app.jobs.start import start
from app.security.accounts import full_name
from app.security.actor import Actor
from models.base import BadValue, utcnow
from models.platform.jobs import Job, JobState, Schedule

log = logging.getLogger(__name__)

JOBS = "platform.jobs"
"""The module of jobs, by name: rights about them are asked there."""


def kinds_for(actor: Actor) -> list[JobKind]:
    """The kinds of jobs that an actor may run by the clock."""
    kinds = portal().registry.jobs.values()
    return [k for k in kinds if k.schedule is not None and (actor.almighty or k.schedule.may(actor))]


def plan(schedule: Schedule, now: datetime | None = None) -> None:
    """Set when a schedule is due next. Raises BadValue when its times are not understood."""
    schedule.next_run = next_time(schedule.cron, now or utcnow()) if schedule.enabled else None


def start_due(session: Session) -> int:
    """Ask for the jobs that are due; returns how many. Times that were missed because nothing ran count once. Each schedule has a
    transaction of its own, in which one of several machines wins it."""
    now = utcnow()
    with reading():
        due = session.execute(
            sa.select(Schedule.id, Schedule.next_run).where(Schedule.enabled.is_(True), Schedule.next_run <= now).limit(200)
        ).all()
        session.rollback()
    return sum(_start_one(session, row.id, row.next_run, now) for row in due)


def _start_one(session: Session, schedule_id: int, due: datetime, now: datetime) -> bool:
    mine = sa.update(Schedule).where(Schedule.id == schedule_id, Schedule.enabled.is_(True), Schedule.next_run == due)
    if not session.execute(mine.values(last_run=now), execution_options={"synchronize_session": False}).rowcount:
        session.rollback()
        return False
    schedule = session.get(Schedule, schedule_id, populate_existing=True)
    try:
        plan(schedule, now)
    except BadValue:
        log.warning("schedule %s: its times %r are not understood; it is off", schedule_id, schedule.cron)
        schedule.enabled, schedule.next_run = False, None
    started = run_now(session, schedule) is not None
    session.commit()
    return started


def run_now(session: Session, schedule: Schedule) -> Job | None:
    """Ask for the job of a schedule; None when the one before has not ended, because jobs would only pile up. Flushes, never commits."""
    open_ones = sa.select(Job.id).where(Job.schedule_id == schedule.id, Job.state.in_((JobState.QUEUED, JobState.RUNNING))).limit(1)
    if session.scalar(open_ones) is not None:
        return None
    if schedule.kind not in portal().registry.jobs:
        log.warning("schedule %s: there is no kind of job %r", schedule.id, schedule.kind)
        return None
    # The rights are asked for when it runs; here the owner is but a name.
    user = session.get(User, schedule.owner_id) if schedule.owner_id is not None else None
    actor = Actor.system() if schedule.as_system else Actor(schedule.owner_id, full_name(user) if user is not None else "")
    with force_locale(schedule.locale or current_app.config["BABEL_DEFAULT_LOCALE"]):
        job = start(session, schedule.kind, dict(schedule.args), schedule.title, actor)
    job.schedule_id = schedule.id
    session.flush()
    return job


def last_jobs(session: Session, schedule_ids: list[int]) -> dict[int, Any]:
    """(id, state, created_at) of the newest job of each of these schedules: one query."""
    newest = sa.select(sa.func.max(Job.id)).where(Job.schedule_id.in_(schedule_ids)).group_by(Job.schedule_id)
    query = sa.select(Job.schedule_id, Job.id, Job.state, Job.created_at).where(Job.id.in_(newest))
    return {row.schedule_id: row for row in session.execute(query)}


def ensure_housekeeping(session: Session) -> None:
    """Every portal keeps its house, at night; it can be put off or to another time on screen. Flushes, never commits."""
    kept = sa.select(Schedule.id).where(Schedule.kind == "housekeeping", Schedule.as_system.is_(True)).limit(1)
    if session.scalar(kept) is not None:
        return
    locale = current_app.config["BABEL_DEFAULT_LOCALE"]
    with force_locale(locale):
        title = str(portal().registry.jobs["housekeeping"].label)
    schedule = Schedule(title=title, kind="housekeeping", args={}, cron="30 3 * * *", as_system=True, locale=locale, enabled=True)
    plan(schedule)
    session.add(schedule)
    session.flush()
