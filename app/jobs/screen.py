"""Jobs as pages show them: what stands in the database together with what a running one tells, worded and bounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import current_app, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.jobs.cron import community_zone
from app.jobs.queue import Live, live_of, queue
from app.jobs.schedules import JOBS
from app.jobs.ticker import is_lost
from app.registry import OVERSEE
from app.security.actor import Actor, current_actor
from models.base import utcnow
from models.platform.jobs import Job, JobState

SHOWN = 7
"""So many jobs the tray lists."""
OPEN = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as somebody who may see it sees it, portal/job_parts.html. state: JobState's value; percent: None when the total is unknown;
    step: how far, such as 7,400 / 11,446; wait: why nothing happens yet; spent, left: durations in words; urls: self, part, next
    (where to go on), file, cancel, again."""

    id: int
    title: str
    state: str
    state_text: str
    tone: str
    done: int = 0
    total: int | None = None
    percent: int | None = None
    step: str = ""
    note: str = ""
    wait: str = ""
    spent: str = ""
    left: str = ""
    ended: str = ""
    error: str = ""
    log: str = ""
    file_name: str = ""
    file_size: str = ""
    attempt: int = 0
    ending: bool = False
    facts: tuple[tuple[str, str], ...] = ()
    urls: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.state in ("queued", "running")


def seen_by(actor: Actor) -> sa.ColumnElement[bool]:
    """What limits the jobs an actor sees: his own, or all for who oversees them."""
    return sa.true() if actor.may(OVERSEE, JOBS) else sa.and_(Job.owner_id == actor.user_id, Job.owner_id.is_not(None))


def owns(actor: Actor, job: Job) -> bool:
    """Whether a job is somebody's own. The file that comes of one holds what its owner sees, so nobody else gets it, not even who
    oversees all jobs."""
    return job.owner_id is not None and job.owner_id == actor.user_id


def find_job(session: Session, job_id: int, actor: Actor) -> Job | None:
    """A job that the actor may see."""
    return session.scalar(sa.select(Job).where(Job.id == job_id, seen_by(actor)))


def job_view(session: Session, job_id: int | None, actor: Actor) -> JobView | None:
    """The part of a job for any page; None when there is none, or not for this actor."""
    job = find_job(session, job_id, actor) if job_id is not None else None
    return views_of([job])[0] if job is not None else None


def recent(session: Session, actor: Actor) -> list[JobView]:
    """The actor's own jobs for the tray: the open ones, then the newest ended ones."""
    mine = sa.select(Job).where(Job.owner_id == actor.user_id)
    ranks = sa.case((Job.state == JobState.RUNNING, 0), (Job.state == JobState.QUEUED, 1), else_=2)
    turn = sa.case((Job.state.in_(OPEN), Job.id), else_=-Job.id)
    return views_of(session.scalars(mine.order_by(ranks, turn).limit(SHOWN)).all())


def views_of(jobs: Any) -> list[JobView]:
    """Several jobs; one look into the queue for all that are open."""
    live = live_of([job.id for job in jobs if job.state is JobState.RUNNING])
    attended = _attended() if any(job.state is JobState.QUEUED for job in jobs) else True
    return [_view(job, live.get(job.id), attended) for job in jobs]


def _attended() -> bool:
    jobs = queue()
    try:
        return jobs.attended()
    except jobs.failures:
        return False


def _view(job: Job, live: Live | None, attended: bool) -> JobView:
    state, done, total, note, log = job.state, job.done, job.total, job.note, job.log
    if state is JobState.RUNNING:
        if live is not None and live.attempt == job.attempt:
            done, total, note, log = live.done, live.total, live.note, live.log
        if is_lost(job, live):
            state = JobState.BROKEN  # it is; a worker will write it down
    percent = min(100, done * 100 // total) if total else 100 if state is JobState.DONE else None
    now = utcnow()
    spent = ((job.finished_at or now) - job.started_at).total_seconds() if job.started_at else 0
    running, urls = state is JobState.RUNNING, _urls(job, state)
    return JobView(
        id=job.id,
        title=job.title,
        state=state.value,
        state_text=str(state.label),
        tone=state.tone,
        done=done,
        total=total,
        percent=percent,
        step=f"{done:,} / {total:,}" if total else f"{done:,}" if done else "",
        note=note if running else "",
        wait="" if state is not JobState.QUEUED else _("Other jobs come first") if attended else _("No worker is there yet"),
        spent=duration(spent) if job.started_at and state is not JobState.BROKEN else "",
        left=duration(spent * (total - done) / done) if running and total and 0 < done < total and spent >= 5 else "",
        ended=moment(job.finished_at) if job.finished_at else "",
        error=job.error or (_broken() if state is JobState.BROKEN else ""),
        log=local_log(log),
        file_name=(job.result_name or "") if "file" in urls else "",
        file_size=size(job.result_size or 0) if "file" in urls else "",
        attempt=job.attempt,
        facts=_facts(job),
        urls=urls,
    )


def _broken() -> str:
    return _("The worker ended before the job did, for instance because the server was restarted. Nothing of it was written; run it again.")


def _urls(job: Job, state: JobState) -> dict[str, str]:
    base = f"{request.script_root}/jobs/{job.id}"
    urls = {"self": base, "part": f"{base}/part"}
    if state in OPEN:
        urls["cancel"] = f"{base}/cancel"
    elif state is not JobState.DONE:
        urls["again"] = f"{base}/again"
    if job.url and state is JobState.DONE:
        urls["next"] = job.url
    if job.result_key and owns(current_actor(), job):
        urls["file"] = f"{base}/file"
    return urls


def _facts(job: Job) -> tuple[tuple[str, str], ...]:
    kind = _kind_label(job.kind)
    pairs = (
        (_("Kind"), kind),
        (_("Asked for by"), job.owner_name or _("the portal itself")),
        (_("Asked for"), moment(job.created_at)),
        (_("Begun"), moment(job.started_at)),
        (_("Finished"), moment(job.finished_at)),
        (_("Attempts"), str(job.attempt) if job.attempt > 1 else ""),
    )
    return tuple((label, text) for label, text in pairs if text)


def _kind_label(name: str) -> str:
    kind = current_app.extensions["portal"].registry.jobs.get(name)
    return str(kind.label) if kind is not None else name


def moment(value: datetime | None) -> str:
    """A time in the community's zone: today without its date."""
    if value is None:
        return ""
    local = value.astimezone(community_zone())
    if local.date() == utcnow().astimezone(community_zone()).date():
        return _("Today %(time)s", time=local.strftime("%H:%M:%S"))
    return local.strftime("%Y-%m-%d %H:%M")


def local_log(log: str) -> str:
    """The lines of a log with their times in the community's zone."""
    lines = []
    for line in log.splitlines():
        stamp, _space, text = line.partition(" ")
        try:
            lines.append(f"{datetime.fromisoformat(stamp).astimezone(community_zone()):%H:%M:%S}  {text}")
        except ValueError:
            lines.append(line)
    return "\n".join(lines)


def duration(seconds: float) -> str:
    """A span of time in words, as exact as is of use."""
    whole = max(0, round(seconds))
    if whole < 60:
        return _("%(s)s s", s=whole)
    if whole < 3600:
        return _("%(m)d min %(s)d s", m=whole // 60, s=whole % 60)
    return _("%(h)d h %(m)d min", h=whole // 3600, m=whole % 3600 // 60)


def size(value: int) -> str:
    """The size of a file: 640 B, 12.4 KiB, 3.1 MiB."""
    if value < 1024:
        return f"{value} B"
    return f"{value / 1024:,.1f} KiB" if value < 1024 * 1024 else f"{value / 1024 / 1024:,.1f} MiB"
